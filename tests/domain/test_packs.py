"""The shipped packs keep section 17 row by row, and a pack that contradicts itself is told so (R-RU, section 17)."""

import copy
import json
from typing import Any

import pytest
import yaml

from yinuo.domain.classification import Category, compile_rules
from yinuo.domain.packs import Pack, PackError, read_pack
from yinuo.domain.packs_lint import Weight, errors, lint_pack
from yinuo.domain.reading import ReadingError
from yinuo.domain.strict_yaml import parse_yaml
from yinuo.packs import SHIPPED, pack_text, shipped_pack
from yinuo.staff.rights import Right

STATUSES = frozenset({"new", "open", "waiting", "solved", "confirmed", "closed"})


@pytest.mark.parametrize("key", SHIPPED)
def test_shipped_packs_have_no_error(key: str) -> None:
    assert [fault.say("en") for fault in errors(shipped_pack(key), STATUSES)] == []


@pytest.mark.parametrize("key", SHIPPED)
def test_the_urgent_solution_that_no_handbook_limits_is_noted(key: str) -> None:
    notes = [fault for fault in lint_pack(shipped_pack(key)) if fault.weight is Weight.NOTE]
    assert "limits.solution.urgent" in [fault.path for fault in notes]
    assert all(fault.say("zh") and fault.say("en") for fault in notes)


def test_what_the_first_story_needs_a_mail_opens_a_case_with_its_promises() -> None:
    pack = shipped_pack("handbook")
    scenario = pack.scenario_of("service", "function_fault")
    assert (scenario.key, scenario.prefix, scenario.procedure) == ("after_sales", "SH", "after_sales")
    facts = {"scenario": "after_sales", "channel": "email", "urgency": "normal", "complex": False}
    rows = pack.promised("after_sales", facts)
    assert {kind for kind, row in rows.items() if row and row.target} >= {
        *(
            "first_answer",
            "channel_answer",
            "solution",
            "dispatch",
            "technical_contact",
            "onsite",
            "visit",
            "staged_plan",
        )
    }
    levels = rows["first_answer"].target.levels  # type: ignore[union-attr]
    assert [level.tell for level in levels] == ["owner", "supervisor", "director"]


def test_a_class_without_a_category_opens_the_flow_of_its_class() -> None:
    pack = shipped_pack("handbook")
    opened = {top: pack.scenario_of(top).procedure for top in pack.classes}
    assert opened == {"consultation": "consultation", "service": "service", "complaint": "complaint"}


def test_all_seventeen_roles_are_there_with_rights_that_exist() -> None:
    roles = shipped_pack("handbook").roles
    assert len(roles) == 17
    assert {right for role in roles.values() for right in role.rights} <= {right.value for right in Right}
    assert {role.tier for role in roles.values()} == {None, 1, 2, 3}
    assert {right.value for right in Right} <= {right for role in roles.values() for right in role.rights}


def test_the_tree_fits_the_words_of_the_classifier() -> None:
    pack = shipped_pack("handbook")
    vocabulary = yaml.safe_load(pack_text("classification.yaml"))
    missing = set(vocabulary["categories"]) - set(pack.categories)
    assert not missing, "words without a category of the tree"
    tree = [Category(c.key, c.top_class, c.scenario, c.keywords) for c in pack.categories.values()]
    assert compile_rules(vocabulary, tree).by_key.keys() == pack.categories.keys()
    assert all(
        vocabulary["categories"][key]["class"] == pack.categories[key].top_class for key in vocabulary["categories"]
    )


def test_the_place_of_a_category_is_its_path() -> None:
    pack = shipped_pack("handbook")
    assert pack.category_path("function_fault") == "after_sales_support/function_fault"
    with pytest.raises(KeyError):
        pack.category_path("nothing")


def test_priorities_are_complete_and_graver_never_means_later() -> None:
    priorities = shipped_pack("handbook").priorities
    assert priorities.priority_of("urgent", "high").rank == 1
    assert priorities.priority_of("normal", "normal").rank == 3
    assert priorities.priority_of("high", "normal").key == "normal", "a word of the classifier that means normal"
    ranks = [
        [priorities.priority_of(urgency.key, impact.key).rank for impact in priorities.impact.grades]
        for urgency in priorities.urgency.grades
    ]
    assert all(row == sorted(row) for row in ranks)
    assert all(list(column) == sorted(column) for column in zip(*ranks, strict=True))


def test_every_scenario_of_the_handbook_asks_its_own_questions() -> None:
    surveys = shipped_pack("handbook").surveys
    asked = {key: [question.key for question in survey.questions] for key, survey in surveys.items()}
    assert {"score_efficiency", "score_attitude", "score_effect"} <= set(asked["after_sales"])
    assert {"goods_intact", "on_time"} <= set(asked["order"])
    assert {"score_timeliness", "score_expertise", "score_effectiveness", "score_attitude"} <= set(
        asked["review_call_back"]
    )
    assert "solved" in asked["sample_visit"] and "complaint" in asked and "presales" in asked


