"""Templates compiled once a language, with what is the same on every page written down beforehand.

Rendering was more than half of a page's cost. Four things make it cheap without another template language:

* words to translate, addresses without arguments and names of static files become plain text when a template is first
  loaded in a language;
* `{% include "name" %}` is carried out then, not each time;
* addresses with arguments are kept (`web.addresses`);
* nodes that follow each other become one Python function, in which plain lookups (`{{ row.number }}`,
  `{% if row.deadline %}`) of values in dictionaries and dataclasses go straight to the value (`web.written`). Whatever
  is not that simple (filters, calls, lazy texts, numbers in their local form) goes Django's way.

The output is the same to the byte (tests/web/test_folding.py).
"""

from collections.abc import Iterator
from threading import RLock
from typing import Any

from django.template import Context
from django.template.base import Node, NodeList, Template, TextNode, Variable
from django.template.defaulttags import (
    CommentNode,
    CycleNode,
    IfChangedNode,
    IfNode,
    LoadNode,
    URLNode,
)
from django.template.loader_tags import BlockNode, ExtendsNode, IncludeNode
from django.template.loaders import cached
from django.templatetags.i18n import TranslateNode
from django.templatetags.static import StaticNode
from django.utils.translation import get_language

from yinuo.web.written import Address, Included, Together

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
        if not all(isinstance(node, (TextNode, ExtendsNode)) for node in kept) and not self.engine.debug:
            kept = [Together(kept)]
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
            is_address = isinstance(node, URLNode) and not (node.asvar or node.kwargs) and _is_literal(node.view_name)
            yield Address(node) if is_address else node

    def _included(self, node: IncludeNode) -> NodeList | None:
        if node.isolated_context or not _is_literal(node.template) or node.template.var.startswith("."):
            return None
        template = self.engine.get_template(node.template.var)
        nodes: NodeList = template.nodelist
        if not getattr(template, "is_folded", False) or any(nodes.get_nodes_by_type(kind) for kind in STATEFUL):
            return None  # includes itself, or means something else in another place
        return nodes


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
