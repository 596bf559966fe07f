"""The supervisor's overview: promises broken and about to be, tickets nobody has taken, who is here with how much."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from yinuo.foundation.clock import now
from yinuo.foundation.errors import Denied
from yinuo.orders.lists import OrderRow, rows_with
from yinuo.orders.queries import numbers_of_promises
from yinuo.sla.models import Deadline
from yinuo.sla.queries import breached_now, due_until
from yinuo.staff.permissions import Viewer
from yinuo.staff.rights import Right
from yinuo.staff.standing import TeamSeen
from yinuo.tickets import lists, queries
from yinuo.tickets.lists import TicketRow
from yinuo.tickets.queries import Member
from yinuo.web.addresses import reverse
from yinuo.web.console.labels import PRESENCE, PromiseNames
from yinuo.web.console.rows import Rows, iso
from yinuo.web.console.views.base import login_required, page, viewer, wants_fragment

SOON = timedelta(hours=2)
LISTED = 50


def led_teams(who: Viewer) -> list[TeamSeen]:
    """Teams somebody supervises: those he leads; all for who sees all and may give work to others."""
    if who.has(Right.SEE_ALL_TICKETS) and who.has(Right.ASSIGN_TICKETS) and not who.led_team_ids:
        return list(who.standing.teams)
    return [team for team in who.standing.teams if team.is_lead]


@login_required
def overview(request: HttpRequest) -> HttpResponse:
    who = viewer(request)
    teams = led_teams(who)
    if not teams:
        raise Denied
    context = _figures(who, teams)
    topics = [f"team:{team.id}" for team in teams]
    if wants_fragment(request):
        return render(request, "console/overview_parts.html", context)
    return page(request, "console/overview.html", context, here="overview", topics=topics)


def _figures(who: Viewer, teams: list[TeamSeen]) -> dict[str, Any]:
    at = now()
    ids = {team.id for team in teams}
    broken = breached_now(ids, limit=LISTED)
    soon = due_until(ids, now=at, until=at + SOON, limit=LISTED)
    names = PromiseNames()
    tickets = lists.rows_of({row.ticket_id for row in (*broken, *soon) if row.ticket_id})
    unowned = lists.open_of_teams([team.id for team in teams], limit=LISTED)
    numbers = numbers_of_promises(row for row in (*broken, *soon) if row.ticket_id is None)
    orders = {row.number: row for row in rows_with(numbers.values())} if numbers else {}
    about_orders = {id: orders[number] for id, number in numbers.items() if number in orders}
    make = Rows(at, may_take=who.has(Right.WORK_TICKETS))
    shown = {row["number"]: row for row in make([*tickets.values(), *unowned])}
    members = _each_once(queries.members(ids))
    broken_lines, soon_lines = (_promises(found, tickets, shown, names, about_orders) for found in (broken, soon))
    return {
        "teams": teams,
        "topics": " ".join(f"team:{team.id}" for team in teams),
        "broken": broken_lines,
        "soon": soon_lines,
        "broken_more": len(broken) == LISTED,
        "soon_more": len(soon) == LISTED,
        "unowned": [_with_deadline(shown[row.number]) for row in unowned],
        "members": [
            {
                "name": member.name,
                "team": member.team,
                "presence": member.presence,
                "presence_words": PRESENCE[member.presence],
                "open": member.open_count,
                "capacity": max(member.capacity, 1),
                "is_lead": member.is_lead,
                "full": member.open_count >= max(member.capacity, 1),
            }
            for member in members
        ],
        "present": sum(1 for member in members if member.presence in ("online", "busy")),
        "listed": LISTED,
    }


def _each_once(members: Iterable[Member]) -> list[Member]:
    """Somebody in several of these teams is one person; he leads if he leads one."""
    found: dict[UUID, Member] = {}
    for member in members:
        if member.account_id not in found or member.is_lead:
            found[member.account_id] = member
    return list(found.values())


def _with_deadline(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "deadlines": [row["deadline"]] if row["deadline"] else []}


def _promises(
    found: Iterable[Deadline], tickets: dict[UUID, TicketRow], shown: dict[str, dict[str, Any]], names: PromiseNames,
    orders: dict[UUID, OrderRow],
) -> list[dict[str, Any]]:  # fmt: skip
    """One line a ticket or order, with each of its promises."""
    lines: dict[str, dict[str, Any]] = {}
    for promise in found:
        ticket = tickets.get(promise.ticket_id) if promise.ticket_id else None
        if ticket is not None:
            row = shown[ticket.number]
        elif promise.id in orders:
            row = _order_line(orders[promise.id])
        else:
            continue
        line = lines.setdefault(row["id"], {**row, "deadlines": []})
        line["deadlines"].append(
            {
                "label": names(promise.kind),
                "due_iso": iso(promise.due_at),
                "warn_iso": iso(promise.due_at - SOON),
                "state": "running",
            }
        )
    return list(lines.values())


def _order_line(row: OrderRow) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "number": row.number,
        "url": reverse("order", args=[row.number]),
        "subject": _("Order %(number)s") % {"number": row.number},
        "customer": row.customer,
        "owner": row.owner or _("Nobody yet"),
    }
