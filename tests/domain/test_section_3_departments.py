"""R-CP-1 … 4 as pack `rules` reads them (R2.3): the department accepts, investigates and proposes, by limits agreed at
the hand-over; every path, on time and late."""

from datetime import timedelta
from typing import Any

import pytest
from tests.domain.paths import LATER, Move, Path, check_paths, roles
from tests.domain.story import REVIEWED, Story
from tests.domain.test_section_3_complaint import ACCEPTED, AGREE, CONSENT, REMEDY

from yinuo.domain.procedure import Outcome, RoleNeeded, advance
from yinuo.domain.procedure import effects as fx
from yinuo.packs import shipped_pack

RULES = shipped_pack("rules")
PROCEDURE = "complaint_by_department"
FACTS = {"scenario": "complaint"}
ROLES = {
    "accept": "agent", "name_department": "agent", "department_accepts": "executor", "investigate": "executor",
    "remedy": "executor", "decide": "supervisor", "decide_director": "director", "agree": "agent",
    "carry_out": "executor", "tell": "agent", "visit": "agent", "record": "agent", "review": "reviewer",
}  # fmt: skip
HANDED_OVER: dict[str, Any] = {
    "responsible_department": "technical", "grade": "serious", "hand_over_note": "查两次维修记录",
    "accept_until": LATER, "department_due_at": LATER,
}  # fmt: skip
SHEET = ["投诉分级结果", "投诉处理单"]
ACCEPT = Move(
    "accept.accepted", "name_department", {**ACCEPTED, "wished_solution": "换新机"}, outputs=["客户投诉受理表"]
)
HAND_OVER = Move(
    "name_department.handed_over",
    "department_accepts",
    HANDED_OVER,
    {"investigation": "agreed", "taken_over": "agreed"},
    SHEET,
)
TAKEN = Move("department_accepts.accepted", "investigate")
FOUND = Move(
    "investigate.found", "remedy", {"method": ["records"], "findings": "没有换部件"}, {"remedy": "48h D"}, ["调查报告"]
)
PROPOSED = Move("remedy.proposed", "agree", REMEDY, outputs=["投诉处理方案表"])
PLAN = ["投诉处理方案表"]
DECIDED = Move("decide.proposed", "agree", REMEDY, outputs=PLAN)
BY_DIRECTOR = Move("decide_director.proposed", "agree", REMEDY, outputs=PLAN)
DONE = Move("carry_out.done", "tell", {"execution": "已换"}, {}, ["方案执行记录"])
CLOSED = Move("tell.accepted", "visit", {}, {"visit": "3d W"})
VISITED = Move("visit.visited", "record", {"satisfaction": 5, "visit_note": "好"}, outputs=["投诉处理满意度回访记录"])
ARCHIVED = [
    Move("record.recorded", "review", {"services_done": "换新机"}, outputs=["信息反馈单"]),
    Move("review.passed", "", REVIEWED, outputs=["审核单"]),
]


def path(name: str, *moves: Move, ends: str = "archived") -> Path:
    return Path(name, "accept", {"channel_answer": "24h D"}, [Move("!answered", "accept"), ACCEPT, *moves], FACTS, ends)


PATHS = [
    path("the department settles it", HAND_OVER, TAKEN, FOUND, PROPOSED, AGREE, DONE, Move("tell.told", "tell"), CLOSED,
         VISITED, ARCHIVED[0], Move("review.back", "record", {"review_note": "缺依据"}, outputs=["审核单"]), *ARCHIVED),
    path("not ours, another department", HAND_OVER,
         Move("department_accepts.not_ours", "name_department", {"progress": "是物流"}), HAND_OVER, TAKEN, FOUND,
         Move("remedy.upward", "decide", {"progress": "超权限"}), DECIDED, AGREE, DONE, CLOSED,
         Move("!customer_scored", "record", {"satisfaction": 3}, outputs=["投诉处理满意度回访记录"]), *ARCHIVED),
    path("refused, refused upward, not accepted", HAND_OVER, TAKEN, FOUND, PROPOSED,
         Move("agree.refused", "remedy", {"progress": "嫌少"}, {"remedy": "48h D"}), PROPOSED,
         Move("agree.refused_upward", "decide", {"progress": "要见主管"}, {"remedy": "48h D"}), DECIDED,
         Move("!plan_accepted", "carry_out", CONSENT), DONE,
         Move("!customer_refused", "decide_director", {}, {"remedy": "48h D"}), BY_DIRECTOR,
         Move("agree.refused", "decide_director", {"progress": "还是不行"}, {"remedy": "48h D"}), BY_DIRECTOR,
         AGREE, DONE, Move("!customer_refused", "decide_director", {}, {"remedy": "48h D"}), Move("!withdrawn", ""),
         ends="withdrawn"),
    path("not accepted: the supervisor decides, refused, upward by hand", HAND_OVER, TAKEN, FOUND,
         PROPOSED, AGREE, DONE, Move("!customer_refused", "decide", {}, {"remedy": "48h D"}), DECIDED,
         Move("agree.refused", "decide", {"progress": "嫌少"}, {"remedy": "48h D"}), DECIDED,
         Move("agree.refused_upward", "decide_director", {"progress": "要见总监"}, {"remedy": "48h D"}),
         Move("!withdrawn", ""), ends="withdrawn"),
    path("above the authority of department and supervisor", HAND_OVER, TAKEN, FOUND,
         Move("remedy.proposed", "decide", {**REMEDY, "compensation": "500.01"}, outputs=PLAN),
         Move("decide.proposed", "decide_director", {**REMEDY, "compensation": "5000.01"}, outputs=PLAN),
         BY_DIRECTOR, Move("!withdrawn", ""), ends="withdrawn"),
    path("reported upward twice", HAND_OVER, TAKEN, FOUND, Move("remedy.upward", "decide", {"progress": "超权限"}),
         Move("decide.upward", "decide_director", {"progress": "超权限"}), BY_DIRECTOR, Move("!withdrawn", ""),
         ends="withdrawn"),
]  # fmt: skip


