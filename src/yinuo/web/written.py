"""Nodes of a template that follow each other, written as one Python function (see `web.folding`).

    <b>{{ row.number }}</b>     out += ('<b>', text(v) if type(v := …row["number"]…) is str else shown(v, …), '</b>')

Texts, plain lookups, conditions of them, loops and included templates are written out; whatever else there is renders
itself. The context holds all names as always, so that Django's own way is open wherever a value is not plain.
"""

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.template import Context, RequestContext, VariableDoesNotExist
from django.template.base import Node, NodeList, TextNode, Variable, VariableNode
from django.template.defaulttags import CsrfTokenNode, ForNode, IfNode, TemplateLiteral, URLNode
from django.utils.safestring import SafeString

from yinuo.web.addresses import reverse

UNKNOWN = object()
"""The quick way does not know; Django's own does."""
NOTHING = object()
"""There is no such value."""
GROUPED = 1000
"""Numbers from here on have their digits grouped as the language does it; smaller ones are the same in all."""
OWN_NAMES = frozenset({*dir(RequestContext({})), *vars(RequestContext({}))})  # type: ignore[arg-type]
"""A context's own attributes, which a missing name would fall back to."""
PLAIN = frozenset({str, int, bool, type(None), dict, list, tuple})
"""Values of these kinds are what they are: nothing is called to get at them."""


class Together(Node):
    """Nodes that follow each other. Their function is written when it is first called."""

    child_nodelists = ("nodes",)

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.nodes = NodeList(nodes)
        self._of_type: dict[type[Node], list[Node]] = {}

    def get_nodes_by_type(self, nodetype: type[Node]) -> list[Node]:
        """Found once: each page asks its base for the blocks."""
        if nodetype not in self._of_type:
            self._of_type[nodetype] = self.nodes.get_nodes_by_type(nodetype)
        return self._of_type[nodetype]

    def render(self, context: Context) -> str:
        self.render = self.render_annotated = _written(self.nodes)  # type: ignore[method-assign]
        return self.render(context)

    render_annotated = render


class Included(Node):
    """`{% include "name" with … %}` of a template that is known."""

    def __init__(self, nodelist: NodeList, extra: Mapping[str, Any]) -> None:
        self.nodelist, self.extra = nodelist, extra

    def render(self, context: Context) -> str:
        with context.push(**{name: value.resolve(context) for name, value in self.extra.items()}):
            return self.nodelist.render(context)


class Address(Node):
    """`{% url "name" … %}` with arguments by place."""

    def __init__(self, node: URLNode) -> None:
        self.name, self.args = node.view_name.var, node.args
        self.token, self.origin = node.token, node.origin

    def render(self, context: Context) -> str:
        address = reverse(self.name, args=[arg.resolve(context) for arg in self.args])
        return _escaped(address) if context.autoescape else address


def is_plain(expression: Any) -> bool:
    """`name.name.name`, without filters."""
    variable = expression.var
    return (
        not expression.filters
        and isinstance(variable, Variable)
        and bool(variable.lookups)
        and not variable.translate
        and variable.lookups[0] not in OWN_NAMES
    )


# --- what the functions call --------------------------------------------------------------------------------------


def _escaped(text: str) -> str:
    """Most texts of a page hold nothing to escape: one look instead of five replacements."""
    return html.escape(text) if _TO_ESCAPE(text) else text


_TO_ESCAPE = re.compile("[&<>\"']").search


def _find(dicts: Sequence[Mapping[str, Any]], name: str) -> Any:
    for values in reversed(dicts):
        if name in values:
            return values[name]
    return NOTHING


def _inside(value: Any, name: str) -> Any:
    """`value.name` without exceptions and without calls."""
    kind = type(value)
    if kind is dict:
        if name in value:
            return value[name]
        return UNKNOWN if name.isdigit() or hasattr(dict, name) else NOTHING
    if value is NOTHING or callable(value) or hasattr(kind, "__getitem__"):
        return NOTHING if value is NOTHING else UNKNOWN
    return getattr(value, name, UNKNOWN)


