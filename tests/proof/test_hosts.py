"""More than one machine: two that serve, one database with a standby, and what happens when one of them is gone.

Each machine is a network namespace. Under load first the machine that watches the mailbox is cut off, then one loses
its power, then the database does and its standby takes its place. Every time the rest takes over within 30 s, and in
the end everything is there once.
"""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.proof.checking import audited, check_account
from tests.proof.clients import Clients
from tests.proof.database_pair import BINARIES, DatabasePair
from tests.proof.network import Machine, Network, NotHere, make_certificate
from tests.proof.plan import make_plan
from tests.servers import DOVECOT, Dovecot, House, wait_for

pytestmark = pytest.mark.proof

TAKEN_OVER_S = 30
MAILS, POSTS = 150, 250
PAUSE_S = 0.8
ROOT = Path(__file__).parents[2]
CLOCK_MOVED_S = 5 * 24 * 3600
LATE_S = 5


@pytest.fixture
def network() -> Iterator[Network]:
    if not Path(DOVECOT).exists():
        pytest.skip("Dovecot is not installed (apt install dovecot-imapd dovecot-lmtpd)")
    if not (BINARIES / "postgres").exists():
        pytest.skip("PostgreSQL 15 is not installed (apt install postgresql-15)")
    try:
        network = Network()
    except NotHere as reason:
        pytest.skip(f"no network namespaces here: {reason}")
    yield network
    network.remove()


class Site:
    """The machines and what runs on them."""

    def __init__(self, network: Network, folder: Path) -> None:
        self.folder = folder
        self.mail = network.machine("mail", 10)
        self.database = DatabasePair(folder / "database", network.machine("db1", 11), network.machine("db2", 12))
        self.machines = [network.machine("desk1", 21), network.machine("desk2", 22)]
        certificate, key, self.authority = make_certificate(folder, self.mail.address)
        self.certificate = certificate, key
        (folder / "mail").mkdir()
        self.dovecot = Dovecot(folder / "mail", listen="*", imaps=993, certificate=self.certificate)
        self.sunk = folder / "sunk"
        self.sink: subprocess.Popen[bytes] | None = None
        self.houses = [self._house(number) for number in range(2)]
        self.watcher: psycopg.Connection | None = None

    def _house(self, number: int) -> House:
        environment = {
            "DATABASE_URL": self.database.url,
            "YINUO_LISTEN": "0.0.0.0",  # noqa: S104 - every address of a machine of the test
            "YINUO_BASE_URL": "http://desk.example",
            "YINUO_HOSTS": ",".join([*(machine.address for machine in self.machines), "127.0.0.1"]),
            "YINUO_CLOCK_OFFSET_FILE": str(self.folder / "clock-offset"),
            "SSL_CERT_FILE": str(self.authority),
        }
        return House(self.folder / f"desk{number + 1}", port=8000, environment=environment)

    def start(self) -> str:
        """Everything, on its machine; the token for the API."""
        self.database.start()
        self.mail.run(self.dovecot.start)
        command = [sys.executable, "-m", "tests.sink", "465", str(self.sunk), *map(str, self.certificate)]
        self.sunk.touch()
        self.sink = self.mail.run(lambda: subprocess.Popen(command, cwd=ROOT))
        first, second = self.houses
        self.machines[0].run(first.start)
        second.data.mkdir()
        (second.data / "key").write_bytes((first.data / "key").read_bytes())
        (second.data / "key").chmod(0o600)
        self.machines[1].run(second.start)
        told = self.machines[0].run(lambda: first.run("tests.proof.prepare", "993", "465", self.mail.address, "tls"))
        return told.strip()

    def move_clock(self, seconds: float) -> None:
        (self.folder / "clock-offset").write_text(str(seconds))

    def ask(self, query: str, *values: object) -> list[tuple]:
        """The database, whichever serves; nothing where none does just now."""
        try:
            return self.mail.run(lambda: self._answer(query, values))
        except psycopg.OperationalError:
            return []

    def _answer(self, query: str, values: tuple[object, ...]) -> list[tuple]:
        with psycopg.connect(
            self.database.url, connect_timeout=3, target_session_attrs="read-write", tcp_user_timeout=4000
        ) as connection:
            return connection.execute(query, values or None).fetchall()

    def watching(self) -> Machine:
        """The machine that holds the mailbox."""
        held = "SELECT host(client_addr) FROM pg_locks JOIN pg_stat_activity USING (pid) "
        held += "WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND client_addr IS NOT NULL "
        held += "AND state = 'idle' ORDER BY backend_start LIMIT 1"
        ((address,),) = wait_for(lambda: self.ask(held), because="a mailbox is watched")
        return next(machine for machine in self.machines if machine.address == address)

    def other(self, machine: Machine) -> Machine:
        return self.machines[1 - self.machines.index(machine)]

    def stop(self) -> None:
        for house in self.houses:
            house.stop()
        if self.sink:
            self.sink.send_signal(signal.SIGTERM)
            self.sink.wait(10)
        self.dovecot.stop()
        self.database.stop()