def test_every_path_and_arrow() -> None:
    check_paths(RULES, PROCEDURE, PATHS)


def test_roles() -> None:
    assert roles(RULES, PROCEDURE) == ROLES


def test_the_department_has_the_limits_of_the_hand_over_and_owes_them() -> None:
    for late in (False, True):
        story = Story(RULES, PROCEDURE, "2026-11-23 10:00")
        story.press("accept", "accepted", {**ACCEPTED, "wished_solution": "换", "contacted_at": story.now,
                                           "promised_at": story.now})  # fmt: skip
        accept_by, due = story.now + timedelta(hours=2), story.now + timedelta(hours=30)
        story.press(
            "name_department", "handed_over", {**HANDED_OVER, "accept_until": accept_by, "department_due_at": due}
        )
        begun = {e.kind: e.until for e in story.of(fx.StartDeadline) if e.until}
        assert begun == {"taken_over": accept_by, "investigation": due}
        story.now = accept_by + timedelta(seconds=late)
        story.press("department_accepts", "accepted")
        story.now = due + timedelta(seconds=late)
        story.press("investigate", "found", FOUND.fields)
        assert story.in_time("taken_over") is story.in_time("investigation") is not late


def at_remedy() -> Story:
    story = Story(RULES, PROCEDURE, "2026-11-23 10:00")
    story.press("accept", "accepted", {**ACCEPTED, "wished_solution": "换", "contacted_at": story.now,
                                       "promised_at": story.now})  # fmt: skip
    story.press(
        "name_department", "handed_over", {**HANDED_OVER, "accept_until": story.now, "department_due_at": story.now}
    )
    story.press("department_accepts", "accepted")
    story.press("investigate", "found", FOUND.fields)
    return story


@pytest.mark.parametrize(
    ("money", "here"), [("", "agree"), ("500", "agree"), ("500.01", "decide"), ("5,000", "decide"), ("90000", "decide")]
)
def test_what_a_department_may_not_offer_goes_upward_and_is_not_given_to_customer_service_yet(
    money: str, here: str
) -> None:
    story = at_remedy()
    story.press("remedy", "proposed", {**REMEDY, "planned_at": story.now, "compensation": money})
    assert story.here == [here]
    kept = [e.kind for e in story.of(fx.MeetDeadline)]
    assert ("remedy" in kept) is (here == "agree"), "the 48 hours run on until somebody who may has decided"
    if here == "decide":
        story.press("decide", "proposed", {"compensation": "5000"})
        assert story.here == ["agree"]
        assert "remedy" in [e.kind for e in story.of(fx.MeetDeadline)]
        assert story.run.fields["level"] == "supervisor"


@pytest.mark.parametrize(("step", "button"), [("decide", "proposed"), ("decide_director", "proposed")])
def test_only_who_has_the_authority_decides(step: str, button: str) -> None:
    story = at_remedy()
    story.press("remedy", "upward", {"progress": "超权限"})
    if step == "decide_director":
        story.press("decide", "upward", {"progress": "超权限"})
    given = {**REMEDY, "planned_at": story.now}
    for role in ("executor", "agent"):
        with pytest.raises(RoleNeeded):
            advance(story.definition, story.run, Outcome(step, button, given, roles=frozenset({role})), story.now)
