"""The draft in which a procedure is worked on: opened, edited piece by piece, thrown away."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from yinuo.domain.procedure import Definition
from yinuo.domain.procedure import editing as ed
from yinuo.domain.reading import ReadingError
from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import Changed, Missing
from yinuo.foundation.events import record
from yinuo.foundation.work import service
from yinuo.procedures.errors import DefinitionUnreadable, DraftInReview, DraftThere, EditRefused, NoDraft, faults_said
from yinuo.procedures.events import ProcedureDraftChanged, ProcedureDraftDropped, ProcedureDraftOpened
from yinuo.procedures.models import DraftState, ProcedureDraft, ProcedureVersion, ShippedEdition


@service
def open_procedure_draft(
    *, code: str, based_on: UUID | None = None, body: Mapping[str, Any] | None = None, note: str = "",
    edition: ShippedEdition | None = None, by: Actor, now: datetime,
) -> ProcedureDraft:  # fmt: skip
    """A draft of what is in force, of the version `based_on`, or with another `body` (a file), which may be a procedure
    that is new here; `edition` where that body is a shipped one. Raises `DraftThere` where somebody works on one,
    `DefinitionUnreadable`, `Missing`."""
    if ProcedureDraft.objects.filter(code=code).exists():
        raise DraftThere
    versions = ProcedureVersion.objects.filter(code=code, published_at__isnull=False).order_by("-version")
    if based_on:
        version = versions.filter(id=based_on).first()
    else:
        version = versions.filter(retired_at__isnull=True).first() or versions.first()
    if version is None and (body is None or based_on):
        raise Missing
    raw = body if body is not None else version.body
    draft = ProcedureDraft(
        code=code, based_on=version, edition_id=edition.id if edition else version and version.edition_id,
        body=_tidied(raw, code), note=note, opened_at=now, opened_by_id=by.id, changed_at=now, changed_by_id=by.id,
        author_ids=[str(by.id)] if body is not None and by.id else [],
    )  # fmt: skip
    draft.save(force_insert=True)
    fact = ProcedureDraftOpened(draft.id, code, version.version if version else 0)
    record(fact, by=by, at=now, subject=("procedure_draft", draft.id))
    return draft


def _tidied(raw: Mapping[str, Any], code: str) -> dict[str, Any]:
    try:
        body = Definition.from_json(raw).to_json()
    except ReadingError as error:
        raise DefinitionUnreadable(reason=faults_said(error.faults)) from error
    return ed.tidy({**body, "key": code})


@service
def save_procedure_settings(
    *, draft_id: UUID, version: int, step: str, values: Mapping[str, Any], by: Actor, now: datetime
) -> ProcedureDraft:
    """Title, role, … of a step; of the whole where `step` is empty. Raises `DefinitionUnreadable`, `EditRefused`,
    `DraftInReview`, `Changed`, `NoDraft`, as all edits do."""
    return _edit(
        draft_id, version, lambda body: ed.put_settings(body, step, values), ("settings", step, ""), by, now
    )  # fmt: skip


@service
def add_procedure_step(
    *, draft_id: UUID, version: int, entry: Mapping[str, Any], after: str, by: Actor, now: datetime
) -> ProcedureDraft:
    """Another step, behind the step `after`."""
    where = ("added", str(entry["key"]), "steps")
    return _edit(draft_id, version, lambda body: ed.add_step(body, entry, after=after), where, by, now)


@service
def move_procedure_step(
    *, draft_id: UUID, version: int, step: str, up: bool, by: Actor, now: datetime
) -> ProcedureDraft:
    """The step one place up or down in the list; arrows stay as they are."""
    return _edit(draft_id, version, lambda body: ed.move_step(body, step, up=up), ("moved", step, "steps"), by, now)


@service
def remove_procedure_step(*, draft_id: UUID, version: int, step: str, by: Actor, now: datetime) -> ProcedureDraft:
    """Without the step; what led to it is named as a problem."""
    return _edit(draft_id, version, lambda body: ed.drop_step(body, step), ("removed", step, "steps"), by, now)


@service
def save_procedure_part(
    *, draft_id: UUID, version: int, step: str, part: str, entry: Mapping[str, Any], place: int | None, by: Actor,
    now: datetime,
) -> ProcedureDraft:  # fmt: skip
    """A field, outcome, arrow, limit …: new, or in place `place` of its list."""
    where = ("added" if place is None else "changed", step, part)
    return _edit(draft_id, version, lambda body: ed.put_part(body, step, part, entry, at=place), where, by, now)


@service
def move_procedure_part(
    *, draft_id: UUID, version: int, step: str, part: str, place: int, up: bool, by: Actor, now: datetime
) -> ProcedureDraft:
    """An entry of a list one place up or down."""
    where = ("moved", step, part)
    return _edit(draft_id, version, lambda body: ed.move_part(body, step, part, place, up=up), where, by, now)


@service
def remove_procedure_part(
    *, draft_id: UUID, version: int, step: str, part: str, place: int, by: Actor, now: datetime
) -> ProcedureDraft:
    """Without an entry of a list."""
    where = ("removed", step, part)
    return _edit(draft_id, version, lambda body: ed.drop_part(body, step, part, place), where, by, now)


@service
def drop_procedure_draft(*, draft_id: UUID, version: int, by: Actor, now: datetime) -> None:
    """Throws the draft away; what is in force stays. Raises `Changed`, `NoDraft`, `DraftInReview`."""
    draft = lock_draft(draft_id, version)
    if draft.state == DraftState.REVIEW:
        raise DraftInReview
    record(ProcedureDraftDropped(draft.id, draft.code), by=by, at=now, subject=("procedure_draft", draft.id))
    draft.delete()


def lock_draft(draft_id: UUID, version: int) -> ProcedureDraft:
    """Raises `NoDraft`, `Changed`."""
    draft = ProcedureDraft.objects.select_for_update().filter(id=draft_id).first()
    if draft is None:
        raise NoDraft
    if draft.version != version:
        raise Changed
    return draft


def _edit(
    draft_id: UUID, version: int, change: Callable[[ed.Body], ed.Body], where: tuple[str, str, str], by: Actor,
    now: datetime,
) -> ProcedureDraft:  # fmt: skip
    draft = lock_draft(draft_id, version)
    if draft.state == DraftState.REVIEW:
        raise DraftInReview
    try:
        draft.body = change(draft.body)
    except ed.EditError as error:
        raise EditRefused(error.code) from error
    except ReadingError as error:
        raise DefinitionUnreadable(reason=faults_said(error.faults)) from error
    if by.id and str(by.id) not in draft.author_ids:
        draft.author_ids = [*draft.author_ids, str(by.id)]
    draft.version += 1
    draft.changed_at, draft.changed_by_id = now, by.id
    draft.save(update_fields=["body", "version", "author_ids", "changed_at", "changed_by_id"])
    edit, step, part = where
    fact = ProcedureDraftChanged(draft.id, edit, step, part, draft.version)
    record(fact, by=by, at=now, subject=("procedure_draft", draft.id))
    return draft
