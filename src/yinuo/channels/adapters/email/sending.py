"""Handing a mail to its server by SMTP (RFC 5321), or to a folder."""

import os
import smtplib
import ssl
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

from django.conf import settings

from yinuo.channels.models import Mailbox
from yinuo.domain.redaction import mask_text
from yinuo.foundation.ids import new_id

TIMEOUT_S = 30


class MailRefused(Exception):
    """The server does not want this mail; trying again changes nothing. `reason` is for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason[:300]


class ServerUnreachable(Exception):
    """The server could not be spoken to, or asks to come again later. `reason` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason[:300]


def send(mailbox: Mailbox, recipients: tuple[str, ...], raw: bytes) -> None:
    """Raises `MailRefused` where the mail or any of its recipients was refused for good, `ServerUnreachable` where it
    can be tried again. A recipient that is to be tried later beside others that took it counts as refused: another
    attempt would reach those twice."""
    if mailbox.transport == "folder":
        _to_folder(raw)
        return
    try:
        server = _connected(mailbox)
        try:
            refused = server.sendmail(mailbox.address, list(recipients), raw, mail_options=_options(server, recipients))
        finally:
            with suppress(OSError, smtplib.SMTPException):  # it is taken, however the farewell goes
                server.quit()
    except smtplib.SMTPRecipientsRefused as error:
        answers = sorted(error.recipients.values(), key=lambda answer: answer[0])
        raise _judged(*answers[0]) from error  # one that may come later is worth another attempt
    except smtplib.SMTPAuthenticationError as error:
        raise ServerUnreachable("log_in") from error
    except smtplib.SMTPResponseException as error:
        raise _judged(error.smtp_code, error.smtp_error) from error
    except ssl.SSLError as error:
        raise ServerUnreachable("certificate") from error
    except ValueError as error:
        raise MailRefused("no_address") from error  # an address that this server cannot be told
    except (OSError, smtplib.SMTPException) as error:
        raise ServerUnreachable("unreachable") from error
    if refused:
        code, text = max(refused.values(), key=lambda answer: answer[0])
        raise MailRefused(_told(code, text))


def _judged(code: int, text: bytes | str) -> Exception:
    if 500 <= code < 600:
        return MailRefused(_told(code, text))
    return ServerUnreachable(_told(code, text))


def _told(code: int, text: bytes | str) -> str:
    """A server's answer as history keeps it: without the address that servers like to repeat."""
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    shown = "".join(char if char.isprintable() else " " for char in f"{code} {said}")
    return mask_text(shown)


def _connected(mailbox: Mailbox) -> smtplib.SMTP:
    host, port = mailbox.smtp_host, mailbox.smtp_port
    if mailbox.smtp_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=ssl.create_default_context())
    else:
        if mailbox.smtp_security == "none" and not is_loopback(host):
            raise ServerUnreachable("unencrypted")
        server = smtplib.SMTP(host, port, timeout=TIMEOUT_S)
        if mailbox.smtp_security == "starttls":
            server.starttls(context=ssl.create_default_context())
    server.ehlo_or_helo_if_needed()
    if mailbox.username and server.has_extn("auth"):
        server.login(mailbox.username, mailbox.password)
    return server


def is_loopback(host: str) -> bool:
    """Without encryption only this computer is spoken to."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _options(server: smtplib.SMTP, recipients: tuple[str, ...]) -> list[str]:
    wide = any(not address.isascii() for address in recipients)
    return ["SMTPUTF8"] if wide and server.has_extn("smtputf8") else []


def _to_folder(raw: bytes) -> None:
    folder: Path = settings.DATA / "outbox"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder / f".{new_id()}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(raw)
    draft.rename(folder / f"{new_id()}.eml")
