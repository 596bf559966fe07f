"""Carrying out what the procedure core asks for, as rows of the same transaction; rendering and sending are jobs."""

from collections.abc import Iterable
from datetime import datetime
from functools import singledispatch
from typing import Any
from uuid import UUID

from yinuo.domain.procedure import RunState, promised
from yinuo.domain.procedure import effects as fx
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import Fact, record
from yinuo.foundation.live import touch
from yinuo.foundation.rows import flush, insert, new, update
from yinuo.procedures.assigning import Desk, find_assignee, team_for_role
from yinuo.procedures.events import (
    Counted,
    DispatchWanted,
    DocumentWanted,
    ImprovementWanted,
    MessageWanted,
    RoundStarted,
    RunEnded,
    RunRevived,
    StepCancelled,
    StepFinished,
    StepStarted,
    SubtaskKept,
    SurveyWanted,
    WaitingBegan,
    WaitingEnded,
)
from yinuo.procedures.facts import facts_of
from yinuo.procedures.models import ANSWER_KINDS, LEADS, Run, Step, StepState, Subtask
from yinuo.procedures.published import definition_of, priority_rank
from yinuo.procedures.services.loading import Matter, lock_matter
from yinuo.procedures.services.taking import cancel_taking
from yinuo.procedures.services.tasking import Wanted, note, put_down, take_back, unsettled
from yinuo.sla.services import About, Book
from yinuo.staff.models import Account, Team
from yinuo.tickets.models import Status, Ticket
from yinuo.tickets.services import assign, classify, note_first_answer, reopen, set_due, set_status, start_round


class Context:
    """Where effects are carried out: the ticket, its run, steps and promises, read and locked once, changed in memory
    and written together. A new ticket (its row collected, not written) has nothing to be read."""

    def __init__(
        self, ticket: Ticket, run: Run, by: Actor, now: datetime, done_by: UUID | None = None,
        matter: Matter | None = None,
    ) -> None:  # fmt: skip
        self.ticket = ticket
        self.run = run
        self.by = by
        self.now = now
        self.done_by = done_by
        self.is_new = ticket._state.adding
        self.brought: dict[str, Any] = {}
        """Values that a happening brought in this movement: they belong to the steps that it finishes."""
        self.follows_facts = False
        self.steps: list[Step] = []
        self.book = Book()
        self._changed: dict[UUID, set[str]] = {}
        if not self.is_new:
            matter = matter or lock_matter(ticket.id)
            self.steps, self.book = matter.steps, matter.book

    def record(self, fact: Fact, subject: tuple[str, UUID] | None = None, at: datetime | None = None) -> None:
        record(
            fact,
            by=self.by, at=at or self.now, subject=subject or ("run", self.run.id),
            ticket_id=self.ticket.id, customer_id=self.ticket.customer_id,
        )  # fmt: skip

    def step(self, key: str, round: int) -> Step:
        """The latest of this key and round. Raises LookupError where there is none."""
        found = [step for step in self.steps if step.key == key and step.round == round]
        if not found:
            raise LookupError(f"no step {key} in round {round}")
        return found[-1]

    def change(self, step: Step, **values: Any) -> None:
        for name, value in values.items():
            setattr(step, name, value)
        self._changed.setdefault(step.id, set()).update(values)

    def subject(self, step: str, round: int) -> tuple[str, UUID]:
        return ("step", self.step(step, round).id) if step else ("run", self.run.id)

    def about(self, step: str, round: int) -> About:
        return About(
            self.subject(step, round),
            self.ticket.id,
            self.ticket.customer_id,
            self.ticket.team_id,
            self.ticket.owner_id,
        )

    def facts(self) -> dict[str, Any]:
        return {**self.run.state.get("fields", {}), **facts_of(self.ticket)}

    def write(self) -> None:
        """Hands steps and promises to the running service, and the next due instant to the ticket."""
        for step in self.steps:
            fields = self._changed.pop(step.id, set())
            if step._state.adding:
                insert(step)
            elif fields:
                update(step, *sorted(fields))
        self.book.write()
        set_due(ticket=self.ticket, due=self.book.next_due())


