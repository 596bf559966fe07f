"""Tickets of a small company going through the measured flow by services, and the rows that a step leaves behind."""

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import psycopg
from tests.story import Company, make_company

from bench.desk.rows import NUMBERS, Changed, Rows, changed_rows, new_rows, statement_for
from bench.flow import STEPS, definition, entries
from yinuo.catalog.models import Category
from yinuo.customers.models import Customer
from yinuo.customers.services import identify
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor, ActorKind
from yinuo.foundation.work import work
from yinuo.procedures.models import Step, StepState
from yinuo.procedures.queries import access_step
from yinuo.procedures.services import FirstMessage, open_ticket, press_button, publish_procedure
from yinuo.tickets.models import Ticket

OTHERS = 60
MOVED = ("tickets_ticket", "procedures_run", "procedures_step", "sla_deadline")
"""Tables in which a step changes what is there."""
NOT_GROWN = ("foundation_history", "procrastinate_jobs")
AT_ONCE = 1000
SYSTEM = Actor.system("bench")
ROLES = frozenset(("agent",))
ENTRIES = dict(entries())


class Desk:
    """An agent who has every ticket and finishes its steps one after the other."""

    def __init__(self) -> None:
        self.company: Company = make_company()
        self.by = Actor(ActorKind.ACCOUNT, self.company.agent.id)
        self.category = Category.objects.select_related("scenario").get(code="function_fault")
        flow = definition(kinds={"accept": "dispatch", "carry_out": "technical_contact", "visit": "visit"})
        with work():
            publish_procedure(code=self.category.scenario.procedure, body=flow.to_json(), by=SYSTEM, now=clock.now())
        self.customer: Customer = self._customer()
        self.waiting: deque[Ticket] = deque()

    def _customer(self) -> Customer:
        with work():
            return identify(
                kind="email", value="zhang@example.com", name="张三", by=SYSTEM, now=clock.now(), source="mail"
            )[0]

    def open(self, many: int) -> None:
        """Tickets whose first step is the agent's."""
        for number in range(many):
            with work():
                self.waiting.append(
                    open_ticket(
                        customer=self.customer, team=self.company.first_line, channel="email", subject="热水器故障",
                        message=FirstMessage(text=f"热水器不加热，显示E2，麻烦看一下（{number}）。", at=clock.now()),
                        ticket_class=self.category.ticket_class, category=self.category, urgency="normal",
                        by=SYSTEM, now=clock.now(), acknowledge=False, owner=self.company.agent,
                    )
                )  # fmt: skip

    def finish(self, ticket: Ticket, keys: Sequence[str] = tuple(STEPS)) -> float:
        """These steps of the ticket, as the page has them done; how many seconds it took. The page has named the step
        in its address."""
        took = 0.0
        for key in keys:
            step_id = Step.objects.values_list("id", flat=True).get(ticket=ticket, key=key, state=StepState.ACTIVE)
            began = time.perf_counter()
            press_button(
                step=access_step(ticket, step_id), button="done", fields=ENTRIES[key], roles=ROLES,
                account_id=self.company.agent.id, by=self.by, now=clock.now(),
            )  # fmt: skip
            took += time.perf_counter() - began
        return took

    def grow(self, connection: psycopg.Connection, runs: int) -> None:
        """Copies of a ticket that has gone through, its run, steps, promises and message, until there are so many runs.
        History, to which a step only adds, is left out."""
        at = datetime.now(UTC)

        def one() -> None:
            self.open(1)
            self.finish(self.waiting.pop())

        rows = [rows for rows in new_rows(connection, one) if rows.table not in NOT_GROWN]
        there = connection.execute("SELECT count(*) FROM procedures_run").fetchone()
        missing = runs - int(there[0] if there else 0)
        while missing > 0:
            connection.execute(statement_for(rows, at=at, times=min(missing, AT_ONCE)))
            missing -= AT_ONCE
        connection.execute("VACUUM ANALYZE")

    def rate(self, seconds: float) -> float:
        """Steps a second, tickets having been opened before."""
        self.open(max(0, 30 - len(self.waiting)))
        done, spent = 0, 0.0
        while spent < seconds:
            if not self.waiting:
                self.open(30)
            spent += self.finish(self.waiting.popleft())
            done += len(STEPS)
        return done / spent


class Floor:
    """The rows that the steps of one ticket insert and change, each step's in one prepared statement, on a connection
    of its own with a commit after each. New rows have keys of their own; what is changed are rows of the same kind of
    other tickets, so that they are as cold as a desk's are. What a step reads, decides and encrypts is not in it."""

    def __init__(self, address: str, desk: Desk) -> None:
        self.connection = psycopg.connect(address, autocommit=True)
        self.connection.execute(f"CREATE SEQUENCE IF NOT EXISTS {NUMBERS} START 5000000")
        desk.open(OTHERS)
        for _ in range(OTHERS - 1):
            desk.finish(desk.waiting.popleft())
        ticket = desk.waiting.pop()
        self._statements: list[str] = []
        self.values = 0
        for key in STEPS:
            at = datetime.now(UTC)
            changed: list[Changed] = []

            def finish(key: str = key, changed: list[Changed] = changed) -> None:
                changed += changed_rows(self.connection, MOVED, partial(desk.finish, ticket, (key,)))

            found = new_rows(self.connection, finish)
            self.values += sum(len(rows.columns) * len(rows.values) for rows in found)
            self.values += sum(len(row.columns) for row in changed)
            done = [self._as_done(rows) for rows in found]
            self._statements.append(statement_for(done, at=at, changed=changed).removesuffix(";\n"))

    @staticmethod
    def _as_done(rows: Rows) -> Rows:
        """A step is under way once in a run: the copies are of finished ones."""
        if rows.table != "procedures_step":
            return rows
        place = next(at for at, column in enumerate(rows.columns) if column.name == "state")
        return replace(rows, values=tuple((*row[:place], "done", *row[place + 1 :]) for row in rows.values))

    def rate(self, seconds: float) -> float:
        done, began = 0, time.perf_counter()
        while time.perf_counter() - began < seconds:
            for statement in self._statements:
                self.connection.execute(statement, prepare=True)
            done += len(self._statements)
        return done / (time.perf_counter() - began)
