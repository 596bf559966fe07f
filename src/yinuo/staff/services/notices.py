"""Telling people things: the bell."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from yinuo.foundation.actors import Actor
from yinuo.foundation.events import record
from yinuo.foundation.live import touch
from yinuo.foundation.work import service
from yinuo.staff.events import NoticesWanted
from yinuo.staff.models import Notice


@service
def notify(
    *,
    accounts: Iterable[UUID],
    kind: str,
    subject: tuple[str, UUID],
    at: datetime,
    by: Actor,
    ticket_id: UUID | None = None,
    once: str = "",
    values: Mapping[str, Any] | None = None,
) -> None:
    """Puts a notice on each person's bell. `once` names the happening: the same one is told a person once, ever."""
    wanted = dict.fromkeys(accounts)
    if not wanted:
        return
    key = f"{kind}:{subject[1]}:{once}"
    told = set(Notice.objects.filter(account_id__in=wanted, unique_key=key).values_list("account_id", flat=True))
    notices = [
        Notice(
            account_id=account_id, kind=kind, subject_kind=subject[0], subject_id=subject[1], ticket_id=ticket_id,
            values=dict(values or {}), unique_key=key, at=at,
        )
        for account_id in wanted if account_id not in told
    ]  # fmt: skip
    if not notices:
        return
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    touch(*(f"account:{notice.account_id}" for notice in notices))
    record(NoticesWanted(tuple(notice.id for notice in notices)), by=by, at=at, subject=subject, ticket_id=ticket_id)


@service
def mark_notices_read(
    *, account_id: UUID, now: datetime, ids: Iterable[UUID] | None = None, ticket_id: UUID | None = None
) -> int:
    """All of them where neither `ids` nor `ticket_id` says which; how many became read."""
    unread = Notice.objects.filter(account_id=account_id, read_at__isnull=True)
    if ids is not None:
        unread = unread.filter(id__in=ids)
    if ticket_id is not None:
        unread = unread.filter(ticket_id=ticket_id)
    count = unread.update(read_at=now)
    if count:
        touch(f"account:{account_id}")
    return count
