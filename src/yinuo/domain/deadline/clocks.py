"""The four clocks on which a promise can run (REQUIREMENTS section 17) and their arithmetic."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from yinuo.domain.worktime import Calendar

ZERO = timedelta(0)
ONE_DAY = timedelta(days=1)


class Clock(StrEnum):
    """What counts as passing time."""

    SERVICE = "service"  # S: the opening hours of a calendar
    WORKDAY = "workday"  # D: round the clock on working days, stands still on the others
    ALWAYS = "always"  # C: 24 × 7
    WORKDAYS = "workdays"  # W: whole working days, each ending at its closing


class DeadlineError(ValueError):
    """A target, a clock or a policy is not valid. `code` is stable, `path` names the place in a policy."""

    def __init__(self, code: str, text: str, path: str = "") -> None:
        super().__init__(f"{path}: {text}" if path else text)
        self.code = code
        self.path = path
        self.text = text


def check_target(target: timedelta, clock: Clock) -> None:
    """Refuse a target below zero, and on the clock of whole working days one that is not whole days."""
    if target < ZERO:
        raise DeadlineError("negative", "a target cannot be below zero")
    if clock is Clock.WORKDAYS and target % ONE_DAY:
        raise DeadlineError("whole_days", "a target in working days must be whole days")


def instant_after(start: datetime, target: timedelta, clock: Clock, calendar: Calendar | None) -> datetime:
    """When `target` has passed on the clock since `start`, in UTC. A target of zero is `start` itself.

    On the clock of whole working days the day of `start` is not counted and the last day ends at its
    closing (a night shift: the next morning); zero days end at the first closing not before `start`.
    """
    if clock is Clock.ALWAYS:
        return start.astimezone(UTC) + target
    hours = needed(calendar, clock)
    if clock is Clock.WORKDAYS:
        return _closing_after(start, target // ONE_DAY, hours)
    if not target:
        return start.astimezone(UTC)
    return (hours if clock is Clock.SERVICE else hours.whole_days()).add(start, target)


def instant_before(end: datetime, target: timedelta, clock: Clock, calendar: Calendar | None) -> datetime:
    """The latest instant from which `target` passes on the clock until `end`, in UTC; zero is `end` itself.

    On the clock of whole working days: the closing of the n-th working day before the day of `end`.
    """
    if clock is Clock.ALWAYS or not target:
        return end.astimezone(UTC) - target
    hours = needed(calendar, clock)
    if clock is Clock.WORKDAYS:
        return hours.closing_of(hours.working_day_after(hours.work_date(end), -(target // ONE_DAY)))
    return (hours if clock is Clock.SERVICE else hours.whole_days()).subtract(end, target)


def measure(start: datetime, end: datetime, clock: Clock, calendar: Calendar | None) -> timedelta:
    """Time passed on the clock from `start` to `end`. On the clock of whole working days: a day for each
    working day after that of `start`, the one of `end` (still running) included."""
    if clock is Clock.ALWAYS:
        return end.astimezone(UTC) - start.astimezone(UTC)
    hours = needed(calendar, clock)
    if clock is Clock.WORKDAYS:
        return hours.count_days(hours.work_date(start), hours.work_date(end)) * ONE_DAY
    return (hours if clock is Clock.SERVICE else hours.whole_days()).between(start, end)


def needed(calendar: Calendar | None, clock: Clock) -> Calendar:
    """The calendar, which every clock but 24 × 7 must have."""
    if calendar is None:
        raise DeadlineError("no_calendar", f"the clock {clock} needs a calendar")
    return calendar


def _closing_after(start: datetime, days: int, hours: Calendar) -> datetime:
    on = hours.work_date(start)
    if days == 0:
        if hours.is_working_day(on) and start <= hours.closing_of(on):
            return hours.closing_of(on)
        days = 1
    return hours.closing_of(hours.working_day_after(on, days))
