"""Customers of the token's queues."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from yinuo.api.needs import Token
from yinuo.api.operations.common import READING, WRITING, answer, answers, grant_in
from yinuo.api.schemas import Customer, Reason
from yinuo.api.shown import customer_values
from yinuo.customers.models import Customer as CustomerRow
from yinuo.customers.queries import customer, identities_of
from yinuo.customers.services import show_identities
from yinuo.foundation.clock import now
from yinuo.foundation.errors import Missing
from yinuo.staff.scopes import Scope
from yinuo.tickets.walks import has_ticket_in

router = Router(tags=["customers"])


def _seen(request: HttpRequest, id: UUID) -> CustomerRow:
    """Raises `Missing` where the customer has no ticket in the token's queues."""
    grant = grant_in(request)
    row = customer(id)
    if row is None or not (grant.every_queue or has_ticket_in(row.id, grant.team_ids)):
        raise Missing
    return row


@router.get(
    "/customers/{uuid:id}",
    auth=Token(Scope.READ_CUSTOMERS),
    response=answers(200, Customer, READING),
    operation_id="get_customer",
    summary="A customer",
)
def get_customer(request: HttpRequest, id: UUID) -> HttpResponse:
    """The file of a customer who has a ticket in the token's queues, contacts masked. Of a merged file: the one that it
    went into. Scope: customers:read."""
    row = _seen(request, id)
    return answer(customer_values(row, identities_of(row.id)))


@router.post(
    "/customers/{uuid:id}/reveal",
    auth=Token(Scope.READ_PERSONAL),
    response=answers(200, Customer, WRITING),
    operation_id="reveal_customer",
    summary="A customer with contacts unmasked",
)
def reveal_customer(request: HttpRequest, id: UUID, body: Reason) -> HttpResponse:
    """Who looked, when and why is kept in the history. Scopes: personal:read and customers:read."""
    grant = grant_in(request)
    grant.require(Scope.READ_CUSTOMERS)
    row = _seen(request, id)
    identities = show_identities(customer_id=row.id, reason=body.reason, by=grant.actor, now=now())
    return answer(customer_values(row, identities, unmasked=True))
