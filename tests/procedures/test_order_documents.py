"""Documents of an order of the house: laid out from what it holds, in its customer's language, masked (R-DO-1)."""

import io
from datetime import timedelta
from decimal import Decimal

import pypdf
import pytest
from tests.orders.ordering import MONDAY, SYSTEM, buyer, make_company, ordered, shipping

from yinuo.domain.documents import Sheet, shown
from yinuo.foundation.actors import Actor
from yinuo.orders.models import Order
from yinuo.orders.permissions import access_order
from yinuo.orders.services import (
    announce_milestone,
    confirm_order,
    move_milestone,
    plan_exception,
    plan_milestone,
    reach_milestone,
    report_exception,
    review_contract,
    set_state,
    sign_contract,
    start_exception,
    submit_contract,
    tell_delay,
    tell_exception,
    write_contract,
)
from yinuo.procedures.documents.book import book_in_force
from yinuo.procedures.documents.of_orders import order_forms, order_sheet, printed_order
from yinuo.procedures.documents.pdf import make_pdf
from yinuo.staff.permissions import Viewer

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ADDRESS = "广东省深圳市南山区科技园路 1 号"


@pytest.fixture
def company():
    return make_company()


@pytest.fixture
def order(company) -> Order:
    return ordered(company, number="SC-1", amount=Decimal("2898.00"), address=ADDRESS, lines=[
        (None, "BX-60L", 2, Decimal("1299.00")), (None, "安装服务", 1, None),
    ])  # fmt: skip


def laid(company, order: Order, key: str, *, whole: bool = True, now=MONDAY) -> Sheet | None:
    row = access_order(Viewer(company.agent), order.number)
    return order_sheet(row, key, book_in_force(), whole=whole, now=now)


def sections(sheet: Sheet) -> dict[str, dict[str, str]]:
    return {title: {line.label: line.text for line in lines} for title, lines in sheet.sections}


def entries(sheet: Sheet, label: str) -> list[tuple[str, ...]]:
    return [
        entry for _title, lines in sheet.sections for line in lines if line.label == label for entry in line.entries
    ]


def test_the_confirmation_says_what_was_ordered_checked_and_confirmed(company, order):
    before = laid(company, order, "order_confirmation")
    assert sections(before)["确认"]["已核对"] == sections(before)["确认"]["客户确认时间"] == ""
    plan_milestone(order=order, kind="signing", planned_at=MONDAY + 9 * DAY, by=SYSTEM, now=MONDAY)
    confirm_order(order=order, by=SYSTEM, now=MONDAY + HOUR)
    sheet = laid(company, order, "order_confirmation", now=MONDAY + 2 * HOUR)
    assert sheet.title == "订单确认单"
    assert dict(sheet.facts) == {
        "编号": "SC-1",
        "截至": "2026-11-23 12:00",
        "订单版本": str(Order.objects.get().version),
    }
    told = sections(sheet)
    assert told["客户"] == {
        "客户名称/姓名": "张三", "联系方式": "zhang.san@example.com", "收货地址": ADDRESS,
    }  # fmt: skip
    assert told["订单"] == {
        "订单编号": "SC-1", "产品型号": "BX-60L、安装服务", "数量": "BX-60L × 2、安装服务 × 1", "订单金额": "¥2,898",
        "付款状态": "未付款", "预计送达时间": "2026-12-02 10:00",
    }  # fmt: skip
    assert told["确认"] == {
        "已核对": "客户、型号、数量、付款、地址", "客户确认时间": "2026-11-23 11:00", "负责人": company.agent.name,
    }  # fmt: skip
    assert sheet.signatures[0] == "客户签字或盖章"


def test_contact_and_address_stand_masked_for_who_does_not_work_on_the_order(company, order):
    sheet = shown(laid(company, order, "order_confirmation", whole=False), unmasked=False)
    told = sections(sheet)["客户"]
    assert told["收货地址"] == "广东省深圳市南山区****"
    assert told["联系方式"] == "z***@example.com"


def test_every_milestone_stands_on_the_notice_log_with_its_notices_by_whom_and_how(company, order):
    by = Actor.account(company.agent.id)
    first = shipping(order, in_days=5)
    plan_milestone(order=order, kind="other", label="试运行", planned_at=MONDAY + 9 * DAY, by=SYSTEM, now=MONDAY)
    announce_milestone(milestone=first, way="sms", by=by, now=MONDAY + HOUR)
    move_milestone(
        milestone=first, planned_at=MONDAY + 7 * DAY, reason="缺料，问 13812341234", by=by, now=MONDAY + 2 * HOUR
    )
    tell_delay(milestone=first, way="phone", by=by, now=MONDAY + 3 * HOUR)
    reach_milestone(milestone=first, actual_at=MONDAY + 7 * DAY, by=by, now=MONDAY + 7 * DAY)
    sheet = laid(company, order, "milestone_notice_log", now=MONDAY + 8 * DAY)
    assert [title for title, _lines in sheet.sections] == ["订单", "节点 1", "通知 1", "节点 2", "通知 2"]
    told = sections(sheet)
    assert told["节点 1"] == {
        "关键节点": "发货", "预计完成时间": "2026-11-28 10:00", "延迟原因": "缺料，问 13812341234",
        "新的完成时间": "2026-11-30 10:00", "实际完成时间": "2026-11-30 10:00",
    }  # fmt: skip
    assert told["通知 1"]["延误告知时间"] == "2026-11-23 13:00"
    assert entries(sheet, "通知记录") == [
        ("2026-11-23 11:00", company.agent.name, "节点预告 · 短信"),
        ("2026-11-23 13:00", company.agent.name, "告知延期 · 电话"),
    ]
    assert (told["节点 2"]["关键节点"], told["节点 2"]["实际完成时间"]) == ("试运行", "")
    assert "负责人" in told["通知 1"] and "负责人" not in told["通知 2"]
    assert "13812341234" not in str(shown(sheet, unmasked=False).to_json())


