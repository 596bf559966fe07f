"""Milestones of orders and what is promised about them (R-OR-1, R-OR-3 … R-OR-7)."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import run_jobs
from tests.orders.ordering import MONDAY, SYSTEM, buyer, make_company, ordered, promises, shipping
from yinuo.channels.notices import texts_of
from yinuo.foundation.errors import Missing
from yinuo.foundation.models import HistoryRow
from yinuo.orders.errors import (
    InFuture,
    MilestoneOver,
    MoveReasonNeeded,
    NotDelayed,
    OrderEnded,
    PlanNeeded,
    StateRefused,
)
from yinuo.orders.models import Order, OrderException
from yinuo.orders.services import (
    agree_reports,
    announce_milestone,
    answer_fulfilment,
    assign_order,
    confirm_order,
    drop_milestone,
    move_milestone,
    plan_exception,
    plan_milestone,
    reach_milestone,
    report_exception,
    report_progress,
    set_state,
    start_exception,
    tell_delay,
    tell_exception,
    tell_order,
)
from yinuo.quality.models import Improvement
from yinuo.quality.permissions import access_improvement
from yinuo.quality.queries import improvements_for
from yinuo.quality.services import move_improvement
from yinuo.sla.models import Deadline, DeadlineState
from yinuo.sla.services.noticing import notice_due
from yinuo.staff.models import Notice
from yinuo.staff.permissions import Viewer

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def company():
    return make_company()


def test_a_milestone_is_announced_a_working_day_before_in_service_hours(company):
    friday = datetime(2026, 11, 27, 2, tzinfo=UTC)
    plan_milestone(order=ordered(company), kind="shipping", planned_at=friday, by=SYSTEM, now=MONDAY)
    [notice] = promises("milestone_notice")
    assert notice.due_at == friday - DAY
    assert (notice.team_id, notice.owner_id) == (company.first_line.id, company.agent.id)
    assert notice.ticket_id is None


def test_what_is_planned_for_monday_is_announced_on_friday(company):
    monday = MONDAY + 7 * DAY
    plan_milestone(order=ordered(company), kind="installation", planned_at=monday, by=SYSTEM, now=MONDAY)
    [notice] = promises("milestone_notice")
    assert notice.due_at == monday - 3 * DAY


def test_announced_in_time_keeps_the_promise(company):
    milestone = shipping(ordered(company), in_days=3)
    announce_milestone(milestone=milestone, way="phone", by=SYSTEM, now=MONDAY + 2 * DAY)
    [notice] = promises("milestone_notice")
    assert (notice.state, notice.breached_at) == (DeadlineState.MET, None)


def test_announced_too_late_is_a_broken_promise(company):
    milestone = shipping(ordered(company), in_days=3)
    announce_milestone(milestone=milestone, way="phone", by=SYSTEM, now=MONDAY + 2 * DAY + HOUR)
    [notice] = promises("milestone_notice")
    assert (notice.state, notice.breached_at) == (DeadlineState.MET, MONDAY + 2 * DAY)


def test_a_moved_milestone_takes_its_promise_along(company):
    milestone = shipping(ordered(company), in_days=3)
    move_milestone(milestone=milestone, planned_at=MONDAY + 8 * DAY, reason="工厂停电", by=SYSTEM, now=MONDAY)
    [notice] = promises("milestone_notice")
    assert (notice.round, notice.due_at) == (1, MONDAY + 7 * DAY)
    assert Order.objects.get().next_milestone_at == MONDAY + 8 * DAY


def test_a_delay_told_two_working_days_before_is_in_time(company):
    milestone = shipping(ordered(company), in_days=4)
    move_milestone(milestone=milestone, planned_at=MONDAY + 7 * DAY, reason="缺货", by=SYSTEM, now=MONDAY + DAY)
    [owed] = promises("delay_notice")
    assert (owed.state, owed.due_at) == (DeadlineState.RUNNING, MONDAY + 2 * DAY)
    tell_delay(milestone=milestone, way="phone", by=SYSTEM, now=MONDAY + 2 * DAY)
    [told] = promises("delay_notice")
    assert (told.state, told.breached_at) == (DeadlineState.MET, None)


def test_a_delay_foreseen_too_late_is_broken_as_of_when_it_was_due(company):
    milestone = shipping(ordered(company), in_days=3)
    late = MONDAY + 2 * DAY + 2 * HOUR
    move_milestone(milestone=milestone, planned_at=MONDAY + 7 * DAY, reason="缺货", by=SYSTEM, now=late)
    notice_due(now=late + timedelta(minutes=1))
    [owed] = promises("delay_notice")
    assert owed.breached_at == MONDAY + DAY


def test_an_earlier_date_is_no_delay(company):
    milestone = shipping(ordered(company), in_days=8)
    move_milestone(milestone=milestone, planned_at=MONDAY + 4 * DAY, reason="提前完工", by=SYSTEM, now=MONDAY)
    assert promises("delay_notice") == []


def test_a_broken_promise_stays_broken_when_the_date_moves(company):
    milestone = shipping(ordered(company), in_days=3)
    now = MONDAY + 2 * DAY + HOUR
    notice_due(now=now)
    move_milestone(milestone=milestone, planned_at=MONDAY + 8 * DAY, reason="缺货", by=SYSTEM, now=now)
    broken, anew = promises("milestone_notice")
    assert (broken.state, broken.breached_at) == (DeadlineState.RUNNING, MONDAY + 2 * DAY)
    assert (anew.round, anew.due_at, anew.breached_at) == (2, MONDAY + 7 * DAY, None)
    tell_delay(milestone=milestone, way="sms", by=SYSTEM, now=now + HOUR)
    broken, anew = promises("milestone_notice")
    assert (broken.state, broken.breached_at) == (DeadlineState.MET, MONDAY + 2 * DAY)
    assert anew.state == DeadlineState.RUNNING


def test_a_date_that_was_announced_and_moves_is_announced_anew(company):
    milestone = shipping(ordered(company), in_days=3)
    announce_milestone(milestone=milestone, way="phone", by=SYSTEM, now=MONDAY)
    moved = move_milestone(milestone=milestone, planned_at=MONDAY + 8 * DAY, reason="缺货", by=SYSTEM, now=MONDAY)
    assert moved.announced_at is None
    first, second = promises("milestone_notice")
    assert (first.state, second.state) == (DeadlineState.MET, DeadlineState.RUNNING)


def test_what_could_not_be_kept_when_it_was_planned_is_not_promised(company):
    shipping(ordered(company), in_days=0.5)
    assert promises("milestone_notice") == []


def test_reaching_a_milestone_leaves_nothing_open(company):
    milestone = shipping(ordered(company), in_days=5)
    reach_milestone(milestone=milestone, actual_at=MONDAY + DAY, by=SYSTEM, now=MONDAY + DAY)
    assert {row.state for row in Deadline.objects.filter(subject_kind="milestone")} == {
        DeadlineState.MET, DeadlineState.CANCELLED,
    }  # fmt: skip
    assert Order.objects.get().next_milestone_at is None


def test_a_milestone_taken_out_or_an_order_cancelled_owes_nothing(company):
    order = ordered(company)
    drop_milestone(milestone=shipping(order), by=SYSTEM, now=MONDAY)
    plan_milestone(order=order, kind="shipping", planned_at=MONDAY + 6 * DAY, by=SYSTEM, now=MONDAY)
    set_state(order=order, state="cancelled", by=SYSTEM, now=MONDAY)
    assert not Deadline.objects.filter(state=DeadlineState.RUNNING).exists()
    with pytest.raises(OrderEnded):
        plan_milestone(order=order, kind="production", planned_at=MONDAY + 6 * DAY, by=SYSTEM, now=MONDAY)


def test_whoever_has_the_order_is_told_before_it_is_due_and_the_supervisor_after(company):
    order = ordered(company)
    shipping(order, in_days=3.25)
    due_at = promises("milestone_notice")[0].due_at
    assert due_at == MONDAY + 2.25 * DAY
    notice_due(now=due_at - HOUR)
    run_jobs()
    warned = Notice.objects.get(account=company.agent, kind="deadlines")
    assert warned.values["counts"] == {"order_deadline_warned": 2}
    assert order.number in texts_of(warned)[1]
    notice_due(now=due_at + HOUR)
    run_jobs()
    broken = Notice.objects.get(account=company.supervisor, kind__contains="deadline")
    assert (broken.kind, broken.values["number"]) == ("order_deadline_breached", order.number)
    assert f"/orders/{order.number}" in texts_of(broken)[1]


def test_the_owner_looks_at_the_date_before_a_delay_can_no_longer_be_told_in_time(company):
    order = ordered(company)
    shipping(order, in_days=3)
    bell = Deadline.objects.get(kind="timer:delay_check")
    assert bell.due_at == MONDAY + 7 * HOUR, "17:00, two service hours before Tuesday 10:00"
    notice_due(now=MONDAY + DAY)
    run_jobs()
    assert Notice.objects.get(account=company.agent, kind="order_delay_check").values["number"] == order.number


def test_a_confirmed_order_is_told_of_within_two_service_hours(company):
    order = ordered(company)
    confirm_order(order=order, by=SYSTEM, now=MONDAY)
    [owed] = promises("order_told")
    assert owed.due_at == MONDAY + 2 * HOUR
    tell_order(order=order, way="sms", by=SYSTEM, now=MONDAY + HOUR)
    assert promises("order_told")[0].state == DeadlineState.MET


def test_an_exception_runs_from_its_discovery_to_the_result(company):
    order = set_state(order=ordered(company), state="making", by=SYSTEM, now=MONDAY)
    found = report_exception(order=order, kind="out_of_stock", note="只剩一台", by=SYSTEM, now=MONDAY)
    assert Order.objects.get().state == "exception"
    assert [promises(kind)[0].due_at - MONDAY for kind in ("exception_started", "exception_plan")] == [HOUR, 4 * HOUR]
    start_exception(exception=found, by=SYSTEM, now=MONDAY + HOUR)
    with pytest.raises(PlanNeeded):
        tell_exception(exception=found, result="好了", way="phone", by=SYSTEM, now=MONDAY + HOUR)
    plan_exception(exception=found, option="replace", plan="换成 80L", by=SYSTEM, now=MONDAY + 2 * HOUR)
    tell_exception(exception=found, result="客户同意换 80L", way="phone", by=SYSTEM, now=MONDAY + 5 * HOUR)
    states = {row.kind: bool(row.breached_at) for row in Deadline.objects.filter(subject_kind="order_exception")}
    assert states == {"exception_started": False, "exception_plan": False, "exception_result": True}
    assert Order.objects.get().state == "making"


def test_an_order_goes_on_only_after_its_last_exception(company):
    order = ordered(company)
    for kind in ("out_of_stock", "wrong_address"):
        report_exception(order=order, kind=kind, note="", by=SYSTEM, now=MONDAY)
    for left, row in enumerate(OrderException.objects.all()):
        plan_exception(exception=row, option="postpone", plan="", by=SYSTEM, now=MONDAY)
        tell_exception(exception=row, result="已说好", way="phone", by=SYSTEM, now=MONDAY)
        assert Order.objects.get().state == ("exception" if left == 0 else "to_make")


def test_after_the_goods_are_signed_for_the_customer_is_asked_within_a_day(company):
    order = ordered(company)
    set_state(order=order, state="signed", by=SYSTEM, now=MONDAY)
    [owed] = promises("fulfilment_asked")
    assert owed.due_at == MONDAY + DAY
    answer_fulfilment(
        order=order, satisfaction=5, goods_intact=True, on_time=True, feedback="", by=SYSTEM, now=MONDAY + HOUR
    )
    assert promises("fulfilment_asked")[0].state == DeadlineState.MET


def scored(company, score, **fields):
    order = ordered(company, **fields)
    set_state(order=order, state="signed", by=SYSTEM, now=MONDAY)
    return answer_fulfilment(
        order=order, satisfaction=score, goods_intact=True, on_time=False, feedback="晚了四天", by=SYSTEM, now=MONDAY
    )


def test_a_score_under_four_opens_one_improvement_for_who_leads_the_team(company):
    order = scored(company, 3)
    run_jobs()
    improvement = Improvement.objects.get()
    assert (improvement.order_id, improvement.score, improvement.ticket_id) == (order.id, 3, None)
    assert improvement.owner == company.supervisor and improvement.comment == "晚了四天"
    notice = Notice.objects.get(account=company.supervisor, kind="order_improvement_opened")
    assert order.number in texts_of(notice)[0] and f"/improvements/{improvement.id}" in texts_of(notice)[1]
    answer_fulfilment(
        order=order, satisfaction=2, goods_intact=True, on_time=False, feedback="", by=SYSTEM, now=MONDAY + HOUR
    )
    run_jobs()
    assert Improvement.objects.get().score == 3


def test_a_score_of_four_opens_none(company):
    scored(company, 4)
    run_jobs()
    assert not Improvement.objects.exists()


def test_an_improvement_of_an_order_is_seen_by_its_team_and_closes_on_proof(company):
    scored(company, 1)
    run_jobs()
    improvement = Improvement.objects.get()
    assert [row.id for row in improvements_for(Viewer(company.agent))] == [improvement.id]
    assert improvements_for(Viewer(company.technician)) == []
    with pytest.raises(Missing):
        access_improvement(Viewer(company.technician), improvement.id)
    assert access_improvement(Viewer(company.agent), improvement.id) == improvement
    moved = move_improvement(
        improvement=improvement,
        version=1,
        cause="缺货",
        action="接单前查库存",
        effect="两周没有缺货",
        by=SYSTEM,
        now=MONDAY,
    )
    assert moved.state == "proven" and moved.closed_at == MONDAY


def test_progress_of_a_long_order_is_reported_again_and_again(company):
    order = ordered(company)
    agree_reports(order=order, every=5 * DAY, by=SYSTEM, now=MONDAY)
    assert Order.objects.get().next_report_at == MONDAY + 7 * DAY
    notice_due(now=MONDAY + 7 * DAY + HOUR)
    run_jobs()
    assert Notice.objects.filter(account=company.agent, kind="order_progress_report").count() == 1
    report_progress(order=order, way="mail", text="已完成安装三台", by=SYSTEM, now=MONDAY + 8 * DAY)
    assert Order.objects.get().next_report_at == MONDAY + 15 * DAY


def test_another_owner_has_the_promises_too(company):
    order = ordered(company)
    shipping(order)
    assign_order(order=order, owner=company.second_agent, by=SYSTEM, now=MONDAY)
    assert {row.owner_id for row in Deadline.objects.filter(subject_kind="milestone")} == {company.second_agent.id}


def test_states_follow_their_course_only(company):
    order = set_state(order=ordered(company), state="shipped", by=SYSTEM, now=MONDAY)
    for wrong in ("to_make", "making", "cancelled"):
        with pytest.raises(StateRefused):
            set_state(order=order, state=wrong, by=SYSTEM, now=MONDAY)
    set_state(order=order, state="completed", by=SYSTEM, now=MONDAY)
    assert Order.objects.get().is_open is False


def test_what_is_refused(company):
    order = ordered(company)
    milestone = shipping(order)
    with pytest.raises(MoveReasonNeeded):
        move_milestone(milestone=milestone, planned_at=MONDAY + 9 * DAY, reason=" ", by=SYSTEM, now=MONDAY)
    with pytest.raises(NotDelayed):
        tell_delay(milestone=milestone, way="phone", by=SYSTEM, now=MONDAY)
    with pytest.raises(InFuture):
        reach_milestone(milestone=milestone, actual_at=MONDAY + HOUR, by=SYSTEM, now=MONDAY)
    reach_milestone(milestone=milestone, actual_at=MONDAY, by=SYSTEM, now=MONDAY)
    with pytest.raises(MilestoneOver):
        announce_milestone(milestone=milestone, way="phone", by=SYSTEM, now=MONDAY)


def test_history_holds_no_address_and_no_reason_in_clear(company):
    order = ordered(company, address="深圳市南山区科技园 1 号", customer=buyer())
    move_milestone(milestone=shipping(order), planned_at=MONDAY + 9 * DAY, reason="仓库漏水", by=SYSTEM, now=MONDAY)
    told = " ".join(str(values) for values in HistoryRow.objects.values_list("values", flat=True))
    assert "科技园" not in told and "漏水" not in told
    assert HistoryRow.objects.filter(subject_id=order.id).count() == 3
