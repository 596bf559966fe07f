"""Mails made to break whoever reads them: each becomes something that can be kept and shown, in little time."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from time import process_time

import pytest

from yinuo.domain.intake import parse

HOSTILE = {
    "NUL": b"From: a\x00b <z@example.com>\r\nSubject: a\x00b\r\nMessage-ID: <a\x00b@x>\r\n\r\nhello\x00world",
    "bytes of a surrogate": b"From: \xed\xa0\x80 <z@example.com>\r\nSubject: \xed\xa0\x80\xff\r\n\r\nx\xed\xa0\x80\xff",
    "UTF-7 surrogate": b"From: z@example.com\r\nSubject: =?utf-7?Q?+2AA-?=\r\n"
    b"Content-Type: text/plain; charset=utf-7\r\n\r\n+2AA- hi",
    "escapes": b"From: z@example.com\r\nSubject: =?unicode-escape?Q?=5Cud800=5Cx00?=\r\n"
    b"Content-Type: text/plain; charset=raw-unicode-escape\r\n\r\n\\ud800 hi",
    "line breaks in encoded words": b"From: =?utf-8?Q?a=0D=0ABcc:_evil@x.com?= <z@example.com>\r\n"
    b"Subject: =?utf-8?Q?hi=0D=0ABcc:_evil@x.com?=\r\n\r\nx",
    "line breaks and places in file names": b"From: z@example.com\r\nContent-Type: multipart/mixed; boundary=x\r\n"
    b"\r\n--x\r\nContent-Disposition: attachment; filename*=utf-8''a%0D%0AX-Evil%3A1%00.pdf\r\n\r\nx\r\n"
    b'--x\r\nContent-Disposition: attachment; filename="../../etc/passwd"\r\nContent-ID: <a\x00b>\r\n\r\nx\r\n--x--',
    "deep parts": b"From: z@example.com\r\n"
    + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(2000)),
    "deep mails": b"From: z@example.com\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 3000 + b"hi",
    "many parts": b"From: z@example.com\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
    + b"--x\r\n\r\na\r\n" * 50000,
    "escaped quotes": b"From: " + b'"\\' * 50000 + b" z@example.com\r\n\r\nhi",
    "escaped comments": b"From: " + b"(\\" * 50000 + b" z@example.com\r\n\r\nhi",
    "open comments": b"From: " + b"(" * 50000 + b"z@example.com\r\n\r\nhi",
    "many addresses": b"From: z@example.com\r\nTo: " + b"a@b.com, " * 50000 + b"\r\n\r\nhi",
    "deep HTML": b"From: z@example.com\r\nContent-Type: text/html\r\n\r\n" + b"<div>" * 50000 + b"hi",
    "deep quotes": b"From: z@example.com\r\n\r\n" + b"> " * 50000 + b"\r\n" + b">\r\n" * 50000,
}
RUNNING_TEXT = {"text", "reply", "html", "quoted"}
LONGEST_S = 5.0
"""Of processor time; what these mails cost before their bounds were set is a multiple of it."""


def texts(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name), field.name)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for one in value:
            yield from texts(one, name)


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_mail_is_read_into_text_that_can_be_kept_and_sent(kind):
    began = process_time()
    read = parse(HOSTILE[kind], own_addresses=frozenset({"service@yinuo.example"}))
    assert process_time() - began < LONGEST_S
    for name, text in texts(read):
        text.encode()
        assert "\0" not in text, name
        if name not in RUNNING_TEXT:
            assert text.isprintable() or not {"\r", "\n"} & set(text), name
    assert all("/" not in file.filename for file in read.attachments)
