"""R-OR-1 … 7 (section 3.2): every path of the order procedure, on time and late, written from the requirements."""

from typing import Any

import pytest
from tests.domain.paths import LATER, NOW, SUBTASK, Move, Path, check_paths, roles
from tests.domain.story import REVIEWED, Story, at

from yinuo.domain.procedure import FormFaulty, GuardUnmet
from yinuo.domain.procedure import effects as fx
from yinuo.packs import shipped_pack

HANDBOOK = shipped_pack("handbook")
ROLES = {
    "take_over": "order_clerk", "raise_doubt": "order_clerk", "clear_doubt": "sales", "confirm": "order_clerk",
    "tell_order": "order_clerk", "contract": "order_clerk", "review_contract": "reviewer",
    "sign_contract": "order_clerk", "open_service": "executor", "plan": "order_clerk", "follow": "logistics",
    "start_exception": "order_clerk", "settle_exception": "order_clerk", "decide_exception": "supervisor",
    "tell_exception": "order_clerk", "with_order": "order_clerk", "ask": "agent", "record": "order_clerk",
    "review": "reviewer",
}  # fmt: skip
ORDER = {
    "order_number": "DD20261123001", "customer_name": "张三", "matter": "new_order", "product_model": "A1",
    "quantity": 2, "amount": "3980", "payment_state": "paid", "delivery_address": "上海市某路 1 号",
}  # fmt: skip
SIGNED = {"signature": {"way": "stamp"}}
FULFILLED = ["订单履约满意度反馈记录"]
TAKEN = Move("take_over.taken_over", "confirm", ORDER)
CONFIRMED = Move(
    "confirm.confirmed", "tell_order", {**SIGNED, "needs_contract": False}, {"order_told": "2h S"}, ["订单确认单"]
)
TOLD = Move("tell_order.told", "plan", {"first_planned_at": LATER})
MILESTONE = {"order_state": "making", "milestone": "production", "milestone_planned_at": LATER}
PLANNED = Move("plan.planned", "follow", MILESTONE, {"milestone_notice": "24h D"})
ANNOUNCED = Move("follow.announce", "follow", {"notice_channel": "sms"})
REACHED = Move(
    "follow.reached", "plan", {"order_state": "shipped", "actual_at": NOW}, {}, ["订单状态同步记录", "节点预警通知记录"]
)
SIGNED_FOR = Move(
    "follow.signed_for", "ask", {"actual_at": NOW, "signed_for_at": NOW}, {"fulfilment_asked": "24h D"},
    ["订单状态同步记录", "节点预警通知记录"],
)  # fmt: skip
ARCHIVED = [
    Move("record.recorded", "review", {"services_done": "A1 两台"}, outputs=["信息反馈单"]),
    Move("review.passed", "", REVIEWED, outputs=["审核单"]),
]
EXCEPTION_CLOCKS = {"exception_started": "1h S", "exception_plan": "4h S", "exception_result": "4h S"}
STARTED = Move(
    "start_exception.started", "settle_exception", {"exception_kind": "out_of_stock", "exception_note": "缺货"}
)


def checked(step: str, *departments: str) -> list[Move]:
    asked = {"asked_departments": list(departments), "department_question": "查库存", "department_answer_by": LATER}
    return [
        Move(f"{step}.ask_departments", step, asked, asks=departments),
        *(Move("!subtask_done", step, {"subtask": SUBTASK, "result": "三天后到"}) for _ in departments),
    ]


SETTLED = Move(
    "settle_exception.settled", "tell_exception", {"options": "换 A2 或等一周", "exception_option": "postpone"}
)  # fmt: skip


def path(name: str, *moves: Move, ends: str = "archived", **facts: Any) -> Path:
    return Path(name, "take_over", {"channel_answer": "2h S"}, [Move("!answered", "take_over"), *moves], facts, ends)


