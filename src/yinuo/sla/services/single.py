"""Promises of a single subject, changed one at a time; a ticket's go through its `Book`."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from yinuo.foundation.actors import Actor
from yinuo.foundation.work import service
from yinuo.sla.models import Deadline
from yinuo.sla.queries import NextDue
from yinuo.sla.services.book import About, Book, Subject


@service
def start_deadline(
    *, kind: str, about: About, round: int, starts_at: datetime, facts: Mapping[str, object], by: Actor, now: datetime
) -> Deadline | None:
    """See `Book.start`."""
    book = Book.of_subject(about.subject)
    row = book.start(kind, about=about, round=round, starts_at=starts_at, facts=facts, by=by, now=now)
    book.write()
    return row


@service
def meet_deadline(*, kind: str, subject: Subject, round: int, at: datetime, by: Actor) -> None:
    """See `Book.meet`."""
    book = Book.of_subject(subject)
    book.meet(kind, subject=subject, round=round, at=at, by=by)
    book.write()


@service
def pause_deadline(*, kind: str, subject: Subject, round: int, at: datetime, wait: str, by: Actor) -> None:
    """See `Book.pause`."""
    book = Book.of_subject(subject)
    book.pause(kind, subject=subject, round=round, at=at, wait=wait, by=by)
    book.write()


@service
def resume_deadline(*, kind: str, subject: Subject, round: int, at: datetime, by: Actor, now: datetime) -> None:
    """See `Book.resume`."""
    book = Book.of_subject(subject)
    book.resume(kind, subject=subject, round=round, at=at, by=by, now=now)
    book.write()


@service
def start_timer(
    *, kind: str, about: About, round: int, base_at: datetime, offset: timedelta, clock: str, now: datetime,
    values: Mapping[str, Any] | None = None,
) -> Deadline:  # fmt: skip
    """See `Book.start_timer`."""
    book = Book.of_subject(about.subject)
    row = book.start_timer(
        kind, about=about, round=round, base_at=base_at, offset=offset, clock=clock, now=now, values=values
    )
    book.write()
    return row


@service
def move_deadlines(
    *, ticket_id: UUID, team_id: UUID, team_code: str, owner_id: UUID | None, by: Actor, now: datetime
) -> NextDue | None:
    """The ticket changed hands (see `Book.hand_over`); what of it is due next."""
    book = Book.of_ticket(ticket_id)
    book.hand_over(team_id, owner_id, team_code=team_code, by=by, now=now)
    book.write()
    return book.next_due()


@service
def move_to_customer(*, merged_id: UUID, kept_id: UUID) -> None:
    """Promises and timers of a customer file that was merged into another."""
    Deadline.objects.filter(customer_id=merged_id).update(customer_id=kept_id)
