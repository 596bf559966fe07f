"""Pages of documents, registers and evidence: shown, masked, taken with a record, refused to who may not."""

import io
import re

import openpyxl
import pytest

from tests.conftest import run_jobs
from tests.story import Company, make_company, write_in
from tests.web.desk import client_of, post, press
from yinuo.foundation.models import HistoryRow
from yinuo.procedures.models import Document, Evidence, RegisterExport
from yinuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db
ACCEPTED = {
    "customer_name": "张三", "contact": "13812341234", "symptom": "不加热，显示E2", "problem_type": "function_fault",
    "urgency": "normal", "complexity": "normal",
}  # fmt: skip


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def ticket(company: Company) -> Ticket:
    made = write_in(company)
    press(client_of(company.agent), made, "accept", "accepted", **ACCEPTED)
    run_jobs()
    return made


def deeds(kind: str) -> int:
    return HistoryRow.objects.filter(kind=kind).count()


def test_the_ticket_leads_to_its_documents_and_they_to_the_printed_page(company, ticket):
    client = client_of(company.agent)
    assert f"/tickets/{ticket.number}/documents" in client.get(f"/tickets/{ticket.number}").content.decode()
    listed = client.get(f"/tickets/{ticket.number}/documents").content.decode()
    document = Document.objects.get(ticket=ticket)
    assert "售后问题受理表" in listed and f"/documents/{document.id}/file" in listed
    assert "接触登记" in listed  # can be made
    shown = client.get(f"/tickets/{ticket.number}/documents/{document.id}").content.decode()
    text = re.sub(r"<[^>]+>", " ", shown)
    for words in ("售后问题受理表", "客户名称/姓名", "张三", "138****1234", "功能故障", document.sheet["mark"]):
        assert words in text
    assert "13812341234" not in shown


def test_a_file_is_taken_with_a_record(company, ticket):
    document = Document.objects.get(ticket=ticket)
    response = client_of(company.agent).get(f"/tickets/{ticket.number}/documents/{document.id}/file")
    assert b"".join(response.streaming_content).startswith(b"%PDF-")
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert "no-store" in response.headers["Cache-Control"]
    assert deeds("procedures.DocumentRead") == 1
    other = write_in(company, address="li@example.com")
    assert client_of(company.agent).get(f"/tickets/{other.number}/documents/{document.id}/file").status_code == 404
    assert deeds("procedures.DocumentRead") == 1


def test_what_is_missing_is_made_when_asked_for(company, ticket):
    client = client_of(company.agent)
    assert post(client, ticket, "documents/make", version=ticket.version).status_code == 302
    run_jobs()
    assert Document.objects.filter(ticket=ticket, key="contact_record", file__isnull=False).count() == 1
    assert post(client, ticket, "documents/make", version=ticket.version).status_code == 302
    run_jobs()
    assert Document.objects.filter(ticket=ticket).count() == 2


def test_a_register_shows_what_one_may_see_and_says_what_to_do_where_there_is_nothing(company, ticket):
    agent, technician = client_of(company.agent), client_of(company.technician)
    html = agent.get("/registers/after_sales_register").content.decode()
    assert ticket.number in html and "故障现象：不加热" in html and "138****1234" in html
    assert 'data-watermark="林小满 ' in html
    assert ticket.number not in technician.get("/registers/after_sales_register").content.decode()
    for url in ("/registers/after_sales_register?since=2020-01-01&until=2020-01-02", "/registers/push_register"):
        shown = agent.get(url).content.decode()
        assert "这张登记表还没有内容" in shown
    assert "增值服务推送" in shown
    assert agent.get("/registers").headers["Location"] == "/registers/after_sales_register"
    assert agent.get("/registers/nothing").status_code == 404
    assert agent.get("/registers/after_sales_register?after=x").status_code == 404
    assert agent.get("/registers/after_sales_register?since=yesterday&team=x").status_code == 200


def test_an_export_is_asked_for_with_a_right_and_taken_by_who_asked(company, ticket):
    agent, boss = client_of(company.agent), client_of(company.supervisor)
    url = "/registers/after_sales_register/export"
    assert agent.post(url, {}).status_code == 403
    assert "导出 Excel" not in agent.get("/registers/after_sales_register").content.decode()
    assert boss.post(url, {"unmasked": "on"}).status_code == 422
    assert not RegisterExport.objects.exists()
    assert boss.post(url, {"since": "2020-01-01"}).headers["Location"] == "/registers/exports"
    assert boss.post(url, {}).status_code == 409
    run_jobs()
    row = RegisterExport.objects.get()
    listed = boss.get("/registers/exports").content.decode()
    assert f"/registers/exports/{row.id}/file" in listed and "2020-01-01 起" in listed
    response = boss.get(f"/registers/exports/{row.id}/file")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content))).worksheets[0]
    assert sheet.cell(row=3, column=1).value == ticket.number and sheet.cell(row=3, column=3).value == "138****1234"
    assert deeds("procedures.RegisterExportTaken") == 1
    analyst = company.second_agent
    analyst.roles.set(company.supervisor.roles.all())
    assert client_of(analyst).get(f"/registers/exports/{row.id}/file").status_code == 404


def test_evidence_is_for_who_reviews_and_may_see_personal_data(company, ticket):
    agent, boss = client_of(company.agent), client_of(company.supervisor)
    listed = f"/tickets/{ticket.number}/documents"
    assert "证据包" not in agent.get(listed).content.decode()
    assert "证据包" in boss.get(listed).content.decode()
    assert post(agent, ticket, "evidence", version=ticket.version, reason="仲裁").status_code == 403
    assert post(boss, ticket, "evidence", version=ticket.version, reason=" ").status_code == 422
    assert not Evidence.objects.exists()
    assert post(boss, ticket, "evidence", version=ticket.version, reason="仲裁").status_code == 302
    evidence = Evidence.objects.get()
    assert boss.get(f"/tickets/{ticket.number}/evidence/{evidence.id}/file").status_code == 404
    assert agent.get(f"/tickets/{ticket.number}/evidence/{evidence.id}/file").status_code == 403
