"""Plays a matter through a definition with a clock that is moved by hand: what would begin, be promised, be sent.

Nothing is kept: a play is its moves, carried out again from the start each time. Promises are dated by the same
policies and calendars, timers ring by themselves while time passes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from yinuo.domain.deadline import (
    Clock,
    Policy,
    Progress,
    Row,
    Target,
    choose,
    due_before,
    facts_of_start,
    instant_after,
    instant_before,
    is_broken,
)
from yinuo.domain.procedure import effects as fx
from yinuo.domain.procedure import model as m
from yinuo.domain.procedure.advance import advance, start
from yinuo.domain.procedure.definition import Definition
from yinuo.domain.procedure.inputs import Happening, Outcome, ProcedureError, Skip
from yinuo.domain.procedure.run import RunState
from yinuo.domain.worktime import Calendar

MOST_RINGS = 500
"""Timers that may ring while time passes once; a definition that sets one anew each time would ring for ever."""


@dataclass(frozen=True, slots=True)
class Press:
    """A button of a step under way, with its form."""

    step: str
    button: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SkipStep:
    step: str


@dataclass(frozen=True, slots=True)
class Happen:
    name: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pass:
    """Time passes until `until`."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Department:
    """What the department does with a sub-task: `accepted`, `done` or `declined`; or it is `withdrawn`."""

    number: int
    does: str


DOES = {"done": m.TASK_DONE, "declined": m.TASK_DECLINED, "withdrawn": m.TASK_WITHDRAWN}
Move = Press | SkipStep | Happen | Pass | Department


@dataclass(frozen=True)
class Rules:
    """By what promises are dated: the tables of limits, the calendar on which service hours count."""

    policies: Mapping[str, Policy]
    calendar: Calendar

    def calendar_for(self, target: Target) -> Calendar | None:
        return None if target.clock is Clock.ALWAYS else self.calendar


@dataclass
class Promised:
    """A promise of the play. `row` is the line that applies; `due_at` None: it gives no figure. `progress` None: that,
    or it counts backward from an event and its due instant stands fixed. `until`: what was agreed for this case."""

    kind: str
    step: str
    round: int
    began_at: datetime
    due_at: datetime | None
    row: Row
    progress: Progress | None
    until: datetime | None = None
    state: str = "running"
    ended_at: datetime | None = None
    task: int = 0
    """The sub-task of which it is, by its number."""

    def is_late(self, now: datetime) -> bool:
        """Broken by now, or kept too late."""
        if self.due_at is None:
            return False
        if self.state == "met" and self.ended_at is not None:
            return is_broken(self.due_at, self.ended_at)
        return self.state == "running" and is_broken(self.due_at, now)


@dataclass
class Bell:
    """A timer that will ring."""

    key: str
    step: str
    round: int
    at: datetime


@dataclass
class Asked:
    """A sub-task that was handed out."""

    number: int
    key: str
    ask: str
    state: str = "offered"


@dataclass(frozen=True)
class Entry:
    """What one move, or a timer, brought about."""

    at: datetime
    what: Move | str
    """The move, `start`, or the timer that rang."""
    effects: tuple[fx.Effect, ...]


