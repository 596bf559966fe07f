"""SpiffWorkflow beside us: installed in an environment of its own, playing `flow.bpmn` in a process of its own.

with spiff() as peer:
    peer.rate(0.5)  # human steps a second of its processor time
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.peers.environment import Missing, install, programs
from yinuo.config.children import ends_with_parent

HERE = Path(__file__).parent
NAME, TITLE = "spiff", "SpiffWorkflow"


@dataclass(frozen=True)
class Peer:
    """A running peer; `order` are the steps that it plays."""

    process: "subprocess.Popen[str]"
    order: tuple[str, ...]

    def rate(self, seconds: float) -> float:
        """Human steps a second of processor time, the state read from and written to JSON around each."""
        said = _ask(self.process, f"{seconds}\n")
        return float(said["steps"]) / float(said["cpu"])


@contextmanager
def spiff() -> Iterator[Peer]:
    """Raises `Missing` where it cannot be installed or does not play the flow."""
    install(NAME, TITLE)
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    process = subprocess.Popen(
        [programs(NAME) / "python", HERE / "spiff_steps.py", HERE / "flow.bpmn"],
        env=kept | {"PYTHONIOENCODING": "utf-8"}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        encoding="utf-8", preexec_fn=ends_with_parent(signal.SIGTERM),
    )  # fmt: skip
    try:
        yield Peer(process, tuple(_ask(process, "")["order"]))
    finally:
        process.kill()
        process.wait()


def _ask(process: "subprocess.Popen[str]", line: str) -> dict[str, Any]:
    if process.stdin is None or process.stdout is None:
        raise Missing("SpiffWorkflow: no pipes")
    with suppress(BrokenPipeError):
        process.stdin.write(line)
        process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
        raise Missing(f"SpiffWorkflow ended with {process.wait()}")
    said: dict[str, Any] = json.loads(answer)
    return said


def main() -> None:
    """`python -m bench.peers.spiff`: plays the flow for a second."""
    with spiff() as peer:
        print(f"{' → '.join(peer.order)}: {peer.rate(1):.0f} steps a second", file=sys.stdout)


if __name__ == "__main__":
    main()
