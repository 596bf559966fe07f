"""A complaint's remedy on the customer's page: agreed to or refused before anything is carried out (R-CP-3)."""

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client

from tests.procedures.test_story import press
from tests.story import Company, make_company, write_in
from yinuo.foundation import clock as house_clock
from yinuo.procedures.errors import StepDenied
from yinuo.procedures.models import Step, StepState
from yinuo.tickets.links import token_for
from yinuo.tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def ticket(company: Company) -> Ticket:
    """A complaint whose remedy waits for the customer's word."""
    ticket = write_in(company, category="complaint_service", subject="服务态度", text="师傅迟到，也没有道歉。")
    now = house_clock.now()
    press(
        ticket, "accept", "accepted", company.agent, customer_name="张三", contact="13800001234", contacted_at=now,
        content="师傅迟到", demand="道歉", emotion="upset", promised_at=now + timedelta(hours=3), promised_way="phone",
    )  # fmt: skip
    press(ticket, "grade", "graded", company.agent, impact="low", customer_tier="ordinary")
    press(
        ticket, "investigate", "found", company.agent, method=["records"], findings="晚到一小时，没有告知。",
        responsible_department="technical",
    )  # fmt: skip
    propose(ticket, company, "当面道歉")
    return ticket


def propose(ticket: Ticket, company: Company, remedy: str, planned_at: datetime | None = None) -> None:
    press(
        ticket, "remedy", "proposed", company.agent, remedy_kinds=["apology"], remedy=remedy, grounds="服务承诺第四条",
        planned_at=planned_at or house_clock.now() + timedelta(days=1),
    )  # fmt: skip


@pytest.fixture
def browser(ticket: Ticket) -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE="zh-CN")
    client.get(f"/t/{ticket.number}/{token_for(ticket)}")
    return client


def page(browser: Client, ticket: Ticket) -> str:
    return browser.get(f"/t/{ticket.number}").content.decode()


def seen(text: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', text)
    assert found
    return found[1]


def here(ticket: Ticket) -> str:
    return Step.objects.get(ticket=ticket, state=StepState.ACTIVE).key


def test_the_plan_stands_on_the_page_and_is_carried_out_when_agreed_to(browser, ticket):
    text = page(browser, ticket)
    assert "您同意这个方案吗？" in text and "当面道歉" in text and "服务承诺第四条" in text
    assert "没有告知。按照" in text, "a sentence written with its stop ends with one, not two"
    assert browser.post(f"/t/{ticket.number}/plan", {"answer": "yes", "seen": seen(text)}).status_code == 303
    assert here(ticket) == "carry_out"
    signed = Step.objects.get(ticket=ticket, key="agree")
    assert signed.outcome == "agreed"
    assert "您同意这个方案吗？" not in page(browser, ticket)


def test_what_was_agreed_to_stays_on_the_page_until_another_plan_is_made(browser, ticket, company):
    text = page(browser, ticket)
    assert "商定的方案" not in text
    browser.post(f"/t/{ticket.number}/plan", {"answer": "yes", "seen": seen(text)})
    shown = page(browser, ticket)
    agreed = re.search(r'id="agreed".*?</section>', shown, re.S)
    assert agreed
    for said in ("商定的方案", "处理方案", "当面道歉", "处理依据", "服务承诺第四条", "预计办完时间"):
        assert said in agreed[0]
    assert "您看行吗" not in agreed[0]
    press(ticket, "carry_out", "done", company.agent, execution="道歉了")
    assert "商定的方案" in page(browser, ticket)
    press(ticket, "tell", "told", company.agent, told_way="phone", improvement="上门前电话确认")
    assert Ticket.objects.get(id=ticket.id).status == "solved"
    assert "商定的方案" not in page(browser, ticket), "what is asked now is whether it is solved"
    press(ticket, "visit", "not_accepted", company.agent, visit_way="phone", visit_note="要书面道歉")
    assert here(ticket).startswith("remedy")
    assert "商定的方案" not in page(browser, ticket)


def test_a_refusal_with_words_asks_for_another_plan(browser, ticket, company):
    stamp = seen(page(browser, ticket))
    browser.post(f"/t/{ticket.number}/plan", {"answer": "no", "seen": stamp, "text": "要书面道歉"})
    assert here(ticket) == "remedy"
    assert Message.objects.get(ticket=ticket, channel="portal").text == "要书面道歉"
    propose(ticket, company, "书面道歉")
    assert "书面道歉" in page(browser, ticket)


def test_a_plan_that_was_changed_meanwhile_is_not_agreed_to(browser, ticket, company):
    old = seen(page(browser, ticket))
    press(ticket, "agree", "refused", company.agent, progress="客户来电要换方案")
    propose(ticket, company, "什么都不做")
    browser.post(f"/t/{ticket.number}/plan", {"answer": "yes", "seen": old})
    assert here(ticket) == "agree", "the customer agreed to something else"


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_an_answer_sent_once_more_is_none_to_the_same_words_put_to_the_customer_again(browser, ticket, company, answer):
    planned_at = house_clock.now() + timedelta(days=1)
    press(ticket, "agree", "refused", company.agent, progress="客户来电要换方案")
    propose(ticket, company, "当面道歉", planned_at)
    old = seen(page(browser, ticket))
    browser.post(f"/t/{ticket.number}/plan", {"answer": "no", "seen": old})
    propose(ticket, company, "当面道歉", planned_at)
    browser.post(f"/t/{ticket.number}/plan", {"answer": answer, "seen": old})
    assert here(ticket) == "agree"
    assert Step.objects.filter(ticket=ticket, key="agree", outcome="refused").count() == 2


def test_another_customers_link_agrees_to_nothing(browser, ticket, company):
    text = page(browser, ticket)
    other = write_in(company, address="li@example.com")
    stranger = Client(HTTP_ACCEPT_LANGUAGE="zh-CN")
    stranger.get(f"/t/{other.number}/{token_for(other)}")
    for number in (ticket.number, other.number):
        stranger.post(f"/t/{number}/plan", {"answer": "yes", "seen": seen(text)})
    assert here(ticket) == "agree"


def test_a_supervisors_remedy_is_for_a_supervisor_to_decide(ticket, company):
    press(ticket, "agree", "refused_upward", company.agent, progress="要见主管")
    remedy = {
        "remedy_kinds": ["compensation"], "remedy": "补 800 元", "compensation": "800", "grounds": "第四条",
        "planned_at": house_clock.now() + timedelta(days=1),
    }  # fmt: skip
    with pytest.raises(StepDenied) as refused:
        press(ticket, "remedy_supervisor", "proposed", company.agent, **remedy)
    assert "由客服主管或总监办理" in str(refused.value)
    press(ticket, "remedy_supervisor", "proposed", company.supervisor, **remedy)
    assert here(ticket) == "agree"
