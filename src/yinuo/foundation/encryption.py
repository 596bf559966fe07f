"""Encryption at rest: AES-256-GCM under keys derived from one key file (R-SE-3).

A sealed value is `version byte + 12 byte nonce + ciphertext + 16 byte tag`. Equality search goes by a blind
index: a keyed digest of the normalised value, so that the database alone neither shows nor confirms it.
"""

import hmac
import os
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

from yinuo.foundation.jsontext import read, written
from yinuo.foundation.keyfile import KeyUnusable, derive

NONCE_BYTES = 12
VERSION = b"\x01"


@cache
def key_for(purpose: str) -> bytes:
    """The key of one purpose (`fields`, `files`, `index`, `tokens` …); no two purposes share one."""
    return derive(settings.MASTER_KEY, purpose)


@cache
def _cipher(purpose: str) -> AESGCM:
    return AESGCM(key_for(purpose))


def seal(plain: bytes, *, purpose: str = "fields", bound_to: bytes = b"") -> bytes:
    """Encrypts; `bound_to` ties the result to its place, so that it cannot be moved to another."""
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + nonce + _cipher(purpose).encrypt(nonce, plain, bound_to)


def unseal(sealed: bytes, *, purpose: str = "fields", bound_to: bytes = b"") -> bytes:
    """Raises `KeyUnusable` where the key does not fit or the value was altered."""
    if sealed[:1] != VERSION:
        raise KeyUnusable("sealed under an unknown version")
    body = sealed[1:]
    try:
        return _cipher(purpose).decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], bound_to)
    except InvalidTag as error:
        raise KeyUnusable("the key does not fit this value, or the value was altered") from error


def blind_index(kind: str, normalised: str) -> bytes:
    """16 bytes that are equal for equal values of one kind and tell nothing without the key."""
    return hmac.digest(key_for("index"), f"{kind}\0{normalised}".encode(), "sha256")[:16]


def key_check() -> bytes:
    """What the installation keeps to see at start whether the key file is the one its data was made with."""
    return hmac.digest(key_for("check"), b"yinuo", "sha256")


class EncryptedText(models.Field):
    """Text that a dump of the database does not show. Empty text is stored as empty bytes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", self.empty)
        super().__init__(*args, **kwargs)

    empty: Any = ""

    def get_internal_type(self) -> str:
        return "BinaryField"

    def db_type(self, connection: Any) -> str:
        return "bytea"

    def dump(self, value: Any) -> str:
        return str(value)

    def load(self, text: str) -> Any:
        return text

    def get_prep_value(self, value: Any) -> Any:
        if value is None or isinstance(value, bytes):
            return value
        return conceal(self.dump(value)) if value else b""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else self.load(reveal(value))


class EncryptedJSON(EncryptedText):
    """Lists and dictionaries of plain values, encrypted whole. Empty is `{}` unless `default` says `list`."""

    empty = dict

    def dump(self, value: Any) -> str:
        return written(value)

    def load(self, text: str) -> Any:
        return read(text) if text else self.get_default()


def conceal(text: str) -> bytes:
    """What an `EncryptedText` column holds for `text`, for hot paths that write rows by SQL."""
    return seal(text.encode("utf-8", "surrogatepass")) if text else b""


def reveal(value: bytes | memoryview) -> str:
    """The text of an `EncryptedText` column read by raw SQL."""
    raw = bytes(value)
    return unseal(raw).decode("utf-8", "surrogatepass") if raw else ""
