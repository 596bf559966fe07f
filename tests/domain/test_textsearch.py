"""The search core finds whatever a substring scan finds (R-KB-1)."""

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from yinuo.domain import textsearch
from yinuo.domain.hanzi import fold, fold_in_place, fold_with_origins
from yinuo.domain.textsearch import (
    Blinder,
    index_rows,
    index_terms,
    matches,
    query_terms,
    searchable,
    snippet,
)

BLIND = Blinder(b"a key for tests only, 32 bytes..")


def read_vector(literal):
    """What PostgreSQL reads from a tsvector literal, with its limits."""
    assert len(literal.encode()) < 1_048_575
    vector = {}
    for lexeme, positions in re.findall(r"'([^']*)'(?::([\d,]+))?", literal):
        places = {int(place) for place in positions.split(",") if place}
        assert len(places) <= 256
        assert all(1 <= place <= 16_383 for place in places)
        vector.setdefault(lexeme, set()).update(places)
    return vector


def row_answers(vector, term):
    """The `@@` of PostgreSQL for the kind of tsquery that we write: pairs in a row, joined by and."""
    for part in term.split(" & "):
        lexemes = re.findall(r"'([^']*)'", part)
        if len(lexemes) == 1:
            if lexemes[0] not in vector:
                return False
            continue
        ends = vector.get(lexemes[0], set())
        for lexeme in lexemes[1:]:
            ends = {place + 1 for place in ends} & vector.get(lexeme, set())
        if not ends:
            return False
    return True


def index_finds(text, query, blind=None):
    terms = query_terms(query, blind)
    vectors = [read_vector(row) for row in index_rows(text, blind)]
    return bool(terms) and all(any(row_answers(vector, term) for vector in vectors) for term in terms)


PIECES = st.sampled_from(
    [
        *"退款发票充不了电冰箱漏水好的吗我,。!? \n\t'\\;&|()<->:*abcABC電發é①ﬁß𠮷",
        *("iPhone", "a@b.com", "https://x.cn/退款", "42", "www.q.com", "充不了电"),
    ]
)
TEXTS = st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=80)


def part(data, text, most):
    """A part of the text that hypothesis chooses."""
    start = data.draw(st.integers(0, max(0, len(text) - 1)))
    return text[start : start + data.draw(st.integers(1, most))]


@settings(max_examples=500, deadline=None)
@given(text=TEXTS, blind=st.sampled_from([None, BLIND]), data=st.data())
def test_what_a_substring_scan_finds_the_index_finds(text, blind, data):
    wanted = part(data, searchable(text), 40).strip()
    if wanted:
        assert index_finds(text, wanted, blind)


@settings(max_examples=500, deadline=None)
@given(text=TEXTS, data=st.data())
def test_original_spelling_is_found_and_confirmed_unless_addresses_are_involved(text, data):
    assume(not re.search("@|://|www", fold(text)))
    wanted = part(data, text, 20)
    assert matches(text, wanted)
    assert index_finds(text, wanted) == bool(query_terms(wanted))


@settings(max_examples=60, deadline=None)
@given(
    unit=st.text(alphabet="退款发票ab哈", min_size=1, max_size=4),
    times=st.integers(1, 900),
    needle_at=st.integers(0, 3000),
    needle=st.text(alphabet="甲乙丙丁戊己", min_size=2, max_size=64),
)
def test_long_and_monotonous_texts_lose_nothing_where_rows_are_cut(unit, times, needle_at, needle):
    body = unit * times
    text = body[:needle_at] + needle + body[needle_at:]
    assert index_finds(text, needle)
    around = text[max(0, needle_at - 2) : needle_at + len(needle)][:60]
    assert index_finds(text, around) == bool(query_terms(around))


def test_a_word_is_found_wherever_it_lies_around_the_end_of_a_row():
    filler = "".join(chr(0x4E00 + number % 20_000) for number in range(textsearch.ROW_CHARACTERS + 400))
    word = "洗衣机漏水了怎么办" * 7
    for at in range(textsearch.ROW_CHARACTERS - 80, textsearch.ROW_CHARACTERS + 10, 9):
        text = filler[:at] + word + filler[at:]
        assert len(index_rows(text)) == 2
        assert index_finds(text, word)


