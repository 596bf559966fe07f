"""Tickets a second that the API accepts, beside PostgreSQL writing exactly these rows and beside django-helpdesk.

`intake`: the web processes alone, wrk with 4 and 8 connections through the front server; the limit is pgbench with the
rows of real posts, each post in one prepared statement (wanted: a quarter of it). `intake_vs_helpdesk`: the same figure
beside that peer's create by REST (wanted: 8 times). All on one server with durable commits, alternating.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.desk.database import fresh_database
from bench.desk.house import load, running
from bench.desk.server import bench_server
from bench.desk.wrk import drive, program
from bench.peers.environment import Missing
from bench.peers.helpdesk import Peer, helpdesk

NAME, PEER = "intake", "intake_vs_helpdesk"
CONNECTIONS = (4, 8)
NAMES = tuple(f"{name}_c{count}" for count in CONNECTIONS for name in (NAME, PEER))
TURNS = 3
OURS_S, FLOOR_S, PEER_S = 12, 8, 10
UNIT = "tickets/s"


def results() -> Iterator[dict[str, object]]:
    if program() is None:
        for name in NAMES:
            yield _result(name, None, None, "wrk is not installed (apt install wrk)")
        return
    with ExitStack() as stack:
        cluster = stack.enter_context(bench_server())
        address = stack.enter_context(fresh_database("bench_intake"))
        posts = import_module("bench.desk.posts")  # its models need Django set up
        desk = posts.make_desk(address, smtp_port=9)
        try:
            peer: Peer | None = stack.enter_context(helpdesk())
            why = ""
        except Missing as missing:
            peer, why = None, str(missing)
        house = stack.enter_context(running(address, parts=("web", "front")))
        folder = Path(stack.enter_context(TemporaryDirectory()))
        posts.warm(house, desk)
        floor = posts.Floor(cluster, house, desk, folder)
        ours = stack.enter_context(posts.bodies())
        theirs = folder / "theirs"
        if peer:
            peer.write_bodies(theirs)
        for connections in CONNECTIONS:
            yield from _measure(connections, posts, desk, house, floor, ours, peer, theirs, why)


def _measure(connections, posts, desk, house, floor, ours, peer, theirs, why) -> Iterator[dict[str, object]]:
    tails: list[float] = []

    def accept() -> float:
        before = posts.count_tickets(desk)
        driven = drive(
            house.url + posts.PATH, ours, connections=connections, seconds=OURS_S, headers=desk.headers, keyed=True
        )
        written = posts.count_tickets(desk) - before
        # on each connection one more may have been accepted when wrk hung up
        assert driven.created <= written <= driven.created + connections, (driven, written)
        tails.append(driven.p95_ms)
        return driven.rate

    def floor_rate() -> float:
        return floor.rate(connections, FLOOR_S)

    def peer_rate() -> float:
        url = f"{peer.url}/api/tickets/"
        return drive(url, theirs, connections=connections, seconds=PEER_S, headers=peer.headers).rate

    measures = [accept, floor_rate, *([peer_rate] if peer else [])]
    value, limit, *others = posts.medians(TURNS, *measures)
    note = (
        f"{connections} connections, p95 {max(tails):.0f} ms, rows counted; limit: pgbench, {floor.values} values in "
        f"{floor.tables} tables in one statement; medians of {TURNS} alternating turns; {load()}; wanted: 0.25"
    )
    yield _result(f"{NAME}_c{connections}", value, limit, note)
    if others:
        note = (
            f"{connections} connections, REST create of django-helpdesk 2.6.1, same minutes; {load()}; wanted: ratio 8"
        )
        yield _result(f"{PEER}_c{connections}", value, others[0], note)
    else:
        yield _result(f"{PEER}_c{connections}", None, None, why)


def _result(name: str, value: float | None, limit: float | None, note: str) -> dict[str, object]:
    known = value is not None and limit is not None
    return {
        "name": name,
        "value": round(value, 1) if value is not None else None,
        "unit": UNIT,
        "limit": round(limit, 1) if limit is not None else None,
        "ratio": round(value / limit, 3) if known else None,
        "note": note,
    }
