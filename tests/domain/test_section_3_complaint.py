"""R-CP-1 … 6 (section 3.4): every path of the complaint procedure, on time and late, written from the requirements."""

from datetime import timedelta
from typing import Any

import pytest
from tests.domain.paths import LATER, NOW, SUBTASK, Move, Path, Walker
from tests.domain.story import REVIEWED, Story, at

from yinuo.domain.procedure import Definition, FormFaulty, Happening, Outcome, TasksOpen, advance
from yinuo.domain.procedure import effects as fx
from yinuo.domain.procedure.forms import FieldErrors, check_form
from yinuo.domain.procedure.model import Step
from yinuo.domain.procedure.transfer import transfer
from yinuo.packs import shipped_pack

HANDBOOK = shipped_pack("handbook")

# section 3.4: who does which step
ROLES = {
    "accept": "complaint_handler", "grade": "complaint_handler", "investigate": "complaint_handler",
    "investigate_serious": "supervisor", "investigate_major": "director", "remedy": "complaint_handler",
    "remedy_supervisor": "supervisor", "remedy_director": "director", "agree": "complaint_handler",
    "carry_out": "complaint_handler", "tell": "complaint_handler", "visit": "complaint_handler",
    "second_visit": "complaint_handler", "record": "complaint_handler", "review": "reviewer",
}  # fmt: skip

ACCEPTED = {
    "customer_name": "张三", "contact": "13800001234", "contacted_at": NOW, "content": "修了三次还漏水",
    "demand": "换新机", "emotion": "angry", "promised_at": LATER, "promised_way": "phone",
}  # fmt: skip
FOUND = {"method": ["records"], "findings": "两次没有换部件", "responsible_department": "technical"}
REMEDY = {"remedy_kinds": ["exchange"], "remedy": "换新机", "grounds": "三包规定", "planned_at": LATER}
CONSENT = {"customer_signature": {"way": "recording"}}

AT_ONCE = {"channel_answer": "5m S", "complaint_contact": "5m S", "first_answer": "1h S", "complaint_total": "24h D"}
"""Phone: answered in 5 minutes; contact 5 minutes; answer 1 hour; the whole ordinary matter 24 hours."""
ANSWERED = Move("!answered", "accept")
ACCEPT = Move("accept.accepted", "grade", ACCEPTED, outputs=["客户投诉受理表"])
GRADED = ["投诉分级结果"]
REPORT = ["调查报告"]
PLAN = ["投诉处理方案表"]
ROLE_OF = {"sales": "sales", "technical": "technical", "product": "product_manager", "logistics": "logistics"}
AGREE = Move("agree.agreed", "carry_out", CONSENT)
DONE = Move("carry_out.done", "tell", {"execution": "已换"}, {"result_told": "24h D"}, ["方案执行记录"])
TOLD = Move("tell.told", "visit", {"told_way": "phone"})
VISITED = ["投诉处理满意度回访记录"]
ARCHIVED = [
    Move("record.recorded", "review", {"services_done": "换新机"}, outputs=["信息反馈单"]),
    Move("review.passed", "", REVIEWED, outputs=["审核单"]),
]


def grade(impact: str, tier: str, then: str, starts: dict[str, str]) -> Move:
    return Move("grade.graded", then, {"impact": impact, "customer_tier": tier}, starts, GRADED)


def found(step: str, then: str, hours: str) -> Move:
    return Move(f"{step}.found", then, FOUND, {"remedy": hours}, REPORT)


def proposed(step: str, then: str = "agree", **fields: Any) -> Move:
    return Move(f"{step}.proposed", then, {**REMEDY, **fields}, outputs=PLAN)


def helped(step: str, *departments: str) -> list[Move]:
    """The departments are asked, and each answers; until then the step cannot be finished."""
    asked = {"asked_departments": list(departments), "department_question": "查", "department_answer_by": LATER}
    return [
        Move(f"{step}.ask_departments", step, asked, asks=[ROLE_OF[one] for one in departments]),
        *(Move("!subtask_done", step, {"subtask": SUBTASK, "result": "属实"}) for _ in departments),
    ]


