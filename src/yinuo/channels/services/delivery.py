"""The ways out: at least once, always under the same Message-ID; each message knows what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from yinuo.channels.events import DeliveryFailed, DeliveryQueued, DeliverySent
from yinuo.channels.models import AutomaticReply, Delivery, DeliveryState, Mailbox
from yinuo.channels.reply_tokens import reply_token
from yinuo.domain.intake import LoopLimits, message_id_for, reply_address
from yinuo.domain.mailout import Mailbox as Address
from yinuo.domain.mailout import Nature, Outgoing, OutgoingFile, compose, reply_subject
from yinuo.foundation.actors import Actor
from yinuo.foundation.encryption import blind_index
from yinuo.foundation.events import record
from yinuo.foundation.files import keep_file, read_file
from yinuo.foundation.ids import new_id
from yinuo.foundation.jobs import later
from yinuo.foundation.work import service
from yinuo.staff.models import Notice
from yinuo.tickets.models import Direction, Message, MessageState, Ticket
from yinuo.tickets.services import mark_message

LIMITS = LoopLimits()
SENDER = Actor.system("delivery")
ATTEMPTS = 9
"""Attempts while the mail server cannot be reached: with the waits between them about an hour and a half."""


def recipient_index(address: str) -> bytes:
    return blind_index("mail-recipient", address.strip().lower())


@service
def queue_message(*, message_id: UUID, now: datetime) -> Delivery | None:
    """Puts a ticket's outgoing message on its way: composes it once, so that sending again is the same mail again.
    Automatic ones stay within the loop guard; without a mailbox a message is held, with the reason."""
    message = Message.objects.select_related("ticket__customer", "account").get(id=message_id)
    if message.state != MessageState.QUEUED:
        return None
    mailbox = mailbox_for(message.ticket)
    recipients = [*message.envelope.get("to", []), *message.envelope.get("cc", [])]
    held = _held(message, mailbox, recipients, now)
    if held:
        mark_message(message_id=message.id, state=MessageState.HELD, reason=held, by=SENDER, now=now)
        return None
    delivery = Delivery.objects.select_for_update().filter(message_id=message.id).first()
    if delivery is None:
        delivery_id = new_id()
        delivery = Delivery(
            id=delivery_id,
            mailbox=mailbox,
            ticket_id=message.ticket_id,
            message_id=message.id,
            recipients=recipients,
            header_id=message_id_for(delivery_id, mailbox.address.rpartition("@")[2], _kind(message)),
            automatic=bool(message.template),
            queued_at=now,
        )
        try:
            raw = compose(_outgoing(message, mailbox, delivery))
        except ValueError:  # an address that no mail can be sent to
            mark_message(message_id=message.id, state=MessageState.FAILED, reason="no_address", by=SENDER, now=now)
            return None
        delivery.raw = keep_file(raw, content_type="message/rfc822", now=now)
        delivery.save(force_insert=True)
    else:
        Delivery.objects.filter(id=delivery.id).update(
            state=DeliveryState.QUEUED, attempts=0, reason="", queued_at=now, mailbox=mailbox
        )
    if message.template:
        AutomaticReply(recipient_index=recipient_index(recipients[0]), at=now).save(force_insert=True)
    _queued(delivery, now)
    return delivery


def _queued(delivery: Delivery, now: datetime) -> None:
    record(
        DeliveryQueued(delivery.id, delivery.automatic),
        by=SENDER, at=now, subject=("delivery", delivery.id), ticket_id=delivery.ticket_id,
    )  # fmt: skip
    later("channels.send_delivery", delivery_id=str(delivery.id))


def _held(message: Message, mailbox: Mailbox | None, recipients: list[str], now: datetime) -> str:
    if mailbox is None or (mailbox.transport == "smtp" and not mailbox.smtp_host):
        return "no_outgoing_server"
    if not recipients:
        return "no_address"
    if message.template:
        recent = AutomaticReply.objects.filter(
            recipient_index=recipient_index(recipients[0]), at__gt=now - LIMITS.window
        ).count()
        if message.template.startswith("acknowledgement") and recent >= LIMITS.acknowledgements:
            return "loop_guard"
        if recent >= LIMITS.acknowledgements * 4:
            return "loop_guard"
    return ""


def mailbox_for(ticket: Ticket) -> Mailbox | None:
    """The mailbox the ticket came by, else the team's, else the first."""
    active = Mailbox.objects.filter(active=True)
    return (
        active.filter(id=ticket.mailbox_id).first()
        or active.filter(team_id=ticket.team_id).first()
        or active.order_by("address").first()
    )


def _kind(message: Message) -> str:
    if message.template.startswith("acknowledgement"):
        return "ack"
    return "survey" if "survey" in message.template else "mail"


def _outgoing(message: Message, mailbox: Mailbox, delivery: Delivery) -> Outgoing:
    ticket = message.ticket
    answered, references = _thread(message)
    subject = message.envelope.get("subject") or _subject(ticket, answered)
    text = message.text
    if not message.template:
        signature = message.account.signature if message.account else ""
        text = "\n\n".join(part for part in (text, signature or mailbox.signature) if part)
    return Outgoing(
        sender=Address(mailbox.address, mailbox.name),
        to=tuple(Address(address) for address in message.envelope.get("to", [])),
        cc=tuple(Address(address) for address in message.envelope.get("cc", [])),
        subject=subject,
        text=text,
        message_id=delivery.header_id,
        sent_at=message.at,
        files=tuple(
            OutgoingFile(file.filename, read_file(file.file_id), file.content_type)
            for file in message.attachments.all()
        ),
        reply_to=reply_address(mailbox.address, reply_token(ticket.id)) if mailbox.plus_addressing else "",
        in_reply_to=answered,
        references=tuple(references),
        nature=(
            Nature.PERSONAL
            if not message.template
            else Nature.AUTO_REPLIED
            if message.template.startswith("acknowledgement")
            else Nature.AUTO_GENERATED
        ),
    )


