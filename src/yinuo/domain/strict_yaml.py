"""YAML as people expect it: `on`, `no`, `12:30` and dates are texts, and a key given twice is a fault."""

import re
from collections.abc import Callable, Hashable
from typing import Any

import yaml

from yinuo.domain.reading import Fault, ReadingError

_MERGE = "tag:yaml.org,2002:merge"
_LEFT_OUT = ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:int")


class _Loader(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.tag == _MERGE:
                continue
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"“{key}” is there twice / “{key}”重复", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _LEFT_OUT]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(?:true|false)\Z"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"-?(?:0|[1-9][0-9]*)\Z"), list("-0123456789"))


def parse_yaml(text: str, name: str) -> Any:
    """The plain values of a YAML text; raises `ReadingError` with file and line of the fault."""
    return _parsed(text, name, lambda: yaml.load(text, Loader=_Loader))  # noqa: S506 - derived from SafeLoader


def parse_bounded(text: str, name: str, *, most: int) -> Any:
    """The same for a text of a stranger: one that says more than `most` values, counting what an alias stands for each
    time, is refused before any value is made; so is one nested too deeply to be read."""
    return _parsed(text, name, lambda: _bounded(text, most))


MOST_BRACKETS = 100
"""Brackets open at a time. The scanner's time grows with the square of them."""


class _TooMuch(yaml.YAMLError):
    problem = "too large once its aliases are written out / 展开引用后内容过多"


def _bounded(text: str, most: int) -> Any:
    depth = 0
    for sign in text:  # signs within quotes count, too: nobody writes so many that are left open
        depth += (sign in "[{") - (sign in "]}")
        if depth > MOST_BRACKETS:
            raise _TooMuch
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _weigh(node, most)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _weigh(root: yaml.Node, most: int) -> None:
    """How many values there are with each alias written out; a node that holds itself has no end. Children before
    those that hold them, without recursion."""
    weights: dict[int, int] = {}
    open_nodes: set[int] = set()
    todo = [root]
    while todo:
        node = todo[-1]
        if id(node) in weights:
            todo.pop()
            continue
        children = _children(node)
        missing = [child for child in children if id(child) not in weights]
        if missing:
            if id(node) in open_nodes:
                raise _TooMuch
            open_nodes.add(id(node))
            todo.extend(missing)
            continue
        weights[id(node)] = 1 + sum(weights[id(child)] for child in children)
        open_nodes.discard(id(node))
        if weights[id(node)] > most:
            raise _TooMuch
        todo.pop()


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _parsed(text: str, name: str, parse: Callable[[], Any]) -> Any:
    try:
        return parse()
    except RecursionError as error:
        said = "nested too deeply / 嵌套过深"
        raise ReadingError([Fault("yaml", name, (("problem", said),), ("{problem}", "{problem}"))]) from error
    except (ValueError, OverflowError, TypeError) as error:  # a number or a date that is none, a list as a key
        raise ReadingError([Fault("yaml", name, (("problem", str(error)),), ("{problem}", "{problem}"))]) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{name}:{mark.line + 1}" if mark else name
        problem = str(getattr(error, "problem", None) or error)
        said = "{problem}"
        raise ReadingError([Fault("yaml", place, (("problem", problem),), (said, said))]) from error
