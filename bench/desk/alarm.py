"""The alarm beside the same work by bare SQL, over a million running promises.

Bare SQL claims the same batches, updates them, copies the same history rows (computed before, with new keys) and puts
down the same jobs, on one connection. What the alarm decides, digests and encodes is not in it.
"""

import gc
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import psycopg
from django.db import connection
from tests.promises import fill_promises
from tests.story import make_company, write_in

from yinuo.config.up.forking import SELDOM
from yinuo.foundation import clock
from yinuo.foundation.ids import new_id
from yinuo.foundation.jobs import registered
from yinuo.foundation.models import HistoryRow
from yinuo.sla.alarm import BATCH, drain
from yinuo.staff.models import Notice, Shift, Team

RUNNING = 1_000_000
AT_ONCE = 10_000
TURNS = 3
TICKETS = 20
MINUTE = timedelta(minutes=1)
WARM = timedelta(seconds=8)
"""So long alarm processes have to be there before the first promise falls due."""
ALARMS = 2
COLUMNS = [field.column for field in HistoryRow._meta.concrete_fields if field.column != "xact_id"]
_CLAIM = (
    "SELECT id FROM sla_deadline WHERE next_alarm_at < now() ORDER BY next_alarm_at LIMIT %s FOR UPDATE SKIP LOCKED"
)
_UPDATE = (
    "UPDATE sla_deadline SET alarms = jsonb_path_query_array(alarms, '$[2 to last]'), breached_at = due_at, "
    "next_alarm_at = due_at + interval '2 hours' WHERE id = ANY(%s)"
)
_names = ", ".join(f'"{name}"' for name in COLUMNS)
_READ = f"SELECT {_names} FROM foundation_history ORDER BY id DESC LIMIT %s"  # noqa: S608 - names of our own columns
_COPY = f"COPY foundation_history ({_names}) FROM STDIN"
_JOB = (
    "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, priority, attempts, abort_requested) "
    "VALUES ('now', 'foundation.run_afterwards', %s, 'todo', 0, 0, false)"
)


def make_promises(count: int = RUNNING) -> None:
    """A company, some tickets, and promises that fall due in a month."""
    company = make_company()
    for number in range(TICKETS):
        write_in(company, address=f"buyer{number}@example.com")
    now = clock.now()
    Shift.objects.create(
        account=company.supervisor, starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=9)
    )
    _fill(count, timedelta(days=30), timedelta(days=30))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
        cursor.execute("UPDATE sla_deadline SET next_alarm_at = NULL WHERE due_at < now() + interval '20 days'")
        cursor.execute("VACUUM ANALYZE sla_deadline")


def _fill(count: int, first: timedelta, over: timedelta) -> None:
    team, tickets = Team.objects.get(code="service"), _tickets()
    fill_promises(
        count, team_id=team.id, customer_id=tickets[0][1], tickets=[id for id, _ in tickets], first=first, over=over
    )


