"""A definition written as YAML, as packs have it: in the order in which people read it, and read back the same."""

from collections.abc import Mapping
from typing import Any

import yaml

from yinuo.domain.procedure.definition import Definition

ORDER = (
    "key", "name", "value", "kind", "happening", "field", "op", "zh", "en", "title", "label", "type", "source",
    "start",
    "role", "tier", "lead", "purpose", "starts", "to", "end", "status", "when", "facts", "limits", "ends", "steps",
)  # fmt: skip
"""Entries that come first, in this order; the others follow by their names."""


class _Writer(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def write_yaml(definition: Definition) -> str:
    """The definition as a file; `Definition.from_json(parse_yaml(…))` gives the same one."""
    return yaml.dump(
        _ordered(definition.to_json()), Dumper=_Writer, allow_unicode=True, sort_keys=False, width=110, indent=2
    )


def _ordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        names = sorted(value, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
        return {name: _ordered(value[name]) for name in names}
    if isinstance(value, list):
        return [_ordered(entry) for entry in value]
    return value
