"""Numbers of tickets and orders as the handbook prints them: prefix, date, rising number (`SH202611210001`, R-CH-8).

One PostgreSQL sequence per series; what it stood at when the day began is kept once a day, so no row is
contended for. Numbers may have gaps (what was rolled back), never repeat, and grow past four digits as needed.
"""

import re
from datetime import date, datetime

from django.db import connection, transaction

from yinuo.foundation.clock import day_of
from yinuo.foundation.rows import read

_PREFIX = re.compile(r"[A-Z]{1,6}")


def next_number(prefix: str, now: datetime) -> str:
    """The next number of the series; raises `ValueError` for a prefix that is not one to six capitals."""
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(f"not a series prefix: {prefix!r}")
    day = day_of(now)
    value = _next(prefix, day)
    if value is None:
        _begin_day(prefix, day)
        value = _next(prefix, day)
    return f"{prefix}{day:%Y%m%d}{value:04d}"


def _next(prefix: str, day: date) -> int | None:
    """Nothing on the first number of the day, or of the series: `nextval` of no sequence is no number."""
    rows = read(
        "SELECT nextval(to_regclass($1)) - base FROM tickets_numberday WHERE prefix = $2 AND day = $3",
        _sequence(prefix), prefix, day,
    )  # fmt: skip
    return rows[0][0] if rows else None


def _begin_day(prefix: str, day: date) -> None:
    sequence = _sequence(prefix)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [sequence])
        cursor.execute(f"CREATE SEQUENCE IF NOT EXISTS {sequence}")
        cursor.execute(
            f"INSERT INTO tickets_numberday (prefix, day, base) "  # noqa: S608 - the name is checked above
            f"SELECT %s, %s, CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM {sequence} "
            "ON CONFLICT DO NOTHING",
            [prefix, day],
        )


def _sequence(prefix: str) -> str:
    return f"ticket_number_{prefix.lower()}"


NUMBER = re.compile(r"[A-Z]{1,6}\d{12,}")


def is_number(text: str) -> bool:
    """Whether `text` has the form of a number of ours."""
    return bool(NUMBER.fullmatch(text.strip().upper()))
