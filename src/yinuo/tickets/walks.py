"""Lists for programs. They are keyset walks over one index: `after` says where the last page ended, never how far."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from yinuo.tickets.errors import PageUnknown
from yinuo.tickets.models import Message, Ticket

Row = dict[str, Any]
COLUMNS = (
    "id", "number", "subject", "status", "scenario", "ticket_class", "category__code", "urgency", "impact", "priority",
    "channel", "language", "team_id", "team__code", "owner_id", "owner__name", "customer_id", "customer__name",
    "opened_at", "updated_at", "first_answered_at", "solved_at", "confirmed_at", "closed_at", "reopened", "score",
    "next_due_at", "next_due_kind", "version",
)  # fmt: skip


@dataclass(frozen=True)
class Page:
    """Rows and, where there are more, the `after` that fetches the next ones."""

    rows: list[Any]
    after: str | None


def ticket_row(number: str) -> Row | None:
    return Ticket.objects.filter(number=number).values(*COLUMNS).first()


def ticket_with(id: UUID) -> Ticket:
    return Ticket.objects.select_related("customer", "team", "owner").get(id=id)


def open_tickets(team_id: UUID, after: str, limit: int) -> Page:
    """Open tickets of a queue, what falls due first on top, those without a promise at the end."""
    rows = Ticket.objects.filter(team_id=team_id, is_open=True)
    at, last = _place(after) if after else (None, None)
    found: list[Row] = []
    if not after or at:
        due = rows.filter(next_due_at__isnull=False)
        if at:
            due = due.filter(next_due_at__gte=at).exclude(next_due_at=at, id__lte=last)
        found = list(due.order_by("next_due_at", "id").values(*COLUMNS)[: limit + 1])
    if len(found) <= limit:
        none = rows.filter(next_due_at__isnull=True)
        if last and not at:
            none = none.filter(id__gt=last)
        found += none.order_by("id").values(*COLUMNS)[: limit + 1 - len(found)]
    return _page(found, limit, "next_due_at")


def all_tickets(team_id: UUID, after: str, limit: int) -> Page:
    """All tickets of a queue, archived ones too, last changed first."""
    rows = Ticket.objects.filter(team_id=team_id)
    if after:
        at, last = _place(after)
        if at is None:
            raise PageUnknown
        rows = rows.filter(updated_at__lte=at).exclude(updated_at=at, id__gte=last)
    return _page(list(rows.order_by("-updated_at", "-id").values(*COLUMNS)[: limit + 1]), limit, "updated_at")


def messages(ticket_id: UUID, after: str, limit: int) -> Page:
    """The conversation in order, with authors and files."""
    rows: QuerySet[Message] = Message.objects.filter(ticket_id=ticket_id)
    if after:
        at, last = _place(after)
        if at is None:
            raise PageUnknown
        rows = rows.filter(at__gte=at).exclude(at=at, id__lte=last)
    rows = rows.select_related("account", "customer").prefetch_related("attachments")
    found = list(rows.order_by("at", "id")[: limit + 1])
    more = _after(found[limit - 1].at, found[limit - 1].id) if len(found) > limit else None
    return Page(found[:limit], more)


def _page(found: list[Row], limit: int, column: str) -> Page:
    more = _after(found[limit - 1][column], found[limit - 1]["id"]) if len(found) > limit else None
    return Page(found[:limit], more)


def _after(at: datetime | None, id: UUID) -> str:
    return base64.urlsafe_b64encode(f"{at.isoformat() if at else ''}|{id}".encode()).decode().rstrip("=")


def _place(after: str) -> tuple[datetime | None, UUID]:
    """Raises `PageUnknown` for an `after` that we never gave."""
    try:
        text = base64.b64decode(after + "=" * (-len(after) % 4), altchars=b"-_", validate=True).decode()
        at, _, id = text.partition("|")
        instant = datetime.fromisoformat(at) if at else None
        if instant is not None and instant.tzinfo is None:
            raise PageUnknown
        return instant, UUID(id)
    except (binascii.Error, ValueError, OverflowError):
        raise PageUnknown from None


def has_ticket_in(customer_id: UUID, team_ids: Iterable[UUID]) -> bool:
    """Whether the customer has a ticket in one of these queues."""
    return Ticket.objects.filter(customer_id=customer_id, team_id__in=list(team_ids)).exists()
