"""Files of orders: read as shops and Excel write them, refused where they are none (R-OR-3)."""

import io
import zipfile
from datetime import timedelta

import pytest

from tests.orders.ordering import MONDAY, SYSTEM, make_company
from yinuo.orders.errors import ColumnsMissing, FileTooLarge, FileUnreadable
from yinuo.orders.importing import SAMPLE_HEADS, read_orders, sample
from yinuo.orders.models import Milestone, Order
from yinuo.orders.tables import MOST_BYTES, MOST_ROWS, read_table

NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def workbook(sheet: str, shared: str = "", doctype: str = "") -> bytes:
    """The parts of a workbook that hold its cells, as Excel packs them."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr(
            "xl/worksheets/sheet1.xml", f"{doctype}<worksheet {NAMESPACE}><sheetData>{sheet}</sheetData></worksheet>"
        )
        if shared:
            book.writestr("xl/sharedStrings.xml", f"<sst {NAMESPACE}>{shared}</sst>")
    return out.getvalue()


def test_a_workbook_is_read_with_texts_numbers_and_gaps():
    content = workbook(
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>金额</t></is></c></row>'
        '<row r="3"><c r="A3" t="s"><v>1</v></c><c r="C3"><v>12.5</v></c><c r="D3" t="e"><v>#N/A</v></c></row>',
        "<si><t>订单编号</t></si><si><r><t>SC</t></r><rPh><t>エス</t></rPh><r><t>-1</t></r></si>",
    )
    assert read_table(content) == [["订单编号", "", "金额"], [], ["SC-1", "", 12.5, ""]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_text_is_read_in_the_encodings_and_forms_that_excel_saves(encoding, separator):
    content = separator.join(["订单编号", "客户名称"]) + "\n" + separator.join(["SC-1", "张三"])
    assert read_table(content.encode(encoding)) == [["订单编号", "客户名称"], ["SC-1", "张三"]]


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", b" " * (61 * 1024 * 1024))
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"PK\x03\x04 no workbook", FileUnreadable),
        (workbook('<row r="1"><c r="A1" t="s"><v>7</v></c></row>'), FileUnreadable),
        (workbook("<row", ""), FileUnreadable),
        (workbook("<row/>", doctype='<!DOCTYPE x [<!ENTITY a "aaaa">]>'), FileUnreadable),
        (b"\xff\xfe\x00\x00\x81", FileUnreadable),
        (b"a" * (MOST_BYTES + 1), FileTooLarge),
        (b"a\n" * (MOST_ROWS + 2), FileTooLarge),
        (workbook('<row r="1048576"><c r="A1048576"><v>1</v></c></row>'), FileTooLarge),
    ],
    ids=["no zip", "no such text", "no xml", "entities", "no text", "large", "long", "far row"],
)
def test_what_is_no_table_or_too_much_of_one_is_refused(content, error):
    with pytest.raises(error):
        read_table(content)


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_does():
    with pytest.raises(FileTooLarge):
        read_table(bomb())


def rows(*changes: dict[str, str]) -> bytes:
    row = dict(zip(SAMPLE_HEADS, sample(MONDAY), strict=True))
    lines = [",".join(SAMPLE_HEADS), *(",".join({**row, **change}.values()) for change in changes)]
    return "\n".join(lines).encode()


@pytest.mark.django_db
def test_each_row_is_a_milestone_and_each_order_is_taken_or_refused_whole():
    make_company()
    content = rows(
        {}, {"关键节点": "安装", "预计完成时间": "2026/12/3 14:00"}, {"订单编号": "SC-2", "付款状态": "赊账"},
        {"订单编号": "SC-3", "订单状态": "已签收", "关键节点": "验收", "实际完成时间": "2026-11-22"},
    )  # fmt: skip
    report = read_orders(content, by=SYSTEM, now=MONDAY)
    assert (report.made, report.changed, report.unchanged) == (2, 0, 0)
    assert [(one.row, one.number) for one in report.refused] == [(4, "SC-2")]
    assert "赊账" in report.refused[0].reason
    order = Order.objects.get(number="SC-10086")
    assert sorted(order.milestones.values_list("kind", flat=True)) == ["installation", "shipping"]
    assert Milestone.objects.get(order__number="SC-3").label == "验收"
    again = read_orders(content, by=SYSTEM, now=MONDAY + timedelta(hours=1))
    assert (again.made, again.changed, again.unchanged) == (0, 0, 2)


@pytest.mark.django_db
def test_dates_that_excel_counts_in_days_are_of_the_companys_zone():
    make_company()
    heads = "".join(f'<c t="inlineStr"><is><t>{head}</t></is></c>' for head in SAMPLE_HEADS)
    cells = "".join(
        f"<c><v>{46357.5}</v></c>" if head == "预计完成时间" else f'<c t="inlineStr"><is><t>{text}</t></is></c>'
        for head, text in zip(SAMPLE_HEADS, sample(MONDAY), strict=True)
    )
    report = read_orders(workbook(f"<row>{heads}</row><row>{cells}</row>"), by=SYSTEM, now=MONDAY)
    assert report.refused == []
    assert Milestone.objects.get().planned_at.isoformat() == "2026-12-01T04:00:00+00:00"


@pytest.mark.django_db
@pytest.mark.parametrize("number", ["202311290001234567", "2.0231129000123456E+17", "NaN", "1e400"])
def test_an_order_number_that_the_spreadsheet_has_shortened_is_refused(number):
    """Fifteen digits are kept: …4561 and …4567 would both be …4560, and one order."""
    make_company()
    heads = "".join(f'<c t="inlineStr"><is><t>{head}</t></is></c>' for head in SAMPLE_HEADS)
    cells = "".join(
        f"<c><v>{number}</v></c>" if head == "订单编号" else f'<c t="inlineStr"><is><t>{text}</t></is></c>'
        for head, text in zip(SAMPLE_HEADS, sample(MONDAY), strict=True)
    )
    file = workbook(f"<row>{heads}</row><row>{cells}</row><row>{cells}</row>")
    report = read_orders(file, by=SYSTEM, now=MONDAY)
    assert [(one.row, "15" in one.reason) for one in report.refused] == [(2, True), (3, True)]
    assert not Order.objects.exists()


@pytest.mark.django_db
def test_a_table_without_numbers_is_no_table_of_orders():
    with pytest.raises(ColumnsMissing):
        read_orders("姓名,电话\n张三,1".encode(), by=SYSTEM, now=MONDAY)
