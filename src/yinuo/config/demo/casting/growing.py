"""The demo company grown to any size: most tickets cast from those that were lived through (docs/adr/0011)."""

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from django.conf import settings

from yinuo.catalog.models import Product, Scenario
from yinuo.config.demo.casting import workers
from yinuo.config.demo.casting.cast import Goods
from yinuo.config.demo.casting.crew import SISTERS, Crew, enlarge
from yinuo.config.demo.casting.mould import Mould, make_mould
from yinuo.config.demo.casting.pattern import Unfit
from yinuo.config.demo.casting.people import Person, PersonMould, Population, kind_of, make_person_mould
from yinuo.config.demo.casting.plan import Casting, Plan
from yinuo.config.demo.casting.vectors import gathered_index
from yinuo.config.demo.casting.workers import Batch, Progress, World
from yinuo.config.demo.products import PRODUCTS
from yinuo.customers.models import Customer
from yinuo.foundation import clock
from yinuo.foundation.seals import count_unsealed, seal_history
from yinuo.staff.models import Company, Team
from yinuo.tickets.models import Ticket
from yinuo.tickets.numbers_in_bulk import make_room

BATCH = 1000
PATIENCE_S = 30
YEARS = timedelta(days=900)
PROCESSES = 2
SEED = 20261122
POPULAR = {
    "water_heater": 14, "gas_heater": 6, "air_conditioner": 11, "fridge": 8, "washer": 9, "dishwasher": 4, "hood": 6,
    "purifier": 8, "air_purifier": 5, "robot": 9, "lock": 8, "cooker": 5, "panel": 3, "watch": 3, "earphones": 2.5,
    "pen": 0.4,
}  # fmt: skip


def grow(wanted: int, *, now: datetime, seed: int = SEED, processes: int = PROCESSES) -> int:
    """Casts as many tickets as are missing to `wanted`; how many. Each batch is complete by itself: after an
    interruption a smaller desk is there, and calling again goes on."""
    there = Ticket.objects.count()
    missing = wanted - there
    if missing <= 0:
        return 0
    enlarge(colleagues=min(max(wanted // 300_000, 0), 5), now=now)
    zone = ZoneInfo(settings.TIME_ZONE)
    rng = Random(seed + there)
    say(f"{there:,} tickets are there. Making forms of them …")
    moulds = list(_moulds(zone, now))
    people, customers = _people(moulds, zone)
    founded_at = Company.objects.values_list("set_up_at", flat=True).get() + timedelta(hours=1)
    plan = Plan(moulds, since=max(now - YEARS, founded_at), now=now, zone=zone, rng=rng)
    world = World(
        moulds=moulds, courses=plan.courses, people=people, crew=Crew(), goods=_goods(), zone=zone, seed=seed + there,
        first_number=2_000_000 + customers * 3, founded_at=founded_at, regulars={},
    )  # fmt: skip
    world.regulars = _regulars(world, missing, rng)
    prefixes = dict(Scenario.objects.values_list("code", "prefix"))
    progress = Progress(missing)
    batches = list(_numbered(plan, missing, prefixes, zone))

    def done(tickets: int, rows: int) -> None:
        progress.add(tickets, rows)
        seal_history()

    say(f"{len(moulds)} forms, {sum(map(len, plan.courses))} courses. Casting {missing:,} tickets …")
    with gathered_index():
        workers.run(world, batches, processes=processes, done=done)
        say("Putting the search index in order …")
    say("Sealing history …")
    _seal()
    return progress.tickets


def _seal() -> None:
    """All there is; what is held back by transactions of others is left to the sealer after a while."""
    until = time.monotonic() + PATIENCE_S
    while count_unsealed():
        if not seal_history():
            if time.monotonic() > until:
                return
            time.sleep(0.5)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _moulds(zone: ZoneInfo, now: datetime) -> Iterator[Mould]:
    crew = Crew()
    teams = {one: team.name for one, team in crew.teams.items()}
    for ticket in _lived():
        try:
            mould = make_mould(ticket, zone=zone, names=crew.names, teams=teams)
        except Unfit:
            continue
        if all(row.next_alarm_at is None or row.next_alarm_at > now for row in mould.deadlines):
            yield mould


def _lived() -> Iterator[Ticket]:
    """The tickets that were lived through: they are older than the sister teams."""
    first_sister = Team.objects.filter(code__in=[code for code, _, _ in SISTERS]).earliest("id").id
    rows = Ticket.objects.filter(id__lt=first_sister).select_related("customer", "product", "category")
    yield from rows.prefetch_related("customer__identities").order_by("id")


def _people(moulds: list[Mould], zone: ZoneInfo) -> tuple[list[PersonMould], int]:
    customers = {mould.customer.id: mould.customer for mould in moulds}
    companies = {one.company_id for one in customers.values() if one.company_id}
    rows = Customer.objects.filter(id__in={*customers, *companies}).prefetch_related("identities")
    return [make_person_mould(customer, zone) for customer in rows.order_by("id")], Customer.objects.count()


def _goods() -> list[tuple[Goods, float]]:
    ids = dict(Product.objects.values_list("code", "id"))
    many = Counter(plan.kind for plan in PRODUCTS)
    return [
        (Goods(str(ids[plan.code]), plan), POPULAR.get(plan.kind, 1.0) / many[plan.kind])
        for plan in PRODUCTS
        if plan.code in ids
    ]


def _regulars(world: World, tickets: int, rng: Random) -> dict[tuple[object, ...], list[Person]]:
    """The few who write often, there from the beginning: one for every four hundred tickets."""
    lines: workers.Lines = defaultdict(list)
    population = Population(world.people, rng, world.first_number - 500_000)
    recorded = clock.by_the_wall().isoformat()
    regulars: dict[tuple[object, ...], list[Person]] = defaultdict(list)
    kinds = [kind_of(mould.customer) for mould in world.moulds]
    for _ in range(max(tickets // 400, 8)):
        kind = rng.choice(kinds)
        regulars[kind].append(population.new(kind, world.founded_at, recorded, lines))
    workers.copy(lines)
    return dict(regulars)


def _numbered(plan: Plan, tickets: int, prefixes: dict[str, str], zone: ZoneInfo) -> Iterator[Batch]:
    """Batches in order of time, with numbers above those that the days have already."""
    weeks = [castings for _, castings in plan.castings(tickets)]
    days: Counter[tuple[str, date]] = Counter()
    keyed: list[tuple[Casting, tuple[str, date]]] = []
    for castings in weeks:
        for one in castings:
            day = plan.opened_at(one).astimezone(zone).date()
            keyed.append((one, (prefixes[plan.moulds[one.mould].ticket.scenario], day)))
            days[keyed[-1][1]] += 1
    above = make_room(days)
    numbered = []
    for one, (prefix, day) in keyed:
        above[prefix, day] += 1
        numbered.append((one, f"{prefix}{day:%Y%m%d}{above[prefix, day]:04d}"))
    for place in range(0, len(numbered), BATCH):
        yield Batch(place // BATCH, numbered[place : place + BATCH])
