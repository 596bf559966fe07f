"""Orders on screen: found, read, moved, told of; with a ticket and without (R-OR-1 … R-OR-6)."""

import hashlib
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.conftest import run_jobs
from tests.orders.ordering import SYSTEM, buyer, make_company
from tests.story import write_in
from tests.web.desk import HTMX, client_of, post
from yinuo.foundation import clock
from yinuo.foundation.models import HistoryRow
from yinuo.orders.models import Contract, Milestone, Order, OrderException
from yinuo.orders.services import make_order, plan_milestone, set_state
from yinuo.quality.models import Improvement
from yinuo.sla.models import Deadline
from yinuo.staff.models import Role
from yinuo.tickets.models import Message
from yinuo.tickets.services import link_order

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def company():
    made = make_company()
    made.agent.roles.add(Role.objects.get(code="order_clerk"))
    return made


def placed(company, number="SC-1", **more):
    now = clock.now()
    more.setdefault("customer", buyer())
    return make_order(
        number=number, team=company.first_line, owner=company.agent, lines=[(None, "BX-60L", 2, 1299)], amount=2598,
        address="广东省深圳市南山区科技园路 1 号", placed_at=now, by=SYSTEM, now=now, **more,
    )  # fmt: skip


def planned(order, days=9):
    now = clock.now()
    return plan_milestone(order=order, kind="shipping", planned_at=now + days * DAY, by=SYSTEM, now=now)


def local(at):
    return clock_local(at).strftime("%Y-%m-%dT%H:%M")


def clock_local(at):
    from zoneinfo import ZoneInfo

    return at.astimezone(ZoneInfo("Asia/Shanghai"))


def test_a_list_says_what_is_next_and_leads_to_the_order(company):
    planned(placed(company))
    client = client_of(company.agent)
    html = client.get("/orders").content.decode()
    assert "SC-1" in html and "¥2,598.00" in html and "发货" in html and "待生产" in html
    assert client.get("/orders?q=sc-1").headers["Location"] == "/orders/SC-1"
    assert "没有订单 XX" in client.get("/orders?q=XX").content.decode()
    assert "没有这种状态的订单" in client.get("/orders?show=cancelled").content.decode()


def test_the_list_goes_on_page_by_page(company):
    for number in range(53):
        placed(company, f"SC-{number:03d}")
    client, seen = client_of(company.agent), []
    url, headers = "/orders", {}
    while url:
        html = client.get(url, headers=headers).content.decode()
        seen += re.findall(r'href="/orders/(SC-\d+)"', html)
        more = re.search(r'hx-get="(/orders\?part=rows[^"]+)"', html)
        url, headers = (more[1].replace("&amp;", "&"), HTMX) if more else ("", {})
    assert (len(seen), len(set(seen))) == (53, 53)


def test_an_order_is_noted_down_with_lines_in_words(company):
    buyer()
    client = client_of(company.agent)
    fields = {
        "customer": "张三", "number": "", "placed_at": local(clock.now()), "owner": str(company.agent.id),
        "lines": "BX-60L × 2 @ 1299\n安装费", "amount": "2798", "currency": "CNY", "payment_state": "paid",
        "address": "深圳市", "note": "",
    }  # fmt: skip
    response = client.post("/orders/new", fields)
    order = Order.objects.get()
    assert response.headers["Location"] == f"/orders/{order.number}"
    assert [(line.model_text, line.quantity, line.price) for line in order.lines.order_by("position")] == [
        ("BX-60L", 2, 1299), ("安装费", 1, None),
    ]  # fmt: skip
    refused = client.post("/orders/new", fields | {"customer": "王五", "lines": "× 3"})
    assert refused.status_code == 422
    assert "没有这位客户" in refused.content.decode() and "第 1 行看不懂" in refused.content.decode()
    assert Order.objects.count() == 1


def test_who_only_answers_customers_sees_the_state_but_moves_nothing(company):
    milestone = planned(placed(company, customer=buyer("li@example.com", "李四")))
    client = client_of(company.second_agent)
    html = client.get("/orders/SC-1").content.decode()
    assert "广东省深圳市南山区****" in html and "科技园路" not in html
    assert "改期" not in html
    assert client.get("/orders/SC-1/edit").status_code == 403
    assert client.post(f"/orders/SC-1/milestones/{milestone.id}/reach", {}).status_code == 403


