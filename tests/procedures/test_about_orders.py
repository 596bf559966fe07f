"""A ticket about an order of ours: each promise stands once, on the order; the ticket goes on by what happens there
(ADR 0021)."""

from datetime import timedelta

import pytest
from tests.conftest import run_jobs
from tests.orders.ordering import SYSTEM, buyer
from tests.procedures.test_story import press
from tests.story import Company, make_company, write_in

from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import recorded_of
from yinuo.foundation.models import HistoryRow
from yinuo.orders.models import Order, OrderException
from yinuo.orders.services import answer_fulfilment, make_order, plan_exception, set_state, tell_exception
from yinuo.procedures.models import Run, Step, StepState
from yinuo.procedures.subscribers import on_order_state
from yinuo.quality.models import Improvement
from yinuo.quality.services import answer_survey
from yinuo.sla.models import Deadline, DeadlineState
from yinuo.tickets.models import Ticket
from yinuo.tickets.queries import orders_of
from yinuo.tickets.services import link_order, unlink_order

pytestmark = pytest.mark.django_db
EXCEPTION = ("exception_started", "exception_plan", "exception_result")


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def order(company: Company) -> Order:
    now = clock.now()
    return make_order(
        number="SC-1", customer=buyer(), team=company.first_line, owner=company.agent, state="making",
        lines=[(None, "BX-60L", 1, None)], placed_at=now, by=SYSTEM, now=now,
    )  # fmt: skip


@pytest.fixture
def ticket(company: Company, order: Order) -> Ticket:
    return write_in(company, "订单什么时候到？", subject="订单进度", category="order_problem")


def taken_over(ticket: Ticket, company: Company, matter: str = "under_way", **fields: object) -> None:
    press(
        ticket, "take_over", "taken_over", company.agent, order_number=fields.pop("order_number", ticket.number),
        customer_name="张三", matter=matter, **fields,
    )  # fmt: skip
    run_jobs()


def linked(ticket: Ticket, order: Order) -> None:
    link_order(ticket=ticket, order=order, by=SYSTEM, now=clock.now())
    run_jobs()


def here(ticket: Ticket) -> list[str]:
    return list(Step.objects.filter(ticket=ticket, state=StepState.ACTIVE).values_list("key", flat=True))


def running(kind: str) -> list[str]:
    """What the open promises of this kind are about."""
    rows = Deadline.objects.filter(kind=kind, state=DeadlineState.RUNNING)
    return [row.subject_kind for row in rows]


def test_an_exception_noted_in_the_ticket_is_promised_once_and_by_the_order(company, order, ticket):
    found_at = clock.now() - timedelta(minutes=20)
    taken_over(ticket, company, "exception", exception_found_at=found_at)
    assert [running(kind) for kind in EXCEPTION] == [["run"]] * 3
    linked(ticket, order)
    assert here(ticket) == ["with_order"]
    assert [running(kind) for kind in EXCEPTION] == [["order_exception"]] * 3
    exception = OrderException.objects.get(order=order)
    assert exception.found_at == found_at

    plan_exception(exception=exception, option="postpone", plan="等两天", by=SYSTEM, now=clock.now())
    tell_exception(exception=exception, result="客户同意", way="phone", by=SYSTEM, now=clock.now())
    run_jobs()
    assert here(ticket) == ["record"]
    assert Step.objects.get(ticket=ticket, key="with_order").outcome == "settled"
    assert [running(kind) for kind in EXCEPTION] == [[]] * 3


def test_a_ticket_that_names_an_order_of_its_customer_is_about_it(company, order, ticket):
    taken_over(ticket, company, order_number="sc-1 ")
    assert orders_of(ticket.id) == [order.id]
    assert here(ticket) == ["with_order"]


def test_the_order_of_somebody_else_is_not_linked_by_its_number(company, ticket):
    now = clock.now()
    make_order(
        number="SC-2", customer=buyer("li@example.com", "李四"), team=company.first_line, owner=None,
        lines=[(None, "BX-60L", 1, None)], placed_at=now, by=SYSTEM, now=now,
    )  # fmt: skip
    taken_over(ticket, company, order_number="SC-2")
    assert orders_of(ticket.id) == [] and here(ticket) == ["plan"]


def test_an_exception_of_a_ticket_linked_before_it_was_taken_over_is_the_orders_too(company, order, ticket):
    linked(ticket, order)
    assert here(ticket) == ["take_over"]
    taken_over(ticket, company, "exception", exception_found_at=clock.now())
    assert here(ticket) == ["with_order"]
    assert OrderException.objects.filter(order=order).count() == 1
    assert [running(kind) for kind in EXCEPTION] == [["order_exception"]] * 3


def test_signed_for_the_ticket_asks_and_the_answer_stands_on_the_order_with_one_improvement(company, order, ticket):
    taken_over(ticket, company)
    linked(ticket, order)
    set_state(order=order, state="signed", by=SYSTEM, now=clock.now())
    assert running("fulfilment_asked") == ["order"]
    run_jobs()
    assert here(ticket) == ["ask"]
    assert running("fulfilment_asked") == [], "the survey has gone out: he is asked"
    ticket.refresh_from_db()
    answer_survey(
        ticket=ticket, answers={"satisfaction": 2, "goods_intact": "no", "on_time": "yes", "suggestion": "箱子破了"},
        way="portal", by=Actor.customer(ticket.customer_id), now=clock.now(),
    )  # fmt: skip
    run_jobs()
    order.refresh_from_db()
    assert (order.satisfaction, order.goods_intact, order.on_time, order.feedback) == (2, False, True, "箱子破了")
    assert Improvement.objects.get().ticket == ticket
    assert here(ticket) == ["record"]


def test_news_of_an_order_that_comes_late_does_not_take_its_ticket_back(company, order, ticket):
    taken_over(ticket, company)
    linked(ticket, order)
    order.refresh_from_db()
    for state in ("shipped", "signed"):
        order = set_state(order=order, state=state, by=SYSTEM, now=clock.now())
    turned = HistoryRow.objects.filter(subject_id=order.id, kind="orders.OrderStateChanged").order_by("-id")
    for row in turned:  # in any order, as jobs come: the last first
        on_order_state(recorded_of(row))
    assert here(ticket) == ["ask"]
    assert Run.objects.get(ticket=ticket).state["fields"]["order_state"] == "signed"


def test_asked_on_the_order_the_ticket_has_its_answer(company, order, ticket):
    taken_over(ticket, company)
    linked(ticket, order)
    set_state(order=order, state="signed", by=SYSTEM, now=clock.now())
    run_jobs()
    answer_fulfilment(
        order=order, satisfaction=3, goods_intact=True, on_time=False, feedback="晚了", by=SYSTEM, now=clock.now()
    )
    run_jobs()
    assert here(ticket) == ["record"]
    asked = Step.objects.get(ticket=ticket, key="ask")
    assert asked.form["satisfaction"] == 3 and asked.form["on_time"] is False
    assert Improvement.objects.get().order == order


def test_no_longer_linked_the_ticket_goes_on_by_itself(company, order, ticket):
    taken_over(ticket, company)
    linked(ticket, order)
    unlink_order(ticket=ticket, order=order, by=SYSTEM, now=clock.now())
    run_jobs()
    assert here(ticket) == ["plan"]


def test_a_ticket_of_another_procedure_is_left_where_it_is(company, order):
    fault = write_in(company)
    linked(fault, order)
    set_state(order=order, state="signed", by=SYSTEM, now=clock.now())
    run_jobs()
    assert here(fault) == ["accept"]
