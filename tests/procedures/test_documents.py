"""Documents of a ticket: wanted by a step, laid out as rows, printed by a job, renewed, taken (R-DO-1)."""

import hashlib
import io
from types import SimpleNamespace

import pypdf
import pytest
from tests.conftest import run_jobs
from tests.procedures.test_story import press
from tests.story import SYSTEM, Company, make_company, write_in

from yinuo.foundation import clock as house_clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import recorded_of
from yinuo.foundation.files import read_file
from yinuo.foundation.models import FilePiece, HistoryRow
from yinuo.procedures.documents import fonts
from yinuo.procedures.documents.fonts import FontMissing, font
from yinuo.procedures.models import Document
from yinuo.procedures.services import happen, keep_printed, make_documents, print_again, renew_documents
from yinuo.procedures.services.documenting import WantedDocument
from yinuo.procedures.subscribers import on_document_wanted
from yinuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company()


def accept(company: Company, ticket: Ticket, **other: object) -> None:
    fields = {
        "customer_name": "张三", "contact": "13812341234", "symptom": "不加热，显示E2",
        "problem_type": "function_fault", "urgency": "normal", "complexity": "normal", **other,
    }  # fmt: skip
    press(ticket, "accept", "accepted", company.agent, **fields)


def text_of(document: Document) -> str:
    document.refresh_from_db()
    pages = pypdf.PdfReader(io.BytesIO(read_file(document.file_id))).pages
    return "\n".join(page.extract_text() for page in pages)


def test_a_finished_step_puts_out_its_form_as_pdf_in_chinese(company):
    ticket = write_in(company)
    accept(company, ticket)
    run_jobs()
    document = Document.objects.get(ticket=ticket)
    assert (document.key, document.step, document.round, document.version) == ("acceptance_form", "accept", 1, 1)
    text = text_of(document)
    for expected in (
        "一诺电器",
        "售后问题受理表",
        ticket.number,
        "客户名称/姓名",
        "张三",
        "故障现象",
        "显示",
        "功能故障",
        "普通",
        "138****1234",
        "第 1 版",
    ):
        assert expected.replace(" ", "") in text.replace(" ", ""), expected
    assert "13812341234" not in text
    sealed = b"".join(bytes(piece.sealed) for piece in FilePiece.objects.filter(file_id=document.file_id))
    assert not sealed.startswith(b"%PDF")


def test_the_history_tells_of_the_file_by_its_digest_and_of_nobody(company):
    ticket = write_in(company)
    accept(company, ticket)
    run_jobs()
    document = Document.objects.get(ticket=ticket)
    made = HistoryRow.objects.get(ticket_id=ticket.id, kind="procedures.DocumentMade")
    assert made.values == {
        "document_id": str(document.id), "document": "acceptance_form", "round": 1, "version": 1,
        "sha256": hashlib.sha256(read_file(document.file_id)).hexdigest(),
    }  # fmt: skip


def test_a_field_changed_makes_another_version_and_an_unchanged_one_none(company):
    ticket = write_in(company)
    accept(company, ticket)
    press(ticket, "handle", "solved", company.agent, solution_way="remote", solution="断电重启")
    run_jobs()
    assert Document.objects.filter(ticket=ticket).count() == 1
    happen(
        ticket=ticket, name="customer_confirmed", by=Actor.customer(ticket.customer_id), now=house_clock.now(),
        fields={"customer_signature": {"way": "portal", "by": "张三"}},
    )  # fmt: skip
    run_jobs()
    confirmed = Document.objects.get(ticket=ticket, key="solved_confirmation")
    assert "客户页面确认" in text_of(confirmed) and confirmed.version == 1
    press(
        ticket,
        "visit",
        "later",
        company.agent,
        visit_note="没有接通",
        next_visit_planned_at="2027-01-05T02:00:00+00:00",
    )
    press(ticket, "visit", "scored", company.agent, satisfaction=5, visit_note="都好了")
    run_jobs()
    visit = Document.objects.get(ticket=ticket, key="visit_record")
    assert "都好了" in text_of(visit)
    press(ticket, "record", "recorded", company.agent, services_done="远程指导", opinions="希望更快")
    run_jobs()
    assert Document.objects.filter(ticket=ticket, key="visit_record").count() == 1
    press(ticket, "review", "back", company.reviewer, review_note="补充服务内容")
    press(ticket, "record", "recorded", company.agent, services_done="远程指导，更换滤网")
    run_jobs()
    second = Document.objects.get(ticket=ticket, key="feedback_record", round=2)
    assert "更换滤网" in text_of(second) and "更换滤网" not in text_of(
        Document.objects.get(key="feedback_record", round=1)
    )


