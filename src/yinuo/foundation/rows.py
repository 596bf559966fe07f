"""Rows put down together: decided one by one while a service runs, written in one round trip.

The ORM's cost, not the database's, is what a busy door pays (DESIGN section 4). Here a row is a model instance that
is never `save()`d: `insert` and `update` collect, `flush` writes everything collected in the order it came, one
prepared statement for each table and shape, all in one pipeline. A service flushes at its end; whoever reads by the
ORM what may still be collected flushes first.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import psycopg
from django.db import connection, models
from django.db.models import Model
from django.db.models.expressions import DatabaseDefault
from psycopg.types.json import Jsonb

from yinuo.foundation.encryption import EncryptedText
from yinuo.foundation.pending import Pending, pending

AT_ONCE_MOST = 500
"""Rows of one statement: parameters are counted in 16 bits."""


@dataclass(frozen=True)
class Change:
    """Columns of a row that is there already."""

    row: Model
    fields: tuple[str, ...]


def insert(*rows: Model) -> None:
    """New rows of the running service, written at its end or by `flush`."""
    pending().collected.extend(rows)


def update(row: Model, *fields: str) -> None:
    """The named columns of a row that this service has locked, as the instance has them when they are written."""
    pending().collected.append(Change(row, fields))


def flush() -> None:
    """Writes what the running service has collected so far."""
    write(pending())


def write(mine: Pending) -> None:
    """In one pipeline; afterwards the instances are as if saved. Raises Django's database errors."""
    if not mine.collected:
        return
    rows, mine.collected = mine.collected, []
    connection.ensure_connection()
    with connection.wrap_database_errors:
        cursor = psycopg.Cursor(connection.connection)
        with connection.connection.pipeline():
            for statement, values in _statements(rows):
                cursor.execute(statement, values, prepare=True)
    for row in rows:
        if isinstance(row, Model):
            row._state.adding = False
            row._state.db = connection.alias


def _statements(rows: Iterable[Model | Change]) -> Iterable[tuple[str, list[Any]]]:
    new: dict[type[Model], list[Model]] = {}
    changes: list[Change] = []
    for row in rows:
        if isinstance(row, Change):
            changes.append(row)
        else:
            new.setdefault(type(row), []).append(row)
    for model, group in new.items():
        columns = _columns(model)
        for start in range(0, len(group), AT_ONCE_MOST):
            part = group[start : start + AT_ONCE_MOST]
            values = [convert(getattr(row, name)) for row in part for name, convert in columns]
            yield _insert(model, len(part)), values
    for change in changes:
        columns = _columns_named(type(change.row), change.fields)
        values = [convert(getattr(change.row, name)) for name, convert in columns]
        yield _update(type(change.row), change.fields), [*values, change.row.pk]


Convert = Callable[[Any], Any]


@cache
def _columns(model: type[Model]) -> tuple[tuple[str, Convert], ...]:
    return tuple((field.attname, _converter(field)) for field in _written(model))


@cache
def _columns_named(model: type[Model], names: tuple[str, ...]) -> tuple[tuple[str, Convert], ...]:
    fields = [model._meta.get_field(name) for name in names]
    return tuple((field.attname, _converter(field)) for field in fields)


def _written(model: type[Model]) -> list[models.Field]:
    """Columns whose value is the application's: not those that the database fills in by itself."""
    return [
        field
        for field in model._meta.concrete_fields
        if field.column and not field.generated and not field.has_db_default()
    ]


def _converter(field: models.Field) -> Convert:
    if isinstance(field, EncryptedText):
        return field.get_prep_value
    if isinstance(field, models.JSONField):
        return _json
    if isinstance(field, models.ForeignKey | models.OneToOneField):
        return _as_it_is
    if type(field) in _PLAIN:
        return _as_it_is
    return partial(field.get_db_prep_save, connection=connection)


_PLAIN = frozenset(
    {
        models.UUIDField, models.TextField, models.BooleanField, models.SmallIntegerField, models.IntegerField,
        models.BigIntegerField, models.DateTimeField, models.DateField, models.DurationField, models.BinaryField,
        models.FloatField,
    }
)  # fmt: skip
"""Fields whose Python value psycopg puts down as it is."""


def _json(value: Any) -> Any:
    return None if value is None else Jsonb(value, dumps=_dumps)


_dumps = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))


def _as_it_is(value: Any) -> Any:
    if isinstance(value, DatabaseDefault):
        raise TypeError("left to the database: such a column is not written here")
    return value


@cache
def _insert(model: type[Model], count: int) -> str:
    fields = _written(model)
    names = ", ".join(f'"{field.column}"' for field in fields)
    places = ", ".join(["%s"] * len(fields))
    return f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ' + ", ".join([f"({places})"] * count)  # noqa: S608 - names of our own models


@cache
def _update(model: type[Model], names: tuple[str, ...]) -> str:
    columns = ", ".join(f'"{model._meta.get_field(name).column}" = %s' for name in names)
    key = model._meta.pk.column
    return f'UPDATE "{model._meta.db_table}" SET {columns} WHERE "{key}" = %s'  # noqa: S608 - names of our own models
