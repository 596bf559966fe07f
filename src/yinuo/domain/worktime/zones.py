"""From the reading of a wall clock to the instant.

An edge of opening hours is **the first instant at which the wall clock reads that time or a later one**.
So an hour that is skipped in spring is cut off the span it lies in, an hour that comes twice in autumn is
open throughout when its wall time is, and two spans that touch on the wall touch in time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = EPOCH.replace(tzinfo=None)
_SECOND = timedelta(seconds=1)


def reached(zone: ZoneInfo, wall: datetime) -> timedelta:
    """When the wall clock of `zone` first reads `wall` (naive) or later, as time since 1970-01-01 UTC."""
    before = _offset(zone, wall, 0)
    after = _offset(zone, wall, 1)
    if before >= after:  # ordinary time, or one that comes twice: the first
        return wall - before - _NAIVE_EPOCH
    low, high = wall - after - _NAIVE_EPOCH, wall - before - _NAIVE_EPOCH
    while high - low > _SECOND:  # a reading that does not exist: the change of the clock itself
        middle = low + (high - low) // _SECOND // 2 * _SECOND
        if (EPOCH + middle).astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high


def _offset(zone: ZoneInfo, wall: datetime, fold: int) -> timedelta:
    offset = wall.replace(tzinfo=zone, fold=fold).utcoffset()
    return offset if offset is not None else timedelta(0)
