"""Jobs: work that waits, deferred inside the transaction that wants it (DESIGN section 4, row "jobs").

Procrastinate's own `task.defer()` inside a worker goes by another connection: the child of a rolled-back job
would run. `later` therefore always goes through the Django connection, in web and worker alike.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import close_old_connections
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.jobs import Job
from procrastinate.manager import JobManager

from yinuo.foundation.pending import pending

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

        @functools.wraps(function)
        def run_in_worker(**arguments: Any) -> None:
            close_old_connections()
            try:
                function(**arguments)
            finally:
                close_old_connections()

        retry = RetryStrategy(max_attempts=attempts, exponential_wait=RETRY_BASE_S)
        app.task(name=name, queue=queue, retry=retry)(run_in_worker)
        return mine

    return register


def later(what: JobFunction | str, **arguments: Any) -> None:
    """Puts a job row into the running service's transaction; it runs after the commit or, rolled back, never."""
    mine = pending()
    function = registered[what] if isinstance(what, str) else what
    row = Job(
        queue=function.queue, lock=None, queueing_lock=None, task_name=function.name, task_kwargs=arguments
    )
    deferred = JobManager(DjangoConnector()).defer_job(row)
    mine.job_channels[f"procrastinate_queue_v1#{function.queue}"] = (
        f'{{"type":"job_inserted","job_id":{deferred.id}}}'
    )
