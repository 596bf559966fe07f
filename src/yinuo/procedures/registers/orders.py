"""Orders as rows of a register, one for each milestone: what the orders room keeps, under the names of the register's
columns (H3.2)."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from yinuo.orders.models import Milestone, Order, OrderException, OrderLine
from yinuo.orders.states import MilestoneKind

Values = dict[str, Any]
PRINTED = "CNY"
"""Amounts of money are printed in it; others carry their own."""


def order_rows(order_ids: Iterable[UUID]) -> dict[UUID, tuple[Order, list[Values]]]:
    """By id, each with the values of its rows: one a milestone as they are planned, one where there is none. Four
    queries."""
    ids = list(order_ids)
    if not ids:
        return {}
    orders = Order.objects.select_related("customer", "owner", "team").in_bulk(ids)
    models: dict[UUID, list[str]] = {}
    for line in OrderLine.objects.filter(order_id__in=ids).order_by("order_id", "position"):
        models.setdefault(line.order_id, []).append(f"{line.model_text} × {line.quantity.normalize():f}")
    milestones: dict[UUID, list[Milestone]] = {}
    for row in Milestone.objects.filter(order_id__in=ids, dropped_at__isnull=True).order_by("planned_at", "id"):
        milestones.setdefault(row.order_id, []).append(row)
    exceptions: dict[UUID, OrderException] = {}
    for found in OrderException.objects.filter(order_id__in=ids).order_by("found_at", "id"):
        exceptions[found.order_id] = found
    return {
        id: (order, _rows(order, models.get(id, []), milestones.get(id, []), exceptions.get(id)))
        for id, order in orders.items()
    }


def amount_text(order: Order) -> str:
    return str(order.amount) if order.currency == PRINTED else f"{order.currency} {order.amount:,.2f}"


def _rows(
    order: Order, models: list[str], milestones: list[Milestone], exception: OrderException | None
) -> list[Values]:
    """With the newest exception in each."""
    values: Values = {
        "order_number": order.number,
        "number": order.number,
        "customer_name": order.customer.name,
        "amount": amount_text(order),
        "product_model": "、".join(models),
        "payment_state": order.payment_state,
        "order_state": order.state,
        "owner": order.owner.name if order.owner else order.team.name,
    }
    if exception is not None:
        values |= {
            "exception_kind": exception.kind,
            "exception_option": exception.option or None,
            "exception_note": str(exception.note) or None,
            "exception_plan": str(exception.plan) or None,
            "exception_result": str(exception.result) or None,
        }
    return [values | _of_milestone(one) for one in milestones] or [values]


def _of_milestone(milestone: Milestone) -> Values:
    return {
        "milestone": milestone.label if milestone.kind == MilestoneKind.OTHER else milestone.kind,
        "planned_at": milestone.planned_at.isoformat(),
        "actual_at": milestone.actual_at.isoformat() if milestone.actual_at else None,
    }
