"""Sub-tasks in the pure core: handed out, waited for, answered, taken back with what they belong to."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from yinuo.calendars.builtin import builtin_calendar
from yinuo.domain.deadline import read_policies
from yinuo.domain.procedure import (
    Definition,
    Happening,
    Known,
    Outcome,
    RunState,
    Skip,
    TasksAsked,
    TasksOpen,
    advance,
    lint,
    start,
)
from yinuo.domain.procedure import effects as fx
from yinuo.domain.procedure.bpmn import read_bpmn, write_bpmn
from yinuo.domain.procedure.differences import differences
from yinuo.domain.procedure.playing import Department, Pass, Play, Press, Rules

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def words(zh: str, en: str = "word") -> dict[str, str]:
    return {"zh": zh, "en": en}


def matter(**task: Any) -> dict[str, Any]:
    """An agent looks into a matter with the technicians' help, then tells what came out."""
    return {
        "key": "p",
        "title": words("流程"),
        "steps": [
            {
                "key": "look",
                "title": words("查"),
                "role": "agent",
                "fields": [
                    {"name": "question", "label": words("问题"), "type": "longtext"},
                    {"name": "cause", "label": words("原因"), "type": "longtext"},
                    {"name": "wanted_at", "label": words("期限"), "type": "instant", "future": True},
                ],
                "tasks": [
                    {
                        "key": "find_cause", "title": words("查明原因", "Find the cause"), "role": "technical",
                        "limit": "answer", "accept": "accepted", "until": "wanted_at", "ask": "question",
                        "result": "cause", "needed": True, **task,
                    }
                ],
                "outcomes": [
                    {"key": "known", "label": words("查清")},
                    {
                        "key": "ask", "label": words("请技术查"), "kind": "wait", "wait": "outside",
                        "asks": ["question"], "actions": [{"subtask": "find_cause"}],
                    },
                    {"key": "again", "label": words("重来")},
                ],
                "skip_by": ["supervisor"],
                "next": [
                    {"when": [{"field": "outcome", "value": "again"}], "to": "look", "loop": True}, {"to": "tell"},
                ],
            },
            {
                "key": "tell",
                "title": words("答复"),
                "role": "agent",
                "outcomes": [{"key": "told", "label": words("答了")}],
                "next": [{"end": "over"}],
            },
        ],
        "on": [
            {"happening": "subtask_done", "active": "look", "resume": True},
            {"happening": "withdrawn", "end": "over"},
            {"happening": "confirmed", "active": "look", "outcome": "known"},
        ],
        "ends": [{"key": "over", "title": words("完"), "status": "closed"}],
    }  # fmt: skip


def asked(**task: Any) -> tuple[Definition, RunState, tuple[fx.Effect, ...]]:
    definition = Definition.from_json(matter(**task))
    run, _ = start(definition, {}, NOW)
    typed = {"question": "为什么不热？", "wanted_at": NOW + timedelta(days=2)}
    return definition, *advance(definition, run, Outcome("look", "ask", typed), NOW)


def of(effects: tuple[fx.Effect, ...], kind: type[fx.Effect]) -> list[Any]:
    return [effect for effect in effects if isinstance(effect, kind)]


def test_a_button_hands_it_out_with_what_was_written_and_agreed():
    _, run, effects = asked()
    [opened] = of(effects, fx.OpenSubtask)
    assert opened == fx.OpenSubtask(1, "find_cause", "look", 1, "为什么不热？", NOW + timedelta(days=2), None)
    assert run.step("look").wait == "outside"
    assert RunState.from_json(run.to_json()) == run


@pytest.mark.parametrize("came", [None, "subtask_declined"])
def test_pressed_again_before_it_is_over_the_button_says_that_they_have_it(came: str | None):
    definition, run, _ = asked()
    if came:
        run, _ = advance(definition, run, Happening(came, {"subtask": 1}), NOW)
    with pytest.raises(TasksAsked) as refused:
        advance(definition, run, Outcome("look", "ask", {"question": "还有呢？"}), NOW)
    assert "“查明原因”已经派出" in refused.value.text.zh
    assert "“Find the cause”" in refused.value.text.en


def test_answered_it_is_handed_out_anew():
    definition, run, _ = asked()
    run, _ = advance(definition, run, Happening("subtask_done", {"subtask": 1, "result": "加热管坏"}), NOW)
    run, effects = advance(definition, run, Outcome("look", "ask", {"question": "还有呢？"}), NOW)
    assert [(one.number, one.ask) for one in of(effects, fx.OpenSubtask)] == [(2, "还有呢？")]


