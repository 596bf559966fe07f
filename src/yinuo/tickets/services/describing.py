"""What a ticket is about, what is due next."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from yinuo.catalog.models import Category
from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import Changed
from yinuo.foundation.events import record
from yinuo.foundation.live import touch
from yinuo.foundation.rows import update
from yinuo.foundation.work import service
from yinuo.sla.queries import NextDue, next_due_of
from yinuo.tickets.events import TicketClassified
from yinuo.tickets.models import Message, Ticket
from yinuo.tickets.services.messages import bump


@service
def classify(
    *,
    ticket: Ticket,
    by: Actor,
    now: datetime,
    source: str,
    priority: int,
    version: int | None = None,
    category: Category | None = None,
    urgency: str | None = None,
    impact: str | None = None,
    complexity: str | None = None,
    confidence: float | None = None,
) -> Ticket:
    """Sets what is given; nothing is recorded where nothing changes. Raises `Changed` on a stale version."""
    was: dict[str, object] = {
        "category": ticket.category.code if ticket.category else "",
        "urgency": ticket.urgency,
        "impact": ticket.impact,
        "priority": ticket.priority,
        "complexity": ticket.complexity,
    }
    changes: dict[str, Any] = {"priority": priority}
    if category:
        changes |= {
            "category": category,
            "category_source": source,
            "category_confidence": confidence,
            "ticket_class": category.ticket_class,
        }
    changes |= {
        name: value
        for name, value in (("urgency", urgency), ("impact", impact), ("complexity", complexity))
        if value is not None
    }
    if all(getattr(ticket, name) == value for name, value in changes.items()):
        return ticket
    if not bump(ticket, version, updated_at=now, **changes):
        raise Changed
    record(
        TicketClassified(
            ticket.category.code if ticket.category else "",
            source, confidence, ticket.urgency, ticket.impact, ticket.priority, was,
        ),
        by=by, at=now, subject=("ticket", ticket.id), ticket_id=ticket.id, customer_id=ticket.customer_id,
    )  # fmt: skip
    touch(f"ticket:{ticket.id}", f"team:{ticket.team_id}")
    return ticket


@service
def move_to_customer(*, merged_id: UUID, kept_id: UUID) -> None:
    """Tickets and messages of a customer file that was merged into another."""
    Ticket.objects.filter(customer_id=merged_id).update(customer_id=kept_id)
    Message.objects.filter(customer_id=merged_id).update(customer_id=kept_id)


@service
def set_due(*, ticket: Ticket, due: NextDue | None) -> None:
    """Copies the earliest running promise to the ticket row, for lists."""
    columns = {
        "next_due_at": due.due_at if due else None,
        "next_due_kind": due.kind if due else "",
        "next_warn_at": due.warn_at if due else None,
    }
    if any(getattr(ticket, name) != value for name, value in columns.items()):
        for name, value in columns.items():
            setattr(ticket, name, value)
        if not ticket._state.adding:
            update(ticket, *columns)


@service
def set_due_of_many(*, ticket_ids: Iterable[UUID]) -> None:
    """The same for tickets whose promises were dated anew by themselves."""
    tickets = Ticket.objects.select_for_update().filter(id__in=ticket_ids).order_by("id")
    locked = {ticket.id: ticket for ticket in tickets}
    due = next_due_of(locked)
    for ticket in locked.values():
        set_due(ticket=ticket, due=due.get(ticket.id))
        touch(f"ticket:{ticket.id}", f"team:{ticket.team_id}")
