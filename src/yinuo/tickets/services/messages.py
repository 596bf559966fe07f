"""Messages: appended, never changed, never in conflict with each other."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F

from yinuo.customers.models import Customer
from yinuo.customers.queries import address_of
from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import Missing
from yinuo.foundation.events import record
from yinuo.foundation.files import keep_file
from yinuo.foundation.live import touch
from yinuo.foundation.rows import flush, insert, new
from yinuo.foundation.work import service
from yinuo.tickets.errors import EmptyMessage, NoAddress, TicketClosed
from yinuo.tickets.events import AgentReplied, CustomerWrote, MessageQueued, MessageStateChanged, NoteAdded
from yinuo.tickets.models import Attachment, Direction, Message, MessageState, Status, Ticket
from yinuo.tickets.services.following import follow_silently


@dataclass(frozen=True)
class NewFile:
    """A file that comes with a message."""

    filename: str
    content: bytes
    content_type: str = "application/octet-stream"
    content_id: str = ""
    inline: bool = False


@service
def add_inbound_message(
    *,
    ticket: Ticket,
    customer: Customer | None,
    channel: str,
    text: str,
    by: Actor,
    at: datetime,
    now: datetime,
    full_text: str = "",
    html: str = "",
    envelope: dict[str, Any] | None = None,
    files: Iterable[NewFile] = (),
    contact_id: UUID | None = None,
    unverified: bool = False,
    first: bool = False,
) -> Message:
    """What a customer wrote. `at` is when it arrived. An unverified message moves nothing but is shown."""
    was = ticket.status
    message = new(
        Message,
        ticket=ticket,
        direction=Direction.IN,
        channel=channel,
        customer=customer,
        text=text,
        full_text="" if full_text == text else full_text,
        html=keep_file(html.encode("utf-8", "surrogatepass"), content_type="text/html", now=now) if html else None,
        envelope=envelope or {},
        unverified=unverified,
        contact_id=contact_id,
        at=at,
        state=MessageState.RECEIVED,
        state_at=now,
    )
    insert(message)
    _attach(message, files, now)
    change(ticket, updated_at=now, **({} if unverified else {"last_customer_at": at}))
    record(
        CustomerWrote(message.id, channel, first, unverified, was),
        by=by, at=at, subject=("message", message.id), ticket_id=ticket.id, customer_id=ticket.customer_id,
    )  # fmt: skip
    _touch(ticket)
    return message


@service
def reply(
    *,
    ticket: Ticket,
    account_id: UUID | None,
    text: str,
    by: Actor,
    now: datetime,
    cc: Iterable[str] = (),
    to: Iterable[str] = (),
    files: Iterable[NewFile] = (),
) -> Message:
    """An answer by the ticket's channel, an agent's or, without an account, a program's. Raises `EmptyMessage`,
    `NoAddress`, `TicketClosed`."""
    files = list(files)
    if not text.strip() and not files:
        raise EmptyMessage
    if ticket.status == Status.CLOSED:
        raise TicketClosed
    recipients = list(to) or [address for address in [reply_address(ticket)] if address]
    if not recipients:
        raise NoAddress
    message = _queue(
        ticket, text=text, account_id=account_id, envelope={"to": recipients, "cc": list(cc)}, template="", now=now
    )
    _attach(message, files, now)
    note_first_answer(ticket=ticket, now=now)
    record(
        AgentReplied(message.id, message.channel),
        by=by, at=now, subject=("message", message.id), ticket_id=ticket.id, customer_id=ticket.customer_id,
    )  # fmt: skip
    _queued(message, ticket, by, now)
    return message


def reply_address(ticket: Ticket, messages: Iterable[Message] | None = None) -> str:
    """Where the customer last wrote from (their Reply-To), else where we wrote to, else the first address of the
    file. `messages`: the conversation, where it has been read already."""
    if messages is None:
        messages = Message.objects.filter(ticket=ticket).exclude(direction=Direction.INTERNAL).order_by("at", "id")
    ours = ""
    for message in reversed(list(messages)):
        if message.direction == Direction.IN and not message.unverified:
            for field in ("reply_to", "from"):
                if message.envelope.get(field):
                    return str(message.envelope[field])
        elif message.direction == Direction.OUT and message.account_id and message.envelope.get("to"):
            ours = ours or str(message.envelope["to"][0])
    return ours or address_of(ticket.customer_id)


def _queue(
    ticket: Ticket, *, text: str, account_id: UUID | None, envelope: dict[str, Any], template: str, now: datetime
) -> Message:
    message = Message(
        ticket=ticket,
        direction=Direction.OUT,
        channel="email",
        account_id=account_id,
        text=text.strip(),
        envelope=envelope,
        template=template,
        at=now,
        state=MessageState.QUEUED,
        state_at=now,
    )
    insert(message)
    change(ticket, updated_at=now)
    return message


def _queued(message: Message, ticket: Ticket, by: Actor, now: datetime) -> None:
    record(
        MessageQueued(message.id, message.channel, message.template),
        by=by, at=now, subject=("message", message.id), ticket_id=ticket.id, customer_id=ticket.customer_id,
    )  # fmt: skip
    _touch(ticket)


def _attach(message: Message, files: Iterable[NewFile], now: datetime) -> None:
    for file in files:
        stored = keep_file(file.content, content_type=file.content_type, now=now)
        attachment = Attachment(
            message=message,
            file=stored,
            filename=file.filename,
            content_type=file.content_type,
            size=len(file.content),
            content_id=file.content_id,
            inline=file.inline,
        )
        insert(attachment)


@service
def add_note(
    *,
    ticket: Ticket,
    account_id: UUID | None,
    text: str,
    by: Actor,
    now: datetime,
    mentioned: Iterable[UUID] = (),
    files: Iterable[NewFile] = (),
) -> Message:
    """An internal note; who is mentioned follows the ticket from now on."""
    files = list(files)
    if not text.strip() and not files:
        raise EmptyMessage
    message = Message(
        ticket=ticket,
        direction=Direction.INTERNAL,
        channel="note",
        account_id=account_id,
        text=text.strip(),
        at=now,
        state=MessageState.RECEIVED,
        state_at=now,
    )
    insert(message)
    _attach(message, files, now)
    flush()
    mentioned = tuple(dict.fromkeys(mentioned))
    follow_silently(ticket=ticket, accounts=mentioned, reason="mentioned", now=now)
    Ticket.objects.filter(id=ticket.id).update(updated_at=now)
    record(
        NoteAdded(message.id, mentioned),
        by=by, at=now, subject=("message", message.id), ticket_id=ticket.id, customer_id=ticket.customer_id,
    )  # fmt: skip
    _touch(ticket)
    return message


@service
def mark_message(*, message_id: UUID, state: MessageState, reason: str, by: Actor, now: datetime) -> None:
    """What became of an outgoing message; no fact where it stands so already. Raises `Missing`."""
    if not mark_messages(message_ids=[message_id], state=state, reason=reason, by=by, now=now):
        raise Missing


@service
def mark_messages(*, message_ids: Collection[UUID], state: MessageState, reason: str, by: Actor, now: datetime) -> int:
    """What became of several outgoing messages; how many of them there are."""
    messages = Message.objects.select_for_update(of=("self",)).filter(id__in=message_ids).order_by("id")
    found = list(
        messages.values_list(
            "id", "state", "state_reason", "ticket_id", "ticket__customer_id", "ticket__team_id", "ticket__owner_id"
        )
    )
    changed = [row for row in found if (row[1], row[2]) != (state, reason)]
    Message.objects.filter(id__in=[id for id, *_ in changed]).update(state=state, state_at=now, state_reason=reason)
    for id, _state, _reason, ticket_id, customer_id, team_id, owner_id in changed:
        record(
            MessageStateChanged(id, state.value, reason),
            by=by, at=now, subject=("message", id), ticket_id=ticket_id, customer_id=customer_id,
        )  # fmt: skip
        _touch_all(ticket_id, team_id, owner_id)
    return len(found)


@service
def send_again(*, message: Message, by: Actor, now: datetime) -> None:
    """Queues a failed, bounced or held message once more, under the same Message-ID."""
    changed = Message.objects.filter(
        id=message.id, state__in=[MessageState.FAILED, MessageState.BOUNCED, MessageState.HELD]
    ).update(state=MessageState.QUEUED, state_at=now, state_reason="")
    if changed:
        _queued(message, message.ticket, by, now)


def _touch(ticket: Ticket) -> None:
    _touch_all(ticket.id, ticket.team_id, ticket.owner_id)


def _touch_all(ticket_id: UUID, team_id: UUID, owner_id: UUID | None) -> None:
    topics = [f"ticket:{ticket_id}", f"team:{team_id}"]
    if owner_id:
        topics.append(f"account:{owner_id}")
    touch(*topics)


def change(ticket: Ticket, **changes: Any) -> None:
    """Sets columns that are no field of a form: no version is raised."""
    for name, value in changes.items():
        setattr(ticket, name, value)
    if not ticket._state.adding:
        Ticket.objects.filter(id=ticket.id).update(**changes)


def bump(ticket: Ticket, version: int | None, **changes: Any) -> bool:
    """Writes changed columns and raises the version, in the instance too; false where `version` is stale (None: no
    guard). A new ticket is changed in the instance alone: its row is yet to be written."""
    if ticket._state.adding:
        change(ticket, version=ticket.version + 1, **changes)
        return True
    rows = Ticket.objects.filter(id=ticket.id)
    if version is not None:
        rows = rows.filter(version=version)
    if not rows.update(version=F("version") + 1, **changes):
        return False
    ticket.refresh_from_db(fields=["version", *changes])
    return True


@service
def note_first_answer(*, ticket: Ticket, now: datetime) -> None:
    """The customer is answered, in writing or by word of mouth. Of two first answers at the same moment the first
    stays."""
    if ticket.first_answered_at is None:
        if not ticket._state.adding:
            unanswered = Ticket.objects.filter(id=ticket.id, first_answered_at__isnull=True)
            unanswered.update(first_answered_at=now)
        ticket.first_answered_at = now
