"""wrk as the client (Debian's package): posts as fast as answers come, on a number of kept connections."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from itertools import count
from pathlib import Path

LUA = Path(__file__).with_name("post.lua")
_runs = count(1)


@dataclass(frozen=True)
class Driven:
    """`created` answers were 201 in `seconds`; on each connection one more may have been under way at the end."""

    created: int
    seconds: float
    p50_ms: float
    p95_ms: float

    @property
    def rate(self) -> float:
        return self.created / self.seconds


def program() -> str | None:
    return shutil.which("wrk")


def drive(
    url: str,
    bodies: Path,
    *,
    connections: int,
    seconds: float,
    headers: dict[str, str],
    keyed: bool = False,
    rate: float = 0,
) -> Driven:
    """`rate` bounds requests a second. Raises AssertionError where any answer was not 201 or none came."""
    threads = min(connections, 2)
    given = [f"{name}: {value}" for name, value in headers.items()]
    command = [
        *(program() or "wrk", "-t", str(threads), "-c", str(connections), "-d", f"{seconds:.0f}s"),
        *("--timeout", "30s", "-s", str(LUA), url, "--", str(bodies), f"r{next(_runs)}t", "1" if keyed else "0"),
        f"{rate / threads:.4f}" if rate else "0",
        *given,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=True)
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    found = json.loads(line.removeprefix("RESULT "))
    wrong = found.pop("others"), found.pop("lost"), found.pop("sample")
    assert wrong[:2] == (0, 0), f"answers other than 201, lost ones, first: {wrong}"
    return Driven(**found)
