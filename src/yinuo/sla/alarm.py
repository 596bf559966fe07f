"""The alarm process: notices what has fallen due (R-CL-4). No scan: one index probe, then sleep until the next instant.

Several alarm processes, also on several machines, share the work (`services.noticing`). After a stop the first look
catches up.
"""

import gc
import select
import threading
import time
from datetime import datetime

import psycopg
import structlog
from django.db import InterfaceError, OperationalError, connection

from yinuo.foundation import clock
from yinuo.foundation.heartbeat import beat
from yinuo.foundation.live import CHANNEL
from yinuo.foundation.rows import read
from yinuo.sla.services import ALARM_TOPIC
from yinuo.sla.services.noticing import BATCH, notice_due

__all__ = ["BATCH", "drain", "notice_due", "run_forever", "seconds_to_next"]

log = structlog.get_logger()

LONGEST_SLEEP_S = 20.0
SHORTEST_SLEEP_S = 0.02
STOP_LOOKED_AT_S = 0.5


def seconds_to_next(now: datetime) -> float:
    """How long there is nothing to do: at most 20 s."""
    earliest = read(
        "SELECT next_alarm_at FROM sla_deadline WHERE next_alarm_at IS NOT NULL ORDER BY next_alarm_at LIMIT 1"
    )
    if not earliest:
        return LONGEST_SLEEP_S
    return min(max((earliest[0][0] - now).total_seconds(), SHORTEST_SLEEP_S), LONGEST_SLEEP_S)


def drain() -> None:
    """Notices all that is due by now, with a second connection beside: while the database writes one batch, the next is
    decided. What the helper could not do, this one does."""
    helper = threading.Thread(target=_help, name="alarm-helper", daemon=True)
    helper.start()
    try:
        while notice_due(now=clock.now()):
            pass
    finally:
        helper.join()


def _help() -> None:
    try:
        while notice_due(now=clock.now()) == BATCH:
            pass
    except (OperationalError, InterfaceError):
        log.warning("helper lost the database", exc_info=True)
    finally:
        connection.close()


def run_forever(stop: threading.Event) -> None:
    """Goes on after a lost database connection; ends when `stop` is set."""
    gc.collect()
    gc.freeze()  # what is loaded stays: looking through it again costs a fifth of a long batch
    listener = _Listener()
    while not stop.is_set():
        try:
            listener.open()  # before looking: a hint sent in between is heard
            taken = notice_due(now=clock.now())
            beat("alarm", clock.now())
            if taken == BATCH:
                drain()
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

    def open(self):
        if self.connection is None:
            parameters = connection.get_connection_params()
            for name in ("cursor_factory", "context", "prepare_threshold"):
                parameters.pop(name, None)
            self.connection = connection.Database.connect(**parameters, autocommit=True)
            self.connection.execute(f"LISTEN {CHANNEL}")
        return self.connection

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Returns after `seconds`, on a hint for the alarm, or soon after `stop` is set. Hints for others only wake it
        up for a moment."""
        opened, until = self.open(), time.monotonic() + seconds
        while not stop.is_set() and (left := until - time.monotonic()) > 0:
            select.select([opened.fileno()], [], [], min(STOP_LOOKED_AT_S, left))
            if any(f'"{ALARM_TOPIC}"' in notice.payload for notice in opened.notifies(timeout=0)):
                return

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None