def test_a_step_that_would_hand_it_out_again_as_it_ends_goes_on_and_says_so():
    raw = matter(needed=False)
    raw["steps"][0]["on_finish"] = [{"subtask": "find_cause"}]
    definition = Definition.from_json(raw)
    run, _ = start(definition, {}, NOW)
    run, _ = advance(definition, run, Outcome("look", "ask", {"question": "为什么不热？"}), NOW)
    run, effects = advance(definition, run, Outcome("look", "known", {"question": "还有呢？"}), NOW)
    assert run.step("tell")
    assert of(effects, fx.OpenSubtask) == []
    assert of(effects, fx.KeepSubtask) == [fx.KeepSubtask(1, "还有呢？")]


def test_the_step_cannot_be_finished_before_the_answer_and_can_after_it():
    definition, run, _ = asked()
    with pytest.raises(TasksOpen) as refused:
        advance(definition, run, Outcome("look", "known"), NOW)
    assert "查明原因" in refused.value.text.zh
    assert "Find the cause" in refused.value.text.en
    run, effects = advance(definition, run, Happening("subtask_done", {"subtask": 1, "result": "加热管坏"}), NOW)
    assert run.tasks == ()
    assert run.fields["cause"] == "加热管坏"
    assert of(effects, fx.CollectFields)[0].step == "look"
    assert run.step("look").wait == "", "the waiting for somebody outside is over"
    run, _ = advance(definition, run, Outcome("look", "known"), NOW)
    assert run.step("tell")


def test_what_is_not_needed_goes_on_alone():
    definition, run, _ = asked(needed=False)
    run, effects = advance(definition, run, Outcome("look", "known"), NOW)
    assert of(effects, fx.CancelSubtask) == []
    assert [task.number for task in run.tasks] == [1]
    run, _ = advance(definition, run, Happening("subtask_done", {"subtask": 1, "result": "晚到"}), NOW)
    assert run.fields["cause"] == "晚到"
    assert run.ended is False


def test_declined_it_is_still_needed_withdrawn_it_is_not():
    definition, run, _ = asked()
    run, _ = advance(definition, run, Happening("subtask_declined", {"subtask": 1}), NOW)
    with pytest.raises(TasksOpen):
        advance(definition, run, Outcome("look", "known"), NOW)
    run, _ = advance(definition, run, Happening("subtask_withdrawn", {"subtask": 1}), NOW)
    run, _ = advance(definition, run, Outcome("look", "known"), NOW)
    assert run.step("tell")


def test_sent_back_it_is_needed_again_while_its_step_is_under_way():
    definition, run, _ = asked()
    run, _ = advance(definition, run, Happening("subtask_done", {"subtask": 1, "result": "?"}), NOW)
    again = Happening("subtask_again", {"subtask": 1, "key": "find_cause", "step": "look"})
    back, _ = advance(definition, run, again, NOW)
    with pytest.raises(TasksOpen):
        advance(definition, back, Outcome("look", "known"), NOW)
    assert advance(definition, back, again, NOW)[0] == back, "once is enough"
    told, _ = advance(definition, run, Outcome("look", "known"), NOW)
    told, _ = advance(definition, told, again, NOW)
    assert [task.needed for task in told.tasks] == [False]
    assert advance(definition, told, Outcome("tell", "told"), NOW)[0].ended


@pytest.mark.parametrize(
    "what",
    [
        Skip("look", frozenset({"supervisor"})),
        Happening("withdrawn"),
        Happening("confirmed"),
    ],
)
def test_it_is_taken_back_with_what_it_belongs_to(what):
    definition, run, _ = asked()
    run, effects = advance(definition, run, what, NOW)
    assert [one.number for one in of(effects, fx.CancelSubtask)] == [1]
    assert run.tasks == ()


def test_another_round_begins_without_what_the_last_one_asked():
    definition = Definition.from_json(matter(needed=False, at_start=True))
    run, _ = start(definition, {}, NOW)
    assert run.numbered == 1
    run, effects = advance(definition, run, Outcome("look", "again"), NOW)
    assert [one.number for one in of(effects, fx.CancelSubtask)] == [1]
    assert [(one.number, one.round) for one in of(effects, fx.OpenSubtask)] == [(2, 2)]


def test_what_is_not_of_this_run_moves_nothing():
    definition, run, _ = asked()
    for what in ({"subtask": 9}, {"subtask": "1"}, {}):
        assert advance(definition, run, Happening("subtask_done", what), NOW) == (run, ())
    over, _ = advance(definition, run, Happening("withdrawn"), NOW)
    again = Happening("subtask_again", {"subtask": 1, "key": "find_cause", "step": "look"})
    assert advance(definition, over, again, NOW)[0].tasks == ()


def test_an_answer_can_finish_the_step_only_when_nothing_more_is_needed():
    raw = matter(at_start=True)
    raw["steps"][0]["tasks"].append({"key": "other", "title": words("另一件"), "role": "technical", "needed": True,
                                     "at_start": True})  # fmt: skip
    raw["on"] = [{"happening": "subtask_done", "active": "look", "outcome": "known"}]
    definition = Definition.from_json(raw)
    run, _ = start(definition, {}, NOW)
    run, _ = advance(definition, run, Happening("subtask_done", {"subtask": 1}), NOW)
    assert run.step("look")
    run, _ = advance(definition, run, Happening("subtask_done", {"subtask": 2}), NOW)
    assert run.step("tell")


