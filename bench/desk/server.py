"""The embedded server of measurements, as `yinuo up` runs it (durable commits), one at a time on this machine."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from yinuo.config.postgres import Cluster, DataLock, Held, find_place
from yinuo.config.postgres.cluster import ROLE

FOLDER = Path(__file__).parents[1] / ".data"
PATIENCE_S = 900
_running: list[Cluster] = []


@contextmanager
def bench_server() -> Iterator[Cluster]:
    """The running server; inside of another such block, that one's. Waits for another measurement to end."""
    if _running:
        yield _running[-1]
        return
    data = FOLDER / "server"
    data.mkdir(parents=True, exist_ok=True)
    lock = DataLock(data)
    try:
        lock.take("bench")
    except Held as held:
        print(f"(waiting for process {held.owner.get('pid')}, which measures …)", file=sys.stderr, flush=True)
        lock.take("bench", PATIENCE_S)
    cluster = Cluster(find_place(data))
    try:
        cluster.start()
        _running.append(cluster)
        yield cluster
    finally:
        _running.clear()
        cluster.stop()
        lock.drop()


def address_of(cluster: Cluster, name: str) -> str:
    """The application role's address of a database of this server."""
    return cluster.url().replace("@/yinuo?", f"@/{name}?")


def exists(cluster: Cluster, name: str) -> bool:
    with _superuser(cluster) as superuser:
        return superuser.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def make_database(cluster: Cluster, name: str, *, template: str = "") -> None:
    """An empty database, or a copy of `template` (which nobody may use meanwhile), in place of a former one."""
    drop_database(cluster, name)
    made = sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(ROLE))
    if template:
        made += sql.SQL(" TEMPLATE {} STRATEGY FILE_COPY").format(sql.Identifier(template))
    with _superuser(cluster) as superuser:
        superuser.execute(made)


def rename_database(cluster: Cluster, former: str, name: str) -> None:
    drop_database(cluster, name)
    with _superuser(cluster) as superuser:
        superuser.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(former), sql.Identifier(name))
        )


def drop_database(cluster: Cluster, name: str) -> None:
    with _superuser(cluster) as superuser:
        superuser.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _superuser(cluster: Cluster) -> psycopg.Connection:
    return psycopg.connect(cluster.superuser_url(), autocommit=True)
