"""Opening hours of a run of years as flat, sorted tables of instants and their running sum."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise

from yinuo.domain.worktime.zones import EPOCH

ZERO = timedelta(0)
ONE_DAY = timedelta(days=1)
Opening = tuple[timedelta, timedelta]
"""Opened, closed: both as time since 1970-01-01 UTC."""


class Table:
    """The openings of some whole years of one calendar, merged where they touch.

    Parallel lists; entry 0 is a sentinel that lies before all time, so an index found is always valid:

    * `opens`, `closes`: the edges as time since the epoch;
    * `sums`: working time from the table's beginning to the closing;
    * `shifts`: what to take from an instant within the opening to get working time since the beginning;
    * `bases`: what to add that working time to, to get the instant back.

    `days` maps a UTC day number to the index range in which that day's openings lie. It leaves out the
    first and last two days of the table, where a neighbouring year (its night shift, another zone's date)
    could still have a say: a day that is missing means “build more years”.
    """

    __slots__ = ("bases", "closes", "days", "first_year", "last_year", "opens", "shifts", "sums")

    def __init__(self, first_year: int, last_year: int, openings: Iterable[Opening]) -> None:
        self.first_year = first_year
        self.last_year = last_year
        self.opens = [timedelta.min]
        self.closes = [timedelta.min]
        for opened, closed in sorted(openings):
            if opened <= self.closes[-1]:
                self.closes[-1] = max(closed, self.closes[-1])
            else:
                self.opens.append(opened)
                self.closes.append(closed)
        self.sums = [ZERO]
        self.shifts = [ZERO]
        self.bases = [EPOCH]
        worked = ZERO
        for opened, closed in zip(self.opens[1:], self.closes[1:], strict=True):
            self.shifts.append(opened - worked)
            self.bases.append(EPOCH + (opened - worked))
            worked += closed - opened
            self.sums.append(worked)
        first_day = (datetime(first_year, 1, 3, tzinfo=EPOCH.tzinfo) - EPOCH).days
        end_day = (datetime(last_year, 12, 31, tzinfo=EPOCH.tzinfo) - EPOCH).days
        starts = [bisect_left(self.opens, day * ONE_DAY) for day in range(first_day, end_day + 1)]
        self.days = dict(zip(range(first_day, end_day), pairwise(starts), strict=True))
