"""Setting, meeting, pausing and moving promises; each costs one indexed write and its history row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from yinuo.calendars.models import BusinessCalendar
from yinuo.calendars.queries import calendar_of
from yinuo.domain.deadline import (
    Alarm,
    AlarmKind,
    Clock,
    Progress,
    Target,
    alarms,
    backward_alarms,
    choose,
    due_before,
    instant_after,
    instant_before,
    is_in_time,
    read_policies,
    started,
)
from yinuo.domain.worktime import Calendar
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import Fact, record
from yinuo.foundation.ids import new_id
from yinuo.foundation.live import touch
from yinuo.foundation.models import HistoryRow
from yinuo.foundation.in_force import forget, once
from yinuo.foundation.work import service
from yinuo.sla.events import (
    DeadlineCancelled,
    DeadlineEscalated,
    DeadlineMet,
    DeadlineMoved,
    DeadlinePaused,
    DeadlineResumed,
    DeadlineStarted,
    PoliciesPublished,
)
from yinuo.sla.models import Deadline, DeadlineState, PolicyVersion
from yinuo.sla.policies import policies_of, version_in_force
from yinuo.sla.queries import progress_of
from yinuo.staff.models import Team

ALARM_TOPIC = "alarm"
NEAR = timedelta(seconds=20)
"""An alarm process looks by itself every 20 s; who sets a nearer first alarm wakes it."""


@dataclass(frozen=True)
class About:
    """Whose promise it is: copied into the row, so that lists and the alarm need no join."""

    subject: tuple[str, UUID]
    ticket_id: UUID | None = None
    customer_id: UUID | None = None
    team_id: UUID | None = None
    owner_id: UUID | None = None


@service
def publish_policies(*, code: str, table: list[dict[str, Any]], by: Actor, now: datetime) -> PolicyVersion:
    """Puts a new version in force. Raises `DeadlineError` with the place of a fault."""
    read_policies(table)
    latest = PolicyVersion.objects.filter(code=code).order_by("-version").first()
    PolicyVersion.objects.filter(retired_at__isnull=True).update(retired_at=now)
    version = PolicyVersion(
        code=code,
        version=latest.version + 1 if latest else 1,
        table=table,
        published_at=now,
        published_by_id=by.id,
    )
    version.save(force_insert=True)
    forget()
    record(PoliciesPublished(code, version.version), by=by, at=now, subject=("policies", version.id))
    return version


def _calendar_id(target: Target, team_id: UUID | None) -> UUID | None:
    return None if target.clock is Clock.ALWAYS else _named_calendar(target.calendar, team_id)


def _named_calendar(name: str, team_id: UUID | None) -> UUID:
    """The team's own calendar (also where a customer's or a contract's is asked for and none is kept), or one by
    its code."""
    if name in ("team", "customer", "contract", ""):
        return once(("team's calendar", team_id), lambda: _calendar_of_team(team_id))
    return BusinessCalendar.objects.values_list("id", flat=True).get(code=name)


def _calendar_of_team(team_id: UUID | None) -> UUID:
    return Team.objects.values_list("calendar_id", flat=True).get(id=team_id)


def _calendar(calendar_id: UUID | None) -> Calendar | None:
    return calendar_of(calendar_id) if calendar_id else None


def _plain(found: tuple[Alarm, ...] | list[Alarm]) -> list[list[str]]:
    return [[alarm.at.isoformat(), alarm.kind.value, alarm.key, alarm.tell] for alarm in found]


def _schedule(row: Deadline, progress: Progress, target: Target, now: datetime) -> None:
    """Puts due instant and alarms into the row; warnings that lie in the past already are not given late."""
    due_at = progress.due_at
    if due_at is None:
        row.alarms, row.next_alarm_at = [], None
        return
    row.due_at = due_at
    _set_alarms(row, alarms(progress, target.levels), now)


def _escalated(row: Deadline) -> frozenset[str]:
    """The levels that have been told of the present breach already."""
    if row.breached_at is None:
        return frozenset()
    told = HistoryRow.objects.filter(
        subject_id=row.id, kind=DeadlineEscalated.fact_kind(), at__gte=row.breached_at
    ).values_list("values", flat=True)
    return frozenset(values["level"] for values in told)


def _set_alarms(row: Deadline, found: tuple[Alarm, ...], now: datetime) -> None:
    escalated = _escalated(row)
    coming = [
        alarm
        for alarm in found
        if not (alarm.kind is AlarmKind.WARN and (row.warned_at or alarm.at < now))
        and not (row.breached_at and alarm.kind is AlarmKind.BREACH and alarm.at <= now)
        and not (alarm.kind is AlarmKind.ESCALATE and alarm.key in escalated)
    ]
    row.alarms = _plain(coming)
    row.next_alarm_at = coming[0].at if coming else None
    if row.next_alarm_at and row.next_alarm_at <= now + NEAR:
        touch(ALARM_TOPIC)


def _target(version_id: UUID | None, kind: str, facts: Mapping[str, object]) -> tuple[Target | None, str]:
    policy = policies_of(version_id).get(kind) if version_id else None
    row = choose(policy, facts) if policy else None
    return (row.target, row.key) if row else (None, "")


@service
def start_deadline(
    *, kind: str, about: About, round: int, starts_at: datetime, facts: Mapping[str, object], by: Actor, now: datetime
) -> Deadline | None:
    """A promise of `kind` from `starts_at`, by the policies in force; nothing where they promise nothing here."""
    version_id = version_in_force()
    target, row_key = _target(version_id, kind, facts)
    if target is None:
        return None
    calendar_id = _calendar_id(target, about.team_id)
    row = Deadline(
        subject_kind=about.subject[0],
        subject_id=about.subject[1],
        kind=kind,
        round=round,
        ticket_id=about.ticket_id,
        customer_id=about.customer_id,
        team_id=about.team_id,
        owner_id=about.owner_id,
        policy_version_id=version_id,
        policy_row=row_key,
        clock=target.clock.value,
        calendar_id=calendar_id,
        target=target.limit,
        started_at=starts_at,
        resumed_at=starts_at,
    )
    policy = policies_of(version_id)[kind]
    if policy.direction == "backward":
        sent_in = _calendar(_named_calendar(policy.sent_in, about.team_id)) if policy.sent_in else None
        promise = due_before(starts_at, target.limit, target.clock, _calendar(calendar_id), sent_in)
        row.due_at = promise.due_at
        _set_alarms(row, backward_alarms(promise, target.levels, now), now)
    else:
        _schedule(row, started(starts_at, target.limit, target.clock, _calendar(calendar_id)), target, now)
    earlier = _row(about.subject, kind, round)
    if earlier:
        row.id = earlier.id
        row.save(force_update=True)
    else:
        row.save(force_insert=True)
    _tell(DeadlineStarted(row.id, kind, round, row.due_at, row_key), row, by, starts_at)
    return row


def _row(subject: tuple[str, UUID], kind: str, round: int) -> Deadline | None:
    return (
        Deadline.objects.select_for_update()
        .filter(subject_kind=subject[0], subject_id=subject[1], kind=kind, round=round)
        .first()
    )


def _tell(fact: Fact, row: Deadline, by: Actor, at: datetime) -> None:
    record(
        fact,
        by=by, at=at, subject=("deadline", row.id), ticket_id=row.ticket_id, customer_id=row.customer_id,
    )  # fmt: skip


def _end(row: Deadline, state: DeadlineState, at: datetime) -> None:
    row.state, row.done_at, row.alarms, row.next_alarm_at = state, at, [], None
    row.save(update_fields=["state", "done_at", "alarms", "next_alarm_at", "breached_at"])


OPEN = (DeadlineState.RUNNING, DeadlineState.PAUSED)


@service
def meet_deadline(*, subject: tuple[str, UUID], kind: str, round: int, at: datetime, by: Actor) -> None:
    """What was promised was done at `at`; due is inclusive. Nothing to do where nothing was promised."""
    row = _row(subject, kind, round)
    if row is None or row.state not in OPEN:
        return
    in_time = row.state == DeadlineState.PAUSED or is_in_time(row.due_at, at)
    if in_time:
        row.breached_at = None  # done at the last instant, while the alarm was already looking
    elif row.breached_at is None:
        row.breached_at = row.due_at
    _end(row, DeadlineState.MET, at)
    _tell(DeadlineMet(row.id, kind, round, row.due_at, in_time), row, by, at)


@service
def cancel_deadline(*, subject: tuple[str, UUID], kind: str, round: int, at: datetime, reason: str, by: Actor) -> None:
    """The promise has no object any more."""
    row = _row(subject, kind, round)
    if row is None or row.state not in OPEN:
        return
    _end(row, DeadlineState.CANCELLED, at)
    _tell(DeadlineCancelled(row.id, kind, round, reason), row, by, at)


@service
def pause_deadline(*, subject: tuple[str, UUID], kind: str, round: int, at: datetime, wait: str, by: Actor) -> None:
    """The clock stands still from `at`; the time used so far is kept exactly."""
    row = _row(subject, kind, round)
    if row is None or row.state != DeadlineState.RUNNING:
        return
    progress = progress_of(row).pause(max(at, row.resumed_at))
    row.used, row.paused_at, row.state, row.alarms, row.next_alarm_at = (
        progress.used, at, DeadlineState.PAUSED, [], None,
    )  # fmt: skip
    row.save(update_fields=["used", "paused_at", "state", "alarms", "next_alarm_at"])
    _tell(DeadlinePaused(row.id, kind, wait), row, by, at)


@service
def resume_deadline(
    *, subject: tuple[str, UUID], kind: str, round: int, at: datetime, by: Actor, now: datetime
) -> None:
    """The clock goes on from `at` with the time used so far."""
    row = _row(subject, kind, round)
    if row is None or row.state != DeadlineState.PAUSED:
        return
    progress = progress_of(row).resume(at)
    row.paused_at, row.resumed_at, row.state = None, at, DeadlineState.RUNNING
    if row.breached_at is None or (progress.due_at and progress.due_at > now):
        row.breached_at = None
    _schedule(row, progress, _target_of(row), now)
    row.save()
    _tell(DeadlineResumed(row.id, kind, row.due_at), row, by, at)


def _target_of(row: Deadline) -> Target:
    """The target of the row's own policy version and line."""
    policy = policies_of(row.policy_version_id)[row.kind]
    target = next(line.target for line in policy.rows if line.key == row.policy_row)
    if target is None:
        raise LookupError(f"policy row {row.policy_row} promises nothing")
    return target


