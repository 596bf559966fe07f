"""Who works on a ticket, and why (R-CL-2, R-CL-3)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F

from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import Changed
from yinuo.foundation.events import record
from yinuo.foundation.live import touch
from yinuo.foundation.work import service
from yinuo.sla.services import move_deadlines
from yinuo.staff.models import Account, Team, TeamMember
from yinuo.tickets.errors import NotAMember
from yinuo.tickets.events import TicketAssigned, TicketEscalated
from yinuo.tickets.models import Status, Ticket
from yinuo.tickets.services.describing import set_due
from yinuo.tickets.services.following import follow_silently
from yinuo.tickets.services.messages import bump


@service
def assign(
    *,
    ticket: Ticket,
    team: Team,
    owner: Account | None,
    by: Actor,
    now: datetime,
    version: int | None = None,
    reasons: Iterable[dict[str, object]] = (),
    automatic: bool = False,
) -> Ticket:
    """Gives the ticket to a team and person. Who had it goes on following it. Raises `Changed`, `NotAMember`."""
    if owner and not TeamMember.objects.filter(team=team, account=owner).exists():
        raise NotAMember(name=owner.name, team=team.name)
    reasons = tuple(reasons)
    from_team, from_owner = ticket.team_id, ticket.owner_id
    if from_team == team.id and from_owner == (owner.id if owner else None):
        return ticket
    changes: dict[str, Any] = {
        "team": team,
        "owner": owner,
        "assignment": {"reasons": list(reasons), "automatic": automatic, "at": now.isoformat()},
        "updated_at": now,
        "tier": team.tier,
    }
    if from_team != team.id:
        changes["handovers"] = F("handovers") + 1
    if not bump(ticket, version, **changes):
        raise Changed
    if from_owner and from_owner != (owner.id if owner else None):
        follow_silently(ticket=ticket, accounts=[from_owner], reason="had_it", now=now)
    if owner:
        _assigned(owner.id, now)
    due = move_deadlines(
        ticket_id=ticket.id, team_id=team.id, team_code=team.code, owner_id=owner.id if owner else None, by=by, now=now
    )
    set_due(ticket=ticket, due=due)
    record(
        TicketAssigned(team.id, owner.id if owner else None, from_team, from_owner, automatic, reasons),
        by=by, at=now, subject=("ticket", ticket.id), ticket_id=ticket.id, customer_id=ticket.customer_id,
    )  # fmt: skip
    topics = {f"team:{team.id}", f"team:{from_team}", f"ticket:{ticket.id}"}
    topics |= {f"account:{account}" for account in (from_owner, owner and owner.id) if account}
    touch(*topics)
    return ticket


def _assigned(account_id: UUID, now: datetime) -> None:
    """Waits for nobody: a go that brings many tickets to people and somebody who takes one himself would wait for each
    other. Who holds the row sets about the same instant."""
    free = Account.objects.select_for_update(skip_locked=True, no_key=True).filter(id=account_id)
    Account.objects.filter(id__in=free.values("id")).update(last_assigned_at=now)


@service
def take(*, ticket: Ticket, account: Account, by: Actor, now: datetime, version: int | None = None) -> Ticket:
    """An agent takes the ticket out of the queue; two at the same moment: the second is told (`Changed`)."""
    ticket = assign(
        ticket=ticket, team=ticket.team, owner=account, by=by, now=now, version=version, reasons=[{"code": "taken"}]
    )
    if ticket.status == Status.NEW:
        Ticket.objects.filter(id=ticket.id).update(status=Status.OPEN)
        ticket.status = Status.OPEN
    return ticket


@service
def escalate(
    *, ticket: Ticket, to_team: Team, reason: str, by: Actor, now: datetime, version: int | None = None
) -> Ticket:
    """To the next line, with the whole history; the reason is kept as a personal text (R-CL-3)."""
    from_team = ticket.team_id
    ticket = assign(
        ticket=ticket, team=to_team, owner=None, by=by, now=now, version=version, reasons=[{"code": "escalated"}]
    )
    record(
        TicketEscalated(from_team, to_team.id, to_team.tier),
        by=by, at=now, subject=("ticket", ticket.id), ticket_id=ticket.id, customer_id=ticket.customer_id,
        personal={"reason": reason},
    )  # fmt: skip
    return ticket


def next_team(team_id: UUID) -> Team | None:
    """Where the team escalates to."""
    team = Team.objects.select_related("escalates_to").get(id=team_id)
    return team.escalates_to
