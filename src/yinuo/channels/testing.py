"""Trying a mailbox: connects by IMAP and SMTP and says precisely what is wrong. Never inside a transaction."""

import imaplib
import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address

from django.utils.translation import gettext_lazy as _
from imap_tools.imap_utf7 import utf7_decode, utf7_encode

TIMEOUT_S = 10
FOLDERS_NAMED = 12

SENTENCES = {
    "ok_imap": _("Mail can be fetched: folder “{folder}” holds {count} mails."),
    "ok_smtp": _("Mail can be sent through {host}."),
    "host_unknown": _("The name “{host}” is not known. Check its spelling."),
    "refused": _("{host} refuses connections on port {port}. Check the port, and whether a firewall stands between."),
    "timed_out": _("{host} does not answer on port {port} within {seconds} seconds. Check the port and the firewall."),
    "unreachable": _("There is no way to {host}: {detail}"),
    "certificate": _("The certificate of {host} is not valid: {detail}"),
    "not_tls": _("{host} does not speak TLS on port {port}. Try STARTTLS, or another port."),
    "starttls": _("{host} does not offer STARTTLS on port {port}. Try TLS, or another port."),
    "unencrypted": _("Without encryption only a server on this computer may be used."),
    "log_in": _("{host} refuses the log-in: {detail}"),
    "folder": _("The folder “{folder}” does not exist. There are: {folders}."),
    "sender": _("{host} does not let this log-in send as {address}: {detail}"),
    "protocol": _("{host} gave an answer that is not understood: {detail}"),
}


@dataclass(frozen=True)
class Way:
    """One connection to try. `security`: `tls` from the start, `starttls`, or `none` (this computer only)."""

    host: str
    port: int
    security: str
    username: str
    password: str


@dataclass(frozen=True)
class Finding:
    """What came of one way (`imap` or `smtp`): a code and the values of its sentence."""

    way: str
    code: str
    values: dict[str, object]

    @property
    def ok(self) -> bool:
        return self.code.startswith("ok_")

    def __str__(self) -> str:
        return str(SENTENCES[self.code]).format(**self.values)


@dataclass(frozen=True)
class TestResult:
    __test__ = False
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        return bool(self.findings) and all(finding.ok for finding in self.findings)


class _Wrong(Exception):
    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code, self.values = code, values


def test_mailbox(
    *, address: str, imap: Way | None, folder: str = "INBOX", smtp: Way | None, timeout_s: float = TIMEOUT_S
) -> TestResult:
    """Tries the ways that are given; sends nothing, changes nothing. Each answer is waited for `timeout_s`, so never
    call it inside a transaction."""
    findings = []
    if imap:
        findings.append(_tried("imap", imap, timeout_s, lambda: _try_imap(imap, folder, timeout_s)))
    if smtp:
        findings.append(_tried("smtp", smtp, timeout_s, lambda: _try_smtp(smtp, address, timeout_s)))
    return TestResult(tuple(findings))


test_mailbox.__test__ = False  # type: ignore[attr-defined]


