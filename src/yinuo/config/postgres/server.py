"""A database for the duration of one command."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from yinuo.config.postgres.cluster import Cluster, address
from yinuo.config.postgres.lock import DataLock, Held, Users
from yinuo.config.postgres.place import NoServer, find_place

CONNECT_PATIENCE_S = 120  # the holder of the lock may be replaying the log after a crash
USERS_PATIENCE_S = 600


@contextmanager
def server(data: Path, command: str = "command", options: dict[str, str] | None = None) -> Iterator[str]:
    """The address of a database that answers, while the block runs.

    `DATABASE_URL` where it is set; else the embedded server of `data`: the running one, or one started for
    the block and stopped after it. Call from the main thread. Raises NoServer with a sentence for people.
    """
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    limit = time.monotonic() + CONNECT_PATIENCE_S
    while True:
        lock = DataLock(data)
        try:
            lock.take(command)
        except Held as held:
            users = Users(data)
            users.join()
            try:
                url = _answering(data)
                if url is not None:
                    yield url
                    return
            finally:
                users.leave()
            if time.monotonic() > limit:
                owner = held.owner.get("pid", "unknown")
                raise NoServer(f"The database that process {owner} started does not answer.") from None
            time.sleep(0.1)
            continue
        try:
            yield from _own(data, options)
        finally:
            lock.drop()
        return


def _own(data: Path, options: dict[str, str] | None) -> Iterator[str]:
    cluster = Cluster(find_place(data), options)
    try:
        cluster.start()
        yield cluster.url()
    finally:
        with Users(data).kept_out(USERS_PATIENCE_S):
            cluster.stop()


def _answering(data: Path) -> str | None:
    try:
        url = address(find_place(data))
        psycopg.connect(url, connect_timeout=5).close()
    except (OSError, psycopg.OperationalError):
        return None
    return url
