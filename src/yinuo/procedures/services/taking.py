"""Whoever a ticket was handed to accepts it: by taking it, or by the first thing he does with it (R-CP-2, R-CO-2)."""

from datetime import datetime

from yinuo.foundation.actors import Actor
from yinuo.sla.services import Book
from yinuo.tickets.models import Ticket

TAKEN_OVER = "taken_over"


def meet_taking(book: Book, ticket: Ticket, *, by: Actor, now: datetime) -> bool:
    """The owner does something with the ticket: that he accepts it is kept; whether it was still open."""
    subject = ("ticket", ticket.id)
    number = book.open_round(TAKEN_OVER, subject) if ticket.owner_id and by.id == ticket.owner_id else 0
    if number:
        book.meet(TAKEN_OVER, subject=subject, round=number, at=now, by=by)
    return bool(number)


def cancel_taking(book: Book, ticket: Ticket, *, at: datetime, reason: str, by: Actor) -> None:
    """Nobody needs to accept it any more."""
    subject = ("ticket", ticket.id)
    if number := book.open_round(TAKEN_OVER, subject):
        book.cancel(TAKEN_OVER, subject=subject, round=number, at=at, reason=reason, by=by)
