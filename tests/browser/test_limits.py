"""A supervisor changes a limit on screen, sees what it would do, and publishes it: only new tickets follow."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import faultless
from tests.servers import House, running_house


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with running_house() as house:
        yield house


def ask(house: House, *words: str) -> Any:
    return json.loads(house.run("tests.prepare_limits", *words))


def test_a_limit_changed_on_screen_counts_for_new_tickets_only(house: House, person: Callable[..., Page]) -> None:
    supervisor = ask(house, "make")
    old = ask(house, "ticket", "甲")
    before = ask(house, "limits")[old]
    assert before[:2] == [120, 1]

    page = person(house, username=supervisor)
    page.goto("/settings/limits")
    page.get_by_role("button", name="修改时限").click()
    expect(page.get_by_role("heading", name="时限草稿")).to_be_visible()
    page.locator("#limit-first_answer").get_by_role("link", name="编辑").click()
    page.get_by_role("link", name="其余情况", exact=True).click()

    # what is wrong shows while typing, without saving
    page.get_by_label("时限", exact=True).fill("45")
    page.get_by_label("单位").select_option("分钟")
    expect(page.locator("#judged")).to_contain_text("45 分钟 · 服务时间")
    expect(page.locator("#judged")).to_contain_text("没有问题")
    page.locator("[name=warn_1_amount]").fill("2")
    page.locator("[name=warn_1_way]").select_option("小时前")
    expect(page.locator("#judged")).to_contain_text("比整个时限还早")
    page.locator("[name=warn_1_amount]").fill("10")
    page.locator("[name=warn_1_way]").select_option("分钟前")
    expect(page.locator("#judged")).to_contain_text("没有问题")
    page.get_by_role("button", name="存入草稿").click()
    expect(page.locator(".draft-bar")).to_contain_text("1 处改动")
    assert ask(house, "limits")[old] == before, "a draft changes nothing"

    page.get_by_role("link", name="试算").click()
    row = page.locator("tbody tr", has_text="首次答复").filter(has_not_text="渠道").first
    expect(row).to_contain_text(old)
    expect(row).to_contain_text("−1 小时 15 分钟")
    row.get_by_role("button", name="原因").click()
    expect(page.locator("#explain")).to_contain_text("45 分钟 · 服务时间")
    expect(page.locator("#explain")).to_contain_text("剩下的时间怎么算")
    page.keyboard.press("Escape")

    page.goto("/settings/limits/draft/publish")
    expect(page.locator("main")).to_contain_text("有 1 个到期时间会变：1 个提前，0 个推后")
    faultless(page)
    page.get_by_label("原因").fill("缩短首次答复")
    page.get_by_role("button", name="发布").click()
    expect(page.locator("main")).to_contain_text("第 2 版")
    expect(page.locator("main")).to_contain_text("缩短首次答复")

    new = ask(house, "ticket", "乙")
    limits = ask(house, "limits")
    assert limits[old] == before, "what was promised stays promised"
    assert limits[new][:2] == [45, 2]
