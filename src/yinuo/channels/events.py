"""Facts about contacts, deliveries and mailboxes."""

from dataclasses import dataclass
from uuid import UUID

from yinuo.foundation.events import Fact


@dataclass(frozen=True)
class ContactKept(Fact):
    """A raw contact is durable; understanding it is a job."""

    contact_id: UUID
    channel: str
    mailbox_id: UUID | None
    size: int


@dataclass(frozen=True)
class ContactDecided(Fact):
    contact_id: UUID
    state: str
    kind: str
    reason: str


@dataclass(frozen=True)
class ContactShown(Fact):
    """Somebody looked at a quarantined contact unmasked; the reason is kept as a personal text (R-SE-1)."""

    contact_id: UUID


@dataclass(frozen=True)
class DeliveryQueued(Fact):
    """A mail that carries no message of a ticket is on its way; of the others the message's own facts tell."""

    delivery_id: UUID
    automatic: bool


@dataclass(frozen=True)
class DeliverySent(Fact):
    delivery_id: UUID
    attempts: int


@dataclass(frozen=True)
class DeliveryFailed(Fact):
    delivery_id: UUID
    reason: str
    bounced: bool


@dataclass(frozen=True)
class MailboxChanged(Fact):
    """A mailbox was made or changed; `fields` names what, never a password."""

    mailbox_id: UUID
    fields: tuple[str, ...]


@dataclass(frozen=True)
class WebFormChanged(Fact):
    """A form on the public pages was made or changed; `fields` names what."""

    form_id: UUID
    fields: tuple[str, ...]


@dataclass(frozen=True)
class MailboxFailing(Fact):
    mailbox_id: UUID
    direction: str
    failure: str


@dataclass(frozen=True)
class MailboxRecovered(Fact):
    mailbox_id: UUID
    direction: str


@dataclass(frozen=True)
class SenderBlocked(Fact):
    """A sender, or a whole domain, is filtered from now on, or no longer."""

    entry_id: UUID
    blocked: bool
