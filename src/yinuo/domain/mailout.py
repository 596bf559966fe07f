"""Outgoing mail as bytes (RFC 5322): threads in real clients, carries no injected header, CRLF.

Pure: the same `Outgoing` always gives the same bytes, so sending again is the same mail again.
"""

import re
from base64 import b64encode, encodebytes
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum
from hashlib import sha256

from yinuo.domain.intake.headers import one_line

MAX_REFERENCES = 20
MAX_SUBJECT = 400

_OWN_LOOP_HEADER = "X-Yinuo-Loop"
_PREFIX = re.compile(r"^(?:\s*(?:re|aw|sv|antw|回复|回覆|答复)\s*(?:\[\d+\]|\(\d+\))?\s*[:：])+\s*", re.IGNORECASE)
_ID = re.compile(r"[^<>\s@]{1,400}@[^<>\s@]{1,400}")
_ADDRESS = re.compile(r"[^\s@<>\"(),:;\\\[\]]{1,64}@[^\s@<>\"(),:;\\\[\]]{1,255}")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+/=^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=^_`{|}~-]+)*")
_CONTENT_ID = re.compile(r"[A-Za-z0-9._@+-]{1,60}")
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}")


class Nature(StrEnum):
    """Who wrote it: a person, a machine in answer to a mail, or a machine of itself (RFC 3834)."""

    PERSONAL = "personal"
    AUTO_REPLIED = "auto-replied"
    AUTO_GENERATED = "auto-generated"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address with the name shown beside it; a name with line breaks is put on one line."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file to attach. With a `content_id` (1 to 60 of letters, digits, . _ @ + -) HTML shows it as `cid:`."""

    filename: str
    content: bytes
    content_type: str = "application/octet-stream"
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A mail to be sent. `message_id`, `in_reply_to` and `references` with or without brackets.

    `references` is the chain of the mail being answered, oldest first. `sent_at` is aware.
    """

    sender: Mailbox
    to: tuple[Mailbox, ...]
    subject: str
    text: str
    message_id: str
    sent_at: datetime
    cc: tuple[Mailbox, ...] = ()
    html: str = ""
    files: tuple[OutgoingFile, ...] = ()
    reply_to: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    nature: Nature = Nature.PERSONAL


def compose(outgoing: Outgoing) -> bytes:
    """The mail as it goes to the SMTP server, CRLF, every line within 998 octets.

    Raises ValueError where an address or the Message-ID could not stand in a header, where nobody
    would receive it, or where `sent_at` has no zone.
    """
    if not outgoing.to and not outgoing.cc:
        raise ValueError("the mail has no recipient")
    if outgoing.sent_at.tzinfo is None:
        raise ValueError("sent_at needs a time zone")
    fields = "".join(f"{line}\r\n" for line in _fields(outgoing))
    return fields.encode("ascii") + (_plain_text(outgoing) or _content(outgoing))


def _content(outgoing: Outgoing) -> bytes:
    mail = EmailMessage(policy=SMTP.clone(max_line_length=76))
    _fill(mail, outgoing)
    _fix_boundaries(mail, outgoing.message_id)
    return mail.as_bytes()


def _plain_text(outgoing: Outgoing) -> bytes:
    """What `_content` makes of a text alone, ten times as fast, and most mails are nothing else; empty where it is more
    than that."""
    text = _body(outgoing.text)
    encoding = _encoding(text)
    if outgoing.html or outgoing.files or encoding not in ("7bit", "base64"):
        return b""
    written = text.encode()
    if encoding == "base64":
        written = encodebytes(text.replace("\n", "\r\n").encode())
    lines = ('Content-Type: text/plain; charset="utf-8"', f"Content-Transfer-Encoding: {encoding}", "MIME-Version: 1.0")
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode() + written.replace(b"\n", b"\r\n")


def _fields(outgoing: Outgoing) -> Iterator[str]:
    """The header, folded by ourselves.

    The standard library turns an identifier or an address longer than a line into RFC 2047 words:
    no client threads by such a Message-ID, and no answer reaches such an address.
    """
    yield f"Message-ID: <{_bare_id(outgoing.message_id)}>"
    yield f"Date: {format_datetime(outgoing.sent_at.astimezone(UTC))}"
    yield _folded("From:", _mailbox(outgoing.sender))
    for name, mailboxes in (("To:", outgoing.to), ("Cc:", outgoing.cc)):
        if mailboxes:
            *others, last = (_mailbox(one) for one in _unique(mailboxes))
            listed = [[*words[:-1], f"{words[-1]},"] for words in others]
            yield _folded(name, [word for words in (*listed, last) for word in words])
    if outgoing.reply_to:
        yield _folded("Reply-To:", _mailbox(Mailbox(outgoing.reply_to, outgoing.sender.name)))
    yield _folded("Subject:", _words(one_line(outgoing.subject, MAX_SUBJECT)))
    answered = _ids([outgoing.in_reply_to])
    if answered:
        yield f"In-Reply-To: <{answered[0]}>"
    chain = reference_chain(outgoing.references, outgoing.in_reply_to)
    if chain:
        yield _folded("References:", [f"<{one}>" for one in chain])
    if outgoing.nature is not Nature.PERSONAL:
        yield f"Auto-Submitted: {outgoing.nature.value}"
        yield "X-Auto-Response-Suppress: All"
        yield "Precedence: bulk"
        yield f"{_OWN_LOOP_HEADER}: {_checked(outgoing.sender.address)}"


def _folded(name: str, words: list[str]) -> str:
    """A header field, broken between words so that lines stay within 76 characters where they can."""
    lines = [name]
    for word in words:
        # The first word stays beside the name: a line of the name alone confuses old relays.
        if len(lines[-1]) + 1 + len(word) > 76 and lines[-1] != name:
            lines.append(f" {word}")
        else:
            lines[-1] += f" {word}"
    return "\r\n".join(lines)


def _words(text: str) -> list[str]:
    """Text for a header: as it is where that is legal, else RFC 2047 words of at most 75 characters."""
    if text.isascii() and "=?" not in text and "  " not in text:
        return text.split(" ")
    words, chunk = [], ""
    for char in text.encode("utf-8", "replace").decode("utf-8"):
        if len((chunk + char).encode()) > 45:
            words.append(chunk)
            chunk = ""
        chunk += char
    return [f"=?utf-8?B?{b64encode(one.encode()).decode('ascii')}?=" for one in (*words, chunk)]


def _mailbox(mailbox: Mailbox) -> list[str]:
    address = f"<{_checked(mailbox.address)}>"
    name = one_line(mailbox.name, 100)
    if not name:
        return [address]
    if _PLAIN_NAME.fullmatch(name):
        return [*name.split(" "), address]
    if name.isascii() and "=?" not in name:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return [f'"{quoted}"', address]
    return [*_words(name), address]


def reply_subject(subject: str) -> str:
    """`subject` with exactly one `Re: ` in front, whatever chain of 回复/Re/AW it had."""
    return f"Re: {_PREFIX.sub('', one_line(subject, MAX_SUBJECT)).strip()}".strip()


def reference_chain(references: Iterable[str], in_reply_to: str) -> tuple[str, ...]:
    """The References of an answer, without brackets: the thread's first mail and its last 19.

    Clients thread by the first and the nearest; a chain without bound would outgrow servers' limits.
    """
    chain = _ids([*references, in_reply_to])
    return chain if len(chain) <= MAX_REFERENCES else (chain[0], *chain[1 - MAX_REFERENCES :])


def _ids(values: Iterable[str]) -> tuple[str, ...]:
    found = [value.strip().strip("<>") for value in values]
    kept = [one for one in found if _ID.fullmatch(one) and one.isascii()]
    # The last mention counts: the mail answered stands at the end.
    return tuple(reversed(dict.fromkeys(reversed(kept))))


def _bare_id(value: str) -> str:
    found = _ids([value])
    if not found:
        raise ValueError("the Message-ID is not one")
    return found[0]


def _checked(written: str) -> str:
    """The address in the form servers take: domain in ASCII. Raises ValueError if it is none."""
    address = written.strip()
    local, _, domain = address.rpartition("@")
    if _ADDRESS.fullmatch(address) and local.isascii() and address.isprintable():
        with suppress(UnicodeError):
            return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode('ascii')}"
    raise ValueError(f"no mail can be sent to {one_line(address, 80)!r}")


def _unique(mailboxes: Iterable[Mailbox]) -> list[Mailbox]:
    return list({one.address.strip().lower(): one for one in reversed(list(mailboxes))}.values())[::-1]


def _fill(mail: EmailMessage, outgoing: Outgoing) -> None:
    text = _body(outgoing.text)
    mail.set_content(text, charset="utf-8", cte=_encoding(text))
    shown: list[OutgoingFile] = []
    if outgoing.html:
        html = _body(outgoing.html)
        mail.add_alternative(html, subtype="html", charset="utf-8", cte=_encoding(html))
        part = next(one for one in mail.iter_parts() if one.get_content_type() == "text/html")
        shown = [file for file in outgoing.files if _CONTENT_ID.fullmatch(file.content_id)]
        for file in shown:
            _add(part.add_related, file, cid=f"<{file.content_id}>", disposition="inline")
    for file in outgoing.files:
        if file not in shown:
            _add(mail.add_attachment, file)


def _add(add: Callable[..., None], file: OutgoingFile, **more: str) -> None:
    main, sub = _content_type(file.content_type)
    add(file.content, maintype=main, subtype=sub, filename=_filename(file.filename), **more)


def _body(text: str) -> str:
    clean = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]", "", text.replace("\r\n", "\n").replace("\r", "\n"))
    return clean.rstrip("\n") + "\n"


def _encoding(text: str) -> str:
    """7bit where every relay can take it as it is; Chinese is a third shorter in base64 than in QP."""
    if text.isascii():
        return "7bit" if all(len(line) <= 900 for line in text.split("\n")) else "quoted-printable"
    return "base64" if sum(char > "\x7f" for char in text) * 4 > len(text) else "quoted-printable"


def _content_type(value: str) -> tuple[str, str]:
    kind = value.strip().lower()
    # A message or multipart type would have to be parsed to be legal; as a file it is plain bytes.
    if not _TYPE.fullmatch(kind) or kind.startswith(("multipart/", "message/")):
        return "application", "octet-stream"
    main, _, sub = kind.partition("/")
    return main, sub


def _filename(name: str) -> str:
    return re.split(r"[/\\]", one_line(name, 200))[-1].strip() or "attachment"


def _fix_boundaries(mail: EmailMessage, message_id: str) -> None:
    """Boundaries from the Message-ID in place of random ones, so that the bytes are reproducible."""
    for number, part in enumerate(mail.walk()):
        if part.is_multipart():
            mark = sha256(f"{message_id}/{number}".encode()).hexdigest()[:32]
            part.set_boundary(f"=_yn{number}_{mark}")
