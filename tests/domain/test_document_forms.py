"""Forms and registers of section 14: all there, printed as the handbook prints them, hiding what is to be hidden."""

from zoneinfo import ZoneInfo

import pytest

from yinuo.domain.documents import Printer, Sheet, cells, lay_out, printable, read_book, shown
from yinuo.domain.documents.sheets import form_of_step
from yinuo.domain.procedure.model import Field, Step
from yinuo.domain.reading import ReadingError, Text
from yinuo.packs import SHIPPED, documents_raw, shipped_documents, shipped_pack

ZONE = ZoneInfo("Asia/Shanghai")
NAMED = [  # section 14.7, step by step
    "售前咨询记录表", "需求分级结果", "需求评估报告", "售前咨询方案表", "客户意向跟踪记录", "试用申请/洽谈安排表",
    "订单确认单", "订单状态同步记录", "节点预警通知记录", "异常订单处理表", "订单履约满意度反馈记录",
    "售后问题受理表", "问题派单记录", "技术诊断报告", "售后问题解决方案表", "处理进度记录", "问题解决确认单",
    "客户满意度回访记录",
    "客户投诉受理表", "投诉分级结果", "调查报告", "投诉处理方案表", "方案执行记录", "投诉处理满意度回访记录",
    "客户标签体系表", "增值服务推送计划表", "增值服务推送效果分析报告",
]  # fmt: skip
OTHERS = [
    "投诉处理单", "信息反馈单", "接触登记", "审核单", "改进记录", "合同及审核记录", "开通通知", "进度报告",
    "维修保养作业单", "质量检修记录",
]  # fmt: skip
COLUMNS = {  # sections 14.1 to 14.5
    "presales_register": [
        "客户名称/姓名", "联系方式", "咨询渠道", "咨询产品/服务", "核心需求描述", "需求优先级", "负责人",
        "方案反馈时间", "客户意向", "后续跟进计划",
    ],
    "order_register": [
        "订单编号", "客户名称/姓名", "订单金额", "产品型号", "付款状态", "订单状态", "关键节点", "预计完成时间",
        "实际完成时间", "责任人", "异常记录(如有)",
    ],
    "after_sales_register": [
        "问题编号", "客户名称/姓名", "联系方式", "问题描述", "问题类型", "紧急度", "责任人", "处理方案", "解决时间",
        "客户确认签字", "满意度(1-5分)",
    ],
    "complaint_register": [
        "投诉单号", "客户名称/姓名", "投诉渠道", "投诉内容", "投诉等级", "责任人", "调查结果", "处理方案", "执行时间",
        "客户满意度", "回访记录",
    ],
    "push_register": [
        "客户标签", "推送服务内容", "推送渠道", "推送时间", "推送数量", "打开率", "点击率", "咨询量", "转化量",
        "负责人", "优化建议",
    ],
}  # fmt: skip


def printer(language: str = "zh", **names: str) -> Printer:
    return Printer(language, ZONE, names)


def test_all_documents_that_the_handbook_names_are_there_under_its_names():
    titles = [form.title.zh for form in shipped_documents().forms.values()]
    assert len(NAMED) == 27
    assert sorted(titles) == sorted(NAMED + OTHERS)


@pytest.mark.parametrize("key", COLUMNS)
def test_registers_have_the_printed_columns_in_the_printed_order(key):
    register = shipped_documents().registers[key]
    assert [column.label.zh for column in register.columns] == COLUMNS[key]


def test_every_text_is_there_in_both_languages():
    book = shipped_documents()
    texts = [form.title for form in book.forms.values()]
    texts += [section.title for form in book.forms.values() for section in form.sections]
    texts += [column.label for register in book.registers.values() for column in register.columns]
    texts += [field.label for field in book.fields.values()]
    assert [text for text in texts if not text.zh or not text.en] == []


@pytest.mark.parametrize("pack", SHIPPED)
def test_what_a_shipped_procedure_puts_out_is_a_form_of_the_book(pack):
    book = shipped_documents()
    unknown = [
        (key, document.key)
        for key, definition in shipped_pack(pack).procedures.items()
        for step in definition.steps
        for document in step.documents
        if book.form_for(document.key, document.title) is None
    ]
    assert unknown == []


def test_every_field_on_a_form_of_after_sales_is_filled_in_by_the_procedure_or_known_of_the_ticket():
    book, definition = shipped_documents(), shipped_pack("handbook").procedures["after_sales"]
    known = set(definition.field_by_name) | {
        "number", "customer_name", "customer_tier", "contact", "channel", "received_at", "owner", "team", "product",
        "product_model",
    }  # fmt: skip
    for step in definition.steps:
        for document in step.documents:
            form = book.form_for(document.key, document.title)
            assert form is not None
            assert form.fields <= known, (document.key, form.fields - known)


def sheet(values, *, key="acceptance_form", language="zh", fields=None):
    book = shipped_documents()
    definition = shipped_pack("handbook").procedures["after_sales"]
    return lay_out(
        book.forms[key], book, definition.field_by_name if fields is None else fields, values, printer(language)
    )


