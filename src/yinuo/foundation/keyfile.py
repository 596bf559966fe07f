"""The key file and the keys derived from it; free of Django, since the settings themselves need it."""

import os
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32


class KeyUnusable(Exception):
    """The key file is of the wrong length, or does not fit the data."""


def read_or_make_key(file: Path) -> bytes:
    """The 32 bytes of the key file; makes it, mode 0600, where it is absent."""
    try:
        key = file.read_bytes()
    except FileNotFoundError:
        return _make_key(file)
    if len(key) != KEY_BYTES:
        raise KeyUnusable(f"{file}: a key file holds exactly {KEY_BYTES} bytes, this one {len(key)}")
    return key


def _make_key(file: Path) -> bytes:
    file.parent.mkdir(parents=True, exist_ok=True)
    key = os.urandom(KEY_BYTES)
    try:
        # written whole beside it, then linked: of two processes that start at once the second takes the first's
        draft = file.with_name(f".{file.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(key)
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(draft, file)
        finally:
            draft.unlink()
    except FileExistsError:
        return read_or_make_key(file)
    return key


def derive(master: bytes, purpose: str) -> bytes:
    """32 bytes for one purpose; no two purposes share a key."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"yinuo/{purpose}".encode()).derive(master)
