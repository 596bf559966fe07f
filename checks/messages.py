"""The texts that screens say: every msgid of Python files and templates, and what the catalogues make of them."""

import ast
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.pofile import read_po
from django.template.base import Lexer, TokenType
from django.utils.translation import trim_whitespace
from django.utils.translation.template import block_re, constant_re, endblock_re, inline_re, plural_re

from checks.house import House, Module, Source, dotted

CALLS = {
    "gettext": (None, 0), "gettext_lazy": (None, 0), "gettext_noop": (None, 0), "ugettext": (None, 0),
    "ngettext": (None, 0), "ngettext_lazy": (None, 0), "pgettext": (0, 1), "pgettext_lazy": (0, 1),
    "npgettext": (0, 1), "npgettext_lazy": (0, 1),
}  # fmt: skip
"""Function → positions of context and msgid."""


@dataclass(frozen=True)
class Text:
    """A msgid where it is said."""

    path: str
    line: int
    context: str | None
    msgid: str


@dataclass(frozen=True)
class Entry:
    """A msgid with its translation where a catalogue has it; `plural` where it counts something."""

    path: str
    line: int
    context: str | None
    msgid: str
    said: tuple[str, ...]
    plural: str = ""


def in_python(module: Module) -> Iterator[Text | tuple[ast.Call, str]]:
    """Each text of a Python file; a call with a reason where the text is no constant but is put together."""
    for node in module.nodes:
        if not isinstance(node, ast.Call):
            continue
        called = dotted(node.func)
        first, _, rest = called.partition(".")
        name = f"{module.imported.get(first, first)}.{rest}" if rest else module.imported.get(called, "")
        if not name.startswith("django.utils.translation."):
            continue
        places = CALLS.get(name.rpartition(".")[2])
        if places is None or len(node.args) <= places[1]:
            continue
        context = None if places[0] is None else _constant(node.args[places[0]])
        msgid = _constant(node.args[places[1]])
        if msgid:
            yield Text(module.path, node.lineno, context, msgid)
        elif isinstance(node.args[places[1]], ast.JoinedStr | ast.BinOp):
            yield node, "put together before it is translated"


def _constant(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def in_template(source: Source) -> Iterator[Text]:
    """Each text of a template, as Django looks it up."""
    block: list[str] | None = None
    head, line, is_plural, in_comment = "", 0, False, False
    for token in Lexer(source.text).tokenize():
        kind, contents = token.token_type, token.contents
        if in_comment:
            in_comment = not (kind == TokenType.BLOCK and contents == "endcomment")
        elif block is not None:
            if kind == TokenType.BLOCK and endblock_re.match(contents):
                whole = "".join(block)
                is_trimmed = re.search(r"\btrimmed\b", head) is not None
                yield Text(source.path, line, _context(head), trim_whitespace(whole) if is_trimmed else whole)
                block, is_plural = None, False
            elif kind == TokenType.BLOCK and plural_re.match(contents):
                is_plural = True
            elif not is_plural:
                block.append(f"%({contents})s" if kind == TokenType.VAR else contents.replace("%", "%%"))
        elif kind == TokenType.BLOCK:
            if contents.split(" ")[0] == "comment":
                in_comment = True
            elif block_re.match(contents):
                block, head, line = [], contents, token.lineno
            elif inline_re.match(contents):
                msgid = inline_re.match(contents)[1][1:-1].replace("%", "%%")  # type: ignore[index]
                yield Text(source.path, token.lineno, _context(contents), msgid)
            if not block_re.match(contents):
                yield from _constants(source, token.lineno, contents)
        elif kind == TokenType.VAR:
            yield from _constants(source, token.lineno, contents)


def _context(head: str) -> str | None:
    found = re.search(r"\bcontext\s+(\"[^\"]*\"|'[^']*')", head)
    return found[1][1:-1] if found else None


def _constants(source: Source, line: int, contents: str) -> Iterator[Text]:
    for found in constant_re.findall(contents):
        yield Text(source.path, line, None, found[1:-1].replace("%", "%%"))


def entries(house: House, language: str) -> list[Entry]:
    """Every translation of a language, from the whole catalogue and its parts."""
    found: list[Entry] = []
    folder = Path("src/yinuo/locale") / language
    for source in house.sources(".po", under=folder.as_posix()):
        with (house.root / source.path).open("rb") as file:
            for message in read_po(file, locale=language, charset="utf-8"):
                if not message.id:
                    continue
                ids = (message.id,) if isinstance(message.id, str) else tuple(message.id)
                said = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
                plural = ids[1] if len(ids) > 1 else ""
                found.append(Entry(source.path, message.lineno or 1, message.context, ids[0], said, plural))
    return found


TAG = re.compile(
    r"<[a-zA-Z][\w-]*(?:[^<>\"']|\"[^\"]*\"|'[^']*')*(?:>|(?=<))|</[\w-]+>|<!--.*?-->|<!\w[^>]*>", re.DOTALL
)
SHOWN = re.compile(
    r"\b(?P<name>title|placeholder|alt|aria-label|aria-description|data-th|data-confirm|data-confirm-label|"
    r"data-key-label|label)=(?:\"(?P<value>[^\"]*)\"|'(?P<value_2>[^']*)')"
)
UNSEEN = re.compile(r"<(script|style|template)\b[^>]*>.*?</\1>", re.DOTALL)


def visible(source: Source) -> Iterator[tuple[int, str]]:
    """Line and text of everything a template shows without translating it: text between tags and shown attributes."""
    text = UNSEEN.sub(_blank, _without_tags_of_django(source.text))
    for tag in TAG.finditer(text):
        for match in SHOWN.finditer(tag.group()):
            value = match["value"] if match["value"] is not None else match["value_2"]
            yield source.line_at(tag.start() + match.start()), html.unescape(value)
    bare = TAG.sub(_blank, text)
    for found in re.finditer(r"[^\n]+", bare):
        if found.group().strip():
            yield source.line_at(found.start()), html.unescape(found.group())


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())


def _without_tags_of_django(text: str) -> str:
    text = re.sub(r"\{%\s*comment\b.*?endcomment\s*%\}", _blank, text, flags=re.DOTALL)
    text = re.sub(r"\{%\s*block \w*(?:class|width)\w*\s*%\}.*?\{%\s*endblock", _blank, text, flags=re.DOTALL)
    text = re.sub(r"\{%\s*blocktrans.*?endblocktrans\w*\s*%\}", _blank, text, flags=re.DOTALL)
    text = re.sub(r"\{#.*?#\}", _blank, text)
    return re.sub(r"\{%.*?%\}|\{\{.*?\}\}", _blank, text, flags=re.DOTALL)
