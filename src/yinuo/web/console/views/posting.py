"""Posts about a ticket: the form must be of this ticket, the person must be allowed, what became of it is said."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from yinuo.foundation.errors import ErrorKind, InvalidForm, YinuoError
from yinuo.tickets.models import Ticket
from yinuo.tickets.permissions import access_ticket, require_work
from yinuo.web.addresses import reverse
from yinuo.web.console.labels import Words
from yinuo.web.console.views.base import done, login_required, viewer, wants_fragment
from yinuo.web.once import once_of

TicketView = Callable[..., HttpResponse]


class WrongTicket(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "wrong_ticket"
    text = _("This form belongs to another ticket. Nothing was changed: reload the page and try again.")


def ticket_view(view: TicketView) -> TicketView:
    """`view(request, ticket, …)` for a number that the person may see."""

    @wraps(view)
    def call(request: HttpRequest, number: str, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, access_ticket(viewer(request), number), *args, **kwargs)

    return login_required(call)


def ticket_post(view: TicketView, *, work: bool = True) -> TicketView:
    """The same for a POST whose form names its ticket; `work`: only for who may work on it."""

    @wraps(view)
    def checked(request: HttpRequest, ticket: Ticket, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.POST.get("ticket") != ticket.number:
            raise WrongTicket
        if work:
            require_work(viewer(request), ticket)
        return view(request, ticket, *args, **kwargs)

    @wraps(view)
    def call(request: HttpRequest, number: str, *args: Any, **kwargs: Any) -> HttpResponse:
        if once_of(request, viewer(request).id).before is not None:  # before access: it may have given the ticket away
            return changed(request, number, _("This had arrived already; it was not sent twice."))
        return ticket_view(checked)(request, number, *args, **kwargs)

    return require_POST(login_required(call))


def ticket_post_by_watchers(view: TicketView) -> TicketView:
    """Also for who only follows the ticket: notes, following, looking at masked values."""
    return ticket_post(view, work=False)


def version_of(request: HttpRequest) -> int:
    """The version that the form was made with. Raises `InvalidForm` where it has none."""
    try:
        return int(request.POST.get("version", ""))
    except ValueError:
        raise InvalidForm from None


def changed(request: HttpRequest, ticket: Ticket | str, sentence: Words = "", *, close: bool = True) -> HttpResponse:
    """After a change: the page's live parts look again at once, and the sentence is said. `ticket`: or its number."""
    if not wants_fragment(request):
        number = ticket if isinstance(ticket, str) else ticket.number
        return done(request, str(sentence), reverse("ticket", args=[number]))
    events: dict[str, Any] = {"changed": True}
    if sentence:
        events["toast"] = {"text": str(sentence), "tone": "good"}
    if close:
        events["close-dialog"] = True
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(events)})


def conflict(request: HttpRequest, error: YinuoError, newest: object) -> HttpResponse:
    """Somebody changed the same meanwhile; `newest` is the version that “mine all the same” builds upon."""
    if not wants_fragment(request):
        raise error
    return HttpResponse(
        str(error),
        status=error.status,
        content_type="text/plain; charset=utf-8",
        headers={"X-Error-Code": error.code, "X-Version": str(newest)},
    )


def to_ticket(ticket: Ticket) -> HttpResponse:
    return HttpResponseRedirect(reverse("ticket", args=[ticket.number]))
