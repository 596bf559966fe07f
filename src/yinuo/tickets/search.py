"""Full-text search over encrypted texts: keyed character bigrams in a tsvector, recheck by substring (DESIGN, 4).

The index holds keyed digests of bigrams, so that a dump of it is not the text; digits and mail addresses stay
out of it (numbers and identities are found by number and by blind index).
"""

import base64
import hashlib
import hmac
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.db import connection

from yinuo.domain.textsearch import index_rows, query_terms
from yinuo.foundation.encryption import key_for
from yinuo.foundation.ids import new_id


@lru_cache(maxsize=200_000)
def blind(letters: str) -> str:
    """A short keyed digest of one bigram, as a lexeme."""
    digest = hmac.new(key_for("search"), letters.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()[:6]
    return base64.b32encode(digest).decode().rstrip("=").lower()


def write_index(*, ticket_id: UUID, source_id: UUID, at: datetime, text: str) -> None:
    """Writes the rows of one text, replacing what stood there."""
    vectors = index_rows(text, blind)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM tickets_search WHERE source_id = %s", [source_id])
        cursor.executemany(
            "INSERT INTO tickets_search (id, ticket_id, source_id, part, at, vector) "
            "VALUES (%s, %s, %s, %s, %s, %s::tsvector)",
            [(new_id(), ticket_id, source_id, part, at, vector) for part, vector in enumerate(vectors)],
        )


def candidates(query: str, *, before: datetime | None, limit: int) -> list[tuple[UUID, UUID, datetime]] | None:
    """Newest rows that hold every word, as (ticket, source, at); None where the index cannot help (digits only)."""
    terms = query_terms(query, blind)
    if not terms:
        return None
    conditions = ["vector @@ %s::tsquery"] * len(terms)
    values: list[object] = list(terms)
    if before:
        conditions.append("at < %s")
        values.append(before)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT ticket_id, source_id, at FROM tickets_search WHERE {' AND '.join(conditions)} "  # noqa: S608 - of our words only
            "ORDER BY at DESC LIMIT %s",
            [*values, limit],
        )
        return cursor.fetchall()
