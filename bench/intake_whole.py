"""Tickets a second that the whole desk bears: posts by the API while workers on the same machine do all that follows.

Offered for three minutes at a rate at which nothing piles up: each ticket's acknowledgement is handed to an SMTP server
on loopback, and what waits at the end is no more than at the beginning. The limit is django-helpdesk's create by REST,
with nothing that follows, measured before and after (wanted: above it).
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import psycopg
from tests.servers import wait_for

from bench.desk.database import fresh_database
from bench.desk.house import House, load, running
from bench.desk.server import bench_server
from bench.desk.sinking import sink
from bench.desk.wrk import Driven, drive, program
from bench.peers.environment import Missing
from bench.peers.helpdesk import Peer, helpdesk

NAME = "intake_whole"
NAMES = (NAME,)
CONNECTIONS = 4
FULL_S, HOLD_S, PEER_S = 10, 180, 8
LOOK_S, ENDS_S = 2.0, 30
DRAIN_S = 120
CAUTION = 0.85
GROWTH_S = 2.0
"""The backlog counts as not growing where its mean over the last 30 s lies less than two seconds' tickets above that
over the first 30 s."""


@dataclass(frozen=True)
class Held:
    """`waiting`: tickets not yet acknowledged, looked at every two seconds."""

    accepted: int
    seconds: float
    waiting: list[int]
    jobs: int

    @property
    def rate(self) -> float:
        return self.accepted / self.seconds

    @property
    def growth(self) -> float:
        ends = int(ENDS_S / LOOK_S)
        first, last = self.waiting[:ends], self.waiting[-ends:]
        return sum(last) / len(last) - sum(first) / len(first)

    @property
    def holds(self) -> bool:
        return self.growth <= GROWTH_S * self.rate


def results() -> Iterator[dict[str, object]]:
    if program() is None:
        yield _result(None, None, "wrk is not installed (apt install wrk)")
        return
    with ExitStack() as stack:
        stack.enter_context(bench_server())
        address = stack.enter_context(fresh_database("bench_intake_whole"))
        posts = import_module("bench.desk.posts")  # its models need Django set up
        sunk, port = stack.enter_context(sink())
        desk = posts.make_desk(address, smtp_port=port)
        try:
            peer: Peer | None = stack.enter_context(helpdesk())
            why = ""
        except Missing as missing:
            peer, why = None, str(missing)
        house = stack.enter_context(running(address))
        file = stack.enter_context(posts.bodies(all_new=True))
        whole = _Whole(posts, desk, house, file, sunk)
        before = _peer_rate(peer)
        offered = whole.estimate()
        held = whole.hold(offered)
        if not held.holds:
            offered = CAUTION * (held.accepted - held.growth) / held.seconds
            held = whole.hold(offered)
        after = _peer_rate(peer)
        whole.account()
        limit = (before + after) / 2 if before and after else None
        grew = "" if held.holds else f"BACKLOG GREW by {held.growth:.0f} tickets; "
        note = (
            f"{grew}{held.accepted} tickets in {held.seconds:.0f} s, each acknowledged once, waiting at most "
            f"{max(held.waiting)}; limit: django-helpdesk's REST create{why and ': ' + why}; {load()}; wanted: above it"
        )
        yield _result(held.rate if held.holds else None, limit, note)


class _Whole:
    def __init__(self, posts: Any, desk: Any, house: House, file: Path, sunk: Path) -> None:
        self.posts, self.desk, self.house, self.file, self.sunk = posts, desk, house, file, sunk

    def drive(self, seconds: float, rate: float = 0) -> Driven:
        return drive(
            self.house.url + self.posts.PATH, self.file, connections=CONNECTIONS, seconds=seconds,
            headers=self.desk.headers, keyed=True, rate=rate,
        )  # fmt: skip

    def estimate(self) -> float:
        """A rate to try: accepting and what follows share the processors, so their times for a ticket add up."""
        driven = self.drive(FULL_S)
        waiting, began = self.waiting(), time.monotonic()
        self.drain()
        following = (time.monotonic() - began) / max(waiting, 1)
        done_meanwhile = max(driven.created - waiting, 0)
        accepting = max(driven.seconds - done_meanwhile * following, 0) / driven.created
        return CAUTION / (accepting + following)

    def hold(self, rate: float) -> Held:
        """Three minutes at `rate`; drained afterwards."""
        answers: list[Driven] = []
        client = Thread(target=lambda: answers.append(self.drive(HOLD_S, rate)))
        client.start()
        waiting: list[int] = []
        while client.is_alive():
            waiting.append(self.waiting())
            self.house.look_after()
            client.join(LOOK_S)
        assert answers, "the client failed"
        jobs = self.jobs()
        self.drain()
        return Held(answers[0].created, answers[0].seconds, waiting, jobs)

    def acknowledged(self) -> int:
        return len(self.sunk.read_bytes().splitlines())

    def waiting(self) -> int:
        return self.posts.count_tickets(self.desk) - self.acknowledged()

    def jobs(self) -> int:
        with psycopg.connect(self.desk.address) as connection:
            return int(connection.execute("SELECT count(*) FROM procrastinate_jobs").fetchone()[0])

    def drain(self) -> None:
        wait_for(lambda: self.waiting() == 0 == self.jobs(), seconds=DRAIN_S, every=0.5, because="all jobs are done")

    def account(self) -> None:
        """Every ticket was acknowledged, under one Message-ID each, none of them failed."""
        ids = [line.split()[0] for line in self.sunk.read_text().splitlines()]
        tickets = self.posts.count_tickets(self.desk)
        assert len(set(ids)) == len(ids) == tickets, (len(set(ids)), len(ids), tickets)


def _peer_rate(peer: Peer | None) -> float | None:
    if peer is None:
        return None
    with TemporaryDirectory() as folder:
        peer.write_bodies(file := Path(folder) / "posts")
        url = f"{peer.url}/api/tickets/"
        return drive(url, file, connections=CONNECTIONS, seconds=PEER_S, headers=peer.headers).rate


def _result(value: float | None, limit: float | None, note: str) -> dict[str, object]:
    return {
        "name": NAME,
        "value": round(value, 1) if value is not None else None,
        "unit": "tickets/s",
        "limit": round(limit, 1) if limit else None,
        "ratio": round(value / limit, 3) if value is not None and limit else None,
        "note": note,
    }
