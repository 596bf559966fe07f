"""Two processes cast and copy: each batch in one transaction of its own, whole or not there."""

import gc
import multiprocessing
import queue
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.queues import Queue
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, connections
from django.db.models import Model

from yinuo.config.demo.casting.cast import Foundry, Goods, Lines
from yinuo.config.demo.casting.crew import Crew
from yinuo.config.demo.casting.mould import Mould
from yinuo.config.demo.casting.people import Person, PersonMould, Population, kind_of
from yinuo.config.demo.casting.plan import Casting
from yinuo.config.demo.casting.reading import columns_of
from yinuo.config.demo.casting.shifting import WEEK, Course
from yinuo.foundation import clock
from yinuo.foundation.work import work

NEW_SHARE = 0.45
REGULAR_SHARE = 0.25
"""Of the tickets: from customers who write for the first time; from the few who write often. The rest come again."""
REMEMBERED = 4000
"""Of each kind of customer, who may come again."""
SELDOM = 12.0
"""The larger, the more alike those are who write often (Zipf-Mandelbrot)."""


@dataclass(frozen=True)
class Batch:
    """Castings with their numbers, in order of time."""

    number: int
    castings: list[tuple[Casting, str]]


@dataclass
class World:
    """What every worker knows, made once before they are started."""

    moulds: Sequence[Mould]
    courses: Sequence[Sequence[Course]]
    people: list[PersonMould]
    crew: Crew
    goods: list[tuple[Goods, float]]
    zone: ZoneInfo
    seed: int
    first_number: int
    """Above the numbers of all customers that there are."""
    founded_at: datetime
    regulars: dict[tuple[object, ...], list[Person]]


