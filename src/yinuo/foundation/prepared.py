"""Prepared statements straight by libpq, for paths on which a cursor of psycopg's would cost more than the database's
answer: it looks up each value's type anew at every statement, and compares the types of all of them.
"""

from collections.abc import Sequence
from itertools import count
from select import POLLIN, POLLOUT, poll
from threading import local
from typing import Any, NamedTuple

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ConnStatus, ExecStatus, Format, TransactionStatus

_TEXT, _AUTO = PyFormat.TEXT, PyFormat.AUTO
_DONE = frozenset({ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK})
_numbers = count(1)
_line = local()
"""Of each thread: its connection, and what turns values into text and answers into values on it."""


Statement = tuple[bytes, Sequence[Any]]
"""With places `$1`, `$2` …, and their values."""


class Bound(NamedTuple):
    """A statement that the server knows by `name`, with its values as they are sent."""

    name: bytes
    values: Sequence[Any]
    formats: Sequence[Format] | None = None
    answer: Format = Format.TEXT


def bound(link: psycopg.Connection, statement: bytes, values: Sequence[Any]) -> Bound:
    """With places `$1`, `$2` …, whose types are those of the columns they stand for."""
    return Bound(_name(link, statement), _turned(link).dump_sequence(values, [_TEXT] * len(values)))


def bound_by_type(link: psycopg.Connection, statement: bytes, values: Sequence[Any]) -> Bound:
    """With places whose types are those of the values, as psycopg tells them; the answer comes binary."""
    turned = _turned(link)
    sent = turned.dump_sequence(values, [_AUTO] * len(values))
    return Bound(_name(link, statement, turned.types or ()), sent, turned.formats, Format.BINARY)


def run(link: psycopg.Connection, one: Bound) -> list[tuple[Any, ...]]:
    """Its rows. Raises psycopg's errors."""
    if _has_to_begin(link):
        _check(link.pgconn.exec_(b"BEGIN"))
    return _rows(link, link.pgconn.exec_prepared(*one))


def run_together(
    link: psycopg.Connection, several: Sequence[Bound], *, commit: bool = False, then: Bound | None = None
) -> list[list[Any]]:
    """The rows of each, in one round trip: one after the other, each sees what the locks of those before it waited for.
    With `commit` the transaction ends with them. Where they are no part of a longer one, something else may be done
    `then`, a transaction of its own: whether that succeeds is not asked. Raises psycopg's errors."""
    pgconn = link.pgconn
    begin = _has_to_begin(link)
    pgconn.enter_pipeline_mode()
    try:
        if begin:
            pgconn.send_query_params(b"BEGIN", None)
        for one in several:
            pgconn.send_query_prepared(*one)
        if commit:
            pgconn.send_query_params(b"COMMIT", None)
        pgconn.pipeline_sync()
        if then:
            pgconn.send_query_prepared(*then)
            pgconn.pipeline_sync()
        results = _received(pgconn)
        if then:
            _received(pgconn)
        pgconn.exit_pipeline_mode()
    except BaseException:
        link.close()  # answers that nobody has read would be taken for those of the next statement
        raise
    for result in results:
        _check(result)
    return [_rows(link, result) for result in results[begin : begin + len(several)]]


def _received(pgconn: psycopg.pq.abc.PGconn) -> list[psycopg.pq.abc.PGresult]:
    """All up to the next point of synchronization; other threads run while the server works."""
    line = poll()
    results: list[psycopg.pq.abc.PGresult] = []
    while True:
        while True:
            unsent = pgconn.flush()
            if not pgconn.is_busy():
                break
            line.register(pgconn.socket, POLLIN | POLLOUT if unsent else POLLIN)
            line.poll()
            pgconn.consume_input()
        result = pgconn.get_result()
        if result is None:
            if pgconn.status == ConnStatus.BAD:
                raise psycopg.OperationalError("the connection to the database is lost")
        elif result.status == ExecStatus.PIPELINE_SYNC:
            return results
        else:
            results.append(result)


def _has_to_begin(link: psycopg.Connection) -> bool:
    """As a cursor does: the first statement begins what `atomic` has announced."""
    return not link.autocommit and link.pgconn.transaction_status == TransactionStatus.IDLE


def _rows(link: psycopg.Connection, result: psycopg.pq.abc.PGresult) -> list[tuple[Any, ...]]:
    _check(result)
    if not result.ntuples:
        return []
    turned = _turned(link)
    turned.set_pgresult(result)
    return turned.load_rows(0, result.ntuples, tuple)


def _name(link: psycopg.Connection, statement: bytes, types: tuple[int, ...] = ()) -> bytes:
    """What the server knows the statement by. It stands in psycopg's own list: at a rollback psycopg has the server
    forget all that it knows, and bounds how many these are."""
    listed = link._prepared
    key = (statement, types)
    name = listed._names.get(key)
    if name is None:
        name = b"yinuo_%d" % next(_numbers)
        _check(link.pgconn.prepare(name, statement, types or None))
        listed._names[key] = name
        listed._rotate()
        if listed._to_flush:
            link.wait(listed.maintain_gen(link))
    else:
        listed._names.move_to_end(key)
    return name


def _turned(link: psycopg.Connection) -> Transformer:
    if getattr(_line, "link", None) is not link:
        _line.link, _line.transformer = link, Transformer(link)
    return _line.transformer  # type: ignore[no-any-return]


def _check(result: psycopg.pq.abc.PGresult) -> None:
    if result.status not in _DONE:
        error = psycopg.errors.error_from_result(result)
        # what comes without a code is libpq's own word: the server is gone
        raise error if error.sqlstate else psycopg.OperationalError(str(error))
