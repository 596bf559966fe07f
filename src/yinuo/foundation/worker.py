"""The worker process: works off jobs, seals history, takes up what killed workers left.

Recovery is a thread here and no timed job: it must not wait behind the very slots that hang.
"""

import asyncio
import json
import signal
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import psycopg
import structlog
from django.db import connection
from procrastinate.app import App
from procrastinate.contrib.django import app as jobs_app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DeleteJobCondition, Job, Status
from procrastinate.psycopg_connector import PsycopgConnector
from procrastinate.retry import RetryDecision
from procrastinate.worker import Worker

from yinuo.foundation import clock
from yinuo.foundation.batches import HEARTBEAT_S, POLL_S, RECONNECT_S, Slots, last_words
from yinuo.foundation.encryption import conceal
from yinuo.foundation.failed_jobs import JOBS_TOPIC
from yinuo.foundation.heartbeat import beat
from yinuo.foundation.jobs import ATTEMPTS, BATCH, QUEUES, hint_queue
from yinuo.foundation.live import CHANNEL, touch
from yinuo.foundation.seals import seal_history
from yinuo.foundation.work import work

log = structlog.get_logger()

STALLED_S = 12.0
SEAL_EVERY_S = 2.0
RECOVER_EVERY_S = 5.0
BEAT_EVERY_S = 10.0


def run(queues: Sequence[str] = tuple(QUEUES)) -> None:
    """Works until SIGTERM or SIGINT, each queue with slots of its own, so that none holds up another.

    Running jobs are waited for without limit and never aborted: whoever cannot wait kills this process, and a job
    of a killed worker is taken up again. A lost database is waited for.
    """
    stop = threading.Event()
    rounds = threading.Thread(target=_rounds, args=[stop], name="rounds", daemon=True)
    rounds.start()
    slots = Slots(queues)
    slots.start()
    try:
        asyncio.run(_work([name for name in queues if name not in BATCH], slots))
        slots.end()
    finally:
        stop.set()
        rounds.join(timeout=10)


async def _work(queues: Sequence[str], slots: Slots) -> None:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def end() -> None:
        asked.set()
        slots.take_no_more()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    # The loop's own executor has as many threads as suit the processors, which may be fewer than slots.
    threads = sum(QUEUES[name] for name in queues) + 1
    loop.set_default_executor(ThreadPoolExecutor(threads, thread_name_prefix="job"))
    while not asked.is_set():
        try:
            await _serve(queues, asked)
        except (ConnectorException, psycopg.Error) as error:
            log.warning("worker lost the database, trying again", error=type(error).__name__)
        if not asked.is_set():
            await asyncio.wait([asyncio.ensure_future(asked.wait())], timeout=RECONNECT_S)


async def _serve(queues: Sequence[str], asked: asyncio.Event) -> None:
    """Returns when the end was asked for, or when any of the queues' workers gave up (mostly: no database)."""
    connector = PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=4, timeout=10)
    with jobs_app.replace_connector(connector) as app:
        async with app.open_async():
            app.perform_import_paths()
            working = [asyncio.create_task(_worker(app, name).run(), name=name) for name in queues]
            waiting = asyncio.create_task(asked.wait())
            await asyncio.wait([*working, waiting], return_when=asyncio.FIRST_COMPLETED)
            for task in [*working, waiting]:
                task.cancel()
            ended = await asyncio.gather(*working, return_exceptions=True)
    for outcome in ended:
        if isinstance(outcome, Exception):
            raise outcome


def _worker(app: App, queue: str) -> "PatientWorker":
    return PatientWorker(
        app=app,
        queues=[queue],
        name=queue,
        concurrency=QUEUES[queue],
        fetch_job_polling_interval=POLL_S,
        install_signal_handlers=False,
        delete_jobs=DeleteJobCondition.SUCCESSFUL,
        update_heartbeat_interval=HEARTBEAT_S,
        stalled_worker_timeout=STALLED_S,
        task_middleware=app.worker_defaults.get("task_middleware"),
    )


