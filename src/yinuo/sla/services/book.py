"""The promises and timers of one ticket (or other subject) while a service changes them: read and locked once,
computed in memory, written together. Setting, meeting, pausing or moving one costs one indexed write and its
history row.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from yinuo.calendars.queries import calendar_of
from yinuo.domain.deadline import (
    Alarm,
    AlarmKind,
    Clock,
    Progress,
    Target,
    alarms,
    backward_alarms,
    due_before,
    instant_after,
    instant_before,
    is_in_time,
    started,
)
from yinuo.domain.worktime import Calendar
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import Fact, record
from yinuo.foundation.live import touch
from yinuo.foundation.models import HistoryRow
from yinuo.foundation.rows import flush, insert, update
from yinuo.sla.events import (
    DeadlineCancelled,
    DeadlineEscalated,
    DeadlineMet,
    DeadlineMoved,
    DeadlinePaused,
    DeadlineResumed,
    DeadlineStarted,
)
from yinuo.sla.models import Deadline, DeadlineState
from yinuo.sla.policies import (
    calendar_id_for,
    named_calendar,
    policies_of,
    target_for,
    target_of,
    team_calendar,
    version_in_force,
)
from yinuo.sla.queries import NextDue, earliest, progress_of

ALARM_TOPIC = "alarm"
NEAR = timedelta(seconds=20)
"""An alarm process looks by itself every 20 s; who sets a nearer first alarm wakes it."""

OPEN = (DeadlineState.RUNNING, DeadlineState.PAUSED)
COMPUTED = (
    "clock", "calendar_id", "target", "policy_row", "started_at", "resumed_at", "paused_at", "used", "due_at",
    "alarms", "next_alarm_at", "warned_at", "breached_at", "done_at", "state",
)  # fmt: skip
"""Columns that change after a promise was made."""

EVERY = tuple(field.name for field in Deadline._meta.concrete_fields if not field.primary_key)

Subject = tuple[str, UUID]


@dataclass(frozen=True)
class About:
    """Whose promise it is: copied into the row, so that lists and the alarm need no join."""

    subject: Subject
    ticket_id: UUID | None = None
    customer_id: UUID | None = None
    team_id: UUID | None = None
    owner_id: UUID | None = None


class Book:
    """Every verb records its fact; `write` puts the rows down with the running service's others."""

    def __init__(self, rows: Iterable[Deadline] = ()) -> None:
        self._rows = {((row.subject_kind, row.subject_id), row.kind, row.round): row for row in rows}
        self._changed: dict[UUID, Deadline] = {}
        self._begun_anew: set[UUID] = set()

    @classmethod
    def of_ticket(cls, ticket_id: UUID) -> "Book":
        """Everything promised about a ticket that is there already."""
        flush()
        return cls(Deadline.objects.select_for_update().filter(ticket_id=ticket_id).order_by("id"))

    @classmethod
    def of_subject(cls, subject: Subject) -> "Book":
        flush()
        rows = Deadline.objects.select_for_update().filter(subject_kind=subject[0], subject_id=subject[1])
        return cls(rows.order_by("id"))

    def write(self) -> None:
        """Hands new and changed rows to the running service."""
        for row in self._changed.values():
            if row._state.adding:
                insert(row)
            else:
                update(row, *(EVERY if row.id in self._begun_anew else COMPUTED))
        self._changed.clear()
        self._begun_anew.clear()

    def hand_over(self, team_id: UUID, owner_id: UUID | None) -> None:
        """The ticket changed hands (see `move_deadlines`): what is open, or yet to be written, is the new owner's."""
        for row in self._rows.values():
            if row.state in OPEN:
                row.team_id, row.owner_id = team_id, owner_id

    def next_due(self) -> NextDue | None:
        """The earliest running promise."""
        return earliest(
            row for row in self._rows.values() if row.nature == "promise" and row.state == DeadlineState.RUNNING
        )

    # Promises

    def start(
        self, kind: str, *, about: About, round: int, starts_at: datetime, facts: Mapping[str, object], by: Actor,
        now: datetime,
    ) -> Deadline | None:  # fmt: skip
        """A promise of `kind` from `starts_at`, by the policies in force; nothing where they promise nothing here. One
        made earlier for the same subject, kind and round begins anew."""
        version_id = version_in_force()
        target, row_key = target_for(version_id, kind, facts)
        if target is None or version_id is None:
            return None
        row = self._place(about, kind, round, starts_at)
        row.policy_version_id, row.policy_row = version_id, row_key
        row.clock, row.calendar_id, row.target = (
            target.clock.value, calendar_id_for(target, about.team_id), target.limit,
        )  # fmt: skip
        policy = policies_of(version_id)[kind]
        calendar = _calendar(row.calendar_id)
        if policy.direction == "backward":
            sent_in = _calendar(named_calendar(policy.sent_in, about.team_id)) if policy.sent_in else None
            promise = due_before(starts_at, target.limit, target.clock, calendar, sent_in)
            row.due_at = promise.due_at
            _set_alarms(row, backward_alarms(promise, target.levels, now), now)
        else:
            _schedule(row, started(starts_at, target.limit, target.clock, calendar), target, now)
        self._keep(row)
        _tell(DeadlineStarted(row.id, kind, round, row.due_at, row_key), row, by, starts_at)
        return row

    def meet(self, kind: str, *, subject: Subject, round: int, at: datetime, by: Actor) -> None:
        """What was promised was done at `at`; due is inclusive. Nothing to do where nothing was promised."""
        row = self._open(subject, kind, round)
        if row is None:
            return
        in_time = row.state == DeadlineState.PAUSED or is_in_time(row.due_at, at)
        if in_time:
            row.breached_at = None  # done at the last instant, while the alarm was already looking
        elif row.breached_at is None:
            row.breached_at = row.due_at
        self._end(row, DeadlineState.MET, at)
        _tell(DeadlineMet(row.id, kind, round, row.due_at, in_time), row, by, at)

    def cancel(self, kind: str, *, subject: Subject, round: int, at: datetime, reason: str, by: Actor) -> None:
        """The promise has no object any more."""
        row = self._open(subject, kind, round)
        if row is None:
            return
        self._end(row, DeadlineState.CANCELLED, at)
        _tell(DeadlineCancelled(row.id, kind, round, reason), row, by, at)

    def pause(self, kind: str, *, subject: Subject, round: int, at: datetime, wait: str, by: Actor) -> None:
        """The clock stands still from `at`; the time used so far is kept exactly."""
        row = self._open(subject, kind, round)
        if row is None or row.state != DeadlineState.RUNNING:
            return
        progress = progress_of(row).pause(max(at, row.resumed_at))
        row.used, row.paused_at, row.state, row.alarms, row.next_alarm_at = (
            progress.used, at, DeadlineState.PAUSED, [], None,
        )  # fmt: skip
        self._keep(row)
        _tell(DeadlinePaused(row.id, kind, wait), row, by, at)

    def resume(self, kind: str, *, subject: Subject, round: int, at: datetime, by: Actor, now: datetime) -> None:
        """The clock goes on from `at` with the time used so far."""
        row = self._open(subject, kind, round)
        if row is None or row.state != DeadlineState.PAUSED:
            return
        progress = progress_of(row).resume(at)
        row.paused_at, row.resumed_at, row.state = None, at, DeadlineState.RUNNING
        if row.breached_at is None or (progress.due_at and progress.due_at > now):
            row.breached_at = None
        _schedule(row, progress, target_of(row), now)
        self._keep(row)
        _tell(DeadlineResumed(row.id, kind, row.due_at), row, by, at)

    def apply_facts(self, facts: Mapping[str, object], *, reason: str, by: Actor, now: datetime) -> int:
        """Facts changed: open promises follow the line that fits now, time already used kept; how many moved."""
        moved = 0
        for row in self._rows.values():
            if row.nature != "promise" or row.state not in OPEN:
                continue
            target, key = target_for(row.policy_version_id, row.kind, facts)
            if target is None or key == row.policy_row:
                continue
            calendar_id = calendar_id_for(target, row.team_id)
            progress = _changed(progress_of(row), target, _calendar(calendar_id), now)
            was = row.due_at
            row.target, row.clock, row.calendar_id, row.policy_row = (
                target.limit, target.clock.value, calendar_id, key,
            )  # fmt: skip
            row.used = progress.used
            if progress.running_since:
                row.resumed_at = progress.running_since
                row.warned_at = None
                row.breached_at = None if progress.due_at and progress.due_at >= now else row.breached_at
            _schedule(row, progress, target, now)
            self._keep(row)
            _tell(DeadlineMoved(row.id, row.kind, was, row.due_at, key, reason), row, by, now)
            moved += 1
        return moved

    # Timers

    def start_timer(
        self, kind: str, *, about: About, round: int, base_at: datetime, offset: timedelta, clock: str, now: datetime,
        values: Mapping[str, Any] | None = None,
    ) -> Deadline:  # fmt: skip
        """A bell, no promise: rings `offset` after (before, where negative) `base_at`; records `TimerRang`."""
        calendar_id = None if clock == Clock.ALWAYS else team_calendar(about.team_id)
        calendar = _calendar(calendar_id)
        at = (
            instant_after(base_at, offset, Clock(clock), calendar)
            if offset >= timedelta()
            else instant_before(base_at, -offset, Clock(clock), calendar)
        )
        row = self._place(about, f"timer:{kind}", round, now)
        row.nature, row.clock, row.calendar_id = "timer", clock, calendar_id
        row.due_at = row.next_alarm_at = at
        row.alarms = [[at.isoformat(), "timer", "timer", ""]]
        row.values = dict(values or {})
        self._keep(row)
        if at <= now + NEAR:
            touch(ALARM_TOPIC)
        return row

    def cancel_timer(self, kind: str, *, subject: Subject, round: int, at: datetime) -> None:
        row = self._rows.get((subject, f"timer:{kind}", round))
        if row and row.state == DeadlineState.RUNNING:
            self._end(row, DeadlineState.CANCELLED, at)

    # Rows

    def _place(self, about: About, kind: str, round: int, starts_at: datetime) -> Deadline:
        """A row as if new; of one that is there already only the key stays."""
        row = Deadline(
            subject_kind=about.subject[0],
            subject_id=about.subject[1],
            kind=kind,
            round=round,
            ticket_id=about.ticket_id,
            customer_id=about.customer_id,
            team_id=about.team_id,
            owner_id=about.owner_id,
            started_at=starts_at,
            resumed_at=starts_at,
        )
        earlier = self._rows.get((about.subject, kind, round))
        if earlier:
            row.id, row._state.adding = earlier.id, earlier._state.adding
            self._begun_anew.add(row.id)
        self._rows[about.subject, kind, round] = row
        return row

    def _open(self, subject: Subject, kind: str, round: int) -> Deadline | None:
        row = self._rows.get((subject, kind, round))
        return row if row and row.state in OPEN else None

    def _end(self, row: Deadline, state: DeadlineState, at: datetime) -> None:
        row.state, row.done_at, row.alarms, row.next_alarm_at = state, at, [], None
        self._keep(row)

    def _keep(self, row: Deadline) -> None:
        self._changed[row.id] = row


