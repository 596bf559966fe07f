"""An SMTP server that takes every mail, for measurements: light, in a process of its own."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.servers import can_connect, free_port, wait_for

from yinuo.config.children import ends_with_parent

ROOT = Path(__file__).parents[2]


@contextmanager
def sink() -> Iterator[tuple[Path, int]]:
    """A file with a line a mail, and the port."""
    with TemporaryDirectory() as folder:
        file, port = Path(folder) / "mails", free_port()
        file.touch()
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.sink", str(port), str(file)], cwd=ROOT,
            preexec_fn=ends_with_parent(signal.SIGTERM),
        )  # fmt: skip
        try:
            wait_for(lambda: can_connect(port), because="the SMTP server listens")
            yield file, port
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(5)