def _shown(value: Any, node: Node, context: Context) -> str:
    """`{{ … }}` of what is no mere text."""
    kind = type(value)
    if kind is int and -GROUPED < value < GROUPED:
        return str(value)
    if kind is SafeString:
        return str(value)
    if value is NOTHING and not context.template.engine.string_if_invalid:
        return ""
    return node.render(context)


def _sure(value: Any) -> Any:
    """A value of a condition; raises `LookupError` where Django has to look for itself."""
    if value is NOTHING:
        return None
    if value is UNKNOWN or callable(value):
        raise LookupError
    return value


def _own(condition: Any, context: Context) -> Any:
    """As `{% if %}` does it."""
    try:
        return condition.eval(context)
    except VariableDoesNotExist:
        return None


def _listed(values: Any) -> Any:
    """As `{% for %}` does it."""
    if values is None:
        return ()
    return values if hasattr(values, "__len__") else list(values)


CALLED = {
    "escaped": _escaped, "find": _find, "inside": _inside, "shown": _shown, "sure": _sure, "own": _own,
    "listed": _listed, "PLAIN": PLAIN,
}  # fmt: skip


# --- writing ------------------------------------------------------------------------------------------------------


def _written(nodes: NodeList) -> Callable[[Context], str]:
    writer = _Writer()
    with writer.block("def render(context):"):
        writer.line("out, dicts, text = [], context.dicts, escaped if context.autoescape else str")
        writer.nodes(nodes)
        writer.line("return ''.join(out)")
    exec(compile("\n".join(writer.lines), "<template>", "exec"), writer.given)  # noqa: S102 - our own templates
    return writer.given["render"]  # type: ignore[no-any-return]


