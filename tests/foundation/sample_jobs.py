"""Facts and jobs of the tests. A worker process imports this module by `YINUO_TEST_MODULES`.

What a job did stands in the table `sample_log`, which `own_database` makes.
"""

import os
import time
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from yinuo.config.wiring import AFTERWARDS, AT_ONCE
from yinuo.foundation import clock, events
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import Fact, Recorded, only_if, record, together
from yinuo.foundation.ids import new_id
from yinuo.foundation.jobs import job, later
from yinuo.foundation.work import service

HERE = "tests.foundation.sample_jobs"


@dataclass(frozen=True)
class LampLit(Fact):
    lamp_id: UUID
    note: str


@dataclass(frozen=True)
class LampBroken(Fact):
    lamp_id: UUID


@dataclass(frozen=True)
class LampSwitched(Fact):
    """Its function takes many at once; only those that are lit concern it. What it records is followed up."""

    lamp_id: UUID
    note: str
    lit: bool


@dataclass(frozen=True)
class LampCounted(Fact):
    """Recorded by an AT_ONCE function."""

    lamp_id: UUID


@dataclass(frozen=True)
class LampEchoed(Fact):
    """Has an AT_ONCE function itself and is recorded by one: refused."""

    lamp_id: UUID


events.connect(
    at_once={
        **AT_ONCE,
        LampBroken: (f"{HERE}.count_at_once",),
        LampEchoed: (f"{HERE}.echo_at_once",),
    },
    afterwards={
        **AFTERWARDS,
        LampLit: (f"{HERE}.first_handler", f"{HERE}.failing_handler", f"{HERE}.last_handler"),
        LampSwitched: (f"{HERE}.gather",),
        LampBroken: (f"{HERE}.mend",),
    },
)


def write(what: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO sample_log (what, pid) VALUES (%s, %s)", [what, os.getpid()])


def wanted(switch: str) -> bool:
    """Whether a test has put this switch down."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM sample_switch WHERE name = %s", [switch])
        return cursor.fetchone() is not None


# -- AT_ONCE and AFTERWARDS ----------------------------------------------------------------------------------------


def count_at_once(recorded: Recorded) -> None:
    write(f"counted {recorded.fact.lamp_id}")
    record(LampCounted(recorded.fact.lamp_id), by=recorded.by, at=recorded.at, subject=recorded.subject)


def echo_at_once(recorded: Recorded) -> None:
    record(LampEchoed(recorded.fact.lamp_id), by=recorded.by, at=recorded.at, subject=recorded.subject)


def first_handler(recorded: Recorded) -> None:
    write(f"first {recorded.fact.note}")


def failing_handler(recorded: Recorded) -> None:
    if wanted("handler fails"):
        write(f"taken back {recorded.fact.note}")
        raise ValueError("the handler was told to fail")
    write(f"second {recorded.fact.note}")


def last_handler(recorded: Recorded) -> None:
    write(f"last {recorded.fact.note}")


@together
@only_if(lambda fact: fact.lit)
def gather(events: list[Recorded]) -> None:
    notes = sorted(event.fact.note for event in events)
    write(f"gathered {' '.join(notes)}")
    if "slow" in notes:
        time.sleep(5)
    if "bad" in notes:
        raise ValueError("told to fail")
    for event in events:
        if event.fact.note == "breaks":
            break_lamp()


def mend(recorded: Recorded) -> None:
    write("mended")


@service
def switch_lamp(note: str, *, lit: bool = True) -> None:
    lamp = new_id()
    record(LampSwitched(lamp, note, lit), by=Actor.system("test"), at=clock.now(), subject=("lamp", lamp))


@service
def light_lamps(*notes: str) -> list[UUID]:
    lamps = []
    for note in notes:
        lamps.append(new_id())
        fact = LampLit(lamps[-1], note)
        record(fact, by=Actor.system("test"), at=clock.now(), subject=("lamp", lamps[-1]))
    return lamps


@service
def break_lamp(fact_type: type[LampBroken] | type[LampEchoed] = LampBroken) -> UUID:
    lamp = new_id()
    record(fact_type(lamp), by=Actor.system("test"), at=clock.now(), subject=("lamp", lamp))
    return lamp


# -- jobs ----------------------------------------------------------------------------------------------------------


@job(queue="now")
def say(*, what: str) -> None:
    write(what)


@service
def say_given_up(*, what: str) -> None:
    write(f"given up {what}")


@service
def give_up_badly(*, what: str) -> None:
    write(f"half given up {what}")
    raise ValueError(what)


@job(queue="facts", attempts=2, given_up=say_given_up)
def fail_always(*, what: str) -> None:
    raise ValueError(f"{what} fails always")


@job(queue="now", attempts=1, given_up=say_given_up)
def fail_now(*, what: str) -> None:
    raise ValueError(f"{what} fails")


@job(queue="facts", attempts=1, given_up=give_up_badly)
def fail_and_give_up_badly(*, what: str) -> None:
    raise ValueError(f"{what} fails always")


@job(queue="now", attempts=1)
def fail_at_first(*, what: str) -> None:
    """Fails until the switch of its name is put down."""
    if not wanted(what):
        raise ValueError(f"{what} was told to fail")
    write(f"done {what}")


@job(queue="now", attempts=3)
def fail_once(*, what: str) -> None:
    if not wanted(f"{what} ran"):
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO sample_switch (name) VALUES (%s)", [f"{what} ran"])
        raise ValueError("once")
    write(f"done {what}")


@job(queue="now")
def hold(*, what: str, seconds: float) -> None:
    """Says that it began, then works for a while."""
    write(f"began {what}")
    time.sleep(seconds)
    write(f"ended {what}")


@job(queue="bulk")
def dawdle(*, seconds: float) -> None:
    write("dawdling")
    time.sleep(seconds)


@service
def _write_and_defer(what: str, *, fail: bool, seconds: float = 0) -> None:
    write(f"parent {what}")
    later(say, what=f"child {what}")
    time.sleep(seconds)
    write(f"parent ends {what}")
    if fail:
        raise ValueError("rolled back")


@job(queue="now", attempts=1)
def parent(*, what: str, fail: bool, seconds: float = 0) -> None:
    _write_and_defer(what, fail=fail, seconds=seconds)
