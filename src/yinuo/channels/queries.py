"""Reads about the ways in and out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from yinuo.channels.models import Contact, ContactState, Mailbox, WebForm
from yinuo.foundation import clock
from yinuo.foundation.select import select
from yinuo.staff.permissions import Viewer
from yinuo.staff.rights import Right
from yinuo.tickets.models import Ticket


@dataclass(frozen=True)
class Failing:
    """A mailbox that cannot be read from, or sent through, since `since`; `code` says what is wrong."""

    mailbox_id: UUID
    address: str
    way: str
    code: str
    since: datetime


def mailboxes() -> list[Mailbox]:
    """Active ones first."""
    return list(Mailbox.objects.select_related("team").order_by("-active", "address"))


def mailbox(id: UUID) -> Mailbox | None:
    return Mailbox.objects.filter(id=id).select_related("team").first()


def failing_mailboxes() -> list[Failing]:
    """What everybody has to know now: mail does not come in, or does not go out. Every page asks."""
    found = []
    for id, address, failure, failing_since, send_failure, send_failing_since in select(_FAILING):
        if failing_since:
            found.append(Failing(id, address, "in", failure, failing_since))
        if send_failing_since:
            found.append(Failing(id, address, "out", send_failure, send_failing_since))
    return found


_FAILING = (
    "SELECT id, address, failure, failing_since, send_failure, send_failing_since FROM channels_mailbox "
    "WHERE active AND (failing_since IS NOT NULL OR send_failing_since IS NOT NULL) ORDER BY address"
)


def waiting_contacts(viewer: Viewer, *, limit: int = 100) -> list[Contact]:
    """What the viewer must work off: quarantined contacts, and kept ones that nobody has understood for a minute."""
    return list(
        Contact.objects.filter(_quarantine_of(viewer), state__in=[ContactState.QUARANTINED, ContactState.KEPT])
        .filter(Q(state=ContactState.QUARANTINED) | Q(arrived_at__lt=clock.now() - timedelta(minutes=1)))
        .select_related("mailbox", "raw")
        .order_by("arrived_at")[:limit]
    )


def waiting_contact(viewer: Viewer, id: UUID) -> Contact | None:
    """One of those that the viewer must work off."""
    states = [ContactState.QUARANTINED, ContactState.KEPT]
    rows = Contact.objects.filter(_quarantine_of(viewer), id=id, state__in=states)
    return rows.select_related("mailbox__team", "raw").first()


def _quarantine_of(viewer: Viewer) -> Q:
    """What came to the viewer's teams, and what came to none; everything for who sees all tickets, and for who is in no
    team at all but has the right to work it off (administrators)."""
    if viewer.has(Right.SEE_ALL_TICKETS) or not viewer.team_ids:
        return Q()
    return (
        Q(mailbox__team__in=viewer.team_ids) | Q(team__in=viewer.team_ids) | Q(mailbox__isnull=True, team__isnull=True)
    )


def web_forms() -> list[WebForm]:
    """Active ones first."""
    return list(WebForm.objects.select_related("team").order_by("-active", "code"))


def web_form(id: UUID) -> WebForm | None:
    return WebForm.objects.filter(id=id).select_related("team").first()


def open_web_forms() -> list[WebForm]:
    """Those that customers can reach."""
    return list(WebForm.objects.filter(active=True).select_related("team").order_by("code"))


def ticket_of_contact(contact: Contact) -> Ticket | None:
    return Ticket.objects.filter(id=contact.ticket_id).first() if contact.ticket_id else None


def form_contact(source_key: str) -> Contact | None:
    """What a sent form has become."""
    return Contact.objects.filter(source_key=source_key).first()
