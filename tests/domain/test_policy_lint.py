"""Tables of limits that make no sense are refused with the row named."""

import copy
from typing import Any

import pytest

from yinuo.calendars.builtin import builtin_calendar
from yinuo.domain.deadline import DeadlineError, Policy, parse_span, read_policies
from yinuo.domain.deadline.lint import Known, faults_of, judge
from yinuo.domain.packs_lint import known_to
from yinuo.packs import shipped_pack

TABLE = {
    "key": "answer",
    "starts_at": "arrival",
    "ends_at": "answered",
    "rows": [
        {
            "key": "urgent", "when": {"urgency": "urgent"}, "limit": "30m", "clock": "always",
            "warn": [{"share": 0.5, "tell": "owner"}], "escalate": [{"tell": "supervisor"}],
        },
        {"key": "mail", "when": {"channel": "email"}, "limit": "2h", "clock": "service"},
        {"key": "other", "limit": "4h", "clock": "service"},
    ],
}  # fmt: skip
KNOWN = Known(
    kinds=frozenset({"answer"}),
    calendars=frozenset({"office"}),
    roles=frozenset({"supervisor", "director"}),
    events=frozenset({"arrival", "answered", "report"}),
    scenarios=frozenset({"complaint", "after_sales"}),
    values={"urgency": frozenset({"urgent", "normal"}), "tier": frozenset({"key", "ordinary"})},
    hours=lambda: {"office": builtin_calendar("cn-office-nolunch")},
)


def found(change: Any) -> list[tuple[str, str]]:
    table = copy.deepcopy(TABLE)
    change(table, table["rows"])
    faults = judge([Policy.from_json(table)], KNOWN)
    assert all(fault.said.zh and fault.said.en and fault.text for fault in faults)
    return [(fault.code, fault.row) for fault in faults]


def test_a_sound_table_has_no_fault() -> None:
    assert found(lambda table, rows: None) == []


@pytest.mark.parametrize(
    ("code", "row", "change"),
    [
        ("unknown_kind", "", lambda t, r: t.update(key="answr")),
        ("unknown_event", "", lambda t, r: t.update(starts_at="arival")),
        ("unknown_event", "", lambda t, r: t.update(ends_at="solved")),
        ("unknown_event", "mail", lambda t, r: r[1].update(starts_at="birth")),
        ("unknown_scenario", "", lambda t, r: t.update(scenarios=["complaint", "war"])),
        ("unknown_calendar", "", lambda t, r: t.update(direction="backward", sent_in="moon")),
        ("unknown_calendar", "mail", lambda t, r: r[1].update(calendar="moon")),
        ("unknown_role", "urgent", lambda t, r: r[0].update(escalate=[{"tell": "king"}])),
        ("unknown_role", "urgent", lambda t, r: r[0].update(warn=[{"share": 0.5, "tell": "queen"}])),
        ("unknown_value", "urgent", lambda t, r: r[0]["when"].update(urgency=["urgent", "hot"])),
        ("no_time", "mail", lambda t, r: r[1].update(limit="0m")),
        ("too_long", "mail", lambda t, r: r[1].update(limit="401d")),
        ("too_long", "mail", lambda t, r: r[1].update(escalate=[{"after": "401d", "tell": "director"}])),
        ("warns_before_start", "mail", lambda t, r: r[1].update(warn=[{"before": "3h", "tell": "owner"}])),
        ("warns_before_start", "mail", lambda t, r: r[1].update(warn=[{"before": "2h", "tell": "owner"}])),
        ("warns_after_due", "mail", lambda t, r: r[1].update(warn=[{"before": "0m", "tell": "owner"}])),
        ("told_twice", "mail", lambda t, r: r[1].update(escalate=[{"tell": "director"}, {"tell": "director"}])),
        # hidden: by one row, by several together, by what the policy itself leaves out
        ("never_matches", "late", lambda t, r: r.append({"key": "late", "limit": "1h", "clock": "service"})),
        (
            "never_matches",
            "again",
            lambda t, r: r.insert(2, {"key": "again", "when": {"channel": "email", "grade": "a"}, "limit": None}),
        ),
        (
            "never_matches",
            "complaint",
            lambda t, r: (
                t.update(scenarios=["after_sales"]),
                r.insert(0, {"key": "complaint", "when": {"scenario": "complaint"}, "limit": None}),
            ),
        ),
        (
            "never_matches",
            "both",
            lambda t, r: (
                t.update(values={"grade": ["a", "b"]}),
                r.insert(0, {"key": "both", "when": {"grade": {"not": ["a", "b"]}}, "limit": None}),
            ),
        ),
        # equal treatment (R-RU-8): a tier may shorten, never lengthen
        (
            "longer_for_some",
            "ordinary",
            lambda t, r: r.insert(
                0, {"key": "ordinary", "when": {"tier": "ordinary"}, "limit": "5h", "clock": "service"}
            ),
        ),
        (
            "longer_for_some",
            "nobody",
            lambda t, r: r.insert(0, {"key": "nobody", "when": {"tier": "ordinary"}, "limit": None}),
        ),
    ],
)
def test_each_fault_names_its_row(code: str, row: str, change: Any) -> None:
    assert (code, row) in found(change)


def test_a_tier_may_shorten() -> None:
    quick = {"key": "vip", "when": {"tier": "key"}, "limit": "1h", "clock": "service"}
    assert found(lambda t, r: r.insert(1, quick)) == []


