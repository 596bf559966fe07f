"""The front server with the configuration we write, before two plain servers."""

import http.client
import json
import os
import socket
import socketserver
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from yinuo.config.paths import private_folder, socket_folder, web_sockets
from yinuo.config.up import front
from yinuo.config.up.site import Site

pytestmark = pytest.mark.processes


class Echo(BaseHTTPRequestHandler):
    """Answers with the headers it got; on /events with a first piece at once and a second when let go."""

    protocol_version = "HTTP/1.1"
    let_go = threading.Event()
    posts: list[str] = []
    asked: list[str] = []

    def do_GET(self) -> None:
        self.send_response(200)
        if self.path.startswith("/events"):
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"7\r\ndata: 1\r\n")
            self.wfile.flush()
            self.let_go.wait(10)
            self.wfile.write(b"7\r\ndata: 2\r\n0\r\n\r\n")
            return
        body = str(self.headers).encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.posts.append(self.headers.get("Content-Length", ""))
        self.asked.append(self.path)
        taken = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = str(len(taken)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silent: the test run's output is for results."""

    def address_string(self) -> str:
        return ""


class UnixServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def caddy(data: Path) -> Iterator[int]:
    site = Site("127.0.0.1", free_port(), "", "http://127.0.0.1")
    private_folder(data)
    private_folder(data / "run")
    file = data / "run" / "Caddyfile"
    file.write_text(front.caddyfile(data, site))
    command = [front.program(), "run", "--adapter", "caddyfile", "--config", str(file)]
    process = subprocess.Popen(command, env=os.environ | front.environment(data), stderr=subprocess.PIPE, text=True)
    try:
        limit = time.monotonic() + 10
        while process.poll() is None and time.monotonic() < limit:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", site.port)) == 0:
                    break
            time.sleep(0.05)
        assert process.poll() is None, process.stderr.read()
        yield site.port
    finally:
        process.terminate()
        process.communicate(timeout=10)


@pytest.fixture
def upstreams(data: Path) -> Iterator[None]:
    private_folder(data)
    folder = private_folder(socket_folder(data))
    Echo.let_go.clear()
    Echo.posts.clear()
    servers = [UnixServer(str(path), Echo) for path in (*web_sockets(data), folder / "stream.sock")]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield
    Echo.let_go.set()
    for server in servers:
        server.shutdown()
        server.server_close()


def get(port: int, path: str, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    return connection.getresponse()


def test_the_configuration_is_valid_in_every_form(data: Path) -> None:
    private_folder(data)
    forms = [
        Site("127.0.0.1", 8000, "", "http://127.0.0.1:8000"),
        Site("0.0.0.0", 8443, "internal", "https://desk.lan:8443"),  # noqa: S104
        Site("0.0.0.0", 443, "desk.example.cn", "https://desk.example.cn"),  # noqa: S104
    ]
    for site in forms:
        file = data / "Caddyfile"
        file.write_text(front.caddyfile(data, site))
        command = [front.program(), "validate", "--adapter", "caddyfile", "--config", str(file)]
        done = subprocess.run(
            command, env=os.environ | front.environment(data), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (site, done.stderr)


@pytest.mark.usefixtures("upstreams")
def test_nobody_can_pass_for_another_address(data: Path) -> None:
    with caddy(data) as port:
        seen = get(port, "/", X_Real_IP="203.0.113.9", X_Forwarded_For="203.0.113.9", X_Forwarded_Proto="https")
        headers = seen.read().decode()
    assert "X-Real-Ip: 127.0.0.1" in headers
    assert "203.0.113.9" not in headers
    assert "X-Forwarded-Proto: http\n" in headers


@pytest.mark.usefixtures("upstreams")
def test_events_come_through_at_once(data: Path) -> None:
    with caddy(data) as port:
        response = get(port, "/events?token=x", Accept_Encoding="gzip")
        assert response.read(7) == b"data: 1", "the first event waits for nothing"
        assert response.headers["Content-Encoding"] is None
        Echo.let_go.set()
        assert response.read() == b"data: 2"


@pytest.mark.usefixtures("upstreams")
def test_a_body_beyond_the_limit_is_refused(data: Path) -> None:
    with caddy(data) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("POST", "/", b"x" * (31 * 1000 * 1000))
        assert connection.getresponse().read() == b"31000000"
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.putrequest("POST", "/")
        connection.putheader("Content-Length", str(40 * 1000 * 1000))
        connection.endheaders()
        connection.send(b"x" * 33 * 1000 * 1000)
        assert connection.getresponse().status == http.client.REQUEST_ENTITY_TOO_LARGE


@pytest.mark.usefixtures("upstreams")
def test_a_body_beyond_the_limit_is_answered_with_a_sentence(data: Path) -> None:
    with caddy(data) as port:
        for path, kind, said in (
            ("/form/contact", "text/html; charset=utf-8", "文件太大"),
            ("/api/v1/tickets", "application/json; charset=utf-8", "body_too_large"),
        ):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            connection.putrequest("POST", path)
            connection.putheader("Content-Length", str(40 * 1000 * 1000))
            connection.endheaders()
            connection.send(b"x" * 33 * 1000 * 1000)
            response = connection.getresponse()
            assert (response.status, response.headers["Content-Type"]) == (413, kind)
            body = response.read().decode()
            assert said in body
            if kind.startswith("application/json"):
                assert set(json.loads(body)) == {"code", "text", "fields", "request_id"}


@pytest.mark.usefixtures("upstreams")
def test_a_body_that_comes_slowly_holds_up_no_page(data: Path) -> None:
    """A page is asked when the whole body is there."""
    Echo.asked.clear()
    with caddy(data) as port:
        slow = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        slow.putrequest("POST", "/slow")
        slow.putheader("Content-Length", "100")
        slow.endheaders()
        for _piece in range(9):
            slow.send(b"x" * 10)
            time.sleep(0.05)
        other = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        other.request("POST", "/quick", b"x")
        assert other.getresponse().read() == b"1"
        assert Echo.asked == ["/quick"]
        slow.send(b"x" * 10)
        assert slow.getresponse().read() == b"100"
        assert Echo.asked == ["/quick", "/slow"]


@pytest.mark.usefixtures("upstreams")
def test_figures_are_for_this_machine_or_a_token(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YINUO_PROXIES", "127.0.0.1")
    with caddy(data) as port:
        assert get(port, "/metrics").status == 200
        assert get(port, "/metrics", X_Forwarded_For="203.0.113.9").status == 404
        assert get(port, "/metrics", X_Forwarded_For="203.0.113.9", Authorization="Bearer x").status == 200


@pytest.mark.usefixtures("upstreams")
def test_static_files_with_a_digest_in_their_name_are_kept_for_good(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    static = tmp_path / "static"
    static.mkdir()
    (static / "console.0123456789ab.js").write_text("'use strict'\n" * 200)
    (static / "robots.txt").write_text("")
    (tmp_path / "key").write_text("not for visitors")
    monkeypatch.setattr(front, "static_root", lambda: static)
    with caddy(data) as port:
        hashed = get(port, "/static/console.0123456789ab.js", Accept_Encoding="gzip")
        assert hashed.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert hashed.headers["Content-Encoding"] == "gzip"
        assert get(port, "/static/robots.txt").headers["Cache-Control"] == "public, max-age=300"
        assert get(port, "/static/").status == 404, "no listing"
        for way_out in ("/static/../key", "/static/%2e%2e/key", "/static/..%2fkey", "/static//../key"):
            assert b"not for visitors" not in get(port, way_out).read(), way_out


def test_while_the_pages_start_a_visitor_gets_a_page_that_tries_again(data: Path) -> None:
    with caddy(data) as port:
        answer = get(port, "/")
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "3"
        assert "服务正在启动" in answer.read().decode()


def test_while_the_pages_start_a_program_gets_an_answer_it_can_read(data: Path) -> None:
    with caddy(data) as port:
        answer = get(port, "/api/v1/queues")
        assert (answer.status, answer.headers["Content-Type"]) == (503, "application/json")
        assert answer.headers["Retry-After"] == "3"
        assert set(json.loads(answer.read())) == {"code", "text", "fields", "request_id"}


@pytest.mark.usefixtures("upstreams")
def test_a_slow_sender_holds_no_web_thread(data: Path) -> None:
    """A request of a program is handed on when the whole of it is there."""
    with caddy(data) as port, socket.create_connection(("127.0.0.1", port), timeout=10) as sender:
        sender.sendall(b"POST /api/v1/tickets HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        time.sleep(0.5)
        assert Echo.posts == []
        sender.sendall(b"0\r\n\r\n")
        assert sender.recv(4096).startswith(b"HTTP/1.1 200")
        assert len(Echo.posts) == 1
