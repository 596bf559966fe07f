"""The form of a backup file: a ZIP (stored, so that it streams) that any tool can open.

key.json       the key file, AES-256-GCM under scrypt of the passphrase
seals.log      the newest digests of history's seals, as they stood outside of the database
database.dump  pg_dump's custom form; content and identities in it are encrypted under the key
manifest.json  versions, sizes, checksum; authenticated with the key
"""

import hashlib
import hmac
import json
import os
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from yinuo.config.refusal import Refusal
from yinuo.foundation.keyfile import KEY_BYTES, derive

FORM = 1
KEY, SEALS, DATABASE, MANIFEST = "key.json", "seals.log", "database.dump", "manifest.json"
PIECE_BYTES = 1024 * 1024
LEAST_PASSPHRASE = 12
_PURPOSE = b"yinuo backup key 1"
_SCRYPT = {"n": 2**16, "r": 8, "p": 1}  # 64 MB, about 0.2 s
_MOST_MEMORY = 2**30


class BadArchive(Refusal):
    """The file is no backup, of an unknown form, cut off or changed."""


class WrongPassphrase(Refusal):
    """The passphrase does not open the key in the backup."""


def seal_key(key: bytes, passphrase: str) -> bytes:
    """`key.json`."""
    salt, nonce = os.urandom(16), os.urandom(12)
    sealed = AESGCM(_stretched(passphrase, salt, _SCRYPT)).encrypt(nonce, key, _PURPOSE)
    fields = {"kdf": "scrypt", **_SCRYPT, "salt": salt.hex(), "nonce": nonce.hex(), "sealed": sealed.hex()}
    return json.dumps(fields, indent=1).encode()


def open_key(raw: bytes, passphrase: str) -> bytes:
    """The key file's bytes. Raises `WrongPassphrase`, `BadArchive`."""
    try:
        fields = json.loads(raw)
        cost = {name: int(fields[name]) for name in ("n", "r", "p")}
        salt, nonce, sealed = (bytes.fromhex(fields[name]) for name in ("salt", "nonce", "sealed"))
    except (ValueError, KeyError, TypeError):
        raise BadArchive("The key in the backup cannot be read.") from None
    if cost["n"] * cost["r"] * 128 > _MOST_MEMORY:
        raise BadArchive("The key in the backup asks for more memory than any of ours.")
    try:
        key = AESGCM(_stretched(passphrase, salt, cost)).decrypt(nonce, sealed, _PURPOSE)
    except InvalidTag:
        raise WrongPassphrase("This passphrase does not open the key in the backup.") from None
    if len(key) != KEY_BYTES:
        raise BadArchive("The key in the backup has the wrong length.")
    return key


def _stretched(passphrase: str, salt: bytes, cost: Mapping[str, int]) -> bytes:
    typed = unicodedata.normalize("NFC", passphrase).encode()
    return Scrypt(salt=salt, length=32, n=cost["n"], r=cost["r"], p=cost["p"]).derive(typed)


def sign(manifest: dict[str, Any], key: bytes) -> bytes:
    """`manifest.json`: the fields and a keyed digest over them."""
    return json.dumps({**manifest, "mark": _mark(manifest, key)}, ensure_ascii=False, indent=1).encode()


def _mark(manifest: Mapping[str, Any], key: bytes) -> str:
    text = json.dumps(manifest, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.new(derive(key, "backup-manifest"), text.encode(), hashlib.sha256).hexdigest()


@dataclass
class Archive:
    """A backup opened for reading."""

    file: Path
    zip: zipfile.ZipFile
    manifest: dict[str, Any]
    mark: str

    @classmethod
    def open(cls, file: Path) -> "Archive":
        """Raises `BadArchive`."""
        try:
            opened = zipfile.ZipFile(file)
            fields = json.loads(opened.read(MANIFEST))
            missing = {KEY, DATABASE, SEALS} - set(opened.namelist())
            mark = fields.pop("mark")
        except FileNotFoundError:
            raise BadArchive(f"{file} is not there.") from None
        except (zipfile.BadZipFile, KeyError, ValueError, OSError, AttributeError):
            raise BadArchive(f"{file} is no backup of Yinuo, or not a whole one.") from None
        if missing:
            raise BadArchive(f"{file} is not whole: {', '.join(sorted(missing))} is missing.")
        if fields.get("form") != FORM:
            raise BadArchive(f"{file} was made by a newer Yinuo ({fields.get('yinuo')}). Restore it with that one.")
        return cls(file, opened, fields, mark)

    def key(self, passphrase: str) -> bytes:
        """The key file's bytes, once they have also authenticated the manifest. Raises as `open_key`."""
        key = open_key(self._read(KEY), passphrase)
        if not hmac.compare_digest(self.mark, _mark(self.manifest, key)):
            raise BadArchive(f"The manifest of {self.file} was changed after the backup was made.")
        return key

    def seals(self) -> bytes:
        return self._read(SEALS)

    def pieces(self) -> Iterator[bytes]:
        """The database's dump, checked while it is read. Raises `BadArchive`, at the latest after the last piece."""
        digest, size = hashlib.sha256(), 0
        try:
            with self.zip.open(DATABASE) as source:
                while piece := source.read(PIECE_BYTES):
                    digest.update(piece)
                    size += len(piece)
                    yield piece
        except (zipfile.BadZipFile, OSError, EOFError):
            raise BadArchive(f"{self.file} is damaged.") from None
        wanted = self.manifest["database"]
        if (digest.hexdigest(), size) != (wanted["sha256"], wanted["bytes"]):
            raise BadArchive(f"{self.file} is damaged: the database in it is not the one that was written.")

    def check(self) -> None:
        """Reads the whole dump once. Raises `BadArchive`."""
        for _ in self.pieces():
            pass

    def _read(self, name: str) -> bytes:
        try:
            return self.zip.read(name)
        except (zipfile.BadZipFile, OSError, EOFError):
            raise BadArchive(f"{self.file} is damaged ({name}).") from None