def test_a_long_monotonous_text_does_not_multiply_rows():
    assert len(index_rows("哈" * 50_000)) == 2


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("我的iPhone充不了电,急!", "iphone充不了电"),
        ("我的 iPhone 充不了电", "不了电 iphone"),
        ("我要退貨並開發票", "退货 开发票"),
        ("ＡＢＣ型号打不开", "abc型号"),
        ("Café 订单", "cafe"),
        ("屏幕碎了。退款!", "碎 退"),
        ("第一句话,第二句话", "话,第二"),
        ("型号X100充不了电", "x100充不了电"),
    ],
)
def test_finds_as_people_type(text, query):
    assert index_finds(text, query)
    assert matches(text, query)


def test_pairs_do_not_reach_over_signs_and_the_phrase_must_be_adjacent():
    assert not index_finds("退,款", "退款")
    assert not index_finds("充电不了", "充不了电")
    assert not matches("充电不了", "充不了电")


def test_numbers_and_addresses_are_not_in_the_index():
    text = "电话13800138000,Wang.Li@example.com,网址 https://shop.example.cn/a?b=退款 或 www.example.org 看看"
    for literal in index_rows(text):
        assert not re.search(r"'\d", literal)
        for lexeme in ("ex", "wa", "li", "sh", "ht", "ww"):
            assert f"'{lexeme}'" not in literal
    assert index_finds(text, "看看")
    assert index_finds(text, "退款")
    assert query_terms("13800138000") == []
    assert query_terms("。。 !!") == []


def test_with_a_blinder_no_letter_of_the_text_stands_in_the_row():
    text = "张伟住在幸福路,冰箱坏了"
    (row,) = index_rows(text, BLIND)
    assert not set(row) & set(text)
    assert index_finds(text, "冰箱坏", BLIND)
    assert row != index_rows(text, Blinder(b"another key, also 32 bytes long."))[0]
    with pytest.raises(ValueError, match="16 to 64"):
        Blinder(b"short")


def test_nothing_to_index_gives_no_row():
    assert index_rows("") == []
    assert index_rows("123 -- 456") == []
    assert index_terms("") == ""
    with pytest.raises(ValueError, match="rows"):
        index_terms("".join(chr(0x4E00 + number % 20_000) for number in range(20_000)))


def test_no_text_makes_the_index_slow():
    # A run that looks like the beginning of an address everywhere must not take quadratic time.
    assert index_rows("a" * 300_000 + "@")


@given(text=st.text(max_size=60), cut=st.integers(0, 60))
def test_folding_parts_gives_parts_of_the_folded_text(text, cut):
    assert fold(text[:cut]) + fold(text[cut:]) == fold(text)
    assert fold_with_origins(text)[0] == fold(text)
    assert len(fold_in_place(text)) == len(text)


def test_snippet_shows_the_place_where_most_words_are():
    text = "退款" + "无关的话," * 40 + "客户说冰箱\n漏水,要求退款。" + "尾巴" * 60
    shown = snippet(text, "冰箱 退款 漏水", 40)
    assert [shown.text[start:end] for start, end in shown.ranges] == ["冰箱", "漏水", "退款"]
    assert shown.cut_before and shown.cut_after and "\n" not in shown.text


@given(text=TEXTS, query=st.text(alphabet="退款发票充电ab ", max_size=8), length=st.integers(1, 50))
def test_snippets_are_pieces_of_the_text_and_mark_only_hits(text, query, length):
    shown = snippet(text, query, length)
    assert len(shown.text) <= length
    assert re.sub(r"\s", " ", shown.text) in re.sub(r"\s", " ", text)
    last = -1
    for start, end in shown.ranges:
        assert last < start < end <= len(shown.text)
        last = end
    if query.strip() and matches(text, query) and length >= 20:
        first = shown.text[slice(*shown.ranges[0])]
        assert any(word in fold(first) for word in query.split())


def test_snippet_marks_the_original_letters_where_folding_changes_lengths():
    shown = snippet("ﬁﬁ 發票丟了", "发票")
    assert [shown.text[start:end] for start, end in shown.ranges] == ["發票"]
    with pytest.raises(ValueError, match="at least one"):
        snippet("x", "x", 0)
