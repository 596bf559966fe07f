"""Starts our own processes as forks of this one, which has loaded what they all need: they share that memory, and none
spends a second on importing. Linux only; elsewhere the keeper starts programs.
"""

import ctypes
import gc
import os
import resource
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, NoReturn

import django

from yinuo.config.children import MARK, ends_with_parent

CAN_FORK = sys.platform == "linux"
HANDLED = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
SELDOM = (20_000, 20, 50)
"""A request makes some thousand objects that go by themselves: looking for circles every 700 costs a twentieth."""
_PR_SET_NAME = 15
_ARG_START = 48  # proc(5): the field of /proc/PID/stat, counted from 1; the next one is the end


def preload(*modules: str) -> None:
    """Loads Django with every room, and `modules`. Opens nothing: no connection, no thread, so that a fork is a clean
    start. The environment must be that of the processes."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yinuo.config.settings")
    django.setup()
    for module in modules:
        import_module(module)
    gc.collect()
    gc.freeze()  # collecting garbage must not touch, and so copy, what is shared
    gc.set_threshold(*SELDOM)


class Forked:
    """As much of `subprocess.Popen` as a keeper needs."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Raises `subprocess.TimeoutExpired`."""
        limit = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if limit is not None and time.monotonic() > limit:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            time.sleep(0.01)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def fork(arguments: Sequence[str], log: BinaryIO, environment: Mapping[str, str]) -> Forked:
    """Runs `yinuo ARGUMENTS` in a copy of this process, a group of its own, that writes to `log` and ends with us. From
    the main thread, after `preload`."""
    sys.stdout.flush()
    sys.stderr.flush()
    prepare = ends_with_parent(signal.SIGTERM)
    # a signal that came between the fork and the child's own handlers would be answered as the parent answers it
    former = signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)
    try:
        pid = os.fork()
        if pid == 0:
            _become(arguments, log, environment, prepare, former)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)
    return Forked(pid)


def marked(data: Path) -> None:
    """Starts this program anew with the mark of `data` in its first environment, the only one that others can see: its
    forks carry it on, and so are found again when this one was killed."""
    if CAN_FORK and os.environ.get(MARK) != str(data):
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], os.environ | {MARK: str(data)})  # noqa: S606 - our own program


def _become(
    arguments: Sequence[str],
    log: BinaryIO,
    environment: Mapping[str, str],
    prepare: Callable[[], None] | None,
    mask: Iterable[int],
) -> NoReturn:
    code = 1
    try:
        os.setpgid(0, 0)
        if prepare is not None:
            prepare()
        for number in HANDLED:
            signal.signal(number, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[0])  # locks of the parent's among them
        os.environ.clear()
        os.environ.update(environment)
        sys.stdout, sys.stderr = (open(number, "w", buffering=1, closefd=False) for number in (1, 2))  # noqa: SIM115 - open for good
        _show_as(arguments)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        code = import_module("yinuo.config.cli").main(list(arguments))
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # nothing of the parent's is to be unwound


def _show_as(arguments: Sequence[str]) -> None:
    """Lets `ps` and `top` tell what it is, instead of what the parent was started as."""
    fields = Path("/proc/self/stat").read_text().rpartition(") ")[2].split()  # from the third field on
    start, end = (int(fields[number - 3]) for number in (_ARG_START, _ARG_START + 1))
    shown = b"\0".join([b"yinuo", *(os.fsencode(argument) for argument in arguments)])
    room = end - start
    if start and room > 0:
        ctypes.memmove(start, shown[: room - 1].ljust(room, b"\0"), room)
    ctypes.CDLL(None).prctl(_PR_SET_NAME, b"yinuo " + os.fsencode(arguments[0]), 0, 0, 0)
