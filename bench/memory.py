"""What all processes of a running desk hold together, PostgreSQL and the front server apart, as `yinuo up` starts them.

`memory`: the sum of Pss after posts and pages as fast as they are answered (wanted: under 500 MB). `memory_growth`: how
much it grows in 24 hours of desk time, run at some hundredfold speed: mails, posts, answers, steps, pages and alarms;
after a first day, in which everything has been done once (wanted: none; what lies within a hundredth of the whole
counts as none).
"""

import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil
from tests.servers import House

from bench.desk.database import fresh_database
from bench.desk.house import load
from bench.desk.server import FOLDER, bench_server
from bench.desk.sinking import sink

NAME, GROWTH = "memory", "memory_growth"
NAMES = (NAME, GROWTH)
LIMIT_MB = 500
STEADY = 0.01
TURNS_A_DAY, WARM_TURNS = 144, 144
LOAD_S, PAGES = 30, 300
DRAIN_S = 120
MIB = 1024 * 1024
DATA = FOLDER / "memory"
CLOCK = DATA / "clock-offset"
SETTINGS = "yinuo.config.settings_test"  # with a clock that can be moved
PARTS_AFTER_S = 10


def results() -> Iterator[dict[str, object]]:
    DATA.mkdir(parents=True, exist_ok=True)
    CLOCK.unlink(missing_ok=True)
    os.environ["YINUO_CLOCK_OFFSET_FILE"] = str(CLOCK)  # of this process, too: it presses the buttons of steps
    with bench_server(), sink() as (_mails, port), fresh_database("bench_memory", SETTINGS) as address:
        posts = import_module("bench.desk.posts")  # its models need Django set up
        day_module = import_module("bench.desk.day")
        desk = posts.make_desk(address, smtp_port=port)
        with _up(address) as house:
            day = day_module.Day(house, desk)
            _load(day)
            _drain(posts, desk)
            parts = _pss(house)
            yield _memory(parts)
            yield _growth(house, day)


@contextmanager
def _up(address: str) -> Iterator[House]:
    """`yinuo up` beside the database of the measurements, with a clock that can be moved."""
    house = House(DATA, environment={"DATABASE_URL": address, "YINUO_KEY_FILE": str(FOLDER / "server" / "key")})
    try:
        house.start()
        time.sleep(PARTS_AFTER_S)  # pages answer some seconds before the rest is there
        yield house
    finally:
        house.stop()


def _load(day: Any) -> None:
    """Posts for half a minute and 300 pages."""
    until = time.monotonic() + LOAD_S
    while time.monotonic() < until:
        day.post()
    for _ in range(PAGES):
        day.look("/queue/service")


def _drain(posts: Any, desk: Any) -> None:
    limit = time.monotonic() + DRAIN_S
    while posts.count_jobs(desk) and time.monotonic() < limit:
        time.sleep(1)


def _pss(house: House) -> dict[str, float]:
    """MB by process, `yinuo up` itself among them, the front server not."""
    assert house.process is not None
    first = psutil.Process(house.process.pid)
    found: dict[str, float] = {}
    for number, process in enumerate([first, *first.children(recursive=True)]):
        try:
            name, rollup = process.name(), Path(f"/proc/{process.pid}/smaps_rollup").read_text()
        except (psutil.NoSuchProcess, OSError):
            continue
        if name != "caddy":
            kib = next(line.split()[1] for line in rollup.splitlines() if line.startswith("Pss:"))
            found[f"{'yinuo up' if number == 0 else name} {number}"] = int(kib) * 1024 / MIB
    return found


def _memory(parts: dict[str, float]) -> dict[str, object]:
    whole = sum(parts.values())
    told = ", ".join(f"{name.rpartition(' ')[0].removeprefix('yinuo ')} {size:.0f}" for name, size in parts.items())
    return _result(NAME, whole, LIMIT_MB, "MB", f"Pss of {len(parts)} processes: {told}; {load()}; wanted: under 500")


def _growth(house: House, day: Any) -> dict[str, object]:
    """What was held in the last three hours of a day beside the first three, by medians: what runs for a moment in a
    process of its own counts for neither."""
    held: list[dict[str, float]] = []
    for turn in range(WARM_TURNS + TURNS_A_DAY):
        day.turn()
        if turn >= WARM_TURNS:
            held.append(_pss(house))
    whole = [sum(parts.values()) for parts in held]
    a_day = _risen(whole)
    allowed = STEADY * statistics.mean(whole)
    by_part = {name: _risen([parts.get(name, 0.0) for parts in held]) for name in held[-1]}
    growing = sorted((name for name in by_part if by_part[name] > 0.5), key=lambda name: -by_part[name])
    told = ", ".join(f"{name} {held[0].get(name, 0):.0f}-{held[-1][name]:.0f}" for name in growing)
    note = (
        f"{day.steps} steps, {day.pages} pages in 24 h of desk time; from {whole[0]:.0f} to {whole[-1]:.0f} MB, most "
        f"{max(whole):.0f}; grew: {told or 'none'}; {load()}; wanted: within the limit, a "
        "hundredth of the whole"
    )
    return _result(GROWTH, a_day, allowed, "MB a day", note)


def _risen(values: list[float]) -> float:
    end = TURNS_A_DAY // 8
    return statistics.median(values[-end:]) - statistics.median(values[:end])


def _result(name: str, value: float, limit: float, unit: str, note: str) -> dict[str, object]:
    return {
        "name": name,
        "value": round(value, 1),
        "unit": unit,
        "limit": round(limit, 1),
        "ratio": round(value / limit, 3),
        "note": note,
    }
