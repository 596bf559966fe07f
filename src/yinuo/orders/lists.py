"""Lists of orders. A list is one indexed walk, a row is flat values; nothing here costs more with more orders."""
# ruff: noqa: S608 - statements of our own words, values are bound

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from yinuo.foundation.cursors import id_in, instant_in
from yinuo.foundation.encryption import reveal
from yinuo.foundation.select import select

PAGE = 50
COUNTED = 1000
"""Counts stop at 999+."""


class OrderRow(NamedTuple):
    """An order in a list."""

    id: UUID
    number: str
    state: str
    payment_state: str
    amount: Decimal
    currency: str
    placed_at: datetime
    updated_at: datetime
    next_milestone_at: datetime | None
    customer_id: UUID
    customer: str
    owner: str
    milestone: str
    milestone_label: str
    model: str
    exceptions: int


@dataclass(frozen=True)
class Page:
    """Rows of a list and, where there are more, the `after` that fetches the next ones."""

    rows: list[OrderRow]
    after: str = ""


OWN = (
    "id, number, state, payment_state, amount, currency, placed_at, updated_at, next_milestone_at, customer_id, "
    "owner_id"
)
SHOWN = """
    SELECT o.id, o.number, o.state, o.payment_state, o.amount, o.currency, o.placed_at, o.updated_at,
        o.next_milestone_at, o.customer_id, c.name, coalesce(a.name, ''), coalesce(m.kind, ''), coalesce(m.label, ''),
        coalesce(l.model_text, ''),
        (SELECT count(*) FROM orders_orderexception x WHERE x.order_id = o.id AND x.told_at IS NULL)
"""
NAMED = """
    JOIN customers_customer c ON c.id = o.customer_id
    LEFT JOIN staff_account a ON a.id = o.owner_id
    LEFT JOIN orders_orderline l ON l.order_id = o.id AND l.position = 1
    LEFT JOIN LATERAL (SELECT kind, label FROM orders_milestone WHERE order_id = o.id AND actual_at IS NULL
        AND dropped_at IS NULL ORDER BY planned_at LIMIT 1) m ON true
"""
BY_MILESTONE, NEWEST = "next_milestone_at, id", "placed_at DESC, id DESC"


def _rows(source: str, order: str, values: Iterable[object]) -> list[OrderRow]:
    found = select(f"{SHOWN} FROM {source} {NAMED} ORDER BY {order}", *values)
    return [OrderRow(*row[:10], reveal(row[10]), *row[11:]) for row in found]


def under_way(*, after: str = "", limit: int = PAGE) -> Page:
    """Open orders, what is planned next on top; what has no date comes last."""
    return _by_milestone("is_open", [], after, limit)


def in_state(state: str, *, after: str = "", limit: int = PAGE) -> Page:
    return _by_milestone("state = %s", [state], after, limit)


def mine(account_id: UUID, *, after: str = "", limit: int = PAGE) -> Page:
    """Open orders of one owner."""
    return _by_milestone("owner_id = %s AND is_open", [account_id], after, limit)


def overdue(now: datetime, *, after: str = "", limit: int = PAGE) -> Page:
    """Open orders of which a milestone should have been reached by now, the longest overdue on top."""
    return _by_milestone("is_open AND next_milestone_at < %s", [now], after, limit)


def newest(*, after: str = "", limit: int = PAGE) -> Page:
    """All orders, completed and cancelled ones too, last placed first."""
    return _by_age("true", [], after, limit)


def of_customer(customer_id: UUID, *, after: str = "", limit: int = PAGE) -> Page:
    """All orders of one customer, last placed first."""
    return _by_age("customer_id = %s", [customer_id], after, limit)


def rows_of(order_ids: Iterable[UUID]) -> list[OrderRow]:
    """These orders, last placed first."""
    return _rows(f"(SELECT {OWN} FROM orders_order WHERE id = ANY(%s)) o", "o.placed_at DESC, o.id", [list(order_ids)])


def rows_with(numbers: Iterable[str]) -> list[OrderRow]:
    """The orders of these numbers."""
    return _rows(f"(SELECT {OWN} FROM orders_order WHERE number = ANY(%s)) o", "o.number", [list(numbers)])


def _by_milestone(where: str, given: list[object], after: str, limit: int) -> Page:
    at, _, last_id = after.partition("|")
    if not after:
        parts: list[tuple[str, list[object]]] = [("", [])]
    elif at:
        parts = [
            ("AND (next_milestone_at, id) > (%s, %s)", [instant_in(at), id_in(last_id)]),
            ("AND next_milestone_at IS NULL", []),
        ]
    else:
        parts = [("AND next_milestone_at IS NULL AND id > %s", [id_in(last_id)])]
    sources, values = [], []
    for more, cursor in parts:
        sources.append(
            f"(SELECT {OWN} FROM orders_order WHERE {where} {more} ORDER BY {BY_MILESTONE} LIMIT {limit + 1})"
        )
        values += [*given, *cursor]
    source = f"({' UNION ALL '.join(sources)} ORDER BY {BY_MILESTONE} LIMIT {limit + 1})" if sources[1:] else sources[0]
    found = _rows(f"{source} o", "o.next_milestone_at, o.id", values)
    return _page(
        found, limit, lambda row: f"{row.next_milestone_at.isoformat() if row.next_milestone_at else ''}|{row.id}"
    )


def _by_age(where: str, given: list[object], after: str, limit: int) -> Page:
    at, _, last_id = after.partition("|")
    more, cursor = ("AND (placed_at, id) < (%s, %s)", [instant_in(at), id_in(last_id)]) if after else ("", [])
    source = f"(SELECT {OWN} FROM orders_order WHERE {where} {more} ORDER BY {NEWEST} LIMIT {limit + 1})"
    found = _rows(f"{source} o", "o.placed_at DESC, o.id DESC", [*given, *cursor])
    return _page(found, limit, lambda row: f"{row.placed_at.isoformat()}|{row.id}")


def _page(found: list[OrderRow], limit: int, place: Callable[[OrderRow], str]) -> Page:
    return Page(found[:limit], place(found[limit - 1]) if len(found) > limit else "")


COUNTS = f"""
    SELECT (SELECT count(*) FROM (SELECT 1 FROM orders_order WHERE is_open LIMIT {COUNTED}) part),
        (SELECT count(*) FROM (SELECT 1 FROM orders_order WHERE owner_id = %s AND is_open LIMIT {COUNTED}) part),
        (SELECT count(*) FROM (SELECT 1 FROM orders_order WHERE is_open AND next_milestone_at < %s
            LIMIT {COUNTED}) part),
        (SELECT count(*) FROM (SELECT 1 FROM orders_order WHERE state = 'exception' LIMIT {COUNTED}) part)
"""


@dataclass(frozen=True)
class Counts:
    """How many orders each list holds; counting stops at 1000."""

    under_way: int
    mine: int
    overdue: int
    exception: int


def counts(account_id: UUID, now: datetime) -> Counts:
    return Counts(*select(COUNTS, account_id, now)[0])
