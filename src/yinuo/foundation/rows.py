"""Rows put down together: decided one by one while a service runs, written in one statement and one round trip.

The ORM's cost, not the database's, is what a busy door pays (DESIGN section 4). Here a row is a model instance that
is never `save()`d: `insert` and `update` collect, `flush` writes everything collected as one prepared statement, a
data-modifying CTE for each table; new rows by the hundred go by COPY before it. A service flushes at its end; whoever
reads by the ORM what may still be collected flushes first.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from operator import itemgetter
from typing import Any, TypeVar

import psycopg
from django.contrib.postgres.fields import ArrayField
from django.db import DEFAULT_DB_ALIAS, connection, connections, models, transaction
from django.db.models import Model
from django.db.models.base import ModelState

from yinuo.foundation.encryption import EncryptedText
from yinuo.foundation.jsontext import written
from yinuo.foundation.pending import Pending, pending
from yinuo.foundation.prepared import Statement, bound, run, run_together

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
    (`team_id`) or as relations (`team`), each left out has its default. Raises TypeError for one that is neither."""
    plain, made, relations = _shape(model, tuple(values))
    row = model.__new__(model)
    state = row._state = ModelState()
    columns = row.__dict__
    columns.update(plain)
    columns.update(values)
    for name, make in made:
        columns[name] = make()
    for name, column in relations:
        other = state.fields_cache[name] = columns.pop(name)
        columns[column] = None if other is None else other.pk
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


def write(mine: Pending, *, commit: bool = False, hint: Statement | None = None) -> bool:
    """In one round trip, with the commit where that is the end; afterwards the instances are as if saved. Whether the
    hint has gone with them, which it does after what is no part of a longer transaction. Raises Django's database
    errors."""
    if not mine.collected:
        return False
    if mine.one_write:
        raise RuntimeError("these rows are to be written in one statement at the end: nothing may be flushed before")
    rows, mine.collected = mine.collected, []
    heaps, rest = _heaps(rows)
    statements = list(_statements(rest))
    hinted = False
    if len(heaps) + len(statements) > 1 and not connection.in_atomic_block:
        with transaction.atomic():
            _copy(heaps)
            _send(statements)
    else:
        _copy(heaps)
        hinted = _send(statements, commit=commit, hint=hint)
    alias = connection.alias
    for row in rows:
        if isinstance(row, Model):
            row._state.adding, row._state.db = False, alias
    return hinted


