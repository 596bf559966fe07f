"""Contacts: kept raw first, then understood (R-CH-1: none lost, none twice)."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import structlog
from django.db import IntegrityError, InterfaceError, OperationalError, connection

from yinuo.assist.services import classify_by_rules
from yinuo.catalog.models import Category
from yinuo.channels.errors import AlreadyDecided, NothingToOpen
from yinuo.channels.events import ContactDecided, ContactKept
from yinuo.channels.models import AutomaticReply, BlockedSender, Contact, ContactState, Delivery, Mailbox
from yinuo.channels.reply_tokens import ticket_of_reply_token
from yinuo.channels.senders import sender_index
from yinuo.channels.services.delivery import LIMITS, recipient_index, record_bounce
from yinuo.customers.errors import IdentityInvalid
from yinuo.customers.models import Customer, Identity, IdentityKind
from yinuo.customers.services import identify
from yinuo.domain.intake import Action, Decision, Inbound, Known, decide, parse, unreadable
from yinuo.domain.language import language_of
from yinuo.foundation.actors import Actor
from yinuo.foundation.encryption import blind_index
from yinuo.foundation.events import record
from yinuo.foundation.files import keep_file, read_file
from yinuo.foundation.jobs import later
from yinuo.foundation.live import touch
from yinuo.foundation.work import attempt, service
from yinuo.procedures.services import FirstMessage, open_ticket
from yinuo.staff.models import Team
from yinuo.staff.queries import default_team
from yinuo.tickets.models import Message, Ticket
from yinuo.tickets.services import add_inbound_message
from yinuo.tickets.services.messages import NewFile

log = structlog.get_logger()
INTAKE = Actor.system("intake")


@service
def keep_contact(
    *,
    channel: str,
    mailbox: Mailbox | None,
    source_key: str,
    raw: bytes,
    arrived_at: datetime,
    now: datetime,
    envelope_to: str = "",
) -> Contact | None:
    """Makes a contact durable; whoever handed it over may be told so when this returns. The same arrival (an equal
    `source_key`) is kept once: nothing is returned for it."""
    if Contact.objects.filter(source_key=source_key).exists():
        return None
    contact = Contact(channel=channel, mailbox=mailbox, source_key=source_key, arrived_at=arrived_at)
    if envelope_to:
        contact.summary = {"envelope_to": envelope_to}
    try:
        with attempt():
            contact.raw = keep_file(raw, content_type="message/rfc822", now=now)
            contact.save(force_insert=True)
    except IntegrityError:
        return None
    record(
        ContactKept(contact.id, channel, mailbox.id if mailbox else None, len(raw)),
        by=INTAKE, at=arrived_at, subject=("contact", contact.id),
    )  # fmt: skip
    later("channels.understand_contact", contact_id=str(contact.id))
    return contact


def own_addresses() -> frozenset[str]:
    return frozenset(address.lower() for address in Mailbox.objects.values_list("address", flat=True))


def understand_contact(contact_id: UUID, now: datetime) -> None:
    """Parses outside of the transaction, decides and files inside it. What cannot be filed waits in quarantine."""
    contact = Contact.objects.select_related("mailbox__team").filter(id=contact_id, state=ContactState.KEPT).first()
    if contact is None:
        return
    own = own_addresses()
    inbound = understood(contact, own)
    try:
        file_contact(contact=contact, inbound=inbound, own=own, now=now)
    except (OperationalError, InterfaceError):  # the database is away: the job is tried again
        raise
    except Exception:
        log.exception("a contact could not be filed", contact_id=str(contact_id))
        quarantine_contact(contact=contact, inbound=inbound, reason="error", now=now)


def understood(contact: Contact, own: frozenset[str]) -> Inbound:
    """A kept mail as intake sees it. One that breaks the parser, or whose bytes cannot be read, is unreadable: a person
    looks at it, and no job tries it for ever."""
    raw = b""
    try:
        raw = read_file(contact.raw_id)
        return parse(raw, own_addresses=own)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.exception("a contact could not be parsed", contact_id=str(contact.id))
        return unreadable(raw, f"parser failed: {type(error).__name__}")


@service
def quarantine_contact(*, contact: Contact, inbound: Inbound, reason: str, now: datetime) -> None:
    """Waits for a person who sees and works it off."""
    contact = _locked(contact)
    if contact.state == ContactState.KEPT:
        _decided(contact, inbound, ContactState.QUARANTINED, reason, INTAKE, now)


def _locked(contact: Contact) -> Contact:
    return Contact.objects.select_for_update(of=("self",)).select_related("mailbox__team").get(id=contact.id)


def _fingerprint(inbound: Inbound) -> bytes:
    """Equal for one mail that came twice."""
    return blind_index("contact", "\0".join(inbound.duplicate_key))


@service
def file_contact(*, contact: Contact, inbound: Inbound, own: frozenset[str], now: datetime) -> None:
    """Decides what becomes of a parsed mail and does it, in one transaction."""
    contact = _locked(contact)
    if contact.state != ContactState.KEPT:
        return
    contact.fingerprint = _fingerprint(inbound)
    with connection.cursor() as cursor:  # of two copies at the same moment the second waits, then sees the first
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(contact.fingerprint[:8], "big", signed=True)]
        )
    decision = decide(inbound, _known(contact, inbound, own), LIMITS)
    _ACTIONS[decision.action](contact, inbound, decision, INTAKE, now)


def _known(contact: Contact, inbound: Inbound, own: frozenset[str]) -> Known:
    since = contact.arrived_at - LIMITS.window
    return Known(
        own_addresses=own,
        own_domains=frozenset(address.rpartition("@")[2] for address in own),
        ticket_of_token=ticket_of_reply_token,
        ticket_of_delivery=_ticket_of_delivery,
        participants=participants,
        blocked=_blocked(inbound),
        acknowledged=AutomaticReply.objects.filter(
            recipient_index=recipient_index(inbound.answer_address), at__gt=since
        ).count(),
        seen_before=_seen_before(contact, inbound),
    )


def _seen_before(contact: Contact, inbound: Inbound) -> bool:
    same = Contact.objects.filter(fingerprint=contact.fingerprint).exclude(id=contact.id)
    if inbound.same_within:
        near = (contact.arrived_at - inbound.same_within, contact.arrived_at + inbound.same_within)
        same = same.filter(arrived_at__range=near)
    return same.exclude(state__in=[ContactState.KEPT, ContactState.DUPLICATE]).exists()


def _blocked(inbound: Inbound) -> frozenset[str]:
    labels = inbound.sender.key.rpartition("@")[2].split(".")
    entries = [inbound.sender.key, *("@" + ".".join(labels[start:]) for start in range(len(labels)))]
    indexes = {sender_index(entry): entry for entry in entries}
    return frozenset(
        indexes[bytes(index)]
        for index in BlockedSender.objects.filter(index__in=indexes).values_list("index", flat=True)
    )


def _ticket_of_delivery(delivery_id: UUID) -> UUID | None:
    return Delivery.objects.filter(id=delivery_id).values_list("ticket_id", flat=True).first()


def participants(ticket_id: UUID) -> set[str]:
    """Lower-case addresses that take part: the customer's and those in any verified message's From, To and Cc."""
    ticket = Ticket.objects.only("customer_id").get(id=ticket_id)
    found = {
        str(value).lower()
        for value in Identity.objects.filter(customer_id=ticket.customer_id, kind=IdentityKind.EMAIL).values_list(
            "value", flat=True
        )
    }
    for envelope in Message.objects.filter(ticket_id=ticket_id, unverified=False).values_list("envelope", flat=True):
        for field in ("from", "reply_to"):
            if envelope.get(field):
                found.add(str(envelope[field]).lower())
        for field in ("to", "cc"):
            found.update(str(address).lower() for address in envelope.get(field, []))
    return found - own_addresses()


# ── what is done ────────────────────────────────────────────────────────────────────────────────────────────


def _decided(contact: Contact, inbound: Inbound, state: ContactState, reason: str, by: Actor, now: datetime) -> None:
    contact.state, contact.reason, contact.kind, contact.decided_at = state, reason, inbound.kind.value, now
    contact.sender_index = recipient_index(inbound.sender.address)
    contact.summary = {
        **contact.summary,
        "from": inbound.sender.address,
        "name": inbound.sender.name,
        "subject": inbound.subject,
        "text": (inbound.reply or inbound.text)[:500],
    }
    contact.save()
    record(
        ContactDecided(contact.id, state.value, contact.kind, reason),
        by=by, at=now, subject=("contact", contact.id), ticket_id=contact.ticket_id,
    )  # fmt: skip
    if state == ContactState.QUARANTINED:
        touch("quarantine")


def _open(
    contact: Contact, inbound: Inbound, decision: Decision, by: Actor, now: datetime, team: Team | None = None
) -> None:
    try:
        customer = _customer(inbound, by, now)
    except IdentityInvalid:
        reason = "the sender's address is not one we can answer"
        _decided(contact, inbound, ContactState.QUARANTINED, reason, by, now)
        return
    text = inbound.reply or inbound.text
    found = classify_by_rules(text, inbound.subject)
    category = Category.objects.select_related("scenario", "team").filter(code=found.category.value or "").first()
    team = team or (category.team if category and category.team else None) or _team_of(contact)
    ticket = open_ticket(
        customer=customer,
        team=team,
        channel="email",
        subject=inbound.subject or text[:40],
        message=FirstMessage(
            text=text,
            full_text=inbound.text,
            html=inbound.html,
            envelope=_envelope(inbound),
            files=_files(inbound),
            contact_id=contact.id,
            at=contact.arrived_at,
        ),
        ticket_class=found.top_class.value or "service",
        category=category,
        urgency=_urgency(found.urgency.value),
        sentiment=found.sentiment.value or "neutral",
        confidence=found.category.confidence,
        mailbox_id=contact.mailbox_id,
        language=_language(inbound),
        acknowledge=decision.acknowledge,
        by=by,
        now=now,
    )
    contact.ticket_id = ticket.id
    _decided(contact, inbound, ContactState.ACCEPTED, decision.reason, by, now)


def _urgency(value: str | None) -> str:
    return value if value in ("urgent", "low") else "normal"


def _team_of(contact: Contact) -> Team:
    return contact.mailbox.team if contact.mailbox else default_team()


def _customer(inbound: Inbound, by: Actor, now: datetime) -> Customer:
    customer, _made = identify(
        kind=IdentityKind.EMAIL, value=inbound.sender.address, name=inbound.sender.name, source="mail", by=by,
        now=now, language=_language(inbound),
    )  # fmt: skip
    return customer


def _language(inbound: Inbound) -> str:
    return language_of(inbound.subject + inbound.text)


def _envelope(inbound: Inbound) -> dict[str, object]:
    envelope: dict[str, object] = {
        "from": inbound.sender.address,
        "name": inbound.sender.name,
        "to": [address.address for address in inbound.to],
        "cc": [address.address for address in inbound.cc],
        "subject": inbound.subject,
        "message_id": inbound.message_id,
        "references": list(inbound.references),
    }
    if inbound.answer_address != inbound.sender.address:
        envelope["reply_to"] = inbound.answer_address
    return envelope


def _files(inbound: Inbound) -> list[NewFile]:
    return [
        NewFile(file.filename or "附件", file.content, file.content_type, file.content_id, file.inline)
        for file in inbound.attachments
    ]


def _append(contact: Contact, inbound: Inbound, decision: Decision, by: Actor, now: datetime) -> None:
    if decision.match is None:
        raise LookupError("an answer without its ticket")
    ticket = Ticket.objects.select_for_update(of=("self",)).select_related("customer").get(id=decision.match.ticket_id)
    _append_to(ticket, contact, inbound, unverified=decision.unverified, by=by, now=now)
    _decided(contact, inbound, ContactState.ACCEPTED, decision.reason, by, now)


def _append_to(
    ticket: Ticket, contact: Contact, inbound: Inbound, *, unverified: bool, by: Actor, now: datetime
) -> None:
    message = add_inbound_message(
        ticket=ticket,
        customer=None if unverified else ticket.customer,
        channel="email",
        text=inbound.reply or inbound.text,
        full_text=inbound.text,
        html=inbound.html,
        envelope=_envelope(inbound),
        files=_files(inbound),
        contact_id=contact.id,
        unverified=unverified,
        by=by if unverified else Actor.customer(ticket.customer_id),
        at=contact.arrived_at,
        now=now,
    )
    contact.ticket_id, contact.message_id = ticket.id, message.id


def _bounce(contact: Contact, inbound: Inbound, decision: Decision, by: Actor, now: datetime) -> None:
    if decision.match is None or decision.match.delivery_id is None:
        _decided(contact, inbound, ContactState.FILTERED, decision.reason, by, now)
        return
    contact.ticket_id = decision.match.ticket_id
    permanent = [bounce for bounce in inbound.bounces if bounce.permanent is not False]
    if permanent:
        record_bounce(
            delivery_id=decision.match.delivery_id, reason=f"{permanent[0].code} {permanent[0].reason}".strip(),
            by=by, now=now,
        )  # fmt: skip
    _decided(contact, inbound, ContactState.FILTERED, decision.reason, by, now)


_Deed = Callable[[Contact, Inbound, Decision, Actor, datetime], None]


def _file(state: ContactState) -> _Deed:
    def file(contact: Contact, inbound: Inbound, decision: Decision, by: Actor, now: datetime) -> None:
        contact.ticket_id = decision.match.ticket_id if decision.match else None
        _decided(contact, inbound, state, decision.reason, by, now)

    return file


_ACTIONS: dict[Action, _Deed] = {
    Action.OPEN: _open,
    Action.APPEND: _append,
    Action.RECORD_BOUNCE: _bounce,
    Action.FILE_AUTO_REPLY: _file(ContactState.FILTERED),
    Action.KEEP_DUPLICATE: _file(ContactState.DUPLICATE),
    Action.DROP_LOOP: _file(ContactState.FILTERED),
    Action.BLOCK: _file(ContactState.FILTERED),
    Action.QUARANTINE: _file(ContactState.QUARANTINED),
}


# ── by a person's hand (see `services.quarantine`) ──────────────────────────────────────────────────────────


def _for_hand(contact: Contact) -> tuple[Contact, Inbound]:
    contact = _locked(contact)
    if contact.state not in (ContactState.QUARANTINED, ContactState.FILTERED):
        raise AlreadyDecided
    return contact, understood(contact, own_addresses())


@service
def open_mail_by_hand(*, contact: Contact, team: Team, by: Actor, now: datetime) -> UUID | None:
    """The ticket; no acknowledgement goes out. Nothing where the sender's address turned out to be none that we can
    answer: the mail waits on. Raises `AlreadyDecided`, `NothingToOpen`."""
    contact, inbound = _for_hand(contact)
    if "@" not in inbound.sender.address:
        raise NothingToOpen
    _open(contact, inbound, Decision(Action.OPEN, "opened by hand"), by, now, team)
    return contact.ticket_id


@service
def append_mail_by_hand(*, contact: Contact, ticket: Ticket, by: Actor, now: datetime) -> None:
    """Files it with a ticket as unverified. Raises `AlreadyDecided`."""
    contact, inbound = _for_hand(contact)
    _append_to(ticket, contact, inbound, unverified=True, by=by, now=now)
    _decided(contact, inbound, ContactState.ACCEPTED, "appended by hand", by, now)
