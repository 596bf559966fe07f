"""Whoever has spoken with the customer has answered him, on whatever channel he came (R-CH-2, R-AS-1)."""

import pytest
from tests.domain.story import Story, at
from tests.domain.test_section_3_complaint import ACCEPTED

from yinuo.domain.packs import Pack
from yinuo.domain.procedure import FormFaulty
from yinuo.domain.procedure.forms import visible_fields
from yinuo.packs import shipped_pack

HANDBOOK, RULES = shipped_pack("handbook"), shipped_pack("rules")
FIRST = [
    (HANDBOOK, "after_sales", "accept"), (HANDBOOK, "consultation", "answer"), (HANDBOOK, "service", "record"),
    (HANDBOOK, "order", "take_over"), (HANDBOOK, "presales", "enquiry"), (RULES, "basic", "accept"),
]  # fmt: skip
COMPLAINTS = [(RULES, "complaint_by_department", "accept"), (HANDBOOK, "complaint", "accept")]
EVERY = [*FIRST, *COMPLAINTS]
MONDAY = "2026-11-23 10:00"


def spoken(pack: Pack, procedure: str, step: str, when: str, **facts: str) -> Story:
    """Noted an hour later."""
    story = Story(pack, procedure, MONDAY, **facts).at("2026-11-23 11:00")
    story.press(step, "spoken", {"spoken_at": at(when)})
    return story


def kept(story: Story) -> dict[str, str]:
    return {kind: f"{when:%H:%M}" for (kind, _, _), when in story.met.items()}


@pytest.mark.parametrize(("pack", "procedure", "step"), EVERY)
def test_the_answer_on_the_channel_is_given_when_he_was_spoken_with_not_when_it_was_noted(
    pack: Pack, procedure: str, step: str
) -> None:
    for channel in ("phone", "email"):
        story = spoken(pack, procedure, step, "2026-11-23 10:04", channel=channel)
        assert kept(story)["channel_answer"] == "02:04", "10:04 in Shanghai"
        assert story.here == [step], "the step goes on"


@pytest.mark.parametrize(("pack", "procedure", "step"), [one for one in EVERY if one[0] is HANDBOOK])
def test_a_call_after_five_minutes_is_late_for_whoever_rang(pack: Pack, procedure: str, step: str) -> None:
    for minutes, in_time in (("10:05", True), ("10:06", False)):
        story = spoken(pack, procedure, step, f"2026-11-23 {minutes}", channel="phone")
        assert story.in_time("channel_answer") is in_time


def test_the_first_answer_of_after_sales_is_given_on_the_phone_too_from_each_step_of_the_first_line() -> None:
    assert kept(spoken(HANDBOOK, "after_sales", "accept", "2026-11-23 10:30"))["first_answer"] == "02:30"
    accepted = {"customer_name": "张三", "contact": "13800001234", "symptom": "漏水", "problem_type": "function_fault"}
    for complexity, step in (("normal", "handle"), ("complex", "dispatch")):
        story = Story(HANDBOOK, "after_sales", MONDAY)
        story.press("accept", "accepted", {**accepted, "complexity": complexity, "urgency": "normal"})
        story.at("2026-11-23 10:20").press(step, "spoken", {"spoken_at": story.now})
        assert {"first_answer", "channel_answer"} <= kept(story).keys()


def test_the_technicians_call_answers_the_channel_but_the_agent_owes_the_first_answer() -> None:
    accepted = {"customer_name": "张三", "contact": "13800001234", "symptom": "漏水", "problem_type": "function_fault"}
    story = Story(HANDBOOK, "after_sales", MONDAY)
    story.press("accept", "accepted", {**accepted, "complexity": "complex", "urgency": "normal"})
    story.press("dispatch", "dispatched")
    story.press("diagnose", "contacted", {"contacted_at": story.now})
    assert "channel_answer" in kept(story)
    assert "first_answer" not in kept(story)


@pytest.mark.parametrize(("pack", "procedure", "step"), COMPLAINTS)
def test_contact_calms_a_complaint_and_its_answer_is_owed_until_the_matter_was_answered(
    pack: Pack, procedure: str, step: str
) -> None:
    def calmed() -> Story:
        story = Story(pack, procedure, MONDAY, channel="phone").at("2026-11-23 10:10")
        story.press(step, "contacted", {"contacted_at": at("2026-11-23 10:02")})
        assert {"channel_answer", "complaint_contact"} <= kept(story).keys()
        assert "first_answer" not in kept(story)
        return story

    story = calmed()
    story.happen("answered")
    assert "first_answer" in kept(story)
    story = calmed()
    story.press(step, "spoken", {"spoken_at": at("2026-11-23 10:05")})
    assert kept(story)["first_answer"] == "02:05", "while he rang"


