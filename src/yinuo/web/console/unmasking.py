"""Masked contact data shown to one person, for one ticket, for a while, with a recorded reason (R-SE-1)."""

from datetime import datetime, timedelta

from django.http import HttpRequest

from yinuo.foundation.clock import now
from yinuo.staff.permissions import Viewer
from yinuo.staff.rights import Right
from yinuo.tickets.models import Ticket

SHOWN_FOR = timedelta(minutes=30)
KEY = "unmasked"


def is_unmasked(request: HttpRequest, viewer: Viewer, ticket: Ticket) -> bool:
    """Whether this person has asked, with a reason, to see this ticket's contact data, not long ago."""
    until = request.session.get(KEY, {}).get(str(ticket.id))
    return bool(until) and viewer.has(Right.SEE_PERSONAL) and datetime.fromisoformat(until) > now()


def unmask(request: HttpRequest, ticket: Ticket) -> None:
    """From now on for half an hour, in this log-in only."""
    at = now()
    kept = {key: until for key, until in request.session.get(KEY, {}).items() if datetime.fromisoformat(until) > at}
    request.session[KEY] = kept | {str(ticket.id): (at + SHOWN_FOR).isoformat()}