def test_the_address_is_shown_to_who_says_why(company):
    placed(company, customer=buyer("li@example.com", "李四"))
    Order.objects.update(owner=None)
    company.reviewer.roles.set(Role.objects.filter(code="complaint_handler"))
    client = client_of(company.reviewer)
    company.technician.roles.set(Role.objects.filter(code="complaint_handler"))
    write_in(company, address="li@example.com", name="李四")
    assert client_of(company.technician).post("/orders/SC-1/address", {"reason": "看看"}).status_code == 403
    assert client.post("/orders/SC-1/address", {"reason": ""}).status_code == 422
    html = client.post("/orders/SC-1/address", {"reason": "核对送货"}).content.decode()
    assert "科技园路 1 号" in html
    assert HistoryRow.objects.filter(kind="orders.AddressShown", actor_id=company.reviewer.id).count() == 1


def test_a_delay_goes_out_by_mail_in_the_orders_ticket_and_keeps_the_promise(company):
    ticket, order = write_in(company), placed(company)
    milestone = planned(order)
    link_order(ticket=ticket, order=order, by=SYSTEM, now=clock.now())
    client, place = client_of(company.agent), f"/orders/SC-1/milestones/{milestone.id}"
    later = clock.now() + 14 * DAY
    assert client.post(f"{place}/move", {"planned_at": local(later), "reason": ""}).status_code == 422
    client.post(f"{place}/move", {"planned_at": local(later), "reason": "工厂停电"})
    html = client.get(f"{place}/delay").content.decode()
    assert "因工厂停电要推迟" in html and "SC-1" in html
    client.post(f"{place}/delay", {"way": f"ticket:{ticket.id}", "text": "订单因工厂停电要推迟"})
    assert Message.objects.get(ticket=ticket, direction="out", template="").text == "订单因工厂停电要推迟"
    kept = Deadline.objects.get(kind="delay_notice")
    assert (kept.state, kept.breached_at) == ("met", None)
    assert Milestone.objects.get().delay_told_at is not None


def test_a_mail_never_goes_out_by_a_ticket_that_the_person_may_not_work_on(company):
    other = write_in(company, address="li@example.com", name="李四")
    milestone = planned(placed(company))
    client = client_of(company.agent)
    response = client.post(
        f"/orders/SC-1/milestones/{milestone.id}/announce", {"way": f"ticket:{other.id}", "text": "x"}
    )
    assert response.status_code == 422
    assert not Message.objects.filter(ticket=other, text="x").exists()


def test_an_exception_from_discovery_to_result_on_screen(company):
    placed(company)
    client = client_of(company.agent)
    client.post("/orders/SC-1/exception", {"kind": "out_of_stock", "found_at": local(clock.now()), "note": "只剩一台"})
    place = f"/orders/SC-1/exceptions/{OrderException.objects.get().id}"
    client.post(f"{place}/start")
    assert client.post(f"{place}/result", {"way": "phone", "text": "x", "result": "x"}).status_code == 409
    client.post(f"{place}/settle", {"option": "replace", "plan": "换 80L"})
    client.post(f"{place}/result", {"way": "phone", "text": "已告知", "result": "客户同意换 80L"})
    html = client.get("/orders/SC-1").content.decode()
    assert "替换产品" in html and "客户同意换 80L" in html
    assert Order.objects.get().state == "to_make"


def test_an_act_says_what_it_is_about(company):
    order = placed(company)
    milestone = planned(order)
    client = client_of(company.agent)
    page = client.get(f"/orders/SC-1/milestones/{milestone.id}/move").content.decode()
    assert "发货" in page and f'datetime="{milestone.planned_at.isoformat(timespec="seconds")}' in page
    assert "节点预告" in page
    client.post("/orders/SC-1/exception", {"kind": "out_of_stock", "found_at": local(clock.now()), "note": "只剩一台"})
    page = client.get(f"/orders/SC-1/exceptions/{OrderException.objects.get().id}/settle").content.decode()
    assert "库存不足" in page and "只剩一台" in page and "异常方案" in page


def test_what_is_to_be_checked_stands_beside_each_check(company):
    placed(company)
    page = client_of(company.agent).get("/orders/SC-1/confirm").content.decode()
    for said in ("BX-60L × 2", "¥2,598.00", "广东省深圳市南山区科技园路 1 号"):
        assert said in page
    assert buyer().name in page


def test_what_happened_to_a_promise_names_its_milestone(company):
    milestone = planned(placed(company))
    client = client_of(company.agent)
    client.post(f"/orders/SC-1/milestones/{milestone.id}/announce", {"way": "phone", "text": "后天发货"})
    assert "发货 · 节点预告：按时完成" in client.get("/orders/SC-1").content.decode()


