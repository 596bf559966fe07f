"""A process of six human steps and one branch: by the pure core beside SpiffWorkflow, and by services and database
beside that SpiffWorkflow without a database and beside the same rows written by bare SQL.

`advance_vs_spiff`: the state is read from JSON before each step and written to JSON after it, in both; both hold the
definition compiled. The steps ask for two fields each; `advance_promised_vs_spiff` is the same with a time limit on
every step and one of the whole matter, which the peer has no word for.

`steps`: each step pressed as the page and the API have it done: ticket, run, steps and promises locked and read, the
run moved, rows and history written and committed. `steps_at_…`: the same with so many runs there (`BENCH_RUNS`; a
million take some minutes and gigabytes).
"""

import gc
import os
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module

from bench.desk.database import fresh_database
from bench.desk.house import load
from bench.flow import definition, entries
from bench.peers.environment import Missing
from bench.peers.spiff import Peer, spiff
from yinuo.config.up.forking import SELDOM
from yinuo.domain.procedure import Definition, Outcome, RunState, advance, start
from yinuo.foundation.jsontext import read, written

CORE, PROMISED = "advance_vs_spiff", "advance_promised_vs_spiff"
BARE, BESIDE_PEER = "steps", "steps_vs_spiff"
RUNS = tuple(map(int, os.environ.get("BENCH_RUNS", "1000,100000,1000000").split(",")))
GROWN = tuple(f"steps_at_{runs // 1000}k" for runs in RUNS)
NAMES = (CORE, PROMISED, BARE, BESIDE_PEER, *GROWN)
TURNS, SECONDS = 7, 0.5
SERVICE_TURNS, SERVICE_S = 5, 2.0
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ROLES = frozenset(("agent",))
ENTRIES = tuple(entries())


def results() -> Iterator[dict[str, object]]:
    try:
        with spiff() as peer:
            yield from core(peer)
            yield from served(peer)
    except Missing as missing:
        for name in (CORE, PROMISED, BESIDE_PEER):
            yield {"name": name, "value": None, "unit": "steps/s", "limit": None, "ratio": None, "note": str(missing)}
        yield from served(None)


def served(peer: Peer | None) -> Iterator[dict[str, object]]:
    """By services and database, one process, one connection, durable commits, in turns with the two beside it; then
    with more and more runs there."""
    with fresh_database("bench_steps") as address:
        stepping = import_module("bench.desk.stepping")  # its models need Django set up
        desk = stepping.Desk()
        floor = stepping.Floor(address, desk)
        gc.collect()
        gc.freeze()
        gc.set_threshold(*SELDOM)  # as in the processes of a desk
        desk.rate(SERVICE_S)
        rates: dict[str, list[float]] = {"ours": [], "bare": [], "peer": []}
        for _ in range(SERVICE_TURNS):
            rates["ours"].append(desk.rate(SERVICE_S))
            rates["bare"].append(floor.rate(SERVICE_S / 2))
            if peer:
                rates["peer"].append(peer.rate(SERVICE_S / 4))
        value = statistics.median(rates["ours"])
        yield _beside(
            BARE,
            value,
            statistics.median(rates["bare"]),
            f"bare SQL inserts and changes the same rows; {load()}; wanted: ratio 0.25",
        )
        if peer:
            yield _beside(
                BESIDE_PEER,
                value,
                statistics.median(rates["peer"]),
                "the peer without any database",
            )
        first: float | None = None
        for name, runs in zip(GROWN, RUNS, strict=True):
            desk.grow(floor.connection, runs)
            desk.rate(SERVICE_S)
            value = statistics.median([desk.rate(SERVICE_S) for _ in range(SERVICE_TURNS)])
            first = first or value
            yield _beside(name, value, first, f"{runs} runs there, beside {RUNS[0]}; {load()}; wanted: ratio about 1")


def _beside(name: str, value: float, limit: float, note: str) -> dict[str, object]:
    return {
        "name": name, "value": round(value), "unit": "steps/s", "limit": round(limit),
        "ratio": round(value / limit, 2), "note": note,
    }  # fmt: skip


def core(peer: Peer) -> Iterator[dict[str, object]]:
    """Both in turns, so that a busy machine slows both; processor time of each process."""
    plain, promised = begun(definition()), begun(definition(promised=True))
    if play(*plain) != list(peer.order) or play(*promised) != list(peer.order):
        raise AssertionError(f"the peer goes another way: {peer.order}")
    rates: dict[str, list[float]] = {CORE: [], PROMISED: [], "peer": []}
    for _ in range(TURNS):
        rates[CORE].append(rate(*plain))
        rates["peer"].append(peer.rate(SECONDS))
        rates[PROMISED].append(rate(*promised))
    limit = statistics.median(rates["peer"])
    for name, note in (
        (CORE, f"one process, processor time, medians of {TURNS} alternating turns; wanted: ratio 20"),
        (PROMISED, "with a time limit on every step and one of the whole matter; the peer without any"),
    ):
        yield _beside(name, statistics.median(rates[name]), limit, note)


def begun(flow: Definition) -> tuple[Definition, str]:
    """The definition, and the state of a run of it whose first step is under way, as JSON."""
    return flow, written(start(flow, {}, NOW)[0].to_json())


def play(flow: Definition, kept: str) -> list[str]:
    """One run from its first step to its end; the steps in their order."""
    seen = []
    for key, fields in ENTRIES:
        run = RunState.from_json(read(kept))
        run, _ = advance(flow, run, Outcome(key, "done", fields, ROLES, "agent-1", run.round), NOW)
        kept = written(run.to_json())
        seen.append(key)
    if not read(kept).get("end"):
        raise AssertionError("the run has not ended")
    return seen


def rate(flow: Definition, kept: str) -> float:
    steps, began = 0, time.process_time()
    while time.process_time() - began < SECONDS:
        steps += len(play(flow, kept))
    return steps / (time.process_time() - began)
