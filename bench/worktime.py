"""Deadlines a second on the Chinese office calendar with lunch break, beside `businesstimedelta`.

One aware instant and a `timedelta` in, one aware instant out. The peer is set up so that it answers right:
every day a working day, every non-working day a holiday (as its documentation sets it up it knows no make-up
workday). Both answer the same questions in turns, so that a busy machine slows both; equal answers are
checked before anything is timed. Time is the processor time of this process: the question is one core.
"""

import json
import random
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock

from yinuo.calendars.builtin import builtin_calendar
from yinuo.domain.deadline import AlarmKind, Clock, Level, alarms, due, started

NAME = "worktime_vs_businesstimedelta"
WHOLE = "worktime_promise_vs_businesstimedelta"
NAMES = (NAME, WHOLE)
SPAN = timedelta(hours=24)
FIRST, LAST = date(2024, 1, 1), date(2026, 12, 31)
TURNS = 7
OWN_QUESTIONS, PEER_QUESTIONS = 100_000, 2_000
LEVELS = (
    Level("warn-1", AlarmKind.WARN, "owner", share=0.75),
    Level("escalate-1", AlarmKind.ESCALATE, "supervisor", offset=timedelta(hours=2)),
)


def results() -> Iterator[dict[str, object]]:
    """The measurements, one object each: value and limit in deadlines a second, the limit being the peer's."""
    calendar = builtin_calendar("cn-office")
    starts = _starts(OWN_QUESTIONS)
    try:
        peer = _peer()
    except ImportError as error:
        for name in NAMES:
            yield {"name": name, "value": None, "unit": "deadlines/s", "limit": None, "ratio": None, "note": str(error)}
        return
    for start in starts[:PEER_QUESTIONS]:
        ours, theirs = calendar.add(start, SPAN), peer(start)
        if ours != theirs:
            raise AssertionError(f"{start}: {ours} is not {theirs}")

    def whole_promise(start: datetime) -> None:
        promise = due(start, SPAN, Clock.SERVICE, calendar)
        alarms(started(start, promise.target, promise.clock, calendar), LEVELS)

    def bare(start: datetime) -> None:
        calendar.add(start, SPAN)

    rates: dict[str, list[float]] = {"bare": [], "whole": [], "peer": []}
    for _ in range(TURNS):
        rates["bare"].append(_rate(bare, starts))
        rates["peer"].append(_rate(peer, starts[:PEER_QUESTIONS]))
        rates["whole"].append(_rate(whole_promise, starts[: OWN_QUESTIONS // 10]))
    limit = statistics.median(rates["peer"])
    for name, key, note in (
        (NAME, "bare", "median of 7 turns, processor time; wanted: ratio 30 and 300,000/s"),
        (WHOLE, "whole", "with explanation at hand, warning, breach, escalation"),
    ):
        value = statistics.median(rates[key])
        yield {
            "name": name,
            "value": round(value),
            "unit": "deadlines/s",
            "limit": round(limit),
            "ratio": round(value / limit, 1),
            "note": note,
        }


def _starts(count: int) -> list[datetime]:
    chance = random.Random(20261010)
    begin = datetime(FIRST.year, 1, 2, tzinfo=UTC)
    seconds = int((datetime(LAST.year, 11, 1, tzinfo=UTC) - begin).total_seconds())
    return [begin + timedelta(seconds=chance.randrange(seconds)) for _ in range(count)]


def _rate(answer: Callable[[datetime], object], starts: list[datetime]) -> float:
    began = time.process_time()
    for start in starts:
        answer(start)
    return len(starts) / (time.process_time() - began)


def _peer() -> Callable[[datetime], datetime]:
    import businesstimedelta as peer  # noqa: PLC0415 - absent where peers are not installed
    import pytz  # noqa: PLC0415 - the peer's own dependency

    calendar = builtin_calendar("cn-office")
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    free = {day for day in days if not calendar.is_working_day(day)}
    # Its quickest set-up that answers right: China's fixed offset spares it pytz's search for the offset (ten times
    # as fast), and morning and afternoon as two rules beat one rule with its lunch rule.
    zone, every_day = pytz.FixedOffset(480), list(range(7))
    rules = peer.Rules(
        [
            peer.WorkDayRule(clock(9), clock(12), every_day, tz=zone),
            peer.WorkDayRule(clock(13), clock(18), every_day, tz=zone),
            peer.HolidayRule(free, tz=zone),
        ]
    )
    span = peer.BusinessTimeDelta(rules, timedelta=SPAN)
    return lambda start: start + span


if __name__ == "__main__":
    for result in results():
        print(json.dumps(result, ensure_ascii=False))
