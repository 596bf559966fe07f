"""The lists agents live in: mine, followed, steps that wait for me, the queue of each team."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinuo.foundation.clock import now
from yinuo.foundation.errors import Changed, Missing
from yinuo.procedures.services import take_ticket
from yinuo.staff.models import Team
from yinuo.staff.permissions import Viewer
from yinuo.staff.queries import queues_of
from yinuo.staff.rights import Right
from yinuo.tickets import queries
from yinuo.tickets.models import Ticket
from yinuo.tickets.queries import PAGE, Counts, Page
from yinuo.web.console.frame import SETTINGS_RIGHTS
from yinuo.web.console.rows import Rows
from yinuo.web.console.views.base import login_required, page, viewer, wants_fragment
from yinuo.web.console.views.posting import changed, ticket_post, version_of

MOST_SHOWN = 500
Walk = Callable[..., Page]


@dataclass(frozen=True)
class Listing:
    """One list: what walks it, what it listens to, what an empty one says."""

    key: str
    title: str
    walk: Walk
    topics: tuple[str, ...]
    empty: str
    hint: str
    team: Team | None = None


EMPTY = {
    "queue": (
        gettext_lazy("This queue is empty"),
        gettext_lazy("New tickets appear here by themselves. You can also note down a phone call as a new ticket."),
    ),
    "unowned": (
        gettext_lazy("Everything here has an owner"),
        gettext_lazy("Tickets that nobody has taken appear here by themselves."),
    ),
    "recent": (
        gettext_lazy("No tickets yet"),
        gettext_lazy("As soon as a customer writes or calls, the ticket stands here."),
    ),
    "mine": (
        gettext_lazy("Nothing left to do"),
        gettext_lazy("All your tickets are done. Look into your team's queue whether something waits there."),
    ),
    "steps": (
        gettext_lazy("No step waits for you"),
        gettext_lazy("When a colleague's ticket needs a step of yours, it appears here."),
    ),
    "followed": (
        gettext_lazy("You follow no ticket"),
        gettext_lazy("Open a ticket and press “Follow”: what happens to it then appears on your bell."),
    ),
}


def _queues(who: Viewer) -> list[Team]:
    """The teams whose queues somebody may see; read once a request."""
    if not hasattr(who, "_queues"):
        sees = None if who.has(Right.SEE_ALL_TICKETS) else who.team_ids if who.has(Right.WORK_TICKETS) else ()
        who._queues = queues_of(sees)  # type: ignore[attr-defined]
    return who._queues  # type: ignore[attr-defined,no-any-return]


def home(request: HttpRequest) -> HttpResponse:
    """Where the day begins: one's own tickets where there are any, else the queue of one's team."""
    return _home(request)


@login_required
def _home(request: HttpRequest) -> HttpResponse:
    who = viewer(request)
    if not (who.has(Right.WORK_TICKETS) or who.has(Right.SEE_ALL_TICKETS)):
        if any(who.has(right) for right in SETTINGS_RIGHTS):
            return HttpResponseRedirect(reverse("settings"))
        return HttpResponseRedirect(reverse("followed"))
    teams = [team for team in _queues(who) if team.id in who.team_ids] or _queues(who)
    if not teams:
        return HttpResponseRedirect(reverse("mine"))
    return HttpResponseRedirect(reverse("queue", args=[teams[0].code]))


@login_required
def queue(request: HttpRequest, code: str) -> HttpResponse:
    return _team_list(request, "queue", code)


@login_required
def unowned(request: HttpRequest, code: str) -> HttpResponse:
    return _team_list(request, "unowned", code)


@login_required
def recent(request: HttpRequest, code: str) -> HttpResponse:
    return _team_list(request, "recent", code)


def _team_list(request: HttpRequest, key: str, code: str) -> HttpResponse:
    who = viewer(request)
    team = next((team for team in _queues(who) if team.code == code), None)
    if team is None:
        raise Missing
    walk = {"queue": queries.queue, "unowned": queries.unowned, "recent": queries.recent}[key]

    def bound(**where: object) -> Page:
        return walk(team.id, **where)

    return _show(request, Listing(key, team.name, bound, (f"team:{team.id}",), *map(str, EMPTY[key]), team=team))


@login_required
def mine(request: HttpRequest) -> HttpResponse:
    return _own_list(request, "mine", _("Mine"), queries.mine)


@login_required
def followed(request: HttpRequest) -> HttpResponse:
    return _own_list(request, "followed", _("Followed"), queries.followed)


@login_required
def steps(request: HttpRequest) -> HttpResponse:
    return _own_list(request, "steps", _("Steps for me"), queries.my_steps)


def _own_list(request: HttpRequest, key: str, title: str, walk: Callable[..., Page]) -> HttpResponse:
    who = viewer(request)

    def bound(*, after: str = "", limit: int = PAGE) -> Page:
        return walk(who.id, after=after, limit=limit) if key != "steps" else walk(who.id, limit=limit)

    return _show(request, Listing(key, title, bound, (f"account:{who.id}",), *map(str, EMPTY[key])))


def _show(request: HttpRequest, listing: Listing) -> HttpResponse:
    part = request.GET.get("part", "") if wants_fragment(request) else ""
    if part == "rows":
        return render(request, "console/tickets/rows.html", _rows(request, listing))
    if part == "mini":
        context = _rows(request, listing)
        return render(request, "console/tickets/mini.html", context | {"here": request.GET.get("here", "")})
    who = viewer(request)
    teams = _queues(who)
    counts = queries.counts(account_id=who.id, team_ids=[team.id for team in teams])
    nav = _nav(listing, teams, counts, who)
    if part == "nav":
        return render(request, "console/tickets/queue_nav.html", nav)
    topics = {*listing.topics, *nav["nav_topics"].split()}
    context = {
        **nav,
        **_rows(request, listing),
        "tabs": _tabs(listing, counts),
        "shown_count": _shown(_count_of(listing, counts)),
    }
    return page(request, "console/tickets/queue.html", context, here="desk", topics=sorted(topics))


def _rows(request: HttpRequest, listing: Listing) -> dict[str, object]:
    """A page of rows after `after`; a live look instead fetches as many as are shown (`shown`)."""
    after = request.GET.get("after", "")
    try:
        shown = min(max(int(request.GET.get("shown", "")), PAGE), MOST_SHOWN)
    except ValueError:
        shown = PAGE
    found = listing.walk(after=after, limit=PAGE) if after else listing.walk(limit=shown)
    make = Rows(now(), may_take=viewer(request).has(Right.WORK_TICKETS))
    return {
        "listing": listing,
        "rows": make(found.rows),
        "after": found.after,
        "shown": shown + len(found.rows) if after else max(len(found.rows), PAGE),
        "list_url": request.path,
        "topics": " ".join(listing.topics),
    }


def _nav(listing: Listing, teams: list[Team], counts: Counts, who: Viewer) -> dict[str, object]:
    here = listing.team.id if listing.team else listing.key
    own = [
        {"key": key, "label": label, "icon": icon, "url": reverse(key), "count": _shown(count), "here": key == here}
        for key, label, icon, count in (
            ("mine", _("Mine"), "user-check", counts.mine),
            ("steps", _("Steps for me"), "checklist", counts.steps),
            ("followed", _("Followed"), "eye", 0),
        )
    ]
    queues = [
        {
            "label": team.name,
            "url": reverse("queue", args=[team.code]),
            "count": _shown(counts.teams[team.id]),
            "here": team.id == here,
        }
        for team in teams
    ]
    return {
        "listing": listing,
        "own_lists": own,
        "queues": queues,
        "nav_topics": " ".join([f"account:{who.id}", *(f"team:{team.id}" for team in teams)]),
    }


def _tabs(listing: Listing, counts: Counts) -> list[dict[str, object]]:
    if listing.team is None:
        return []
    code = listing.team.code
    return [
        {"label": label, "url": reverse(key, args=[code]), "count": count, "here": key == listing.key}
        for key, label, count in (
            ("queue", _("Open"), ""),
            ("unowned", _("Nobody's yet"), _shown(counts.unowned[listing.team.id])),
            ("recent", _("Last changed"), ""),
        )
    ]


def _count_of(listing: Listing, counts: Counts) -> int:
    ids: dict[str, dict[UUID, int]] = {"queue": counts.teams, "unowned": counts.unowned}
    if listing.team and listing.key in ids:
        return ids[listing.key][listing.team.id]
    return {"mine": counts.mine, "steps": counts.steps}.get(listing.key, 0)


def _shown(count: int) -> str:
    """Counts stop at 999+."""
    if not count:
        return ""
    return "999+" if count >= queries.COUNTED else str(count)


@ticket_post
def take(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """领取. Two at the same moment: the second is told, and sees who has it."""
    who = viewer(request)
    try:
        take_ticket(ticket=ticket, account=who.account, by=who.actor, now=now(), version=version_of(request))
    except Changed:
        owner = queries.owner_name(ticket.id)
        if owner:
            raise Taken(name=owner) from None
        raise
    return changed(request, ticket, _("%(number)s is yours now.") % {"number": ticket.number}, close=False)


class Taken(Changed):
    """Somebody else was faster."""

    code = "taken"
    text = gettext_lazy("{name} was faster and has taken this ticket.")
