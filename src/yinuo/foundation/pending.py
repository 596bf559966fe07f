"""What a running service has promised to do at its end: history rows to write, hints and jobs to send."""

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


@dataclass
class Pending:
    rows: list[Any] = field(default_factory=list)  # history
    collected: list[Any] = field(default_factory=list)  # see `rows`
    one_write: bool = False  # see `work.one_write`
    afterwards: list[UUID] = field(default_factory=list)
    topics: set[str] = field(default_factory=set)
    job_channels: dict[str, str] = field(default_factory=dict)
    jobs_here: list[tuple[Any, dict[str, Any]]] | None = None  # see `draining`; else jobs are rows
    inside_at_once: bool = False
    inside: int = 0  # how many services the running one is called by
    broken: bool = False
    in_force: Any = None  # see `in_force`


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


def pending_or_none() -> Pending | None:
    """The running service's, or nothing outside of one."""
    return _current.get()
