"""What the customer writes on the ticket's own page (R-EN-4)."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import PurePath

from yinuo.foundation.actors import Actor
from yinuo.foundation.work import service
from yinuo.tickets.errors import EmptyMessage, FileEmpty, FileKindRefused, FileTooLarge, MessageTooLong, TooManyFiles
from yinuo.tickets.models import Message, Ticket
from yinuo.tickets.services.messages import NewFile, add_inbound_message

MIB = 1024 * 1024
MOST_CHARS = 10_000
MOST_FILES = 5
FILE_BYTES = 20 * MIB
ALL_BYTES = 25 * MIB
KINDS = {
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp",
    "heic": "image/heic", "heif": "image/heif", "bmp": "image/bmp", "tif": "image/tiff", "tiff": "image/tiff",
    "mp4": "video/mp4", "mov": "video/quicktime", "3gp": "video/3gpp", "webm": "video/webm", "avi": "video/x-msvideo",
    "mp3": "audio/mpeg", "m4a": "audio/mp4", "aac": "audio/aac", "amr": "audio/amr", "wav": "audio/wav",
    "pdf": "application/pdf", "ofd": "application/ofd", "txt": "text/plain", "log": "text/plain", "csv": "text/csv",
    "doc": "application/msword", "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "wps": "application/vnd.ms-works", "et": "application/octet-stream", "dps": "application/octet-stream",
    "odt": "application/vnd.oasis.opendocument.text", "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "eml": "message/rfc822", "zip": "application/zip", "rar": "application/vnd.rar",
    "7z": "application/x-7z-compressed",
}  # fmt: skip
"""What may be attached, by the end of its name; the kind follows from it, never from what the browser claims."""


@service
def add_portal_message(
    *, ticket: Ticket, text: str, by: Actor, now: datetime, files: Iterable[NewFile] = ()
) -> Message:
    """Appends it as the customer's; where the matter was solved or archived, that reopens it. Raises `EmptyMessage`,
    `MessageTooLong`, `TooManyFiles`, `FileTooLarge`, `FileEmpty`, `FileKindRefused`."""
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    kept = checked_files(list(files))
    if not text and not kept:
        raise EmptyMessage
    if len(text) > MOST_CHARS:
        raise MessageTooLong(most=MOST_CHARS)
    ticket = Ticket.objects.select_for_update(of=("self",)).select_related("customer").get(id=ticket.id)
    return add_inbound_message(
        ticket=ticket, customer=ticket.customer, channel="portal", text=text, files=kept, by=by, at=now, now=now
    )


def checked_files(files: list[NewFile]) -> list[NewFile]:
    """With short names and the kinds that follow from them. Raises `TooManyFiles`, `FileTooLarge`, `FileEmpty`,
    `FileKindRefused`."""
    if len(files) > MOST_FILES:
        raise TooManyFiles(most=MOST_FILES)
    whole = 0
    kept: list[NewFile] = []
    for file in files:
        name = _short(file.filename)
        whole += len(file.content)
        kind = KINDS.get(PurePath(name).suffix.lower().removeprefix("."))
        if kind is None:
            raise FileKindRefused(name=name)
        if not file.content:
            raise FileEmpty(name=name)
        if len(file.content) > FILE_BYTES or whole > ALL_BYTES:
            raise FileTooLarge(name=name, most=FILE_BYTES // MIB, total=ALL_BYTES // MIB)
        kept.append(NewFile(name, file.content, kind))
    return kept


def _short(name: str, most: int = 120) -> str:
    """The bare name without control characters, its end kept."""
    plain = "".join(char for char in PurePath(name.replace("\\", "/")).name if char.isprintable()).strip()
    path = PurePath(plain or "file")
    return path.stem[: most - len(path.suffix)] + path.suffix
