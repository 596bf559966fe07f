"""Tickets that are about an order; words to its customer go by their mail (R-OR-3, R-OR-4)."""

from collections.abc import Callable
from datetime import datetime

from yinuo.foundation.actors import Actor
from yinuo.foundation.events import record
from yinuo.foundation.live import touch
from yinuo.foundation.work import service
from yinuo.orders.models import Order
from yinuo.staff.models import Account
from yinuo.tickets.errors import OtherCustomer
from yinuo.tickets.events import OrderLinked
from yinuo.tickets.models import OrderLink, Ticket
from yinuo.tickets.services.messages import reply


@service
def link_order(*, ticket: Ticket, order: Order, by: Actor, now: datetime) -> None:
    """The ticket is about this order; nothing where that is said already. Raises `OtherCustomer`."""
    if ticket.customer_id != order.customer_id:
        raise OtherCustomer
    _link, made = OrderLink.objects.get_or_create(ticket=ticket, order=order, defaults={"at": now})
    if made:
        _linked(ticket, order, True, by, now)


@service
def unlink_order(*, ticket: Ticket, order: Order, by: Actor, now: datetime) -> None:
    if OrderLink.objects.filter(ticket=ticket, order=order).delete()[0]:
        _linked(ticket, order, False, by, now)


def _linked(ticket: Ticket, order: Order, linked: bool, by: Actor, now: datetime) -> None:
    record(
        OrderLinked(order.id, linked),
        by=by, at=now, subject=("ticket", ticket.id), ticket_id=ticket.id, customer_id=ticket.customer_id,
    )  # fmt: skip
    touch(f"ticket:{ticket.id}", f"order:{order.id}")


@service
def tell_by_mail(
    *, ticket: Ticket, text: str, account: Account, note: Callable[[], object], by: Actor, now: datetime
) -> None:
    """Words about an order go out as an answer in one of its tickets; `note` puts down, in the same transaction, that
    its customer was told. Raises what `reply` raises."""
    reply(ticket=ticket, account_id=account.id, text=text, by=by, now=now)
    note()
