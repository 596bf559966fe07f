"""The customer's secret link kept usable: what a mail carries opens for a while yet."""

from datetime import datetime, timedelta

from yinuo.foundation.actors import Actor
from yinuo.foundation.events import record
from yinuo.foundation.work import service
from yinuo.tickets.events import LinkMade
from yinuo.tickets.links import VALID, give_link
from yinuo.tickets.models import Ticket

AT_LEAST = timedelta(days=30)


@service
def keep_link(*, ticket: Ticket, by: Actor, now: datetime) -> None:
    """Gives the ticket a new link where it has none that is valid, and a longer life to one that ends within 30 days:
    links in earlier mails go on working. An expired one stays dead."""
    if _holds(ticket, now):
        return
    locked = Ticket.objects.select_for_update().get(id=ticket.id)
    if _holds(locked, now):
        return
    until = locked.link_expires_at
    anew = until is None or until < now or not locked.link_hash
    if anew:
        give_link(locked, now)
    else:
        locked.link_expires_at = now + VALID
    locked.save(update_fields=["link_salt", "link_hash", "link_expires_at"])
    ticket.link_salt, ticket.link_hash = locked.link_salt, locked.link_hash
    ticket.link_expires_at = locked.link_expires_at
    record(
        LinkMade(locked.link_expires_at, anew),
        by=by, at=now, subject=("ticket", ticket.id), ticket_id=ticket.id, customer_id=ticket.customer_id,
    )  # fmt: skip


def _holds(ticket: Ticket, now: datetime) -> bool:
    return ticket.link_expires_at is not None and ticket.link_expires_at >= now + AT_LEAST
