"""Orders made and changed on the desk: what was ordered, how far it is, whose it is (R-OR-1, R-OR-3)."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from yinuo.catalog.models import Product
from yinuo.catalog.queries import scenarios_in_force
from yinuo.customers.models import Customer
from yinuo.foundation.actors import Actor
from yinuo.foundation.live import touch
from yinuo.foundation.numbers import next_number
from yinuo.foundation.work import service
from yinuo.orders.errors import LinesMissing, NoDeskForOrders, NumberInvalid, NumberTaken, StateRefused
from yinuo.orders.events import OrderAssigned, OrderChanged, OrderConfirmed, OrderMade, OrderStateChanged, OrderTold
from yinuo.orders.models import Order, OrderLine
from yinuo.orders.queries import desk_for_orders
from yinuo.orders.services.ground import amount_of, locked, locked_open, past, put, tell
from yinuo.orders.states import ENDED, OrderState, may_follow
from yinuo.staff.models import Account, Team

NUMBER = re.compile(r"[A-Z0-9][A-Z0-9_-]{0,39}")
SCENARIO = "order"
Line = tuple[Product | None, str, Any, Any]
"""Product of the catalogue or none, model in words, quantity, price of one."""


def clean_number(number: str) -> str:
    """Capitals throughout, as people say it. Raises `NumberInvalid`."""
    cleaned = number.strip().upper()
    if not NUMBER.fullmatch(cleaned):
        raise NumberInvalid(number=number.strip()[:60])
    return cleaned


@service
def make_order(
    *,
    customer: Customer,
    lines: Iterable[Line],
    placed_at: datetime,
    by: Actor,
    now: datetime,
    number: str = "",
    source: str = "desk",
    team: Team | None = None,
    owner: Account | None = None,
    **fields: Any,
) -> Order:
    """Without a number of the shop's it takes the next of ours (DD, date, serial). Raises `NumberTaken`,
    `NumberInvalid`, `LinesMissing`, `AmountInvalid`, `NoDeskForOrders`, `InFuture`."""
    lines = list(lines)
    if not lines:
        raise LinesMissing
    team = team or desk_for_orders()
    if team is None:
        raise NoDeskForOrders
    number = clean_number(number) if number else next_number(scenarios_in_force()[SCENARIO].prefix, now)
    if Order.objects.filter(number=number).exists():
        raise NumberTaken(number=number)
    fields["amount"] = amount_of(fields.get("amount", 0))
    order = Order(
        number=number, source=source, customer=customer, team=team, owner=owner, placed_at=past(placed_at, now),
        updated_at=now, **fields,
    )  # fmt: skip
    order.save(force_insert=True)
    write_lines(order, lines)
    tell(OrderMade(number, source, order.state), order, by=by, at=now)
    touch("orders")
    return order


def write_lines(order: Order, lines: Iterable[Line]) -> bool:
    """Puts these lines in the place of those that are there; whether anything differs. Raises `AmountInvalid`."""
    wanted = [
        (
            position,
            product.id if product else None,
            text,
            amount_of(quantity),
            None if price is None else amount_of(price),
        )
        for position, (product, text, quantity, price) in enumerate(lines, 1)
    ]
    columns = ("position", "product_id", "model_text", "quantity", "price")
    if wanted == list(OrderLine.objects.filter(order=order).order_by("position").values_list(*columns)):
        return False
    OrderLine.objects.filter(order=order).delete()
    OrderLine.objects.bulk_create(OrderLine(order=order, **dict(zip(columns, row, strict=True))) for row in wanted)
    return True


@service
def change_order(
    *, order: Order, by: Actor, now: datetime, version: int | None = None, lines: Iterable[Line] | None = None,
    **fields: Any,
) -> Order:  # fmt: skip
    """Sets what is given (amount, currency, payment_state, address, note, source); no fact where nothing differs.
    Raises `Changed` on a stale `version`, `OrderEnded`, `LinesMissing`, `AmountInvalid`."""
    row = locked_open(order.id, version)
    if "amount" in fields:
        fields["amount"] = amount_of(fields["amount"])
    changes = {name: value for name, value in fields.items() if getattr(row, name) != value}
    changed = set(changes)
    if lines is not None:
        lines = list(lines)
        if not lines:
            raise LinesMissing
        if write_lines(row, lines):
            changed.add("lines")
    if changed:
        put(row, now, **changes)
        tell(OrderChanged(tuple(sorted(changed))), row, by=by, at=now)
    return row


@service
def set_state(
    *, order: Order, state: str, by: Actor, now: datetime, at: datetime | None = None, version: int | None = None
) -> Order:
    """How far the order is, since `at` (else since now); nothing where it stands so already. Raises `StateRefused` for
    what cannot follow, `Changed`, `InFuture`."""
    row = locked(order.id, version)
    if row.state == state:
        return row
    if not may_follow(row.state, state):
        raise StateRefused(state=OrderState(row.state).label, to=OrderState(state).label)
    turn(row, state, by=by, now=now, at=past(at or now, now))
    return row


def turn(row: Order, state: str, *, by: Actor, now: datetime, at: datetime) -> None:
    """Carries out a change of state that is allowed."""
    was = row.state
    changes: dict[str, Any] = {"state": state}
    if state == OrderState.EXCEPTION:
        changes["before_exception"] = was
    if state in (OrderState.SIGNED, OrderState.COMPLETED) and row.signed_at is None:
        changes["signed_at"] = at
    if state in ENDED:
        changes |= {"is_open": False, "ended_at": at}
    put(row, now, **changes)
    tell(OrderStateChanged(state, was), row, by=by, at=at)


@service
def confirm_order(*, order: Order, by: Actor, now: datetime, at: datetime | None = None) -> Order:
    """Checked (customer, model, quantity, payment, address) and confirmed by the customer; from now on the customer
    is owed number and key facts (R-OR-1)."""
    row = locked_open(order.id)
    if row.confirmed_at is None:
        at = past(at or now, now)
        put(row, now, confirmed_at=at)
        tell(OrderConfirmed(at), row, by=by, at=at)
    return row


@service
def tell_order(*, order: Order, way: str, by: Actor, now: datetime) -> Order:
    """The customer was told number and key facts."""
    row = locked_open(order.id)
    put(row, now, told_at=now)
    tell(OrderTold(way), row, by=by, at=now)
    return row


@service
def assign_order(
    *, order: Order, owner: Account | None, by: Actor, now: datetime, team: Team | None = None,
    version: int | None = None,
) -> Order:  # fmt: skip
    """Gives the order to a person, or with None back to the team. Raises `Changed`, `OrderEnded`."""
    row = locked_open(order.id, version)
    team_id: UUID = team.id if team else row.team_id
    owner_id = owner.id if owner else None
    if (row.team_id, row.owner_id) != (team_id, owner_id):
        put(row, now, team_id=team_id, owner_id=owner_id)
        tell(OrderAssigned(team_id, owner_id), row, by=by, at=now)
    return row
