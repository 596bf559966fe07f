"""`yinuo doctor`: what is wrong, and what to do about it."""

from typing import Any

from yinuo.config.commands.options import add_data


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "doctor",
        help="say what is wrong, and what to do",
        description="Looks at the machine, the key file, the database and what runs. Ends with code 1 where something "
        "is broken. Changes nothing.",
    )
    add_data(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")
    parser.set_defaults(run="yinuo.config.doctor.command:examine")
