"""Which of two targets can end later, whatever the instant at which they start (R-RU-8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from yinuo.domain.deadline.clocks import ONE_DAY, Clock, instant_after, instant_before
from yinuo.domain.deadline.policy import Target
from yinuo.domain.worktime import Calendar, NeverOpenError

PACE = {Clock.ALWAYS: 0, Clock.WORKDAY: 1, Clock.SERVICE: 2}
"""Of these clocks, on one calendar, a later one never runs ahead of an earlier one."""
TRIED = ((datetime(2026, 6, 1, tzinfo=UTC), 14), (datetime(2026, 9, 23, tzinfo=UTC), 21))
"""From when on, and how many days, starts are tried: ordinary weeks, and those around a long holiday with its make-up
days."""
EVERY = timedelta(minutes=30)
NUDGE = timedelta(seconds=1)
BEFORE_ALL, AFTER_ALL = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
OWN = frozenset({"team", "customer", "contract", ""})


def may_take_longer(
    own: Target, base: Target, hours: Callable[[], Mapping[str, Calendar]], *, backward: bool = False
) -> bool:
    """Whether `own` can be due later than `base` from one and the same start; `backward`: counted back from one and the
    same date. On one clock and calendar the figures say it; else it is tried out on the calendars that `hours` answers
    by name. A calendar that belongs to the team, the customer or the contract may be any of them, and counts as one and
    the same for both."""
    alike = own.calendar == base.calendar or {own.calendar, base.calendar} <= OWN
    if own.clock is base.clock and (alike or own.clock is Clock.ALWAYS):
        return own.limit < base.limit if backward else own.limit > base.limit
    if alike and own.clock in PACE and base.clock in PACE:
        ahead = PACE[own.clock] < PACE[base.clock]
        if ahead is not backward and (own.limit >= base.limit if backward else own.limit <= base.limit):
            return False
    pairs = _pairs(own.calendar, base.calendar, hours())
    return any(_is_later(own, base, *pair, backward=backward) for pair in pairs)


def _pairs(own: str, base: str, known: Mapping[str, Calendar]) -> Iterator[tuple[Calendar, Calendar]]:
    for any_calendar in known.values():
        yield known.get(own, any_calendar), known.get(base, any_calendar)
        if own not in OWN and base not in OWN:
            return


def _is_later(own: Target, base: Target, own_hours: Calendar, base_hours: Calendar, *, backward: bool) -> bool:
    for at in _starts(own_hours, base_hours):
        if backward:
            if _before(at, own, own_hours) > _before(at, base, base_hours):
                return True
        elif _after(at, own, own_hours) > _after(at, base, base_hours):
            return True
    return False


def _starts(*calendars: Calendar) -> Iterator[datetime]:
    for since, days in TRIED:
        for step in range(days * (ONE_DAY // EVERY)):
            yield since + step * EVERY
        for calendar in calendars:
            yield from _edges(calendar, since, since + days * ONE_DAY)


def _edges(calendar: Calendar, at: datetime, until: datetime) -> Iterator[datetime]:
    try:
        while at < until:
            at = calendar.next_closing(at)
            yield from (at - NUDGE, at, at + NUDGE)
    except NeverOpenError:
        return


def _after(at: datetime, target: Target, calendar: Calendar) -> datetime:
    try:
        return instant_after(at, target.limit, target.clock, calendar)
    except NeverOpenError:
        return AFTER_ALL


def _before(at: datetime, target: Target, calendar: Calendar) -> datetime:
    try:
        return instant_before(at, target.limit, target.clock, calendar)
    except NeverOpenError:
        return BEFORE_ALL
