"""`DATA/lock`: one owner of the embedded server at a time, and a count of those who only use it."""

import errno
import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from yinuo.config.paths import make_data_folder


class Held(Exception):
    """Another process owns the data folder. `owner` is what it wrote: pid, command, perhaps address."""

    def __init__(self, owner: dict[str, Any]) -> None:
        super().__init__("the data folder is in use")
        self.owner = owner


class DataLock:
    """A lock the kernel drops when its holder dies, however it dies."""

    def __init__(self, data: Path) -> None:
        self.file = data / "lock"
        self._descriptor: int | None = None

    def take(self, command: str, patience_s: float = 0) -> None:
        """Raises Held where another process has it and keeps it longer than `patience_s`."""
        make_data_folder(self.file.parent)
        descriptor = os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600)
        if not _flock(descriptor, fcntl.LOCK_EX, patience_s):
            os.close(descriptor)
            raise Held(self.owner())
        self._descriptor = descriptor
        self.tell(command=command)

    def tell(self, **facts: Any) -> None:
        """Writes into the lock file what others are told: the holder's `command`, later its `address`."""
        if self._descriptor is None:
            raise RuntimeError("only the holder of the lock writes into it")
        written = json.dumps({"pid": os.getpid(), **facts}).encode()
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, written, 0)

    def owner(self) -> dict[str, Any]:
        try:
            told = json.loads(self.file.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return told if isinstance(told, dict) else {}

    def drop(self) -> None:
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None


class Users:
    """Commands that use a server another command started. Its owner waits for them before it stops it."""

    def __init__(self, data: Path) -> None:
        self.file = data / "lock.users"
        self._descriptor: int | None = None

    def join(self) -> None:
        self._descriptor = os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def leave(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    @contextmanager
    def kept_out(self, patience_s: float) -> Iterator[bool]:
        """Waits until nobody uses the server, `patience_s` at most, and lets nobody join during the block.
        Yields whether it was so."""
        descriptor = os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            yield _flock(descriptor, fcntl.LOCK_EX, patience_s)
        finally:
            os.close(descriptor)


def _flock(descriptor: int, kind: int, patience_s: float) -> bool:
    limit = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise
            if time.monotonic() >= limit:
                return False
            time.sleep(0.05)
        else:
            return True
