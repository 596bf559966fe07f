"""Encryption at rest (R-SE-3): what a dump of the database shows, and what altering it does."""

import stat
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from yinuo.customers.services import identify
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.encryption import blind_index, conceal, key_for, reveal, seal, unseal
from yinuo.foundation.keyfile import KeyUnusable, derive, read_or_make_key


@given(st.text())
def test_any_text_comes_back(text):
    assert reveal(conceal(text)) == text


def test_equal_texts_are_sealed_differently():
    assert conceal("13812345678") != conceal("13812345678")


@pytest.mark.parametrize("place", [0, 1, 14, -1])
def test_an_altered_value_is_refused(place):
    sealed = bytearray(seal(b"a secret"))
    sealed[place] ^= 1
    with pytest.raises(KeyUnusable):
        unseal(bytes(sealed))


def test_a_value_moved_to_another_place_is_refused():
    sealed = seal(b"a secret", purpose="files", bound_to=b"piece 1")
    assert unseal(sealed, purpose="files", bound_to=b"piece 1") == b"a secret"
    with pytest.raises(KeyUnusable):
        unseal(sealed, purpose="files", bound_to=b"piece 2")


def test_a_value_of_another_purpose_is_refused():
    with pytest.raises(KeyUnusable):
        unseal(seal(b"a secret", purpose="fields"), purpose="files")


def test_no_two_purposes_share_a_key():
    purposes = ["fields", "files", "index", "check", "stream-tokens", "portal-links"]
    assert len({key_for(purpose) for purpose in purposes}) == len(purposes)
    assert derive(b"a" * 32, "fields") != derive(b"b" * 32, "fields")


def test_a_blind_index_is_equal_for_equal_values_of_one_kind_only():
    assert blind_index("email", "zhang@example.cn") == blind_index("email", "zhang@example.cn")
    assert blind_index("email", "zhang@example.cn") != blind_index("email", "zhang@example.com")
    assert blind_index("email", "13812345678") != blind_index("phone", "13812345678")


@pytest.mark.django_db
def test_the_rows_of_a_customer_show_nothing_personal():
    identify(
        kind="email", value="Zhang.Wei@example.cn", name="张伟", source="mail", by=Actor.system("x"), now=clock.now()
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(string_agg(row_to_json(person)::text, ''), '') FROM customers_customer person "
            "UNION ALL SELECT coalesce(string_agg(row_to_json(known)::text, ''), '') FROM customers_identity known "
            "UNION ALL SELECT coalesce(string_agg(row_to_json(row)::text, ''), '') FROM foundation_history row"
        )
        shown = "".join(row[0] for row in cursor.fetchall())
    assert shown, "there are rows to look at"
    for secret in ("张伟", "zhang", "example.cn", "张伟".encode().hex(), b"example.cn".hex()):
        assert secret.lower() not in shown.lower()


def test_a_key_file_is_made_once_and_readable_by_its_owner_only(tmp_path: Path):
    file = tmp_path / "new" / "key"
    key = read_or_make_key(file)
    assert len(key) == 32 and read_or_make_key(file) == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file], "no draft is left"


def test_a_key_file_of_the_wrong_length_is_refused(tmp_path: Path):
    file = tmp_path / "key"
    file.write_bytes(b"short")
    with pytest.raises(KeyUnusable, match="32"):
        read_or_make_key(file)
    assert file.read_bytes() == b"short", "it is not replaced"
