"""Lint finds each kind of fault where it is, and nothing in the shipped procedures."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from yinuo.domain.procedure import Definition, Known, lint
from yinuo.packs import shipped_pack


def words(word: str) -> dict[str, str]:
    return {"zh": word, "en": word}


def sound() -> dict[str, Any]:
    """A small procedure without any fault, for each test to break."""
    return {
        "key": "p",
        "title": words("p"),
        "facts": [{"name": "hot", "label": words("急"), "type": "bool"}],
        "limits": [{"kind": "answer", "starts": "run", "met_by": {"happening": "answered"}}],
        "steps": [
            {
                "key": "first",
                "title": words("一"),
                "role": "agent",
                "fields": [
                    {"name": "kind", "label": words("类"), "type": "choice", "choices": [{"value": "x", **words("x")}]},
                    {"name": "told_at", "label": words("时"), "type": "instant"},
                ],
                "outcomes": [{"key": "go", "label": words("去")}, {"key": "back", "label": words("退")}],
                "on_start": [{"message": "hello"}, {"timer": "ring", "offset": "1h"}],
                "next": [
                    {"when": [{"field": "outcome", "value": "back"}], "to": "first", "loop": True},
                    {"to": "second"},
                ],
            },
            {
                "key": "second",
                "title": words("二"),
                "role": "agent",
                "outcomes": [{"key": "go", "label": words("去")}],
                "next": [{"end": "over"}],
            },
        ],
        "on": [
            {"happening": "timer", "when": [{"field": "timer", "value": "ring"}], "active": "first", "outcome": "go"}
        ],
        "ends": [{"key": "over", "title": words("完"), "status": "closed"}],
    }


KNOWN = Known(
    roles=frozenset({"agent"}),
    kinds=frozenset({"answer"}),
    templates=frozenset({"hello"}),
    surveys=frozenset(),
    statuses=frozenset({"closed"}),
)
Break = Callable[[dict[str, Any]], Any]
BREAKS: list[tuple[str, str, Break]] = [
    ("missing_title", "steps.first.title", lambda d: d["steps"][0].update(title={"zh": "一"})),
    ("missing_title", "ends.over", lambda d: d["ends"][0].update(title={})),
    ("missing_title", "steps.first.fields.kind.x", lambda d: d["steps"][0]["fields"][0]["choices"][0].pop("en")),
    ("dead_end", "steps.second.next", lambda d: d["steps"][1].update(next=[])),
    ("cannot_finish", "steps.second", lambda d: d["steps"][1].update(outcomes=[])),
    ("unreachable", "steps.second", lambda d: d["steps"][0].update(next=[{"end": "over"}])),
    ("no_exit", "steps.second", lambda d: d["steps"][1].update(next=[{"to": "first", "loop": True}])),
    ("circle", "steps.first", lambda d: d["steps"][0]["next"][0].pop("loop")),
    ("no_loop", "steps.first.next", lambda d: d["steps"][0]["next"][1].update(loop=True)),
    ("no_way_on", "steps.first.next", lambda d: d["steps"][0]["next"].pop()),
    ("never_taken", "steps.first.next[2]", lambda d: d["steps"][0]["next"].append({"end": "over"})),
    ("unknown_name", "steps.second.next", lambda d: d["steps"][1].update(next=[{"end": "nowhere"}])),
    ("unknown_name", "steps.first.next", lambda d: d["steps"][0]["next"][1].update(to="third")),
    ("unknown_name", "steps.first.role", lambda d: d["steps"][0].update(role="wizard")),
    ("unknown_name", "steps.first.on_start", lambda d: d["steps"][0].update(on_start=[{"message": "bye"}])),
    ("unknown_name", "limits.other", lambda d: d["limits"][0].update(kind="other")),
    ("unknown_name", "ends.over", lambda d: d["ends"][0].update(status="asleep")),
    ("unknown_name", "on[0]", lambda d: d["on"][0].update(outcome="explode")),
    ("unknown_name", "on[0]", lambda d: d["on"][0]["when"][0].update(value="bell")),
    ("outcome_of_nothing", "on[0]", lambda d: d["on"][0].pop("active")),
    ("never_met", "limits.answer", lambda d: d["limits"][0].pop("met_by")),
    ("starts_nowhere", "limits.answer", lambda d: d["limits"][0].update(starts="step")),
    ("no_instant", "limits.answer.starts", lambda d: d["limits"][0].update(starts="hot")),
    ("undefined_field", "limits.answer.starts", lambda d: d["limits"][0].update(starts="some_day")),
    (
        "undefined_field",
        "steps.first.next[1]",
        lambda d: d["steps"][0]["next"][1].update(when=[{"field": "mood", "value": 1}]),
    ),
    ("never_true", "steps.first.next[0]", lambda d: d["steps"][0]["next"][0]["when"][0].update(value="leave")),
    (
        "never_true",
        "steps.first.next[0]",
        lambda d: d["steps"][0]["next"][0]["when"].append({"field": "kind", "value": "y"}),
    ),
    (
        "contradiction",
        "steps.first.next[0]",
        lambda d: d["steps"][0]["next"][0]["when"].extend(
            [{"field": "kind", "op": "set"}, {"field": "kind", "op": "unset"}]
        ),
    ),
    ("not_in_form", "steps.first.outcomes.go", lambda d: d["steps"][0]["outcomes"][0].update(asks="hot")),
    (
        "two_meanings",
        "steps.second.fields.kind",
        lambda d: d["steps"][1].update(fields=[{"name": "kind", "label": words("k"), "type": "text"}]),
    ),
]


def test_the_sound_procedure_has_no_fault() -> None:
    assert lint(Definition.from_json(sound()), KNOWN) == []


@pytest.mark.parametrize(("code", "path", "breaks"), BREAKS, ids=[f"{code}:{path}" for code, path, _ in BREAKS])
def test_each_fault_is_found_where_it_is(code: str, path: str, breaks: Break) -> None:
    raw = copy.deepcopy(sound())
    breaks(raw)
    faults = lint(Definition.from_json(raw), KNOWN)
    assert (code, path) in [(fault.code, fault.path) for fault in faults], [fault.say() for fault in faults]
    assert all("{" not in fault.say("zh") and "{" not in fault.say("en") for fault in faults)


def test_decisions_over_closed_sets_are_known_to_be_complete() -> None:
    raw = sound()
    hot = [{"when": [{"field": "hot", "value": value}], "end": "over"} for value in (True, False)]
    raw["steps"][1]["next"] = hot
    assert [f.code for f in lint(Definition.from_json(raw), KNOWN)] == ["no_way_on"], "hot may be unknown"
    raw["steps"][1]["fields"] = [{"name": "hot", "label": words("急"), "type": "bool", "required": True}]
    assert lint(Definition.from_json(raw), KNOWN) == []


@pytest.mark.parametrize("key", ["after_sales", "consultation", "service"])
def test_the_shipped_procedures_have_no_fault(key: str) -> None:
    pack = shipped_pack("handbook")
    known = Known(
        roles=frozenset(pack.roles),
        kinds=frozenset(pack.policies),
        templates=frozenset(pack.templates),
        surveys=frozenset(pack.surveys),
        statuses=frozenset({"new", "open", "waiting", "solved", "confirmed", "closed"}),
    )
    assert [fault.say() for fault in lint(pack.procedures[key], known)] == []
