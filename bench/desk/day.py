"""A day at a small desk, compressed: mails, posts, answers, steps, pages and alarms, ten minutes at a time."""

import json
import smtplib
from email.message import EmailMessage
from email.utils import make_msgid
from http import HTTPStatus
from itertools import count
from urllib.parse import quote

from tests.servers import House
from tests.story import PASSWORD

from bench.desk.client import Client
from bench.desk.posts import PATH, Desk, body
from bench.desk.texts import SEARCH_WORDS, request
from bench.desk.visits import logged_in
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import YinuoError
from yinuo.procedures.models import Step, StepState
from yinuo.procedures.services import press_button
from yinuo.staff.permissions import Viewer
from yinuo.tickets.models import Ticket

TURN_S = 600
POSTS, MAILS, PAGES, ANSWERS, STEPS = 3, 2, 3, 2, 2
FIELDS = {
    "accept": {
        "customer_name": "张三", "contact": "zhang.san@customer.example", "symptom": "不加热",
        "problem_type": "function_fault", "urgency": "normal", "complexity": "normal",
    },
    "handle": {"solution_way": "remote", "solution": "断电重启"},
}  # fmt: skip
BUTTONS = {"accept": "accepted", "handle": "solved"}


class Day:
    """Counts what it did; raises AssertionError where the desk refuses what it should take."""

    def __init__(self, house: House, desk: Desk) -> None:
        self.house, self.company = house, desk.company
        self.numbers = count(1)
        self.program = Client(house.url, desk.headers)
        self.agent = self._at_work()
        self.steps = self.pages = 0

    def _at_work(self) -> Client:
        return Client(self.house.url, logged_in(self.house.url, self.company.agent.username, PASSWORD))

    def turn(self) -> None:
        """What happens in ten minutes; then they are over."""
        for _ in range(POSTS):
            self.post()
        for _ in range(MAILS):
            self.mail()
        tickets = list(Ticket.objects.filter(is_open=True).order_by("-id")[: max(PAGES, ANSWERS, STEPS)])
        for ticket in tickets[:ANSWERS]:
            self.answer(ticket)
        for _ in range(STEPS):
            self.step()
        for ticket in tickets[:PAGES]:
            self.look(f"/tickets/{ticket.number}")
        self.look("/queue/service")
        self.look(f"/search?q={quote(SEARCH_WORDS[next(self.numbers) % len(SEARCH_WORDS)])}")
        self.house.move_clock(TURN_S)

    def post(self) -> None:
        number = next(self.numbers)
        post = json.dumps(body(number, f"day{number % 300}@customer.example"), ensure_ascii=False).encode()
        reply = self.program.post(PATH, post, Content_Type="application/json", Idempotency_Key=f"day-{number}")
        assert reply.status == 201, reply.body

    def mail(self) -> None:
        number = next(self.numbers)
        subject, text = request(number)
        mail = EmailMessage()
        mail["From"], mail["To"] = f"mail{number % 300}@customer.example", "service@yinuo.example"
        mail["Subject"], mail["Message-ID"] = subject, make_msgid(domain="customer.example")
        mail.set_content(text)
        with smtplib.SMTP("127.0.0.1", self.house.port + 1) as door:
            door.send_message(mail)

    def answer(self, ticket: Ticket) -> None:
        sent = json.dumps({"kind": "reply", "text": "您好，我们正在处理，今天之内给您答复。"}).encode()
        path = f"{PATH}/{ticket.number}/messages"
        reply = self.program.post(path, sent, Content_Type="application/json", Idempotency_Key=f"{next(self.numbers)}")
        assert reply.status == 201, reply.body

    def step(self) -> None:
        """The oldest step that the agent can do."""
        account = self.company.agent
        for step in Step.objects.filter(state=StepState.ACTIVE, key__in=FIELDS).order_by("started_at")[:20]:
            try:
                press_button(
                    step=step, button=BUTTONS[step.key], fields=FIELDS[step.key], roles=Viewer(account).role_codes,
                    account_id=account.id, by=Actor.account(account.id), now=clock.now(),
                )  # fmt: skip
            except YinuoError:  # another procedure's step of this name, with a form of its own
                continue
            self.steps += 1
            return

    def look(self, path: str) -> None:
        reply = self.agent.get(path)
        if reply.status == HTTPStatus.FOUND:  # a session ends after half a day
            self.agent = self._at_work()
            reply = self.agent.get(path)
        assert reply.status == 200, (path, reply.status)
        self.pages += 1
