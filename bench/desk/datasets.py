"""Desks of three sizes for measurements, each a data folder of its own: made once, then reused.

    with dataset("10k") as desk:            # 10k, 100k, 1m; 10 % of the tickets are open
        psycopg.connect(desk.address)       # or, for Django in this process: desk.set_up()

Each is a demo company grown by `yinuo demo --tickets N` (twelve queues; `desk.agent` sees six of them). The schema is
brought up to date at each start, so that a set survives migrations.

    python -m bench.desk.datasets 10k 100k  # makes those that are missing
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import django
import psycopg

from bench.desk.server import FOLDER
from yinuo.config.postgres import server

TICKETS = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000}
MADE = "dataset.json"
AGENT = "qiao"
PASSWORD = "yinuo-demo-2026"  # noqa: S105 - that of every log-in of the demo


@dataclass(frozen=True)
class Desk:
    """A running database of a made desk. `agent`: an ordinary agent in six of twelve queues."""

    size: str
    tickets: int
    address: str
    data: Path
    agent: str = AGENT
    password: str = PASSWORD

    @property
    def key_file(self) -> Path:
        return self.data / "key"

    @property
    def environment(self) -> dict[str, str]:
        """What `yinuo web`, `worker` … need to run on it."""
        return {
            "DATABASE_URL": self.address,
            "YINUO_DATA": str(self.data),
            "DJANGO_SETTINGS_MODULE": "yinuo.config.settings",
        }

    def set_up(self) -> None:
        """Django in this process, on this desk. Once in a process."""
        os.environ |= self.environment
        django.setup()


@contextmanager
def dataset(size: str) -> Iterator[Desk]:
    """Starts the server on the desk of this size; makes the desk first where it is not there. Not within a block of
    `bench_server` of the same folder; several sizes may run beside each other."""
    data = FOLDER / size
    if not (data / MADE).exists():
        make(size)
    os.environ.pop("DATABASE_URL", None)  # a data set has a server of its own
    with server(data, "bench") as address:
        _yinuo(data, "prepare", DATABASE_URL=address)
        yield Desk(size, TICKETS[size], address, data)


def make(size: str) -> None:
    """Makes the desk of this size; goes on with one that was interrupted."""
    data, began = FOLDER / size, time.monotonic()
    os.environ.pop("DATABASE_URL", None)
    data.mkdir(parents=True, exist_ok=True)
    print(f"Making the data set {size}: once, then it is kept in {data} …", file=sys.stderr)
    _yinuo(data, "prepare")
    _yinuo(data, "demo", "--grow", "--tickets", str(TICKETS[size]))
    took = time.monotonic() - began
    with server(data, "bench") as address, psycopg.connect(address) as connection:
        found = connection.execute(
            "SELECT count(*), count(*) FILTER (WHERE is_open), pg_database_size(current_database()) FROM tickets_ticket"
        ).fetchone()
    tickets, is_open, size_bytes = found or (0, 0, 0)
    made = {"tickets": tickets, "open": is_open, "gb": round(size_bytes / 1e9, 2), "minutes": round(took / 60, 1)}
    (data / MADE).write_text(json.dumps(made) + "\n")
    print(f"Made: {made}", file=sys.stderr)


def _yinuo(data: Path, *arguments: str, **environment: str) -> None:
    """A command of the product on this folder; its output is told where it fails."""
    command = [sys.executable, "-m", "yinuo.config.cli", arguments[0], "--data", str(data), *arguments[1:]]
    shown = None if arguments[0] == "demo" else subprocess.DEVNULL
    subprocess.run(command, check=True, env=os.environ | environment, stdout=shown)


if __name__ == "__main__":
    for _size in sys.argv[1:]:
        if not (FOLDER / _size / MADE).exists():
            make(_size)
