"""Lists of tickets. A list is one indexed walk, a row is flat values; nothing here costs more with more tickets."""
# ruff: noqa: S608 - statements of our own words, values are bound

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from yinuo.foundation.cursors import id_in, instant_in
from yinuo.foundation.encryption import reveal
from yinuo.foundation.select import select
from yinuo.staff.permissions import Viewer
from yinuo.staff.rights import Right
from yinuo.tickets.models import OPEN_STATUSES

PAGE = 50
COUNTED = 1000
"""Counts stop at 999+."""
OF_CUSTOMER = 1000
"""So many of a customer's newest tickets are looked through for those that somebody may see."""


class TicketRow(NamedTuple):
    """A ticket in a list."""

    id: UUID
    number: str
    subject: str
    status: str
    priority: int
    channel: str
    opened_at: datetime
    updated_at: datetime
    first_answered_at: datetime | None
    version: int
    next_due_at: datetime | None
    next_due_kind: str
    next_warn_at: datetime | None
    team_id: UUID
    owner_id: UUID | None
    owner: str
    customer: str
    tier: str
    category: str
    category_en: str


@dataclass(frozen=True)
class Page:
    """Rows of a list and, where there are more, the `after` that fetches the next ones."""

    rows: list[TicketRow]
    after: str = ""


OWN = (
    "id, number, subject, status, priority, channel, opened_at, updated_at, first_answered_at, version, next_due_at, "
    "next_due_kind, next_warn_at, team_id, owner_id, customer_id, category_id"
)
SHOWN = """
    SELECT t.id, t.number, t.subject, t.status, t.priority, t.channel, t.opened_at, t.updated_at, t.first_answered_at,
        t.version, t.next_due_at, t.next_due_kind, t.next_warn_at, t.team_id, t.owner_id, coalesce(o.name, ''),
        c.name, c.tier, coalesce(k.name, ''), coalesce(k.name_en, '')
"""
NAMED = """
    JOIN customers_customer c ON c.id = t.customer_id
    LEFT JOIN staff_account o ON o.id = t.owner_id
    LEFT JOIN catalog_category k ON k.id = t.category_id
"""
ASKED = (
    "EXISTS (SELECT 1 FROM procedures_subtask k WHERE k.ticket_id = {ticket} AND k.state IN ('offered', 'accepted') "
    "AND k.team_id = ANY(%s::uuid[]))"
)
"""Whether one of these teams has a sub-task of the ticket to do: its people may see the ticket for so long."""
IN_STATE = "team_id = %s AND is_open AND status = %s"
BY_DUE, NEWEST = "next_due_at, id", "updated_at DESC, id DESC"


def rows(source: str, order: str, values: Iterable[object]) -> list[TicketRow]:
    """Rows of `source` (SQL of our words that gives tickets as `t`), in the order of some columns of `t`."""
    found = select(f"{SHOWN} FROM {source} {NAMED} ORDER BY {order}", *values)
    return [TicketRow(*row[:2], reveal(row[2]), *row[3:16], reveal(row[16]), *row[17:]) for row in found]


# --- by deadline: a queue, what nobody has, one's own -------------------------------------------------------------


def queue(team_id: UUID, *, after: str = "", limit: int = PAGE) -> Page:
    """Open tickets of one team, what falls due first on top: the walks of its three states, merged."""
    return _by_due([(IN_STATE, [team_id, status.value]) for status in OPEN_STATUSES], after, limit)


def unowned(team_id: UUID, *, after: str = "", limit: int = PAGE) -> Page:
    """Open tickets of one team that nobody has taken."""
    return _by_due([("team_id = %s AND is_open AND owner_id IS NULL", [team_id])], after, limit)


def in_state(team_id: UUID, status: str, *, after: str = "", limit: int = PAGE) -> Page:
    """Open tickets of one team in one state (new, open or waiting)."""
    return _by_due([(IN_STATE, [team_id, status])], after, limit)


