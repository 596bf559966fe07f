"""Who may see and work on orders.

Whoever works with customers may see every order: “where is it?” is asked of anybody who picks up (R-CL-3, R-CH-6). The
delivery address stands masked unless it is one's work. Orders are made and moved by those with the right to it, and
contracts judged by reviewers.
"""

from uuid import UUID

from yinuo.foundation.errors import Missing
from yinuo.orders.models import Milestone, Order, OrderException
from yinuo.staff.permissions import Viewer
from yinuo.staff.rights import Right

SEERS = (Right.WORK_ORDERS, Right.REVIEW_CONTRACTS, Right.WORK_TICKETS, Right.SEE_ALL_TICKETS)


def may_see_orders(viewer: Viewer) -> bool:
    return any(viewer.has(right) for right in SEERS)


def may_work_on(viewer: Viewer, order: Order) -> bool:
    """Makes, moves, tells. The owner of an order does, whatever his role is."""
    return viewer.has(Right.WORK_ORDERS) or (viewer.has(Right.WORK_TICKETS) and order.owner_id == viewer.id)


def access_order(viewer: Viewer, number: str) -> Order:
    """With customer, team, owner and contract. Raises `Missing`."""
    rows = Order.objects.select_related("customer", "team", "owner", "contract__written_by", "contract__reviewed_by")
    order = rows.filter(number=number.strip().upper()).first() if may_see_orders(viewer) else None
    if order is None:
        raise Missing
    return order


def require_order_work(viewer: Viewer, order: Order) -> None:
    """Raises `Denied`."""
    if not may_work_on(viewer, order):
        viewer.require(Right.WORK_ORDERS)


def milestone_of(order: Order, id: UUID) -> Milestone:
    """Raises `Missing` for another order's."""
    row = Milestone.objects.filter(id=id, order=order).first()
    if row is None:
        raise Missing
    return row


def exception_of(order: Order, id: UUID) -> OrderException:
    """Raises `Missing` for another order's."""
    row = OrderException.objects.filter(id=id, order=order).first()
    if row is None:
        raise Missing
    return row