def lines(of: Sheet) -> dict[str, str]:
    return {line.label: line.text for _title, of_section in of.sections for line in of_section}


FILLED = {
    "case_number": "SH20231020001", "customer_name": "张三", "contact": "13812341234", "channel": "email",
    "received_at": "2023-10-20T02:05:00+00:00", "symptom": "不加热，回电 13812341234", "problem_type": "function_fault",
    "urgency": "urgent", "complexity": "normal",
}  # fmt: skip


def test_a_form_is_printed_in_words_and_local_time():
    told = lines(sheet(FILLED))
    assert told["渠道"] == "邮件"
    assert told["来信(来电)时间"] == "2023-10-20 10:05"
    assert told["问题类型"] == "功能故障"
    assert told["紧急度"] == "紧急"
    assert told["受理完成时间"] == ""


def test_contact_data_is_hidden_from_who_may_not_see_it_and_kept_for_who_may():
    made = Sheet.from_json(sheet(FILLED).to_json())
    hidden, whole = lines(shown(made, unmasked=False)), lines(shown(made, unmasked=True))
    assert (hidden["联系方式"], whole["联系方式"]) == ("138****1234", "13812341234")
    assert "13812341234" not in hidden["故障现象"] and "138****1234" in hidden["故障现象"]
    assert hidden["客户名称/姓名"] == "张三"


def test_an_english_ticket_has_english_documents():
    told = lines(sheet(FILLED, language="en"))
    assert told["Problem type"] == "Function fault"


def test_a_document_that_the_book_does_not_know_shows_the_fields_of_its_step():
    step = Step("weigh", Text("称重", "Weigh"), "agent", fields=(Field("weight", Text("重量", "Weight"), "int"),))
    form = form_of_step("weighing", Text("称重单", "Weighing"), step)
    made = lay_out(form, shipped_documents(), {"weight": step.fields[0]}, {"weight": 12}, printer())
    assert made.title == "称重单" and lines(made) == {"重量": "12"}


def test_values_are_printed_as_the_registers_want_them():
    book = shipped_documents()
    row = cells(
        book.registers["order_register"], book, {},
        {"order_number": "DD20231020001", "customer_name": "某公司", "amount": 1234567, "payment_state": "paid",
         "order_state": "making", "milestone": "shipping", "planned_at": "2023-10-25T16:00:00+00:00",
         "owner": "李娜"},
        printer(), unmasked=False,
    )  # fmt: skip
    assert row == [
        "DD20231020001",
        "某公司",
        "¥1,234,567",
        "",
        "已付清",
        "生产中",
        "发货",
        "2023-10-26",
        "",
        "李娜",
        "无",
    ]
    row = cells(
        book.registers["complaint_register"], book, {},
        {"complaint_number": "TS1", "channel": "referral", "grade": "major", "satisfaction": 4},
        printer(), unmasked=False,
    )  # fmt: skip
    assert (row[2], row[4], row[9]) == ("上级转交", "重大", "满意")


def test_a_problem_is_put_together_from_its_three_parts_and_the_contact_is_hidden_by_right():
    book = shipped_documents()
    values = {**FILLED, "occurred_at": "2023-10-20T01:00:00+00:00", "environment": "v2.1"}
    hidden = cells(book.registers["after_sales_register"], book, {}, values, printer(), unmasked=False)
    assert hidden[3].split("\n") == [
        "故障现象：不加热，回电 138****1234",
        "发生时间：2023-10-20 09:00",
        "操作环境：v2.1",
    ]
    assert hidden[2] == "138****1234"
    whole = cells(book.registers["after_sales_register"], book, {}, values, printer(), unmasked=True)
    assert whole[2] == "13812341234"


def test_what_stands_alone_in_a_column_of_its_own_name_needs_no_label():
    register = shipped_documents().registers["complaint_register"]
    both = {"remedy_kinds": ["apology", "refund"], "remedy": "退款 200 元", "visit_note": "认可"}
    row = cells(register, shipped_documents(), {}, both, printer(), unmasked=False)
    assert (row[7], row[10]) == ("处理方式：道歉、退款\n处理方案：退款 200 元", "认可")


def test_emoji_and_control_characters_are_no_empty_boxes():
    assert printable("好的👍🏻👍 谢谢\x07", "zh") == "好的〔表情〕 谢谢"
    assert printable("a\u200b\u202eb\nc", "zh") == "ab\nc"


def test_a_faulty_form_is_told_with_its_place():
    raw = documents_raw()
    raw["documents"][0]["sections"][0]["rows"].append("no_such_field")
    raw["documents"][1]["sections"][0]["rows"].append({"field": "owner", "show": "loudly"})
    with pytest.raises(ReadingError) as error:
        read_book(raw)
    assert "no_such_field" in str(error.value) and "loudly" in str(error.value)
