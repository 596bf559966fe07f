"""“What if”: open promises of chosen tickets under the draft, before it is published."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from yinuo.domain.deadline import Clock, Policy
from yinuo.foundation.clock import now
from yinuo.foundation.errors import Missing
from yinuo.sla.limits import policies_in
from yinuo.sla.what_if import Calendars, Shift, open_promises, shift_under, tally_under
from yinuo.staff.rights import Right
from yinuo.tickets.permissions import seen_of
from yinuo.tickets.queries import ids_of, numbers_of
from yinuo.web.addresses import reverse
from yinuo.web.console.labels import CLOCK, language, span_text
from yinuo.web.console.limit_words import kind_name, row_text
from yinuo.web.console.rows import iso
from yinuo.web.console.views.base import requires, viewer
from yinuo.web.console.views.settings.limits.base import house_book, limits_page, the_draft

TICKETS, PROMISES = 50, 400
NUMBER = re.compile(r"[A-Za-z]{2,4}\d{8,}")


@requires(Right.EDIT_LIMITS)
def what_if(request: HttpRequest) -> HttpResponse:
    """Old and new due time of open promises: of those that would move, of a queue's next tickets, or of the tickets
    whose numbers are entered."""
    draft, who = the_draft(), viewer(request)
    policies, at = policies_in(draft.table), now()
    queues = who.queues
    given = [number.upper() for number in NUMBER.findall(request.GET.get("numbers", ""))][:TICKETS]
    chosen = next((team for team in queues if str(team.id) == request.GET.get("team", "")), None)
    team = None if given else chosen
    tickets = _seen(request, given)
    calendars = Calendars()
    whole = tally_under(policies, at, calendars=calendars)
    if given or team:
        promises = open_promises(
            ticket_ids=tickets.values() if given else None, team_id=team.id if team else None, limit=PROMISES
        )
        shifts = [shift_under(row, policies, calendars, at) for row in promises]
    else:
        ids = [shift.row.ticket_id for shift in whole.shifts if shift.row.ticket_id]
        allowed = seen_of(who, list(dict.fromkeys(ids)))
        shifts = [shift for shift in whole.shifts if shift.row.ticket_id in allowed]
    order = list(dict.fromkeys(shift.row.ticket_id for shift in shifts if shift.row.ticket_id))[:TICKETS]
    shifts = [shift for shift in shifts if shift.row.ticket_id in order]
    numbers = numbers_of(order)
    book = house_book(policies)
    context = {
        "draft": draft,
        "queues": queues,
        "team": team,
        "numbers": request.GET.get("numbers", ""),
        "unknown": [number for number in given if number not in tickets],
        "lines": [_line(shift, numbers, policies, at) for shift in sorted(shifts, key=lambda one: not one.moves)],
        "moving": sum(shift.moves for shift in shifts),
        "tickets": len(order),
        "whole": whole,
        "asked": bool(given or team),
        "book": book,
    }
    return limits_page(request, "what_if", context)


def _seen(request: HttpRequest, given: list[str]) -> dict[str, UUID]:
    found = ids_of(given) if given else {}
    allowed = seen_of(viewer(request), list(found.values()))
    return {number: id for number, id in found.items() if id in allowed}


def _line(shift: Shift, numbers: Mapping[UUID, str], policies: Mapping[str, Policy], at: datetime) -> dict[str, Any]:
    row = shift.row
    policy = policies.get(row.kind)
    number = numbers.get(row.ticket_id, "") if row.ticket_id else ""
    change = (shift.due_at - shift.was_due) if shift.due_at and shift.was_due else shift.left - shift.was_left
    return {
        "number": number,
        "ticket_url": reverse("ticket", args=[number]) if number else "",
        "promise": kind_name(policy) if policy else row.kind,
        "was_iso": iso(shift.was_due),
        "due_iso": iso(shift.due_at),
        "paused": shift.was_due is None,
        "was_left": span_text(max(shift.was_left, shift.was_left * 0)),
        "left": span_text(max(shift.left, shift.left * 0)),
        "moves": shift.moves,
        "kept": shift.line is None or shift.line.target is None,
        "sign": "+" if change.total_seconds() > 0 else "−",
        "change": span_text(abs(change)) if shift.moves else "",
        "late": bool(shift.due_at and shift.due_at <= at and shift.was_due and shift.was_due >= at),
        "explain_url": reverse("settings_limit_what_if_why", args=[row.id]) if shift.moves else "",
    }


@requires(Right.EDIT_LIMITS)
def why(request: HttpRequest, id: UUID) -> HttpResponse:
    """How the new due time of one promise comes about: the row, what was used, what is still to count."""
    draft, at = the_draft(), now()
    policies = policies_in(draft.table)
    rows = open_promises(ids=[id], limit=1)
    if not rows or not seen_of(viewer(request), [rows[0].ticket_id] if rows[0].ticket_id else []):
        raise Missing
    shift = shift_under(rows[0], policies, Calendars(), at)
    row, target = rows[0], shift.line.target if shift.line else None
    explanation = shift.explain(at)
    clock = Clock(row.clock)
    context = {
        "title": kind_name(policies[row.kind]) if row.kind in policies else row.kind,
        "was": f"{span_text(row.target, clock)} · {CLOCK[clock]}" if row.target else "",
        "now": row_text(house_book(policies), shift.line) if shift.line and target else _("as it was promised"),
        "used": span_text(shift.progress.used_at(at), shift.progress.clock) if shift.progress else "",
        "was_iso": iso(shift.was_due),
        "due_iso": iso(shift.due_at),
        "lines": explanation.render(language()) if explanation else [],
    }
    return render(request, "console/settings/limits/why.html", context)
