"""A register is an indexed walk over the tickets of its scenarios, newest first; nothing costs more with more rows."""
# ruff: noqa: S608 - statements of our own words, values are bound

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from yinuo.customers.queries import contact_of
from yinuo.domain.documents import Book, Printer, Register, cells
from yinuo.domain.procedure import Definition
from yinuo.foundation.errors import Missing
from yinuo.foundation.select import select
from yinuo.procedures.documents.contents import CONTACTS, names_in, of_run, of_ticket
from yinuo.procedures.models import Run
from yinuo.procedures.published import definition_of
from yinuo.procedures.registers.orders import order_rows
from yinuo.tickets.models import OPEN_STATUSES, Status, Ticket

PAGE = 50
BATCH = 500
COUNTED = 100_000_000
ROWS_OF_ORDERS = """orders_order LEFT JOIN LATERAL (
    SELECT 1 FROM orders_milestone WHERE order_id = orders_order.id AND dropped_at IS NULL) milestone ON true"""
"""As `order_rows` has them: one a milestone, one where there is none."""
ORDER_STATES = {"open": "is_open AND state <> 'signed'", "solved": "state = 'signed'", "closed": "NOT is_open"}
"""The same three, of orders."""
STATES: dict[str, tuple[str, ...]] = {
    "open": tuple(OPEN_STATUSES),
    "solved": (Status.SOLVED, Status.CONFIRMED),
    "closed": (Status.CLOSED,),
}
NEWEST = "opened_at DESC, id DESC"
UNLINKED = " AND NOT EXISTS (SELECT 1 FROM tickets_orderlink l WHERE l.ticket_id = tickets_ticket.id)"
"""What is about an order of ours stands in its order's row."""


@dataclass(frozen=True)
class Filters:
    """`team_ids` None: of all teams. Days are those of the house's zone, both included. `state`: one of `STATES`."""

    team_ids: tuple[UUID, ...] | None
    since: date | None = None
    until: date | None = None
    owner_id: UUID | None = None
    state: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "team_ids": None if self.team_ids is None else [str(one) for one in self.team_ids],
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
            "owner_id": str(self.owner_id) if self.owner_id else "",
            "state": self.state,
        }

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> "Filters":
        """The inverse of `to_json`."""
        return cls(
            team_ids=None if raw["team_ids"] is None else tuple(UUID(one) for one in raw["team_ids"]),
            since=date.fromisoformat(raw["since"]) if raw["since"] else None,
            until=date.fromisoformat(raw["until"]) if raw["until"] else None,
            owner_id=UUID(raw["owner_id"]) if raw["owner_id"] else None,
            state=raw["state"],
        )


@dataclass(frozen=True)
class Entry:
    """A row: the ticket (or the order) it is of, and a text for each column."""

    number: str
    opened_at: datetime
    cells: list[str]
    is_order: bool = False


@dataclass(frozen=True)
class Page:
    rows: list[Entry]
    after: str = ""


def page(
    register: Register, book: Book, filters: Filters, *, language: str, after: str = "", limit: int = PAGE,
    unmasked: bool = False,
) -> Page:  # fmt: skip
    """The rows of `limit` matters after `after`, which an earlier page gave; an order has one a milestone. Raises
    `Missing` for an `after` that we never gave."""
    found = _ids(register, filters, after, limit + 1)
    entries = _entries(register, book, [id for _, id in found[:limit]], language, unmasked)
    more = f"{found[limit - 1][0].isoformat()}|{found[limit - 1][1]}" if len(found) > limit else ""
    return Page(entries, more)


def all_rows(
    register: Register, book: Book, filters: Filters, *, language: str, unmasked: bool
) -> Iterator[list[Entry]]:
    """Every row, in batches: memory does not grow with their number."""
    after = ""
    while True:
        batch = page(register, book, filters, language=language, after=after, limit=BATCH, unmasked=unmasked)
        if batch.rows:
            yield batch.rows
        after = batch.after
        if not after:
            return


def count(register: Register, filters: Filters) -> int:
    """How many rows there are; reads the index."""
    walks, values = _walks(register, filters, "", COUNTED, order=False)
    if not walks:
        return 0
    (found,) = select(f"SELECT sum(n) FROM ({' UNION ALL '.join(walks)}) part(n)", *values, prepare=False)
    return int(found[0] or 0)


def _ids(register: Register, filters: Filters, after: str, limit: int) -> list[tuple[datetime, UUID]]:
    walks, values = _walks(register, filters, after, limit)
    if not walks:
        return []
    source = walks[0] if len(walks) == 1 else f"{' UNION ALL '.join(walks)} ORDER BY {NEWEST} LIMIT {limit}"
    return [(at, id) for at, id in select(source, *values, prepare=False)]


