"""The lists agents live in."""

import re
from pathlib import Path

import pytest

from tests.story import Company, make_company, write_in
from tests.web.desk import HTMX, client_of, post
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.procedures.services import take_ticket
from yinuo.staff.models import Account, Presence, Team
from yinuo.tickets.models import Status, Ticket
from yinuo.web import components

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company(online=False)


def numbers(html: str) -> list[str]:
    return re.findall(r'data-row id="row-[^"]+".*?href="/tickets/([A-Z]+\d+)"', html)


def test_the_day_begins_at_the_queue_of_ones_team(company):
    client = client_of(company.agent)
    assert client.get("/")["Location"] == "/queue/service"


def test_whoever_is_not_logged_in_is_led_to_the_log_in(company, client):
    assert client.get("/queue/service")["Location"].startswith("/accounts/login/?next=")


def test_the_queue_shows_number_subject_customer_priority_and_deadline(company):
    ticket = write_in(company, subject="热水器漏水")
    html = client_of(company.agent).get("/queue/service").content.decode()
    assert numbers(html) == [ticket.number]
    assert "热水器漏水" in html and "张三" in html
    assert f'data-due="{ticket.next_due_at.isoformat(timespec="seconds")}"' in html
    assert f'data-topic="team:{company.first_line.id}"' in html


def test_an_empty_queue_says_what_to_do(company):
    html = client_of(company.agent).get("/queue/service").content.decode()
    assert "这个队列是空的" in html
    assert "/tickets/new" in html


def test_another_teams_queue_is_not_there(company):
    assert client_of(company.technician).get("/queue/service").status_code == 404
    assert client_of(company.supervisor).get("/queue/technical").status_code == 200, "sees all tickets"


def test_taking_takes_this_ticket_and_no_other(company):
    wanted = write_in(company)
    other = write_in(company, address="li@example.com", name="李四")
    answer = post(client_of(company.agent), wanted, "take", version=wanted.version)
    assert answer.status_code == 204
    wanted.refresh_from_db()
    other.refresh_from_db()
    assert (wanted.owner, wanted.status) == (company.agent, Status.OPEN)
    assert (other.owner, other.status) == (None, Status.NEW)
    assert wanted.steps.get().owner == company.agent


def test_the_second_who_takes_is_told_who_was_faster(company):
    ticket = write_in(company)
    seen = ticket.version
    take_ticket(
        ticket=ticket, account=company.second_agent, by=Actor.account(company.second_agent.id), now=clock.now(),
        version=seen,
    )  # fmt: skip
    answer = post(client_of(company.agent), ticket, "take", version=seen)
    assert answer.status_code == 409
    assert "何雨" in answer.content.decode()
    ticket.refresh_from_db()
    assert ticket.owner == company.second_agent


def test_a_form_of_one_ticket_changes_no_other(company):
    mine, other = write_in(company), write_in(company, address="li@example.com", name="李四")
    answer = post(client_of(company.agent), other, "take", version=other.version, ticket=mine.number)
    assert answer.status_code == 409
    assert answer["X-Error-Code"] == "wrong_ticket"
    assert not Ticket.objects.filter(owner__isnull=False).exists()


def test_taking_needs_a_post_with_its_token(company):
    ticket = write_in(company)
    assert client_of(company.agent).get(f"/tickets/{ticket.number}/take").status_code == 405
    answer = post(client_of(company.agent, csrf=True), ticket, "take", version=ticket.version)
    assert answer.status_code == 403


def test_a_long_queue_comes_page_by_page_without_gap_or_repetition(company):
    for number in range(53):
        write_in(company, address=f"c{number}@example.com", name=f"客户{number}")
    client = client_of(company.agent)
    html = client.get("/queue/service").content.decode()
    first = numbers(html)
    more = re.search(r'hx-get="(/queue/service\?part=rows[^"]+)"', html)
    rest = numbers(client.get(more[1].replace("&amp;", "&"), headers=HTMX).content.decode())
    assert len(first) == 50 and len(rest) == 3
    assert len({*first, *rest}) == 53
    looked = client.get("/queue/service?part=rows&shown=100", headers=HTMX).content.decode()
    assert numbers(looked) == first + rest, "a live look keeps what was loaded"


def test_counts_and_own_lists(company):
    ticket = write_in(company)
    write_in(company, address="li@example.com", name="李四")
    now = clock.now()
    take_ticket(ticket=ticket, account=company.agent, by=Actor.account(company.agent.id), now=now)
    client = client_of(company.agent)
    assert numbers(client.get("/mine").content.decode()) == [ticket.number]
    assert ticket.number not in client.get("/unowned/service").content.decode()
    assert numbers(client.get("/followed").content.decode()) == []
    nav = client.get("/queue/service?part=nav", headers=HTMX).content.decode()
    assert re.search(r'href="/mine".*?<span class="count">1</span>', nav)
    assert re.search(r'href="/queue/service".*?<span class="count">2</span>', nav)


def test_a_step_of_mine_on_a_colleagues_ticket_waits_for_me(company):
    ticket = write_in(company)
    take_ticket(ticket=ticket, account=company.agent, by=Actor.account(company.agent.id), now=clock.now())
    ticket.steps.update(owner=company.second_agent)
    assert numbers(client_of(company.second_agent).get("/steps").content.decode()) == [ticket.number]
    assert numbers(client_of(company.agent).get("/steps").content.decode()) == []


def test_the_queue_asks_the_database_little(company, django_assert_max_num_queries):
    for number in range(20):
        write_in(company, address=f"c{number}@example.com", name=f"客户{number}")
    client = client_of(company.agent)
    client.get("/queue/service")
    with django_assert_max_num_queries(12):
        client.get("/queue/service")
    with django_assert_max_num_queries(10):
        client.get("/queue/service?part=rows", headers=HTMX)


def test_the_queue_asks_no_more_with_more_teams(company, django_assert_max_num_queries):
    for number in range(8):
        Team.objects.create(code=f"t{number}", name=f"组{number}", calendar=company.first_line.calendar)
    client = client_of(company.supervisor)
    client.get("/queue/service")
    with django_assert_max_num_queries(12):
        client.get("/queue/service")


def test_rows_need_neither_tag_nor_filter():
    body = (Path(components.__file__).parent / "templates/components/ticket_rows.html").read_text("utf-8")
    body = body.split("{% endcomment %}", 1)[1]
    assert not re.search(r"\{%\s*(url|translate|include|load)", body)
    assert "|" not in re.sub(r"\{%.*?%\}", "", body)


def test_presence_is_not_needed_to_see_the_queue(company):
    Account.objects.update(presence=Presence.OFFLINE)
    assert client_of(company.agent).get("/queue/service").status_code == 200
