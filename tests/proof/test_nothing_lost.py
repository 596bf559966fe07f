"""Nothing lost, nothing twice (R-CH-1, R-SE-2): mails and posts repeated by impatient senders, while every part of the
house is killed at moments that a seed decides.

`PROOF_SEEDS=7,8` picks seeds; ten otherwise. `PROOF_MAILS=50 PROOF_POSTS=50` make a smaller one. Each prints what was
killed when, and the account.
"""

import hashlib
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.proof.clients import Clients
from tests.proof.killing import Killer
from tests.proof.plan import MAILS, POSTS, Plan, make_plan
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
        audit = _audit(house)
    finally:
        house.stop()
    took = time.monotonic() - began
    with capsys.disabled():
        _print_account(seed, clients, killer, sink, told, quiet, audit, took)
    _check(plan, clients, sink, told, audit)


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


def _audit(house: House) -> str:
    """What `yinuo audit verify` says when everything is sealed; it ends with 0 faults or the test fails."""
    command = [sys.executable, "-m", "yinuo.config.cli", "audit", "verify", "--data", str(house.data)]

    def verified() -> str:
        done = subprocess.run(command, env=house.variables(), capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout.strip() if ", 0 of them not sealed yet" in done.stdout else ""

    return wait_for(verified, seconds=60, every=2, because="all history is sealed")


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


def _check(plan: Plan, clients: Clients, sink: Sink, told: dict, audit: str) -> None:
    senders = {one.mark: one.sender for one in (*plan.letters, *plan.posts)}
    _check_tickets(senders, told["tickets"])
    _check_contacts(plan, clients, told["contacts"])
    _check_answers(clients, told["tickets"])
    _check_acknowledgements(told["tickets"], sink)
    assert told["failures"] == []
    assert told["breaches"]["facts"] > 0
    assert told["breaches"]["as_facts_say"], told["breaches"]


def _check_tickets(senders: dict[str, str], tickets: list[dict]) -> None:
    """Each mail and each post is one ticket of its sender, with that one message and nobody else's."""
    opened = Counter(mark for ticket in tickets for message in ticket["inbound"] for mark in message)
    assert sorted(opened) == sorted(senders), set(senders) ^ set(opened)
    twice = {mark: count for mark, count in opened.items() if count > 1}
    assert not twice, twice
    assert len(tickets) == len(senders)
    for ticket in tickets:
        assert len(ticket["inbound"]) == 1, ticket
        (mark,) = ticket["inbound"][0]
        assert senders[mark] in ticket["addresses"], (mark, ticket)
        assert len(ticket["addresses"]) == 1, ticket


def _check_contacts(plan: Plan, clients: Clients, contacts: list[dict]) -> None:
    """Every raw mail is kept as it was sent and decided: once accepted, otherwise marked as a duplicate."""
    shas = {hashlib.sha256(letter.raw).hexdigest(): letter.mark for letter in plan.letters}
    assert len(shas) == len(plan.letters)
    by_way = Counter(contact["way"] for contact in contacts)
    assert by_way["imap"] == clients.appended == sum(letter.ways.count("imap") for letter in plan.letters)
    assert clients.acknowledged == sum(letter.ways.count("door") for letter in plan.letters)
    assert clients.acknowledged <= by_way["smtp"] <= clients.acknowledged + clients.unanswered
    accepted: Counter[str] = Counter()
    for contact in contacts:
        if contact["way"] == "api":
            assert contact["state"] == "accepted", contact
            assert contact["ticket"], contact
            continue
        mark = shas.get(contact["sha"])
        assert mark, f"not a mail that was sent: {contact}"
        assert contact["state"] in ("accepted", "duplicate"), contact
        accepted[mark] += contact["state"] == "accepted"
    assert set(accepted) == {letter.mark for letter in plan.letters}
    assert set(accepted.values()) == {1}, [mark for mark, count in accepted.items() if count != 1]
    posts = {hashlib.sha256(posting.body).hexdigest() for posting in plan.posts}
    kept = [contact["sha"] for contact in contacts if contact["way"] == "api"]
    assert sorted(kept) == sorted(posts)


def _check_answers(clients: Clients, tickets: list[dict]) -> None:
    """However often a post was sent, its sender was told one number, and it is that of the ticket."""
    numbers = {mark: ticket["number"] for ticket in tickets for mark in ticket["inbound"][0]}
    for mark, told in clients.answers.items():
        assert told == {numbers[mark]}, (mark, told)


def _check_acknowledgements(tickets: list[dict], sink: Sink) -> None:
    """One acknowledgement a ticket, always under one Message-ID; what was handed over is what is known as sent."""
    known = set()
    for ticket in tickets:
        assert ticket["acknowledgements"] == 1, ticket
        for header_id, state in ticket["sent"]:
            assert state == "sent", ticket
            known.add(header_id)
    assert {message_id for message_id, _recipient in sink.taken} == known
