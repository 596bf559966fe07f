"""Searching as a page does, and as a scan of all decrypted texts would."""

from collections.abc import Sequence
from uuid import UUID

from yinuo.domain.hanzi import fold
from yinuo.foundation.encryption import reveal
from yinuo.foundation.select import select
from yinuo.staff.models import Account
from yinuo.staff.permissions import Viewer
from yinuo.tickets.finding import search
from yinuo.tickets.lists import seen_by

MOST_PAGES = 2000


def found(word: str, agent: str) -> set[UUID]:
    """All results, page by page. Raises `AssertionError` where a ticket comes twice."""
    viewer = Viewer(Account.objects.get(username=agent))
    tickets: list[UUID] = []
    after = ""
    for _ in range(MOST_PAGES):
        page = search(word, viewer=viewer, after=after)
        tickets += [hit.row.id for hit in page.hits]
        after = page.after
        if not after:
            break
    assert not after, "there is always more"
    assert len(tickets) == len(set(tickets)), word
    return set(tickets)


def tickets_with(words: Sequence[str], agent: str) -> dict[str, set[UUID]]:
    """Tickets that the agent may see with the word in their subject or in one of their messages."""
    viewer = Viewer(Account.objects.get(username=agent))
    where, values = seen_by(viewer)
    hits: dict[str, set[UUID]] = {word: set() for word in words}
    folded = [(fold(word), hits[word]) for word in words]
    subjects = select(f"SELECT t.id, t.subject FROM tickets_ticket t WHERE {where}", *values)  # noqa: S608 - our own words
    for ticket_id, sealed in subjects:
        _note(ticket_id, sealed, folded)
    messages = select(
        "SELECT t.id, CASE WHEN m.full_text = '' THEN m.text ELSE m.full_text END FROM tickets_message m "  # noqa: S608 - our own words
        f"JOIN tickets_ticket t ON t.id = m.ticket_id WHERE {where}",
        *values,
    )
    for ticket_id, sealed in messages:
        _note(ticket_id, sealed, folded)
    return hits


def _note(ticket_id: UUID, sealed: bytes, folded: Sequence[tuple[str, set[UUID]]]) -> None:
    text = fold(reveal(sealed))
    for word, tickets in folded:
        if word in text:
            tickets.add(ticket_id)
