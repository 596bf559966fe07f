"""The way of a draft to a published version: handed to review, talked about, sent back, published by somebody else."""

from datetime import datetime
from uuid import UUID

from yinuo.catalog.models import Scenario
from yinuo.domain.procedure import Definition, lint
from yinuo.domain.procedure.differences import differences
from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import Missing
from yinuo.foundation.events import record
from yinuo.foundation.in_force import forget
from yinuo.foundation.work import service
from yinuo.procedures.errors import (
    CommentMissing,
    DefinitionFaulty,
    DraftInReview,
    DraftNotInReview,
    NothingChanged,
    OwnDraft,
    ProcedureInUse,
    faults_said,
)
from yinuo.procedures.events import ProcedureRetired, ProcedureReviewed
from yinuo.procedures.known import known_here
from yinuo.procedures.models import DraftState, ProcedureDraft, ProcedureVersion, ReviewAct, ReviewEntry
from yinuo.procedures.services.drafting import lock_draft
from yinuo.procedures.services.publishing import publish_procedure
from yinuo.staff.queries import people_with
from yinuo.staff.rights import Right
from yinuo.staff.services import notify


@service
def submit_procedure(*, draft_id: UUID, version: int, note: str, by: Actor, now: datetime) -> ProcedureDraft:
    """Hands the draft to somebody else; nobody edits it meanwhile. Whoever may review is told. Raises
    `DefinitionFaulty` while it has faults, `NothingChanged`, `DraftInReview`, `Changed`, `NoDraft`."""
    draft = lock_draft(draft_id, version)
    if draft.state == DraftState.REVIEW:
        raise DraftInReview
    definition = _checked(draft)
    in_force = _in_force(draft.code)
    if in_force and not differences(Definition.from_json(in_force.body), definition):
        raise NothingChanged
    if by.id and str(by.id) not in draft.author_ids:
        draft.author_ids = [*draft.author_ids, str(by.id)]
    draft.note = note.strip()
    _turn(draft, DraftState.REVIEW)
    entry = _enter(draft, ReviewAct.SUBMITTED, draft.note, by, now)
    authors = {UUID(one) for one in draft.author_ids}
    _tell(draft, "procedure_review", set(people_with(Right.REVIEW_PROCEDURES)) - authors, entry, by, now)
    return draft


@service
def withdraw_procedure(*, draft_id: UUID, version: int, by: Actor, now: datetime) -> ProcedureDraft:
    """Takes the draft back from review, to go on with it. Raises `DraftNotInReview`, `Changed`, `NoDraft`."""
    draft = _in_review(draft_id, version)
    _turn(draft, DraftState.WRITING)
    _enter(draft, ReviewAct.WITHDRAWN, "", by, now)
    return draft


@service
def comment_on_procedure(*, draft_id: UUID, text: str, step: str, by: Actor, now: datetime) -> ReviewEntry:
    """A remark about a draft, or about one step of it; appended, so it never conflicts. Raises `CommentMissing`,
    `Missing`."""
    draft = ProcedureDraft.objects.filter(id=draft_id).first()
    if draft is None:
        raise Missing
    if not text.strip():
        raise CommentMissing(fields={"text": str(CommentMissing.text)})
    return _enter(draft, ReviewAct.COMMENT, text.strip(), by, now, step)


@service
def send_back_procedure(*, draft_id: UUID, version: int, text: str, by: Actor, now: datetime) -> ProcedureDraft:
    """Back to its authors, with what should be different; they are told. Raises `CommentMissing`, `OwnDraft`,
    `DraftNotInReview`, `Changed`, `NoDraft`."""
    if not text.strip():
        raise CommentMissing(fields={"text": str(CommentMissing.text)})
    draft = _in_review(draft_id, version)
    _require_other(draft, by)
    _turn(draft, DraftState.WRITING)
    entry = _enter(draft, ReviewAct.SENT_BACK, text.strip(), by, now)
    _tell(draft, "procedure_sent_back", {UUID(one) for one in draft.author_ids}, entry, by, now)
    return draft


@service
def publish_reviewed(*, draft_id: UUID, version: int, text: str, by: Actor, now: datetime) -> ProcedureVersion:
    """Puts the draft in force as the next version: new tickets follow it, what runs finishes on its own. Raises
    `OwnDraft` for whoever worked on it, `DefinitionFaulty` where meanwhile it has faults, `DraftNotInReview`,
    `Changed`, `NoDraft`."""
    draft = _in_review(draft_id, version)
    _require_other(draft, by)
    _checked(draft)
    published = publish_procedure(code=draft.code, body=draft.body, by=by, now=now, draft=draft)
    _enter(draft, ReviewAct.PUBLISHED, text.strip(), by, now)
    draft.delete()
    return published


@service
def retire_procedure(*, code: str, by: Actor, now: datetime) -> ProcedureVersion:
    """Takes a procedure out of use: no new ticket can follow it, what runs goes on. Raises `ProcedureInUse` while a
    scenario opens tickets with it, `Missing`."""
    version = ProcedureVersion.objects.select_for_update().filter(id=getattr(_in_force(code), "id", None)).first()
    if version is None:
        raise Missing
    scenarios = list(Scenario.objects.filter(procedure=code).order_by("position").values_list("name", flat=True))
    if scenarios:
        raise ProcedureInUse(scenarios="、".join(scenarios))
    version.retired_at = now
    version.save(update_fields=["retired_at"])
    forget()
    record(ProcedureRetired(code, version.version), by=by, at=now, subject=("procedure", version.id))
    return version


def _in_force(code: str) -> ProcedureVersion | None:
    in_force = ProcedureVersion.objects.filter(code=code, published_at__isnull=False, retired_at__isnull=True)
    return in_force.order_by("-version").first()


def _in_review(draft_id: UUID, version: int) -> ProcedureDraft:
    draft = lock_draft(draft_id, version)
    if draft.state != DraftState.REVIEW:
        raise DraftNotInReview
    return draft


def _require_other(draft: ProcedureDraft, by: Actor) -> None:
    if by.id is None or str(by.id) in draft.author_ids:
        raise OwnDraft


def _checked(draft: ProcedureDraft) -> Definition:
    definition = Definition.from_json(draft.body)
    faults = lint(definition, known_here())
    if faults:
        raise DefinitionFaulty(reason=faults_said(faults))
    return definition


def _turn(draft: ProcedureDraft, state: DraftState) -> None:
    draft.state = state
    draft.version += 1
    draft.save(update_fields=["state", "version", "note", "author_ids"])


def _enter(
    draft: ProcedureDraft, act: ReviewAct, text: str, by: Actor, now: datetime, step: str = ""
) -> ReviewEntry:  # fmt: skip
    entry = ReviewEntry(draft_id=draft.id, act=act, place=step, text=text, at=now, by_id=by.id)
    entry.save(force_insert=True)
    fact = ProcedureReviewed(draft.id, draft.code, act.value, draft.version)
    record(fact, by=by, at=now, subject=("procedure_draft", draft.id))
    return entry


def _tell(
    draft: ProcedureDraft, kind: str, accounts: set[UUID], entry: ReviewEntry, by: Actor, now: datetime
) -> None:  # fmt: skip
    title = Definition.from_json(draft.body).title
    notify(
        accounts=sorted(accounts - {by.id}), kind=kind, subject=("procedure_draft", draft.id), at=now, by=by,
        once=str(entry.id), values={"code": draft.code, "title": title.zh, "title_en": title.en},
    )  # fmt: skip
