"""`yinuo calendar`: deadlines and how they came about, a check against recorded answers, official days. No Django;
only `import` asks for the database."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from yinuo.config.commands.calendar.check import answer_row, check, fill_check, verdict_on
from yinuo.config.commands.calendar.due import fill_due, show_due
from yinuo.config.commands.calendar.reading import CommandError
from yinuo.config.commands.options import add_data
from yinuo.domain.deadline import DeadlineError
from yinuo.domain.worktime import CalendarError

__all__ = ["CommandError", "add_parser", "answer_row", "check_command", "due_command", "verdict_on"]


def add_parser(subparsers: Any) -> None:
    """Add `calendar due` and its like to the `yinuo` command."""
    parser = subparsers.add_parser("calendar", help="deadlines and working time")
    verbs = parser.add_subparsers(required=True, metavar="due|check|import")
    fill_due(verbs.add_parser("due", help="when something is due, and why")).set_defaults(run=_reporting(show_due))
    fill_check(verbs.add_parser("check", help="compare with recorded answers")).set_defaults(run=_reporting(check))
    taking = verbs.add_parser("import", help="take over official days off and make-up workdays")
    taking.add_argument("file", metavar="FILE", type=Path, help="iCalendar, or the JSON of holiday-cn")
    add_data(taking)
    taking.set_defaults(run="yinuo.config.calendar_import:take_file", database=True)


def due_command(argv: Sequence[str]) -> int:
    """`yinuo calendar due` with these arguments; the exit code."""
    return _reporting(show_due)(fill_due(argparse.ArgumentParser("yinuo calendar due")).parse_args(argv))


def check_command(argv: Sequence[str]) -> int:
    """`yinuo calendar check` with these arguments; 0 when every row agrees or differs by a documented choice, 1 when
    one differs otherwise, 2 on bad input."""
    return _reporting(check)(fill_check(argparse.ArgumentParser("yinuo calendar check")).parse_args(argv))


def _reporting(command: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """Bad input is one sentence on standard error and exit code 2, never a traceback."""

    def run(arguments: argparse.Namespace) -> int:
        try:
            return command(arguments)
        except (CommandError, CalendarError, DeadlineError) as error:
            print(f"yinuo calendar: {error}", file=sys.stderr)
            return 2

    return run
