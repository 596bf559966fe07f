"""Templates compiled once a language, with what is the same on every page written down beforehand.

Rendering was more than half of a page's cost. Five things make it cheap without another template language:

* words to translate, addresses without arguments and names of static files become plain text when a template is first
  loaded in a language;
* `{% include "name" %}` is carried out then, not each time;
* addresses with arguments are kept (`web.addresses`);
* plain lookups (`{{ row.number }}`, `{% if row.deadline %}`) of values in dictionaries and dataclasses go straight to
  the value. Whatever is not that simple (filters, calls, lazy texts, numbers in their local form) goes Django's way;
* nodes that follow each other are one, which joins texts and what renders the rest without asking each what it is.

The output is the same to the byte (tests/web/test_folding.py).
"""

import html
import re
from collections.abc import Iterator
from threading import RLock
from typing import Any

from django.template import Context, RequestContext
from django.template.base import Node, NodeList, Template, TextNode, Variable, VariableNode
from django.template.defaulttags import (
    CommentNode,
    CycleNode,
    IfChangedNode,
    IfNode,
    LoadNode,
    TemplateLiteral,
    URLNode,
)
from django.template.loader_tags import BlockNode, ExtendsNode, IncludeNode
from django.template.loaders import cached
from django.template.smartif import TokenBase
from django.templatetags.i18n import TranslateNode
from django.templatetags.static import StaticNode
from django.utils.translation import get_language

from yinuo.web.addresses import reverse

UNKNOWN = object()
"""The quick way does not know; Django's own does."""
NOTHING = object()
"""There is no such value."""
GROUPED = 1000
"""Numbers from here on have their digits grouped as the language does it; smaller ones are the same in all."""
OWN_NAMES = frozenset({*dir(RequestContext({})), *vars(RequestContext({}))})  # type: ignore[arg-type]
"""A context's own attributes, which a missing name would fall back to."""
STATEFUL = (BlockNode, ExtendsNode, CycleNode, IfChangedNode)


class Loader(cached.Loader):
    """Keeps each template once for each language."""

    def __init__(self, engine: Any, loaders: Any) -> None:
        super().__init__(engine, loaders)
        self._lock = RLock()
        self._under_way: set[int] = set()

    def cache_key(self, template_name: str, skip: Any = None) -> str:
        return f"{get_language()} {super().cache_key(template_name, skip)}"

    def get_template(self, template_name: str, skip: Any = None) -> Template:
        known = self.get_template_cache.get(self.cache_key(template_name, skip))
        if getattr(known, "is_folded", False):
            return known  # type: ignore[no-any-return]
        with self._lock:
            template: Template = super().get_template(template_name, skip)
            if not getattr(template, "is_folded", False) and id(template) not in self._under_way:
                self._under_way.add(id(template))
                self._fold(template.nodelist)
                self._under_way.discard(id(template))
                template.is_folded = True
            return template

    def _fold(self, nodes: NodeList) -> None:
        """In place, also all that is inside; neighbouring texts become one."""
        kept: list[Node] = []
        for node in self._spread(nodes):
            text = _constant(node)
            if text is None:
                kept.append(node)
            elif kept and isinstance(kept[-1], TextNode):
                kept[-1] = TextNode(kept[-1].s + text)
            elif text:
                kept.append(TextNode(text))
        if len(kept) > 1 and not any(isinstance(node, ExtendsNode) for node in kept):  # Django looks for that one
            kept = [Together(kept, annotated=self.engine.debug)]
        nodes[:] = kept

    def _spread(self, nodes: NodeList) -> Iterator[Node]:
        """The nodes folded inside, with those of included templates in their place."""
        for node in nodes:
            if isinstance(node, IncludeNode):
                included = self._included(node)
                if included is None:
                    yield node
                elif node.extra_context:
                    yield Included(included, node.extra_context)
                else:
                    for one in included:
                        yield from one.nodes if isinstance(one, Together) else (one,)
                continue
            for inside in _inside(node):
                self._fold(inside)
            if isinstance(node, IfNode):
                node.conditions_nodelists = [(_test(condition), then) for condition, then in node.conditions_nodelists]
            yield _quicker(node)

    def _included(self, node: IncludeNode) -> NodeList | None:
        if node.isolated_context or not _is_literal(node.template) or node.template.var.startswith("."):
            return None
        template = self.engine.get_template(node.template.var)
        nodes: NodeList = template.nodelist
        if not getattr(template, "is_folded", False) or any(nodes.get_nodes_by_type(kind) for kind in STATEFUL):
            return None  # includes itself, or means something else in another place
        return nodes


class Together(Node):
    """Nodes that follow each other. `annotated`: errors say where in the template they arose."""

    child_nodelists = ("nodes",)

    def __init__(self, nodes: list[Node], *, annotated: bool) -> None:
        self.nodes = NodeList(nodes)
        self.parts = [
            "".join(node.s) if isinstance(node, TextNode) else node.render_annotated if annotated else node.render
            for node in nodes
        ]

    def render(self, context: Context) -> str:
        return "".join([part if type(part) is str else part(context) for part in self.parts])

    render_annotated = render