def _calendar(calendar_id: UUID | None) -> Calendar | None:
    return calendar_of(calendar_id) if calendar_id else None


def _schedule(row: Deadline, progress: Progress, target: Target, now: datetime) -> None:
    """Puts due instant and alarms into the row; warnings that lie in the past already are not given late."""
    due_at = progress.due_at
    if due_at is None:
        row.alarms, row.next_alarm_at = [], None
        return
    row.due_at = due_at
    _set_alarms(row, alarms(progress, target.levels), now)


def _set_alarms(row: Deadline, found: tuple[Alarm, ...], now: datetime) -> None:
    escalated = _escalated(row)
    coming = [
        alarm
        for alarm in found
        if not (alarm.kind is AlarmKind.WARN and (row.warned_at or alarm.at < now))
        and not (row.breached_at and alarm.kind is AlarmKind.BREACH and alarm.at <= now)
        and not (alarm.kind is AlarmKind.ESCALATE and alarm.key in escalated)
    ]
    row.alarms = [[alarm.at.isoformat(), alarm.kind.value, alarm.key, alarm.tell] for alarm in coming]
    row.next_alarm_at = coming[0].at if coming else None
    if row.next_alarm_at and row.next_alarm_at <= now + NEAR:
        touch(ALARM_TOPIC)


def _escalated(row: Deadline) -> frozenset[str]:
    """The levels that have been told of the present breach already."""
    if row.breached_at is None:
        return frozenset()
    told = HistoryRow.objects.filter(
        subject_id=row.id, kind=DeadlineEscalated.fact_kind(), at__gte=row.breached_at
    ).values_list("values", flat=True)
    return frozenset(values["level"] for values in told)


def _changed(progress: Progress, target: Target, calendar: Calendar | None, now: datetime) -> Progress:
    """The same promise under another line. Whole working days and hours cannot be turned into each other: there the
    new clock counts anew from the change."""
    kept = (progress.clock is Clock.WORKDAYS) == (target.clock is Clock.WORKDAYS)
    return progress.change(
        now, target=target.limit, clock=target.clock, calendar=calendar, used=None if kept else timedelta()
    )


def _tell(fact: Fact, row: Deadline, by: Actor, at: datetime) -> None:
    record(
        fact,
        by=by, at=at, subject=("deadline", row.id), ticket_id=row.ticket_id, customer_id=row.customer_id,
    )  # fmt: skip
