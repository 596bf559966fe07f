"""Fetching mail by IMAP (RFC 3501): every UID above the last one kept, never by “unseen”; waits by IDLE (RFC 2177)."""

import hashlib
import imaplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import structlog
from django.db import close_old_connections
from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError

from yinuo.channels.adapters.email.sending import is_loopback
from yinuo.channels.models import Mailbox
from yinuo.channels.services.health import fetched_up_to, fetching_failed, fetching_works
from yinuo.channels.services.intake import keep_contact
from yinuo.foundation import clock

log = structlog.get_logger()
TIMEOUT_S = 30
IDLE_S = 60
POLL_S = 10
RETRY_S = (2, 5, 10, 30, 60)
CLOCKS_DIFFER = timedelta(minutes=5)
"""The mail server's clock need not agree with ours when a new mailbox begins, and it counts whole seconds."""


class Stop(Protocol):
    """When to end; `threading.Event` is one."""

    def is_set(self) -> bool: ...

    def wait(self, seconds: float, /) -> bool: ...


class Unusable(Exception):
    """The mailbox cannot be read; `failure` is a code of `services.health`."""

    def __init__(self, failure: str) -> None:
        super().__init__(failure)
        self.failure = failure


def connect(mailbox: Mailbox) -> BaseMailBox:
    """Logged in with the folder selected. Raises `Unusable`."""
    try:
        match mailbox.imap_security:
            case "tls":
                box: BaseMailBox = MailBox(
                    mailbox.imap_host, mailbox.imap_port, timeout=TIMEOUT_S, ssl_context=ssl.create_default_context()
                )
            case "starttls":
                box = MailBoxStartTls(
                    mailbox.imap_host, mailbox.imap_port, timeout=TIMEOUT_S, ssl_context=ssl.create_default_context()
                )
            case _:
                if not is_loopback(mailbox.imap_host):
                    raise Unusable("unencrypted")
                box = MailBoxUnencrypted(mailbox.imap_host, mailbox.imap_port, timeout=TIMEOUT_S)
        box.login(mailbox.username, mailbox.password, initial_folder=None)
        box.folder.set(mailbox.imap_folder, readonly=True)
    except MailboxLoginError as error:
        raise Unusable("log_in") from error
    except MailboxFolderSelectError as error:
        raise Unusable("folder") from error
    except ssl.SSLError as error:
        raise Unusable("certificate") from error
    except (OSError, imaplib.IMAP4.error, ImapToolsError) as error:
        raise Unusable("unreachable") from error
    return box


@dataclass
class Place:
    """What UIDs are counted in: they mean nothing in another folder, account or server."""

    key: str
    uid_validity: int


def _place(box: BaseMailBox, mailbox: Mailbox) -> Place:
    named = "\0".join([mailbox.imap_host, str(mailbox.imap_port), mailbox.username, mailbox.imap_folder])
    status = box.folder.status(mailbox.imap_folder, ["UIDVALIDITY"])
    return Place(hashlib.sha256(named.encode()).hexdigest()[:16], int(status["UIDVALIDITY"]))


def fetch_new(box: BaseMailBox, mailbox: Mailbox) -> int:
    """Keeps every mail above the last kept UID, each durable before the next is asked for; how many were new. Where
    the server counts anew (UIDVALIDITY) all since `mailbox.since` are looked at again and known ones recognised."""
    place = _place(box, mailbox)
    mailbox.refresh_from_db(fields=["uid_validity", "last_uid", "since"])
    last = mailbox.last_uid if mailbox.uid_validity == place.uid_validity else 0
    uids = _uids_above(box, mailbox, last)
    kept = 0
    for uid in uids:
        raw, arrived_at = _fetch(box, uid)
        if raw is not None and (last > 0 or arrived_at >= mailbox.since - CLOCKS_DIFFER):
            now = clock.now()
            contact = keep_contact(
                channel="email",
                mailbox=mailbox,
                source_key=f"imap:{mailbox.id}:{place.key}:{place.uid_validity}:{uid}",
                raw=raw,
                arrived_at=min(arrived_at, now),
                now=now,
            )
            kept += contact is not None
        fetched_up_to(mailbox_id=mailbox.id, version=mailbox.version, uid_validity=place.uid_validity, uid=uid)
    if not uids and mailbox.uid_validity != place.uid_validity:
        fetched_up_to(mailbox_id=mailbox.id, version=mailbox.version, uid_validity=place.uid_validity, uid=0)
    return kept


