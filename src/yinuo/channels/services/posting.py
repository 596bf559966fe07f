"""What comes by the API or a web form: kept raw and opened as a ticket in one transaction (R-CH-1, R-CH-8)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError

from yinuo.assist.services import classify_by_rules
from yinuo.catalog.models import Category
from yinuo.channels.errors import CategoryUnknown, KeyReused, QueueUnknown
from yinuo.channels.events import ContactDecided, ContactKept
from yinuo.channels.models import Contact, ContactState
from yinuo.channels.services.delivery import recipient_index
from yinuo.customers.models import IdentityKind
from yinuo.customers.services import identify
from yinuo.domain.classification import Classification
from yinuo.domain.language import language_of
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import record
from yinuo.foundation.files import content_digest, keep_file
from yinuo.foundation.work import attempt, service
from yinuo.procedures.services import FirstMessage, open_ticket
from yinuo.staff.models import Team
from yinuo.staff.queries import default_team
from yinuo.tickets.models import Ticket
from yinuo.tickets.services.messages import NewFile

RAW_TYPE = "application/json"
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


@service
def receive_post(*, post: Post, source_key: str, raw: bytes, by: Actor, now: datetime) -> Posted:
    """Keeps `raw` (the body as it came) and opens the ticket. The same `source_key` with the same body gives the
    first answer again; of two at the same moment the second waits for the first and takes its answer.

    Raises `KeyReused` for the same key with another body, `IdentityInvalid`, `CategoryUnknown`, `QueueUnknown`.
    """
    contact = Contact(channel=post.channel, source_key=source_key, arrived_at=now)
    try:
        with attempt():
            contact.raw = keep_file(raw, content_type=RAW_TYPE, now=now)
            contact.save(force_insert=True)
    except IntegrityError:
        earlier = _earlier(source_key, raw)
        if earlier is None:
            raise
        return earlier
    record(ContactKept(contact.id, post.channel, None, len(raw)), by=by, at=now, subject=("contact", contact.id))
    ticket = _open(post, contact, by, now)
    _decide(contact, post, ticket, by, now)
    return Posted(ticket.id, ticket.number, fresh=True)


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
    customer, _made = identify(
        kind=post.identity_kind, value=post.address, name=post.name, source=post.channel, by=by, now=now,
        language=language,
    )  # fmt: skip
    return open_ticket(
        customer=customer,
        team=_team(post.team, category),
        channel=post.channel,
        subject=post.subject or post.text[:SUBJECT_FROM_TEXT],
        message=FirstMessage(text=post.text, at=now, envelope=_envelope(post), files=post.files, contact_id=contact.id),
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
    category = Category.objects.select_related("scenario", "team").filter(code=code, active=True).first()
    if category is None and asked:
        raise CategoryUnknown(code=code, fields={"category": str(CategoryUnknown(code=code))})
    return category


def _team(code: str, category: Category | None) -> Team:
    if code:
        team = Team.objects.filter(code=code, active=True).first()
        if team is None:
            raise QueueUnknown(code=code, fields={"queue": str(QueueUnknown(code=code))})
        return team
    return category.team if category and category.team else default_team()


def _class(category: Category | None, found: Classification) -> str:
    return category.ticket_class if category else found.top_class.value or "service"


def _urgency(found: Classification) -> str:
    return found.urgency.value if found.urgency.value in ("urgent", "low") else "normal"


def _envelope(post: Post) -> dict[str, object]:
    """Where answers go is `from`; a phone number is none, and stands in the customer's file."""
    envelope: dict[str, object] = {"name": post.name, "subject": post.subject}
    if post.identity_kind == IdentityKind.EMAIL:
        envelope["from"] = post.address.strip()
    return envelope


def _decide(contact: Contact, post: Post, ticket: Ticket, by: Actor, now: datetime) -> None:
    contact.state, contact.kind, contact.reason, contact.decided_at = ContactState.ACCEPTED, "message", "posted", now
    contact.ticket_id = ticket.id
    if post.identity_kind == IdentityKind.EMAIL:
        contact.sender_index = recipient_index(post.address)
    contact.summary = {
        "from": post.address,
        "name": post.name,
        "subject": post.subject,
        "text": post.text[:SUMMARY],
    }
    contact.save()
    record(
        ContactDecided(contact.id, contact.state, contact.kind, contact.reason),
        by=by, at=now, subject=("contact", contact.id), ticket_id=ticket.id,
    )  # fmt: skip