def _walks(
    register: Register, filters: Filters, after: str, limit: int, *, order: bool = True
) -> tuple[list[str], list[Any]]:
    """One walk a scenario and team, each along its own index."""
    where, bound = _conditions(filters, after)
    if register.orders:
        where += UNLINKED
    teams: Collection[UUID | None] = [None] if filters.team_ids is None else filters.team_ids
    walks: list[str] = []
    values: list[Any] = []
    for scenario in register.scenarios:
        for team in teams:
            of_team = "" if team is None else " AND team_id = %s"
            what = "opened_at, id" if order else "count(*)"
            end = f" ORDER BY {NEWEST} LIMIT {limit}" if order else ""
            walks.append(f"(SELECT {what} FROM tickets_ticket WHERE scenario = %s{of_team}{where}{end})")
            values += [scenario, *([] if team is None else [team]), *bound]
    if register.orders:
        more, given = _order_walks(filters, after, limit, teams, order=order)
        walks, values = [*walks, *more], [*values, *given]
    return walks, values


def _order_walks(
    filters: Filters, after: str, limit: int, teams: Collection[UUID | None], *, order: bool
) -> tuple[list[str], list[Any]]:
    """The same over orders; what is opened of a ticket is placed of an order."""
    where, bound = _conditions(replace(filters, state=""), after)
    where = where.replace("opened_at", "placed_at")
    if filters.state:
        where += f" AND {ORDER_STATES[filters.state]}"
    walks: list[str] = []
    values: list[Any] = []
    for team in teams:
        of_team = "true" if team is None else "team_id = %s"
        what, source = ("placed_at AS opened_at, id", "orders_order") if order else ("count(*)", ROWS_OF_ORDERS)
        end = f" ORDER BY placed_at DESC, id DESC LIMIT {limit}" if order else ""
        walks.append(f"(SELECT {what} FROM {source} WHERE {of_team}{where}{end})")
        values += [*([] if team is None else [team]), *bound]
    return walks, values


def _conditions(filters: Filters, after: str) -> tuple[str, list[Any]]:
    zone = ZoneInfo(settings.TIME_ZONE)
    where, values = "", []
    if filters.since:
        where += " AND opened_at >= %s"
        values.append(datetime.combine(filters.since, time(), zone))
    if filters.until:
        where += " AND opened_at < %s"
        values.append(datetime.combine(filters.until + timedelta(days=1), time(), zone))
    if filters.owner_id:
        where += " AND owner_id = %s"
        values.append(filters.owner_id)
    if filters.state:
        where += " AND status = ANY(%s)"
        values.append([str(one) for one in STATES[filters.state]])
    if after:
        at, _, last = after.partition("|")
        try:
            place = datetime.fromisoformat(at), UUID(last)
        except ValueError:
            raise Missing from None
        if place[0].tzinfo is None:
            raise Missing
        where += " AND (opened_at, id) < (%s, %s)"
        values += place
    return where, values


def _entries(register: Register, book: Book, ids: list[UUID], language: str, unmasked: bool) -> list[Entry]:
    if not ids:
        return []
    tickets = Ticket.objects.select_related("customer", "team", "owner", "product", "category__parent__parent").in_bulk(
        ids
    )
    runs = Run.objects.filter(ticket_id__in=ids).order_by("ticket", "-started_at").distinct("ticket")
    run_of = {run.ticket_id: run for run in runs}
    contacts = contact_of({ticket.customer_id for ticket in tickets.values()})
    orders = order_rows(id for id in ids if id not in tickets) if register.orders else {}
    filled: list[tuple[Ticket, Definition | None, dict[str, Any]]] = []
    for ticket in (tickets[id] for id in ids if id in tickets):
        run = run_of.get(ticket.id)
        known = contacts.get(ticket.customer_id, [])
        contact = next((str(row.value) for row in known if row.kind in CONTACTS), "")
        entered = {name: value for name, value in of_run(run, ()).items() if value is not None}
        filled.append(
            (ticket, definition_of(run.procedure_id) if run else None, {**of_ticket(ticket, contact), **entered})
        )
    names = names_in([(definition, values) for _ticket, definition, values in filled])
    printer = Printer(language, ZoneInfo(settings.TIME_ZONE), names)
    found: dict[UUID, list[Entry]] = {}
    for ticket, definition, values in filled:
        known = definition.field_by_name if definition else {}
        texts = cells(register, book, known, values, printer, unmasked=unmasked)
        found[ticket.id] = [Entry(ticket.number, ticket.opened_at, texts)]
    for order, rows in orders.values():
        found[order.id] = [
            Entry(order.number, order.placed_at, cells(register, book, {}, row, printer, unmasked=unmasked), True)
            for row in rows
        ]
    return [entry for id in ids for entry in found.get(id, ())]


def narrowed(filters: Filters, team_id: UUID) -> Filters:
    """Only of this team, if it is among those that may be seen. Raises `Missing`."""
    if filters.team_ids is not None and team_id not in filters.team_ids:
        raise Missing
    return replace(filters, team_ids=(team_id,))