def mine(account_id: UUID, *, after: str = "", limit: int = PAGE) -> Page:
    """Open tickets of one owner, what falls due first on top."""
    return _by_due([("owner_id = %s AND is_open", [account_id])], after, limit)


def _by_due(walks: list[tuple[str, list[object]]], after: str, limit: int) -> Page:
    """What has no deadline comes last. `walks`: conditions with an index in this order each, and their values."""
    due, _, last_id = after.partition("|")
    if not after:
        parts: list[tuple[str, list[object]]] = [("", [])]
    elif due:
        parts = [
            ("AND (next_due_at, id) > (%s, %s)", [instant_in(due), id_in(last_id)]),
            ("AND next_due_at IS NULL", []),
        ]
    else:
        parts = [("AND next_due_at IS NULL AND id > %s", [id_in(last_id)])]
    sources, values = [], []
    for where, given in walks:
        for more, cursor in parts:
            sources.append(
                f"(SELECT {OWN} FROM tickets_ticket WHERE {where} {more} ORDER BY {BY_DUE} LIMIT {limit + 1})"
            )
            values += [*given, *cursor]
    source = f"({' UNION ALL '.join(sources)} ORDER BY {BY_DUE} LIMIT {limit + 1})" if sources[1:] else sources[0]
    found = rows(f"{source} t", "t.next_due_at, t.id", values)
    return _page(found, limit, lambda row: f"{row.next_due_at.isoformat() if row.next_due_at else ''}|{row.id}")


# --- by last change: a team's, all that somebody may see ----------------------------------------------------------


def recent(team_id: UUID, *, after: str = "", limit: int = PAGE) -> Page:
    """All tickets of one team, solved and archived too, last changed first."""
    return _by_change([_changed("team_id = %s", after, limit)], [team_id, *_cursor(after)], limit)


def seen(viewer: Viewer, *, after: str = "", limit: int = PAGE) -> Page:
    """All that somebody may see, last changed first: the beginnings of each walk, merged."""
    cursor = _cursor(after)
    if viewer.has(Right.SEE_ALL_TICKETS):
        return _by_change([_changed("true", after, limit)], cursor, limit)
    more = "AND (t.updated_at, t.id) < (%s, %s)" if after else ""
    followed = (
        f"(SELECT {', '.join(f't.{name}' for name in OWN.split(', '))} FROM tickets_watch w "
        f"JOIN tickets_ticket t ON t.id = w.ticket_id WHERE w.account_id = %s {more} "
        f"ORDER BY t.updated_at DESC, t.id DESC LIMIT {limit + 1})"
    )
    walks, values = [followed], [viewer.id, *cursor]
    if viewer.has(Right.WORK_TICKETS):
        walks.append(
            f"(SELECT DISTINCT {', '.join(f't.{name}' for name in OWN.split(', '))} FROM procedures_subtask k "
            f"JOIN tickets_ticket t ON t.id = k.ticket_id WHERE k.team_id = ANY(%s::uuid[]) "
            f"AND k.state IN ('offered', 'accepted') {more} ORDER BY t.updated_at DESC, t.id DESC LIMIT {limit + 1})"
        )
        values += [sorted(viewer.team_ids), *cursor]
        walks.append(_changed("owner_id = %s", after, limit))
        values += [viewer.id, *cursor]
        for team_id in sorted(viewer.team_ids):
            walks.append(_changed("team_id = %s", after, limit))
            values += [team_id, *cursor]
    return _by_change(walks, values, limit)


def _changed(where: str, after: str, limit: int) -> str:
    more = "AND (updated_at, id) < (%s, %s)" if after else ""
    return f"(SELECT {OWN} FROM tickets_ticket WHERE {where} {more} ORDER BY {NEWEST} LIMIT {limit + 1})"


