"""The transaction of a service: the outermost owns it, inner ones join."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

import structlog
from django.db import DatabaseError, connection, transaction

from yinuo.foundation.events import write_history
from yinuo.foundation.live import hint_of
from yinuo.foundation.pending import Pending, _current
from yinuo.foundation.prepared import Statement
from yinuo.foundation.rows import read, write

log = structlog.get_logger()
P = ParamSpec("P")
R = TypeVar("R")


@contextmanager
def work() -> Iterator[Pending]:
    """One transaction with the facts, jobs and hints that belong to it.

    An inner one joins. Whoever catches the error of an inner service has half of its writes in the
    transaction, so the outermost refuses to commit after that; `attempt()` is the way to try and go on.
    """
    outer = _current.get()
    if outer is not None:
        outer.inside += 1
        try:
            yield outer
        except BaseException:
            outer.broken = True
            raise
        finally:
            outer.inside -= 1
        return
    mine = Pending()
    token = _current.set(mine)
    owns_commit = not connection.in_atomic_block
    try:
        with transaction.atomic():
            yield mine
            if mine.broken:
                raise RuntimeError("the error of an inner service was caught: use attempt() around it")
            write_history(mine)
            hint = hint_of(mine)
            if not write(mine, commit=owns_commit, hint=hint if owns_commit else None):
                transaction.on_commit(lambda: _tell(hint))
    finally:
        _current.reset(token)


@contextmanager
def one_write() -> Iterator[Pending]:
    """For a door that only adds: all its rows go down in one statement at the end, which is a transaction by itself, so
    none is begun (two round trips less). Reads before it stand for themselves; `flush` inside is refused. Inside of
    a service it is an `attempt`, inside of a transaction `work`."""
    if _current.get() is not None:
        with attempt():
            yield _current.get()  # type: ignore[misc]
        return
    if connection.in_atomic_block:
        with work() as mine:
            yield mine
        return
    mine = Pending(one_write=True)
    token = _current.set(mine)
    try:
        yield mine
        if mine.broken:
            raise RuntimeError("the error of an inner service was caught: use attempt() around it")
        write_history(mine)
        mine.one_write = False
        hint = hint_of(mine)
        if not write(mine, hint=hint):
            _tell(hint)
    finally:
        _current.reset(token)


def _tell(hint: Statement | None) -> None:
    """Hints are lost rather than that they undo what is done."""
    if hint:
        try:
            read(hint[0].decode(), *hint[1])
        except DatabaseError:
            log.warning("hint not sent", exc_info=True)


@contextmanager
def attempt() -> Iterator[None]:
    """Inside a service: what fails in here is taken back alone, facts and hints too, and may be caught outside."""
    mine = _current.get()
    if mine is None:
        raise RuntimeError("attempt() is for use inside a service")
    write(mine)  # what came before is no part of the attempt
    before = Pending(
        rows=list(mine.rows),
        afterwards=list(mine.afterwards),
        topics=set(mine.topics),
        job_channels=dict(mine.job_channels),
        jobs_here=None if mine.jobs_here is None else list(mine.jobs_here),
        inside_at_once=mine.inside_at_once,
        broken=mine.broken,
    )
    try:
        with transaction.atomic():
            yield
            write(mine)
    except BaseException:
        mine.collected.clear()
        mine.rows[:] = before.rows
        mine.afterwards[:] = before.afterwards
        mine.topics.intersection_update(before.topics)
        mine.job_channels = before.job_channels
        mine.jobs_here = before.jobs_here
        mine.inside_at_once = before.inside_at_once
        mine.broken = before.broken
        mine.in_force = None  # what was read in there may never have been
        raise


def service(function: Callable[P, R]) -> Callable[P, R]:
    """Marks a function of `services.py`: runs in the one transaction of the outermost service."""

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        with work():
            return function(*args, **kwargs)

    return call
