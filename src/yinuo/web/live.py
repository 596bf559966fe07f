"""What a page may hear of the event stream: tokens for pages, and their renewal (docs/frontend.md, "Live")."""

from collections.abc import Iterable
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from yinuo.foundation.clock import now
from yinuo.foundation.live_tokens import (
    RENEWABLE,
    LiveToken,
    TokenRefused,
    account_holder,
    link_holder,
    mint,
    read_token,
    session_holder,
)
from yinuo.staff.permissions import Viewer
from yinuo.staff.rights import Right
from yinuo.tickets.models import Ticket
from yinuo.tickets.permissions import seen_of, standing_link
from yinuo.web.components.shell import Live

MOST_ASKED = 100
"""Topics of one page; a token has room for these and the viewer's own."""


def console_live(request: HttpRequest, viewer: Viewer, topics: Iterable[str] = ()) -> Live:
    """For a console page: the viewer's own topics and those of `topics` that the viewer may hear."""
    return Live(token=_token_of(request, viewer, topics))


def portal_live(ticket: Ticket) -> Live | None:
    """For the page of a customer who came by the ticket's secret link: this one ticket."""
    if not ticket.link_hash:
        return None
    return Live(token=_link_token(ticket.id, ticket.link_hash))


@require_http_methods(["GET", "POST"])
def token(request: HttpRequest) -> JsonResponse:
    """POST `token`: the same topics anew, as far as they still may be heard. GET `topic=…`: a token for those.
    401 when session or link have ended, 403 for a token that is not ours or too old."""
    old = None
    if request.method == "POST":
        try:
            old = read_token(request.POST.get("token", ""), now(), valid=RENEWABLE)
        except TokenRefused as refused:
            return _refusal(403, refused.reason)
    if old and _is_of_link(old):
        fresh = _renewed_by_link(old)
    elif request.user.is_authenticated:
        viewer = Viewer(request.user)
        if old and account_holder(viewer.id) not in old.holders:
            return _refusal(401, "other_account")
        fresh = _token_of(request, viewer, old.topics if old else request.GET.getlist("topic"))
    else:
        fresh = None
    if fresh is None:
        return _refusal(401, "ended")
    return JsonResponse({"token": fresh, "now": now().isoformat(timespec="milliseconds")})


def _refusal(status: int, code: str) -> JsonResponse:
    return JsonResponse({"code": code, "message": _("Your log-in has ended. Log in again.")}, status=status)


def _token_of(request: HttpRequest, viewer: Viewer, topics: Iterable[str]) -> str:
    return mint(
        holders=[session_holder(request.session.session_key or ""), account_holder(viewer.id)],
        topics=_own(viewer) | _allowed(viewer, set(sorted(set(topics))[:MOST_ASKED])),
        now=now(),
    )


def _own(viewer: Viewer) -> set[str]:
    return {f"account:{viewer.id}", *(f"team:{team_id}" for team_id in viewer.team_ids)}


def _allowed(viewer: Viewer, wanted: set[str]) -> set[str]:
    """Topics without an id are about things that the page itself is guarded for."""
    tickets = {topic: found for topic in wanted if (found := _id_in(topic, "ticket"))}
    seen = seen_of(viewer, tickets.values())
    allowed = {topic for topic, ticket_id in tickets.items() if ticket_id in seen}
    if viewer.has(Right.SEE_ALL_TICKETS):
        allowed |= {topic for topic in wanted if _id_in(topic, "team")}
    return allowed | {topic for topic in wanted if topic.isidentifier() and len(topic) <= 40}


def _id_in(topic: str, kind: str) -> UUID | None:
    found, _, text = topic.partition(":")
    if found != kind:
        return None
    try:
        return UUID(text)
    except ValueError:
        return None


def _is_of_link(old: LiveToken) -> bool:
    return any(holder.startswith("link:") for holder in old.holders)


def _renewed_by_link(old: LiveToken) -> str | None:
    (ticket_id,) = (found for topic in old.topics if (found := _id_in(topic, "ticket")))
    link_hash = standing_link(ticket_id)
    if link_hash is None or link_holder(link_hash) not in old.holders:
        return None
    return _link_token(ticket_id, link_hash)


def _link_token(ticket_id: UUID, link_hash: bytes) -> str:
    return mint(holders=[link_holder(link_hash)], topics=[f"ticket:{ticket_id}"], now=now())


urlpatterns = [path("events/token", token, name="events_token")]
