"""Business calendars as values the pure core computes with."""

from calendar import Calendar as MonthPicture
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from yinuo.calendars.festivals import festival_on
from yinuo.calendars.models import BusinessCalendar, CalendarEdition, CalendarException, OfficialDay, OfficialYear
from yinuo.calendars.official import english_name
from yinuo.domain.worktime import Calendar, Label, OfficialTable
from yinuo.domain.worktime import OfficialDay as Official
from yinuo.foundation.in_force import once

NO_FESTIVAL = Label()


def calendar_of(calendar_id: UUID) -> Calendar:
    """The calendar as it is in force. Raises `BusinessCalendar.DoesNotExist`."""
    return calendar_of_edition(edition_in_force(calendar_id))


def edition_in_force(calendar_id: UUID) -> UUID:
    """The edition that what begins now counts on. Raises `BusinessCalendar.DoesNotExist`."""
    return once(("edition", calendar_id), lambda: _latest(calendar_id))


def _latest(calendar_id: UUID) -> UUID:
    latest = CalendarEdition.objects.filter(calendar_id=calendar_id).order_by("-number").values_list("id", flat=True)
    found = latest.first()
    if found is None:
        raise BusinessCalendar.DoesNotExist(f"no calendar has the id {calendar_id}")
    return found


def calendars_in_force() -> dict[str, Calendar]:
    """Every calendar by its name. One query, and one more for each edition that this process has not built yet."""
    rising = CalendarEdition.objects.order_by("number").values_list("calendar__code", "id")
    return {code: calendar_of_edition(edition_id) for code, edition_id in dict(rising).items()}  # the last one stays


@dataclass(frozen=True)
class Edition:
    """An edition and the moment from which it is in force."""

    id: UUID
    made_at: datetime


def editions_after(calendar_id: UUID, edition_id: UUID) -> tuple[Edition, ...]:
    """The editions that followed this one, in order; mostly none."""
    editions = once(("editions", calendar_id), lambda: _editions(calendar_id))
    at = next((n for n, edition in enumerate(editions) if edition.id == edition_id), len(editions))
    return editions[at + 1 :]


def _editions(calendar_id: UUID) -> tuple[Edition, ...]:
    rows = CalendarEdition.objects.filter(calendar_id=calendar_id).order_by("number").values_list("id", "made_at")
    return tuple(Edition(*row) for row in rows)


@lru_cache(maxsize=256)
def calendar_of_edition(edition_id: UUID) -> Calendar:
    """The calendar as one of its editions has it; an edition never changes, so it is built once a process."""
    edition = CalendarEdition.objects.get(id=edition_id)
    return built(edition.rules, edition.official)


def built(rules: Mapping[str, Any], official: Mapping[str, Any]) -> Calendar:
    """A calendar from what an edition holds. Raises `CalendarError`."""
    tables = {
        name: OfficialTable(
            name,
            {
                date.fromisoformat(on): Official(is_working, label, english_name(label))
                for on, is_working, label in table["days"]
            },
            frozenset(table["years"]),
        )
        for name, table in official.items()
    }
    return Calendar.from_json(rules, official=tables)


def calendar_json(row: BusinessCalendar) -> dict[str, object]:
    """The calendar's rules as `Calendar.from_json` takes them, its dated exceptions included."""
    exceptions = CalendarException.objects.filter(calendar=row).order_by("on")
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


def official_json(country: str) -> dict[str, object]:
    """The official table of a country by its name in calendars; nothing for no country."""
    if not country:
        return {}
    days = OfficialDay.objects.filter(country=country).order_by("on").values_list("on", "is_working", "name")
    table = {"years": published_years(country), "days": [[on.isoformat(), *day] for on, *day in days]}
    return {country.lower(): table}


@dataclass(frozen=True)
class DayShown:
    """A date of the year's picture. `kind` as in `domain.worktime.DayKind`, empty beside the month. `festival` is a
    note of the lunar calendar: it says nothing about the hours."""

    on: date
    kind: str
    name: str
    hours: str
    festival: Label = NO_FESTIVAL
    is_provisional: bool = False


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
    """Years whose official notice is in the house."""
    return list(OfficialYear.objects.filter(country=country).order_by("year").values_list("year", flat=True))


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
    hours = " ".join(f"{_clock(a)}–{_clock(b)}" for a, b in day.spans)
    return DayShown(
        on, day.kind.value, day.label.zh, hours, festival_on(on) or NO_FESTIVAL, day.is_provisional
    )  # fmt: skip


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds % 3600 // 60:02}"