ORDINARY = grade("low", "ordinary", "investigate", {})
SERIOUS = grade("normal", "key", "investigate_serious", {"investigation": "24h D"})
MAJOR = grade("high", "key", "investigate_major", {"handling_started": "30m C", "investigation": "48h D"})
TO_ORDINARY = [ANSWERED, ACCEPT, ORDINARY, found("investigate", "remedy", "24h D")]
TO_SERIOUS = [
    ANSWERED, ACCEPT, SERIOUS, *helped("investigate_serious", "sales", "technical", "product"),
    found("investigate_serious", "remedy_supervisor", "48h D"),
]  # fmt: skip
TO_MAJOR = [
    ANSWERED, ACCEPT, MAJOR, *helped("investigate_major", "technical"),
    found("investigate_major", "remedy_director", "48h D"),
]  # fmt: skip
GIVEN_OUT = [
    Move("carry_out.to_departments", "carry_out",
         {"working_departments": ["technical", "logistics"], "department_work": "换新", "department_work_by": LATER},
         asks=["technical", "logistics"]),
    Move("!subtask_declined", "carry_out", {"subtask": SUBTASK}), 
    Move("!subtask_withdrawn", "carry_out", {"subtask": SUBTASK}),
    Move("!subtask_done", "carry_out", {"subtask": SUBTASK, "result": "已换"}),
]  # fmt: skip
MAJOR_DONE = Move(
    "carry_out.done", "tell", {"execution": "已换"}, {"result_told": "24h D", "second_visit": "72h D"}, ["方案执行记录"]
)

PATHS = [
    Path("ordinary, agreed, accepted", "accept", AT_ONCE, [
        *TO_ORDINARY, proposed("remedy"), AGREE, DONE, TOLD,
        Move("visit.accepted", "record", {"satisfaction": 5}, outputs=VISITED), *ARCHIVED,
    ], ends="archived"),
    Path("serious, with the supervisor", "accept", AT_ONCE, [
        *TO_SERIOUS, proposed("remedy_supervisor"), AGREE, *GIVEN_OUT, DONE, TOLD,
        Move("!customer_scored", "record", {"satisfaction": 4}, outputs=VISITED), *ARCHIVED,
    ], ends="archived"),
    Path("major, with the director and a second visit", "accept", AT_ONCE, [
        *TO_MAJOR, proposed("remedy_director", compensation="90000"), AGREE, MAJOR_DONE, TOLD,
        Move("visit.accepted", "(second_visit)", {"satisfaction": 4}, outputs=VISITED),
        Move("timer:start_second_visit", "second_visit"),
        Move("second_visit.accepted", "record", {"second_visit_note": "没有反复"}, outputs=VISITED), *ARCHIVED,
    ], ends="archived"),
    Path("graded again", "accept", AT_ONCE, [
        ANSWERED, ACCEPT, ORDINARY, *helped("investigate", "logistics"),
        Move("investigate.regrade", "grade", {"progress": "有人受伤"}),
        Move("grade.graded", "investigate_major", {"grade": "major", "grade_reason": "有人受伤"},
             {"handling_started": "30m C", "investigation": "48h D"}, GRADED),
        Move("investigate_major.regrade", "grade", {"progress": "误报"}),
        Move("grade.graded", "investigate_serious", {"grade": "serious"},
             {"investigation": "24h D", "complaint_total": "72h D"}, GRADED),
        Move("investigate_serious.regrade", "grade", {"progress": "误报"}),
        Move("grade.graded", "investigate", {"grade": "ordinary"}, {}, GRADED),
        Move("!withdrawn", ""),
    ], ends="withdrawn"),
    Path("above the authority of handler and supervisor", "accept", AT_ONCE, [
        *TO_ORDINARY, proposed("remedy", "remedy_supervisor", compensation="500.01"),
        proposed("remedy_supervisor", "remedy_director", compensation="5000.01"), proposed("remedy_director"), AGREE,
        Move("!merged", ""),
    ], ends="merged"),
    Path("reported upward by hand", "accept", AT_ONCE, [
        *TO_ORDINARY, Move("remedy.upward", "remedy_supervisor", {"progress": "办不了"}),
        Move("remedy_supervisor.upward", "remedy_director", {"progress": "办不了"}), proposed("remedy_director"),
        Move("!withdrawn", ""),
    ], ends="withdrawn"),
    Path("refused, a new remedy, refused, upward, upward, and again", "accept", AT_ONCE, [
        *TO_ORDINARY, proposed("remedy", compensation="500"),
        Move("agree.refused", "remedy", {"progress": "嫌少"}), proposed("remedy"),
        Move("agree.refused_upward", "remedy_supervisor", {"progress": "要见主管"}), proposed("remedy_supervisor"),
        Move("!plan_refused", "remedy_supervisor"), proposed("remedy_supervisor", compensation="5000"),
        Move("agree.refused_upward", "remedy_director", {"progress": "要见总监"}), proposed("remedy_director"),
        Move("agree.refused", "remedy_director", {"progress": "还是不行"}), proposed("remedy_director"),
        Move("!plan_accepted", "carry_out", CONSENT), DONE, TOLD, Move("!withdrawn", ""),
    ], ends="withdrawn"),
    Path("not accepted at the visit: upward; sent back by the reviewer", "accept", AT_ONCE, [
        *TO_ORDINARY, proposed("remedy"), AGREE, DONE, TOLD,
        Move("!customer_scored", "visit", {"satisfaction": 2}),
        Move("visit.not_accepted", "remedy_supervisor", {}, {"remedy": "24h D"}, VISITED),
        proposed("remedy_supervisor"), AGREE, DONE, TOLD,
        Move("!customer_refused", "remedy_director", {}, {"remedy": "24h D"}, VISITED),
        proposed("remedy_director"), AGREE, DONE, TOLD,
        Move("visit.accepted", "record", {"satisfaction": 4}, outputs=VISITED), ARCHIVED[0],
        Move("review.back", "record", {"review_note": "没写依据"}, outputs=["审核单"]), *ARCHIVED,
        Move("!reopened", "accept", {}, {"complaint_contact": "5m S"}),
    ]),
    Path("a major one has come back at the second visit", "accept", AT_ONCE, [
        *TO_MAJOR, proposed("remedy_director"), AGREE, MAJOR_DONE, TOLD,
        Move("visit.accepted", "(second_visit)", {"satisfaction": 4}, outputs=VISITED),
        Move("timer:start_second_visit", "second_visit"),
        Move("second_visit.not_accepted", "remedy_director",
             {"second_visit_note": "又漏"}, {"remedy": "48h D"}, VISITED),
        proposed("remedy_director"), AGREE, MAJOR_DONE, TOLD, Move("!withdrawn", ""),
    ], ends="withdrawn"),
]  # fmt: skip


