"""Full-text search over encrypted texts: keyed character bigrams in a tsvector, recheck by substring (DESIGN, 4).

The index holds keyed digests of bigrams, so that a dump of it is not the text; digits and mail addresses stay out of
it. Numbers that stand in texts (orders, parcels, serials) are found whole, by a digest. Each row also holds the
stretches of time in which its ticket was opened (`LEVELS`), so that newest tickets are asked first and a word that
every second ticket has costs no more than a rare one (docs/algorithms/search.md).
"""

import base64
import hmac
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from uuid import UUID

from django.db import connection

from yinuo.domain.hanzi import fold
from yinuo.domain.textsearch import index_rows, query_terms
from yinuo.foundation.encryption import key_for

LEVELS = (16, 20, 24)
"""A stretch of level `n` is 2^n seconds: 18 hours, 12 days, 194 days."""
DIGITS, LONGEST_NUMBER = 5, 40
_RUN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)


@lru_cache(maxsize=200_000)
def blind(letters: str) -> str:
    """A short keyed digest of one bigram, as a lexeme."""
    digest = hmac.digest(key_for("search"), letters.encode("utf-8", "surrogatepass"), "sha256")[:6]
    return base64.b32encode(digest).decode().rstrip("=").lower()


def numbers_in(text: str) -> set[str]:
    """Numbers of at least five digits, with the letters that belong to them, without dashes: `JD-10086123` as
    `jd10086123`."""
    found = (run.replace("-", "") for run in _RUN.findall(fold(text)))
    return {run for run in found if len(run) <= LONGEST_NUMBER and sum(map(str.isdigit, run)) >= DIGITS}


def vectors_of(text: str, opened_at: datetime) -> list[str]:
    """What `tickets_search.vector` holds of one text (of a message, or the subject) of a ticket opened at that time:
    one literal a row. Empty where nothing in it can be searched."""
    rows = index_rows(text, blind)
    numbers = "".join(f" '{blind(f'#{number}')}'" for number in sorted(numbers_in(text)))
    if numbers:
        rows = [(rows[0] if rows else "") + numbers, *rows[1:]]
    return [f"{row} {' '.join(_stretches(opened_at))}" for row in rows]


def _stretches(opened_at: datetime) -> list[str]:
    second = int(opened_at.timestamp())
    return [f"'t{level}x{second >> level:x}'" for level in LEVELS]


@dataclass(frozen=True)
class Text:
    """A text to be found: a message, or the subject of a ticket, whose `source_id` is then the ticket's own.
    `opened_at`: when the ticket was opened."""

    ticket_id: UUID
    source_id: UUID
    opened_at: datetime
    text: str


def write_index(texts: Iterable[Text]) -> None:
    """Writes the rows of these texts, replacing what stood there, all in one statement."""
    texts = list(texts)
    rows = [
        (text.source_id, part, text.ticket_id, text.opened_at, vector)
        for text in texts
        for part, vector in enumerate(vectors_of(text.text, text.opened_at))
    ]
    columns = [list(column) for column in zip(*rows, strict=True)] or [[]] * 5
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM tickets_search WHERE source_id = ANY(%s)", [[text.source_id for text in texts]])
        cursor.execute(
            "INSERT INTO tickets_search (source_id, part, ticket_id, opened_at, vector) "
            "SELECT source_id, part, ticket_id, opened_at, vector::tsvector "
            "FROM unnest(%s::uuid[], %s::smallint[], %s::uuid[], %s::timestamptz[], %s::text[]) "
            " AS new(source_id, part, ticket_id, opened_at, vector)",
            columns,
        )


def asked_for(text: str) -> str:
    """The tsquery that every text with all the words matches: for a number its digest. Empty where the index cannot
    help."""
    numbers = numbers_in(text)
    if len(numbers) == 1 and fold(text).replace("-", "").replace(" ", "") == next(iter(numbers)):
        return f"'{blind(f'#{numbers.pop()}')}'"
    return " & ".join(f"({term})" for term in query_terms(text, blind))


@dataclass(frozen=True)
class Window:
    """What to ask of tickets opened before `before`; the query itself says from when on."""

    query: str
    before: datetime


def windows(query: str, newest: datetime) -> Iterator[Window]:
    """Stretches of time from `newest` back, each sixteen times as long as the one before: what is found in one bounds
    what the next can hold."""
    before = newest
    for level in LEVELS:
        second = int(before.timestamp() * 1_000_000 - 1) // 1_000_000
        yield Window(f"({query}) & 't{level}x{second >> level:x}'", before)
        before = datetime.fromtimestamp((second >> level) << level, UTC)
    yield Window(query, before)
