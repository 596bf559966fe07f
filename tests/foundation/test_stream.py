"""The event stream, with the real process (DESIGN section 4, row "live")."""

import asyncio
import json
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from http.client import HTTPConnection
from urllib.parse import urlencode
from uuid import UUID

import pytest
from tests.foundation.conftest import eventually

from yinuo.config.asgi_stream import BEAT_S, REMEMBERED, SEND_PATIENCE_S, Hub, Listener
from yinuo.foundation import clock
from yinuo.foundation.live import end_streams, touch
from yinuo.foundation.live_tokens import VALID, LiveToken, link_holder, mint, session_holder
from yinuo.foundation.models import StreamEnd
from yinuo.foundation.work import service, work

pytestmark = pytest.mark.processes
FIRST, SECOND, FIFTH, SIXTH, NINTH = (f"ticket:{UUID(int=number)}" for number in (1, 2, 5, 6, 9))
TEAM = f"team:{UUID(int=2)}"


def own(number: int) -> str:
    """A topic that no other test has changed a moment ago."""
    return f"ticket:{UUID(int=number)}"


class Stream:
    """A client: events come out of `events`, None at the end."""

    def __init__(self, port: int, *tokens: str) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self.connection.request("GET", "/events?" + urlencode([("token", token) for token in tokens]))
        self.socket = self.connection.sock
        self.response = self.connection.getresponse()
        self.status = self.response.status
        self.events: queue.Queue[tuple[str, object, float] | None] = queue.Queue()
        if self.status == 200:
            threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        kind = ""
        try:
            for line in self.response:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name == "event":
                    kind = value
                elif name == "data" and kind == "topics":
                    self.events.put((kind, json.loads(value), time.monotonic()))
        except (OSError, ValueError, AttributeError):  # closed by ourselves
            pass
        self.events.put(None)

    def next(self, within_s: float = 5):
        return self.events.get(timeout=within_s)

    def close(self) -> None:
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.connection.close()


@pytest.fixture(scope="module")
def port(own_database, start) -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]
    start(own_database.environment, "stream", "--port", str(number))

    def answers() -> bool:
        try:
            return Stream(number, "x").status == 403
        except OSError:
            return False

    eventually(answers, 30, "the stream answers")
    return number


@pytest.fixture
def open_stream(port: int) -> Iterator[Callable[..., Stream]]:
    opened: list[Stream] = []

    def begin(*tokens: str) -> Stream:
        opened.append(Stream(port, *tokens))
        return opened[-1]

    yield begin
    for stream in opened:
        stream.close()


def token(*topics: str, holder: str = session_holder("one"), age: timedelta = timedelta()) -> str:
    return mint(holders=[holder], topics=topics, now=clock.now() - age)


@service
def change(*topics: str) -> None:
    touch(*topics)


def test_a_touched_topic_is_told_within_a_second(open_stream):
    stream = open_stream(token(FIRST, TEAM))
    assert stream.status == 200
    began = time.monotonic()
    change(FIRST)
    kind, topics, at = stream.next()
    assert (kind, topics) == ("topics", [FIRST])
    assert at - began < 1


def test_only_topics_of_the_token_are_told(open_stream):
    one, other = open_stream(token(FIRST)), open_stream(token(SECOND))
    change(SECOND, f"ticket:{UUID(int=3)}")
    assert other.next()[1] == [SECOND]
    change(FIRST)
    assert one.next()[1] == [FIRST], "nothing of ticket 2 or 3 came before"


def test_nothing_is_told_of_what_is_rolled_back(open_stream):
    stream = open_stream(token(FIRST, NINTH))
    with pytest.raises(KeyError), work():
        touch(NINTH)
        raise KeyError
    change(FIRST)
    assert stream.next()[1] == [FIRST]


def test_several_tokens_add_up(open_stream):
    stream = open_stream(token(FIRST), token(SECOND, holder=link_holder(bytes(range(32)))))
    change(FIRST, SECOND)
    assert stream.next()[1] == [FIRST, SECOND]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda good: "",
        lambda good: "not.atoken",
        lambda good: good[:-2] + ("AA" if not good.endswith("AA") else "BB"),
        lambda good: good[4:],
        lambda good: good[:-22],
        lambda good: "é" + good,
    ],
)
def test_a_forged_token_is_refused(open_stream, spoil):
    assert open_stream(spoil(token(FIRST))).status == 403


