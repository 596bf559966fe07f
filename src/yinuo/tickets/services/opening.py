"""The row of a new ticket, collected (`foundation.rows`): its opener still changes it before it is written."""

from datetime import datetime
from typing import Any

from yinuo.foundation.actors import Actor
from yinuo.foundation.events import record
from yinuo.foundation.live import touch
from yinuo.foundation.numbers import next_number
from yinuo.foundation.rows import insert, new
from yinuo.foundation.work import service
from yinuo.tickets.events import TicketOpened
from yinuo.tickets.links import give_link
from yinuo.tickets.models import Ticket


@service
def create_ticket(*, prefix: str, by: Actor, now: datetime, opened_at: datetime, **fields: Any) -> Ticket:
    """`fields` are columns of `Ticket`; `opened_at` is when the contact arrived, from which promises count."""
    ticket = new(Ticket, number=next_number(prefix, opened_at), opened_at=opened_at, updated_at=now, **fields)
    give_link(ticket, now)
    insert(ticket)
    record(
        TicketOpened(
            number=ticket.number,
            scenario=ticket.scenario,
            ticket_class=ticket.ticket_class,
            category=ticket.category.code if ticket.category else "",
            category_source=ticket.category_source,
            priority=ticket.priority,
            urgency=ticket.urgency,
            impact=ticket.impact,
            team_id=ticket.team_id,
            channel=ticket.channel,
        ),
        by=by, at=opened_at, subject=("ticket", ticket.id), ticket_id=ticket.id, customer_id=ticket.customer_id,
    )  # fmt: skip
    touch(f"team:{ticket.team_id}", f"ticket:{ticket.id}")
    return ticket
