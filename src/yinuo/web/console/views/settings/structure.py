"""Departments, teams and skills."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from yinuo.calendars.queries import calendars
from yinuo.catalog.queries import scenarios
from yinuo.foundation.clock import now
from yinuo.staff import queries
from yinuo.staff.errors import CodeTaken
from yinuo.staff.models import Department, Skill, Team
from yinuo.staff.rights import Right
from yinuo.staff.services import remove_structure, save_structure
from yinuo.web.console.settings_areas import (
    CodeField,
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

TIERS = [(1, gettext_lazy("First line")), (2, gettext_lazy("Second line")), (3, gettext_lazy("Third line"))]


class DepartmentForm(Versioned):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    code = CodeField()
    contact = forms.ChoiceField(
        label=gettext_lazy("Contact person"),
        required=False,
        help_text=gettext_lazy("Whom other departments turn to."),
    )

    def __init__(self, *args: Any, row: Department | None = None, **kwargs: Any) -> None:
        initial = (
            {"name": row.name, "code": row.code, "contact": str(row.contact_id or ""), "version": row.version}
            if row
            else {}
        )
        super().__init__(*args, initial=initial, **kwargs)
        self.people = queries.active_accounts()
        self.fields["contact"].choices = choices_of(self.people, empty=_("none"))


@requires(Right.EDIT_STAFF)
def departments(request: HttpRequest) -> HttpResponse:
    return settings_page(request, "departments", {"rows": queries.departments()}, area="departments")


@requires(Right.EDIT_STAFF)
def department(request: HttpRequest, id: UUID | None = None) -> HttpResponse:
    row = found(queries.department(id)) if id else None
    form = DepartmentForm(request.POST or None, row=row)
    failed = 0
    if request.method == "POST":
        failed = carry_out(
            form,
            lambda values: save_structure(
                model=Department, id=id, version=values["version"] if id else None, name=values["name"],
                code=values["code"], contact=picked(form.people, values["contact"]), by=viewer(request).actor,
                now=now(),
            ),
            at={CodeTaken: "code"},
            newest=lambda: found(queries.department(id)).version,
        )  # fmt: skip
        if not failed:
            return done(request, _("Saved."), "settings_departments")
    return settings_page(request, "department", {"form": form, "row": row}, area="departments", status=failed or 200)


class SkillForm(Versioned):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    code = CodeField()


@requires(Right.EDIT_STAFF)
def skills(request: HttpRequest) -> HttpResponse:
    return settings_page(request, "skills", {"rows": queries.skills()}, area="skills")


@requires(Right.EDIT_STAFF)
def skill(request: HttpRequest, id: UUID | None = None) -> HttpResponse:
    row = found(queries.skill(id)) if id else None
    initial = {"name": row.name, "code": row.code, "version": row.version} if row else {}
    form = SkillForm(request.POST or None, initial=initial)
    failed = 0
    if request.method == "POST":
        failed = carry_out(
            form,
            lambda values: save_structure(
                model=Skill, id=id, version=values["version"] if id else None, name=values["name"], code=values["code"],
                by=viewer(request).actor, now=now(),
            ),
            at={CodeTaken: "code"},
            newest=lambda: found(queries.skill(id)).version,
        )  # fmt: skip
        if not failed:
            return done(request, _("Saved."), "settings_skills")
    return settings_page(request, "skill", {"form": form, "row": row}, area="skills", status=failed or 200)


@requires(Right.EDIT_STAFF)
@require_POST
def remove_department(request: HttpRequest, id: UUID) -> HttpResponse:
    remove_structure(model=Department, id=id, by=viewer(request).actor, now=now())
    return done(request, _("Removed."), "settings_departments")


@requires(Right.EDIT_STAFF)
@require_POST
def remove_skill(request: HttpRequest, id: UUID) -> HttpResponse:
    remove_structure(model=Skill, id=id, by=viewer(request).actor, now=now())
    return done(request, _("Removed."), "settings_skills")


class TeamForm(Versioned):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    code = CodeField()
    department = forms.ChoiceField(label=gettext_lazy("Department"), required=False)
    calendar = forms.ChoiceField(
        label=gettext_lazy("Business calendar"), help_text=gettext_lazy("Promises in service hours count by it.")
    )
    tier = forms.TypedChoiceField(label=gettext_lazy("Tier"), choices=TIERS, coerce=int)
    escalates_to = forms.ChoiceField(
        label=gettext_lazy("Escalates to"),
        required=False,
        help_text=gettext_lazy("Who takes what this team can't solve, and is told when its promises stay broken."),
    )
    scenarios = SeveralField(
        label=gettext_lazy("Takes scenarios"), help_text=gettext_lazy("None chosen: whatever a rule or a person sends.")
    )
    roles = SeveralField(label=gettext_lazy("Takes steps of roles"))
    skills = SeveralField(label=gettext_lazy("Skills of the team"))
    members = SeveralField(label=gettext_lazy("Members"))
    leads = SeveralField(label=gettext_lazy("Leads"), help_text=gettext_lazy("Told first when a promise is broken."))
    active = forms.BooleanField(
        label=gettext_lazy("Takes new tickets"), required=False, initial=True,
        help_text=gettext_lazy("A team that is switched off keeps its history."),
    )  # fmt: skip

    def __init__(self, *args: Any, row: Team | None = None, **kwargs: Any) -> None:
        super().__init__(*args, initial=_initial(row) if row else {"tier": 1}, **kwargs)
        self.all_departments, self.all_calendars = queries.departments(), calendars()
        self.others = [team for team in queries.team_choices() if row is None or team.id != row.id]
        self.people, self.all_skills = queries.active_accounts(), queries.skills()
        for name, choices in {
            "department": choices_of(self.all_departments, empty=_("none")),
            "calendar": choices_of(self.all_calendars),
            "escalates_to": choices_of(self.others, empty=_("nobody")),
            "scenarios": [(scenario.code, named(scenario)) for scenario in scenarios()],
            "roles": [(role.code, named(role)) for role in queries.roles()],
            "skills": choices_of(self.all_skills),
            "members": choices_of(self.people),
            "leads": choices_of(self.people),
        }.items():
            self.fields[name].choices = choices
        if not self.all_skills:
            del self.fields["skills"]

    def fields_of(self, values: dict[str, Any]) -> dict[str, Any]:
        wanted = {*values["members"], *values["leads"]}
        plain = {name: values[name] for name in ("name", "code", "tier", "scenarios", "roles", "active")}
        return plain | {
            "department": picked(self.all_departments, values["department"]),
            "calendar": picked(self.all_calendars, values["calendar"]),
            "escalates_to": picked(self.others, values["escalates_to"]),
            "skills": several(self.all_skills, values.get("skills", [])),
            "members": {UUID(value): value in values["leads"] for value in wanted},
        }


def _initial(row: Team) -> dict[str, Any]:
    plain = ("name", "code", "tier", "scenarios", "roles", "active", "version")
    members = list(row.members.all())
    return {name: getattr(row, name) for name in plain} | {
        "department": str(row.department_id or ""),
        "calendar": str(row.calendar_id),
        "escalates_to": str(row.escalates_to_id or ""),
        "skills": [str(skill_id) for skill_id in row.skill_ids],
        "members": [str(member.account_id) for member in members],
        "leads": [str(member.account_id) for member in members if member.is_lead],
    }


@requires(Right.EDIT_STAFF)
def teams(request: HttpRequest) -> HttpResponse:
    words = {scenario.code: named(scenario) for scenario in scenarios()}
    rows = [
        {
            "team": team,
            "leads": "、".join(lead.account.name for lead in team.leads),
            "scenarios": "、".join(words.get(code, code) for code in team.scenarios),
            "tier": dict(TIERS)[team.tier],
        }
        for team in queries.teams()
    ]
    return settings_page(request, "teams", {"rows": rows}, area="teams")


@requires(Right.EDIT_STAFF)
def team(request: HttpRequest, id: UUID | None = None) -> HttpResponse:
    row = found(queries.team(id)) if id else None
    form = TeamForm(request.POST or None, row=row)
    failed = 0
    if request.method == "POST":
        failed = carry_out(
            form,
            lambda values: save_structure(
                model=Team, id=id, version=values["version"] if id else None, **form.fields_of(values),
                by=viewer(request).actor, now=now(),
            ),
            at={CodeTaken: "code"},
            newest=lambda: found(queries.team(id)).version,
        )  # fmt: skip
        if not failed:
            return done(request, _("Saved."), "settings_teams")
    return settings_page(request, "team", {"form": form, "row": row}, area="teams", status=failed or 200)
