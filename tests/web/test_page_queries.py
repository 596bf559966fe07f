"""No page asks the database more than twelve times, and none more with more rows (DESIGN section 6)."""

import math
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.conftest import run_jobs
from tests.story import SYSTEM, Company, write_in
from tests.web.desk import HTMX, client_of, press
from tests.web.test_access import ADDRESSES, House, house  # noqa: F401 - a fixture
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.work import work
from yinuo.procedures.models import Step
from yinuo.procedures.services import accept_subtask, finish_subtask, open_subtask, take_ticket
from yinuo.staff.models import Account, Role
from yinuo.staff.services import notify
from yinuo.tickets.links import token_for
from yinuo.tickets.models import Ticket
from yinuo.tickets.services import add_inbound_message, add_note, follow
from yinuo.tickets.services.messages import NewFile
from yinuo.web.console import labels, procedure_words

pytestmark = pytest.mark.django_db
MOST = 12
LISTS = [
    "/queue/service", "/queue/service/new", "/unowned/service", "/recent/service", "/mine", "/steps", "/followed",
    "/all", "/search?q=热水器", "/overview", "/notices", "/customers", "/orders", "/orders?show=overdue",
    "/improvements", "/leads", "/leads?show=wrote", "/leads/news", "/quarantine", "/me",
    "/registers/after_sales_register", "/registers/order_register", "/registers/exports",
]  # fmt: skip
PARTS = ["rows", "nav", "mini"]