def _subject(ticket: Ticket, answered: str) -> str:
    tagged = f"{ticket.subject} [{ticket.number}]" if ticket.number not in ticket.subject else ticket.subject
    return reply_subject(tagged) if answered else tagged


def _thread(message: Message) -> tuple[str, list[str]]:
    """The Message-ID being answered and the chain before it: the customer's last mail, else our own last one."""
    last = (
        Message.objects.filter(ticket_id=message.ticket_id, direction=Direction.IN, at__lte=message.at)
        .exclude(id=message.id)
        .order_by("-at")
        .values_list("envelope", flat=True)
        .first()
    )
    ours = list(
        Delivery.objects.filter(ticket_id=message.ticket_id).order_by("queued_at").values_list("header_id", flat=True)
    )
    if last and last.get("message_id"):
        return last["message_id"], [*last.get("references", []), *ours]
    return (ours[-1], ours[:-1]) if ours else ("", [])


@dataclass(frozen=True)
class Ready:
    """A delivery to be handed to its server, outside of any transaction."""

    delivery: Delivery
    mailbox: Mailbox
    recipients: tuple[str, ...]
    raw: bytes


def ready(delivery_id: UUID) -> Ready | None:
    """Nothing where it has been sent, or given up, already."""
    delivery = Delivery.objects.select_related("mailbox").filter(id=delivery_id, state=DeliveryState.QUEUED).first()
    if delivery is None or delivery.raw_id is None:
        return None
    return Ready(delivery, delivery.mailbox, tuple(dict.fromkeys(delivery.recipients)), read_file(delivery.raw_id))


@service
def mark_sent(*, delivery_id: UUID, now: datetime) -> None:
    delivery = Delivery.objects.select_for_update().get(id=delivery_id)
    if delivery.state != DeliveryState.QUEUED:
        return
    Delivery.objects.filter(id=delivery_id).update(
        state=DeliveryState.SENT, sent_at=now, attempts=delivery.attempts + 1, reason=""
    )
    record(
        DeliverySent(delivery_id, delivery.attempts + 1),
        by=SENDER, at=now, subject=("delivery", delivery_id), ticket_id=delivery.ticket_id,
    )  # fmt: skip
    if delivery.message_id:
        mark_message(message_id=delivery.message_id, state=MessageState.SENT, reason="", by=SENDER, now=now)


@service
def mark_attempt_failed(*, delivery_id: UUID, reason: str, permanent: bool, now: datetime) -> bool:
    """Whether it is given up: refused for good, or the last attempt."""
    delivery = Delivery.objects.select_for_update().get(id=delivery_id)
    attempts = delivery.attempts + 1
    final = permanent or attempts >= ATTEMPTS
    Delivery.objects.filter(id=delivery_id).update(
        attempts=attempts, reason=reason, state=DeliveryState.FAILED if final else DeliveryState.QUEUED
    )
    if final:
        _failed(delivery, reason, False, SENDER, now)
    return final


@service
def record_bounce(*, delivery_id: UUID, reason: str, by: Actor, now: datetime) -> None:
    """The other side could not deliver it."""
    delivery = Delivery.objects.select_for_update().filter(id=delivery_id).first()
    if delivery is None or delivery.state == DeliveryState.BOUNCED:
        return
    Delivery.objects.filter(id=delivery_id).update(state=DeliveryState.BOUNCED, reason=reason)
    _failed(delivery, reason, True, by, now)


def _failed(delivery: Delivery, reason: str, bounced: bool, by: Actor, now: datetime) -> None:
    record(
        DeliveryFailed(delivery.id, reason, bounced),
        by=by, at=now, subject=("delivery", delivery.id), ticket_id=delivery.ticket_id,
    )  # fmt: skip
    if delivery.message_id:
        state = MessageState.BOUNCED if bounced else MessageState.FAILED
        mark_message(message_id=delivery.message_id, state=state, reason=reason, by=by, now=now)


@service
def queue_notices(*, notices: Iterable[Notice], texts: dict[UUID, tuple[str, str]], now: datetime) -> int:
    """Mails for notices whose people want them: one mail a notice, `texts` gives subject and body."""
    mailbox = Mailbox.objects.filter(active=True).order_by("address").first()
    if mailbox is None or (mailbox.transport == "smtp" and not mailbox.smtp_host):
        return 0
    queued = 0
    for notice in notices:
        address = str(notice.account.email)
        if not address or Delivery.objects.filter(notice_id=notice.id).exists():
            continue
        subject, text = texts[notice.id]
        delivery_id = new_id()
        header_id = message_id_for(delivery_id, mailbox.address.rpartition("@")[2], "notice")
        mail = Outgoing(
            sender=Address(mailbox.address, mailbox.name), to=(Address(address, notice.account.name),), subject=subject,
            text=text, message_id=header_id, sent_at=now, nature=Nature.AUTO_GENERATED,
        )  # fmt: skip
        delivery = Delivery(
            id=delivery_id, mailbox=mailbox, notice_id=notice.id, recipients=[address], header_id=header_id,
            automatic=True, queued_at=now,
            raw=keep_file(compose(mail), content_type="message/rfc822", now=now),
        )  # fmt: skip
        delivery.save(force_insert=True)
        Notice.objects.filter(id=notice.id).update(mailed_at=now)
        _queued(delivery, now)
        queued += 1
    return queued
