"""What becomes of mails that are on their way: at least once, always under the same Message-ID; each recipient is
settled once, and each message knows what became of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import F

from yinuo.channels.events import DeliveryFailed, DeliverySent
from yinuo.channels.models import Delivery, DeliveryState, Mailbox
from yinuo.domain.intake import LoopLimits
from yinuo.foundation.actors import Actor
from yinuo.foundation.encryption import blind_index
from yinuo.foundation.events import record
from yinuo.foundation.files import PIECE_BYTES, read_file, read_files
from yinuo.foundation.work import service
from yinuo.tickets.models import MessageState
from yinuo.tickets.services import mark_messages

LIMITS = LoopLimits()
SENDER = Actor.system("delivery")
ATTEMPTS = 9
"""Attempts while the mail server cannot be reached: with the waits between them about an hour and a half."""

READ_AHEAD_BYTES = PIECE_BYTES


def recipient_index(address: str) -> bytes:
    return blind_index("mail-recipient", address.strip().lower())


@dataclass(frozen=True)
class Ready:
    """A mail to be handed to its server, outside of any transaction. `recipients`: those still to be reached."""

    delivery_id: UUID
    mailbox: Mailbox
    recipients: tuple[str, ...]
    raw_id: UUID
    read_ahead: bytes | None

    @property
    def raw(self) -> bytes:
        """The mail; a large one is read only now, so that many waiting ones fit into memory."""
        return self.read_ahead if self.read_ahead is not None else read_file(self.raw_id)


def ready(delivery_ids: Collection[UUID]) -> list[Ready]:
    """Those of them that are still to be sent: not sent, nor given up."""
    waiting = Delivery.objects.filter(id__in=delivery_ids, state=DeliveryState.QUEUED, raw__isnull=False)
    rows = list(waiting.values_list("id", "mailbox_id", "recipients", "settled", "raw_id", "raw__size"))
    small = read_files([raw_id for *_, raw_id, size in rows if size <= READ_AHEAD_BYTES])
    mailboxes = Mailbox.objects.in_bulk({mailbox_id for _, mailbox_id, *_ in rows})
    return [
        Ready(
            id,
            mailboxes[mailbox_id],
            tuple(address for address in dict.fromkeys(recipients) if address not in settled),
            raw_id,
            small.get(raw_id),
        )
        for id, mailbox_id, recipients, settled, raw_id, _size in rows
    ]


@dataclass(frozen=True)
class Outcome:
    """What came of one attempt. `settled`: by recipient who has the mail (an empty reason) or will never have it.
    `later`: why the others, or all, are to be tried again."""

    delivery_id: UUID
    settled: Mapping[str, str] = field(default_factory=dict)
    later: str = ""


@service
def write_outcomes(*, outcomes: Sequence[Outcome], now: datetime) -> set[UUID]:
    """Writes down what came of attempts; which deliveries are to be tried again. One that was refused to any of its
    recipients, or was tried too often, has failed, and its message tells so."""
    of = {outcome.delivery_id: outcome for outcome in outcomes}
    waiting = Delivery.objects.select_for_update().filter(id__in=of, state=DeliveryState.QUEUED).order_by("id")
    sent: list[Delivery] = []
    failed: list[Delivery] = []
    again: set[UUID] = set()
    for delivery in waiting:
        outcome = of[delivery.id]
        delivery.attempts += 1
        delivery.settled = {**delivery.settled, **outcome.settled}
        refusals = [reason for reason in delivery.settled.values() if reason]
        if outcome.later and delivery.attempts < ATTEMPTS:
            delivery.reason = outcome.later
            delivery.save(update_fields=["attempts", "settled", "reason"])
            again.add(delivery.id)
        elif outcome.later or refusals:
            delivery.reason = outcome.later or refusals[0]
            failed.append(delivery)
        else:
            sent.append(delivery)
    _sent(sent, now)
    _failed(failed, DeliveryState.FAILED, SENDER, now)
    return again


def _sent(deliveries: Sequence[Delivery], now: datetime) -> None:
    Delivery.objects.filter(id__in=[delivery.id for delivery in deliveries]).update(
        state=DeliveryState.SENT, sent_at=now, attempts=F("attempts") + 1, reason=""
    )
    for delivery in deliveries:
        if delivery.message_id is None:  # else it is the message's history that tells
            record(DeliverySent(delivery.id, delivery.attempts), by=SENDER, at=now, subject=("delivery", delivery.id))
    messages = [delivery.message_id for delivery in deliveries if delivery.message_id]
    mark_messages(message_ids=messages, state=MessageState.SENT, reason="", by=SENDER, now=now)


def _failed(deliveries: Sequence[Delivery], state: DeliveryState, by: Actor, now: datetime) -> None:
    for delivery in deliveries:
        delivery.state = state
        delivery.save(update_fields=["state", "attempts", "settled", "reason"])
        bounced = state == DeliveryState.BOUNCED
        record(
            DeliveryFailed(delivery.id, delivery.reason, bounced),
            by=by, at=now, subject=("delivery", delivery.id), ticket_id=delivery.ticket_id,
        )  # fmt: skip
        if delivery.message_id:
            became = MessageState.BOUNCED if bounced else MessageState.FAILED
            mark_messages(message_ids=[delivery.message_id], state=became, reason=delivery.reason, by=by, now=now)


@service
def give_up(*, delivery_id: UUID, reason: str, now: datetime) -> None:
    """It will not be tried again, whatever kept it from being sent; nothing where it has been decided already."""
    waiting = Delivery.objects.select_for_update().filter(id=delivery_id, state=DeliveryState.QUEUED)
    for delivery in waiting:
        delivery.reason = reason
        _failed([delivery], DeliveryState.FAILED, SENDER, now)


@service
def record_bounce(*, delivery_id: UUID, reason: str, by: Actor, now: datetime) -> None:
    """The other side could not deliver it."""
    found = Delivery.objects.select_for_update().filter(id=delivery_id).exclude(state=DeliveryState.BOUNCED)
    for delivery in found:
        delivery.reason = reason
        _failed([delivery], DeliveryState.BOUNCED, by, now)
