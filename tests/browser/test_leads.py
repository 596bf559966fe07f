"""From an enquiry to the lead pool: graded, a proposal, no intent yet, the month's news, and back when it returns."""

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import picture
from tests.browser.steps import do_step, is_at
from tests.browser.test_procedures import faultless
from tests.servers import Dovecot, House, Relay, mail_to_service, wait_for

CUSTOMER = "zhang.san@customer.example"
MONTH = 30 * 24 * 3600 + 60


@pytest.fixture(scope="module")
def house(servers: tuple[Dovecot, Relay], tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    dovecot, relay = servers
    house = House(tmp_path_factory.mktemp("leads"))
    try:
        house.start()
        house.run("tests.prepare_stories", "make", str(dovecot.imap), str(relay.port))
        yield house
    finally:
        house.stop()


def test_an_enquiry_becomes_a_lead_hears_news_and_comes_back(
    house: House, servers: tuple[Dovecot, Relay], person: Callable[..., Page]
) -> None:  # fmt: skip
    dovecot, relay = servers
    agent = person(house, username="lin")
    agent.goto("/queue/service")
    relay.send(mail_to_service("想了解空气能热水器的价格，家里四口人，请报个价。", subject="空气能热水器报价咨询"))
    row = agent.locator("#queue tr", has_text="空气能热水器报价咨询")
    row.locator("a").first.click()
    is_at(agent, "接待并登记需求")
    number = agent.locator("#ticket-head .number").inner_text()
    assert number.startswith("SQ")
    picture(agent, "presales-enquiry")
    do_step(agent, "recorded", product="空气能热水器", feature_preference="省电、静音", budget_range="8000 元内")
    is_at(agent, "需求分级与初步方案")
    do_step(agent, "graded", urgency="normal", value="high", is_complex="false", first_proposal="先看 200 升的")
    expect(agent.locator("li[data-state=done]", has_text="需求分级与初步方案")).to_contain_text("非紧急高价值")

    seller = person(house, username="feng")
    seller.goto(f"/tickets/{number}")
    is_at(seller, "提交售前方案")
    do_step(
        seller, "sent", feature_match="200 升够四口人用", quote="6800", schedule="一周内送装", preferred_channel="email"
    )
    is_at(seller, "跟进意向")
    picture(seller, "presales-follow-up")
    do_step(seller, "not_yet", follow_up_plan="搬新家以后，春节前再问")
    is_at(seller, "潜在客户池")

    seller.get_by_role("link", name="潜在客户", exact=True).click()
    lead = seller.locator("#lead-list tr", has_text=number)
    expect(lead).to_contain_text("空气能热水器 · 非紧急高价值")
    expect(lead).to_contain_text("还没有新动态")
    faultless(seller)
    seller.get_by_role("link", name="产品动态").click()
    seller.get_by_label("动态内容").fill("200 升空气能下月起立减 600 元，到 1 月底。")
    picture(seller, "lead-news")
    faultless(seller)
    seller.get_by_role("button", name="发布").click()
    expect(seller.locator("article")).to_contain_text("立减 600 元")
    seller.goto("/leads")
    expect(lead).to_contain_text("1 条新动态")

    # the bell of the month rings: the news lies in the customer's mailbox, and he answers
    house.move_clock(MONTH)
    news = wait_for(
        lambda: next((one for one in dovecot.mails_of(CUSTOMER) if "立减 600 元" in one.get_content()), None),
        seconds=40,
    )
    assert "空气能热水器" in news.get_content()
    relay.send(
        mail_to_service("优惠还有吗？我们装修好了。", subject="Re: 产品动态", In_Reply_To=news["Message-ID"])
    )  # fmt: skip
    wait_for(lambda: json.loads(house.run("tests.prepare_stories", "state", number))["status"] == "open", seconds=30)

    seller = person(house, username="feng")
    seller.goto("/leads?show=wrote")
    lead = seller.locator("#lead-list tr", has_text=number)
    expect(lead).to_contain_text("×1")
    picture(seller, "leads")
    lead.get_by_role("link", name="客户又有兴趣").click()
    seller.get_by_label("后续跟进计划").fill("周五前按优惠价重新报价")
    picture(seller, "lead-back")
    faultless(seller)
    seller.get_by_role("button", name="回到方案").click()
    is_at(seller, "提交售前方案")
    expect(seller.locator("li[data-state=now]")).to_contain_text("第 2 轮")
    seller.goto("/leads")
    expect(seller.locator("#lead-list")).to_contain_text("池里还没有人")
