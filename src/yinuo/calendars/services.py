"""Editing calendars; a change moves deadlines (sla reacts to `CalendarChanged`)."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from yinuo.calendars.drafts import fields_of, with_days
from yinuo.calendars.events import CalendarChanged, OfficialDaysImported
from yinuo.calendars.models import BusinessCalendar, CalendarEdition, CalendarException, OfficialDay, OfficialYear
from yinuo.calendars.official import official_days_cn, published_years_cn
from yinuo.calendars.official_files import read_official_file
from yinuo.calendars.queries import built, calendar_json, official_json, published_years
from yinuo.domain.worktime import Calendar, CalendarError
from yinuo.domain.worktime import OfficialDay as Official
from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import Changed, ErrorKind, Missing, YinuoError
from yinuo.foundation.events import record
from yinuo.foundation.ids import new_id
from yinuo.foundation.in_force import forget
from yinuo.foundation.work import service


class CodeTaken(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "calendar_code_taken"
    text = _("The code “{value}” is taken. Choose another one.")


class CalendarRefused(YinuoError):
    """`fields` holds the sentence at the weekday (`hours_fri`) that is wrong, where it is one."""

    code = "calendar_refused"
    text = _("This calendar cannot be used: {reason}")

    @classmethod
    def of(cls, error: CalendarError) -> "CalendarRefused":
        """In words, at its place."""
        said = _REFUSALS.get(error.code, _("it holds something that cannot be understood."))
        if found := re.match(r"(?:hours|overrides)\.([\w-]+)", error.path):
            place = found[1]
            if error.path.startswith("hours"):
                return cls(reason=said, fields={f"hours_{place}": said})
            return cls(reason=_("{day}: {reason}").format(day=place, reason=said))
        return cls(reason=said)


_REFUSALS = {
    "never_open": _("it is never open. Give at least one day hours."),
    "overlap": _("these hours overlap each other, or those of the night before."),
    "end_before_start": _("these hours end before they begin."),
    "time": _("a time of day does not exist, or the hours last longer than a day."),
    "zone": _("there is no such time zone."),
}


class StretchRefused(YinuoError):
    code = "stretch_refused"
    text = _("The last day comes before the first, or more than a year lies between.")


class OfficialFileRefused(YinuoError):
    code = "official_file_refused"
    text = _("{reason} {place}")

    @classmethod
    def of(cls, error: CalendarError) -> "OfficialFileRefused":
        """In words, with the place in the file."""
        said = _FILE_REFUSALS.get(error.code, _FILE_REFUSALS["official_file"])
        return cls(reason=said, place=f"({error.path})" if error.path else "")


_FILE_REFUSALS = {
    "unpublished": _("The file holds no official days: the year is not published yet."),
    "official_file": _("This is not the whole table of a year as iCalendar or as the JSON of holiday-cn."),
}


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
        _publish(row, by=by, now=now, reason="edited").next_open_moment(now)
    except CalendarError as error:
        raise CalendarRefused.of(error) from error
    return row


@service
def set_days(
    *, id: UUID, version: int | None, since: date, until: date, spans: list[list[str]] | None, name: str, by: Actor,
    now: datetime,
) -> BusinessCalendar:  # fmt: skip
    """Other hours for a stretch of dates (none: closed), or with `spans` None again what week and official days say.
    Raises `StretchRefused`, and as `save_calendar`."""
    row = BusinessCalendar.objects.filter(id=id).first()
    if row is None:
        raise Missing
    try:
        exceptions = with_days(row, since=since, until=until, spans=spans, name=name)
    except ValueError as error:
        raise StretchRefused from error
    return save_calendar(
        id=id, version=version, fields=fields_of(row), exceptions=exceptions, by=by, now=now
    )  # fmt: skip


def _publish(row: BusinessCalendar, *, by: Actor, now: datetime, reason: str) -> Calendar:
    """Puts an edition of the calendar in force where its dates changed; what counts on it follows afterwards."""
    rules, official = calendar_json(row), official_json(row.follows)
    calendar = built(rules, official)
    latest = row.editions.order_by("-number").first()
    if latest is None or latest.fingerprint != calendar.fingerprint:
        number = latest.number + 1 if latest else 1
        CalendarEdition(
            calendar=row, number=number, rules=rules, official=official, fingerprint=calendar.fingerprint, made_at=now
        ).save(force_insert=True)
    forget()
    record(CalendarChanged(row.id, row.version, reason), by=by, at=now, subject=("calendar", row.id))
    return calendar


@service
def import_official_days(*, country: str, year: int, by: Actor, now: datetime) -> int:
    """Takes over the published days of one year, replacing what its notice said here; 0 for one not yet published."""
    days = official_days_cn(year) if country == "CN" else None
    if not days:
        return 0
    _take(country, {year: days}, source="package", by=by, now=now)
    return len(days)


@service
def import_new_official_days(*, country: str, by: Actor, now: datetime) -> list[int]:
    """Takes over the published years, this one and later, of which no notice stands here yet; which ones."""
    published = published_years_cn() if country == "CN" else frozenset()
    new = sorted(year for year in published - set(published_years(country)) if year >= now.year)
    notices = {year: days for year in new if (days := official_days_cn(year))}
    _take(country, notices, source="package", by=by, now=now)
    return new


@service
def import_official_file(*, country: str, text: str, by: Actor, now: datetime) -> dict[int, int]:
    """Takes over the notices of a file (`official_files`): year → how many days. Raises `CalendarError` with the place
    of a fault; then nothing is taken over."""
    read = read_official_file(text)
    notices = {year: read.of_notice(year) for year in sorted(read.years)}
    _take(country, notices, source="file", by=by, now=now)
    return {year: len(days) for year, days in notices.items()}


def _take(
    country: str, notices: Mapping[int, Mapping[date, Official]], *, source: str, by: Actor, now: datetime
) -> None:
    """What the notices say stands in the house from now on; the calendars that follow the country get an edition each.
    A notice that says what stands here already changes nothing."""
    taken = [year for year, days in notices.items() if _is_news(country, year, days)]
    for year in taken:
        days = notices[year]
        OfficialDay.objects.filter(country=country).filter(Q(notice=year) | Q(on__in=list(days))).delete()
        OfficialDay.objects.bulk_create(
            OfficialDay(country=country, on=on, is_working=day.is_working, name=day.name, notice=year)
            for on, day in days.items()
        )
        OfficialYear.objects.update_or_create(country=country, year=year, defaults={"source": source, "taken_at": now})
        record(OfficialDaysImported(country, year, len(days)), by=by, at=now, subject=("official_days", UUID(int=year)))
    if taken:
        for row in BusinessCalendar.objects.select_for_update().filter(follows=country).order_by("id"):
            BusinessCalendar.objects.filter(id=row.id).update(version=F("version") + 1)
            row.version += 1
            _publish(row, by=by, now=now, reason="official_days")


def _is_news(country: str, year: int, days: Mapping[date, Official]) -> bool:
    stands = OfficialDay.objects.filter(country=country, notice=year).values_list("on", "is_working", "name")
    said = {(on, day.is_working, day.name) for on, day in days.items()}
    return set(stands) != said or not OfficialYear.objects.filter(country=country, year=year).exists()