class PatientWorker(Worker):
    """Keeps trying to write down that a job has ended: one that stays `doing` under a living worker would wait
    for ever. Gives up when the worker's heartbeat must have been missed: then recovery has it."""

    async def _persist_job_status(
        self, job: Job, status: Status, retry_decision: RetryDecision | None, **circumstances: Any
    ) -> None:
        limit = time.monotonic() + 10 * STALLED_S
        while True:
            try:
                await super()._persist_job_status(
                    job=job, status=status, retry_decision=retry_decision, **circumstances
                )
                if status == Status.FAILED and retry_decision is None:
                    await self.app.connector.execute_query_async(
                        "SELECT pg_notify(%(channel)s, %(topics)s)", channel=CHANNEL, topics=f'["{JOBS_TOPIC}"]'
                    )
                return
            except ConnectorException as error:
                if not _is_connection_lost(error) or time.monotonic() > limit:
                    raise
                log.warning("end of a job not written yet", queue=self.worker_name)
                await asyncio.sleep(RECONNECT_S)


def _is_connection_lost(error: BaseException) -> bool:
    cause = error.__cause__
    return isinstance(cause, psycopg.OperationalError)


# -- rounds ------------------------------------------------------------------------------------------------------


@dataclass
class _Duty:
    name: str
    every_s: float
    due: float = 0.0


def _rounds(stop: threading.Event) -> None:
    """Seals, recovers and gives signs of life until `stop`; a lost database costs delay only."""
    duties = [_Duty("seal", SEAL_EVERY_S), _Duty("recover", RECOVER_EVERY_S), _Duty("beat", BEAT_EVERY_S)]
    while not stop.is_set():
        now = time.monotonic()
        for duty in duties:
            if now >= duty.due:
                duty.due = now + duty.every_s
                _do(duty.name)
        stop.wait(max(0.05, min(duty.due for duty in duties) - time.monotonic()))
    connection.close()


def _do(duty: str) -> None:
    try:
        match duty:
            case "seal":
                while seal_history():
                    pass
            case "recover":
                requeue_stalled()
            case "beat":
                beat("worker", clock.now())
    except Exception:
        log.warning("round failed, trying again", duty=duty, exc_info=True)
        connection.close()


def requeue_stalled(stalled_s: float = STALLED_S) -> int:
    """Puts jobs back whose worker has been silent for `stalled_s`; how many. One that has taken its worker with it
    time and again becomes a failed job."""
    with work(), connection.cursor() as cursor:
        cursor.execute(
            "WITH stalled AS (SELECT job.id FROM procrastinate_jobs job "
            " LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id "
            " WHERE job.status = 'doing' AND (worker.id IS NULL "
            "  OR worker.last_heartbeat < clock_timestamp() - make_interval(secs => %(stalled_s)s)) "
            " FOR UPDATE OF job SKIP LOCKED) "
            "UPDATE procrastinate_jobs job SET attempts = job.attempts + 1, worker_id = NULL, scheduled_at = NULL, "
            " status = (CASE WHEN job.attempts + 1 < %(attempts)s THEN 'todo' ELSE 'failed' END)"
            " ::procrastinate_job_status "
            "FROM stalled WHERE job.id = stalled.id "
            "RETURNING job.id, job.queue_name, job.status, job.task_name, job.args",
            {"stalled_s": stalled_s, "attempts": ATTEMPTS},
        )
        rows = cursor.fetchall()
        for job_id, queue, status, name, arguments in rows:
            if status == "todo":
                hint_queue(queue)
            else:
                cursor.execute(
                    "INSERT INTO foundation_jobfailure (job_id, error, failed_at) VALUES (%s, %s, %s) "
                    "ON CONFLICT (job_id) DO UPDATE SET error = excluded.error, failed_at = excluded.failed_at",
                    [job_id, conceal("WorkerDied: every worker that took this job died"), clock.now()],
                )
                touch(JOBS_TOPIC)
                last_words(name, arguments if isinstance(arguments, dict) else json.loads(arguments))
        cursor.execute(
            "DELETE FROM procrastinate_workers WHERE last_heartbeat < clock_timestamp() - make_interval(secs => %s)",
            [10 * stalled_s],
        )
    if rows:
        log.warning("jobs of dead workers taken up", jobs=[row[0] for row in rows])
    return len(rows)
