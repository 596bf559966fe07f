"""Real replies: what is left when the quoted part and the signature are gone."""

import json
import re
from typing import Any

import pytest
from tests.conftest import SHARED, shared_data

from yinuo.domain.intake import html_to_text, parse, split_forward, strip_reply

_FILE = SHARED / "reply" / "replies.jsonl"
_ROWS = [json.loads(line) for line in _FILE.read_text().splitlines()] if _FILE.exists() else []

# Rows in which we differ from a peer on purpose, with the reason.
KNOWN = {
    "mpreply-email_nl_1_2": "the drawn rule above a quoted header is no text",
    "mpreply-email_swedish_2": "the peer misses this Swedish attribution; it is a quote",
    "mpreply-multiline_on_de": "the peer was run for English alone; these are German attributions",
    "mpreply-outlook": "“Get Outlook for iOS” is a signature (another row says so)",
    "talon-std-sparrow": "what stands below “-- ” is a signature",
}


def test_real_replies_are_there() -> None:
    assert len(shared_data("reply/replies.jsonl").read_text().splitlines()) >= 70


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: row["id"])
def test_the_new_part_of_a_real_reply(row: dict[str, Any]) -> None:
    text = _text(row)
    if "expected_embedded" in row:
        assert split_forward(text) == (row["expected_before"].strip(), row["expected_embedded"].strip())
        return
    if "expected_signature" in row:
        sender = row["sender"]
        known = {"sender": sender} if "@" in sender else {"name": sender}
        signature = row["expected_signature"]
        wanted = text if signature is None else text[: text.rindex(signature)]
        assert strip_reply(text, **known).text == wanted.rstrip()
        return
    got, wanted = strip_reply(text).text, row["expected_reply"]
    form = _without_space if row.get("compare") else _without_line_ends
    if row["id"] in KNOWN:
        assert form(got) != form(wanted), "this row agrees now: take it off the list"
    else:
        assert form(got) == form(wanted)


def _text(row: dict[str, Any]) -> str:
    if row["format"] == "text/html":
        return html_to_text(row["input"])
    if row["format"] == "message/rfc822":
        return parse(row["input"].encode()).text
    return str(row["input"])


def _without_space(text: str) -> str:
    return re.sub(r"\s", "", text)


def _without_line_ends(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().split("\n"))
