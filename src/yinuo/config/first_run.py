"""The first run: an empty house gets its company, its administrator and one mailbox on one page.

The page works until there is a company. Where other computers reach the server it asks for a code that stands in the
server's log alone, so that a stranger cannot come first.
"""

import base64
import hmac
from datetime import datetime
from typing import Any

import structlog
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from yinuo.channels.services.mailboxes import save_mailbox
from yinuo.channels.testing import test_mailbox
from yinuo.config.handbook import install_handbook
from yinuo.foundation.actors import Actor
from yinuo.foundation.clock import now
from yinuo.foundation.encryption import key_for
from yinuo.foundation.errors import ErrorKind, YinuoError
from yinuo.foundation.work import service
from yinuo.staff.demo import listens_on_loopback
from yinuo.staff.login_forms import PASSWORD_RULE
from yinuo.staff.models import Account, Role, Team
from yinuo.staff.queries import company
from yinuo.staff.services import make_account, set_up_company
from yinuo.web.console.mail_forms import MailboxWays
from yinuo.web.console.views.base import carry_out, done

log = structlog.get_logger("yinuo.setup")
SETUP_LOCK = 0x59494E55  # one set-up at a time
FIRST_ROLES = ("administrator", "supervisor", "agent")
"""The first person does everything until there are colleagues."""


class SetUpAlready(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "set_up_already"
    text = gettext_lazy("This house is set up already. Log in instead.")


def set_up_code() -> str:
    """The code that the page asks for, the same in every process of this installation."""
    digest = hmac.new(key_for("setup"), b"first run", "sha256").digest()
    return base64.b32encode(digest)[:8].decode()


class SetUpForm(MailboxWays):
    """Three parts: the company, its administrator, one mailbox."""

    company = forms.CharField(label=gettext_lazy("Company name"), max_length=80)
    hotline = forms.CharField(
        label=gettext_lazy("Service hotline"), max_length=40, required=False,
        help_text=gettext_lazy("Stands in greetings and on the customers' pages. May stay empty."),
    )  # fmt: skip
    pack = forms.ChoiceField(
        label=gettext_lazy("Which handbook to begin with"),
        initial="handbook",
        widget=forms.RadioSelect,
        choices=[
            ("handbook", gettext_lazy("Multi-scenario handbook")),
            ("rules", gettext_lazy("Service rules")),
        ],
    )
    name = forms.CharField(label=gettext_lazy("Your name"), max_length=60)
    login = forms.RegexField(
        label=gettext_lazy("Log-in name"), regex=r"^[\w.@-]{2,40}\Z", initial="admin",
        error_messages={"invalid": gettext_lazy("2 to 40 letters, digits, dots, hyphens or underscores, no spaces.")},
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )  # fmt: skip
    password1 = forms.CharField(
        label=gettext_lazy("Password"), help_text=PASSWORD_RULE, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=True),
    )  # fmt: skip
    password2 = forms.CharField(
        label=gettext_lazy("Password again"), strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=True),
    )  # fmt: skip
    way = forms.ChoiceField(
        label=gettext_lazy("How mail comes and goes"), widget=forms.RadioSelect, initial="own",
        choices=[
            ("own", gettext_lazy("A mailbox that we have (IMAP and SMTP)")),
            ("door", gettext_lazy("Not now: use the built-in SMTP door")),
        ],
    )  # fmt: skip
    code = forms.CharField(
        label=gettext_lazy("Set-up code"), required=False,
        help_text=gettext_lazy("Stands in the server's log, since other computers can reach this page."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )  # fmt: skip

    def clean_password1(self) -> str:
        validate_password(self.cleaned_data["password1"])
        return str(self.cleaned_data["password1"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("password1") and cleaned.get("password1") != cleaned.get("password2"):
            self.add_error("password2", _("The two passwords differ."))
        if not _code_fits(cleaned.get("code", "")):
            self.add_error("code", _("This is not the code in the server's log."))
        return cleaned

    @property
    def without_mailbox(self) -> bool:
        return self.data.get("way") == "door"


@never_cache
@sensitive_post_parameters("password1", "password2", "password")
def setup_page(request: HttpRequest) -> HttpResponse:
    if company() is not None:
        return HttpResponseRedirect("/")
    if not listens_on_loopback():
        log.warning("set-up code", code=set_up_code())
    form = SetUpForm(request.POST or None)
    failed = 0
    if request.method == "POST":
        failed = carry_out(form, lambda values: set_up(values=values, mailbox=form.mailbox_fields(), now=now()))
        if not failed:
            return done(request, _("All is set up. Log in with the name and password that you have just chosen."), "/")
    context = {"form": form, "asks_code": not listens_on_loopback()}
    return render(request, "setup/setup.html", context, status=failed or 200)


@require_POST
@sensitive_post_parameters("password1", "password2", "password")
def try_mailbox(request: HttpRequest) -> HttpResponse:
    """Tries the mailbox as typed so far; a part of the page."""
    if company() is not None:
        raise SetUpAlready
    form = SetUpForm(request.POST)
    form.is_valid()
    if form.has_error("code"):
        return render(request, "console/settings/mailbox_tried.html", {"refused": form.errors["code"]})
    faults = {name: form.errors[name] for name in MailboxWays.base_fields if name in form.errors}
    if faults:
        named = [(form.fields[name].label, sentences) for name, sentences in faults.items()]
        return render(request, "console/settings/mailbox_tried.html", {"faults": named})
    return render(request, "console/settings/mailbox_tried.html", {"result": test_mailbox(**form.ways())})


def _code_fits(code: str) -> bool:
    return listens_on_loopback() or hmac.compare_digest(code.strip().upper().encode(), set_up_code().encode())


@service
def set_up(*, values: dict[str, Any], mailbox: dict[str, Any], now: datetime) -> Account:
    """Company, handbook, administrator and mailbox in one transaction. Raises `SetUpAlready`."""
    by = Actor.system("setup")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SETUP_LOCK])
    if company() is not None:
        raise SetUpAlready
    set_up_company(
        name=values["company"], hotline=values["hotline"], pack=values["pack"], is_demo=False, by=by, now=now
    )
    install_handbook(pack=values["pack"], by=by, now=now)
    team = Team.objects.order_by("id").first()
    administrator = make_account(
        username=values["login"], name=values["name"], password=values["password1"],
        roles=Role.objects.filter(code__in=FIRST_ROLES), teams={team: True}, by=by, now=now,
    )  # fmt: skip
    save_mailbox(id=None, version=None, team=team, by=Actor.account(administrator.id), now=now, **mailbox)
    return administrator
