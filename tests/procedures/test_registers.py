"""Registers: walked by who may see their tickets, narrowed, exported whole and marked (R-DO-1, R-SE-4)."""

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from tests.conftest import run_jobs
from tests.orders.ordering import SYSTEM, ordered
from tests.procedures.test_story import press
from tests.story import Company, make_company, write_in

from yinuo.foundation import clock as house_clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import Missing
from yinuo.foundation.files import PIECE_BYTES, keep_file_at, read_file
from yinuo.foundation.models import FilePiece, HistoryRow, StoredFile
from yinuo.foundation.work import work
from yinuo.orders.services import (
    drop_milestone,
    plan_exception,
    plan_milestone,
    reach_milestone,
    report_exception,
    set_state,
)
from yinuo.packs import shipped_documents
from yinuo.procedures.errors import ReasonMissing
from yinuo.procedures.models import RegisterExport
from yinuo.procedures.registers import walk
from yinuo.procedures.registers.walk import Entry, Filters, all_rows, count, narrowed, page
from yinuo.procedures.registers.workbook import write_workbook
from yinuo.procedures.services import forget_exports, take_export, want_export
from yinuo.procedures.services.exporting import ExportUnderWay
from yinuo.tickets.services import link_order

pytestmark = pytest.mark.django_db
BOOK = shipped_documents()
AFTER_SALES = BOOK.registers["after_sales_register"]
EVERYTHING = Filters(None)


@pytest.fixture
def company() -> Company:
    return make_company()


def rows(filters: Filters = EVERYTHING, **other: object) -> list[Entry]:
    return page(AFTER_SALES, BOOK, filters, language="zh", **other).rows  # type: ignore[arg-type]


def test_a_row_is_what_was_filled_in_on_the_steps(company):
    ticket = write_in(company)
    press(
        ticket, "accept", "accepted", company.agent, customer_name="张三", contact="13812341234", symptom="不加热",
        problem_type="function_fault", urgency="normal", complexity="normal", environment="X5",
    )  # fmt: skip
    press(ticket, "handle", "solved", company.agent, solution_way="remote", solution="断电重启")
    (row,) = rows()
    today = f"{house_clock.now().astimezone():%Y}"
    assert row.cells[:7] == [
        ticket.number, "张三", "138****1234", "故障现象：不加热\n操作环境：X5", "功能故障", "普通", "林小满"
    ]  # fmt: skip
    assert row.cells[7] == "处理方式：远程指导\n处理方案：断电重启"
    assert row.cells[8].startswith(today) and len(row.cells[8]) == 10
    assert rows(unmasked=True)[0].cells[2] == "13812341234"


def test_a_ticket_that_nobody_has_taken_up_stands_in_it_with_what_is_known(company):
    ticket = write_in(company)
    (row,) = rows()
    assert row.cells[:3] == [ticket.number, "张三", "z***@example.com"]
    assert row.cells[7:] == ["", "", "", ""]


def test_tickets_of_other_scenarios_are_in_other_registers(company):
    write_in(company, category="complaint_product", subject="投诉")
    assert rows() == []
    found = page(BOOK.registers["complaint_register"], BOOK, EVERYTHING, language="zh").rows
    assert len(found) == 1
    assert page(BOOK.registers["push_register"], BOOK, EVERYTHING, language="zh").rows == []


def test_the_walk_goes_page_by_page_newest_first_and_misses_none(company):
    tickets = [write_in(company, address=f"c{n}@example.com") for n in range(7)]
    seen, after = [], ""
    while True:
        found = page(AFTER_SALES, BOOK, EVERYTHING, language="zh", after=after, limit=3)
        seen += [row.number for row in found.rows]
        after = found.after
        if not after:
            break
    assert seen == [ticket.number for ticket in reversed(tickets)]
    assert [len(batch) for batch in all_rows(AFTER_SALES, BOOK, EVERYTHING, language="zh", unmasked=False)] == [7]
    assert count(AFTER_SALES, EVERYTHING) == 7


def test_teams_owners_states_and_days_narrow_it(company):
    ticket = write_in(company)
    today = house_clock.now().astimezone(walk.ZoneInfo("Asia/Shanghai")).date()
    both = (company.first_line.id, company.technical.id)
    assert len(rows(Filters(both))) == 1
    assert rows(Filters((company.technical.id,))) == []
    assert (rows(Filters(())), count(AFTER_SALES, Filters(()))) == ([], 0)
    assert len(rows(Filters(None, owner_id=company.agent.id))) == 1
    assert rows(Filters(None, owner_id=company.technician.id)) == []
    assert len(rows(Filters(None, state="open"))) == 1
    assert rows(Filters(None, state="closed")) == []
    assert len(rows(Filters(None, since=today, until=today))) == 1
    assert rows(Filters(None, until=today - timedelta(days=1))) == []
    assert rows(Filters(None, since=today + timedelta(days=1))) == []
    assert narrowed(Filters(both), company.technical.id).team_ids == (company.technical.id,)
    with pytest.raises(Missing):
        narrowed(Filters((company.first_line.id,)), company.technical.id)
    for odd in ("x", "2026-01-01T00:00:00|x", f"2026-01-01T00:00:00|{ticket.id}"):
        with pytest.raises(Missing):
            rows(after=odd)


