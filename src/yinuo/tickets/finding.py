"""Finding tickets: by number, by a customer's phone number or mail address, by words and numbers in what was said."""
# ruff: noqa: S608 - statements of our own words, values are bound

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from yinuo.customers.queries import customers_by_identity
from yinuo.domain.hanzi import fold
from yinuo.domain.textsearch import Snippet, matches, snippet
from yinuo.foundation.encryption import reveal
from yinuo.foundation.errors import Missing
from yinuo.foundation.numbers import is_number
from yinuo.foundation.select import select
from yinuo.staff.permissions import Viewer
from yinuo.tickets.links import without_secrets
from yinuo.tickets.lists import OWN, TicketRow, rows, seen_by
from yinuo.tickets.search import Window, asked_for, numbers_in, windows

FOUND = 50
PROPOSED = 80
"""So many tickets the index proposes at once: nearly all hold, so one look fills a page."""
LOOKS = 10
"""After so many the page shows what it has, and the way further back."""


@dataclass(frozen=True)
class Hit:
    """A found ticket with the place that matched."""

    row: TicketRow
    snippet: Snippet | None


@dataclass(frozen=True)
class Found:
    """Hits, newest ticket first, and where there are more, the `after` that finds the next ones."""

    hits: list[Hit]
    after: str = ""


def search(text: str, *, viewer: Viewer, after: str = "", limit: int = FOUND) -> Found:
    """By number, by a customer's phone number or mail address, else by words (all of them in one text).

    The index proposes, the decrypted text decides: what is shown contains every word, and page by page everything
    comes that a scan of all texts the viewer may see would find.
    """
    text = text.strip()
    if not text:
        return Found([])
    if not after:
        known = _by_number(text, viewer) or _by_customer(text, viewer, limit)
        if known or is_number(text):
            return Found([Hit(row, None) for row in known])
    return _by_words(text, viewer, after, limit)


def _by_number(text: str, viewer: Viewer) -> list[TicketRow]:
    if not (is_number(text) or text.isdigit()):
        return []
    where, values = seen_by(viewer)
    return rows(
        f"(SELECT {OWN} FROM tickets_ticket t WHERE number = %s AND {where}) t", "t.id", [text.upper(), *values]
    )


def _by_customer(text: str, viewer: Viewer, limit: int) -> list[TicketRow]:
    customers = [customer.id for customer in customers_by_identity(text)]
    if not customers:
        return []
    where, values = seen_by(viewer)
    source = (
        f"(SELECT {OWN} FROM tickets_ticket t WHERE customer_id = ANY(%s) AND {where} "
        f"ORDER BY opened_at DESC LIMIT {limit}) t"
    )
    return rows(source, "t.opened_at DESC", [customers, *values])


# --- words --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Proposed:
    ticket_id: UUID
    opened_at: datetime
    sources: list[UUID]


def _by_words(text: str, viewer: Viewer, after: str, limit: int) -> Found:
    query = asked_for(text)
    if not query:
        return Found([])
    last = _place(after) if after else None
    newest = last[0] + timedelta(microseconds=1) if last else _newest()
    if newest is None:
        return Found([])
    hits: list[Hit] = []
    for _ in range(LOOKS):
        proposed = _propose(query, newest, last, viewer)
        for ticket, hit in zip(proposed, _confirm(proposed, text), strict=False):
            last = (ticket.opened_at, ticket.ticket_id)
            if hit:
                hits.append(hit)
            if len(hits) == limit:
                return Found(hits, _place_after(last))
        if len(proposed) < PROPOSED:
            return Found(hits)
        newest = proposed[-1].opened_at + timedelta(microseconds=1)
    return Found(hits, _place_after(last) if last else "")


def _newest() -> datetime | None:
    """No ticket was opened later."""
    found = select("SELECT updated_at FROM tickets_ticket ORDER BY updated_at DESC LIMIT 1")
    return found[0][0] + timedelta(microseconds=1) if found else None


def _propose(query: str, newest: datetime, last: tuple[datetime, UUID] | None, viewer: Viewer) -> list[_Proposed]:
    """The newest tickets after `last` with a text that may match; fewer than `PROPOSED` are all there are."""
    proposed: list[_Proposed] = []
    for window in windows(query, newest):
        if last and window.before <= last[0]:
            last = None  # all of this stretch comes after it
        proposed += _in_window(window, last, viewer, PROPOSED - len(proposed))
        if len(proposed) == PROPOSED:
            break
    return proposed


def _in_window(window: Window, last: tuple[datetime, UUID] | None, viewer: Viewer, limit: int) -> list[_Proposed]:
    where, values = seen_by(viewer)
    more, place = ("AND (opened_at, ticket_id) < (%s, %s)", last) if last else ("", ())
    found = select(
        "SELECT f.ticket_id, f.opened_at, f.sources FROM "
        "(SELECT ticket_id, opened_at, array_agg(source_id ORDER BY source_id DESC) AS sources FROM tickets_search "
        f"WHERE vector @@ %s::tsquery AND opened_at < %s {more} GROUP BY opened_at, ticket_id "
        "ORDER BY opened_at DESC, ticket_id DESC) f JOIN tickets_ticket t ON t.id = f.ticket_id "
        f"WHERE {where} ORDER BY f.opened_at DESC, f.ticket_id DESC LIMIT {limit}",
        window.query, window.before, *place, *values, prepare=False,
    )  # fmt: skip
    return [_Proposed(*row) for row in found]


def _confirm(proposed: list[_Proposed], text: str) -> Iterator[Hit | None]:
    """The hit in each, or None where the text itself does not hold what was asked for; worked out as it is taken."""
    if not proposed:
        return
    shown = rows(
        f"(SELECT {OWN} FROM tickets_ticket WHERE id = ANY(%s)) t",
        "t.id",
        [[one.ticket_id for one in proposed]],
    )
    tickets = {row.id: row for row in shown}
    texts = _texts([source for one in proposed for source in one.sources if source != one.ticket_id])
    for one in proposed:
        yield _hit(tickets[one.ticket_id], one, texts, text)


def _texts(message_ids: list[UUID]) -> dict[UUID, bytes]:
    if not message_ids:
        return {}
    found = select(
        "SELECT id, CASE WHEN full_text = '' THEN text ELSE full_text END FROM tickets_message WHERE id = ANY(%s)",
        message_ids,
    )
    return dict(found)


def _hit(row: TicketRow, proposed: _Proposed, texts: Mapping[UUID, bytes], text: str) -> Hit | None:
    for source in proposed.sources:
        body = row.subject if source == row.id else reveal(texts.get(source, b""))
        if _holds(body, text):
            return Hit(row, snippet(without_secrets(body), text))
    return None


def _holds(body: str, text: str) -> bool:
    if matches(body, text):
        return True
    number = fold(text).replace("-", "").replace(" ", "")
    return number in numbers_in(text) and number in numbers_in(body)


def _place_after(last: tuple[datetime, UUID]) -> str:
    return f"{last[0].isoformat()}|{last[1]}"


def _place(after: str) -> tuple[datetime, UUID]:
    """Raises `Missing` for an `after` that we never gave."""
    at, _, last_id = after.partition("|")
    try:
        found = datetime.fromisoformat(at).astimezone(UTC), UUID(last_id)
    except ValueError:
        raise Missing from None
    return found
