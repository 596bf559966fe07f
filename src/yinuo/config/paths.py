"""Where things lie. Reads the environment only: no Django, no settings."""

import hashlib
import os
import stat
import sys
from pathlib import Path

from yinuo.config.refusal import Refusal

PACKAGE = Path(__file__).resolve().parents[1]
SOCKET_PATH_BYTES = 100  # the kernel's sun_path holds 108 on Linux, 104 on macOS, with the closing zero


class UnsafeFolder(Refusal):
    """A folder that must be ours alone belongs to somebody else or is a link."""


def data_folder(chosen: str | os.PathLike[str] | None = None) -> Path:
    """The data folder: `chosen`, else `YINUO_DATA`, else `./data`; absolute, not necessarily there."""
    return Path(chosen or os.environ.get("YINUO_DATA") or "data").expanduser().absolute()


def make_data_folder(data: Path) -> None:
    """Makes the data folder where it is absent, closed to others; root lets others pass through (not list)
    since the database's system user lives below it. An existing folder keeps its rights."""
    data.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)


def static_root() -> Path:
    """Collected static files, as `make build` leaves them."""
    return PACKAGE / "web" / "static" / "collected"


def private_folder(path: Path) -> Path:
    """`path` as a folder of this user alone (0700); makes it. Raises UnsafeFolder where it is another's."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise UnsafeFolder(f"{path} belongs to another user or is a link. Remove it, then start again.")
    if stat.S_IMODE(found.st_mode) != 0o700:
        path.chmod(0o700)
    return path


def write_private(file: Path, text: str) -> None:
    """Replaces `file` by one with `text`, mode 0600, in one step and flushed to disk."""
    partial = file.with_name(file.name + ".new")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    partial.replace(file)


def short_folder(wanted: Path, longest_name: str) -> Path:
    """A folder for sockets: `wanted`, or one with a short path where a socket called `longest_name` in it
    would exceed what the kernel takes. The same for every process that asks, whatever its environment."""
    if len(os.fsencode(wanted / longest_name)) <= SOCKET_PATH_BYTES:
        return wanted
    digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:12]
    if os.geteuid() == 0 and sys.platform == "linux":
        return Path(f"/run/yinuo-{digest}")
    return Path(f"/tmp/yinuo-{os.geteuid()}-{digest}")  # noqa: S108  (private_folder checks whose it is)


def socket_folder(data: Path) -> Path:
    """Where `web` and `stream` listen for the front server."""
    return short_folder(data / "run", "stream.sock")


def web_sockets(data: Path) -> list[Path]:
    """Where each process of pages and API listens: one for each processor, so that the front server gives a request to
    whichever has the fewest. On one socket the kernel leaves the connections to whichever woke first."""
    count = min(max(os.cpu_count() or 2, 2), 8)
    return [socket_folder(data) / f"web{'' if number == 1 else f'-{number}'}.sock" for number in range(1, count + 1)]
