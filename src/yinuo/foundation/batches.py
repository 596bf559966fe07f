"""Queues whose jobs are taken many at a time: what all of them read is read once, what all write is one transaction.

A slot is a thread. It takes as many fresh jobs of its queue as there are, up to `BATCH`, hands those of one function
to its `together`, and does one by one what that leaves. A job that was tried before is always taken alone, so that one
that fails, or takes its worker with it, costs the others nothing. The rows are procrastinate's and mean what they mean
there: `doing` under a worker whose heartbeat recovery watches, a retry by `scheduled_at`, `failed` for a person.
"""

import json
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import groupby
from typing import Any

import psycopg
import structlog
from django.db import close_old_connections, connection
from procrastinate.contrib.django.utils import connector_params

from yinuo.foundation import clock
from yinuo.foundation.encryption import conceal
from yinuo.foundation.failed_jobs import JOBS_TOPIC
from yinuo.foundation.jobs import (
    ATTEMPTS,
    BATCH,
    QUEUES,
    JobFunction,
    Taken,
    registered,
    retry_wait_s,
    tell_given_up,
    told,
)
from yinuo.foundation.live import touch
from yinuo.foundation.work import attempt, work

log = structlog.get_logger()

POLL_S = 1.0
RECONNECT_S = 1.0
HEARTBEAT_S = 3.0


class NotOurs(Exception):
    """A job has been taken from this worker, which was silent for too long: its work must not be committed."""


# -- taking and ending -----------------------------------------------------------------------------------------


def take(queue: str, worker_id: int, most: int) -> list[Taken]:
    """Fresh jobs of a queue, the oldest first."""
    return _take(queue, worker_id, "attempts = 0", most)


def take_tried(queue: str, worker_id: int) -> list[Taken]:
    """One job that has been tried before and whose time has come, or none."""
    return _take(queue, worker_id, "attempts > 0", 1)


def _take(queue: str, worker_id: int, which: str, most: int) -> list[Taken]:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE id = ANY(ARRAY("  # noqa: S608 - one of two conditions of ours
            f" SELECT id FROM procrastinate_jobs WHERE status = 'todo' AND queue_name = %s AND {which} "
            " AND (scheduled_at IS NULL OR scheduled_at <= clock_timestamp()) "
            " ORDER BY priority DESC, id LIMIT %s FOR UPDATE SKIP LOCKED)) "
            "RETURNING id, task_name, args, attempts",
            [worker_id, queue, most],
        )
        rows = cursor.fetchall()
    return [
        Taken(id, name, queue, arguments if isinstance(arguments, dict) else json.loads(arguments), attempts, worker_id)
        for id, name, arguments, attempts in sorted(rows, key=lambda row: row[0])
    ]


def finish(jobs: Sequence[Taken]) -> None:
    """These are done: their rows go in the running service's transaction. Raises `NotOurs` where another worker has
    been given one of them, so that what was done for it is taken back."""
    if not jobs:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE id = ANY(%s) AND status = 'doing' AND worker_id = %s",
            [[job.id for job in jobs], jobs[0].worker_id],
        )
        if cursor.rowcount != len(jobs):
            raise NotOurs


def put_off(jobs: Iterable[Taken], error: Exception, *, final: bool = False) -> None:
    """Tries them again later, each after its own wait; those that have had their attempts, or all when `final`, wait
    for a person on the failed-jobs page. In the running service's transaction. Raises `NotOurs`."""
    for job in jobs:
        function = registered.get(job.name)
        attempts = job.attempts + 1
        ends = final or attempts >= (function.attempts if function else ATTEMPTS)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE procrastinate_jobs SET attempts = %s, worker_id = NULL, "
                " status = (CASE WHEN %s THEN 'failed' ELSE 'todo' END)::procrastinate_job_status, "
                " scheduled_at = CASE WHEN %s THEN NULL ELSE clock_timestamp() + make_interval(secs => %s) END "
                "WHERE id = %s AND status = 'doing' AND worker_id = %s",
                [attempts, ends, ends, 0.0 if ends else retry_wait_s(attempts), job.id, job.worker_id],
            )
            if cursor.rowcount != 1:
                raise NotOurs
            cursor.execute(
                "INSERT INTO foundation_jobfailure (job_id, error, failed_at) VALUES (%s, %s, %s) "
                "ON CONFLICT (job_id) DO UPDATE SET error = excluded.error, failed_at = excluded.failed_at",
                [job.id, conceal(told(error)), clock.now()],
            )
        if ends:
            touch(JOBS_TOPIC)
            last_words(job.name, job.arguments)


def last_words(name: str, arguments: dict[str, Any]) -> None:
    """Tells whoever waits for a job that it will not be done, in the running service. An error in that must not hold
    up the end of the job itself."""
    try:
        with attempt():
            tell_given_up(name, arguments)
    except Exception:
        log.exception("not told that a job is given up", job=name)


# -- doing -----------------------------------------------------------------------------------------------------