def test_the_rules_pack_takes_everything_but_the_limits_from_the_handbook() -> None:
    handbook, rules = shipped_pack("handbook"), shipped_pack("rules")
    assert rules.roles == handbook.roles and rules.templates == handbook.templates
    assert rules.procedures["after_sales"] is handbook.procedures["after_sales"]
    assert not any(row.target for row in rules.policies["first_proposal"].rows), "R gives no figure"


def test_the_tables_of_a_pack_are_plain_json() -> None:
    for key in SHIPPED:
        pack = shipped_pack(key)
        assert json.loads(json.dumps(pack.limit_table)) == pack.limit_table
        assert all(json.loads(json.dumps(d.to_json())) == d.raw for d in pack.procedures.values())


# ── packs that contradict themselves ──────────────────────────────────────────────────────────────────────────


def changed(change: Any) -> Pack:
    raw = copy.deepcopy(dict(shipped_pack("handbook").raw))
    change(raw)

    def read(name: str) -> str:
        return yaml.safe_dump(raw, allow_unicode=True) if name == "handbook.yaml" else pack_text(name)

    return read_pack("handbook", read)


def limit(raw: dict[str, Any], key: str) -> dict[str, Any]:
    return next(entry for entry in raw["limits"] if entry["key"] == key)


@pytest.mark.parametrize(
    ("code", "path", "change"),
    [
        (
            "never_matches",
            "limits.solution.late",
            lambda r: limit(r, "solution")["rows"].append({"key": "late", "limit": None}),
        ),
        (
            "unknown_role",
            "limits.visit.after_sales",
            lambda r: limit(r, "visit")["rows"][1]["escalate"][0].update(tell="king"),
        ),
        (
            "unknown_value",
            "limits.dispatch.urgent",
            lambda r: limit(r, "dispatch")["rows"][0]["when"].update(urgency="hot"),
        ),
        ("unknown_procedure", "scenarios.complaint", lambda r: r["scenarios"][1].update(procedure="complaints")),
        ("prefix_twice", "scenarios.complaint", lambda r: r["scenarios"][1].update(prefix="SH")),
        ("unknown_scenario", "classes.service", lambda r: r["classes"]["service"].update(scenario="none")),
        ("unknown_parent", "categories.repair", lambda r: r["categories"][9].update(parent="gone")),
        ("category_loop", "categories.repair", lambda r: r["categories"][9].update(parent="repair")),
        ("other_class", "categories.repair", lambda r: r["categories"][9].update(parent="how_to")),
        ("no_score", "surveys.order", lambda r: r["surveys"][3]["questions"].pop(0)),
        (
            "unknown_placeholder",
            "templates.acknowledgement.zh",
            lambda r: r["templates"][0]["body"].update(zh="{numbr}"),
        ),
        ("unknown_placeholder", "templates.acknowledgement.en", lambda r: r["templates"][0]["body"].update(en="{")),
        ("missing_text", "templates.acknowledgement.en", lambda r: r["templates"][0]["body"].update(en=" ")),
        ("unknown_name", "procedures.after_sales.steps.visit.on_start", lambda r: r["surveys"].pop(0)),
        ("unknown_name", "procedures.after_sales.steps.diagnose.role", lambda r: r["roles"].pop(4)),
    ],
)
def test_each_contradiction_is_named(code: str, path: str, change: Any) -> None:
    found = [(fault.code, fault.path) for fault in errors(changed(change), STATUSES)]
    assert (code, path) in found


def test_a_limit_that_the_procedures_promise_and_nobody_set_is_noted() -> None:
    pack = changed(lambda raw: raw["limits"].remove(limit(raw, "visit")))
    assert ("unset_limit", "limits.visit") in [(fault.code, fault.path) for fault in lint_pack(pack)]


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("handbook.priorities.urgent", lambda r: r["priorities"]["urgent"].pop("low")),
        ("handbook.load.by_priority", lambda r: r["load"]["by_priority"].pop("low")),
        ("handbook.roles[0].tier", lambda r: r["roles"][0].update(tier=4)),
        ("handbook.limits[0].rows[0].limit", lambda r: r["limits"][0]["rows"][0].update(limit="ten seconds")),
        ("handbook", lambda r: r.update(rolls=[])),
        ("handbook.categories[1]", lambda r: r["categories"][1].update(key="product_enquiry")),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(path: str, change: Any) -> None:
    with pytest.raises(PackError) as refused:
        changed(change)
    assert path in [fault.path for fault in refused.value.faults]


def test_yaml_reads_words_as_words_and_refuses_a_key_given_twice() -> None:
    assert parse_yaml("{on: no, at: 12:30, day: 2026-11-23, n: 7, yes: true}", "x") == {
        "on": "no",
        "at": "12:30",
        "day": "2026-11-23",
        "n": 7,
        "yes": True,
    }
    with pytest.raises(ReadingError, match=r"x\.yaml:2"):
        parse_yaml("a: 1\na: 2\n", "x.yaml")
    with pytest.raises(ReadingError, match=r"x\.yaml:2"):
        parse_yaml("a: [1, 2\n", "x.yaml")
    with pytest.raises(ReadingError):
        parse_yaml("!!python/object/apply:os.system ['true']", "x.yaml")


def test_a_pack_that_extends_itself_is_refused() -> None:
    with pytest.raises(PackError):
        read_pack("a", lambda name: "{key: a, extends: a}")
