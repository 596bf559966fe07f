"""Facts hold ids and plain values, never a person's."""

import ast
from collections.abc import Iterator

from checks.house import Fault, House, Module, dotted, rule

PERSONAL = {
    "name", "names", "email", "mail", "phone", "mobile", "address", "addresses", "text", "texts", "subject", "body",
    "content", "title", "note", "notes", "comment", "remark", "username", "sender", "recipient", "recipients", "wechat",
    "password", "secret", "token", "ip", "signature", "birthday", "customer", "person",
}  # fmt: skip
PLAIN = {
    "UUID", "str", "int", "float", "bool", "datetime", "date", "tuple", "frozenset", "dict", "object", "Any", "None",
}  # fmt: skip


def fact_classes(house: House) -> dict[str, tuple[Module, ast.ClassDef]]:
    """Dotted name → class of every Fact of a room's `events.py`."""
    found: dict[str, tuple[Module, ast.ClassDef]] = {}
    for module in house.modules("src/"):
        if module.path.endswith("/events.py"):
            for node in module.tree.body:
                if isinstance(node, ast.ClassDef) and any(
                    dotted(base).rpartition(".")[2] == "Fact" for base in node.bases
                ):
                    found[f"{module.dotted}.{node.name}"] = (module, node)
    return found


@rule("DESIGN 7: history and jobs hold ids, never values")
def facts_hold_no_person(house: House) -> Iterator[Fault]:
    """No field of a Fact is called after what a person is, writes or says; `personal=` of record keeps such texts."""
    for module, fact in fact_classes(house).values():
        for field in fact.body:
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                name = field.target.id
                if name in PERSONAL or name.rpartition("_")[2] in PERSONAL:
                    yield module.fault(field, f"{fact.name}.{name}", f"{fact.name}.{name}")


@rule("DESIGN 2, events: a fact is written once and read for ever")
def facts_are_plain(house: House) -> Iterator[Fault]:
    """A Fact is a frozen dataclass in its room's events.py, and its fields have plain types."""
    for module in house.modules("src/"):
        for node in module.nodes:
            if not isinstance(node, ast.ClassDef) or module.path.startswith("src/yinuo/foundation/events"):
                continue
            if not any(dotted(base).rpartition(".")[2] == "Fact" for base in node.bases):
                continue
            if not module.path.endswith("/events.py"):
                yield module.fault(node, f"{node.name} stands outside of events.py")
            if not any(_is_frozen(decorator) for decorator in node.decorator_list):
                yield module.fault(node, f"{node.name} is no frozen dataclass")
            for field in node.body:
                if isinstance(field, ast.AnnAssign):
                    for part in ast.walk(field.annotation):
                        if isinstance(part, ast.Name) and part.id not in PLAIN:
                            yield module.fault(field, f"{node.name}: {part.id} is no plain type")


def _is_frozen(decorator: ast.expr) -> bool:
    return (
        isinstance(decorator, ast.Call)
        and dotted(decorator.func).endswith("dataclass")
        and any(
            word.arg == "frozen" and isinstance(word.value, ast.Constant) and word.value.value is True
            for word in decorator.keywords
        )
    )
