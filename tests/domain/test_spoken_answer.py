"""Whoever has spoken with the customer has answered him, on whatever channel he came (R-CH-2, R-AS-1)."""

import pytest
from tests.domain.story import Story, at
from tests.domain.test_section_3_complaint import ACCEPTED

from yinuo.domain.packs import Pack
from yinuo.domain.procedure import FormFaulty
from yinuo.packs import shipped_pack

HANDBOOK, RULES = shipped_pack("handbook"), shipped_pack("rules")
FIRST = [
    (HANDBOOK, "after_sales", "accept"), (HANDBOOK, "consultation", "answer"), (HANDBOOK, "service", "record"),
    (HANDBOOK, "order", "take_over"), (HANDBOOK, "presales", "enquiry"), (RULES, "basic", "accept"),
]  # fmt: skip
EVERY = [*FIRST, (RULES, "complaint_by_department", "accept"), (HANDBOOK, "complaint", "accept")]
MONDAY = "2026-11-23 10:00"


def spoken(pack: Pack, procedure: str, step: str, when: str, **facts: str) -> Story:
    """Noted an hour later."""
    story = Story(pack, procedure, MONDAY, **facts).at("2026-11-23 11:00")
    button, name = ("contacted", "contacted_at") if procedure.startswith("complaint") else ("spoken", "spoken_at")
    story.press(step, button, {name: at(when)})
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


def test_contact_calms_a_complaint_and_its_answer_is_still_owed() -> None:
    story = spoken(HANDBOOK, "complaint", "accept", "2026-11-23 10:02", channel="phone")
    assert "first_answer" not in kept(story)
    story.press("accept", "accepted", {**ACCEPTED, "contacted_at": story.now, "promised_at": story.now})
    story.happen("answered")
    assert "first_answer" in kept(story)


@pytest.mark.parametrize(("pack", "procedure", "step"), FIRST)
def test_nobody_has_spoken_with_him_tomorrow(pack: Pack, procedure: str, step: str) -> None:
    with pytest.raises(FormFaulty):
        spoken(pack, procedure, step, "2026-11-24 10:00")


def story_kinds(story: Story) -> set[str]:
    return {kind for kind, _, _ in story.met}
