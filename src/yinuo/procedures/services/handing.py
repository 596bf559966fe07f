"""Handing a ticket on: its active steps go with it, and the customer hears who continues (R-CL-3, R-CL-5)."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from yinuo.domain.routing import Reason
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import record
from yinuo.foundation.live import touch
from yinuo.foundation.work import service
from yinuo.procedures.errors import NowhereToEscalate, ReasonMissing
from yinuo.procedures.events import MessageWanted
from yinuo.procedures.models import Run, Step, StepState
from yinuo.staff.models import Account, Team
from yinuo.tickets.models import Ticket
from yinuo.tickets.services import add_note, assign, escalate, take
from yinuo.tickets.services.assigning import next_team


@service
def take_ticket(*, ticket: Ticket, account: Account, by: Actor, now: datetime, version: int | None = None) -> Ticket:
    """Somebody takes the ticket, and with it the steps that nobody works on. Raises `Changed`, `NotAMember`."""
    before = ticket.owner_id
    taken = take(ticket=ticket, account=account, by=by, now=now, version=version)
    _move_steps(taken, before)
    return taken


@service
def hand_over(
    *,
    ticket: Ticket,
    team: Team,
    owner: Account | None,
    note: str,
    by: Actor,
    now: datetime,
    version: int | None = None,
) -> Ticket:
    """Gives the ticket to another team or person, by hand; `note` is for whoever continues (kept as an internal
    note). Raises `Changed`, `NotAMember`."""
    before = ticket.owner_id
    given = assign(
        ticket=ticket, team=team, owner=owner, by=by, now=now, version=version, reasons=[Reason("by_hand").to_json()]
    )
    _move_steps(given, before)
    if note.strip():
        add_note(ticket=given, account_id=by.id, text=note, by=by, now=now)
    return given


@service
def escalate_ticket(
    *,
    ticket: Ticket,
    reason: str,
    by: Actor,
    now: datetime,
    version: int | None = None,
    to_team: Team | None = None,
    tell_customer: bool = True,
) -> Ticket:
    """To the next line (`to_team`, else where the team escalates to), with the whole history; the customer is told who
    continues. Raises `ReasonMissing`, `NowhereToEscalate`, `Changed`."""
    if not reason.strip():
        raise ReasonMissing(fields={"reason": str(ReasonMissing.text)})
    to_team = to_team or next_team(ticket.team_id)
    if to_team is None:
        raise NowhereToEscalate(team=ticket.team.name)
    before = ticket.owner_id
    ticket = escalate(ticket=ticket, to_team=to_team, reason=reason.strip(), by=by, now=now, version=version)
    _move_steps(ticket, before)
    run_id = Run.objects.filter(ticket=ticket).order_by("-started_at").values_list("id", flat=True).first()
    if tell_customer and run_id:
        record(
            MessageWanted("passed_on", "customer"),
            by=by, at=now, subject=("run", run_id), ticket_id=ticket.id, customer_id=ticket.customer_id,
        )  # fmt: skip
    return ticket


def _move_steps(ticket: Ticket, before: UUID | None) -> None:
    """Active steps that were the former owner's, or nobody's, are the new owner's."""
    steps = Step.objects.filter(ticket=ticket, state=StepState.ACTIVE)
    steps.filter(Q(owner_id=before) | Q(owner__isnull=True)).update(team=ticket.team_id, owner=ticket.owner_id)
    if before:
        touch(f"account:{before}")
