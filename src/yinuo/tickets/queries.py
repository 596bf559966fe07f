"""Lists and pages of tickets. A list is one indexed walk; a row is flat values."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from yinuo.customers.queries import customers_by_identity
from yinuo.domain.textsearch import Snippet, matches, snippet
from yinuo.foundation.errors import Missing
from yinuo.foundation.models import HistoryRow
from yinuo.staff.models import Account, TeamMember
from yinuo.staff.permissions import Viewer
from yinuo.staff.rights import Right
from yinuo.tickets.links import without_secrets
from yinuo.tickets.models import Attachment, Message, Ticket, Watch
from yinuo.tickets.numbers import is_number
from yinuo.tickets.search import candidates

PAGE = 50
COUNTED = 1000
"""Counts stop at 999+."""

ROW = (
    "id",
    "number",
    "subject",
    "scenario",
    "ticket_class",
    "status",
    "priority",
    "urgency",
    "channel",
    "score",
    "reopened",
    "round",
    "opened_at",
    "updated_at",
    "last_customer_at",
    "first_answered_at",
    "version",
    "next_due_at",
    "next_due_kind",
    "next_warn_at",
    "team_id",
    "team__name",
    "owner_id",
    "owner__name",
    "customer_id",
    "customer__name",
    "customer__tier",
    "category__name",
    "category__name_en",
)


@dataclass(frozen=True)
class Page:
    """Rows of a list and, where there are more, the `after` that fetches the next ones."""

    rows: list[dict[str, Any]]
    after: str = ""


def queue(team_id: UUID, *, after: str = "", limit: int = PAGE) -> Page:
    """Open tickets of one team, what falls due first on top."""
    return _by_due(Ticket.objects.filter(team_id=team_id, is_open=True), after, limit)


def unowned(team_id: UUID, *, after: str = "", limit: int = PAGE) -> Page:
    """Open tickets of one team that nobody has taken."""
    return _by_due(Ticket.objects.filter(team_id=team_id, is_open=True, owner__isnull=True), after, limit)


def mine(account_id: UUID, *, after: str = "", limit: int = PAGE) -> Page:
    """Open tickets of one owner, what falls due first on top."""
    return _by_due(Ticket.objects.filter(owner_id=account_id, is_open=True), after, limit)


def my_steps(account_id: UUID, *, limit: int = PAGE) -> Page:
    """Tickets on which a step waits for this person though somebody else owns them."""
    tickets = _step_tickets(account_id)
    rows = Ticket.objects.filter(id__in=tickets).exclude(owner_id=account_id, is_open=True)
    return Page(list(rows.order_by("next_due_at", "id").values(*ROW)[:limit]))


def _step_tickets(account_id: UUID) -> QuerySet[Any, Any]:
    """Tickets with an active step of this person."""
    steps = Ticket._meta.get_field("steps").related_model
    return steps.objects.filter(owner_id=account_id, state="active").values("ticket_id")


def followed(account_id: UUID, *, after: str = "", limit: int = PAGE) -> Page:
    """Tickets this person follows, last followed first."""
    watches = Watch.objects.filter(account_id=account_id)
    if after:
        watches = watches.filter(at__lt=_instant(after))
    found = list(watches.order_by("-at").values_list("ticket_id", "at")[: limit + 1])
    by_id = {row["id"]: row for row in Ticket.objects.filter(id__in=[t for t, _ in found[:limit]]).values(*ROW)}
    more = found[limit - 1][1].isoformat() if len(found) > limit else ""
    return Page([by_id[ticket_id] for ticket_id, _ in found[:limit]], more)


def recent(team_id: UUID, *, after: str = "", limit: int = PAGE) -> Page:
    """All tickets of one team, solved and archived too, last changed first."""
    return _by_updated(Ticket.objects.filter(team_id=team_id), after, limit)


def of_customer(customer_id: UUID, *, viewer: Viewer, limit: int = PAGE) -> list[dict[str, Any]]:
    """The customer's tickets that the viewer may see, newest first."""
    rows = visible(Ticket.objects.filter(customer_id=customer_id), viewer)
    return list(rows.order_by("-opened_at").values(*ROW)[:limit])


def visible(rows: QuerySet[Ticket], viewer: Viewer) -> QuerySet[Ticket]:
    """Restricts already narrow rows to what the viewer may see; never for walks (DESIGN section 6)."""
    if viewer.has(Right.SEE_ALL_TICKETS):
        return rows
    watched = Exists(Watch.objects.filter(ticket_id=OuterRef("id"), account_id=viewer.id))
    if not viewer.has(Right.WORK_TICKETS):
        return rows.filter(watched)
    return rows.filter(Q(team_id__in=viewer.team_ids) | Q(owner_id=viewer.id) | watched)


