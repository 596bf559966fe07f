"""What becomes of a mail: the order of intake (DESIGN section 3), as a pure function.

own loop → bounce → auto-reply → blocked → accept. A ticket is found by reply token or by a
Message-ID of ours in In-Reply-To or References, never by the subject.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from yinuo.domain.intake.identifiers import deliveries_in, is_own, token_in
from yinuo.domain.intake.model import Inbound, Kind


class Action(StrEnum):
    """What is to be done with the mail."""

    OPEN = "open"
    APPEND = "append"
    RECORD_BOUNCE = "record_bounce"
    FILE_AUTO_REPLY = "file_auto_reply"
    KEEP_DUPLICATE = "keep_duplicate"
    DROP_LOOP = "drop_loop"
    BLOCK = "block"
    QUARANTINE = "quarantine"


class MatchedBy(StrEnum):
    """Which sign tied the mail to its ticket."""

    TOKEN = "token"  # noqa: S105 - the way of matching, not a secret
    MESSAGE_ID = "message_id"


@dataclass(frozen=True, slots=True)
class ThreadMatch:
    """The ticket a mail belongs to, how it was found, and the sign itself."""

    ticket_id: UUID
    by: MatchedBy
    delivery_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class LoopLimits:
    """How often one sender may be acknowledged automatically. A limit of 0 switches it off."""

    acknowledgements: int = 3
    window: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Known:
    """What the desk knows, looked up for one mail before deciding.

    `ticket_of_token` and `ticket_of_delivery` answer from loaded values (a dict's `get`);
    `participants` gives the lower-case addresses taking part in a ticket; `blocked` holds addresses
    and `@domain` entries, lower case; `acknowledged` counts automatic answers to this sender within
    the window; `seen_before` tells that its `duplicate_key` was kept already.
    """

    own_addresses: frozenset[str]
    own_domains: frozenset[str]
    ticket_of_token: Callable[[str], UUID | None]
    ticket_of_delivery: Callable[[UUID], UUID | None]
    participants: Callable[[UUID], Collection[str]]
    blocked: frozenset[str] = frozenset()
    acknowledged: int = 0
    seen_before: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, with the ticket it concerns and the reason, for the record and for people.

    `unverified`: the sender takes no part in the ticket; the message is filed as such, is sent no
    ticket content and can confirm nothing.
    """

    action: Action
    reason: str
    match: ThreadMatch | None = None
    unverified: bool = False
    acknowledge: bool = False


def decide(inbound: Inbound, known: Known, limits: LoopLimits | None = None) -> Decision:
    """What becomes of `inbound`. Never raises; every answer gives its reason."""
    if inbound.kind is Kind.LOOP or is_own(inbound.sender.address, known.own_addresses):
        return Decision(Action.DROP_LOOP, "our own mail came back")
    if inbound.kind is Kind.UNREADABLE:
        return Decision(Action.QUARANTINE, "the mail cannot be understood")
    if known.seen_before:
        return Decision(Action.KEEP_DUPLICATE, "the same mail was kept before")
    if inbound.kind is Kind.BOUNCE:
        return Decision(Action.RECORD_BOUNCE, "a delivery report", bounce_match(inbound, known))
    match = find_thread(inbound, known)
    if inbound.kind is Kind.AUTO_REPLY:
        told = inbound.auto.by_header or inbound.auto.by_text or "automatic"
        return Decision(Action.FILE_AUTO_REPLY, f"an automatic reply ({told})", match)
    if is_blocked(inbound, known.blocked):
        return Decision(Action.BLOCK, "the sender is blocked")
    if "@" not in inbound.sender.address:
        return Decision(Action.QUARANTINE, "the mail names no sender")
    bounds = limits or LoopLimits()
    acknowledge = may_acknowledge(inbound, known.acknowledged, bounds)
    if match is None:
        return Decision(Action.OPEN, "no ticket of ours is named", acknowledge=acknowledge)
    members = {one.lower() for one in known.participants(match.ticket_id)}
    unverified = inbound.sender.key not in members
    return Decision(Action.APPEND, f"ticket found by {match.by.value}", match, unverified=unverified)


def may_acknowledge(inbound: Inbound, acknowledged: int, limits: LoopLimits) -> bool:
    """Whether an automatic acknowledgement is proper and within the sender's limit."""
    if inbound.envelope_sender == "" or not inbound.auto.acknowledge:
        return False
    return acknowledged < limits.acknowledgements


def is_blocked(inbound: Inbound, blocked: Collection[str]) -> bool:
    """Whether From, or the domain of From or one above it, is on the list."""
    address = inbound.sender.key
    if address in blocked:
        return True
    labels = address.rpartition("@")[2].split(".")
    return any("@" + ".".join(labels[start:]) in blocked for start in range(len(labels)))


def find_thread(inbound: Inbound, known: Known) -> ThreadMatch | None:
    """The ticket named by a reply token in any recipient, else by a Message-ID of ours."""
    recipients = (*inbound.delivered_to, *(one.address for one in (*inbound.to, *inbound.cc)))
    for address in recipients:
        token = token_in(address, known.own_addresses)
        ticket = None if token is None else known.ticket_of_token(token)
        if ticket is not None:
            return ThreadMatch(ticket, MatchedBy.TOKEN)
    return _by_message_id((*inbound.in_reply_to, *reversed(inbound.references)), known)


def bounce_match(inbound: Inbound, known: Known) -> ThreadMatch | None:
    """The delivery a bounce speaks of: the Message-ID of the returned mail, else of the thread."""
    named = (inbound.original_message_id, *inbound.in_reply_to, *reversed(inbound.references))
    return _by_message_id(named, known)


def _by_message_id(message_ids: Collection[str], known: Known) -> ThreadMatch | None:
    for delivery in deliveries_in(message_ids, known.own_domains):
        ticket = known.ticket_of_delivery(delivery)
        if ticket is not None:
            return ThreadMatch(ticket, MatchedBy.MESSAGE_ID, delivery)
    return None