KNOWN = Known(
    roles=frozenset({"agent", "technical", "supervisor", "legal"}), kinds=frozenset({"answer", "accepted"}),
    teams=frozenset({"second"}), takers=frozenset({"technical"}), statuses=frozenset({"closed"}),
)  # fmt: skip


def faults(raw: dict[str, Any]) -> set[tuple[str, str]]:
    return {(fault.code, fault.path) for fault in lint(Definition.from_json(raw), KNOWN)}


def test_lint_finds_nothing_in_a_sound_one():
    assert faults(matter()) == set()
    assert faults(matter(role=None, team="second")) == set()
    assert faults(matter(role="legal")) == set(), "whoever presses the button sees where it went"


@pytest.mark.parametrize(
    ("task", "code"),
    [
        ({"title": {"zh": "只有中文"}}, "missing_title"),
        ({"role": "nobody"}, "unknown_name"),
        ({"role": "legal", "at_start": True}, "no_taker"),
        ({"role": None}, "for_nobody"),
        ({"team": "second"}, "for_nobody"),
        ({"role": None, "team": "third"}, "unknown_name"),
        ({"limit": "no_policy"}, "unknown_name"),
        ({"accept": "no_policy"}, "unknown_name"),
        ({"accept": "answer"}, "limit_twice"),
        ({"until": "question"}, "no_instant"),
        ({"ask": "wanted_at"}, "no_text"),
        ({"result": "nothing"}, "undefined_field"),
        ({"key": "never"}, "never_opened"),
        ({"when": [{"field": "outcome", "value": "gone"}]}, "never_true"),
    ],
)
def test_lint_names_each_fault_at_the_sub_task(task, code):
    key = task.get("key", "find_cause")
    expected = "missing_title" if code == "missing_title" else code
    if code == "never_true":
        task = {"when": [{"field": "nothing", "value": "x"}]}
        expected = "undefined_field"
    assert (expected, f"steps.look.tasks.{key}") in faults(matter(**task))


def test_lint_finds_acts_and_conditions_about_sub_tasks_that_are_not_there():
    raw = matter()
    raw["steps"][0]["outcomes"][1]["actions"] = [{"subtask": "other"}]
    assert ("unknown_name", "steps.look.outcomes.ask") in faults(raw)
    raw = matter()
    raw["on"][0]["when"] = [{"field": "subtask", "value": "other"}]
    assert ("unknown_name", "on[0]") in faults(raw)


def test_lint_finds_a_needed_one_that_comes_too_late_and_two_of_one_key():
    raw = matter()
    raw["steps"][0]["outcomes"][1]["actions"] = []
    raw["steps"][0]["on_finish"] = [{"subtask": "find_cause"}]
    assert ("needed_too_late", "steps.look.tasks.find_cause") in faults(raw)
    raw = matter()
    raw["steps"][1]["tasks"] = [dict(raw["steps"][0]["tasks"][0])]
    assert "task_twice" in {code for code, _path in faults(raw)}


def test_bpmn_and_json_keep_it_and_differences_name_it():
    definition = Definition.from_json(matter())
    assert read_bpmn(write_bpmn(definition)).body["steps"][0]["tasks"] == matter()["steps"][0]["tasks"]
    [one] = differences(definition, Definition.from_json(matter(needed=False)))
    assert (one.step, one.part, one.name) == ("look", "tasks", "find_cause")


def test_a_play_hands_it_out_promises_and_answers():
    table = [
        {"key": kind, "starts_at": "x", "rows": [{"key": "any", "limit": limit, "clock": "always"}]}
        for kind, limit in (("answer", "8h"), ("accepted", "1h"))
    ]
    rules = Rules({policy.key: policy for policy in read_policies(table)}, builtin_calendar("cn-office-nolunch"))
    play = Play.begin(Definition.from_json(matter()), rules, {}, frozenset({"agent"}), NOW)
    play.do(Press("look", "ask", {"question": "为什么？"}))
    assert [(one.kind, one.due_at - NOW) for one in play.promises] == [
        ("answer", timedelta(hours=8)), ("accepted", timedelta(hours=1)),
    ]  # fmt: skip
    play.do(Pass(NOW + timedelta(minutes=30)))
    play.do(Department(1, "done"))
    play.do(Department(7, "accepted"))
    assert [one.state for one in play.promises] == ["met", "cancelled"]
    assert (play.tasks[0].state, play.tasks[0].ask, play.run.tasks) == ("done", "为什么？", ())
    play.do(Press("look", "known", {}))
    play.do(Press("tell", "told", {}))
    assert play.run.ended
