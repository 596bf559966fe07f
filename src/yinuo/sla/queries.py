"""Reads about promises."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from yinuo.calendars.models import BusinessCalendar
from yinuo.calendars.queries import calendar_of, calendar_of_edition, editions_after
from yinuo.domain.deadline import AlarmKind, Clock, Explanation, Policy, Progress, Run, Target, explain
from yinuo.domain.worktime import Calendar
from yinuo.foundation.models import HistoryRow
from yinuo.foundation.select import Shape, select
from yinuo.sla.models import Deadline, DeadlineState
from yinuo.sla.policies import policies_of


@dataclass(frozen=True)
class NextDue:
    due_at: datetime
    kind: str
    warn_at: datetime | None


def next_due(ticket_id: UUID) -> NextDue | None:
    """The earliest running promise of a ticket."""
    return earliest(Deadline.objects.filter(ticket_id=ticket_id, state=DeadlineState.RUNNING, nature="promise"))


def next_due_of(ticket_ids: Iterable[UUID]) -> dict[UUID, NextDue]:
    """The same for several tickets; those with nothing running are not in it."""
    running = Deadline.objects.filter(
        ticket_id__in=list(ticket_ids), state=DeadlineState.RUNNING, nature="promise"
    ).order_by("-due_at")
    return {row.ticket_id: NextDue(row.due_at, row.kind, warn_at(row)) for row in running if row.ticket_id}


def earliest(running: Iterable[Deadline]) -> NextDue | None:
    """Which of these running promises is due first."""
    row = min(running, key=lambda row: row.due_at, default=None)
    return NextDue(row.due_at, row.kind, warn_at(row)) if row else None


def warn_at(row: Deadline) -> datetime | None:
    """When the promise is first at risk: its first warning, past or to come."""
    if row.warned_at:
        return row.warned_at
    return next((datetime.fromisoformat(at) for at, kind, *_ in row.alarms if kind == AlarmKind.WARN), None)


DEADLINE = Shape(Deadline)
PROMISES = f"SELECT {DEADLINE.columns('d')} FROM sla_deadline d WHERE d.ticket_id = %s AND d.nature = 'promise'"  # noqa: S608 - names of our own columns


def promises_of(ticket_id: UUID) -> list[Deadline]:
    """All promises of a ticket, the running ones first, each group by due instant."""
    rows = [DEADLINE.make(row) for row in select(PROMISES, ticket_id)]
    order = {DeadlineState.RUNNING: 0, DeadlineState.PAUSED: 1, DeadlineState.MET: 2, DeadlineState.CANCELLED: 3}
    return sorted(rows, key=lambda row: (order.get(DeadlineState(row.state), 4), row.due_at))


def calendar_behind(row: Deadline) -> Calendar | None:
    """The calendar on which a promise counts, as the edition has it that was in force when it was last dated."""
    if row.edition_id:
        return calendar_of_edition(row.edition_id)
    return calendar_of(row.calendar_id) if row.calendar_id else None


def progress_of(row: Deadline) -> Progress:
    """The row as the pure core computes with it, on the calendar as it is now: what passed before a later edition was
    made counts by the one that was in force then."""
    running = None if row.paused_at or row.state != DeadlineState.RUNNING else row.resumed_at
    progress = Progress(row.target or timedelta(), Clock(row.clock), calendar_behind(row), row.used, running)
    if row.edition_id and row.calendar_id and running is not None:
        for edition in editions_after(row.calendar_id, row.edition_id):
            progress = progress.change(edition.made_at, calendar=calendar_of_edition(edition.id))
    return progress


def used_until(row: Deadline, at: datetime) -> timedelta:
    """Time used of a promise that ended at `at`, or stood still then."""
    running = None if row.paused_at else row.resumed_at
    used = Progress(row.target or timedelta(), Clock(row.clock), calendar_behind(row), row.used, running)
    return used.used_at(at)


def breached_now(team_ids: set[UUID], *, limit: int = 100) -> list[Deadline]:
    """Broken promises still open in these teams, the longest broken first."""
    return list(
        Deadline.objects.filter(
            team_id__in=team_ids, state=DeadlineState.RUNNING, nature="promise", breached_at__isnull=False
        ).order_by("due_at")[:limit]
    )


def due_until(team_ids: Iterable[UUID], *, now: datetime, until: datetime, limit: int = 100) -> list[Deadline]:
    """Promises of these teams still kept at `now` that fall due up to `until`, the next one first."""
    return list(
        Deadline.objects.filter(
            team_id__in=list(team_ids),
            state=DeadlineState.RUNNING,
            nature="promise",
            due_at__gte=now,
            due_at__lte=until,
        ).order_by("due_at")[:limit]
    )


@dataclass(frozen=True)
class Pause:
    """A stretch in which the clock stood still; `to_at` None: it still does. `wait` says for whom."""

    from_at: datetime
    to_at: datetime | None
    wait: str


@dataclass(frozen=True)
class Change:
    """Another line of the policy fitted from `at` on; time used until then was kept."""

    at: datetime
    was: datetime
    due_at: datetime
    row: str
    reason: str


@dataclass(frozen=True)
class Account:
    """How a promise came about. `explanation` sums up the stretches since `used_before` was taken over."""

    row: Deadline
    policy: Policy | None
    target: Target | None
    calendar: BusinessCalendar | None
    used_before: timedelta
    explanation: Explanation
    pauses: tuple[Pause, ...]
    changes: tuple[Change, ...]


def account_of(ticket_id: UUID, deadline_id: UUID) -> Account | None:
    """How this promise of this ticket came about; None where there is no such one. Stretches and pauses are those
    that history tells of."""
    row = (
        Deadline.objects.filter(id=deadline_id, ticket_id=ticket_id, nature="promise")
        .select_related("policy_version")
        .first()
    )
    if row is None:
        return None
    pauses, changes = _told(row)
    since = max((change.at for change in changes), default=row.started_at)
    policy = policies_of(row.policy_version_id).get(row.kind) if row.policy_version_id else None
    line = next((line for line in policy.rows if line.key == row.policy_row), None) if policy else None
    clock, calendar = Clock(row.clock), calendar_of(row.calendar_id) if row.calendar_id else None
    end = row.paused_at or row.due_at
    used_before = timedelta()
    if changes:
        here = Progress(row.target or timedelta(), clock, calendar, timedelta(), since)
        counted = sum((here.used_at(to) - here.used_at(start) for start, to in _runs(since, end, pauses)), timedelta())
        whole = row.used if row.paused_at else (row.target or timedelta())
        used_before = max(whole - counted, timedelta())
    return Account(
        row, policy, line.target if line else None,
        BusinessCalendar.objects.filter(id=row.calendar_id).first() if row.calendar_id else None,
        used_before, explain(_runs(since, end, pauses), clock, calendar), tuple(pauses), tuple(changes),
    )  # fmt: skip


def _told(row: Deadline) -> tuple[list[Pause], list[Change]]:
    kinds = ("sla.DeadlinePaused", "sla.DeadlineResumed", "sla.DeadlineMoved", "sla.DeadlineStarted")
    pauses: list[Pause] = []
    changes: list[Change] = []
    for event in HistoryRow.objects.filter(subject_id=row.id, kind__in=kinds).order_by("at", "id"):
        if event.kind == "sla.DeadlineStarted":
            pauses, changes = [], []
        elif event.kind == "sla.DeadlinePaused":
            pauses.append(Pause(event.at, None, event.values["wait"]))
        elif event.kind == "sla.DeadlineResumed" and pauses:
            pauses[-1] = Pause(pauses[-1].from_at, event.at, pauses[-1].wait)
        elif event.kind == "sla.DeadlineMoved":
            was, due = (datetime.fromisoformat(event.values[key]) for key in ("was", "due_at"))
            changes.append(Change(event.at, was, due, event.values["row"], event.values["reason"]))
    return pauses, changes


def _runs(since: datetime, end: datetime, pauses: list[Pause]) -> list[Run]:
    """The stretches from `since` to `end` in which the clock ran."""
    runs: list[Run] = []
    start: datetime | None = since
    for pause in pauses:
        if pause.to_at is not None and pause.to_at <= since:
            continue
        if start is not None and start < min(pause.from_at, end):
            runs.append((start, min(pause.from_at, end)))
        start = max(pause.to_at, since) if pause.to_at else None
    if start is not None and start < end:
        runs.append((start, end))
    return runs or [(since, since)]


def count_overdue(now: datetime, *, limit: int = 10_000) -> int:
    """Promises past their due instant and still open, counted up to `limit`."""
    rows = Deadline.objects.filter(state=DeadlineState.RUNNING, nature="promise", due_at__lt=now)
    return rows.order_by().values_list("id")[:limit].count()
