"""How often somebody may try something: counted in the database's cache, so that all processes count together.

Each use takes a place for the length of the span and gives it back by itself. Taking one is an insert, which only one
of two can win, so no burst slips through. Who it is stands in the cache as a keyed digest only.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta

from django.core.cache import cache

from yinuo.foundation.encryption import key_for


@dataclass(frozen=True)
class Limit:
    """At most `most` uses `within` any such span."""

    name: str
    most: int
    within: timedelta


def used_up(limit: Limit, who: str) -> bool:
    """Whether `who` has no use left just now; takes none."""
    return len(cache.get_many(_places(limit, who))) >= limit.most


def use_one(limit: Limit, who: str) -> bool:
    """Takes one of the uses of `who`; false where none is left."""
    places = _places(limit, who)
    taken = cache.get_many(places)
    seconds = limit.within.total_seconds()
    return any(cache.add(place, 1, timeout=seconds) for place in places if place not in taken)


def _places(limit: Limit, who: str) -> list[str]:
    digest = hmac.new(key_for("limits"), f"{limit.name}\0{who}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()
    return [f"limit:{digest[:32]}:{number}" for number in range(limit.most)]
