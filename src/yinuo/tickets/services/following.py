"""Who follows a ticket, and why: whoever does may see it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from yinuo.foundation.actors import Actor
from yinuo.foundation.events import record
from yinuo.foundation.live import touch
from yinuo.foundation.work import service
from yinuo.staff.models import Account
from yinuo.tickets.events import TicketFollowed
from yinuo.tickets.models import Ticket, Watch

SUBTASK = "subtask"
"""The reason that passes with the sub-task; any other one outlasts it."""


@service
def follow(*, ticket: Ticket, account: Account, reason: str, by: Actor, now: datetime) -> None:
    """Once, by the first reason; another one than the sub-task's takes the place of that."""
    _watch, made = Watch.objects.get_or_create(ticket=ticket, account=account, defaults={"reason": reason, "at": now})
    if made:
        _followed(ticket, account.id, reason, True, by, now)
    else:
        _outlast(ticket, [account.id], reason)


@service
def follow_silently(*, ticket: Ticket, accounts: Collection[UUID], reason: str, now: datetime) -> None:
    """Of people whom another fact names: who was mentioned, who had the ticket."""
    if accounts:
        rows = [Watch(ticket=ticket, account_id=account, reason=reason, at=now) for account in accounts]
        Watch.objects.bulk_create(rows, ignore_conflicts=True)
        _outlast(ticket, accounts, reason)


@service
def unfollow(*, ticket: Ticket, account_id: UUID, by: Actor, now: datetime, reason: str = "") -> None:
    """No longer; with a `reason`, only of who follows for that one."""
    found = Watch.objects.filter(ticket=ticket, account_id=account_id)
    if (found.filter(reason=reason) if reason else found).delete()[0]:
        _followed(ticket, account_id, reason, False, by, now)


def _outlast(ticket: Ticket, accounts: Collection[UUID], reason: str) -> None:
    if reason != SUBTASK:
        Watch.objects.filter(ticket=ticket, account_id__in=accounts, reason=SUBTASK).update(reason=reason)


def _followed(ticket: Ticket, account_id: UUID, reason: str, following: bool, by: Actor, now: datetime) -> None:
    record(
        TicketFollowed(account_id, reason, following),
        by=by, at=now, subject=("ticket", ticket.id), ticket_id=ticket.id, customer_id=ticket.customer_id,
    )  # fmt: skip
    touch(f"ticket:{ticket.id}", f"account:{account_id}")