def _heaps(rows: list[Model | Change]) -> tuple[dict[type[Model], list[Model]], list[Model | Change]]:
    """New rows of a table that are so many that COPY is quicker than one statement with all their values, and the
    rest."""
    if len(rows) < HEAP:
        return {}, rows
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
        names = ", ".join(f'"{field.column}"' for field in _written(model))
        with connection.wrap_database_errors:
            connection.ensure_connection()
            cursor = psycopg.Cursor(connection.connection)
            with cursor.copy(f'COPY "{model._meta.db_table}" ({names}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(_values(row, model))


def _send(statements: list[Statement], *, commit: bool = False, hint: Statement | None = None) -> bool:
    if not statements:
        return False
    link, wrapped = _link()
    with wrapped:
        sent = [bound(link, *statement) for statement in statements]
        then = bound(link, *hint) if hint and (commit or link.autocommit) else None
        if len(sent) == 1 and not commit and not then:
            run(link, sent[0])
        else:
            run_together(link, sent, commit=commit, then=then)
    return then is not None


def read(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """The rows of a prepared query (places `$1`, `$2` …), for paths that cannot afford the ORM. Raises Django's
    database errors."""
    link, wrapped = _link()
    with wrapped:
        return run(link, bound(link, statement.encode(), values))


def _link() -> tuple[psycopg.Connection, AbstractContextManager[None]]:
    """psycopg's connection of this thread, and what makes its errors Django's."""
    mine = connections[DEFAULT_DB_ALIAS]  # looked up once: the proxy does it anew at each attribute
    with mine.wrap_database_errors:
        mine.ensure_connection()
    return mine.connection, mine.wrap_database_errors


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


def _statements(rows: Iterable[Model | Change]) -> Iterable[Statement]:
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
        most = max(1, PARAMETERS // len(_written(model)))
        one = list(group.values())
        for start in range(0, len(one), most):
            part = one[start : start + most]
            yield (model, len(part)), [value for row in part for value in _values(row, model)]
    for (model, _), change in changed.items():
        yield (model, change.fields), [*_values(change.row, model, change.fields), change.row.pk]


def _union(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))


@lru_cache(maxsize=512)
def _statement(parts: tuple[Part, ...]) -> bytes:
    """`WITH` one data-modifying part for each table; places are numbered through. As it is sent: encoding and hashing
    thousands of characters anew is spared."""
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
        return written[0].encode()
    return ("WITH " + ", ".join(f"part{at} AS ({text})" for at, text in enumerate(written)) + " SELECT").encode()


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
def _shape(
    model: type[Model], given: tuple[str, ...]
) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]], list[tuple[str, str]]]:
    """For rows whose values of these names are given: every column with its default, those not given whose default is
    made anew each time, and the given relations with their columns."""
    plain: dict[str, Any] = {}
    made: list[tuple[str, Callable[[], Any]]] = []
    relations: list[tuple[str, str]] = []
    for field in model._meta.concrete_fields:
        if not field.column or field.has_db_default():
            continue
        is_made = field.has_default() and callable(field.default)
        plain[field.attname] = None if is_made else field.get_default()
        if field.name in given and field.name != field.attname:
            relations.append((field.name, field.attname))
        elif is_made and field.attname not in given:
            made.append((field.attname, field.default))
    unknown = set(given) - plain.keys() - {name for name, _column in relations}
    if unknown:
        raise TypeError(f"{model.__name__} has no column {', '.join(sorted(unknown))}")
    return plain, made, relations


def _values(row: Model, model: type[Model], fields: tuple[str, ...] = ()) -> list[Any]:
    """What is sent of a row: its columns, or those named."""
    take, conversions = _taking(model, fields)
    values = list(take(row.__dict__))
    for place, convert in conversions:
        values[place] = convert(values[place])
    return values


@cache
def _taking(
    model: type[Model], fields: tuple[str, ...]
) -> tuple[Callable[[dict[str, Any]], Iterable[Any]], tuple[tuple[int, Convert], ...]]:
    """What takes the columns out of an instance, and which of them psycopg would not put down as they are."""
    taken = [model._meta.get_field(name) for name in fields] if fields else list(_written(model))
    names = [field.attname for field in taken]
    conversions = [(place, convert) for place, field in enumerate(taken) if (convert := _converter(field))]
    getter = itemgetter(*names)
    return (getter if len(names) > 1 else lambda columns: (getter(columns),)), tuple(conversions)


_PLAIN = frozenset(
    {
        models.UUIDField, models.TextField, models.BooleanField, models.SmallIntegerField, models.IntegerField,
        models.BigIntegerField, models.DateTimeField, models.DateField, models.DurationField, models.BinaryField,
        models.FloatField, models.CharField, models.ForeignKey, models.OneToOneField,
    }
)  # fmt: skip
"""Fields whose Python value psycopg puts down as it is."""


def _converter(field: models.Field) -> Convert | None:
    """None where the value goes as it is."""
    if isinstance(field, EncryptedText):
        return field.get_prep_value
    if isinstance(field, models.JSONField):
        return _json
    if type(field) in _PLAIN:
        return None
    if isinstance(field, ArrayField) and type(field.base_field) is models.BigIntegerField:
        return _numbers
    return partial(field.get_db_prep_save, connection=connection)


def _numbers(value: Sequence[int] | None) -> str | None:
    """As PostgreSQL writes an array: psycopg looks for a type that holds them all."""
    return None if value is None else "{" + ",".join(map(str, value)) + "}"


def _json(value: Any) -> str | None:
    """As text, which PostgreSQL reads as the JSON that the column is."""
    return None if value is None else written(value)
