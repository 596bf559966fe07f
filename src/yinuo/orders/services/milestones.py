"""Milestones planned, moved, announced, reached (R-OR-3, R-OR-4)."""

from datetime import datetime
from uuid import UUID

from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import Missing
from yinuo.foundation.work import service
from yinuo.orders.errors import MilestoneOver, MilestoneTwice, MoveReasonNeeded, NotDelayed
from yinuo.orders.events import (
    DelayTold,
    MilestoneAnnounced,
    MilestoneDropped,
    MilestoneMoved,
    MilestonePlanned,
    MilestoneReached,
)
from yinuo.orders.models import Milestone, Order
from yinuo.orders.services.ground import locked_open, near, next_milestone, past, put, tell


@service
def plan_milestone(
    *, order: Order, kind: str, planned_at: datetime, by: Actor, now: datetime, label: str = "", reached: bool = False
) -> Milestone:
    """A date for the customer; `reached`: it is told after the fact, so nothing is promised about it. Raises
    `MilestoneTwice`, `DateTooFar`, `OrderEnded`."""
    row, planned_at = locked_open(order.id), near(planned_at, now)
    label = label.strip()
    if Milestone.objects.filter(order=row, kind=kind, label=label, dropped_at__isnull=True).exists():
        raise MilestoneTwice
    milestone = Milestone(order=row, kind=kind, label=label, planned_at=planned_at, first_planned_at=planned_at)
    milestone.save(force_insert=True)
    tell(MilestonePlanned(milestone.id, kind, planned_at, reached), row, by=by, at=now)
    put(row, now, next_milestone_at=next_milestone(row))
    return milestone


def _open(milestone_id: UUID) -> tuple[Milestone, Order]:
    """Locked, the order first. Raises `Missing`, `OrderEnded`, `MilestoneOver`."""
    order_id = Milestone.objects.filter(id=milestone_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise Missing
    order = locked_open(order_id)
    milestone = Milestone.objects.select_for_update().get(id=milestone_id)
    if not milestone.is_open:
        raise MilestoneOver
    return milestone, order


@service
def move_milestone(*, milestone: Milestone, planned_at: datetime, reason: str, by: Actor, now: datetime) -> Milestone:
    """Another date, with the reason that the customer will be told; nothing where it stands so already. Raises
    `MoveReasonNeeded`, `MilestoneOver`, `OrderEnded`."""
    row, order = _open(milestone.id)
    was, planned_at = row.planned_at, near(planned_at, now)
    if was == planned_at:
        return row
    if not reason.strip():
        raise MoveReasonNeeded(fields={"reason": str(MoveReasonNeeded.text)})
    row.planned_at, row.moved_reason, row.moved = planned_at, reason.strip(), row.moved + 1
    row.announced_at = row.delay_told_at = None
    row.save(update_fields=["planned_at", "moved_reason", "moved", "announced_at", "delay_told_at"])
    moved = MilestoneMoved(row.id, row.kind, was, planned_at)
    tell(moved, order, by=by, at=now, personal={"reason": row.moved_reason})
    put(order, now, next_milestone_at=next_milestone(order))
    return row


@service
def announce_milestone(*, milestone: Milestone, way: str, by: Actor, now: datetime) -> Milestone:
    """The customer was told that it comes. Raises `MilestoneOver`, `OrderEnded`."""
    row, order = _open(milestone.id)
    row.announced_at = now
    row.save(update_fields=["announced_at"])
    tell(MilestoneAnnounced(row.id, row.kind, way), order, by=by, at=now)
    put(order, now)
    return row


@service
def tell_delay(*, milestone: Milestone, way: str, by: Actor, now: datetime) -> Milestone:
    """The customer was told of the delay, its reason and the new date. Raises `NotDelayed`, `MilestoneOver`,
    `OrderEnded`."""
    row, order = _open(milestone.id)
    if row.planned_at <= row.first_planned_at and not row.moved:
        raise NotDelayed
    row.delay_told_at = now
    row.save(update_fields=["delay_told_at"])
    tell(DelayTold(row.id, row.kind, way), order, by=by, at=now)
    put(order, now)
    return row


@service
def reach_milestone(*, milestone: Milestone, actual_at: datetime, by: Actor, now: datetime) -> Milestone:
    """It has happened. Raises `InFuture`, `MilestoneOver`, `OrderEnded`."""
    row, order = _open(milestone.id)
    row.actual_at = past(actual_at, now)
    row.save(update_fields=["actual_at"])
    tell(MilestoneReached(row.id, row.kind, actual_at), order, by=by, at=actual_at)
    put(order, now, next_milestone_at=next_milestone(order))
    return row


@service
def drop_milestone(*, milestone: Milestone, by: Actor, now: datetime) -> None:
    """It is no longer planned. Raises `MilestoneOver`, `OrderEnded`."""
    row, order = _open(milestone.id)
    row.dropped_at = now
    row.save(update_fields=["dropped_at"])
    tell(MilestoneDropped(row.id, row.kind), order, by=by, at=now)
    put(order, now, next_milestone_at=next_milestone(order))
