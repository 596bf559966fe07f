"""The arithmetic of a promise's row: its due instant, its alarms, and how it follows another line or calendar.

Nothing is read here but calendars and policies in force, nothing written: the row is changed in memory.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from yinuo.calendars.queries import calendar_of_edition, edition_in_force
from yinuo.domain.deadline import (
    Alarm,
    AlarmKind,
    Clock,
    Due,
    Policy,
    Progress,
    Target,
    alarms,
    backward_alarms,
    due_before,
    instant_after,
    instant_before,
)
from yinuo.domain.worktime import Calendar, NeverOpenError
from yinuo.foundation.live import touch
from yinuo.foundation.models import HistoryRow
from yinuo.sla.events import DeadlineEscalated
from yinuo.sla.models import Deadline, DeadlineState
from yinuo.sla.policies import Whose, calendar_id_for, named_calendar, policies_of, whose
from yinuo.sla.queries import progress_of

ALARM_TOPIC = "alarm"
NEAR = timedelta(seconds=20)
"""An alarm process looks by itself every 20 s; who sets a nearer first alarm wakes it."""


@dataclass(frozen=True)
class Line:
    """The line of a published version that a promise follows, and the calendar it counts on."""

    version_id: UUID
    policy: Policy
    key: str
    target: Target
    calendar_id: UUID | None
    edition_id: UUID | None

    @property
    def calendar(self) -> Calendar | None:
        return calendar_of_edition(self.edition_id) if self.edition_id else None


def line_of(version_id: UUID, kind: str, key: str, target: Target, of: Whose) -> Line:
    """A line as it is in force now, on the calendar's present edition."""
    calendar_id = calendar_id_for(target, of)
    edition_id = edition_in_force(calendar_id) if calendar_id else None
    return Line(version_id, policies_of(version_id)[kind], key, target, calendar_id, edition_id)


def write_line(row: Deadline, line: Line) -> None:
    row.policy_version_id, row.policy_row = line.version_id, line.key
    row.target, row.clock = line.target.limit, line.target.clock.value
    row.calendar_id, row.edition_id = line.calendar_id, line.edition_id


def begin(row: Deadline, line: Line, now: datetime) -> None:
    """Dates a promise whose clock starts at `row.started_at`, with `row.used` used already."""
    _or_all_day(row, line, lambda line: _begin(row, line, now))


def _or_all_day(row: Deadline, line: Line, date_by: Callable[[Line], None]) -> None:
    """On a calendar of dated hours only, which are over before the time is, a promise runs round the clock: no mail, no
    answer and no recount waits for a calendar."""
    before = vars(row).copy()
    try:
        date_by(line)
    except NeverOpenError:
        vars(row).update(before)
        all_day = replace(line.target, clock=Clock.ALWAYS)
        date_by(replace(line, target=all_day, calendar_id=None, edition_id=None))


def go_on(row: Deadline, target: Target, now: datetime) -> None:
    """Dates a promise whose clock runs on since `row.resumed_at`; round the clock as `begin` does."""
    before = vars(row).copy()
    try:
        schedule(row, progress_of(row), target, now)
    except NeverOpenError:
        vars(row).update(before)
        row.clock, row.calendar_id, row.edition_id = Clock.ALWAYS.value, None, None
        schedule(row, progress_of(row), target, now)


def _begin(row: Deadline, line: Line, now: datetime) -> None:
    write_line(row, line)
    if line.policy.direction == "backward":
        _count_back(row, line, now)
    else:
        progress = Progress(line.target.limit, line.target.clock, line.calendar, row.used, row.resumed_at)
        schedule(row, progress, line.target, now)


def _count_back(row: Deadline, line: Line, now: datetime) -> None:
    promise = promised_before(row.started_at, line, whose(row))
    row.due_at, row.provisional = promise.due_at, bool(promise.provisional_years)
    row.breached_at = row.breached_at if row.due_at < now else None
    set_alarms(row, backward_alarms(promise, line.target.levels, now), now)


def promised_before(event: datetime, line: Line, of: Whose) -> Due:
    sent_in = line.policy.sent_in
    open_then = calendar_of_edition(edition_in_force(named_calendar(sent_in, of))) if sent_in else None
    return due_before(event, line.target.limit, line.target.clock, line.calendar, open_then)


