"""Bad input: a clear error in the language asked for, nothing kept, nothing thrown (issue: “It holds”, bad input)."""

import io
import json
import tracemalloc
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory

from tests.api.program import NEW, Program, program
from tests.story import Company, make_company, write_in
from yinuo.api.bodies import LARGE_BYTES, MOST_PARTS, SMALL_BYTES, StrictJson, take_body
from yinuo.api.errors import BodyTooLarge
from yinuo.channels.models import Contact
from yinuo.customers.models import Customer
from yinuo.foundation.models import HistoryRow, StoredFile
from yinuo.tickets.models import Attachment, Message, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company() -> Company:
    return make_company()


@pytest.fixture
def erp() -> Program:
    return program()


def rows() -> tuple[int, ...]:
    return tuple(table.objects.count() for table in (Contact, StoredFile, Ticket, Message, Customer, HistoryRow))


def text_of(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False)


BODIES: list[tuple[Any, str]] = [
    (" ", "malformed_json"),
    ("{", "malformed_json"),
    ("null", "fields_invalid"),
    ("[]", "fields_invalid"),
    ("5", "fields_invalid"),
    ('"text"', "fields_invalid"),
    ("{}", "fields_invalid"),
    ("{'text': 'x'}", "malformed_json"),
    ('{"text": "x",}', "malformed_json"),
    ('{"text": NaN}', "malformed_json"),
    ('{"text": Infinity}', "malformed_json"),
    ('{"text": "x"} {"text": "y"}', "malformed_json"),
    ('{"text": "\ud800"}'.encode("utf-8", "surrogatepass"), "not_utf8"),
    (r'{"text": "\ud800"}', "malformed_json"),
    (r'{"text": "\udfff\ud800"}', "malformed_json"),
    ('{"text": "\x01"}', "malformed_json"),
    (text_of(NEW).encode("gbk"), "not_utf8"),
    (text_of(NEW).encode("utf-16"), "not_utf8"),
    (b"\xef\xbb\xbf" + text_of(NEW).encode(), "malformed_json"),
    (b"\x00" * 100, "malformed_json"),
    (b"\x1f\x8b\x08\x00" + b"\x00" * 50, "not_utf8"),
    ("[" * 100_000, "malformed_json"),
    ("[" * 1000 + "]" * 1000, "malformed_json"),
    ('{"a":' * 50_000 + "1" + "}" * 50_000, "malformed_json"),
    ('{"text":' + "9" * 5000 + "}", "malformed_json"),
    ('{"text":' + "9" * 4000 + "}", "fields_invalid"),
    ('{"text": 1e999}', "fields_invalid"),
    (text_of(NEW)[:-1] + ',"x":1}', "fields_invalid"),
    (text_of(NEW | {"__proto__": {}}), "fields_invalid"),
    (text_of(NEW | {"customer": NEW["customer"] | {"id": 1}}), "fields_invalid"),
    (text_of(NEW | {"text": {"$ne": ""}}), "fields_invalid"),
    (text_of(NEW | {"text": ["x"]}), "fields_invalid"),
    (text_of(NEW | {"text": "x" * 50_001}), "fields_invalid"),
    (text_of(NEW | {"subject": "x" * 201}), "fields_invalid"),
    (text_of(NEW | {"files": {"0": {}}}), "fields_invalid"),
    (text_of(NEW | {"files": [{"name": "../../x\n", "content": "AAAA"}]}), "fields_invalid"),
    (
        text_of(NEW | {"files": [{"name": "x", "content": "AAAA", "content_type": "text/html\r\nX: y"}]}),
        "fields_invalid",
    ),
]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_bad_bodies_are_told_in_the_language_asked_for_and_nothing_is_kept(erp, language):
    before = rows()
    for number, (body, code) in enumerate(BODIES):
        response = erp.post("/tickets", body, key="k", Accept_Language=language)
        told = response.json()
        assert (response.status_code, told["code"]) == (422, code), number
        assert set(told) == {"code", "text", "fields", "request_id"}
        sentences = told["text"] + "".join(fault["text"] for fault in told["fields"])
        assert any("\u4e00" <= char <= "\u9fff" for char in sentences) == (language == "zh"), number
    assert rows() == before
    assert erp.post("/tickets", NEW, key="k").status_code == 201


HEADS = [
    ("application/json; charset=gbk", 415),
    ("application/json; charset=utf-16", 415),
    ("text/plain", 415),
    ("application/x-www-form-urlencoded", 415),
    ("multipart/form-data; boundary=x", 415),
    ("application/json, text/plain", 415),
    ("", 415),
    ("application/json; charset=UTF-8", 201),
    ("APPLICATION/JSON;charset=utf8", 201),
]


def test_only_json_in_utf8_is_taken(erp):
    for kind, status in HEADS:
        assert erp("POST", "/tickets", NEW, kind=kind).status_code == status, kind
    assert Ticket.objects.count() == 2


NASTY = [
    "x\r\nBcc: all@example.com",
    "x\nSubject: y",
    "x\x00",
    "x\x0by",
    "x\u2028y",
    "x\x7f",
    "x\x85y",
]


@pytest.mark.parametrize("field", ["subject", "name", "value"])
def test_nothing_that_stands_in_the_head_of_a_mail_holds_a_line_break_or_control(erp, field):
    before = rows()
    for nasty in NASTY:
        if field == "subject":
            body = NEW | {"subject": nasty}
        else:
            value = f"{nasty}@example.com" if field == "value" else nasty
            body = NEW | {"customer": NEW["customer"] | {field: value}}
        response = erp.post("/tickets", body)
        assert response.status_code == 422, nasty
        assert response.json()["fields"][0]["field"] == {"subject": "subject"}.get(field, f"customer.{field}")
    assert rows() == before


