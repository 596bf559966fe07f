"""What a ticket would become under another version of its procedure, before it is moved. Reads only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from yinuo.domain.procedure import Definition, RunState
from yinuo.domain.procedure import effects as fx
from yinuo.domain.procedure.differences import Difference, differences
from yinuo.domain.procedure.transfer import steps_without_place, transfer
from yinuo.procedures.facts import facts_of
from yinuo.procedures.library import WITHOUT_BODY
from yinuo.procedures.models import ProcedureVersion, Run, Step, StepState
from yinuo.procedures.published import definition_of
from yinuo.sla.policies import policies_of, version_in_force
from yinuo.sla.what_if import Calendars, open_promises, shift_under, would_be_due
from yinuo.tickets.models import Ticket

PROMISES = 200


@dataclass(frozen=True)
class PromisePreview:
    """A promise as it is and as it would be: `fate` is goes_on, ends or begins. `redated_at` is when it would be due
    under the limits in force. Instants are None while a clock stands still."""

    kind: str
    step: str
    fate: str
    due_at: datetime | None
    redated_at: datetime | None


@dataclass(frozen=True)
class MovePreview:
    """`lost`: steps under way that the new version lacks, each with the step chosen to continue it, or empty. Promises
    are told once every one of them has a place."""

    run: Run
    version: ProcedureVersion
    old: Definition
    new: Definition
    changes: tuple[Difference, ...]
    lost: tuple[tuple[str, str], ...]
    active: tuple[str, ...]
    promises: tuple[PromisePreview, ...]
    timers: bool

    @property
    def is_complete(self) -> bool:
        return all(place for _step, place in self.lost)


def versions_to_move_to(run: Run) -> list[ProcedureVersion]:
    """Other published versions of the procedure, the newest first."""
    rows = ProcedureVersion.objects.filter(code=run.procedure.code, published_at__isnull=False)
    return list(rows.exclude(id=run.procedure_id).only(*WITHOUT_BODY).order_by("-version"))


def preview_move(
    ticket: Ticket, run: Run, version: ProcedureVersion, places: Mapping[str, str], now: datetime
) -> MovePreview:
    """Raises `ProcedureError` where it could not be done."""
    old, new = definition_of(run.procedure_id), definition_of(version.id)
    state = RunState.from_json(run.state)
    lost = steps_without_place(new, state)
    chosen = {key: places[key] for key in lost if places.get(key) in new.step_by_key}
    promises: tuple[PromisePreview, ...] = ()
    timers = False
    if len(chosen) == len(lost):
        facts = facts_of(ticket)
        moved, effects = transfer(new, state, chosen, facts, now)
        facts = {**moved.fields, **facts}
        promises = _promises(ticket, run, chosen, effects, facts, now)
        timers = any(isinstance(effect, fx.StartTimer | fx.CancelTimer) for effect in effects)
    return MovePreview(
        run, version, old, new, differences(old, new), tuple((key, chosen.get(key, "")) for key in lost),
        tuple(active.key for active in state.active), promises, timers,
    )  # fmt: skip


def _promises(
    ticket: Ticket, run: Run, places: Mapping[str, str], effects: tuple[fx.Effect, ...], facts: Mapping[str, object],
    now: datetime,
) -> tuple[PromisePreview, ...]:  # fmt: skip
    active = Step.objects.filter(run=run, state=StepState.ACTIVE).values_list("id", "key")
    keys: dict[UUID, str] = {id: places.get(key, key) for id, key in active}
    ended = {(one.kind, one.step, one.round) for one in effects if isinstance(one, fx.CancelDeadline | fx.MeetDeadline)}
    calendars, limits = Calendars(), version_in_force()
    policies = policies_of(limits) if limits else {}
    found = []
    for row in open_promises(ticket_ids=[ticket.id], limit=PROMISES):
        step = keys.get(row.subject_id, "") if row.subject_kind == "step" else ""
        ends = (row.kind, step, row.round) in ended
        shift = shift_under(row, policies, calendars, now)
        fate = "ends" if ends else "goes_on"
        found.append(PromisePreview(row.kind, step, fate, shift.was_due, None if ends else shift.due_at))
    for one in effects:
        if isinstance(one, fx.StartDeadline):
            due_at = would_be_due(one.kind, one.starts_at, facts, ticket.team_id, calendars)
            if due_at is not None:
                found.append(PromisePreview(one.kind, one.step, "begins", due_at, due_at))
    return tuple(found)
