"""An agent asks another department: it accepts, answers, is asked for more; then the agent goes on."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import faultless, picture
from tests.servers import House, running_house


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with running_house() as house:
        yield house


def test_a_department_is_asked_accepts_and_answers(house: House, person: Callable[..., Page]) -> None:
    number = house.run("tests.prepare_subtasks").strip()
    agent = person(house, username="lin")
    agent.goto(f"/tickets/{number}")
    tasks = agent.locator("#side-subtasks")
    expect(tasks).to_contain_text("查明不加热的原因")
    expect(tasks).to_contain_text("待接手")
    expect(agent.locator("#run")).to_contain_text("等下列子任务办结后才能完成")

    # another one by hand, with limits as agreed
    tasks.get_by_role("button", name="派给其他部门").click()
    agent.locator("#sheet [name=team]").select_option("技术部 · 技术支持")
    agent.get_by_label("要办什么").fill("寄一套加热管样品")
    agent.get_by_label("具体说明").fill("客户说楼里三户都这样，请先寄样品给张三。")
    agent.get_by_label("要求多久接手").fill("4")
    agent.get_by_label("要求多久办结").fill("2")
    faultless(agent)
    picture(agent, "subtask-open")
    agent.get_by_role("button", name="派出").click()
    by_hand = tasks.locator("li.subtask", has_text="寄一套加热管样品")
    expect(by_hand).to_contain_text("待接手")
    expect(by_hand.locator(".chip-deadline", has_text="移交后接手")).to_be_visible()
    expect(by_hand.locator(".chip-deadline", has_text="子任务办结")).to_be_visible()
    picture(agent, "subtask-asked")

    # the department finds it in its list, accepts and answers
    expert = person(house, username="wu")
    expert.goto("/steps")
    row = expert.locator("#queue tr", has_text=number)
    expect(row).to_contain_text("待接手：寄一套加热管样品")
    picture(expert, "subtask-list")
    row.locator("a").first.click()
    first = expert.locator("li.subtask", has_text="查明不加热的原因")
    expect(expert.get_by_role("button", name="答复客户")).to_have_count(0)
    first.get_by_role("button", name="接手").click()
    expect(first).to_contain_text("办理中")
    expect(tasks.locator("li.subtask", has_text="查明不加热的原因")).to_contain_text(
        "吴涛"
    )  # live, on the agent's page
    first.get_by_label("结果").fill("加热管坏了。")
    faultless(expert)
    picture(expert, "subtask-accepted")
    first.get_by_role("button", name="交回结果").click()
    expect(first).to_contain_text("已交结果")

    # not enough: another round
    result = tasks.locator("li.subtask", has_text="查明不加热的原因")
    expect(result).to_contain_text("加热管坏了。")
    expect(agent.locator("#run")).not_to_contain_text("等下列子任务办结后才能完成")
    result.get_by_role("button", name="退回补充…").click()
    agent.get_by_label("要补充什么").fill("是哪一批的？请写批号。")
    agent.locator("#sheet").get_by_role("button", name="退回补充").click()
    expect(result).to_contain_text("第 2 轮")
    expect(first).to_contain_text("是哪一批的？")
    first.get_by_label("结果").fill("批号 2408，整批换新。")
    first.get_by_role("button", name="交回结果").click()
    expect(result).to_contain_text("批号 2408")
    expect(agent.locator("#talk")).to_contain_text("批号 2408，整批换新。")
    faultless(agent)
    picture(agent, "subtask-answered")

    # what is no longer needed is withdrawn, with the reason
    by_hand.get_by_role("button", name="撤回…").click()
    agent.get_by_label("原因").fill("不用寄样品了")
    agent.locator("#sheet").get_by_role("button", name="撤回").click()
    expect(by_hand).to_contain_text("取消原因： 不用寄样品了")
    expert.goto("/steps")
    expect(expert.locator("#queue")).not_to_contain_text(number)
    expect(expert.locator("main")).to_contain_text("没有等您办理的步骤")

    for name, width, dark in (("dark", 1440, True), ("narrow", 390, False)):
        other = person(house, username="lin", width=width, dark=dark)
        other.goto(f"/tickets/{number}")
        if width < 600:
            other.get_by_role("button", name="流程与客户").click()
        else:
            faultless(other)
        other.locator("#side-subtasks").scroll_into_view_if_needed()
        picture(other, f"subtask-{name}")


def test_the_editor_writes_one_and_plays_it(house: House, person: Callable[..., Page]) -> None:
    page = person(house, username="zhou")
    page.goto("/settings/procedures/after_sales")
    page.get_by_role("button", name="修改流程").click()
    page.get_by_role("link", name="解决或引导", exact=True).click()
    expect(page.locator("#part-tasks")).to_contain_text("查明不加热的原因")
    page.get_by_role("link", name="添加：派给其他部门的子任务").click()
    page.get_by_label("要办什么（中文）").fill("核对保修期")
    page.get_by_label("要办什么（英语）").fill("Check the warranty")
    page.locator("[name=whom]").select_option("技术支持")
    page.locator("[name=limit]").select_option("子任务办结")
    expect(page.locator("#judged")).to_contain_text("没有派出的时机")
    page.get_by_label("步骤开始时派出").check(force=True)
    expect(page.locator("#judged")).to_contain_text("没有问题")
    faultless(page)
    picture(page, "subtask-editor")
    page.get_by_role("button", name="存入草稿").click()
    expect(page.locator("#part-tasks")).to_contain_text("核对保修期")
    faultless(page)
    picture(page, "subtask-step")
    page.get_by_role("link", name="草稿：售后问题处理").click()
    page.get_by_role("link", name="试走").click()
    page.locator("[name=act][value=begin]").click()
    for name, value in (("customer_name", "张三"), ("contact", "13800000000"), ("symptom", "E2")):
        page.locator(f"[name='f.{name}']").fill(value)
    page.locator("[name=act][value='press:accept:accepted']").click()
    expect(page.locator("#try-tasks")).to_be_visible()
    page.get_by_role("button", name="接手", exact=True).first.click()
    faultless(page)
    picture(page, "subtask-try")
