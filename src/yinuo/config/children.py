"""Child processes that end with their parent, and the search for those that did not."""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil

MARK = "YINUO_SUPERVISED"  # in the environment of everything `yinuo up` starts: its data folder
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def ends_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """A `preexec_fn`: the child gets signal `number` when the *thread* that started it ends. Start children
    from the main thread only. None where the system has no such thing; `end_leftovers` serves there."""
    if _libc is None:
        return None
    parent = os.getpid()
    prctl = _libc.prctl

    def prepare() -> None:
        prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)

    return prepare


def in_folder(folder: Path) -> list[psutil.Process]:
    """Processes whose working folder is `folder`: a PostgreSQL server and all its own children."""
    wanted = str(folder)
    return [process for process in psutil.process_iter() if _look(process, "cwd") == wanted]


def leftovers(data: Path) -> list[psutil.Process]:
    """Processes that an earlier `yinuo up` on `data` started and that still live."""
    return [
        process
        for process in psutil.process_iter()
        if process.pid != os.getpid() and (_look(process, "environ") or {}).get(MARK) == str(data)
    ]


def end_all(processes: Iterable[psutil.Process], first: signal.Signals, patience_s: float) -> list[psutil.Process]:
    """Sends `first`, waits `patience_s` at most, kills what is left. Returns the processes it met alive."""
    met = [process for process in processes if process.is_running()]
    for process in met:
        _signal(process, first)
    if not wait_gone(met, patience_s):
        for process in met:
            _signal(process, signal.SIGKILL)
        wait_gone(met, 5)
    return met


def wait_gone(processes: Iterable[psutil.Process], patience_s: float) -> bool:
    """Whether all have ended within `patience_s`. A zombie has ended: only its parent can bury it."""
    waiting = list(processes)
    limit = time.monotonic() + patience_s
    while waiting := [process for process in waiting if _lives(process)]:
        if time.monotonic() > limit:
            return False
        time.sleep(0.02)
    return True


def end_group(leader: int) -> None:
    """Kills what is left of the process group of a child that has ended (the workers of a killed server)."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _look(process: psutil.Process, what: str) -> object:
    try:
        return getattr(process, what)()
    except (psutil.Error, OSError):
        return None


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
