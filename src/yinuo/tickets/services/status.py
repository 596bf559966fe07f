"""The status machine: who moves it is the procedure; what follows from a status is here."""

from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import ErrorKind, YinuoError
from yinuo.foundation.events import record
from yinuo.foundation.live import touch
from yinuo.foundation.work import service
from yinuo.tickets.events import StatusChanged, TicketReopened
from yinuo.tickets.models import OPEN_STATUSES, Status, Ticket
from yinuo.tickets.services.messages import bump, change

MOVES: dict[str, frozenset[str]] = {
    Status.NEW: frozenset({Status.OPEN, Status.WAITING, Status.SOLVED, Status.CLOSED}),
    Status.OPEN: frozenset({Status.WAITING, Status.SOLVED, Status.CONFIRMED, Status.CLOSED}),
    Status.WAITING: frozenset({Status.OPEN, Status.SOLVED, Status.CONFIRMED, Status.CLOSED}),
    Status.SOLVED: frozenset({Status.OPEN, Status.WAITING, Status.CONFIRMED, Status.CLOSED}),
    Status.CONFIRMED: frozenset({Status.OPEN, Status.WAITING, Status.SOLVED, Status.CLOSED}),
    Status.CLOSED: frozenset({Status.OPEN}),
}


class StatusImpossible(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "status_impossible"
    text = _("A ticket that is “{was}” cannot become “{status}”.")


@service
def set_status(*, ticket: Ticket, status: Status, by: Actor, now: datetime) -> None:
    """Raises `StatusImpossible`. The instant of each stage is kept; going back empties the later ones."""
    was = Status(ticket.status)
    if was == status:
        return
    if status not in MOVES[was]:
        raise StatusImpossible(was=was.value, status=status.value)
    changes: dict[str, Any] = {"status": status, "is_open": status in OPEN_STATUSES, "updated_at": now}
    if status == Status.SOLVED:
        changes["solved_at"] = now
    elif status == Status.CONFIRMED:
        changes["confirmed_at"] = now
    elif status == Status.CLOSED:
        changes["closed_at"] = now
    else:
        changes |= {"solved_at": None, "confirmed_at": None, "closed_at": None}
    bump(ticket, None, **changes)
    record(
        StatusChanged(status.value, was.value),
        by=by, at=now, subject=("ticket", ticket.id), ticket_id=ticket.id, customer_id=ticket.customer_id,
    )  # fmt: skip
    touch(f"ticket:{ticket.id}", f"team:{ticket.team_id}", *([f"account:{ticket.owner_id}"] if ticket.owner_id else []))


@service
def reopen(*, ticket: Ticket, by: Actor, now: datetime) -> None:
    """Counts the reopening and sets the ticket to work again."""
    Ticket.objects.filter(id=ticket.id).update(reopened=F("reopened") + 1)
    ticket.refresh_from_db(fields=["reopened"])
    record(
        TicketReopened(ticket.reopened),
        by=by, at=now, subject=("ticket", ticket.id), ticket_id=ticket.id, customer_id=ticket.customer_id,
    )  # fmt: skip
    set_status(ticket=ticket, status=Status.OPEN, by=by, now=now)


@service
def start_round(*, ticket: Ticket, round: int, now: datetime) -> None:
    """The round of second handling (R-AS-4)."""
    change(ticket, round=round, updated_at=now)


@service
def set_score(*, ticket: Ticket, score: int, now: datetime) -> None:
    """The customer's last score, 1 to 5, beside the ticket."""
    change(ticket, score=score, updated_at=now)
