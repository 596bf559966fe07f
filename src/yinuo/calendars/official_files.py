"""Official days off and make-up workdays from a file: the JSON of holiday-cn, or an iCalendar file.

What is read either is a whole year's table or is refused with its place: a table that lacks a day would date promises
wrong without anybody noticing. No Django here.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from yinuo.domain.worktime import FIRST_YEAR, LAST_YEAR, CalendarError, OfficialDay

LONGEST = timedelta(days=31)
ONE_DAY = timedelta(days=1)
_ALWAYS_OFF = ((1, 1, "元旦"), (5, 1, "劳动节"), (10, 1, "国庆节"))
"""What every notice gives off on the same date, by law: a table without one of them was cut off, or is a sample."""
_UNREADABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
LONGEST_NAME = 60
_APPLE = {"WORK-HOLIDAY": False, "ALTERNATE-WORKDAY": True}
_WORK = re.compile(r"上班|补班|[（(|｜]班[）)]?|班[|｜]")
_OFF = re.compile(r"假期|放假|[（(|｜]休[）)]?|休[|｜]")
_AROUND_NAME = re.compile(
    r"上班|补班|补休|假期|放假|调休|[（(]?补|[（(][休班][）)]|[休班][|｜]|[|｜][休班]|[（(]|[）)]"
)


@dataclass(frozen=True)
class PublishedDays:
    """The tables of some whole years. `days` may reach into the December before: a notice says so then."""

    years: frozenset[int]
    days: Mapping[date, OfficialDay]

    def of_notice(self, year: int) -> dict[date, OfficialDay]:
        """The days that the notice of this year settles: its own, and those of the December before that no other
        year of the file does."""
        reaches_back = year - 1 not in self.years
        return {
            on: day
            for on, day in self.days.items()
            if on.year == year or (reaches_back and on.year == year - 1 and on.month == 12)
        }


def read_official_file(text: str) -> PublishedDays:
    """The tables of a file, JSON (one year's object, or a list of them) or iCalendar. Raises `CalendarError` with the
    place of a fault."""
    stripped = text.lstrip("\ufeff \t\r\n")
    if stripped[:15].upper() == "BEGIN:VCALENDAR":
        return _read_ics(stripped)
    if stripped[:1] in ("{", "["):
        return _read_json(stripped)
    raise CalendarError("official_file", "neither an iCalendar file nor the JSON of holiday-cn")


# -- JSON ------------------------------------------------------------------------------------------------------


def _read_json(text: str) -> PublishedDays:
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CalendarError("official_file", f"no JSON: {error}") from error
    tables = raw if isinstance(raw, list) else [raw]
    years: set[int] = set()
    found: dict[date, OfficialDay] = {}
    for n, table in enumerate(tables):
        path = f"[{n}]" if isinstance(raw, list) else ""
        year, days = _table(table, path)
        if year in years:
            raise CalendarError("official_file", f"a second table of {year}", path)
        years.add(year)
        for place, on, day in days:
            _put(found, on, day, place)
    if not years:
        raise CalendarError("official_file", "the file holds no table")
    return _whole(frozenset(years), found)


def _table(raw: object, path: str) -> tuple[int, list[tuple[str, date, OfficialDay]]]:
    if not isinstance(raw, dict):
        raise CalendarError("official_file", "must be an object with year and days", path or "file")
    year, days = raw.get("year"), raw.get("days")
    dot = f"{path}." if path else ""
    if isinstance(year, bool) or not isinstance(year, int) or not FIRST_YEAR <= year <= LAST_YEAR:
        raise CalendarError("official_file", f"{year!r} is no year", f"{dot}year")
    if not isinstance(days, list):
        raise CalendarError("official_file", "must be a list of days", f"{dot}days")
    if not days:
        raise CalendarError("unpublished", f"holds no day: the official days of {year} are not published", f"{dot}days")
    read = [_json_day(day, year, f"{dot}days[{n}]") for n, day in enumerate(days)]
    return year, read


def _json_day(raw: object, year: int, path: str) -> tuple[str, date, OfficialDay]:
    if not isinstance(raw, dict):
        raise CalendarError("official_file", "must be an object with name, date and isOffDay", path)
    name, is_off = raw.get("name"), raw.get("isOffDay")
    if not isinstance(name, str) or not name.strip():
        raise CalendarError("official_file", "a name is needed", f"{path}.name")
    _check_name(name, f"{path}.name")
    if not isinstance(is_off, bool):
        raise CalendarError("official_file", "must be true or false", f"{path}.isOffDay")
    on = _date(str(raw.get("date")), f"{path}.date")
    if on.year != year and not (on.year == year - 1 and on.month == 12):
        raise CalendarError("official_file", f"{on} is no day of the notice of {year}", f"{path}.date")
    return path, on, OfficialDay(not is_off, name.strip())


# -- iCalendar -------------------------------------------------------------------------------------------------


def _read_ics(text: str) -> PublishedDays:
    found: dict[date, OfficialDay] = {}
    for line, event in _events(text):
        _take_event(found, event, f"line {line}")
    # Every notice settles New Year's Day: a year without it stands in the file with its edge only.
    years = frozenset(on.year for on, day in found.items() if (on.month, on.day) == (1, 1) and not day.is_working)
    if not years:
        raise CalendarError("unpublished", "the file marks no New Year's Day as a day off: it holds no year's table")
    for on in found:
        if on.year not in years and not (on.month == 12 and on.year + 1 in years):
            raise CalendarError("official_file", f"{on} is marked, yet the file does not hold the table of {on.year}")
    return _whole(years, found)


def _events(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The line on which each event begins, and its properties by name; folded lines are joined, what stands inside an
    event (an alarm) is passed over. A file that does not come to its end was cut off, and is refused."""
    event: dict[str, str] = {}
    within: list[str] = []
    number = began = 0
    for number, line in _unfolded(text):
        name, colon, value = line.partition(":")
        name, value = name.partition(";")[0].strip().upper(), value.strip()
        if not colon:
            continue
        if name == "BEGIN":
            within.append(value.upper())
            if within[1:] == ["VEVENT"]:
                event, began = {}, number
        elif name == "END":
            if not within or within.pop() != value.upper():
                raise CalendarError("official_file", f"END:{value} ends nothing that began", f"line {number}")
            if value.upper() == "VEVENT" and len(within) == 1:
                yield began, event
        elif within[1:] == ["VEVENT"]:
            event[name] = value
    if within:
        raise CalendarError("official_file", f"the file ends within {within[-1]}: it was cut off", f"line {number}")


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    held, began = "", 1
    for number, line in enumerate(text.splitlines(), 1):
        if line[:1] in (" ", "\t"):
            held += line[1:]
            continue
        if held:
            yield began, held
        held, began = line, number
    if held:
        yield began, held


def _take_event(found: dict[date, OfficialDay], event: Mapping[str, str], path: str) -> None:
    summary = event.get("SUMMARY", "").replace("\\,", ",")
    is_working = _is_working(event, summary, path)
    if is_working is None:
        return
    if event.get("STATUS", "").upper() == "CANCELLED":
        return
    if "RRULE" in event or "RDATE" in event:
        raise CalendarError("official_file", f"“{summary}” repeats by a rule: an official day stands alone", path)
    if "DURATION" in event and "DTEND" not in event:
        raise CalendarError("official_file", f"“{summary}” must say its last day by DTEND", path)
    _check_name(summary, path)
    first = _ics_date(event.get("DTSTART", ""), f"{path}: DTSTART")
    end = _ics_date(event["DTEND"], f"{path}: DTEND") if "DTEND" in event else first + ONE_DAY
    if not first < end <= first + LONGEST:
        raise CalendarError("official_file", f"“{summary}” lasts from {first} to {end}", path)
    name = _AROUND_NAME.sub("", summary).strip(" ·-") or summary
    on = first
    while on < end:
        _put(found, on, OfficialDay(is_working, name), path)
        on += ONE_DAY


def _is_working(event: Mapping[str, str], summary: str, path: str) -> bool | None:
    """Whether the event is a make-up workday, or a day off; None for one that is neither (a festival, a solar term)."""
    mark = _APPLE.get(event.get("X-APPLE-SPECIAL-DAY", "").upper())
    works, is_off = bool(_WORK.search(summary)), bool(_OFF.search(summary))
    said = True if works else False if is_off else None  # “上班(补春节假期)” names the holiday it makes up for
    if mark is not None and said is not None and mark is not said:
        raise CalendarError("official_file", f"“{summary}” contradicts its mark", path)
    return said if mark is None else mark


def _ics_date(raw: str, path: str) -> date:
    match = re.match(r"(\d{4})(\d{2})(\d{2})(?:T000000Z?)?\Z", raw)
    if match is None:
        raise CalendarError("date", f"{raw!r} is no date; 20261001 is", path)
    return _date("-".join(match.groups()), path)


# -- both ------------------------------------------------------------------------------------------------------


def _date(raw: str, path: str) -> date:
    try:
        on = date.fromisoformat(raw)
    except ValueError as error:
        raise CalendarError("date", f"{raw!r} is no date; write 2026-10-01", path) from error
    if not FIRST_YEAR <= on.year <= LAST_YEAR:
        raise CalendarError("date", f"{on} is outside {FIRST_YEAR} to {LAST_YEAR}", path)
    return on


def _check_name(name: str, path: str) -> None:
    if len(name) > LONGEST_NAME or _UNREADABLE.search(name):
        raise CalendarError("official_file", "a name that is too long, or holds characters nobody can read", path)


def _whole(years: frozenset[int], found: Mapping[date, OfficialDay]) -> PublishedDays:
    """The tables, each with the days that no year lacks."""
    for year in sorted(years):
        for month, day, name in _ALWAYS_OFF:
            on = date(year, month, day)
            if on not in found or found[on].is_working:
                raise CalendarError("official_file", f"the table of {year} lacks {on} ({name}): it is not whole")
    return PublishedDays(years, found)


def _put(found: dict[date, OfficialDay], on: date, day: OfficialDay, path: str) -> None:
    """Two holidays may fall on one day; being off and worked at once is a fault."""
    there = found.get(on)
    if there is None:
        found[on] = day
        return
    if there.is_working is not day.is_working:
        raise CalendarError("official_file", f"{on} is both a day off and a workday", path)
    if day.name not in there.name.split("、"):
        found[on] = OfficialDay(day.is_working, f"{there.name}、{day.name}")
