"""Facts about staff (R-SE-2: rights and accounts are part of the audit trail)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from yinuo.foundation.events import Fact


@dataclass(frozen=True)
class CompanySetUp(Fact):
    pack: str


@dataclass(frozen=True)
class CompanyChanged(Fact):
    fields: tuple[str, ...]


@dataclass(frozen=True)
class RightsBrought(Fact):
    """A release gives a role it ships rights that it did not know before."""

    role_id: UUID
    rights: tuple[str, ...]


@dataclass(frozen=True)
class AccountMade(Fact):
    account_id: UUID
    roles: tuple[str, ...]


@dataclass(frozen=True)
class AccountChanged(Fact):
    account_id: UUID
    fields: tuple[str, ...]
    roles: tuple[str, ...]
    active: bool


@dataclass(frozen=True)
class PasswordSet(Fact):
    account_id: UUID


@dataclass(frozen=True)
class PresenceChanged(Fact):
    account_id: UUID
    presence: str


@dataclass(frozen=True)
class StructureChanged(Fact):
    """A department, team, role or skill was made or changed; `what` names which kind."""

    what: str
    id: UUID
    fields: tuple[str, ...]


@dataclass(frozen=True)
class ShiftsPlanned(Fact):
    """What was planned for somebody between the two instants was replaced by `count` shifts."""

    account_id: UUID
    from_at: datetime
    until_at: datetime
    count: int


@dataclass(frozen=True)
class NoticesWanted(Fact):
    """Notices were put down whose people want them by mail."""

    notice_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class LoggedIn(Fact):
    account_id: UUID


@dataclass(frozen=True)
class LoggedOut(Fact):
    account_id: UUID


@dataclass(frozen=True)
class LogInLocked(Fact):
    """Too many failures with this account's log-in name."""

    account_id: UUID


@dataclass(frozen=True)
class SecondFactorChanged(Fact):
    account_id: UUID
    on: bool


@dataclass(frozen=True)
class TokenMade(Fact):
    """A program may come in by a new token; its secret is nowhere, and what people call it stays out of history."""

    token_id: UUID
    scopes: tuple[str, ...]
    every_queue: bool
    queue_ids: tuple[UUID, ...]
    per_minute: int
    expires_at: datetime | None


@dataclass(frozen=True)
class TokenRevoked(Fact):
    token_id: UUID
