"""Nothing lost, nothing twice (R-CH-1, R-SE-2): mails and posts repeated by impatient senders, while every part of the
house is killed at moments that a seed decides.

`PROOF_SEEDS=7,8` picks seeds; ten otherwise. `PROOF_MAILS=50 PROOF_POSTS=50` make a smaller one. Each prints what was
killed when, and the account.
"""

import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.proof.checking import audited, check_account
from tests.proof.clients import Clients
from tests.proof.killing import Killer
from tests.proof.plan import MAILS, POSTS, make_plan
from tests.servers import Dovecot, House, free_port, mail_servers, wait_for
from tests.sink import Sink
from yinuo.config.postgres import find_place
from yinuo.config.postgres.cluster import address

pytestmark = pytest.mark.proof

SEEDS = [int(seed) for seed in os.environ.get("PROOF_SEEDS", "1,2,3,4,5,6,7,8,9,10").split(",")]
MANY = int(os.environ.get("PROOF_MAILS", MAILS)), int(os.environ.get("PROOF_POSTS", POSTS))
AFTER_CLIENTS_S = 15
QUIET_S = 240
CLOCK_MOVED_S = 5 * 24 * 3600
"""Promises fall due on the way, so that the alarm has something to lose or to say twice."""


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    with mail_servers() as (store, _relay):
        yield store


@pytest.fixture
def sink() -> Iterator[Sink]:
    sink = Sink(free_port())
    sink.start()
    yield sink
    sink.stop()


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_is_killed_nothing_is_lost_and_nothing_comes_twice(
    seed: int, dovecot: Dovecot, sink: Sink, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()
    plan = make_plan(seed, *MANY)
    house = House(folder / "house")
    try:
        house.start()
        token = house.run("tests.proof.prepare", str(dovecot.imap), str(sink.port)).strip()
        clients = Clients(house, plan, dovecot.imap, token)
        killer = Killer(house.data, random.Random(f"kills of {seed}"))
        killer.start()
        clients.start()
        try:
            clients.wait()
            house.move_clock(CLOCK_MOVED_S)
            time.sleep(AFTER_CLIENTS_S)  # what waits is worked off under fire, too
        finally:
            killer.end()
        quiet = _wait_until_quiet(house, clients)
        told = json.loads(house.run("tests.proof.account"))
        audit = audited(house)
    finally:
        house.stop()
    took = time.monotonic() - began
    with capsys.disabled():
        _print_account(seed, clients, killer, sink, told, quiet, audit, took)
    check_account(plan, clients, told, {message_id for message_id, _recipient in sink.taken})


def _wait_until_quiet(house: House, clients: Clients) -> float:
    """Until every mail is fetched and every job done; how long it took."""
    began = time.monotonic()
    server = address(find_place(house.data))

    def is_quiet() -> bool:
        try:
            with psycopg.connect(server) as connection:
                fetched, kept = connection.execute(
                    "SELECT count(*) FILTER (WHERE source_key LIKE 'imap:%'), count(*) FILTER (WHERE state = 'kept') "
                    "FROM channels_contact"
                ).fetchone()
                (jobs,) = connection.execute(
                    "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
                ).fetchone()
        except psycopg.OperationalError:
            return False
        return fetched == clients.appended and kept == jobs == 0

    wait_for(is_quiet, seconds=QUIET_S, every=1, because="all mail is fetched and no job is left")
    return time.monotonic() - began


def _print_account(
    seed: int, clients: Clients, killer: Killer, sink: Sink, told: dict, quiet: float, audit: str, took: float
) -> None:
    states = Counter((contact["way"], contact["state"]) for contact in told["contacts"])
    ids = Counter(message_id for message_id, _ in sink.taken)
    print(f"\nseed {seed}: {len(killer.kills)} kills in {took:.0f} s, quiet {quiet:.0f} s after the last")
    print("  killed: " + ", ".join(f"{at:.0f} s {what}" for at, what in killer.kills))
    print(
        f"  sent: {clients.appended} by IMAP, {clients.acknowledged} at the door ({clients.unanswered} more without an "
        f"answer), {clients.posted} posts"
    )
    print("  kept: " + ", ".join(f"{count} {way} {state}" for (way, state), count in sorted(states.items())))
    print(
        f"  tickets: {len(told['tickets'])}; acknowledgements: {len(ids)}, "
        f"{sum(ids.values()) - len(ids)} of them handed over again; breaches: {told['breaches']['facts']}"
    )
    print(f"  history: {audit}", flush=True)
