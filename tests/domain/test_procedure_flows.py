"""Consultation and service, the simple flows of T (R-SV-1, R-SV-2), and the loop from service to complaint."""

from tests.domain.story import Story, at

from yinuo.domain.procedure import effects as fx
from yinuo.packs import shipped_pack

HANDBOOK, RULES = shipped_pack("handbook"), shipped_pack("rules")
ASKED = {"customer_name": "李四", "question": "支持哪些系统？", "answer": "支持三种系统"}


def consult(pack: str = "handbook", **facts: str) -> Story:
    return Story(shipped_pack(pack), "consultation", "2026-11-23 10:00", **facts)


def test_an_answered_and_satisfied_consultation_is_archived() -> None:
    story = consult(channel="chat")
    assert story.due("channel_answer") == "2026-11-23 10:05"
    story.at("2026-11-23 10:04").happen("answered")
    story.press("answer", "answered", ASKED)
    assert story.here == ["ask"] and story.in_time("channel_answer") and story.in_time("solution")
    story.happen("customer_scored", satisfaction=5)
    assert story.run.end == "archived" and not story.of(fx.OpenImprovement)


def test_a_dissatisfied_customer_goes_to_the_back_office_and_is_asked_again() -> None:
    story = consult()
    story.press("answer", "answered", ASKED)
    story.happen("customer_scored", satisfaction=2)
    assert (story.here, story.run.round) == (["back_office"], 2)
    assert len(story.of(fx.OpenImprovement)) == 1
    story.press("back_office", "answered", {"answer": "补充说明"})
    story.happen("customer_confirmed")
    assert story.run.end == "archived"
    assert len(story.of(fx.AskSurvey)) == 2 and len(story.of(fx.OpenImprovement)) == 1


def test_the_rules_pack_wants_the_solution_told_in_half_an_hour_of_service() -> None:
    assert consult("rules").due("solution_told") == "2026-11-23 10:30"
    assert consult().due("solution_told") is None


def test_a_silent_customer_is_archived_after_the_bell_and_can_come_back() -> None:
    story = consult()
    story.press("answer", "answered", ASKED)
    story.happen("timer", timer="unanswered")
    assert story.run.end == "archived"
    story.happen("reopened")
    assert (story.here, story.run.round) == (["answer"], 2)


def service(pack: str = "rules") -> Story:
    return Story(shipped_pack(pack), "service", "2026-11-23 10:00")


def served(story: Story) -> Story:
    story.press("record", "served", {"customer_name": "王五", "wish": "换货", "note": "已寄出"})
    return story


def test_a_return_has_its_own_limit_from_the_request() -> None:
    story = service()
    story.press("record", "note_progress", {"return_wanted": True, "progress": "收到申请"})
    assert not [key for key in story.dues if key[0] == "return_handled"]
    story.press("record", "note_progress", {"return_asked_at": "2026-11-23T09:30:00+08:00", "progress": "补时间"})
    assert story.due("return_handled") == "2026-11-25 09:30"
    served(story.at("2026-11-25 09:30"))
    assert story.in_time("return_handled")


def test_a_satisfied_call_back_archives_the_service_request() -> None:
    story = served(service())
    assert story.here == ["centre"]
    story.happen("customer_confirmed")
    assert story.run.end == "archived"


def test_a_dissatisfied_one_goes_on_as_a_complaint_upward_until_the_specialist_hears_yes() -> None:
    story = served(service())
    story.press("centre", "dissatisfied", {"satisfaction": 1})
    assert story.here == ["settle_by_phone"]
    assert ("ticket_class", "complaint") in [pair for e in story.of(fx.ChangeFacts) for pair in e.values]
    sheet = {
        "settlement": "客户要求退款", "content": "换来的还是坏的", "grade": "ordinary",
        "responsible_department": "technical", "hand_over_note": "查明并答复",
    }  # fmt: skip
    story.press("settle_by_phone", "not_settled", {**sheet, "department_due_at": at("2026-12-30 10:00")})
    story.press("department", "not_settled", {"settlement": "超出权限"})
    story.press("upward", "settled", {"settlement": "同意退款"})
    story.press("specialist", "dissatisfied", {"satisfaction": 3})
    assert (story.here, story.run.round) == (["upward"], 2)
    story.press("upward", "settled", {"settlement": "退款并补偿"})
    story.press("specialist", "satisfied", {"satisfaction": 4})
    assert story.run.end == "archived"
    assert len(story.of(fx.OpenImprovement)) == 2
