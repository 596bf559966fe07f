"""PostgreSQL 15 on one machine and a standby on another, with synchronous replication: what is confirmed is on both."""

import os
import pwd
import secrets
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg

from tests.proof.network import NET, Machine
from tests.servers import wait_for

BINARIES = Path("/usr/lib/postgresql/15/bin")
PORT = 5432
SETTINGS = {
    "wal_level": "replica",
    "max_connections": "120",
    "wal_sender_timeout": "10s",
    "wal_receiver_timeout": "10s",
    "synchronous_commit": "on",
}


class DatabasePair:
    def __init__(self, folder: Path, first: Machine, second: Machine) -> None:
        self.folder, self.first, self.second = folder, first, second
        self.password = secrets.token_urlsafe(16)
        self.processes: list[subprocess.Popen[bytes]] = []
        self.owner = pwd.getpwnam("postgres")

    @property
    def url(self) -> str:
        """Both, for the application: it takes whichever may be written to."""
        hosts = ",".join(f"{machine.address}:{PORT}" for machine in (self.first, self.second))
        return f"postgresql://yinuo:{self.password}@{hosts}/yinuo"

    def connect(self, machine: Machine, user: str = "postgres", **options: object) -> psycopg.Connection:
        """From the machine itself."""
        told = {"host": machine.address, "port": PORT, "user": user, "password": self.password, "connect_timeout": 3}
        return machine.run(lambda: psycopg.connect(dbname="postgres", autocommit=True, **told, **options))

    def start(self) -> None:
        folder = self.folder / "first"
        passwords = self.folder / "password"
        self.folder.mkdir()
        passwords.write_text(self.password)
        for path in (self.folder, passwords):
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)
        self._run("initdb", "-D", folder, "-U", "postgres", "-A", "scram-sha-256", "--pwfile", passwords, "-E", "UTF8",
                  "--locale=C.UTF-8", "--no-sync")  # fmt: skip
        (folder / "pg_hba.conf").write_text(
            f"host all all {NET}.0/24 scram-sha-256\nhost replication all {NET}.0/24 scram-sha-256\n"
        )
        self._serve(self.first, folder)
        with self.connect(self.first) as connection:
            connection.execute(f"CREATE ROLE yinuo LOGIN PASSWORD '{self.password}'")
            connection.execute("CREATE DATABASE yinuo OWNER yinuo ENCODING 'UTF8' TEMPLATE template0")
        standby = self.folder / "second"
        source = f"host={self.first.address} port={PORT} user=postgres password={self.password} application_name=second"
        self.second.run(lambda: self._run("pg_basebackup", "-D", standby, "-R", "-X", "stream", "-d", source))
        self._serve(self.second, standby)
        with self.connect(self.first) as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'second'")
            connection.execute("SELECT pg_reload_conf()")
            wait_for(lambda: self._is_synchronous(connection), because="the standby follows")

    def _is_synchronous(self, connection: psycopg.Connection) -> bool:
        return connection.execute("SELECT sync_state FROM pg_stat_replication").fetchall() == [("sync",)]

    def promote(self) -> None:
        """Makes the standby the server, as a cluster manager does; it waits for no standby of its own: its settings are
        its own, copied before the first one was told to wait."""
        with self.connect(self.second) as connection:
            connection.execute("SELECT pg_promote(true, 30)")

    def _serve(self, machine: Machine, folder: Path) -> None:
        options = {**SETTINGS, "listen_addresses": machine.address, "port": str(PORT)}
        options["unix_socket_directories"] = ""
        command = [str(BINARIES / "postgres"), "-D", str(folder)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        log = (self.folder / f"{folder.name}.log").open("ab")
        start: Callable[[], subprocess.Popen[bytes]] = lambda: subprocess.Popen(
            command, stdout=log, stderr=log, cwd=self.folder, **self._as_owner()
        )
        self.processes.append(machine.run(start))

        def answers() -> bool:
            with suppress(psycopg.OperationalError), self.connect(machine):
                return True
            return False

        wait_for(answers, seconds=60, because=f"PostgreSQL answers on {machine.name}")

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(BINARIES / program), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=self.folder,
                              **self._as_owner())  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]

    def _as_owner(self) -> dict[str, object]:
        return {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []}

    def stop(self) -> None:
        for process in self.processes:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGQUIT)
        for process in self.processes:
            process.wait(20)
