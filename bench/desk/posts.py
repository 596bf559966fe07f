"""Posts to the desk's API for measurements: who may post, what is posted, what PostgreSQL can do at best with it."""

import json
import statistics
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from tests.story import SYSTEM, Company, make_company

from bench.desk.client import Client
from bench.desk.house import House
from bench.desk.pgbench import run_scripts
from bench.desk.rows import NUMBERS, new_rows, statement_for
from bench.desk.texts import request
from yinuo.channels.services.mailboxes import save_mailbox
from yinuo.config.postgres import Cluster
from yinuo.foundation import clock
from yinuo.staff.scopes import Scope
from yinuo.staff.services.tokens import make_token

PATH = "/api/v1/tickets"
KNOWN = 1000
"""Customers who have written before; every other post is by one of them."""
WARM_CLIENTS = 2
EXAMPLES = 4
"""Posts of new customers and of known ones whose rows PostgreSQL writes again, one statement each."""


@dataclass(frozen=True)
class Desk:
    """A company that takes posts; `headers` let them in."""

    address: str
    headers: dict[str, str]
    company: Company


def make_desk(address: str, smtp_port: int) -> Desk:
    """A small company with a mailbox that sends to `smtp_port`, and a token that may open tickets."""
    company = make_company()
    now = clock.now()
    save_mailbox(
        id=None, version=None, address="service@yinuo.example", name="一诺客服", team=company.first_line, imap_host="",
        imap_port=993, imap_security="tls", smtp_host="127.0.0.1", smtp_port=smtp_port, smtp_security="none",
        username="", password="", by=SYSTEM, now=now,
    )  # fmt: skip
    scopes = [Scope.CREATE_TICKETS, Scope.READ_TICKETS, Scope.WRITE_TICKETS]
    made = make_token(name="bench", scopes=scopes, queues=None, by=SYSTEM, now=now)
    return Desk(address, {"Authorization": f"Bearer {made.secret}"}, company)


def body(number: int, customer: str) -> dict[str, object]:
    subject, text = request(number)
    return {
        "customer": {"kind": "email", "value": customer, "name": f"客户{number % 977}"},
        "subject": subject,
        "text": text,
    }


def known(number: int) -> str:
    return f"known{number % KNOWN}@customer.example"


@contextmanager
def bodies(*, all_new: bool = False) -> Iterator[Path]:
    """A file for wrk: every other post by a new customer (or all), the others by known ones in turn."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "posts"
        lines = []
        for number in range(2 * KNOWN):
            subject, text = request(number)
            who = known(number) if number % 2 and not all_new else "new{n}@customer.example"
            post = body(number, who) | {"subject": subject, "text": f"{text}{{n}}"}
            lines.append(json.dumps(post, ensure_ascii=False))
        file.write_text("\n".join(lines) + "\n")
        yield file


def warm(house: House, desk: Desk) -> None:
    """The known customers write for the first time."""

    def write(first: int) -> None:
        client = Client(house.url, desk.headers)
        for number in range(first, KNOWN, WARM_CLIENTS):
            post_one(client, number, known(number), f"warm-{number}")
        client.close()

    with ThreadPoolExecutor(WARM_CLIENTS) as pool:
        for done in [pool.submit(write, first) for first in range(WARM_CLIENTS)]:
            done.result()


def post_one(client: Client, number: int, customer: str, key: str) -> None:
    """Raises AssertionError where it is not accepted."""
    post = json.dumps(body(number, customer), ensure_ascii=False).encode()
    reply = client.post(PATH, post, Content_Type="application/json", Idempotency_Key=key)
    assert reply.status == 201, reply.body


def _count(address: str, table: str) -> int:
    with psycopg.connect(address) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - a table that this file names


def count_tickets(desk: Desk) -> int:
    return _count(desk.address, "tickets_ticket")


def count_jobs(desk: Desk) -> int:
    return _count(desk.address, "procrastinate_jobs")


class Floor:
    """pgbench with the rows of real posts, each post in one prepared statement, on the same server."""

    def __init__(self, cluster: Cluster, house: House, desk: Desk, folder: Path) -> None:
        self.cluster, self.address = cluster, desk.address
        self.scripts: list[Path] = []
        self.tables = self.values = 0
        client = Client(house.url, desk.headers)
        with psycopg.connect(desk.address, autocommit=True) as connection:
            connection.execute(f"CREATE SEQUENCE {NUMBERS} START 5000000")
            ids = [
                str(row[0])
                for row in connection.execute("SELECT DISTINCT customer_id FROM tickets_ticket LIMIT %s", [KNOWN])
            ]
            for number in range(2 * EXAMPLES):
                again = number % 2 == 1
                at = datetime.now(UTC)
                who = known(number) if again else f"example{number}@customer.example"
                found = new_rows(connection, lambda n=number, who=who: post_one(client, n, who, f"example-{n}"))
                former = self._customer_of(connection) if again else ""
                script = folder / f"post{number}.sql"
                script.write_text(statement_for(found, at=at, returning=(former, ids) if again else None))
                self.scripts.append(script)
                self.tables = max(self.tables, len(found))
                self.values = max(self.values, sum(len(rows.columns) * len(rows.values) for rows in found))
        client.close()

    def _customer_of(self, connection: psycopg.Connection) -> str:
        newest = "SELECT customer_id FROM tickets_ticket ORDER BY opened_at DESC LIMIT 1"
        return str(connection.execute(newest).fetchone()[0])

    def rate(self, connections: int, seconds: float) -> float:
        """Transactions a second."""
        return run_scripts(self.cluster, self.address, self.scripts, connections=connections, seconds=seconds)


def medians(turns: int, *measures: Callable[[], float]) -> list[float]:
    """Each measured in turn, again and again; the median of each."""
    rounds = [[measure() for measure in measures] for _ in range(turns)]
    return [statistics.median(column) for column in zip(*rounds, strict=True)]
