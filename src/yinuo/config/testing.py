"""A pytest plugin: gives a test run a database server of its own, unless `DATABASE_URL` names one.

Loaded by `-p yinuo.config.testing`, before pytest-django reads the settings. The servers' folders lie in the
temporary folder and are used again by later runs; runs beside each other take different ones.
"""

import os
import tempfile
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from yinuo.config.paths import private_folder
from yinuo.config.postgres import Cluster, DataLock, Held, find_place
from yinuo.config.postgres.cluster import ROLE

FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "idle_in_transaction_session_timeout": "0",
}
RUNS_BESIDE = 16
_running: list[tuple[Cluster, DataLock]] = []


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    if "DATABASE_URL" in os.environ:  # a server of one's own, or a worker of a run that has one
        return
    lock = _free_lock()
    data = lock.file.parent
    cluster = Cluster(find_place(data), FAST)
    cluster.start()
    with psycopg.connect(cluster.superuser_url(), autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER ROLE {} CREATEDB").format(sql.Identifier(ROLE)))
    _running.append((cluster, lock))
    os.environ["DATABASE_URL"] = cluster.url()
    os.environ.setdefault("YINUO_DATA", str(data))


def pytest_unconfigure() -> None:
    while _running:
        cluster, lock = _running.pop()
        cluster.stop()
        lock.drop()
        os.environ.pop("DATABASE_URL", None)


def _free_lock() -> DataLock:
    base = Path(tempfile.gettempdir()) / f"yinuo-test-{os.geteuid()}"
    if os.geteuid() == 0:
        base.mkdir(mode=0o711, exist_ok=True)
    else:
        private_folder(base)
    for number in range(RUNS_BESIDE):
        lock = DataLock(base / str(number))
        try:
            lock.take("tests")
        except Held:
            continue
        return lock
    raise pytest.UsageError(f"{RUNS_BESIDE} test runs are under way; wait for one, or set DATABASE_URL.")
