"""Service addresses and senders that are filtered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from yinuo.channels.events import MailboxChanged, SenderBlocked
from yinuo.channels.models import BlockedSender, Mailbox
from yinuo.channels.senders import normalised_sender, sender_index
from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import Changed, ErrorKind, Missing, YinuoError
from yinuo.foundation.events import record
from yinuo.foundation.ids import new_id
from yinuo.foundation.live import touch
from yinuo.foundation.work import service

PLACE = ("imap_host", "imap_port", "imap_folder", "username")
"""What names the folder that is fetched: where one of these changes, counting UIDs begins anew."""


class AddressTaken(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "address_taken"
    text = _("There is a mailbox with this address already.")


@service
def save_mailbox(
    *, id: UUID | None, version: int | None, by: Actor, now: datetime, password: str | None = None, **fields: Any
) -> Mailbox:
    """Makes (`id` empty) or changes a mailbox. An empty `password` leaves the one that is kept. A change clears what
    was known to be failing, so that the next attempt tells. Raises `Changed`, `AddressTaken`."""
    if "address" in fields:
        fields["address"] = fields["address"].strip().lower()
        if Mailbox.objects.filter(address=fields["address"]).exclude(id=id).exists():
            raise AddressTaken
    changed = tuple(sorted({*fields, *(["password"] if password else [])}))
    if password:
        fields["password"] = password
    if id is None:
        mailbox = Mailbox(id=new_id(), **fields)
        mailbox.save(force_insert=True)
    else:
        before = Mailbox.objects.filter(id=id).first()
        if before is None:
            raise Missing
        fields |= _forgotten(before, fields)
        if not Mailbox.objects.filter(id=id, version=version).update(version=F("version") + 1, **fields):
            raise Changed
        mailbox = Mailbox.objects.get(id=id)
    record(MailboxChanged(mailbox.id, changed), by=by, at=now, subject=("mailbox", mailbox.id))
    touch("mailboxes")
    return mailbox


def _forgotten(before: Mailbox, fields: Mapping[str, Any]) -> dict[str, Any]:
    forgotten: dict[str, Any] = {"failing_since": None, "failure": "", "send_failing_since": None, "send_failure": ""}
    if any(name in fields and fields[name] != getattr(before, name) for name in PLACE):
        forgotten |= {"uid_validity": None, "last_uid": 0}
    return forgotten


@service
def block_sender(*, sender: str, by: Actor, now: datetime) -> BlockedSender:
    """From now on mail of this address, or of every address of `@domain`, is kept and filtered. Blocking twice is
    blocking once. Raises `SenderInvalid`."""
    plain = normalised_sender(sender)
    index = sender_index(plain)
    blocked = BlockedSender.objects.filter(index=index).first()
    if blocked is None:
        blocked = BlockedSender(id=new_id(), index=index, shown=plain, added_at=now)
        blocked.save(force_insert=True)
        record(SenderBlocked(blocked.id, True), by=by, at=now, subject=("blocked_sender", blocked.id))
    return blocked


@service
def unblock_sender(*, id: UUID, by: Actor, now: datetime) -> None:
    """Raises `Missing`."""
    if not BlockedSender.objects.filter(id=id).delete()[0]:
        raise Missing
    record(SenderBlocked(id, False), by=by, at=now, subject=("blocked_sender", id))
