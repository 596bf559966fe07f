"""Exceptions of orders: found, taken up, settled with the customer, their result told (R-OR-5)."""

from datetime import datetime
from uuid import UUID

from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import Missing
from yinuo.foundation.work import service
from yinuo.orders.errors import ExceptionOver, PlanNeeded, ResultNeeded
from yinuo.orders.events import ExceptionFound, ExceptionPlanned, ExceptionStarted, ExceptionTold
from yinuo.orders.models import Order, OrderException
from yinuo.orders.services.ground import locked_open, past, put, tell
from yinuo.orders.services.making import turn
from yinuo.orders.states import OrderState


@service
def report_exception(
    *, order: Order, kind: str, note: str, by: Actor, now: datetime, found_at: datetime | None = None
) -> OrderException:
    """Something is not as ordered: the order stands still until the result is told. Raises `OrderEnded`, `InFuture`."""
    row = locked_open(order.id)
    found = OrderException(order=row, kind=kind, note=note.strip(), found_at=past(found_at or now, now))
    found.save(force_insert=True)
    tell(ExceptionFound(found.id, kind, found.found_at), row, by=by, at=found.found_at)
    if row.state != OrderState.EXCEPTION:
        turn(row, OrderState.EXCEPTION, by=by, now=now, at=found.found_at)
    else:
        put(row, now)
    return found


def _open(exception_id: UUID) -> tuple[OrderException, Order]:
    """Locked, the order first. Raises `Missing`, `OrderEnded`, `ExceptionOver`."""
    order_id = OrderException.objects.filter(id=exception_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise Missing
    order = locked_open(order_id)
    row = OrderException.objects.select_for_update().get(id=exception_id)
    if not row.is_open:
        raise ExceptionOver
    return row, order


@service
def start_exception(*, exception: OrderException, by: Actor, now: datetime) -> OrderException:
    """Somebody sees to it; nothing where somebody does already."""
    row, order = _open(exception.id)
    if row.started_at is None:
        row.started_at = now
        row.save(update_fields=["started_at"])
        tell(ExceptionStarted(row.id, row.kind), order, by=by, at=now)
        put(order, now)
    return row


@service
def plan_exception(*, exception: OrderException, option: str, plan: str, by: Actor, now: datetime) -> OrderException:
    """What was settled with the customer: another product, another address, a later date. Whoever plans has taken it
    up."""
    row, order = _open(exception.id)
    if row.started_at is None:
        start_exception(exception=row, by=by, now=now)
        row, order = _open(exception.id)
    row.option, row.plan, row.planned_at = option, plan.strip(), now
    row.save(update_fields=["option", "plan", "planned_at"])
    tell(ExceptionPlanned(row.id, row.kind, option), order, by=by, at=now)
    put(order, now)
    return row


@service
def tell_exception(*, exception: OrderException, result: str, way: str, by: Actor, now: datetime) -> OrderException:
    """The customer was told what came of it. With the last open exception the order goes on where it stood. Raises
    `PlanNeeded`, `ResultNeeded`, `ExceptionOver`, `OrderEnded`."""
    row, order = _open(exception.id)
    if row.planned_at is None:
        raise PlanNeeded
    if not result.strip():
        raise ResultNeeded(fields={"result": str(ResultNeeded.text)})
    row.result, row.told_at = result.strip(), now
    row.save(update_fields=["result", "told_at"])
    tell(ExceptionTold(row.id, row.kind, way), order, by=by, at=now)
    others = OrderException.objects.filter(order=order, told_at__isnull=True).exists()
    if order.state == OrderState.EXCEPTION and not others:
        turn(order, order.before_exception or OrderState.TO_MAKE, by=by, now=now, at=now)
    else:
        put(order, now)
    return row
