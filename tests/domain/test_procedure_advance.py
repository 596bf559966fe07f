"""How a run moves: branches and joins, timers, waiting, promises, refusals (R-AS-2, section 3)."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from yinuo.domain.procedure import (
    Definition,
    FormFaulty,
    GuardUnmet,
    Happening,
    NoWayOn,
    Outcome,
    ProcedureError,
    RoleNeeded,
    RunEnded,
    RunState,
    Skip,
    StepNotActive,
    UnknownButton,
    advance,
    available_buttons,
    start,
)
from yinuo.domain.procedure import effects as fx
from yinuo.domain.reading import ReadingError

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def text(word: str) -> dict[str, str]:
    return {"zh": word, "en": word}


def step(key: str, *rows: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    done = {"key": "done", "label": text("完成")}
    return {"key": key, "title": text(key), "role": "agent", "outcomes": [done], "next": list(rows), **more}


def define(*steps: Mapping[str, Any], **more: Any) -> Definition:
    ends = [{"key": "over", "title": text("结束"), "status": "closed"}]
    return Definition.from_json({"key": "p", "title": text("p"), "steps": list(steps), "ends": ends, **more})


OVER = {"end": "over"}
FORK = step("fork", {"to": ["left", "right"]})


def keys(run: RunState) -> list[str]:
    return [active.key for active in run.active]


def press(definition: Definition, run: RunState, key: str, button: str = "done", **fields: Any) -> RunState:
    return advance(definition, run, Outcome(key, button, fields), NOW)[0]


def test_branches_meet_in_a_joining_step_which_starts_once() -> None:
    flow = define(FORK, step("left", {"to": "meet"}), step("right", {"to": "meet"}), step("meet", OVER, join="all"))
    run, _ = start(flow, {}, NOW)
    run = press(flow, run, "fork")
    assert [(a.key, a.branch) for a in run.active] == [("left", "left"), ("right", "right")]
    run = press(flow, run, "right")
    assert keys(run) == ["left"]
    run = press(flow, RunState.from_json(run.to_json()), "left")
    assert [(a.key, a.branch) for a in run.active] == [("meet", "")]
    assert press(flow, run, "meet").end == "over"


def test_a_step_that_joins_any_starts_with_the_first_and_absorbs_the_second() -> None:
    flow = define(FORK, step("left", {"to": "meet"}), step("right", {"to": "meet"}), step("meet", OVER))
    run = press(flow, press(flow, start(flow, {}, NOW)[0], "fork"), "left")
    assert keys(run) == ["right", "meet"]
    run, effects = advance(flow, run, Outcome("right", "done"), NOW)
    assert keys(run) == ["meet"] and not [e for e in effects if isinstance(e, fx.StartStep)]


def test_a_second_branch_does_not_repeat_what_the_first_one_finished_in_this_round() -> None:
    flow = define(
        FORK,
        step("left", {"to": "meet"}),
        step("right", {"to": "meet"}),
        step("meet", {"to": "tail"}),
        step("tail", OVER),
    )
    run = press(flow, press(flow, start(flow, {}, NOW)[0], "fork"), "left")
    run = press(flow, press(flow, run, "meet"), "right")
    assert keys(run) == ["tail"]


def test_a_loop_drops_the_scheduled_step_and_its_timer() -> None:
    bad = {"when": [{"field": "outcome", "value": "bad"}], "to": "work", "loop": True}
    check = step("check", bad, OVER)
    check["outcomes"] = [*check["outcomes"], {"key": "bad", "label": text("不好")}]
    stamp = {"name": "done_at", "label": text("时"), "type": "instant", "auto": True}
    flow = define(
        step("work", {"to": ["check", "visit"]}, fields=[stamp], on_finish=[{"stamp": "done_at"}]),
        check,
        step("visit", OVER, starts_at={"field": "done_at", "offset": "24h"}),
    )
    run = press(flow, start(flow, {}, NOW)[0], "work")
    assert (keys(run), run.timers) == (["check"], (("start_visit", "", 1),))
    run, effects = advance(flow, run, Outcome("check", "bad"), NOW)
    assert (keys(run), run.timers, run.arrived) == (["work"], (), ())
    assert fx.CancelTimer("start_visit", "", 1) in effects


def test_a_branch_that_ends_the_run_stops_the_others() -> None:
    flow = define(FORK, step("left", OVER), step("right", OVER))
    run, effects = advance(flow, press(flow, start(flow, {}, NOW)[0], "fork"), Outcome("left", "done"), NOW)
    assert run.ended and keys(run) == []
    assert fx.CancelStep("right", 1, NOW) in effects and effects[-1] == fx.EndRun("over", NOW)
    with pytest.raises(RunEnded):
        press(flow, run, "right")


def test_a_loop_stops_what_lies_downstream_and_leaves_the_rest() -> None:
    bad = {"field": "outcome", "value": "bad"}
    flow = define(
        step("begin", {"to": ["work", "aside"]}),
        step("work", {"to": ["check", "bill"]}),
        {**step("check", {"when": [bad], "to": "work", "loop": True}, {"to": "meet"}),
         "outcomes": [{"key": "ok", "label": text("好")}, {"key": "bad", "label": text("不好")}]},
        step("bill", {"to": "meet"}),
        step("aside", {"to": "meet"}),
        step("meet", OVER, join="all"),
    )  # fmt: skip
    run = press(flow, press(flow, start(flow, {}, NOW)[0], "begin"), "work")
    run, effects = advance(flow, run, Outcome("check", "bad"), NOW)
    assert fx.CancelStep("bill", 1, NOW) in effects
    assert {(a.key, a.round) for a in run.active} == {("aside", 1), ("work", 2)}
    run = press(flow, press(flow, run, "aside"), "work")
    assert keys(run) == ["check", "bill"]
    run = press(flow, press(flow, run, "bill"), "check", "ok")
    assert keys(run) == ["meet"]


def test_a_join_does_not_wait_for_a_branch_that_went_elsewhere() -> None:
    elsewhere = {"key": "away", "label": text("别处")}
    away = {"when": [{"field": "outcome", "value": "away"}], "to": "other"}
    left = {**step("left", away, {"to": "meet"}), "outcomes": [{"key": "done", "label": text("完成")}, elsewhere]}
    flow = define(
        FORK, left, step("right", {"to": "meet"}), step("meet", OVER, join="all"), step("other", {"to": "tail"}),
        step("tail", OVER),
    )  # fmt: skip
    run = press(flow, press(flow, start(flow, {}, NOW)[0], "fork"), "right")
    run = press(flow, run, "left", "away")
    assert keys(run) == ["other", "meet"]


def test_a_scheduled_step_waits_for_its_date_and_begins_when_the_timer_rings() -> None:
    notice = step("notice", OVER, starts_at={"field": "planned_at", "offset": "-24h", "clock": "workday"})
    plan = {"name": "planned_at", "label": text("计划"), "type": "instant", "future": True}
    flow = define(step("plan", {"to": "notice"}, fields=[plan]), notice)
    run, effects = advance(flow, start(flow, {}, NOW)[0], Outcome("plan", "done", {"planned_at": NOW + 72 * HOUR}), NOW)
    assert keys(run) == []
    assert fx.StartTimer("start_notice", "", 1, NOW + 72 * HOUR, -24 * HOUR, "workday") in effects
    run, _ = advance(flow, RunState.from_json(run.to_json()), Happening("timer", {"timer": "start_notice"}), NOW)
    assert keys(run) == ["notice"]
    again, effects = advance(flow, run, Happening("timer", {"timer": "start_notice"}), NOW)
    assert (again, effects) == (run, ())


def test_a_scheduled_step_without_a_date_begins_at_once() -> None:
    plan = {"name": "planned_at", "label": text("计划"), "type": "instant"}
    flow = define(
        step("plan", {"to": "notice"}, fields=[plan]),
        step("notice", OVER, starts_at={"field": "planned_at", "offset": "0"}),
    )
    assert keys(press(flow, start(flow, {}, NOW)[0], "plan")) == ["notice"]


def test_a_promise_that_starts_late_counts_from_where_it_says_and_is_met_by_a_field() -> None:
    seen = {"name": "seen_at", "label": text("见面"), "type": "instant"}
    limit = {"kind": "contact", "starts": "sent_at", "met_by": {"field": "seen_at"}}
    fact = {"name": "sent_at", "label": text("发出"), "type": "instant"}
    save = {"key": "keep", "label": text("保存"), "kind": "save"}
    meet = step("meet", OVER, fields=[seen], limits=[limit])
    meet["outcomes"] = [*meet["outcomes"], save]
    flow = define(meet, facts=[fact])
    run, effects = start(flow, {}, NOW)
    assert not [e for e in effects if isinstance(e, fx.StartDeadline)]
    run, effects = advance(flow, run, Happening("sent", {"sent_at": NOW - HOUR}), NOW)
    assert effects[-1] == fx.StartDeadline("contact", "meet", 1, NOW - HOUR, "")
    run, effects = advance(flow, run, Outcome("meet", "keep", {"seen_at": NOW}), NOW + HOUR)
    assert effects[-1] == fx.MeetDeadline("contact", "meet", 1, NOW)
    assert advance(flow, run, Outcome("meet", "done"), NOW)[1][0] == fx.FinishStep("meet", 1, "done", NOW)


def test_a_promise_kept_before_it_applied_is_not_asked_again() -> None:
    limit = {
        "kind": "answer",
        "starts": "run",
        "when": [{"field": "hot", "value": True}],
        "met_by": {"happening": "answered"},
    }
    flow = define(step("work", OVER), facts=[{"name": "hot", "label": text("急"), "type": "bool"}], limits=[limit])
    run, _ = advance(flow, start(flow, {"hot": False}, NOW)[0], Happening("answered"), NOW)
    run, effects = advance(flow, run, Happening("heated", {"hot": True}), NOW)
    assert effects == (fx.CollectFields("", 1, (("hot", True),)), fx.ChangeFacts((("hot", True),)))


def test_going_round_is_no_way_out_of_an_open_promise() -> None:
    limit = {"kind": "total", "starts": "round", "met_by": {"happening": "settled"}}
    back = {"when": [{"field": "outcome", "value": "again"}], "to": "work", "loop": True}
    work = step("work", back, OVER)
    work["outcomes"] = [*work["outcomes"], {"key": "again", "label": text("再来")}]
    flow = define(work, limits=[limit])
    run, effects = advance(flow, start(flow, {}, NOW)[0], Outcome("work", "again"), NOW + HOUR)
    assert run.round == 2 and [p.round for p in run.open] == [1]
    assert not [e for e in effects if isinstance(e, fx.StartDeadline | fx.CancelDeadline)]


def test_a_stale_page_cannot_press_a_button_of_a_round_that_is_over() -> None:
    flow = define(step("work", OVER))
    run, _ = start(flow, {}, NOW)
    with pytest.raises(StepNotActive):
        advance(flow, run, Outcome("work", "done", round=2), NOW)
    with pytest.raises(StepNotActive):
        press(flow, run, "elsewhere")
    with pytest.raises(UnknownButton):
        press(flow, run, "work", "nonsense")


def test_a_button_may_be_for_some_roles_and_some_cases_only() -> None:
    work = step("work", OVER, fields=[{"name": "hot", "label": text("急"), "type": "bool"}])
    work["outcomes"] = [
        {"key": "done", "label": text("完成"), "roles": ["director"]},
        {"key": "rush", "label": text("赶"), "when": [{"field": "hot", "value": True}]},
    ]
    flow = define(work)
    run, _ = start(flow, {}, NOW)
    with pytest.raises(RoleNeeded):
        advance(flow, run, Outcome("work", "done", roles=frozenset({"agent"})), NOW)
    with pytest.raises(UnknownButton):
        press(flow, run, "work", "rush")
    assert [b.key for b in available_buttons(flow, run, "work")] == ["done"]
    assert press(flow, run, "work", "rush", hot=True).ended
    assert advance(flow, run, Outcome("work", "done", roles=frozenset({"director"})), NOW)[0].ended


def test_a_guard_says_what_is_missing_and_nothing_has_changed() -> None:
    guard = {"need": [{"field": "checked", "value": True}], "message": {"zh": "先检查。", "en": "Check first."}}
    flow = define(step("work", OVER, guards=[guard], fields=[{"name": "checked", "label": text("查"), "type": "bool"}]))
    run, _ = start(flow, {}, NOW)
    with pytest.raises(GuardUnmet, match="Check first") as refused:
        press(flow, run, "work", checked=False)
    assert refused.value.text.zh == "先检查。" and dict(run.fields) == {}
    assert press(flow, run, "work", checked=True).ended


def test_a_case_that_the_definition_forgot_is_refused_rather_than_lost() -> None:
    flow = define(step("work", {"when": [{"field": "outcome", "value": "else"}], "end": "over"}))
    run, _ = start(flow, {}, NOW)
    with pytest.raises(NoWayOn):
        press(flow, run, "work")
    assert keys(run) == ["work"]


def test_a_log_keeps_every_entry_with_its_time_and_writer() -> None:
    save = {"key": "note", "label": text("记"), "kind": "save", "asks": "log"}
    work = step("work", OVER, fields=[{"name": "log", "label": text("进度"), "type": "log"}])
    work["outcomes"] = [*work["outcomes"], save]
    flow = define(work)
    run, _ = advance(flow, start(flow, {}, NOW)[0], Outcome("work", "note", {"log": "一"}, by="a1"), NOW)
    run, _ = advance(flow, run, Outcome("work", "note", {"log": "二"}, by="a2"), NOW + HOUR)
    assert [(entry["by"], entry["text"]) for entry in run.fields["log"]] == [("a1", "一"), ("a2", "二")]
    with pytest.raises(FormFaulty):
        press(flow, run, "work", "note")
    assert len(press(flow, run, "work").fields["log"]) == 2


def test_a_jump_from_outside_stops_the_steps_it_names() -> None:
    jump = {"happening": "alarm", "active": "calm", "to": "rush"}
    flow = define(step("calm", OVER), step("rush", OVER), on=[jump, {"happening": "stop", "end": "over"}])
    run, _ = start(flow, {}, NOW)
    run, effects = advance(flow, run, Happening("alarm"), NOW)
    assert keys(run) == ["rush"] and fx.CancelStep("calm", 1, NOW) in effects and run.round == 1
    assert advance(flow, run, Happening("alarm"), NOW) == (run, ())
    assert advance(flow, run, Happening("stop"), NOW)[0].end == "over"


def test_skipping_needs_the_right_and_takes_the_way_on() -> None:
    flow = define(
        step("work", {"to": "next_one"}, skip_by=["director"], documents=[{"key": "d", **text("d")}]),
        step("next_one", OVER),
    )
    run, _ = start(flow, {}, NOW)
    with pytest.raises(RoleNeeded):
        advance(flow, run, Skip("work", frozenset({"agent"})), NOW)
    run, effects = advance(flow, run, Skip("work", frozenset({"agent", "director"})), NOW)
    assert keys(run) == ["next_one"] and effects[0] == fx.FinishStep("work", 1, "skipped", NOW, skipped=True)
    assert not [e for e in effects if isinstance(e, fx.WantDocument)], "what was not done leaves no document"


def test_equal_definitions_are_one_object_and_never_change() -> None:
    one, other = define(step("work", OVER)), define(step("work", OVER))
    assert one is other and one is not define(step("work_b", OVER))
    assert Definition.from_json(one.to_json()) is one
    with pytest.raises(AttributeError):
        one.key = "other"  # type: ignore[misc]


def test_what_cannot_be_read_is_named_with_its_path() -> None:
    broken = step("work", {"to": "a", "end": "over"}, fields=[{"name": "f", "type": "colour"}], rolle="agent")
    with pytest.raises(ReadingError) as refused:
        define(broken, step("work", OVER))
    assert sorted((fault.code, fault.path) for fault in refused.value.faults) == [
        ("bad_choice", "$.steps[0].fields[0].type"),
        ("twice", "$.steps[1]"),
        ("unknown_key", "$.steps[0]"),
        ("wrong_type", "$.steps[0].next[0]"),
    ]


def test_every_refusal_has_a_code_and_a_sentence_in_both_languages() -> None:
    flow = define(step("work", OVER))
    run, _ = start(flow, {}, NOW)
    refusals = [Outcome("gone", "done"), Outcome("work", "none"), Skip("work", frozenset())]
    for refusal in refusals:
        with pytest.raises(ProcedureError) as refused:
            advance(flow, run, refusal, NOW)
        assert refused.value.code and refused.value.text.zh and refused.value.text.en
