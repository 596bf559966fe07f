"""Hints: collected, sent once after the commit, batched below what NOTIFY takes; and the tokens of pages."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from yinuo.foundation import live
from yinuo.foundation.jobs import job, later
from yinuo.foundation.live import CHANNEL, PAYLOAD_BYTES, touch
from yinuo.foundation.live_tokens import (
    MOST_TOPICS,
    RENEWABLE,
    VALID,
    TokenRefused,
    account_holder,
    link_holder,
    mint,
    read_token,
    session_holder,
)
from yinuo.foundation.work import attempt, work

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
topics_of_houses = st.lists(
    st.tuples(st.sampled_from(["ticket", "team", "account"]), st.uuids()).map(lambda pair: f"{pair[0]}:{pair[1]}")
    | st.from_regex(r"[a-z_]{1,40}", fullmatch=True),
    unique=True,
)


@given(st.lists(st.text(min_size=1, max_size=300), unique=True, max_size=400))
def test_every_topic_is_in_exactly_one_payload_and_none_is_too_long(topics):
    payloads = live._payloads(topics)
    assert [topic for payload in payloads for topic in json.loads(payload)] == topics
    assert all(len(payload.encode()) < 8000 for payload in payloads)


def test_many_topics_make_few_payloads():
    topics = [f"ticket:{uuid4()}" for _ in range(1000)]
    payloads = live._payloads(topics)
    assert len(payloads) == -(-sum(len(topic) + 4 for topic in topics) // PAYLOAD_BYTES)


def test_touching_outside_of_a_service_is_refused():
    with pytest.raises(RuntimeError, match="outside of a service"):
        touch("ticket:1")


@job(queue="now")
def whistle() -> None:
    """Never run: its row is what the test looks at."""


@pytest.mark.django_db(transaction=True)
def test_one_notification_carries_what_a_service_touched_and_nothing_rolled_back():
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}, autocommit=True) as ear:
        ear.execute(f"LISTEN {CHANNEL}")
        ear.execute('LISTEN "procrastinate_queue_v1#now"')
        with work():
            touch("ticket:b", "ticket:a")
            touch("ticket:a")
            later(whistle)
            try:
                with attempt():
                    touch("ticket:lost")
                    raise KeyError
            except KeyError:
                touch("ticket:c")
            assert list(ear.notifies(timeout=0)) == [], "nothing before the commit"
        with pytest.raises(KeyError), work():
            touch("ticket:lost")
            raise KeyError
        heard = [(notice.channel, json.loads(notice.payload)) for notice in ear.notifies(timeout=0.2)]
    assert heard[0] == (CHANNEL, ["ticket:a", "ticket:b", "ticket:c"])
    assert [channel for channel, _ in heard] == [CHANNEL, "procrastinate_queue_v1#now"]
    assert heard[1][1]["type"] == "job_inserted"


@given(topics_of_houses, st.uuids(), st.text(min_size=1, max_size=40))
def test_a_token_says_what_it_was_minted_with(topics, account_id, key):
    holders = (session_holder(key), account_holder(account_id), link_holder(account_id.bytes * 2))
    token = read_token(mint(holders=holders, topics=topics, now=NOW), NOW)
    assert token.holders == holders
    assert token.topics == tuple(sorted(topics))
    assert token.made_at == NOW


def test_a_page_of_nine_topics_has_a_token_below_300_characters():
    token = mint(
        holders=[session_holder("key"), account_holder(uuid4())],
        topics=[f"ticket:{uuid4()}" for _ in range(9)],
        now=NOW,
    )
    assert len(token) < 300


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_token_with_any_byte_changed_is_refused(place, change):
    import base64

    good = mint(holders=[session_holder("key")], topics=[f"ticket:{uuid4()}", "jobs"], now=NOW)
    raw = bytearray(base64.urlsafe_b64decode(good + "=" * (-len(good) % 4)))
    raw[place % len(raw)] ^= change
    with pytest.raises(TokenRefused, match="forged"):
        read_token(base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("="), NOW)


@given(st.text(max_size=300))
def test_any_other_text_is_refused(text):
    with pytest.raises(TokenRefused):
        read_token(text, NOW)


def test_a_token_is_good_for_ten_minutes_and_renewable_for_longer():
    token = mint(holders=[], topics=["jobs"], now=NOW)
    assert read_token(token, NOW + VALID).topics == ("jobs",)
    late = NOW + VALID + timedelta(milliseconds=1)
    with pytest.raises(TokenRefused, match="expired"):
        read_token(token, late)
    assert read_token(token, late, valid=RENEWABLE).topics == ("jobs",)


def test_a_page_cannot_listen_to_everything():
    with pytest.raises(ValueError, match="at most"):
        mint(holders=[], topics=[f"ticket:{uuid4()}" for _ in range(MOST_TOPICS + 1)], now=NOW)