ORDERS = BOOK.registers["order_register"]


def order_rows(filters: Filters = EVERYTHING, **other: object) -> list[Entry]:
    return page(ORDERS, BOOK, filters, language="zh", **other).rows  # type: ignore[arg-type]


def test_the_order_register_has_orders_and_tickets_each_matter_once(company):
    now = house_clock.now()
    order = ordered(
        company, now=now - timedelta(hours=3), number="SC-1", amount=2598, state="making", payment_state="part_paid"
    )
    plan_milestone(order=order, kind="shipping", planned_at=now + timedelta(days=9), by=SYSTEM, now=now)
    exception = report_exception(order=order, kind="out_of_stock", note="只剩一台", by=SYSTEM, now=now)
    plan_exception(exception=exception, option="postpone", plan="等两天", by=SYSTEM, now=now)
    alone = write_in(company, category="order_problem", subject="订单进度")
    about = write_in(company, category="order_problem", subject="催货")
    link_order(ticket=about, order=order, by=SYSTEM, now=now)

    first, second = order_rows()
    assert (first.number, first.is_order) == (alone.number, False)
    assert (second.number, second.is_order) == ("SC-1", True)
    assert second.cells[:7] == ["SC-1", "张三", "¥2,598", "BX-60L × 2", "部分付款", "异常", "发货"]
    assert second.cells[9:] == [
        "林小满",
        "异常类型：库存不足\n异常记录：只剩一台\n处理办法：协商延期\n处理方案：等两天",
    ]
    assert count(ORDERS, EVERYTHING) == 2
    found = page(ORDERS, BOOK, EVERYTHING, language="zh", limit=1)
    assert [row.number for row in order_rows(after=found.after)] == ["SC-1"]


def test_an_order_has_a_row_for_each_of_its_milestones_as_they_are_planned(company):
    now = house_clock.now()
    order = ordered(company, now=now, number="SC-1")
    ordered(company, now=now - timedelta(hours=1), number="SC-2")
    for kind, days in (("installation", 9), ("shipping", 6), ("production", 3)):
        plan_milestone(order=order, kind=kind, planned_at=now + timedelta(days=days), by=SYSTEM, now=now)
    dropped, reached = (order.milestones.get(kind=kind) for kind in ("production", "shipping"))
    drop_milestone(milestone=dropped, by=SYSTEM, now=now)
    reach_milestone(milestone=reached, actual_at=now, by=SYSTEM, now=now)
    rows = order_rows()
    assert [(row.number, row.cells[6]) for row in rows] == [("SC-1", "发货"), ("SC-1", "安装"), ("SC-2", "")]
    assert [bool(row.cells[8]) for row in rows] == [True, False, False]
    assert count(ORDERS, EVERYTHING) == 3
    assert count(ORDERS, Filters((company.technical.id,))) == 0
    found = page(ORDERS, BOOK, EVERYTHING, language="zh", limit=1)
    assert [row.number for row in found.rows] == ["SC-1", "SC-1"], "an order's rows stay together"
    assert [row.number for row in order_rows(after=found.after)] == ["SC-2"]


def test_orders_are_narrowed_as_tickets_are(company):
    order = ordered(company, now=house_clock.now(), number="SC-1", amount=12, currency="USD")
    assert order_rows()[0].cells[2] == "USD 12.00"
    assert len(order_rows(Filters((company.first_line.id,)))) == 1
    assert order_rows(Filters((company.technical.id,))) == []
    assert len(order_rows(Filters(None, owner_id=company.agent.id))) == 1
    assert [len(order_rows(Filters(None, state=state))) for state in ("open", "solved", "closed")] == [1, 0, 0]
    set_state(order=order, state="signed", by=SYSTEM, now=house_clock.now())
    assert [len(order_rows(Filters(None, state=state))) for state in ("open", "solved", "closed")] == [0, 1, 0]
    set_state(order=order, state="completed", by=SYSTEM, now=house_clock.now())
    assert [len(order_rows(Filters(None, state=state))) for state in ("open", "solved", "closed")] == [0, 0, 1]


def export(company: Company, **other: object) -> RegisterExport:
    return want_export(
        account=company.supervisor, register="after_sales_register", filters=EVERYTHING.to_json(), language="zh",
        by=Actor.account(company.supervisor.id), now=house_clock.now(),
        **{"unmasked": False, "reason": "", **other},
    )  # fmt: skip


