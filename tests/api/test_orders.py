"""Orders told of by a shop or ERP: by their own number, again and again, within the token's queues (R-OR-3)."""

import pytest

from tests.api.program import program
from tests.story import make_company
from yinuo.foundation.models import HistoryRow
from yinuo.orders.models import Milestone, Order, OrderException
from yinuo.sla.models import Deadline
from yinuo.staff.scopes import Scope

pytestmark = pytest.mark.django_db
ORDER = {
    "customer": {"kind": "email", "value": "zhang.san@example.com", "name": "张三"},
    "amount": "2598.00", "payment_state": "paid", "address": "广东省深圳市南山区科技园路 1 号",
    "lines": [{"model": "BX-60L", "quantity": 2, "price": "1299.00"}],
    "milestones": [{"kind": "shipping", "planned_at": "2027-06-01T02:00:00Z"}],
}  # fmt: skip


@pytest.fixture
def company():
    return make_company()


def test_an_order_is_made_once_and_answered_alike(company):
    shop = program(Scope.WRITE_ORDERS, Scope.READ_ORDERS)
    first = shop("PUT", "/orders/shop-1", ORDER)
    facts = HistoryRow.objects.count()
    again = shop("PUT", "/orders/SHOP-1", ORDER)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json() == shop.get("/orders/shop-1").json()
    assert HistoryRow.objects.count() == facts
    told = first.json()
    assert (told["number"], told["amount"], told["queue"]) == ("SHOP-1", "2598.00", "service")
    assert told["address"] == "广东省深圳市南山区****"
    assert Order.objects.get().owner is None


def test_a_milestone_moved_by_a_program_owes_the_customer_a_word(company):
    shop = program()
    shop("PUT", "/orders/SHOP-1", ORDER)
    told = shop(
        "PUT", "/orders/SHOP-1/milestones/shipping", {"planned_at": "2027-06-10T02:00:00Z", "reason": "缺货"}
    ).json()
    [milestone] = told["milestones"]
    assert (milestone["planned_at"], milestone["moved"]) == ("2027-06-10T02:00:00Z", 1)
    assert Deadline.objects.filter(kind="delay_notice", state="running").count() == 1
    shop("PUT", "/orders/SHOP-1/milestones/shipping", {
        "planned_at": "2027-06-10T02:00:00Z", "actual_at": "2026-07-06T00:00:00Z"})  # fmt: skip
    assert Milestone.objects.get().actual_at is not None
    assert not Deadline.objects.filter(subject_kind="milestone", state="running").exists()


def test_an_exception_with_one_key_is_reported_once(company):
    shop = program()
    shop("PUT", "/orders/SHOP-1", ORDER)
    body = {"kind": "out_of_stock", "note": "仓库缺货"}
    made = [shop.post("/orders/SHOP-1/exceptions", body, key="k1") for _ in range(2)]
    assert [one.status_code for one in made] == [201, 201]
    assert made[0].json() == made[1].json()
    assert OrderException.objects.count() == 1
    assert Order.objects.get().state == "exception"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"lines": []}, 422, "order_lines_missing"),
        ({"customer": None}, 422, "order_customer_needed"),
        ({"owner": "nobody"}, 422, "order_owner_unknown"),
        ({"amount": "-1"}, 422, "fields_invalid"),
        ({"amount": "1.001"}, 422, "fields_invalid"),
        ({"state": "exception"}, 422, "fields_invalid"),
        ({"placed_at": "2026-11-01T00:00:00"}, 422, "fields_invalid"),
        ({"milestones": [{"kind": "shipping", "planned_at": "9999-01-01T00:00:00Z"}]}, 422, "order_date_too_far"),
        ({"more": 1}, 422, "fields_invalid"),
    ],
)
def test_a_bad_order_is_refused_whole(company, change, status, code):
    response = program()("PUT", "/orders/SHOP-1", {**ORDER, **change})
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert Order.objects.count() == 0
    assert not HistoryRow.objects.filter(kind__startswith="orders.").exists()


def test_a_step_is_never_taken_back_and_a_number_never_given_to_another(company):
    shop = program()
    shop("PUT", "/orders/SHOP-1", ORDER | {"state": "shipped"})
    back = shop("PUT", "/orders/SHOP-1", {"state": "making"})
    assert (back.status_code, back.json()["code"]) == (409, "order_state_refused")
    other = shop("PUT", "/orders/SHOP-1", {"customer": {"kind": "email", "value": "li@example.com"}})
    assert (other.status_code, other.json()["code"]) == (409, "order_customer_other")


def test_a_program_of_other_queues_neither_sees_nor_changes_an_order(company):
    program()("PUT", "/orders/SHOP-1", ORDER)
    other = program(queues=[company.technical])
    assert other.get("/orders/SHOP-1").status_code == 404
    assert other("PUT", "/orders/SHOP-1", {"state": "shipped"}).status_code == 404
    assert other("PUT", "/orders/SHOP-2", ORDER).json()["queue"] == "technical"
    assert Order.objects.get(number="SHOP-1").state == "to_make"
