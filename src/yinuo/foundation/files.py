"""Files and raw contacts, encrypted, in the database (ADR 0003): durable and replicated with the rows beside them."""

import hashlib
import hmac
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

from yinuo.foundation.encryption import key_for, seal, unseal
from yinuo.foundation.errors import Missing
from yinuo.foundation.models import FilePiece, StoredFile
from yinuo.foundation.pending import pending_or_none
from yinuo.foundation.rows import flush, insert, new

PIECE_BYTES = 256 * 1024
PIECES_AT_ONCE = 16


def keep_file(content: bytes, *, content_type: str, now: datetime) -> StoredFile:
    """Stores `content` inside the running transaction."""
    file = new(
        StoredFile,
        digest=content_digest(content),
        size=len(content),
        content_type=content_type,
        kept_at=now,
    )
    insert(file)
    for number, start in enumerate(range(0, len(content), PIECE_BYTES)):
        sealed = seal(content[start : start + PIECE_BYTES], purpose="files", bound_to=_place(file.id, number))
        insert(new(FilePiece, file_id=file.id, number=number, sealed=sealed))
    return file


def keep_file_at(path: Path, *, content_type: str, now: datetime) -> StoredFile:
    """Stores a file of any size inside the running transaction, piece by piece: it never stands whole in memory."""
    digest, size = hmac.new(key_for("files-digest"), digestmod=hashlib.sha256), 0
    with path.open("rb") as content:
        while part := content.read(PIECE_BYTES):
            digest.update(part)
            size += len(part)
        file = StoredFile(digest=digest.digest(), size=size, content_type=content_type, kept_at=now)
        insert(file)
        content.seek(0)
        number = 0
        while part := content.read(PIECE_BYTES):
            sealed = seal(part, purpose="files", bound_to=_place(file.id, number))
            insert(FilePiece(file_id=file.id, number=number, sealed=sealed))
            number += 1
            if number % PIECES_AT_ONCE == 0:
                flush()
    return file


def content_digest(content: bytes) -> bytes:
    """`StoredFile.digest`: equal for equal content, and telling nothing about it without the key."""
    return hmac.digest(key_for("files-digest"), content, "sha256")


def read_pieces(file_id: UUID) -> Iterator[bytes]:
    """The content piece by piece, so that a large file never stands whole in memory."""
    if pending_or_none():
        flush()
    pieces = FilePiece.objects.filter(file_id=file_id).order_by("number").values_list("number", "sealed")
    for number, sealed in pieces.iterator(chunk_size=8):
        yield unseal(bytes(sealed), purpose="files", bound_to=_place(file_id, number))


def read_file(file_id: UUID) -> bytes:
    """Raises `Missing` where there is no such file."""
    content = b"".join(read_pieces(file_id))
    if not content and not StoredFile.objects.filter(id=file_id).exists():
        raise Missing
    return content


def read_files(file_ids: Collection[UUID]) -> dict[UUID, bytes]:
    """The contents of several files that fit into memory together; those that are not there are left out."""
    if pending_or_none():
        flush()
    contents: dict[UUID, bytes] = {}
    pieces = FilePiece.objects.filter(file_id__in=file_ids).order_by("file_id", "number")
    for file_id, number, sealed in pieces.values_list("file_id", "number", "sealed"):
        piece = unseal(bytes(sealed), purpose="files", bound_to=_place(file_id, number))
        contents[file_id] = contents.get(file_id, b"") + piece
    return contents


def _place(file_id: UUID, number: int) -> bytes:
    return file_id.bytes + number.to_bytes(4, "big")
