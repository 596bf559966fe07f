"""An order's documents on its page: shown, masked for others, taken as PDF with a record (R-DO-1)."""

import hashlib
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.orders.ordering import SYSTEM, buyer, make_company
from tests.web.desk import client_of
from tests.web.test_page_queries import MOST
from yinuo.foundation import clock
from yinuo.foundation.models import HistoryRow
from yinuo.orders.models import Order
from yinuo.orders.services import make_order, plan_milestone, report_exception, write_contract
from yinuo.procedures.documents import fonts
from yinuo.procedures.documents.fonts import FontMissing
from yinuo.staff.models import Role

pytestmark = pytest.mark.django_db
ADDRESS = "广东省深圳市南山区科技园路 1 号"
KEYS = ["order_confirmation", "contract_record", "order_state_log", "milestone_notice_log", "exception_form"]


@pytest.fixture
def company():
    made = make_company()
    made.agent.roles.add(Role.objects.get(code="order_clerk"))
    return made


@pytest.fixture
def order(company) -> Order:
    now = clock.now()
    return make_order(
        number="SC-1", customer=buyer(), team=company.first_line, owner=company.agent, address=ADDRESS,
        lines=[(None, "BX-60L", 2, 1299)], amount=2598, placed_at=now, by=SYSTEM, now=now,
    )  # fmt: skip


def filled(order: Order) -> None:
    now = clock.now()
    for kind in ("shipping", "signing"):
        plan_milestone(order=order, kind=kind, planned_at=now + timedelta(days=9), by=SYSTEM, now=now)
    report_exception(order=order, kind="wrong_address", note="打给 13812341234", by=SYSTEM, now=now)
    write_contract(order=order, number="HT-7", our_duties="送货", their_duties="付款", by=SYSTEM, now=now)


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_the_order_leads_to_what_there_is_something_for_and_it_to_the_sheet(company, order):
    client = client_of(company.agent)
    html = client.get("/orders/SC-1").content.decode()
    assert "/orders/SC-1/documents/order_confirmation/file" in html and "订单确认单" in html
    assert "异常订单处理表" not in html and "节点预警通知记录" not in html
    assert client.get("/orders/SC-1/documents/exception_form").status_code == 404
    assert client.get("/orders/SC-1/documents/exception_form/file").status_code == 404
    filled(order)
    html = client.get("/orders/SC-1").content.decode()
    assert [key for key in KEYS if f'"/orders/SC-1/documents/{key}"' in html] == KEYS
    text = words(client.get("/orders/SC-1/documents/order_confirmation").content.decode())
    version = Order.objects.get().version
    for expected in ("订单确认单", "张三", "BX-60L", ADDRESS, "zhang.san@example.com", f"订单第 {version} 版", "截至"):
        assert expected in text, expected
    notices = words(client.get("/orders/SC-1/documents/milestone_notice_log").content.decode())
    assert "节点 2" in notices and "z***@example.com" in notices and "zhang.san@example.com" not in notices
    exceptions = client.get("/orders/SC-1/documents/exception_form").content.decode()
    assert "打给 138****1234" in exceptions and "13812341234" not in exceptions


def test_who_only_answers_customers_reads_it_masked_and_takes_no_file(company, order):
    filled(order)
    other = client_of(company.second_agent)
    assert "/file" not in other.get("/orders/SC-1").content.decode()
    for key in KEYS:
        url = f"/orders/SC-1/documents/{key}"
        response = other.get(url)
        html = response.content.decode()
        assert response.status_code == 200 and f"{url}/file" not in html
        assert "科技园路" not in html and "zhang.san@example.com" not in html and "13812341234" not in html
        assert other.get(f"{url}/file").status_code == 403
    assert "广东省深圳市南山区****" in other.get("/orders/SC-1/documents/order_confirmation").content.decode()
    assert not HistoryRow.objects.filter(kind="orders.OrderDocumentTaken").exists()


def test_who_has_nothing_to_do_with_customers_finds_no_document(company, order):
    company.technician.roles.clear()
    client = client_of(company.technician)
    assert client.get("/orders/SC-1/documents/order_confirmation").status_code == 403
    assert client.get("/orders/SC-1/documents/order_confirmation/file").status_code == 403


def test_a_file_is_taken_with_a_record_in_the_orders_history(company, order):
    client = client_of(company.agent)
    assert client.post("/orders/SC-1/documents/order_confirmation/file").status_code == 405
    response = client.get("/orders/SC-1/documents/order_confirmation/file")
    assert response.content.startswith(b"%PDF-")
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert "no-store" in response.headers["Cache-Control"]
    row = HistoryRow.objects.get(kind="orders.OrderDocumentTaken")
    assert (row.subject_id, row.actor_id, row.customer_id) == (order.id, company.agent.id, order.customer_id)
    digest = hashlib.sha256(response.content).hexdigest()
    assert row.values == {"document": "order_confirmation", "version": Order.objects.get().version, "digest": digest}
    assert "下载《订单确认单》第 1 版" in client.get("/orders/SC-1").content.decode()


def test_without_a_chinese_font_nothing_is_taken_and_it_says_why(company, order, monkeypatch):
    def missing(folder: str) -> None:
        raise FontMissing

    monkeypatch.setattr(fonts, "_font", missing)
    response = client_of(company.agent).get("/orders/SC-1/documents/order_confirmation/file")
    assert response.status_code == 503 and "字体" in response.content.decode()
    assert not HistoryRow.objects.filter(kind="orders.OrderDocumentTaken").exists()


def test_neither_page_nor_file_asks_more_than_twelve_times(company, order):
    filled(order)
    client, over = client_of(company.agent), []
    for url in ["/orders/SC-1", *(f"/orders/SC-1/documents/{key}{end}" for key in KEYS for end in ("", "/file"))]:
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        if len(queries) > MOST:
            over.append((url, len(queries)))
    assert over == []
