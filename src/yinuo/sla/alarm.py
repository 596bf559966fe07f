"""The alarm: notices what has fallen due (R-CL-4). No scan: one index probe, then sleep until the next instant.

Several alarm processes share the work by SKIP LOCKED; a killed one's rows are taken by the next look. What it
records is dated by when it was due; how much later it was noticed stands beside it.
"""

import select
import threading
from datetime import datetime, timedelta

import psycopg
import structlog
from django.db import InterfaceError, OperationalError, connection

from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import Fact, record
from yinuo.foundation.heartbeat import beat
from yinuo.foundation.live import CHANNEL
from yinuo.foundation.work import service
from yinuo.sla.events import DeadlineBreached, DeadlineEscalated, DeadlineWarned, TimerRang
from yinuo.sla.models import Deadline, DeadlineState
from yinuo.sla.services import ALARM_TOPIC

log = structlog.get_logger()

BATCH = 500
LONGEST_SLEEP_S = 20.0
SHORTEST_SLEEP_S = 0.02
ALARM = Actor.system("alarm")


@service
def notice_due(*, now: datetime, limit: int = BATCH) -> int:
    """Records every alarm that lies before `now`, of up to `limit` deadlines; how many rows were looked at."""
    rows = list(
        Deadline.objects.select_for_update(skip_locked=True)
        .filter(next_alarm_at__lt=now)
        .order_by("next_alarm_at")[:limit]
    )
    for row in rows:
        passed = [alarm for alarm in row.alarms if datetime.fromisoformat(alarm[0]) < now]
        for at, kind, key, tell in passed:
            instant = datetime.fromisoformat(at)
            lag_ms = round((now - instant) / timedelta(milliseconds=1))
            fact = _fact(row, kind, key, tell, instant, lag_ms)
            record(
                fact,
                by=ALARM,
                at=instant,
                subject=("deadline", row.id),
                ticket_id=row.ticket_id,
                customer_id=row.customer_id,
            )
        row.alarms = row.alarms[len(passed) :]
        row.next_alarm_at = datetime.fromisoformat(row.alarms[0][0]) if row.alarms else None
    Deadline.objects.bulk_update(
        rows, ["alarms", "next_alarm_at", "warned_at", "breached_at", "state", "done_at"], batch_size=BATCH
    )
    return len(rows)


def _fact(row: Deadline, kind: str, key: str, tell: str, at: datetime, lag_ms: int) -> Fact:
    match kind:
        case "warn":
            row.warned_at = row.warned_at or at
            return DeadlineWarned(row.id, row.kind, row.due_at, tell, lag_ms)
        case "breach":
            row.breached_at = at
            return DeadlineBreached(row.id, row.kind, row.due_at, lag_ms)
        case "escalate":
            return DeadlineEscalated(row.id, row.kind, key, tell, row.due_at, lag_ms)
        case "timer":
            row.state, row.done_at = DeadlineState.RANG, at
            return TimerRang(row.id, row.kind.removeprefix("timer:"), row.round, row.values, lag_ms)
    raise ValueError(f"no such alarm: {kind}")


def seconds_to_next(now: datetime) -> float:
    """How long there is nothing to do: at most 20 s."""
    earliest = (
        Deadline.objects.filter(next_alarm_at__isnull=False)
        .order_by("next_alarm_at")
        .values_list("next_alarm_at", flat=True)
        .first()
    )
    if earliest is None:
        return LONGEST_SLEEP_S
    return min(max((earliest - now).total_seconds(), SHORTEST_SLEEP_S), LONGEST_SLEEP_S)


def run_forever(stop: threading.Event) -> None:
    """The alarm process. Goes on after a lost database connection; ends when `stop` is set."""
    listener = _Listener()
    while not stop.is_set():
        try:
            taken = notice_due(now=clock.now())
            if taken == BATCH:
                continue
            beat("alarm", clock.now())
            wait = seconds_to_next(clock.now())
            listener.wait(wait if not clock.is_moved() else min(wait, 0.5), stop)
        except (OperationalError, InterfaceError, psycopg.Error):  # the last is the listener's own connection
            log.warning("database unreachable, trying again", exc_info=True)
            listener.close()
            connection.close()
            stop.wait(1)
    listener.close()


class _Listener:
    """A connection of its own that hears hints about nearer alarms; without one the alarm looks every 20 s."""

    def __init__(self) -> None:
        self.connection = None

    def _open(self):
        if self.connection is None:
            parameters = connection.get_connection_params()
            for name in ("cursor_factory", "context", "prepare_threshold"):
                parameters.pop(name, None)
            self.connection = connection.Database.connect(**parameters, autocommit=True)
            self.connection.execute(f"LISTEN {CHANNEL}")
        return self.connection

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Returns after `seconds`, on a hint for the alarm, or when `stop` is set (looked at each half second)."""
        opened = self._open()
        waited = 0.0
        while waited < seconds and not stop.is_set():
            part = min(0.5, seconds - waited)
            select.select([opened.fileno()], [], [], part)
            waited += part
            if any(f'"{ALARM_TOPIC}"' in notice.payload for notice in opened.notifies(timeout=0)):
                return

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None