def carry_out(context: Context, effects: Iterable[fx.Effect]) -> None:
    """Carries the effects out in their order; the rows are written with the service's others."""
    for effect in effects:
        _carry(effect, context)
    if context.follows_facts:
        promise_late(context)
    context.write()
    touch(f"ticket:{context.ticket.id}")


def promise_late(c: Context) -> None:
    """Other facts: what no line gave a figure for until now, and one does now, is promised late."""
    for begun, wait in promised(definition_of(c.run.procedure_id), RunState.from_json(c.run.state), c.now):
        subject = c.subject(begun.step, begun.round)
        if c.book.has(begun.kind, subject=subject, round=begun.round):
            continue
        row = c.book.start(
            begun.kind, about=c.about(begun.step, begun.round), round=begun.round, starts_at=begun.starts_at,
            facts=c.facts(), by=c.by, now=c.now, made_late=True, agreed=begun.until,
        )  # fmt: skip
        if row is not None and wait:
            c.book.pause(begun.kind, subject=subject, round=begun.round, at=c.now, wait=wait, by=c.by)


@singledispatch
def _carry(effect: fx.Effect, context: Context) -> None:
    raise NotImplementedError(f"no way to carry out {type(effect).__name__}")


@_carry.register
def _(effect: fx.StartStep, c: Context) -> None:
    owner = _owner_for(c, effect.role)
    step = new(
        Step,
        run=c.run,
        ticket=c.ticket,
        key=effect.step,
        round=effect.round,
        branch=effect.branch,
        pool=definition_of(c.run.procedure_id).step_by_key[effect.step].pool,
        role=effect.role,
        team_id=c.ticket.team_id,
        owner_id=owner,
        started_at=effect.at,
    )
    c.steps.append(step)
    c.record(StepStarted(step.id, step.key, step.round, step.role, step.team_id, owner), ("step", step.id), effect.at)
    if owner:
        touch(f"account:{owner}")
    _touch_pool(step)


def _touch_pool(step: Step) -> None:
    """Somebody came into the lead pool, or left it."""
    if step.pool:
        touch(LEADS)


def _owner_for(c: Context, role: str) -> UUID | None:
    """Whoever did a step of this role in this run, else the ticket's owner where he has the role."""
    earlier = [step for step in c.steps if step.role == role and step.owner and step.owner.is_active]
    if earlier:
        return earlier[-1].owner_id
    if c.ticket.owner_id and Account.objects.filter(id=c.ticket.owner_id, roles__code=role).exists():
        return c.ticket.owner_id
    return None


@_carry.register
def _(effect: fx.FinishStep, c: Context) -> None:
    step = c.step(effect.step, effect.round)
    if c.brought:
        c.change(step, form={**step.form, **c.brought})
    c.change(
        step,
        state=StepState.SKIPPED if effect.skipped else StepState.DONE,
        outcome=effect.outcome,
        done_at=effect.at,
        done_by_id=c.done_by,
        owner_id=step.owner_id or c.done_by,
    )
    _touch_pool(step)
    c.record(StepFinished(step.id, step.key, step.round, effect.outcome, effect.skipped), ("step", step.id), effect.at)


@_carry.register
def _(effect: fx.CancelStep, c: Context) -> None:
    step = c.step(effect.step, effect.round)
    c.change(step, state=StepState.CANCELLED, done_at=effect.at)
    _touch_pool(step)
    c.record(StepCancelled(step.id, step.key, step.round), ("step", step.id), effect.at)


@_carry.register
def _(effect: fx.CollectFields, c: Context) -> None:
    if effect.step:
        step = c.step(effect.step, effect.round)
        c.change(step, form={**step.form, **dict(effect.values)})
    else:
        c.brought |= {name: value for name, value in effect.values if value is not None}