def test_the_rest_takes_over_and_nothing_is_lost(
    network: Network, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()
    try:
        site = Site(network, folder)
    except NotHere as reason:
        pytest.skip(f"no network namespaces here: {reason}")
    plan = make_plan(1, MAILS, POSTS, ways=["imap"])
    took: dict[str, dict[str, float]] = {}
    try:
        token = site.start()
        addresses = [machine.address for machine in site.machines]
        clients = Clients(
            site.houses[0], plan, site.dovecot.imap, token, machine=site.mail, desks=addresses, patience_s=5,
            pause_s=PAUSE_S,
        )  # fmt: skip
        clients.start()
        time.sleep(5)

        cut = site.watching()
        cut.cut_off()
        site.move_clock(CLOCK_MOVED_S)  # promises fall due: the alarm that is left has to notice
        took["the machine that watches the mailbox is cut off"] = _taken_over(site, clients, site.other(cut))
        cut.reconnect()
        wait_for(lambda: site.machines[0].run(site.houses[0]._answers), seconds=60)
        wait_for(lambda: site.machines[1].run(site.houses[1]._answers), seconds=60)

        lost = site.watching()
        lost.kill()
        took["the machine that watches the mailbox loses its power"] = _taken_over(site, clients, site.other(lost))
        house = site.houses[site.machines.index(lost)]
        house.process = None
        lost.run(house.start)

        site.database.first.kill()
        site.database.promote()
        took["the database loses its power, the standby is promoted"] = _taken_over(site, clients, None)

        clients.hurry.set()
        clients.wait()
        wait_for(lambda: _is_quiet(site, clients), seconds=180, every=1, because="all mail is fetched, no job is left")
        one, machine = site.houses[0], site.machines[0]
        audit = machine.run(lambda: audited(one))
        told = json.loads(machine.run(lambda: one.run("tests.proof.account")))
    finally:
        site.stop()
    handed_over = [line.split()[0] for line in site.sunk.read_text().splitlines()]
    with capsys.disabled():
        _print(took, clients, told, handed_over, audit, time.monotonic() - began)
    check_account(plan, clients, told, set(handed_over))
    assert max(max(spans.values()) for spans in took.values()) <= TAKEN_OVER_S, took


def _taken_over(site: Site, clients: Clients, by: Machine | None) -> dict[str, float]:
    """Seconds from now until the rest answers posts, fetches mail, has done what was under way and notices what is
    due."""
    assert clients.has_more(), "nothing is under load any more: send more"
    began = time.monotonic()
    posts = len(clients.answered_at)
    (mails,) = _at_last(site, "SELECT count(*) FROM channels_contact WHERE source_key LIKE 'imap:%'")
    under_way = [row[0] for row in site.ask("SELECT id FROM procrastinate_jobs WHERE status = 'doing'")]

    def answered() -> bool:
        return any(by is None or desk == by.address for _at, desk in clients.answered_at[posts:])

    def fetched() -> bool:
        if clients.appended == mails:
            return True
        found = site.ask(
            "SELECT count(*) FROM channels_contact WHERE source_key LIKE 'imap:%%' AND (%s::inet IS NULL OR EXISTS ("
            "SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND state = 'idle' "
            "AND objsubid = 1 AND client_addr = %s::inet))",
            by.address if by else None, by.address if by else None,
        )  # fmt: skip
        return bool(found) and found[0][0] > mails

    def worked_off() -> bool:
        left = "SELECT count(*) FROM procrastinate_jobs WHERE id = ANY(%s) AND status = 'doing' AND attempts = 0"
        found = site.ask(left, under_way)
        return bool(found) and found[0][0] == 0

    def rung() -> bool:
        late = "SELECT count(*) FROM sla_deadline WHERE next_alarm_at < now() + make_interval(secs => %s)"
        found = site.ask(late, CLOCK_MOVED_S - LATE_S)
        return bool(found) and found[0][0] == 0

    waited: dict[str, Callable[[], bool]] = {
        "posts": answered, "mail": fetched, "jobs": worked_off, "alarms": rung,
    }  # fmt: skip
    took: dict[str, float] = {}
    while waited and time.monotonic() - began < 3 * TAKEN_OVER_S:
        for name in [name for name, is_so in waited.items() if is_so()]:
            took[name] = round(time.monotonic() - began, 1)
            del waited[name]
        time.sleep(0.2)
    assert not waited, f"not taken over in {3 * TAKEN_OVER_S} s: {', '.join(waited)}; {took}"
    return took


def _at_last(site: Site, query: str) -> tuple:
    """Its one row, as soon as the database answers."""
    return wait_for(lambda: site.ask(query), seconds=60, because="the database answers")[0]


def _is_quiet(site: Site, clients: Clients) -> bool:
    found = site.ask(
        "SELECT (SELECT count(*) FROM channels_contact WHERE source_key LIKE 'imap:%'), "
        "(SELECT count(*) FROM channels_contact WHERE state = 'kept'), "
        "(SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing'))"
    )
    return bool(found) and found[0] == (clients.appended, 0, 0)


def _print(took: dict, clients: Clients, told: dict, handed_over: list[str], audit: str, whole: float) -> None:
    print(f"\nseveral machines, {whole:.0f} s; seconds until the rest had taken over:")
    for what, spans in took.items():
        print(f"  {what}: " + ", ".join(f"{name} {span:.1f}" for name, span in spans.items()))
    again = sum(count - 1 for count in Counter(handed_over).values())
    states = Counter((contact["way"], contact["state"]) for contact in told["contacts"])
    print("  kept: " + ", ".join(f"{count} {way} {state}" for (way, state), count in sorted(states.items())))
    print(
        f"  {len(told['tickets'])} tickets; {clients.posted} posts answered; {len(set(handed_over))} acknowledgements, "
        f"{again} of them handed over again; breaches: {told['breaches']['facts']}"
    )
    print(f"  history: {audit}", flush=True)
