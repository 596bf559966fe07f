"""Conditions as rows: what holds, and what never can."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yinuo.domain.conditions import OPS, Condition, all_hold, overlap, possible, read_conditions
from yinuo.domain.reading import Reader, ReadingError


@pytest.mark.parametrize(
    ("op", "want", "have", "holds"),
    [
        ("eq", "a", "a", True),
        ("eq", "a", None, False),
        ("ne", "a", None, True),
        ("in", ("a", "b"), "b", True),
        ("in", ("a",), None, False),
        ("not_in", ("a",), None, True),
        ("not_in", ("a",), "a", False),
        ("lt", 4, 3, True),
        ("lt", 4, 4, False),
        ("lt", 4, None, False),
        ("lt", 4, "3", False),
        ("le", 4, 4, True),
        ("gt", 4, 5, True),
        ("ge", "2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00", True),
        ("set", None, 0, True),
        ("set", None, "", False),
        ("unset", None, False, False),
        ("unset", None, [], True),
        ("contains", "a", ["a", "b"], True),
        ("contains", "a", None, False),
    ],
)
def test_what_a_row_means(op: str, want: Any, have: Any, holds: bool) -> None:
    assert Condition("f", op, want).holds({} if have is None else {"f": have}) is holds


def test_rows_that_cannot_be_read_are_named() -> None:
    raw = [
        {"field": "f", "op": "like", "value": "x"},
        {"field": "f", "op": "in", "value": "x"},
        {"op": "eq", "value": 1},
    ]
    top = Reader({"when": raw})
    read_conditions(top)
    with pytest.raises(ReadingError) as refused:
        top.done()
    assert [fault.path for fault in refused.value.faults[:2]] == ["$.when[0].op", "$.when[1].value"]


WORDS = ["a", "b", "c"]
ROWS = st.lists(
    st.one_of(
        st.builds(Condition, st.just("w"), st.sampled_from(["eq", "ne"]), st.sampled_from(WORDS)),
        st.builds(Condition, st.just("w"), st.sampled_from(["in", "not_in"]), st.just(("a", "c"))),
        st.builds(Condition, st.just("w"), st.sampled_from(["set", "unset"])),
        st.builds(Condition, st.just("n"), st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"]), st.integers(0, 4)),
    ),
    max_size=5,
).map(tuple)


@given(ROWS)
def test_possible_is_true_exactly_when_some_values_make_all_rows_hold(rows: tuple[Condition, ...]) -> None:
    found = any(
        all_hold(rows, {key: value for key, value in (("w", word), ("n", number)) if value is not None})
        for word, number in itertools.product([*WORDS, None], [None, *range(-1, 6), 0.5, 1.5, 2.5, 3.5])
    )
    assert possible(rows, {"w": WORDS}) is found


@given(ROWS, ROWS)
def test_two_sets_of_rows_overlap_when_both_can_hold_together(
    one: tuple[Condition, ...], other: tuple[Condition, ...]
) -> None:
    assert overlap(one, other, {"w": WORDS}) is possible((*one, *other), {"w": WORDS})


def test_every_operator_has_its_words_in_both_languages() -> None:
    assert all(text.zh and text.en for text in OPS.values())
