"""`yinuo calendar check`: recorded answers beside ours, row by row."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from yinuo.calendars.builtin import calendar_from_json
from yinuo.config.commands.calendar.reading import CommandError, load
from yinuo.domain.worktime import Calendar, CalendarError

Row = Mapping[str, Any]

RIGHT = "as expected"
CHOSEN = "by documented choice"
QUIRK = "marked quirk"
UNKNOWN = "without an expected answer"
AGREED = {RIGHT, CHOSEN, QUIRK, UNKNOWN}
"""Verdicts that are no fault: any other makes the command fail."""


def fill_check(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("rows", metavar="ROWS.jsonl", type=Path)
    parser.add_argument(
        "--calendars",
        metavar="FILE",
        type=Path,
        help="calendars by name, for rows with a calendar_id; else calendars.json beside the rows",
    )
    return parser


def check(arguments: argparse.Namespace) -> int:
    """Prints each row that differs, then the counts; 1 where one differs by more than a documented choice."""
    beside = arguments.rows.with_name("calendars.json")
    file = arguments.calendars or (beside if beside.exists() else None)
    calendars: Mapping[str, Any] = load(file) if file else {}
    made: dict[str, Calendar] = {}
    counts: Counter[str] = Counter()
    for number, line in enumerate(_lines(arguments.rows), 1):
        if not line.strip():
            continue
        name, calendar = f"line {number}", None
        answer: object
        try:
            row = json.loads(line)
            name = str(row.get("id", name))
            calendar = _row_calendar(row, calendars, made)
            answer = answer_row(row, calendar)
        except json.JSONDecodeError as error:
            raise CommandError(f"{arguments.rows}: line {number} is no JSON: {error}") from error
        except (CommandError, CalendarError, KeyError, TypeError, ValueError) as error:
            calendar, answer = None, f"error: {error or type(error).__name__}"
        verdict, why = verdict_on(row, answer, calendar)
        counts[verdict] += 1
        if verdict not in (RIGHT, UNKNOWN):
            expected, said = json.dumps(row["expected"]), f"{verdict}: {why}" if why else verdict
            print(f"{name}: {row.get('op')} answers {json.dumps(answer)}, expected {expected} ({said})")
    rows = sum(counts.values())
    print(f"{rows} rows: " + ", ".join(f"{count} {what}" for what, count in sorted(counts.items())))
    return 0 if set(counts) <= AGREED else 1


def answer_row(row: Row, calendar: Calendar) -> str | int | float | bool:
    """The answer to one row of the recorded form, written as the row writes its `expected`.

    Raises `CommandError` for an operation that is not known, `CalendarError`, `KeyError` or `ValueError`
    for a row that cannot be answered.
    """
    operation = _OPERATIONS.get(row["op"])
    if operation is None:
        raise CommandError(f"no operation is called {row['op']!r}")
    return operation(calendar, row)


def verdict_on(row: Row, answer: object, calendar: Calendar | None) -> tuple[str, str]:
    """How an answer stands to the recorded one, and the choice of ours by which it differs. Where two answers are
    recorded ours is the first."""
    if "expected" not in row:
        return UNKNOWN, ""
    if answer == row["expected"]:
        return RIGHT, ""
    if "expected_alt" in row and answer == row["expected_alt"]:
        return "as the second answer", ""
    if row.get("quirk"):
        return QUIRK, str(row["quirk"])
    choice = _choice_behind(row, answer, calendar) if calendar is not None else ""
    return (CHOSEN, choice) if choice else ("differs", "")


def _choice_behind(row: Row, answer: object, calendar: Calendar) -> str:
    """Which documented choice makes the difference (docs/algorithms/worktime.md, “Choices at the edges”), or none.
    Only where those who recorded the answers contradict one another, or both answers are the same working time."""
    operation, expected = row.get("op"), row["expected"]
    if operation == "add_working_seconds":
        ours, theirs = _instant(str(answer)), _instant(str(expected))
        if ours < theirs and not calendar.between(ours, theirs) and calendar.next_open_moment(ours) == theirs:
            return "a sum that ends at closing is due at closing, not at the next opening"
    if operation == "add_working_days" and len(row["start"]) > 10:
        start = _instant(row["start"])
        if not calendar.is_open(start) and calendar.previous_open_moment(start) != start:
            return "from outside the hours, days are counted from an opening"
    counted = operation in ("working_days_between", "business_days_until") and isinstance(answer, int)
    if counted and expected == answer + 1 and calendar.is_working_day(_date(row["start"], calendar)):
        return "the first of the two days is not counted"
    return ""


def _instant(raw: str) -> datetime:
    at = datetime.fromisoformat(raw)
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _date(raw: str, calendar: Calendar) -> date:
    return date.fromisoformat(raw) if len(raw) == 10 else calendar.local_date(_instant(raw))


def _seconds(span: timedelta) -> int | float:
    seconds = span.total_seconds()
    return int(seconds) if seconds.is_integer() else seconds


def _add_days(calendar: Calendar, row: Row) -> str:
    if len(row["start"]) == 10:
        return calendar.shift_date(date.fromisoformat(row["start"]), row["days"]).isoformat()
    return _written(calendar.add_days(_instant(row["start"]), row["days"]))


def _count_days(calendar: Calendar, row: Row) -> int:
    return calendar.count_days(_date(row["start"], calendar), _date(row["end"], calendar))


def _moment(verb: Callable[[Calendar, datetime], datetime]) -> Callable[[Calendar, Row], str]:
    return lambda calendar, row: _written(verb(calendar, _instant(row["start"])))


_OPERATIONS: Mapping[str, Callable[[Calendar, Row], str | int | float | bool]] = {
    "add_working_seconds": lambda calendar, row: _written(
        calendar.add(_instant(row["start"]), timedelta(seconds=row["seconds"]))
    ),
    "working_seconds_between": lambda calendar, row: _seconds(
        calendar.between(_instant(row["start"]), _instant(row["end"]))
    ),
    "add_working_days": _add_days,
    "working_days_between": _count_days,
    "business_days_until": _count_days,
    "is_working_day": lambda calendar, row: calendar.is_working_day(_date(row["start"], calendar)),
    "is_working_time": lambda calendar, row: calendar.is_open(_instant(row["start"])),
    "next_working_moment": _moment(Calendar.next_open_moment),
    "previous_working_moment": _moment(Calendar.previous_open_moment),
    "next_opening_moment": _moment(Calendar.next_opening),
    "next_closing_moment": _moment(Calendar.next_closing),
}


def _row_calendar(row: Row, calendars: Mapping[str, Any], made: dict[str, Calendar]) -> Calendar:
    raw = row.get("calendar")
    if raw is None:
        name = row.get("calendar_id")
        if name not in calendars:
            raise CommandError(f"no calendar is called {name!r}; name its file with --calendars")
        raw = calendars[name]
    key = json.dumps(raw, sort_keys=True)
    if key not in made:
        made[key] = calendar_from_json(raw)
    return made[key]


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} cannot be read: {error}") from error
