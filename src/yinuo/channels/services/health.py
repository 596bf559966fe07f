"""Whether mailboxes can be reached: what the banner shows."""

from datetime import datetime
from uuid import UUID

from yinuo.channels.events import MailboxFailing, MailboxRecovered
from yinuo.channels.models import Mailbox
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import record
from yinuo.foundation.live import touch
from yinuo.foundation.work import service

WATCHER = Actor.system("mailboxes")


@service
def fetching_failed(*, mailbox_id: UUID, failure: str, now: datetime) -> None:
    """`failure` is a code: unreachable, log_in, certificate, folder, protocol."""
    _failed(mailbox_id, "in", "failing_since", "failure", failure, now)


@service
def fetching_works(*, mailbox_id: UUID, now: datetime) -> None:
    Mailbox.objects.filter(id=mailbox_id).update(checked_at=now)
    _works(mailbox_id, "in", "failing_since", "failure", now)


@service
def sending_failed(*, mailbox_id: UUID, failure: str, now: datetime) -> None:
    _failed(mailbox_id, "out", "send_failing_since", "send_failure", failure, now)


@service
def sending_works(*, mailbox_id: UUID, now: datetime) -> None:
    _works(mailbox_id, "out", "send_failing_since", "send_failure", now)


def _failed(mailbox_id: UUID, direction: str, since: str, column: str, failure: str, now: datetime) -> None:
    rows = Mailbox.objects.filter(id=mailbox_id)
    if rows.filter(**{f"{since}__isnull": True}).update(**{since: now, column: failure}):
        record(MailboxFailing(mailbox_id, direction, failure), by=WATCHER, at=now, subject=("mailbox", mailbox_id))
        touch("mailboxes")
    else:
        rows.update(**{column: failure})


def _works(mailbox_id: UUID, direction: str, since: str, column: str, now: datetime) -> None:
    failing = Mailbox.objects.filter(id=mailbox_id, **{f"{since}__isnull": False})
    if failing.update(**{since: None, column: ""}):
        record(MailboxRecovered(mailbox_id, direction), by=WATCHER, at=now, subject=("mailbox", mailbox_id))
        touch("mailboxes")


@service
def fetched_up_to(*, mailbox_id: UUID, version: int, uid_validity: int, uid: int) -> None:
    """Everything up to this UID is kept; called after the keeping has committed. Nothing where the mailbox was changed
    since `version`: it may name another folder now, in which this UID is another mail's."""
    Mailbox.objects.filter(id=mailbox_id, version=version).update(uid_validity=uid_validity, last_uid=uid)