def test_what_the_customer_scored_stays_on_the_record_of_its_round(company):
    """The next round empties scores, and the document is laid out after that."""
    ticket = write_in(company)
    accept(company, ticket)
    press(ticket, "handle", "solved", company.agent, solution_way="remote", solution="断电重启")
    happen(
        ticket=ticket, name="customer_scored", by=Actor.customer(ticket.customer_id), now=house_clock.now(),
        fields={"satisfaction": 2, "suggestion": "又坏了"},
    )  # fmt: skip
    run_jobs()
    record = Document.objects.get(ticket=ticket, key="visit_record")
    assert (record.round, record.run.state["round"]) == (1, 2)
    text = text_of(record).replace(" ", "")
    assert "2分" in text and "又坏了" in text and "断电重启" in text


def test_a_fact_that_comes_twice_makes_one_document(company):
    ticket = write_in(company)
    accept(company, ticket)
    run_jobs()
    row = HistoryRow.objects.get(ticket_id=ticket.id, kind="procedures.DocumentWanted")
    on_document_wanted([recorded_of(row)])
    run_jobs()
    assert Document.objects.filter(ticket=ticket).count() == 1
    document = Document.objects.get(ticket=ticket)
    before = document.file_id
    keep_printed(document_id=document.id, pdf=b"%PDF-other", now=house_clock.now())
    document.refresh_from_db()
    assert document.file_id == before


def test_while_a_round_runs_its_documents_follow_the_fields(company):
    ticket = write_in(company)
    accept(company, ticket, urgency="urgent")
    run_jobs()
    press(ticket, "dispatch", "dispatched", company.agent, dispatched_to=str(company.technician.id))
    press(ticket, "diagnose", "note_progress", company.technician, progress="约了下午上门")
    run_jobs()
    log = Document.objects.get(ticket=ticket, key="dispatch_log")
    assert "吴涛" in text_of(log)
    run = log.run
    run.state["fields"]["dispatch_note"] = "客户着急，先打电话"
    run.save(update_fields=["state"])
    assert [one.version for one in renew_documents(ticket_ids=[ticket.id], by=SYSTEM, now=house_clock.now())] == [2]
    run_jobs()
    assert "先打电话" in text_of(Document.objects.get(ticket=ticket, key="dispatch_log", version=2))
    assert renew_documents(ticket_ids=[ticket.id], by=SYSTEM, now=house_clock.now()) == []


def test_documents_lock_the_ticket_before_its_run_as_buttons_do(company, django_assert_max_num_queries):
    ticket = write_in(company)
    accept(company, ticket)
    run_jobs()
    with django_assert_max_num_queries(200) as asked:
        renew_documents(ticket_ids=[ticket.id], by=SYSTEM, now=house_clock.now())
    locks = [str(one["sql"]) for one in asked.captured_queries if "FOR UPDATE" in str(one["sql"])]
    tables = [next(name for name in ("tickets_ticket", "procedures_run") if f'FROM "{name}"' in sql) for sql in locks]
    assert tables == ["tickets_ticket", "procedures_run"]


def test_without_a_chinese_font_nothing_is_printed_and_it_is_said_why(company, monkeypatch):
    ticket = write_in(company)

    class Fonts:
        def __init__(self, **_options: object) -> None:
            pass

        def families(self) -> list[str]:
            return ["DejaVu Sans"]

    fonts._font.cache_clear()
    monkeypatch.setattr(fonts, "typst", SimpleNamespace(Fonts=Fonts))
    with pytest.raises(FontMissing):
        font()
    accept(company, ticket)
    run_jobs()
    document = Document.objects.get(ticket=ticket)
    assert (document.file_id, document.failed) == (None, "font_missing")
    monkeypatch.undo()
    assert print_again(ticket=ticket, by=SYSTEM, now=house_clock.now()) == 1
    run_jobs()
    assert "售后问题受理表" in text_of(document)
    assert document.failed == ""


def test_what_looks_like_markup_is_printed_as_it_was_written(company):
    ticket = write_in(company)
    odd = '#let x = 1 $a$ *b* `c` <d> @e \\ "f" [g] {h} //i /*j*/ 👍'
    accept(company, ticket, symptom=odd + "\n第二行")
    run_jobs()
    text = text_of(Document.objects.get(ticket=ticket)).replace(" ", "").replace("\n", "")
    assert '#letx=1$a$*b*`c`<d>@e\\"f"[g]{h}//i/*j*/〔表情〕第二行' in text


def test_a_document_that_every_ticket_has_is_made_when_it_is_asked_for(company):
    ticket = write_in(company)
    run = ticket.runs.get()
    make_documents(wanted=[WantedDocument(run.id, "contact_record", "", 1)], by=SYSTEM, now=house_clock.now())
    run_jobs()
    text = text_of(Document.objects.get(ticket=ticket, key="contact_record"))
    assert "接触登记" in text and "热水器故障" in text and "z***@example.com" in text
