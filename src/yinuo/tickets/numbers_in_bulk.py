"""Numbers for tickets that are written in bulk, for any day of the past, without a gap for those that follow."""

from collections.abc import Mapping
from datetime import date

from django.db import connection

from yinuo.foundation.numbers import _PREFIX, _sequence
from yinuo.foundation.work import work


def make_room(days: Mapping[tuple[str, date], int]) -> dict[tuple[str, date], int]:
    """Moves the series on as if so many numbers had been given on each day, for tickets that are written in bulk; the
    number that each day had reached before, above which they may be given. Raises `ValueError` as `next_number` does.
    """
    reached: dict[tuple[str, date], int] = {}
    for prefix in sorted({prefix for prefix, _ in days}):
        if not _PREFIX.fullmatch(prefix):
            raise ValueError(f"not a series prefix: {prefix!r}")
        many = {day: count for (series, day), count in days.items() if series == prefix}
        reached |= {(prefix, day): number for day, number in _move_on(prefix, many).items()}
    return reached


def _move_on(prefix: str, many: Mapping[date, int]) -> dict[date, int]:
    sequence = _sequence(prefix)
    with work(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [sequence])
        cursor.execute(f"CREATE SEQUENCE IF NOT EXISTS {sequence}")
        cursor.execute("SELECT day, base FROM tickets_numberday WHERE prefix = %s FOR UPDATE", [prefix])
        bases: dict[date, int] = dict(cursor.fetchall())
        cursor.execute(f"SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM {sequence}")  # noqa: S608 - checked
        (last,) = cursor.fetchone()
        cursor.execute(
            "SELECT substr(number, %s, 8)::date, max(substr(number, %s)::bigint) FROM tickets_ticket "
            "WHERE number >= %s AND number < %s GROUP BY 1",
            [len(prefix) + 1, len(prefix) + 9, f"{prefix}0", f"{prefix}:"],
        )
        reached: dict[date, int] = dict(cursor.fetchall())
        if bases:
            newest = max(bases)
            reached[newest] = max(reached.get(newest, 0), last - bases[newest])
        moved = _moved(bases, many, last)
        cursor.executemany(
            "INSERT INTO tickets_numberday (prefix, day, base) VALUES (%s, %s, %s) "
            "ON CONFLICT (prefix, day) DO UPDATE SET base = EXCLUDED.base",
            [(prefix, day, base) for day, base in moved.items()],
        )
        cursor.execute("SELECT setval(%s::regclass, greatest(%s, 1))", [sequence, last + sum(many.values())])
    return {day: reached.get(day, 0) for day in many}


def _moved(bases: Mapping[date, int], many: Mapping[date, int], last: int) -> dict[date, int]:
    """Where the series stood when each day began, had `many` more been given on the days. A day without any number
    began where the next one did."""
    stood, following = dict(bases), last
    for day in sorted({*bases, *many}, reverse=True):
        following = stood.setdefault(day, following)
    before = 0
    moved = {}
    for day in sorted(stood):
        moved[day] = stood[day] + before
        before += many.get(day, 0)
    return moved
