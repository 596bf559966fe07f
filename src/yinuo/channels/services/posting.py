"""What comes by the API or a web form: kept raw and opened as a ticket in one transaction (R-CH-1, R-CH-8)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError

from yinuo.assist.services import classify_by_rules
from yinuo.catalog.models import Category
from yinuo.catalog.queries import categories_in_force
from yinuo.channels.errors import CategoryUnknown, KeyReused, QueueUnknown
from yinuo.channels.events import ContactDecided
from yinuo.channels.models import Contact, ContactState
from yinuo.channels.services.delivery import recipient_index
from yinuo.customers.models import IdentityKind
from yinuo.customers.services import known_or_new
from yinuo.domain.classification import Classification
from yinuo.domain.language import language_of
from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import YinuoError
from yinuo.foundation.events import record
from yinuo.foundation.files import content_digest, keep_file
from yinuo.foundation.live import touch
from yinuo.foundation.rows import insert, new
from yinuo.foundation.work import one_write, service
from yinuo.procedures.services import FirstMessage, open_ticket
from yinuo.staff.models import Team
from yinuo.staff.queries import default_team, teams_in_force
from yinuo.tickets.models import Ticket
from yinuo.tickets.services.messages import NewFile

RAW_TYPE = "application/json"
TRIES = 3
SUBJECT_FROM_TEXT = 40
SUMMARY = 500


@dataclass(frozen=True)
class Post:
    """What somebody sent, already validated. `channel` is `api` or `webform`; `address` is a mail address or a phone
    number, as `identity_kind` says. `category` and `team` are codes. Left empty, `category` and `urgency` are what
    the rules find, `team` is the category's queue, else the default one, `language` that of the text. A queue that
    does not take the role of the first step hands the ticket on, as it does with every ticket."""

    channel: str
    subject: str
    text: str
    identity_kind: IdentityKind
    address: str
    name: str = ""
    category: str = ""
    urgency: str = ""
    team: str = ""
    language: str = ""
    files: tuple[NewFile, ...] = ()


@dataclass(frozen=True)
class Posted:
    """The ticket that a post became; `fresh` is false where an earlier post with the same key had become it."""

    ticket_id: UUID
    number: str
    fresh: bool


def receive_post(*, post: Post, source_key: str, raw: bytes, by: Actor, now: datetime) -> Posted:
    """Keeps `raw` (the body as it came) and opens the ticket. The same `source_key` with the same body gives the
    first answer again; of two at the same moment the second waits for the first and takes its answer.

    Raises `KeyReused` for the same key with another body, `IdentityInvalid`, `CategoryUnknown`, `QueueUnknown`.
    """
    for tried in range(1, TRIES + 1):
        try:
            with one_write():
                return _receive(post, source_key, raw, by, now)
        except (IntegrityError, YinuoError) as error:
            earlier = _earlier(source_key, raw)
            if earlier is not None:
                return earlier
            # else somebody made the same customer at the same moment: it is found the next time
            if tried == TRIES or not isinstance(error, IntegrityError):
                raise
    raise AssertionError("the last try returns or raises")


def _receive(post: Post, source_key: str, raw: bytes, by: Actor, now: datetime) -> Posted:
    """What is rare (the key was there already) shows when the rows are written, not by asking first."""
    file = keep_file(raw, content_type=RAW_TYPE, now=now)
    contact = new(Contact, channel=post.channel, source_key=source_key, raw_id=file.id, arrived_at=now)
    insert(contact)
    ticket = file_post(post=post, contact=contact, reason="posted", by=by, now=now)
    return Posted(ticket.id, ticket.number, fresh=True)


@service
def file_post(*, post: Post, contact: Contact, reason: str, by: Actor, now: datetime) -> Ticket:
    """Opens the ticket of a kept contact. Raises `IdentityInvalid`, `CategoryUnknown`, `QueueUnknown`."""
    ticket = _open(post, contact, by, now)
    contact.ticket_id = ticket.id
    decide_post(contact=contact, post=post, state=ContactState.ACCEPTED, reason=reason, by=by, now=now)
    return ticket


def _earlier(source_key: str, raw: bytes) -> Posted | None:
    """What the contact with this key has become. Raises `KeyReused` where it was another body."""
    rows = Contact.objects.filter(source_key=source_key, ticket_id__isnull=False)
    found = rows.values_list("ticket_id", "raw__digest").first()
    if found is None:
        return None
    ticket_id, digest = found
    if bytes(digest) != content_digest(raw):
        raise KeyReused
    return Posted(ticket_id, Ticket.objects.values_list("number", flat=True).get(id=ticket_id), fresh=False)


def _open(post: Post, contact: Contact, by: Actor, now: datetime) -> Ticket:
    found = classify_by_rules(post.text, post.subject)
    category = _category(post.category or found.category.value or "", asked=bool(post.category))
    language = post.language or language_of(post.subject + post.text)
    customer, _made = known_or_new(
        kind=post.identity_kind, value=post.address, name=post.name, source=post.channel, by=by, now=now,
        language=language,
    )  # fmt: skip
    return open_ticket(
        customer=customer,
        team=_team(post.team, category),
        channel=post.channel,
        subject=post.subject or post.text[:SUBJECT_FROM_TEXT],
        message=FirstMessage(
            text=post.text, at=contact.arrived_at, envelope=envelope_of(post), files=post.files, contact_id=contact.id
        ),
        ticket_class=_class(category, found),
        category=category,
        source="person" if post.category else "rules",
        confidence=None if post.category else found.category.confidence,
        urgency=post.urgency or _urgency(found),
        sentiment=found.sentiment.value or "neutral",
        language=language,
        by=by,
        now=now,
    )


def _category(code: str, *, asked: bool) -> Category | None:
    category = categories_in_force().get(code)
    if category is None and asked:
        raise CategoryUnknown(code=code, fields={"category": str(CategoryUnknown(code=code))})
    return category


def _team(code: str, category: Category | None) -> Team:
    if code:
        team = teams_in_force().get(code)
        if team is None:
            raise QueueUnknown(code=code, fields={"queue": str(QueueUnknown(code=code))})
        return team
    return category.team if category and category.team else default_team()


def _class(category: Category | None, found: Classification) -> str:
    return category.ticket_class if category else found.top_class.value or "service"


def _urgency(found: Classification) -> str:
    return found.urgency.value if found.urgency.value in ("urgent", "low") else "normal"


def envelope_of(post: Post) -> dict[str, object]:
    """Where answers go is `from`; a phone number is none, and stands in the customer's file."""
    envelope: dict[str, object] = {"name": post.name, "subject": post.subject}
    if post.identity_kind == IdentityKind.EMAIL:
        envelope["from"] = post.address.strip()
    return envelope


@service
def decide_post(*, contact: Contact, post: Post, state: ContactState, reason: str, by: Actor, now: datetime) -> None:
    """What became of a post, with what people see of it where it waits for one."""
    contact.state, contact.kind, contact.reason, contact.decided_at = state, "message", reason, now
    if post.identity_kind == IdentityKind.EMAIL:
        contact.sender_index = recipient_index(post.address)
    contact.summary = {"from": post.address, "name": post.name, "subject": post.subject, "text": post.text[:SUMMARY]}
    if not contact._state.adding:
        contact.save()
    record(
        ContactDecided(contact.id, state.value, contact.kind, reason),
        by=by, at=now, subject=("contact", contact.id), ticket_id=contact.ticket_id,
    )  # fmt: skip
    if state == ContactState.QUARANTINED:
        touch("quarantine")
