"""Taking a backup into an empty data folder, or into an empty database of one's own."""

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import psycopg
from django.utils.module_loading import import_string

from yinuo.config.backup.archive import PIECE_BYTES, Archive
from yinuo.config.backup.programs import environment, program
from yinuo.config.database import with_database
from yinuo.config.paths import make_data_folder, private_folder
from yinuo.config.postgres import find_place
from yinuo.config.refusal import Refusal

HARMLESS = frozenset({"lock", "lock.users", "log", "run"})
# Settings that a newer pg_restore writes at the top and an older server does not know.
NEWER_SETTINGS = (b"SET transaction_timeout",)
HEAD_LINES = 200


def restore_backup(file: Path, passphrase: str, data: Path) -> dict[str, Any]:
    """Restores `file` into `data`; what was found there afterwards: `rows`, `seals`, `era`, `faults`.

    Raises `Refusal` (and leaves the folder as it was) where the file is not whole, the passphrase wrong, or the
    target not empty.
    """
    archive = Archive.open(file)
    key = archive.key(passphrase)
    archive.check()
    key_file = Path(os.environ.get("YINUO_KEY_FILE") or data / "key")
    embedded = not os.environ.get("DATABASE_URL")
    _require_empty(data, key_file, embedded)
    make_data_folder(data)
    _write_key(key_file, key)
    heads = private_folder(data / "log") / "seals.log"
    filled = False
    try:
        heads.write_bytes(archive.seals())
        with with_database(data, "restore"):
            _fill(archive)
            filled = True
            return import_string("yinuo.config.backup.checking.bring_up_to_date")(archive.manifest)
    except BaseException:
        if not filled:
            key_file.unlink(missing_ok=True)
            heads.unlink(missing_ok=True)
            if embedded:
                _take_back(data)
        raise


def _require_empty(data: Path, key_file: Path, embedded: bool) -> None:
    if key_file.exists():
        raise Refusal(f"{key_file} is there already: restore into an empty data folder (--data FOLDER).")
    found = sorted(entry.name for entry in data.iterdir()) if data.is_dir() else []
    if embedded and (more := [name for name in found if name not in HARMLESS]):
        raise Refusal(f"{data} is not empty ({', '.join(more[:5])}): restore into an empty one (--data FOLDER).")


def _write_key(file: Path, key: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(key)
        out.flush()
        os.fsync(out.fileno())


def _take_back(data: Path) -> None:
    """Removes the embedded server that was made for this restore; there was none before."""
    place = find_place(data)
    shutil.rmtree(place.home, ignore_errors=True)
    if (data / "postgres").is_symlink():
        (data / "postgres").unlink()
    shutil.rmtree(place.secrets, ignore_errors=True)


def _fill(archive: Archive) -> None:
    url = os.environ["DATABASE_URL"]
    with psycopg.connect(url) as connection:
        server = connection.info.server_version // 10_000
        tables = connection.execute(
            "SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace "
            "WHERE relkind IN ('r', 'p', 'S') AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'"
        ).fetchone()
    if tables and tables[0]:
        raise Refusal("The database is not empty: restore into a new one (CREATE DATABASE …), then set DATABASE_URL.")
    _pour(archive.pieces(), url, max(server, int(archive.manifest["pg_dump"])), server)


def _pour(pieces: Iterable[bytes], url: str, dump_major: int, server: int) -> None:
    """`pg_restore` turns the dump into statements, `psql` carries them out in one transaction: all or nothing."""
    restore, run = program("pg_restore", dump_major), program("psql", server)
    with tempfile.TemporaryFile() as said:
        writer = subprocess.Popen(
            [restore, "--file=-", "--no-owner", "--no-privileges", "--no-comments"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            env=environment(url),
        )
        runner = subprocess.Popen(
            [run, "--no-psqlrc", "--quiet", "--no-password", "--single-transaction", "--set=ON_ERROR_STOP=1"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
            env=environment(url),
        )
        try:
            _pump(pieces, writer, runner)
        except BrokenPipeError:
            pass  # one of them has ended: its code and words tell why
        except BaseException:
            writer.kill()
            runner.kill()
            raise
        finally:
            codes = writer.wait(), runner.wait()
        if any(codes):
            said.seek(0)
            raise Refusal(f"The database could not be restored:\n{said.read(4000).decode(errors='replace').strip()}")


def _pump(pieces: Iterable[bytes], writer: "subprocess.Popen[bytes]", runner: "subprocess.Popen[bytes]") -> None:
    failures: list[BaseException] = []

    def feed(target: IO[bytes]) -> None:
        try:
            with target:
                for piece in pieces:
                    target.write(piece)
        except BrokenPipeError:
            return
        except BaseException as error:
            failures.append(error)
            writer.kill()

    feeding = threading.Thread(target=feed, args=[writer.stdin], daemon=True)
    feeding.start()
    try:
        with runner.stdin as target:
            for _ in range(HEAD_LINES):
                line = writer.stdout.readline()
                if not line.startswith(NEWER_SETTINGS):
                    target.write(line)
            shutil.copyfileobj(writer.stdout, target, PIECE_BYTES)
            feeding.join()
            if failures or writer.wait():
                runner.kill()  # before it sees the end of its input, which it would take for the end of the work
    finally:
        feeding.join()
    if failures:
        raise failures[0]
