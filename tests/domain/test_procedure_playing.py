"""A matter played through a definition: promises dated as the services date them, timers that ring, nothing kept."""

from datetime import UTC, datetime, timedelta

import pytest

from yinuo.calendars.builtin import builtin_calendar
from yinuo.domain.procedure import Definition
from yinuo.domain.procedure.inputs import FormFaulty, StepNotActive
from yinuo.domain.procedure.playing import Department, Happen, Pass, Play, Press, Promised, Rules, SkipStep, played
from yinuo.packs import shipped_pack

PACK = shipped_pack("handbook")
RULES = Rules(PACK.policies, builtin_calendar("cn-office-nolunch"))
MONDAY = datetime(2026, 3, 2, 2, tzinfo=UTC)  # 10:00 in China
FACTS = {"channel": "email", "urgency": "normal", "ticket_class": "service", "received_at": MONDAY.isoformat()}
ACCEPTED = {"customer_name": "张三", "contact": "13800000000", "symptom": "E2", "problem_type": "function_fault"}


def begin(code: str = "after_sales", **facts: str) -> Play:
    roles = frozenset(PACK.roles)
    return Play.begin(PACK.procedures[code], RULES, {**FACTS, "scenario": code, **facts}, roles, MONDAY)


def promise(play: Play, kind: str) -> Promised:
    return [one for one in play.promises if one.kind == kind][-1]


def test_promises_begin_with_the_due_instants_of_the_handbook():
    play = begin()
    assert promise(play, "first_answer").due_at == MONDAY + timedelta(hours=2)
    assert promise(play, "solution").due_at == MONDAY + timedelta(hours=24)
    urgent = begin(urgency="urgent")
    assert promise(urgent, "first_answer").due_at == MONDAY + timedelta(minutes=30)
    assert play.next_thing() == MONDAY + timedelta(hours=2)


def test_a_promise_is_kept_paused_and_broken_by_what_happens():
    play = begin()
    play.do(Pass(MONDAY + timedelta(minutes=10)))
    play.do(Happen("answered", {}))
    answer = promise(play, "channel_answer")
    assert (answer.state, answer.ended_at, answer.is_late(play.now)) == ("met", play.now, False)
    play.do(Press("accept", "accepted", {**ACCEPTED, "complexity": "normal", "urgency": "normal"}))
    play.do(Press("handle", "wait_customer", {}))
    assert promise(play, "solution").state == "paused"
    play.do(Pass(MONDAY + timedelta(days=3)))
    play.do(Happen("reply_received", {}))
    solution = promise(play, "solution")
    assert solution.state == "running"
    assert solution.due_at == MONDAY + timedelta(days=3, hours=24, minutes=-10), (
        "ten minutes were used before it waited"
    )
    play.do(Pass(solution.due_at))
    assert not solution.is_late(play.now), "done at the due instant is in time"
    play.do(Pass(solution.due_at + timedelta(seconds=1)))
    assert solution.is_late(play.now)


def test_another_urgency_dates_open_promises_anew_with_the_time_used_kept():
    play = begin()
    play.do(Pass(MONDAY + timedelta(minutes=10)))
    play.do(Press("accept", "accepted", {**ACCEPTED, "complexity": "normal", "urgency": "urgent"}))
    assert promise(play, "first_answer").due_at == MONDAY + timedelta(minutes=30)


CONTACTED = {
    "customer_name": "张三", "contact": "13800000000", "contacted_at": MONDAY.isoformat(), "content": "漏水",
    "demand": "换新", "emotion": "calm", "promised_at": MONDAY.isoformat(), "promised_way": "phone",
}  # fmt: skip


@pytest.mark.parametrize(
    ("grade", "total", "first_answer", "investigation"),
    [("ordinary", "24h", "1h", None), ("serious", "72h", "30m", "24h"), ("major", None, None, "48h")],
)
def test_the_lines_for_the_grade_apply_once_it_is_known(grade, total, first_answer, investigation):
    play = begin("complaint")
    assert promise(play, "complaint_total").row.key == "ordinary"
    play.do(Press("accept", "accepted", CONTACTED))
    play.do(Press("grade", "graded", {"impact": "normal", "customer_tier": "ordinary", "grade": grade}))
    figures = {one.kind: one for one in play.promises if one.state != "cancelled"}
    spans = {"24h": 24, "72h": 72, "1h": 1, "30m": 0.5, "48h": 48}
    for kind, figure in (("complaint_total", total), ("first_answer", first_answer), ("investigation", investigation)):
        if figure:
            assert figures[kind].row.target.limit == timedelta(hours=spans[figure]), kind
            assert figures[kind].due_at
        else:
            assert kind not in figures or figures[kind].due_at is None, kind
    if grade == "serious":
        assert figures["complaint_total"].row.key == "serious"


