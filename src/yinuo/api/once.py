"""Requests that write carry an idempotency key: sent again, they are answered alike and carried out once."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from yinuo.channels.errors import KeyReused
from yinuo.foundation.encryption import key_for
from yinuo.foundation.sent_forms import carry_out_once, sent_key

REQUESTS = UUID("6b1f3c52-2f4e-5d3a-9c55-0d6b1f1f7a10")
"""Stands where pages name their form, so that no key of a program is one of a page."""


@dataclass(frozen=True)
class Once:
    """The id of what a request made; `fresh` is false where an earlier one with its key had made it."""

    made: str
    fresh: bool


def once(token_id: UUID, key: str, address: str, body: bytes, act: Callable[[], UUID], now: datetime) -> Once:
    """Calls `act` once for each key of a token and keeps the id it returns for seven days; without a key each time.
    Of two at the same moment the second waits for the first. Raises `KeyReused` where the key came with another
    address or body."""
    if not key:
        return Once(str(act()), fresh=True)
    digest = hmac.new(key_for("sent-forms"), f"{address}\0".encode() + body, hashlib.sha256).hexdigest()
    called = False

    def kept() -> str:
        nonlocal called
        called = True
        return f"{digest} {act()}"

    earlier, _, made = carry_out_once(sent_key(token_id, REQUESTS, [key.encode()]), kept, now).partition(" ")
    if earlier != digest:
        raise KeyReused
    return Once(made, fresh=called)
