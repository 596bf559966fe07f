"""The embedded PostgreSQL server: makes it, starts it, stops it, recovers it. Needs the data lock."""

import os
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from yinuo.config.children import end_all, ends_with_parent, in_folder, wait_gone
from yinuo.config.paths import write_private
from yinuo.config.postgres.place import NoServer, Place, prepare_place
from yinuo.config.postgres.tuning import as_text, memory_bytes, settings

SUPERUSER = "postgres"
ROLE = "yinuo"
DATABASE = "yinuo"
EXTENSIONS = ("pg_trgm", "btree_gist")
START_PATIENCE_S = 300  # replaying the log after a crash may take this long
STOP_PATIENCE_S = 30
_ENVIRONMENT = ("PATH", "TMPDIR", "TZ")


class Cluster:
    """One server in its place. `options` override settings, e.g. `{"fsync": "off"}` in tests."""

    def __init__(self, place: Place, options: dict[str, str] | None = None) -> None:
        self.place = place
        self.options = options or {}
        self.child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self.child.pid if self.child and self.child.poll() is None else None

    def url(self) -> str:
        """The application's address, password included."""
        return _url(self.place, ROLE, DATABASE)

    def superuser_url(self, database: str = "postgres") -> str:
        """For tests, restore and doctor only; nothing at run time needs it."""
        return _url(self.place, SUPERUSER, database)

    def start(self) -> None:
        """Makes the server on the first call, ends what a killed predecessor left, starts, waits until it
        answers and has the application's role and database. Raises NoServer with the reason."""
        prepare_place(self.place)
        if not self.place.cluster.is_dir():
            self._initialise()
        self._check_version()
        self._end_orphans()
        self._ensure_passwords()
        self._write_settings()
        self._launch()
        self._wait_until_ready()
        self._ensure_database()

    def stop(self) -> None:
        """Ends all sessions and stops with a checkpoint; harder where that takes too long."""
        if self.child is None:
            return
        for number, patience_s in (
            (signal.SIGINT, STOP_PATIENCE_S),
            (signal.SIGQUIT, 5),
            (signal.SIGKILL, 5),
        ):
            if self.child.poll() is not None:
                break
            self.child.send_signal(number)
            try:
                self.child.wait(patience_s)
            except subprocess.TimeoutExpired:
                continue
        self.child = None

    # -- first start ---------------------------------------------------------------------------------

    def _initialise(self) -> None:
        for former in self.place.home.glob("cluster.new-*"):  # of a first start that was killed half-way
            shutil.rmtree(former, ignore_errors=True)
        # A name of its own: the initdb of that first start may still be at work, removing its folder.
        partial = self.place.home / f"cluster.new-{secrets.token_hex(4)}"
        for role in (SUPERUSER, ROLE):
            write_private(self._password_file(role), secrets.token_urlsafe(24))
        password = self.place.home / "initial-password"
        password.unlink(missing_ok=True)
        write_private(password, _password(self.place, SUPERUSER))
        os.chown(password, self.place.account.uid, self.place.account.gid)
        command = [
            *(str(self.place.binaries / "initdb"), "--pgdata", str(partial), "--username", SUPERUSER),
            *("--pwfile", str(password), "--auth", "scram-sha-256", "--data-checksums"),
            *("--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin"),
            *("--builtin-locale", "C.UTF-8", "--text-search-config", "simple"),
        ]
        if self.options.get("fsync") == "off":
            command.append("--no-sync")
        try:
            done = self._tool(command)
        finally:
            password.unlink(missing_ok=True)
        if done.returncode:
            raise NoServer(f"PostgreSQL could not be set up in {self.place.home}:\n{done.stderr.strip()}")
        with (partial / "postgresql.conf").open("a") as conf:
            conf.write("\ninclude = 'yinuo.conf'\ninclude = 'own.conf'\n")
        own = partial / "own.conf"
        write_private(own, "# Settings of your own; they win over yinuo.conf and stay.\n")
        os.chown(own, self.place.account.uid, self.place.account.gid)
        partial.rename(self.place.cluster)

    def _check_version(self) -> None:
        found = (self.place.cluster / "PG_VERSION").read_text().strip()
        banner = self._tool([str(self.place.binaries / "postgres"), "--version"]).stdout
        installed = banner.rsplit(maxsplit=1)[-1].partition(".")[0]
        if found != installed:
            raise NoServer(
                f"The data in {self.place.cluster} was written by PostgreSQL {found}, installed is "
                f"{installed}. Make a backup with the former version of Yinuo and restore it with this one."
            )

    # -- recovery ------------------------------------------------------------------------------------

    def _end_orphans(self) -> None:
        """Ends a server, or parts of one, that outlived whoever started it, and clears its lock files where
        they name a living stranger or a zombie: pids begin anew in a restarted container, and PostgreSQL
        would refuse to start."""
        pid_file = self.place.cluster / "postmaster.pid"
        if not pid_file.exists():
            return
        postmaster = _postmaster(pid_file)
        end_all(
            (process for process in in_folder(self.place.cluster) if process.pid == postmaster),
            signal.SIGINT,
            STOP_PATIENCE_S,
        )
        # Backends of a killed postmaster notice by themselves; a second server beside them would ruin the data.
        if not wait_gone(in_folder(self.place.cluster), 5):
            end_all(in_folder(self.place.cluster), signal.SIGTERM, 5)
        if postmaster and psutil.pid_exists(postmaster):
            for file in (pid_file, *self.place.socket_folder.glob(".s.PGSQL.*")):
                file.unlink(missing_ok=True)

    def _ensure_passwords(self) -> None:
        """Sets new passwords where the files are lost, by the single-user mode that asks for none."""
        lost = [role for role in (SUPERUSER, ROLE) if not self._password_file(role).is_file()]
        if not lost:
            return
        for role in lost:
            write_private(self._password_file(role), secrets.token_urlsafe(24))
        statement = f"ALTER ROLE {SUPERUSER} PASSWORD '{_password(self.place, SUPERUSER)}';\n"
        program = str(self.place.binaries / "postgres")
        command = [program, "--single", "-D", str(self.place.cluster), "postgres"]
        done = self._tool(command, statement)
        if done.returncode:
            raise NoServer(f"The database's password could not be renewed:\n{done.stderr.strip()}")

    # -- start ---------------------------------------------------------------------------------------

    def _write_settings(self) -> None:
        file = self.place.cluster / "yinuo.conf"
        text = as_text(settings(memory_bytes()) | self.options)
        if not file.exists() or file.read_text() != text:
            write_private(file, text)
            os.chown(file, self.place.account.uid, self.place.account.gid)

    def _launch(self) -> None:
        sockets = self.place.socket_folder
        command = [
            *(str(self.place.binaries / "postgres"), "-D", str(self.place.cluster)),
            *("-c", "listen_addresses=", "-c", f"unix_socket_directories={sockets}"),
            *("-c", "unix_socket_permissions=0700", "-p", "5432"),
        ]
        with self.place.log_file.open("ab") as log:
            self.child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
                preexec_fn=ends_with_parent(signal.SIGINT),
                **self._child_options(),
            )

    def _wait_until_ready(self) -> None:
        pid_file = self.place.cluster / "postmaster.pid"
        limit = time.monotonic() + START_PATIENCE_S
        while self.child is not None and self.child.poll() is None:
            lines = _lines(pid_file)
            if len(lines) > 7 and lines[0] == str(self.child.pid) and lines[7].strip() == "ready":
                return
            if time.monotonic() > limit:
                self.stop()
                raise NoServer(f"PostgreSQL did not get ready in {START_PATIENCE_S} s; see {self.place.log_file}")
            time.sleep(0.01)
        raise NoServer(f"PostgreSQL did not start. The end of {self.place.log_file}:\n{_tail(self.place.log_file)}")

    def _ensure_database(self) -> None:
        with psycopg.connect(self.superuser_url(), autocommit=True) as connection:
            password = sql.Literal(_password(self.place, ROLE))
            role, database = sql.Identifier(ROLE), sql.Identifier(DATABASE)
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, password))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))
                connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
            if not _opens(self.url()):
                connection.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(role, password))
        with psycopg.connect(self.superuser_url(DATABASE), autocommit=True) as connection:
            present = {row[0] for row in connection.execute("SELECT extname FROM pg_extension")}
            for name in EXTENSIONS:
                if name not in present:
                    connection.execute(sql.SQL("CREATE EXTENSION {}").format(sql.Identifier(name)))

    def _password_file(self, role: str) -> Path:
        return _password_file(self.place, role)

    def _tool(self, command: list[str], standard_input: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            input=standard_input,
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            preexec_fn=ends_with_parent(signal.SIGTERM),
            **self._child_options(),
        )

    def _child_options(self) -> dict[str, object]:
        kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        return {"cwd": self.place.home, "env": kept | {"LC_ALL": "C"}, **self.place.account.popen_options()}


def address(place: Place) -> str:
    """The application's database address of a server that another process runs in `place`."""
    return _url(place, ROLE, DATABASE)


def _url(place: Place, role: str, database: str) -> str:
    return f"postgresql://{role}:{_password(place, role)}@/{database}?host={quote(str(place.socket_folder), safe='/')}"


def _password_file(place: Place, role: str) -> Path:
    return place.secrets / f"postgres-{role}"


def _password(place: Place, role: str) -> str:
    return _password_file(place, role).read_text()


def _opens(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def _postmaster(pid_file: Path) -> int | None:
    lines = _lines(pid_file)
    return abs(int(lines[0])) if lines and lines[0].strip().lstrip("-").isdigit() else None


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return []


def _tail(file: Path, lines: int = 12) -> str:
    return "\n".join(_lines(file)[-lines:])
