"""Handing a mail to its server by SMTP (RFC 5321), or to a folder."""

import os
import smtplib
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from django.conf import settings

from yinuo.channels.models import Mailbox
from yinuo.domain.redaction import mask_text
from yinuo.foundation.ids import new_id

TIMEOUT_S = 30


class ServerUnreachable(Exception):
    """The server could not be spoken to, or takes nothing from this mailbox for now. `reason` is a code, or what the
    server said."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason[:300]


@dataclass(frozen=True)
class Verdict:
    """What the server said. `settled`: by recipient, an empty reason where it took the mail, else why it never will.
    `later`: why the others are to be tried again; empty where there are none."""

    settled: Mapping[str, str]
    later: str = ""


class Line:
    """The way out of a mailbox: one connection for the mails that are sent while it is open. It is made for the first
    of them, and made anew where a server has closed it between two."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._server: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._hang_up()

    def send(self, recipients: Sequence[str], raw: bytes) -> Verdict:
        """Raises `ServerUnreachable`."""
        if self._mailbox.transport == "folder":
            _to_folder(raw)
            return Verdict(dict.fromkeys(recipients, ""))
        try:
            return self._send(recipients, raw)
        except smtplib.SMTPAuthenticationError as error:
            raise ServerUnreachable("log_in") from error
        except smtplib.SMTPResponseException as error:
            raise ServerUnreachable(_told(error.smtp_code, error.smtp_error)) from error
        except ssl.SSLError as error:
            raise ServerUnreachable("certificate") from error
        except (OSError, smtplib.SMTPException) as error:
            raise ServerUnreachable("unreachable") from error

    def _send(self, recipients: Sequence[str], raw: bytes) -> Verdict:
        used_before = self._server is not None
        try:
            return self._hand_over(self._server or self._call(), recipients, raw)
        except smtplib.SMTPServerDisconnected:
            self._server = None
            if not used_before:
                raise
            return self._hand_over(self._call(), recipients, raw)

    def _hand_over(self, server: smtplib.SMTP, recipients: Sequence[str], raw: bytes) -> Verdict:
        wide = server.has_extn("smtputf8") and not all(address.isascii() for address in recipients)
        tellable = [address for address in recipients if address.isprintable() and (wide or address.isascii())]
        settled = {address: "no_address" for address in recipients if address not in tellable}
        if not tellable:
            return Verdict(settled)
        refused: Mapping[str, tuple[int, bytes]] = {}
        try:
            refused = server.sendmail(self._mailbox.address, tellable, raw, ["SMTPUTF8"] if wide else [])
        except smtplib.SMTPRecipientsRefused as error:
            answers = error.recipients
            at_last = list(answers.values())[-1]  # said to the one where the server broke off, if it did
            refused = {address: answers.get(address, at_last) for address in tellable}
        except smtplib.SMTPSenderRefused as error:
            if not _for_good(error.smtp_code):
                raise
            refused = dict.fromkeys(tellable, (error.smtp_code, error.smtp_error))
        except smtplib.SMTPDataError as error:
            refused = dict.fromkeys(tellable, (error.smtp_code, error.smtp_error))
            with suppress(OSError, smtplib.SMTPException):
                server.rset()
        later = ""
        for address in tellable:
            code, text = refused.get(address, (250, b""))
            if address not in refused:
                settled[address] = ""
            elif _for_good(code):
                settled[address] = _told(code, text)
            else:
                later = later or _told(code, text)
        return Verdict(settled, later)

    def _call(self) -> smtplib.SMTP:
        self._server = _connected(self._mailbox)
        return self._server

    def _hang_up(self) -> None:
        if self._server:
            with suppress(OSError, smtplib.SMTPException):  # what it took it has, however the farewell goes
                self._server.quit()


def _for_good(code: int) -> bool:
    return 500 <= code < 600


def _told(code: int, text: bytes | str) -> str:
    """A server's answer as history keeps it: without the address that servers like to repeat."""
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    shown = "".join(char if char.isprintable() else " " for char in f"{code} {said}")
    return mask_text(shown)[:300]


def _connected(mailbox: Mailbox) -> smtplib.SMTP:
    host, port = mailbox.smtp_host, mailbox.smtp_port
    if mailbox.smtp_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=ssl.create_default_context())
    else:
        if mailbox.smtp_security == "none" and not is_loopback(host):
            raise ServerUnreachable("unencrypted")
        server = smtplib.SMTP(host, port, timeout=TIMEOUT_S)
    try:
        if mailbox.smtp_security == "starttls":
            server.starttls(context=ssl.create_default_context())
        server.ehlo_or_helo_if_needed()
        if mailbox.username and server.has_extn("auth"):
            server.login(mailbox.username, mailbox.password)
    except BaseException:
        server.close()
        raise
    return server


def is_loopback(host: str) -> bool:
    """Without encryption only this computer is spoken to."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _to_folder(raw: bytes) -> None:
    folder: Path = settings.DATA / "outbox"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder / f".{new_id()}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(raw)
    draft.rename(folder / f"{new_id()}.eml")