def _tickets() -> list[tuple[Any, Any]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, customer_id FROM tickets_ticket ORDER BY id")
        return list(cursor.fetchall())


def measure_drain(address: str, *, count: int = AT_ONCE, turns: int = TURNS) -> tuple[float, float, str]:
    """Promises of one instant a second, by the alarm's own service and by bare SQL, in turns; and how long until the
    supervisor had been told of all of them, with how many notices."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SELDOM)  # as in the processes of a desk
    _fill(BATCH, -timedelta(seconds=1), timedelta())
    drain()
    ours, bare, told = [], [], []
    for _ in range(turns):
        _forget_jobs()
        Notice.objects.all().delete()
        _fill(count, -timedelta(milliseconds=10), timedelta())
        began = time.perf_counter()
        drain()
        ours.append(count / (time.perf_counter() - began))
        history, jobs = _written(2 * count)
        _tell()
        told.append(time.perf_counter() - began)
        if [sum(notice.values["counts"].values()) for notice in Notice.objects.filter(kind="deadlines")] != [count]:
            raise AssertionError("the supervisor was not told by one notice")
        _fill(count, -timedelta(milliseconds=10), timedelta())
        with closing(psycopg.connect(address)) as link:
            began = time.perf_counter()
            _drain_bare(link, history, jobs, count)
            bare.append(count / (time.perf_counter() - began))
    note = (
        f"{count:,} of one instant beside {RUNNING:,} running; medians of {turns} alternating turns; wanted: ratio "
        f"0.5; supervisor told of all by one notice {statistics.median(told):.1f} s after (one worker, wanted: 10 s)"
    )
    return statistics.median(ours), statistics.median(bare), note


def _written(count: int) -> tuple[list[list[Any]], list[str]]:
    """The history rows and the jobs that the alarm has just written, as bare SQL takes them."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, [count])
        plain = [[json.dumps(v) if isinstance(v, dict | list) else v for v in row] for row in cursor.fetchall()]
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = 'foundation.run_afterwards'")
        jobs = [args if isinstance(args, str) else json.dumps(args) for (args,) in cursor.fetchall()]
    for row in plain:
        row[0] = new_id()
    return plain[::-1], jobs


def _drain_bare(link: psycopg.Connection, history: list[list[Any]], jobs: list[str], count: int) -> None:
    for number, start in enumerate(range(0, count, BATCH)):
        cursor = link.cursor()
        ids = [id for (id,) in cursor.execute(_CLAIM, [BATCH], prepare=True)]
        cursor.execute(_UPDATE, [ids], prepare=True)
        with cursor.copy(_COPY) as copy:
            for row in history[2 * start : 2 * (start + BATCH)]:
                copy.write_row(row)
        cursor.execute(_JOB, [jobs[number % len(jobs)]], prepare=True)
        link.commit()
    _settle(link)


def _settle(link: psycopg.Connection) -> None:
    """Bare SQL's jobs are nobody's: no worker is to find them."""
    link.execute("DELETE FROM procrastinate_jobs WHERE task_name = 'foundation.run_afterwards'")
    link.commit()


def _forget_jobs() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def _tell() -> None:
    """What a worker does with the jobs of the alarm."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs RETURNING id, task_name, args")
        rows = sorted(cursor.fetchall())
    for _id, name, arguments in rows:
        if name == "foundation.run_afterwards":
            registered[name](**(json.loads(arguments) if isinstance(arguments, str) else arguments))


def measure_lag(address: str, *, count: int = AT_ONCE, over: timedelta = MINUTE) -> tuple[float, float, str]:
    """99th percentile of the lag in ms with two alarm processes, and of a bare loop by two connections."""
    environment = {**os.environ, "DATABASE_URL": address}
    processes = [
        subprocess.Popen([sys.executable, "-m", "yinuo.config.cli", "alarm"], env=environment) for _ in range(ALARMS)
    ]
    try:
        time.sleep(WARM.total_seconds() / 2)
        began = clock.now()
        _fill(count, WARM / 2, over)
        _wait_until(lambda: _left() == 0, over + 4 * MINUTE)
    finally:
        for process in processes:
            process.terminate()
            process.wait(20)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (values->>'lag_ms')::int FROM foundation_history WHERE kind = 'sla.DeadlineBreached' AND at > %s",
            [began],
        )
        lags = sorted(lag for (lag,) in cursor.fetchall())
    if len(lags) != count:
        raise AssertionError(f"{len(lags)} of {count} were noticed")
    bare = _bare_lags(address, count, over)
    note = (
        f"p99 of {count:,} over {over.seconds} s, {ALARMS} alarm processes beside {RUNNING:,} running; median "
        f"{statistics.median(lags):.0f} ms, worst {lags[-1]} ms; wanted: p99 under 1,000 ms"
    )
    return _p99(lags), _p99(bare), note


def _bare_lags(address: str, count: int, over: timedelta) -> list[int]:
    """A loop that only claims, updates and looks at the clock."""
    _fill(count, WARM / 4, over)
    lags: list[int] = []
    stop = threading.Event()

    def loop() -> None:
        with closing(psycopg.connect(address)) as link:
            while not stop.is_set():
                ids = [id for (id,) in link.execute(_CLAIM, [BATCH], prepare=True)]
                link.execute(_UPDATE, [ids], prepare=True)
                found = link.execute(
                    "SELECT extract(epoch FROM clock_timestamp() - due_at) * 1000 FROM sla_deadline WHERE id = ANY(%s)",
                    [ids],
                    prepare=True,
                )
                lags.extend(round(lag) for (lag,) in found)
                link.commit()
                if not ids:
                    stop.wait(0.02)

    threads = [threading.Thread(target=loop, daemon=True) for _ in range(ALARMS)]
    for thread in threads:
        thread.start()
    _wait_until(lambda: _left() == 0, over + 4 * MINUTE)
    stop.set()
    for thread in threads:
        thread.join(10)
    return sorted(lags)


def _left() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sla_deadline WHERE next_alarm_at < now() + interval '10 minutes'")
        return int(cursor.fetchone()[0])


def _p99(sorted_lags: list[int]) -> float:
    return float(sorted_lags[min(len(sorted_lags) - 1, round(len(sorted_lags) * 0.99))])


def _wait_until(done: Callable[[], bool], patience: timedelta) -> None:
    end: datetime = clock.now() + patience
    while not done():
        if clock.now() > end:
            raise AssertionError("the alarm does not come to an end")
        time.sleep(1)
