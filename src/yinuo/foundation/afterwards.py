"""The job that calls AFTERWARDS functions (see `events`).

Fresh jobs are done together: one transaction for the facts of many services, in which functions marked `@together` see
all facts that concern them at once, and what they record in turn is followed up at once. The jobs end in that same
transaction, so their rows are the only done-mark it needs. Should anything in it fail, all of it is taken back and each
job, in it each function and then each fact, gets a transaction and done-marks of its own.
"""

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

import structlog
from django.db import connection

from yinuo.foundation import clock
from yinuo.foundation.batches import finish
from yinuo.foundation.events import Recorded, afterwards_of, call, recorded_of, takes_many
from yinuo.foundation.jobs import Taken, job
from yinuo.foundation.models import HandlerMark, HistoryRow
from yinuo.foundation.pending import Pending
from yinuo.foundation.rows import flush
from yinuo.foundation.work import work

log = structlog.get_logger()

FACTS_AT_ONCE = 500
"""About so many facts make one transaction."""

ROUNDS = 8
"""So often what follows from what follows is done in one transaction; the rest is left to a job."""


def _run_together(jobs: Sequence[Taken]) -> None:
    for some in _portions(jobs):
        ids = [UUID(id) for job in some for id in job.arguments["event_ids"]]
        with work() as mine:
            done = _marks(ids)
            events = [recorded_of(row) for row in HistoryRow.objects.filter(id__in=ids).order_by("id")]
            for _round in range(ROUNDS):
                for name, of_it in _concerned(events, done).items():
                    call(name, of_it)
                    flush()
                events = _recorded_in(mine)
                if not events:
                    break
            else:
                mine.afterwards = [event.id for event in events]
            finish(some)


def _portions(jobs: Sequence[Taken]) -> Iterator[list[Taken]]:
    some: list[Taken] = []
    facts = 0
    for taken in jobs:
        some.append(taken)
        facts += len(taken.arguments["event_ids"])
        if facts >= FACTS_AT_ONCE:
            yield some
            some, facts = [], 0
    if some:
        yield some


def _concerned(events: Iterable[Recorded], done: set[tuple[UUID, str]]) -> dict[str, list[Recorded]]:
    """Each function that is still to be called, with all that concerns it."""
    concerned: dict[str, list[Recorded]] = {}
    for event in events:
        for name in afterwards_of(event.fact):
            if (event.id, name) not in done:
                concerned.setdefault(name, []).append(event)
    return concerned


def _recorded_in(mine: Pending) -> list[Recorded]:
    """What has been recorded so far and is to be followed up; from now on the caller does."""
    wanted, mine.afterwards = set(mine.afterwards), []
    return [recorded_of(row) for row in mine.rows if row.id in wanted]


@job(queue="facts", together=_run_together)
def run_afterwards(*, event_ids: list[str]) -> None:
    """Calls every AFTERWARDS function of these facts that has no done-mark yet, each in its own transaction.

    One that fails does not hold up the others; the job then fails as a whole and is tried again.
    """
    ids = [UUID(id) for id in event_ids]
    events = [recorded_of(row) for row in HistoryRow.objects.filter(id__in=ids).order_by("id")]
    done = _marks(ids)
    failures: list[Exception] = []
    for event in events:
        for name in _concerned([event], done):
            if not takes_many(name):
                failures += _try([event], name)
    for name, many in _concerned(events, done).items():
        if takes_many(name) and _try(many, name):
            failures += [error for event in many for error in _try([event], name)]
    if failures:
        raise failures[0]


def _marks(ids: Sequence[UUID]) -> set[tuple[UUID, str]]:
    return set(HandlerMark.objects.filter(event_id__in=ids).values_list("event_id", "handler"))


def _try(events: list[Recorded], name: str) -> list[Exception]:
    """The error, if it fails."""
    try:
        _run_marked(events, name)
    except Exception as error:
        log.exception("handler failed", handler=name, event_id=str(events[0].id), events=len(events))
        return [error]
    return []


def _run_marked(events: list[Recorded], name: str) -> None:
    with work():
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO foundation_handlermark (event_id, handler, done_at) SELECT id, %s, %s FROM unnest(%s) id "
                "ON CONFLICT DO NOTHING RETURNING event_id",
                [name, clock.now(), [event.id for event in events]],
            )
            fresh = {event_id for (event_id,) in cursor.fetchall()}
        call(name, [event for event in events if event.id in fresh])
