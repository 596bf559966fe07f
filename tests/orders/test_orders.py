"""Orders made, fed by shops, listed; contracts judged before anybody signs (R-OR-1, R-OR-2)."""

import re
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.conftest import run_jobs
from tests.orders.ordering import MONDAY, SYSTEM, buyer, make_company, ordered, shipping
from tests.story import write_in
from yinuo.channels.notices import texts_of
from yinuo.customers.services import merge_customers
from yinuo.foundation.models import HistoryRow
from yinuo.orders import lists
from yinuo.orders.errors import (
    AmountInvalid,
    ContractEmpty,
    ContractHeld,
    CustomerNeeded,
    CustomerOther,
    LinesMissing,
    NotReviewed,
    NumberInvalid,
    NumberTaken,
    OwnReview,
    ReviewNoteNeeded,
)
from yinuo.orders.models import Milestone, Order, OrderLine
from yinuo.orders.services import (
    NewLine,
    NewMilestone,
    Told,
    review_contract,
    set_state,
    sign_contract,
    submit_contract,
    take_order,
    write_contract,
)
from yinuo.staff.models import Notice
from yinuo.tickets.errors import OtherCustomer
from yinuo.tickets.models import OrderLink
from yinuo.tickets.services import link_order

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def company():
    return make_company()


def test_an_order_without_a_number_of_the_shop_takes_the_next_of_ours(company):
    first, second = ordered(company), ordered(company)
    assert re.fullmatch(r"DD20261123\d{4,}", first.number)
    assert int(second.number[-4:]) == int(first.number[-4:]) + 1
    ticket = write_in(company, category="order_change")
    assert ticket.number.startswith("DD")
    assert Order.objects.filter(number=ticket.number).count() == 0


@pytest.mark.parametrize("number", ["", " ", "a b", "x" * 41, "订单1", "-1"])
def test_what_is_no_number_is_refused(company, number):
    with pytest.raises(NumberInvalid):
        take_order(told=Told(number=number, identity=("email", "a@example.com")), source="shop", by=SYSTEM, now=MONDAY)


def test_bad_orders_are_refused_whole(company):
    with pytest.raises(LinesMissing):
        ordered(company, lines=[])
    for amount in ("-1", "1e20", "NaN", "0.001", "x"):
        with pytest.raises(AmountInvalid):
            ordered(company, amount=amount)
    ordered(company, number="A-1")
    with pytest.raises(NumberTaken):
        ordered(company, number="a-1")
    assert Order.objects.count() == 1


def told(**more):
    given = {
        "number": "SHOP-1", "identity": ("email", "zhang.san@example.com"), "name": "张三", "placed_at": MONDAY,
        "amount": Decimal("2598.00"), "payment_state": "paid", "state": "to_make", "address": "深圳市南山区 1 号",
        "lines": [NewLine("BX-60L", Decimal(2), Decimal("1299.00"))],
        "milestones": [NewMilestone("shipping", MONDAY + 5 * DAY)],
    }  # fmt: skip
    return Told(**{**given, **more})


def take(**more):
    return take_order(told=told(**more), source="shop", by=SYSTEM, now=MONDAY)


def test_an_order_told_twice_changes_nothing(company):
    first = take()
    facts = HistoryRow.objects.count()
    again = take()
    assert (first.made, again.made, again.changed) == (True, False, False)
    assert HistoryRow.objects.count() == facts
    assert (Order.objects.count(), OrderLine.objects.count(), Milestone.objects.count()) == (1, 1, 1)


def test_a_feed_brings_an_order_up_to_what_is_told(company):
    take()
    taken = take(
        state="shipped", payment_state="part_paid", lines=[NewLine("BX-80L", Decimal(1))],
        milestones=[NewMilestone("shipping", MONDAY + 5 * DAY, actual_at=MONDAY)],
    )  # fmt: skip
    order = Order.objects.get()
    assert taken.changed
    assert (order.state, order.payment_state, order.lines.get().model_text) == ("shipped", "part_paid", "BX-80L")
    assert order.milestones.get().actual_at == MONDAY


def test_what_a_feed_does_not_say_stays(company):
    take()
    take_order(told=Told(number="shop-1", state="making"), source="shop", by=SYSTEM, now=MONDAY)
    order = Order.objects.get()
    assert (order.state, order.amount, order.address) == ("making", Decimal("2598.00"), "深圳市南山区 1 号")


def test_a_feed_never_gives_an_order_to_another_customer(company):
    take()
    with pytest.raises(CustomerOther):
        take(identity=("email", "li.si@example.com"))
    with pytest.raises(CustomerNeeded):
        take(number="SHOP-2", identity=None)


def test_a_refused_order_leaves_no_trace(company):
    facts = HistoryRow.objects.count()
    with pytest.raises(AmountInvalid):
        take(lines=[NewLine("BX-60L", Decimal("-1"))], identity=("email", "new@example.com"))
    assert (Order.objects.count(), HistoryRow.objects.count()) == (0, facts)