def rings_at(base_at: datetime, offset: timedelta, clock: Clock, edition_id: UUID | None) -> datetime:
    """When a timer rings."""
    calendar = calendar_of_edition(edition_id) if edition_id else None
    try:
        if offset >= timedelta():
            return instant_after(base_at, offset, clock, calendar)
        return instant_before(base_at, -offset, clock, calendar)
    except NeverOpenError:
        return base_at + offset  # round the clock, as a promise would be


def follow(row: Deadline, line: Line, now: datetime) -> bool:
    """The row follows this line from `now` on, with the time used so far kept; whether it is due at another instant.

    A breach stands: only a line that leaves time at `now` gives a promise that was broken a new due instant. Where
    neither figure nor clock nor calendar differ, what was told stays told.
    """
    was = row.due_at
    _or_all_day(row, line, lambda line: _follow(row, line, now))
    return row.due_at != was


def _follow(row: Deadline, line: Line, now: datetime) -> None:
    is_over = row.breached_at is not None or row.due_at <= now
    if line.policy.direction == "backward":
        write_line(row, line)
        if row.state == DeadlineState.RUNNING:
            promise = promised_before(row.started_at, line, whose(row))
            if promise.due_at > now or not is_over:
                _count_back(row, line, now)
        return
    same = (row.target, row.clock, row.calendar_id) == (line.target.limit, line.target.clock.value, line.calendar_id)
    progress = progress_of(row) if same else _changed(progress_of(row), line, now)
    write_line(row, line)
    if progress.running_since is None or progress.due_at is None:
        row.used = progress.used
        return
    if is_over and progress.due_at <= now:
        return
    row.used, row.resumed_at = progress.used, progress.running_since
    if not same:
        row.breached_at, row.warned_at = None, None
    schedule(row, progress, line.target, now)


def _changed(progress: Progress, line: Line, now: datetime) -> Progress:
    """The same promise under another line. Whole working days and hours cannot be turned into each other: there the
    new clock counts anew from the change."""
    target = line.target
    kept = (progress.clock is Clock.WORKDAYS) == (target.clock is Clock.WORKDAYS)
    return progress.change(
        now, target=target.limit, clock=target.clock, calendar=line.calendar, used=None if kept else timedelta()
    )


def schedule(row: Deadline, progress: Progress, target: Target, now: datetime) -> None:
    """Puts due instant and alarms into the row. A promise that is broken keeps the instant at which it was due."""
    due_at = progress.due_at
    if due_at is None or progress.running_since is None:
        row.alarms, row.next_alarm_at = [], None
        return
    if row.breached_at is None:
        row.due_at = due_at
        due = Due(progress.running_since, progress.target, progress.clock, progress.calendar, due_at)
        row.provisional = bool(due.provisional_years)
    set_alarms(row, alarms(progress, target.levels), now, reached=progress.running_since)


def set_alarms(row: Deadline, found: tuple[Alarm, ...], now: datetime, reached: datetime | None = None) -> None:
    """The alarms still to come; warnings that lie in the past already are not given late, a breach and its levels are
    told once. Where a warning has been given, one that lies no later than `reached` (when the clock last began to run)
    is one of the earlier stretches: it has been given too."""
    escalated = _escalated(row)
    passed = reached if row.warned_at else None
    coming = [
        alarm
        for alarm in found
        if not (alarm.kind is AlarmKind.WARN and (alarm.at < now or (passed is not None and alarm.at <= passed)))
        and not (row.breached_at and alarm.kind in (AlarmKind.WARN, AlarmKind.BREACH))
        and not (alarm.kind is AlarmKind.ESCALATE and alarm.key in escalated)
    ]
    row.alarms = [[alarm.at.isoformat(), alarm.kind.value, alarm.key, alarm.tell] for alarm in coming]
    row.next_alarm_at = next((alarm.at for alarm in coming if is_told(alarm.kind, alarm.tell)), None)
    if row.next_alarm_at and row.next_alarm_at <= now + NEAR:
        touch(ALARM_TOPIC)


def is_told(kind: str, tell: str) -> bool:
    """A warning that names nobody is no alarm: it only colours the chip, which screens do by themselves."""
    return kind != AlarmKind.WARN or bool(tell)


def _escalated(row: Deadline) -> frozenset[str]:
    """The levels that have been told of the present breach already."""
    if row.breached_at is None:
        return frozenset()
    told = HistoryRow.objects.filter(
        subject_id=row.id, kind=DeadlineEscalated.fact_kind(), at__gte=row.breached_at
    ).values_list("values", flat=True)
    return frozenset(values["level"] for values in told)
