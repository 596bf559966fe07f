"""An embedded server for measurements, as `yinuo up` runs it (durable commits), with an empty database."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import django
import psycopg
from django.core.management import call_command
from django.db import connections
from django.utils.module_loading import import_string
from psycopg import sql

from yinuo.config.postgres import Cluster, DataLock, find_place
from yinuo.config.postgres.cluster import ROLE

FOLDER = Path(__file__).parents[1] / ".data"


@contextmanager
def fresh_database(name: str) -> Iterator[str]:
    """The address of a migrated, empty database, Django set up on it; dropped at the end. Once in a process."""
    data = FOLDER / "server"
    data.mkdir(parents=True, exist_ok=True)
    lock = DataLock(data)
    lock.take("bench")
    cluster = Cluster(find_place(data))
    try:
        cluster.start()
        with psycopg.connect(cluster.superuser_url(), autocommit=True) as superuser:
            _drop(superuser, name)
            superuser.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(ROLE)))
            address = urlsplit(cluster.url())._replace(path=f"/{name}").geturl()
            os.environ |= {"DATABASE_URL": address, "YINUO_DATA": str(data)}
            os.environ["DJANGO_SETTINGS_MODULE"] = "yinuo.config.settings"
            django.setup()
            call_command("migrate", interactive=False, verbosity=0)
            import_string("yinuo.foundation.installation.check_installation")()
            try:
                yield address
            finally:
                connections.close_all()
                _drop(superuser, name)
    finally:
        cluster.stop()
        lock.drop()


def _drop(superuser: psycopg.Connection, name: str) -> None:
    superuser.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
