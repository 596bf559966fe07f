"""Reads a calendar from plain JSON; every fault names its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from yinuo.domain.worktime.days import DAY_S, Label, OfficialTable, Override, Rules, Span, Spans
from yinuo.domain.worktime.errors import CalendarError, NeverOpenError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_KEYS = {"tz", "hours", "holidays", "overrides", "breaks", "official", "make_up_day", "name"}
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")


def read_rules(raw: object, official: Mapping[str, OfficialTable]) -> Rules:
    """Rules from the JSON form (see `Calendar.from_json`). Raises `CalendarError`, `NeverOpenError`."""
    entry = _mapping(raw, "")
    unknown = sorted(set(entry) - _KEYS)
    if unknown:
        raise CalendarError("unknown_key", f"unknown; known are {', '.join(sorted(_KEYS))}", unknown[0])
    zone = _zone(entry.get("tz"))
    hours = _mapping(entry.get("hours", {}), "hours")
    for name in hours:
        if name not in WEEKDAYS:
            raise CalendarError("weekday", f"no weekday; use {', '.join(WEEKDAYS)}", f"hours.{name}")
    week = tuple(_spans(hours.get(name, []), f"hours.{name}") for name in WEEKDAYS)
    _check_nights(week)
    table = _official(entry.get("official"), official)
    rules = Rules(
        zone=zone,
        week=week,
        holidays=_holidays(entry.get("holidays", [])),
        overrides=_overrides(entry.get("overrides", {})),
        breaks={
            _date(key, f"breaks.{key}"): _spans(value, f"breaks.{key}")
            for key, value in _mapping(entry.get("breaks", {}), "breaks").items()
        },
        official=table,
        make_up=_make_up(entry.get("make_up_day"), week),
    )
    if not rules.is_ever_open():
        raise NeverOpenError("the calendar is never open: it has no hours on any weekday or date")
    return rules


def _mapping(raw: object, path: str) -> Mapping[str, object]:
    if not isinstance(raw, Mapping):
        raise CalendarError("type", "must be an object", path or "calendar")
    return {str(key): value for key, value in raw.items()}


def _zone(raw: object) -> str:
    if not isinstance(raw, str) or not raw:
        raise CalendarError("zone", "a time zone such as Asia/Shanghai is needed", "tz")
    try:
        ZoneInfo(raw)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CalendarError("zone", f"no time zone is called {raw!r}", "tz") from error
    return raw


def _date(raw: object, path: str) -> date:
    try:
        return date.fromisoformat(str(raw))
    except ValueError as error:
        raise CalendarError("date", f"{raw!r} is no date; write 2026-10-01", path) from error


def _time(raw: object, path: str) -> int:
    match = _CLOCK.fullmatch(raw) if isinstance(raw, str) else None
    if match is None:
        raise CalendarError("time", f"{raw!r} is no time of day; write 09:00", path)
    hour, minute, second = (int(part or 0) for part in match.groups())
    if hour > 48 or minute > 59 or second > 59:
        raise CalendarError("time", f"{raw!r} is no time of day", path)
    return hour * 3600 + minute * 60 + second


def _spans(raw: object, path: str) -> Spans:
    if not isinstance(raw, list | tuple):
        raise CalendarError("type", 'must be a list of spans such as ["09:00", "12:00"]', path)
    spans: list[Span] = []
    for at, pair in enumerate(raw):
        place = f"{path}[{at}]"
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise CalendarError("type", 'a span is two times, such as ["09:00", "12:00"]', place)
        start, end = _time(pair[0], place), _time(pair[1], place)
        if end <= start:
            hint = ""
            if end < start:
                hint = f"; for a shift over midnight write {pair[1]} of the next day as {_next_day(end)}"
            raise CalendarError("end_before_start", f"{pair[1]} is not after {pair[0]}{hint}", place)
        if start >= DAY_S or end > start + DAY_S:
            raise CalendarError("time", "a span starts on its own day and lasts 24 hours at most", place)
        if spans and start < spans[-1][1]:
            raise CalendarError("overlap", "overlaps the span before it, or stands before it", place)
        spans.append((start, end))
    return tuple(spans)


def _next_day(seconds: int) -> str:
    return f"{seconds // 3600 + 24}:{seconds // 60 % 60:02d}"


def _check_nights(week: tuple[Spans, ...]) -> None:
    for weekday, spans in enumerate(week):
        before = week[weekday - 1]
        if spans and before and before[-1][1] - DAY_S > spans[0][0]:
            name, night = WEEKDAYS[weekday], WEEKDAYS[weekday - 1]
            text = f"overlaps the night shift that {night} begins"
            raise CalendarError("overlap", text, f"hours.{name}[0]")


def _label(raw: object, path: str) -> Label:
    if raw is None:
        return Label()
    if isinstance(raw, str):
        return Label(raw)
    entry = _mapping(raw, path)
    return Label(str(entry.get("zh", "")), str(entry.get("en", "")))


def _holidays(raw: object) -> dict[date, Label]:
    if isinstance(raw, Mapping):
        return {
            _date(key, f"holidays.{key}"): _label(name, f"holidays.{key}")
            for key, name in _mapping(raw, "holidays").items()
        }
    if not isinstance(raw, list | tuple):
        raise CalendarError("type", "must be a list of dates, or an object of dates and names", "holidays")
    return {_date(value, f"holidays[{at}]"): Label() for at, value in enumerate(raw)}


def _overrides(raw: object) -> dict[date, Override]:
    overrides = {}
    for key, value in _mapping(raw, "overrides").items():
        path = f"overrides.{key}"
        on = _date(key, path)
        if isinstance(value, Mapping):
            entry = _mapping(value, path)
            if set(entry) - {"spans", "name"}:
                raise CalendarError("unknown_key", "an override has `spans` and `name`", path)
            label = _label(entry.get("name"), f"{path}.name")
            overrides[on] = Override(_spans(entry.get("spans", []), f"{path}.spans"), label)
        else:
            overrides[on] = Override(_spans(value, path))
    return overrides


def _official(raw: object, tables: Mapping[str, OfficialTable]) -> OfficialTable | None:
    if raw is None:
        return None
    table = tables.get(str(raw))
    if table is None:
        known = ", ".join(sorted(tables)) or "none here"
        raise CalendarError("official", f"no official table is called {raw!r}; known: {known}", "official")
    return table


def _make_up(raw: object, week: tuple[Spans, ...]) -> Spans:
    if raw is None:
        return next((spans for spans in week if spans), ())
    if raw not in WEEKDAYS:
        raise CalendarError("weekday", f"{raw!r} is no weekday; use {', '.join(WEEKDAYS)}", "make_up_day")
    return week[WEEKDAYS.index(str(raw))]