PATHS = [
    path("a new order, two milestones, signed for", TAKEN, CONFIRMED, TOLD, PLANNED, ANNOUNCED, REACHED, PLANNED,
         ANNOUNCED, SIGNED_FOR, Move("!customer_scored", "record", {"satisfaction": 5}, outputs=FULFILLED), ARCHIVED[0],
         Move("review.back", "record", {"review_note": "缺地址"}, outputs=["审核单"]), *ARCHIVED),
    path("doubt to sales", Move("take_over.in_doubt", "raise_doubt", {"doubt": "型号停产"}, {"order_doubt": "30m S"}),
         Move("raise_doubt.raised", "clear_doubt"),
         Move("clear_doubt.cleared", "take_over", {"doubt_answer": "改 A1"}), TAKEN,
         Move("confirm.changed", "take_over", {"progress": "数量改成三台"}),
         Move("take_over.in_doubt", "raise_doubt", {"doubt": "付款不符"}, {"order_doubt": "30m S"}),
         Move("raise_doubt.raised", "clear_doubt"), Move("clear_doubt.call_off", "", {"doubt_answer": "不要了"}),
         ends="called_off"),
    path("with a contract, reviewed before signing", TAKEN,
         Move("confirm.confirmed", "tell_order contract", {**SIGNED, "needs_contract": True}, {"order_told": "2h S"},
              ["订单确认单"]),
         Move("tell_order.told", "contract", {"first_planned_at": LATER}),
         Move("contract.drawn_up", "review_contract", {"contract_number": "HT1", "contract_terms": "双方…"}),
         Move("review_contract.back", "contract", {"contract_review_note": "违约条款不公平"}),
         Move("contract.drawn_up", "review_contract"),
         Move("review_contract.passed", "sign_contract",
              {"contract_lawful": True, "contract_compliant": True, "contract_fair": True}),
         Move("sign_contract.signed", "plan", {"contract_signature": {"way": "stamp"}, "opens_service": False},
              outputs=["合同及审核记录"]),
         Move("plan.nothing_left", "ask", {"order_state": "completed"}),
         Move("timer:unanswered", "record", outputs=FULFILLED), *ARCHIVED),
    path("a service is opened", TAKEN,
         Move("confirm.confirmed", "tell_order contract", {**SIGNED, "needs_contract": True}, {"order_told": "2h S"},
              ["订单确认单"]),
         Move("contract.drawn_up", "tell_order review_contract", {"contract_number": "HT1", "contract_terms": "双方…"}),
         Move("review_contract.passed", "tell_order sign_contract",
              {"contract_lawful": True, "contract_compliant": True, "contract_fair": True}),
         Move("sign_contract.signed", "tell_order open_service",
              {"contract_signature": {"way": "stamp"}, "opens_service": True}, outputs=["合同及审核记录"]),
         Move("open_service.opened", "tell_order", {"account_opened_at": NOW, "opening_note": "企业版"},
              outputs=["开通通知"]),
         TOLD, Move("!withdrawn", ""), ends="withdrawn"),
    path("an exception on the way, decided by the supervisor", TAKEN, CONFIRMED, TOLD, PLANNED,
         Move("follow.exception", "start_exception", {"exception_found_at": NOW}, EXCEPTION_CLOCKS,
              ["订单状态同步记录"]),
         STARTED, *checked("settle_exception", "logistics", "sales"),
         Move("settle_exception.to_supervisor", "decide_exception", {"progress": "客户要赔偿"}),
         *checked("decide_exception", "sales"),
         Move("decide_exception.settled", "tell_exception", {"options": "换或等", "exception_option": "replace"}),
         Move("tell_exception.told", "plan", {"exception_result": "换 A2", "order_state": "to_make"}, {},
              ["异常订单处理表"]),
         PLANNED, ANNOUNCED, SIGNED_FOR, Move("!customer_scored", "record", {"satisfaction": 2}, outputs=FULFILLED),
         *ARCHIVED),
    path("a customer reports an exception, the order is called off",
         Move("take_over.taken_over", "start_exception",
              {"order_number": "DD1", "customer_name": "张三", "matter": "exception", "exception_found_at": NOW},
              EXCEPTION_CLOCKS),
         STARTED, SETTLED,
         Move("tell_exception.call_off", "ask", {"exception_result": "退款"}, outputs=["异常订单处理表"]),
         Move("!customer_scored", "record", {"satisfaction": 4}, outputs=FULFILLED), *ARCHIVED),
    path("about an order of the house, seen to there, asked by the order's page",
         Move("!order_linked", "take_over", {"order_linked": True, "linked_number": "SC1", "order_state": "making"}),
         Move("take_over.taken_over", "with_order", ORDER),
         Move("!order_state", "ask", {"order_state": "signed"}),
         Move("!order_answered", "record", {"satisfaction": 5, "goods_intact": True}, outputs=FULFILLED), *ARCHIVED),
    path("an exception, linked when it had begun here", 
         Move("take_over.taken_over", "start_exception",
              {"order_number": "DD1", "customer_name": "张三", "matter": "exception", "exception_found_at": NOW},
              EXCEPTION_CLOCKS),
         Move("!order_linked", "with_order",
              {"order_linked": True, "linked_number": "SC1", "order_state": "exception"}),
         Move("!order_exception_told", "record", {"exception_result": "改期"}), *ARCHIVED),
    path("linked, then not any more, then cancelled there",
         Move("take_over.taken_over", "plan", {"order_number": "DD1", "customer_name": "张三", "matter": "under_way"}),
         Move("!order_linked", "with_order", {"order_linked": True, "linked_number": "SC1", "order_state": "making"}),
         Move("!order_linked", "with_order", {"order_linked": True, "linked_number": "SC2", "order_state": "making"}),
         Move("!order_unlinked", "plan", {"order_linked": False}),
         Move("!order_linked", "with_order", {"order_linked": True, "linked_number": "SC1", "order_state": "making"}),
         Move("!order_state", "ask", {"order_state": "cancelled"}),
         Move("!customer_scored", "record", {"satisfaction": 4}, outputs=FULFILLED), *ARCHIVED),
    path("an enquiry about an order under way",
         Move("take_over.taken_over", "plan", {"order_number": "DD1", "customer_name": "张三", "matter": "under_way"}),
         Move("!merged", ""), ends="merged"),
    path("a delay is foreseen and told", TAKEN, CONFIRMED, TOLD, PLANNED,
         Move("follow.foresee_delay", "follow", {"delay_reason": "缺料"}, {"delay_notice": "48h D"}),
         Move("follow.tell_delay", "follow", {"new_planned_at": "2027-01-20T10:00:00+08:00"},
              {"milestone_notice": "24h D"}, ["节点预警通知记录"]),
         ANNOUNCED, Move("!withdrawn", ""), ends="withdrawn"),
]  # fmt: skip


