"""`yinuo prepare`: what `yinuo up` does to the database before anything else starts."""

from typing import Any

from yinuo.config.commands.options import add_data


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("prepare", help="bring the database up to date")
    add_data(parser)
    parser.set_defaults(run="yinuo.config.management:prepare", database=True)
