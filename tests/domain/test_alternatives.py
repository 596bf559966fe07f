"""What would have changed a deadline."""

from datetime import UTC, datetime, time
from itertools import product
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from yinuo.domain.deadline import Policy, alternatives, choose, facts_of_start
from yinuo.domain.deadline.alternatives import Below

SHANGHAI = ZoneInfo("Asia/Shanghai")


def policy(*rows: dict, **more: object) -> Policy:
    whole = [{"key": f"r{n}", "limit": "2h", "clock": "service", **row} for n, row in enumerate(rows)]
    return Policy.from_json({"key": "answer", "starts_at": "accepted", "rows": whole, **more})


TABLE = policy(
    {"key": "urgent", "when": {"urgency": "urgent"}, "limit": "30m", "clock": "always"},
    {"key": "peak", "when": {"channel": "phone", "time_of_day": {"from": "10:00", "until": "11:30"}}, "limit": "30s"},
    {"key": "big", "when": {"amount": {"from": 1000}}},
    {"key": "never", "when": {"category": ["spam", "test/own"]}, "limit": None},
    {"key": "other", "limit": "2h"},
)


def found(facts: dict) -> dict[str, tuple]:
    return {other.row.key if other.row else "": (other.field, other.values) for other in alternatives(TABLE, facts)}


def test_each_row_that_one_other_fact_leads_to_is_named_with_it():
    assert found({"urgency": "normal", "channel": "phone", "time_of_day": time(9), "amount": 5}) == {
        "urgent": ("urgency", ("urgent",)),
        "peak": ("time_of_day", (time(10),)),
        "big": ("amount", (1000.0,)),
        "never": ("category", ("spam", "test/own")),
    }


def test_the_way_back_from_a_row_is_any_other_value():
    assert found({"urgency": "urgent", "time_of_day": time(9)}) == {"other": ("urgency", (None,))}


def test_the_way_back_from_a_number_is_what_lies_below():
    [other] = [one for one in alternatives(TABLE, {"time_of_day": time(9), "amount": 5000}) if one.field == "amount"]
    assert (other.row.key, other.values) == ("other", (Below(1000.0),))
    assert other.render("zh", datetime(2026, 10, 9, 8, tzinfo=UTC), SHANGHAI).startswith(
        "若金额为1000 以下：适用“other”"
    )
    assert other.render("en", None, SHANGHAI) == "With amount below 1000: no deadline"


def test_a_second_fact_that_would_have_to_change_too_is_no_alternative():
    assert "peak" not in found({"channel": "email", "time_of_day": time(9)})


def test_where_no_row_is_left_that_is_said():
    only = policy({"when": {"grade": "major"}})
    [other] = alternatives(only, {"grade": "major"})
    assert (other.row, other.values) == (None, (None,))
    assert other.render("zh", None, SHANGHAI) == "若等级为其他值：没有时限"
    assert other.render("en", None, SHANGHAI) == "With grade anything else: no deadline"


def test_closed_fields_name_their_values_instead_of_any_other():
    closed = policy({"key": "a", "when": {"urgency": "urgent"}}, {"key": "b"}, values={"urgency": ["normal", "urgent"]})
    [other] = alternatives(closed, {"urgency": "urgent"})
    assert (other.row.key, other.values) == ("b", ("normal",))


def test_sentences_in_both_languages():
    [urgent, *_] = alternatives(TABLE, {"urgency": "normal"})
    at = datetime(2026, 10, 9, 9, 30, 5, tzinfo=UTC)
    names = {"urgent": "紧急"}
    assert urgent.render("zh", at, SHANGHAI, lambda field, value: names.get(value, value)) == (
        "若紧急度为“紧急”：适用“urgent”行，30 分钟，按自然时间，到期 2026年10月9日 17:30:05"
    )
    assert urgent.render("en", at, SHANGHAI) == (
        "With urgency “urgent”: row “urgent”, 30 min round the clock, due 2026-10-09 17:30:05"
    )


def test_the_start_as_policies_ask_about_it_is_on_the_calendars_wall():
    facts = facts_of_start(datetime(2026, 10, 11, 17, 5, tzinfo=UTC), SHANGHAI)
    assert facts == {"weekday": "mon", "time_of_day": time(1, 5)}


@settings(max_examples=200, deadline=None)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "urgency": st.sampled_from(["urgent", "normal", None]),
            "channel": st.sampled_from(["phone", "mail"]),
            "time_of_day": st.times(),
            "amount": st.integers(0, 2000),
            "category": st.sampled_from(["spam", "test", "test/own/x", "x"]),
        },
    )
)
def test_every_alternative_is_what_the_table_answers_and_none_is_missing(facts: dict):
    now = choose(TABLE, facts)
    answered = {}
    for other in alternatives(TABLE, facts):
        for value in other.values:
            row = choose(TABLE, {**facts, other.field: value})
            assert row == other.row and row != now
            answered[other.field, row.key] = value
    tried = {
        "urgency": ["urgent", None],
        "channel": ["phone", None],
        "time_of_day": [time(10), time(11, 30)],
        "amount": [1000.0],
        "category": ["spam", None],
    }
    for field, value in ((name, value) for name, values in tried.items() for name, value in product([name], values)):
        row = choose(TABLE, {**facts, field: value})
        assert row == now or (field, row.key) in answered
