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

QUEUES = {"facts": 1, "mail": 3, "now": 4, "soon": 2, "bulk": 1}
"""Each queue with its slots in one worker process: what a customer waits for never stands behind bulk work."""

BATCH = {"facts": 50, "mail": 20}
"""Queues whose slots take up to so many jobs at a time (see `batches`); those of the others take one."""

ATTEMPTS = 9
RETRY_BASE_S = 2.5


@dataclass(frozen=True)
class Taken:
    """A job in a worker's hands. `attempts`: those before this one."""

    id: int
    name: str
    queue: str
    arguments: dict[str, Any]
    attempts: int
    worker_id: int


@dataclass(frozen=True)
class JobFunction:
    """A registered job; calling it runs it here and now.

    `together` does many jobs of a queue of `BATCH` in one go: it ends those it has done by `batches.finish`, in the
    transaction that does them; what it leaves, and all when it raises, is done one by one by `function`. `given_up`, a
    service, is called with the same arguments when no further attempt will be made.
    """

    name: str
    queue: str
    function: Callable[..., None]
    attempts: int = ATTEMPTS
    together: Callable[[list[Taken]], None] | None = None
    given_up: Callable[..., None] | None = None

    def __call__(self, **arguments: Any) -> None:
        self.function(**arguments)


registered: dict[str, JobFunction] = {}


def job(
    *,
    queue: str,
    attempts: int = ATTEMPTS,
    together: Callable[[list[Taken]], None] | None = None,
    given_up: Callable[..., None] | None = None,
) -> Callable[[Callable[..., None]], JobFunction]:
    """Registers a function of a room's `jobs.py` as `<room>.<function>`. Arguments are ids and plain values only.

    A failed attempt is tried again after 2.5, 6, 16, 39 … s; after `attempts` it waits on the failed-jobs page.
    `together` and `given_up`: see `JobFunction`.
    """

    def register(function: Callable[..., None]) -> JobFunction:
        name = f"{function.__module__.removeprefix('yinuo.').split('.')[0]}.{function.__name__}"
        mine = JobFunction(name, queue, function, attempts, together, given_up)
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
                if context.job.attempts + 1 >= attempts:
                    _last_words(name, arguments)
                raise
            finally:
                close_old_connections()

        retry = RetryStrategy(max_attempts=attempts - 1, exponential_wait=RETRY_BASE_S) if attempts > 1 else False
        app.task(name=name, queue=queue, retry=retry, pass_context=True)(run_in_worker)
        return mine

    return register


def later(what: JobFunction | str, /, *, first: bool = False, **arguments: Any) -> None:
    """Puts a job row into the running service's transaction; it runs after the commit or, rolled back, never. `first`:
    before the others of its queue."""
    mine = pending()  # raises outside of a service
    function = registered[what] if isinstance(what, str) else what
    if mine.jobs_here is not None:
        mine.jobs_here.append((function, arguments))
        return
    row = new(
        ProcrastinateJob,
        queue_name=function.queue, task_name=function.name, args=arguments, status="todo", priority=int(first),
        attempts=0,
        abort_requested=False,
    )  # fmt: skip
    insert(row)
    hint_queue(function.queue)


def hint_queue(queue: str) -> None:
    """Wakes a worker of `queue` after the commit of the running service."""
    pending().job_channels[f"procrastinate_queue_v1#{queue}"] = '{"type":"job_inserted","job_id":0}'


def every(cron: str, what: JobFunction) -> None:
    """Registers a job without arguments as a timed one (`cron`: five fields, in UTC). For `config.schedule`."""
    app.periodic(cron=cron)(app.tasks[what.name])


def retry_wait_s(attempts: int) -> float:
    """Seconds to wait after so many attempts."""
    return float(RETRY_BASE_S**attempts)


def told(error: Exception) -> str:
    """An error as the failed-jobs page keeps it."""
    lines = [*traceback.format_exception_only(error), *traceback.format_tb(error.__traceback__)]
    return "".join(lines)[:20_000]


def tell_given_up(name: str, arguments: dict[str, Any]) -> None:
    """Tells whoever waits for the job that it will not be done."""
    function = registered.get(name)
    if function and function.given_up:
        function.given_up(**arguments)


def _last_words(name: str, arguments: dict[str, Any]) -> None:
    close_old_connections()
    try:
        tell_given_up(name, arguments)
    except Exception:
        log.exception("not told that a job is given up", job=name)


def _keep_failure(job_id: int | None, error: Exception) -> None:
    """Keeps the error for the failed-jobs page, in a transaction of its own: the job's is rolled back."""
    close_old_connections()
    try:
        JobFailure.objects.update_or_create(job_id=job_id, defaults={"error": told(error), "failed_at": clock.now()})
    except DatabaseError:
        log.warning("failure not kept", job_id=job_id, exc_info=True)
