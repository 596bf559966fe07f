"""Laying out: a form and what was filled in become a sheet; what somebody may not see is hidden on show."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from yinuo.domain.conditions import is_empty
from yinuo.domain.documents.model import Book, Form, Line, Row, Section, Sheet
from yinuo.domain.documents.printing import Printer
from yinuo.domain.documents.reading import WHOLE
from yinuo.domain.procedure.model import Field, Step
from yinuo.domain.reading import Text
from yinuo.domain.redaction import mask, mask_text

WIDE = ("longtext", "log")
WIDE_FROM = 36
"""A text of so many characters takes the whole width."""


def lay_out(
    form: Form,
    book: Book,
    fields: Mapping[str, Field],
    values: Mapping[str, Any],
    printer: Printer,
    facts: tuple[tuple[str, str], ...] = (),
) -> Sheet:
    """`fields` are the procedure's, which say more than the book's; `facts` stand under the title. What neither the
    procedure nor the ticket can ever say is left out: a blank would read as something not done."""
    sections = []
    for section in form.sections:
        rows = [named for row in section.rows if (named := _named(row, fields, values))]
        if rows:
            lines = tuple(_line(row, book, fields, values, printer) for row in rows)
            sections.append((printer.say(section.title), lines))
    return Sheet(
        title=printer.say(form.title),
        language=printer.language,
        sections=tuple(sections),
        signatures=tuple(printer.say(text) for text in form.signatures),
        facts=facts,
        source=form.source,
    )


def form_of_step(key: str, title: Text, step: Step) -> Form:
    """A form for a document that the book does not know: the fields of the step that puts it out, in their order."""
    rows = tuple(Row(field.name) for field in step.fields)
    return Form(key, title, step.source, (Section(step.title, rows),))


def _named(row: Row, fields: Mapping[str, Field], values: Mapping[str, Any]) -> Row | None:
    """The row by the field that says it here: the first that stands, else the first that may come to stand."""
    names = row.sources or (row.field,)
    possible = [name for name in names if name in fields or name in values]
    if not possible:
        return row if row.empty.zh else None
    return replace(row, field=next((name for name in possible if not is_empty(values.get(name))), possible[0]))


def _line(row: Row, book: Book, fields: Mapping[str, Field], values: Mapping[str, Any], printer: Printer) -> Line:
    field = field_named(row.field, book, fields)
    value = values.get(row.field)
    label = printer.say(row.label) if row.label.zh else printer.say(field.label)
    if field.type == "log":
        return Line(row.field, label, wide=True, mask="text", entries=printer.log(value))
    text = printer.value(field, value, row.show)
    hidden = row.mask or (book.fields[row.field].masked if row.field in book.fields else "") or field.masked
    if hidden == WHOLE:
        hidden = ""
    elif not hidden and field.type in ("text", "longtext"):
        hidden = "text"
    if is_empty(value):
        text, hidden = printer.say(row.empty), ""
    return Line(row.field, label, text, hidden, wide=field.type in WIDE or len(text) >= WIDE_FROM)


def field_named(name: str, book: Book, fields: Mapping[str, Field]) -> Field:
    """How a field is labelled and printed; one that nobody knows goes by its name."""
    known, general = fields.get(name), book.fields.get(name)
    if known is None:
        return general or Field(name, Text(name, name))
    if general is not None and not known.choices and general.choices:
        return replace(known, choices=general.choices, type=general.type if known.type == "text" else known.type)
    if general is not None and known.choices:  # the ticket may hold the desk's value until the step has set its own
        own = {choice.value for choice in known.choices}
        further = tuple(choice for choice in general.choices if choice.value not in own)
        return replace(known, choices=(*known.choices, *further))
    return known


def shown(sheet: Sheet, *, unmasked: bool) -> Sheet:
    """The sheet as somebody may see it."""
    if unmasked:
        return sheet
    return replace(sheet, sections=tuple((title, tuple(map(_hidden, lines))) for title, lines in sheet.sections))


def _hidden(line: Line) -> Line:
    if not line.mask:
        return line
    hide: Callable[[str], str] = mask_text if line.mask == "text" else lambda text: mask(line.mask, text)
    return replace(
        line,
        text=hide(line.text) if line.text else "",
        entries=tuple((at, by, mask_text(text)) for at, by, text in line.entries),
    )
