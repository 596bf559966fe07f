"""The rules that ship with Yinuo, ready to use: vocabulary and category tree of the built-in pack."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

import yaml

from yinuo.domain.classification import Category, Rules, compile_rules
from yinuo.packs import pack_text, shipped_pack

# The safe loader written in C, where PyYAML has it: the other takes a second for this file.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def built_in_vocabulary() -> Mapping[str, object]:
    """`packs/classification.yaml` as read; treat it as unchangeable."""
    return yaml.load(pack_text("classification.yaml"), Loader=_LOADER)  # type: ignore[no-any-return]  # noqa: S506 - derived from SafeLoader


@cache
def built_in_rules(pack: str = "handbook") -> Rules:
    """Rules over the category tree of a shipped pack, without anything that a desk has changed."""
    return rules_for(
        Category(node.key, node.top_class, node.scenario, node.keywords)
        for node in shipped_pack(pack).categories.values()
    )


def rules_for(tree: Iterable[Category]) -> Rules:
    """The built-in vocabulary over a desk's own tree. Raises RulesError where the tree cannot be used."""
    return compile_rules(built_in_vocabulary(), tree)
