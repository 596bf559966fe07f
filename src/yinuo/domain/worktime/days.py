"""What one date is: working or not, between which hours, and for which reason."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

DAY_S = 86_400

Span = tuple[int, int]
"""From, to in seconds since local midnight; past 86,400 is the small hours of the next day (night shift)."""
Spans = tuple[Span, ...]


class DayKind(StrEnum):
    """Why a date has the hours it has."""

    WORKING = "working"  # the week's ordinary hours
    DAY_OFF = "day_off"  # the week has no hours on this weekday
    HOLIDAY = "holiday"
    MAKE_UP = "make_up"  # a day off that is worked to make up for a long holiday (调休)
    SPECIAL = "special"  # a working day with other hours than the week says, such as a short day
    DUTY = "duty"  # a holiday on which a duty roster keeps some hours open
    CLOSED = "closed"  # a date without hours by an entry of its own


@dataclass(frozen=True, slots=True)
class Label:
    """A name people gave a day, in Chinese and English; either may be empty."""

    zh: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True)
class OfficialDay:
    """A date on which an official table departs from the plain week."""

    is_working: bool
    name: str
    name_en: str = ""


@dataclass(frozen=True)
class OfficialTable:
    """Official days off and make-up workdays, and the years for which the table is published."""

    name: str
    days: Mapping[date, OfficialDay]
    years: frozenset[int]


@dataclass(frozen=True, slots=True)
class Override:
    """The hours of one date, in place of everything else said about it."""

    spans: Spans
    label: Label = Label()


@dataclass(frozen=True, slots=True)
class Day:
    """One date of a calendar. `is_provisional`: the official table of its year is not published yet."""

    on: date
    spans: Spans
    kind: DayKind
    label: Label = Label()
    is_provisional: bool = False

    @property
    def is_working(self) -> bool:
        return bool(self.spans)


@dataclass(frozen=True)
class Rules:
    """Everything that decides the hours of a date.

    An override wins over a holiday, a holiday over the official table, the table over the week; breaks are
    cut out of whatever results. On an official make-up day a weekday that has hours of its own keeps them;
    any other takes `make_up`.
    """

    zone: str
    week: tuple[Spans, ...]
    holidays: Mapping[date, Label] = field(default_factory=dict)
    overrides: Mapping[date, Override] = field(default_factory=dict)
    breaks: Mapping[date, Spans] = field(default_factory=dict)
    official: OfficialTable | None = None
    make_up: Spans = ()
    whole_days: bool = False

    def day(self, on: date) -> Day:
        """What this date is."""
        day = self._plain_day(on)
        cut = self.breaks.get(on)
        if cut:
            day = Day(on, without(day.spans, cut), day.kind, day.label, day.is_provisional)
        if self.whole_days and day.spans:
            day = Day(on, ((0, DAY_S),), day.kind, day.label, day.is_provisional)
        return day

    def _plain_day(self, on: date) -> Day:
        usual = self.week[on.weekday()]
        official = self.official.days.get(on) if self.official else None
        provisional = self.official is not None and on.year not in self.official.years
        override = self.overrides.get(on)
        if override is not None:
            return Day(on, override.spans, self._override_kind(on, override, official), override.label)
        if on in self.holidays:
            return Day(on, (), DayKind.HOLIDAY, self.holidays[on])
        if official is not None:
            label = Label(official.name, official.name_en)
            if not official.is_working:
                return Day(on, (), DayKind.HOLIDAY, label)
            if not usual:
                return Day(on, self.make_up, DayKind.MAKE_UP, label)
        kind = DayKind.WORKING if usual else DayKind.DAY_OFF
        return Day(on, usual, kind, is_provisional=provisional)

    def _override_kind(self, on: date, override: Override, official: OfficialDay | None) -> DayKind:
        if not override.spans:
            return DayKind.CLOSED
        if on in self.holidays or (official is not None and not official.is_working):
            return DayKind.DUTY
        return DayKind.SPECIAL if self.week[on.weekday()] else DayKind.MAKE_UP

    def last_exception_year(self) -> int:
        """The last year in which a date departs from the plain week; 0 when none does."""
        years = [on.year for on in (*self.holidays, *self.overrides, *self.breaks)]
        if self.official:
            years += [on.year for on in self.official.days]
        return max(years, default=0)

    def first_exception_year(self) -> int:
        """The first year in which a date departs from the plain week; 9999 when none does."""
        years = [on.year for on in (*self.holidays, *self.overrides, *self.breaks)]
        if self.official:
            years += [on.year for on in self.official.days]
        return min(years, default=9999)

    def is_ever_open(self) -> bool:
        """Whether any date at all can have hours."""
        if any(self.week):
            return True
        if any(self.day(on).spans for on in self.overrides):
            return True
        return self.official is not None and any(
            self.day(on).spans for on, day in self.official.days.items() if day.is_working
        )

    def digest(self) -> str:
        """A digest over all of it in a canonical form."""
        official = self.official
        parts: list[object] = [
            self.zone,
            self.week,
            sorted((on.isoformat(), label.zh, label.en) for on, label in self.holidays.items()),
            sorted((on.isoformat(), o.spans, o.label.zh, o.label.en) for on, o in self.overrides.items()),
            sorted((on.isoformat(), spans) for on, spans in self.breaks.items()),
            self.make_up,
            self.whole_days,
        ]
        if official is not None:
            days = official.days.items()
            parts += [official.name, sorted(official.years)]
            parts += sorted((on.isoformat(), d.is_working, d.name, d.name_en) for on, d in days)
        return hashlib.sha256(repr(parts).encode()).hexdigest()


def without(spans: Spans, cut: Spans) -> Spans:
    """The parts of `spans` that no span of `cut` covers."""
    left = list(spans)
    for cut_from, cut_to in cut:
        pieces: list[Span] = []
        for start, end in left:
            if start < min(end, cut_from):
                pieces.append((start, min(end, cut_from)))
            if max(start, cut_to) < end:
                pieces.append((max(start, cut_to), end))
        left = pieces
    return tuple(left)