def _uids_above(box: BaseMailBox, mailbox: Mailbox, last: int) -> list[int]:
    """`UID n:*` always answers with at least the newest mail, also one below n."""
    if last:
        criteria = f"UID {last + 1}:*"
    else:
        criteria = f"SINCE {mailbox.since.astimezone(UTC) - timedelta(days=1):%d-%b-%Y}"
    answer = _answered(box.client.uid("SEARCH", None, criteria))
    found = [int(uid) for uid in (answer[0] or b"").split()]
    return sorted(uid for uid in found if uid > last)


def _answered(answer: tuple[str, list[Any]]) -> list[Any]:
    """What the server gave. Raises `imaplib.IMAP4.error` where it says NO."""
    status, given = answer
    if status != "OK":
        raise imaplib.IMAP4.error("the server says NO")
    return given


def _fetch(box: BaseMailBox, uid: int) -> tuple[bytes | None, datetime]:
    """The raw mail and when the server took it in; no raw where it was deleted meanwhile. A server that does not hand
    it over just now is an error: what is passed over is never asked for again."""
    answer = _answered(box.client.uid("FETCH", str(uid), "(INTERNALDATE BODY.PEEK[])"))
    for part in answer:
        if isinstance(part, tuple):
            moment = imaplib.Internaldate2tuple(part[0])
            for tail in answer:
                if moment is None and isinstance(tail, bytes):
                    moment = imaplib.Internaldate2tuple(tail)
            arrived = datetime(*moment[:6]).astimezone(UTC) if moment else clock.now()
            return part[1], arrived
        if isinstance(part, bytes) and b"BODY[]" in part and b"BODY[] NIL" not in part:
            raise imaplib.IMAP4.error("a mail in a form that is not understood")
    return None, clock.now()


def watch(mailbox_id: object, stop: Stop) -> None:
    """One mailbox for as long as it is active: fetch, wait by IDLE where the server can, else look every 10 s. Goes on
    after every failure, with growing waits; the banner tells meanwhile."""
    failures = 0
    while not stop.is_set():
        close_old_connections()
        mailbox = Mailbox.objects.filter(id=mailbox_id, active=True).exclude(imap_host="").first()
        if mailbox is None:
            return
        try:
            with connect(mailbox) as box:
                failures = 0
                _serve(box, mailbox, stop)
        except Unusable as error:
            failures = _failed(mailbox, error.failure, failures, stop)
        except (TimeoutError, OSError, imaplib.IMAP4.error, ImapToolsError):
            failures = _failed(mailbox, "unreachable", failures, stop)
        except Exception:
            log.exception("fetching failed", mailbox_id=str(mailbox_id))
            failures = _failed(mailbox, "protocol", failures, stop)


def _serve(box: BaseMailBox, mailbox: Mailbox, stop: Stop) -> None:
    can_idle = "IDLE" in box.client.capabilities
    version = mailbox.version
    while not stop.is_set():
        fetch_new(box, mailbox)
        fetching_works(mailbox_id=mailbox.id, now=clock.now())
        if can_idle:
            _idle(box, stop)
        else:
            stop.wait(POLL_S)
            box.client.noop()
        current = Mailbox.objects.filter(id=mailbox.id).values_list("version", "active").first()
        if current != (version, True):
            return


def _idle(box: BaseMailBox, stop: Stop) -> None:
    """Returns at once when something changed in the folder."""
    with box.idle as idle:
        if _has_unread(box):
            return
        for _ in range(IDLE_S):
            if stop.is_set() or idle.poll(timeout=1):
                return


def _has_unread(box: BaseMailBox) -> bool:
    """What came in one piece with the answer to IDLE lies in a buffer, and no look at the socket sees it: a mail that
    arrived just before would be noticed when the waiting ends."""
    client = box.client
    patience = client.sock.gettimeout()
    client.sock.settimeout(0)
    try:
        with suppress(ssl.SSLWantReadError):
            return bool((getattr(client, "_file", None) or client.file).peek(1))
        return False
    finally:
        client.sock.settimeout(patience)


def _failed(mailbox: Mailbox, failure: str, failures: int, stop: Stop) -> int:
    log.warning("mailbox cannot be read", mailbox_id=str(mailbox.id), failure=failure)
    try:
        fetching_failed(mailbox_id=mailbox.id, failure=failure, now=clock.now())
    except Exception:
        log.exception("database unreachable")
    stop.wait(RETRY_S[min(failures, len(RETRY_S) - 1)])
    return failures + 1
