"""What `yinuo web` and `yinuo stream` run. Their servers fork: what is loaded before is shared."""

import argparse
import os
import resource
import shutil

from django.conf import settings
from granian import Granian
from granian.constants import Interfaces

from yinuo.config.up.forking import preload

GRACE_S = 5


def web(chosen: argparse.Namespace) -> int:
    """Pages and API, by threads: the ORM is sync, and sync under ASGI costs 1.7 times the CPU. Threads stay
    for ten minutes, and with them their database connections."""
    server = chosen.socket.stem if chosen.socket else str(chosen.port)
    figures = settings.DATA / "run" / "figures" / server  # of this server's processes; read when metrics load
    shutil.rmtree(figures, ignore_errors=True)
    figures.mkdir(mode=0o700, parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(figures)
    preload("yinuo.config.wsgi", "yinuo.config.urls")
    return _serve(
        chosen,
        "yinuo.config.wsgi:application",
        interface=Interfaces.WSGI,
        workers=chosen.workers,
        blocking_threads=chosen.threads,
        blocking_threads_idle_timeout=600,
        backpressure=chosen.threads * 8,
    )


def stream(chosen: argparse.Namespace) -> int:
    """The event stream: one process holds all connections and one LISTEN."""
    _soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # each open page is a file
    return _serve(chosen, "yinuo.config.asgi_stream:app", interface=Interfaces.ASGINL, workers=1)


def _serve(chosen: argparse.Namespace, target: str, **options: object) -> int:
    where: dict[str, object] = {"address": "127.0.0.1", "port": chosen.port}
    if chosen.socket is not None:
        chosen.socket.unlink(missing_ok=True)
        where = {"uds": chosen.socket, "uds_permissions": 0o600}
    Granian(
        target,
        **where,
        **options,
        websockets=False,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=GRACE_S,
        log_level="warning",
    ).serve()
    return 0
