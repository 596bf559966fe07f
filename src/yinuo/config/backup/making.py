"""Making a backup: at any time, from a running house, in one pass, never whole in memory."""

import hashlib
import os
import subprocess
import tempfile
import zipfile
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from yinuo.config.backup.archive import (
    DATABASE,
    FORM,
    KEY,
    MANIFEST,
    PIECE_BYTES,
    SEALS,
    seal_key,
    sign,
)
from yinuo.config.backup.programs import environment, major_of, program
from yinuo.config.refusal import Refusal
from yinuo.foundation.actors import Actor
from yinuo.foundation.backups import note_backup
from yinuo.foundation.clock import now
from yinuo.foundation.models import Installation, Seal
from yinuo.foundation.seals import head_file

# Log-in sessions would let in whoever holds the file; cached values and signs of life are worth nothing later.
WITHOUT_ROWS = ("django_session", "foundation_cache", "foundation_heartbeat", "foundation_streamend")
HEADS_BYTES = 1024 * 1024


def make_backup(file: Path, passphrase: str, url: str) -> dict[str, Any]:
    """Writes a backup of the database at `url` to `file`; its manifest. Raises `Refusal`.

    The file appears under its name only when it is whole. Recorded in the history, which is how `doctor` knows.
    """
    if file.exists():
        raise Refusal(f"{file} exists already. Choose another name, or remove it first.")
    partial = file.with_name(f".{file.name}.{os.getpid()}.partial")
    began = now()
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise Refusal(f"{file} cannot be written: {error.strerror}.") from None
    try:
        with os.fdopen(descriptor, "wb") as out:
            manifest = _write(out, passphrase, url, began)
            out.flush()
            os.fsync(out.fileno())
        partial.rename(file)
        _flush_folder(file.parent)
    except OSError as error:
        raise Refusal(f"The backup could not be written: {error.strerror or error}.") from None
    finally:
        partial.unlink(missing_ok=True)
    size = file.stat().st_size
    note_backup(bytes=size, digest=manifest["database"]["sha256"], by=Actor.system("backup"), at=began)
    return {**manifest, "bytes": size}


def _write(out: Any, passphrase: str, url: str, began: Any) -> dict[str, Any]:
    installation = Installation.objects.get(id=1)
    heads = _heads()  # before the dump: what they name is in it
    seal = Seal.objects.order_by("-id").first()
    server = connection.pg_version // 10_000
    dump = program("pg_dump", server)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        archive.writestr(_entry(KEY), seal_key(settings.MASTER_KEY, passphrase))
        archive.writestr(_entry(SEALS), heads)
        size, digest = _dump(archive, dump, url)
        manifest = {
            "about": "A backup of Yinuo. `yinuo restore FILE` takes it into an empty data folder.",
            "form": FORM,
            "made_at": began.isoformat(),
            "yinuo": version("yinuo"),
            "postgres": server,
            "pg_dump": major_of(dump),
            "era": installation.era,
            "last_seal": {"id": seal.id, "digest": bytes(seal.digest).hex()} if seal else None,
            "without_rows_of": list(WITHOUT_ROWS),
            "database": {"bytes": size, "sha256": digest},
        }
        archive.writestr(_entry(MANIFEST), sign(manifest, settings.MASTER_KEY))
    return manifest


def _dump(archive: zipfile.ZipFile, dump: Path, url: str) -> tuple[int, str]:
    """Size and SHA-256 of what pg_dump has written into the archive."""
    command = [
        *(str(dump), "--format=custom", "--compress=1", "--no-owner", "--no-privileges", "--no-password"),
        *("--lock-wait-timeout=60s", *(f"--exclude-table-data=public.{table}" for table in WITHOUT_ROWS)),
    ]
    digest, size = hashlib.sha256(), 0
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, env=environment(url))
        try:
            with process.stdout, archive.open(_entry(DATABASE), "w", force_zip64=True) as target:
                while piece := process.stdout.read(PIECE_BYTES):
                    digest.update(piece)
                    size += len(piece)
                    target.write(piece)
        except BaseException:
            process.kill()
            raise
        finally:
            code = process.wait()
        if code:
            said.seek(0)
            raise Refusal(f"pg_dump failed:\n{said.read(4000).decode(errors='replace').strip()}")
    return size, digest.hexdigest()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, now().timetuple()[:6])
    entry.external_attr = 0o600 << 16
    return entry


def _heads() -> bytes:
    """The newest part of the seals' digests, whole lines."""
    file = head_file()
    if not file.exists():
        return b""
    with file.open("rb") as source:
        source.seek(max(0, file.stat().st_size - HEADS_BYTES))
        lines = source.read().splitlines(keepends=True)
    return b"".join(line for line in lines if line.endswith(b"\n") and line[:1].isdigit() and len(line.split()) == 2)


def _flush_folder(folder: Path) -> None:
    with suppress(OSError):  # some file systems cannot
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