def _by_change(walks: list[str], values: list[object], limit: int) -> Page:
    source = walks[0] if len(walks) == 1 else f"({' UNION '.join(walks)} ORDER BY {NEWEST} LIMIT {limit + 1})"
    found = rows(f"{source} t", "t.updated_at DESC, t.id DESC", values)
    return _page(found, limit, lambda row: f"{row.updated_at.isoformat()}|{row.id}")


def _cursor(after: str) -> list[object]:
    if not after:
        return []
    at, _, last_id = after.partition("|")
    return [instant_in(at), id_in(last_id)]


# --- of a person, of a customer -----------------------------------------------------------------------------------


def followed(account_id: UUID, *, after: str = "", limit: int = PAGE) -> Page:
    """Tickets this person follows, last followed first."""
    more = "AND (at, id) < (%s, %s)" if after else ""
    watches = (
        f"(SELECT ticket_id, at, id FROM tickets_watch WHERE account_id = %s {more} "
        f"ORDER BY at DESC, id DESC LIMIT {limit + 1}) w"
    )
    values = [account_id, *_cursor(after)]
    found = rows(f"{watches} JOIN tickets_ticket t ON t.id = w.ticket_id", "w.at DESC, w.id DESC", values)
    if len(found) <= limit:
        return Page(found)
    at, last_id = select(
        "SELECT at, id FROM tickets_watch WHERE account_id = %s AND ticket_id = %s", account_id, found[limit - 1].id
    )[0]
    return Page(found[:limit], f"{at.isoformat()}|{last_id}")


STEPS_OF = """
    SELECT s.ticket_id FROM procedures_step s JOIN tickets_ticket o ON o.id = s.ticket_id
    WHERE s.owner_id = %s AND s.state = 'active' AND (o.owner_id IS DISTINCT FROM s.owner_id OR NOT o.is_open)
    UNION SELECT k.ticket_id FROM procedures_subtask k WHERE k.owner_id = %s AND k.state = 'accepted'
    UNION SELECT k.ticket_id FROM procedures_subtask k WHERE k.team_id = ANY(%s::uuid[]) AND k.state = 'offered'
"""


def my_steps(account_id: UUID, member_of: Collection[UUID] = (), *, after: str = "", limit: int = PAGE) -> Page:
    """Tickets on which a step waits for this person though somebody else owns them, or a sub-task for him or one of the
    teams he is a member of; one page, nothing after it."""
    if after:
        return Page([])
    source = (
        f"(SELECT {', '.join(f't.{name}' for name in OWN.split(', '))} FROM ({STEPS_OF}) s "
        f"JOIN tickets_ticket t ON t.id = s.ticket_id ORDER BY t.next_due_at, t.id LIMIT {limit}) t"
    )
    return Page(rows(source, "t.next_due_at, t.id", [account_id, account_id, sorted(member_of)]))


def of_customer(customer_id: UUID, *, viewer: Viewer, limit: int = PAGE) -> list[TicketRow]:
    """The customer's tickets that the viewer may see, newest first."""
    where, values = seen_by(viewer)
    source = (
        f"(SELECT {OWN} FROM (SELECT {OWN} FROM tickets_ticket WHERE customer_id = %s "
        f"ORDER BY opened_at DESC LIMIT {OF_CUSTOMER}) t WHERE {where} ORDER BY opened_at DESC LIMIT {limit}) t"
    )
    return rows(source, "t.opened_at DESC", [customer_id, *values])


def about_order(order_id: UUID, *, viewer: Viewer, limit: int = PAGE) -> list[TicketRow]:
    """Tickets about an order that the viewer may see, the newest first."""
    where, values = seen_by(viewer)
    source = (
        f"(SELECT {', '.join(f't.{name}' for name in OWN.split(', '))} FROM tickets_orderlink l "
        f"JOIN tickets_ticket t ON t.id = l.ticket_id WHERE l.order_id = %s AND {where} "
        f"ORDER BY t.opened_at DESC LIMIT {limit}) t"
    )
    return rows(source, "t.opened_at DESC", [order_id, *values])


