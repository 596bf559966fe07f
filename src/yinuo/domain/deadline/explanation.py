"""How a deadline came about: what was counted and what was not, date by date (R-CL-4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from yinuo.domain.deadline.clocks import ONE_DAY, ZERO, Clock, instant_before, needed
from yinuo.domain.deadline.spans import say_span
from yinuo.domain.deadline.words import say_clock
from yinuo.domain.worktime import Calendar, Day, DayKind, Label

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NO_LABEL = Label()
Run = tuple[datetime, datetime]
"""From, to: a stretch in which the clock was running, both instants aware."""


class Reason(StrEnum):
    """Why a stretch was counted, or was not."""

    WORKING = "working"
    WORKDAY = "workday"  # on the clock that runs all day and night of a working day
    MAKE_UP = "make_up"
    SPECIAL = "special"
    DUTY = "duty"
    ALWAYS = "always"
    BREAK = "break"
    OUT_OF_HOURS = "out_of_hours"
    FIRST_DAY = "first_day"
    EVENT_DAY = "event_day"
    DAY_OFF = "day_off"
    HOLIDAY = "holiday"
    CLOSED = "closed"
    PAUSED = "paused"
    SENT_IN = "sent_in"  # counted back far enough, then back to the last moment at which somebody is there


_WORDS = {
    Reason.WORKING: ("工作时间", "working time"),
    Reason.WORKDAY: ("工作日", "working day"),
    Reason.MAKE_UP: ("调休上班日", "make-up workday"),
    Reason.SPECIAL: ("当日工作时间另有安排", "special hours"),
    Reason.DUTY: ("节假日值班", "on duty on a holiday"),
    Reason.ALWAYS: ("全天候计时", "round the clock"),
    Reason.BREAK: ("午休或班间休息", "break"),
    Reason.OUT_OF_HOURS: ("非工作时间", "outside working hours"),
    Reason.FIRST_DAY: ("起始当日不计", "the first day does not count"),
    Reason.EVENT_DAY: ("事项当日不计", "the day of the event does not count"),
    Reason.DAY_OFF: ("休息日", "day off"),
    Reason.HOLIDAY: ("节假日", "holiday"),
    Reason.CLOSED: ("当日不上班", "closed that day"),
    Reason.PAUSED: ("暂停计时", "paused"),
    Reason.SENT_IN: ("须在服务时间内告知，到期提前", "to be told in service hours, so due earlier"),
}
_WEEKDAYS_ZH = "一二三四五六日"
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Line:
    """One stretch. `amount` is what it adds on the clock: zero when it was not counted."""

    from_at: datetime
    to_at: datetime
    amount: timedelta
    reason: Reason
    label: Label = NO_LABEL
    is_whole_days: bool = False
    is_provisional: bool = False

    @property
    def is_counted(self) -> bool:
        return self.amount > ZERO

    def render(self, lang: str, zone: ZoneInfo, clock: Clock) -> str:
        """The line as a sentence in `zh` or `en`, on the wall clock of `zone`."""
        first, last = self.from_at.astimezone(zone), self.to_at.astimezone(zone)
        when = _say_days(first, last, lang) if self.is_whole_days else _say_stretch(first, last, lang)
        name = self.label.zh if lang == "zh" else self.label.en or self.label.zh
        why = _WORDS[self.reason][lang != "zh"]
        if self.is_counted and clock is not Clock.WORKDAYS and first.utcoffset() != last.utcoffset():
            why += _say_change((last.utcoffset() or ZERO) - (first.utcoffset() or ZERO), lang)
        if lang == "zh":
            what = f"计入 {say_span(self.amount, lang, clock)}" if self.is_counted else "不计"
            why += f"（{name}）" if name else ""
            return f"{when}{'' if self.is_whole_days else ' '}{what}：{why}"
        what = f"counted {say_span(self.amount, lang, clock)}" if self.is_counted else "not counted"
        why += f" ({name})" if name else ""
        return f"{when} {what}: {why}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """The stretches of a deadline in order of time; `total` is their sum on the clock."""

    clock: Clock
    zone: ZoneInfo
    lines: tuple[Line, ...]

    @property
    def total(self) -> timedelta:
        return sum((line.amount for line in self.lines), ZERO)

    def render(self, lang: str) -> list[str]:
        """Every line as a sentence in `zh` or `en`, then the sum, then a note on each year that is provisional."""
        texts = [line.render(lang, self.zone, self.clock) for line in self.lines]
        how = say_clock(self.clock, lang)
        total = say_span(self.total, lang, self.clock)
        texts.append(f"合计 {total}，{how}" if lang == "zh" else f"Sum: {total}, {how}")
        years = {line.from_at.astimezone(self.zone).year for line in self.lines if line.is_provisional}
        for year in sorted(years):
            if lang == "zh":
                texts.append(f"暂定：{year} 年放假安排尚未公布，公布后重新计算")
            else:
                texts.append(f"Provisional: the official days of {year} are not published yet")
        return texts


def explain(runs: Sequence[Run], clock: Clock, calendar: Calendar | None, zone: ZoneInfo | None = None) -> Explanation:
    """What the clock counted in the given runs, in order of time; between two runs it was paused. Told on the wall of
    the calendar, without one on that of `zone` (none: UTC)."""
    lines: list[Line] = []
    paused_from: datetime | None = None
    for at, (start, end) in enumerate(runs):
        if paused_from is not None and paused_from < start:
            lines.append(Line(paused_from, start, ZERO, Reason.PAUSED))
        lines += _grouped(_lines(start, end, clock, calendar, is_last=at == len(runs) - 1))
        paused_from = end
    return Explanation(clock, _wall(calendar, zone), tuple(lines))


def explain_before(
    due_at: datetime,
    event: datetime,
    target: timedelta,
    clock: Clock,
    calendar: Calendar | None,
    zone: ZoneInfo | None = None,
) -> Explanation:
    """What was counted back from `event`. Where it is due earlier than `target` asks for, since it is told in service
    hours, that stretch stands first and is not counted. Told on the wall as `explain` does."""
    latest = max(instant_before(event, target, clock, calendar), due_at)  # a breach keeps its instant
    lines = [Line(due_at, latest, ZERO, Reason.SENT_IN)] if due_at < latest else []
    if clock is Clock.WORKDAYS:
        lines += _grouped(_day_lines_back(latest, event, needed(calendar, clock))) if target else ()
    else:
        lines += _grouped(_lines(latest, event, clock, calendar, is_last=True))
    return Explanation(clock, _wall(calendar, zone), tuple(lines))


def _wall(calendar: Calendar | None, zone: ZoneInfo | None) -> ZoneInfo:
    return calendar.zone if calendar is not None else zone or ZoneInfo("UTC")


def _lines(start: datetime, end: datetime, clock: Clock, calendar: Calendar | None, *, is_last: bool) -> Iterator[Line]:
    if clock is Clock.ALWAYS:
        if start < end:
            yield Line(start, end, end.astimezone(UTC) - start.astimezone(UTC), Reason.ALWAYS)
        return
    hours = needed(calendar, clock)
    if clock is Clock.WORKDAYS:
        yield from _day_lines(start, end, hours, is_last=is_last)
        return
    is_all_day = clock is Clock.WORKDAY
    if is_all_day:
        hours = hours.whole_days()
    on, last = hours.local_date(start) - ONE_DAY, hours.local_date(end)
    counted_to = start  # a night shift can reach into hours that the next date opens with
    while on <= last:
        for line in _date_lines(on, start, end, hours):
            if line.is_whole_days and on == last and counted_to >= end:
                continue  # due in the small hours of a night shift, or at midnight: this date is after it
            if not line.is_whole_days and line.from_at < counted_to:
                if line.to_at <= counted_to:
                    continue
                line = replace(line, from_at=counted_to, amount=line.to_at - counted_to if line.is_counted else ZERO)
            counted_to = max(counted_to, line.to_at) if line.is_counted else counted_to
            yield replace(line, reason=Reason.WORKDAY) if is_all_day and line.reason is Reason.WORKING else line
        on += ONE_DAY


def _date_lines(on: date, start: datetime, end: datetime, hours: Calendar) -> Iterator[Line]:
    day = hours.day(on)
    openings = [(EPOCH + opened, EPOCH + closed) for opened, closed in hours.openings_on(on)]
    if not openings:
        if start.astimezone(hours.zone).date() <= on:
            yield _skipped_day(day, hours.zone)
        return
    if on == hours.local_date(start) and start < min(openings[0][0], end) and not hours.is_open(start):
        yield Line(start, min(openings[0][0], end), ZERO, Reason.OUT_OF_HOURS)
    reason = _COUNTED[day.kind]
    for at, (opened, closed) in enumerate(openings):
        since, until = max(opened, start), min(closed, end)
        if since < until:
            yield Line(since, until, until - since, reason, day.label, is_provisional=day.is_provisional)
        following = openings[at + 1][0] if at + 1 < len(openings) else closed
        if max(closed, start) < min(following, end):
            yield Line(max(closed, start), min(following, end), ZERO, Reason.BREAK)
    if on == hours.local_date(start) and openings[-1][1] <= start < end:
        midnight = datetime.combine(on + ONE_DAY, time(0), hours.zone).astimezone(UTC)
        yield Line(start, min(midnight, end), ZERO, Reason.OUT_OF_HOURS)


def _day_lines_back(latest: datetime, event: datetime, hours: Calendar) -> Iterator[Line]:
    if latest > event:  # not where they are one: the day before may close with midnight, at which the event is
        return
    on, last = hours.local_date(latest), hours.work_date(event)
    if not hours.is_working_day(on) or hours.closing_of(on) > latest:
        on -= ONE_DAY  # the closing of a night shift
    while on < last:
        day = hours.day(on)
        if day.is_working:
            kind = _COUNTED[day.kind]
            kind = Reason.WORKDAY if kind is Reason.WORKING else kind
            span = hours.opening_of(on), hours.closing_of(on)
            yield Line(*span, ONE_DAY, kind, day.label, is_provisional=day.is_provisional)
        else:
            yield _skipped_day(day, hours.zone)
        on += ONE_DAY
    yield replace(_skipped_day(hours.day(last), hours.zone), reason=Reason.EVENT_DAY, label=NO_LABEL)


def _day_lines(start: datetime, end: datetime, hours: Calendar, *, is_last: bool) -> Iterator[Line]:
    first, last = hours.work_date(start), hours.work_date(end)
    yield replace(_skipped_day(hours.day(first), hours.zone), reason=Reason.FIRST_DAY, label=NO_LABEL)
    on = first + ONE_DAY
    while on <= last:
        day = hours.day(on)
        if day.is_working:
            opened, closed = hours.opening_of(on), hours.closing_of(on)
            if opened < end or not is_last:  # a day on which the clock is paused counts, as in `measure`
                kind = _COUNTED[day.kind]
                kind = Reason.WORKDAY if kind is Reason.WORKING else kind
                yield Line(opened, closed, ONE_DAY, kind, day.label, is_provisional=day.is_provisional)
        else:
            yield _skipped_day(day, hours.zone)
        on += ONE_DAY


_COUNTED = {
    DayKind.WORKING: Reason.WORKING,
    DayKind.MAKE_UP: Reason.MAKE_UP,
    DayKind.SPECIAL: Reason.SPECIAL,
    DayKind.DUTY: Reason.DUTY,
}
_SKIPPED = {DayKind.DAY_OFF: Reason.DAY_OFF, DayKind.HOLIDAY: Reason.HOLIDAY}


def _skipped_day(day: Day, zone: ZoneInfo) -> Line:
    midnight = datetime.combine(day.on, time(0), zone).astimezone(UTC)
    following = datetime.combine(day.on + ONE_DAY, time(0), zone).astimezone(UTC)
    reason = _SKIPPED.get(day.kind, Reason.CLOSED)
    return Line(midnight, following, ZERO, reason, day.label, True, day.is_provisional)


def _grouped(lines: Iterator[Line]) -> Iterator[Line]:
    """Days in a row that were left out for the same reason as one line."""
    held: Line | None = None
    for line in lines:
        if held is not None and line.is_whole_days and held.to_at == line.from_at:
            same = (held.reason, held.label, held.is_provisional)
            if same == (line.reason, line.label, line.is_provisional):
                held = replace(held, to_at=line.to_at)
                continue
        if held is not None:
            yield held
            held = None
        if line.is_whole_days:
            held = line
        else:
            yield line
    if held is not None:
        yield held


def _say_days(first: datetime, end: datetime, lang: str) -> str:
    last = end.date() - ONE_DAY
    if last <= first.date():
        return _say_date(first.date(), lang)
    return f"{_say_date(first.date(), lang)}{'至' if lang == 'zh' else ' – '}{_say_date(last, lang)}"


def _say_stretch(first: datetime, last: datetime, lang: str) -> str:
    gap = "" if lang == "zh" else " "  # a full-width bracket brings its own
    began = f"{_say_date(first.date(), lang)}{gap}{_say_time(first)}"
    if last.date() == first.date():
        return f"{began}–{_say_time(last)}"
    if last.time() == time(0) and last.date() - first.date() == ONE_DAY:
        return f"{began}–24:00"
    if lang == "zh":
        return f"{began}至{_say_date(last.date(), lang)}{_say_time(last)}"
    return f"{began} – {_say_date(last.date(), lang)} {_say_time(last)}"


def _say_date(on: date, lang: str) -> str:
    if lang == "zh":
        return f"{on.year}年{on.month}月{on.day}日（周{_WEEKDAYS_ZH[on.weekday()]}）"
    return f"{_WEEKDAYS_EN[on.weekday()]} {on.day} {_MONTHS_EN[on.month - 1]} {on.year}"


def _say_change(shift: timedelta, lang: str) -> str:
    """Why the wall clock tells another length than what was counted."""
    span = say_span(abs(shift), lang)
    if lang == "zh":
        return f"（其间时钟拨{'快' if shift > ZERO else '慢'} {span}）"
    return f" (clocks go {'forward' if shift > ZERO else 'back'} {span})"


def _say_time(at: datetime) -> str:
    return at.strftime("%H:%M:%S" if at.second else "%H:%M")
