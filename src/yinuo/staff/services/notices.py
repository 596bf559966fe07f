"""Telling people things: the bell."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Happening:
    """One thing among several that a person is told of together. `kind` is that of a notice about it alone."""

    kind: str
    values: Mapping[str, Any]
    ticket_id: UUID | None = None


LISTED = 10
"""So many of the things are named in a notice about several; the rest are counted."""


@service
def notify_together(
    *, accounts: Mapping[UUID, Sequence[Happening]], kind: str, key: str, at: datetime, by: Actor
) -> None:
    """Tells each person of all these in one notice, and adds what comes later under the same `key` to it. One thing
    alone is told as itself; several as `kind`, with how many of each (`counts`) and the first of them (`listed`)."""
    if not accounts:
        return
    there = {
        notice.account_id: notice
        for notice in Notice.objects.select_for_update().filter(account_id__in=accounts, unique_key=key).order_by("id")
    }
    new: list[Notice] = []
    for account_id in sorted(accounts):
        notice = there.get(account_id)
        if notice is None:
            notice = Notice(account_id=account_id, unique_key=key, at=at, subject_kind="account", subject_id=account_id)
            new.append(notice)
        _add(notice, accounts[account_id], kind)
        notice.read_at = None
    Notice.objects.bulk_create(new)
    Notice.objects.bulk_update(there.values(), ["kind", "values", "ticket_id", "read_at"])
    touch(*(f"account:{account_id}" for account_id in accounts))
    if new:
        wanted = NoticesWanted(tuple(notice.id for notice in new))
        record(wanted, by=by, at=at, subject=("notices", new[0].id))


def _add(notice: Notice, happenings: Sequence[Happening], kind: str) -> None:
    told = notice.values or {}
    listed = [
        *told.get("listed", []),
        *(
            {"kind": one.kind, "ticket_id": str(one.ticket_id) if one.ticket_id else None, **one.values}
            for one in happenings
        ),
    ]
    counts = Counter(told.get("counts", {}))
    counts.update(one.kind for one in happenings)
    if counts.total() == 1:
        [only] = happenings
        notice.kind, notice.ticket_id, notice.values = only.kind, only.ticket_id, dict(only.values)
    else:
        notice.kind, notice.ticket_id, notice.values = kind, None, {}
    notice.values |= {"counts": dict(counts), "listed": listed[:LISTED]}


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