def test_every_exception_stands_on_its_form_with_what_was_settled_and_told(company, order):
    by = Actor.account(company.agent.id)
    done = report_exception(order=order, kind="out_of_stock", note="仓库没货", by=by, now=MONDAY)
    start_exception(exception=done, by=by, now=MONDAY + HOUR)
    plan_exception(exception=done, option="cancel", plan="改订 BX-80L", by=by, now=MONDAY + 2 * HOUR)
    tell_exception(exception=done, result="客户同意", way="phone", by=by, now=MONDAY + 3 * HOUR)
    report_exception(order=order, kind="other", note="", by=by, now=MONDAY + 4 * HOUR)
    told = sections(laid(company, order, "exception_form", now=MONDAY + 5 * HOUR))
    assert told["异常 1"] == {"异常类型": "库存不足", "发现时间": "2026-11-23 10:00", "异常记录": "仓库没货"}
    assert told["处理 1"] == {
        "启动处理时间": "2026-11-23 11:00", "处理办法": "取消订单", "处理方案": "改订 BX-80L",
        "方案时间": "2026-11-23 12:00",
        "处理结果": "客户同意", "告知结果时间": "2026-11-23 13:00", "负责人": company.agent.name,
    }  # fmt: skip
    assert told["异常 2"] == {"异常类型": "其他", "发现时间": "2026-11-23 14:00", "异常记录": "无"}
    assert told["处理 2"]["处理结果"] == ""


def test_the_contract_stands_on_a_sheet_of_its_own_with_its_review(company, order):
    by = Actor.account(company.agent.id)
    write_contract(
        order=order,
        number="HT-7",
        our_duties="按期送货",
        their_duties="按期付款",
        by=by,
        now=MONDAY,
        account=company.agent,
    )
    submit_contract(order=order, by=by, now=MONDAY)
    review_contract(
        order=order, account=company.reviewer, lawful=True, compliant=True, fair=True, note="可以签", by=by, now=MONDAY
    )
    sign_contract(order=order, signed_at=MONDAY + HOUR, by=by, now=MONDAY + HOUR)
    told = sections(laid(company, order, "contract_record"))
    assert told["合同"]["合同编号"] == "HT-7"
    assert told["合同"]["双方权利义务"] == "我方：按期送货\n客户方：按期付款"
    assert told["审核"] == {"合法": "是", "合规": "是", "公平": "是", "审核意见": "可以签"}
    assert told["签订"]["双方签字盖章"] == "2026-11-23 11:00"


def test_states_are_told_one_after_the_other_with_the_dates(company, order):
    shipping(order)
    set_state(order=order, state="making", by=Actor.account(company.agent.id), now=MONDAY + DAY)
    sheet = laid(company, order, "order_state_log", now=MONDAY + 2 * DAY)
    assert entries(sheet, "状态变更") == [
        ("2026-11-23 10:00", "", "待生产"), ("2026-11-24 10:00", company.agent.name, "生产中"),
    ]  # fmt: skip
    assert sections(sheet)["状态"]["订单状态"] == "生产中"
    assert sections(sheet)["状态"]["预计完成时间"] == "2026-11-28 10:00"


def test_what_there_is_nothing_for_is_no_document(company, order):
    for key in ("milestone_notice_log", "exception_form", "contract_record", "acceptance_form", "nothing"):
        assert laid(company, order, key) is None
    known = order_forms(book_in_force(), milestones=True, exceptions=True, contract=True)
    assert [form.title.zh for form in known] == [
        "订单确认单", "合同及审核记录", "订单状态同步记录", "节点预警通知记录", "异常订单处理表",
    ]  # fmt: skip


def test_a_customer_who_is_written_to_in_english_has_english_sheets(company):
    customer = buyer("smith@example.com", "Smith")
    customer.language = "en"
    customer.save(update_fields=["language"])
    order = ordered(company, number="SC-2", customer=customer, amount=Decimal("10"), currency="USD")
    report_exception(order=order, kind="other", note="", by=SYSTEM, now=MONDAY)
    assert sections(laid(company, order, "exception_form"))["Exception"]["Exception"] == "Something else"
    told = sections(laid(company, order, "order_confirmation"))
    assert told["Order"]["Amount"] == "USD 10.00" and told["Order"]["Quantity"] == "2"


def test_the_file_is_in_chinese_and_says_from_when_and_which_version_it_is(company, order):
    row = access_order(Viewer(company.agent), "SC-1")
    at = MONDAY + HOUR
    sheet = order_sheet(row, "order_confirmation", book_in_force(), whole=True, now=at)
    pdf = make_pdf(printed_order(sheet, row, at), at=at)
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    for expected in (
        "一诺电器",
        "订单确认单",
        "SC-1",
        "张三",
        "BX-60L",
        "¥2,898",
        "2026-11-23 11:00",
        "订单第 1 版",
        "客户签字或盖章",
    ):
        assert expected in text, expected
    assert pdf == make_pdf(printed_order(sheet, row, at), at=at)
