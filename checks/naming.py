"""Names: those of the field, and none that says nothing."""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from checks.house import Fault, House, rule

EMPTY = {"data", "datum", "info", "infos", "manager", "helper", "helpers", "util", "utils", "misc", "stuff"}
EMPTY_STARTS = ("process_", "handle_", "do_")
WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+")


@rule("DESIGN 6, Names: no data, info, manager, helper, utils, process_, handle_")
def names_say_something(house: House) -> Iterator[Fault]:
    """No module, public function or class is called (…_)data, info, manager, helper, utils, or process_…, handle_…."""
    for module in house.modules("src/"):
        if module.is_migration:
            continue
        stem = PurePosixPath(module.path).stem
        for part in (stem, PurePosixPath(module.path).parent.name):
            if _is_empty(part):
                yield Fault(module.path, 1, f"a module called {part}")
        for node in module.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                if not node.name.startswith("_") and _is_empty(node.name):
                    yield module.fault(node, f"{node.name}: a name of the field says more")


def _is_empty(name: str) -> bool:
    words = [word.lower() for word in WORDS.findall(name)]
    return bool(words) and (words[-1] in EMPTY or name.startswith(EMPTY_STARTS))


@rule("DESIGN 6, Refuse: god modules; DESIGN 2: the same files in every room")
def parts_of_rooms(house: House) -> Iterator[Fault]:
    """Subscribers are named by the wiring alone, and views are used by no other room."""
    for module in house.modules("src/"):
        for imported, line in module.imported_modules.items():
            parts = imported.split(".")
            if len(parts) > 2 and parts[0] == "yinuo" and parts[2] in {"subscribers", "views"}:
                if parts[1] != module.room:
                    yield Fault(module.path, line, f"imports {'.'.join(parts[:3])} of another room")
