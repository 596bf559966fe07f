"""Business calendars: adding, taking off and measuring working time (R-CL-4, REQUIREMENTS section 17).

How it is done and what it costs: `docs/algorithms/worktime.md`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import NoReturn
from zoneinfo import ZoneInfo

from yinuo.domain.worktime.days import Day, OfficialTable, Rules, Spans
from yinuo.domain.worktime.errors import CalendarError, NeverOpenError
from yinuo.domain.worktime.parsing import read_rules
from yinuo.domain.worktime.table import ONE_DAY, ZERO, Opening, Table
from yinuo.domain.worktime.zones import EPOCH, reached

FIRST_YEAR, LAST_YEAR = 1970, 2099
_Year = tuple[dict[int, tuple[Opening, ...]], tuple[int, ...]]


class Calendar:
    """Opening hours by weekday and date in one time zone; never changes, equal when its rules are equal.

    Instants in must be aware, instants out are in UTC, spans of time are `timedelta`, exact to the
    microsecond. A span is open from its opening (inclusive) to its closing (exclusive). Years 1970 to
    2099. Every operation raises `CalendarError` for an instant without a zone or out of those years, and
    `NeverOpenError` where there is no opening left to find.
    """

    __slots__ = ("_mark", "_rules", "_table", "_whole_days", "_years", "_zone")

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._zone = ZoneInfo(rules.zone)
        self._mark = rules.digest()
        self._years: dict[int, _Year] = {}
        self._table = Table(2024, 2024, ())
        self._table.days = {}
        self._whole_days: Calendar | None = None

    @classmethod
    def from_json(cls, raw: object, official: Mapping[str, OfficialTable] | None = None) -> Calendar:
        """A calendar from plain JSON.

        Keys: `tz`; `hours` (weekday → spans such as `["09:00", "12:00"]`; an end past 24:00 is the next day:
        `["22:00", "30:00"]` is a night shift); `holidays` (dates, or date → name); `overrides` (date → spans
        or `{"spans", "name"}`: short day, make-up workday, duty roster); `breaks` (date → spans cut out);
        `official` (name of a table in `official`); `make_up_day` (the weekday whose hours an official make-up
        day takes; without it the first weekday that has any). Raises `CalendarError` with the path of the
        fault, `NeverOpenError` when no date at all has hours.
        """
        return cls(read_rules(raw, official or {}))

    # -- identity ------------------------------------------------------------------------------------

    @property
    def fingerprint(self) -> str:
        """Digest of all rules, the official days included: equal exactly when the calendars are."""
        return self._mark

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Calendar) and other._mark == self._mark

    def __hash__(self) -> int:
        return hash(self._mark)

    def __repr__(self) -> str:
        return f"<Calendar {self._rules.zone} {self._mark[:8]}>"

    @property
    def zone(self) -> ZoneInfo:
        return self._zone

    # -- working time --------------------------------------------------------------------------------

    def add(self, start: datetime, span: timedelta) -> datetime:
        """The instant by which `span` of working time has passed since `start`: the earliest such instant, so
        a sum that ends exactly at closing ends at that closing. A negative span subtracts. A span of zero
        answers `start` while open, else the last closing."""
        table = self._table
        try:
            since = start - EPOCH
            low, high = table.days[since.days]
            at = bisect_right(table.opens, since, low, high) - 1
            worked = since - table.shifts[at] if since < table.closes[at] else table.sums[at]
            if span > ZERO:
                worked += span
                return table.bases[bisect_left(table.sums, worked, at)] + worked
        except TypeError:
            _check_aware(start)
            raise
        except (KeyError, IndexError):
            self._reach(start, grow=True)
            return self.add(start, span)
        if span < ZERO:
            return self.subtract(start, -span)
        return start.astimezone(UTC) if since < table.closes[at] else self.previous_open_moment(start)

    def subtract(self, end: datetime, span: timedelta) -> datetime:
        """The latest instant from which `span` of working time passes until `end`: a sum that begins exactly
        at an opening begins at that opening. A negative span adds; zero is as in `add`."""
        if span <= ZERO:
            return self.add(end, -span)
        while True:
            table, since, at = self._locate(end)
            worked = self._worked(table, since, at) - span
            if worked > ZERO:
                to = bisect_right(table.sums, worked, 1, at + 1)
                return table.bases[to] + worked
            self._grow(forward=False)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Working time from `start` to `end`; negative when `end` lies before `start`."""
        while True:
            first = self._locate(start)
            last = self._locate(end)
            if first[0] is last[0]:
                return self._worked(*last) - self._worked(*first)

    # -- moments -------------------------------------------------------------------------------------

    def is_open(self, at: datetime) -> bool:
        """Open at this very instant: from an opening (inclusive) to its closing (exclusive)."""
        table, since, index = self._locate(at)
        return since < table.closes[index]

    def next_open_moment(self, at: datetime) -> datetime:
        """`at` itself while open, else the next opening."""
        return at.astimezone(UTC) if self.is_open(at) else self.next_opening(at)

    def previous_open_moment(self, at: datetime) -> datetime:
        """The latest instant not after `at` that ends some working time: `at` itself inside an opening or at
        its closing, else (at an opening too) the closing before."""
        while True:
            table, since, index = self._locate(at)
            if since <= table.closes[index] and since > table.opens[index]:
                return at.astimezone(UTC)
            if since == table.opens[index]:
                index -= 1
            if index > 0:
                return EPOCH + table.closes[index]
            self._grow(forward=False)

    def next_opening(self, at: datetime) -> datetime:
        """The first opening after `at`. A calendar that never closes has none: `NeverOpenError`."""
        while True:
            table, _, index = self._locate(at)
            if index + 1 < len(table.opens):
                return EPOCH + table.opens[index + 1]
            self._grow(forward=True)

    def previous_opening(self, at: datetime) -> datetime:
        """The last opening at or before `at`: while open, the one that lasts."""
        while True:
            table, _, index = self._locate(at)
            if index > 1:  # the table's first opening may go on into the year before
                return EPOCH + table.opens[index]
            self._grow(forward=False)

    def next_closing(self, at: datetime) -> datetime:
        """The first closing after `at`. A calendar that never closes has none: `NeverOpenError`."""
        while True:
            table, since, index = self._locate(at)
            index = index if since < table.closes[index] else index + 1
            if index + 1 < len(table.closes):  # the table's last opening may go on into the next year
                return EPOCH + table.closes[index]
            self._grow(forward=True)

    # -- working days --------------------------------------------------------------------------------

    def day(self, on: date) -> Day:
        """What this date is: its spans, kind and name."""
        return self._rules.day(on)

    def local_date(self, at: datetime) -> date:
        """The date on the calendar's wall at this instant."""
        return at.astimezone(self._zone).date()

    def work_date(self, at: datetime) -> date:
        """The date to whose shift this instant belongs: the local date, in the small hours of a night shift the
        date on which it began."""
        on = self.local_date(at)
        before = on - ONE_DAY
        return before if self.is_working_day(before) and at < self.closing_of(before) else on

    def is_working_day(self, day: date | datetime) -> bool:
        """Whether the date (of an instant: the date in the calendar's zone) has any hours."""
        on = self.local_date(day) if isinstance(day, datetime) else day
        return on.toordinal() in self._year(on.year)[0]

    def openings_on(self, on: date) -> tuple[Opening, ...]:
        """The spans that begin on this date as instants (time since 1970-01-01 UTC), unmerged."""
        return self._year(on.year)[0].get(on.toordinal(), ())

    def opening_of(self, on: date) -> datetime:
        """The first opening of a working day. `NeverOpenError` for a date without hours."""
        return EPOCH + self._openings_of(on)[0][0]

    def closing_of(self, on: date) -> datetime:
        """The last closing of a working day, of a night shift the next morning. As `opening_of`."""
        return EPOCH + self._openings_of(on)[-1][1]

    def working_day_after(self, on: date, count: int) -> date:
        """The `count`-th (from 1) working day after `on`; for a negative count before it."""
        if count > 0:
            year, left = on.year, count - 1
            numbers = self._year(year)[1]
            index = bisect_right(numbers, on.toordinal()) + left
            while index >= len(numbers):
                index -= len(numbers)
                year += 1
                self._check_days_left(year, forward=True)
                numbers = self._year(year)[1]
            return date.fromordinal(numbers[index])
        if count == 0:
            raise CalendarError("count", "the count of working days starts at 1")
        year, numbers = on.year, self._year(on.year)[1]
        index = bisect_left(numbers, on.toordinal()) + count
        while index < 0:
            year -= 1
            self._check_days_left(year, forward=False)
            numbers = self._year(year)[1]
            index += len(numbers)
        return date.fromordinal(numbers[index])

    def shift_date(self, on: date, days: int) -> date:
        """`days` working days on (negative: back). A date that is none counts as the nearest working day in
        that direction; for zero days, forward."""
        if not self.is_working_day(on):
            on = self.working_day_after(on, -1 if days < 0 else 1)
        return self.working_day_after(on, days) if days else on

    def add_days(self, start: datetime, days: int) -> datetime:
        """The same time of day, `days` working days on (negative: back), within that day's hours.

        A start outside the hours of a working day counts from an opening: going forward from the next one,
        going back from the one of the last working day that had begun.
        """
        on = self.work_date(start)
        begun = self.is_working_day(on) and start >= self.opening_of(on)
        if begun and start <= self.closing_of(on):
            return self._at_same_time(start, on, self.shift_date(on, days))
        if days < 0:
            anchor = on if begun else self.working_day_after(on, -1)
        else:
            anchor = on if self.is_working_day(on) and not begun else self.working_day_after(on, 1)
        return self.opening_of(self.shift_date(anchor, days))

    def count_days(self, start: date, end: date) -> int:
        """Working days after `start` up to and with `end`; negative when `end` lies before `start`."""
        if end < start:
            return -self.count_days(end, start)
        total = -bisect_right(self._year(start.year)[1], start.toordinal())
        for year in range(start.year, end.year):
            total += len(self._year(year)[1])
        return total + bisect_right(self._year(end.year)[1], end.toordinal())

    def whole_days(self) -> Calendar:
        """The working-day clock of this calendar (D in REQUIREMENTS section 17): open from midnight to
        midnight on its working days, closed on all others."""
        if self._whole_days is None:
            self._whole_days = Calendar(replace(self._rules, whole_days=True))
        return self._whole_days

    def provisional_years(self, start: datetime, end: datetime) -> tuple[int, ...]:
        """The years from `start` to `end` whose official table is not published: an answer that runs through
        them may change. Empty for a calendar without an official table."""
        official = self._rules.official
        if official is None:
            return ()
        first, last = sorted((self.local_date(start).year, self.local_date(end).year))
        return tuple(year for year in range(first, last + 1) if year not in official.years)

    # -- tables --------------------------------------------------------------------------------------

    def _at_same_time(self, start: datetime, on: date, to: date) -> datetime:
        wall = start.astimezone(self._zone).replace(tzinfo=None)
        midnight = datetime(to.year, to.month, to.day)  # noqa: DTZ001 - a wall clock, zoned by `reached`
        same = wall + (midnight - datetime(on.year, on.month, on.day))  # noqa: DTZ001 - both are wall clocks
        return min(max(EPOCH + reached(self._zone, same), self.opening_of(to)), self.closing_of(to))

    def _openings_of(self, on: date) -> tuple[Opening, ...]:
        openings = self.openings_on(on)
        if not openings:
            raise NeverOpenError(f"{on} is no working day of this calendar")
        return openings

    def _locate(self, at: datetime) -> tuple[Table, timedelta, int]:
        """A table that knows this instant, the instant as time since the epoch, and the index of the last
        opening not after it (0 when there is none)."""
        while True:
            table = self._table
            try:
                since = at - EPOCH
                low, high = table.days[since.days]
            except TypeError:
                _check_aware(at)
                raise
            except KeyError:
                self._reach(at)
            else:
                return table, since, bisect_right(table.opens, since, low, high) - 1

    @staticmethod
    def _worked(table: Table, since: timedelta, at: int) -> timedelta:
        return since - table.shifts[at] if since < table.closes[at] else table.sums[at]

    def _reach(self, at: datetime, *, grow: bool = False) -> None:
        """Make the table cover this instant; where it does already and `grow`, make it longer."""
        if not FIRST_YEAR <= at.year <= LAST_YEAR:  # before turning it to UTC, which the ends of time do not allow
            raise CalendarError("out_of_range", f"{at.year} is outside {FIRST_YEAR} to {LAST_YEAR}")
        moment = at.astimezone(UTC)
        table = self._table
        if (moment - EPOCH).days in table.days:
            if grow:
                self._grow(forward=True)
            return
        year = moment.year
        # The first and last days of a table belong to its neighbours (see `Table.days`).
        first = year - 1 if (moment.month, moment.day) < (1, 3) else year
        last = year + 1 if (moment.month, moment.day) > (12, 30) else year
        if first < FIRST_YEAR or last > LAST_YEAR:
            raise CalendarError("out_of_range", f"{moment:%Y-%m-%d}: the edge of {FIRST_YEAR} to {LAST_YEAR}")
        if table.days:
            first, last = min(first, table.first_year), max(last, table.last_year)
        self._build(first, last)

    def _grow(self, *, forward: bool) -> None:
        """Twice as many years in this direction, as far as there can be a change."""
        table = self._table
        width = table.last_year - table.first_year + 1
        year = table.last_year + 1 if forward else table.first_year - 1
        self._check_days_left(year, forward=forward)
        if forward:
            self._build(table.first_year, min(table.last_year + width, LAST_YEAR))
        else:
            self._build(max(table.first_year - width, FIRST_YEAR), table.last_year)

    def _check_days_left(self, year: int, *, forward: bool) -> None:
        """Refuse to look for an opening (or a closing) where the rules can give none."""
        rules = self._rules
        beyond = year > rules.last_exception_year() if forward else year < rules.first_exception_year()
        if beyond and not any(rules.week):
            self._refuse("opens", forward=forward)
        if not FIRST_YEAR <= year <= LAST_YEAR:
            self._refuse("opens or closes", forward=forward)

    def _refuse(self, what: str, *, forward: bool) -> NoReturn:
        raise NeverOpenError(f"the calendar never {what} {'after' if forward else 'before'} that")

    def _build(self, first: int, last: int) -> None:
        years = [self._year(year)[0] for year in range(first, last + 1)]
        openings = [opening for days in years for day in days.values() for opening in day]
        # One assignment at the end: other threads see the old table or the new one, both right.
        self._table = Table(first, last, openings)

    def _year(self, year: int) -> _Year:
        """The openings that begin on each date of this year and its working days, by ordinals; computed once."""
        known = self._years.get(year)
        if known is None:
            if not FIRST_YEAR <= year <= LAST_YEAR:
                raise CalendarError("out_of_range", f"{year} is outside {FIRST_YEAR} to {LAST_YEAR}")
            numbers = range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1)
            dates = [date.fromordinal(number) for number in numbers]
            spans = {on: spans for on in dates if (spans := self._rules.day(on).spans)}
            found = {on.toordinal(): self._openings(on, spans[on]) for on in spans}
            openings = {number: edges for number, edges in found.items() if edges}  # some zones skipped a date
            known = self._years[year] = (openings, tuple(openings))
        return known

    def _openings(self, on: date, spans: Spans) -> tuple[Opening, ...]:
        midnight = datetime(on.year, on.month, on.day)  # noqa: DTZ001 - a wall clock, zoned by `reached`
        edges = (tuple(reached(self._zone, midnight + timedelta(seconds=edge)) for edge in span) for span in spans)
        return tuple((opened, closed) for opened, closed in edges if opened < closed)


def _check_aware(at: datetime) -> None:
    if at.utcoffset() is None:
        raise CalendarError("naive", f"{at.isoformat()} has no time zone")
