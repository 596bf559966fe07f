"""The event stream: `GET /events?token=…&token=…`, server-sent events that say “topic changed” and nothing else.

One process holds all streams and one LISTEN. A stream is closed when one of its tokens runs out or a holder of one
(a session, a link) has ended; the page comes back with fresh tokens and fetches what it shows, so nothing old is ever
replayed: a new stream is told at once what changed since its pages were made, a matter of seconds. No Django apps are
loaded here: settings and keys suffice.
"""

import asyncio
import json
import os
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import psycopg
import structlog
from django.conf import settings

from yinuo.foundation.clock import now
from yinuo.foundation.live_tokens import VALID, LiveToken, TokenRefused, read_token

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yinuo.config.settings")

log = structlog.get_logger("yinuo.stream")

CHANNEL = "yinuo_live"
BEAT_S = 20.0
SEND_PATIENCE_S = 15.0
MOST_TOKENS = 20
LOOK_S = 20.0
HOLDERS = ("session:", "log-ins:", "link:")
RECONNECT_S = 1.0
REMEMBERED = timedelta(seconds=10)
"""A page that takes longer to come up looks again only when something changes next."""
MADE_IN = timedelta(seconds=0.5)
"""What a page shows may have been read so long before its token was made."""
BEAT = b"event: beat\ndata:\n\n"
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Listener:
    """One open stream. What waits for it is a set of topics, so it cannot grow beyond what its tokens name."""

    def __init__(self, tokens: list[LiveToken]) -> None:
        self.tokens = tokens
        self.topics = frozenset(topic for token in tokens for topic in token.topics)
        self.holders = frozenset(holder for token in tokens for holder in token.holders)
        self.expires_at = min(token.expires_at for token in tokens)
        self.waiting: set[str] = set()
        self.news = asyncio.Event()
        self.closed = False
        self.sent_at = self.sending_since = 0.0
        self.task = asyncio.current_task()

    def tell(self, topics: Iterable[str]) -> None:
        self.waiting.update(topics)
        self.news.set()

    def close(self) -> None:
        self.closed = True
        self.news.set()

    def look_after(self, tick: float, moment: datetime) -> None:
        """Each second: closes what has run out, drops who does not take what is sent, wakes for a beat."""
        if self.expires_at <= moment:
            self.close()
        elif self.sending_since and tick - self.sending_since > SEND_PATIENCE_S:
            self.closed = True
            if self.task:
                self.task.cancel()
        elif not self.sending_since and tick - self.sent_at >= BEAT_S:
            self.news.set()


