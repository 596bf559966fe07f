"""Tickets opened by `procedures.services.open_ticket`, and the rows of one such ticket copied by plain INSERTs.

The copy writes what the service inserted (ticket, customer, message, run, step, deadlines, history, job …) with new
keys, one statement a table, all in one transaction on one connection, prepared. What the service reads, decides,
encrypts and updates is not in it: it is the floor that the database alone sets.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from uuid import UUID

import psycopg
from psycopg import sql
from tests.story import Company, make_company, write_in

from yinuo.foundation.ids import new_id

WARM, TURNS, EACH = 20, 7, 20
OTHERS = ("procrastinate_events", "procrastinate_workers", "django_migrations")
TEXTS = (
    "热水器不加热，显示E2，麻烦看一下。家里有老人，希望今天能有人联系我。",
    "上周买的滤芯装上以后漏水，柜子里都是水，请尽快安排师傅上门。",
    "遥控器没有反应，换了电池也一样，型号在说明书最后一页。",
)


@dataclass(frozen=True)
class Cell:
    """A value as text, and what its column is."""

    value: str | None
    kind: str
    is_unique: bool
    is_primary: bool


@dataclass(frozen=True)
class Insert:
    """One table's INSERT of all rows of a ticket."""

    statement: sql.Composed
    cells: list[Cell]


def measure(address: str) -> tuple[float, float, str]:
    """Tickets a second through services and by bare SQL (medians of turns taken alternately), and a note."""
    company, numbers = make_company(), count(1)
    for _ in range(WARM):
        _open(company, next(numbers))
    with psycopg.connect(address, autocommit=True) as connection:
        inserts = _rows_of_one(connection, lambda: _open(company, next(numbers)))
        own = {
            cell.value
            for insert in inserts
            for cell in insert.cells
            if cell.kind == "uuid" and cell.is_primary and cell.value
        }
        ours: list[float] = []
        bare: list[float] = []
        for _ in range(TURNS):
            began = time.perf_counter()
            for _ in range(EACH):
                _open(company, next(numbers))
            ours.append(EACH / (time.perf_counter() - began))
            began = time.perf_counter()
            for _ in range(EACH):
                _copy(connection, inserts, own, next(numbers))
            bare.append(EACH / (time.perf_counter() - began))
        written = connection.execute("SELECT count(*) FROM tickets_ticket").fetchone()
        if written != (WARM + 1 + 2 * TURNS * EACH,):
            raise AssertionError(f"{written} tickets are there")
    rows = sum(len(insert.cells) for insert in inserts)
    note = f"one client, {len(inserts)} tables, {rows} values a ticket; medians of {TURNS} alternating turns"
    return statistics.median(ours), statistics.median(bare), note


def _open(company: Company, number: int) -> None:
    text = TEXTS[number % len(TEXTS)]
    write_in(company, text, subject=text[:12], address=f"buyer{number}@example.com", name=f"客户{number}")


def _rows_of_one(connection: psycopg.Connection, opens: Callable[[], None]) -> list[Insert]:
    """What opening one ticket inserts: rows newer than a snapshot taken before, that are not in that snapshot."""
    tables = [
        name
        for (name,) in connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL(%s) ORDER BY 1",
            [list(OTHERS)],
        ).fetchall()
    ]
    before = {table: _keys(connection, table) for table in tables}
    opens()
    found = {table: _keys(connection, table) - before[table] for table in tables}
    return [_insert(connection, table, keys) for table, keys in found.items() if keys]


def _keys(connection: psycopg.Connection, table: str) -> set[str]:
    return {key for (key,) in connection.execute(sql.SQL("SELECT {}::text FROM {}").format(*_key(connection, table)))}


def _key(connection: psycopg.Connection, table: str) -> tuple[sql.Composable, sql.Identifier]:
    columns = connection.execute(
        "SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY(indkey) "
        "WHERE indrelid = %s::regclass AND indisprimary ORDER BY attnum",
        [table],
    ).fetchall()
    whole = sql.SQL(", ").join(sql.Identifier(name) for (name,) in columns)
    return sql.SQL("ROW({})").format(whole), sql.Identifier(table)


def _insert(connection: psycopg.Connection, table: str, keys: set[str]) -> Insert:
    """Serial numbers are left to the database."""
    columns = connection.execute(
        "SELECT attname, format_type(atttypid, atttypmod), bool_or(coalesce(indisunique, false)), "
        "bool_or(coalesce(indisprimary, false)) FROM pg_attribute "
        "LEFT JOIN pg_index ON indrelid = attrelid AND attnum = ANY(indkey) "
        "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = '' "
        "AND attgenerated = '' AND NOT (attname = 'id' AND atttypid IN ('bigint'::regtype, 'integer'::regtype)) "
        "GROUP BY attname, atttypid, atttypmod, attnum ORDER BY attnum",
        [table],
    ).fetchall()
    names = [sql.Identifier(name) for name, *_ in columns]
    key, identifier = _key(connection, table)
    rows = connection.execute(
        sql.SQL("SELECT {} FROM {} WHERE {}::text = ANY(%s)").format(
            sql.SQL(", ").join(sql.SQL("{}::text").format(name) for name in names), identifier, key
        ),
        [list(keys)],
    ).fetchall()
    places = sql.SQL(", ").join(sql.SQL("%s::" + kind) for _, kind, *_ in columns)
    statement = sql.SQL("INSERT INTO {} ({}) VALUES {}").format(
        identifier, sql.SQL(", ").join(names), sql.SQL(", ").join(sql.SQL("({})").format(places) for _ in rows)
    )
    cells = [
        Cell(value, kind, is_unique, is_primary)
        for row in rows
        for value, (_, kind, is_unique, is_primary) in zip(row, columns, strict=True)
    ]
    return Insert(statement, cells)


def _copy(connection: psycopg.Connection, inserts: list[Insert], own: set[str], number: int) -> None:
    keys: dict[str, UUID] = {}
    with connection.transaction():
        connection.execute("SET CONSTRAINTS ALL DEFERRED")
        for insert in inserts:
            values = [_anew(cell, number, keys, own) for cell in insert.cells]
            connection.execute(insert.statement, values, prepare=True)


def _anew(cell: Cell, number: int, keys: dict[str, UUID], own: set[str]) -> object:
    """New keys for the ticket's own rows, and other values where they have to be unique."""
    value = cell.value
    if value in own:
        return keys.setdefault(value, new_id())
    if value and cell.is_unique:
        if cell.kind == "bytea":
            return "\\x" + new_id().hex * 2
        if cell.kind.startswith(("character varying", "text")) and value[-3:].isdigit():
            return f"C{number:010d}"
    return value
