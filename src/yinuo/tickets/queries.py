"""Reads about tickets, messages and who has to do with them; lists are in `lists`, search in `finding`."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, QuerySet

from yinuo.foundation.models import HistoryRow
from yinuo.staff.models import Account, TeamMember
from yinuo.tickets.models import Attachment, Message, Ticket, Watch


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


def messages_of(ticket_id: UUID) -> list[Message]:
    """The conversation in order, with authors and attachments."""
    return list(
        Message.objects.filter(ticket_id=ticket_id)
        .select_related("account", "customer")
        .prefetch_related("attachments")
        .order_by("at", "id")
    )


def history_of(ticket_id: UUID, *, limit: int = 200) -> list[HistoryRow]:
    """What happened, newest first."""
    return list(HistoryRow.objects.filter(ticket_id=ticket_id).order_by("-at", "-id")[:limit])


def watchers_of(ticket_id: UUID) -> list[Watch]:
    return list(Watch.objects.filter(ticket_id=ticket_id).select_related("account").order_by("at"))


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