@pytest.mark.parametrize("late", [None, timedelta(seconds=1)], ids=["on time", "late"])
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_path(path: Path, late: timedelta | None) -> None:
    Walker(HANDBOOK, "complaint", Path(**{**vars(path), "facts": {"channel": "phone", **path.facts}}), late).walk()


def test_the_paths_take_every_arrow() -> None:
    taken: set[tuple[str, int]] = set()
    for path in PATHS:
        walker = Walker(HANDBOOK, "complaint", Path(**{**vars(path), "facts": {"channel": "phone"}}), None)
        walker.walk()
        taken |= walker.taken
    definition = HANDBOOK.procedures["complaint"]
    assert taken == {(step.key, n) for step in definition.steps for n in range(len(step.arrows))}


@pytest.mark.parametrize("left", ["supervisor_sales", "supervisor_product"])
def test_the_investigation_waits_for_each_department_that_was_asked(left: str) -> None:
    story = Story(HANDBOOK, "complaint", "2026-11-23 10:00")
    story.press("accept", "accepted", {**ACCEPTED, "contacted_at": story.now, "promised_at": story.now})
    story.press("grade", "graded", {"impact": "normal", "customer_tier": "key"})
    asked = {"asked_departments": ["sales", "product"], "department_question": "查", "department_answer_by": story.now}
    story.press("investigate_serious", "ask_departments", asked)
    open_tasks = {task.key: task.number for task in story.run.tasks}
    assert set(open_tasks) == {"supervisor_sales", "supervisor_product"}
    for key, number in open_tasks.items():
        if key != left:
            story.happen("subtask_done", subtask=number, result="属实")
    with pytest.raises(TasksOpen):
        story.press("investigate_serious", "found", FOUND)
    story.happen("subtask_done", subtask=open_tasks[left], result="不属实")
    story.press("investigate_serious", "found", FOUND)
    answers = {"supervisor_sales": "sales_answer", "supervisor_product": "product_answer"}
    assert story.run.fields[answers[left]] == "不属实"


