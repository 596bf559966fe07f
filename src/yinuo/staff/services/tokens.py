"""Tokens: made, used, revoked."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from yinuo.foundation.actors import Actor, ActorKind
from yinuo.foundation.errors import Missing
from yinuo.foundation.events import record
from yinuo.foundation.work import service
from yinuo.staff.errors import TokenNameTaken, TokenRevokedAlready, TokenWithoutQueue, TokenWithoutScope
from yinuo.staff.events import TokenMade, TokenRevoked
from yinuo.staff.models import Team, Token
from yinuo.staff.scopes import Scope

MARK = "yn_"
SECRET_BYTES = 24
SHOWN = 8
NOTED_EVERY = timedelta(minutes=1)


def digest_of(secret: str) -> bytes:
    """What is kept of a token's secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


@dataclass(frozen=True)
class NewToken:
    """A token with its secret, which can be shown this once."""

    token: Token
    secret: str


@service
def make_token(
    *,
    name: str,
    scopes: Iterable[Scope],
    queues: Iterable[Team] | None,
    by: Actor,
    now: datetime,
    expires_at: datetime | None = None,
    per_minute: int = 0,
) -> NewToken:
    """`queues` None: every one, those to come too. Raises `TokenWithoutScope`, `TokenWithoutQueue`, and
    `TokenNameTaken` where one in use has this name."""
    codes = sorted({Scope(scope).value for scope in scopes})
    teams = None if queues is None else sorted(queues, key=lambda team: team.code)
    if not codes:
        raise TokenWithoutScope
    if teams == []:
        raise TokenWithoutQueue
    if Token.objects.filter(name=name.strip(), revoked_at__isnull=True).filter(_unexpired(now)).exists():
        raise TokenNameTaken
    secret = MARK + secrets.token_urlsafe(SECRET_BYTES)
    token = Token(
        name=name.strip(),
        beginning=secret[: len(MARK) + SHOWN],
        digest=digest_of(secret),
        scopes=codes,
        every_queue=teams is None,
        per_minute=per_minute,
        made_by_id=by.id if by.kind == ActorKind.ACCOUNT else None,
        made_at=now,
        expires_at=expires_at,
    )
    token.save(force_insert=True)
    token.queues.set(teams or [])
    record(
        TokenMade(
            token.id, tuple(codes), teams is None, tuple(team.id for team in teams or []), per_minute, expires_at
        ),
        by=by, at=now, subject=("token", token.id),
    )  # fmt: skip
    return NewToken(token, secret)


def _unexpired(now: datetime) -> Q:
    return Q(expires_at__isnull=True) | Q(expires_at__gt=now)


@service
def revoke_token(*, id: UUID, by: Actor, now: datetime) -> None:
    """Lets it in no more, in every process within seconds (`api.grants`). Raises `Missing`, `TokenRevokedAlready`."""
    token = Token.objects.select_for_update().filter(id=id).first()
    if token is None:
        raise Missing
    if token.revoked_at:
        raise TokenRevokedAlready
    Token.objects.filter(id=id).update(revoked_at=now, revoked_by_id=by.id if by.kind == ActorKind.ACCOUNT else None)
    record(TokenRevoked(id), by=by, at=now, subject=("token", id))


@service
def note_use(*, token_id: UUID, now: datetime) -> None:
    """Keeps to the minute when a token was last used. Not history: nobody did anything."""
    rows = Token.objects.filter(id=token_id)
    rows.filter(Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - NOTED_EVERY)).update(last_used_at=now)
