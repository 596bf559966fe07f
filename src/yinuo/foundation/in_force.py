"""What is in force (policies, procedures, calendars, the catalogue, teams): read once a process, until it changes.

One row carries a mark that triggers renew in the transaction that changes any of the watched tables. A service reads
the mark once; as long as it is the one this process knows, what was read under it is still true.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from django.db.migrations import RunSQL

from yinuo.foundation.pending import pending, pending_or_none
from yinuo.foundation.rows import read

T = TypeVar("T")
MARK = "SELECT mark FROM foundation_inforce"


@dataclass(frozen=True)
class Known:
    """What was read while `mark` was the mark."""

    mark: UUID | None
    values: dict[Hashable, Any] = field(default_factory=dict)


_known = Known(None)
_seen: ContextVar[dict[Hashable, Any] | None] = ContextVar("seen", default=None)


def once(key: Hashable, ask: Callable[[], T]) -> T:
    """What `ask` answers, kept under `key` while nothing watched changes. Never change what you get: others hold it
    too. Outside of a service it is read each time, but inside of `looking` once."""
    mine = pending_or_none()
    if mine is None:
        seen = _seen.get()
        if seen is None:
            return ask()
        if key not in seen:
            seen[key] = ask()
        return seen[key]  # type: ignore[no-any-return]
    if mine.in_force is None:
        mine.in_force = _look(_mark())
    if key not in mine.in_force.values:
        answer = ask()
        if mine.in_force.mark is not None and mine.in_force.mark != _mark():
            # changed meanwhile, by this service perhaps, which may yet be taken back: it keeps this for itself
            mine.in_force = Known(None, dict(mine.in_force.values))
        mine.in_force.values[key] = answer
    found: T = mine.in_force.values[key]
    return found


@contextmanager
def looking() -> Iterator[None]:
    """A read that asks for the same things in force again and again, as one look."""
    token = _seen.set({})
    try:
        yield
    finally:
        _seen.reset(token)


def forget() -> None:
    """The running service has changed what is in force: what it asks from now on is read anew."""
    mine = pending_or_none()
    if mine is not None:
        mine.in_force = None


def know(mark: UUID | None) -> None:
    """The running service has read the mark together with something else."""
    mine = pending()
    if mine.in_force is None:
        mine.in_force = _look(mark)


def _look(mark: UUID | None) -> Known:
    global _known
    if mark is None:
        return Known(None)  # between the tables and their first row: nothing is kept beyond this service
    known = _known
    if known.mark != mark:
        known = _known = Known(mark)
    return known


def _mark() -> UUID | None:
    rows = read(MARK)
    return rows[0][0] if rows else None


def watched(*tables: str) -> RunSQL:
    """A migration's operation: any change of these tables renews the mark."""
    return RunSQL(
        [
            f"CREATE TRIGGER in_force AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION yinuo_renew_mark()"
            for table in tables
        ],
        [f"DROP TRIGGER in_force ON {table}" for table in tables],
    )
