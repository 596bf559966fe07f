"""`yinuo up` as a person starts it: ready, killed in every part, started again, stopped."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from yinuo.config.children import in_folder, leftovers
from yinuo.config.postgres import find_place
from yinuo.config.up.forking import CAN_FORK

pytestmark = pytest.mark.processes
READY_S = 180


class Up:
    def __init__(self, data: Path, port: int) -> None:
        self.data = data
        self.port = port
        self.output = data.parent / f"up-{time.monotonic_ns()}.txt"
        with self.output.open("w") as out:
            self.process = subprocess.Popen(self.command(), stdout=out, stderr=out, process_group=0)

    def command(self) -> list[str]:
        return [sys.executable, "-m", "yinuo.config.cli", "up", "--data", str(self.data), "--port", str(self.port)]

    def said(self) -> str:
        return self.output.read_text()

    def wait_until_said_ready(self) -> None:
        wait_for(lambda: "Ctrl-C stops everything." in self.said() or self.process.poll() is not None)
        assert self.process.poll() is None, self.said()
        assert "Not ready" not in self.said(), self.said()

    def status(self, path: str = "/readyz") -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def all_work(self) -> bool:
        """Whether every part has given a sign of life; pages answer a few seconds before the rest starts."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/readyz")
            beats = json.loads(connection.getresponse().read()).get("seconds_since", {})
        except (OSError, ValueError):
            return False
        finally:
            connection.close()
        return {"worker", "alarm", "intake"} <= beats.keys() and "worker-bulk" in self.pids()

    def pids(self) -> dict[str, int]:
        """The latest process of each name, by the log."""
        found: dict[str, int] = {}
        for line in (self.data / "log" / "up.log").read_text().splitlines():
            noted = json.loads(line)
            if noted["event"] == "started":
                found[noted["process"]] = noted["pid"]
            elif noted["event"] == "database":
                found["postgres"] = noted["pid"]
        return found

    def all_alive(self) -> bool:
        return all(psutil.pid_exists(pid) for pid in self.pids().values())


def wait_for(true: Callable[[], object], within_s: float = READY_S) -> None:
    limit = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < limit, "waited in vain"
        time.sleep(0.1)


@pytest.fixture
def start(data: Path) -> Iterator[Callable[[], Up]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started: list[Up] = []

    def begin() -> Up:
        up = Up(data, port)
        started.append(up)
        up.wait_until_said_ready()
        wait_for(up.all_work)
        return up

    yield begin
    for up in started:
        if up.process.poll() is None:
            up.process.terminate()
            up.process.wait(60)


def test_it_gets_ready_refuses_a_second_one_and_stops_without_a_trace(start: Callable[[], Up]) -> None:
    up = start()
    assert f"http://127.0.0.1:{up.port}" in up.said()
    assert up.status("/healthz") == 200
    if CAN_FORK:
        assert {psutil.Process(pid).name() for pid in up.pids().values()} >= {
            "yinuo web",
            "yinuo worker",
            "yinuo alarm",
        }
    second = subprocess.run(up.command(), capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 1
    assert f"already runs on {up.data}: http://127.0.0.1:{up.port} (process {up.process.pid})" in second.stderr
    assert up.status() == 200
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(20) == 0, up.said()
    assert leftovers(up.data) == []
    assert in_folder(find_place(up.data).cluster) == []
    assert '"killed"' not in (up.data / "log" / "up.log").read_text(), "everything ended by itself"


def test_whatever_is_killed_comes_back(start: Callable[[], Up]) -> None:
    up = start()
    for name in up.pids():
        pid = up.pids()[name]
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda name=name, pid=pid: up.pids()[name] != pid)
        wait_for(lambda: up.all_alive() and up.status() == 200)


def test_after_a_killed_up_the_next_start_takes_over(start: Callable[[], Up]) -> None:
    first = start()
    before = first.pids()
    for pid in (before["web"], first.process.pid):  # the web server's own children are orphans then
        os.kill(pid, signal.SIGKILL)
    first.process.wait()
    second = start()
    assert second.status() == 200
    assert not [name for name, pid in before.items() if psutil.pid_exists(pid)]
