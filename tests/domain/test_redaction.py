"""Personal values are hidden when shown, and other numbers stay readable (R-SE-1, R-SE-3)."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yinuo.domain.procedure.model import MASKS as FIELD_MASKS
from yinuo.domain.redaction import MASKS, NAMES, is_bank_card, is_id_number, mask, mask_address, mask_text

ID = "11010519491231002X"
CARD = "4111111111111111"


@pytest.mark.parametrize(
    ("kind", "plain", "masked"),
    [
        ("phone", "13812341234", "138****1234"),
        ("phone", "138 1234 1234", "138****1234"),
        ("phone", "+86 138-1234-1234", "+86 138****1234"),
        ("phone", "010-62345678", "010-****5678"),
        ("phone", "0571 87654321", "0571-****4321"),
        ("phone", "4008001234", "********34"),
        ("phone", "110", "***"),
        ("mail", "zhang.san@example.com", "z***@example.com"),
        ("mail", "no address", "***"),
        ("contact", "z@example.com", "z***@example.com"),
        ("contact", "13812341234", "138****1234"),
        ("id_number", ID, "110***********002X"),
        ("bank_card", "6222 0212 3456 7890 123", "6222 **** **** 0123"),
        ("name", "张三", "张*"),
        ("name", "欧阳修文", "欧阳**"),
        ("name", "欧阳", "欧*"),
        ("name", "John Smith", "J*** S***"),
        ("name", "李", "*"),
    ],
)
def test_each_kind_of_value_keeps_only_what_people_recognise(kind: str, plain: str, masked: str) -> None:
    assert mask(kind, plain) == masked


@pytest.mark.parametrize(
    ("plain", "masked"),
    [
        ("请打我手机13812341234，谢谢", "请打我手机138****1234，谢谢"),
        ("手机：138 1234 1234。", "手机：138****1234。"),
        ("手机１３８１２３４１２３４", "手机138****1234"),
        ("座机010-62345678转801", "座机010-****5678转***"),
        ("（021）62345678", "021-****5678"),
        ("写信到zhang.san@example.com即可", "写信到z***@example.com即可"),
        (f"身份证{ID}已核", "身份证110***********002X已核"),
        ("卡号 4111 1111 1111 1111 付款", "卡号 4111 **** **** 1111 付款"),
        ("+86 13812341234 与 8613812341234", "+86 138****1234 与 +86 138****1234"),
    ],
)
def test_running_text_hides_what_identifies_a_person(plain: str, masked: str) -> None:
    assert mask_text(plain) == masked


@pytest.mark.parametrize(
    "plain",
    [
        "工单SH202611210001，订单DD20231020001",
        "快递单号 123456789012345",
        "金额 12345678.90 元，2026-11-23 09:00",
        "序列号 110105194912310021",
        "版本 1.2.3，端口 13812，型号A13812341234B",
        "热线 400-800-1234",
    ],
)
def test_other_numbers_stay_readable(plain: str) -> None:
    assert mask_text(plain) == plain


def test_check_digits_tell_ids_and_cards_from_other_numbers() -> None:
    assert is_id_number(ID) and not is_id_number(ID[:-1] + "1") and not is_id_number("99" + ID[2:])
    assert is_bank_card(CARD) and not is_bank_card(CARD[:-1] + "2") and not is_bank_card("9" * 16)


@given(st.text(max_size=30), st.integers(3, 9), st.integers(0, 10**9 - 1), st.text(max_size=30))
def test_no_mobile_number_survives_between_other_words(before: str, second: int, rest: int, after: str) -> None:
    number = f"1{second}{rest:09d}"
    text = f"{before}，{number}。{after}"
    assert number not in mask_text(text) or number in before or number in after


@given(st.text(alphabet="请在明天上午联系我谢谢，。！abc DEF", max_size=200))
def test_words_without_numbers_or_addresses_are_left_alone(text: str) -> None:
    assert mask_text(text) == text


@given(st.text())
def test_no_text_breaks_the_masks(text: str) -> None:
    for kind in MASKS:
        assert isinstance(mask(kind, text), str)


def test_a_long_text_is_masked_in_linear_time() -> None:
    for piece in ("1 3-8 ", "a@b.", "0102-", "（010）", "1", "a.b-c@d-e.f-", "转1 "):
        long = piece * (200_000 // len(piece))
        begun = time.perf_counter()
        mask_text(long)
        assert time.perf_counter() - begun < 2, f"{piece!r} takes too long"


def test_every_mask_that_a_field_may_name_exists_and_has_a_name() -> None:
    assert set(FIELD_MASKS) == set(MASKS) == set(NAMES)
    assert all(re.search(r"[\u4e00-\u9fff]", name.zh) and name.en for name in NAMES.values())


@pytest.mark.parametrize(
    ("whole", "shown"),
    [
        ("广东省深圳市南山区科技园路 1 号", "广东省深圳市南山区****"),
        ("上海市长宁区长宁路 12 弄", "上海市长宁区****"),
        ("新疆维吾尔自治区伊犁州昭苏县建设路 3 号", "新疆维吾尔自治区伊犁州昭苏县****"),
        ("12 High Street, London", "12****"),
        ("深圳市", "深圳****"),
        ("", ""),
    ],
)
def test_of_an_address_only_the_region_stays(whole, shown):
    assert mask_address(whole) == shown
