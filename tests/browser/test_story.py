"""The whole story in the browser, with Dovecot and a real SMTP server: from the customer's mail to the kept promise."""

import re
import time
from collections.abc import Callable
from email.message import EmailMessage
from statistics import median

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import picture
from tests.servers import Dovecot, Relay, mail_to_service, running_house, wait_for

CUSTOMER = "zhang.san@customer.example"


@pytest.fixture(scope="module")
def house(servers: tuple[Dovecot, Relay]):
    dovecot, relay = servers
    with running_house() as house:
        house.run("tests.prepare_story", str(dovecot.imap), str(relay.port))
        yield house


def mail_saying(dovecot: Dovecot, words: str, *, after: int = 0) -> EmailMessage | None:
    """The customer's first mail with these words, past the first `after` ones."""
    return next((mail for mail in dovecot.mails_of(CUSTOMER)[after:] if words in mail.get_content()), None)


def open_from_queue(page: Page, subject: str) -> str:
    """By keyboard: down the list to the row, Enter. The number of the ticket that opened."""
    row = page.locator("#queue tr", has_text=subject)
    expect(row).to_be_visible()
    for _ in range(10):
        page.keyboard.press("j")
        if page.evaluate("document.activeElement.closest('tr')?.innerText || ''").find(subject) >= 0:
            break
    page.keyboard.press("Enter")
    expect(page.locator("#subject")).to_have_text(subject)
    return page.locator("#ticket-head .number").inner_text()


def test_a_mail_appears_on_an_open_screen_within_two_seconds(house, servers, person):
    _dovecot, relay = servers
    page = person(house, username="lin")
    page.goto("/queue/service")
    expect(page.locator("#queue-title")).to_be_visible()
    waits = []
    for number in range(4):
        subject = f"遥控器没反应{number}"
        sent = time.monotonic()
        relay.send(mail_to_service("按键没有反应。", subject=subject, sender=f"c{number}@customer.example"))
        expect(page.locator("#queue")).to_contain_text(subject)
        waits.append(time.monotonic() - sent)
    assert median(waits[1:]) < 2, waits


def test_the_whole_story(house, servers, person: Callable[..., Page]):
    dovecot, relay = servers
    agent = person(house, username="lin")
    agent.goto("/queue/service")
    mail = mail_to_service("热水器不加热，面板显示E2，昨晚开始的。", subject="热水器不加热")
    relay.send(mail)
    expect(agent.locator("#queue")).to_contain_text("热水器不加热")
    picture(agent, "queue")
    number = open_from_queue(agent, "热水器不加热")
    assert number.startswith("SH")
    expect(agent.locator("#ticket-head .promises .chip-deadline").first).to_have_attribute("data-state", "running")

    # answered by keyboard: the answer lies in the customer's mailbox, in the thread of his mail
    agent.keyboard.press("r")
    agent.locator("#reply-text").fill("您好，请先断电一分钟，再看是否还显示E2。")
    agent.keyboard.press("Control+Enter")
    expect(agent.locator("main")).to_contain_text("请先断电一分钟")
    answer = wait_for(
        lambda: next((one for one in dovecot.mails_of(CUSTOMER) if "请先断电一分钟" in one.get_content()), None),
        seconds=30,
    )
    assert answer["In-Reply-To"] == mail["Message-ID"]
    assert mail["Message-ID"] in answer["References"]
    assert answer["Auto-Submitted"] is None

    # the customer writes back by mail: appended, shown without a reload
    back = mail_to_service("断电后好了一会儿，又显示E2。", subject="Re: 热水器不加热", In_Reply_To=answer["Message-ID"])
    relay.send(back)
    expect(agent.locator("main")).to_contain_text("又显示E2", timeout=10_000)

    # accepted and solved by the steps' forms
    step = agent.locator("li[data-state=now] form")
    for name, value in (("problem_type", "function_fault"), ("urgency", "normal"), ("complexity", "normal")):
        step.locator(f"input[name='f.{name}'][value={value}]").check(force=True)
    step.locator("button[value=accepted]").click()
    expect(agent.locator("li[data-state=now]")).to_contain_text("解决或引导")
    picture(agent, "ticket")
    step.locator("input[name='f.solution_way'][value=remote]").check(force=True)
    step.locator("textarea[name='f.solution']").fill("清洗水流传感器后复位")
    step.locator("button[value=solved]").click()
    expect(agent.locator("#ticket-head")).to_contain_text("已解决")

    # the customer follows the link, confirms, scores 2
    notice = wait_for(
        lambda: (
            next((one for one in dovecot.mails_of(CUSTOMER) if "清洗水流传感器" in one.get_content()), None)
            or next((one for one in dovecot.mails_of(CUSTOMER)[2:] if "/t/" in one.get_content()), None)
        ),
        seconds=30,
    )
    link = re.search(r"http://\S+/t/\S+", notice.get_content()).group()
    customer = person(house, width=390)
    customer.goto(link)
    expect(customer.locator("#number")).to_have_text(number)
    assert link.rsplit("/", 1)[1] not in customer.url, "the secret stays in the address bar"
    expect(customer.locator("main")).to_contain_text("又显示E2")
    picture(customer, "portal")
    customer.get_by_role("button", name="已解决").first.click()
    customer.locator("input[name=satisfaction][value='2']").check(force=True)
    customer.locator("textarea[name=suggestion]").fill("来回了两次才好")
    customer.locator("form:has(input[name=satisfaction]) button.btn-primary").click()
    expect(customer.locator("#asked")).to_contain_text("您打了 2 分")

    # second handling has begun on the agent's open screen, and an improvement is open
    expect(agent.locator("li[data-state=now]")).to_contain_text("解决或引导", timeout=10_000)
    expect(agent.locator("li[data-state=now]")).to_contain_text("2")
    expect(agent.locator("#ticket-head")).to_contain_text("处理中")
    supervisor = person(house, username="zhou")
    supervisor.goto("/improvements")
    expect(supervisor.locator("main")).to_contain_text(number)
    assert house.run("tests.ask_house", "round", number).strip() == "2 open 2"


def test_a_deadline_passes_warned_breached_when_due_supervisor_told_once(house, servers, person):
    _dovecot, relay = servers
    agent = person(house, username="lin")
    agent.goto("/queue/service")
    relay.send(mail_to_service("冰箱一直响。", subject="冰箱异响", sender="wang@customer.example"))
    expect(agent.locator("#queue")).to_contain_text("冰箱异响")
    number = open_from_queue(agent, "冰箱异响")
    to_warning, to_due = map(float, house.run("tests.ask_house", "seconds_to_warning_and_due", number).split())
    house.move_clock(to_warning + 60)
    wait_for(lambda: "sla.DeadlineWarned" in house.run("tests.ask_house", "kinds", number), seconds=30)
    house.move_clock(to_due - to_warning + 600)
    wait_for(lambda: "sla.DeadlineBreached" in house.run("tests.ask_house", "kinds", number), seconds=30)
    assert house.run("tests.ask_house", "breach_dated_when_due", number).strip() == "True"
    wait_for(lambda: house.run("tests.ask_house", "told", number, "zhou").strip() == "1", seconds=30)
    agent.reload()
    expect(agent.locator("#ticket-head .promises [data-look=breach]").first).to_be_visible()
    picture(agent, "ticket-breached")
    supervisor = person(house, username="zhou")
    supervisor.goto("/notices")
    main = supervisor.locator("main")
    expect(main.get_by_text(number).or_(main.get_by_text("个时限已超时")).first).to_be_visible()
    time.sleep(2)
    assert house.run("tests.ask_house", "told", number, "zhou").strip() == "1"
