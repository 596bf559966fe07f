"""Mailboxes and blocked senders."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from yinuo.channels import queries
from yinuo.channels.models import Mailbox
from yinuo.channels.senders import SenderInvalid, blocked_senders
from yinuo.channels.services.mailboxes import AddressTaken, block_sender, save_mailbox, unblock_sender
from yinuo.channels.testing import test_mailbox
from yinuo.foundation.clock import now
from yinuo.staff.queries import teams
from yinuo.staff.rights import Right
from yinuo.web.console.mail_forms import MailboxWays
from yinuo.web.console.mail_words import failure_words
from yinuo.web.console.settings_areas import Versioned, choices_of, found, picked, settings_page
from yinuo.web.console.views.base import carry_out, done, requires, viewer


class MailboxForm(MailboxWays, Versioned):
    team = forms.ChoiceField(label=gettext_lazy("Team"), help_text=gettext_lazy("Takes what no rule sends elsewhere."))
    way = forms.ChoiceField(
        label=gettext_lazy("How mail comes and goes"), widget=forms.RadioSelect, initial="own",
        choices=[
            ("own", gettext_lazy("A mailbox that we have (IMAP and SMTP)")),
            ("door", gettext_lazy("The built-in SMTP door")),
        ],
    )  # fmt: skip
    plus_addressing = forms.BooleanField(
        label=gettext_lazy("The server delivers name+anything@ to name@"), required=False,
        help_text=gettext_lazy("Then replies carry a mark of their ticket in the address and find it always."),
    )  # fmt: skip
    signature = forms.CharField(
        label=gettext_lazy("Company's signature"), required=False, max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}), help_text=gettext_lazy("Below every mail that goes out here."),
    )  # fmt: skip
    active = forms.BooleanField(
        label=gettext_lazy("Fetch and send here"), required=False, initial=True,
        help_text=gettext_lazy("Switched off, mail stays where it is."),
    )  # fmt: skip

    def __init__(self, *args: Any, row: Mailbox | None = None, **kwargs: Any) -> None:
        super().__init__(*args, initial=_initial(row) if row else {}, **kwargs)
        self.all_teams = [team for team in teams() if team.active]
        self.fields["team"].choices = choices_of(self.all_teams)
        if row and row.password:
            self.fields["password"].help_text = _("Leave it empty to keep the present one.")

    @property
    def without_mailbox(self) -> bool:
        return self.data.get("way") == "door"

    def fields_of(self, values: dict[str, Any]) -> dict[str, Any]:
        more = ("plus_addressing", "signature", "active")
        return self.mailbox_fields() | {name: values[name] for name in more} | {
            "team": picked(self.all_teams, values["team"])
        }  # fmt: skip


def _initial(row: Mailbox) -> dict[str, Any]:
    plain = (
        "address", "imap_host", "imap_port", "imap_security", "imap_folder", "smtp_host", "smtp_port", "smtp_security",
        "username", "plus_addressing", "signature", "active", "version",
    )  # fmt: skip
    return {name: getattr(row, name) for name in plain} | {
        "sender_name": row.name,
        "team": str(row.team_id),
        "way": "own" if row.imap_host or row.smtp_host else "door",
    }


@requires(Right.EDIT_MAILBOXES)
def mailboxes(request: HttpRequest) -> HttpResponse:
    rows = [
        {"mailbox": row, "failure": failure_words(row.failure), "send_failure": failure_words(row.send_failure)}
        for row in queries.mailboxes()
    ]
    return settings_page(request, "mailboxes", {"rows": rows}, area="mailboxes")


@requires(Right.EDIT_MAILBOXES)
@sensitive_post_parameters("password")
def mailbox(request: HttpRequest, id: UUID | None = None) -> HttpResponse:
    row = found(queries.mailbox(id)) if id else None
    form = MailboxForm(request.POST or None, row=row)
    failed = 0
    if request.method == "POST":
        failed = carry_out(
            form,
            lambda values: save_mailbox(
                id=id, version=values["version"] if id else None, **form.fields_of(values), by=viewer(request).actor,
                now=now(),
            ),
            at={AddressTaken: "address"},
            newest=lambda: found(queries.mailbox(id)).version,
        )  # fmt: skip
        if not failed:
            return done(request, _("Saved."), "settings_mailboxes")
    return settings_page(request, "mailbox", {"form": form, "row": row}, area="mailboxes", status=failed or 200)


@requires(Right.EDIT_MAILBOXES)
@require_POST
@sensitive_post_parameters("password")
def try_mailbox(request: HttpRequest, id: UUID | None = None) -> HttpResponse:
    """Tries what is typed; a part of the page. The kept password is used for the server it is kept for only."""
    row = found(queries.mailbox(id)) if id else None
    form = MailboxForm(request.POST, row=row)
    form.is_valid()
    faults = [(form.fields[name].label, form.errors[name]) for name in MailboxWays.base_fields if name in form.errors]
    if faults:
        return render(request, "console/settings/mailbox_tried.html", {"faults": faults})
    typed = form.cleaned_data
    same = row and (row.imap_host, row.smtp_host) == (typed["imap_host"], typed["smtp_host"])
    result = test_mailbox(**form.ways(kept_password=row.password if same else ""))
    return render(request, "console/settings/mailbox_tried.html", {"result": result})


class BlockForm(forms.Form):
    sender = forms.CharField(
        label=gettext_lazy("Address or domain"), max_length=254,
        widget=forms.TextInput(attrs={"placeholder": "ads@example.com · @example.com", "autocomplete": "off"}),
    )  # fmt: skip


@requires(Right.EDIT_MAILBOXES)
def blocked(request: HttpRequest) -> HttpResponse:
    form = BlockForm(request.POST or None)
    failed = 0
    if request.method == "POST":
        failed = carry_out(
            form,
            lambda values: block_sender(sender=values["sender"], by=viewer(request).actor, now=now()),
            at={SenderInvalid: "sender"},
        )
        if not failed:
            return done(request, _("Blocked. Mail from there is kept and filtered from now on."), "settings_blocked")
    context = {"form": form, "rows": blocked_senders()}
    return settings_page(request, "blocked", context, area="blocked", status=failed or 200)


@requires(Right.EDIT_MAILBOXES)
@require_POST
def unblock(request: HttpRequest, id: UUID) -> HttpResponse:
    unblock_sender(id=id, by=viewer(request).actor, now=now())
    return done(request, _("No longer blocked."), "settings_blocked")
