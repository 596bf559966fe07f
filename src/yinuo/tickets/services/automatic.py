"""Messages that the house writes by itself to customers: many at once cost little more than one."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from yinuo.foundation.actors import Actor
from yinuo.foundation.rows import insert
from yinuo.foundation.work import service
from yinuo.tickets.models import Direction, Message, MessageState, Ticket
from yinuo.tickets.services.messages import _queued, reply_address


@dataclass(frozen=True)
class Automatic:
    """A filled-in template for the customer of `ticket`, to go to `to`; empty: where replies go."""

    ticket: Ticket
    template: str
    subject: str
    text: str
    to: str = ""


@service
def add_automatic_messages(*, messages: Sequence[Automatic], by: Actor, now: datetime) -> list[Message]:
    """Queues them; none where there is no address to write to."""
    conversations = _conversations({wanted.ticket.id for wanted in messages if not wanted.to})
    queued: dict[UUID, Ticket] = {}
    written = []
    for wanted in messages:
        ticket = wanted.ticket
        address = wanted.to or reply_address(ticket, conversations[ticket.id])
        if not address:
            continue
        message = Message(
            ticket=ticket,
            direction=Direction.OUT,
            channel="email",
            text=wanted.text.strip(),
            envelope={"to": [address], "cc": [], "subject": wanted.subject},
            template=wanted.template,
            at=now,
            state=MessageState.QUEUED,
            state_at=now,
        )
        insert(message)
        _queued(message, ticket, by, now)
        queued[ticket.id] = ticket
        written.append(message)
    Ticket.objects.filter(id__in=queued).update(updated_at=now)
    return written


def _conversations(ticket_ids: Iterable[UUID]) -> dict[UUID, list[Message]]:
    """What was written to and fro, by ticket, oldest first; only what addresses are found by."""
    found: dict[UUID, list[Message]] = defaultdict(list)
    messages = Message.objects.filter(ticket_id__in=list(ticket_ids)).exclude(direction=Direction.INTERNAL)
    for message in messages.only("ticket_id", "direction", "unverified", "envelope", "account_id").order_by("at", "id"):
        found[message.ticket_id].append(message)
    return found
