"""The intake process: a thread for each mailbox that is fetched, and the SMTP/LMTP doors. Each mailbox is watched by
one process only, whichever holds its advisory lock; the others stand by."""

import asyncio
import threading
from contextlib import suppress
from uuid import UUID

import structlog
from django.conf import settings
from django.db import Error, close_old_connections, connection

from yinuo.channels.adapters.email.door import serve_doors
from yinuo.channels.adapters.email.fetching import watch
from yinuo.channels.models import Mailbox
from yinuo.foundation import clock
from yinuo.foundation.heartbeat import beat

log = structlog.get_logger()
LOOK_S = 2.0
DOORS_AGAIN_S = 2.0
DOORS_HOST = "127.0.0.1"


def run_forever(stop: threading.Event) -> None:
    """Ends when `stop` is set, after what is being kept is kept."""
    watchers = threading.Thread(target=_keep_watching, args=(stop,), name="mailboxes")
    watchers.start()
    try:
        asyncio.run(_doors(stop))
    finally:
        stop.set()
        watchers.join(15)


async def _doors(stop: threading.Event) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    threading.Thread(target=lambda: (stop.wait(), loop.call_soon_threadsafe(ended.set)), daemon=True).start()
    while not ended.is_set():
        try:
            await serve_doors(host=DOORS_HOST, smtp_port=settings.SMTP_PORT, lmtp_port=settings.LMTP_PORT, stop=ended)
        except OSError as error:  # mailboxes are fetched all the same
            log.error("mail doors cannot be opened, trying again", error=str(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), DOORS_AGAIN_S)


def _keep_watching(stop: threading.Event) -> None:
    """Starts a watcher for every mailbox that has none; they end by themselves when it is switched off."""
    running: dict[UUID, threading.Thread] = {}
    while not stop.is_set():
        try:
            close_old_connections()
            beat("intake", clock.now())
            wanted = list(Mailbox.objects.filter(active=True).exclude(imap_host="").values_list("id", flat=True))
            for mailbox_id in wanted:
                if mailbox_id not in running or not running[mailbox_id].is_alive():
                    running[mailbox_id] = threading.Thread(
                        target=_watch_alone, args=(mailbox_id, stop), name=f"mailbox-{mailbox_id}", daemon=True
                    )
                    running[mailbox_id].start()
        except Error:
            log.warning("database unreachable, trying again")
            connection.close()
        stop.wait(LOOK_S)
    for thread in running.values():
        thread.join(10)


def _watch_alone(mailbox_id: UUID, stop: threading.Event) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_try_advisory_lock(%s)", [int.from_bytes(mailbox_id.bytes[-8:], "big", signed=True)]
            )
            if not cursor.fetchone()[0]:
                return
        watch(mailbox_id, _WhileHeld(stop))
    except Exception:
        log.exception("watching a mailbox ended", mailbox_id=str(mailbox_id))
    finally:
        connection.close()


class _WhileHeld:
    """Set when the end was asked for, or when the connection that took the lock is no more: another process may hold it
    by now, on this machine or another one."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._holding = connection.connection

    def is_set(self) -> bool:
        return self._stop.is_set() or connection.connection is not self._holding or self._holding.closed

    def wait(self, seconds: float) -> bool:
        self._stop.wait(seconds)
        return self.is_set()