def test_a_form_sent_twice_is_carried_out_once(company):
    placed(company)
    client = client_of(company.agent)
    fields = {
        "kind": "shipping", "label": "", "planned_at": local(clock.now() + 9 * DAY),
        "once": "01930000-0000-7000-8000-000000000001",
    }  # fmt: skip
    assert [client.post("/orders/SC-1/plan", fields).status_code for _ in range(2)] == [302, 302]
    assert Milestone.objects.count() == 1


def test_two_people_editing_one_order_are_told_of_each_other(company):
    order = placed(company)
    client = client_of(company.agent)
    fields = {
        "version": order.version - 1, "amount": "1", "currency": "CNY", "payment_state": "paid", "lines": "A",
        "address": "", "note": "",
    }  # fmt: skip
    assert client.post("/orders/SC-1/edit", fields).status_code == 409
    assert Order.objects.get().amount == 2598


def test_a_contract_is_reviewed_on_screen_by_somebody_else(company):
    placed(company)
    writer, reviewer = client_of(company.agent), client_of(company.reviewer)
    paper = SimpleUploadedFile("合同.pdf", b"%PDF-1.4", "application/pdf")
    writer.post(
        "/orders/SC-1/contract",
        {"number": "HT-1", "our_duties": "按期送货", "their_duties": "按期付款", "file": paper, "version": "0"},
    )
    writer.post("/orders/SC-1/submit")
    assert writer.get("/orders/SC-1/review").status_code == 403
    assert "按期送货" in reviewer.get("/orders/SC-1/review").content.decode()
    assert reviewer.get("/orders/SC-1/contract-file").content == b"%PDF-1.4"
    taken = HistoryRow.objects.get(kind="orders.OrderDocumentTaken")
    assert taken.actor_id == company.reviewer.id and taken.values["document"] == "contract_file"
    assert taken.values["digest"] == hashlib.sha256(b"%PDF-1.4").hexdigest()
    assert "下载《合同》" in writer.get("/orders/SC-1").content.decode()
    reviewer.post("/orders/SC-1/review", {"lawful": "yes", "compliant": "yes", "fair": "yes", "note": ""})
    writer.post("/orders/SC-1/sign", {"signed_at": local(clock.now() - timedelta(minutes=2))})
    assert Contract.objects.get().state == "signed"


def test_a_file_is_read_in_with_a_report_of_what_was_refused(company):
    client = client_of(company.agent)
    content = client.get("/orders/import/sample").content + (
        "SC-2,,,,1,CNY,A,1,,已付清,待生产,,,,,,\nSC-3,王五,wang@example.com,,x,CNY,A,1,,,,,,,,,\n".encode()
    )
    for new, same in ((1, 0), (0, 1)):
        html = client.post("/orders/import", {"file": SimpleUploadedFile("a.csv", content)}).content.decode()
        text = re.sub(r"<[^>]+>", " ", html)
        assert re.search(rf"新增\s+{new}\s+已更新\s+0\s+无变化\s+{same}\s+拒收\s+2", text)
        assert "请填是谁的订单" in text and "“x”不是数字（订单金额）" in text
    assert Order.objects.get().milestones.count() == 1
    assert client.post("/orders/import", {"file": SimpleUploadedFile("a.xlsx", b"PK\3\4bad")}).status_code == 422


def test_orders_stand_beside_the_ticket_and_in_the_customers_file(company):
    ticket = write_in(company)
    placed(company)
    client = client_of(company.agent)
    side = client.get(f"/tickets/{ticket.number}?part=orders", headers=HTMX).content.decode()
    assert '<option value="SC-1">' in side
    assert post(client, ticket, "order", order="SC-1", linked="1").status_code == 204
    side = client.get(f"/tickets/{ticket.number}?part=orders", headers=HTMX).content.decode()
    assert 'href="/orders/SC-1"' in side and "与此订单无关" in side
    assert ticket.number in client.get("/orders/SC-1").content.decode()
    assert "SC-1" in client.get(f"/customers/{ticket.customer_id}").content.decode()
    run_jobs()


def test_a_low_score_leads_to_its_improvement(company):
    order = placed(company)
    set_state(order=order, state="signed", by=SYSTEM, now=clock.now())
    client = client_of(company.agent)
    posted = {"satisfaction": "2", "goods_intact": "no", "on_time": "no", "feedback": "箱子破了"}
    assert client.post(f"/orders/{order.number}/fulfilment", posted).status_code == 302
    run_jobs()
    improvement = Improvement.objects.get()
    html = client.get(f"/orders/{order.number}").content.decode()
    assert f"/improvements/{improvement.id}" in html and "待分析" in html
    page = client_of(company.supervisor).get(f"/improvements/{improvement.id}").content.decode()
    assert f"/orders/{order.number}" in page and "箱子破了" in page and "的履约" in page
