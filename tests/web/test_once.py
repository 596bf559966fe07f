"""A form sent again is carried out once and answered alike: second clicks, lost answers, proxies that try again."""

import re
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import get_template
from django.test import Client

from tests.story import SYSTEM, Company, make_company, write_in
from tests.web.desk import HTMX, active, client_of, post, press
from tests.web.test_ticket_page import ACCEPTED, newest
from yinuo.foundation import clock as house_clock
from yinuo.foundation.models import HistoryRow, SentForm
from yinuo.procedures.queries import step_stamp
from yinuo.tickets.links import token_for
from yinuo.tickets.models import Message, Ticket
from yinuo.tickets.services import add_inbound_message

pytestmark = pytest.mark.django_db
ARRIVED = "没有重复发送"


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def ticket(company) -> Ticket:
    return write_in(company)


def said(response: object) -> str:
    return response.headers.get("HX-Trigger", "").encode().decode("unicode_escape")  # type: ignore[attr-defined]


def test_an_answer_sent_again_goes_out_once_whatever_came_in_between(company, ticket):
    client, form = client_of(company.agent), {"text": "请断电一分钟。", "version": newest(ticket), "once": uuid4()}
    first = post(client, ticket, "answer", **form)
    now = house_clock.now()
    add_inbound_message(
        ticket=ticket, customer=ticket.customer, channel="email", text="又坏了", by=SYSTEM, at=now, now=now
    )
    again = post(client, ticket, "answer", **form)
    assert (first.status_code, again.status_code) == (204, 204)
    assert ARRIVED in said(again)
    assert Message.objects.filter(ticket=ticket, account=company.agent).count() == 1


def test_other_words_under_the_same_form_are_another_answer(company, ticket):
    """A page whose script failed must not swallow the next message."""
    client, once = client_of(company.agent), uuid4()
    for text in ("第一条", "第二条", "第二条"):
        assert post(client, ticket, "answer", text=text, version=newest(ticket), once=once).status_code == 204
    assert Message.objects.filter(ticket=ticket, account=company.agent).count() == 2


def test_the_same_words_from_a_new_form_are_said_twice(company, ticket):
    client = client_of(company.agent)
    for _time in range(2):
        assert post(client, ticket, "note", text="再打一次电话", once=uuid4()).status_code == 204
    assert Message.objects.filter(ticket=ticket, direction="internal").count() == 2


def test_a_note_with_a_file_is_kept_once_and_with_another_file_again(company, ticket):
    client, once = client_of(company.agent), uuid4()
    for content in (b"one", b"one", b"two"):
        file = SimpleUploadedFile("a.txt", content, "text/plain")
        assert post(client, ticket, "note", text="见附件", once=once, files=file).status_code == 204
    kept = Message.objects.filter(ticket=ticket, direction="internal").order_by("at")
    assert [message.attachments.get().size for message in kept] == [3, 3]


def test_a_form_of_one_person_stands_for_nothing_in_anothers_hands(company, ticket):
    once = uuid4()
    for account in (company.agent, company.supervisor):
        assert post(client_of(account), ticket, "note", text="同一句话", once=once).status_code == 204
    assert Message.objects.filter(ticket=ticket, direction="internal").count() == 2


def test_a_refused_form_may_be_sent_again(company, ticket):
    client, once = client_of(company.agent), uuid4()
    assert post(client, ticket, "answer", text="您好", cc="kein", version=newest(ticket), once=once).status_code == 422
    assert post(client, ticket, "answer", text=" ", version=newest(ticket), once=once).status_code == 422
    assert not SentForm.objects.exists()
    assert post(client, ticket, "answer", text="您好", version=newest(ticket), once=once).status_code == 204


def test_a_step_pressed_again_is_done_once_even_when_it_gave_the_ticket_away(company, ticket):
    client = client_of(company.agent)
    press(client, ticket, "accept", "accepted", **ACCEPTED)
    step = active(ticket, "handle")
    path = f"/tickets/{ticket.number}/steps/{step.id}/press"
    form = {
        "ticket": ticket.number, "button": "to_technical", "f.give_up_reason": "beyond_ability",
        "version": step_stamp(step), "once": uuid4(),
    }  # fmt: skip
    assert client.post(path, form, headers=HTMX).status_code == 204
    before = HistoryRow.objects.count()
    again = client.post(path, form, headers=HTMX)
    assert again.status_code == 204
    assert ARRIVED in said(again)
    assert HistoryRow.objects.count() == before
    assert client.post(path, {**form, "once": uuid4()}, headers=HTMX).status_code >= 400


def test_handing_over_twice_leaves_one_note_and_says_so_to_who_no_longer_sees_it(company, ticket):
    client = client_of(company.agent)
    ticket.refresh_from_db()
    form = {
        "to": f"{company.technical.id}:{company.technician.id}", "note": "请接手", "version": ticket.version,
        "once": uuid4(),
    }  # fmt: skip
    assert post(client, ticket, "assign", **form).status_code == 204
    again = post(client, ticket, "assign", **form)
    assert again.status_code == 204
    assert ARRIVED in said(again)
    assert Message.objects.filter(ticket=ticket, direction="internal").count() == 1


def test_a_ticket_noted_down_twice_is_one_and_both_lead_to_it(company):
    client = client_of(company.agent)
    form = {
        "name": "王五", "phone": "13912345678", "channel": "phone", "subject": "不制冷", "text": "打电话来说不制冷",
        "category": "function_fault", "urgency": "normal", "impact": "normal", "team": "service", "once": uuid4(),
    }  # fmt: skip
    places = [client.post("/tickets/new", form)["Location"] for _time in range(2)]
    assert places[0] == places[1] == f"/tickets/{Ticket.objects.get().number}"


def test_the_customers_message_sent_twice_is_one(ticket):
    browser = Client(HTTP_ACCEPT_LANGUAGE="zh-CN")
    browser.get(f"/t/{ticket.number}/{token_for(ticket)}")
    page = browser.get(f"/t/{ticket.number}").content.decode()
    found = re.search(r'name="once" value="([^"]+)"', page)
    assert found
    for _time in range(2):
        sent = browser.post(f"/t/{ticket.number}/reply", {"text": "晚上八点在家", "once": found[1]})
        assert sent.status_code == 303
    assert Message.objects.filter(ticket=ticket, channel="portal").count() == 1
    assert found[1] not in browser.get(f"/t/{ticket.number}").content.decode()


WRITING = {
    "console/tickets/composer.html": 2, "console/tickets/step.html": 1, "console/tickets/skip.html": 1,
    "console/tickets/assign.html": 1, "console/tickets/escalate.html": 1, "console/new_ticket.html": 1,
    "portal/talk.html": 1, "portal/asked.html": 3,
}  # fmt: skip


@pytest.mark.parametrize(("name", "forms"), WRITING.items())
def test_every_form_in_which_one_writes_has_an_id_of_its_own(name, forms):
    source = get_template(name).template.source
    assert source.count('<input type="hidden" name="once" value="{{ once }}">') == forms
