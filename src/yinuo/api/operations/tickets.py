"""Tickets: opened, read, answered."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from yinuo.api.bodies import LARGE_BYTES
from yinuo.api.errors import NoQueueLeft
from yinuo.api.grants import Grant
from yinuo.api.needs import Token
from yinuo.api.once import once
from yinuo.api.operations.common import (
    PAGED,
    READING,
    WRITING,
    After,
    Key,
    Limit,
    State,
    answer,
    answers,
    grant_in,
    made,
)
from yinuo.api.schemas import (
    DeadlineList,
    MadeMessage,
    MadeTicket,
    MessagePage,
    NewMessage,
    NewTicket,
    Reason,
    RevealedTicket,
    Ticket,
    TicketPage,
)
from yinuo.api.shown import deadline_values, message_values, ticket_values
from yinuo.channels.errors import QueueUnknown
from yinuo.channels.services.posting import Post, receive_post
from yinuo.customers.errors import IdentityInvalid
from yinuo.customers.models import IdentityKind
from yinuo.customers.services import show_personal
from yinuo.foundation.clock import now
from yinuo.foundation.encryption import blind_index
from yinuo.foundation.errors import Missing
from yinuo.foundation.ids import new_id
from yinuo.foundation.numbers import is_number
from yinuo.sla.queries import promises_of
from yinuo.staff.scopes import Scope
from yinuo.tickets import walks
from yinuo.tickets.services import add_note, reply
from yinuo.tickets.walks import Row

router = Router(tags=["tickets"])


@router.post(
    "/tickets",
    auth=Token(Scope.CREATE_TICKETS, most_bytes=LARGE_BYTES),
    response=answers(201, MadeTicket, WRITING),
    operation_id="create_ticket",
    summary="Open a ticket",
)
def create_ticket(request: HttpRequest, body: NewTicket, key: Key = "") -> HttpResponse:
    """What a customer wants becomes a ticket, with everything that a mail would set in motion: class, priority,
    queue, procedure, promises, acknowledgement. Scope: tickets:create."""
    grant = grant_in(request)
    post = Post(
        channel="api",
        subject=body.subject,
        text=body.text,
        identity_kind=IdentityKind(body.customer.kind),
        address=body.customer.value,
        name=body.customer.name,
        category=body.category or "",
        urgency=body.urgency or "",
        team=_queue_for(grant, body.queue or ""),
        language=body.language or "",
        files=body.new_files,
    )
    try:
        posted = receive_post(
            post=post,
            source_key=f"api:{grant.token_id}:{_kept(key) if key else new_id()}",
            raw=request.body,
            by=grant.actor,
            now=now(),
        )
    except IdentityInvalid as error:
        error.fields = {"customer.value": str(error)}
        raise
    values = {"id": str(posted.ticket_id), "number": posted.number}
    return made(values, f"/api/v1/tickets/{posted.number}", fresh=posted.fresh)


def _kept(key: str) -> str:
    """A program's key as it is kept: some make theirs of a customer's number."""
    return blind_index("api-key", key).hex()


def _queue_for(grant: Grant, asked: str) -> str:
    """Where a new ticket begins; empty: where routing puts it. A token for certain queues files into these alone."""
    if asked:
        if asked not in grant.queues:
            error = QueueUnknown(code=asked)
            error.fields = {"queue": str(error)}
            raise error
        return asked
    if grant.every_queue:
        return ""
    first = next(iter(grant.queues), None)
    if first is None:
        raise NoQueueLeft
    return first


def seen(request: HttpRequest, number: str) -> Row:
    """The ticket, if it is in one of the token's queues. Raises `Missing`."""
    row = walks.ticket_row(number.upper()) if is_number(number) else None
    if row is None or not grant_in(request).sees(row["team_id"]):
        raise Missing
    return row


