"""`yinuo handbook compare`: where handbooks contradict each other or themselves, and which limits nobody has set."""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from yinuo.calendars.builtin import builtin_calendar
from yinuo.domain.comparing import LACKS, SORTS, Finding, Gap, Report, Sort, book_of, compare
from yinuo.domain.reading import Text
from yinuo.packs import SHIPPED, shipped_figures, shipped_pack


def add_parser(subparsers: Any) -> None:
    """Add `handbook compare` to the `yinuo` command."""
    parser = subparsers.add_parser("handbook", help="where the handbooks contradict each other")
    verbs = parser.add_subparsers(required=True, metavar="compare")
    verb = verbs.add_parser("compare", help="contradictions, and limits that nobody has set")
    verb.add_argument("handbooks", nargs="*", default=list(SHIPPED), metavar="HANDBOOK", help=", ".join(SHIPPED))
    verb.add_argument("--lang", choices=["zh", "en"], default="zh")
    verb.add_argument(
        "--only", action="append", choices=[sort.value for sort in Sort], help="only contradictions of a sort"
    )
    verb.add_argument("--json", action="store_true", help="a JSON object a line")
    verb.set_defaults(run=_compare)


def _compare(arguments: argparse.Namespace) -> int:
    unknown = [key for key in arguments.handbooks if key not in SHIPPED]
    if unknown:
        print(f"yinuo handbook: no handbook is called {unknown[0]!r}; there are {', '.join(SHIPPED)}", file=sys.stderr)
        return 2
    books = [book_of(shipped_pack(key)) for key in dict.fromkeys(arguments.handbooks)]
    report = compare(books, shipped_figures(), builtin_calendar("cn-office-nolunch"))
    sorts = [Sort(sort) for sort in arguments.only or Sort]
    if arguments.json:
        _print_json(report, sorts, with_gaps=not arguments.only)
    else:
        _print(report, sorts, arguments.lang, with_gaps=not arguments.only)
    return 0


def _print(report: Report, sorts: list[Sort], lang: str, *, with_gaps: bool) -> None:
    def say(text: Text) -> str:
        return text.say(lang)

    for sort in sorts:
        found = report.of(sort)
        if found:
            print(f"== {say(SORTS[sort])} ({len(found)})")
        for finding in found:
            _print_finding(finding, say)
    for book, gaps in report.gaps if with_gaps else ():
        heading = Text(f"{book.name.zh}：没有数值的时限", f"{book.name.en}: limits without a figure")
        print(f"== {say(heading)} ({len(gaps)})")
        for gap in gaps:
            _print_gap(gap, (book.key, gap.kind, gap.row) in report.nobody, say)


def _print_finding(finding: Finding, say: Callable[[Text], str]) -> None:
    print(f"{say(finding.title)}: {say(finding.said)}")
    for claim in finding.claims:
        when = f" [{say(claim.when)}]" if say(claim.when) else ""
        print(f"    {say(claim.book)} · {say(claim.name)}{when}: {say(claim.figure)} ({claim.source})")


def _print_gap(gap: Gap, nobody: bool, say: Callable[[Text], str]) -> None:
    when = f" [{say(gap.when)}]" if say(gap.when) else ""
    nowhere = say(Text("；哪一本手册都没有", "; in no handbook")) if nobody else ""
    used = f" · {', '.join(say(title) for title in gap.used_by)}" if gap.used_by else ""
    print(f"    {say(gap.name)}{when}: {say(LACKS[gap.lack])}{nowhere}{used}")


def _print_json(report: Report, sorts: list[Sort], *, with_gaps: bool) -> None:
    for finding in report.of(*sorts):
        print(json.dumps(asdict(finding), ensure_ascii=False))
    for book, gaps in report.gaps if with_gaps else ():
        for gap in gaps:
            nobody = (book.key, gap.kind, gap.row) in report.nobody
            print(json.dumps({"sort": "gap", "book": book.key, **asdict(gap), "nobody": nobody}, ensure_ascii=False))
