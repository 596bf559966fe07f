"""`yinuo calendar due`: when something is due, how that came about, and what would have changed it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from yinuo.calendars.builtin import BUILTIN
from yinuo.config.commands.calendar.reading import CommandError, calendar_named
from yinuo.domain.comparing import book_of
from yinuo.domain.deadline import (
    Clock,
    Due,
    Policy,
    Row,
    Run,
    Target,
    alternatives,
    choose,
    due,
    due_before,
    facts_of_start,
    parse_span,
    run_through,
)
from yinuo.domain.packs import Pack
from yinuo.domain.reading import Text
from yinuo.domain.worktime import FIRST_YEAR, LAST_YEAR, Calendar
from yinuo.packs import SHIPPED, shipped_pack


def fill_due(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    names = ", ".join(BUILTIN)
    parser.add_argument(
        "--calendar",
        required=True,
        metavar="FILE_OR_NAME",
        help=f"a JSON or YAML file (FILE#NAME for one of several in it), or {names}",
    )
    parser.add_argument("--start", required=True, metavar="ISO", help="without offset: on the calendar's wall")
    limit = parser.add_mutually_exclusive_group(required=True)
    limit.add_argument("--within", metavar="SPAN", help="24h, 30m, 10s, 3d")
    limit.add_argument("--promise", metavar="KIND", help="limit and clock as a policy pack has them: first_answer …")
    parser.add_argument("--clock", choices=[clock.value for clock in Clock], help="for --within; service by default")
    parser.add_argument("--before", action="store_true", help="count back: --start is the event, --within before it")
    parser.add_argument("--pack", choices=SHIPPED, default=SHIPPED[0], help="for --promise")
    parser.add_argument(
        "--with", action="append", default=[], metavar="FIELD=VALUE", dest="facts", help="a fact for --promise"
    )
    parser.add_argument(
        "--pause", action="append", default=[], metavar="FROM/TO", dest="pauses", help="the clock stood still there"
    )
    parser.add_argument("--explain", action="store_true", help="also print how it came about, stretch by stretch")
    parser.add_argument("--lang", choices=["zh", "en"], default="zh", help="language of the explanation")
    return parser


@dataclass(frozen=True)
class _Asked:
    """What was promised: by hand, or by the row of a pack that fits."""

    target: Target
    is_backward: bool
    pack: Pack | None = None
    policy: Policy | None = None
    row: Row | None = None
    facts: Mapping[str, object] | None = None


def show_due(arguments: argparse.Namespace) -> int:
    """Prints the due instant on the calendar's wall, and how it came about where that is asked for."""
    calendar = calendar_named(arguments.calendar)
    start = _instant(arguments.start, "--start", calendar)
    asked = _by_pack(arguments, start, calendar) if arguments.promise else _by_hand(arguments)
    pauses = sorted(_pause(text, calendar) for text in arguments.pauses)
    answer, runs = _answer(asked.target, asked, start, calendar, pauses)
    print(answer.due_at.astimezone(calendar.zone).isoformat())
    if arguments.explain:
        for line in _explained(asked, answer, calendar, pauses, runs, arguments.lang):
            print(f"  {line}")
    elif answer.provisional_years:
        years = ", ".join(str(year) for year in answer.provisional_years)
        print(f"provisional: the official days of {years} are not published yet", file=sys.stderr)
    return 0


def _instant(text: str, option: str, calendar: Calendar) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"{option}: {text!r} is no instant; write 2026-02-13T16:00") from error
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise CommandError(f"{option}: {at.year} is outside {FIRST_YEAR} to {LAST_YEAR}")
    return at if at.tzinfo is not None else at.replace(tzinfo=calendar.zone)


def _pause(text: str, calendar: Calendar) -> Run:
    parts = text.split("/")
    if len(parts) != 2:
        raise CommandError(f"--pause: {text!r} is no stretch; write 2026-02-13T10:00/2026-02-13T14:00")
    first, last = (_instant(part, "--pause", calendar) for part in parts)
    return first, last


def _by_hand(arguments: argparse.Namespace) -> _Asked:
    if arguments.facts:
        raise CommandError("--with belongs to --promise: a span by hand asks for no facts")
    clock = Clock(arguments.clock or Clock.SERVICE.value)
    return _Asked(Target(parse_span(arguments.within, "--within"), clock, ""), arguments.before)


def _by_pack(arguments: argparse.Namespace, start: datetime, calendar: Calendar) -> _Asked:
    if arguments.clock or arguments.before:
        raise CommandError("--clock and --before belong to --within: a promise of a pack has its own")
    pack = shipped_pack(arguments.pack)
    policy = pack.policies.get(arguments.promise)
    if policy is None:
        known = ", ".join(sorted(pack.policies))
        raise CommandError(f"--promise: {pack.key} promises no {arguments.promise!r}; it has {known}")
    facts = {**facts_of_start(start, calendar.zone), **dict(_fact(text, policy) for text in arguments.facts)}
    row = choose(policy, facts)
    if row is None or row.target is None:
        raise CommandError(f"--promise: {pack.key} sets no limit for {policy.key!r} with these facts")
    return _Asked(row.target, policy.direction == "backward", pack, policy, row, facts)


def _fact(text: str, policy: Policy) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    asked = sorted({field for row in policy.rows for field, _ in row.when})
    if not equals or not value:
        raise CommandError(f"--with: {text!r} is no fact; write urgency=urgent")
    if name not in asked:
        raise CommandError(f"--with: {policy.key} asks nothing about {name!r}; it asks about {', '.join(asked) or '–'}")
    return name, value


def _answer(
    target: Target, asked: _Asked, start: datetime, calendar: Calendar, pauses: Sequence[Run]
) -> tuple[Due, Sequence[Run]]:
    """When it is due, and the stretches in which the clock ran where it was paused."""
    if asked.is_backward:
        if pauses:
            raise CommandError("--pause: what is counted back from an event stands still for nobody")
        sent_in = calendar if asked.policy and asked.policy.sent_in else None
        return due_before(start, target.limit, target.clock, calendar, sent_in), ()
    if not pauses:
        return due(start, target.limit, target.clock, calendar), ()
    due_at, runs = run_through(start, target.limit, target.clock, calendar, pauses)
    return Due(start, target.limit, target.clock, calendar, due_at), runs


def _explained(
    asked: _Asked, answer: Due, calendar: Calendar, pauses: Sequence[Run], runs: Sequence[Run], lang: str
) -> list[str]:
    lines = answer.explain(runs).render(lang)
    if asked.policy is None or asked.pack is None or asked.row is None:
        return lines
    source = asked.row.source or asked.policy.source
    said = ("依据：{0} 第 {1} 版，“{2}”的“{3}”行（{4}）", "By: {0} version {1}, {2}, row “{3}” ({4})")[lang != "zh"]
    name = asked.policy.name.get(lang) or asked.policy.key
    lines.append(said.format(asked.pack.name.say(lang), asked.pack.version, name, asked.row.key, source))
    names = book_of(asked.pack).names
    for other in alternatives(asked.policy, asked.facts or {}):
        target = other.row.target if other.row else None
        at = _answer(target, asked, answer.start_at, calendar, pauses)[0].due_at if target else None
        lines.append(other.render(lang, at, calendar.zone, lambda field, value: _name(names, field, value, lang)))
    return lines


def _name(names: Mapping[str, Mapping[str, Text]], field: str, value: str, lang: str) -> str:
    name = names.get(field, {}).get(value)
    return name.say(lang) if name else value
