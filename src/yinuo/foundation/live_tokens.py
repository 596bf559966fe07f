"""Tokens of the event stream: which topics a page may hear, signed, for ten minutes (DESIGN section 4, "live").

A token is `base64url(JSON) . base64url(HMAC-SHA256)`. It names its holders (`session:<digest>`,
`log-ins:<account>`, `link:<digest>`): when one of them ends, the streams opened with it are closed, and the token
opens no other. No database here: the stream's process reads tokens at every connection.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from yinuo.foundation.encryption import key_for

VALID = timedelta(minutes=10)
RENEWABLE = timedelta(hours=24)
MOST_TOPICS = 200
_FORM = 1


class TokenRefused(Exception):
    """`reason`: forged or expired."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class LiveToken:
    """What a valid token says."""

    holders: tuple[str, ...]
    topics: tuple[str, ...]
    made_at: datetime

    @property
    def expires_at(self) -> datetime:
        return self.made_at + VALID


def session_holder(session_key: str) -> str:
    """A log-in session; the key itself never leaves the cookie."""
    return "session:" + hashlib.sha256(session_key.encode()).hexdigest()[:32]


def account_holder(account_id: UUID) -> str:
    """All log-ins of an account: ended when its password or its rights change or it is closed."""
    return f"log-ins:{account_id}"


def link_holder(link_hash: bytes) -> str:
    """A customer's secret link, by the stored hash."""
    return "link:" + bytes(link_hash).hex()[:32]


def mint(*, holders: Iterable[str], topics: Iterable[str], now: datetime) -> str:
    """A token for these topics. Raises `ValueError` for more than a page can want."""
    wanted = sorted(set(topics))
    if len(wanted) > MOST_TOPICS:
        raise ValueError(f"a page listens to {MOST_TOPICS} topics at most")
    body = json.dumps([_FORM, int(now.timestamp() * 1000), list(holders), wanted], separators=(",", ":")).encode()
    return f"{_text(body)}.{_text(_mark(body))}"


def read_token(token: str, now: datetime, *, valid: timedelta = VALID) -> LiveToken:
    """What `token` says; `valid` is how old it may be (renewal takes older ones). Raises `TokenRefused`."""
    first, _, second = token.partition(".")
    try:
        body, mark = _bytes(first), _bytes(second)
    except (binascii.Error, ValueError):
        raise TokenRefused("forged") from None
    if not hmac.compare_digest(mark, _mark(body)):
        raise TokenRefused("forged")
    form, made_ms, holders, topics = json.loads(body)
    if form != _FORM:
        raise TokenRefused("forged")
    made_at = datetime.fromtimestamp(made_ms / 1000, UTC)
    if now - made_at > valid:
        raise TokenRefused("expired")
    return LiveToken(tuple(holders), tuple(topics), made_at)


def _mark(body: bytes) -> bytes:
    return hmac.new(key_for("stream-tokens"), body, hashlib.sha256).digest()[:16]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
