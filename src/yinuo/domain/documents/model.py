"""Forms, registers and the sheets that come of them: immutable values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from yinuo.domain.procedure.model import NO_TEXT, Field
from yinuo.domain.reading import Text

SHOWS = ("", "day", "words", "passed", "number")
"""How a value is printed: an instant to its day, a score in words or as a bare number, a yes as passed."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a form: the field, and what differs from how the field itself says it. `sources`: the fields that say
    it in one procedure or another, the first that stands is printed."""

    field: str
    sources: tuple[str, ...] = ()
    label: Text = NO_TEXT
    show: str = ""
    mask: str = ""
    empty: Text = NO_TEXT


@dataclass(frozen=True, slots=True)
class Section:
    title: Text
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """A document of the handbook. `always`: there is one for every ticket, no step has to name it."""

    key: str
    title: Text
    source: str = ""
    sections: tuple[Section, ...] = ()
    signatures: tuple[Text, ...] = ()
    always: bool = False

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(row for section in self.sections for row in section.rows)

    @property
    def fields(self) -> frozenset[str]:
        """Every field that stands on it."""
        return frozenset(name for row in self.rows for name in (row.field, *row.sources))


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a register: the first of `sources` that stands, or all of `join`, each with its label."""

    key: str
    label: Text
    sources: tuple[str, ...]
    join: tuple[str, ...] = ()
    show: str = ""
    empty: Text = NO_TEXT


@dataclass(frozen=True, slots=True)
class Register:
    """A register of H chapter 3; its rows are the tickets of `scenarios` and, with `orders`, the orders of the house: a
    ticket about one of these stands in its order's row."""

    key: str
    title: Text
    scenarios: tuple[str, ...]
    columns: tuple[Column, ...]
    orders: bool = False


@dataclass(frozen=True)
class Book:
    """All forms and registers, and the fields that they may name beside those of the procedures."""

    fields: Mapping[str, Field]
    forms: Mapping[str, Form]
    registers: Mapping[str, Register]

    def form_for(self, key: str, title: Text) -> Form | None:
        """The form that a step means: named by its key, else by the handbook's name of it."""
        named = self.forms.get(key)
        if named is not None and named.title.zh == title.zh:
            return named
        return next((form for form in self.forms.values() if form.title.zh == title.zh), named)

    @property
    def standing(self) -> Iterable[Form]:
        """Those that every ticket has."""
        return [form for form in self.forms.values() if form.always]


@dataclass(frozen=True, slots=True)
class Line:
    """A filled-in line. `text` is printed whole, `mask` says how it is hidden from who may not see it; `entries`
    are those of a log: instant, by whom, what."""

    field: str
    label: str
    text: str = ""
    mask: str = ""
    wide: bool = False
    entries: tuple[tuple[str, str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        raw: dict[str, Any] = {"field": self.field, "label": self.label}
        if self.text:
            raw["text"] = self.text
        if self.mask:
            raw["mask"] = self.mask
        if self.wide:
            raw["wide"] = True
        if self.entries:
            raw["entries"] = [list(entry) for entry in self.entries]
        return raw


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document filled in, in one language; plain JSON both ways. `facts` stand under the title."""

    title: str
    language: str
    sections: tuple[tuple[str, tuple[Line, ...]], ...]
    signatures: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    source: str = field(default="")

    def to_json(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "language": self.language,
            "source": self.source,
            "facts": [list(fact) for fact in self.facts],
            "sections": [
                {"title": title, "lines": [line.to_json() for line in lines]} for title, lines in self.sections
            ],
            "signatures": list(self.signatures),
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Sheet":
        """The inverse of `to_json`."""
        return cls(
            title=raw["title"],
            language=raw["language"],
            source=raw.get("source", ""),
            facts=tuple((label, text) for label, text in raw.get("facts", ())),
            sections=tuple(
                (section["title"], tuple(_line(line) for line in section["lines"])) for section in raw["sections"]
            ),
            signatures=tuple(raw.get("signatures", ())),
        )


def _line(raw: Mapping[str, Any]) -> Line:
    return Line(
        raw["field"],
        raw["label"],
        raw.get("text", ""),
        raw.get("mask", ""),
        raw.get("wide", False),
        tuple((at, by, text) for at, by, text in raw.get("entries", ())),
    )