@dataclass
class Play:
    """A matter on its way. Every verb raises a `ProcedureError` and changes nothing where it cannot be done."""

    definition: Definition
    rules: Rules
    run: RunState
    now: datetime
    facts: dict[str, Any]
    roles: frozenset[str]
    promises: list[Promised] = field(default_factory=list)
    bells: list[Bell] = field(default_factory=list)
    tasks: list[Asked] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    @classmethod
    def begin(
        cls, definition: Definition, rules: Rules, facts: Mapping[str, Any], roles: frozenset[str], at: datetime
    ) -> "Play":
        """A ticket with these facts is opened at `at`; whoever plays has all of `roles`."""
        run, effects = start(definition, facts, at)
        play = cls(definition, rules, run, at, dict(facts), roles)
        play._take("start", effects)
        return play

    def do(self, move: Move) -> None:
        """Carries out one move at the present instant, or lets time pass."""
        if isinstance(move, Pass):
            self._pass(move.until)
            return
        if isinstance(move, Department):
            self._answer(move)
            return
        if isinstance(move, Press):
            active = self.run.step(move.step)
            what: Outcome | Skip | Happening = Outcome(
                move.step, move.button, move.fields, self.roles, "", active.round if active else None
            )
        elif isinstance(move, SkipStep):
            what = Skip(move.step, self.roles)
        else:
            what = Happening(move.name, move.fields)
        self.run, effects = advance(self.definition, self.run, what, self.now)
        self._take(move, effects)

    def _answer(self, move: Department) -> None:
        """Nothing where the sub-task is over, or out of its turn."""
        task = next((one for one in self.tasks if one.number == move.number), None)
        open_states = ("offered",) if move.does == "accepted" else ("offered", "accepted", "declined")
        if task is None or task.state not in open_states:
            return
        if move.does == "accepted":
            task.state = "accepted"
            self._end_promises(task, self._plan(task).accept, "met")
            self.entries.append(Entry(self.now, move, ()))
            return
        fields = {"subtask": task.number, "result": "…"}
        self.run, effects = advance(self.definition, self.run, Happening(DOES[move.does], fields), self.now)
        task.state = move.does
        if move.does == "done":
            self._end_promises(task, self._plan(task).limit, "met")
        self._end_promises(task, "", "cancelled")
        self._take(move, effects)

    def _plan(self, task: Asked) -> m.Task:
        return self.definition.task_by_key[task.key][1]

    def _end_promises(self, task: Asked, kind: str, state: str) -> None:
        """Those of a kind, or with no kind all that are left."""
        for one in self.promises:
            if one.task == task.number and one.state in ("running", "paused") and kind in ("", one.kind):
                one.state, one.ended_at = state, self.now

    def next_thing(self) -> datetime | None:
        """When the next promise falls due or the next timer rings."""
        coming = [bell.at for bell in self.bells if bell.at > self.now]
        coming += [one.due_at for one in self.promises if one.state == "running" and one.due_at]
        return min((at for at in coming if at > self.now), default=None)

    def _pass(self, until: datetime) -> None:
        for _ in range(MOST_RINGS):
            bell = min((bell for bell in self.bells if bell.at <= until), key=lambda bell: bell.at, default=None)
            if bell is None:
                break
            self.now = max(self.now, bell.at)
            self.bells.remove(bell)
            happening = Happening("timer", {"timer": bell.key})
            self.run, effects = advance(self.definition, self.run, happening, self.now)
            self._take(bell.key, effects)
        self.now = max(self.now, until)

    def _take(self, what: Move | str, effects: Sequence[fx.Effect]) -> None:
        self.entries.append(Entry(self.now, what, tuple(effects)))
        for effect in effects:
            self._follow(effect)

    def _follow(self, effect: fx.Effect) -> None:
        if isinstance(effect, fx.ChangeFacts):
            self.facts |= dict(effect.values)
            self._date_anew()
        elif isinstance(effect, fx.StartDeadline):
            self._promise(effect)
        elif isinstance(effect, fx.MeetDeadline):
            for one in self._of(effect.kind, effect.step, effect.round):
                one.state, one.ended_at = "met", effect.at
        elif isinstance(effect, fx.CancelDeadline):
            for one in self._of(effect.kind, effect.step, effect.round):
                one.state, one.ended_at = "cancelled", effect.at
        elif isinstance(effect, fx.PauseDeadline):
            for one in self._of(effect.kind, effect.step, effect.round):
                if one.progress is not None and self._pauses(one.kind, effect.wait):
                    one.progress, one.state = one.progress.pause(effect.at), "paused"
        elif isinstance(effect, fx.ResumeDeadline):
            for one in self._of(effect.kind, effect.step, effect.round):
                if one.progress is not None and one.state == "paused":
                    one.progress, one.state = one.progress.resume(effect.at), "running"
                    one.due_at = one.progress.due_at or one.due_at
        elif isinstance(effect, fx.OpenSubtask):
            self._ask(effect)
        elif isinstance(effect, fx.CancelSubtask):
            for task in self.tasks:
                if task.number == effect.number:
                    task.state = "cancelled"
                    self._end_promises(task, "", "cancelled")
        elif isinstance(effect, fx.StartTimer):
            self.bells.append(Bell(effect.key, effect.step, effect.round, self._rings_at(effect)))
        elif isinstance(effect, fx.CancelTimer):
            self.bells = [bell for bell in self.bells if bell.key != effect.key]

    def _pauses(self, kind: str, wait: str) -> bool:
        policy = self.rules.policies.get(kind)
        return policy is None or not policy.pauses_on or wait in policy.pauses_on

    def _of(self, kind: str, step: str, round: int) -> list[Promised]:
        open_ones = [one for one in self.promises if one.state in ("running", "paused")]
        return [one for one in open_ones if (one.kind, one.step, one.round, one.task) == (kind, step, round, 0)]

    def _line(self, kind: str, began_at: datetime) -> Row | None:
        policy = self.rules.policies.get(kind)
        return choose(policy, self._known(began_at)) if policy else None

    def _known(self, began_at: datetime) -> dict[str, Any]:
        """What lines ask about, in their words (`complex` as `procedures.facts` says it)."""
        known = {**facts_of_start(began_at, self.rules.calendar.zone), **self.run.fields, **self.facts}
        return {**known, "complex": known.get("complexity") == "complex"}

    def _promise(self, effect: fx.StartDeadline, task: int = 0) -> None:
        row = self._line(effect.kind, effect.starts_at)
        if row is None:
            return
        one = Promised(
            effect.kind, effect.step, effect.round, effect.starts_at, None, row, None, effect.until, task=task
        )  # fmt: skip
        self._date(one, row)
        self.promises.append(one)

    def _date(self, one: Promised, row: Row) -> None:
        """By the figure of its line, or by what was agreed where the line leaves it to the case."""
        one.row, target = row, row.target
        if target is None and one.until is not None:
            target = row.agreed(max(one.until - one.began_at, timedelta()), Clock.ALWAYS)
        if target is None:
            return
        policy, calendar = self.rules.policies[one.kind], self.rules.calendar_for(target)
        if policy.direction == "backward":
            sent_in = self.rules.calendar if policy.sent_in else None
            one.due_at = due_before(one.began_at, target.limit, target.clock, calendar, sent_in).due_at
        else:
            one.progress = Progress(target.limit, target.clock, calendar, timedelta(), one.began_at)
            one.due_at = one.progress.due_at or one.began_at

    def _ask(self, effect: fx.OpenSubtask) -> None:
        task = Asked(effect.number, effect.key, effect.ask)
        self.tasks.append(task)
        plan = self._plan(task)
        for kind, until in ((plan.limit, effect.until), (plan.accept, effect.accept_until)):
            if kind:
                self._promise(fx.StartDeadline(kind, effect.step, effect.round, self.now, "", until), task.number)

    def _date_anew(self) -> None:
        """Facts changed: open promises follow the line that fits now, time already used kept."""
        for one in self.promises:
            row = self._line(one.kind, one.began_at)
            if one.state not in ("running", "paused") or row is None or row.key == one.row.key:
                continue
            if one.due_at is None:
                self._date(one, row)
                continue
            target = row.target
            if one.progress is None or target is None:
                continue
            one.row = row
            kept = (one.progress.clock is Clock.WORKDAYS) == (target.clock is Clock.WORKDAYS)
            one.progress = one.progress.change(
                self.now, target=target.limit, clock=target.clock, calendar=self.rules.calendar_for(target),
                used=None if kept else timedelta(),
            )  # fmt: skip
            one.due_at = one.progress.due_at or one.due_at

    def _rings_at(self, effect: fx.StartTimer) -> datetime:
        clock = Clock(effect.clock)
        calendar = None if clock is Clock.ALWAYS else self.rules.calendar
        if effect.offset >= timedelta():
            return instant_after(effect.base_at, effect.offset, clock, calendar)
        return instant_before(effect.base_at, -effect.offset, clock, calendar)


def played(play: Play, moves: Sequence[Move]) -> tuple[Play, ProcedureError | None, int]:
    """Carries the moves out one after the other; the first that cannot be done ends it. The play as far as it came, why
    it ended there, and how many moves were done."""
    for number, move in enumerate(moves):
        try:
            play.do(move)
        except ProcedureError as error:
            return play, error, number
    return play, None, len(moves)
