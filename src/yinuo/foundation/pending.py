"""What a running service has promised to do at its end: history rows to write, hints and jobs to send."""

from collections.abc import Callable, Hashable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

T = TypeVar("T")


@dataclass
class Pending:
    rows: list[Any] = field(default_factory=list)
    afterwards: list[UUID] = field(default_factory=list)
    topics: set[str] = field(default_factory=set)
    job_channels: dict[str, str] = field(default_factory=dict)
    jobs_here: list[tuple[Any, dict[str, Any]]] | None = None  # see `draining`; else jobs are rows
    inside_at_once: bool = False
    broken: bool = False
    known: dict[Hashable, Any] = field(default_factory=dict)  # see `once`


_current: ContextVar[Pending | None] = ContextVar("pending", default=None)


def pending() -> Pending:
    """Raises outside of a service: facts, jobs and hints belong to a transaction."""
    current = _current.get()
    if current is None:
        raise RuntimeError("outside of a service: wrap the writing function in @service")
    return current


def is_under_way() -> bool:
    """Whether a service is running."""
    return _current.get() is not None


def once(key: Hashable, read: Callable[[], T]) -> T:
    """What `read` answers, asked once in a running service: for what is in force (policies, calendars, handbook
    parts) and is looked up at every turn. Whoever changes it calls `forget`."""
    mine = _current.get()
    if mine is None:
        return read()
    if key not in mine.known:
        mine.known[key] = read()
    found: T = mine.known[key]
    return found


def forget() -> None:
    """What is in force has been changed by the running service."""
    mine = _current.get()
    if mine is not None:
        mine.known.clear()
