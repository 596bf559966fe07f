"""Reads forms and registers from plain values; every fault is named with its place."""

from collections.abc import Mapping
from typing import Any

from yinuo.domain.documents.model import SHOWS, Book, Column, Form, Register, Row, Section
from yinuo.domain.procedure.model import FIELD_TYPES, MASKS, REF_KINDS, Choice, Field
from yinuo.domain.reading import NAME, Reader, Text

WHOLE = "none"
"""As a mask: printed whole."""


def read_book(raw: Mapping[str, Any]) -> Book:
    """Raises `ReadingError` with the path of every fault: a form that names an unknown field too."""
    top = Reader(raw, "documents")
    top.mapping("fields", "documents", "registers")
    book = Book(
        fields={name: _field(name, row) for name, row in top.child("fields").pairs()},
        forms={key: _form(key, row) for key, row in top.keyed("documents", "key")},
        registers={key: _register(key, row) for key, row in top.keyed("registers", "key")},
    )
    _check_names(top, book)
    top.done()
    return book


def _check_names(top: Reader, book: Book) -> None:
    named = {name: f"documents.{form.key}" for form in book.forms.values() for name in form.fields}
    for register in book.registers.values():
        for column in register.columns:
            named |= dict.fromkeys((*column.sources, *column.join), f"registers.{register.key}.{column.key}")
    for name, place in named.items():
        if name not in book.fields:
            Reader(None, place, top.faults).fault("bad_choice", value=name, allowed="fields")


def _field(name: str, row: Reader) -> Field:
    row.mapping("zh", "en", "type", "choices", "mask", "ref")
    return Field(
        name=name,
        label=_both(row),
        type=row.one_of("type", FIELD_TYPES, default="text"),
        choices=row.rows("choices", _choice),
        masked=row.one_of("mask", (*MASKS, WHOLE)),
        ref=row.one_of("ref", REF_KINDS),
    )


def _choice(row: Reader) -> Choice | None:
    if not row.mapping("value", "zh", "en"):
        return None
    return Choice(row.word("value", required=True), _both(row))


def _form(key: str, row: Reader) -> Form:
    row.mapping("key", "title", "source", "sections", "signatures", "always")
    return Form(
        key=key,
        title=row.text("title"),
        source=row.word("source"),
        sections=row.rows("sections", _section),
        signatures=row.texts("signatures"),
        always=row.flag("always"),
    )


def _section(row: Reader) -> Section | None:
    if not row.mapping("title", "rows"):
        return None
    return Section(row.text("title"), row.rows("rows", _row))


def _row(row: Reader) -> Row | None:
    if isinstance(row.value, str):
        if not NAME.match(row.value):
            row.fault("bad_name", value=row.value)
        return Row(row.value)
    if not row.mapping("field", "from", "zh", "en", "show", "mask", "empty"):
        return None
    return Row(
        field=row.name("field", required=True),
        sources=row.names("from"),
        label=Text(row.word("zh"), row.word("en")),
        show=row.one_of("show", SHOWS),
        mask=row.one_of("mask", (*MASKS, WHOLE)),
        empty=row.text("empty"),
    )


def _register(key: str, row: Reader) -> Register:
    row.mapping("key", "title", "scenarios", "orders", "columns")
    return Register(
        key=key,
        title=row.text("title"),
        scenarios=row.names("scenarios"),
        orders=row.flag("orders"),
        columns=tuple(_column(name, column) for name, column in row.keyed("columns", "key")),
    )


def _column(key: str, row: Reader) -> Column:
    row.mapping("key", "zh", "en", "from", "join", "show", "empty")
    return Column(
        key=key,
        label=_both(row),
        sources=row.names("from") or (key,),
        join=row.names("join"),
        show=row.one_of("show", SHOWS),
        empty=row.text("empty"),
    )


def _both(row: Reader) -> Text:
    return Text(row.word("zh", required=True), row.word("en", required=True))
