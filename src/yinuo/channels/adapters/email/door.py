"""The SMTP and LMTP door (RFC 5321, RFC 2033): known recipients only, never relays; a mail is acknowledged when it is
durable, not before."""

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Any

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from asgiref.sync import sync_to_async
from django.db import close_old_connections

from yinuo.channels.models import Mailbox
from yinuo.channels.services.intake import keep_contact
from yinuo.domain.intake import token_in
from yinuo.foundation import clock
from yinuo.foundation.ids import new_id

log = structlog.get_logger()
LARGEST_MAIL = 30 * 1024 * 1024
RECIPIENTS = 100
PER_MINUTE = 600
"""Mails a minute and peer address; loopback MTAs hand over many customers' mail, so the bound is wide."""


class Door:
    """What aiosmtpd asks at each command."""

    def __init__(self) -> None:
        self.taken: dict[str, deque[float]] = {}

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        mailbox = await sync_to_async(_mailbox_of)(address)
        if mailbox is None:
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Recipient ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        answer = await self._taken(envelope, session)
        if isinstance(server, LMTP):  # RFC 2033, section 4.2: an answer for each recipient
            return "\r\n".join([answer] * len(envelope.rcpt_tos))
        return answer

    async def _taken(self, envelope: Envelope, session: Session) -> str:
        if self._too_fast(session):
            return "450 4.7.1 Too many mails, try again in a minute"
        try:
            await sync_to_async(_keep)(envelope)
        except Exception:
            log.exception("a mail could not be kept")
            return "451 4.3.0 Could not be kept, try again later"
        return "250 2.0.0 Kept"

    def _too_fast(self, session: Session) -> bool:
        peer = session.peer[0] if isinstance(session.peer, tuple) else ""
        taken = self.taken.setdefault(peer, deque())
        moment = monotonic()
        while taken and taken[0] < moment - 60:
            taken.popleft()
        if len(taken) >= PER_MINUTE:
            return True
        taken.append(moment)
        return False


def _mailbox_of(address: str) -> Mailbox | None:
    close_old_connections()
    own = {row.address.lower(): row for row in Mailbox.objects.filter(active=True)}
    plain = address.strip().lower()
    if plain in own:
        return own[plain]
    if token_in(address, own):
        local, _, domain = plain.rpartition("@")
        return own.get(f"{local.split('+t-')[0]}@{domain}")
    return None


def _keep(envelope: Envelope) -> None:
    """Keeps it for each recipient. Raises `LookupError` where a mailbox was switched off since it was named."""
    close_old_connections()
    content = envelope.original_content or b""
    trace = f"Return-Path: <{_header(envelope.mail_from)}>\r\n".encode("ascii", "replace")
    for address in dict.fromkeys(envelope.rcpt_tos):
        mailbox = _mailbox_of(address)
        if mailbox is None:
            raise LookupError("the mailbox was switched off meanwhile")
        delivered = f"Delivered-To: {_header(address)}\r\n".encode("ascii", "replace")
        now = clock.now()
        keep_contact(
            channel="email",
            mailbox=mailbox,
            source_key=f"smtp:{new_id()}",
            raw=trace + delivered + content,
            arrived_at=now,
            now=now,
            envelope_to=address,
        )


def _header(value: str | None) -> str:
    return (value or "").replace("\r", "").replace("\n", "")


async def serve_doors(*, host: str, smtp_port: int, lmtp_port: int, stop: asyncio.Event) -> None:
    """Listens until `stop`. Raises `OSError` where a port is taken."""
    door = Door()
    loop = asyncio.get_running_loop()

    def listening(kind: type[SMTP]) -> Callable[[], Any]:
        return lambda: kind(
            door,
            data_size_limit=LARGEST_MAIL,
            enable_SMTPUTF8=True,
            hostname="yinuo",
            ident="Yinuo",
            timeout=300,
            loop=loop,
        )

    servers = []
    try:
        servers.append(await loop.create_server(listening(SMTP), host, smtp_port))
        servers.append(await loop.create_server(listening(LMTP), host, lmtp_port))
        log.info("mail doors open", smtp=smtp_port, lmtp=lmtp_port)
        await stop.wait()
    finally:
        for server in servers:
            server.close()
            await server.wait_closed()
