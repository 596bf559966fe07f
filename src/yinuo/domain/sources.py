"""Where a promise comes from, in words: `R-CP-1` is a row of our requirements, `H2.4.1` a chapter of a handbook.

The words are data (`packs/sources.yaml`); this module reads text that it is given. What stands in neither list is said
as it was written: a house may name sources of its own.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from yinuo.domain.reading import Reader, Text
from yinuo.domain.strict_yaml import parse_yaml

_CHAPTER = re.compile(r"([A-Z])(\d+(?:\.\d+)*)?\Z")


@dataclass(frozen=True, slots=True)
class Book:
    """A handbook; one in slides has no chapters, its slides are counted."""

    name: Text
    slides: bool = False

    def at(self, numbers: list[str]) -> Text:
        """The book and the places in it."""
        zh, en = "、".join(numbers), ", ".join(numbers)
        if self.slides and numbers:
            zh, en = f"第 {zh} 页", f"slide {en}"
        return Text(f"《{self.name.zh}》{zh}", f"{self.name.en} {en}".strip())


@dataclass(frozen=True, slots=True)
class Row:
    """What a row is about, and the chapters that it stands on."""

    name: Text
    chapters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """The handbooks by their letter, the rows by their id."""

    books: Mapping[str, Book]
    rows: Mapping[str, Row]

    def knows(self, source: str) -> bool:
        """Whether every part of `source` is a row or a chapter that is known."""
        return all(part in self.rows or self._chapter(part) is not None for part in _parts(source))

    def short(self, source: str) -> Text:
        """What `source` is about; a chapter with its handbook."""
        return self._said(source, self._name)

    def full(self, source: str) -> Text:
        """The same with the chapters of each row, as “Complaints, step 1 (Handbook 2.4)”."""
        return self._said(source, self._with_chapters)

    def _said(self, source: str, say: Callable[[str], Text]) -> Text:
        parts = _parts(source)
        if not any(map(self.knows, parts)):
            return Text(source, source)
        several = list(dict.fromkeys(map(say, parts)))
        return Text("；".join(one.zh for one in several), "; ".join(one.en for one in several))

    def _name(self, part: str) -> Text:
        row = self.rows.get(part)
        return row.name if row else self._chapter(part) or Text(part, part)

    def _with_chapters(self, part: str) -> Text:
        row = self.rows.get(part)
        if row is None:
            return self._name(part)
        by_book: dict[str, list[str]] = {}
        for chapter in row.chapters:
            by_book.setdefault(chapter[0], []).append(chapter[1:])
        books = [self.books[letter].at(numbers) for letter, numbers in by_book.items()]
        zh, en = "，".join(one.zh for one in books), "; ".join(one.en for one in books)
        return Text(f"{row.name.zh}（{zh}）", f"{row.name.en} ({en})")

    def _chapter(self, part: str) -> Text | None:
        found = _CHAPTER.match(part)
        book = self.books.get(found[1]) if found else None
        return book.at([found[2]] if found[2] else []) if found and book else None


def _parts(source: str) -> list[str]:
    return [part for part in map(str.strip, source.split(",")) if part]


def read_sources(text: str) -> Sources:
    """Raises `ReadingError` with every fault and its place, a row that stands on an unknown chapter among them."""
    top = Reader(parse_yaml(text, "sources.yaml"))
    top.mapping("books", "rows")
    books = {
        key: Book(_text(row, "zh", "en", "slides"), row.flag("slides")) for key, row in _entries(top.child("books"))
    }
    rows = {
        key: Row(_text(row, "zh", "en", "from"), tuple(_parts(row.word("from", required=True))))
        for key, row in _entries(top.child("rows"))
    }
    sources = Sources(books, rows)
    for key, row in _entries(top.child("rows")):
        for chapter in rows[key].chapters:
            if sources._chapter(chapter) is None:
                row.child("from").fault("bad_choice", value=chapter, allowed=", ".join(books))
    top.done()
    return sources


def _entries(parent: Reader) -> list[tuple[str, Reader]]:
    return [(key, parent.child(key)) for key in parent.value] if parent.mapping() else []


def _text(row: Reader, *known: str) -> Text:
    row.mapping(*known)
    return Text(row.word("zh", required=True), row.word("en", required=True))
