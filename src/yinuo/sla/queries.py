"""Reads about promises."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from yinuo.calendars.queries import calendar_of
from yinuo.domain.deadline import AlarmKind, Clock, Progress
from yinuo.sla.models import Deadline, DeadlineState


@dataclass(frozen=True)
class NextDue:
    due_at: datetime
    kind: str
    warn_at: datetime | None


def next_due(ticket_id: UUID) -> NextDue | None:
    """The earliest running promise of a ticket."""
    row = (
        Deadline.objects.filter(ticket_id=ticket_id, state=DeadlineState.RUNNING, nature="promise")
        .order_by("due_at")
        .first()
    )
    return NextDue(row.due_at, row.kind, warn_at(row)) if row else None


def warn_at(row: Deadline) -> datetime | None:
    """When the promise is first at risk: its first warning, past or to come."""
    if row.warned_at:
        return row.warned_at
    return next((datetime.fromisoformat(at) for at, kind, *_ in row.alarms if kind == AlarmKind.WARN), None)


def promises_of(ticket_id: UUID) -> list[Deadline]:
    """All promises of a ticket, the running ones first, each group by due instant."""
    rows = Deadline.objects.filter(ticket_id=ticket_id, nature="promise").select_related("policy_version")
    order = {DeadlineState.RUNNING: 0, DeadlineState.PAUSED: 1, DeadlineState.MET: 2, DeadlineState.CANCELLED: 3}
    return sorted(rows, key=lambda row: (order.get(DeadlineState(row.state), 4), row.due_at))


def progress_of(row: Deadline) -> Progress:
    """The row as the pure core computes with it."""
    calendar = calendar_of(row.calendar_id) if row.calendar_id else None
    running = None if row.paused_at or row.state != DeadlineState.RUNNING else row.resumed_at
    return Progress(row.target, Clock(row.clock), calendar, row.used, running)


def breached_now(team_ids: set[UUID], *, limit: int = 100) -> list[Deadline]:
    """Broken promises still open in these teams, the longest broken first."""
    return list(
        Deadline.objects.filter(
            team_id__in=team_ids, state=DeadlineState.RUNNING, nature="promise", breached_at__isnull=False
        ).order_by("due_at")[:limit]
    )
