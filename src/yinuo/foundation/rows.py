"""Rows put down together: decided one by one while a service runs, written in one statement and one round trip.

The ORM's cost, not the database's, is what a busy door pays (DESIGN section 4). Here a row is a model instance that
is never `save()`d: `insert` and `update` collect, `flush` writes everything collected as one prepared statement, a
data-modifying CTE for each table; new rows by the hundred go by COPY before it. A service flushes at its end; whoever
reads by the ORM what may still be collected flushes first.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import Any, TypeVar

import psycopg
from django.db import connection, models, transaction
from django.db.models import Model
from django.db.models.base import ModelState
from psycopg.pq import TransactionStatus

from yinuo.foundation.encryption import EncryptedText
from yinuo.foundation.pending import Pending, pending

Row = TypeVar("Row", bound=Model)
Convert = Callable[[Any], Any]

HEAP = 200
"""So many new rows of one table go by COPY."""
PARAMETERS = 60_000
"""Of one statement at most: PostgreSQL counts them in 16 bits."""


@dataclass(frozen=True)
class Change:
    """Columns of a row that is there already."""

    row: Model
    fields: tuple[str, ...]


def new(model: type[Row], **values: Any) -> Row:
    """An instance as `model(**values)` makes it, in a third of the time; `values` are named as columns are
    (`team_id`), each left out has its default. Raises TypeError for one that is no column."""
    if not values.keys() <= _names(model):
        raise TypeError(f"{model.__name__} has no columns {sorted(values.keys() - _names(model))}")
    row = model.__new__(model)
    row._state = ModelState()
    columns = row.__dict__
    for name, default, is_made in _defaults(model):
        columns[name] = default() if is_made and name not in values else default
    columns.update(values)
    return row


def insert(*rows: Model) -> None:
    """New rows of the running service, written at its end or by `flush`."""
    pending().collected.extend(rows)


def update(row: Model, *fields: str) -> None:
    """The named columns of a row that this service has locked, as the instance has them when they are written."""
    pending().collected.append(Change(row, fields))


def flush() -> None:
    """Writes what the running service has collected so far."""
    write(pending())


def write(mine: Pending, *, commit: bool = False) -> None:
    """In one round trip, with the commit where that is the end; afterwards the instances are as if saved. Raises
    Django's database errors."""
    if not mine.collected:
        return
    if mine.one_write:
        raise RuntimeError("these rows are to be written in one statement at the end: nothing may be flushed before")
    rows, mine.collected = mine.collected, []
    heaps, rest = _heaps(rows)
    statements = list(_statements(rest))
    if len(heaps) + len(statements) > 1 and not connection.in_atomic_block:
        with transaction.atomic():
            _copy(heaps)
            _send(statements, commit=False)
    else:
        _copy(heaps)
        _send(statements, commit=commit)
    for row in rows:
        if isinstance(row, Model):
            row._state.adding = False
            row._state.db = connection.alias


def _heaps(rows: list[Model | Change]) -> tuple[dict[type[Model], list[Model]], list[Model | Change]]:
    """New rows of a table that are so many that COPY is quicker than one statement with all their values, and the
    rest."""
    counts = Counter(type(row) for row in rows if isinstance(row, Model))
    many = {model for model, count in counts.items() if count >= HEAP}
    if not many:
        return {}, rows
    heaps: dict[type[Model], dict[int, Model]] = {model: {} for model in many}
    rest: list[Model | Change] = []
    for row in rows:
        if isinstance(row, Model) and type(row) in many:
            heaps[type(row)][id(row)] = row
        elif not (isinstance(row, Change) and id(row.row) in heaps.get(type(row.row), ())):
            rest.append(row)
    return {model: list(found.values()) for model, found in heaps.items()}, rest


def _copy(heaps: dict[type[Model], list[Model]]) -> None:
    for model, rows in heaps.items():
        columns = _columns(model)
        names = ", ".join(f'"{field.column}"' for field in _written(model))
        with connection.wrap_database_errors:
            connection.ensure_connection()
            cursor = psycopg.Cursor(connection.connection)
            with cursor.copy(f'COPY "{model._meta.db_table}" ({names}) FROM STDIN') as copy:
                for row in rows:
                    values = row.__dict__
                    copy.write_row([convert(values[name]) for name, convert in columns])


def _send(statements: list[tuple[str, list[Any]]], *, commit: bool) -> None:
    if not statements:
        return
    with connection.wrap_database_errors:
        connection.ensure_connection()
        link = connection.connection
        cursor = psycopg.RawCursor(link)
        if len(statements) == 1 and not commit:
            cursor.execute(*statements[0], prepare=True)
            return
        begun = link.pgconn.transaction_status == TransactionStatus.INTRANS
        with link.pipeline():
            for statement, values in statements:
                cursor.execute(statement, values, prepare=True)
            if commit and begun:
                link.commit()


