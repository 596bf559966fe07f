"""Failed jobs: what a person sees of them and may do (retry, dismiss)."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from yinuo.foundation.actors import Actor
from yinuo.foundation.encryption import reveal
from yinuo.foundation.errors import ErrorKind, YinuoError
from yinuo.foundation.events import Fact, record
from yinuo.foundation.jobs import QUEUES, hint_queue
from yinuo.foundation.live import touch
from yinuo.foundation.models import JobFailure
from yinuo.foundation.work import service

JOBS_TOPIC = "jobs"
SHOWN = 200


class JobGone(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "job_gone"
    text = _("This job has been retried or dismissed in the meantime.")


@dataclass(frozen=True)
class FailedJobRetried(Fact):
    job_id: int
    task: str


@dataclass(frozen=True)
class FailedJobDismissed(Fact):
    job_id: int
    task: str
    attempts: int


@dataclass(frozen=True)
class FailedJob:
    """`arguments` are ids and plain values; `error` is the first line of the last failure, empty where unknown."""

    id: int
    task: str
    queue: str
    arguments: dict[str, Any]
    attempts: int
    error: str
    failed_at: datetime | None


def failed_jobs(limit: int = SHOWN) -> list[FailedJob]:
    """Newest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT job.id, job.task_name, job.queue_name, job.args, job.attempts, failure.error, failure.failed_at "
            "FROM procrastinate_jobs job LEFT JOIN foundation_jobfailure failure ON failure.job_id = job.id "
            "WHERE job.status = 'failed' ORDER BY job.id DESC LIMIT %s",
            [limit],
        )
        rows = cursor.fetchall()
    return [
        FailedJob(job_id, task, queue, _plain(arguments), attempts, _first_line(error), failed_at)
        for job_id, task, queue, arguments, attempts, error, failed_at in rows
    ]


def count_failed() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")
        return int(cursor.fetchone()[0])


def queue_counts() -> dict[str, dict[str, float]]:
    """By queue: `waiting` (could run now), `oldest_s` (how long the oldest of them waits), `running`, `failed`."""
    counts = {queue: {"waiting": 0.0, "oldest_s": 0.0, "running": 0.0, "failed": 0.0} for queue in QUEUES}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT job.queue_name, count(*) FILTER (WHERE job.status = 'todo' AND due), "
            " coalesce(extract(epoch FROM clock_timestamp() - min(coalesce(job.scheduled_at, event.at)) "
            "  FILTER (WHERE job.status = 'todo' AND due)), 0), "
            " count(*) FILTER (WHERE job.status = 'doing'), count(*) FILTER (WHERE job.status = 'failed') "
            "FROM (SELECT *, scheduled_at IS NULL OR scheduled_at <= clock_timestamp() AS due FROM procrastinate_jobs "
            " WHERE status IN ('todo', 'doing', 'failed')) job "
            "LEFT JOIN procrastinate_events event ON event.job_id = job.id AND event.type = 'deferred' "
            "GROUP BY job.queue_name"
        )
        for queue, waiting, oldest_s, running, failed in cursor.fetchall():
            counts[queue] = {
                "waiting": waiting,
                "oldest_s": max(float(oldest_s), 0.0),
                "running": running,
                "failed": failed,
            }
    return counts


@service
def retry_failed_job(*, job_id: int, by: Actor, now: datetime) -> None:
    """Puts a failed job back into its queue with all its attempts before it. Raises `JobGone`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'todo', attempts = 0, scheduled_at = NULL, worker_id = NULL "
            "WHERE id = %s AND status = 'failed' RETURNING task_name, queue_name",
            [job_id],
        )
        row = cursor.fetchone()
    if row is None:
        raise JobGone
    task, queue = row
    record(FailedJobRetried(job_id, task), by=by, at=now, subject=("job", UUID(int=job_id)))
    hint_queue(queue)
    touch(JOBS_TOPIC)


@service
def retry_all_failed(*, by: Actor, now: datetime) -> int:
    """Puts every failed job back into its queue, say after a mail server was away; how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM procrastinate_jobs WHERE status = 'failed' ORDER BY id FOR UPDATE SKIP LOCKED")
        ids = [row[0] for row in cursor.fetchall()]
    for job_id in ids:
        retry_failed_job(job_id=job_id, by=by, now=now)
    return len(ids)


@service
def dismiss_failed_job(*, job_id: int, by: Actor, now: datetime) -> None:
    """Drops a failed job; the history keeps that it was. Raises `JobGone`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE id = %s AND status = 'failed' RETURNING task_name, attempts", [job_id]
        )
        row = cursor.fetchone()
    if row is None:
        raise JobGone
    JobFailure.objects.filter(job_id=job_id).delete()
    task, attempts = row
    record(FailedJobDismissed(job_id, task, attempts), by=by, at=now, subject=("job", UUID(int=job_id)))
    touch(JOBS_TOPIC)


def _first_line(error: bytes | None) -> str:
    text = reveal(error) if error else ""
    return text.partition("\n")[0]


def _plain(arguments: Any) -> dict[str, Any]:
    return arguments if isinstance(arguments, dict) else json.loads(arguments)
