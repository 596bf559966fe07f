"""Prepared statements straight by libpq, for paths on which a cursor of psycopg's would cost more than the database's
answer: it looks up each value's type anew at every statement, and compares the types of all of them.
"""

from collections.abc import Sequence
from itertools import count
from threading import local
from typing import Any

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ExecStatus, TransactionStatus

_TEXT = PyFormat.TEXT
_DONE = frozenset({ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK})
_numbers = count(1)
_line = local()
"""Of each thread: its connection, and what turns values into text and answers into values on it."""


def run(link: psycopg.Connection, statement: bytes, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement with places `$1`, `$2` …, whose types are those of the columns they stand for. Raises
    psycopg's errors."""
    if not link.autocommit and link.pgconn.transaction_status == TransactionStatus.IDLE:
        _check(link.pgconn.exec_(b"BEGIN"))  # as a cursor does: the first statement begins what `atomic` has announced
    turned = _turned(link)
    sent = turned.dump_sequence(values, [_TEXT] * len(values))
    result = link.pgconn.exec_prepared(_name(link, statement), sent)
    _check(result)
    if not result.ntuples:
        return []
    turned.set_pgresult(result)
    return turned.load_rows(0, result.ntuples, tuple)


def _name(link: psycopg.Connection, statement: bytes) -> bytes:
    """What the server knows the statement by. It stands in psycopg's own list: at a rollback psycopg has the server
    forget all that it knows, and bounds how many these are."""
    listed = link._prepared
    key = (statement, ())
    name = listed._names.get(key)
    if name is None:
        name = b"yinuo_%d" % next(_numbers)
        _check(link.pgconn.prepare(name, statement))
        listed._names[key] = name
        listed._rotate()
    else:
        listed._names.move_to_end(key)
    return name


def _turned(link: psycopg.Connection) -> Transformer:
    if getattr(_line, "link", None) is not link:
        _line.link, _line.transformer = link, Transformer(link)
    return _line.transformer  # type: ignore[no-any-return]


def _check(result: psycopg.pq.abc.PGresult) -> None:
    if result.status not in _DONE:
        raise psycopg.errors.error_from_result(result)
