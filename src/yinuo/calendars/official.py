"""Official days off and make-up workdays of mainland China, as published by the State Council.

Read from the `chinesecalendar` package, which ends with the last notice published when it was released; a
later year arrives by import. No Django here: commands that only count time use it too.
"""

from datetime import date
from functools import cache

from chinese_calendar.constants import Holiday, holidays, workdays

from yinuo.domain.worktime import OfficialDay, OfficialTable

CN = "cn"
_FULL_NAMES = {"清明": "清明节", "端午": "端午节", "中秋": "中秋节"}


@cache
def _published() -> dict[int, dict[date, OfficialDay]]:
    years: dict[int, dict[date, OfficialDay]] = {}
    for table, is_working in ((holidays, False), (workdays, True)):
        for on, english in table.items():
            chinese = Holiday(english).chinese
            day = OfficialDay(is_working, _FULL_NAMES.get(chinese, chinese), english)
            years.setdefault(on.year, {})[on] = day
    return years


@cache
def _english_names() -> dict[str, str]:
    return {_FULL_NAMES.get(holiday.chinese, holiday.chinese): holiday.value for holiday in Holiday}


def english_name(name: str) -> str:
    """The English name of a Chinese holiday, of two that fall together (国庆节、中秋节) both; others as they are."""
    return ", ".join(_english_names().get(part, part) for part in name.split("、"))


def published_years_cn() -> frozenset[int]:
    """The years whose official table the package knows."""
    return frozenset(_published())


def official_days_cn(year: int) -> dict[date, OfficialDay] | None:
    """Days on which the official table of `year` departs from the plain week: every day off of a holiday
    (weekends inside it too) and every make-up workday, named in Chinese. None for an unpublished year."""
    days = _published().get(year)
    return dict(days) if days is not None else None


@cache
def official_table_cn() -> OfficialTable:
    """All published years as the table `cn` that a calendar names with `"official": "cn"`."""
    years = _published()
    days = {on: day for table in years.values() for on, day in table.items()}
    return OfficialTable(CN, days, frozenset(years))