def rows_of(ticket_ids: Iterable[UUID]) -> dict[UUID, TicketRow]:
    """List rows of these tickets."""
    source = f"(SELECT {OWN} FROM tickets_ticket WHERE id = ANY(%s)) t"
    return {row.id: row for row in rows(source, "t.id", [list(ticket_ids)])}


def open_of_teams(team_ids: Iterable[UUID], *, limit: int = PAGE) -> list[TicketRow]:
    """Open tickets of these teams that nobody has taken, what falls due first on top; one walk a team."""
    walk = (
        f"SELECT {OWN} FROM tickets_ticket WHERE team_id = team.id AND is_open AND owner_id IS NULL "
        f"ORDER BY {BY_DUE} LIMIT {limit}"
    )
    teams = "unnest(%s::uuid[]) team(id)"
    source = f"(SELECT t.* FROM {teams}, LATERAL ({walk}) t ORDER BY t.next_due_at, t.id LIMIT {limit}) t"
    return rows(source, "t.next_due_at, t.id", [list(team_ids)])


def seen_by(viewer: Viewer) -> tuple[str, list[object]]:
    """A condition on `t` for narrow rows, never for walks (DESIGN section 6), and its values."""
    if viewer.has(Right.SEE_ALL_TICKETS):
        return "true", []
    watched = "EXISTS (SELECT 1 FROM tickets_watch w WHERE w.ticket_id = t.id AND w.account_id = %s)"
    if not viewer.has(Right.WORK_TICKETS):
        return watched, [viewer.id]
    teams = sorted(viewer.team_ids)
    asked = ASKED.format(ticket="t.id")
    return f"(t.team_id = ANY(%s) OR t.owner_id = %s OR {watched} OR {asked})", [teams, viewer.id, viewer.id, teams]


# --- counts -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Counts:
    """How many open tickets each list holds; counting stops at 1000."""

    mine: int
    steps: int
    teams: dict[UUID, int]
    unowned: int
    state: int


COUNTS = f"""
    SELECT (SELECT count(*) FROM (SELECT 1 FROM tickets_ticket WHERE owner_id = %s AND is_open LIMIT {COUNTED}) part),
        (SELECT count(*) FROM ({STEPS_OF} LIMIT {COUNTED}) part),
        (SELECT count(*) FROM (SELECT 1 FROM tickets_ticket WHERE team_id = %s AND is_open AND owner_id IS NULL
            LIMIT {COUNTED}) part),
        (SELECT count(*) FROM (SELECT 1 FROM tickets_ticket WHERE {IN_STATE} LIMIT {COUNTED}) part),
        ARRAY(SELECT (SELECT count(*) FROM (SELECT 1 FROM tickets_ticket WHERE team_id = team.id AND is_open
            LIMIT {COUNTED}) part) FROM unnest(%s::uuid[]) WITH ORDINALITY team(id, place) ORDER BY team.place)
"""


def counts(
    *,
    account_id: UUID,
    team_ids: Iterable[UUID],
    member_of: Collection[UUID] = (),
    unowned_of: UUID | None = None,
    state_of: tuple[UUID, str] | None = None,
) -> Counts:
    """All of them in one statement; each part walks its index no further than it counts. What nobody has is counted
    for one team, and one state of one team."""
    team_ids = list(team_ids)
    state = state_of or (None, "")
    own = (account_id, account_id, account_id, sorted(member_of))
    mine, steps, unowned, in_state, teams = select(COUNTS, *own, unowned_of, *state, team_ids)[0]
    return Counts(mine, steps, dict(zip(team_ids, teams, strict=True)), unowned, in_state)


def _page(found: list[TicketRow], limit: int, place: Callable[[TicketRow], str]) -> Page:
    return Page(found[:limit], place(found[limit - 1]) if len(found) > limit else "")
