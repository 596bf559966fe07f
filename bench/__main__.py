"""`python -m bench [--only NAME]`: every measurement, one JSON object a line.

A measurement is a module of this folder with `NAMES` and `results()`, which yields objects with `name`, `value`,
`unit`, `limit`, `ratio` and `note`. `value` is null where a peer is missing or cannot run here; the note says why.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from importlib import import_module
from pathlib import Path
from types import ModuleType

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
    only = parser.parse_args(arguments).only
    known: list[str] = []
    shown = 0
    for module in modules():
        known += module.NAMES
        if not any(wanted(name, only) for name in module.NAMES):
            continue
        for result in module.results():
            if wanted(str(result["name"]), only):
                print(json.dumps({key: result[key] for key in KEYS}, ensure_ascii=False), flush=True)
                shown += 1
    if not shown:
        print(f"Nothing is called {only}. There is: {', '.join(known)}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