@pytest.mark.parametrize(
    ("limit", "clock", "is_fault"),
    [
        # everybody: answered in 4 service hours; Mon–Fri 9–18. Real time is never more than that within a day …
        ("4h", "always", False),
        ("4h", "workday", False),
        ("5h", "always", True),  # Monday 9:00: 13:00 for all, 14:00 for them
        ("1d", "workdays", True),  # Monday 9:00: Tuesday 18:00
        ("3h", "service", False),
    ],
)
def test_a_tier_may_not_wait_longer_on_another_clock_either(limit: str, clock: str, is_fault: bool) -> None:
    row = {"key": "vip", "when": {"tier": "key"}, "limit": limit, "clock": clock}
    assert (("longer_for_some", "vip") in found(lambda t, r: r.insert(2, row))) is is_fault


@pytest.mark.parametrize(
    ("base", "own", "is_fault"),
    [
        (("24h", "workday"), ("8h", "service"), False),  # Fri 18:00: Mon 18:00 for all, Mon 17:00 for them
        (("24h", "workday"), ("10h", "service"), True),  # Fri 9:00: Mon 9:00 for all, Mon 10:00 for them
        (("24h", "always"), ("2h", "service"), True),  # Friday night: Saturday night for all, Monday for them
        (("24h", "service"), ("48h", "always"), False),  # 24 service hours are two days and six hours at the least
        (("24h", "service"), ("55h", "always"), True),  # Mon 9:00: Wed 15:00 for all, 16:00 for them
        (("3d", "workdays"), ("48h", "workday"), False),
        (("1d", "workdays"), ("48h", "workday"), True),
    ],
)
def test_two_clocks_are_compared_on_the_calendars(base: Any, own: Any, is_fault: bool) -> None:
    def change(table: Any, rows: Any) -> None:
        table["rows"] = [
            {"key": "vip", "when": {"tier": "key"}, "limit": own[0], "clock": own[1]},
            {"key": "all", "limit": base[0], "clock": base[1]},
        ]

    assert (found(change) == [("longer_for_some", "vip")]) is is_fault


def test_whom_an_earlier_row_answers_is_not_compared() -> None:
    vip = {"key": "vip", "when": {"tier": "key"}, "limit": "3h", "clock": "service"}
    assert found(lambda t, r: r.insert(2, vip)) == []  # urgent matters and mails are answered before it
    assert ("longer_for_some", "vip") in found(lambda t, r: r.insert(1, vip))  # mails: 2 h for all, 3 h for them


def test_told_later_before_a_date_is_less_and_told_earlier_is_more() -> None:
    def before(limit: str) -> Any:
        def change(table: Any, rows: Any) -> None:
            table |= {"direction": "backward"}
            table["rows"] = [
                {"key": "vip", "when": {"tier": "key"}, "limit": limit, "clock": "workday"},
                {"key": "all", "limit": "24h", "clock": "workday"},
            ]

        return change

    assert found(before("48h")) == []
    assert found(before("12h")) == [("longer_for_some", "vip")]


def test_before_a_date_one_may_be_warned_earlier_than_the_limit_is_long() -> None:
    def change(table: Any, rows: Any) -> None:
        table |= {"direction": "backward"}
        table["rows"] = [
            {"key": "all", "limit": "24h", "clock": "workday", "warn": [{"before": "48h", "tell": "owner"}]}
        ]

    assert found(change) == []


def test_a_longer_promise_for_a_tier_is_fair_where_the_others_have_none() -> None:
    def others_have_none(table: Any, rows: Any) -> None:
        rows[2]["limit"] = None
        rows.insert(2, {"key": "vip", "when": {"tier": "key", "channel": "phone"}, "limit": "9h", "clock": "service"})

    assert found(others_have_none) == []


def test_rows_that_hide_together_are_named() -> None:
    table = copy.deepcopy(TABLE)
    table["rows"] = [
        {"key": "a", "when": {"time_of_day": {"from": "08:00", "until": "20:00"}}, "limit": "1h", "clock": "service"},
        {"key": "b", "when": {"time_of_day": {"from": "20:00", "until": "08:00"}}, "limit": "1h", "clock": "service"},
        {"key": "c", "when": {"time_of_day": {"from": "07:00", "until": "09:00"}}, "limit": "1h", "clock": "service"},
    ]
    [fault] = judge([Policy.from_json(table)], KNOWN)
    assert (fault.row, fault.hidden_by) == ("c", ("a", "b"))
    assert "“a”、“b”" in fault.said.zh and "'a', 'b'" in fault.said.en


def test_the_faults_of_an_editor_stand_at_their_rows() -> None:
    table = copy.deepcopy(TABLE)
    table["rows"][1]["limit"] = "0m"
    table["starts_at"] = "never"
    by_place = faults_of([Policy.from_json(table)], KNOWN)
    assert {place: [fault.code for fault in faults] for place, faults in by_place.items()} == {
        ("answer", ""): ["unknown_event"],
        ("answer", "mail"): ["no_time"],
    }


@pytest.mark.parametrize("span", ["", "-2h", "2", "2 weeks", "h", "1e9d", "3661d", "9" * 60 + "d", None, 5])
def test_a_span_that_is_none_is_refused(span: object) -> None:
    with pytest.raises(DeadlineError):
        parse_span(span, "limit")


def test_what_a_pack_knows_covers_its_own_tables() -> None:
    pack = shipped_pack("handbook")
    assert judge(read_policies(pack.limit_table), known_to(pack)) == ()
