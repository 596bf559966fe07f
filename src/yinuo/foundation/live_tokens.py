"""Tokens of the event stream: which topics a page may hear, signed, for ten minutes (DESIGN section 4, "live").

A token is signed bytes in base64url, packed (a page's address carries it: under 300 characters for nine topics). It
names its holders (`session:<digest>`, `log-ins:<account>`, `link:<digest>`): when one of them ends, the streams opened
with it are closed, and the token opens no other. No database here: the stream's process reads tokens at every
connection.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from yinuo.foundation.encryption import key_for

VALID = timedelta(minutes=10)
RENEWABLE = timedelta(hours=24)
MOST_TOPICS = 200
_FORM = 1
_MARK_BYTES = 16
_KINDS = ("account", "team", "ticket", "session", "log-ins", "link")
_DIGESTS = ("session", "link")
_TEXT = 255


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
    held = list(holders)
    made_ms = int(now.timestamp() * 1000)
    body = bytes([_FORM]) + made_ms.to_bytes(6, "big") + bytes([len(held)]) + b"".join(map(_pack, [*held, *wanted]))
    return base64.urlsafe_b64encode(body + _mark(body)).decode().rstrip("=")


def read_token(token: str, now: datetime, *, valid: timedelta = VALID) -> LiveToken:
    """What `token` says; `valid` is how old it may be (renewal takes older ones). Raises `TokenRefused`."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise TokenRefused("forged") from None
    body, mark = raw[:-_MARK_BYTES], raw[-_MARK_BYTES:]
    if not hmac.compare_digest(mark, _mark(body)) or body[:1] != bytes([_FORM]):
        raise TokenRefused("forged")
    made_at = datetime.fromtimestamp(int.from_bytes(body[1:7], "big") / 1000, UTC)
    if now - made_at > valid:
        raise TokenRefused("expired")
    names = list(_unpack(body[8:]))
    return LiveToken(tuple(names[: body[7]]), tuple(names[body[7] :]), made_at)


def _pack(name: str) -> bytes:
    """`kind:<16 bytes>` of a known kind as 17 bytes; anything else as text."""
    kind, _, rest = name.partition(":")
    if kind in _KINDS:
        return bytes([_KINDS.index(kind)]) + bytes.fromhex(rest.replace("-", ""))
    text = name.encode()
    return bytes([_TEXT, len(text)]) + text


def _unpack(packed: bytes) -> Iterator[str]:
    at = 0
    while at < len(packed):
        code, at = packed[at], at + 1
        if code == _TEXT:
            length, at = packed[at], at + 1
            yield packed[at : at + length].decode()
            at += length
        else:
            raw, at = packed[at : at + 16], at + 16
            kind = _KINDS[code]
            yield f"{kind}:{raw.hex() if kind in _DIGESTS else UUID(bytes=raw)}"


def _mark(body: bytes) -> bytes:
    return hmac.new(key_for("stream-tokens"), body, hashlib.sha256).digest()[:_MARK_BYTES]
