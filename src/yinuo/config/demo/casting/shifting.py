"""The same course at another time: every instant moved, every promise computed anew by the domain.

A course is kept only where it stays true: what was kept in time is kept in time, what rang has rung before the same
moment. So a cast differs from its mould in nothing but the hour, and no promise is due at another instant than the one
the desk would have computed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from yinuo.calendars.queries import calendar_of
from yinuo.config.demo.casting.mould import Mould
from yinuo.domain.deadline import Clock, Level, alarms, started
from yinuo.domain.worktime import Calendar
from yinuo.sla.models import Deadline
from yinuo.sla.policies import policies_of

WEEK = timedelta(days=7)
TURNS = frozenset({"sla.DeadlinePaused", "sla.DeadlineResumed", "sla.DeadlineMoved"})


@dataclass(frozen=True)
class Course:
    """The instants of a mould, moved: `instants` in the order of those of the mould."""

    instants: tuple[datetime, ...]
    opened_at: datetime
    first: datetime
    last: datetime
    """The last thing that happened."""


class _Crossed(Exception):
    """Moved so far, the course would be another one."""


def moved(mould: Mould, by: timedelta, now: datetime) -> Course | None:
    """The course of `mould`, which is as it is `now`, begun `by` later; None where it would be another course."""
    to = {instant: instant + by for instant in mould.instants}
    try:
        for row in mould.deadlines:
            _move_promise(mould, row, by, now, to)
    except _Crossed:
        return None
    happened = [to[instant] for instant in mould.instants if instant <= now]
    if max(happened) > now:
        return None
    instants = tuple(to[instant] for instant in mould.instants)
    return Course(instants, to[mould.ticket.opened_at], min(instants), max(happened))


def _move_promise(mould: Mould, row: Deadline, by: timedelta, now: datetime, to: dict[datetime, datetime]) -> None:
    calendar = calendar_of(row.calendar_id) if row.calendar_id else None
    clock = Clock(row.clock)
    told = [(kind, at) for subject, kind, at in mould.told if subject == row.id]
    levels = _levels(row)
    if levels is None or any(kind in TURNS for kind, _ in told):
        to_come = _to_come(row)
        _stay_in_hours(row, [*to_come, *(at for _, at in told)], clock, calendar, by)
        found = {at: at + by for at in (row.due_at, *to_come)}
    else:
        before = started(row.started_at, row.target, clock, calendar)
        after = started(row.started_at + by, row.target, clock, calendar)
        if before.due_at != row.due_at:
            raise _Crossed
        old, new = alarms(before, levels), alarms(after, levels)
        if [alarm.key for alarm in old] != [alarm.key for alarm in new]:
            raise _Crossed
        found = {one.at: other.at for one, other in zip(old, new, strict=True)} | {row.due_at: after.due_at}
    end = row.done_at
    for was, is_now in found.items():
        if end is not None and (was < end, was <= end) != (is_now < end + by, is_now <= end + by):
            raise _Crossed
        if end is None and (was < now) != (is_now < now):
            raise _Crossed
        if to.get(was, is_now) not in (is_now, was + by):
            raise _Crossed
        if was in to:
            if to[was] == was + by != is_now and _is_shared(mould, row, was):
                raise _Crossed
            to[was] = is_now


def _to_come(row: Deadline) -> list[datetime]:
    """When it has still to ring."""
    return [datetime.fromisoformat(alarm[0]) for alarm in row.alarms]


def _is_shared(mould: Mould, row: Deadline, instant: datetime) -> bool:
    """Whether something else than this promise happened at the instant."""
    others = {other.due_at for other in mould.deadlines if other.id != row.id}
    ticket = mould.ticket
    return instant in others or instant in (ticket.opened_at, ticket.updated_at, ticket.closed_at, row.started_at)


def _levels(row: Deadline) -> Sequence[Level] | None:
    """The alarms of a forward promise; None for a bell and for a promise that counts backward."""
    if row.nature != "promise" or row.policy_version_id is None:
        return None
    policy = policies_of(row.policy_version_id)[row.kind]
    line = next(line for line in policy.rows if line.key == row.policy_row)
    return None if policy.direction == "backward" or line.target is None else line.target.levels


def _stay_in_hours(
    row: Deadline, instants: Iterable[datetime], clock: Clock, calendar: Calendar | None, by: timedelta
) -> None:
    """Where every instant of a promise moves within one and the same opening, all that is computed moves with it."""
    if clock is Clock.ALWAYS or calendar is None:
        return
    if clock is Clock.WORKDAYS:
        raise _Crossed
    hours = calendar if clock is Clock.SERVICE else calendar.whole_days()
    known = (row.started_at, row.resumed_at, row.paused_at, row.due_at, row.warned_at, row.breached_at, row.done_at)
    for at in {*instants, *(one for one in known if one)}:
        if hours.between(min(at, at + by), max(at, at + by)) != abs(by):
            raise _Crossed


class Weeks:
    """Which weeks a course can be moved to: those in which every calendar it counts on has the same hours."""

    def __init__(self, first: date, last: date) -> None:
        self._first = first
        self._range = range((last - first).days)
        self._hours: dict[UUID, tuple[object, ...]] = {}

    def back(self, mould: Mould, course: Course, now: datetime, since: datetime) -> list[int]:
        """By how many whole weeks it can lie earlier than it does (later, where below zero): begun after `since`, ended
        before `now`."""
        calendars = {row.calendar_id for row in mould.deadlines if row.calendar_id}
        begin = self._number(course.first.date()) - 1
        end = self._number(max([row.due_at for row in mould.deadlines] + [course.last]).date()) + 3
        return [
            weeks
            for weeks in range(-((now - course.last) // WEEK), (course.opened_at - since) // WEEK + 1)
            if begin - 7 * weeks >= 0
            and end - 7 * weeks <= len(self._range)
            and all(
                (hours := self._of(one))[begin:end] == hours[begin - 7 * weeks : end - 7 * weeks] for one in calendars
            )
        ]

    def _number(self, on: date) -> int:
        return (on - self._first).days

    def _of(self, calendar_id: UUID) -> tuple[object, ...]:
        if calendar_id not in self._hours:
            calendar = calendar_of(calendar_id)
            days = (calendar.day(self._first + timedelta(days=number)) for number in self._range)
            self._hours[calendar_id] = tuple(day.spans for day in days)
        return self._hours[calendar_id]
