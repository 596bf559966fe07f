"""Tickets a second whose consequences one worker process draws: search index, suggested class, looking for a person,
acknowledgement composed, handed to an SMTP server on loopback, written down.

Prepared tickets wait without a worker; then one is started and timed from the first part of them to the last. The limit
is pgbench inserting the rows that one ticket's consequences leave behind, each ticket's in one prepared statement, on
the same server with durable commits, alternating: no reading, no deciding, no encrypting, no mail, no updates.
"""

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
from tests.servers import wait_for

from bench.desk.database import fresh_database
from bench.desk.house import load
from bench.desk.server import bench_server
from bench.desk.sinking import sink
from yinuo.config.children import ends_with_parent, in_folder

NAME = "afterwards"
NAMES = (NAME,)
ROOT = Path(__file__).parents[1]
TURNS, TICKETS, FLOOR_S, CONNECTIONS = 3, 700, 6, 4
BEGUN = 0.1
"""Of the tickets of a turn, before the clock runs: until then the worker loads its code."""
PATIENCE_S = 120


def results() -> Iterator[dict[str, object]]:
    with ExitStack() as stack:
        cluster = stack.enter_context(bench_server())
        address = stack.enter_context(fresh_database("bench_afterwards"))
        prepare = import_module("bench.desk.prepared")  # its models need Django set up
        mails, port = stack.enter_context(sink())
        tickets = prepare.Tickets(address, port)
        folder = Path(stack.enter_context(TemporaryDirectory()))
        with _worker() as worker:
            floor = prepare.Floor(cluster, tickets, folder, worker, lambda: _all_done(mails, tickets))
        ours: list[float] = []
        limits: list[float] = []
        costs: list[tuple[float, float]] = []
        for _ in range(TURNS):
            tickets.open(TICKETS)
            rate, *cost = _drain(mails, tickets, cluster.place.cluster)
            ours.append(rate)
            costs.append((cost[0], cost[1]))
            limits.append(floor.rate(CONNECTIONS, FLOOR_S))
        tickets.account(mails)
    value, limit = statistics.median(ours), statistics.median(limits)
    worker_ms, server_ms = (statistics.median(column) for column in zip(*costs, strict=True))
    yield {
        "name": NAME,
        "value": round(value, 1),
        "unit": "tickets/s",
        "limit": round(limit, 1),
        "ratio": round(value / limit, 3),
        "note": (
            f"one worker, {worker_ms:.1f} ms of processor time a ticket and {server_ms:.1f} ms of PostgreSQL's; limit: "
            f"pgbench, {floor.values} values in {floor.tables} tables, {CONNECTIONS} connections; medians of {TURNS} "
            f"alternating turns of {TICKETS} tickets; {load()}; wanted: 120/s"
        ),
    }


def _drain(mails: Path, tickets: Any, cluster: Path) -> tuple[float, float, float]:
    """Tickets a second, and milliseconds of a ticket in the worker and in the server."""
    before = _handed_over(mails)
    with _worker() as worker:
        wait_for(lambda: _handed_over(mails) >= before + BEGUN * TICKETS, seconds=PATIENCE_S, every=0.01)
        left, began = tickets.waiting(_handed_over(mails)), time.perf_counter()
        spent = _spent(worker), _spent_by_server(cluster)
        _all_done(mails, tickets)
        seconds = time.perf_counter() - began
        spent = _spent(worker) - spent[0], _spent_by_server(cluster) - spent[1]
    return left / seconds, 1000 * spent[0] / left, 1000 * spent[1] / left


def _all_done(mails: Path, tickets: Any) -> None:
    wait_for(
        lambda: tickets.waiting(_handed_over(mails)) == 0 == tickets.jobs(), seconds=PATIENCE_S, every=0.05,
        because="all is done",
    )  # fmt: skip


def _handed_over(mails: Path) -> int:
    return mails.read_bytes().count(b"\n")


@contextmanager
def _worker() -> Iterator[psutil.Process]:
    """As `yinuo up` starts it."""
    queues = [part for name in ("facts", "mail", "now", "soon") for part in ("--queue", name)]
    process = subprocess.Popen(
        [sys.executable, "-m", "yinuo.config.cli", "worker", *queues], cwd=ROOT,
        env=os.environ | {"YINUO_LOG_LEVEL": "WARNING"}, preexec_fn=ends_with_parent(signal.SIGTERM),
    )  # fmt: skip
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()


def _spent(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _spent_by_server(cluster: Path) -> float:
    spent = 0.0
    for process in in_folder(cluster):
        with suppress(psutil.Error):
            spent += _spent(process)
    return spent
