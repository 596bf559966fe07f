"""Tickets that are about an order of ours: what happens to the order moves them, and what was found in them is seen to
there. Each promise about an order is the orders room's alone (ADR 0021)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from yinuo.foundation.actors import Actor
from yinuo.foundation.work import service
from yinuo.orders.models import Order, OrderException
from yinuo.orders.services import report_exception
from yinuo.orders.services.ground import FARTHEST, locked
from yinuo.orders.states import ExceptionKind
from yinuo.procedures.published import definition_of
from yinuo.procedures.queries import run_of
from yinuo.procedures.services.moving import happen
from yinuo.tickets.models import Ticket

FOUND, TOLD, KIND, NOTE = "exception_found_at", "result_told_at", "exception_kind", "exception_note"
"""The fields of a procedure in which an exception is noted."""


@service
def follow_order(*, ticket: Ticket, name: str, fields: Mapping[str, Any], by: Actor, now: datetime) -> bool:
    """Something happened to an order that the ticket is about; whether its procedure made anything of it."""
    run = run_of(ticket.id)
    if run is None or not any(row.happening == name for row in definition_of(run.procedure_id).on):
        return False
    return happen(ticket=ticket, name=name, by=by, now=now, fields=fields)


@service
def hand_exception_over(*, ticket: Ticket, order: Order, by: Actor, now: datetime) -> OrderException | None:
    """An exception that was noted in the ticket and is not settled yet is the order's, found when it was found; none
    where the order has one open, or has ended."""
    run = run_of(ticket.id)
    noted = run.state.get("fields", {}) if run else {}
    if not noted.get(FOUND) or noted.get(TOLD):
        return None
    Ticket.objects.select_for_update().get(id=ticket.id)
    order = locked(order.id)  # it may be noted and linked at the same moment, or by two tickets
    if not order.is_open or OrderException.objects.filter(order=order, told_at__isnull=True).exists():
        return None
    found_at = datetime.fromisoformat(noted[FOUND])
    kind = noted.get(KIND)
    return report_exception(
        order=order, kind=kind if kind in ExceptionKind.values else ExceptionKind.OTHER.value,
        note=str(noted.get(NOTE) or ticket.subject), found_at=found_at if now - FARTHEST < found_at <= now else now,
        by=by, now=now,
    )  # fmt: skip
