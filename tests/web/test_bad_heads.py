"""Heads of requests that no browser sends: refused in words, never stumbled over."""

from dataclasses import dataclass
from io import BytesIO

import pytest
from django.test import Client, RequestFactory

from tests.api.program import program
from tests.story import Company, make_company
from tests.web.desk import client_of
from yinuo.config.wsgi import application

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("connection_kept")]
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


@dataclass
class Answer:
    """What the application itself answers: the test client makes requests of its own, which never meet these heads."""

    status: int
    text: str


def asked(method: str, path: str, body: bytes, kind: str, **head: str) -> Answer:
    environ = RequestFactory()._base_environ()
    path, _, query = path.partition("?")
    environ |= {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "CONTENT_TYPE": kind}
    environ |= {"CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body), **head}
    said: list[str] = []
    parts = application(environ, lambda status, headers: said.append(status))
    return Answer(int(said[0].split()[0]), b"".join(parts).decode())


def cookies(client: Client) -> str:
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


BODY = '--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n\u4e2d\r\n--x--\r\n'.encode()
KINDS = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
HEADS = [
    *(f"charset={name}" for name in NO_TEXT),
    "x*=no-such''%41",
    "charset*=zlib''%41",
    "charset=\x00",
    'charset=""',
]


@pytest.mark.parametrize("head", HEADS)
def test_a_charset_that_is_none_breaks_no_page(company, head):
    wrong = []
    for cookie in ("", cookies(client_of(company.agent))):
        for path in [*PATHS, "/search?q=x", "/?part=x"]:
            for kind in KINDS:
                for method in ("GET", "POST"):
                    answer = asked(method, path, BODY, f"{kind}; {head}", HTTP_COOKIE=cookie)
                    if answer.status >= 500:
                        wrong.append((method, path, kind))
    assert wrong == []
    assert asked("GET", "/help", b"", f"text/plain; {head}").status == 200


@pytest.mark.parametrize("kind", KINDS[1:])
def test_a_form_in_another_charset_is_refused_in_words(kind):
    chinese = asked("POST", "/form/contact", b"name=%D5%C5", f"{kind}; charset=gbk", HTTP_ACCEPT_LANGUAGE="zh-CN")
    assert chinese.status == 400
    assert "无法读取" in chinese.text
    english = asked("POST", "/form/contact", b"x", f"{kind}; charset=gbk", HTTP_ACCEPT_LANGUAGE="en")
    assert "cannot be read" in english.text
    assert asked("POST", "/form/contact", b"", f"{kind}; charset=UTF8").status == 422


@pytest.mark.parametrize("head", HEADS)
def test_a_charset_that_is_none_breaks_no_answer_of_the_api(head):
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {program().secret}"}
    for path, status in (("/queues?x=1", 422), ("/queues/service/tickets?limit=5", 200), ("/queues", 200)):
        assert asked("GET", f"/api/v1{path}", b"x", f"text/plain; {head}", **bearer).status == status, path
    assert asked("POST", "/api/v1/tickets", b"{}", f"application/json; {head}", **bearer).status == 415


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


def test_another_house_than_ours_is_refused_in_words_and_named_nowhere():
    response = browser().get("/help", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert "无法读取" in response.content.decode()
    assert "evil.example" not in response.content.decode()


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