@_carry.register
def _(effect: fx.ChangeFacts, c: Context) -> None:
    changed = dict(effect.values)
    urgency, impact, complexity = (changed.get(name) for name in ("urgency", "impact", "complexity"))
    c.ticket = classify(
        ticket=c.ticket, by=c.by, now=c.now, source="person", urgency=urgency, impact=impact, complexity=complexity,
        priority=priority_rank(urgency or c.ticket.urgency, impact or c.ticket.impact),
    )  # fmt: skip
    c.book.apply_facts(c.facts(), reason="facts_changed", by=c.by, now=c.now)
    c.follows_facts = True


@_carry.register
def _(effect: fx.StartDeadline, c: Context) -> None:
    c.book.start(
        effect.kind, about=c.about(effect.step, effect.round), round=effect.round, starts_at=effect.starts_at,
        facts=c.facts(), by=c.by, now=c.now, agreed=effect.until,
    )  # fmt: skip


@_carry.register
def _(effect: fx.MeetDeadline, c: Context) -> None:
    c.book.meet(effect.kind, subject=c.subject(effect.step, effect.round), round=effect.round, at=effect.at, by=c.by)
    if effect.kind in ANSWER_KINDS:
        note_first_answer(ticket=c.ticket, now=effect.at)


@_carry.register
def _(effect: fx.CancelDeadline, c: Context) -> None:
    c.book.cancel(
        effect.kind, subject=c.subject(effect.step, effect.round), round=effect.round, at=effect.at,
        reason=effect.reason, by=c.by,
    )  # fmt: skip


@_carry.register
def _(effect: fx.PauseDeadline, c: Context) -> None:
    c.book.pause(
        effect.kind, subject=c.subject(effect.step, effect.round), round=effect.round, at=effect.at,
        wait=effect.wait, by=c.by,
    )  # fmt: skip


@_carry.register
def _(effect: fx.ResumeDeadline, c: Context) -> None:
    c.book.resume(
        effect.kind, subject=c.subject(effect.step, effect.round), round=effect.round, at=effect.at, by=c.by,
        now=c.now,
    )  # fmt: skip


@_carry.register
def _(effect: fx.SetStatus, c: Context) -> None:
    status = Status(effect.status)
    if c.ticket.status in (Status.SOLVED, Status.CONFIRMED, Status.CLOSED) and status == Status.OPEN:
        reopen(ticket=c.ticket, by=c.by, now=c.now)
    else:
        set_status(ticket=c.ticket, status=status, by=c.by, now=c.now)


@_carry.register
def _(effect: fx.Wait, c: Context) -> None:
    c.record(WaitingBegan(effect.step, effect.wait) if effect.wait else WaitingEnded(effect.step), at=effect.at)


@_carry.register
def _(effect: fx.QueueMessage, c: Context) -> None:
    c.record(MessageWanted(effect.template, effect.to))


@_carry.register
def _(effect: fx.AskSurvey, c: Context) -> None:
    c.record(SurveyWanted(effect.survey, c.run.state.get("round", 1)))


@_carry.register
def _(effect: fx.OpenImprovement, c: Context) -> None:
    c.record(ImprovementWanted(effect.reason, effect.round))


@_carry.register
def _(effect: fx.OpenSubtask, c: Context) -> None:
    plan = definition_of(c.run.procedure_id).task_by_key[effect.key][1]
    wanted = Wanted(
        plan.title.zh or plan.title.en, effect.ask, limit=plan.limit, accept=plan.accept, within=effect.until,
        accept_within=effect.accept_until, number=effect.number, key=effect.key, step=effect.step,
    )  # fmt: skip
    team = team_for_role(c.ticket, plan.role, plan.team) or c.ticket.team
    put_down(
        book=c.book, ticket=c.ticket, run=c.run, team=team, wanted=wanted, facts=c.facts(), by=c.by, now=c.now
    )  # fmt: skip


