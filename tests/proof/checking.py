"""What must be true after everything has been killed: each mail and post once, nothing on another customer's ticket."""

import hashlib
import subprocess
import sys
from collections import Counter

from tests.proof.clients import Clients
from tests.proof.plan import Plan
from tests.servers import House, wait_for


def audited(house: House) -> str:
    """What `yinuo audit verify` says when everything is sealed; it ends with 0 faults or the test fails."""
    command = [sys.executable, "-m", "yinuo.config.cli", "audit", "verify", "--data", str(house.data)]

    def verified() -> str:
        done = subprocess.run(command, env=house.variables(), capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout.strip() if ", 0 of them not sealed yet" in done.stdout else ""

    return wait_for(verified, seconds=60, every=2, because="all history is sealed")


def check_account(plan: Plan, clients: Clients, told: dict, handed_over: set[str]) -> None:
    """`told` is what `tests.proof.account` says, `handed_over` the Message-IDs that the mail server was given."""
    senders = {one.mark: one.sender for one in (*plan.letters, *plan.posts)}
    _check_tickets(senders, told["tickets"])
    _check_contacts(plan, clients, told["contacts"])
    _check_answers(clients, told["tickets"])
    _check_acknowledgements(told["tickets"], handed_over)
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


def _check_acknowledgements(tickets: list[dict], handed_over: set[str]) -> None:
    """One acknowledgement a ticket, always under one Message-ID; what was handed over is what is known as sent."""
    known = set()
    for ticket in tickets:
        assert ticket["acknowledgements"] == 1, ticket
        for header_id, state in ticket["sent"]:
            assert state == "sent", ticket
            known.add(header_id)
    assert handed_over == known