def is_this_computer(host: str) -> bool:
    """Whether every address of the name is a loopback address: the only place for talk without encryption."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return False
    return all(ip_address(entry[4][0].split("%")[0]).is_loopback for entry in found)


def _tried(name: str, way: Way, timeout_s: float, attempt: Callable[[], tuple[str, dict[str, object]]]) -> Finding:
    try:
        if way.security == "none" and not is_this_computer(way.host):
            socket.getaddrinfo(way.host, None)
            raise _Wrong("unencrypted")
        code, values = attempt()
        return Finding(name, code, values)
    except _Wrong as wrong:
        return Finding(name, wrong.code, {"host": way.host, "port": way.port, **wrong.values})
    except Exception as error:
        code, values = _of_connection(error)
        return Finding(name, code, {"host": way.host, "port": way.port, "seconds": f"{timeout_s:g}", **values})


def _of_connection(error: Exception) -> tuple[str, dict[str, object]]:
    """The code of a connection that failed before anything was said; what it is not, is raised again."""
    match error:
        case socket.gaierror() | UnicodeError():
            return "host_unknown", {}
        case ssl.SSLCertVerificationError():
            return "certificate", {"detail": error.verify_message or error.reason or ""}
        case ssl.SSLError():
            return "not_tls", {}
        case ConnectionRefusedError():
            return "refused", {}
        case TimeoutError():
            return "timed_out", {}
        case ConnectionError() | EOFError() | smtplib.SMTPServerDisconnected() | imaplib.IMAP4.abort():
            return "protocol", {"detail": _said(error)}
        case imaplib.IMAP4.error() | smtplib.SMTPException():
            return "protocol", {"detail": _said(error)}
        case OSError():
            return "unreachable", {"detail": error.strerror or str(error)}
    raise error


def _said(error: Exception | bytes | str | tuple[object, ...]) -> str:
    """What the server said, as one short line."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_said(error.smtp_error)}"
    if isinstance(error, Exception):
        return _said(error.args[0]) if error.args else type(error).__name__
    text = error.decode("utf-8", "replace") if isinstance(error, bytes) else str(error)
    return " ".join(text.split())[:200]


def _try_imap(way: Way, folder: str, timeout_s: float) -> tuple[str, dict[str, object]]:
    context = ssl.create_default_context()
    if way.security == "tls":
        client: imaplib.IMAP4 = imaplib.IMAP4_SSL(way.host, way.port, ssl_context=context, timeout=timeout_s)
    else:
        client = imaplib.IMAP4(way.host, way.port, timeout=timeout_s)
    try:
        if way.security == "starttls":
            if "STARTTLS" not in client.capabilities:
                raise _Wrong("starttls")
            client.starttls(context)
        try:
            client.login(way.username, way.password)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise _Wrong("log_in", detail=_said(error)) from error
        state, answer = client.select(_quoted(folder), readonly=True)
        if state != "OK":
            raise _Wrong("folder", folder=folder, folders=", ".join(_folders(client)))
        return "ok_imap", {"folder": folder, "count": int(answer[0] or 0)}
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            client.logout()


def _quoted(folder: str) -> bytes:
    return b'"' + utf7_encode(folder).replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def _folders(client: imaplib.IMAP4) -> list[str]:
    """Names of the folders that are there, at most a dozen."""
    _state, lines = client.list()
    names = []
    for line in lines:
        if isinstance(line, bytes):
            name = line.rpartition(b' "')[2].rstrip(b'"') if line.endswith(b'"') else line.rpartition(b" ")[2]
            names.append(utf7_decode(name))
    return names[:FOLDERS_NAMED]


def _try_smtp(way: Way, address: str, timeout_s: float) -> tuple[str, dict[str, object]]:
    context = ssl.create_default_context()
    if way.security == "tls":
        client: smtplib.SMTP = smtplib.SMTP_SSL(way.host, way.port, timeout=timeout_s, context=context)
    else:
        client = smtplib.SMTP(way.host, way.port, timeout=timeout_s)
    try:
        client.ehlo_or_helo_if_needed()
        if way.security == "starttls":
            if not client.has_extn("starttls"):
                raise _Wrong("starttls")
            client.starttls(context=context)
            client.ehlo()
        if way.username and client.has_extn("auth"):
            try:
                client.login(way.username, way.password)
            except smtplib.SMTPAuthenticationError as error:
                raise _Wrong("log_in", detail=_said(error)) from error
        code, answer = client.mail(address)
        if code >= 400:
            raise _Wrong("sender", address=address, detail=f"{code} {_said(answer)}")
        client.rset()
        return "ok_smtp", {"host": way.host}
    finally:
        with suppress(OSError, smtplib.SMTPException):
            client.quit()
