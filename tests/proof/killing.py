"""Kills parts of a running house with SIGKILL, at moments that a seed decides."""

import json
import os
import random
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil

PARTS = ("web", "web-2", "worker", "worker-bulk", "alarm", "intake", "stream", "postgres")
WEIGHTS = (3, 2, 5, 1, 3, 4, 1, 3)
GAP_S = (1.0, 7.0)
MOST = 25


def pids(data: Path) -> dict[str, int]:
    """The latest process of each part, by the log of `yinuo up`."""
    found: dict[str, int] = {}
    for line in (data / "log" / "up.log").read_text().splitlines():
        noted = json.loads(line)
        if noted["event"] == "started":
            found[noted["process"]] = noted["pid"]
        elif noted["event"] == "database":
            found["postgres"] = noted["pid"]
    return found


class Killer(threading.Thread):
    """Kills 25 times at most, until told to end; `kills` is what it killed and when, in seconds after its start."""

    def __init__(self, data: Path, chance: random.Random) -> None:
        super().__init__(name="killer", daemon=True)
        self.data = data
        self.chance = chance
        self.kills: list[tuple[float, str]] = []
        self._ended = threading.Event()

    def run(self) -> None:
        began = time.monotonic()
        while len(self.kills) < MOST and not self._ended.wait(self.chance.uniform(*GAP_S)):
            (part,) = self.chance.choices(PARTS, WEIGHTS)
            inner, which = self.chance.random() < 0.5, self.chance.random()
            what = self._kill(part, inner, which)
            if what:
                self.kills.append((round(time.monotonic() - began, 1), what))

    def _kill(self, part: str, inner: bool, which: float) -> str:
        """`inner`: one of its children instead, where it has some (a web server's worker, one of PostgreSQL's own)."""
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            process = psutil.Process(pids(self.data)[part])
            children = process.children(recursive=True) if inner and part in ("web", "web-2", "postgres") else []
            if children:
                process = children[int(which * len(children))]
                part += "'s child"
            if process.status() != psutil.STATUS_ZOMBIE:
                os.kill(process.pid, signal.SIGKILL)
                return part
        return ""

    def end(self) -> None:
        self._ended.set()
        self.join(10)
