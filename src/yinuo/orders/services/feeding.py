"""Orders as a shop or ERP tells of them, by the interface or in a file: sent again, they change nothing (R-OR-3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext, gettext_noop

from yinuo.catalog.models import Product
from yinuo.customers.models import Customer
from yinuo.customers.queries import identity_with
from yinuo.customers.services import identify
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import record
from yinuo.foundation.ids import new_id
from yinuo.foundation.work import service
from yinuo.orders.errors import CustomerNeeded, CustomerOther, OwnerUnknown
from yinuo.orders.events import OrdersRead
from yinuo.orders.models import Milestone, Order
from yinuo.orders.services.making import (
    Line,
    assign_order,
    change_order,
    clean_number,
    confirm_order,
    make_order,
    set_state,
)
from yinuo.orders.services.milestones import move_milestone, plan_milestone, reach_milestone
from yinuo.orders.states import COURSE, OrderState
from yinuo.staff.models import Account, Team

MOVED = gettext_noop("the order system planned it anew")
"""The reason of a move that another program tells without one."""


@dataclass(frozen=True)
class NewLine:
    """`model` is a code or model of the catalogue, or any text."""

    model: str
    quantity: Decimal
    price: Decimal | None = None


@dataclass(frozen=True)
class NewMilestone:
    kind: str
    planned_at: datetime
    actual_at: datetime | None = None
    label: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Told:
    """What another program says of an order. None: it says nothing of that; what is here stays."""

    number: str
    identity: tuple[str, str] | None = None
    name: str = ""
    placed_at: datetime | None = None
    amount: Decimal | None = None
    currency: str | None = None
    payment_state: str | None = None
    state: str | None = None
    state_at: datetime | None = None
    confirmed_at: datetime | None = None
    address: str | None = None
    owner: str | None = None
    lines: Sequence[NewLine] = ()
    milestones: Sequence[NewMilestone] = ()


@dataclass(frozen=True)
class Taken:
    """What became of it."""

    order: Order
    made: bool
    changed: bool


@service
def take_order(*, told: Told, source: str, by: Actor, now: datetime, team: Team | None = None) -> Taken:
    """Makes the order of this number or brings it up to what is told; all of it, or nothing. Raises what the services
    of orders raise, `CustomerNeeded`, `CustomerOther`, `OwnerUnknown`, `IdentityInvalid`."""
    number = clean_number(told.number)
    order = Order.objects.select_for_update().filter(number=number).first()
    made = order is None
    before = 0 if order is None else order.version
    if order is None:
        order = make_order(
            number=number, source=source, customer=_customer(told, source, by, now), lines=_lines(told.lines),
            placed_at=told.placed_at or now, team=team, owner=_owner(told.owner), by=by, now=now, **_fields(told),
        )  # fmt: skip
    else:
        _same_customer(order, told)
        lines = _lines(told.lines) if told.lines else None
        if order.is_open:
            order = change_order(order=order, lines=lines, by=by, now=now, **_fields(told))
            if told.owner:
                order = assign_order(order=order, owner=_owner(told.owner), by=by, now=now)
    if told.confirmed_at and order.is_open:
        order = confirm_order(order=order, at=told.confirmed_at, by=by, now=now)
    if order.is_open:
        for milestone in told.milestones:
            _take_milestone(order, milestone, by, now)
    if told.state and _goes_on(order, told.state):
        order = set_state(order=order, state=told.state, at=told.state_at, by=by, now=now)
    order.refresh_from_db()
    return Taken(order, made, made or order.version != before)


def _goes_on(order: Order, state: str) -> bool:
    """While an exception is being settled here, a shop that still tells of the state before it does not end it."""
    settled = order.state == OrderState.EXCEPTION and state in COURSE
    behind = settled and COURSE.index(OrderState(state)) <= COURSE.index(
        OrderState(order.before_exception or COURSE[0])
    )
    return order.state != state and not behind


def _take_milestone(order: Order, told: NewMilestone, by: Actor, now: datetime) -> None:
    """Planned, moved or reached, as it is told; what was reached stays so."""
    known = Milestone.objects.filter(order=order, kind=told.kind, label=told.label.strip(), dropped_at__isnull=True)
    row = known.first()
    if row is None:
        row = plan_milestone(
            order=order, kind=told.kind, label=told.label, planned_at=told.planned_at, by=by, now=now,
            reached=told.actual_at is not None,
        )  # fmt: skip
    elif row.actual_at is None and told.actual_at is None:
        row = move_milestone(
            milestone=row, planned_at=told.planned_at, reason=told.reason or _said_by_itself(), by=by, now=now
        )
    if row.actual_at is None and told.actual_at is not None:
        reach_milestone(milestone=row, actual_at=told.actual_at, by=by, now=now)


def _said_by_itself() -> str:
    """In the language of the house: a customer may read it."""
    with translation.override(settings.LANGUAGE_CODE):
        return gettext(MOVED)


def _fields(told: Told) -> dict[str, object]:
    names = ("amount", "currency", "payment_state", "address")
    return {name: getattr(told, name) for name in names if getattr(told, name) is not None}


def _customer(told: Told, source: str, by: Actor, now: datetime) -> Customer:
    if told.identity is None:
        raise CustomerNeeded
    kind, value = told.identity
    customer, _made = identify(kind=kind, value=value, name=told.name or value, by=by, now=now, source=source)
    return customer


def _same_customer(order: Order, told: Told) -> None:
    """An order never changes hands by a feed: its number was used twice, or a digit is wrong."""
    if told.identity is None:
        return
    found = identity_with(*told.identity)
    if found is None or found.customer_id != order.customer_id:
        raise CustomerOther(number=order.number)


def _owner(username: str | None) -> Account | None:
    if not username:
        return None
    found = Account.objects.filter(username=username, is_active=True).first()
    if found is None:
        raise OwnerUnknown(name=username[:60])
    return found


def _lines(lines: Sequence[NewLine]) -> list[Line]:
    wanted = {line.model for line in lines}
    known = Product.objects.filter(Q(code__in=wanted) | Q(model__in=wanted))
    products = {name: product for product in known for name in (product.model, product.code) if name}
    return [(products.get(line.model), line.model, line.quantity, line.price) for line in lines]


@service
def note_read(*, made: int, changed: int, unchanged: int, refused: int, by: Actor, now: datetime) -> None:
    """That a file was read in, and what came of it."""
    record(OrdersRead(made, changed, unchanged, refused), by=by, at=now, subject=("orders", new_id()))
