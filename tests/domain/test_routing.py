"""Who gets a ticket and why (R-CL-2): skills, presence, load, own agent, language, longest idle."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from yinuo.domain.conditions import Condition
from yinuo.domain.routing import (
    REASONS,
    Candidate,
    Presence,
    Reason,
    TeamRule,
    Wanted,
    Weights,
    choose_assignee,
    choose_team,
    say_reasons,
)

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def person(account_id: str, load: float = 0, **more: object) -> Candidate:
    base = Candidate(account_id, "line1", Presence.ONLINE, 10, int(load), load, languages=frozenset({"zh"}))
    return replace(base, **more)  # type: ignore[arg-type]


def chosen(*people: Candidate, **wanted: object) -> str | None:
    return choose_assignee(Wanted(**wanted), "line1", people).account_id  # type: ignore[arg-type]


def test_the_least_loaded_gets_it_and_the_reason_says_so() -> None:
    skilled = frozenset({"hvac"})
    people = [person("a", 5, skills=skilled), person("b", 3, skills=skilled), person("c", 0)]
    decision = choose_assignee(Wanted(skills=skilled), "line1", people)
    assert decision.account_id == "b"
    assert say_reasons(decision.reasons, "zh-hans", {"hvac": "暖通"}) == "具备技能 暖通；在线；当前 3 件，全组最少"
    assert say_reasons(decision.reasons, "en") == "has the skills hvac; online; 3 open, the fewest of the team"


def test_load_counts_against_what_a_person_can_take() -> None:
    assert chosen(person("a", 4, capacity=5), person("b", 5, capacity=20)) == "b"


def test_the_longest_idle_breaks_a_tie_and_who_never_had_one_comes_first() -> None:
    early, late = NOW - timedelta(hours=2), NOW
    assert chosen(person("a", 2, idle_since=late), person("b", 2, idle_since=early)) == "b"
    assert chosen(person("a", 2, idle_since=early), person("b", 2)) == "b"
    decision = choose_assignee(Wanted(), "line1", [person("a", 2, idle_since=late), person("b", 2, idle_since=early)])
    assert [reason.code for reason in decision.reasons] == ["online", "light_load", "longest_idle"]


def test_busy_people_come_after_everybody_online() -> None:
    assert chosen(person("a", 0, presence=Presence.BUSY), person("b", 9)) == "b"
    decision = choose_assignee(Wanted(), "line1", [person("a", 0, presence=Presence.BUSY)])
    assert decision.account_id == "a" and [r.code for r in decision.reasons] == ["busy", "only_one"]


def test_the_customers_own_agent_comes_first_even_from_another_team() -> None:
    own = person("own", 9, team="vip")
    decision = choose_assignee(Wanted(dedicated_id="own"), "line1", [person("a", 0), own])
    assert (decision.account_id, decision.team, decision.reasons[0].code) == ("own", "vip", "dedicated")


def test_an_own_agent_who_cannot_take_it_is_passed_over_with_the_reason() -> None:
    others = [person("a", 0, skills=frozenset({"x"}))]
    for own, code in (
        (person("own", presence=Presence.AWAY), "dedicated_away"),
        (person("own", 10), "dedicated_full"),
    ):
        decision = choose_assignee(Wanted(dedicated_id="own"), "line1", [own, *others])
        assert (decision.account_id, decision.reasons[0].code) == ("a", code)
    decision = choose_assignee(Wanted(dedicated_id="own", skills=frozenset({"x"})), "line1", [person("own"), *others])
    assert (decision.account_id, decision.reasons[0].code) == ("a", "dedicated_unskilled")


def test_the_language_is_preferred_and_its_lack_is_said() -> None:
    speaks = person("b", 8, languages=frozenset({"en"}))
    assert chosen(person("a", 0), speaks, language="en") == "b"
    decision = choose_assignee(Wanted(language="fr"), "line1", [person("a", 0), speaks])
    assert decision.account_id == "a" and decision.reasons[0] == Reason("nobody_speaks", (("language", "fr"),))


def test_nobody_is_given_what_nobody_can_take_and_the_queue_keeps_it() -> None:
    cases = [
        ([], {}, "no_candidates"),
        ([person("a", team="other")], {}, "no_candidates"),
        ([person("a")], {"role": "technical"}, "no_candidates"),
        ([person("a")], {"skills": frozenset({"x"})}, "nobody_skilled"),
        ([person("a", presence=Presence.OFFLINE)], {}, "nobody_present"),
        ([person("a", 10)], {}, "all_full"),
        ([person("a")], {"not_these": frozenset({"a"})}, "no_candidates"),
    ]
    for people, wanted, code in cases:
        decision = choose_assignee(Wanted(**wanted), "line1", people)  # type: ignore[arg-type]
        assert (decision.account_id, decision.team, decision.reasons[-1].code) == (None, "line1", code)


def test_a_role_narrows_the_choice() -> None:
    assert chosen(person("a", 0), person("b", 9, roles=frozenset({"technical"})), role="technical") == "b"


def test_the_first_rule_that_holds_names_the_queue_and_the_skills() -> None:
    rules = [
        TeamRule("投诉", "complaints", (Condition("scenario", "eq", "complaint"),)),
        TeamRule("故障", "tech", (Condition("category", "in", ("function_fault",)),), frozenset({"hardware"})),
    ]
    rule, reason = choose_team({"scenario": "after_sales", "category": "function_fault"}, rules, "line1")
    assert (rule.team, rule.skills) == ("tech", frozenset({"hardware"}))
    assert reason.say("zh", {"tech": "技术组"}) == "按规则“故障”进入技术组"
    rule, reason = choose_team({}, rules, "line1")
    assert (rule.team, reason.code) == ("line1", "team_default")


def test_grave_tickets_weigh_more_and_waiting_ones_less() -> None:
    weights = Weights({1: 3.0, 3: 1.0}, waiting=0.5)
    assert weights.load_of([(1, False), (3, False), (3, True), (9, False)]) == 5.5


def test_reasons_survive_being_kept_as_json_and_read_in_both_languages() -> None:
    values = (("skills", ("x", "y")), ("language", "zh"), ("open", 3), ("percent", 30), ("rule", "r"), ("team", "t"))
    for code in REASONS:
        reason = Reason(code, values)
        assert Reason.from_json(reason.to_json()) == reason
        assert "{" not in reason.say("zh") and "{" not in reason.say("en")


PEOPLE = st.lists(
    st.builds(
        Candidate,
        account_id=st.uuids().map(str),
        team=st.sampled_from(["line1", "line2"]),
        presence=st.sampled_from(Presence),
        capacity=st.integers(0, 5),
        open_count=st.integers(0, 6),
        load=st.integers(0, 6).map(float),
        skills=st.frozensets(st.sampled_from("abc")),
        languages=st.frozensets(st.sampled_from(["zh", "en"])),
        idle_since=st.none() | st.datetimes(timezones=st.just(UTC)),
    ),
    max_size=8,
    unique_by=lambda one: one.account_id,
)


@given(PEOPLE, st.frozensets(st.sampled_from("abc")), st.sampled_from(["", "en"]), st.randoms())
def test_whoever_is_chosen_is_able_nobody_able_is_overlooked_and_the_order_does_not_matter(
    people: list[Candidate], skills: frozenset[str], language: str, random: object
) -> None:
    wanted = Wanted(skills=skills, language=language, dedicated_id=people[0].account_id if people else "")
    decision = choose_assignee(wanted, "line1", people)
    able = {
        one.account_id: one
        for one in people
        if skills <= one.skills
        and one.presence in (Presence.ONLINE, Presence.BUSY)
        and one.load < one.capacity
        and (one.team == "line1" or one.account_id == wanted.dedicated_id)
    }
    assert (decision.account_id is None) == (not able)
    assert decision.account_id is None or decision.account_id in able
    if wanted.dedicated_id in able:
        assert decision.account_id == wanted.dedicated_id
    shuffled = list(people)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert choose_assignee(wanted, "line1", shuffled) == decision
