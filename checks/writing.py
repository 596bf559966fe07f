"""What counts as writing to the database, and which functions lead to which."""

import ast
import re
from collections.abc import Iterator

from checks.house import House, Module, dotted, strings

ALWAYS = {
    "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create", "acreate", "abulk_create",
    "aget_or_create", "aupdate_or_create", "asave", "aupdate", "adelete",
}  # fmt: skip
COLLECTED = {"yinuo.foundation.rows.insert", "yinuo.foundation.rows.update"}
RAW = re.compile(
    r"\bINSERT\s+INTO\b|\bDELETE\s+FROM\b|\bTRUNCATE\b|\bUPDATE\s+[\w\"{]+[\w\"}.]*(?:\s+(?:AS\s+)?\w+)?\s+SET\b|"
    r"\bMERGE\s+INTO\b|\bCOPY\s+\w+.*\bFROM\b",
    re.DOTALL,
)


def writes(module: Module, within: ast.AST | None = None) -> Iterator[tuple[ast.AST, str]]:
    """Each place that writes rows, with what it says there: manager and queryset methods, `save`, `delete`, raw SQL."""
    nodes = list(ast.walk(within)) if within else module.nodes
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_write(node, node.func):
            yield node, f".{node.func.attr}("
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if module.imported.get(node.func.id) in COLLECTED:
                yield node, f"{node.func.id}("
    for node, text in strings(nodes):
        found = RAW.search(text)
        if found:
            yield node, " ".join(found.group().split())


def _is_write(call: ast.Call, function: ast.Attribute) -> bool:
    receiver, name = function.value, function.attr
    if name in ALWAYS:
        return True
    if name in {"save", "delete"}:
        return not call.args and not _is_storage(receiver)
    if name == "update" and not call.args:
        # `rows.filter(…).update(state=…)`; a mapping or a digest is given its argument by position
        return bool(call.keywords) and not dotted(receiver).endswith(("attrs", "headers", "context"))
    return False


def _is_storage(receiver: ast.AST) -> bool:
    return dotted(receiver).rpartition(".")[2] in {"storage", "cache", "workbook", "image"}


class Calls:
    """Which function of the package calls which, by dotted names, as far as names say."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._functions: dict[str, tuple[Module, ast.AST]] = {}
        for module in house.modules("src/"):
            for node in module.tree.body:
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    self._functions[f"{module.dotted}.{node.name}"] = (module, node)
                elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value:  # a table of functions, a constant
                    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                    if isinstance(target, ast.Name):
                        self._functions[f"{module.dotted}.{target.id}"] = (module, node.value)
        self._reaches: dict[tuple[str, str], bool] = {}

    def resolve(self, name: str) -> str:
        """Follows re-exports: `yinuo.tickets.services.reply` is `yinuo.tickets.services.messages.reply`."""
        for _ in range(5):
            if name in self._functions:
                return name
            home, _, last = name.rpartition(".")
            owner = self.resolve(home) if home else ""
            if isinstance(self._functions.get(owner, (None, None))[1], ast.ClassDef):
                return owner  # a method: what its class leads to
            module = self._house.by_name.get(home)
            if module is None or last not in module.imported:
                return name
            name = module.imported[last]
        return name

    def reach(self, name: str, target: str, seen: frozenset[str] = frozenset()) -> bool:
        """Whether the function leads to `target`, by itself or by what it names."""
        if name == target:
            return True
        name = self.resolve(name)
        if name == target:
            return True
        if name not in self._functions or name in seen:
            return False
        if (name, target) not in self._reaches:
            self._reaches[name, target] = any(
                self.reach(other, target, seen | {name}) for other in self._named(*self._functions[name])
            )
        return self._reaches[name, target]

    @staticmethod
    def _named(module: Module, function: ast.AST) -> set[str]:
        found: set[str] = set()
        for node in ast.walk(function):
            if isinstance(node, ast.Name | ast.Attribute):
                called = dotted(node)
                first, _, rest = called.partition(".")
                home = module.imported.get(first)
                if home:
                    found.add(f"{home}.{rest}" if rest else home)
                elif not rest:
                    found.add(f"{module.dotted}.{first}")
        return found