@router.get(
    "/tickets/{number}",
    auth=Token(Scope.READ_TICKETS),
    response=answers(200, Ticket, READING),
    operation_id="get_ticket",
    summary="A ticket",
)
def get_ticket(request: HttpRequest, number: str) -> HttpResponse:
    """A ticket of the token's queues; any other is not there. Scope: tickets:read."""
    return answer(ticket_values(seen(request, number)))


@router.get(
    "/queues/{code}/tickets",
    auth=Token(Scope.READ_TICKETS, query=PAGED | {"state"}),
    response=answers(200, TicketPage, READING),
    operation_id="list_tickets",
    summary="Tickets of a queue",
)
def list_tickets(
    request: HttpRequest, code: str, state: State = "open", after: After = "", limit: Limit = 50
) -> HttpResponse:
    """Page by page: send “next” as `after` until it is null. Scope: tickets:read."""
    team_id = grant_in(request).queue_id(code)
    page = (walks.open_tickets if state == "open" else walks.all_tickets)(team_id, after, limit)
    return answer({"items": [ticket_values(row) for row in page.rows], "next": page.after})


@router.get(
    "/tickets/{number}/messages",
    auth=Token(Scope.READ_TICKETS, query=PAGED),
    response=answers(200, MessagePage, READING),
    operation_id="list_messages",
    summary="The conversation of a ticket",
)
def list_messages(request: HttpRequest, number: str, after: After = "", limit: Limit = 50) -> HttpResponse:
    """Oldest first, notes of colleagues too, page by page. Scope: tickets:read."""
    page = walks.messages(seen(request, number)["id"], after, limit)
    return answer({"items": [message_values(message) for message in page.rows], "next": page.after})


@router.post(
    "/tickets/{number}/messages",
    auth=Token(Scope.WRITE_TICKETS, most_bytes=LARGE_BYTES),
    response=answers(201, MadeMessage, WRITING),
    operation_id="create_message",
    summary="Answer the customer, or note something",
)
def create_message(request: HttpRequest, number: str, body: NewMessage, key: Key = "") -> HttpResponse:
    """A reply goes out by mail and counts as the answer that was promised; a note stays among colleagues. Scope:
    tickets:write."""
    grant, row, moment = grant_in(request), seen(request, number), now()

    def write() -> UUID:
        ticket = walks.ticket_with(row["id"])
        send = reply if body.kind == "reply" else add_note
        return send(ticket=ticket, account_id=None, text=body.text, files=body.new_files, by=grant.actor, now=moment).id

    done = once(grant.token_id, key, request.path, request.body, write, moment)
    values = {"id": done.made, "kind": body.kind}
    return made(values, f"/api/v1/tickets/{row['number']}/messages", fresh=done.fresh)


@router.get(
    "/tickets/{number}/deadlines",
    auth=Token(Scope.READ_TICKETS),
    response=answers(200, DeadlineList, READING),
    operation_id="list_deadlines",
    summary="The promises of a ticket",
)
def list_deadlines(request: HttpRequest, number: str) -> HttpResponse:
    """Running ones first. Scope: tickets:read."""
    return answer({"items": [deadline_values(row) for row in promises_of(seen(request, number)["id"]).answer()]})


@router.post(
    "/tickets/{number}/reveal",
    auth=Token(Scope.READ_PERSONAL, query=PAGED),
    response=answers(200, RevealedTicket, WRITING),
    operation_id="reveal_ticket",
    summary="Subject and conversation unmasked",
)
def reveal_ticket(
    request: HttpRequest, number: str, body: Reason, after: After = "", limit: Limit = 50
) -> HttpResponse:
    """Who looked, when and why is kept in the history. Scopes: personal:read and tickets:read."""
    grant = grant_in(request)
    grant.require(Scope.READ_TICKETS)
    row = seen(request, number)
    page = walks.messages(row["id"], after, limit)
    show_personal(customer_id=row["customer_id"], ticket_id=row["id"], reason=body.reason, by=grant.actor, now=now())
    items = [message_values(message, unmasked=True) for message in page.rows]
    return answer({"subject": row["subject"], "items": items, "next": page.after})
