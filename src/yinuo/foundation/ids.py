"""Keys made in the application (`uuidv7()` is PostgreSQL 18 only)."""

from uuid import UUID

import uuid_utils.compat


def new_id() -> UUID:
    """A UUIDv7: its first 48 bits are the Unix time in milliseconds, so rows of one time lie together."""
    return uuid_utils.compat.uuid7()
