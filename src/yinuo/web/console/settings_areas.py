"""The areas of the settings, in the order of the list at the left."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yinuo.foundation.errors import Missing
from yinuo.staff.permissions import Viewer
from yinuo.staff.rights import Right
from yinuo.web.addresses import reverse
from yinuo.web.console.views.base import page, viewer


@dataclass(frozen=True, slots=True)
class Area:
    """`url_name` leads to its list; who has `right`, or the one instead of it, sees it."""

    key: str
    label: str | Promise
    url_name: str
    right: Right
    or_right: Right | None = None


GROUPS: tuple[tuple[str | Promise, tuple[Area, ...]], ...] = (
    (
        _("Organisation"),
        (
            Area("company", _("Company"), "settings_company", Right.EDIT_STAFF),
            Area("accounts", _("Accounts"), "settings_accounts", Right.EDIT_STAFF),
            Area("departments", _("Departments"), "settings_departments", Right.EDIT_STAFF),
            Area("teams", _("Teams"), "settings_teams", Right.EDIT_STAFF),
            Area("skills", _("Skills"), "settings_skills", Right.EDIT_STAFF),
            Area("roles", _("Roles and rights"), "settings_roles", Right.EDIT_STAFF),
        ),
    ),
    (
        _("Service"),
        (
            Area("scenarios", _("Scenarios"), "settings_scenarios", Right.EDIT_CATALOG),
            Area("categories", _("Categories"), "settings_categories", Right.EDIT_CATALOG),
            Area("products", _("Products"), "settings_products", Right.EDIT_CATALOG),
            Area("calendars", _("Business calendars"), "settings_calendars", Right.EDIT_CALENDARS),
            Area("limits", _("Limits"), "settings_limits", Right.EDIT_LIMITS),
            Area("procedures", _("Procedures"), "settings_procedures", Right.EDIT_PROCEDURES, Right.REVIEW_PROCEDURES),
        ),
    ),
    (
        _("Channels"),
        (
            Area("mailboxes", _("Mailboxes"), "settings_mailboxes", Right.EDIT_MAILBOXES),
            Area("blocked", _("Blocked senders"), "settings_blocked", Right.EDIT_MAILBOXES),
            Area("web_forms", _("Web forms"), "settings_web_forms", Right.EDIT_FORMS),
        ),
    ),
    (
        _("System"),
        (
            Area("tokens", _("Interface tokens"), "settings_tokens", Right.EDIT_STAFF),
            Area("jobs", _("Failed jobs"), "jobs", Right.SEE_JOBS),
        ),
    ),
)


def areas_of(who: Viewer) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Groups of `(key, label, url)` that this viewer may open."""
    shown = []
    for title, areas in GROUPS:
        mine = [
            (area.key, str(area.label), reverse(area.url_name))
            for area in areas
            if who.has(area.right) or (area.or_right and who.has(area.or_right))
        ]
        if mine:
            shown.append((str(title), mine))
    return shown


def settings_page(
    request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, *, area: str, status: int = 200
) -> HttpResponse:
    """A page of the settings with the list of areas beside it."""
    return page(
        request,
        f"console/settings/{template}.html",
        {"areas": areas_of(viewer(request)), "area": area, **(context or {})},
        here="settings",
        status=status,
    )


class Versioned(forms.Form):
    """Carries the version that was shown."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)


class SeveralField(forms.MultipleChoiceField):
    """Some of a few, as chips to click."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **more: Any) -> None:
        super().__init__(required=False, **more)


Row = TypeVar("Row")
CODE_RULE = r"^[a-z][a-z0-9_-]{0,39}\Z"


class CodeField(forms.RegexField):
    """A short name that packs, rules and the API go by."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            label=_("Code"),
            regex=CODE_RULE,
            help_text=_("Rules and interfaces go by it. Small letters, digits, _ and -."),
            error_messages={"invalid": _("Begin with a small letter; only small letters, digits, _ and -.")},
            widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
            **more,
        )


def picked(rows: list[Any], wanted: str | None) -> Any:
    """The row whose id was chosen, or nothing."""
    return next((row for row in rows if wanted and str(row.pk) == wanted), None)


def several(rows: list[Any], wanted: list[str]) -> list[Any]:
    return [row for row in rows if str(row.pk) in wanted]


def choices_of(rows: list[Any], *, empty: str | Promise | None = None) -> list[tuple[str, Any]]:
    """`(id, name)` of rows for a select; `empty` is the words for choosing none."""
    given = [(str(row.pk), row.name) for row in rows]
    return given if empty is None else [("", empty), *given]


def found(row: Row | None) -> Row:
    if row is None:
        raise Missing
    return row


def ids(values: list[str]) -> list[UUID]:
    return [UUID(value) for value in values]