@pytest.fixture(autouse=True)
def names_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that a process looks up again every few seconds are looked up once, by the first look of `asked`."""
    for module, kept in ((labels, "_in_force"), (procedure_words, "_named")):
        monkeypatch.setattr(module, kept, (-math.inf, getattr(module, kept)[1]))
        monkeypatch.setattr(module, "KEPT_S", 3600)


def asked(client: Client, path: str, **headers: str) -> tuple[int, int]:
    """Status, and how often the database was asked. What a process keeps is kept before."""
    client.get(path, headers=headers)
    with CaptureQueriesContext(connection) as queries:
        status = client.get(path, headers=headers).status_code
    return status, len(queries)


def live_in(company: Company, ticket: Ticket) -> None:
    """A ticket with everything: taken, talked about, noted on, followed, with files and two steps done."""
    now = clock.now()
    by = Actor.account(company.agent.id)
    take_ticket(ticket=ticket, account=company.agent, by=by, now=now)
    for number in range(3):
        add_inbound_message(
            ticket=ticket, customer=ticket.customer, channel="email", text=f"热水器还是不加热，第 {number} 次",
            envelope={}, files=[NewFile(f"{number}.pdf", b"%PDF-1.4", "application/pdf")], by=SYSTEM, at=now, now=now,
        )  # fmt: skip
    add_note(
        ticket=ticket, account_id=company.agent.id, text="@周敏 请看", mentioned=[company.supervisor.id], by=by, now=now
    )
    follow(ticket=ticket, account=company.second_agent, reason="chosen", by=by, now=now)
    for number in range(2):
        task = open_subtask(ticket=ticket, team=company.technical, title=f"查明原因{number}", task="", by=by, now=now)
        expert = {"by": Actor.account(company.technician.id), "now": now}
        taken = accept_subtask(subtask=task, account=company.technician, **expert)
        finish_subtask(subtask=taken, text="查明", **expert)
    client = client_of(company.agent)
    press(client, ticket, "accept", "accepted", category=str(ticket.category_id or ""))
    run_jobs()


def people(company: Company) -> list[Account]:
    boss = company.supervisor
    boss.roles.set(Role.objects.all())
    return [company.agent, boss]


def test_no_page_of_the_console_asks_more_than_twelve_times(house):  # noqa: F811
    live_in(house.company, house.ticket)
    over, seen = [], 0
    for client in map(client_of, people(house.company)):
        for address in ADDRESSES:
            path = house.path(address)
            status, count = asked(client, path)
            seen += status == 200
            if count > MOST:
                over.append((path, count))
        for part in ("head", "talk", "run", "subtasks", "side", "orders"):
            _status, count = asked(client, f"/tickets/{house.ticket.number}?part={part}", **HTMX)
            if count > MOST:
                over.append((part, count))
    assert over == [], over
    assert seen > 90


def test_no_page_of_a_customer_asks_more_than_twelve_times(house):  # noqa: F811
    live_in(house.company, house.ticket)
    client = Client()
    client.get(f"/t/{house.ticket.number}/{token_for(house.ticket)}")
    found = {path: asked(client, path) for path in (f"/t/{house.ticket.number}", "/help", "/track", "/accounts/login/")}
    assert found[f"/t/{house.ticket.number}"][0] == 200
    assert {path: count for path, (_status, count) in found.items() if count > MOST} == {}


def more(of: House, rounds: range) -> None:
    """More of everything that lists show."""
    company, now = of.company, clock.now()
    for number in rounds:
        ticket = write_in(company, text="热水器不加热", address=f"c{number}@example.com", name=f"客户{number}")
        if number % 2:
            take_ticket(ticket=ticket, account=company.agent, by=Actor.account(company.agent.id), now=now)
        follow(ticket=ticket, account=company.agent, reason="chosen", by=SYSTEM, now=now)
        open_subtask(ticket=ticket, team=company.first_line, title="查明", task="", by=SYSTEM, now=now)
        Step.objects.filter(ticket=ticket).update(owner=company.agent if number % 2 == 0 else company.supervisor)
        with work():
            notify(
                accounts=[company.agent.id], kind="assigned", subject=("ticket", ticket.id), at=now, by=SYSTEM,
                ticket_id=ticket.id, once=f"more {number}", values={"number": ticket.number},
            )  # fmt: skip
    run_jobs()


def test_no_list_asks_more_with_more_rows(house):  # noqa: F811
    agent, boss = people(house.company)
    client, leader = client_of(agent), client_of(boss)
    more(house, range(3))
    paths = [(client, path, {}) for path in LISTS] + [(leader, path, {}) for path in LISTS]
    paths += [(client, f"{path}?part={part}", HTMX) for path in LISTS[:8] for part in PARTS]
    before = [asked(who, path, **headers) for who, path, headers in paths]
    more(house, range(3, 9))
    after = [asked(who, path, **headers) for who, path, headers in paths]
    assert [
        (paths[at][1], one, two) for at, (one, two) in enumerate(zip(before, after, strict=True)) if one != two
    ] == []
    assert sum(status == 200 for status, _count in after) > 40


def test_lists_go_on_after_rows_of_the_same_instant(house):  # noqa: F811
    """A cursor is a value and an id: of tickets changed or followed in the same moment none is left out or repeated."""
    now = clock.now()
    for number in range(55):
        ticket = write_in(house.company, address=f"c{number}@example.com", name=f"客户{number}")
        follow(ticket=ticket, account=house.company.agent, reason="chosen", by=SYSTEM, now=now)
    Ticket.objects.update(updated_at=now, next_due_at=None, owner=None)
    Ticket.objects.filter(number__endswith="1").update(next_due_at=now + timedelta(hours=1))
    client = client_of(house.company.agent)
    wanted = set(Ticket.objects.values_list("number", flat=True))
    for path in ("/queue/service", "/unowned/service", "/recent/service", "/followed", "/all"):
        found, url, headers = [], path, {}
        for _ in range(3):
            html = client.get(url, headers=headers).content.decode()
            found += re.findall(r'data-row id="row-[^"]+".*?href="/tickets/([A-Z]+\d+)"', html)
            more_url = re.search(rf'hx-get="({path}\?part=rows[^"]+after=[^"]+)"', html)
            if not more_url:
                break
            url, headers = more_url[1].replace("&amp;", "&"), HTMX
        assert len(found) == len(set(found)), path
        assert set(found) == wanted - ({house.ticket.number} if path == "/followed" else set()), path
