"""Policies as decision tables: reading, choosing, and rows that can never match."""

from datetime import time, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yinuo.domain.deadline import AlarmKind, Clock, DeadlineError, Policy, choose, lint, read_policies

ROW = {"limit": "2h", "clock": "service"}


def policy(*rows: dict, **more: object) -> Policy:
    whole = [{"key": f"r{n}", **ROW, **row} for n, row in enumerate(rows)]
    return Policy.from_json({"key": "answer", "starts_at": "accepted", "rows": whole, **more})


CONDITIONS = {
    "grade": [None, "a", "b", ["a", "b"], {"not": ["a"]}, {"not": ["b", "c"]}],
    "category": [None, "x", "x/y", ["x/y", "z"]],
    "time_of_day": [None, {"from": "08:00", "until": "20:00"}, {"from": "20:00", "until": "08:00"}],
    "amount": [None, {"from": 5}, {"below": 5}, {"from": 2, "below": 8}],
}
FACTS = [
    dict(zip(CONDITIONS, values, strict=True))
    for values in product(
        (None, "a", "b", "c", "q"),
        (None, "x", "x/y", "x/y/z", "x/w", "z", "q"),
        (None, time(0), time(8), time(12), time(20), time(23)),
        (None, -1, 2, 5, 8, 100),
    )
]


class TestChoosing:
    def test_the_first_row_that_matches_wins(self):
        table = policy(
            {"key": "major", "when": {"scenario": "complaint", "grade": "major"}, "limit": "30m", "clock": "always"},
            {"key": "complaint", "when": {"scenario": ["complaint", "quality"]}, "limit": "1h"},
            {"key": "peak", "when": {"channel": "phone", "time_of_day": {"from": "09:00", "until": "11:00"}}},
            {"key": "fault", "when": {"category": "function/login"}, "limit": None},
            {"key": "vip", "when": {"tier": {"not": ["ordinary"]}, "amount": {"from": 1000}}},
            {"key": "other"},
        )
        for facts, key in (
            ({"scenario": "complaint", "grade": "major"}, "major"),
            ({"scenario": "complaint", "grade": "serious"}, "complaint"),
            ({"scenario": "quality", "grade": "major"}, "complaint"),
            ({"channel": "phone", "time_of_day": time(10, 59, 59)}, "peak"),
            ({"channel": "phone", "time_of_day": time(11)}, "other"),
            ({"channel": "phone"}, "other"),
            ({"category": "function/login/password"}, "fault"),
            ({"category": "function/log"}, "other"),
            ({"tier": "gold", "amount": 1000}, "vip"),
            ({"tier": "gold", "amount": 999.99}, "other"),
            ({"amount": 5000}, "other"),
            ({}, "other"),
        ):
            assert choose(table, facts).key == key, facts
        assert choose(table, {"category": "function/login"}).target is None

    def test_no_row_no_answer(self):
        assert choose(policy({"when": {"grade": "major"}}), {"grade": "minor"}) is None

    def test_a_time_of_day_may_run_over_midnight(self):
        table = policy({"when": {"time_of_day": {"from": "22:00", "until": "06:00"}}})
        assert [choose(table, {"time_of_day": time(h)}) is not None for h in (5, 6, 21, 22)] == [
            True,
            False,
            False,
            True,
        ]

    def test_true_and_false_are_words(self):
        table = policy({"when": {"complex": True}})
        assert choose(table, {"complex": True}) and choose(table, {"complex": "true"})
        assert choose(table, {"complex": False}) is None


