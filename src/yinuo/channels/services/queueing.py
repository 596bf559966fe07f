"""Putting messages on their way: composed once, so that sending again is the same mail again, many in one go."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count

from yinuo.channels.events import DeliveryQueued
from yinuo.channels.models import AutomaticReply, Delivery, DeliveryState, Mailbox
from yinuo.channels.reply_tokens import reply_token
from yinuo.channels.services.delivery import LIMITS, SENDER, recipient_index
from yinuo.domain.intake import message_id_for, reply_address
from yinuo.domain.mailout import Mailbox as Address
from yinuo.domain.mailout import Nature, Outgoing, OutgoingFile, compose, reply_subject
from yinuo.foundation.encryption import reveal
from yinuo.foundation.events import record
from yinuo.foundation.files import keep_file, read_file
from yinuo.foundation.ids import new_id
from yinuo.foundation.jobs import later
from yinuo.foundation.rows import insert
from yinuo.foundation.work import service
from yinuo.staff.models import Notice
from yinuo.tickets.models import Attachment, Direction, Message, MessageState, Ticket
from yinuo.tickets.services import mark_messages


@dataclass
class Known:
    """What the messages of one go share: read for all of them at once."""

    mailboxes: Sequence[Mailbox]
    recent: Counter[bytes]
    """Automatic mails of the last while, by recipient; those of this go are counted in."""
    deliveries: Mapping[UUID, Delivery]
    answered: Mapping[UUID, dict[str, Any]]
    """The envelope of the customer's last mail before a message, by message."""
    sent: Mapping[UUID, Sequence[str]]
    """Our Message-IDs so far, by ticket."""
    files: Mapping[UUID, Sequence[Attachment]]


@service
def queue_messages(*, message_ids: Collection[UUID], now: datetime) -> None:
    """Puts outgoing messages of tickets on their way. Automatic ones stay within the loop guard; without a mailbox a
    message is held, with the reason."""
    messages = list(
        Message.objects.filter(id__in=message_ids, state=MessageState.QUEUED)
        .select_related("ticket", "account")
        .order_by("id")
    )
    if not messages:
        return
    known = _known(messages, now)
    held: dict[tuple[MessageState, str], list[UUID]] = defaultdict(list)
    for message in messages:
        mailbox = _mailbox_for(message.ticket, known.mailboxes)
        if mailbox is None or not _can_send(mailbox):
            held[MessageState.HELD, "no_outgoing_server"].append(message.id)
        elif reason := _held(message, known):
            held[MessageState.HELD, reason].append(message.id)
        elif not _queue(message, mailbox, known, now):
            held[MessageState.FAILED, "no_address"].append(message.id)
    for (state, reason), ids in held.items():
        mark_messages(message_ids=ids, state=state, reason=reason, by=SENDER, now=now)


def _known(messages: Sequence[Message], now: datetime) -> Known:
    ids = [message.id for message in messages]
    tickets = {message.ticket_id for message in messages}
    indexes = {recipient_index(_recipients(message)[0]) for message in messages if _counts(message)}
    recent = AutomaticReply.objects.filter(recipient_index__in=indexes, at__gt=now - LIMITS.window)
    counts = recent.values_list("recipient_index").annotate(Count("id")) if indexes else ()
    sent: dict[UUID, list[str]] = defaultdict(list)
    for ticket_id, header_id in (
        Delivery.objects.filter(ticket_id__in=tickets).order_by("queued_at").values_list("ticket_id", "header_id")
    ):
        sent[ticket_id].append(header_id)
    files: dict[UUID, list[Attachment]] = defaultdict(list)
    for file in Attachment.objects.filter(message__in=[message.id for message in messages if not message.template]):
        files[file.message_id].append(file)
    return Known(
        mailboxes=list(Mailbox.objects.filter(active=True).order_by("address")),
        recent=Counter({bytes(index): count for index, count in counts}),
        deliveries={
            delivery.message_id: delivery
            for delivery in Delivery.objects.select_for_update().filter(message_id__in=ids).order_by("id")
        },
        answered=_answered(messages),
        sent=sent,
        files=files,
    )


def _answered(messages: Sequence[Message]) -> dict[UUID, dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT message.id, last.envelope FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[]) "
            " AS message(id, ticket_id, at), LATERAL (SELECT envelope FROM tickets_message WHERE ticket_id = "
            " message.ticket_id AND direction = %s AND at <= message.at AND id <> message.id ORDER BY at DESC LIMIT 1)"
            " AS last",
            [
                [message.id for message in messages],
                [message.ticket_id for message in messages],
                [message.at for message in messages],
                Direction.IN.value,
            ],
        )
        envelope = Message._meta.get_field("envelope")
        return {id: envelope.load(reveal(value)) for id, value in cursor.fetchall()}


