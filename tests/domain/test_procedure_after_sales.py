"""The after-sales procedure of the shipped packs, played on the wall clock of a Mon–Fri 9–18 desk (R-AS-1 … 4)."""

import pytest
from tests.domain.story import ACCEPTED, PORTAL, REVIEWED, Story

from yinuo.domain.procedure import FormFaulty, GuardUnmet, RoleNeeded
from yinuo.domain.procedure import effects as fx
from yinuo.packs import shipped_pack

MONDAY = "2026-11-23 10:00"
HANDBOOK = shipped_pack("handbook")


def open_case(now: str = MONDAY, **facts: str) -> Story:
    return Story(HANDBOOK, "after_sales", now, **facts)


def accepted(story: Story, **fields: str) -> Story:
    story.press("accept", "accepted", {**ACCEPTED, **fields})
    return story


def to_visit(story: Story) -> Story:
    story.press("handle", "solved", {"solution_way": "remote", "solution": "重置电源管理"})
    story.happen("customer_confirmed", **PORTAL)
    return story


def to_agree(story: Story) -> Story:
    story.press("dispatch", "dispatched")
    contacted = story.now.isoformat()
    story.press("diagnose", "diagnosed", {"contacted_at": contacted, "diagnosis": "主板", "need_onsite": False})
    return story


def test_a_mail_opens_the_acceptance_step_with_its_promises_running() -> None:
    story = open_case()
    assert story.here == ["accept"]
    assert story.due("first_answer") == "2026-11-23 12:00"
    assert story.due("channel_answer") == "2026-11-23 12:00"
    assert story.due("solution") == "2026-11-24 10:00"
    assert [effect.role for effect in story.of(fx.Dispatch)] == ["agent"]


def test_an_urgent_case_at_night_is_answered_and_started_within_half_an_hour_round_the_clock() -> None:
    story = open_case("2026-11-22 02:00", urgency="urgent", category="after_sales_support/function_fault")
    assert story.due("first_answer") == "2026-11-22 02:30"
    assert story.due("channel_answer") == "2026-11-22 02:30"
    assert story.due("handling_started") == "2026-11-22 02:30"
    assert story.due("solution") is None, "no handbook gives an urgent matter a limit for solving"


def test_a_friday_afternoon_counts_on_the_working_day_clock() -> None:
    assert open_case("2026-11-27 16:00").due("solution") == "2026-11-30 16:00"


def test_an_ordinary_case_goes_from_acceptance_to_the_archive_in_time() -> None:
    story = accepted(open_case())
    assert story.here == ["handle"]
    story.at("2026-11-23 12:00").happen("answered")
    assert story.in_time("first_answer"), "due is inclusive"
    story.at("2026-11-23 15:00").press("handle", "solved", {"solution_way": "remote", "solution": "重置"})
    assert story.in_time("solution")
    assert story.here == ["confirm"]
    story.at("2026-11-24 09:30").happen("customer_confirmed", **PORTAL)
    assert story.here == ["visit"]
    assert story.due("visit") == "2026-11-25 15:00"
    story.happen("customer_scored", satisfaction=5, score_efficiency=5, score_attitude=4, score_effect=5)
    assert story.in_time("visit")
    assert story.here == ["record"]
    story.press("record", "recorded", {"services_done": "远程重置", "charges": "0"})
    story.press("review", "passed", REVIEWED)
    assert story.run.end == "archived" and story.here == []
    assert [effect.status for effect in story.of(fx.SetStatus)] == ["open", "solved", "confirmed", "closed"]
    assert not story.of(fx.OpenImprovement)
    assert [effect.document for effect in story.of(fx.WantDocument)] == [
        "acceptance_form",
        "solved_confirmation",
        "visit_record",
        "feedback_record",
        "review_sheet",
    ]
    assert story.run.open == ()


def test_an_answer_after_its_time_is_recorded_as_late_and_the_rest_goes_on() -> None:
    story = accepted(open_case())
    story.at("2026-11-23 12:01").happen("answered")
    assert not story.in_time("first_answer")
    story.at("2026-11-24 10:01").press("handle", "solved", {"solution_way": "remote", "solution": "重置"})
    assert not story.in_time("solution")
    assert story.here == ["confirm"]


def test_an_urgent_case_is_dispatched_contacted_agreed_carried_out() -> None:
    story = accepted(open_case("2026-11-23 20:00", urgency="urgent"))
    assert story.here == ["dispatch"]
    assert story.due("dispatch") == "2026-11-23 20:10"
    story.at("2026-11-23 20:05").press("dispatch", "dispatched")
    assert story.in_time("dispatch")
    assert story.due("technical_contact") == "2026-11-23 20:35"
    story.at("2026-11-23 20:30").press("diagnose", "contacted", {"contacted_at": "2026-11-23T20:20:00+08:00"})
    assert story.met["technical_contact", "diagnose", 1].isoformat() == "2026-11-23T12:20:00+00:00"
    story.press("diagnose", "diagnosed", {"diagnosis": "电源模块", "need_onsite": False})
    story.press("agree", "agreed", {"solution_way": "remote", "solution": "刷写固件"})
    assert "plan_told" in [effect.template for effect in story.of(fx.QueueMessage)]
    story.press("carry_out", "done", {"effect_confirmed": True})
    assert story.here == ["confirm"]
    assert [effect.role for effect in story.of(fx.Dispatch)] == ["agent", "technical"]


