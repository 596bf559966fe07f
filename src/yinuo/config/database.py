"""Django with a database, for commands."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.db import connections

from yinuo.config.postgres import server


@contextmanager
def with_server(data: Path, command: str = "command") -> Iterator[None]:
    """The database of `data` (or of `DATABASE_URL`) runs and is named in the environment; Django is left to the
    processes that this one starts."""
    with server(data, command) as url:
        os.environ["YINUO_DATA"] = str(data)
        os.environ["DATABASE_URL"] = url
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yinuo.config.settings")
        yield


@contextmanager
def with_database(data: Path, command: str = "command") -> Iterator[None]:
    """Django set up on the database of `data` (or of `DATABASE_URL`) for the duration of the block; the
    embedded server is started where it does not run and stopped again."""
    with with_server(data, command):
        django.setup()
        try:
            yield
        finally:
            connections.close_all()
