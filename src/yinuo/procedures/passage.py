"""Where time goes in a procedure and where rounds repeat, over the newest runs that have ended (ADR 0019).

A bounded window behind an index: so many runs, however many tickets there are, always up to date, no table beside.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from yinuo.foundation.select import select
from yinuo.procedures.models import Step, StepState

WINDOW = 500
"""Runs that are looked at: enough that one odd matter does not show, few enough for a page."""
NEWEST = """
    SELECT r.id, r.started_at, r.ended_at FROM procedures_procedureversion v
    CROSS JOIN LATERAL (
        SELECT id, started_at, ended_at FROM procedures_run
        WHERE procedure_id = v.id AND ended_at IS NOT NULL ORDER BY ended_at DESC LIMIT %s
    ) r
    WHERE v.code = %s ORDER BY r.ended_at DESC LIMIT %s
"""
TIMES = f"""
    SELECT s.key, count(*), count(*) FILTER (WHERE s.round > 1),
        sum(extract(epoch FROM s.done_at - s.started_at))::float8,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM s.done_at - s.started_at))::float8
    FROM {Step._meta.db_table} s
    WHERE s.run_id = ANY(%s) AND s.state IN ('{StepState.DONE.value}', '{StepState.SKIPPED.value}')
        AND s.done_at IS NOT NULL
    GROUP BY s.key
"""  # noqa: S608 - our own names


@dataclass(frozen=True)
class Passage:
    """How a step was passed: how often, how often again in a later round, how long in all and in the middle. By the
    clock on the wall, waiting included."""

    times: int
    again: int
    total: timedelta
    median: timedelta


@dataclass(frozen=True)
class Passages:
    """`runs` that ended between `since` and `until`, and what of them each step took."""

    runs: int
    since: datetime | None
    until: datetime | None
    by_step: dict[str, Passage]


def passages_of(code: str, window: int = WINDOW) -> Passages:
    """Of the newest `window` ended runs of a procedure, whichever version they followed."""
    runs = select(NEWEST, window, code, window)
    if not runs:
        return Passages(0, None, None, {})
    steps = select(TIMES, [id for id, _, _ in runs])
    by_step = {
        key: Passage(times, again, timedelta(seconds=total), timedelta(seconds=median))
        for key, times, again, total, median in steps
    }
    return Passages(len(runs), runs[-1][2], runs[0][2], by_step)