def test_a_complex_case_promises_a_staged_plan_instead_of_the_24_hours() -> None:
    story = accepted(open_case(), complexity="complex")
    cancelled = [(e.kind, e.reason) for e in story.of(fx.CancelDeadline)]
    assert cancelled == [("solution", "no_longer_applies")]
    assert story.due("staged_plan") == "2026-11-26 10:00"
    to_agree(story.at("2026-11-23 10:08"))
    assert story.in_time("dispatch")
    story.at("2026-11-24 09:00").press("agree", "agreed", {"solution_way": "change", "solution": "分两期改造"})
    assert story.in_time("staged_plan")


def test_the_first_line_gives_up_and_technical_takes_over() -> None:
    story = accepted(open_case()).at("2026-11-23 11:00")
    story.press("handle", "to_technical", {"give_up_reason": "beyond_ability"})
    assert story.here == ["dispatch"]
    assert story.run.fields["complexity"] == "complex"
    assert ("complexity", "complex") in [pair for e in story.of(fx.ChangeFacts) for pair in e.values]
    rules = Story(shipped_pack("rules"), "after_sales", MONDAY)
    accepted(rules).at("2026-11-23 11:00").press("handle", "to_technical", {"give_up_reason": "beyond_ability"})
    assert rules.due("second_line") == "2026-11-23 13:00"


def test_engineer_and_plan_run_beside_each_other_and_meet_before_the_work() -> None:
    story = accepted(open_case(), complexity="complex")
    story.press("dispatch", "dispatched")
    now = story.now.isoformat()
    story.press("diagnose", "diagnosed", {"contacted_at": now, "diagnosis": "线路", "need_onsite": True})
    assert story.here == ["agree", "onsite"]
    assert [active.branch for active in story.run.active] == ["agree", "onsite"]
    assert story.due("onsite") == "2026-11-24 10:00"
    story.press("agree", "agreed", {"solution_way": "onsite", "solution": "更换线缆"})
    assert story.here == ["onsite"], "the work waits for the engineer"
    story.at("2026-11-24 10:30").press(
        "onsite", "been_there", {"engineer": "a1", "onsite_at": "2026-11-24T09:40:00+08:00"}
    )
    assert story.here == ["carry_out"] and story.run.active[0].branch == ""
    assert story.in_time("onsite"), "counts from when the engineer was there, not from when it was written down"


def test_a_score_under_four_opens_an_improvement_and_second_handling() -> None:
    story = to_visit(accepted(open_case()))
    story.at("2026-11-24 11:00").happen("customer_scored", satisfaction=3)
    assert [effect.reason for effect in story.of(fx.OpenImprovement)] == ["low_score"]
    assert (story.run.round, story.here) == (2, ["handle"])
    assert story.due("solution", 2) == "2026-11-25 11:00"
    assert "solved_at" not in story.run.fields and "customer_signature" not in story.run.fields
    assert story.run.fields["solution"] == "重置电源管理", "what was tried stays to be read"
    to_visit(story)
    assert story.here == ["visit"]
    story.happen("customer_scored", satisfaction=4)
    assert (story.run.round, story.here) == (2, ["record"])
    assert len(story.of(fx.OpenImprovement)) == 1
    assert [effect.round for effect in story.of(fx.AskSurvey)] == [1, 2]


def test_a_technical_case_goes_back_to_the_solution_step_in_second_handling() -> None:
    story = to_agree(accepted(open_case(), complexity="complex"))
    story.press("agree", "agreed", {"solution_way": "remote", "solution": "调整参数"})
    story.press("carry_out", "done", {"effect_confirmed": True})
    story.happen("customer_confirmed", **PORTAL)
    story.happen("customer_scored", satisfaction=1)
    assert (story.run.round, story.here) == (2, ["agree"])


def test_a_score_without_confirmation_confirms_and_scores_at_once() -> None:
    story = accepted(open_case())
    story.press("handle", "solved", {"solution_way": "remote", "solution": "重置"})
    story.happen("customer_scored", satisfaction=2)
    assert [(done.key, done.outcome) for done in story.run.done[-2:]] == [("confirm", "confirmed"), ("visit", "scored")]
    assert (story.run.round, story.here) == (2, ["handle"])


def test_not_solved_goes_back_to_be_classified_and_is_counted() -> None:
    story = accepted(open_case())
    story.press("handle", "solved", {"solution_way": "remote", "solution": "重置"})
    story.happen("customer_refused")
    assert (story.run.round, story.here) == (2, ["accept"])
    assert [effect.what for effect in story.of(fx.Count)] == ["unsolved"]


