"""How many tickets of which kind in which week: a desk that grows, rests on holidays and has a backlog."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import accumulate
from math import exp
from random import Random
from zoneinfo import ZoneInfo

from yinuo.config.demo.casting.mould import Mould
from yinuo.config.demo.casting.shifting import WEEK, Course, Weeks, moved
from yinuo.tickets.models import Status

OPEN_SHARE = 0.10
REOPENED_SHARE = 0.02
WITHDRAWN_SHARE = 0.25
"""Of the closed ones: the customer needed nothing any more."""
LIVE_SHARE = 0.15
"""Of the open ones: those with a promise or a bell still to come, hours and days old. The others are the backlog."""
BACKLOG_AGE = timedelta(weeks=14)
"""The backlog's mean age."""
COURSES = 12
"""Of each mould, at slightly different times of day."""
LIVE_COURSES = 30
JITTER = timedelta(minutes=28)
LIVE_JITTER = timedelta(hours=20)
SCENARIOS = {"consultation": 30, "presales": 13, "service": 24, "order": 12, "complaint": 7, "after_sales": 14}
"""How often each comes, in percent."""


@dataclass(frozen=True)
class Casting:
    """One ticket to be cast: mould, course and by how many weeks it lies back."""

    mould: int
    course: int
    weeks: int


@dataclass
class _Pool:
    """Castings of one kind that fit into a week, with rising weights."""

    choices: list[Casting] = field(default_factory=list)
    bounds: list[float] = field(default_factory=list)

    def add(self, one: Casting, weight: float) -> None:
        self.choices.append(one)
        self.bounds.append((self.bounds[-1] if self.bounds else 0.0) + weight)

    def draw(self, rng: Random) -> Casting:
        return self.choices[min(bisect_right(self.bounds, rng.random() * self.bounds[-1]), len(self.choices) - 1)]


