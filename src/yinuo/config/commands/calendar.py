"""`yinuo calendar`: a deadline and how it came about, and a check against recorded answers. No Django."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from yinuo.calendars.builtin import BUILTIN, builtin_calendar, calendar_from_json
from yinuo.domain.deadline import Clock, DeadlineError, due, parse_span
from yinuo.domain.worktime import Calendar, CalendarError

Row = Mapping[str, Any]


class CommandError(Exception):
    """What the person who typed the command can put right; its text is shown."""


def add_parser(subparsers: Any) -> None:
    """Add `calendar due` and `calendar check` to the `yinuo` command."""
    parser = subparsers.add_parser("calendar", help="deadlines and working time")
    verbs = parser.add_subparsers(required=True, metavar="due|check")
    _fill_due(verbs.add_parser("due", help="when something is due, and why")).set_defaults(run=_due)
    _fill_check(verbs.add_parser("check", help="compare with recorded answers")).set_defaults(run=_check)


def due_command(argv: Sequence[str]) -> int:
    """`yinuo calendar due` with these arguments; the exit code."""
    return _due(_fill_due(argparse.ArgumentParser("yinuo calendar due")).parse_args(argv))


def check_command(argv: Sequence[str]) -> int:
    """`yinuo calendar check` with these arguments; 0 when every row agrees, 1 when one differs, 2 on bad input."""
    return _check(_fill_check(argparse.ArgumentParser("yinuo calendar check")).parse_args(argv))


def _fill_due(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    names = ", ".join(BUILTIN)
    parser.add_argument(
        "--calendar",
        required=True,
        metavar="FILE_OR_NAME",
        help=f"a JSON or YAML file (FILE#NAME for one of several in it), or {names}",
    )
    parser.add_argument("--start", required=True, metavar="ISO", help="without offset: on the calendar's wall")
    parser.add_argument("--within", required=True, metavar="SPAN", help="24h, 30m, 10s, 3d")
    parser.add_argument("--clock", choices=[clock.value for clock in Clock], default=Clock.SERVICE.value)
    parser.add_argument("--explain", action="store_true", help="also print the sum, stretch by stretch")
    parser.add_argument("--lang", choices=["zh", "en"], default="zh", help="language of the explanation")
    return parser


def _fill_check(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("rows", metavar="ROWS.jsonl", type=Path)
    parser.add_argument(
        "--calendars",
        metavar="FILE",
        type=Path,
        help="calendars by name, for rows with a calendar_id; else calendars.json beside the rows",
    )
    return parser


def _reporting(command: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """Bad input is one sentence on standard error and exit code 2, never a traceback."""

    def run(arguments: argparse.Namespace) -> int:
        try:
            return command(arguments)
        except (CommandError, CalendarError, DeadlineError) as error:
            print(f"yinuo calendar: {error}", file=sys.stderr)
            return 2

    return run


@_reporting
def _due(arguments: argparse.Namespace) -> int:
    calendar = _calendar(arguments.calendar)
    try:
        start = datetime.fromisoformat(arguments.start)
    except ValueError as error:
        raise CommandError(f"--start: {arguments.start!r} is no instant; write 2026-02-13T16:00") from error
    if start.tzinfo is None:
        start = start.replace(tzinfo=calendar.zone)
    answer = due(start, parse_span(arguments.within, "--within"), Clock(arguments.clock), calendar)
    print(answer.due_at.astimezone(calendar.zone).isoformat())
    if arguments.explain:
        for line in answer.explain().render(arguments.lang):
            print(f"  {line}")
    elif answer.provisional_years:
        years = ", ".join(str(year) for year in answer.provisional_years)
        print(f"provisional: the official days of {years} are not published yet", file=sys.stderr)
    return 0


@_reporting
def _check(arguments: argparse.Namespace) -> int:
    beside = arguments.rows.with_name("calendars.json")
    file = arguments.calendars or (beside if beside.exists() else None)
    calendars: Mapping[str, Any] = _load(file) if file else {}
    made: dict[str, Calendar] = {}
    counts: Counter[str] = Counter()
    for number, line in enumerate(_lines(arguments.rows), 1):
        if not line.strip():
            continue
        name = f"line {number}"
        try:
            row = json.loads(line)
            name = str(row.get("id", name))
            answer = answer_row(row, _row_calendar(row, calendars, made))
        except json.JSONDecodeError as error:
            raise CommandError(f"{arguments.rows}: line {number} is no JSON: {error}") from error
        except (CommandError, CalendarError, KeyError, TypeError, ValueError) as error:
            answer = f"error: {error or type(error).__name__}"
        counts["rows"] += 1
        if "expected" not in row:
            counts["without an expected answer"] += 1
            continue
        verdict = _verdict(row, answer)
        counts[verdict] += 1
        if verdict != "as expected":
            expected = json.dumps(row["expected"])
            print(f"{name}: {row.get('op')} answers {json.dumps(answer)}, expected {expected} ({verdict})")
    rows = counts.pop("rows", 0)
    print(f"{rows} rows: " + ", ".join(f"{count} {what}" for what, count in sorted(counts.items())))
    return 1 if set(counts) - {"as expected", "without an expected answer"} else 0


def answer_row(row: Row, calendar: Calendar) -> str | int | bool:
    """The answer to one row of the recorded form, written as the row writes its `expected`.

    Raises `CommandError` for an operation that is not known, `CalendarError`, `KeyError` or `ValueError`
    for a row that cannot be answered.
    """
    operation = _OPERATIONS.get(row["op"])
    if operation is None:
        raise CommandError(f"no operation is called {row['op']!r}")
    return operation(calendar, row)


def _verdict(row: Row, answer: object) -> str:
    if answer == row["expected"]:
        return "as expected"
    if "expected_alt" in row and answer == row["expected_alt"]:
        return "as the second answer"
    return "differs, marked quirk" if row.get("quirk") else "differs"


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


def _calendar(name: str) -> Calendar:
    if name in BUILTIN:
        return builtin_calendar(name)
    file, _, part = name.partition("#")
    raw = _load(Path(file))
    if part:
        if part not in raw:
            raise CommandError(f"{file} has no calendar called {part!r}; it has {', '.join(map(str, raw))}")
        raw = raw[part]
    elif "hours" not in raw and "overrides" not in raw:
        raise CommandError(f"{file} holds several calendars; choose one: {file}#{next(iter(raw), 'NAME')}")
    return calendar_from_json(raw)


def _load(file: Path) -> dict[str, Any]:
    try:
        raw = yaml.load(file.read_text(encoding="utf-8"), Loader=_TextLoader)  # noqa: S506 - a SafeLoader
    except FileNotFoundError as error:
        raise CommandError(f"no calendar file {file}; built in are {', '.join(BUILTIN)}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise CommandError(f"{file} is neither JSON nor YAML: {error}") from error
    if not isinstance(raw, dict):
        raise CommandError(f"{file} must hold an object")
    return raw


class _TextLoader(yaml.SafeLoader):
    """Reads 09:00 and 2026-10-01 as the text that was written: YAML would make a number of the one and a date of
    the other. JSON is read too, as part of YAML."""

    yaml_implicit_resolvers = {
        first: [rule for rule in rules if rule[0] not in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:timestamp")]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} cannot be read: {error}") from error
