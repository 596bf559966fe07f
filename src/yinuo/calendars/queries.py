"""Business calendars as values the pure core computes with."""

from calendar import Calendar as MonthPicture
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from yinuo.calendars.models import BusinessCalendar, CalendarException, OfficialDay
from yinuo.domain.worktime import Calendar, OfficialTable
from yinuo.domain.worktime import OfficialDay as Official
from yinuo.foundation.in_force import once

_built: dict[UUID, tuple[tuple[int, int], Calendar]] = {}


def calendar_of(calendar_id: UUID) -> Calendar:
    """The calendar as `domain.worktime.Calendar`, built once a version. Raises `BusinessCalendar.DoesNotExist`."""
    return once(("calendar", calendar_id), lambda: _current(calendar_id))


def _current(calendar_id: UUID) -> Calendar:
    row = BusinessCalendar.objects.get(id=calendar_id)
    official_count = OfficialDay.objects.filter(country=row.follows).count() if row.follows else 0
    stamp = (row.version, official_count)
    cached = _built.get(calendar_id)
    if cached and cached[0] == stamp:
        return cached[1]
    calendar = Calendar.from_json(calendar_json(row), official={row.follows.lower(): official_table(row.follows)})
    _built[calendar_id] = (stamp, calendar)
    return calendar


def calendar_json(row: BusinessCalendar) -> dict[str, object]:
    exceptions = CalendarException.objects.filter(calendar=row)
    raw: dict[str, object] = {
        "tz": row.zone,
        "hours": row.hours,
        "holidays": [],
        "overrides": {
            exception.on.isoformat(): {"spans": exception.spans, "name": exception.name} for exception in exceptions
        },
    }
    if row.follows:
        raw["official"] = row.follows.lower()
    return raw


def official_table(country: str) -> OfficialTable:
    rows = OfficialDay.objects.filter(country=country).values_list("on", "is_working", "name")
    days: dict[date, Official] = {on: Official(is_working, name, name) for on, is_working, name in rows}
    return OfficialTable(country.lower(), days, frozenset(on.year for on in days))


@dataclass(frozen=True)
class DayShown:
    """A date of the year's picture. `kind` as in `domain.worktime.DayKind`, empty beside the month."""

    on: date
    kind: str
    name: str
    hours: str


@dataclass(frozen=True)
class MonthShown:
    first: date
    weeks: list[list[DayShown | None]]


def calendars() -> list[BusinessCalendar]:
    return list(BusinessCalendar.objects.order_by("name"))


def calendar_row(id: UUID) -> BusinessCalendar | None:
    return BusinessCalendar.objects.filter(id=id).prefetch_related("exceptions").first()


def differing_days(calendar_id: UUID) -> list[CalendarException]:
    """The days on which this calendar differs from its week, in order."""
    return list(CalendarException.objects.filter(calendar_id=calendar_id).order_by("on"))


def published_years(country: str = "CN") -> list[int]:
    """Years whose official days are in the house."""
    days = OfficialDay.objects.filter(country=country)
    return sorted({on.year for on in days.values_list("on", flat=True)})


def year_shown(calendar_id: UUID, year: int) -> list[MonthShown]:
    """Twelve months of weeks from Monday on, each date as the calendar has it."""
    calendar = calendar_of(calendar_id)
    return [MonthShown(date(year, month, 1), _weeks(calendar, year, month)) for month in range(1, 13)]


def _weeks(calendar: Calendar, year: int, month: int) -> list[list[DayShown | None]]:
    return [
        [_shown(calendar, on) if on.month == month else None for on in week]
        for week in MonthPicture().monthdatescalendar(year, month)
    ]


def _shown(calendar: Calendar, on: date) -> DayShown:
    day = calendar.day(on)
    return DayShown(on, day.kind.value, day.label.zh, " ".join(f"{_clock(a)}–{_clock(b)}" for a, b in day.spans))


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds % 3600 // 60:02}"
