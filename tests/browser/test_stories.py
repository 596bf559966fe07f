"""Whole matters in the browser, in one house: an order from the shop to a low score worked on, an enquiry that becomes
a lead and comes back, a complaint from an angry call to the second visit. Each moves the clock further on."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import faultless, picture
from tests.browser.steps import SHANGHAI, do_step, fill, is_at
from tests.servers import Dovecot, House, Relay, mail_to_service, running_house, wait_for

NUMBER = "SC-10086"
CUSTOMER = "zhang.san@customer.example"
DAY = 24 * 3600
MONTH = 30 * DAY + 60


@pytest.fixture(scope="module")
def house(servers: tuple[Dovecot, Relay]) -> Iterator[House]:
    dovecot, relay = servers
    with running_house() as house:
        house.run("tests.prepare_stories", "make", str(dovecot.imap), str(relay.port))
        yield house


def ask(house: House, *words: str) -> Any:
    return json.loads(house.run("tests.prepare_stories", *words))


def put_order(house: House) -> None:
    """As the shop does it."""
    token = ask(house, "token", "web shop")
    shipping = house.now() + timedelta(days=9)
    order = {
        "customer": {"kind": "phone", "value": "13900002222", "name": "李秀英"}, "amount": "2598.00",
        "payment_state": "paid", "address": "杭州市西湖区文三路 100 号", "owner": "yan",
        "lines": [{"model": "BX-60L", "quantity": "2", "price": "1299.00"}],
        "milestones": [{"kind": "shipping", "planned_at": shipping.isoformat()}],
    }  # fmt: skip
    request = urllib.request.Request(
        f"{house.url}/api/v1/orders/{NUMBER}", method="PUT", data=json.dumps(order).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )  # fmt: skip
    with urllib.request.urlopen(request) as answer:
        assert answer.status in (200, 201)


def act(page: Page, what: str, **fields: object) -> None:
    """Follows the link of an act on the order's page, fills its form in and sends it."""
    page.locator(f"main a[href*='/orders/{NUMBER}/'][href$='/{what}']").first.click()
    for name, value in fields.items():
        field = page.locator(f"main [name={name}]").first
        if field.get_attribute("type") in ("radio", "checkbox"):
            page.locator(f"main [name={name}]" + ("" if value is True else f"[value='{value}']")).check(force=True)
        elif isinstance(value, datetime):
            field.fill(f"{value.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}")
        else:
            field.fill(str(value))
    page.locator("main form .btn-primary").click()
    page.wait_for_url(f"**/orders/{NUMBER}")


