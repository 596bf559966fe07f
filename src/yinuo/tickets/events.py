"""Facts about tickets: ids and plain values only."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from yinuo.foundation.events import Fact


@dataclass(frozen=True)
class TicketOpened(Fact):
    number: str
    scenario: str
    ticket_class: str
    category: str
    category_source: str
    priority: int
    urgency: str
    impact: str
    team_id: UUID
    channel: str


@dataclass(frozen=True)
class CustomerWrote(Fact):
    """`first`: the message that opened the ticket. `was`: the status it found."""

    message_id: UUID
    channel: str
    first: bool
    unverified: bool
    was: str


@dataclass(frozen=True)
class AgentReplied(Fact):
    message_id: UUID
    channel: str


@dataclass(frozen=True)
class MessageQueued(Fact):
    """An outgoing message, a person's or an automatic one, waits for delivery."""

    message_id: UUID
    channel: str
    template: str


@dataclass(frozen=True)
class NoteAdded(Fact):
    message_id: UUID
    mentioned: tuple[UUID, ...]


@dataclass(frozen=True)
class MessageStateChanged(Fact):
    message_id: UUID
    state: str
    reason: str


@dataclass(frozen=True)
class TicketAssigned(Fact):
    """`reasons` are `domain.routing` reasons as plain values: why this team and person."""

    team_id: UUID
    owner_id: UUID | None
    from_team_id: UUID | None
    from_owner_id: UUID | None
    automatic: bool
    reasons: tuple[dict[str, object], ...] = ()


@dataclass(frozen=True)
class TicketEscalated(Fact):
    from_team_id: UUID
    to_team_id: UUID
    tier: int


@dataclass(frozen=True)
class TicketClassified(Fact):
    """Class, category, urgency or impact changed; the deadlines follow, time already used kept."""

    category: str
    source: str
    confidence: float | None
    urgency: str
    impact: str
    priority: int
    was: dict[str, object]


@dataclass(frozen=True)
class StatusChanged(Fact):
    status: str
    was: str


@dataclass(frozen=True)
class TicketReopened(Fact):
    count: int


@dataclass(frozen=True)
class TicketFollowed(Fact):
    account_id: UUID
    reason: str
    following: bool


@dataclass(frozen=True)
class LinkMade(Fact):
    """The customer's secret link holds until then: a new one (`anew`), or the same one for longer."""

    expires_at: datetime
    anew: bool


@dataclass(frozen=True)
class LinkAsked(Fact):
    """Somebody who knew number and mail address asked for the link; it goes to that address alone."""

    identity_id: UUID


@dataclass(frozen=True)
class OrderLinked(Fact):
    order_id: UUID
    linked: bool
