"""Bringing new tickets to people, many in one go (R-CL-2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from yinuo.domain.procedure.effects import Dispatch
from yinuo.foundation.actors import Actor
from yinuo.foundation.rows import flush
from yinuo.foundation.work import service
from yinuo.procedures.assigning import Desk, find_assignee
from yinuo.procedures.models import Run, StepState
from yinuo.procedures.services.effects import Context, dispatch, named_for
from yinuo.procedures.services.loading import lock_matter
from yinuo.tickets.models import Ticket


@dataclass(frozen=True)
class WantedPerson:
    """`what` says for which step of the ticket, and who may have it."""

    ticket_id: UUID
    what: Dispatch
    by: Actor


@service
def dispatch_tickets(*, wanted: Sequence[WantedPerson], now: datetime) -> None:
    """Looks for whoever is to have each ticket that nobody has taken or handed on meanwhile. Where nobody can have it,
    and it stays in its queue, nothing is locked or written."""
    ids = [one.ticket_id for one in wanted]
    tickets = Ticket.objects.select_related("customer", "team").filter(owner__isnull=True, assignment={}).in_bulk(ids)
    runs = {
        run.ticket_id: run
        for run in Run.objects.filter(ticket__in=tickets).order_by("ticket", "-started_at").distinct("ticket")
    }
    desk = Desk()
    for one in sorted(wanted, key=lambda one: one.ticket_id):
        ticket, run = tickets.get(one.ticket_id), runs.get(one.ticket_id)
        if ticket and run and _changes_anything(ticket, run, one.what, desk):
            _dispatch(ticket, one, desk, now)


def _changes_anything(ticket: Ticket, run: Run, what: Dispatch, desk: Desk) -> bool:
    found = find_assignee(
        ticket, role=what.role, tier=what.tier, team_code=what.team, named=named_for(run, what), desk=desk
    )
    return found.account_id is not None or found.team_id not in (None, ticket.team_id)


def _dispatch(ticket: Ticket, wanted: WantedPerson, desk: Desk, now: datetime) -> None:
    matter = lock_matter(ticket.id)
    locked, run = matter.ticket, matter.run
    if run is None or run.ended_at or locked.owner_id or locked.assignment:
        return
    context = Context(locked, run, wanted.by, now, matter=matter)
    if any(step.key == wanted.what.step and step.state == StepState.ACTIVE for step in context.steps):
        dispatch(context, wanted.what, desk)
        context.write()
        flush()
