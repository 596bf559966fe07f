"""Outgoing mail as bytes (RFC 5322): threads in real clients, carries no injected header, CRLF.

Pure: the same `Outgoing` always gives the same bytes, so sending again is the same mail again.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address as HeaderAddress
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
    """A file to attach. With a `content_id` it is shown in the HTML as `cid:`."""

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
    mail = EmailMessage(policy=SMTP.clone(max_line_length=76))
    mail["Message-ID"] = f"<{_bare_id(outgoing.message_id)}>"
    mail["Date"] = format_datetime(outgoing.sent_at.astimezone(UTC))
    mail["From"] = _address(outgoing.sender)
    if outgoing.to:
        mail["To"] = [_address(one) for one in _unique(outgoing.to)]
    if outgoing.cc:
        mail["Cc"] = [_address(one) for one in _unique(outgoing.cc)]
    if outgoing.reply_to:
        mail["Reply-To"] = _address(Mailbox(outgoing.reply_to, outgoing.sender.name))
    mail["Subject"] = one_line(outgoing.subject, MAX_SUBJECT) or " "
    answered = _ids([outgoing.in_reply_to])
    if answered:
        mail["In-Reply-To"] = f"<{answered[0]}>"
    chain = reference_chain(outgoing.references, outgoing.in_reply_to)
    if chain:
        mail["References"] = " ".join(f"<{one}>" for one in chain)
    if outgoing.nature is not Nature.PERSONAL:
        mail["Auto-Submitted"] = outgoing.nature.value
        mail["X-Auto-Response-Suppress"] = "All"
        mail["Precedence"] = "bulk"
        mail[_OWN_LOOP_HEADER] = outgoing.sender.address
    _fill(mail, outgoing)
    _fix_boundaries(mail, outgoing.message_id)
    return mail.as_bytes()


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


def _address(mailbox: Mailbox) -> HeaderAddress:
    address = mailbox.address.strip()
    if not _ADDRESS.fullmatch(address) or not address.isprintable():
        raise ValueError(f"no mail can be sent to {one_line(address, 80)!r}")
    local, _, domain = address.rpartition("@")
    if not domain.isascii():
        domain = domain.encode("idna").decode("ascii")
    return HeaderAddress(display_name=one_line(mailbox.name, 100), username=local, domain=domain)


def _unique(mailboxes: Iterable[Mailbox]) -> list[Mailbox]:
    return list({one.address.strip().lower(): one for one in reversed(list(mailboxes))}.values())[::-1]


def _fill(mail: EmailMessage, outgoing: Outgoing) -> None:
    text = _body(outgoing.text)
    mail.set_content(text, charset="utf-8", cte=_encoding(text))
    if outgoing.html:
        html = _body(outgoing.html)
        mail.add_alternative(html, subtype="html", charset="utf-8", cte=_encoding(html))
        shown = [one for one in outgoing.files if one.content_id]
        part = next(one for one in mail.iter_parts() if one.get_content_type() == "text/html")
        for file in shown:
            main, sub = _content_type(file.content_type)
            part.add_related(
                file.content, maintype=main, subtype=sub, cid=f"<{one_line(file.content_id, 200)}>",
                filename=_filename(file.filename), disposition="inline",
            )  # fmt: skip
    for file in outgoing.files:
        if file.content_id and outgoing.html:
            continue
        main, sub = _content_type(file.content_type)
        mail.add_attachment(file.content, maintype=main, subtype=sub, filename=_filename(file.filename))


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