@_carry.register
def _(effect: fx.KeepSubtask, c: Context) -> None:
    for row in _opened(c, effect.number):
        note(SubtaskKept(row.id), row, c.by, c.now, **({"reason": effect.ask} if effect.ask else {}))


@_carry.register
def _(effect: fx.CancelSubtask, c: Context) -> None:
    for row in _opened(c, effect.number):
        take_back(book=c.book, row=row, why=effect.reason, by=c.by, now=c.now)
        flush()


def _opened(c: Context, number: int) -> list[Subtask]:
    flush()  # it may have been opened in this very movement
    return [row for row in unsettled(c.ticket) if row.run_id == c.run.id and row.number == number]


@_carry.register
def _(effect: fx.WantDocument, c: Context) -> None:
    c.record(DocumentWanted(effect.document, effect.step, effect.round))


@_carry.register
def _(effect: fx.Dispatch, c: Context) -> None:
    if c.is_new:  # who takes it is looked for after the commit: many people's loads are read for that
        c.record(DispatchWanted(effect.step, effect.role, effect.tier, effect.team))
    else:
        dispatch(c, effect)


def named_for(run: Run, effect: fx.Dispatch) -> str | None:
    """Whom somebody chose by hand, at the very step that hands the matter on."""
    step = definition_of(run.procedure_id).step_by_key.get(effect.step)
    if step is None or step.field("dispatched_to") is None:
        return None
    named: str | None = run.state.get("fields", {}).get("dispatched_to")
    return named


def dispatch(c: Context, effect: fx.Dispatch, desk: Desk | None = None) -> None:
    """Gives the ticket and the active steps of the role to whoever is found for it."""
    named, desk = named_for(c.run, effect), desk or Desk()
    decision = find_assignee(
        c.ticket, role=effect.role, tier=effect.tier, team_code=effect.team, named=named, desk=desk
    )
    if decision.team_id is None:
        return
    if decision.account_id:
        desk.give(decision.account_id, c.ticket, c.now)
    c.book.write()
    c.ticket = assign(
        ticket=c.ticket,
        team=Team.objects.get(id=decision.team_id),
        owner=Account.objects.get(id=decision.account_id) if decision.account_id else None,
        by=c.by,
        now=c.now,
        reasons=decision.reasons,
        automatic=named is None,
    )
    c.book = Book.of_ticket(c.ticket.id)
    for step in c.steps:
        if step.role == effect.role and step.state == StepState.ACTIVE:
            c.change(step, team_id=c.ticket.team_id, owner_id=c.ticket.owner_id)


@_carry.register
def _(effect: fx.StartTimer, c: Context) -> None:
    c.book.start_timer(
        effect.key, about=About(("run", c.run.id), c.ticket.id, c.ticket.customer_id, c.ticket.team_id),
        round=effect.round, base_at=effect.base_at, offset=effect.offset, clock=effect.clock, now=c.now,
        values={"step": effect.step},
    )  # fmt: skip


@_carry.register
def _(effect: fx.CancelTimer, c: Context) -> None:
    c.book.cancel_timer(effect.key, subject=("run", c.run.id), round=effect.round, at=c.now)


@_carry.register
def _(effect: fx.Count, c: Context) -> None:
    c.record(Counted(effect.what, effect.step, effect.round))


@_carry.register
def _(effect: fx.StartRound, c: Context) -> None:
    start_round(ticket=c.ticket, round=effect.round, now=c.now)
    c.record(RoundStarted(effect.round, effect.step))


@_carry.register
def _(effect: fx.EndRun, c: Context) -> None:
    cancel_taking(c.book, c.ticket, at=c.now, reason="ended", by=c.by)
    for row in () if c.is_new else unsettled(c.ticket):
        take_back(book=c.book, row=row, why="run_ended", by=c.by, now=c.now)
    c.record(RunEnded(c.run.id, effect.end))


@_carry.register
def _(effect: fx.ReviveRun, c: Context) -> None:
    c.record(RunRevived(c.run.id))