def test_an_order_is_confirmed_meets_an_exception_and_ends_with_an_improvement(
    house: House, person: Callable[..., Page]
) -> None:  # fmt: skip
    put_order(house)
    clerk = person(house, username="yan")
    clerk.goto("/orders?show=mine")
    row = clerk.locator("#order-list tr", has_text=NUMBER)
    expect(row).to_contain_text("李秀英")
    row.get_by_role("link", name=NUMBER).click()
    main = clerk.locator("main")

    # checked, confirmed, told within two hours
    act(clerk, "confirm", customer=True, model=True, quantity=True, payment=True, address=True)
    expect(main).to_contain_text("告知订单信息")
    act(clerk, "tell", way="phone")
    act(clerk, "announce", way="phone")
    expect(main).to_contain_text("已预告")
    picture(clerk, "order-confirmed")

    # not in stock: taken up, settled with the customer, the date moved, the result told; then the order goes on
    act(clerk, "exception", kind="out_of_stock", note="60 升只剩一台")
    expect(main).to_contain_text("异常启动处理")
    expect(clerk.locator(".page-head")).to_contain_text("异常")
    picture(clerk, "order-exception")
    faultless(clerk)
    act(clerk, "start")
    act(clerk, "settle", option="postpone", plan="等下一批，晚四天到，送一次清洗")
    act(clerk, "move", planned_at=house.now() + timedelta(days=13), reason="60 升缺货，下批到货")
    act(clerk, "result", result="客户同意晚四天", way="phone")
    expect(clerk.locator(".page-head")).to_contain_text("待生产")
    act(clerk, "delay", way="phone")
    act(clerk, "reach")

    # the handbook's forms are laid out from it, as they stand
    papers = clerk.locator("section[aria-labelledby=order-documents]")
    picture(clerk, "order-documents")
    papers.get_by_role("link", name="节点预警通知记录", exact=True).click()
    expect(clerk.locator("article.paper")).to_contain_text("告知延期 · 电话")
    clerk.goto(f"/orders/{NUMBER}")
    papers.get_by_role("link", name="异常订单处理表", exact=True).click()
    expect(clerk.locator("article.paper")).to_contain_text("客户同意晚四天")
    faultless(clerk)
    picture(clerk, "order-document")
    with clerk.expect_download() as taken:
        clerk.get_by_role("link", name="PDF", exact=True).click()
    assert taken.value.suggested_filename.startswith(f"{NUMBER}-异常订单处理表-")
    clerk.goto(f"/orders/{NUMBER}")

    # the customer rings about it: the ticket names the order, promises nothing beside it, and waits there
    clerk.goto("/tickets/new")
    clerk.locator("[name=name]").fill("李秀英")
    clerk.locator("[name=phone]").fill("13900002222")
    clerk.locator("[name=subject]").fill("订单什么时候到")
    clerk.locator("[name=text]").fill("说好的日子到了吗？")
    clerk.locator("[name=category]").select_option("order_problem")
    clerk.get_by_role("button", name="建立工单").click()
    clerk.wait_for_url("**/tickets/DD*")
    about = clerk.url
    do_step(clerk, "taken_over", order_number=NUMBER, matter="under_way")
    is_at(clerk, "在订单里办理")
    expect(clerk.locator("li[data-state=now]")).to_contain_text("待生产")
    expect(clerk.locator("#ticket-head .promises")).not_to_contain_text("节点预告")
    picture(clerk, "order-ticket")
    clerk.goto(f"/orders/{NUMBER}")
    act(clerk, "state", state="signed")
    clerk.goto(about)
    is_at(clerk, "履约满意度")
    picture(clerk, "order-ticket-ask")
    clerk.goto(f"/orders/{NUMBER}")

    # asked how it went: a low score opens an improvement, which whoever leads works on
    act(clerk, "fulfilment", satisfaction="2", goods_intact="no", on_time="no", feedback="晚了四天，箱子还破了")
    expect(main).to_contain_text("2 分")
    picture(clerk, "order-answered")
    expect(main.get_by_role("link", name="待分析")).to_be_visible(timeout=10_000)
    faultless(clerk)
    supervisor = person(house, username="zhou")
    supervisor.goto("/improvements")
    improvement = supervisor.locator("#improvement-list tr", has_text=NUMBER)
    expect(improvement).to_contain_text("晚了四天，箱子还破了")
    improvement.get_by_role("link").click()
    supervisor.locator("[name=cause]").fill("缺货没有在接单时发现")
    supervisor.locator("[name=action]").fill("接单前自动查库存")
    picture(supervisor, "order-improvement")
    supervisor.get_by_role("button", name="保存").click()
    expect(supervisor.locator(".page-head")).to_contain_text("措施进行中")
    clerk.reload()
    expect(main).to_contain_text("措施进行中")
    clerk.goto("/registers/order_register")
    expect(clerk.locator("main tr", has_text=NUMBER).first).to_contain_text("¥2,598")
    picture(clerk, "order-register")
    clerk.goto(about)
    is_at(clerk, "整理信息反馈单")


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
    wait_for(lambda: ask(house, "state", number)["status"] == "open", seconds=30)

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