def test_a_complaint_may_be_answered_by_phone_while_it_is_graded_looked_into_or_handed_over() -> None:
    accepted = {**ACCEPTED, "contacted_at": at(MONDAY), "promised_at": at("2026-11-23 12:00")}
    graded = {"impact": "normal", "customer_tier": "ordinary"}
    for pack, procedure, step, grade in (
        (HANDBOOK, "complaint", "grade", {}),
        (HANDBOOK, "complaint", "investigate", graded),
        (HANDBOOK, "complaint", "investigate_serious", {**graded, "customer_tier": "key"}),
        (RULES, "complaint_by_department", "name_department", {}),
    ):
        story = Story(pack, procedure, MONDAY, channel="phone")
        story.press("accept", "accepted", {**accepted, "wished_solution": "换新"})
        if grade:
            story.press("grade", "graded", grade)
        story.at("2026-11-23 10:20").press(step, "spoken", {"spoken_at": story.now})
        assert kept(story)["first_answer"] == "02:20", step


def test_no_first_answer_is_noted_of_a_major_complaint_where_handling_is_started_instead() -> None:
    story = Story(HANDBOOK, "complaint", MONDAY, channel="phone")
    story.press("accept", "accepted", {**ACCEPTED, "contacted_at": at(MONDAY), "promised_at": at("2026-11-23 12:00")})
    story.press("grade", "graded", {"impact": "high", "customer_tier": "key"})
    step = story.definition.step_by_key["investigate_major"]
    assert story.here == ["investigate_major"]
    assert "spoken_at" not in {field.name for field in visible_fields(step, story.run.fields)}
    assert step.button("spoken") is None


@pytest.mark.parametrize(("pack", "procedure", "step"), EVERY)
@pytest.mark.parametrize("channel", ["phone", "email"])
def test_nobody_was_answered_before_he_got_in_touch(pack: Pack, procedure: str, step: str, channel: str) -> None:
    with pytest.raises(FormFaulty) as refused:
        spoken(pack, procedure, step, "2026-11-23 09:59", channel=channel)
    [fault] = refused.value.errors.errors
    assert (fault.name, fault.code) == ("spoken_at", "before_start")
    assert "“电话或当面答复的时间”不能早于" in fault.say("zh")
    assert kept(spoken(pack, procedure, step, MONDAY, channel=channel))["channel_answer"] == "02:00"


@pytest.mark.parametrize(("pack", "procedure", "step"), COMPLAINTS)
def test_nobody_was_calmed_before_he_complained(pack: Pack, procedure: str, step: str) -> None:
    story = Story(pack, procedure, MONDAY, channel="phone").at("2026-11-23 11:00")
    with pytest.raises(FormFaulty):
        story.press(step, "contacted", {"contacted_at": at("2026-11-23 09:00")})


def test_a_mail_that_was_let_in_late_may_have_been_answered_by_phone_before() -> None:
    story = Story(HANDBOOK, "after_sales", MONDAY, received_at=at("2026-11-23 09:00"))
    story.at("2026-11-23 10:30").press("accept", "spoken", {"spoken_at": at("2026-11-23 09:30")})
    assert kept(story)["channel_answer"] == "01:30"
    assert story.met["first_answer", "", 1] == at(MONDAY), "not before it was promised"


def test_within_the_minute_of_the_call_the_answer_is_not_dated_before_it() -> None:
    story = Story(HANDBOOK, "after_sales", f"{MONDAY}:35", channel="phone")
    story.at("2026-11-23 10:02").press("accept", "spoken", {"spoken_at": at(MONDAY)})
    assert story.met["channel_answer", "", 1] == at(f"{MONDAY}:35")


@pytest.mark.parametrize(("pack", "procedure", "step"), EVERY)
def test_nobody_has_spoken_with_him_tomorrow(pack: Pack, procedure: str, step: str) -> None:
    with pytest.raises(FormFaulty):
        spoken(pack, procedure, step, "2026-11-24 10:00")


def story_kinds(story: Story) -> set[str]:
    return {kind for kind, _, _ in story.met}