def _instant(text: str) -> datetime:
    """The instant in an `after`. Raises `Missing` for one that we never gave."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Missing from None
    if found.tzinfo is None:
        raise Missing
    return found


def _id(text: str) -> UUID:
    """The id in an `after`. Raises `Missing` for one that we never gave."""
    try:
        return UUID(text)
    except ValueError:
        raise Missing from None


def _by_due(rows: QuerySet[Ticket], after: str, limit: int) -> Page:
    """Keyset pages over (next_due_at nulls last, id)."""
    if after:
        due, _, last_id = after.partition("|")
        if due:
            instant = _instant(due)
            rows = rows.filter(
                Q(next_due_at__gt=instant) | Q(next_due_at=instant, id__gt=_id(last_id)) | Q(next_due_at__isnull=True)
            )
        else:
            rows = rows.filter(next_due_at__isnull=True, id__gt=_id(last_id))
    found = list(rows.order_by("next_due_at", "id").values(*ROW)[: limit + 1])
    if len(found) <= limit:
        return Page(found)
    last = found[limit - 1]
    return Page(found[:limit], f"{last['next_due_at'].isoformat() if last['next_due_at'] else ''}|{last['id']}")


def _by_updated(rows: QuerySet[Ticket], after: str, limit: int) -> Page:
    if after:
        rows = rows.filter(updated_at__lt=_instant(after))
    found = list(rows.order_by("-updated_at").values(*ROW)[: limit + 1])
    return Page(found[:limit], found[limit - 1]["updated_at"].isoformat() if len(found) > limit else "")


@dataclass(frozen=True)
class Counts:
    """How many open tickets each list holds; counting stops at 1000."""

    mine: int
    steps: int
    teams: dict[UUID, int]
    unowned: dict[UUID, int]


def counts(*, account_id: UUID, team_ids: Iterable[UUID]) -> Counts:
    """All of them in one statement; each part walks its index no further than it counts."""
    team_ids = list(team_ids)
    open_tickets = Ticket.objects.filter(is_open=True)
    parts: list[QuerySet[Any, Any]] = [
        open_tickets.filter(owner_id=account_id),
        Ticket.objects.filter(id__in=_step_tickets(account_id)).exclude(owner_id=account_id, is_open=True),
    ]
    for team_id in team_ids:
        parts += [open_tickets.filter(team_id=team_id), open_tickets.filter(team_id=team_id, owner__isnull=True)]
    pieces, values = [], []
    for part in parts:
        sql, given = part.order_by().values("id")[:COUNTED].query.sql_with_params()
        pieces.append(f"(SELECT count(*) FROM ({sql}) AS part)")  # noqa: S608 - made by the ORM
        values += given
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(pieces), values)
        found = cursor.fetchone()
    return Counts(found[0], found[1], dict(zip(team_ids, found[2::2], strict=True)),
                  dict(zip(team_ids, found[3::2], strict=True)))  # fmt: skip


def rows_of(ticket_ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """List rows of these tickets."""
    return {row["id"]: row for row in Ticket.objects.filter(id__in=list(ticket_ids)).values(*ROW)}


def open_of_teams(team_ids: Iterable[UUID], *, limit: int = PAGE) -> list[dict[str, Any]]:
    """Open tickets of these teams that nobody has taken, what falls due first on top; one walk a team."""
    rows: list[dict[str, Any]] = []
    for team_id in team_ids:
        rows += unowned(team_id, limit=limit).rows
    return sorted(rows, key=lambda row: (row["next_due_at"] is None, row["next_due_at"] or row["opened_at"]))[:limit]


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


@dataclass(frozen=True)
class Hit:
    """A found ticket with the place that matched."""

    row: dict[str, Any]
    snippet: Snippet | None


SCAN = 300
SCANS = 10


def search(text: str, *, viewer: Viewer, limit: int = 30) -> list[Hit]:
    """By number, by a customer's phone number or mail address, else by words in subject and messages, newest first.

    The index proposes, the decrypted text decides: what is shown contains every word.
    """
    text = text.strip()
    if not text:
        return []
    if is_number(text) or text.isdigit():
        rows = visible(Ticket.objects.filter(number__in=[text.upper()]), viewer)
        found = [Hit(row, None) for row in rows.values(*ROW)]
        if found or is_number(text):
            return found
    customers = customers_by_identity(text)
    if customers:
        rows = visible(Ticket.objects.filter(customer__in=customers), viewer)
        return [Hit(row, None) for row in rows.order_by("-opened_at").values(*ROW)[:limit]]
    return _search_words(text, viewer, limit)


def _search_words(text: str, viewer: Viewer, limit: int) -> list[Hit]:
    hits: dict[UUID, Hit] = {}
    before = None
    for _ in range(SCANS):
        found = candidates(text, before=before, limit=SCAN)
        if not found:
            break
        fresh = [entry for entry in found if entry[0] not in hits]
        tickets = {
            row["id"]: row
            for row in visible(Ticket.objects.filter(id__in={entry[0] for entry in fresh}), viewer).values(*ROW)
        }
        texts = {
            message.id: message.full_text or message.text
            for message in Message.objects.filter(
                id__in=[source for ticket, source, _ in fresh if ticket in tickets and source != ticket]
            ).only("id", "text", "full_text")
        }
        for ticket_id, source_id, _at in fresh:
            row = tickets.get(ticket_id)
            if row is None or ticket_id in hits:
                continue
            body = row["subject"] if source_id == ticket_id else texts.get(source_id, "")
            if matches(body, text):
                hits[ticket_id] = Hit(row, snippet(without_secrets(body), text))
                if len(hits) == limit:
                    return list(hits.values())
        if len(found) < SCAN:
            break
        before = found[-1][2]
    return list(hits.values())


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