def test_an_expired_token_is_refused_and_a_good_one_beside_it_counts(open_stream):
    old = token(FIRST, age=VALID + timedelta(seconds=1))
    assert open_stream(old).status == 403
    stream = open_stream(old, token(SECOND))
    assert stream.status == 200
    change(FIRST)
    change(SECOND)
    assert stream.next()[1] == [SECOND]


def test_a_stream_is_closed_when_its_token_runs_out(open_stream):
    stream = open_stream(token(own(20), age=VALID - timedelta(seconds=1.5)))
    assert stream.status == 200
    began = time.monotonic()
    assert stream.next(5) is None
    assert time.monotonic() - began < 3


def test_ending_a_session_closes_its_streams_and_its_tokens(open_stream):
    mine, others = session_holder("abc"), session_holder("def")
    ended = token(own(21), holder=mine)
    stream, other = open_stream(ended), open_stream(token(own(21), holder=others))

    @service
    def end() -> None:
        end_streams(mine, clock.now())

    end()
    assert stream.next() is None
    assert open_stream(ended).status == 403, "the token opens no other stream"
    change(own(21))
    assert other.next()[1] == [own(21)], "streams of others stay"
    time.sleep(0.05)
    StreamEnd.objects.filter(holder=mine).update(at=clock.now() - timedelta(seconds=1))
    eventually(lambda: open_stream(token(own(21), holder=mine)).status == 200, 30, "a later token is good")


def test_an_end_whose_hint_is_lost_is_found_in_the_table(open_stream):
    holder = session_holder("quiet")
    stream = open_stream(token(own(22), holder=holder))
    StreamEnd.objects.create(holder=holder, at=clock.now())
    assert stream.next(25) is None


def test_after_a_lost_database_connection_every_page_looks_again(open_stream, own_database):
    stream = open_stream(token(own(23), TEAM))
    own_database.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND (query LIKE 'LISTEN%' OR query LIKE 'SELECT holder%')"
    )
    assert stream.next(10)[1] == [TEAM, own(23)]
    change(TEAM)
    assert stream.next()[1] == [TEAM]


def test_one_clock_wakes_closes_and_drops_listeners():
    async def scene() -> None:
        made = clock.now()
        listener = Listener([LiveToken((), (FIRST,), made)])
        listener.task = asyncio.create_task(asyncio.sleep(60))
        listener.sent_at = 100.0
        listener.look_after(100.0 + BEAT_S - 1, made)
        assert not listener.news.is_set(), "a beat is not due yet"
        listener.look_after(100.0 + BEAT_S, made)
        assert listener.news.is_set() and not listener.closed

        listener.sending_since = 200.0
        listener.look_after(200.0 + SEND_PATIENCE_S - 1, made)
        assert not listener.closed, "it may still take what is being sent"
        listener.look_after(200.0 + SEND_PATIENCE_S + 1, made)
        assert listener.closed
        with pytest.raises(asyncio.CancelledError):
            await listener.task

        over = Listener([LiveToken((), (FIRST,), made), LiveToken((), (SECOND,), made - timedelta(minutes=5))])
        over.look_after(0.0, made + VALID - timedelta(minutes=5, seconds=1))
        assert not over.closed
        over.look_after(0.0, made + VALID - timedelta(minutes=5))
        assert over.closed, "the oldest token counts"

    asyncio.run(scene())


def test_what_changed_while_a_page_came_up_is_told_at_once(open_stream):
    page = token(FIFTH)
    change(FIFTH)
    time.sleep(0.7)  # the page comes up slowly, and its scripts connect
    assert open_stream(page).next(1)[1] == [FIFTH]


def test_what_changed_before_a_page_was_made_is_not_told(open_stream):
    change(SIXTH)
    time.sleep(0.7)
    stream = open_stream(token(SIXTH, FIFTH))
    change(FIFTH)
    assert stream.next()[1] == [FIFTH]


def test_what_changed_is_remembered_for_some_seconds_only():
    hub = Hub()
    hub.spread([FIRST])
    hub.forget(hub.changed[FIRST] + REMEMBERED - timedelta(seconds=1))
    assert FIRST in hub.changed
    hub.forget(hub.changed[FIRST] + REMEMBERED)
    assert not hub.changed
