"""The rows that one request writes, and one SQL statement that writes such rows again with keys of their own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import sql

NOT_WRITTEN = (
    "procrastinate_events", "procrastinate_workers", "django_migrations", "foundation_cache", "foundation_seal",
)  # fmt: skip
"""Written by triggers of the other tables, or by nobody's request."""
NUMBERS = "bench_number"
"""A sequence for what the desk takes from sequences of its own."""


@dataclass(frozen=True)
class Column:
    name: str
    kind: str
    is_unique: bool
    is_primary: bool


@dataclass(frozen=True)
class Rows:
    """New rows of one table; values as text. Columns that the database fills in by itself are left out."""

    table: str
    columns: tuple[Column, ...]
    values: tuple[tuple[str | None, ...], ...]


def new_rows(connection: psycopg.Connection, act: Callable[[], object]) -> list[Rows]:
    """What `act` inserts, by anybody's connection: rows whose keys were not there before."""
    tables = [
        name
        for (name,) in connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL(%s) ORDER BY 1",
            [list(NOT_WRITTEN)],
        ).fetchall()
    ]
    before = {table: _keys(connection, table) for table in tables}
    act()
    found = {table: _keys(connection, table) - before[table] for table in tables}
    return [_rows(connection, table, keys) for table, keys in found.items() if keys]


@dataclass(frozen=True)
class Changed:
    """A row that was there before: what its columns, named here, hold now, as text. `like` are the keys of the rows of
    the same kind in its table."""

    table: str
    columns: tuple[Column, ...]
    values: tuple[str | None, ...]
    like: tuple[str, ...]


def changed_rows(connection: psycopg.Connection, tables: Sequence[str], act: Callable[[], object]) -> list[Changed]:
    """What `act` changes in rows that were there, of tables whose key is `id`."""
    before = {table: _by_key(connection, table) for table in tables}
    act()
    found = []
    for table in tables:
        for key, now in _by_key(connection, table).items():
            was = before[table].get(key)
            if was is None or was == now:
                continue
            all_columns = _columns(connection, table)
            moved = [
                (column, now[column.name]) for column in all_columns if now[column.name] != was[column.name]
            ]  # fmt: skip
            columns, values = zip(*moved, strict=True)
            found.append(Changed(table, columns, values, _like(connection, table, now)))
    return found


def _by_key(connection: psycopg.Connection, table: str) -> dict[str, dict[str, str | None]]:
    columns = _columns(connection, table)
    shown = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(column.name)) for column in columns)
    rows = connection.execute(sql.SQL("SELECT id::text, {} FROM {}").format(shown, sql.Identifier(table)))
    names = [column.name for column in columns]
    return {key: dict(zip(names, values, strict=True)) for key, *values in rows}


def _like(connection: psycopg.Connection, table: str, row: dict[str, str | None]) -> tuple[str, ...]:
    alike = [name for name in ("key", "kind", "round") if row.get(name) is not None]
    where = sql.SQL(" AND ").join(sql.SQL("{}::text = %s").format(sql.Identifier(name)) for name in alike)
    rows = connection.execute(
        sql.SQL("SELECT id::text FROM {} WHERE {}").format(sql.Identifier(table), where if alike else sql.SQL("true")),
        [row[name] for name in alike],
    )
    return tuple(key for (key,) in rows)


def _keys(connection: psycopg.Connection, table: str) -> set[str]:
    key = _key(connection, table)
    return {row[0] for row in connection.execute(sql.SQL("SELECT {}::text FROM {}").format(key, sql.Identifier(table)))}


def _key(connection: psycopg.Connection, table: str) -> sql.Composable:
    columns = connection.execute(
        "SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY(indkey) "
        "WHERE indrelid = %s::regclass AND indisprimary ORDER BY attnum",
        [table],
    ).fetchall()
    return sql.SQL("ROW({})").format(sql.SQL(", ").join(sql.Identifier(name) for (name,) in columns))


def _columns(connection: psycopg.Connection, table: str) -> tuple[Column, ...]:
    """Serial numbers and what a default computes are left to the database."""
    return tuple(
        Column(*found)
        for found in connection.execute(
            "SELECT attname, format_type(atttypid, atttypmod), bool_or(coalesce(indisunique, false)), "
            "bool_or(coalesce(indisprimary, false)) FROM pg_attribute "
            "LEFT JOIN pg_index ON indrelid = attrelid AND attnum = ANY(indkey) "
            "LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum "
            "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = '' "
            "AND attgenerated = '' AND coalesce(pg_get_expr(adbin, adrelid), '') NOT LIKE '%%(%%' "
            "GROUP BY attname, atttypid, atttypmod, attnum ORDER BY attnum",
            [table],
        ).fetchall()
    )


