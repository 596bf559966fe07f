"""An ordinary agent at the desk, over real HTTP: logged in by the form, one connection, one request after the other."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from urllib.parse import quote, urlencode

import psycopg

from bench.desk.client import Client, Reply
from bench.desk.datasets import Desk
from bench.desk.house import running

WORDS = (
    "退款", "投诉", "发票", "换货", "蓝牙耳机", "热水器", "智能手表", "重复扣款", "按键失灵", "翻译笔",
    "满意度", "回访",
)  # fmt: skip
SEEN = """
    SELECT t.number FROM tickets_ticket t JOIN staff_teammember m ON m.team_id = t.team_id
    JOIN staff_account a ON a.id = m.account_id WHERE a.username = %s AND t.id >= %s::uuid ORDER BY t.id LIMIT 1
"""
QUEUES = """
    SELECT q.code FROM staff_team q JOIN staff_teammember m ON m.team_id = q.id
    JOIN staff_account a ON a.id = m.account_id WHERE a.username = %s AND q.active ORDER BY q.code
"""


@dataclass
class Visitor:
    """`tickets`: numbers all over the years, that this agent may see; `queues`: codes of theirs."""

    client: Client
    queues: list[str]
    tickets: list[str]

    def page(self, path: str) -> Reply:
        """Raises `AssertionError` for anything but a page of somebody logged in."""
        reply = self.client.get(path)
        if reply.status != 200 or b'name="yinuo-viewer"' not in reply.body:
            raise AssertionError(f"{path}: {reply.status}")
        return reply

    def part(self, path: str) -> Reply:
        """What the page fetches by itself once it stands."""
        reply = self.client.ask("GET", path, headers={"HX-Request": "true"})
        if reply.status != 200:
            raise AssertionError(f"{path}: {reply.status}")
        return reply

    def queue(self, turn: int) -> float:
        return self.page(f"/queue/{self.queues[turn % len(self.queues)]}").seconds

    def ticket(self, turn: int) -> float:
        return self.page(f"/tickets/{self.tickets[turn % len(self.tickets)]}").seconds

    def column(self, turn: int) -> float:
        return self.part(f"/tickets/{self.tickets[turn % len(self.tickets)]}?part=side").seconds

    def search(self, turn: int) -> float:
        return self.page(f"/search?q={quote(WORDS[turn % len(WORDS)])}").seconds


@contextmanager
def visiting(desk: Desk) -> Iterator[Visitor]:
    """The desk's web processes and front server, as `yinuo up` starts them, and the agent logged in."""
    with running(desk.address, ("web", "front"), environment=desk.environment, data=desk.data) as house:
        with psycopg.connect(desk.address) as connection:
            queues = [code for (code,) in connection.execute(QUEUES, [desk.agent])]
            tickets = _spread(connection, desk.agent)
        client = Client(house.url, logged_in(house.url, desk.agent, desk.password))
        try:
            yield Visitor(client, queues, tickets)
        finally:
            client.close()


def _spread(connection: psycopg.Connection, agent: str, count: int = 250) -> list[str]:
    """Tickets at places drawn evenly from all."""
    rng = Random(7)
    ids = connection.execute("SELECT percentile_disc(%s::float8[]) WITHIN GROUP (ORDER BY id) FROM tickets_ticket", [
        sorted(rng.random() for _ in range(count))
    ]).fetchone()  # fmt: skip
    found = [connection.execute(SEEN, [agent, ticket_id]).fetchone() for ticket_id in (ids or ([],))[0]]
    numbers = [row[0] for row in found if row]
    rng.shuffle(numbers)
    return numbers


def logged_in(url: str, agent: str, password: str) -> dict[str, str]:
    """The cookies of a log-in."""
    client = Client(url)
    form = client.get("/accounts/login/")
    token = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', form.body)
    assert token is not None, form.status
    cookies = _cookies(form)
    sent = {"login": agent, "password": password, "csrfmiddlewaretoken": token[1].decode()}
    answer = client.ask(
        "POST", "/accounts/login/", urlencode(sent).encode(),
        {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookies, "Referer": url},
    )  # fmt: skip
    client.close()
    assert answer.status == 302, answer.status
    return {"Cookie": _cookies(answer)}


def _cookies(reply: Reply) -> str:
    return "; ".join(cookie.split(";")[0] for cookie in reply.cookies)
