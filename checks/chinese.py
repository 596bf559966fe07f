"""Simplified Chinese, complete and first."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from checks.house import Fault, House, Module, rule, strings
from checks.messages import Entry, Text, entries, in_python, in_template, visible

LANGUAGE = "zh_Hans"
HANZI = re.compile(r"[\u4e00-\u9fff]")
BLANK = re.compile(r"%\((\w+)\)[a-z]|%[sd]|(?<!\{)\{(\w*)(?::[^}]*)?\}(?!\})")
LATIN = re.compile(r"[A-Za-z][A-Za-z'’-]+")
HALF_WIDTH = re.compile(
    r"(?<=[\u4e00-\u9fff])[,;:?!](?!//)|(?<=[\u4e00-\u9fff])\.(?=\s|$|[\u4e00-\u9fff])|\(\s*[\u4e00-\u9fff]"
)
MARKUP = re.compile(
    r"<[^>]+>|\byinuo [a-z]+(?: [a-z]+)?|&\w+;|\S+@\S+|https?://\S+|\b[\w-]+\.(?:com|cn|org|example|test)\b"
)
BOTH = frozenset(Path(__file__).with_name("words.txt").read_text(encoding="utf-8").split())
"""Words that stand as they are in Chinese sentences: abbreviations, keys, names."""


def _said(house: House) -> Iterator[Text]:
    for module in house.modules("src/"):
        for text in in_python(module):
            if isinstance(text, Text):
                yield text
    for source in house.templates(suffixes=(".html", ".txt")):
        yield from in_template(source)


@rule("DESIGN 6, Language: Simplified Chinese complete and first")
def chinese_is_complete(house: House) -> Iterator[Fault]:
    """Every text that Python files and templates hand to gettext has a Chinese translation."""
    known = {(entry.context, entry.msgid) for entry in entries(house, LANGUAGE) if entry.said and all(entry.said)}
    missing: dict[tuple[str | None, str], Text] = {}
    for text in _said(house):
        if (text.context, text.msgid) not in known:
            missing.setdefault((text.context, text.msgid), text)
    for (context, msgid), text in missing.items():
        with_context = f" (context {context!r})" if context else ""
        yield Fault(text.path, text.line, f"no Chinese for {msgid!r}{with_context}", msgid)


@rule("DESIGN 6, Language: msgids in plain English")
def texts_are_constants(house: House) -> Iterator[Fault]:
    """What is translated is a constant in plain English with named blanks, never put together before."""
    for module in house.modules("src/"):
        for text in in_python(module):
            if not isinstance(text, Text):
                yield module.fault(text[0], text[1])
            elif HANZI.search(text.msgid):
                yield Fault(module.path, text.line, f"the msgid {text.msgid!r} is Chinese", text.msgid)


@rule("DESIGN 6, Language: never an English leftover; docs/frontend.md: full-width punctuation")
def chinese_is_chinese(house: House) -> Iterator[Fault]:
    """A translation is Chinese, keeps the blanks of its text, has full-width punctuation and no English leftover."""
    for entry in entries(house, LANGUAGE):
        for said in entry.said:
            for wrong in _wrong(entry, said):
                yield Fault(entry.path, entry.line, f"{entry.msgid!r} is {said!r}: {wrong}", entry.msgid)


def _wrong(entry: Entry, said: str) -> Iterator[str]:
    wanted = {match.group() for match in BLANK.finditer(entry.plural or entry.msgid)}
    given = {match.group() for match in BLANK.finditer(said)}
    also = {match.group() for match in BLANK.finditer(entry.msgid)}
    if given - wanted - also or (wanted & also) - given:
        yield "other blanks"
    bare = BLANK.sub(" ", MARKUP.sub(" ", said))
    left = [word for word in LATIN.findall(bare) if word.strip("'-") not in BOTH]
    if left:
        yield f"English leftover: {', '.join(left)}"
    if not HANZI.search(said) and re.search(r"[A-Za-z]{2}", bare) and left:
        yield "not Chinese"
    found = HALF_WIDTH.search(bare)
    if found:
        yield f"half-width {found.group()}"


@rule("DESIGN 6, Language: Simplified Chinese complete and first")
def translations_are_used(house: House) -> Iterator[Fault]:
    """A translation that nothing says any more is taken out."""
    said = {(text.context, text.msgid) for text in _said(house)}
    for entry in entries(house, LANGUAGE):
        if (entry.context, entry.msgid) not in said:
            yield Fault(entry.path, entry.line, f"{entry.msgid!r} is said nowhere", entry.msgid, warning=True)


@rule("DESIGN 6, Language: msgids in plain English through gettext")
def screens_say_by_gettext(house: House) -> Iterator[Fault]:
    """A template shows no text of its own, in English or Chinese, and Python files of the web no Chinese."""
    for source in house.templates():
        for line, text in visible(source):
            words = [word for word in LATIN.findall(MARKUP.sub(" ", text)) if word not in BOTH]
            if words or HANZI.search(text):
                yield Fault(source.path, line, f"not translated: {' '.join(text.split())[:60]}")
    for module in house.modules("src/yinuo/web/", "src/yinuo/api/"):
        yield from _chinese_in(module)


def _chinese_in(module: Module) -> Iterator[Fault]:
    for node, text in strings(module.nodes):
        if HANZI.search(text) and isinstance(node, ast.Constant):
            yield module.fault(node, f"Chinese in Python: {text[:30]!r}")
