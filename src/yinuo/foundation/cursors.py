"""Where a page of a list ended: what stands in the `after` that fetches the next one."""

from datetime import datetime
from uuid import UUID

from yinuo.foundation.errors import Missing


def instant_in(text: str) -> datetime:
    """The instant in an `after`. Raises `Missing` for one that we never gave."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Missing from None
    if found.tzinfo is None:
        raise Missing
    return found


def id_in(text: str) -> UUID:
    """The id in an `after`. Raises `Missing` for one that we never gave."""
    try:
        return UUID(text)
    except ValueError:
        raise Missing from None