def test_no_name_is_read_backwards(erp):
    files = [{"name": "\u202egpj.exe", "content": "AAAA"}]
    customer = NEW["customer"] | {"name": "\u2066张三\u2069"}
    response = erp.post("/tickets", NEW | {"subject": "a\u202eb", "customer": customer, "files": files})
    ticket = Ticket.objects.get(number=response.json()["number"])
    assert (ticket.subject, ticket.customer.name) == ("ab", "张三")
    assert Attachment.objects.get().filename == "gpj.exe"


@pytest.mark.parametrize("path", ["/tickets", "/tickets/{number}/messages"])
def test_control_characters_in_texts_are_refused_and_line_breaks_are_not(company, erp, path):
    ticket = write_in(company)
    address = path.format(number=ticket.number)
    body = NEW if path == "/tickets" else {"kind": "note", "text": "x"}
    for nasty in ("a\x00b", "a\x07b", "a\x1bb"):
        assert erp.post(address, body | {"text": nasty}).status_code == 422
    assert erp.post(address, body | {"text": "一\n二\t三\r\n四"}).status_code == 201


def test_markup_and_formulas_are_text_like_any_other(erp):
    for text in ("<script>alert(1)</script>", "'; DROP TABLE x; --", "{{7*7}} {0} %s %(x)s", "=cmd|' /C calc'!A0"):
        response = erp.post("/tickets", NEW | {"text": text, "subject": text})
        ticket = Ticket.objects.get(number=response.json()["number"])
        assert ticket.subject == text
        assert Message.objects.get(ticket=ticket).text == text


def test_a_key_is_short_and_plain(erp):
    for key in ("a b", "a\tb", "ключ", "键", "x" * 101, "a\x7f"):
        response = erp.post("/tickets", NEW, key=key)
        assert response.status_code == 422, key
        assert response.json()["fields"][0]["field"] == "Idempotency-Key"
    assert Ticket.objects.count() == 0


def test_methods_and_addresses_that_are_not_there_are_told_alike(erp):
    for method, path, status in (
        ("PUT", "/tickets", 405), ("DELETE", "/tickets/SH202601010001", 405), ("GET", "/tickets", 405),
        ("GET", "/nothing", 404), ("GET", "/customers/1", 404), ("GET", "/tickets/", 404), ("TRACE", "/tickets", 405),
    ):  # fmt: skip
        response = erp(method, path)
        assert (response.status_code, response["Content-Type"]) == (status, "application/json"), path
        assert set(response.json()) == {"code", "text", "fields", "request_id"}


def test_fields_in_the_address_that_nobody_knows_are_refused(erp):
    for path in (
        "/queues?x=1",
        "/queues/service/tickets?page=2",
        "/queues/service/tickets?limit=5&Limit=6",
        "/queues?=0",
    ):
        response = erp.get(path)
        assert (response.status_code, response.json()["code"]) == (422, "fields_invalid"), path
        assert [fault["text"] for fault in response.json()["fields"]] == ["没有这个字段。"]
    assert erp.post("/tickets?x=1", NEW).status_code == 422
    assert Ticket.objects.count() == 0


class Endless(io.RawIOBase):
    """A body that never ends, and says how much of it was taken."""

    def __init__(self) -> None:
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        assert size > 0, "asked for all of it"
        self.taken += size
        return b"x" * size


def arriving(body: Any, **meta: str) -> WSGIRequest:
    environ = RequestFactory()._base_environ(
        **{"REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/json", "wsgi.input": body, **meta}
    )
    return WSGIRequest(environ)


@pytest.mark.parametrize("most", [SMALL_BYTES, LARGE_BYTES])
def test_an_endless_body_is_cut_at_the_bound_in_bounded_memory(most):
    endless = Endless()
    tracemalloc.start()
    try:
        with pytest.raises(BodyTooLarge):
            take_body(arriving(endless, HTTP_TRANSFER_ENCODING="chunked"), most)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert endless.taken == most + 1
    assert peak < most * 2.5 + 500_000


def test_a_declared_50_mb_are_refused_unread():
    endless = Endless()
    with pytest.raises(BodyTooLarge):
        take_body(arriving(endless, CONTENT_LENGTH=str(50 * 1024 * 1024)), LARGE_BYTES)
    assert endless.taken == 0


def test_a_body_in_chunks_is_taken_whole():
    body = io.BytesIO(b"y" * 200_000)
    request = arriving(body, HTTP_TRANSFER_ENCODING="chunked")
    take_body(request, LARGE_BYTES)
    assert request.body == b"y" * 200_000


def test_a_stranger_is_refused_before_anything_of_the_body_is_read():
    endless = Endless()
    stranger = Program(program().token, "yn_" + "A" * 32)
    response = stranger("POST", "/tickets", "x", Content_Length="9999999999")
    assert response.status_code == 401
    assert endless.taken == 0


def test_a_small_body_cannot_become_a_large_heap():
    body = b"[" + b"[]," * (MOST_PARTS // 2) + b"[]]"
    request = RequestFactory().post("/", body, content_type="application/json")
    with pytest.raises(BodyTooLarge):
        StrictJson().parse_body(request)
    fits = b"[" + b"[]," * (MOST_PARTS // 2 - 2) + b"[]]"
    assert len(StrictJson().parse_body(RequestFactory().post("/", fits, content_type="application/json"))) > 99_000


def test_small_operations_take_small_bodies_only(company, erp):
    ticket = write_in(company)
    response = erp.post(f"/tickets/{ticket.number}/reveal", {"reason": "x" * SMALL_BYTES})
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


def test_the_answer_lets_no_browser_run_or_keep_it(erp):
    response = erp.get("/queues")
    assert response["Cache-Control"] == "no-store"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert not response.cookies
