"""Reads about tickets, messages and who has to do with them; lists are in `lists`, search in `finding`."""
# ruff: noqa: S608 - statements of our own words, values are bound

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from yinuo.customers.models import Customer
from yinuo.foundation.models import HistoryRow
from yinuo.foundation.select import Query, Shape, select, split
from yinuo.staff.models import Account, TeamMember
from yinuo.tickets.models import Attachment, Message, OrderLink, Ticket, Watch


@dataclass(frozen=True)
class Member:
    """Somebody who may be given a ticket: presence, and how much he has open."""

    account_id: UUID
    name: str
    presence: str
    team_id: UUID
    team: str
    team_code: str
    is_lead: bool
    capacity: int
    open_count: int


def members(team_ids: Iterable[UUID] | None = None) -> list[Member]:
    """Active members of these teams (of all active teams), by team and name."""
    memberships = TeamMember.objects.filter(account__is_active=True, team__active=True)
    if team_ids is not None:
        memberships = memberships.filter(team_id__in=list(team_ids))
    rows = list(
        memberships.order_by("team__name", "account__name").values_list(
            "account_id", "account__name", "account__presence", "team_id", "team__name", "team__code", "is_lead",
            "account__capacity",
        )
    )  # fmt: skip
    loads = dict(
        Ticket.objects.filter(owner_id__in={row[0] for row in rows}, is_open=True)
        .values("owner_id")
        .annotate(count=Count("id"))
        .values_list("owner_id", "count")
    )
    return [Member(*row, loads.get(row[0], 0)) for row in rows]


MESSAGE, ATTACHMENT, FACT = Shape(Message), Shape(Attachment), Shape(HistoryRow, without=("digest", "personal_digests"))
NAMED, PERSON = Shape(Account, only=("id", "name")), Shape(Customer, only=("id", "name"))
CONVERSATION = f"""
    SELECT EXISTS (SELECT 1 FROM tickets_attachment f WHERE f.message_id = m.id),
        {MESSAGE.columns("m")}, {NAMED.columns("a")}, {PERSON.columns("c")}
    FROM tickets_message m LEFT JOIN staff_account a ON a.id = m.account_id
    LEFT JOIN customers_customer c ON c.id = m.customer_id
    WHERE m.ticket_id = %s ORDER BY m.at, m.id
"""
ENCLOSED = f"""
    SELECT {ATTACHMENT.columns("f")} FROM tickets_attachment f JOIN tickets_message m ON m.id = f.message_id
    WHERE m.ticket_id = %s ORDER BY f.id
"""
HAPPENED = f"SELECT {FACT.columns('h')} FROM foundation_history h WHERE h.ticket_id = %s"
WATCH = Shape(Watch)
WATCHER = Shape(Account, only=("id", "name", "presence"))
WATCHED = f"""
    SELECT {WATCH.columns("w")}, {WATCHER.columns("a")} FROM tickets_watch w JOIN staff_account a ON a.id = w.account_id
    WHERE w.ticket_id = %s ORDER BY w.at
"""


def messages_of(ticket_id: UUID) -> Query[list[Message]]:
    """The conversation in order, each message with its author and its `files`."""
    return Query(CONVERSATION, (ticket_id,), partial(_messages, ticket_id))


def _messages(ticket_id: UUID, found: list[tuple[Any, ...]]) -> list[Message]:
    files: dict[UUID, list[Attachment]] = {}
    if any(row[0] for row in found):
        for row in select(ENCLOSED, ticket_id):
            file = ATTACHMENT.make(row)
            files.setdefault(file.message_id, []).append(file)
    messages = []
    for row in found:
        message, message.account, message.customer = split(row[1:], MESSAGE, NAMED, PERSON)
        message.files = files.get(message.id, [])
        messages.append(message)
    return messages


def history_of(ticket_id: UUID, *, kinds: Collection[str] = (), limit: int = 200) -> Query[list[HistoryRow]]:
    """What happened, newest first; with `kinds` only facts of these."""
    narrowed, values = (" AND h.kind = ANY(%s)", [list(kinds)]) if kinds else ("", [])
    statement = f"{HAPPENED}{narrowed} ORDER BY h.at DESC, h.id DESC LIMIT {limit}"
    return Query(statement, (ticket_id, *values), FACT.make_all)


def watchers_of(ticket_id: UUID) -> Query[list[Watch]]:
    """With the name and presence of each."""
    return Query(WATCHED, (ticket_id,), _watches)


def _watches(found: list[tuple[Any, ...]]) -> list[Watch]:
    watches = []
    for row in found:
        watch, watch.account = split(row, WATCH, WATCHER)
        watches.append(watch)
    return watches


def messages_of_customer_view(ticket_id: UUID) -> list[Message]:
    """What was said between customer and house, in order: no notes, nothing of a sender who is no participant."""
    return list(
        Message.objects.filter(ticket_id=ticket_id, direction__in=["in", "out"], unverified=False)
        .exclude(template="link_again")
        .select_related("account")
        .prefetch_related("attachments")
        .order_by("at", "id")
    )


def attachments_of_customer_view(ticket_id: UUID) -> QuerySet[Attachment]:
    """Attachments a customer may see on the portal: of messages in and out, none of internal notes, none that a
    sender who is no participant has sent."""
    return Attachment.objects.filter(
        message__ticket_id=ticket_id, message__direction__in=["in", "out"], message__unverified=False
    )


def version_of(ticket_id: UUID) -> int:
    """The version as it stands now, for a form that met another change."""
    return int(Ticket.objects.values_list("version", flat=True).get(id=ticket_id))


def owner_name(ticket_id: UUID) -> str:
    """Who has it now; empty for nobody."""
    return Ticket.objects.values_list("owner__name", flat=True).get(id=ticket_id) or ""


def account(account_id: UUID) -> Account:
    return Account.objects.get(id=account_id)


def newest_message(ticket_id: UUID) -> tuple[UUID, UUID | None] | None:
    """The newest message that a person wrote: its id, and the account where a colleague did."""
    rows = Message.objects.filter(ticket_id=ticket_id, template="").order_by("-at", "-id")
    return rows.values_list("id", "account_id").first()


def number_of(ticket_id: UUID) -> str:
    return str(Ticket.objects.values_list("number", flat=True).get(id=ticket_id))


def numbers_of(ticket_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Id → number."""
    return dict(Ticket.objects.filter(id__in=list(ticket_ids)).values_list("id", "number"))


def ids_of(numbers: Iterable[str]) -> dict[str, UUID]:
    """Number → id of those that there are; the viewer's right to see them is the caller's question."""
    return dict(Ticket.objects.filter(number__in=list(numbers)).values_list("number", "id"))


def orders_of(ticket_id: UUID) -> list[UUID]:
    """The orders that a ticket is about."""
    return list(OrderLink.objects.filter(ticket_id=ticket_id).order_by("at").values_list("order_id", flat=True))


def open_of_scenario(scenario: str, *, limit: int) -> list[Ticket]:
    """Some open tickets of a scenario with their customers, the oldest first."""
    rows = Ticket.objects.filter(scenario=scenario, is_open=True).select_related("customer")
    return list(rows.order_by("opened_at")[:limit])
