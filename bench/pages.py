"""Pages as an ordinary agent gets them who sees six of twelve queues: over HTTP through the front server, session and
rights included, one client, a million tickets.

`queue_page` and `ticket_page` beside the same pages of django-helpdesk, alternating; `search` for twelve words;
`page_growth` compares desks of 10 k, 100 k and 1 M tickets, alternating. Values are p95 in milliseconds.
`BENCH_SIZE` and `BENCH_SIZES` choose smaller desks, to try something out.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from bench.desk.client import Client
from bench.desk.datasets import dataset
from bench.desk.house import load
from bench.desk.visits import WORDS, Visitor, visiting
from bench.peers.environment import Missing
from bench.peers.helpdesk import Peer, helpdesk

SIZE = os.environ.get("BENCH_SIZE", "1m")
SIZES = os.environ.get("BENCH_SIZES", "10k,100k,1m").split(",")
NAMES = ("queue_page", "ticket_page", "search", "page_growth")
ROUNDS, OURS, THEIRS, WARM = 10, 24, 4, 60
SEARCH_LIMIT_MS = 50
PATIENCE_S = 900
Ask = Callable[[int], float]


def results() -> Iterator[dict[str, object]]:
    with ExitStack() as stack:
        desk = stack.enter_context(dataset(SIZE))
        visitor = stack.enter_context(visiting(desk))
        try:
            peer: Peer | None = stack.enter_context(helpdesk())
            why = ""
        except Missing as missing:
            peer, why = None, str(missing)
        yield from _pages(visitor, peer, why)
        yield _search(visitor)
    yield _growth()


def _pages(visitor: Visitor, peer: Peer | None, why: str) -> Iterator[dict[str, object]]:
    theirs = Client(peer.url, peer.headers) if peer else None

    def their_list(turn: int) -> float:
        assert peer is not None and theirs is not None
        return sum(_answered(theirs, path) for path in peer.list_paths())

    def their_ticket(turn: int) -> float:
        assert peer is not None and theirs is not None
        return _answered(theirs, peer.ticket_path(1 + turn * 397 % peer.tickets))

    sizes = f"{SIZE} tickets against 100 k of django-helpdesk 2.6.1"
    for name, ours, peers, wanted in (
        ("queue_page", visitor.queue, their_list, "1/20"),
        ("ticket_page", visitor.ticket, their_ticket, "1/4"),
    ):
        mine, beside = _alternating(ours, peers if peer else None)
        note = f"p50 {_p50(mine):.1f} ms, {len(mine)} requests"
        if name == "ticket_page":
            column = [1000 * visitor.column(turn) for turn in range(OURS * ROUNDS)]
            note += f"; its context column, a second request: p50 {_p50(column):.1f}, p95 {_p95(column):.1f}"
        note += f"; peer p50 {_p50(beside):.0f} ms; {sizes}; {load()}; wanted: {wanted}" if beside else f"; {why}"
        yield _result(name, _p95(mine), _p95(beside) if beside else None, note)


def _alternating(ours: Ask, theirs: Ask | None) -> tuple[list[float], list[float]]:
    """Milliseconds of each request, taken in turns."""
    for turn in range(WARM):
        ours(turn)
    mine: list[float] = []
    beside: list[float] = []
    for round_ in range(ROUNDS):
        mine += [1000 * ours(round_ * OURS + turn) for turn in range(OURS)]
        if theirs:
            beside += [1000 * theirs(round_ * THEIRS + turn) for turn in range(THEIRS)]
    return mine, beside


def _answered(client: Client, path: str) -> float:
    reply = client.get(path)
    if reply.status != 200:
        raise AssertionError(f"{path}: {reply.status}")
    return reply.seconds


def _search(visitor: Visitor) -> dict[str, object]:
    for turn in range(2 * len(WORDS)):
        visitor.search(turn)
    times: dict[str, list[float]] = {word: [] for word in WORDS}
    for turn in range(18 * len(WORDS)):
        times[WORDS[turn % len(WORDS)]].append(1000 * visitor.search(turn))
    every = [ms for found in times.values() for ms in found]
    slowest = max(times, key=lambda word: _p95(times[word]))
    recall = _recall()
    note = (
        f"p50 {_p50(every):.1f} ms, slowest {slowest} p95 {_p95(times[slowest]):.1f}; {len(every)} requests, 12 words; "
        f"recall {recall['recall']} ({recall['found']} of {recall['true']} hits of a scan, {recall['size']}); "
        f"{SIZE} tickets; {load()}"
    )
    return _result("search", _p95(every), SEARCH_LIMIT_MS, note)


def _recall() -> dict[str, object]:
    """In a process of its own: it needs Django set up on another desk."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.desk.recall", SIZES[0]], capture_output=True, text=True, timeout=PATIENCE_S,
        check=True,
    )  # fmt: skip
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _growth() -> dict[str, object]:
    """How much dearer the median page is on the largest desk than on the smallest; the worst of four pages."""
    with ExitStack() as stack:
        visitors = {size: stack.enter_context(visiting(stack.enter_context(dataset(size)))) for size in SIZES}
        told, worst = [], 0.0
        for name in ("queue", "ticket", "column", "search"):
            asks = {size: getattr(visitor, name) for size, visitor in visitors.items()}
            times: dict[str, list[float]] = {size: [] for size in SIZES}
            for turn in range(WARM + 120):
                for size, ask in asks.items():
                    ms = 1000 * ask(turn)
                    if turn >= WARM:
                        times[size].append(ms)
            medians = {size: _p50(found) for size, found in times.items()}
            worst = max(worst, medians[SIZES[-1]] / medians[SIZES[0]])
            told.append(f"{name} " + " / ".join(f"{ms:.1f}" for ms in medians.values()))
    note = f"medians in ms with {' / '.join(SIZES)} tickets, alternating: {'; '.join(told)}; {load()}"
    return {"name": "page_growth", "value": round(worst, 2), "unit": "times", "limit": 1.0,
            "ratio": round(worst, 2), "note": note}  # fmt: skip


def _p50(times: list[float]) -> float:
    return statistics.median(times)


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20, method="inclusive")[-1]


def _result(name: str, value: float, limit: float | None, note: str) -> dict[str, object]:
    return {
        "name": name,
        "value": round(value, 1),
        "unit": "ms",
        "limit": round(limit, 1) if limit else None,
        "ratio": round(value / limit, 3) if limit else None,
        "note": note,
    }
