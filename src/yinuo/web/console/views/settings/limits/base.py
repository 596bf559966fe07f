"""What the pages about limits share."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from yinuo.domain.comparing import Book
from yinuo.domain.deadline import Policy
from yinuo.domain.procedure import Definition
from yinuo.domain.reading import Text
from yinuo.foundation.errors import Missing
from yinuo.packs import SHIPPED, shipped_pack
from yinuo.procedures.published import definitions_in_force
from yinuo.sla.errors import DraftGone
from yinuo.sla.known import House, house
from yinuo.sla.limits import book_here, limit_draft
from yinuo.sla.models import PolicyDraft, PolicyVersion
from yinuo.staff.queries import names_of
from yinuo.web.console.labels import say
from yinuo.web.console.limit_words import customers_in
from yinuo.web.console.rows import iso
from yinuo.web.console.settings_areas import settings_page


def house_book(policies: Mapping[str, Policy], name: Text | None = None, here: House | None = None) -> Book:
    """Tables of this house with the names of its scenarios, categories, teams, calendars, roles and procedures."""
    return _named(policies, definitions_in_force(), name, here)


def words_for(policies: Mapping[str, Policy]) -> Book:
    """Names enough to say lines in words, without procedures."""
    return _named(policies, {})


def _named(
    policies: Mapping[str, Policy], procedures: Mapping[str, Definition], name: Text | None = None,
    here: House | None = None,
) -> Book:  # fmt: skip
    book = book_here(policies, procedures, name or Text(_("This company")), here or house())
    return replace(book, names={**book.names, "customer": customers_in(policies.values())})


def the_draft() -> PolicyDraft:
    """The draft under work. Raises `DraftGone`."""
    draft = limit_draft()
    if draft is None:
        raise DraftGone
    return draft


def the_kind(policies: Mapping[str, Policy], kind: str) -> Policy:
    if kind not in policies:
        raise Missing
    return policies[kind]


def version_name(version: PolicyVersion | None) -> str:
    """The handbook a version comes from, in words."""
    if version is None:
        return ""
    return say(shipped_pack(version.code).name) if version.code in SHIPPED else version.code


def who(*account_ids: UUID | None) -> dict[UUID | None, str]:
    return dict(names_of({id for id in account_ids if id}))


def stamp(at: Any, name: str | None) -> dict[str, str]:
    """When and by whom, for the template."""
    return {"iso": iso(at), "by": name or ""}


def limits_page(
    request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    return settings_page(request, f"limits/{template}", context, area="limits", status=status)
