"""What follows an order: reports on long ones, the customer's word at the end, files merged (R-OR-6, R-OR-7)."""

from datetime import datetime, timedelta
from uuid import UUID

from yinuo.customers.errors import ReasonNeeded
from yinuo.foundation.actors import Actor
from yinuo.foundation.work import service
from yinuo.orders.errors import NotSignedFor
from yinuo.orders.events import AddressShown, FulfilmentAnswered, OrderDocumentTaken, ProgressReported, ReportsAgreed
from yinuo.orders.models import Order
from yinuo.orders.services.ground import locked, locked_open, put, tell
from yinuo.orders.services.promises import time_report


@service
def agree_reports(*, order: Order, every: timedelta | None, by: Actor, now: datetime) -> Order:
    """How often the customer of a long order hears how it goes; None: not at all. Raises `OrderEnded`."""
    row = locked_open(order.id)
    if row.report_every != every:
        put(row, now, report_every=every)
        put(row, now, next_report_at=time_report(order_id=row.id, now=now))
        tell(ReportsAgreed(round(every.total_seconds()) if every else 0), row, by=by, at=now)
    return row


@service
def report_progress(*, order: Order, way: str, text: str, by: Actor, now: datetime) -> Order:
    """The customer was told how it goes; the next report counts from here. Raises `OrderEnded`."""
    row = locked_open(order.id)
    put(row, now, next_report_at=time_report(order_id=row.id, now=now))
    tell(ProgressReported(way), row, by=by, at=now, personal={"text": text.strip()})
    return row


@service
def answer_fulfilment(
    *, order: Order, satisfaction: int, goods_intact: bool | None, on_time: bool | None, feedback: str, by: Actor,
    now: datetime,
) -> Order:  # fmt: skip
    """What the customer says at the end: goods intact, in time, a score from 1 to 5. Raises `NotSignedFor`."""
    row = locked(order.id)
    if row.signed_at is None:
        raise NotSignedFor
    put(
        row, now, satisfaction=satisfaction, goods_intact=goods_intact, on_time=on_time, feedback=feedback.strip(),
        answered_at=now,
    )  # fmt: skip
    tell(FulfilmentAnswered(satisfaction, goods_intact, on_time), row, by=by, at=now)
    return row


@service
def show_address(*, order: Order, reason: str, by: Actor, now: datetime) -> str:
    """The delivery address in full, for one person; to whom and why is recorded (R-SE-1). Raises `ReasonNeeded`."""
    if not reason.strip():
        raise ReasonNeeded(fields={"reason": str(ReasonNeeded.text)})
    tell(AddressShown(), order, by=by, at=now, personal={"reason": reason.strip()})
    return str(order.address)


@service
def take_document(*, order: Order, document: str, digest: str, by: Actor, now: datetime) -> None:
    """Somebody takes a document of the order as a file: recorded before the first byte goes out (R-SE-2)."""
    tell(OrderDocumentTaken(document, order.version, digest), order, by=by, at=now)


@service
def move_to_customer(*, merged_id: UUID, kept_id: UUID) -> None:
    """Orders of a customer file that was merged into another."""
    Order.objects.filter(customer_id=merged_id).update(customer_id=kept_id)