class Plan:
    """What is cast: weeks in order, each with its castings."""

    def __init__(self, moulds: Sequence[Mould], *, since: datetime, now: datetime, zone: ZoneInfo, rng: Random) -> None:
        self._rng, self._zone, self._now = rng, zone, now
        self.moulds = moulds
        self.courses: list[list[Course]] = []
        self._weights = _weights(moulds)
        self._first = _monday(since, zone) + WEEK
        self.weeks = max((_monday(now, zone) - self._first) // WEEK, 0) + 1
        self._closed: dict[int, _Pool] = defaultdict(_Pool)
        self._again: dict[int, _Pool] = defaultdict(_Pool)
        self._backlog: dict[int, _Pool] = defaultdict(_Pool)
        self._live = _Pool()
        calendar = Weeks((since - timedelta(days=60)).date(), (now + timedelta(days=90)).date())
        for number, mould in enumerate(moulds):
            courses = self._courses_of(mould)
            self.courses.append(courses)
            for place, course in enumerate(courses):
                weight = self._weights[number] / len(courses)
                if mould.is_quiet:
                    self._sort_in(number, place, course, weight, calendar)
                else:
                    self._live.add(Casting(number, place, 0), weight)

    def _courses_of(self, mould: Mould) -> list[Course]:
        wanted, most = (COURSES, JITTER) if mould.is_quiet else (LIVE_COURSES, LIVE_JITTER)
        found = [course] if (course := moved(mould, timedelta(), self._now)) else []
        for _ in range(wanted * 2):
            by = timedelta(seconds=round(self._rng.uniform(-1, 1) * most.total_seconds(), 3))
            if len(found) < wanted and (course := moved(mould, by, self._now)):
                found.append(course)
        return found

    def _sort_in(self, number: int, place: int, course: Course, weight: float, calendar: Weeks) -> None:
        ticket = self.moulds[number].ticket
        pools = self._backlog if ticket.is_open else self._again if ticket.reopened else self._closed
        for weeks in calendar.back(self.moulds[number], course, self._now, self._first):
            week = (_monday(course.opened_at, self._zone) - self._first) // WEEK - weeks
            if 0 <= week < self.weeks:
                pools[week].add(Casting(number, place, weeks), weight)

    # -- how many ------------------------------------------------------------------------------------

    def castings(self, tickets: int) -> Iterator[tuple[int, list[Casting]]]:
        """Number of the week and its castings, by opening; `tickets` in all."""
        opened = round(tickets * OPEN_SHARE)
        live = round(opened * LIVE_SHARE) if self._live.choices else 0
        again = round(tickets * REOPENED_SHARE)
        lively: dict[int, list[Casting]] = defaultdict(list)
        for _ in range(live):
            one = self._live.draw(self._rng)
            lively[self._week_of(one)].append(one)
        closed = _shares(tickets - opened - again, self._arrivals(self._closed))
        reopened = _shares(again, self._arrivals(self._again))
        backlog = _shares(opened - live, self._backlog_by_week())
        for week in range(self.weeks):
            found = lively.get(week, [])
            for many, pools in ((closed, self._closed), (reopened, self._again), (backlog, self._backlog)):
                found += [pools[week].draw(self._rng) for _ in range(many[week])]
            found.sort(key=self.opened_at)
            yield week, found

    def opened_at(self, one: Casting) -> datetime:
        return self.courses[one.mould][one.course].opened_at - one.weeks * WEEK

    def _week_of(self, one: Casting) -> int:
        return max((_monday(self.opened_at(one), self._zone) - self._first) // WEEK, 0)

    def _arrivals(self, pools: dict[int, _Pool]) -> list[float]:
        """More each year; fewer in weeks into which few courses fit, which are those of the holidays."""
        return [
            (0.6 + 0.9 * week / self.weeks) * (0.9 + 0.2 * self._rng.random()) if pools.get(week) else 0.0
            for week in range(self.weeks)
        ]

    def _backlog_by_week(self) -> list[float]:
        mean = BACKLOG_AGE / WEEK
        return [exp((week - self.weeks) / mean) if self._backlog.get(week) else 0.0 for week in range(self.weeks)]


def _weights(moulds: Sequence[Mould]) -> list[float]:
    """By scenario and by whether the customer withdrew, and within these the short courses more often."""
    plain = [1 / sum(mould.counts.values()) ** 2 for mould in moulds]
    kinds = [_kind(mould) for mould in moulds]
    sums: dict[tuple[object, ...], float] = defaultdict(float)
    for kind, weight in zip(kinds, plain, strict=True):
        sums[kind] += weight
    return [
        SCENARIOS.get(mould.ticket.scenario, 5) * _share(mould) * weight / sums[kind]
        for mould, kind, weight in zip(moulds, kinds, plain, strict=True)
    ]


def _kind(mould: Mould) -> tuple[object, ...]:
    ticket = mould.ticket
    return ticket.scenario, ticket.is_open, mould.is_quiet, _is_withdrawn(mould)


def _is_withdrawn(mould: Mould) -> bool:
    return mould.ticket.status == Status.CLOSED and mould.ticket.solved_at is None


def _share(mould: Mould) -> float:
    if mould.ticket.is_open:
        return 1.0
    return WITHDRAWN_SHARE if _is_withdrawn(mould) else 1 - WITHDRAWN_SHARE


def _shares(whole: int, weights: Sequence[float]) -> list[int]:
    """`whole` divided by weight, to the last one."""
    total = sum(weights)
    if not total:
        return [0] * len(weights)
    ends = [round(whole * end / total) for end in accumulate(weights)]
    return [end - begin for begin, end in zip([0, *ends], ends, strict=False)]


def _monday(instant: datetime, zone: ZoneInfo) -> datetime:
    local = instant.astimezone(zone)
    monday: date = local.date() - timedelta(days=local.weekday())
    return datetime(monday.year, monday.month, monday.day, tzinfo=zone)
