"""Editing calendars; a change moves deadlines (sla reacts to `CalendarChanged`)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from yinuo.calendars.events import CalendarChanged, OfficialDaysImported
from yinuo.calendars.models import BusinessCalendar, CalendarException, OfficialDay
from yinuo.calendars.official import official_days_cn, published_years_cn
from yinuo.calendars.queries import calendar_json, official_table
from yinuo.domain.worktime import Calendar, CalendarError
from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import Changed, ErrorKind, YinuoError
from yinuo.foundation.events import record
from yinuo.foundation.ids import new_id
from yinuo.foundation.in_force import forget
from yinuo.foundation.work import service


class CodeTaken(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "calendar_code_taken"
    text = _("The code “{value}” is taken. Choose another one.")


class CalendarRefused(YinuoError):
    code = "calendar_refused"
    text = _("This calendar cannot be used: {reason}")


@service
def save_calendar(
    *,
    id: UUID | None,
    version: int | None,
    fields: Mapping[str, Any],
    exceptions: list[tuple[date, list[list[str]], str]],
    by: Actor,
    now: datetime,
) -> BusinessCalendar:
    """Makes or changes a calendar with its dated exceptions `(date, spans, name)`. Raises `CalendarRefused` for one
    that is never open or ill-formed, `CodeTaken`, `Changed` on a stale version."""
    if BusinessCalendar.objects.filter(code=fields.get("code", "")).exclude(id=id).exists():
        raise CodeTaken(value=fields["code"])
    if id is None:
        row = BusinessCalendar(id=new_id(), **fields)
        row.save(force_insert=True)
    else:
        if not BusinessCalendar.objects.filter(id=id, version=version).update(version=F("version") + 1, **fields):
            raise Changed
        row = BusinessCalendar.objects.get(id=id)
    CalendarException.objects.filter(calendar=row).delete()
    CalendarException.objects.bulk_create(
        CalendarException(calendar=row, on=on, spans=spans, name=name) for on, spans, name in exceptions
    )
    try:
        calendar = Calendar.from_json(calendar_json(row), official={row.follows.lower(): official_table(row.follows)})
        calendar.next_open_moment(now)
    except CalendarError as error:
        raise CalendarRefused(reason=str(error)) from error
    forget()
    record(CalendarChanged(row.id, row.version), by=by, at=now, subject=("calendar", row.id))
    return row


@service
def import_official_days(*, country: str, year: int, by: Actor, now: datetime) -> int:
    """Takes over the published days of one year, replacing what stood there; 0 for a year not yet published."""
    days = official_days_cn(year) if country == "CN" else None
    if not days:
        return 0
    OfficialDay.objects.filter(country=country, on__year=year).delete()
    OfficialDay.objects.bulk_create(
        OfficialDay(country=country, on=on, is_working=day.is_working, name=day.name) for on, day in days.items()
    )
    forget()
    record(OfficialDaysImported(country, year, len(days)), by=by, at=now, subject=("official_days", UUID(int=year)))
    return len(days)


@service
def import_new_official_days(*, country: str, by: Actor, now: datetime) -> list[int]:
    """Takes over the published years, this one and later, of which no day stands here yet; which ones."""
    known = set(OfficialDay.objects.filter(country=country).values_list("on__year", flat=True).distinct())
    published = published_years_cn() if country == "CN" else frozenset()
    new = sorted(year for year in published - known if year >= now.year)
    for year in new:
        import_official_days(country=country, year=year, by=by, now=now)
    return new
