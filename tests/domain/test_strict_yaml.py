"""YAML of strangers: refused before it can grow, and whatever it holds a clear error."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yinuo.domain.reading import ReadingError
from yinuo.domain.strict_yaml import parse_bounded, parse_yaml
from yinuo.packs import pack_text

LAUGHS = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 20)
)
BOMBS = {
    "aliases of aliases": LAUGHS,
    "a list that holds itself": "a: &a [*a]",
    "a mapping that holds itself": "a: &a {b: *a}",
    "brackets without end": "[" * 100_000,
    "braces without end": "{a: " * 5_000,
    "lists nested by dashes": "- " * 20_000 + "x",
    "merges of many": "<<: &x {a: 1}\nb: {<<: [" + ",".join(["*x"] * 30_000) + "]}",
    "a program": "a: !!python/object/apply:os.system [ls]",
    "a number of thousands of digits": "a: " + "9" * 5_000,
    "a list as a key": "? [a]\n: b",
    "two documents": "a: 1\n---\nb: 2",
    "a key given twice": "a: 1\na: 2",
    "signs that are none": "a: \x00",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_at_once(name):
    began = time.monotonic()
    with pytest.raises(ReadingError):
        parse_bounded(BOMBS[name], "file", most=20_000)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("code", ["after_sales", "consultation", "service"])
def test_what_is_in_order_is_read_as_ever_aliases_too(code):
    text = pack_text(f"procedure_{code}.yaml")
    assert parse_bounded(text, code, most=20_000) == parse_yaml(text, code)


def test_the_bound_counts_what_an_alias_stands_for_each_time():
    text = "a: &a [1, 2, 3]\nb: [*a, *a]"
    assert parse_bounded(text, "file", most=17) == {"a": [1, 2, 3], "b": [[1, 2, 3], [1, 2, 3]]}
    with pytest.raises(ReadingError):
        parse_bounded(text, "file", most=15)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_in_words(text):
    try:
        parse_bounded(text, "file", most=1_000)
    except ReadingError as error:
        assert str(error)
