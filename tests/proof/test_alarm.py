"""Each breach is recorded exactly once while alarm processes are killed at random (R-CL-4).

`PROOF_SEEDS=7,8` picks seeds; three otherwise. What was killed when is printed.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.foundation.conftest import OwnDatabase, migrated_database, own_database  # noqa: F401 - fixtures
from tests.promises import fill_promises
from tests.servers import wait_for
from yinuo.foundation.ids import new_id

pytestmark = [pytest.mark.proof, pytest.mark.usefixtures("by_the_wall")]
"""Promises are put down by the database's clock."""

SEEDS = [int(seed) for seed in os.environ.get("PROOF_SEEDS", "1,2,3").split(",")]
PROMISES = 4000
AT_ONCE = 1500
"""So many of them fall due at one instant, the rest over the seconds after it."""
OVER = timedelta(seconds=25)
ALARMS = 3
GAP_S = (0.3, 3.0)
PATIENCE_S = 180


class Alarms:
    """Some alarm processes; a killed one is started again."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.running = [self._start() for _ in range(ALARMS)]

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "yinuo.config.cli", "alarm"], env=self.environment, stderr=subprocess.DEVNULL
        )

    def kill(self, which: int) -> None:
        self.running[which].send_signal(signal.SIGKILL)
        self.running[which].wait(10)
        self.running[which] = self._start()

    def end(self) -> None:
        for process in self.running:
            process.kill()
            process.wait(10)


@pytest.fixture
def alarms(own_database: OwnDatabase) -> Iterator[Alarms]:  # noqa: F811 - the fixture
    own_database.query("TRUNCATE sla_deadline, procrastinate_jobs CASCADE")
    started = Alarms(own_database.environment)
    yield started
    started.end()


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_alarm_is_killed_each_breach_is_recorded_once(seed, own_database, alarms, capsys):  # noqa: F811
    chance, team = random.Random(seed), new_id()
    before = {id for (id,) in own_database.query("SELECT id FROM foundation_history")}
    made = {"team_id": team, "customer_id": new_id(), "tickets": [new_id()]}
    wait_for(lambda: own_database.query("SELECT 1 FROM foundation_heartbeat WHERE part = 'alarm'"), seconds=60)
    fill_promises(AT_ONCE, first=timedelta(seconds=1), over=timedelta(), **made)
    fill_promises(PROMISES - AT_ONCE, first=timedelta(seconds=1), over=OVER, **made)

    kills, began = [], time.monotonic()
    while own_database.query("SELECT 1 FROM sla_deadline WHERE breached_at IS NULL LIMIT 1"):
        assert time.monotonic() - began < PATIENCE_S, "the alarm does not come to an end"
        time.sleep(chance.uniform(*GAP_S))
        which = chance.randrange(ALARMS)
        if time.monotonic() - began < PATIENCE_S / 2:
            alarms.kill(which)
            kills.append((round(time.monotonic() - began, 1), which))
    with capsys.disabled():
        print(f"\nseed {seed}: {len(kills)} kills: {kills}")
    assert len(kills) >= 5

    rows = own_database.query("SELECT id, due_at, breached_at, jsonb_array_length(alarms) FROM sla_deadline")
    assert len(rows) == PROMISES
    assert all(breached == due and left == 1 for _, due, breached, left in rows)
    recorded = [
        row
        for row in own_database.query("SELECT id, kind, subject_id, at, values FROM foundation_history")
        if row[0] not in before
    ]
    told = Counter((kind, subject) for _, kind, subject, _, _ in recorded)
    assert set(told.values()) == {1}
    assert Counter(kind for kind, _ in told) == {"sla.DeadlineBreached": PROMISES, "sla.DeadlineEscalated": PROMISES}
    due_of = {id: due for id, due, _, _ in rows}
    assert all(at == due_of[subject] for _, _, subject, at, _ in recorded)

    wanted = {str(id) for id, kind, *_ in recorded if kind == "sla.DeadlineEscalated"}
    jobs = own_database.query("SELECT args FROM procrastinate_jobs WHERE task_name = 'foundation.run_afterwards'")
    in_jobs = Counter(
        id for (args,) in jobs for id in (json.loads(args) if isinstance(args, str) else args)["event_ids"]
    )
    assert in_jobs == dict.fromkeys(wanted, 1), "each is told of by one job"