@service
def apply_facts(*, ticket_id: UUID, facts: Mapping[str, object], reason: str, by: Actor, now: datetime) -> int:
    """Facts of the ticket changed: its open promises follow the line that fits now, time already used kept; how many
    moved."""
    moved = 0
    rows = Deadline.objects.select_for_update().filter(ticket_id=ticket_id, nature="promise", state__in=OPEN)
    for row in rows.order_by("id"):
        target, key = _target(row.policy_version_id, row.kind, facts)
        if target is None or key == row.policy_row:
            continue
        calendar_id = _calendar_id(target, row.team_id)
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
        row.save()
        _tell(DeadlineMoved(row.id, row.kind, was, row.due_at, key, reason), row, by, now)
        moved += 1
    return moved


def _changed(progress: Progress, target: Target, calendar: Calendar | None, now: datetime) -> Progress:
    """The same promise under another line. Whole working days and hours cannot be turned into each other: there the
    new clock counts anew from the change."""
    kept = (progress.clock is Clock.WORKDAYS) == (target.clock is Clock.WORKDAYS)
    return progress.change(
        now, target=target.limit, clock=target.clock, calendar=calendar, used=None if kept else timedelta()
    )


@service
def move_deadlines(*, ticket_id: UUID, team_id: UUID, owner_id: UUID | None) -> None:
    """The ticket changed hands: its open promises and timers are the new owner's."""
    Deadline.objects.filter(ticket_id=ticket_id, state__in=OPEN).update(team_id=team_id, owner_id=owner_id)