def investigated(*departments: str) -> Story:
    """A serious complaint, about which these were asked."""
    story = Story(HANDBOOK, "complaint", "2026-11-23 10:00")
    story.press("accept", "accepted", {**ACCEPTED, "contacted_at": story.now, "promised_at": story.now})
    story.press("grade", "graded", {"impact": "normal", "customer_tier": "key"})
    if departments:
        ask(story, *departments)
    return story


def ask(story: Story, *departments: str) -> None:
    asked = {"asked_departments": list(departments), "department_question": "查", "department_answer_by": story.now}
    story.press("investigate_serious", "ask_departments", asked)


def test_who_has_answered_is_not_asked_again_with_the_next() -> None:
    story = investigated("technical")
    (task,) = story.run.tasks
    story.happen("subtask_done", subtask=task.number, result="属实")
    assert not story.run.fields.get("asked_departments")
    ask(story, "product")
    assert [task.key for task in story.run.tasks] == ["supervisor_product"]


def test_a_department_is_not_asked_for_yesterday() -> None:
    story = investigated()
    asked = {
        "asked_departments": ["sales"],
        "department_question": "查",
        "department_answer_by": at("2026-11-22 10:00"),
    }
    with pytest.raises(FormFaulty) as refused:
        story.press("investigate_serious", "ask_departments", asked)
    assert [(error.name, error.code) for error in refused.value.errors.errors] == [("department_answer_by", "in_past")]


def test_a_complaint_is_graded_anew_without_waiting_for_departments() -> None:
    story = investigated("sales", "product")
    story.press("investigate_serious", "regrade", {"progress": "客户要找媒体，升为重大。"})
    assert story.here == ["grade"]
    assert not story.run.tasks


def test_what_another_version_no_longer_asks_is_still_waited_for_and_named_in_words() -> None:
    story = investigated("sales")
    raw = story.definition.to_json()
    (step,) = [one for one in raw["steps"] if one["key"] == "investigate_serious"]
    step["tasks"] = []
    step["outcomes"] = [one for one in step["outcomes"] if one["key"] != "ask_departments"]
    new = Definition.from_json(raw)
    story.run, _effects = transfer(new, story.run, {}, {}, story.now)
    with pytest.raises(TasksOpen) as refused:
        advance(new, story.run, Outcome("investigate_serious", "found", FOUND), story.now)
    assert "supervisor_sales" not in refused.value.text.zh and "交办" in refused.value.text.zh
    story.run, _effects = advance(new, story.run, Happening("subtask_withdrawn", {"subtask": 1}), story.now)
    story.run, _effects = advance(new, story.run, Outcome("investigate_serious", "found", FOUND), story.now)
    assert story.here == ["remedy_supervisor"]


def test_roles() -> None:
    assert {step.key: step.role for step in HANDBOOK.procedures["complaint"].steps} == ROLES


@pytest.mark.parametrize(
    ("impact", "tier", "expected"),
    [
        ("high", "key", "major"), ("high", "member", "major"), ("high", "ordinary", "serious"),
        ("high", "potential", "serious"), ("normal", "key", "serious"), ("normal", "member", "ordinary"),
        ("normal", "ordinary", "ordinary"), ("low", "key", "ordinary"), ("low", "potential", "ordinary"),
    ],
)  # fmt: skip
def test_the_grade_follows_from_impact_and_tier(impact: str, tier: str, expected: str) -> None:
    story = Story(HANDBOOK, "complaint", "2026-11-23 10:00")
    story.press("accept", "accepted", {**ACCEPTED, "contacted_at": story.now, "promised_at": story.now})
    story.press("grade", "graded", {"impact": impact, "customer_tier": tier})
    assert story.facts["grade"] == expected


