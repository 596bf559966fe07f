"""Keeping processes: they come back, end in order, and leave nothing behind."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from yinuo.config.children import leftovers
from yinuo.config.paths import private_folder
from yinuo.config.up.journal import Journal
from yinuo.config.up.keeper import Keeper
from yinuo.config.up.specs import Spec

pytestmark = pytest.mark.processes

SLEEPS = "import time; time.sleep(60)"
WITH_CHILD = (
    "import subprocess, sys, time\n"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(61)'])\n"
    "time.sleep(60)"
)
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
TELLS_ITS_END = """
import signal, sys, time
def end(*_):
    open(sys.argv[1], "a").write(sys.argv[2] + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
time.sleep(60)
"""


def spec(name: str, program: str, *arguments: str, turn: int = 1, grace_s: float = 5) -> Spec:
    return Spec(name, [sys.executable, "-c", program, *arguments], turn, grace_s)


def kept(data: Path, *specs: Spec) -> Keeper:
    private_folder(data)
    private_folder(data / "log")
    keeper = Keeper(data, specs, {}, Journal(data))
    keeper.start_due()
    return keeper


def wait_for(true: Callable[[], object], within_s: float = 10) -> None:
    limit = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < limit, "waited in vain"
        time.sleep(0.02)


def in_no_hurry() -> bool:
    return False


def test_a_killed_process_comes_back_and_its_children_do_not_stay(data: Path) -> None:
    keeper = kept(data, spec("one", WITH_CHILD))
    first = keeper.kept[0].process
    wait_for(lambda: psutil.Process(first.pid).children())
    orphan = psutil.Process(first.pid).children()[0]
    first.kill()
    first.wait()

    def back() -> bool:
        keeper.bury_fallen()
        keeper.start_due()
        return keeper.kept[0].process not in (None, first)

    wait_for(back)
    assert psutil.wait_procs([orphan], timeout=5)[1] == []
    keeper.stop(in_no_hurry)
    assert leftovers(data) == []


def test_pauses_grow_while_a_process_keeps_falling(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keeper = kept(data, spec("bad", "import sys; sys.exit('no such table')"))
    starts: list[float] = []
    while len(starts) < 3:
        keeper.bury_fallen()
        before = keeper.kept[0].process
        keeper.start_due()
        if keeper.kept[0].process is not before:
            starts.append(time.monotonic())
        time.sleep(0.01)
    assert starts[1] - starts[0] > 0.9
    assert starts[2] - starts[1] > 1.9
    keeper.stop(in_no_hurry)
    said = capsys.readouterr().out
    assert "bad ended (code 1); it starts again in 0.5 s." in said
    assert "no such table" in said, "after the third fall its last words are shown"


def test_processes_end_turn_by_turn(data: Path, tmp_path: Path) -> None:
    ends = tmp_path / "ends"
    names = [("front", 1), ("worker", 2), ("web", 3)]
    specs = [spec(name, TELLS_ITS_END, str(ends), name, turn=turn) for name, turn in reversed(names)]
    keeper = kept(data, *specs)
    wait_for(lambda: all((data / "log" / f"{name}.log").read_text() == "ready\n" for name, _ in names))
    keeper.stop(in_no_hurry)
    assert ends.read_text().split() == ["front", "worker", "web"]


def test_what_does_not_end_in_its_time_is_killed(data: Path) -> None:
    keeper = kept(data, spec("deaf", DEAF, grace_s=0.3))
    pid = keeper.kept[0].process.pid
    wait_for(lambda: (data / "log" / "deaf.log").read_text())
    began = time.monotonic()
    keeper.stop(in_no_hurry)
    assert 0.25 < time.monotonic() - began < 3
    assert not psutil.pid_exists(pid)


def test_processes_of_a_killed_up_are_found_again(data: Path) -> None:
    keeper = kept(data, spec("one", SLEEPS))
    pid = keeper.kept[0].process.pid
    wait_for(lambda: [process.pid for process in leftovers(data)] == [pid])
    assert leftovers(data.parent / "other") == []
    os.kill(pid, signal.SIGKILL)
    keeper.kept[0].process.wait()
    assert leftovers(data) == []
