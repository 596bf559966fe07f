"""Keys in bulk: the same UUIDv7 as `foundation.ids`, as text."""

import uuid_utils


def next_id() -> str:
    return str(uuid_utils.uuid7())