def test_a_major_complaint_at_night_was_started_within_half_an_hour_or_not() -> None:
    for minutes, kept in ((30, True), (31, False)):
        story = Story(HANDBOOK, "complaint", "2026-11-22 02:00")
        story.at(f"2026-11-22 02:{minutes}").press(
            "accept", "accepted", {**ACCEPTED, "contacted_at": story.now, "promised_at": story.now}
        )
        story.press("grade", "graded", {"impact": "high", "customer_tier": "key"})
        assert story.due("handling_started") == "2026-11-22 02:30"
        assert story.in_time("handling_started") is kept
        assert {"first_answer", "complaint_total"} <= {e.kind for e in story.of(fx.CancelDeadline)}


def test_nothing_is_carried_out_without_consent_and_a_new_remedy_needs_a_new_one() -> None:
    story = Story(HANDBOOK, "complaint", "2026-11-23 10:00")
    story.press("accept", "accepted", {**ACCEPTED, "contacted_at": story.now, "promised_at": story.now})
    story.press("grade", "graded", {"impact": "low", "customer_tier": "ordinary"})
    story.press("investigate", "found", FOUND)
    story.press("remedy", "proposed", {**REMEDY, "planned_at": story.now})
    with pytest.raises(FormFaulty):
        story.press("agree", "agreed")
    story.press("agree", "agreed", CONSENT)
    story.press("carry_out", "done", {"execution": "已换"})
    story.press("tell", "told", {"told_way": "phone"})
    story.press("visit", "not_accepted", {"satisfaction": 1})
    assert story.here == ["remedy_supervisor"] and len(story.of(fx.OpenImprovement)) == 1
    story.press("remedy_supervisor", "proposed")
    with pytest.raises(FormFaulty):
        story.press("agree", "agreed")


def test_money_above_the_authority_is_compared_as_a_number() -> None:
    for money, here in (("500", "agree"), ("500.00", "agree"), ("1,000", "remedy_supervisor"), ("", "agree")):
        story = Story(HANDBOOK, "complaint", "2026-11-23 10:00")
        story.press("accept", "accepted", {**ACCEPTED, "contacted_at": story.now, "promised_at": story.now})
        story.press("grade", "graded", {"impact": "low", "customer_tier": "ordinary"})
        story.press("investigate", "found", FOUND)
        story.press("remedy", "proposed", {**REMEDY, "planned_at": story.now, "compensation": money})
        assert story.here == [here], money


@pytest.mark.parametrize("pack", ["handbook", "rules"])
def test_compensation_is_promised_with_its_amount_or_handed_upward(pack: str) -> None:
    """Whoever may offer it follows from the amount: left empty, nobody would ask."""
    shipped = shipped_pack(pack)
    definition = shipped.procedures[shipped.scenarios["complaint"].procedure]
    filled = {**REMEDY, "remedy_kinds": ["compensation"], "planned_at": LATER_AT, "progress": "超出权限"}
    for step in (one for one in definition.steps if step_asks_for_money(one)):
        for button in (one for one in step.buttons if one.kind == "finish"):
            found = check_form(step, filled, button=button)
            faulty = [error.name for error in found.errors] if isinstance(found, FieldErrors) else []
            assert faulty == (["compensation"] if button.key == "proposed" else []), (step.key, button.key)
            assert isinstance(check_form(step, {**filled, "compensation": "0"}, button=button), dict)


LATER_AT = "2027-01-20T10:00:00+08:00"


def step_asks_for_money(step: Step) -> bool:
    return step.field("compensation") is not None


@pytest.mark.parametrize(("inspected", "wanted"), [({}, []), ({"inspection": "换了漏水阀"}, ["质量检修记录"])])
def test_a_complaint_about_quality_leaves_a_record_of_what_was_inspected(
    inspected: dict[str, str], wanted: list[str]
) -> None:
    """R-AS-6"""
    story = Story(HANDBOOK, "complaint", "2026-11-23 10:00")
    story.press("accept", "accepted", {**ACCEPTED, "contacted_at": story.now, "promised_at": story.now})
    story.press("grade", "graded", {"impact": "low", "customer_tier": "ordinary"})
    story.press("investigate", "found", {**FOUND, **inspected})
    titles = {one.key: one.title.zh for one in story.definition.step_by_key["investigate"].documents}
    assert [titles[e.document] for e in story.of(fx.WantDocument) if e.step == "investigate"] == [*REPORT, *wanted]