def test_a_silent_customer_is_visited_by_phone() -> None:
    story = accepted(open_case())
    story.press("handle", "solved", {"solution_way": "remote", "solution": "重置"})
    timer = story.of(fx.StartTimer)[0]
    assert (timer.key, timer.offset.total_seconds(), timer.clock) == ("unconfirmed", 86_400, "workday")
    story.happen("timer", timer="unconfirmed")
    assert story.here == ["visit"]
    assert story.happen("timer", timer="unconfirmed") == (), "a bell that is not wanted any more changes nothing"


def test_while_the_customer_is_asked_the_solution_stands_still_but_the_first_answer_runs() -> None:
    story = open_case()
    effects = story.press("accept", "ask_customer")
    assert [e.kind for e in effects if isinstance(e, fx.PauseDeadline)] == ["solution"]
    effects = story.at("2026-11-23 11:30").happen("reply_received")
    assert [(e.kind, e.at) for e in effects if isinstance(e, fx.ResumeDeadline)] == [("solution", story.now)]
    assert story.run.active[0].wait == ""


def test_until_an_agreed_time_the_solution_stands_still_and_then_goes_on_by_itself() -> None:
    story = accepted(open_case())
    story.at("2026-11-23 15:00").press("handle", "wait_agreed", {"agreed_until": "2026-11-26T14:00:00+08:00"})
    assert [(e.kind, e.wait) for e in story.of(fx.PauseDeadline)] == [("solution", "agreed")]
    [timer] = [effect for effect in story.of(fx.StartTimer) if effect.key == "agreed"]
    assert timer.base_at.isoformat() == "2026-11-26T06:00:00+00:00"
    story.at("2026-11-25 09:00").happen("reply_received")
    assert story.of(fx.ResumeDeadline) == [], "what the customer writes meanwhile does not move the date"
    story.at("2026-11-26 14:00").happen("timer", timer="agreed")
    assert [(e.kind, e.at) for e in story.of(fx.ResumeDeadline)] == [("solution", story.now)]
    assert story.run.active[0].wait == ""


def test_a_reopened_archive_lives_again_in_a_new_round() -> None:
    story = to_visit(accepted(open_case()))
    story.happen("customer_scored", satisfaction=5)
    story.press("record", "recorded", {"services_done": "x"})
    story.press("review", "passed", REVIEWED)
    story.at("2026-12-01 09:00").happen("reopened")
    assert (story.run.end, story.run.round, story.here) == ("", 2, ["accept"])
    assert [type(e) for e in story.log].count(fx.ReviveRun) == 1


def test_a_review_that_fails_goes_back_to_the_writer_and_asks_for_all_four_again() -> None:
    story = to_visit(accepted(open_case()))
    story.happen("customer_scored", satisfaction=5)
    story.press("record", "recorded", {"services_done": "x"})
    with pytest.raises(GuardUnmet):
        story.press("review", "passed", {**REVIEWED, "is_true": False})
    with pytest.raises(FormFaulty, match="Reason"):
        story.press("review", "back")
    story.press("review", "back", {"is_complete": False, "review_note": "没有写型号"})
    assert story.here == ["record"] and "is_complete" not in story.run.fields
    assert [key for key in story.dues if key[0] == "solution"] == [("solution", "", 1)], "nothing is solved again"
    story.press("record", "recorded", {"services_done": "y"})
    story.press("review", "passed", REVIEWED)
    assert story.run.end == "archived"


def test_only_a_supervisor_passes_over_the_visit_and_its_promise_is_void() -> None:
    story = to_visit(accepted(open_case()))
    with pytest.raises(RoleNeeded):
        story.skip("visit", "agent")
    effects = story.skip("visit", "supervisor")
    assert [(e.kind, e.reason) for e in effects if isinstance(e, fx.CancelDeadline)] == [("visit", "skipped")]
    assert story.here == ["record"]


def test_a_withdrawn_case_ends_everywhere_and_leaves_no_promise_open() -> None:
    for pressed in ([], [("accept", "accepted", ACCEPTED)]):
        story = open_case()
        for step, key, fields in pressed:
            story.press(step, key, fields)
        story.happen("withdrawn")
        assert story.run.end == "withdrawn" and not story.run.open and not story.run.timers


def test_the_rules_pack_promises_an_answer_within_a_working_day_and_a_solution_or_progress() -> None:
    story = Story(shipped_pack("rules"), "after_sales", "2026-11-27 16:00")
    assert story.due("channel_answer") == "2026-11-30 16:00"
    assert story.due("first_answer") is None
    assert story.due("solution") == "2026-11-30 16:00"
    urgent = Story(shipped_pack("rules"), "after_sales", "2026-11-28 16:00", urgency="urgent")
    assert urgent.due("first_answer") == "2026-11-28 18:00"
