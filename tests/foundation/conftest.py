"""A database of one's own with real commits, and real processes on it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from yinuo.foundation.events import current_era
from yinuo.foundation.installation import check_installation

ROOT = Path(__file__).resolve().parents[2]
MAKE_TABLES = """
CREATE TABLE sample_log (id bigserial PRIMARY KEY, what text, pid int, at timestamptz DEFAULT clock_timestamp());
CREATE TABLE sample_switch (name text PRIMARY KEY)
"""


@dataclass
class OwnDatabase:
    """A clone of the test database that commits are really made in, and the environment of processes on it."""

    url: str
    environment: dict[str, str]

    def said(self) -> list[str]:
        """What jobs have written, in order."""
        return [row[0] for row in self.query("SELECT what FROM sample_log ORDER BY id")]

    def query(self, statement: str, *values: object) -> list[tuple]:
        with connections["default"].cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def switch(self, name: str) -> None:
        self.query("INSERT INTO sample_switch (name) VALUES (%s)", name)

    def jobs(self) -> list[tuple]:
        return self.query("SELECT id, task_name, status::text, attempts FROM procrastinate_jobs ORDER BY id")


@pytest.fixture(scope="session")
def migrated_database(django_db_blocker) -> Iterator[str]:
    """The name of a database with all migrations that nobody is connected to."""
    name = f"{_chosen()['NAME']}_migrated_{os.getpid()}"
    _administer(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    with django_db_blocker.unblock(), _connected_to(name):
        call_command("migrate", interactive=False, verbosity=0)
        check_installation()
    yield name
    _administer(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def own_database(migrated_database: str, django_db_blocker) -> Iterator[OwnDatabase]:
    name = migrated_database.replace("_migrated_", "_own_")
    _administer(
        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(migrated_database))
    )
    with django_db_blocker.unblock(), _connected_to(name):
        url = _url(_chosen())
        environment = {
            **os.environ,
            "DATABASE_URL": url,
            "YINUO_DATA": str(settings.DATA),
            "DJANGO_SETTINGS_MODULE": "yinuo.config.settings_test",
            "YINUO_TEST_MODULES": "tests.foundation.sample_jobs",
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}",
        }
        database = OwnDatabase(url, environment)
        database.query(MAKE_TABLES)
        yield database
    _administer(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _chosen() -> dict:
    return connections["default"].settings_dict


@contextmanager
def _connected_to(name: str) -> Iterator[None]:
    """Django in this process works on the database `name`."""
    connections.close_all()
    before, _chosen()["NAME"] = _chosen()["NAME"], name
    current_era.cache_clear()
    try:
        yield
    finally:
        connections.close_all()
        _chosen()["NAME"] = before
        current_era.cache_clear()


def _administer(statement: sql.Composed) -> None:
    with psycopg.connect(_url({**_chosen(), "NAME": "postgres"}), autocommit=True) as connection:
        for patience in (True, True, True, False):
            try:
                connection.execute(statement)
                return
            except psycopg.errors.InsufficientPrivilege:  # autovacuum looks at it just now, and is no one's to end
                if not patience:
                    raise
                time.sleep(2)


def _url(chosen: dict) -> str:
    password = f":{quote(chosen['PASSWORD'], safe='')}" if chosen["PASSWORD"] else ""
    port = f"&port={chosen['PORT']}" if chosen["PORT"] else ""
    return f"postgresql://{chosen['USER']}{password}@/{chosen['NAME']}?host={quote(chosen['HOST'], safe='/')}{port}"


class Processes:
    """Starts `yinuo …` on a database; `end_all` kills what still runs."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self.running: list[subprocess.Popen] = []

    def __call__(self, environment: dict[str, str], *arguments: str) -> subprocess.Popen:
        with (self.logs / f"{arguments[0]}-{len(self.running)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "yinuo.config.cli", *arguments],
                env=environment,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                process_group=0,
            )
        self.running.append(process)
        return process

    def end_all(self) -> None:
        for process in self.running:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@pytest.fixture(scope="module")
def start(tmp_path_factory) -> Iterator[Processes]:
    processes = Processes(tmp_path_factory.mktemp("processes"))
    yield processes
    processes.end_all()


def eventually(condition: Callable[[], object], within_s: float = 20, what: str = "") -> object:
    """The first true answer of `condition`; fails the test when there is none in time."""
    limit = time.monotonic() + within_s
    while not (answer := condition()):
        if time.monotonic() > limit:
            raise AssertionError(f"not within {within_s} s: {what or condition}")
        time.sleep(0.02)
    return answer