class Hub:
    """Who listens to what, and the one connection that hears it from the database."""

    def __init__(self) -> None:
        self.by_topic: defaultdict[str, set[Listener]] = defaultdict(set)
        self.ended: dict[str, datetime] = {}
        self.changed: dict[str, datetime] = {}
        self.listeners: set[Listener] = set()
        self.tasks: list[asyncio.Task[None]] = []
        self.heard = asyncio.Event()

    def start(self) -> None:
        """On the first request: only then there is a loop."""
        if not self.tasks:
            self.tasks = [asyncio.create_task(self._run()), asyncio.create_task(self._look_after())]

    def add(self, listener: Listener) -> None:
        self.listeners.add(listener)
        for topic in listener.topics | listener.holders:
            self.by_topic[topic].add(listener)
        if missed := self.missed(listener):
            listener.tell(missed)

    def missed(self, listener: Listener) -> set[str]:
        """What changed between the making of its pages and its coming."""
        return {
            topic
            for token in listener.tokens
            for topic in token.topics
            if topic in self.changed and self.changed[topic] > token.made_at - MADE_IN
        }

    def remove(self, listener: Listener) -> None:
        self.listeners.discard(listener)
        for topic in listener.topics | listener.holders:
            listeners = self.by_topic[topic]
            listeners.discard(listener)
            if not listeners:
                del self.by_topic[topic]

    def has_ended(self, token: LiveToken) -> bool:
        return any(token.made_at <= self.ended[holder] for holder in token.holders if holder in self.ended)

    def spread(self, topics: Collection[str]) -> None:
        """Tells each listener once, whatever number of its topics changed; who comes a moment later, too."""
        self.changed.update(dict.fromkeys(topics, now()))
        news: dict[Listener, list[str]] = {}
        for topic in topics:
            for listener in self.by_topic.get(topic, ()):
                news.setdefault(listener, []).append(topic)
        for listener, changed in news.items():
            listener.tell(topic for topic in changed if topic in listener.topics)

    def close_ended(self) -> None:
        for holder in self.ended:
            for listener in tuple(self.by_topic.get(holder, ())):
                if any(self.has_ended(token) for token in listener.tokens):
                    listener.close()

    def tell_all(self) -> None:
        """After a gap in hearing: every page looks again."""
        for listener in self.listeners:
            listener.tell(listener.topics)

    def forget(self, moment: datetime) -> None:
        self.changed = {topic: at for topic, at in self.changed.items() if moment - at < REMEMBERED}

    async def _look_after(self) -> None:
        """One clock for all streams: a timer each would cost more than the streams."""
        while True:
            await asyncio.sleep(1)
            tick, moment = time.monotonic(), now()
            self.forget(moment)
            for listener in tuple(self.listeners):
                listener.look_after(tick, moment)

    async def _run(self) -> None:
        gap = False
        while True:
            try:
                async with await self._connect() as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    await self._look_for_ended(connection)
                    self.heard.set()
                    if gap:
                        self.tell_all()
                    gap = True
                    await self._hear(connection)
            except psycopg.Error as error:
                log.warning("stream lost the database, trying again", error=type(error).__name__)
                self.heard.clear()
                await asyncio.sleep(RECONNECT_S)

    async def _hear(self, connection: psycopg.AsyncConnection[Any]) -> None:
        while True:
            async for notice in connection.notifies(timeout=LOOK_S):
                topics = _topics(notice.payload)
                self.spread(topics)
                if over := [topic for topic in topics if topic.startswith(HOLDERS)]:
                    # a moment late: a token minted in between is refused until the table is read next
                    self.ended.update(dict.fromkeys(over, now()))
                    self.close_ended()
            await self._look_for_ended(connection)

    async def _look_for_ended(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """Reads the ended holders: at the start, on a hint, and every 20 s, since hints may be lost."""
        cursor = await connection.execute("SELECT holder, at FROM foundation_streamend WHERE at > %s", [now() - VALID])
        self.ended = dict(await cursor.fetchall())
        self.close_ended()

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        chosen = settings.DATABASES["default"]
        names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
        parameters = {name: chosen[key] for key, name in names.items() if chosen[key]}
        defaults = {"connect_timeout": 10}
        return await psycopg.AsyncConnection.connect(**(defaults | parameters | chosen["OPTIONS"]), autocommit=True)


hub = Hub()


async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """ASGI, HTTP only."""
    if scope["path"] == "/healthz":
        await _answer(send, 200, b"ok\n")
        return
    if scope["path"] != "/events" or scope["method"] != "GET":
        await _answer(send, 404, b"not here\n")
        return
    hub.start()
    try:
        await asyncio.wait_for(hub.heard.wait(), timeout=5)
    except TimeoutError:
        await _answer(send, 503, b"no database\n")
        return
    tokens = _valid_tokens(scope["query_string"])
    if not tokens:
        await _answer(send, 403, b"token refused\n")
        return
    await _stream(Listener(tokens), receive, send)


def _valid_tokens(query: bytes) -> list[LiveToken]:
    given = parse_qs(query.decode("latin-1")).get("token", [])[:MOST_TOKENS]
    valid: list[LiveToken] = []
    for text in given:
        with suppress(TokenRefused):
            token = read_token(text, now())
            if not hub.has_ended(token):
                valid.append(token)
    return valid


async def _stream(listener: Listener, receive: Receive, send: Send) -> None:
    hub.add(listener)
    gone = asyncio.create_task(_gone(receive))
    gone.add_done_callback(lambda _: listener.close())
    try:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await _write(listener, send, b"retry: 1000\n" + BEAT)
        while not listener.closed:
            await listener.news.wait()
            listener.news.clear()
            if listener.closed:
                break
            changed, listener.waiting = listener.waiting, set()
            await _write(listener, send, _event(changed) if changed else BEAT)
        if not gone.done():
            await send({"type": "http.response.body", "body": b"", "more_body": False})
    except asyncio.CancelledError:
        if not listener.sending_since:
            raise
        log.info("slow listener dropped")
    finally:
        hub.remove(listener)
        gone.cancel()


async def _write(listener: Listener, send: Send, body: bytes) -> None:
    listener.sending_since = time.monotonic()
    await send({"type": "http.response.body", "body": body, "more_body": True})
    listener.sent_at, listener.sending_since = time.monotonic(), 0.0


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _answer(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _event(topics: Iterable[str]) -> bytes:
    return f"event: topics\ndata: {json.dumps(sorted(topics))}\n\n".encode()


def _topics(payload: str) -> list[str]:
    try:
        topics = json.loads(payload)
    except ValueError:
        return []
    return [topic for topic in topics if isinstance(topic, str)] if isinstance(topics, list) else []
