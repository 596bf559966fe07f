"""Orders, as a shop or ERP tells of them (R-OR-3)."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Path, Router

from yinuo.api.bodies import LARGE_BYTES
from yinuo.api.errors import NoQueueLeft
from yinuo.api.grants import Grant
from yinuo.api.needs import Token
from yinuo.api.once import once
from yinuo.api.operations.common import READING, WRITING, Key, answer, answers, grant_in, made
from yinuo.api.order_schemas import Kind, MadeException, NewException, Order, PutMilestone, PutOrder
from yinuo.api.shown import instant
from yinuo.domain.redaction import mask_address
from yinuo.foundation.clock import now
from yinuo.foundation.errors import Missing
from yinuo.orders.models import Order as OrderRow
from yinuo.orders.queries import order_with, parts_of
from yinuo.orders.services import NewLine, NewMilestone, Told, report_exception, take_order
from yinuo.staff.models import Team
from yinuo.staff.queries import queues_of
from yinuo.staff.scopes import Scope

router = Router(tags=["orders"])
SOURCE = "api"
PUT_ANSWERS = {**answers(200, Order, WRITING), 201: Order}


def _seen(request: HttpRequest, number: str) -> OrderRow:
    """The order, if it is in one of the token's queues. Raises `Missing`."""
    row = order_with(number.strip().upper()[:60]) if "\0" not in number else None
    if row is None or not grant_in(request).sees(row.team_id):
        raise Missing
    return row


def _team_for(grant: Grant) -> Team | None:
    """Where a new order begins: the first of the token's queues, or with every queue the desk for orders."""
    if grant.every_queue:
        return None
    first = next(iter(grant.queues.values()), None)
    if first is None:
        raise NoQueueLeft
    return next(team for team in queues_of([first]) if team.id == first)


@router.put(
    "/orders/{order}",
    auth=Token(Scope.WRITE_ORDERS, most_bytes=LARGE_BYTES),
    response=PUT_ANSWERS,
    operation_id="put_order",
    summary="Make an order, or bring it up to date",
)
def put_order(request: HttpRequest, order: str, body: PutOrder) -> HttpResponse:
    """By the shop's own number; sent again it changes nothing. All of it is taken, or nothing. Scope: orders:write."""
    grant = grant_in(request)
    known = order_with(order.strip().upper()[:60]) if "\0" not in order else None
    if known is not None and not grant.sees(known.team_id):
        raise Missing
    lines = [NewLine(line.model, line.quantity, line.price) for line in body.lines or ()]
    milestones = [
        NewMilestone(one.kind, one.planned_at, one.actual_at, _label(one), one.reason) for one in body.milestones
    ]
    told = Told(
        number=order,
        identity=(body.customer.kind, body.customer.value) if body.customer else None,
        name=body.customer.name if body.customer else "",
        placed_at=body.placed_at,
        amount=body.amount,
        currency=body.currency,
        payment_state=body.payment_state,
        state=body.state,
        state_at=body.state_at,
        confirmed_at=body.confirmed_at,
        address=body.address,
        owner=body.owner,
        lines=lines,
        milestones=milestones,
    )
    taken = take_order(told=told, source=SOURCE, team=None if known else _team_for(grant), by=grant.actor, now=now())
    return answer(_values(_seen(request, taken.order.number)), 201 if taken.made else 200)


def _label(one: Any) -> str:
    return one.label if one.kind == "other" else ""


@router.get(
    "/orders/{order}",
    auth=Token(Scope.READ_ORDERS),
    response=answers(200, Order, READING),
    operation_id="get_order",
    summary="An order",
)
def get_order(request: HttpRequest, order: str) -> HttpResponse:
    """An order of the token's queues; any other is not there. Scope: orders:read."""
    return answer(_values(_seen(request, order)))


@router.put(
    "/orders/{order}/milestones/{kind}",
    auth=Token(Scope.WRITE_ORDERS),
    response=answers(200, Order, WRITING),
    operation_id="put_milestone",
    summary="Plan, move or reach a milestone",
)
def put_milestone(request: HttpRequest, order: str, body: PutMilestone, kind: Path[Kind]) -> HttpResponse:
    """A later date is a delay: the promise to tell the customer in time runs from here. Scope: orders:write."""
    row, label = _seen(request, order), body.label if kind == "other" else ""
    milestone = NewMilestone(kind, body.planned_at, body.actual_at, label, body.reason)
    told = Told(number=row.number, milestones=[milestone])
    take_order(told=told, source=SOURCE, by=grant_in(request).actor, now=now())
    return answer(_values(_seen(request, row.number)))


@router.post(
    "/orders/{order}/exceptions",
    auth=Token(Scope.WRITE_ORDERS),
    response=answers(201, MadeException, WRITING),
    operation_id="create_exception",
    summary="Report an exception of an order",
)
def create_exception(request: HttpRequest, order: str, body: NewException, key: Key = "") -> HttpResponse:
    """No stock, a wrong address, changed details: the order stands still until the customer was told the result.
    Scope: orders:write."""
    grant, row, moment = grant_in(request), _seen(request, order), now()

    def write() -> UUID:
        found_at = body.found_at or moment
        return report_exception(
            order=row, kind=body.kind, note=body.note, found_at=found_at, by=grant.actor, now=moment
        ).id

    done = once(grant.token_id, key, request.path, request.body, write, moment)
    return made({"id": done.made}, f"/api/v1/orders/{row.number}", fresh=done.fresh)


def _values(row: OrderRow) -> dict[str, Any]:
    parts = parts_of(row)
    return {
        "id": str(row.id),
        "number": row.number,
        "source": row.source,
        "state": row.state,
        "payment_state": row.payment_state,
        "amount": f"{row.amount:.2f}",
        "currency": row.currency,
        "queue": row.team.code,
        "owner": {"id": str(row.owner.id), "name": row.owner.name} if row.owner else None,
        "customer": {"id": str(row.customer_id), "name": row.customer.name},
        "address": mask_address(row.address),
        "placed_at": instant(row.placed_at),
        "confirmed_at": instant(row.confirmed_at),
        "signed_at": instant(row.signed_at),
        "updated_at": instant(row.updated_at),
        "lines": [
            {
                "model": line.model_text,
                "product": line.product.code if line.product else None,
                "quantity": f"{line.quantity:.2f}",
                "price": None if line.price is None else f"{line.price:.2f}",
            }
            for line in parts.lines
        ],
        "milestones": [
            {
                "id": str(one.id),
                "kind": one.kind,
                "label": one.label,
                "planned_at": instant(one.planned_at),
                "first_planned_at": instant(one.first_planned_at),
                "moved": one.moved,
                "actual_at": instant(one.actual_at),
                "announced_at": instant(one.announced_at),
                "delay_told_at": instant(one.delay_told_at),
            }
            for one in parts.milestones
        ],
        "exceptions": [
            {
                "id": str(one.id),
                "kind": one.kind,
                "found_at": instant(one.found_at),
                "option": one.option or None,
                "told_at": instant(one.told_at),
            }
            for one in parts.exceptions
        ],
        "version": row.version,
    }
