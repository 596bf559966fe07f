"""Forms on the public pages: made by administrators, filled in by customers (R-CH-1).

What is posted goes through the one door of `posting`; what looks like a program's waits in the quarantine instead, and
whoever sent it is told that a person looks at it. The same form sent twice is one contact.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F

from yinuo.channels.errors import AlreadyDecided, KeyReused, NothingToOpen
from yinuo.channels.events import ContactKept, WebFormChanged
from yinuo.channels.models import BlockedSender, Contact, ContactState, WebForm
from yinuo.channels.post_raw import post_of, raw_of
from yinuo.channels.senders import sender_index
from yinuo.channels.services.posting import RAW_TYPE, Post, decide_post, envelope_of, file_post, receive_post
from yinuo.foundation.actors import Actor
from yinuo.foundation.encryption import blind_index
from yinuo.foundation.errors import Changed, Missing
from yinuo.foundation.events import record
from yinuo.foundation.files import content_digest, keep_file, read_file
from yinuo.foundation.ids import new_id
from yinuo.foundation.work import service
from yinuo.staff.errors import CodeTaken
from yinuo.staff.models import Team
from yinuo.tickets.models import Ticket
from yinuo.tickets.services import add_inbound_message

CHANNEL = "webform"
VISITOR = Actor.system(CHANNEL)


@dataclass(frozen=True)
class Received:
    """What became of a form: a ticket, or what a person looks at first (`number` is empty then)."""

    ticket_id: UUID | None
    number: str
    fresh: bool


@service
def save_web_form(*, id: UUID | None, version: int | None, by: Actor, now: datetime, **fields: Any) -> WebForm:
    """Makes (`id` empty) or changes a form. Raises `CodeTaken`, `Missing`, `Changed`."""
    if "code" in fields and WebForm.objects.filter(code=fields["code"]).exclude(id=id).exists():
        raise CodeTaken(value=fields["code"])
    if id is None:
        form = WebForm(id=new_id(), **fields)
        form.save(force_insert=True)
    else:
        if not WebForm.objects.filter(id=id).exists():
            raise Missing
        if not WebForm.objects.filter(id=id, version=version).update(version=F("version") + 1, **fields):
            raise Changed
        form = WebForm.objects.get(id=id)
    record(WebFormChanged(form.id, tuple(sorted(fields))), by=by, at=now, subject=("web_form", form.id))
    return form


@service
def receive_form(*, post: Post, nonce: str, suspicion: str, now: datetime) -> Received:
    """Opens the ticket of a form, or, where `suspicion` names a rule (see `domain.formspam`), keeps it for a person.
    `nonce` stands for one page of the form: sent again it gives the first answer. Raises `KeyReused` where the same
    page was sent with another content, `IdentityInvalid`, `CategoryUnknown`, `QueueUnknown`."""
    source_key, raw = f"{CHANNEL}:{nonce}", raw_of(post)
    with connection.cursor() as cursor:  # of two sendings at the same moment the second waits, then sees the first
        lock = int.from_bytes(blind_index("webform", nonce)[:8], "big", signed=True)
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
    earlier = Contact.objects.filter(source_key=source_key).select_related("raw").first()
    if earlier is not None:
        if bytes(earlier.raw.digest) != content_digest(raw):
            raise KeyReused
        number = Ticket.objects.filter(id=earlier.ticket_id).values_list("number", flat=True).first()
        return Received(earlier.ticket_id, number or "", fresh=False)
    blocked = _is_blocked(post.address)
    if suspicion or blocked:
        state = ContactState.FILTERED if blocked else ContactState.QUARANTINED
        reason = "the sender is blocked" if blocked else suspicion
        _hold(post, source_key, raw, state, reason, now)
        return Received(None, "", fresh=True)
    posted = receive_post(post=post, source_key=source_key, raw=raw, by=VISITOR, now=now)
    return Received(posted.ticket_id, posted.number, posted.fresh)


def _hold(post: Post, source_key: str, raw: bytes, state: ContactState, reason: str, now: datetime) -> None:
    contact = Contact(channel=CHANNEL, source_key=source_key, arrived_at=now)
    contact.team = Team.objects.filter(code=post.team).first() if post.team else None
    contact.raw = keep_file(raw, content_type=RAW_TYPE, now=now)
    contact.save(force_insert=True)
    record(ContactKept(contact.id, CHANNEL, None, len(raw)), by=VISITOR, at=now, subject=("contact", contact.id))
    decide_post(contact=contact, post=post, state=state, reason=reason, by=VISITOR, now=now)


def _is_blocked(address: str) -> bool:
    plain = address.strip().lower()
    labels = plain.rpartition("@")[2].split(".") if "@" in plain else []
    entries = [plain, *("@" + ".".join(labels[start:]) for start in range(len(labels)))]
    return BlockedSender.objects.filter(index__in=[sender_index(entry) for entry in entries]).exists()


# ── by a person's hand (see `services.quarantine`) ──────────────────────────────────────────────────────────


def _for_hand(contact: Contact) -> tuple[Contact, Post]:
    contact = Contact.objects.select_for_update().get(id=contact.id)
    if contact.state not in (ContactState.QUARANTINED, ContactState.FILTERED):
        raise AlreadyDecided
    try:
        return contact, post_of(read_file(contact.raw_id))
    except ValueError:
        raise NothingToOpen from None


@service
def open_form_by_hand(*, contact: Contact, team: Team, by: Actor, now: datetime) -> UUID:
    """The ticket, in the queue of `team`, acknowledged as any. Raises `AlreadyDecided`, `NothingToOpen`."""
    contact, post = _for_hand(contact)
    ticket = file_post(post=replace(post, team=team.code), contact=contact, reason="opened by hand", by=by, now=now)
    return ticket.id


@service
def append_form_by_hand(*, contact: Contact, ticket: Ticket, by: Actor, now: datetime) -> None:
    """Files it with a ticket as unverified. Raises `AlreadyDecided`, `NothingToOpen`."""
    contact, post = _for_hand(contact)
    message = add_inbound_message(
        ticket=ticket, customer=None, channel=CHANNEL, text=post.text, envelope=envelope_of(post), files=post.files,
        contact_id=contact.id, unverified=True, by=by, at=contact.arrived_at, now=now,
    )  # fmt: skip
    contact.ticket_id, contact.message_id = ticket.id, message.id
    decide_post(contact=contact, post=post, state=ContactState.ACCEPTED, reason="appended by hand", by=by, now=now)
