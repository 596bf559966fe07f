"""Real mails, read as other parsers' own tests say they should be."""

import hashlib
import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import SHARED, shared_data

from yinuo.domain.intake import Inbound, parse

_FOLDER = SHARED / "mail"
_ROWS = sorted(_FOLDER.glob("*/*.json"))

# Rows in which we differ from a peer on purpose, with the reason.
SEVERAL_TEXTS = "all text parts of a mixed mail are the text; the peers count the first alone"
LOST_8_BIT = "undeclared 8-bit in a header is read as the text it is; the peer writes U+FFFD"
BARE = "a fragment without sender or content is unreadable, not an empty message"
NO_BOUNDARY = "the peer makes an empty attachment of a multipart that never begins"
UTF8_BY_BYTES = "the bytes are UTF-8, whatever the label says; the peers decode by the label"
KNOWN = {
    "enmime/mail_mime-mixed": SEVERAL_TEXTS,
    "enmime/mail_mime-signed": SEVERAL_TEXTS,
    "enmime/parts_multi-malformed": SEVERAL_TEXTS,
    "enmime/parts_similar-boundary": SEVERAL_TEXTS,
    "mailparser/mail_malformed_1": SEVERAL_TEXTS,
    "mailparser/mail_test_14": "the HTML part before the plain part is text as well",
    "rubymail/attachment_emails_attachment_pdf_non_ascii": UTF8_BY_BYTES,
    "rubymail/error_emails_content_transfer_encoding_7-bit": UTF8_BY_BYTES,
    "stalwart/legacy_017": LOST_8_BIT,
    "stalwart/legacy_020": LOST_8_BIT,
    "stalwart/legacy_023": LOST_8_BIT,
    "stalwart/legacy_027": LOST_8_BIT,
    "stalwart/malformed_001": NO_BOUNDARY,
    "stalwart/malformed_002": NO_BOUNDARY,
    "stalwart/malformed_003": NO_BOUNDARY,
    "stalwart/malformed_005": "an inner boundary equal to the outer closing one closes the outer part",
    "stalwart/malformed_008": "the second text is text, not an attachment",
    "stalwart/malformed_012": "three attached mails are three; the peer drops one of an unclosed part",
    "stalwart/malformed_020": "of two Content-Type fields the first counts",
    "stalwart/rfc_001": "a file name is shown without its folder",
    "stalwart/thirdparty_007": "a named file inside an attached mail is listed too",
    "stalwart/thirdparty_015": "all three attached mails are listed; the peer's list has one",
    "webklex/example_bounce": "the row's expected text is a line of the peer's source code",
    "webklex/issue-275": "**** is a name, no address",
    "zbateson/m4002": "a detached signature is an attachment",
}


def _name(path: Path) -> str:
    return str(path.relative_to(_FOLDER).with_suffix(""))


def test_real_mails_are_there() -> None:
    assert len(list(shared_data("mail").glob("*/*.json"))) >= 200


@pytest.mark.parametrize("path", _ROWS, ids=_name)
def test_a_real_mail_is_read_as_its_source_expects(path: Path) -> None:
    row = json.loads(path.read_text())
    inbound = parse(path.with_suffix(".eml").read_bytes(), own_addresses=frozenset())
    differences = list(_differences(row, inbound))
    if _name(path) in KNOWN:
        assert differences, "this row agrees now: take it off the list"
    else:
        assert differences == []


def _differences(row: dict[str, Any], seen: Inbound) -> Any:
    exhaustive = row["authority"] == "peer expected output"
    for key, wanted in row["expected"].items():
        got = _seen(key, seen, wanted)
        if key == "text_parts":
            agrees = all(_squeeze(part) in _squeeze(seen.text) for part in wanted)
        elif key == "text_starts":
            agrees = _words(seen.text).startswith(wanted.strip()[:100].strip())
        elif key == "attachments":
            agrees = all(
                any(
                    one["filename"] == name and one.get("sha256") in (None, digest) and one.get("size") in (None, size)
                    for name, size, digest in got
                )
                for one in wanted
            ) and (not exhaustive or len(wanted) == len(got))
        elif key == "text_ignoring_whitespace_sha256":
            agrees = wanted in got
        else:
            agrees = got == _wanted(key, wanted)
        if not agrees:
            yield key, wanted, got
    kind = (row["kind"] or {}).get("kind")
    if kind is not None and seen.kind != kind.replace("delivery_or_disposition_report", "bounce"):
        yield "kind", kind, seen.kind
    if kind is None and row["expected"].get("from") and seen.kind != "message":
        yield "kind", "message", seen.kind


def _seen(key: str, seen: Inbound, wanted: Any) -> Any:
    readers: dict[str, Any] = {
        "subject": lambda: _words(seen.subject),
        "from": lambda: (seen.sender.name or None, seen.sender.address or None),
        "to": lambda: [(one.name or None, one.address or None) for one in seen.to],
        "from_address": lambda: seen.sender.address,
        "to_address": lambda: seen.to[0].address if seen.to else None,
        "date": lambda: seen.sent_at,
        "date_utc": lambda: seen.sent_at,
        "message_id": lambda: seen.message_id,
        "in_reply_to": lambda: list(seen.in_reply_to),
        "references": lambda: list(seen.references),
        "text": lambda: _squeeze(seen.text),
        "text_equals_ignoring_whitespace": lambda: _squeeze(seen.text),
        "text_ignoring_whitespace_sha256": lambda: {
            hashlib.sha256(form(seen.text).encode()).hexdigest() for form in (_squeeze, _words)
        },
        "text_parts": lambda: seen.text,
        "text_starts": lambda: seen.text[:100],
        "attachment_count": lambda: len(seen.attachments),
        "attachments": lambda: [(one.filename or None, one.size, one.sha256) for one in seen.attachments],
    }
    return readers[key]()


def _wanted(key: str, wanted: Any) -> Any:
    if key == "subject":
        return _words(wanted)
    if key == "from":
        return (wanted[0]["name"], wanted[0]["address"])
    if key == "to":
        return [(one["name"], one["address"]) for one in wanted]
    if key == "date":
        return datetime.fromisoformat(wanted)
    if key == "date_utc":
        return datetime.fromisoformat(f"{wanted}+00:00")
    if key in ("text", "text_equals_ignoring_whitespace"):
        return _squeeze(wanted)
    return [] if key == "in_reply_to" and wanted is None else wanted


def _squeeze(text: str) -> str:
    return re.sub(r"\s", "", text)


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
