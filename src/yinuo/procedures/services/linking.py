"""The secret link sent anew to somebody who names a ticket and the address used for it (R-EN-4)."""

from datetime import datetime

from yinuo.customers.models import IdentityKind
from yinuo.customers.queries import identity_with
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import record
from yinuo.foundation.work import service
from yinuo.procedures.events import MessageWanted
from yinuo.tickets.events import LinkAsked
from yinuo.tickets.models import Ticket


@service
def send_link_again(*, number: str, address: str, by: Actor, now: datetime) -> bool:
    """Mails the link to `address` where that is an address of the ticket's customer; whether it was. Whoever asked is
    told the same either way."""
    ticket = Ticket.objects.filter(number=number.strip().upper()).first()
    identity = identity_with(IdentityKind.EMAIL, address)
    if ticket is None or identity is None or identity.customer_id != ticket.customer_id:
        return False
    circumstances = {
        "by": by,
        "at": now,
        "subject": ("ticket", ticket.id),
        "ticket_id": ticket.id,
        "customer_id": ticket.customer_id,
    }
    record(LinkAsked(identity.id), **circumstances)
    record(MessageWanted("link_again", "customer", {"identity": str(identity.id)}), **circumstances)
    return True
