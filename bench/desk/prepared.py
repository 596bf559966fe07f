"""Tickets as the API leaves them, without a worker that would look after them; and the rows that one leaves behind."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import psutil
import psycopg

from bench.desk.pgbench import run_scripts
from bench.desk.posts import EXAMPLES, body, make_desk
from bench.desk.rows import NUMBERS, Rows, new_rows, statement_for
from yinuo.channels.services.posting import Post, receive_post
from yinuo.config.postgres import Cluster
from yinuo.customers.models import IdentityKind
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor


class Tickets:
    """Of a small company whose mailbox sends to `smtp_port`."""

    def __init__(self, address: str, smtp_port: int) -> None:
        self.address = address
        self._numbers = count(1)
        make_desk(address, smtp_port)
        self._connection = psycopg.connect(address, autocommit=True)

    def open(self, many: int) -> None:
        """Each by a new customer."""
        for _ in range(many):
            number = next(self._numbers)
            asked = body(number, f"new{number}@customer.example")
            receive_post(
                post=Post(
                    channel="api", subject=str(asked["subject"]), text=str(asked["text"]),
                    identity_kind=IdentityKind.EMAIL, address=f"new{number}@customer.example", name=f"客户{number}",
                ),
                source_key=f"bench:{number}", raw=json.dumps(asked).encode(), by=Actor.system("bench"), now=clock.now(),
            )  # fmt: skip

    def waiting(self, handed_over: int) -> int:
        """Tickets whose acknowledgement has not been handed over."""
        return self._count("tickets_ticket") - handed_over

    def jobs(self) -> int:
        return self._count("procrastinate_jobs WHERE queue_name IN ('facts', 'mail', 'now')")

    def ids(self) -> set[str]:
        return {str(id) for (id,) in self._connection.execute("SELECT id FROM tickets_ticket")}

    def account(self, mails: Path) -> None:
        """Every ticket was acknowledged once, its mail is marked as sent, everything in it is found."""
        ids = [line.split()[0] for line in mails.read_text().splitlines()]
        tickets = self._count("tickets_ticket")
        assert len(set(ids)) == len(ids) == tickets, (len(set(ids)), len(ids), tickets)
        sent = self._count("tickets_message WHERE state = 'sent'", "DISTINCT ticket_id")
        assert sent == tickets, (sent, tickets)

    def _count(self, rows: str, what: str = "*") -> int:
        return int(self._connection.execute(f"SELECT count({what}) FROM {rows}").fetchone()[0])  # noqa: S608 - tables that this file names


class Floor:
    """pgbench with the rows that the consequences of real tickets left, each ticket's in one prepared statement: all
    but those whose own key is the ticket's (the suggested class, the subject in the search index)."""

    def __init__(
        self, cluster: Cluster, tickets: Tickets, folder: Path, worker: psutil.Process, wait: Callable[[], None]
    ) -> None:
        """`wait` returns when the worker has done all there is to do."""
        self._cluster, self._address = cluster, tickets.address
        self._scripts: list[Path] = []
        self.tables = self.values = 0
        tickets.open(EXAMPLES)
        wait()
        with psycopg.connect(tickets.address, autocommit=True) as connection:
            connection.execute(f"CREATE SEQUENCE {NUMBERS} START 5000000")
            for number in range(EXAMPLES):
                at = datetime.now(UTC)
                worker.suspend()
                tickets.open(1)

                def follow() -> None:
                    worker.resume()
                    wait()

                found = [self._without(rows, tickets.ids()) for rows in new_rows(connection, follow)]
                found = [rows for rows in found if rows.values]
                script = folder / f"ticket{number}.sql"
                script.write_text(statement_for(found, at=at))
                self._scripts.append(script)
                self.tables = max(self.tables, len(found))
                self.values = max(self.values, sum(len(rows.columns) * len(rows.values) for rows in found))

    @staticmethod
    def _without(rows: Rows, ids: set[str]) -> Rows:
        own = [at for at, column in enumerate(rows.columns) if column.is_primary]
        return replace(rows, values=tuple(row for row in rows.values if not ids & {row[at] for at in own}))

    def rate(self, connections: int, seconds: float) -> float:
        """Tickets a second."""
        return run_scripts(self._cluster, self._address, self._scripts, connections=connections, seconds=seconds)
