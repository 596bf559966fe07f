"""An empty database of the desk on the measurements' server, with Django set up on it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import django
from django.core.management import call_command
from django.db import connections
from django.utils.module_loading import import_string

from bench.desk.server import FOLDER, address_of, bench_server, drop_database, make_database


@contextmanager
def fresh_database(name: str, settings: str = "yinuo.config.settings") -> Iterator[str]:
    """The address of a migrated, empty database, Django set up on it; dropped at the end. Once in a process."""
    with bench_server() as cluster:
        make_database(cluster, name)
        address = address_of(cluster, name)
        os.environ |= {"DATABASE_URL": address, "YINUO_DATA": str(FOLDER / "server")}
        os.environ["DJANGO_SETTINGS_MODULE"] = settings
        django.setup()
        call_command("migrate", interactive=False, verbosity=0)
        import_string("yinuo.foundation.installation.check_installation")()
        try:
            yield address
        finally:
            connections.close_all()
            drop_database(cluster, name)
