"""Rows of the database as lines of `COPY … FROM STDIN`, with blanks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db.models import Field, JSONField, Model
from django.db.models.fields import NOT_PROVIDED

from yinuo.config.demo.casting.pattern import FREE_TEXTS, Pattern, Slots, Unfit, Weaver
from yinuo.foundation.encryption import EncryptedJSON, EncryptedText
from yinuo.foundation.models import HistoryRow

NULL = "\\N"


def columns_of(model: type[Model]) -> list[str]:
    """What a COPY into the model's table names: what the database fills in by itself is left to it."""
    return [field.column for field in _fields(model)]


def _fields(model: type[Model]) -> list[Field[Any, Any]]:
    return [field for field in model._meta.concrete_fields if field.db_default is NOT_PROVIDED]


class Line:
    """Builds the pattern of one row. `special` columns are filled from the slot they name."""

    def __init__(self, weaver: Weaver, slots: Slots) -> None:
        self._weaver = weaver
        self._slots = slots
        self.concealed: list[tuple[int, Pattern]] = []
        """Slots of ciphers with the pattern of what they hide."""

    def of(self, row: Model, special: dict[str, int]) -> Pattern:
        texts: list[str] = []
        slots: list[int] = []
        for field in _fields(type(row)):
            if field.column in special:
                texts.append("%s")
                slots.append(special[field.column])
                continue
            pattern = self._cell(row, field)
            texts.append(pattern.text if pattern.slots else pattern.text.replace("%", "%%"))
            slots += pattern.slots
        return Pattern("\t".join(texts) + "\n", slots)

    def _cell(self, row: Model, field: Field) -> Pattern:
        value = getattr(row, field.attname)
        if value is None:
            return Pattern(NULL.replace("%", "%%"), ())
        if isinstance(field, EncryptedText):
            return self._hidden(row, field, value)
        if isinstance(field, JSONField):
            return self._shown(self._weaver.json(json.dumps(value, ensure_ascii=False)))
        match value:
            case UUID():
                slot = self._weaver.id(value)
                return _constant(str(value)) if slot is None else Pattern("%s", [slot])
            case datetime():
                return Pattern("%s", [self._weaver.instant(value)])
            case str():
                return self._shown(self._weaver.plain(value))
            case _:
                return _constant(plain(value, field))

    def _shown(self, pattern: Pattern) -> Pattern:
        """In clear in the database: no text of a person may stand there."""
        for slot in pattern.slots:
            if self._slots.keys[slot][0] in (*FREE_TEXTS, "json"):
                raise Unfit(f"{self._slots.keys[slot]} stands in clear")
        return Pattern(escaped(pattern.text if pattern.slots else pattern.text.replace("%", "%%")), pattern.slots)

    def _hidden(self, row: Model, field: EncryptedText, value: Any) -> Pattern:
        if not value:
            return _constant("\\\\x")
        text = field.dump(value)
        is_json = isinstance(field, EncryptedJSON) or field.model is HistoryRow
        pattern = self._weaver.json(text) if is_json else self._weaver.plain(text)
        slot = self._slots.of(("cipher", field.model.__name__, row.pk, field.column), "")
        self.concealed.append((slot, pattern))
        return Pattern("%s", [slot])


def _constant(text: str) -> Pattern:
    return Pattern(text.replace("%", "%%"), ())


def plain(value: Any, field: Field) -> str:
    """A value as COPY reads it."""
    match value:
        case bool():
            return "t" if value else "f"
        case int() | float():
            return repr(value)
        case timedelta():
            return f"{value.days} days {value.seconds}.{value.microseconds:06d} seconds"
        case bytes() | memoryview():
            return "\\\\x" + bytes(value).hex()
        case date():
            return value.isoformat()
        case list() | tuple() if isinstance(field, ArrayField):
            return "{" + ",".join(_element(one) for one in value) + "}"
    raise Unfit(f"{field.column} holds a {type(value).__name__}")


def _element(value: Any) -> str:
    return str(value) if isinstance(value, int) else '"' + escaped(str(value)).replace('"', '\\\\"') + '"'


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def hexed(sealed: bytes) -> str:
    """Bytes as COPY reads them."""
    return "\\\\x" + sealed.hex()


def line_of(values: Sequence[str]) -> str:
    return "\t".join(values) + "\n"