def _recipients(message: Message) -> list[str]:
    return [*message.envelope.get("to", []), *message.envelope.get("cc", [])]


def _counts(message: Message) -> bool:
    return bool(message.template and _recipients(message))


def _can_send(mailbox: Mailbox) -> bool:
    return mailbox.transport != "smtp" or bool(mailbox.smtp_host)


def _held(message: Message, known: Known) -> str:
    if not _recipients(message):
        return "no_address"
    if message.template:
        recent = known.recent[recipient_index(_recipients(message)[0])]
        most = LIMITS.acknowledgements * (1 if message.template.startswith("acknowledgement") else 4)
        if recent >= most:
            return "loop_guard"
    return ""


def _mailbox_for(ticket: Ticket, active: Sequence[Mailbox]) -> Mailbox | None:
    """The mailbox the ticket came by, else the team's, else the first."""
    for fits in (
        lambda mailbox: mailbox.id == ticket.mailbox_id,
        lambda mailbox: mailbox.team_id == ticket.team_id,
        lambda mailbox: True,
    ):
        found = next(filter(fits, active), None)
        if found:
            return found
    return None


def _queue(message: Message, mailbox: Mailbox, known: Known, now: datetime) -> bool:
    """False where there is an address that no mail can be sent to."""
    delivery = known.deliveries.get(message.id)
    if delivery is not None:
        # Whoever has it already is not sent it again; of a mail that came back nobody is known to have it.
        kept = {} if delivery.state == DeliveryState.BOUNCED else delivery.settled
        Delivery.objects.filter(id=delivery.id).update(
            state=DeliveryState.QUEUED,
            attempts=0,
            reason="",
            queued_at=now,
            mailbox=mailbox,
            settled={address: reason for address, reason in kept.items() if not reason},
        )
    else:
        delivery_id = new_id()
        delivery = Delivery(
            id=delivery_id,
            mailbox=mailbox,
            ticket_id=message.ticket_id,
            message_id=message.id,
            recipients=_recipients(message),
            header_id=message_id_for(delivery_id, mailbox.address.rpartition("@")[2], _kind(message)),
            automatic=bool(message.template),
            queued_at=now,
        )
        try:
            raw = compose(_outgoing(message, mailbox, delivery, known))
        except ValueError:
            return False
        delivery.raw = keep_file(raw, content_type="message/rfc822", now=now)
        insert(delivery)
    if message.template:
        index = recipient_index(_recipients(message)[0])
        known.recent[index] += 1
        insert(AutomaticReply(recipient_index=index, at=now))
    _queued(delivery, now)
    return True


def _queued(delivery: Delivery, now: datetime) -> None:
    if delivery.message_id is None:  # else it is the message's history that tells
        record(DeliveryQueued(delivery.id, delivery.automatic), by=SENDER, at=now, subject=("delivery", delivery.id))
    later("channels.send_delivery", first=not delivery.automatic, delivery_id=str(delivery.id))


def _kind(message: Message) -> str:
    if message.template.startswith("acknowledgement"):
        return "ack"
    return "survey" if "survey" in message.template else "mail"


def _outgoing(message: Message, mailbox: Mailbox, delivery: Delivery, known: Known) -> Outgoing:
    ticket = message.ticket
    answered, references = _thread(message, known)
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
            for file in known.files.get(message.id, ())
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


def _thread(message: Message, known: Known) -> tuple[str, Sequence[str]]:
    """The Message-ID being answered and the chain before it: the customer's last mail, else our own last one."""
    last = known.answered.get(message.id, {})
    ours = known.sent.get(message.ticket_id, ())
    if last.get("message_id"):
        return last["message_id"], [*last.get("references", []), *ours]
    return (ours[-1], ours[:-1]) if ours else ("", [])


@service
def queue_notices(*, notices: Iterable[Notice], texts: dict[UUID, tuple[str, str]], now: datetime) -> int:
    """Mails for notices whose people want them: one mail a notice, `texts` gives subject and body."""
    mailbox = Mailbox.objects.filter(active=True).order_by("address").first()
    if mailbox is None or not _can_send(mailbox):
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
        insert(delivery)
        Notice.objects.filter(id=notice.id).update(mailed_at=now)
        _queued(delivery, now)
        queued += 1
    return queued
