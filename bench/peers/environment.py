"""An environment of its own for each peer, filled by pip from a lock file with hashes."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from bench.desk.server import FOLDER

ROOT = Path(__file__).parents[2]
INSTALL_S = 900


class Missing(Exception):
    """The peer cannot run here; the text is the reason."""


def home(name: str) -> Path:
    return FOLDER / "peers" / name


def programs(name: str) -> Path:
    return home(name) / "bin"


def lock_of(name: str) -> Path:
    return Path(__file__).with_name(f"{name}.txt")


def install(name: str, title: str) -> None:
    """By pip, once for each state of `<name>.txt`. Raises `Missing`."""
    stamp, lock = home(name) / "installed", lock_of(name)
    if made_from(stamp, lock):
        return
    say(f"installing {title}")
    shutil.rmtree(home(name), ignore_errors=True)
    home(name).mkdir(parents=True)
    run(title, [sys.executable, "-m", "venv", home(name)], dict(os.environ), INSTALL_S)
    pip = [programs(name) / "python", "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock]
    run(title, pip, dict(os.environ), INSTALL_S)
    stamp.write_text(digest(lock))


def made_from(stamp: Path, *sources: Path) -> bool:
    return stamp.is_file() and stamp.read_text() == digest(*sources)


def digest(*sources: Path) -> str:
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


def run(title: str, command: list[Path | str], environment: dict[str, str], patience_s: float) -> str:
    """What the command printed. Raises `Missing` with the end of what it complained."""
    try:
        done = subprocess.run(
            [str(part) for part in command], cwd=ROOT, env=environment, capture_output=True, text=True,
            timeout=patience_s, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Missing(f"{title}: {error}") from error
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise Missing(f"{title}: {said[-1] if said else done.returncode}")
    return done.stdout


def say(text: str) -> None:
    print(f"({text} …)", file=sys.stderr, flush=True)
