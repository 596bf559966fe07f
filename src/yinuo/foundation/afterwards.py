"""The job that calls AFTERWARDS functions (see `events`)."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import structlog
from django.db import connection

from yinuo.foundation import clock
from yinuo.foundation.events import Recorded, afterwards_of, function_named, recorded_of
from yinuo.foundation.jobs import job
from yinuo.foundation.models import HandlerMark, HistoryRow
from yinuo.foundation.work import work

log = structlog.get_logger()

TogetherHandler = Callable[[Sequence[Recorded]], None]


def together(function: TogetherHandler) -> TogetherHandler:
    """Marks an AFTERWARDS function that takes all facts of its job at once, in one transaction: for those that come by
    the thousand at the same instant and are told as one."""
    function.takes_many = True  # type: ignore[attr-defined]
    return function


@job(queue="now")
def run_afterwards(*, event_ids: list[str]) -> None:
    """Calls every AFTERWARDS function of these facts that has no done-mark yet, each in its own transaction.

    One that fails does not hold up the others; the job then fails as a whole and is tried again.
    """
    rows = {row.id: row for row in HistoryRow.objects.filter(id__in=event_ids)}
    done = set(HandlerMark.objects.filter(event_id__in=event_ids).values_list("event_id", "handler"))
    failures: list[Exception] = []
    gathered: dict[str, list[Recorded]] = {}
    for event_id in map(UUID, event_ids):
        recorded = recorded_of(rows[event_id])
        for name in afterwards_of(recorded.fact):
            if (event_id, name) in done:
                continue
            if getattr(function_named(name), "takes_many", False):
                gathered.setdefault(name, []).append(recorded)
            else:
                _try(_run_marked, recorded, name, failures)
    for name, many in gathered.items():
        _try(_run_together, many, name, failures)
    if failures:
        raise failures[0]


def _try(run: Callable[[Any, str], None], what: Any, name: str, failures: list[Exception]) -> None:
    try:
        run(what, name)
    except Exception as error:
        events = [str(one.id) for one in what] if isinstance(what, list) else [str(what.id)]
        log.exception("handler failed", handler=name, event_id=events[0], events=len(events))
        failures.append(error)


def _run_marked(recorded: Recorded, name: str) -> None:
    with work():
        if _mark([recorded.id], name):
            function_named(name)(recorded)


def _run_together(many: list[Recorded], name: str) -> None:
    with work():
        fresh = _mark([recorded.id for recorded in many], name)
        function: Any = function_named(name)
        function([recorded for recorded in many if recorded.id in fresh])


def _mark(event_ids: list[UUID], name: str) -> set[UUID]:
    """Puts down that the handler has done its work for these facts; those for which it had not."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO foundation_handlermark (event_id, handler, done_at) SELECT id, %s, %s FROM unnest(%s) id "
            "ON CONFLICT DO NOTHING RETURNING event_id",
            [name, clock.now(), event_ids],
        )
        return {event_id for (event_id,) in cursor.fetchall()}
