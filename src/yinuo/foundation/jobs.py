"""Jobs: work that waits, deferred inside the transaction that wants it (DESIGN section 4, row "jobs").

Procrastinate's own `task.defer()` inside a worker goes by another connection: the child of a rolled-back job
would run. `later` therefore writes the row with the service's others, in web and worker alike.
"""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import DatabaseError, close_old_connections
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from yinuo.foundation import clock
from yinuo.foundation.models import JobFailure
from yinuo.foundation.pending import pending
from yinuo.foundation.rows import insert, new

log = structlog.get_logger()

QUEUES = {"now": 4, "soon": 2, "bulk": 1}
"""Each queue with its slots in one worker process: what a customer waits for never stands behind bulk work."""

ATTEMPTS = 9
RETRY_BASE_S = 2.5


@dataclass(frozen=True)
class JobFunction:
    """A registered job; calling it runs it here and now."""

    name: str
    queue: str
    function: Callable[..., None]

    def __call__(self, **arguments: Any) -> None:
        self.function(**arguments)


registered: dict[str, JobFunction] = {}


def job(*, queue: str, attempts: int = ATTEMPTS) -> Callable[[Callable[..., None]], JobFunction]:
    """Registers a function of a room's `jobs.py` as `<room>.<function>`. Arguments are ids and plain values only.

    A failed attempt is tried again after 2.5, 6, 16, 39 … s; after `attempts` it waits on the failed-jobs page.
    """

    def register(function: Callable[..., None]) -> JobFunction:
        name = f"{function.__module__.removeprefix('yinuo.').split('.')[0]}.{function.__name__}"
        mine = JobFunction(name, queue, function)
        registered[name] = mine

        def run_in_worker(context: JobContext, timestamp: int | None = None, **arguments: Any) -> None:
            # `timestamp` is what procrastinate adds to timed jobs; ours ask the clock
            close_old_connections()
            try:
                function(**arguments)
                if context.job.attempts:
                    JobFailure.objects.filter(job_id=context.job.id).delete()
            except Exception as error:
                _keep_failure(context.job.id, error)
                raise
            finally:
                close_old_connections()

        retry = RetryStrategy(max_attempts=attempts - 1, exponential_wait=RETRY_BASE_S) if attempts > 1 else False
        app.task(name=name, queue=queue, retry=retry, pass_context=True)(run_in_worker)
        return mine

    return register


def later(what: JobFunction | str, /, **arguments: Any) -> None:
    """Puts a job row into the running service's transaction; it runs after the commit or, rolled back, never."""
    mine = pending()  # raises outside of a service
    function = registered[what] if isinstance(what, str) else what
    if mine.jobs_here is not None:
        mine.jobs_here.append((function, arguments))
        return
    row = new(
        ProcrastinateJob,
        queue_name=function.queue, task_name=function.name, args=arguments, status="todo", priority=0, attempts=0,
        abort_requested=False,
    )  # fmt: skip
    insert(row)
    hint_queue(function.queue, None)


def hint_queue(queue: str, job_id: int | None) -> None:
    """Wakes a worker of `queue` after the commit of the running service."""
    pending().job_channels[f"procrastinate_queue_v1#{queue}"] = f'{{"type":"job_inserted","job_id":{job_id}}}'


def every(cron: str, what: JobFunction) -> None:
    """Registers a job without arguments as a timed one (`cron`: five fields, in UTC). For `config.schedule`."""
    app.periodic(cron=cron)(app.tasks[what.name])


def _keep_failure(job_id: int | None, error: Exception) -> None:
    """Keeps the error for the failed-jobs page, in a transaction of its own: the job's is rolled back."""
    close_old_connections()
    lines = [*traceback.format_exception_only(error), *traceback.format_tb(error.__traceback__)]
    try:
        JobFailure.objects.update_or_create(
            job_id=job_id, defaults={"error": "".join(lines)[:20_000], "failed_at": clock.now()}
        )
    except DatabaseError:
        log.warning("failure not kept", job_id=job_id, exc_info=True)
