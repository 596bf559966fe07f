"""The program `yinuo`. Only the module of the command that is asked for is loaded."""

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from yinuo.config.paths import data_folder
from yinuo.config.refusal import Refusal

# Command, its module, what it does. The module has `add_parser(subparsers)`, which makes the command's parser
# and sets its default `run`: a function of the parsed arguments that returns the exit code (None is 0), or its
# dotted name `package.module:function`. With `database=True` beside it, Django is set up on a database first
# and the dotted name loaded then (`database="server"`: the database alone, Django not); commands that need the domain
# alone leave `database` away.
COMMANDS = (
    ("up", "yinuo.config.commands.up", "start everything; Ctrl-C stops it"),
    ("web", "yinuo.config.commands.processes", "serve pages and API"),
    ("stream", "yinuo.config.commands.processes", "serve the event stream"),
    ("worker", "yinuo.config.commands.processes", "work off jobs"),
    ("alarm", "yinuo.config.commands.processes", "watch deadlines"),
    ("intake", "yinuo.config.commands.processes", "fetch mail, and take it by SMTP and LMTP"),
    ("prepare", "yinuo.config.commands.prepare", "bring the database up to date"),
    ("demo", "yinuo.config.commands.demo", "fill an empty house with the demo company"),
    ("calendar", "yinuo.config.commands.calendar", "deadlines and working time"),
    (
        "handbook",
        "yinuo.config.commands.handbook",
        "where handbooks contradict each other, what nobody has set",
    ),
    ("bpmn", "yinuo.config.commands.bpmn", "procedures for other drawing tools, and from them"),
    ("mail", "yinuo.config.commands.mail", "look at raw mails"),
    ("classify", "yinuo.config.commands.classify", "class, category, urgency and feeling of texts"),
    ("backup", "yinuo.config.commands.backup", "write everything into one file"),
    ("restore", "yinuo.config.commands.backup", "take a backup into an empty data folder"),
    ("doctor", "yinuo.config.commands.doctor", "say what is wrong, and what to do"),
    ("audit", "yinuo.config.commands.audit", "prove that history is as it was written"),
    ("manage", "yinuo.config.commands.manage", "run a management command of Django"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    return run(_parser(given).parse_args(given))


def run(chosen: argparse.Namespace) -> int:
    """Calls what the chosen command's parser named, with a database where it asks for one."""
    try:
        if needs := getattr(chosen, "database", False):
            prepared = _loaded(f"yinuo.config.database:{'with_server' if needs == 'server' else 'with_database'}")
            with prepared(data_folder(getattr(chosen, "data", None)), chosen.command):
                return _loaded(chosen.run)(chosen) or 0
        return _loaded(chosen.run)(chosen) or 0
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def has_command(name: str) -> bool:
    return any(name == known for known, _, _ in COMMANDS)


def _parser(given: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="yinuo", description="Customer service that keeps its promises.")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    wanted = next((module for name, module, _ in COMMANDS if name in given[:1]), None)
    if wanted is not None:
        import_module(wanted).add_parser(subparsers)
    for name, _, summary in COMMANDS:
        if name not in subparsers.choices:
            subparsers.add_parser(name, help=summary)
    return parser


def _loaded(named: str | Callable[..., Any]) -> Callable[..., Any]:
    if callable(named):
        return named
    module, _, name = named.partition(":")
    function = getattr(import_module(module), name)
    if not callable(function):
        raise TypeError(f"{named} is no function")
    return function


if __name__ == "__main__":
    sys.exit(main())
