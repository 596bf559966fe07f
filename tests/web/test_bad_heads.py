"""Heads of requests that no browser sends: refused in words, never stumbled over."""

import pytest
from django.test import Client

from tests.api.program import program
from tests.story import Company, make_company
from tests.web.desk import client_of

pytestmark = pytest.mark.django_db
NO_TEXT = [
    "zlib", "hex", "base64", "rot13", "idna", "punycode", "undefined", "utf-16", "utf-7", "unicode_escape", "no-such",
]  # fmt: skip
PATHS = ["/accounts/login/?next=/", "/help?x=a", "/form/contact?lang=en", "/track?x=%E4", "/nothing?x=1"]


@pytest.fixture(autouse=True)
def company() -> Company:
    return make_company()


def browser(client: Client | None = None) -> Client:
    client = client or Client(HTTP_ACCEPT_LANGUAGE="zh-CN")
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("charset", NO_TEXT)
def test_a_charset_that_is_none_breaks_no_page(company, charset):
    wrong = []
    for client in (browser(), browser(client_of(company.agent))):
        for path in [*PATHS, "/search?q=x", "/?part=x"]:
            for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
                body = part('name="name"', "\u4e2d".encode()) + b"--x--\r\n"
                for method in ("GET", "POST"):
                    response = client.generic(method, path, body, content_type=f"{kind}; charset={charset}")
                    if response.status_code >= 500:
                        wrong.append((method, path, kind, response.exc_info[1]))
    assert wrong == []


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
def test_a_form_in_another_charset_is_refused_in_words(kind):
    response = browser().generic("POST", "/form/contact", b"name=%D5%C5", content_type=f"{kind}; charset=gbk")
    assert response.status_code == 400
    assert "无法读取" in response.content.decode()
    english = browser().generic(
        "POST", "/form/contact", b"x", content_type=f"{kind}; charset=gbk", headers={"Accept-Language": "en"}
    )
    assert "cannot be read" in english.content.decode()
    assert browser().generic("POST", "/form/contact", b"", content_type=f"{kind}; charset=UTF8").status_code == 422


@pytest.mark.parametrize("charset", NO_TEXT)
def test_a_charset_that_is_none_breaks_no_answer_of_the_api(charset):
    for path in ("/queues?x=1", "/queues/service/tickets?limit=5", "/queues"):
        response = program()("GET", path, b"x", kind=f"text/plain; charset={charset}")
        assert response.status_code < 500, path


def test_an_address_with_thousands_of_fields_is_refused(company):
    many = "&".join(f"a{number}=1" for number in range(2000))
    for client in (browser(), browser(client_of(company.agent))):
        for path in ("/help", "/accounts/login/", "/search", "/form/contact", "/"):
            assert client.get(f"{path}?{many}").status_code < 500
    response = program().get(f"/queues/service/tickets?{many}")
    assert response.status_code == 422


def test_what_cannot_be_read_is_told_in_chinese():
    many = "&".join(f"a{number}=1" for number in range(2000))
    response = browser().get(f"/help?{many}")
    assert response.status_code == 400
    assert "无法读取" in response.content.decode()


COOKIES = ['"\\000aaaaaaaaa"', "x" * 5000, "a\x7fb", '"\\012\\015"', "../../x", "éé"]


def test_odd_cookies_are_as_none(company):
    for name in ("yinuo_session", "yinuo_csrf", "yinuo_ticket", "yinuo_language", "yinuo_theme", "messages"):
        for value in COOKIES:
            client = browser()
            for path in ("/help", "/accounts/login/", "/", "/t/SH202601010001", "/form/contact"):
                response = client.get(path, headers={"Cookie": f"{name}={value}"})
                assert response.status_code < 500, (name, value, path)
                response = client.post(path, {"csrfmiddlewaretoken": value}, headers={"Cookie": f"{name}={value}"})
                assert response.status_code < 500, (name, value, path)


def part(disposition: str, content: bytes = b"abc", *more: str) -> bytes:
    lines = "\r\n".join([f"Content-Disposition: form-data; {disposition}", *more])
    return b"--x\r\n" + lines.encode() + b"\r\n\r\n" + content + b"\r\n"


MULTIPART = "multipart/form-data; boundary=x"
BROKEN = [
    (b"", "multipart/form-data"),
    (b"x", "multipart/form-data; boundary="),
    (b"x", "multipart/form-data; boundary=" + "x" * 300),
    (b"--x\r\n\r\n", MULTIPART),
    (part('name="files"; filename="a"', b"***", "Content-Transfer-Encoding: base64"), MULTIPART),
    (part('name="page"; filename="a"') + b"--x--", MULTIPART),
    (part("name=\"files\"; filename*=zlib''a%FF") + b"--x--", MULTIPART),
    (part("name*=hex''a%FF") + b"--x--", MULTIPART),
    (b"".join(part(f'name="files"; filename="a{number}"') for number in range(200)) + b"--x--", MULTIPART),
    (b"&".join(b"a%d=1" % number for number in range(3000)), "application/x-www-form-urlencoded"),
]


def test_broken_multipart_is_refused():
    wrong = []
    for body, kind in BROKEN:
        for path in ("/form/contact", "/track", "/accounts/login/", "/language"):
            response = browser().generic("POST", path, body, content_type=kind)
            if response.status_code >= 500:
                wrong.append((path, body[:60], kind, response.exc_info[1]))
    assert wrong == []
