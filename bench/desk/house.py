"""The processes of a running desk for measurements, on a database of the measurements' server."""

import http.client
import os
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
from tests.servers import free_port

from bench.desk.server import FOLDER
from yinuo.config.paths import private_folder, socket_folder, write_private
from yinuo.config.up import front
from yinuo.config.up.journal import Journal
from yinuo.config.up.keeper import Keeper
from yinuo.config.up.site import LOOPBACK, Site
from yinuo.config.up.specs import specs

DATA = FOLDER / "server"
READY_S = 60


@dataclass(frozen=True)
class House:
    """`keeper` restarts what falls when asked to look after it."""

    url: str
    keeper: Keeper

    def look_after(self) -> None:
        self.keeper.bury_fallen()
        self.keeper.start_due()

    def processes(self) -> dict[str, list[psutil.Process]]:
        """Each part with its children."""
        found: dict[str, list[psutil.Process]] = {}
        for kept in self.keeper.kept:
            if kept.process is not None:
                first = psutil.Process(kept.process.pid)
                found[kept.spec.name] = [first, *first.children(recursive=True)]
        return found


@contextmanager
def running(
    address: str,
    parts: Collection[str] | None = None,
    *,
    environment: dict[str, str] | None = None,
    data: Path = DATA,
) -> Iterator[House]:
    """The parts of that name (all) as `yinuo up` starts them, ready; stopped in order at the end. The database is
    there and migrated."""
    site = Site(LOOPBACK, port := free_port(), "", url := f"http://{LOOPBACK}:{port}")
    private_folder(data / "log")
    private_folder(data / "run")
    for stale in private_folder(socket_folder(data)).glob("*.sock"):
        stale.unlink()
    write_private(data / "run" / "Caddyfile", front.caddyfile(data, site))
    given = {
        "YINUO_DATA": str(data),
        "YINUO_PORT": str(port),
        "YINUO_BASE_URL": url,
        "YINUO_SMTP_PORT": str(free_port()),
        "YINUO_LMTP_PORT": str(free_port()),
        "DATABASE_URL": address,
    }
    wanted = [
        replace(spec, after_s=0)
        for spec in specs(data, site)
        if parts is None or spec.name.rstrip("-0123456789") in parts
    ]
    keeper = Keeper(data, wanted, given | (environment or {}), Journal(data))
    keeper.start_due()
    house = House(url, keeper)
    try:
        _wait_until_ready(house, port, data)
        yield house
    finally:
        keeper.stop(lambda: False)


def _wait_until_ready(house: House, port: int, data: Path) -> None:
    limit = time.monotonic() + READY_S
    while time.monotonic() < limit:
        house.look_after()
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == http.client.OK:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    raise AssertionError(f"not ready in {READY_S} s: {Journal(data).tail('web')}")


def load() -> str:
    """How busy the machine has been in the last minute, for the note of a measurement."""
    return f"load {os.getloadavg()[0]:.1f}"
