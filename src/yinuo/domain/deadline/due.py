"""A due instant and how it came about."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from yinuo.domain.deadline.clocks import Clock, check_target, instant_after, instant_before
from yinuo.domain.deadline.explanation import Explanation, Run, explain, explain_before
from yinuo.domain.worktime import Calendar, NeverOpenError


@dataclass(frozen=True, slots=True)
class Due:
    """The instant by which something must have been done, and what it was computed from.

    Forward, `target` passes from `start_at` to `due_at`; backward, from `due_at` to the event at `start_at`.
    """

    start_at: datetime
    target: timedelta
    clock: Clock
    calendar: Calendar | None
    due_at: datetime
    is_backward: bool = False

    def explain(self, runs: Sequence[Run] = ()) -> Explanation:
        """The sum stretch by stretch, made when asked for. `runs`: the stretches in which the clock was running,
        when it was paused on the way; their last one ends at `due_at`."""
        if self.is_backward:
            return explain_before(self.due_at, self.start_at, self.target, self.clock, self.calendar)
        return explain(runs or ((self.start_at, self.due_at),), self.clock, self.calendar)

    @property
    def provisional_years(self) -> tuple[int, ...]:
        """Years on the way whose official days are not published: the instant may move when they are."""
        if self.calendar is None or self.clock is Clock.ALWAYS:
            return ()
        return self.calendar.provisional_years(self.start_at, self.due_at)


def due(start: datetime, target: timedelta, clock: Clock, calendar: Calendar | None) -> Due:
    """When `target` has passed on the clock since `start` (`instant_after`). Raises `DeadlineError` for a target the
    clock cannot have, `CalendarError` for what the calendar cannot answer."""
    check_target(target, clock)
    return Due(start, target, clock, calendar, instant_after(start, target, clock, calendar))


def due_before(
    event: datetime,
    target: timedelta,
    clock: Clock,
    calendar: Calendar | None,
    sent_in: Calendar | None = None,
) -> Due:
    """The latest instant that is at least `target` before `event` on the clock (R-OR-3, R-OR-4). With `sent_in`
    (“sent in service hours”) it moves back to the last moment at which that calendar was open; where it never was
    before, the limit alone holds."""
    check_target(target, clock)
    at = instant_before(event, target, clock, calendar)
    if sent_in is not None:
        with suppress(NeverOpenError):
            at = sent_in.previous_open_moment(at)
    return Due(event, target, clock, calendar, at, is_backward=True)


def is_in_time(due_at: datetime, done_at: datetime) -> bool:
    """Due is inclusive: what is done at the due instant itself is in time."""
    return done_at.astimezone(UTC) <= due_at


def is_broken(due_at: datetime, now: datetime) -> bool:
    """Whether a promise that is still open is broken: only after the due instant, never at it."""
    return now.astimezone(UTC) > due_at
