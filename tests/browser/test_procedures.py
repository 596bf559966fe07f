"""A supervisor changes a procedure on screen, sees what is wrong as it arises, tries it; somebody else reviews and
publishes it: only new tickets follow it, until a person moves one."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import faultless, picture
from tests.servers import House, running_house


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with running_house() as house:
        yield house


def ask(house: House, *words: str) -> Any:
    return json.loads(house.run("tests.prepare_procedures", *words))


def test_a_procedure_changed_and_reviewed_counts_for_new_tickets_only(
    house: House, person: Callable[..., Page]
) -> None:  # fmt: skip
    author, reviewer = ask(house, "make")
    old = ask(house, "ticket", "甲")

    # on a phone the roles stay in sight while the picture is moved sideways
    phone = person(house, username=author, width=390)
    phone.goto("/settings/procedures/after_sales")
    frame = phone.locator(".picture-wrap").first
    frame.scroll_into_view_if_needed()
    frame.evaluate("frame => { frame.scrollLeft = 900; }")
    expect(phone.locator(".picture text", has_text="客服专员").first).to_be_hidden()
    expect(phone.locator(".picture-names text", has_text="客服专员").first).to_be_in_viewport()

    page = person(house, username=author)
    page.goto("/settings/procedures")
    page.get_by_role("link", name="售后问题处理").click()
    page.get_by_role("button", name="修改流程").click()
    expect(page.get_by_role("heading", name="草稿：售后问题处理")).to_be_visible()

    # a step behind the first one; its problems stand there until it is whole
    page.get_by_role("link", name="新增步骤").click()
    page.get_by_label("名称（中文）").fill("主管复核")
    page.get_by_label("名称（英语）").fill("Second look")
    page.get_by_label("角色").select_option("客服主管")
    page.get_by_label("排在哪一步后面").select_option("受理与分类")
    page.get_by_role("button", name="存入草稿").click()
    expect(page.locator("main")).to_contain_text("没有路走到这一步")
    expect(page.locator("main")).to_contain_text("这一步之后没有下一步")
    faultless(page)

    # how far from a date, and by which clock, is asked only where a date is chosen
    far = [page.get_by_label(label, exact=True) for label in ("之前或之后", "多久", "单位", "计时")]
    for field in far:
        expect(field).to_be_hidden()
    page.get_by_label("按日期").select_option("来信(来电)时间")
    for field in far:
        expect(field).to_be_visible()
    page.get_by_label("多久").fill("2")
    faultless(page)
    page.get_by_label("按日期").select_option("立即")
    for field in far:
        expect(field).to_be_hidden()
    page.get_by_label("做什么（中文）").fill("主管再看一遍")
    page.get_by_role("button", name="存入草稿").click()
    expect(page.get_by_label("按日期")).to_have_value("")
    expect(page.get_by_label("做什么（中文）")).to_have_value("主管再看一遍")

    page.get_by_role("link", name="添加：按钮").click()
    page.get_by_label("按钮文字（中文）").fill("同意")
    page.get_by_label("按钮文字（英语）").fill("Agreed")
    page.get_by_role("button", name="存入草稿").click()
    page.get_by_role("link", name="添加：之后去哪").click()
    page.get_by_label("解决或引导").check(force=True)
    expect(page.locator("#judged")).to_contain_text("解决或引导")
    page.locator("[name=when_0_field]").select_option("紧急度")
    value = page.locator("[name=when_0_value]")
    expect(value).to_be_visible()
    value.select_option("紧急")
    expect(page.locator("#judged")).to_contain_text("“紧急度”等于“紧急”")
    expect(page.locator("#judged")).to_contain_text("没有在任何情况下都成立的下一步")
    page.locator("[name=when_0_field]").select_option("—")
    expect(page.locator("#judged")).to_contain_text("一律")
    faultless(page)
    page.get_by_role("button", name="存入草稿").click()

    # a limit of the new step
    page.get_by_role("link", name="添加：时限规则").click()
    page.locator("[name=kind]").select_option("技术联系客户")
    expect(page.locator("#judged")).to_contain_text("从这一步开始起算")
    page.get_by_role("button", name="存入草稿").click()
    expect(page.locator("#part-limits")).to_contain_text("技术联系客户")

    # the way there, from the first step
    page.get_by_role("link", name="草稿：售后问题处理").click()
    page.get_by_role("link", name="受理与分类", exact=True).click()
    page.locator("#part-next").get_by_role("link", name="解决或引导").click()
    page.get_by_label("解决或引导").uncheck(force=True)
    page.get_by_label("主管复核").check(force=True)
    expect(page.locator("#judged")).to_contain_text("没有问题")
    page.get_by_role("button", name="存入草稿").click()
    expect(page.locator(".draft-bar")).to_contain_text("没有问题")
    picture(page, "procedure-step")

    # tried with a clock that is moved by hand
    page.get_by_role("link", name="试走").click()
    page.get_by_role("button", name="建立工单").click()
    page.get_by_role("button", name="受理完成").click()
    expect(page.get_by_role("heading", name="主管复核")).to_be_visible()
    expect(page.locator("aside")).to_contain_text("技术联系客户")
    page.get_by_role("button", name="＋1 天").click()
    expect(page.locator("aside")).to_contain_text("已超时")
    faultless(page)
    picture(page, "procedure-try")
    page.get_by_role("button", name="同意").click()
    expect(page.get_by_role("heading", name="解决或引导")).to_be_visible()
    assert list(ask(house, "runs")) == [old], "nothing of it was kept"

    # handed to somebody else
    page.goto("/settings/procedures/after_sales/draft/review")
    expect(page.locator("main")).to_contain_text("新增步骤")
    page.get_by_label("原因").fill("复杂问题先复核")
    page.get_by_role("button", name="提交评审").click()
    expect(page.locator("main")).to_contain_text("不能由您发布")
    expect(page.get_by_role("button", name="发布")).to_have_count(0)
    assert ask(house, "runs")[old][0] == 1

    other = person(house, username=reviewer)
    other.goto("/notices")
    other.get_by_role("link", name="流程草稿等您评审").click()
    expect(other.get_by_role("heading", name="您的评审")).to_be_visible()
    faultless(other)
    picture(other, "procedure-review")
    other.get_by_role("button", name="发布").click()
    expect(other.locator("main")).to_contain_text("第 2 版")
    expect(other.locator("main")).to_contain_text("复杂问题先复核")

    new = ask(house, "ticket", "乙")
    runs = ask(house, "runs")
    assert runs[old] == [1, ["accept"], False]
    assert runs[new] == [2, ["accept"], False]

    # a person moves the old one, after a look
    page.goto(f"/tickets/{old}/version")
    expect(page.locator("main")).to_contain_text("继续，已用时间保留")
    faultless(page)
    page.get_by_label("原因").fill("新流程更稳妥")
    page.get_by_role("button", name="改按第 2 版办理").click()
    page.wait_for_url(f"**/tickets/{old}")
    assert ask(house, "runs")[old] == [2, ["accept"], False]
