"""R-PS-1 … 5 (section 3.1): every path of the pre-sales procedure, on time and late, written from the requirements."""

from tests.domain.paths import LATER, SUBTASK, Move, Path, check_paths, roles
from tests.domain.story import REVIEWED, Story

from yinuo.domain.procedure import effects as fx
from yinuo.packs import shipped_pack

HANDBOOK, RULES = shipped_pack("handbook"), shipped_pack("rules")
ROLES = {
    "enquiry": "agent", "grade": "agent", "feasibility": "product_manager", "propose": "sales", "follow_up": "sales",
    "trial": "sales", "lead_pool": "sales", "ask": "agent", "record": "agent", "review": "reviewer",
}  # fmt: skip
ASKED = {"customer_name": "张三", "contact": "13800001234", "product": "企业版", "needs": "二十个人用"}
FACTS = {"channel": "chat"}
AT_ONCE = {"channel_answer": "5m S", "first_proposal": "24h D"}
RECORD = [Move("!answered", "enquiry"), Move("enquiry.recorded", "grade", ASKED, outputs=["售前咨询记录表"])]
SORT = {"urgency": "urgent", "value": "high", "is_complex": False, "first_proposal": "企业版二十用户"}
GRADE = Move("grade.graded", "propose", SORT, {"proposal": "48h D"}, ["需求分级结果"])
PROPOSAL = {"feature_match": "都有", "quote": "98000", "schedule": "两周", "preferred_channel": "email"}
SENT = Move("propose.sent", "follow_up", PROPOSAL, {"follow_up": "72h D"}, ["售前咨询方案表"])
MEETING = {"intent": "high", "follow_up_plan": "周四面谈", "trial_or_meeting": "meeting", "trial_or_meeting_at": LATER}
INTERESTED = Move("follow_up.interested", "trial", MEETING, outputs=["客户意向跟踪记录", "试用申请/洽谈安排表"])
POOL = Move("follow_up.not_yet", "lead_pool", {"follow_up_plan": "明年再问"}, outputs=["客户意向跟踪记录"])
ARCHIVED = [
    Move("record.recorded", "review", {"services_done": "企业版"}, outputs=["信息反馈单"]),
    Move("review.passed", "", REVIEWED, outputs=["审核单"]),
]
BEGUN = [*RECORD, GRADE, SENT]


def path(name: str, *moves: Move, ends: str = "archived") -> Path:
    return Path(name, "enquiry", AT_ONCE, moves, FACTS, ends)


PATHS = [
    path("interested, trial, ordered", *BEGUN, INTERESTED, Move("trial.ordered", "ask", {"trial_result": "满意"}),
         Move("!customer_scored", "record", {"satisfaction": 5}), ARCHIVED[0],
         Move("review.back", "record", {"review_note": "缺报价"}, outputs=["审核单"]), *ARCHIVED),
    path("complex: feasibility and 72 hours", *RECORD,
         Move("grade.graded", "feasibility", {**SORT, "is_complex": True, "written_need": "附件"},
              {"proposal": "72h D"}, ["需求分级结果"]),
         Move("feasibility.ask_technical", "feasibility",
              {"technical_question": "能不能接自有系统", "technical_answer_by": LATER}, asks=["technical"]),
         Move("!subtask_done", "feasibility", {"subtask": SUBTASK, "result": "能"}),
         Move("feasibility.assessed", "propose", {"feasibility": "feasible", "feasibility_note": "可做"},
              outputs=["需求评估报告"]),
         SENT, Move("follow_up.ordered", "ask", {"intent": "high"}, outputs=["客户意向跟踪记录"]),
         Move("timer:unanswered", "record"), *ARCHIVED),
    path("the proposal is changed twice", *BEGUN,
         Move("follow_up.change", "propose", {"intent": "some", "follow_up_plan": "改报价"}, {"proposal": "48h D"},
              ["客户意向跟踪记录"]),
         SENT, INTERESTED, Move("trial.change", "propose", {"trial_result": "要加模块"}, {"proposal": "48h D"}), SENT,
         Move("!withdrawn", ""), ends="withdrawn"),
    path("lead pool: news each month until the interest returns", *BEGUN, POOL,
         Move("timer:lead_news", "lead_pool"), Move("timer:lead_news", "lead_pool"),
         Move("!reply_received", "lead_pool"),
         Move("lead_pool.interest_returned", "propose", {"follow_up_plan": "本周给方案"}, {"proposal": "48h D"}), SENT,
         INTERESTED, Move("trial.not_yet", "lead_pool", {"trial_result": "再看", "follow_up_plan": "明年"}),
         Move("lead_pool.lost", "", {"follow_up_plan": "已买别家"}), ends="lost"),
]  # fmt: skip


def test_every_path_and_arrow() -> None:
    check_paths(HANDBOOK, "presales", PATHS)


def test_roles() -> None:
    assert roles(HANDBOOK, "presales") == ROLES


def graded(urgency: str, value: str) -> tuple[str, str]:
    story = Story(HANDBOOK, "presales", "2026-11-23 10:00")
    story.press("enquiry", "recorded", ASKED)
    story.press("grade", "graded", {**SORT, "urgency": urgency, "value": value})
    return story.run.fields["demand_grade"], story.run.fields["priority"]


def test_urgency_by_value_gives_four_grades_and_three_priorities() -> None:
    assert graded("urgent", "high") == ("urgent_high", "high")
    assert graded("urgent", "ordinary") == ("urgent_ordinary", "medium")
    assert graded("normal", "high") == ("calm_high", "medium")
    assert graded("low", "ordinary") == ("calm_ordinary", "low")


def test_a_lead_gets_news_each_month_and_its_next_bell() -> None:
    story = Story(HANDBOOK, "presales", "2026-11-23 10:00")
    story.press("enquiry", "recorded", ASKED)
    story.press("grade", "graded", SORT)
    story.press("propose", "sent", PROPOSAL)
    story.press("follow_up", "not_yet", {"follow_up_plan": "明年再问"})
    assert story.run.fields["in_lead_pool"] is True and story.of(fx.SetStatus)[-1].status == "waiting"
    for number in (1, 2, 3):
        story.happen("timer", timer="lead_news")
        assert [e.template for e in story.of(fx.QueueMessage)].count("product_news") == number
        assert [key for key, _, _ in story.run.timers] == ["lead_news"]
        assert story.of(fx.StartTimer)[-1].offset.days == 30


def test_the_rules_pack_promises_no_proposal() -> None:
    story = Story(RULES, "presales", "2026-11-23 10:00")
    assert story.due("first_proposal") is None