def sheet_of(row: RegisterExport) -> list[list[object]]:
    row.refresh_from_db()
    book = openpyxl.load_workbook(io.BytesIO(read_file(row.file_id)))
    return [[cell.value for cell in line] for line in book.worksheets[0].iter_rows()]


def test_an_export_has_the_printed_columns_all_rows_and_a_mark(company):
    for number in range(5):
        write_in(company, address=f"c{number}@example.com")
    row = export(company)
    run_jobs()
    lines = sheet_of(row)
    assert "导出人 周敏" in lines[0][0] and "仅限内部使用" in lines[0][0]
    assert lines[1] == [column.label.zh for column in AFTER_SALES.columns]
    assert len(lines) == 2 + 5
    assert lines[2][2] == "c***@example.com"
    assert (row.state, row.rows) == ("done", 5)
    kinds = list(HistoryRow.objects.filter(subject_id=row.id).order_by("id").values_list("kind", flat=True))
    assert kinds[0] == "procedures.RegisterExportWanted" and kinds[-1] == "procedures.RegisterExported"
    take_export(export=row, by=Actor.account(company.supervisor.id), now=house_clock.now())
    assert HistoryRow.objects.filter(subject_id=row.id, kind="procedures.RegisterExportTaken").count() == 1


def test_whole_contact_data_needs_a_reason_that_is_kept(company):
    write_in(company)
    with pytest.raises(ReasonMissing):
        export(company, unmasked=True, reason="  ")
    row = export(company, unmasked=True, reason="监管抽查")
    run_jobs()
    lines = sheet_of(row)
    assert lines[2][2] == "zhang.san@example.com" and "含完整联系方式" in lines[0][0]
    wanted = HistoryRow.objects.get(subject_id=row.id, kind="procedures.RegisterExportWanted")
    assert "监管抽查" in wanted.personal and "监管抽查" not in str(wanted.values)


def test_one_export_at_a_time_and_files_go_after_a_week(company):
    row = export(company)
    with pytest.raises(ExportUnderWay):
        export(company)
    run_jobs()
    row.refresh_from_db()
    file_id = row.file_id
    assert forget_exports(now=house_clock.now() + timedelta(days=6)) == 0
    assert forget_exports(now=house_clock.now() + timedelta(days=8)) == 1
    row.refresh_from_db()
    assert (row.state, row.file_id) == ("forgotten", None)
    assert not StoredFile.objects.filter(id=file_id).exists()
    assert export(company).id != row.id


def entries(texts: list[str]) -> Iterator[list[Entry]]:
    yield [Entry("SH1", house_clock.now(), [text, "", "", "", "", "", "", "", "", "", "5"]) for text in texts]


def test_nothing_of_a_customers_becomes_a_formula(tmp_path):
    odd = ["=1+1", "+86 138", "-1", "@SUM(A1)", "\t=1", "https://x.example/?q=1", "{=1}", "007", "正常"]
    path = tmp_path / "x.xlsx"
    assert write_workbook(path, AFTER_SALES, BOOK, entries(odd), language="zh", mark="=cmd|' /C calc'!A0") == len(odd)
    sheet = openpyxl.load_workbook(path).worksheets[0]
    cells = [sheet.cell(row=3 + n, column=1) for n in range(len(odd))]
    assert [cell.value for cell in cells] == odd
    assert {cell.data_type for cell in cells} == {"s"} and {cell.hyperlink for cell in cells} == {None}
    assert [cell.quotePrefix for cell in cells] == [True] * 5 + [False] * 4
    assert sheet.cell(row=1, column=1).data_type == "s"
    assert sheet.cell(row=3, column=11).value == 5


def test_more_rows_than_a_sheet_takes_go_on_the_next(tmp_path):
    path = tmp_path / "x.xlsx"
    texts = [str(n) for n in range(25)]
    assert write_workbook(path, AFTER_SALES, BOOK, entries(texts), language="en", mark="m", sheet_rows=12) == 25
    sheets = openpyxl.load_workbook(path).worksheets
    found = [row[0].value for sheet in sheets for row in list(sheet.iter_rows())[2:]]
    assert len(sheets) == 3 and found == texts
    assert all(sheet.cell(row=2, column=1).value == "Case number" for sheet in sheets)


def test_a_large_file_is_kept_piece_by_piece(company, tmp_path: Path):
    path = tmp_path / "large"
    content = bytes(range(256)) * (PIECE_BYTES * 40 // 256) + b"end"
    path.write_bytes(content)
    with work():
        file = keep_file_at(path, content_type="x/y", now=house_clock.now())
    assert read_file(file.id) == content
    assert (file.size, FilePiece.objects.filter(file_id=file.id).count()) == (len(content), 41)
