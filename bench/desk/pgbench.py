"""What PostgreSQL can do at best: pgbench with statements of ours, prepared."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

from yinuo.config.postgres import Cluster


def run_scripts(cluster: Cluster, address: str, scripts: Iterable[Path], *, connections: int, seconds: float) -> float:
    """Transactions a second, each a run of one of the scripts; none may fail."""
    command = [cluster.place.binaries / "pgbench", "-n", "-M", "prepared", "-c", connections, "-j", 2]
    command += ["-T", round(seconds), *(part for script in scripts for part in ("-f", script)), address]
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=seconds + 60, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "failed transactions: 0 " in done.stdout, done.stdout
    line = next(line for line in done.stdout.splitlines() if line.startswith("tps = "))
    return float(line.split()[2])
