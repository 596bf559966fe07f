"""`yinuo manage …`: Django's management commands, with the database they need."""

import argparse
from typing import Any

from yinuo.config.commands.options import add_data


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("manage", help="run a management command of Django", add_help=False)
    add_data(parser)
    parser.add_argument("rest", nargs=argparse.REMAINDER, metavar="ARGUMENTS")
    parser.set_defaults(run="yinuo.config.management:run", database=True)
