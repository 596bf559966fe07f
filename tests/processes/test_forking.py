"""Forked processes: named for what they run, holding nothing of their parent's, ending with it."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from yinuo.config.up.forking import CAN_FORK, Forked, fork

pytestmark = [pytest.mark.processes, pytest.mark.skipif(not CAN_FORK, reason="processes are forked on Linux only")]


def wait_for(true, within_s: float = 20) -> None:
    limit = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < limit, "waited in vain"
        time.sleep(0.05)


@pytest.fixture
def stream(data: Path):
    """`yinuo stream`, forked: it needs no database to listen."""
    data.mkdir()
    environment = os.environ | {"DATABASE_URL": "postgresql:///nobody", "YINUO_DATA": str(data), "MARKED": "yes"}
    with (data / "log").open("ab") as log:
        process = fork(["stream", "--socket", str(data / "sock")], log, environment)
    yield process
    process.kill()
    process.wait(10)


def test_a_fork_is_shown_as_what_it_runs_and_ends_when_asked(stream: Forked, data: Path) -> None:
    wait_for((data / "sock").exists)
    seen = psutil.Process(stream.pid)
    assert seen.name() == "yinuo stream"
    assert [part for part in seen.cmdline() if part][:2] == ["yinuo", "stream"]
    assert os.getpgid(stream.pid) == stream.pid
    stream.terminate()
    assert stream.wait(10) == 0, (data / "log").read_text()


def test_a_fork_holds_no_lock_of_its_parents(data: Path) -> None:
    data.mkdir()
    environment = os.environ | {"DATABASE_URL": "postgresql:///nobody", "YINUO_DATA": str(data)}
    with (data / "lock").open("w") as held, (data / "log").open("ab") as log:
        fcntl.flock(held, fcntl.LOCK_EX)
        process = fork(["stream", "--socket", str(data / "sock")], log, environment)
        wait_for((data / "sock").exists)
    try:
        with (data / "lock").open("w") as again:
            fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        process.kill()
        process.wait(10)


def test_what_a_fork_says_goes_to_its_log_and_its_code_is_told(data: Path) -> None:
    data.mkdir()
    with (data / "log").open("ab") as log:
        process = fork(["calendar", "due", "--calendar", "nowhere"], log, os.environ)
    assert process.wait(10) == 2
    assert "--start" in (data / "log").read_text()


def test_forks_of_a_killed_parent_end(data: Path) -> None:
    data.mkdir()
    program = (
        "import os, sys, time\n"
        "from yinuo.config.up.forking import fork, preload\n"
        "preload()\n"
        "log = open(sys.argv[1] + '/log', 'ab')\n"
        "print(fork(['stream', '--socket', sys.argv[1] + '/sock'], log, os.environ).pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    environment = os.environ | {"DATABASE_URL": "postgresql:///nobody", "YINUO_DATA": str(data)}
    parent = subprocess.Popen([sys.executable, "-c", program, str(data)], env=environment, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    wait_for((data / "sock").exists)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert psutil.wait_procs([child], timeout=10)[1] == []
