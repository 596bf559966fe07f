"""A button pressed, a step skipped, a happening outside: the run moves, and what follows is carried out."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from yinuo.catalog.models import Category
from yinuo.domain.procedure import Happening, Outcome, ProcedureError, RunState, Skip, advance
from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import Changed
from yinuo.foundation.events import record
from yinuo.foundation.pending import pending
from yinuo.foundation.rows import flush, update
from yinuo.foundation.work import service
from yinuo.procedures.errors import ReasonMissing, refused
from yinuo.procedures.events import HappeningTaken, StepSaved
from yinuo.procedures.facts import facts_of
from yinuo.procedures.models import Run, Step
from yinuo.procedures.published import definition_of, priority_rank
from yinuo.procedures.queries import step_stamp
from yinuo.procedures.services.effects import Context, carry_out, promise_late
from yinuo.procedures.services.loading import Matter, lock_matter
from yinuo.procedures.services.taking import meet_taking
from yinuo.tickets.models import Ticket
from yinuo.tickets.services import classify


def lock_ticket(ticket: Ticket) -> tuple[Ticket, Run | None]:
    """The ticket and its newest run alone, for who changes nothing else of it."""
    matter = lock_matter(ticket.id)
    return matter.ticket, matter.run


def _move(
    matter: Matter, run: Run, what: Outcome | Happening | Skip, by: Actor, now: datetime, done_by: Any = None
) -> None:
    try:
        state, effects = advance(definition_of(run.procedure_id), RunState.from_json(run.state), what, now)
    except ProcedureError as error:
        raise refused(error) from error
    context = Context(matter.ticket, run, by, now, done_by, matter)
    run.state = state.to_json()
    run.ended_at = state.ended_at if state.ended else None
    run.version += 1
    update(run, "state", "ended_at", "version")
    meet_taking(context.book, matter.ticket, by=by, now=now)
    carry_out(context, effects)
    if pending().inside:
        flush()  # whoever called may read it by the ORM; else it goes down with the history and the commit


@service
def press_button(
    *,
    step: Step,
    button: str,
    fields: Mapping[str, Any],
    roles: frozenset[str],
    account_id: Any,
    by: Actor,
    now: datetime,
    seen: str | None = None,
) -> None:
    """Somebody finishes a step or saves its form. Two people at one step: the second gets `StepStale`, or `Changed`
    where `seen` (see `queries.step_stamp`) says that he saw another content. Raises `StepRefused` (with the faults of
    each field) and `StepDenied`."""
    matter = lock_matter(step.ticket_id)
    ticket, run = matter.ticket, matter.run
    if run is None or run.id != step.run_id:
        raise LookupError("a step without its run")
    _check_seen(matter, step, seen, account_id)
    outcome = Outcome(step.key, button, dict(fields), roles, str(account_id), step.round)
    record(
        StepSaved(step.id, step.key, step.round, button, tuple(sorted(fields))),
        by=by, at=now, subject=("step", step.id), ticket_id=ticket.id, customer_id=ticket.customer_id,
    )  # fmt: skip
    _move(matter, run, outcome, by, now, done_by=account_id)


def _check_seen(matter: Matter, step: Step, seen: str | None, account_id: Any) -> None:
    """That a step of nobody's has become one's own since is no other content."""
    if seen is None:
        return
    now = next((one for one in matter.steps if one.id == step.id), None)
    if now is None:
        raise Changed
    if seen != step_stamp(now) and not (now.owner_id == account_id and seen == step_stamp(now, unowned=True)):
        raise Changed


@service
def skip_step(
    *,
    step: Step,
    roles: frozenset[str],
    account_id: Any,
    reason: str,
    by: Actor,
    now: datetime,
    seen: str | None = None,
) -> None:
    """Passes over a step with a right to; the reason is kept. Raises `ReasonMissing`, `Changed`."""
    if not reason.strip():
        raise ReasonMissing(fields={"reason": str(ReasonMissing.text)})
    matter = lock_matter(step.ticket_id)
    ticket, run = matter.ticket, matter.run
    if run is None:
        raise LookupError("a step without its run")
    _check_seen(matter, step, seen, account_id)
    record(
        StepSaved(step.id, step.key, step.round, "skip", ()),
        by=by, at=now, subject=("step", step.id), ticket_id=ticket.id, customer_id=ticket.customer_id,
        personal={"reason": reason},
    )  # fmt: skip
    _move(matter, run, Skip(step.key, roles, str(account_id)), by, now, done_by=account_id)


@service
def happen(*, ticket: Ticket, name: str, by: Actor, now: datetime, fields: Mapping[str, Any] | None = None) -> bool:
    """Something outside happened (customer_confirmed, customer_scored, reopened, timer …); whether the procedure made
    anything of it: started, finished or cancelled a step."""
    matter = lock_matter(ticket.id)
    locked, run = matter.ticket, matter.run
    if run is None:
        return False
    before = (run.state.get("active"), run.state.get("end"))
    _move(matter, run, Happening(name, dict(fields or {})), by, now)
    moved = before != (run.state.get("active"), run.state.get("end"))
    if moved:
        record(
            HappeningTaken(name),
            by=by, at=now, subject=("run", run.id), ticket_id=locked.id, customer_id=locked.customer_id,
        )  # fmt: skip
    return moved


@service
def reclassify(
    *,
    ticket: Ticket,
    by: Actor,
    now: datetime,
    source: str,
    version: int | None = None,
    category: Category | None = None,
    urgency: str | None = None,
    impact: str | None = None,
    complexity: str | None = None,
    confidence: float | None = None,
) -> Ticket:
    """A better class, urgency or impact: open deadlines move, time already used kept. Raises `Changed`."""
    matter = lock_matter(ticket.id)
    locked, run = matter.ticket, matter.run
    rank = priority_rank(urgency or locked.urgency, impact or locked.impact)
    locked = classify(
        ticket=locked, by=by, now=now, source=source, version=version, priority=rank, category=category,
        urgency=urgency, impact=impact, complexity=complexity, confidence=confidence,
    )  # fmt: skip
    facts = facts_of(locked)
    if run is not None and run.ended_at is None:
        known = definition_of(run.procedure_id).fact_names
        changed = {name: value for name, value in facts.items() if name in known}
        _move(replace(matter, ticket=locked), run, Happening("facts_changed", changed), by, now)
    if run is not None:
        context = Context(locked, run, by, now)
        context.book.apply_facts(context.facts(), reason="reclassified", by=by, now=now)
        if run.ended_at is None:
            promise_late(context)
        context.write()
    return locked
