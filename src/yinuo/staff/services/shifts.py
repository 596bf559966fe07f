"""Planning who is on duty when (排班)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from yinuo.foundation.actors import Actor
from yinuo.foundation.events import record
from yinuo.foundation.work import service
from yinuo.staff.errors import ShiftRefused
from yinuo.staff.events import ShiftsPlanned
from yinuo.staff.models import Account, Shift

LONGEST = timedelta(hours=24)


@service
def plan_shifts(
    *,
    account_id: UUID,
    from_at: datetime,
    until_at: datetime,
    shifts: Iterable[tuple[datetime, datetime]],
    by: Actor,
    now: datetime,
) -> int:
    """Replaces what was planned for somebody between two instants; how many shifts there are now. Raises
    `ShiftRefused` for one that ends before it starts, lasts more than a day, lies outside, or overlaps another."""
    wanted = sorted(shifts)
    Account.objects.select_for_update().get(id=account_id)
    kept = Shift.objects.filter(account_id=account_id, starts_at__lt=until_at, ends_at__gt=from_at)
    kept = kept.filter(Q(starts_at__lt=from_at) | Q(ends_at__gt=until_at)).values_list("starts_at", "ends_at")
    last = max((ends for starts, ends in kept if starts < from_at), default=from_at)
    first_after = min((starts for starts, _ in kept if starts >= from_at), default=until_at)
    for starts, ends in wanted:
        if not timedelta() < ends - starts <= LONGEST or starts < last or ends > first_after:
            raise ShiftRefused(starts=starts.isoformat(timespec="minutes"), ends=ends.isoformat(timespec="minutes"))
        last = ends
    Shift.objects.filter(account_id=account_id, starts_at__gte=from_at, ends_at__lte=until_at).delete()
    Shift.objects.bulk_create(Shift(account_id=account_id, starts_at=starts, ends_at=ends) for starts, ends in wanted)
    record(
        ShiftsPlanned(account_id, from_at, until_at, len(wanted)),
        by=by, at=now, subject=("account", account_id),
    )  # fmt: skip
    return len(wanted)