def do(jobs: Sequence[Taken]) -> None:
    """Does jobs that this worker has taken. An error that escapes leaves some of them in its hands: the worker then
    gives up its id, and recovery takes them up."""
    for name, group in groupby(sorted(jobs, key=lambda job: job.name), key=lambda job: job.name):
        of_one = list(group)
        function = registered.get(name)
        if function and function.together and not of_one[0].attempts:
            of_one = _together(function.together, of_one)
        for job in of_one:
            _alone(function, job)


def _together(together: Callable[[list[Taken]], None], jobs: list[Taken]) -> list[Taken]:
    """Those of them that are to be done one by one."""
    try:
        together(jobs)
    except Exception:
        _drop_broken_connection()
        log.warning("jobs not done together, trying one by one", job=jobs[0].name, count=len(jobs), exc_info=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM procrastinate_jobs WHERE id = ANY(%s) AND status = 'doing' AND worker_id = %s",
            [[job.id for job in jobs], jobs[0].worker_id],
        )
        left = {row[0] for row in cursor.fetchall()}
    return [job for job in jobs if job.id in left]


def _alone(function: JobFunction | None, job: Taken) -> None:
    try:
        if function is None:
            raise LookupError(f"no such job: {job.name}")
        function(**job.arguments)
    except Exception as error:
        log.exception("job failed", job=job.name, job_id=job.id, attempts=job.attempts + 1)
        _drop_broken_connection()
        with work():
            put_off([job], error, final=function is None)
    else:
        with work():
            finish([job])
            if job.attempts:
                _forget_failure(job)


def _drop_broken_connection() -> None:
    if not connection.in_atomic_block:
        close_old_connections()


def _forget_failure(job: Taken) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM foundation_jobfailure WHERE job_id = %s", [job.id])


# -- slots -----------------------------------------------------------------------------------------------------


class Slots:
    """The threads of the batched queues of one process, and one that hears hints and gives signs of life for them."""

    def __init__(self, queues: Iterable[str]) -> None:
        self._stop = threading.Event()
        self._ended = threading.Event()
        self._hints = {queue: threading.Event() for queue in queues if queue in BATCH}
        self._ids: dict[int, int] = {}
        self._slots = [
            threading.Thread(target=self._slot, args=(queue, number), name=f"{queue}-{number}", daemon=True)
            for queue in self._hints
            for number in range(QUEUES[queue])
        ]
        self._ear = threading.Thread(target=self._hear, name="hints", daemon=True)

    def start(self) -> None:
        for thread in [*self._slots, self._ear] if self._slots else []:
            thread.start()

    def take_no_more(self) -> None:
        self._stop.set()
        for hint in self._hints.values():
            hint.set()

    def end(self) -> None:
        """Returns when what has been taken is done, however long that takes; nothing more is taken."""
        self.take_no_more()
        for thread in self._slots:
            if thread.is_alive():
                thread.join()
        self._ended.set()

    def _slot(self, queue: str, number: int) -> None:
        key, hint = threading.get_ident(), self._hints[queue]
        look_again = 0.0
        while not self._stop.is_set():
            hint.clear()
            try:
                close_old_connections()
                if key not in self._ids:
                    self._ids[key] = _register()
                jobs = take(queue, self._ids[key], BATCH[queue])
                do(jobs)
                if not jobs or time.monotonic() >= look_again:
                    look_again = time.monotonic() + POLL_S
                    while not self._stop.is_set() and (tried := take_tried(queue, self._ids[key])):
                        do(tried)
                        jobs += tried
                        if time.monotonic() >= look_again:
                            break
            except Exception as error:
                log.warning("slot starts anew", queue=queue, slot=number, error=type(error).__name__, exc_info=True)
                self._give_up_id(key)
                connection.close()
                self._stop.wait(RECONNECT_S)
                continue
            if not jobs:
                hint.wait(POLL_S)
        self._give_up_id(key)
        connection.close()

    def _give_up_id(self, key: int) -> None:
        """What is still `doing` under it is then nobody's, and taken up by recovery."""
        worker_id = self._ids.pop(key, None)
        if worker_id is not None:
            with suppress(Exception), connection.cursor() as cursor:
                cursor.execute("DELETE FROM procrastinate_workers WHERE id = %s", [worker_id])

    def _hear(self) -> None:
        while not self._ended.is_set():
            try:
                with psycopg.connect(**connector_params(), autocommit=True) as ear:
                    self._hear_on(ear)
            except psycopg.Error as error:
                log.warning("hints are not heard, trying again", error=type(error).__name__)
                self._ended.wait(RECONNECT_S)

    def _hear_on(self, ear: psycopg.Connection[Any]) -> None:
        channels = {f"procrastinate_queue_v1#{queue}": hint for queue, hint in self._hints.items()}
        for channel in channels:
            ear.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(channel)))
        beat_at = 0.0
        while not self._ended.is_set():
            for notice in ear.notifies(timeout=POLL_S, stop_after=1):
                channels[notice.channel].set()
            if time.monotonic() >= beat_at:
                beat_at = time.monotonic() + HEARTBEAT_S
                ear.execute(
                    "UPDATE procrastinate_workers SET last_heartbeat = clock_timestamp() WHERE id = ANY(%s)",
                    [list(self._ids.values())],
                )


def _register() -> int:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")
        return int(cursor.fetchone()[0])
