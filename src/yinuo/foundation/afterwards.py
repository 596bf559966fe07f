"""The job that calls AFTERWARDS functions (see `events`)."""

from uuid import UUID

import structlog
from django.db import connection

from yinuo.foundation import clock
from yinuo.foundation.events import Recorded, afterwards_of, function_named, recorded_of
from yinuo.foundation.jobs import job
from yinuo.foundation.models import HandlerMark, HistoryRow
from yinuo.foundation.work import work

log = structlog.get_logger()


@job(queue="now")
def run_afterwards(*, event_ids: list[str]) -> None:
    """Calls every AFTERWARDS function of these facts that has no done-mark yet, each in its own transaction.

    One that fails does not hold up the others; the job then fails as a whole and is tried again.
    """
    rows = {row.id: row for row in HistoryRow.objects.filter(id__in=event_ids)}
    done = set(HandlerMark.objects.filter(event_id__in=event_ids).values_list("event_id", "handler"))
    failures: list[Exception] = []
    for event_id in map(UUID, event_ids):
        recorded = recorded_of(rows[event_id])
        for name in afterwards_of(recorded.fact):
            if (event_id, name) in done:
                continue
            try:
                _run_marked(recorded, name)
            except Exception as error:
                log.exception("handler failed", handler=name, event_id=str(event_id))
                failures.append(error)
    if failures:
        raise failures[0]


def _run_marked(recorded: Recorded, name: str) -> None:
    with work():
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO foundation_handlermark (event_id, handler, done_at) VALUES (%s, %s, %s) "
                "ON CONFLICT DO NOTHING",
                [recorded.id, name, clock.now()],
            )
            fresh = cursor.rowcount == 1
        if fresh:
            function_named(name)(recorded)
