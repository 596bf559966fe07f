"""`python -m bench [--only NAME]`: every measurement, one JSON object a line.

A measurement is a module of this folder with `NAMES` and `results()`, which yields objects with `name`, `value`,
`unit`, `limit`, `ratio` and `note`. `value` is null where a peer is missing or cannot run here; the note says why.
"""

import argparse
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from importlib import import_module
from pathlib import Path
from types import ModuleType

from yinuo.config.children import ends_with_parent

KEYS = ("name", "value", "unit", "limit", "ratio", "note")


def modules() -> Iterator[ModuleType]:
    """Those of this folder that measure something."""
    for file in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        module = import_module(f"bench.{file.stem}")
        if hasattr(module, "results"):
            yield module


def wanted(name: str, only: str) -> bool:
    """`only` is a whole name, its beginning, or a pattern with `*`; empty for all."""
    return not only or name.startswith(only) or fnmatch(name, only)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", default="", metavar="NAME", help="whole name, its beginning, or a pattern with *")
    parser.add_argument("--module", default="", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.module:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # whatever it started is ended on the way
        measure(import_module(chosen.module), chosen.only)
        return 0
    known: list[str] = []
    ran = failed = 0
    for module in modules():
        known += module.NAMES
        if not any(wanted(name, chosen.only) for name in module.NAMES):
            continue
        # each in a process of its own: Django is set up once in a process, on one database
        command = [sys.executable, "-m", "bench", "--module", module.__name__, "--only", chosen.only]
        failed += subprocess.run(command, preexec_fn=ends_with_parent(signal.SIGTERM), check=False).returncode != 0
        ran += 1
    if not ran:
        print(f"Nothing is called {chosen.only}. There is: {', '.join(known)}", file=sys.stderr)
        return 2
    return 1 if failed else 0


def measure(module: ModuleType, only: str) -> None:
    """Prints each result as it comes."""
    for result in module.results():
        if wanted(str(result["name"]), only):
            print(json.dumps({key: result[key] for key in KEYS}, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    sys.exit(main())