def read(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """The rows of a prepared query (places `$1`, `$2` …), for paths that cannot afford the ORM. Raises Django's
    database errors."""
    with connection.wrap_database_errors:
        connection.ensure_connection()
        return psycopg.RawCursor(connection.connection).execute(statement, values, prepare=True).fetchall()


@cache
def columns_of(model: type[Model], table: str) -> str:
    """Every column of a model, for a query that `loaded` makes instances of; `table` is its name in the query."""
    return ", ".join(f'{table}."{field.column}"' for field in model._meta.concrete_fields if field.column)


def loaded(model: type[Row], values: Sequence[Any]) -> Row:
    """An instance as the ORM reads it, from the columns of `columns_of`."""
    row = model.__new__(model)
    row._state = ModelState()
    row._state.adding, row._state.db = False, connection.alias
    for (name, convert), value in zip(_read(model), values, strict=True):
        row.__dict__[name] = convert(value) if convert else value
    return row


@cache
def _read(model: type[Model]) -> tuple[tuple[str, Convert | None], ...]:
    def converter(field: models.Field) -> Convert | None:
        return (lambda value: field.from_db_value(value, None, connection)) if hasattr(field, "from_db_value") else None

    return tuple((field.attname, converter(field)) for field in model._meta.concrete_fields if field.column)


# ── what is sent ────────────────────────────────────────────────────────────────────────────────────────────

Part = tuple[type[Model], int | tuple[str, ...]]
"""A table with the number of new rows, or with the columns changed in one row."""


def _statements(rows: Iterable[Model | Change]) -> Iterable[tuple[str, list[Any]]]:
    """One statement for as many rows as fit into one."""
    parts: list[Part] = []
    values: list[Any] = []
    for part, mine in _parts(rows):
        if values and len(values) + len(mine) > PARAMETERS:
            yield _statement(tuple(parts)), values
            parts, values = [], []
        parts.append(part)
        values += mine
    if parts:
        yield _statement(tuple(parts)), values


def _parts(rows: Iterable[Model | Change]) -> Iterable[tuple[Part, list[Any]]]:
    made: dict[type[Model], dict[int, Model]] = {}
    changed: dict[tuple[type[Model], Any], Change] = {}
    for row in rows:
        if isinstance(row, Model):
            made.setdefault(type(row), {})[id(row)] = row
        elif id(row.row) not in made.get(type(row.row), {}):
            key = (type(row.row), row.row.pk)  # a row is changed once in a statement
            earlier = changed.get(key)
            changed[key] = Change(row.row, _union(earlier.fields, row.fields)) if earlier else row
    for model, group in made.items():
        columns = _columns(model)
        most = max(1, PARAMETERS // len(columns))
        one = list(group.values())
        for start in range(0, len(one), most):
            part = one[start : start + most]
            yield (model, len(part)), [convert(row.__dict__[name]) for row in part for name, convert in columns]
    for (model, _), change in changed.items():
        columns = _columns_named(model, change.fields)
        values = [convert(getattr(change.row, name)) for name, convert in columns]
        yield (model, change.fields), [*values, change.row.pk]


def _union(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))


@lru_cache(maxsize=512)
def _statement(parts: tuple[Part, ...]) -> str:
    """`WITH` one data-modifying part for each table; places are numbered through."""
    written: list[str] = []
    place = 0
    for model, what in parts:
        table = f'"{model._meta.db_table}"'
        if isinstance(what, int):
            names = [f'"{field.column}"' for field in _written(model)]
            lists = []
            for _ in range(what):
                lists.append("(" + ", ".join(f"${place + at}" for at in range(1, len(names) + 1)) + ")")
                place += len(names)
            written.append(f"INSERT INTO {table} ({', '.join(names)}) VALUES {', '.join(lists)}")  # noqa: S608 - names of our own models
        else:
            fields = [model._meta.get_field(name) for name in what]
            sets = ", ".join(f'"{field.column}" = ${place + at}' for at, field in enumerate(fields, 1))
            place += len(fields) + 1
            written.append(f'UPDATE {table} SET {sets} WHERE "{model._meta.pk.column}" = ${place}')  # noqa: S608 - names of our own models
    if len(written) == 1:
        return written[0]
    return "WITH " + ", ".join(f"part{at} AS ({text})" for at, text in enumerate(written)) + " SELECT"


@cache
def _written(model: type[Model]) -> tuple[models.Field, ...]:
    """Columns whose value is the application's: not those that the database fills in by itself."""
    return tuple(
        field
        for field in model._meta.concrete_fields
        if field.column and not field.generated and not field.has_db_default() and not _is_serial(field)
    )


def _is_serial(field: models.Field) -> bool:
    return isinstance(field, models.AutoField)


@cache
def _defaults(model: type[Model]) -> tuple[tuple[str, Any, bool], ...]:
    """Each column's name with its default, or with what makes it (the last says which)."""
    found = []
    for field in model._meta.concrete_fields:
        if not field.column or field.has_db_default():
            continue
        is_made = field.has_default() and callable(field.default)
        found.append((field.attname, field.default if is_made else field.get_default(), is_made))
    return tuple(found)


@cache
def _names(model: type[Model]) -> frozenset[str]:
    return frozenset(name for name, _, _ in _defaults(model))


@cache
def _columns(model: type[Model]) -> tuple[tuple[str, Convert], ...]:
    return tuple((field.attname, _converter(field)) for field in _written(model))


@cache
def _columns_named(model: type[Model], names: tuple[str, ...]) -> tuple[tuple[str, Convert], ...]:
    fields = [model._meta.get_field(name) for name in names]
    return tuple((field.attname, _converter(field)) for field in fields)


_PLAIN = frozenset(
    {
        models.UUIDField, models.TextField, models.BooleanField, models.SmallIntegerField, models.IntegerField,
        models.BigIntegerField, models.DateTimeField, models.DateField, models.DurationField, models.BinaryField,
        models.FloatField, models.CharField, models.ForeignKey, models.OneToOneField,
    }
)  # fmt: skip
"""Fields whose Python value psycopg puts down as it is."""


def _converter(field: models.Field) -> Convert:
    if isinstance(field, EncryptedText):
        return field.get_prep_value
    if isinstance(field, models.JSONField):
        return _json
    if type(field) in _PLAIN:
        return _as_it_is
    return partial(field.get_db_prep_save, connection=connection)


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _json(value: Any) -> str | None:
    """As text, which PostgreSQL reads as the JSON that the column is."""
    return None if value is None else _encode(value)


def _as_it_is(value: Any) -> Any:
    return value