def test_every_list_is_walked_to_its_end_without_gaps(company):
    for number in range(7):
        order = ordered(company, number=f"W-{number}", now=MONDAY - number * DAY)
        if number % 2:
            shipping(order, in_days=1 + number // 3)
    walks = {
        "under_way": lists.under_way,
        "mine": lambda **more: lists.mine(company.agent.id, **more),
        "in_state": lambda **more: lists.in_state("to_make", **more),
        "newest": lists.newest,
        "of_customer": lambda **more: lists.of_customer(buyer().id, **more),
    }
    for name, walk in walks.items():
        seen, after = [], ""
        while True:
            page = walk(after=after, limit=2)
            seen += [row.number for row in page.rows]
            after = page.after
            if not after:
                break
        assert sorted(seen) == [f"W-{number}" for number in range(7)], name
    assert lists.under_way().rows[0].next_milestone_at is not None
    assert [row.number for row in lists.overdue(MONDAY + 30 * DAY).rows] == ["W-1", "W-3", "W-5"]
    assert lists.counts(company.agent.id, MONDAY + 30 * DAY) == lists.Counts(7, 7, 3, 0)


def test_a_contract_is_judged_by_somebody_else_before_it_is_signed(company):
    order = ordered(company)
    texts = {"number": "HT-1", "our_duties": "", "their_duties": ""}
    writing = {"order": order, "account": company.agent, "by": SYSTEM, "now": MONDAY}
    write_contract(**writing, **texts)
    with pytest.raises(ContractEmpty):
        submit_contract(order=order, by=SYSTEM, now=MONDAY)
    texts |= {"our_duties": "按期送货并安装", "their_duties": "按期付款"}
    write_contract(**writing, **texts)
    with pytest.raises(NotReviewed):
        sign_contract(order=order, signed_at=MONDAY, by=SYSTEM, now=MONDAY)
    submit_contract(order=order, by=SYSTEM, now=MONDAY)
    with pytest.raises(ContractHeld):
        write_contract(**writing, **texts)
    judged = {"order": order, "lawful": True, "compliant": True, "by": SYSTEM, "now": MONDAY}
    with pytest.raises(OwnReview):
        review_contract(**judged, account=company.agent, fair=True, note="")
    with pytest.raises(ReviewNoteNeeded):
        review_contract(**judged, account=company.reviewer, fair=False, note="")
    assert review_contract(**judged, account=company.reviewer, fair=False, note="违约金只约束客户").state == "returned"
    write_contract(**writing, **texts | {"our_duties": "逾期按日赔付"})
    submit_contract(order=order, by=SYSTEM, now=MONDAY)
    assert review_contract(**judged, account=company.reviewer, fair=True, note="").state == "approved"
    assert sign_contract(order=order, signed_at=MONDAY, by=SYSTEM, now=MONDAY).state == "signed"


def test_reviewers_hear_of_a_contract_that_waits_and_its_author_of_the_verdict(company):
    """R-OR-2."""
    order = ordered(company)
    texts = {"number": "HT-1", "our_duties": "按期送货并安装", "their_duties": "按期付款"}
    write_contract(order=order, account=company.reviewer, by=SYSTEM, now=MONDAY, **texts)
    run_jobs()
    assert not Notice.objects.exists(), "a draft concerns nobody"
    judged = {"order": order, "account": company.supervisor, "lawful": True, "compliant": True, "by": SYSTEM}
    for fair, note in ((False, "违约金只约束客户"), (True, "")):
        submit_contract(order=order, by=SYSTEM, now=MONDAY)
        run_jobs()
        review_contract(**judged, fair=fair, note=note, now=MONDAY)
        run_jobs()
    told = Notice.objects.order_by("id").values_list("account__username", "kind")
    author = company.reviewer.username
    assert [kind for name, kind in told if name == author] == ["order_contract_returned", "order_contract_passed"]
    others = Counter(name for name, kind in told if kind == "order_contract_review")
    assert others[company.supervisor.username] == 2 and author not in others
    assert company.agent.username not in others, "who may not judge is not asked"
    sentences = [texts_of(notice)[0] for notice in Notice.objects.filter(account=company.reviewer).order_by("id")]
    assert sentences == [
        f"订单 {order.number}：{verdict}。" for verdict in ("合同审核未通过，已退回", "合同审核通过，可以签订")
    ]


def test_a_ticket_is_about_orders_of_its_own_customer(company):
    ticket = write_in(company)
    with pytest.raises(OtherCustomer):
        link_order(
            ticket=ticket, order=ordered(company, customer=buyer("li@example.com", "李四")), by=SYSTEM, now=MONDAY
        )
    mine = ordered(company)
    for _ in range(2):
        link_order(ticket=ticket, order=mine, by=SYSTEM, now=MONDAY)
    assert OrderLink.objects.count() == 1


def test_orders_go_along_when_two_files_become_one(company):
    order = ordered(company, customer=buyer("old@example.com"))
    kept = buyer()
    merge_customers(kept=kept, merged=order.customer, by=SYSTEM, now=MONDAY)
    order.refresh_from_db()
    assert order.customer_id == kept.id


def test_an_exception_under_way_is_not_ended_by_a_shop_that_knows_nothing_of_it(company):
    order = take().order
    set_state(order=order, state="making", by=SYSTEM, now=MONDAY)
    from yinuo.orders.services import report_exception

    report_exception(order=order, kind="out_of_stock", note="", by=SYSTEM, now=MONDAY)
    take(state="making")
    assert Order.objects.get().state == "exception"
    take(state="shipped")
    assert Order.objects.get().state == "shipped"