class Lookup:
    """`name.name.name`, found without exceptions and without calls."""

    def __init__(self, variable: Variable) -> None:
        self.first, *self.rest = variable.lookups
        self.is_odd = self.first in OWN_NAMES

    def find(self, context: Context) -> Any:
        if self.is_odd:
            return UNKNOWN
        for values in reversed(context.dicts):
            if self.first in values:
                value = values[self.first]
                break
        else:
            return NOTHING
        for name in self.rest:
            kind = type(value)
            if kind is dict:
                if name not in value:
                    return UNKNOWN if name.isdigit() or hasattr(dict, name) else NOTHING
                value = value[name]
            elif hasattr(kind, "__getitem__"):
                return UNKNOWN
            else:
                value = getattr(value, name, UNKNOWN)
                if value is UNKNOWN:
                    return UNKNOWN
        return UNKNOWN if callable(value) else value


class Shown(Node):
    """`{{ … }}` of a plain lookup."""

    def __init__(self, node: VariableNode) -> None:
        self.node = node
        self.token, self.origin = node.token, node.origin
        self.lookup = Lookup(node.filter_expression.var)

    def render_annotated(self, context: Context) -> str:
        value = self.lookup.find(context)
        if type(value) is str:
            return _escaped(value) if context.autoescape else value
        if type(value) is int and -GROUPED < value < GROUPED:
            return str(value)
        if value is NOTHING:
            return context.template.engine.string_if_invalid and self.node.render_annotated(context)
        return self.node.render_annotated(context)

    render = render_annotated


class Address(Node):
    """`{% url "name" … %}` with arguments by place."""

    def __init__(self, node: URLNode) -> None:
        self.name, self.args = node.view_name.var, node.args
        self.token, self.origin = node.token, node.origin

    def render(self, context: Context) -> str:
        address = reverse(self.name, args=[arg.resolve(context) for arg in self.args])
        return _escaped(address) if context.autoescape else address


def _escaped(text: str) -> str:
    """Most texts of a page hold nothing to escape: one look instead of five replacements."""
    return html.escape(text) if _TO_ESCAPE(text) else text


_TO_ESCAPE = re.compile("[&<>\"']").search


class Test:
    """A name in `{% if %}`."""

    def __init__(self, literal: TemplateLiteral) -> None:
        self.literal = literal
        self.lookup = Lookup(literal.value.var)

    def eval(self, context: Context) -> Any:
        value = self.lookup.find(context)
        if value is NOTHING:
            return None
        return self.literal.eval(context) if value is UNKNOWN else value


class Included(Node):
    """`{% include "name" with … %}` of a template that is known."""

    def __init__(self, nodelist: NodeList, extra: dict[str, Any]) -> None:
        self.nodelist, self.extra = nodelist, extra

    def render(self, context: Context) -> str:
        with context.push(**{name: value.resolve(context) for name, value in self.extra.items()}):
            return self.nodelist.render(context)


def _constant(node: Node) -> str | None:
    """What the node always renders to in this language; None where that depends on the page."""
    match node:
        case TextNode():
            return node.s
        case CommentNode() | LoadNode():
            return ""
        case TranslateNode() if not node.asvar and _is_text(node.filter_expression):
            settled = node.message_context is None or _is_literal(node.message_context)
            return node.render(Context()) if settled else None
        case URLNode() if not (node.asvar or node.args or node.kwargs) and _is_literal(node.view_name):
            return node.render(Context())
        case StaticNode() if not node.varname and _is_literal(node.path):
            return node.render(Context())
    return None


def _quicker(node: Node) -> Node:
    match node:
        case VariableNode() if type(node) is VariableNode and _is_plain(node.filter_expression):
            return Shown(node)
        case URLNode() if not (node.asvar or node.kwargs) and _is_literal(node.view_name):
            return Address(node)
    return node


def _test(condition: Any) -> Any:
    """The condition with its plain names found quickly."""
    if isinstance(condition, TemplateLiteral):
        return Test(condition) if _is_plain(condition.value) else condition
    if isinstance(condition, TokenBase):
        for side in ("first", "second"):
            if getattr(condition, side, None) is not None:
                setattr(condition, side, _test(getattr(condition, side)))
    return condition


def _is_plain(expression: Any) -> bool:
    variable = expression.var
    return (
        not expression.filters and isinstance(variable, Variable) and bool(variable.lookups) and not variable.translate
    )


def _is_literal(expression: Any) -> bool:
    """A text in quotes, not translated, without filters."""
    return not expression.filters and isinstance(expression.var, str)


def _is_text(expression: Any) -> bool:
    """The same for `{% translate %}`, which makes a variable of it."""
    return not expression.filters and isinstance(expression.var, Variable) and expression.var.literal is not None


def _inside(node: Node) -> Iterator[NodeList]:
    if isinstance(node, IfNode):
        yield from (nodes for _condition, nodes in node.conditions_nodelists)
        return
    for name in node.child_nodelists:
        nodes = getattr(node, name, None)
        if isinstance(nodes, NodeList):
            yield nodes
