"""Forms: clean values in one canonical form, or one sentence a field (R-AS-1, section 14)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yinuo.domain.procedure import Definition, FieldErrors, canonical_instant, check_form, visible_fields
from yinuo.domain.procedure.model import FIELD_TYPES, Step

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
AB = [{"value": "a", "zh": "甲", "en": "A"}, {"value": "b", "zh": "乙", "en": "B"}]


def form(*fields: dict[str, Any], **button: Any) -> Step:
    rows = [{"label": {"zh": f["name"], "en": f["name"]}, **f} for f in fields]
    go = {"key": "go", "label": {"zh": "好", "en": "Go"}, **button}
    raw = {
        "key": "s",
        "title": {"zh": "步", "en": "step"},
        "role": "agent",
        "fields": rows,
        "outcomes": [go],
        "next": [{"end": "e"}],
    }
    return Definition.from_json({"key": "p", "steps": [raw], "ends": [{"key": "e"}]}).steps[0]


def codes(found: dict[str, Any] | FieldErrors) -> list[tuple[str, str]]:
    assert isinstance(found, FieldErrors), found
    return [(error.name, error.code) for error in found.errors]


@pytest.mark.parametrize(
    ("kind", "given", "cleaned"),
    [
        ("text", "  字 ", "字"),
        ("longtext", "一\r\n二", "一\n二"),
        ("choice", "a", "a"),
        ("multi", ["b", "a"], ["a", "b"]),
        ("multi", "b", ["b"]),
        ("bool", "on", True),
        ("bool", False, False),
        ("instant", "2026-11-23T09:00:00+08:00", "2026-11-23T01:00:00+00:00"),
        ("instant", NOW, "2026-11-23T02:00:00+00:00"),
        ("date", "2026-11-23", "2026-11-23"),
        ("int", "42", 42),
        ("int", -3, -3),
        ("money", "1,234.5", "1234.50"),
        ("money", 0, "0.00"),
        ("percent", "35%", 35.0),
        ("score", "5", 5),
        ("ref", "0190-1", "0190-1"),
        ("sign", "portal", {"way": "portal"}),
        ("sign", {"way": "recording", "file": "f1", "odd": 3}, {"way": "recording", "file": "f1"}),
        ("log", "已联系", "已联系"),
    ],
)
def test_each_type_has_one_canonical_form(kind: str, given: Any, cleaned: Any) -> None:
    step = form({"name": "f", "type": kind, "choices": AB if kind in ("choice", "multi") else None})
    assert check_form(step, {"f": given}, now=NOW) == {"f": cleaned}


@pytest.mark.parametrize(
    ("kind", "given", "code"),
    [
        ("text", 5, "not_text"),
        ("text", "x" * 501, "too_long"),
        ("choice", "c", "not_choice"),
        ("multi", ["a", "c"], "not_choice"),
        ("multi", 7, "not_choice"),
        ("bool", "maybe", "not_bool"),
        ("instant", "2026-11-23T09:00:00", "not_instant"),
        ("instant", "tomorrow", "not_instant"),
        ("instant", NOW + timedelta(seconds=1), "in_future"),
        ("date", "2026-02-30", "not_date"),
        ("date", NOW, "not_date"),
        ("int", "4.5", "not_number"),
        ("int", True, "not_number"),
        ("money", "NaN", "not_number"),
        ("money", "many", "not_number"),
        ("percent", 101, "too_large"),
        ("percent", -1, "too_small"),
        ("percent", "inf", "not_number"),
        ("score", 6, "not_score"),
        ("score", 0, "not_score"),
        ("score", "very", "not_score"),
        ("sign", "shouted", "not_sign"),
        ("sign", {"by": "x"}, "not_sign"),
    ],
)
def test_what_is_wrong_is_said_with_the_field(kind: str, given: Any, code: str) -> None:
    step = form({"name": "f", "type": kind, "choices": AB if kind in ("choice", "multi") else None})
    found = check_form(step, {"f": given}, now=NOW)
    assert codes(found) == [("f", code)]
    assert isinstance(found, FieldErrors)
    assert "“f”" in found.by_name("zh")["f"][0] and "“f”" in found.by_name("en")["f"][0]


def test_bounds_of_numbers_and_texts_are_kept() -> None:
    step = form({"name": "n", "type": "int", "low": 1, "high": 9}, {"name": "t", "low": 3, "high": 5})
    assert codes(check_form(step, {"n": 10, "t": "ab"})) == [("n", "too_large"), ("t", "too_short")]
    assert codes(check_form(step, {"n": 0, "t": "abcdef"})) == [("n", "too_small"), ("t", "too_long")]
    assert check_form(step, {"n": 9, "t": "abc"}) == {"n": 9, "t": "abc"}


def test_a_required_field_is_asked_unless_it_is_known_or_the_button_is_lenient() -> None:
    step = form({"name": "f", "required": True})
    button = step.buttons[0]
    assert codes(check_form(step, {}, button=button)) == [("f", "required")]
    assert codes(check_form(step, {"f": "   "}, button=button)) == [("f", "required")]
    assert check_form(step, {}, known={"f": "x"}, button=button) == {}
    lenient = form({"name": "f", "required": True}, lenient=True)
    assert check_form(lenient, {}, button=lenient.buttons[0]) == {}
    saving = form({"name": "f", "required": True}, kind="save")
    assert check_form(saving, {}, button=saving.buttons[0]) == {}


def test_a_known_value_that_is_emptied_is_asked_again() -> None:
    step = form({"name": "f", "required": True})
    assert codes(check_form(step, {"f": ""}, known={"f": "x"})) == [("f", "required")]


def test_a_button_asks_for_its_own_fields() -> None:
    step = form({"name": "f"}, asks="f")
    assert codes(check_form(step, {}, button=step.buttons[0])) == [("f", "required")]
    assert check_form(step, {}) == {}


def test_a_hidden_field_is_neither_asked_nor_kept() -> None:
    shown = [{"field": "kind", "value": "b"}]
    step = form(
        {"name": "kind", "type": "choice", "choices": AB}, {"name": "more", "required": True, "visible_when": shown}
    )
    assert check_form(step, {"kind": "a", "more": "x"}) == {"kind": "a"}
    assert codes(check_form(step, {"kind": "b"})) == [("more", "required")]
    assert [field.name for field in visible_fields(step, {"kind": "a"})] == ["kind"]


def test_a_field_is_required_only_in_its_case() -> None:
    step = form({"name": "hot", "type": "bool"}, {"name": "why", "required_when": [{"field": "hot", "value": True}]})
    assert codes(check_form(step, {"hot": True})) == [("why", "required")]
    assert check_form(step, {"hot": False}) == {"hot": False}


def test_fields_that_the_step_does_not_ask_are_refused() -> None:
    step = form({"name": "f"}, {"name": "stamped", "type": "instant", "auto": True})
    found = check_form(step, {"g": 1, "stamped": "2026-01-01T00:00:00+00:00"})
    assert sorted(codes(found)) == [("g", "unknown"), ("stamped", "unknown")]


def test_a_planned_instant_may_lie_ahead() -> None:
    step = form({"name": "f", "type": "instant", "future": True})
    assert check_form(step, {"f": NOW + timedelta(days=3)}, now=NOW) == {"f": "2026-11-26T02:00:00+00:00"}


@given(st.sampled_from(FIELD_TYPES), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
))  # fmt: skip
def test_no_input_breaks_the_check_and_what_passes_passes_again_unchanged(kind: str, value: Any) -> None:
    step = form({"name": "f", "type": kind, "choices": AB if kind in ("choice", "multi") else None})
    found = check_form(step, {"f": value})
    if isinstance(found, FieldErrors):
        assert found.errors[0].say("zh") and found.errors[0].say("en")
    else:
        assert check_form(step, found) == found


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_canonical_instants_sort_as_texts_like_the_instants(one: datetime, other: datetime) -> None:
    assert (canonical_instant(one) < canonical_instant(other)) == (one < other)
