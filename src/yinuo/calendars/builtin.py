"""Calendars that are there under a name without a database, and reading one from JSON with the official days.

No Django here: commands that only count time use it too.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from yinuo.calendars.official import CN, official_table_cn
from yinuo.domain.worktime import Calendar

_WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
_EVERY_DAY = (*_WORKDAYS, "sat", "sun")


def _week(days: tuple[str, ...], *spans: tuple[str, str]) -> dict[str, list[list[str]]]:
    return {day: [list(span) for span in spans] for day in days}


BUILTIN: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        "cn-office": {
            "tz": "Asia/Shanghai",
            "hours": _week(_WORKDAYS, ("09:00", "12:00"), ("13:00", "18:00")),
            "official": CN,
        },
        "cn-office-nolunch": {
            "tz": "Asia/Shanghai",
            "hours": _week(_WORKDAYS, ("09:00", "18:00")),
            "official": CN,
        },
        "always": {"tz": "Asia/Shanghai", "hours": _week(_EVERY_DAY, ("00:00", "24:00"))},
    }
)
"""Descriptions in the JSON form of `Calendar.from_json`."""


def calendar_from_json(raw: object) -> Calendar:
    """A calendar from its JSON form; the official table `cn` is at hand. Errors as `Calendar.from_json`."""
    tables = {}
    if isinstance(raw, Mapping) and raw.get("official") == CN:
        tables[CN] = official_table_cn()
    return Calendar.from_json(raw, tables)


@cache
def builtin_calendar(name: str) -> Calendar:
    """The built-in calendar of that name. Raises `KeyError` when there is none."""
    return calendar_from_json(BUILTIN[name])
