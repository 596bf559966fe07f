"""The sequence of `yinuo up`: lock, database, migrations, processes, watch, stop."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from yinuo.config.children import end_all, ends_with_parent, leftovers
from yinuo.config.paths import private_folder, socket_folder, write_private
from yinuo.config.postgres import Cluster, DataLock, Held, NoServer, find_place
from yinuo.config.refusal import Refusal
from yinuo.config.up import front
from yinuo.config.up.forking import CAN_FORK, preload
from yinuo.config.up.journal import Journal
from yinuo.config.up.keeper import Keeper
from yinuo.config.up.site import Site, check_free
from yinuo.config.up.specs import specs, yinuo

READY_PATIENCE_S = 120
PREPARING_TOLD_AFTER_S = 3
OTHER_COMMAND_PATIENCE_S = 60


class StopRequested(BaseException):
    """Ctrl-C or a signal to end; no ordinary error, so that nothing catches it by the way."""


class House:
    def __init__(self, data: Path, site: Site, demo: bool) -> None:
        self.data = data
        self.site = site
        self.demo = demo
        self.lock = DataLock(data)
        self.cluster: Cluster | None = None
        self.keeper: Keeper | None = None
        self._stopping = False
        self._hurry = False
        self._database_falls = 0
        self._database_due = 0.0

    def run(self) -> int:
        """Runs until it is told to stop. The exit code: 0 after a clean stop, 1 where it could not start."""
        began = time.monotonic()
        try:
            self._take_lock()
        except Held as held:
            print(_politely(held, self.data), file=sys.stderr)
            return 1
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        private_folder(self.data / "log")
        journal = Journal(self.data)
        try:
            check_free(self.site)
            self._clear_up(journal)
            self._start(journal)
            self._announce(journal, time.monotonic() - began)
            self._watch(journal)
        except StopRequested:
            return 0
        except Refusal as refusal:
            journal.note("refused", reason=str(refusal))
            print(refusal, file=sys.stderr)
            return 1
        finally:
            self._stopping = True
            self._stop(journal)
            self.lock.drop()
        return 0

    # -- start ---------------------------------------------------------------------------------------

    def _take_lock(self) -> None:
        try:
            self.lock.take("up")
        except Held as held:
            if held.owner.get("command") in ("up", None):
                raise
            print(f"Waiting for `yinuo {held.owner['command']}` (process {held.owner['pid']}) to end.")
            self.lock.take("up", OTHER_COMMAND_PATIENCE_S)

    def _clear_up(self, journal: Journal) -> None:
        left = leftovers(self.data)
        if left:
            journal.note("leftovers", pids=[process.pid for process in left])
            end_all(left, signal.SIGTERM, 3)

    def _start(self, journal: Journal) -> None:
        environment = {
            "YINUO_DATA": str(self.data),
            "YINUO_PORT": str(self.site.port),
            "YINUO_LISTEN": self.site.listen,
            "YINUO_BASE_URL": self.site.base_url,
            "YINUO_DEMO": "1" if self.demo else "0",
        }
        url = os.environ.get("DATABASE_URL")
        if not url:
            began = time.monotonic()
            self.cluster = Cluster(find_place(self.data))
            self.cluster.start()
            url = self.cluster.url()
            journal.note("database", pid=self.cluster.pid, seconds=round(time.monotonic() - began, 3))
        environment["DATABASE_URL"] = url
        os.environ |= environment
        self._prepare(environment, journal)
        private_folder(self.data / "run")
        sockets = private_folder(socket_folder(self.data))
        for stale in sockets.glob("*.sock"):
            stale.unlink()
        write_private(self.data / "run" / "Caddyfile", front.caddyfile(self.data, self.site))
        self.keeper = Keeper(self.data, specs(self.data, self.site), environment, journal, forks=CAN_FORK)
        self.keeper.start_due()

    def _prepare(self, environment: dict[str, str], journal: Journal) -> None:
        """Migrations and, in a demo, its company; what it prints (log-ins) goes on to the terminal."""
        began = time.monotonic()
        with journal.file_of("prepare").open("ab") as log:
            process = subprocess.Popen(
                yinuo("prepare"),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=os.environ | environment,
                process_group=0,
                preexec_fn=ends_with_parent(signal.SIGTERM),
            )
            try:
                if CAN_FORK:
                    preload("yinuo.config.loops")  # meanwhile
                try:
                    printed, _ = process.communicate(timeout=PREPARING_TOLD_AFTER_S)
                except subprocess.TimeoutExpired:
                    journal.say("  Preparing the database" + (" and the demo company" if self.demo else "") + " …")
                    printed, _ = process.communicate()
            except BaseException:
                process.terminate()
                process.wait()
                raise
        self._printed = printed.decode(errors="replace").rstrip()
        journal.note("prepared", code=process.returncode, seconds=round(time.monotonic() - began, 3))
        if process.returncode:
            told = self._printed or f"The end of {journal.file_of('prepare')}:\n{journal.tail('prepare')}"
            raise NoServer(f"The database could not be prepared.\n{told}")

    def _announce(self, journal: Journal, so_far_s: float) -> None:
        began = time.monotonic()
        while not self._ready():
            self._look_after(journal)
            if time.monotonic() - began > READY_PATIENCE_S:
                journal.say(f"  Not ready after {READY_PATIENCE_S} s; logs are in {journal.folder}. Still trying.")
                break
            time.sleep(0.1)
        self.lock.tell(command="up", address=self.site.base_url)
        took = so_far_s + time.monotonic() - began
        journal.note("ready", address=self.site.base_url, seconds=round(took, 3))
        journal.say(f"\n  Yinuo 一诺  {self.site.base_url}   (ready in {took:.1f} s, data in {self.data})")
        if self._printed:
            journal.say(self._printed)
        journal.say("  Ctrl-C stops everything.\n")

    def _ready(self) -> bool:
        try:
            with socket.create_connection((self.site.own_address, self.site.port), timeout=1):
                pass
            return _status(socket_folder(self.data) / "web.sock", "/readyz") == http.client.OK
        except OSError:
            return False

    # -- watch ---------------------------------------------------------------------------------------

    def _watch(self, journal: Journal) -> None:
        next_rotation = 0.0
        while True:
            self._look_after(journal)
            if time.monotonic() > next_rotation:
                journal.rotate()
                next_rotation = time.monotonic() + 60
            time.sleep(0.1)

    def _look_after(self, journal: Journal) -> None:
        if self.cluster is not None and self.cluster.pid is None and time.monotonic() >= self._database_due:
            journal.note("fell", process="postgres")
            journal.say("  The database ended unexpectedly; it starts again and recovers.")
            self._revive_database(journal)
        if self.keeper is not None:
            self.keeper.bury_fallen()
            self.keeper.start_due()

    def _revive_database(self, journal: Journal) -> None:
        if self.cluster is None:
            return
        try:
            self.cluster.start()
        except NoServer as refusal:
            self._database_falls += 1
            pause_s = min(2.0**self._database_falls, 30.0)
            self._database_due = time.monotonic() + pause_s
            journal.note("refused", reason=str(refusal))
            journal.say(f"  The database does not start; next attempt in {pause_s:.0f} s. {refusal}")
        else:
            self._database_falls = 0
            journal.note("database", pid=self.cluster.pid)
            journal.say("  The database is back.")

    # -- stop ----------------------------------------------------------------------------------------

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._stopping:
            self._hurry = True
            return
        self._stopping = True
        raise StopRequested

    def _stop(self, journal: Journal) -> None:
        began = time.monotonic()
        if self.keeper is not None:
            journal.say("\n  Stopping …")
            self.keeper.stop(lambda: self._hurry)
        if self.cluster is not None:
            self.cluster.stop()
        took = time.monotonic() - began
        journal.note("stopped", seconds=round(took, 3))
        if self.keeper is not None:
            journal.say(f"  Stopped in {took:.1f} s.")


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=5)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _status(path: Path, where: str) -> int:
    connection = _UnixConnection(path)
    try:
        connection.request("GET", where)
        return connection.getresponse().status
    except http.client.HTTPException:
        return 0
    finally:
        connection.close()


def _politely(held: Held, data: Path) -> str:
    owner = held.owner
    where = f": {owner['address']}" if owner.get("address") else ""
    if owner.get("command") in ("up", None):
        return (
            f"Yinuo already runs on {data}{where} (process {owner.get('pid', 'unknown')}). "
            "Stop it with Ctrl-C where it was started, or use another folder: make run DATA=…, yinuo up --data …"
        )
    return f"`yinuo {owner['command']}` (process {owner['pid']}) still uses {data}. Try again when it has ended."
