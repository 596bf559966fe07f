"""What the services of orders share: the locked row, its facts, its columns written."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import Changed, Missing
from yinuo.foundation.events import Fact, record
from yinuo.foundation.live import touch
from yinuo.orders.errors import AmountInvalid, DateTooFar, InFuture, OrderEnded
from yinuo.orders.models import Milestone, Order

LARGEST = Decimal(10) ** 12
FARTHEST = timedelta(days=3_660)


def locked(order_id: UUID, version: int | None = None) -> Order:
    """Raises `Missing`, and `Changed` on a stale `version`."""
    order = Order.objects.select_for_update().filter(id=order_id).first()
    if order is None:
        raise Missing
    if version is not None and order.version != version:
        raise Changed
    return order


def locked_open(order_id: UUID, version: int | None = None) -> Order:
    """The same for what changes only while the order is under way. Raises `OrderEnded` too."""
    order = locked(order_id, version)
    if not order.is_open:
        raise OrderEnded
    return order


def put(order: Order, now: datetime, **changes: Any) -> None:
    """Writes changed columns, raises the version and lets open pages look again."""
    for name, value in changes.items():
        setattr(order, name, value)
    order.version += 1
    order.updated_at = now
    order.save(update_fields=[*changes, "version", "updated_at"])
    touch(f"order:{order.id}", "orders")


def tell(fact: Fact, order: Order, *, by: Actor, at: datetime, personal: Mapping[str, str] | None = None) -> None:
    record(
        fact, by=by, at=at, subject=("order", order.id), customer_id=order.customer_id,
        personal={name: text for name, text in (personal or {}).items() if text},
    )  # fmt: skip


def next_milestone(order: Order) -> datetime | None:
    """The earliest planned instant of what has not happened yet."""
    open_ones = Milestone.objects.filter(order=order, actual_at__isnull=True, dropped_at__isnull=True)
    return open_ones.order_by("planned_at").values_list("planned_at", flat=True).first()


def amount_of(value: object) -> Decimal:
    """An amount or quantity with two decimals. Raises `AmountInvalid`."""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise AmountInvalid from None
    if not amount.is_finite() or not 0 <= amount < LARGEST or amount != round(amount, 2):
        raise AmountInvalid
    return round(amount, 2)


def past(at: datetime, now: datetime) -> datetime:
    """Raises `InFuture` for what cannot have happened yet, `DateTooFar`."""
    if at > now:
        raise InFuture
    return near(at, now)


def near(at: datetime, now: datetime) -> datetime:
    """A date that an order can have. Raises `DateTooFar`."""
    if abs(at - now) > FARTHEST:
        raise DateTooFar
    return at
