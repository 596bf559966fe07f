"""What the log says of errors: where and what, never a customer's values."""

import logging
import sys

import pytest

from yinuo.config.logs import told, without_secrets


def test_an_error_is_told_with_its_place_and_causes_but_without_the_values_it_quotes():
    name, quoted, phone, row = values = ("张三", "li@example.com", "13812341234", "王五")
    try:
        try:
            raise KeyError(name)
        except KeyError as error:
            raise ValueError(f"refused '{quoted}' of {phone}\nDETAIL: Key (name)=({row}) exists") from error
    except ValueError:
        text = told(sys.exc_info())
    assert "test_logs.py" in text and "ValueError: refused" in text and "KeyError" in text
    assert not [value for value in values if value in text]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Not Found: /t/SH202611210001/AbCd-efgh_ijklmnopqrst", "Not Found: /t/SH202611210001/…"),
        ("Not Found: /t/SH202611210001/reply", "Not Found: /t/SH202611210001/reply"),
        ("Not Found: /customers/13712340987", "Not Found: /customers/137****0987"),
        ("Bad Request: /x/li.si@example.com", "Bad Request: /x/l***@example.com"),
    ],
)
def test_no_secret_and_no_contact_in_an_address_is_logged(said, kept):
    assert without_secrets(logging.getLogger(), "warning", {"event": said})["event"] == kept
