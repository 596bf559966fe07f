"""Reads about promises."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from yinuo.calendars.queries import Edition, calendar_of, calendar_of_edition, editions_after
from yinuo.domain.deadline import AlarmKind, Clock, Progress
from yinuo.domain.worktime import Calendar
from yinuo.foundation.select import Query, Shape
from yinuo.sla.models import Deadline, DeadlineState


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
    return first_warning(row.warned_at, row.alarms)


def first_warning(warned_at: datetime | None, alarms: Iterable[list[str]]) -> datetime | None:
    return warned_at or next((datetime.fromisoformat(at) for at, kind, *_ in alarms if kind == AlarmKind.WARN), None)


DEADLINE = Shape(Deadline)
PROMISES = f"SELECT {DEADLINE.columns('d')} FROM sla_deadline d WHERE d.ticket_id = %s AND d.nature = 'promise'"  # noqa: S608 - names of our own columns


def promises_of(ticket_id: UUID) -> Query[list[Deadline]]:
    """All promises of a ticket, the running ones first, each group by due instant."""
    return Query(PROMISES, (ticket_id,), _in_order)


def _in_order(found: list[tuple[Any, ...]]) -> list[Deadline]:
    rows = DEADLINE.make_all(found)
    order = {DeadlineState.RUNNING: 0, DeadlineState.PAUSED: 1, DeadlineState.MET: 2, DeadlineState.CANCELLED: 3}
    return sorted(rows, key=lambda row: (order.get(DeadlineState(row.state), 4), row.due_at))


def calendar_behind(row: Deadline) -> Calendar | None:
    """The calendar on which a promise counts, as the edition has it that was in force when it was last dated."""
    if row.edition_id:
        return calendar_of_edition(row.edition_id)
    return calendar_of(row.calendar_id) if row.calendar_id else None


def progress_of(row: Deadline, until: datetime | None = None) -> Progress:
    """The row as the pure core computes with it, on the calendar as it is now, or as it was at `until`: what passed
    before a later edition was made counts by the one that was in force then."""
    is_still = row.paused_at or row.state != DeadlineState.RUNNING
    later = (
        editions_after(row.calendar_id, row.edition_id) if row.edition_id and row.calendar_id and not is_still else ()
    )
    return progress_through(row, calendar_behind(row), later, until)


def progress_through(
    row: Deadline, calendar: Calendar | None, later: Iterable[Edition], until: datetime | None = None
) -> Progress:
    """The same from what has been read: the calendar as the row's edition has it, and the editions after that one."""
    running = None if row.paused_at or row.state != DeadlineState.RUNNING else row.resumed_at
    progress = Progress(row.target or timedelta(), Clock(row.clock), calendar, row.used, running)
    for edition in later if running is not None else ():
        if until is not None and edition.made_at > until:
            break
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


def count_overdue(now: datetime, *, limit: int = 10_000) -> int:
    """Promises past their due instant and still open, counted up to `limit`."""
    rows = Deadline.objects.filter(state=DeadlineState.RUNNING, nature="promise", due_at__lt=now)
    return rows.order_by().values_list("id")[:limit].count()
