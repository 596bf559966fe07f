"""JSON texts: what is written is read back, hostile texts and Django's own kinds of text included."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from yinuo.foundation.jsontext import canonical, read, written

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=())), inner),
)  # fmt: skip


@given(PLAIN)
def test_every_plain_value_is_read_as_it_was_written_also_by_others(value):
    assert read(written(value)) == value
    assert json.loads(written(value)) == value
    assert read(canonical(value)) == value


def test_it_is_compact_and_chinese_stays_readable():
    assert written({"名": ["退款", 1, None]}) == '{"名":["退款",1,null]}'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2026, 7, 7, 2, 0, 0, 5, tzinfo=UTC), "2026-07-07T02:00:00.000005Z"),
        (date(2026, 7, 7), "2026-07-07"),
        (Decimal("12.30"), "12.30"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (mark_safe("<b>"), "<b>"),
        (gettext_lazy("yes"), str(gettext_lazy("yes"))),
    ],
)
def test_instants_dates_amounts_ids_and_texts_of_django_are_texts(value, text):
    assert read(written([value])) == [text]


def test_half_a_surrogate_pair_passes_both_ways():
    assert read(written({"a": "\ud800"})) == {"a": "\ud800"}
    assert read('{"a":"\\ud800"}') == {"a": "\ud800"}


def test_what_is_no_json_is_refused():
    with pytest.raises(TypeError):
        written(object())
    with pytest.raises(ValueError):
        read("{")