def test_an_angry_call_is_led_by_the_director_agreed_to_carried_out_and_visited_twice(
    house: House, person: Callable[..., Page]
) -> None:  # fmt: skip
    # the call is noted down, and finds the one who handles complaints
    agent = person(house, username="lin")
    agent.goto("/tickets/new")
    agent.locator("[name=name]").fill("王建国")
    agent.locator("[name=phone]").fill("13900001111")
    agent.locator("[name=email]").fill("wang@customer.example")
    agent.locator("[name=subject]").fill("安装师傅迟到三小时，还跟我吵")
    agent.locator("[name=text]").fill("约好九点，十二点才来，地砖砸坏两块，一句道歉没有，还跟我吵。我要投诉。")
    agent.locator("[name=category]").select_option("complaint_service")
    agent.locator("[name=keep]").uncheck(force=True)
    picture(agent, "complaint-call")
    agent.get_by_role("button", name="建立工单").click()
    agent.wait_for_url("**/tickets/TS*")
    number = agent.url.rsplit("/", 1)[1]
    wait_for(lambda: ask(house, "state", number)["owner"] == "tang", seconds=20)
    picture(agent, "complaint-gone")
    agent.goto("/mine")

    # first the apology, then the form
    handler = person(house, username="tang")
    handler.goto(f"/tickets/{number}")
    is_at(handler, "联系安抚并受理")
    promises = handler.locator("#ticket-head .promises")
    expect(promises).to_contain_text("联系投诉客户")
    handler.keyboard.press("s")
    expect(handler.locator("#scripts")).to_contain_text("让您碰上这样的事，对不起")
    picture(handler, "complaint-scripts")
    handler.keyboard.press("Escape")
    do_step(
        handler, "accepted", contacted_at=house.now(), demand="赔地砖，师傅当面道歉", emotion="angry",
        promised_at=house.now() + timedelta(hours=3), promised_way="phone",
    )  # fmt: skip
    is_at(handler, "投诉定级")
    expect(promises).to_contain_text("投诉办结")
    do_step(handler, "graded", impact="high", customer_tier="key")

    # major: the director leads, and what was promised as a whole gives way to what a major one is promised
    is_at(handler, "调查核实(总监)")
    expect(promises).not_to_contain_text("投诉办结")
    assert ask(house, "state", number)["owner"] == "gao"
    director = person(house, username="gao")
    director.goto(f"/tickets/{number}")
    picture(director, "complaint-major")
    do_step(
        director, "found", method=["customer", "records"], findings="师傅晚到三小时，未提前告知；地砖是搬运时砸坏的。",
        responsible_department="technical",
    )  # fmt: skip
    is_at(director, "拟定处理方案(总监)")

    # an offer that is not the handler's to make
    handler.goto(f"/tickets/{number}")
    is_at(handler, "拟定处理方案(总监)")
    now = handler.locator("li[data-state=now]")
    expect(now).to_contain_text("“方案已定”由总监办理。")
    expect(now.locator("button[value=proposed]")).to_have_count(0)
    picture(handler, "complaint-authority")

    # the line is slow: what the director typed while the form looked again stays
    held: list[Route] = []
    director.route("**/look", lambda route: held.append(route))
    plan = "赔两块地砖并补贴 2000 元，师傅上门道歉"
    fill(director, remedy_kinds=["apology", "compensation"], remedy=plan, grounds="服务承诺第四条")
    held[-1].fulfill(response=held[-1].fetch())
    director.unroute("**/look")
    fill(director, compensation="2000")
    expect(director.locator("[name='f.remedy_kinds']:checked")).to_have_count(2)
    expect(director.locator("[name='f.remedy']")).to_have_value(plan)
    do_step(director, "proposed", planned_at=house.now() + timedelta(hours=48))
    is_at(handler, "与客户商定方案")

    # nothing is done before the customer agrees
    customer = person(house, width=390)
    customer.goto(ask(house, "link", number))
    expect(customer.locator("#asked")).to_contain_text("您同意这个方案吗？")
    expect(customer.locator("#asked")).to_contain_text("赔两块地砖并补贴 2000 元")
    picture(customer, "complaint-plan")
    customer.get_by_role("button", name="同意，请办理").click()
    expect(customer.locator("#asked")).not_to_contain_text("您同意这个方案吗？")
    is_at(handler, "执行方案")
    do_step(handler, "done", execution="地砖已换，2000 元已转，师傅上门道了歉。")
    is_at(handler, "告知结果并致谢")
    do_step(handler, "told", told_way="phone", improvement="上门前一小时必须电话确认")
    is_at(handler, "处理满意度回访")
    do_step(handler, "accepted", visit_way="phone", satisfaction="4", visit_note="客户接受，望不再迟到")

    # two days on, the second visit begins by itself
    expect(handler.locator("li[data-state=now]")).to_have_count(0)
    expect(handler.locator("li[data-state=next]").first).to_contain_text("重大投诉二次回访开始于")
    expect(promises).to_contain_text("二次回访")
    picture(handler, "complaint-between")
    for days in (2, *[1] * 10):
        house.move_clock(days * DAY + 60)
        if _began(house, number, "second_visit"):
            break
    handler = person(house, username="tang")
    handler.goto(f"/tickets/{number}")
    is_at(handler, "重大投诉二次回访")
    picture(handler, "complaint-second-visit")
    do_step(handler, "accepted", second_visit_note="没有反复，地砖完好", satisfaction="5")
    is_at(handler, "整理信息反馈单")
    do_step(handler, "recorded")
    is_at(handler, "审核")
    reviewer = person(house, username="shen")
    reviewer.goto(f"/tickets/{number}")
    do_step(reviewer, "passed", is_complete="true", is_in_form="true", items_right="true", is_true="true")
    expect(reviewer.locator("#ticket-head")).to_contain_text("已归档")
    picture(reviewer, "complaint-archived")
    reviewer.goto(f"/tickets/{number}/documents")
    for title in (
        "客户投诉受理表",
        "投诉分级结果",
        "调查报告",
        "投诉处理方案表",
        "方案执行记录",
        "投诉处理满意度回访记录",
    ):
        expect(reviewer.locator("main")).to_contain_text(title)
    faultless(reviewer)


def _began(house: House, number: str, step: str) -> bool:
    try:
        wait_for(lambda: step in ask(house, "state", number)["steps"], seconds=5)
    except AssertionError:
        return False
    return True
