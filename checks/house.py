"""The sources as the rules see them, and what a rule finds in them."""

import ast
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

IGNORED = frozenset(
    {
        ".data", ".git", ".hypothesis", ".import_linter_cache", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".venv",
        "__pycache__", "collected", "dist", "node_modules", "test-results", "yinuo.egg-info",
    }
)  # fmt: skip
"""Folders that are made, not written."""

TEXT = frozenset(
    {
        ".cfg", ".css", ".csv", ".html", ".in", ".ini", ".js", ".json", ".jsonl", ".md", ".mjs", ".po", ".py", ".scss",
        ".sh", ".sql", ".svg", ".toml", ".tsv", ".txt", ".typ", ".xml", ".yaml", ".yml",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """One place that breaks a rule. `name` is what stands there (a function, a field), for exceptions."""

    path: str
    line: int
    text: str
    name: str = ""
    warning: bool = False


@dataclass(frozen=True)
class Source:
    """A text file; `path` is relative to the root, with slashes."""

    path: str
    text: str

    def line_at(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1


class Module(Source):
    """A Python file."""

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of the file."""
        return list(ast.walk(self.tree))

    @property
    def dotted(self) -> str:
        """`yinuo.tickets.services`; outside of `src` the path with dots."""
        name = self.path.removeprefix("src/").removesuffix(".py").replace("/", ".")
        return name.removesuffix(".__init__")

    @property
    def room(self) -> str:
        """`tickets`; empty for what is not in a room."""
        parts = self.dotted.split(".")
        return parts[1] if parts[0] == "yinuo" and len(parts) > 1 else ""

    @property
    def is_migration(self) -> bool:
        return "/migrations/" in self.path

    @property
    def is_services(self) -> bool:
        """Whether it belongs to the part of a room that writes."""
        return self.path.endswith("/services.py") or "/services/" in self.path

    @cached_property
    def names(self) -> dict[ast.AST, str]:
        """Each node with the dotted name of the function or class it stands in, itself included."""
        found: dict[ast.AST, str] = {}

        def walk(node: ast.AST, name: str) -> None:
            for child in ast.iter_child_nodes(node):
                inner = name
                if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    inner = f"{name}.{child.name}" if name else child.name
                found[child] = inner
                walk(child, inner)

        walk(self.tree, "")
        return found

    @cached_property
    def imported(self) -> dict[str, str]:
        """Local name → what it is an import of, dotted, for every import of the file."""
        found: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    found[alias.asname or alias.name.split(".")[0]] = (
                        alias.name if alias.asname else alias.name.split(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        return found

    @cached_property
    def imported_modules(self) -> dict[str, int]:
        """Everything that is imported, as written, with its line: `a.b` for `import a.b`, `a.b` and `a.b.c` for
        `from a.b import c`."""
        found: dict[str, int] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    found.setdefault(alias.name, node.lineno)
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.setdefault(node.module, node.lineno)
                for alias in node.names:
                    found.setdefault(f"{node.module}.{alias.name}", node.lineno)
        return found

    def fault(self, node: ast.AST, text: str, name: str | None = None) -> Fault:
        return Fault(self.path, getattr(node, "lineno", 1), text, self.names.get(node, "") if name is None else name)


class House:
    """All sources under a root."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def paths(self) -> list[str]:
        """Every file that is written by hand, relative, sorted."""
        found: list[str] = []
        for folder, folders, files in os.walk(self.root):
            here = Path(folder).relative_to(self.root).as_posix()
            folders[:] = [
                name for name in folders if name not in IGNORED and not (here == "." and name in {"data", "shared"})
            ]
            found += [name if here == "." else f"{here}/{name}" for name in files]
        return sorted(found)

    @cached_property
    def _texts(self) -> dict[str, str]:
        return {}

    def text(self, path: str) -> str:
        if path not in self._texts:
            self._texts[path] = (self.root / path).read_text(encoding="utf-8")
        return self._texts[path]

    def has(self, path: str) -> bool:
        return (self.root / path).is_file()

    def sources(self, *suffixes: str, under: str = "") -> Iterator[Source]:
        """Text files with one of the suffixes."""
        for path in self.paths:
            if path.startswith(under) and Path(path).suffix in (suffixes or TEXT):
                yield Source(path, self.text(path))

    @cached_property
    def _modules(self) -> dict[str, Module]:
        return {path: Module(path, self.text(path)) for path in self.paths if path.endswith(".py")}

    def modules(self, *under: str) -> list[Module]:
        """Python files, those under the given folders only."""
        return [module for path, module in self._modules.items() if not under or path.startswith(under)]

    @cached_property
    def by_name(self) -> dict[str, Module]:
        """Python files of the package by their dotted name."""
        return {module.dotted: module for module in self.modules("src/")}

    def templates(self, under: str = "src/", suffixes: tuple[str, ...] = (".html",)) -> Iterator[Source]:
        for source in self.sources(*suffixes, under=under):
            if "/templates/" in source.path:
                yield source


Found = Iterable[Fault]


@dataclass(frozen=True)
class Rule:
    """`source` names the section of the design."""

    name: str
    source: str
    says: str
    find: Callable[[House], Found]


RULES: dict[str, Rule] = {}


def rule(source: str) -> Callable[[Callable[[House], Found]], Callable[[House], Found]]:
    """Registers a function as the rule of its name; its docstring is what the rule says."""

    def register(find: Callable[[House], Found]) -> Callable[[House], Found]:
        name = find.__name__.replace("_", "-")
        RULES[name] = Rule(name, source, " ".join((find.__doc__ or "").split()), find)
        return find

    return register


def dotted(node: ast.AST) -> str:
    """`a.b.c` of an attribute chain; calls and subscripts in it count as nothing: `a.b().c` is `a.b.c`."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            return f"{dotted(value)}.{attr}"
        case ast.Call(func=inner) | ast.Subscript(value=inner) | ast.Await(value=inner):
            return dotted(inner)
    return ""


def strings(nodes: Iterable[ast.AST]) -> Iterator[tuple[ast.AST, str]]:
    """Every text constant with its node, parts of f-strings too; docstrings left out."""
    docs = {
        id(node.body[0].value)
        for node in nodes
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node, node.value


def decorators(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> set[str]:
    return {dotted(decorator).rpartition(".")[2] for decorator in node.decorator_list}
