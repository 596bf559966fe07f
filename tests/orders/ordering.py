"""A company that takes orders, and orders of it, built by services."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.story import SYSTEM, Company, make_company
from yinuo.customers.models import Customer
from yinuo.customers.services import identify
from yinuo.foundation import clock
from yinuo.foundation.work import work
from yinuo.orders.models import Milestone, Order
from yinuo.orders.services import make_order, plan_milestone
from yinuo.sla.models import Deadline

MONDAY = datetime(2026, 11, 23, 2, tzinfo=UTC)
"""10:00 in China, in service hours; the days after it are ordinary ones."""


def buyer(address: str = "zhang.san@example.com", name: str = "张三") -> Customer:
    with work():
        return identify(kind="email", value=address, name=name, by=SYSTEM, now=clock.now(), source="test")[0]


def ordered(company: Company, *, now: datetime = MONDAY, customer: Customer | None = None, **fields: Any) -> Order:
    fields.setdefault("lines", [(None, "BX-60L", 2, Decimal("1299.00"))])
    return make_order(
        customer=customer or buyer(), team=company.first_line, owner=company.agent, placed_at=now, by=SYSTEM, now=now,
        **fields,
    )  # fmt: skip


def shipping(order: Order, *, in_days: float = 5, now: datetime = MONDAY) -> Milestone:
    return plan_milestone(order=order, kind="shipping", planned_at=now + timedelta(days=in_days), by=SYSTEM, now=now)


def promises(kind: str) -> list[Deadline]:
    return list(Deadline.objects.filter(kind=kind).order_by("round"))


__all__ = ["MONDAY", "SYSTEM", "buyer", "make_company", "ordered", "promises", "shipping"]
