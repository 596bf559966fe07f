"""Business calendars as values the pure core computes with."""

from datetime import date
from uuid import UUID

from yinuo.calendars.models import BusinessCalendar, CalendarException, OfficialDay
from yinuo.domain.worktime import Calendar, OfficialTable
from yinuo.domain.worktime import OfficialDay as Official

_built: dict[UUID, tuple[tuple[int, int], Calendar]] = {}


def calendar_of(calendar_id: UUID) -> Calendar:
    """The calendar as `domain.worktime.Calendar`, built once a version. Raises `BusinessCalendar.DoesNotExist`."""
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
