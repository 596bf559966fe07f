"""Edits of a table of limits, and what they changed."""

import copy
from typing import Any

import pytest

from yinuo.domain.deadline import DeadlineError, read_policies
from yinuo.domain.deadline.differences import Change, Difference, differences
from yinuo.domain.deadline.editing import Table, drop_row, free_key, move_row, put_policy, put_row

TABLE: Table = [
    {
        "key": "answer", "starts_at": "arrival",
        "rows": [
            {"key": "urgent", "when": {"urgency": "urgent"}, "limit": "30m", "clock": "always"},
            {"key": "mail", "when": {"channel": "email"}, "limit": "2h", "clock": "service"},
            {"key": "other", "limit": None},
        ],
    },
    {"key": "visit", "starts_at": "solved", "rows": [{"key": "any", "limit": "48h", "clock": "workday"}]},
]  # fmt: skip
CHAT = {"key": "chat", "when": {"channel": "chat"}, "limit": "60s", "clock": "service"}


def keys(table: Table, kind: str = "answer") -> list[str]:
    return [row["key"] for row in next(entry for entry in table if entry["key"] == kind)["rows"]]


def changed(new: Table) -> list[tuple[Change, str, str]]:
    old = {policy.key: policy for policy in read_policies(TABLE)}
    found = differences(old, {policy.key: policy for policy in read_policies(new)})
    return [(difference.change, difference.kind, difference.row) for difference in found]


@pytest.fixture(autouse=True)
def untouched() -> Any:
    before = copy.deepcopy(TABLE)
    yield
    assert before == TABLE, "an edit answers a new table"


def test_a_new_row_goes_before_the_one_without_conditions() -> None:
    table = put_row(TABLE, "answer", CHAT)
    assert keys(table) == ["urgent", "mail", "chat", "other"]
    assert changed(table) == [(Change.ROW_ADDED, "answer", "chat")]


def test_a_row_is_replaced_where_it_stands() -> None:
    table = put_row(TABLE, "answer", {**CHAT, "key": "mail"}, replacing="mail")
    assert keys(table) == ["urgent", "mail", "other"]
    assert changed(table) == [(Change.ROW_CHANGED, "answer", "mail")]


def test_rows_move_one_place_and_stay_at_the_ends() -> None:
    assert keys(move_row(TABLE, "answer", "mail", up=True)) == ["mail", "urgent", "other"]
    assert keys(move_row(TABLE, "answer", "urgent", up=True)) == keys(TABLE)
    assert keys(move_row(TABLE, "answer", "other", up=False)) == keys(TABLE)
    assert changed(move_row(TABLE, "answer", "mail", up=True)) == [(Change.ORDER_CHANGED, "answer", "")]


def test_a_row_is_deleted_but_the_last_of_a_kind_stays() -> None:
    assert changed(drop_row(TABLE, "answer", "mail")) == [(Change.ROW_REMOVED, "answer", "mail")]
    with pytest.raises(DeadlineError) as refused:
        drop_row(TABLE, "visit", "any")
    assert refused.value.code == "last_row"


def test_settings_of_the_kind_change_and_show() -> None:
    table = put_policy(TABLE, "visit", on_reopen="restart")
    assert changed(table) == [(Change.KIND_CHANGED, "visit", "")]


@pytest.mark.parametrize(
    ("code", "edit"),
    [
        ("span", lambda: put_row(TABLE, "answer", {**CHAT, "limit": "soon"})),
        ("clock", lambda: put_row(TABLE, "answer", {**CHAT, "clock": "sundial"})),
        ("duplicate", lambda: put_row(TABLE, "answer", {**CHAT, "key": "mail"})),
        ("row", lambda: put_row(TABLE, "answer", CHAT, replacing="gone")),
        ("row", lambda: drop_row(TABLE, "answer", "gone")),
        ("row", lambda: move_row(TABLE, "answer", "gone", up=True)),
        ("kind", lambda: move_row(TABLE, "gone", "any", up=True)),
        ("choice", lambda: put_policy(TABLE, "visit", on_reopen="sometimes")),
    ],
)
def test_what_cannot_be_read_or_is_gone_is_refused(code: str, edit: Any) -> None:
    with pytest.raises(DeadlineError) as refused:
        edit()
    assert refused.value.code == code


def test_a_free_key_is_found() -> None:
    assert free_key(TABLE, "answer", "chat") == "chat"
    assert free_key(TABLE, "answer", "mail") == "mail_2"


def test_kinds_that_come_and_go_are_told() -> None:
    other = [TABLE[0], {**TABLE[1], "key": "call"}]
    assert changed(other) == [(Change.KIND_ADDED, "call", ""), (Change.KIND_REMOVED, "visit", "")]
    assert changed(copy.deepcopy(TABLE)) == []
    policies = {policy.key: policy for policy in read_policies(TABLE)}
    [told] = differences({}, {"visit": policies["visit"]})
    assert told == Difference(Change.KIND_ADDED, "visit", after=policies["visit"])
