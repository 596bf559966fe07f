"""Faces (web, api, commands) hold no rules and never touch the ORM."""

import ast
from collections.abc import Iterator

from checks.house import Fault, House, Module, dotted, rule
from checks.writing import writes

FACES = ("src/yinuo/web/", "src/yinuo/api/", "src/yinuo/config/commands/")
QUERIES = {
    "objects", "_default_manager", "_base_manager", "select_related", "prefetch_related", "values_list", "annotate",
    "aggregate", "order_by", "select_for_update", "refresh_from_db", "in_bulk",
}  # fmt: skip
FROM_DB = {"DatabaseError", "OperationalError", "InterfaceError", "IntegrityError", "DataError"}
FINDERS = {"get_object_or_404", "get_list_or_404", "aget_object_or_404"}


@rule("DESIGN 2: faces hold no rules and never touch the ORM")
def faces_without_orm(house: House) -> Iterator[Fault]:
    """web, api and config.commands ask queries, permissions and services: no managers, no querysets, no cursors."""
    for module in house.modules(*FACES):
        yield from _imports(module)
        for node in module.nodes:
            if isinstance(node, ast.Attribute) and (
                node.attr in QUERIES
                or node.attr.endswith("_set")
                or (node.attr in {"filter", "exclude"} and not dotted(node).startswith(("register.", "library.")))
            ):
                yield module.fault(node, f".{node.attr}: a room's queries answer that")
        for node, what in writes(module):
            yield module.fault(node, f"{what}: a service does that")


def _imports(module: Module) -> Iterator[Fault]:
    for node in module.nodes:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[:2] == ["django", "db"]:
            for alias in node.names:
                if alias.name not in FROM_DB:
                    yield module.fault(node, f"imports {alias.name} of {node.module}")
        elif isinstance(node, ast.ImportFrom) and node.module == "django.shortcuts":
            for alias in node.names:
                if alias.name in FINDERS:
                    yield module.fault(node, f"{alias.name}: a room's access function finds or hides")