class Worker:
    """Casts batches in one process."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._kinds = [kind_of(mould.customer) for mould in world.moulds]
        self._known: dict[tuple[object, ...], list[Person]] = {}
        self._ends: dict[int, list[float]] = {}
        bound = 0.0
        self._goods: list[tuple[float, Goods]] = []
        for goods, weight in world.goods:
            bound += weight
            self._goods.append((bound, goods))

    def cast(self, batch: Batch) -> int:
        """Writes the batch; how many rows."""
        world = self._world
        rng = Random(f"{world.seed}/{batch.number}")
        recorded = clock.by_the_wall().astimezone(UTC).isoformat()
        foundry = Foundry(rng=rng, crew=world.crew, zone=world.zone, recorded=recorded)
        population = Population(world.people, rng, world.first_number + batch.number * 10_000)
        for casting, number in batch.castings:
            mould = world.moulds[casting.mould]
            course = world.courses[casting.mould][casting.course]
            back = casting.weeks * WEEK
            person = self._person(self._kinds[casting.mould], course.opened_at - back, rng, population, foundry)
            foundry.cast(mould, course, back=back, person=person, goods=self._some_goods(rng), number=number)
        return copy(foundry.lines)

    def _some_goods(self, rng: Random) -> Goods:
        chance = rng.random() * self._goods[-1][0]
        return next(goods for bound, goods in self._goods if chance < bound)

    def _person(
        self, kind: tuple[object, ...], opened_at: datetime, rng: Random, population: Population, foundry: Foundry
    ) -> Person:
        chance = rng.random()
        regulars = self._world.regulars.get(kind)
        if chance < REGULAR_SHARE and regulars:
            found = regulars[_by_rank(len(regulars), rng)]
            if found.created_at <= opened_at:
                return found
        known = self._known.setdefault(kind, [])
        if chance > REGULAR_SHARE + NEW_SHARE and known:
            found = rng.choice(known)
            if found.created_at <= opened_at:
                return found
        earlier = timedelta(days=rng.expovariate(1 / 40)) if rng.random() < 0.4 else timedelta(seconds=1)
        created_at = max(opened_at - earlier, self._world.founded_at)
        person = population.new(kind, created_at, foundry.recorded, foundry.lines)
        if len(known) < REMEMBERED:
            known.append(person)
        else:
            known[int(rng.random() * REMEMBERED)] = person
        return person


def _by_rank(many: int, rng: Random) -> int:
    """Low ranks more often: close to one over the rank."""
    return min(int(SELDOM * ((1 + many / SELDOM) ** rng.random() - 1)), many - 1)


def copy(lines: Lines) -> int:
    """Puts the lines down in one transaction; how many rows."""
    rows = 0
    with work(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute("SET LOCAL work_mem = '256MB'")  # sorts the search index's portions
        for model in sorted(lines, key=_order):
            columns = ", ".join(f'"{column}"' for column in columns_of(model))
            with cursor.copy(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN') as copying:
                for line in lines[model]:
                    copying.write(line)
            rows += cursor.rowcount
    return rows


def _order(model: type[Model]) -> tuple[bool, str]:
    return model._meta.label != "customers.Customer", model._meta.db_table


# ── processes ───────────────────────────────────────────────────────────────────────────────────────────────


def run(world: World, batches: Iterable[Batch], *, processes: int, done: Callable[[int, int], None]) -> None:
    """Casts all batches. `done` hears of each: tickets, rows. Raises what a worker raised; what is written stays."""
    connections.close_all()
    context = multiprocessing.get_context("fork")
    waiting: Queue[Batch | None] = context.Queue(maxsize=processes * 2)
    results: Queue[tuple[int, int] | str] = context.Queue()
    gc.freeze()
    workers = [context.Process(target=_work, args=(world, waiting, results), daemon=True) for _ in range(processes)]
    for worker in workers:
        worker.start()
    under_way = 0
    try:
        for batch in batches:
            under_way += 1
            while True:
                try:
                    waiting.put(batch, timeout=0.2)
                    break
                except queue.Full:
                    under_way -= _take(results, workers, done, wait=False)
            under_way -= _take(results, workers, done, wait=False)
        for _ in workers:
            waiting.put(None)
        while under_way:
            under_way -= _take(results, workers, done, wait=True)
        for worker in workers:
            worker.join(60)
    finally:
        gc.unfreeze()
        for worker in workers:
            if worker.is_alive():
                worker.terminate()
                worker.join(10)


def _take(results: Any, workers: Sequence[Any], done: Callable[[int, int], None], *, wait: bool) -> int:
    """Hears what workers have done; how many batches."""
    taken = 0
    while True:
        try:
            found = results.get(timeout=1 if wait and not taken else 0.001)
        except queue.Empty:
            if any(worker.exitcode not in (None, 0) for worker in workers):
                raise RuntimeError("a process that casts tickets was ended") from None
            if not wait or taken:
                return taken
            continue
        if isinstance(found, str):
            raise RuntimeError(found)
        done(*found)
        taken += 1


def _work(world: World, waiting: Any, results: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.disable()
    worker = Worker(world)
    try:
        while (batch := waiting.get()) is not None:
            results.put((len(batch.castings), worker.cast(batch)))
    except Exception as error:
        results.put(f"{type(error).__name__}: {error}"[:2000])
        raise
    finally:
        connections.close_all()


class Progress:
    """Tells how far it is: a line every few seconds."""

    def __init__(self, wanted: int) -> None:
        self._wanted, self._began = wanted, time.monotonic()
        self.tickets = self.rows = 0
        self._told = self._began

    def add(self, tickets: int, rows: int) -> None:
        self.tickets += tickets
        self.rows += rows
        now = time.monotonic()
        if now - self._told >= 5:
            self._told = now
            rate = self.tickets / (now - self._began)
            left = (self._wanted - self.tickets) / rate
            print(
                f"  {self.tickets:>9,} of {self._wanted:,} tickets  {rate:6.0f} a second  {left / 60:5.1f} minutes left",
                file=sys.stderr, flush=True,
            )  # fmt: skip
