"""The public web form in a browser: filled in, sent by an impatient hand, refused and sent again, without scripts."""

import json

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import STILL, picture
from tests.servers import running_house


@pytest.fixture(scope="module")
def house():
    with running_house() as house:
        json.loads(house.run("tests.prepare_portal", "make", "一"))
        yield house


def fill_in(page: Page, text: str = "热水器昨天晚上开始不加热，面板显示E2。") -> None:
    page.fill("[name=name]", "王小明")
    page.fill("[name=contact]", "wang@customer.example")
    page.check("[name=topic][value=function_fault]", force=True)
    page.fill("[name=text]", text)


def number_on(page: Page) -> str:
    page.wait_for_url("**/received/**")
    return page.locator("#number").inner_text()


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_a_customer_writes_and_gets_number_and_promise_with_one_of_many_clicks(house, person, width, dark):
    page = person(house, width=width, dark=dark)
    page.goto("/help")
    page.click("text=在这里留言")
    page.click("button[data-send]")
    expect(page.locator(".error").first).to_be_visible()
    expect(page.locator("[aria-invalid=true]").first).to_be_focused()
    picture(page, f"form-{width}")
    fill_in(page)
    page.wait_for_timeout(3_200)  # nobody is faster, and what is faster waits for a person
    page.evaluate(
        "document.querySelector('button[data-send]').click(), document.querySelector('button[data-send]').click()"
    )
    number = number_on(page)
    assert number.startswith("SH")
    expect(page.locator("time")).to_contain_text(":")
    picture(page, f"form-received-{width}")
    assert house.run("tests.ask_house", "tickets").split().count(number) == 1


def test_what_is_typed_is_sent_without_being_asked_whether_to_leave(house, person):
    page = person(house)
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto("/form/contact")
    page.keyboard.type("x")
    fill_in(page, "第二件事，和上次无关。")
    page.wait_for_timeout(3_200)
    page.click("button[data-send]")
    number_on(page)
    assert asked == []


def test_the_form_works_without_scripts(house, chromium: Browser):
    context = chromium.new_context(base_url=house.url, locale="zh-CN", java_script_enabled=False, **STILL)
    page = context.new_page()
    page.goto("/form/contact")
    fill_in(page, "没有脚本的浏览器也能写信。")
    page.wait_for_timeout(8_500)
    page.click("button[data-send]")
    assert number_on(page).startswith("SH")
    context.close()