class TestReading:
    def test_everything_a_row_can_say(self):
        [table] = read_policies(
            [
                {
                    "key": "solved",
                    "version": 3,
                    "name": {"zh": "解决", "en": "Solved"},
                    "starts_at": "accepted",
                    "pauses_on": ["waiting_customer"],
                    "on_reopen": "restart",
                    "rows": [
                        {
                            "key": "normal",
                            "limit": "3d",
                            "clock": "workdays",
                            "calendar": "customer",
                            "warn": [{"share": 0.8, "tell": "owner"}, {"before": "2h", "tell": "owner"}],
                            "escalate": [{"tell": "supervisor"}, {"after": "4h", "tell": "director"}],
                            "source": "R-CP-4",
                        }
                    ],
                }
            ]
        )
        assert (table.version, table.on_reopen, table.pauses_on) == (3, "restart", {"waiting_customer"})
        target = table.rows[0].target
        assert (target.limit, target.clock, target.calendar) == (timedelta(days=3), Clock.WORKDAYS, "customer")
        assert [(level.key, level.kind, level.tell, level.share, level.offset) for level in target.levels] == [
            ("warn-1", AlarmKind.WARN, "owner", 0.8, timedelta(0)),
            ("warn-2", AlarmKind.WARN, "owner", None, timedelta(hours=2)),
            ("escalate-1", AlarmKind.ESCALATE, "supervisor", None, timedelta(0)),
            ("escalate-2", AlarmKind.ESCALATE, "director", None, timedelta(hours=4)),
        ]

    @pytest.mark.parametrize(
        ("row", "path"),
        [
            ({"limit": "soon"}, "answer.rows[0].limit"),
            ({"limit": "2h", "clock": "workdays"}, "answer.rows[0].limit"),
            ({"clock": "sundial"}, "answer.rows[0].clock"),
            ({"when": {"mood": "bad"}}, "answer.rows[0].when.mood"),
            ({"when": {"grade": []}}, "answer.rows[0].when.grade"),
            ({"when": {"grade": {"in": ["a"]}}}, "answer.rows[0].when.grade"),
            ({"when": {"time_of_day": {"from": "09:00"}}}, "answer.rows[0].when.time_of_day"),
            ({"when": {"time_of_day": {"from": "9", "until": "25:00"}}}, "answer.rows[0].when.time_of_day.from"),
            ({"when": {"amount": {"from": 5, "below": 5}}}, "answer.rows[0].when.amount"),
            ({"when": {"amount": {"from": "5"}}}, "answer.rows[0].when.amount.from"),
            ({"when": ["grade"]}, "answer.rows[0].when"),
            ({"warn": [{"share": 1.5, "tell": "owner"}]}, "answer.rows[0].warn[0].share"),
            ({"warn": [{"share": 0.5, "tell": ""}]}, "answer.rows[0].warn[0].tell"),
            ({"escalate": [{"after": "1h"}]}, "answer.rows[0].escalate[0].tell"),
            ({"warn": [{"tell": "owner"}]}, "answer.rows[0].warn[0]"),
            ({"escalate": [{"before": "1h", "tell": "x"}]}, "answer.rows[0].escalate[0]"),
            ({"limits": "2h"}, "answer.rows[0]"),
        ],
    )
    def test_a_fault_names_its_place(self, row, path):
        with pytest.raises(DeadlineError) as caught:
            policy(row)
        assert caught.value.path == path

    @pytest.mark.parametrize(
        ("raw", "path"),
        [
            ({"rows": []}, "p.rows"),
            ({"starts_at": ""}, "p.starts_at"),
            ({"version": 0}, "p.version"),
            ({"direction": "sideways"}, "p.direction"),
            ({"rows": [{"key": "a", **ROW}, {"key": "a", **ROW}]}, "p.rows[1].key"),
            (
                {"values": {"grade": ["a"]}, "rows": [{"key": "a", "when": {"grade": "b"}, **ROW}]},
                "p.rows[0].when.grade",
            ),
            ({"rows": [{"key": "a", "clock": "service"}]}, "p.rows[0]"),
        ],
    )
    def test_a_fault_of_the_whole_names_its_place(self, raw, path):
        with pytest.raises(DeadlineError) as caught:
            Policy.from_json({"key": "p", "starts_at": "x", "rows": [{"key": "a", **ROW}], **raw})
        assert caught.value.path == path

    def test_two_policies_with_one_key_are_refused(self):
        one = {"key": "p", "starts_at": "x", "rows": [{"key": "a", **ROW}]}
        with pytest.raises(DeadlineError, match=r"policies\[1\]"):
            read_policies([one, one])


class TestLint:
    def dead(self, table: Policy) -> dict[str, tuple[str, ...]]:
        return {fault.row: fault.hidden_by for fault in lint(table)}

    def test_a_row_behind_a_wider_one_is_named_with_it(self):
        table = policy({"when": {"scenario": "a"}}, {"when": {"scenario": "a", "grade": "x"}}, {})
        assert self.dead(table) == {"r1": ("r0",)}
        assert "'r1'" in lint(table)[0].text and "'r0'" in lint(table)[0].text

    def test_a_row_behind_a_catch_all(self):
        assert self.dead(policy({}, {"when": {"grade": "x"}})) == {"r1": ("r0",)}

    def test_several_rows_together_can_hide_one(self):
        early, late = {"from": "00:00", "until": "12:00"}, {"from": "12:00", "until": "24:00"}
        table = policy(
            {"when": {"time_of_day": early}},
            {"when": {"time_of_day": late}},
            {"when": {"time_of_day": {"from": "10:00", "until": "14:00"}}},
            {},
        )
        assert self.dead(table) == {"r2": ("r0", "r1")}

    def test_a_catch_all_lives_unless_all_values_are_listed_and_taken(self):
        rows = ({"when": {"urgency": "normal"}}, {"when": {"urgency": "urgent"}}, {})
        assert self.dead(policy(*rows)) == {}
        assert self.dead(policy(*rows, values={"urgency": ["normal", "urgent"]})) == {"r2": ("r0", "r1")}

    def test_places_in_a_tree(self):
        table = policy({"when": {"category": "a"}}, {"when": {"category": "a/b"}}, {"when": {"category": "ab"}})
        assert self.dead(table) == {"r1": ("r0",)}

    def test_a_row_that_contradicts_itself(self):
        table = policy({"when": {"urgency": {"not": ["a", "b"]}}}, values={"urgency": ["a", "b"]})
        assert self.dead(table) == {"r0": ()}

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(st.fixed_dictionaries({k: st.sampled_from(v) for k, v in CONDITIONS.items()}), min_size=1, max_size=6)
    )
    def test_it_finds_exactly_the_rows_that_no_facts_reach(self, rows):
        table = policy(*({"when": {k: v for k, v in row.items() if v is not None}} for row in rows))
        reached = {found.key for facts in FACTS if (found := choose(table, facts))}
        assert set(self.dead(table)) == {row.key for row in table.rows} - reached