def test_every_path_and_arrow() -> None:
    check_paths(HANDBOOK, "order", PATHS)


def test_roles() -> None:
    assert roles(HANDBOOK, "order") == ROLES


def at_plan(now: str = "2026-11-23 10:00") -> Story:
    story = Story(HANDBOOK, "order", now)
    story.press("take_over", "taken_over", {**ORDER, "matter": "under_way"})
    return story


def planned(story: Story, when: str, **fields: Any) -> Story:
    story.press("plan", "planned", {**MILESTONE, "milestone_planned_at": at(when), **fields})
    return story


def test_a_milestone_is_announced_a_day_before_and_moves_with_its_date() -> None:
    story = planned(at_plan(), "2026-12-03 10:00")
    assert story.due("milestone_notice", 1) == "2026-12-02 10:00"
    bells = {e.key: e.offset.total_seconds() / 3600 for e in story.of(fx.StartTimer)}
    assert bells == {"announce_due": -48, "late_check": -72}
    story.press("follow", "foresee_delay", {"delay_reason": "缺料"})
    assert story.due("delay_notice") == "2026-12-01 10:00", "48 hours before the date that cannot be kept"
    story.at("2026-12-01 10:00").press("follow", "tell_delay", {"new_planned_at": at("2026-12-10 10:00")})
    assert story.in_time("delay_notice")
    assert story.due("milestone_notice", 1) == "2026-12-09 10:00"
    assert "moved" in [e.reason for e in story.of(fx.CancelDeadline)]


def test_a_contract_is_not_signed_before_it_is_lawful_compliant_and_fair() -> None:
    story = Story(HANDBOOK, "order", "2026-11-23 10:00")
    story.press("take_over", "taken_over", ORDER)
    with pytest.raises(FormFaulty):
        story.press("confirm", "confirmed", {"needs_contract": True})
    story.press("confirm", "confirmed", {**SIGNED, "needs_contract": True})
    story.press("contract", "drawn_up", {"contract_number": "HT1", "contract_terms": "双方…"})
    with pytest.raises(GuardUnmet):
        story.press(
            "review_contract", "passed", {"contract_lawful": True, "contract_compliant": True, "contract_fair": False}
        )


def test_progress_is_reported_at_the_interval_of_the_order() -> None:
    for every, days in (("week", 7), ("fortnight", 14), ("month", 30)):
        story = planned(at_plan(), "2027-06-01 10:00", report_every=every)
        for _ in range(3):
            bells = [e for e in story.of(fx.StartTimer) if e.key.startswith("report_")]
            assert bells[-1].offset.days == days
            story.happen("timer", timer=bells[-1].key)
        assert [e.template for e in story.of(fx.QueueMessage)].count("progress_due") == 3
    assert not [e for e in planned(at_plan(), "2027-06-01 10:00").of(fx.StartTimer) if e.key.startswith("report_")]


def test_what_was_signed_for_yesterday_is_asked_late() -> None:
    for day, kept in (("2026-11-23 10:00", True), ("2026-11-20 09:00", False)):
        story = planned(at_plan("2026-11-23 16:00"), "2026-12-03 10:00")
        story.press("follow", "signed_for", {"actual_at": at(day), "signed_for_at": at(day)})
        assert story.in_time("fulfilment_asked") is kept