@service
def move_to_customer(*, merged_id: UUID, kept_id: UUID) -> None:
    """Promises and timers of a customer file that was merged into another."""
    Deadline.objects.filter(customer_id=merged_id).update(customer_id=kept_id)


@service
def start_timer(
    *,
    kind: str,
    about: About,
    round: int,
    base_at: datetime,
    offset: timedelta,
    clock: str,
    now: datetime,
    values: Mapping[str, Any] | None = None,
) -> Deadline:
    """A bell, no promise: rings `offset` after (before, where negative) `base_at`; records `TimerRang`."""
    calendar_id = None
    if clock != Clock.ALWAYS:
        calendar_id = Team.objects.values_list("calendar_id", flat=True).get(id=about.team_id)
    calendar = _calendar(calendar_id)
    at = (
        instant_after(base_at, offset, Clock(clock), calendar)
        if offset >= timedelta()
        else instant_before(base_at, -offset, Clock(clock), calendar)
    )
    row = Deadline(
        id=new_id(),
        nature="timer",
        subject_kind=about.subject[0],
        subject_id=about.subject[1],
        kind=f"timer:{kind}",
        round=round,
        ticket_id=about.ticket_id,
        customer_id=about.customer_id,
        team_id=about.team_id,
        owner_id=about.owner_id,
        clock=clock,
        calendar_id=calendar_id,
        started_at=now,
        resumed_at=now,
        due_at=at,
        alarms=[[at.isoformat(), "timer", "timer", ""]],
        next_alarm_at=at,
        values=dict(values or {}),
    )
    earlier = _row(about.subject, row.kind, round)
    if earlier:
        row.id = earlier.id
    row.save(force_update=bool(earlier), force_insert=not earlier)
    if at <= now + NEAR:
        touch(ALARM_TOPIC)
    return row


@service
def cancel_timer(*, subject: tuple[str, UUID], kind: str, round: int, at: datetime) -> None:
    row = _row(subject, f"timer:{kind}", round)
    if row and row.state == DeadlineState.RUNNING:
        _end(row, DeadlineState.CANCELLED, at)
