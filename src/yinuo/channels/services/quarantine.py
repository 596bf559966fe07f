"""The quarantine, worked off by people: mails that nobody could file, and forms that may be a program's (R-CH-1)."""

from datetime import datetime
from uuid import UUID

from yinuo.channels.errors import AlreadyDecided
from yinuo.channels.events import ContactDecided, ContactShown
from yinuo.channels.models import Contact, ContactState
from yinuo.channels.services.intake import append_mail_by_hand, open_mail_by_hand
from yinuo.channels.services.webforms import append_form_by_hand, open_form_by_hand
from yinuo.customers.errors import ReasonNeeded
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import record
from yinuo.foundation.live import touch
from yinuo.foundation.work import service
from yinuo.staff.models import Team
from yinuo.tickets.models import Ticket


@service
def open_from_quarantine(*, contact: Contact, team: Team, by: Actor, now: datetime) -> UUID | None:
    """The ticket. A mail gets no acknowledgement; a form does, since its sender has been shown no number. Nothing where
    the sender's address turned out to be none that we can answer. Raises `AlreadyDecided`, `NothingToOpen`."""
    if contact.channel == "webform":
        return open_form_by_hand(contact=contact, team=team, by=by, now=now)
    return open_mail_by_hand(contact=contact, team=team, by=by, now=now)


@service
def append_from_quarantine(*, contact: Contact, ticket: Ticket, by: Actor, now: datetime) -> None:
    """Files it with a ticket as unverified. Raises `AlreadyDecided`."""
    append = append_form_by_hand if contact.channel == "webform" else append_mail_by_hand
    append(contact=contact, ticket=ticket, by=by, now=now)


@service
def discard_contact(*, contact: Contact, reason: str, by: Actor, now: datetime) -> None:
    """Takes it out of the quarantine; the raw contact stays. Raises `AlreadyDecided`."""
    contact = Contact.objects.select_for_update().get(id=contact.id)
    if contact.state != ContactState.QUARANTINED:
        raise AlreadyDecided
    contact.state, contact.decided_at = ContactState.DISCARDED, now
    contact.save(update_fields=["state", "decided_at"])
    record(
        ContactDecided(contact.id, contact.state, contact.kind, "discarded by hand"),
        by=by, at=now, subject=("contact", contact.id), personal={"reason": reason} if reason else None,
    )  # fmt: skip
    touch("quarantine")


@service
def show_contact(*, contact: Contact, reason: str, by: Actor, now: datetime) -> None:
    """It is about to be shown unmasked to one person; to whom and why is recorded (R-SE-1). Raises `ReasonNeeded`."""
    if not reason.strip():
        raise ReasonNeeded(fields={"reason": str(ReasonNeeded.text)})
    record(
        ContactShown(contact.id),
        by=by, at=now, subject=("contact", contact.id), personal={"reason": reason.strip()[:500]},
    )  # fmt: skip
