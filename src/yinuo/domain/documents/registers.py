"""Rows of a register: one cell for each printed column, in the printed order."""

from collections.abc import Mapping
from typing import Any

from yinuo.domain.conditions import is_empty
from yinuo.domain.documents.model import Book, Column, Register
from yinuo.domain.documents.printing import Printer
from yinuo.domain.documents.reading import WHOLE
from yinuo.domain.documents.sheets import field_named
from yinuo.domain.procedure.model import Field
from yinuo.domain.redaction import mask, mask_text


def fields_of(register: Register) -> frozenset[str]:
    """Every field that its columns may take."""
    return frozenset(name for column in register.columns for name in (*column.sources, *column.join))


def cells(
    register: Register,
    book: Book,
    fields: Mapping[str, Field],
    values: Mapping[str, Any],
    printer: Printer,
    *,
    unmasked: bool,
) -> list[str]:
    """The printed texts of one row."""
    return [_cell(column, book, fields, values, printer, unmasked) for column in register.columns]


def _cell(
    column: Column, book: Book, fields: Mapping[str, Field], values: Mapping[str, Any], printer: Printer, unmasked: bool
) -> str:
    parts = {name: _text(name, column, book, fields, values, printer, unmasked) for name in column.join}
    parts = {name: text for name, text in parts.items() if text}
    if parts.keys() - set(column.sources):
        colon = "：" if printer.language.startswith("zh") else ": "
        labels = {name: printer.say(field_named(name, book, fields).label) for name in parts}
        return "\n".join(f"{labels[name]}{colon}{text}" for name, text in parts.items())
    for name in column.sources:
        text = _text(name, column, book, fields, values, printer, unmasked)
        if text:
            return text
    return printer.say(column.empty)


def _text(
    name: str,
    column: Column,
    book: Book,
    fields: Mapping[str, Field],
    values: Mapping[str, Any],
    printer: Printer,
    unmasked: bool,
) -> str:
    value = values.get(name)
    if is_empty(value):
        return ""
    field = field_named(name, book, fields)
    text = printer.value(field, value, column.show)
    hidden = (book.fields[name].masked if name in book.fields else "") or field.masked
    if unmasked or hidden == WHOLE:
        return text
    if hidden:
        return mask(hidden, text)
    return mask_text(text) if field.type in ("text", "longtext", "log") else text
