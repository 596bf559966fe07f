"""Accounts: who works here, with what roles, teams and skills."""

import secrets
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from yinuo.foundation.clock import now
from yinuo.staff import queries
from yinuo.staff.errors import EmailTaken, LastAdministrator, UsernameTaken
from yinuo.staff.models import Account, Role, Team
from yinuo.staff.rights import Right
from yinuo.staff.services import change_account, make_account, set_password
from yinuo.staff.sessions import has_second_factor, remove_second_factor
from yinuo.web.console.settings_areas import (
    SeveralField,
    Versioned,
    choices_of,
    found,
    picked,
    settings_page,
    several,
)
from yinuo.web.console.settings_words import named
from yinuo.web.console.views.base import carry_out, done, requires, viewer

LEGIBLE = "abcdefghjkmnpqrstuvwxyz23456789"
SPOKEN = [("zh", gettext_lazy("Chinese")), ("en", gettext_lazy("English"))]


def temporary_password() -> str:
    """Twelve characters that can be read out: no l, i, o, 0 or 1."""
    return "-".join("".join(secrets.choice(LEGIBLE) for _ in range(4)) for _ in range(3))


class AccountForm(Versioned):
    username = forms.RegexField(
        label=gettext_lazy("Log-in name"),
        regex=r"^[\w.@-]{2,40}\Z",
        error_messages={"invalid": gettext_lazy("2 to 40 letters, digits, dots, hyphens or underscores, no spaces.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=60)
    staff_number = forms.CharField(label=gettext_lazy("Staff number"), max_length=40, required=False)
    email = forms.EmailField(
        label=gettext_lazy("Own mail address"),
        required=False,
        help_text=gettext_lazy("For notices; not shown to anyone."),
    )
    department = forms.ChoiceField(label=gettext_lazy("Department"), required=False)
    roles = SeveralField(label=gettext_lazy("Roles"))
    teams = SeveralField(label=gettext_lazy("Works in teams"))
    leads = SeveralField(
        label=gettext_lazy("Leads teams"), help_text=gettext_lazy("Told first when a promise is broken.")
    )
    skills = SeveralField(label=gettext_lazy("Skills"))
    languages = SeveralField(label=gettext_lazy("Speaks with customers"), choices=SPOKEN)
    capacity = forms.IntegerField(
        label=gettext_lazy("Open tickets at the same time"), min_value=1, max_value=500, initial=20
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the screens"), choices=settings.LANGUAGES, initial="zh-hans"
    )

    def __init__(self, *args: Any, account: Account | None = None, **kwargs: Any) -> None:
        super().__init__(*args, initial=_initial(account) if account else {"languages": ["zh"]}, **kwargs)
        self.all_roles = queries.roles()
        self.all_teams = [team for team in queries.team_choices() if team.active]
        self.all_skills = queries.skills()
        self.all_departments = queries.departments()
        self.fields["roles"].choices = [(str(role.id), named(role)) for role in self.all_roles]
        self.fields["teams"].choices = self.fields["leads"].choices = choices_of(self.all_teams)
        self.fields["skills"].choices = choices_of(self.all_skills)
        self.fields["department"].choices = choices_of(self.all_departments, empty=_("none"))
        if account:
            self.fields["username"].disabled = True
        if not self.all_skills:
            del self.fields["skills"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("roles") and not self.has_error("roles"):
            self.add_error("roles", _("Choose at least one role: without any nothing can be seen or done."))
        return cleaned

    def fields_of(self, values: dict[str, Any]) -> dict[str, Any]:
        """The cleaned values as the services take them."""
        chosen: list[Role] = several(self.all_roles, values["roles"])
        wanted = {*values["teams"], *values["leads"]}
        teams: dict[Team, bool] = {
            team: str(team.id) in values["leads"] for team in self.all_teams if str(team.id) in wanted
        }
        return {
            "name": values["name"],
            "staff_number": values["staff_number"],
            "email": values["email"],
            "department": picked(self.all_departments, values["department"]),
            "roles": chosen,
            "teams": teams,
            "skills": several(self.all_skills, values.get("skills", [])),
            "languages": values["languages"],
            "capacity": values["capacity"],
            "language": values["language"],
        }


def _initial(account: Account) -> dict[str, Any]:
    plain = ("username", "name", "staff_number", "email", "languages", "capacity", "language", "version")
    members = list(account.memberships.all())
    return {name: getattr(account, name) for name in plain} | {
        "department": str(account.department_id or ""),
        "roles": [str(role.id) for role in account.roles.all()],
        "skills": [str(skill.id) for skill in account.skills.all()],
        "teams": [str(member.team_id) for member in members],
        "leads": [str(member.team_id) for member in members if member.is_lead],
    }


@requires(Right.EDIT_STAFF)
def accounts(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "")
    active = request.GET.get("state") != "off"
    rows = [
        {
            "account": account,
            "roles": " · ".join(queries.role_names(account)),
            "teams": " · ".join(member.team.name for member in account.memberships.all()),
        }
        for account in queries.accounts(text, active=active)
    ]
    return settings_page(request, "accounts", {"rows": rows, "q": text, "active": active}, area="accounts")


@requires(Right.EDIT_STAFF)
def new_account(request: HttpRequest) -> HttpResponse:
    form = AccountForm(request.POST or None)
    failed = 0
    if request.method == "POST":
        password = temporary_password()
        failed = carry_out(
            form,
            lambda values: make_account(
                username=values["username"], password=password, must_change_password=True, **form.fields_of(values),
                by=viewer(request).actor, now=now(),
            ),
            at={UsernameTaken: "username", EmailTaken: "email"},
        )  # fmt: skip
        if not failed:
            context = {"name": form.cleaned_data["name"], "username": form.cleaned_data["username"]}
            return settings_page(request, "password_shown", {**context, "password": password}, area="accounts")
    return settings_page(request, "account", {"form": form}, area="accounts", status=failed or 200)


@requires(Right.EDIT_STAFF)
def account(request: HttpRequest, id: UUID) -> HttpResponse:
    row = found(queries.account(id))
    form = AccountForm(request.POST or None, account=row)
    failed = 0
    if request.method == "POST":
        failed = carry_out(
            form,
            lambda values: change_account(
                account=row, version=values["version"], **form.fields_of(values), by=viewer(request).actor, now=now()
            ),
            at={EmailTaken: "email", LastAdministrator: "roles"},
            newest=lambda: found(queries.account(id)).version,
        )
        if not failed:
            return done(request, _("Saved."), "settings_accounts")
    context = {"form": form, "account": row, "second_factor": has_second_factor(row)}
    return settings_page(request, "account", context, area="accounts", status=failed or 200)


@requires(Right.EDIT_STAFF)
@require_POST
def reset_password(request: HttpRequest, id: UUID) -> HttpResponse:
    """A temporary password, shown this once; the person has to choose another one at the next log-in."""
    row = found(queries.account(id))
    password = temporary_password()
    set_password(account=row, password=password, must_change=True, by=viewer(request).actor, now=now())
    context = {"name": row.name, "username": row.username, "password": password}
    return settings_page(request, "password_shown", context, area="accounts")


@requires(Right.EDIT_STAFF)
@require_POST
def switch_account(request: HttpRequest, id: UUID) -> HttpResponse:
    """Off and on again."""
    row = found(queries.account(id))
    on = request.POST.get("active") == "1"
    change_account(
        account=row, version=int(request.POST.get("version") or 0), is_active=on, by=viewer(request).actor, now=now()
    )
    sentence = _("{name} may log in again.") if on else _("{name} can no longer log in.")
    return done(request, sentence.format(name=row.name), "settings_account", id)


@requires(Right.EDIT_STAFF)
@require_POST
def drop_second_factor(request: HttpRequest, id: UUID) -> HttpResponse:
    row = found(queries.account(id))
    remove_second_factor(account=row, by=viewer(request).actor, now=now())
    return done(request, _("The second factor of {name} is removed.").format(name=row.name), "settings_account", id)
