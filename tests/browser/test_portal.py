"""The customer's page in a real browser: on a phone, without scripts, live, two tickets at once, accessible."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import STILL, faultless
from tests.servers import House, running_house

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with running_house() as house:
        yield house


@pytest.fixture(scope="module")
def links(house: House) -> dict[str, tuple[str, str]]:
    """Name → number and address of the secret link."""
    made = json.loads(house.run("tests.prepare_portal", "make", "甲", "乙", "丙", "丁", "戊"))
    return {name: (number, f"{house.url}/t/{number}/{token}") for name, (number, token) in made.items()}


@pytest.fixture
def plain_phone(chromium: Browser) -> Iterator[Page]:
    """A phone on which scripts do not run."""
    context = chromium.new_context(viewport=PHONE, locale="zh-CN", java_script_enabled=False, **STILL)
    yield context.new_page()
    context.close()


def test_without_scripts_a_customer_writes_confirms_scores_and_sees_that_we_go_on(house, links, plain_phone):
    number, link = links["甲"]
    page = plain_phone
    page.goto(link)
    assert page.url == f"{house.url}/t/{number}"
    page.fill("#text", "照片在附件里")
    photo = {"name": "面板.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff photo"}
    page.set_input_files("input[type=file]", photo)
    page.locator("#write .btn-primary").click()
    expect(page.locator("#talk")).to_contain_text("照片在附件里")
    with page.expect_download() as download:
        page.locator("#talk a", has_text="面板.jpg").click()
    assert Path(download.value.path()).read_bytes() == b"\xff\xd8\xff photo"
    house.run("tests.prepare_portal", "solve", number)
    page.goto(f"{house.url}/t/{number}")
    page.get_by_role("button", name="已解决").click()
    page.locator("input[name=satisfaction][value='2']").check(force=True)
    page.fill("textarea[name=suggestion]", "来回了两次")
    page.get_by_role("button", name="提交评价").click()
    expect(page.locator("#asked")).to_contain_text("您打了 2 分")
    expect(page.locator("#asked")).to_contain_text("二次处理")
    expect(page.locator("#asked")).to_contain_text("来回了两次")


def test_an_answer_shows_by_itself_and_what_is_half_written_stays(house, links, person: Callable[..., Page]):
    number, link = links["乙"]
    page = person(house, width=390)
    page.goto(link)
    expect(page.locator("html")).to_have_attribute("data-live", "up")
    page.fill("#text", "写到一半")
    house.run("tests.prepare_portal", "answer", number, "工程师明天上午联系您")
    expect(page.locator("#talk")).to_contain_text("工程师明天上午联系您", timeout=10_000)
    expect(page.locator("#text")).to_have_value("写到一半")
    page.locator("#write .btn-primary").click()
    expect(page.locator("#talk")).to_contain_text("写到一半")
    expect(page.locator("#text")).to_have_value("")


def test_a_look_answered_late_does_not_take_back_what_the_customer_did_since(house, links, person: Callable[..., Page]):
    number, link = links["戊"]
    house.run("tests.prepare_portal", "solve", number)
    page = person(house, width=390)
    page.goto(link)
    expect(page.locator("html")).to_have_attribute("data-live", "up")
    held = []

    def hold_the_first(route):
        if held or route.request.method != "GET":
            route.continue_()
        else:
            held.append((route, route.fetch()))

    page.route(f"{house.url}/t/{number}", hold_the_first)
    page.evaluate("document.getElementById('ticket').dispatchEvent(new CustomEvent('live', { bubbles: false }))")
    while not held:
        page.wait_for_timeout(50)
    page.get_by_role("button", name="已解决").click()
    page.locator("input[name=satisfaction][value='2']").check(force=True)
    with page.expect_response(lambda answer: answer.request.method == "GET"):
        route, before = held[0]
        route.fulfill(response=before)
    page.wait_for_timeout(500)
    expect(page.locator("input[name=satisfaction][value='2']")).to_be_checked()
    page.get_by_role("button", name="提交评价").click()
    expect(page.locator("#asked")).to_contain_text("您打了 2 分")


def test_two_tickets_in_one_browser_never_mix(house, links, person: Callable[..., Page]):
    first = person(house, width=390)
    second = first.context.new_page()
    first.goto(links["丙"][1])
    second.goto(links["丁"][1])
    first.fill("#text", "写给丙")
    first.locator("#write .btn-primary").click()
    expect(first.locator("#talk")).to_contain_text("写给丙")
    second.reload()
    expect(second.locator("#number")).to_have_text(links["丁"][0])
    expect(second.locator("#talk")).not_to_contain_text("写给丙")
    expect(first.locator("#number")).to_have_text(links["丙"][0])


@pytest.mark.parametrize("dark", [False, True])
def test_the_customers_pages_are_accessible_and_fit_a_phone(house, links, person: Callable[..., Page], dark):
    page = person(house, width=390, dark=dark)
    number, link = links["丁"]
    if not dark:
        house.run("tests.prepare_portal", "solve", number)
    for address in (links["丙"][1], link, f"{house.url}/help", f"{house.url}/track", f"{house.url}/t/{number}x"):
        page.goto(address)
        faultless(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], address
    page.goto(links["丙"][1])
    ends = "e => [e, e.closest('.card')].map(one => one.getBoundingClientRect().bottom)"
    form_ends, card_ends = page.locator("#write").evaluate(ends)
    assert form_ends <= card_ends, "where one writes stands in its card"
