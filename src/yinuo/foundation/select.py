"""Rows for pages that people wait for: plain values of a statement that each connection plans once.

The ORM builds and PostgreSQL plans a statement anew at every request; on the page of a ticket that was two thirds of
its time. Hot reads are therefore written in SQL, in the `queries` of their room, and asked here.
"""

from typing import Any

import psycopg
from django.db import connection


class _Bound(psycopg.Cursor[tuple[Any, ...]]):
    """Values are bound by the server, answers come binary."""

    prepare = True

    def execute(self, query: Any, params: Any = None, **_options: Any) -> "_Bound":
        return super().execute(query, params, prepare=self.prepare, binary=True)


def select(statement: str, *values: Any, prepare: bool = True) -> list[tuple[Any, ...]]:
    """All rows; `%s` stand for `values`. JSON comes parsed, encrypted columns as bytes.

    `prepare`: the plan is made once and for any values; say no where the best plan depends on them. Name the columns:
    `*` breaks on connections that are older than a migration. Raises Django's database errors.
    """
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    bound = _Bound(connection.connection)
    bound.prepare = prepare
    with connection.wrap_database_errors, connection._prepare_cursor(bound) as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()  # type: ignore[no-any-return]
