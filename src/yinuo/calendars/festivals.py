"""Festivals of the lunar calendar and the solar terms people keep, by date (R-CU-4).

They are notes beside a date: whether it is worked is the official table's to say. From `cnlunar`, 1902 to 2099. No
Django here.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from types import MappingProxyType

from cnlunar import Lunar

from yinuo.domain.worktime import Label

FIRST_YEAR, LAST_YEAR = 1902, 2099
NEW_YEARS_EVE = Label("除夕", "Lunar New Year's Eve")
BY_LUNAR_DATE: Mapping[tuple[int, int], Label] = MappingProxyType(
    {
        (1, 1): Label("春节", "Spring Festival"),
        (1, 15): Label("元宵节", "Lantern Festival"),
        (2, 2): Label("龙抬头", "Dragon Head Raising Day"),
        (5, 5): Label("端午节", "Dragon Boat Festival"),
        (7, 7): Label("七夕节", "Qixi Festival"),
        (7, 15): Label("中元节", "Ghost Festival"),
        (8, 15): Label("中秋节", "Mid-Autumn Festival"),
        (9, 9): Label("重阳节", "Double Ninth Festival"),
        (12, 8): Label("腊八节", "Laba Festival"),
        (12, 23): Label("小年", "Little New Year"),
    }
)
"""Month and day of the lunar calendar; a leap month repeats no festival."""
BY_SOLAR_TERM: Mapping[str, tuple[int, range, Label]] = MappingProxyType(
    {
        "清明": (4, range(4, 7), Label("清明节", "Tomb-Sweeping Day")),
        "冬至": (12, range(21, 24), Label("冬至", "Winter Solstice")),
    }
)
"""The month and the days on which the term can fall."""
ONE_DAY = timedelta(days=1)


@cache
def festivals_of(year: int) -> Mapping[date, Label]:
    """The festivals of a year by date, in order; empty for a year the lunar tables do not know."""
    found: dict[date, Label] = {}
    if FIRST_YEAR <= year <= LAST_YEAR:
        for first, month in _lunar_months(year):
            for (in_month, day), label in BY_LUNAR_DATE.items():
                if in_month == month:
                    found[first + (day - 1) * ONE_DAY] = label
            if month == 1:
                found[first - ONE_DAY] = NEW_YEARS_EVE
        for term, (month, days, label) in BY_SOLAR_TERM.items():
            found |= {date(year, month, day): label for day in days if _lunar(date(year, month, day))[3] == term}
    return MappingProxyType({on: found[on] for on in sorted(found) if on.year == year})


def festival_on(on: date) -> Label | None:
    """The festival of this date, if it has one."""
    return festivals_of(on.year).get(on)


def _lunar_months(year: int) -> Iterator[tuple[date, int]]:
    """First date and number of each lunar month that touches the year, leap months left out."""
    on = date(year, 1, 1)
    month, day, is_leap, _ = _lunar(on)
    first = on - (day - 1) * ONE_DAY
    while first.year <= year:
        if not is_leap:
            yield first, month
        first += 29 * ONE_DAY  # a lunar month has 29 or 30 days
        month, day, is_leap, _ = _lunar(first)
        if day == 30:
            first += ONE_DAY
            month, _, is_leap, _ = _lunar(first)


def _lunar(on: date) -> tuple[int, int, bool, str]:
    """Lunar month and day, whether the month is a leap month, and the solar term that begins on this date."""
    noon = datetime(on.year, on.month, on.day, 12)  # noqa: DTZ001 - the tables ask for the wall clock in China
    found = Lunar(noon)
    return found.lunarMonth, found.lunarDay, found.isLunarLeapMonth, found.todaySolarTerms
