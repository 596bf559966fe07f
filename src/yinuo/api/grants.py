"""Who asks: a token's scopes and queues, known in this process for a few seconds, so that a request asks no table."""

import re
import time
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from uuid import UUID

from yinuo.api.errors import ScopeMissing, TokenInvalid, TooMany
from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import Missing
from yinuo.staff.queries import token_with
from yinuo.staff.scopes import Scope
from yinuo.staff.services.tokens import NOTED_EVERY, digest_of, note_use

KNOWN_FOR_S = 3.0
"""So long a revoked token may still be let in by a process that knew it."""
MOST_KNOWN = 1000
MINUTE_S = 60
_FORM = re.compile(r"yn_[A-Za-z0-9_-]{32}")


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token may do. `queues` maps the codes of the queues it may touch to their ids, in the order in which
    an unrouted ticket looks for one."""

    token_id: UUID
    scopes: frozenset[str]
    every_queue: bool
    queues: dict[str, UUID]
    team_ids: frozenset[UUID]
    per_minute: int
    expires_at: datetime | None

    @property
    def actor(self) -> Actor:
        return Actor.token(self.token_id)

    def require(self, scope: Scope) -> None:
        """Raises `ScopeMissing`."""
        if scope.value not in self.scopes:
            raise ScopeMissing(scope=scope.value)

    def sees(self, team_id: UUID) -> bool:
        """Whether tickets of this queue are there for the token."""
        return self.every_queue or team_id in self.team_ids

    def queue_id(self, code: str) -> UUID:
        """Raises `Missing` for a queue that it may not touch."""
        found = self.queues.get(code)
        if found is None:
            raise Missing
        return found


_known: dict[bytes, tuple[float, Grant]] = {}


def grant_of(secret: str, now: datetime) -> Grant:
    """Raises `TokenInvalid`, the same for every reason."""
    if not _FORM.fullmatch(secret):
        raise TokenInvalid
    digest = digest_of(secret)
    until, grant = _known.get(digest, (0.0, None))
    if grant is None or until < time.monotonic():
        grant = _look_up(digest, now)
    if grant.expires_at and grant.expires_at <= now:
        raise TokenInvalid
    return grant


def forget_grants() -> None:
    """In this process every token is looked up anew."""
    _known.clear()


def _look_up(digest: bytes, now: datetime) -> Grant:
    found = token_with(digest)
    if found is None:
        _known.pop(digest, None)
        raise TokenInvalid
    token, teams = found
    queues = {team.code: team.id for team in teams}
    grant = Grant(
        token.id, frozenset(token.scopes), token.every_queue, queues, frozenset(queues.values()), token.per_minute,
        token.expires_at,
    )  # fmt: skip
    if token.last_used_at is None or token.last_used_at < now - NOTED_EVERY:
        note_use(token_id=token.id, now=now)
    if len(_known) >= MOST_KNOWN:
        _known.clear()
    _known[digest] = (time.monotonic() + KNOWN_FOR_S, grant)
    return grant


_counts: dict[UUID, tuple[int, int]] = {}
_counting = Lock()


def count_request(grant: Grant) -> None:
    """Raises `TooMany` beyond the token's requests a minute in this process."""
    if not grant.per_minute:
        return
    clock = time.monotonic()
    minute = int(clock // MINUTE_S)
    with _counting:
        began, count = _counts.get(grant.token_id, (minute, 0))
        count = count + 1 if began == minute else 1
        _counts[grant.token_id] = (minute, count)
    if count > grant.per_minute:
        seconds = str(int(MINUTE_S - clock % MINUTE_S) + 1)
        raise TooMany(seconds=seconds, headers={"Retry-After": seconds})
