"""Reads about the ways in and out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from yinuo.channels.models import Contact, ContactState, Mailbox
from yinuo.foundation import clock


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
    """What everybody has to know now: mail does not come in, or does not go out."""
    rows = Mailbox.objects.filter(
        Q(failing_since__isnull=False) | Q(send_failing_since__isnull=False), active=True
    ).order_by("address")
    found = []
    for row in rows:
        if row.failing_since:
            found.append(Failing(row.id, row.address, "in", row.failure, row.failing_since))
        if row.send_failing_since:
            found.append(Failing(row.id, row.address, "out", row.send_failure, row.send_failing_since))
    return found


def mailbox_warnings() -> list[Failing]:
    """The banner of the console."""
    return failing_mailboxes()


def waiting_contacts(*, limit: int = 100) -> list[Contact]:
    """What people must work off: quarantined contacts, and kept ones that nobody has understood for a minute."""
    return list(
        Contact.objects.filter(state__in=[ContactState.QUARANTINED, ContactState.KEPT])
        .filter(Q(state=ContactState.QUARANTINED) | Q(arrived_at__lt=clock.now() - timedelta(minutes=1)))
        .select_related("mailbox", "raw")
        .order_by("arrived_at")[:limit]
    )


def count_waiting() -> int:
    return Contact.objects.filter(state=ContactState.QUARANTINED)[:100].count()


def waiting_contact(id: UUID) -> Contact | None:
    """One of those that people must work off."""
    states = [ContactState.QUARANTINED, ContactState.KEPT]
    return Contact.objects.filter(id=id, state__in=states).select_related("mailbox__team", "raw").first()
