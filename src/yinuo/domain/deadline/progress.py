"""A running promise: how much of its time is used, pausing, resuming, changing; its alarms."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from yinuo.domain.deadline.clocks import (
    ONE_DAY,
    ZERO,
    Clock,
    DeadlineError,
    check_target,
    instant_after,
    instant_before,
    measure,
)
from yinuo.domain.deadline.due import Due
from yinuo.domain.worktime import Calendar


@dataclass(frozen=True, slots=True)
class Progress:
    """State of a promise's clock. Never changes; each verb answers the state after it.

    `used` is the time used before `running_since`; `running_since` is None while the clock is paused.
    Time used is kept exactly, to the microsecond (on the clock of whole working days: in whole days).
    """

    target: timedelta
    clock: Clock
    calendar: Calendar | None
    used: timedelta = ZERO
    running_since: datetime | None = None

    @property
    def due_at(self) -> datetime | None:
        """When the rest of the time has passed; None while paused. A change that leaves less time than was used
        already makes the promise due at the change, never before it."""
        if self.running_since is None:
            return None
        return self._when(self.target)

    def used_at(self, now: datetime) -> timedelta:
        """Time used up to `now`."""
        if self.running_since is None or now <= self.running_since:
            return self.used
        return self.used + measure(self.running_since, now, self.clock, self.calendar)

    def left_at(self, now: datetime) -> timedelta:
        """Time left at `now`; negative by how much it is overdue."""
        return self.target - self.used_at(now)

    def pause(self, at: datetime) -> Progress:
        """Stop the clock. Refused when it stands still already, or before the clock was started."""
        if self.running_since is None:
            raise DeadlineError("paused", "the clock is paused already")
        if at < self.running_since:
            raise DeadlineError("order", "a clock cannot be paused before it was started")
        return replace(self, used=self.used_at(at), running_since=None)

    def resume(self, at: datetime) -> Progress:
        """Let the clock run on from `at` with the time used so far."""
        if self.running_since is not None:
            raise DeadlineError("running", "the clock is running already")
        return replace(self, running_since=at)

    def change(
        self,
        at: datetime,
        *,
        target: timedelta | None = None,
        clock: Clock | None = None,
        calendar: Calendar | None = None,
        used: timedelta | None = None,
    ) -> Progress:
        """Another target, clock or calendar from `at` on, with the time used so far kept. Between whole working
        days and a clock of hours nothing can be carried over: `used` must then say what counts as used."""
        kept = self.used_at(at)
        to_clock = clock if clock is not None else self.clock
        if used is None and kept and (to_clock is Clock.WORKDAYS) != (self.clock is Clock.WORKDAYS):
            raise DeadlineError("used", "time used cannot be turned into or from whole working days")
        changed = Progress(
            target=target if target is not None else self.target,
            clock=to_clock,
            calendar=calendar if calendar is not None else self.calendar,
            used=used if used is not None else kept,
            running_since=None if self.running_since is None else max(at, self.running_since),
        )
        check_target(changed.target, changed.clock)
        return changed

    def _when(self, amount: timedelta) -> datetime:
        """When `amount` of time will have been used, not before the clock last started."""
        assert self.running_since is not None  # noqa: S101 - callers asked before
        rest = max(amount - self.used, ZERO)
        return instant_after(self.running_since, rest, self.clock, self.calendar)


def started(start: datetime, target: timedelta, clock: Clock, calendar: Calendar | None) -> Progress:
    """A promise whose clock starts running at `start`."""
    check_target(target, clock)
    return Progress(target, clock, calendar, ZERO, start)


def run_through(
    start: datetime,
    target: timedelta,
    clock: Clock,
    calendar: Calendar | None,
    pauses: Sequence[tuple[datetime, datetime]],
) -> tuple[datetime, tuple[tuple[datetime, datetime], ...]]:
    """When a promise is due whose clock stood still in `pauses` (from, to; in order of time), and the stretches in
    which it ran. What begins at the due instant or later changes nothing any more. Raises `DeadlineError` for stretches
    out of order."""
    progress, runs = started(start, target, clock, calendar), []
    for at, to in pauses:
        since, due_at = progress.running_since, progress.due_at
        if since is None or due_at is None or at < since or to < at:
            raise DeadlineError("order", "pauses must lie after the start, in order, without overlapping")
        if at >= due_at:
            break
        runs.append((since, at))
        progress = progress.pause(at).resume(to)
    assert progress.running_since is not None and progress.due_at is not None  # noqa: S101 - it runs at the end
    return progress.due_at, (*runs, (progress.running_since, progress.due_at))


class AlarmKind(StrEnum):
    WARN = "warn"
    BREACH = "breach"
    ESCALATE = "escalate"


@dataclass(frozen=True, slots=True)
class Level:
    """Someone is told of a promise: a warning when a `share` of its time is used or `offset` before it is due,
    an escalation `offset` after it was due. Offsets run on the promise's own clock, those of a promise in
    whole working days in service hours. `key` is unique within the promise."""

    key: str
    kind: AlarmKind
    tell: str
    share: float | None = None
    offset: timedelta = ZERO


@dataclass(frozen=True, slots=True)
class Alarm:
    """An instant at which something is to be recorded and, where `tell` names a role, someone told."""

    at: datetime
    kind: AlarmKind
    key: str
    tell: str = ""


BREACH = "breach"
_ORDER = {AlarmKind.WARN: 0, AlarmKind.BREACH: 1, AlarmKind.ESCALATE: 2}


def alarms(progress: Progress, levels: Sequence[Level]) -> tuple[Alarm, ...]:
    """Every alarm of a running promise in order: warnings, the breach (at the due instant; it holds only once that
    has passed, see `is_broken`), escalations. None while paused. A warning that asks for more time before the
    due instant than the whole promise has is left out: it would ring at the start."""
    due_at = progress.due_at
    if due_at is None:
        return ()
    found = [Alarm(due_at, AlarmKind.BREACH, BREACH)]
    for level in levels:
        at = _level_at(progress, level, due_at)
        if at is not None:
            found.append(Alarm(at, level.kind, level.key, level.tell))
    return tuple(sorted(found, key=lambda alarm: (alarm.at, _ORDER[alarm.kind])))


def backward_alarms(promise: Due, levels: Sequence[Level], since: datetime) -> tuple[Alarm, ...]:
    """Every alarm of a backward promise (`due_before`) made at `since`, in order: its due instant stands fixed, a
    share is one of the time from `since` to it. A promise that was due before it was made only breaches and
    escalates."""
    clock = Clock.SERVICE if promise.clock is Clock.WORKDAYS else promise.clock
    found = [Alarm(promise.due_at, AlarmKind.BREACH, BREACH)]
    whole = measure(since, promise.due_at, clock, promise.calendar)
    for level in levels:
        if level.kind is AlarmKind.ESCALATE:
            at = instant_after(promise.due_at, level.offset, clock, promise.calendar)
        elif level.share is not None:
            part = max(whole, ZERO) * level.share
            at = min(instant_after(since, part, clock, promise.calendar), promise.due_at)
        else:
            at = instant_before(promise.due_at, level.offset, clock, promise.calendar)
        if level.kind is AlarmKind.ESCALATE or since < at:
            found.append(Alarm(at, level.kind, level.key, level.tell))
    return tuple(sorted(found, key=lambda alarm: (alarm.at, _ORDER[alarm.kind])))


def next_alarm(alarms: Sequence[Alarm], done: Collection[str]) -> Alarm | None:
    """The earliest alarm whose key is not among those `done`."""
    return next((alarm for alarm in alarms if alarm.key not in done), None)


def _level_at(progress: Progress, level: Level, due_at: datetime) -> datetime | None:
    clock = Clock.SERVICE if progress.clock is Clock.WORKDAYS else progress.clock
    if level.kind is not AlarmKind.WARN:
        return instant_after(due_at, level.offset, clock, progress.calendar)
    if level.share is not None:
        amount = progress.target * level.share
        if progress.clock is Clock.WORKDAYS:
            amount = amount // ONE_DAY * ONE_DAY
        return min(progress._when(amount), due_at)
    if progress.clock is Clock.WORKDAYS:
        at = instant_before(due_at, level.offset, clock, progress.calendar)
        return at if progress.running_since is not None and at > progress.running_since else None
    if level.offset >= progress.target:
        return None
    return progress._when(progress.target - level.offset)