def test_a_complex_matter_has_the_lines_of_complex_ones():
    play = begin("presales")
    play.do(Press("enquiry", "recorded", {
        "customer_name": "张三", "contact": "13800000000", "product": "A", "needs": "二十台",
    }))  # fmt: skip
    sorted_out = {
        "urgency": "normal",
        "value": "high",
        "is_complex": True,
        "written_need": "附件",
        "first_proposal": "A",
    }
    play.do(Press("grade", "graded", sorted_out))
    assert (promise(play, "proposal").row.key, promise(play, "proposal").row.target.limit.days) == ("complex", 3)


def test_what_no_line_gives_a_figure_for_is_there_without_one_until_a_line_does():
    play = begin(channel="other")
    answer = promise(play, "channel_answer")
    assert (answer.row.key, answer.due_at, answer.is_late(MONDAY + timedelta(days=9))) == ("other", None, False)
    play.do(Pass(MONDAY + timedelta(minutes=10)))
    play.do(Press("accept", "accepted", {**ACCEPTED, "complexity": "normal", "urgency": "urgent"}))
    assert (answer.row.key, answer.due_at) == ("urgent", MONDAY + timedelta(minutes=30)), "counted from its start"
    play.do(Happen("answered", {}))
    assert (answer.state, answer.is_late(play.now)) == ("met", False)


def test_what_is_agreed_for_the_case_is_due_then_and_what_is_not_agreed_is_not():
    play = begin("complaint")
    play.do(Press("accept", "accepted", CONTACTED))
    play.do(Press("grade", "graded", {"impact": "normal", "customer_tier": "ordinary", "grade": "serious"}))
    wanted = MONDAY + timedelta(hours=5)
    play.do(Press("investigate_serious", "ask_departments", {
        "asked_departments": ["sales"], "department_question": "成交时答应了什么？",
        "department_answer_by": wanted.isoformat(),
    }))  # fmt: skip
    assert (promise(play, "subtask").due_at, promise(play, "taken_over").due_at) == (wanted, None)
    play.do(Pass(wanted + timedelta(seconds=1)))
    assert promise(play, "subtask").is_late(play.now)
    play.do(Department(1, "done"))
    assert promise(play, "subtask").state == "met"
    assert promise(play, "taken_over").state == "cancelled"


def test_timers_ring_by_themselves_while_time_passes():
    play = begin()
    play.do(Press("accept", "accepted", {**ACCEPTED, "complexity": "normal", "urgency": "normal"}))
    play.do(Press("handle", "solved", {"solution_way": "remote", "solution": "重启"}))
    assert [bell.key for bell in play.bells] == ["unconfirmed"]
    rings_at = play.bells[0].at
    assert rings_at == MONDAY + timedelta(hours=24), "a day by the working days' clock"
    play.do(Pass(rings_at - timedelta(seconds=1)))
    before = len(play.entries)
    play.do(Pass(rings_at + timedelta(hours=1)))
    rang = play.entries[before]
    assert (rang.what, rang.at) == ("unconfirmed", rings_at)
    assert play.now == rings_at + timedelta(hours=1)


def test_what_cannot_be_done_changes_nothing_and_says_why():
    play = begin()
    before = (play.run, play.now, len(play.entries))
    with pytest.raises(FormFaulty):
        play.do(Press("accept", "accepted", {}))
    with pytest.raises(StepNotActive):
        play.do(SkipStep("review"))
    assert (play.run, play.now, len(play.entries)) == before


def test_moves_done_again_give_the_same_play_and_stop_at_the_first_that_fails():
    moves = [
        Press("record", "served", {"customer_name": "张三", "wish": "装机", "note": "已装"}),
        Pass(MONDAY + timedelta(days=2)),
        Happen("customer_scored", {"satisfaction": 2}),
    ]
    (one, error, done), (two, _, _) = played(begin("service"), moves), played(begin("service"), moves)
    assert error is None and done == 3
    assert one.run == two.run and one.promises == two.promises and one.entries == two.entries
    assert [active.key for active in one.run.active] == ["settle_by_phone"]
    play, error, done = played(begin("service"), [moves[0], moves[0], moves[1]])
    assert isinstance(error, StepNotActive) and done == 1 and play.now == MONDAY


def test_a_timer_that_sets_itself_anew_does_not_ring_for_ever():
    raw = {
        "key": "loud", "title": {"zh": "响", "en": "Loud"},
        "ends": [{"key": "over", "title": {"zh": "完", "en": "Over"}}],
        "on_start": [{"timer": "again", "offset": "0"}],
        "on": [{"happening": "timer", "when": [{"field": "timer", "value": "again"}],
                "actions": [{"timer": "again", "offset": "0"}]}],
        "steps": [{"key": "wait", "title": {"zh": "等", "en": "Wait"}, "role": "agent",
                   "outcomes": [{"key": "done", "label": {"zh": "好", "en": "Done"}}], "next": [{"end": "over"}]}],
    }  # fmt: skip
    play = Play.begin(Definition.from_json(raw), RULES, {}, frozenset({"agent"}), MONDAY)
    play.do(Pass(MONDAY + timedelta(days=1)))
    assert play.now == MONDAY + timedelta(days=1)
