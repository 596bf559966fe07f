"""The lists agents live in: mine, followed, steps that wait for me, the queue of each team."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinuo.foundation.clock import now
from yinuo.foundation.errors import Changed, Missing
from yinuo.procedures.services import take_ticket
from yinuo.staff.permissions import Viewer
from yinuo.staff.rights import Right
from yinuo.staff.standing import TeamSeen
from yinuo.tickets import lists
from yinuo.tickets.lists import PAGE, Counts, Page
from yinuo.tickets.models import OPEN_STATUSES, Ticket
from yinuo.tickets.queries import owner_name
from yinuo.web.addresses import reverse
from yinuo.web.console.frame import SETTINGS_RIGHTS
from yinuo.web.console.labels import STATUS
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
    team: TeamSeen | None = None
    state: str = ""


EMPTY = {
    "queue": (
        gettext_lazy("This queue is empty"),
        gettext_lazy("New tickets appear here by themselves. You can also note down a phone call as a new ticket."),
    ),
    "unowned": (
        gettext_lazy("Everything here has an owner"),
        gettext_lazy("Tickets that nobody has taken appear here by themselves."),
    ),
    "state": (
        gettext_lazy("No ticket is in this state"),
        gettext_lazy("Choose “All open” to see the whole queue."),
    ),
    "all": (
        gettext_lazy("No tickets yet"),
        gettext_lazy("As soon as a customer writes or calls, the ticket stands here."),
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
        gettext_lazy(
            "When a colleague's ticket needs a step of yours, or your department a sub-task, it appears here."
        ),
    ),
    "followed": (
        gettext_lazy("You follow no ticket"),
        gettext_lazy("Open a ticket and press “Follow”: what happens to it then appears on your bell."),
    ),
}


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
    teams = [team for team in who.queues if team.id in who.team_ids] or who.queues
    if not teams:
        return HttpResponseRedirect(reverse("mine"))
    return HttpResponseRedirect(reverse("queue", args=[teams[0].code]))


@login_required
def queue(request: HttpRequest, code: str, state: str = "") -> HttpResponse:
    """Open tickets of a team: all of them, or those in one state."""
    team = _team(request, code)
    if not state:
        return _show(request, _of_team("queue", team, partial(lists.queue, team.id)))
    if state not in OPEN_STATUSES:
        raise Missing
    return _show(request, _of_team("queue", team, partial(lists.in_state, team.id, state), state))


@login_required
def unowned(request: HttpRequest, code: str) -> HttpResponse:
    team = _team(request, code)
    return _show(request, _of_team("unowned", team, partial(lists.unowned, team.id)))


@login_required
def recent(request: HttpRequest, code: str) -> HttpResponse:
    team = _team(request, code)
    return _show(request, _of_team("recent", team, partial(lists.recent, team.id)))


def _team(request: HttpRequest, code: str) -> TeamSeen:
    team = next((team for team in viewer(request).queues if team.code == code), None)
    if team is None:
        raise Missing
    return team


def _of_team(key: str, team: TeamSeen, walk: Walk, state: str = "") -> Listing:
    empty, hint = EMPTY["state" if state else key]
    return Listing(key, team.name, walk, (f"team:{team.id}",), str(empty), str(hint), team, state)


@login_required
def mine(request: HttpRequest) -> HttpResponse:
    return _own_list(request, "mine", _("Mine"), partial(lists.mine, viewer(request).id))


@login_required
def followed(request: HttpRequest) -> HttpResponse:
    return _own_list(request, "followed", _("Followed"), partial(lists.followed, viewer(request).id))


@login_required
def steps(request: HttpRequest) -> HttpResponse:
    who = viewer(request)
    walk = partial(lists.my_steps, who.id, who.team_ids)
    return _own_list(request, "steps", _("Steps for me"), walk, [f"team:{one}" for one in sorted(who.team_ids)])


@login_required
def everything(request: HttpRequest) -> HttpResponse:
    """All that somebody may see, solved and archived too."""
    who = viewer(request)
    return _own_list(
        request, "all", _("All tickets"), partial(lists.seen, who), [f"team:{team.id}" for team in who.queues]
    )


def _own_list(request: HttpRequest, key: str, title: str, walk: Walk, topics: Iterable[str] = ()) -> HttpResponse:
    empty, hint = EMPTY[key]
    own = f"account:{viewer(request).id}"
    return _show(request, Listing(key, title, walk, (own, *topics), str(empty), str(hint)))


def _show(request: HttpRequest, listing: Listing) -> HttpResponse:
    part = request.GET.get("part", "") if wants_fragment(request) else ""
    if part == "rows":
        return render(request, "console/tickets/rows.html", _rows(request, listing))
    if part == "mini":
        context = _rows(request, listing)
        return render(request, "console/tickets/mini.html", context | {"here": request.GET.get("here", "")})
    nav = _nav(listing, viewer(request))
    if part == "nav":
        return render(request, "console/tickets/queue_nav.html", nav | {"part": part})
    topics = {*listing.topics, *nav["nav_topics"].split()}
    context = {**nav, **_rows(request, listing), "states": _states(listing)}
    return page(request, "console/tickets/queue.html", context, here="desk", topics=sorted(topics))


def _rows(request: HttpRequest, listing: Listing) -> dict[str, object]:
    """A page of rows after `after`; a live look instead fetches as many as are shown (`shown`)."""
    after = request.GET.get("after", "")
    try:
        shown = min(max(int(request.GET.get("shown", "")), PAGE), MOST_SHOWN)
    except ValueError:
        shown = PAGE
    found = listing.walk(after=after, limit=PAGE) if after else listing.walk(limit=shown)
    who, of_others = viewer(request), listing.key == "steps"
    may_take = who.has(Right.WORK_TICKETS) and not of_others
    make = Rows(now(), may_take=may_take, for_whom=who if of_others else None)
    return {
        "listing": listing,
        "rows": make(found.rows),
        "after": found.after,
        "shown": shown + len(found.rows) if after else max(len(found.rows), PAGE),
        "list_url": request.path,
        "topics": " ".join(listing.topics),
    }


def _nav(listing: Listing, who: Viewer) -> dict[str, Any]:
    """The lists beside the table, and whatever else counts: tabs, the number in the head."""
    teams = who.queues
    team = listing.team
    counts = lists.counts(
        account_id=who.id, team_ids=[one.id for one in teams], member_of=who.team_ids,
        unowned_of=team.id if team else None,
        state_of=(team.id, listing.state) if team and listing.state else None,
    )  # fmt: skip
    here = team.id if team else listing.key
    own = [
        {"key": key, "label": label, "icon": icon, "url": reverse(key), "count": _shown(count), "here": key == here}
        for key, label, icon, count in (
            ("mine", _("Mine"), "user-check", counts.mine),
            ("steps", _("Steps for me"), "checklist", counts.steps),
            ("followed", _("Followed"), "eye", 0),
            ("all", _("All tickets"), "ticket", 0),
        )
    ]
    queues = [
        {
            "label": one.name,
            "url": reverse("queue", args=[one.code]),
            "count": _shown(counts.teams[one.id]),
            "here": one.id == here,
        }
        for one in teams
    ]
    return {
        "listing": listing,
        "own_lists": own,
        "queues": queues,
        "nav_topics": " ".join([f"account:{who.id}", *(f"team:{one}" for one in _listened(who))]),
        "tabs": _tabs(listing, counts),
        "shown_count": _shown(_count_of(listing, counts)),
    }


def _listened(who: Viewer) -> list[UUID]:
    """Teams whose queues are seen, and those whose sub-tasks are."""
    return sorted({*(team.id for team in who.queues), *who.team_ids})


def _tabs(listing: Listing, counts: Counts) -> list[dict[str, object]]:
    if listing.team is None:
        return []
    code = listing.team.code
    return [
        {"key": key, "label": label, "url": reverse(key, args=[code]), "count": count, "here": key == listing.key}
        for key, label, count in (
            ("queue", _("Open"), ""),
            ("unowned", _("Nobody's yet"), _shown(counts.unowned)),
            ("recent", _("Last changed"), ""),
        )
    ]


def _states(listing: Listing) -> list[dict[str, object]]:
    """The menu that narrows a queue to one state."""
    if listing.team is None or listing.key != "queue":
        return []
    code = listing.team.code
    choices = [("", _("All open"), reverse("queue", args=[code]))]
    choices += [(state, str(STATUS[state]), reverse("queue_state", args=[code, state])) for state in OPEN_STATUSES]
    return [{"label": label, "url": url, "here": state == listing.state} for state, label, url in choices]


def _count_of(listing: Listing, counts: Counts) -> int:
    if listing.state:
        return counts.state
    if listing.team and listing.key == "queue":
        return counts.teams[listing.team.id]
    return {"mine": counts.mine, "steps": counts.steps, "unowned": counts.unowned}.get(listing.key, 0)


def _shown(count: int) -> str:
    """Counts stop at 999+."""
    if not count:
        return ""
    return "999+" if count >= lists.COUNTED else str(count)


@ticket_post
def take(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """领取. Two at the same moment: the second is told, and sees who has it."""
    who = viewer(request)
    try:
        take_ticket(ticket=ticket, account=who.account, by=who.actor, now=now(), version=version_of(request))
    except Changed:
        owner = owner_name(ticket.id)
        if owner:
            raise Taken(name=owner) from None
        raise
    return changed(request, ticket, _("%(number)s is yours now.") % {"number": ticket.number}, close=False)


class Taken(Changed):
    """Somebody else was faster."""

    code = "taken"
    text = gettext_lazy("{name} was faster and has taken this ticket.")
