"""Real bounces, complaints, vacation mails and Chinese auto-replies."""

import json
import re
from typing import Any

import pytest
from tests.conftest import SHARED, shared_data

from yinuo.domain.intake import Kind, parse

_FOLDER = SHARED / "bounce"


def _lines(name: str) -> list[dict[str, Any]]:
    path = _FOLDER / name
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _headers() -> list[dict[str, Any]]:
    path = _FOLDER / "auto_reply_headers.json"
    return json.loads(path.read_text()) if path.exists() else []


# Rows in which we differ from a peer on purpose, with the reason.
KNOWN = {
    "flufl_dsn_04": "the final recipient is named; the original one is in `written_to`",
    "sisimai_lhost-domino-03": "the peer takes the address from the returned mail instead of the report",
}
# What nobody could know from the text alone: blank texts, a greeting, thanks that a person may write.
AMBIGUOUS = {"zhar-35", "zhar-40", "zhar-41", "zhar-55", "zhar-56", "zhar-57"}
_KINDS = {
    "bounce": Kind.BOUNCE,
    "bounce (this peer version cannot read it)": Kind.BOUNCE,
    "abuse_feedback_report": Kind.BOUNCE,
    "auto_reply": Kind.AUTO_REPLY,
    "delivery_confirmation": Kind.AUTO_REPLY,
}


def test_real_bounces_are_there() -> None:
    assert len(shared_data("bounce/labels.jsonl").read_text().splitlines()) >= 300


@pytest.mark.parametrize("row", _lines("labels.jsonl"), ids=lambda row: row["name"])
def test_a_real_bounce_names_its_recipients(row: dict[str, Any]) -> None:
    seen = parse((_FOLDER / "mails" / f"{row['name']}.eml").read_bytes())
    if row["kind"] in _KINDS:
        assert seen.kind is _KINDS[row["kind"]]
    if seen.kind is not Kind.BOUNCE:
        return
    assert seen.bounce is not None
    if not row["kind"].startswith("bounce (") and row["kind"] in _KINDS:
        got = {one.recipient.lower() for one in seen.bounces}
        if row["name"] in KNOWN:
            assert got != _recipients(row), "this row agrees now: take it off the list"
        else:
            assert got == _recipients(row)


def _recipients(row: dict[str, Any]) -> set[str]:
    if "bounces" in row:
        return {one["recipient"].lower() for one in row["bounces"]}
    return {one.lower() for one in (*row["permanent_failures"], *row["temporary_failures"])}


def test_codes_and_reasons_agree_with_the_peer_as_far_as_measured() -> None:
    """Held at what was reached: a change that reads fewer reasons or codes right shows here."""
    shared_data("bounce/labels.jsonl")
    reasons, codes, permanence = [], [], []
    for row in _lines("labels.jsonl"):
        seen = parse((_FOLDER / "mails" / f"{row['name']}.eml").read_bytes())
        found = {one.recipient.lower(): one for one in seen.bounces}
        for wanted in row.get("bounces", []):
            one = found.get(wanted["recipient"].lower())
            if one is None:
                continue
            reasons.append(one.reason == wanted["reason"])
            # The peer makes up x.0.9yy where the report has no status.
            if wanted["replycode"] or not re.fullmatch(r"\d\.0\.9\d\d", wanted["status"]):
                codes.append(one.code in (wanted["status"], wanted["replycode"]))
            if wanted["status"][:1] in ("4", "5") and one.permanent is not None:
                permanence.append(one.permanent == (wanted["status"][0] == "5"))
    assert sum(reasons) / len(reasons) >= 0.70
    assert sum(codes) / len(codes) >= 0.95
    assert sum(permanence) / len(permanence) >= 0.95


@pytest.mark.parametrize("row", _headers(), ids=lambda row: row["id"])
def test_auto_reply_headers(row: dict[str, Any]) -> None:
    lines = ["From: a@example.com", f"Subject: {row['subject']}", *row["extra_headers"], "", "Text."]
    assert (parse("\r\n".join(lines).encode()).kind is Kind.AUTO_REPLY) == row["is_auto_reply"]


@pytest.mark.parametrize("row", _lines("auto_reply_texts_zh.jsonl"), ids=lambda row: row["id"])
def test_chinese_auto_replies_by_their_words(row: dict[str, Any]) -> None:
    raw = f"From: a@example.com\r\nSubject: Re: x\r\n\r\n{row['text']}".encode()
    expected = row["is_auto_reply"] and row["id"] not in AMBIGUOUS
    assert (parse(raw).kind is Kind.AUTO_REPLY) == expected
