"""Facts about the ways in and out (R-CH-1). Addresses of persons are never part of a fact."""

from dataclasses import dataclass
from uuid import UUID

from yinuo.foundation.events import Fact


@dataclass(frozen=True)
class MailboxChanged(Fact):
    """A mailbox was made or changed; `fields` names what, never a password."""

    mailbox_id: UUID
    fields: tuple[str, ...]
    active: bool


@dataclass(frozen=True)
class SenderBlocked(Fact):
    blocked_id: UUID
    whole_domain: bool


@dataclass(frozen=True)
class SenderUnblocked(Fact):
    blocked_id: UUID
