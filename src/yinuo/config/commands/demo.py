"""`yinuo demo`: a company with staff, customers and some weeks of lived history, to look at and to try."""

import argparse
from typing import Any

from yinuo.config.commands.options import add_data

TICKETS = 110


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("demo", help="fill an empty house with the demo company")
    add_data(parser)
    parser.add_argument(
        "--tickets",
        type=_count,
        default=TICKETS,
        metavar="N",
        help=f"about how many tickets (default: {TICKETS}; a million takes some minutes)",
    )
    parser.add_argument("--if-empty", action="store_true", help="do nothing where there is a company already")
    parser.add_argument(
        "--grow", action="store_true", help="give the demo company that is there more tickets, up to N in all"
    )
    parser.add_argument(
        "--check", action="store_true", help="only look whether log-ins of the demo still have their known password"
    )
    parser.set_defaults(run="yinuo.config.demo.command:run", database=True)


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("a number of tickets is 0 or more")
    return number