class _Writer:
    """`given`: what the function finds by its names. `out`: what comes out next, not yet written. `held`: names of the
    template, and the function's own names that hold the same value at this place. `kept`: the same for what no turn of
    a loop changes, within one."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.depth = 0
        self.given: dict[str, Any] = dict(CALLED)
        self.held: dict[str, str] = {}
        self.kept: dict[str, str] | None = None
        self.out: list[str] = []
        self.names = 0

    def line(self, text: str) -> None:
        if self.out:
            self.lines.append(" " * self.depth + f"out += ({', '.join(self.out)},)")
            self.out = []
        self.lines.append(" " * self.depth + text)

    @contextmanager
    def block(self, head: str, held: Mapping[str, str] | None = None) -> Iterator[None]:
        outside = self.held
        self.held = outside | (held or {})
        self.line(head)
        self.depth += 1
        yield
        self.line("pass")
        self.depth -= 1
        self.held = outside

    def name(self) -> str:
        self.names += 1
        return f"n{self.names}"

    def give(self, value: Any) -> str:
        name = self.name()
        self.given[name] = value
        return name

    def nodes(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            match node:
                case Together():
                    self.nodes(node.nodes)
                case TextNode():
                    self.out.append(repr(str(node.s)))
                case VariableNode() if type(node) is VariableNode and is_plain(node.filter_expression):
                    value = self.value(node.filter_expression)
                    self.out.append(f"text(v) if type(v := {value}) is str else shown(v, {self.give(node)}, context)")
                case IfNode():
                    self.choice(node.conditions_nodelists)
                case ForNode() if _is_plain_loop(node):
                    self.loop(node)
                case Included():
                    self.included(node)
                case _:
                    self.out.append(f"{self.give(node.render)}(context)")

    def value(self, expression: Any) -> str:
        """Of a plain lookup."""
        first, *rest = expression.var.lookups
        value = self.held.get(first)
        if value is None and self.kept is not None:
            value = self.kept.setdefault(first, self.name())
        value = value or f"find(dicts, {first!r})"
        for name in rest:
            value = f"(v[{name!r}] if type(v := {value}) is dict and {name!r} in v else inside(v, {name!r}))"
        return value

    def resolved(self, expression: Any, own: str) -> str:
        """Of any expression; `own`: the call for what is not plain."""
        own = f"{self.give(expression)}.resolve({own})"
        return f"(v if type(v := {self.value(expression)}) in PLAIN else {own})" if is_plain(expression) else own

    def choice(self, choices: Sequence[tuple[Any, NodeList]]) -> None:
        (condition, then), *others = choices
        if condition is None:
            self.nodes(then)
            return
        with self.block("try:"):
            self.line(f"c = {self.test(condition)}")
        with self.block("except Exception:"):
            self.line(f"c = own({self.give(condition)}, context)")
        with self.block("if c:"):
            self.nodes(then)
        if others:
            with self.block("else:"):
                self.choice(others)

    def test(self, condition: Any) -> str:
        if isinstance(condition, TemplateLiteral):
            expression = condition.value
            if is_plain(expression):
                return f"(v if type(v := {self.value(expression)}) in PLAIN else sure(v))"
            if isinstance(expression.var, str) and not expression.filters:
                return repr(str(expression.var))
        elif condition.id == "not":
            return f"(not {self.test(condition.first)})"
        elif condition.id in ("and", "or", "==", "!="):
            return f"({self.test(condition.first)} {condition.id} {self.test(condition.second)})"
        return f"{self.give(condition)}.eval(context)"

    def loop(self, node: ForNode) -> None:
        (name,) = node.loopvars
        one, all_ = self.name(), self.name()
        is_outermost = self.kept is None
        with self.block("with context.push():"):
            self.line(f"{all_} = listed({self.resolved(node.sequence, 'context, ignore_failures=True')})")
            place = len(self.lines)
            if is_outermost:
                self.kept = {}
            with self.block(f"for {one} in {all_}:", {name: one}):
                self.line(f"dicts[-1][{name!r}] = {one}")
                self.nodes(node.nodelist_loop)
            if is_outermost:
                indent = " " * self.depth
                self.lines[place:place] = [f"{indent}{own} = find(dicts, {kept!r})" for kept, own in self.kept.items()]
                self.kept = None
            if node.nodelist_empty:
                with self.block(f"if not len({all_}):"):
                    self.nodes(node.nodelist_empty)

    def included(self, node: Included) -> None:
        held = {name: self.name() for name in node.extra}
        for name, expression in node.extra.items():
            self.line(f"{held[name]} = {self.resolved(expression, 'context')}")
        given = ", ".join(f"{name!r}: {own}" for name, own in held.items())
        with self.block(
            f"with context.push({{{given}}}):", held if _are_still(node.nodelist) else dict.fromkeys(held, "")
        ):
            self.nodes(node.nodelist)


def _is_plain_loop(node: ForNode) -> bool:
    """One name, and nothing inside wants to know about the loop or changes what names mean."""
    return (
        len(node.loopvars) == 1
        and not node.is_reversed
        and _are_still(node.nodelist_loop)
        and _are_still(node.nodelist_empty)
    )


def _are_still(nodes: Iterable[Node]) -> bool:
    return all(map(_is_still, nodes))


def _is_still(node: Node) -> bool:
    """Sets no name and does not look at the loop around it."""
    match node:
        case TextNode() | CsrfTokenNode():
            return True
        case Together():
            return _are_still(node.nodes)
        case VariableNode() | Address():
            return not _LOOP(node.token.contents)
        case IfNode():
            tests = (test for condition, _then in node.conditions_nodelists for test in _literals(condition))
            return not any(_LOOP(test.text) for test in tests) and _are_still(node)
        case Included():
            return not any(_LOOP(str(value.token)) for value in node.extra.values()) and _are_still(node.nodelist)
        case ForNode():
            return not _LOOP(node.sequence.token) and _is_plain_loop(node)
    return False


_LOOP = re.compile(r"\b(forloop|block)\b").search


def _literals(condition: Any) -> Iterator[TemplateLiteral]:
    if isinstance(condition, TemplateLiteral):
        yield condition
    elif condition is not None:
        yield from _literals(condition.first)
        yield from _literals(condition.second)
