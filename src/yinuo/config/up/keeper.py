"""Keeps a list of processes running: starts, restarts with growing pauses, stops in order."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

from yinuo.config.children import MARK, end_group, ends_with_parent
from yinuo.config.up.forking import Forked, fork
from yinuo.config.up.journal import Journal
from yinuo.config.up.specs import Spec

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_S = 60.0  # after this long without a fall the pause starts small again


class Kept:
    """One process and its history of falls."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.process: subprocess.Popen[bytes] | Forked | None = None
        self.falls = 0
        self.started = 0.0
        self.due = time.monotonic() + spec.after_s

    def fell(self, now: float) -> None:
        self.falls = 1 if now - self.started > STEADY_S else self.falls + 1
        self.due = now + min(FIRST_PAUSE_S * 2 ** (self.falls - 1), LONGEST_PAUSE_S)
        self.process = None


class Keeper:
    """With `forks` our own processes are forks of this one, which has been preloaded then."""

    def __init__(
        self, data: Path, specs: Sequence[Spec], environment: dict[str, str], journal: Journal, *, forks: bool = False
    ) -> None:
        self.kept = [Kept(spec) for spec in specs]
        self._forks = forks
        self._environment = environment | {MARK: str(data), "PYTHONUNBUFFERED": "1"}
        self._journal = journal

    def start_due(self) -> None:
        """Starts what does not run and whose pause is over. From the main thread only."""
        now = time.monotonic()
        for kept in self.kept:
            if kept.process is None and now >= kept.due:
                self._start(kept, now)

    def bury_fallen(self) -> None:
        """Notes what ended, with what is left of its process group, and when it starts again."""
        now = time.monotonic()
        for kept in self.kept:
            if kept.process is None or (code := kept.process.poll()) is None:
                continue
            pid = kept.process.pid
            end_group(pid)
            kept.fell(now)
            name = kept.spec.name
            self._journal.note("fell", process=name, pid=pid, code=code, falls=kept.falls)
            self._journal.say(f"  {name} ended ({_reason(code)}); it starts again in {kept.due - now:.1f} s.")
            if kept.falls in (3, 8):
                self._journal.say(f"  The end of {self._journal.file_of(name)}:\n{self._journal.tail(name)}")

    def stop(self, in_a_hurry: Callable[[], bool]) -> None:
        """Ends everything turn by turn; kills what does not end in its time, or at once when in a hurry."""
        running = sorted((kept for kept in self.kept if kept.process), key=lambda kept: kept.spec.stop_turn)
        for _, turn in groupby(running, key=lambda kept: kept.spec.stop_turn):
            together = list(turn)
            for kept in together:
                if kept.process and kept.process.poll() is None:
                    kept.process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            for kept in together:
                self._wait_or_kill(kept, began, in_a_hurry)

    def _wait_or_kill(self, kept: Kept, began: float, in_a_hurry: Callable[[], bool]) -> None:
        process = kept.process
        if process is None:
            return
        while process.poll() is None:
            if in_a_hurry() or time.monotonic() - began > kept.spec.grace_s:
                self._journal.note("killed", process=kept.spec.name, pid=process.pid)
                break
            time.sleep(0.02)
        end_group(process.pid)
        process.wait()
        kept.process = None

    def _start(self, kept: Kept, now: float) -> None:
        spec = kept.spec
        environment = os.environ | self._environment | spec.environment
        with self._journal.file_of(spec.name).open("ab") as log:
            if self._forks and spec.own:
                kept.process = fork(spec.own, log, environment)
            else:
                kept.process = subprocess.Popen(
                    spec.command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=environment,
                    process_group=0,
                    preexec_fn=ends_with_parent(signal.SIGTERM),
                )
        kept.started = now
        self._journal.note("started", process=spec.name, pid=kept.process.pid)


def _reason(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"code {code}"
