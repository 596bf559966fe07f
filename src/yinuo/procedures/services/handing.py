"""Handing a ticket on: its active steps go with it, and the customer hears who continues (R-CL-3, R-CL-5)."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from yinuo.domain.routing import Reason
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import record
from yinuo.foundation.live import touch
from yinuo.foundation.work import service
from yinuo.procedures.errors import NowhereToEscalate, ReasonMissing
from yinuo.procedures.events import MessageWanted
from yinuo.procedures.facts import facts_of
from yinuo.procedures.models import Run, Step, StepState
from yinuo.procedures.services.taking import TAKEN_OVER, cancel_taking, meet_taking
from yinuo.sla.services import About, Book
from yinuo.staff.models import Account, Team
from yinuo.tickets.models import Ticket
from yinuo.tickets.services import add_note, assign, escalate, set_due, take
from yinuo.tickets.services.assigning import next_team


@service
def take_ticket(*, ticket: Ticket, account: Account, by: Actor, now: datetime, version: int | None = None) -> Ticket:
    """Somebody takes the ticket, and with it the steps that nobody works on. Raises `Changed`, `NotAMember`."""
    before = ticket.owner_id
    taken = take(ticket=ticket, account=account, by=by, now=now, version=version)
    _move_steps(taken, before)
    book = Book.of_ticket(taken.id)
    if meet_taking(book, taken, by=by, now=now):
        book.write()
        set_due(ticket=taken, due=book.next_due())
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
    within: timedelta | None = None,
) -> Ticket:
    """Gives the ticket to another team or person, by hand; `note` is for whoever continues (kept as an internal
    note), `within` how soon they agreed to take it over, where the limits leave that to each case (R-CP-2). Raises
    `Changed`, `NotAMember`."""
    before = ticket.owner_id
    given = assign(
        ticket=ticket, team=team, owner=owner, by=by, now=now, version=version, reasons=[Reason("by_hand").to_json()]
    )
    _move_steps(given, before)
    _promise_taking(given, by=by, now=now, within=within)
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
    _promise_taking(ticket, by=by, now=now)
    run_id = Run.objects.filter(ticket=ticket).order_by("-started_at").values_list("id", flat=True).first()
    if tell_customer and run_id:
        record(
            MessageWanted("passed_on", "customer"),
            by=by, at=now, subject=("run", run_id), ticket_id=ticket.id, customer_id=ticket.customer_id,
        )  # fmt: skip
    return ticket


def _promise_taking(ticket: Ticket, *, by: Actor, now: datetime, within: timedelta | None = None) -> None:
    """Whoever it was given to takes it over in time, where the limits say how soon; one who gives it to himself has."""
    book, subject = Book.of_ticket(ticket.id), ("ticket", ticket.id)
    cancel_taking(book, ticket, at=now, reason="handed_on", by=by)
    if ticket.owner_id is None or ticket.owner_id != by.id:
        about = About(subject, ticket.id, ticket.customer_id, ticket.team_id, ticket.owner_id)
        book.start(
            TAKEN_OVER, about=about, round=book.next_round(TAKEN_OVER, subject), starts_at=now, facts=facts_of(ticket),
            by=by, now=now, agreed=within,
        )  # fmt: skip
    book.write()
    set_due(ticket=ticket, due=book.next_due())


def _move_steps(ticket: Ticket, before: UUID | None) -> None:
    """Active steps that were the former owner's, or nobody's, are the new owner's."""
    steps = Step.objects.filter(ticket=ticket, state=StepState.ACTIVE)
    steps.filter(Q(owner_id=before) | Q(owner__isnull=True)).update(team=ticket.team_id, owner=ticket.owner_id)
    if before:
        touch(f"account:{before}")