def _rows(connection: psycopg.Connection, table: str, keys: set[str]) -> Rows:
    columns = _columns(connection, table)
    shown = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(column.name)) for column in columns)
    values = connection.execute(
        sql.SQL("SELECT {} FROM {} WHERE {}::text = ANY(%s)").format(
            shown, sql.Identifier(table), _key(connection, table)
        ),
        [list(keys)],
    ).fetchall()
    return Rows(table, columns, tuple(values))


def statement_for(
    found: list[Rows], *, at: datetime, returning: tuple[str, list[str]] | None = None, times: int = 1,
    changed: Sequence[Changed] = (),
) -> str:  # fmt: skip
    """One statement that inserts such rows: fresh keys, instants moved from `at` to now, unique values anew; all else
    as it was. `returning` is a key that stands for one of many: it is replaced by one of the list, chosen by chance
    (PostgreSQL 18's `uuidv7()` keeps new keys side by side in their indexes, as the desk's own are). `times`: so many
    such sets of rows, each with keys of its own. `changed`: these columns are set, too, each in a row like the one in
    which they were, chosen by chance."""
    own: dict[str, str] = {}
    for rows in found:
        for values in rows.values:
            for column, value in zip(rows.columns, values, strict=True):
                if column.is_primary and column.kind == "uuid" and value:
                    own.setdefault(value, f"k.k{len(own)}")
    keys = [f"uuidv7() AS {name.removeprefix('k.')}" for name in own.values()]
    if returning:
        former, others = returning
        listed = ", ".join(f"'{other}'" for other in others)
        keys.append(f"(ARRAY[{listed}]::uuid[])[1 + floor(random() * {len(others)})::int] AS returning_one")
        own[former] = "k.returning_one"
    many = f" FROM generate_series(1, {times})" if times > 1 else ""
    parts = [f"k AS MATERIALIZED (SELECT {', '.join(keys)}{many})"]
    for number, rows in enumerate(found):
        names = ", ".join(f'"{column.name}"' for column in rows.columns)
        lines = ", ".join(
            "("
            + ", ".join(_again(column, value, own, at) for column, value in zip(rows.columns, values, strict=True))
            + ")"
            for values in rows.values
        )
        insert = f'INSERT INTO "{rows.table}" ({names}) SELECT v.* FROM k CROSS JOIN LATERAL (VALUES {lines}) AS v'  # noqa: S608 - the catalogue's names
        parts.append(f"w{number} AS ({insert})")
    for number, row in enumerate(changed):
        sets = ", ".join(
            f'"{column.name}" = {_again(column, value, own, at)}'
            for column, value in zip(row.columns, row.values, strict=True)
        )
        ids = ", ".join(f"'{key}'" for key in row.like)
        one = f"(SELECT (ARRAY[{ids}]::uuid[])[1 + floor(random() * {len(row.like)})::int])"
        parts.append(f'c{number} AS (UPDATE "{row.table}" SET {sets} WHERE id = {one})')  # noqa: S608 - the catalogue's names
    return f"WITH {', '.join(parts)} SELECT 1;\n"


def _again(column: Column, value: str | None, own: dict[str, str], at: datetime) -> str:
    if value is None:
        return f"NULL::{column.kind}"
    if value in own:
        return own[value]
    if column.kind == "timestamp with time zone":
        apart = (datetime.fromisoformat(value) - at).total_seconds()
        return f"now() + interval '{apart:.6f} seconds'"
    if column.is_unique and column.kind == "bytea":
        length = (len(value) - 2) // 2
        return f"substring({' || '.join(['sha256(uuid_send(uuidv7()))'] * -(-length // 32))} for {length})"
    if column.is_unique and column.kind.startswith(("text", "character varying")) and value[-3:].isdigit():
        return f"'B' || lpad(nextval('{NUMBERS}')::text, {len(value) - 1}, '0')"
    if column.is_unique and column.kind.startswith(("text", "character varying")) and len(value) >= 32:
        return f"left(repeat(replace(uuidv7()::text, '-', ''), {-(-len(value) // 32)}), {len(value)})"
    return f"{_literal(value)}::{column.kind}"


def _literal(value: str) -> str:
    """Without any colon: pgbench takes what follows one for a variable's name, even in quotes."""
    escaped = value.replace("\\", "\\\\").replace("'", "''").replace(":", "\\x3a")
    return f"E'{escaped}'"
