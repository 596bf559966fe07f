"""Rows for pages that people wait for: plain values of a statement that each connection plans once.

The ORM builds and PostgreSQL plans a statement anew at every request; on the page of a ticket that was two thirds of
its time. Hot reads are therefore written in SQL, in the `queries` of their room, and asked here.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache
from select import POLLERR, POLLHUP, POLLIN, poll
from threading import local
from time import monotonic
from typing import Any, Generic, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model
from django.db.models.base import ModelState

from yinuo.foundation.encryption import EncryptedText
from yinuo.foundation.prepared import bound_by_type, run, run_together

Row = TypeVar("Row", bound=Model)
Answer = TypeVar("Answer")
IDLE_S = 5.0
_line = local()
"""Of each thread, whose connection it is: when it was last used."""


def select(statement: str, *values: Any, prepare: bool = True) -> list[tuple[Any, ...]]:
    """All rows; `%s` stand for `values`. JSON comes parsed, encrypted columns as bytes.

    `prepare`: the plan is made once and for any values; say no where the best plan depends on them. Name the columns:
    `*` breaks on connections that are older than a migration. Raises Django's database errors.
    """
    link = _link()
    with connection.wrap_database_errors:
        if prepare:
            rows = run(link, bound_by_type(link, _placed(statement), values))
        else:
            cursor = psycopg.Cursor(link)
            rows = cursor.execute(statement, values, prepare=False, binary=True).fetchall()
    _note(statement)
    return rows


def select_together(*asked: tuple[str, Sequence[Any]]) -> list[list[tuple[Any, ...]]]:
    """Several such statements in one round trip, one after the other: each sees what the locks of those before it
    waited for. Raises Django's database errors."""
    link = _link()
    with connection.wrap_database_errors:
        found = run_together(link, [bound_by_type(link, _placed(one), values) for one, values in asked])
    for statement, _values in asked:
        _note(statement)
    return found


@cache
def _placed(statement: str) -> bytes:
    """With the places that the server knows: `$1` for the first `%s`, `%` for `%%`."""
    parts = [part.replace("%%", "%") for part in statement.split("%s")]
    return "".join(f"${at}{part}" if at else part for at, part in enumerate(parts)).encode()


def _note(statement: str) -> None:
    """For whoever counts what a page asks."""
    if connection.queries_logged:
        connection.queries_log.append({"sql": statement, "time": "0"})


@dataclass(frozen=True)
class Query(Generic[Answer]):
    """A hot read that may go together with others: its statement with the values, and what is made of the rows."""

    statement: str
    values: tuple[Any, ...]
    make: Callable[[list[tuple[Any, ...]]], Answer]

    def answer(self) -> Answer:
        return self.make(select(self.statement, *self.values))


def answers_of(*queries: Query[Any]) -> list[Any]:
    """What several queries answer that wait for nothing of each other, in one round trip."""
    found = select_together(*((query.statement, query.values) for query in queries))
    return [query.make(rows) for query, rows in zip(queries, found, strict=True)]


def _link() -> psycopg.Connection:
    """psycopg's connection of this thread. Before the first statement of a request: a server that hung up is seen at
    the socket, where it has said so. Django asks the server each time, which costs a round trip; so it only does where
    something is to be read, or where the line was idle so long that the machine behind it may be gone without a word.
    """
    link, now = connection.connection, monotonic()
    idle, _line.used_at = now - getattr(_line, "used_at", now), now
    if link is not None and not connection.health_check_done and not link.closed and idle < IDLE_S:
        line = poll()
        line.register(link.fileno(), POLLIN | POLLHUP | POLLERR)
        connection.health_check_done = not line.poll(0)
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    return connection.connection  # type: ignore[no-any-return]


class Shape(Generic[Row]):
    """Some columns of a model, for `select`: which, and how an instance is made of their values. Other columns are
    read when somebody asks for them."""

    def __init__(self, model: type[Row], *, only: Collection[str] = (), without: Collection[str] = ()) -> None:
        self.model = model
        fields = [field for field in model._meta.concrete_fields if field.column]
        wanted = set(only or (field.attname for field in fields)) - set(without)
        self.fields = [field for field in fields if field.attname in wanted]
        self.names = [field.attname for field in self.fields]
        self._sealed = [(field.attname, field) for field in self.fields if isinstance(field, EncryptedText)]

    def __len__(self) -> int:
        return len(self.fields)

    def columns(self, alias: str) -> str:
        """For a SELECT."""
        return ", ".join(f'{alias}."{field.column}"' for field in self.fields)

    def make(self, values: Sequence[Any]) -> Row:
        """An instance of the values of `columns`, as `from_db` makes it in six times the time."""
        row = self.model.__new__(self.model)
        row._state = ModelState()
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
        row.__dict__.update(zip(self.names, values, strict=True))
        for name, field in self._sealed:
            row.__dict__[name] = field.from_db_value(row.__dict__[name], None, connection)
        return row

    def make_all(self, found: Sequence[Sequence[Any]]) -> list[Row]:
        return [self.make(values) for values in found]

    def make_or_none(self, values: Sequence[Any]) -> Row | None:
        """The same after a LEFT JOIN: nothing where nothing was joined."""
        return None if values[0] is None else self.make(values)


def split(values: Sequence[Any], *shapes: Shape[Any]) -> list[Any]:
    """The instances that stand beside each other in one row, None for those that a LEFT JOIN did not find."""
    made: list[Any] = []
    at = 0
    for shape in shapes:
        made.append(shape.make_or_none(values[at : at + len(shape)]))
        at += len(shape)
    return made
