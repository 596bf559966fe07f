"""A small server for the gallery: the pages under the product's content policy, a real event stream, refusals."""

import json
import queue
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.web.gallery import content
from tests.web.gallery.render import render

DIST = Path(__file__).resolve().parents[3] / "src/yinuo/web/static/dist"
KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
POLICY = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
PAGES = ("queue", "ticket", "portal", "login", "settings", "empty", "notices", "explain")


class Gallery:
    """Serves on a free loopback port; `announce` sends topics to every open stream, `streams` counts them.

    `reply` says how the next replies are answered: ok, conflict, form, broken. `at` moves the page's clock,
    `renewal_at` is what a token's renewal says the time is. While `logged_out`, what is asked for is led to the log-in.
    """

    def __init__(self) -> None:
        self.listeners: dict[int, queue.Queue[str | None]] = {}
        self.requests: list[tuple[str, str]] = []
        self.posted: list[bytes] = []
        self.tokens: list[list[str]] = []
        self.reply = "ok"
        self.at: datetime | None = None
        self.renewal_at: datetime | None = None
        self.subject = ""
        self.streaming = True
        self.logged_out = False
        self.accepted: set[str] = set()
        gallery = self

        class Handler(_Handler):
            house = gallery

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.drop_streams()
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    @property
    def streams(self) -> int:
        return len(self.listeners)

    def announce(self, *topics: str) -> None:
        for listener in list(self.listeners.values()):
            listener.put(f"event: topics\ndata: {json.dumps(topics)}\n\n")

    def drop_streams(self) -> None:
        for listener in list(self.listeners.values()):
            listener.put(None)

    def counted(self, method: str, path: str) -> int:
        return self.requests.count((method, path))


class _Handler(BaseHTTPRequestHandler):
    house: Gallery
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def _send(self, status: int, kind: str, body: bytes | str, **headers: str) -> None:
        body = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cache-Control", "no-store")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _lead_to_login(self) -> None:
        self._send(302, "text/plain; charset=utf-8", "", Location=f"/login?{urlencode({'next': self.path})}")

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        self.house.requests.append(("GET", address.path))
        name = address.path.strip("/")
        if self.house.logged_out and name != "login" and self.headers.get("HX-Request"):
            self._lead_to_login()
        elif name.startswith("static/"):
            file = DIST / name.removeprefix("static/")
            self._send(200, KINDS[file.suffix], file.read_bytes())
        elif name == "events":
            self._stream(parse_qs(address.query)["token"])
        elif name == "queue/rows":
            rows = content.queue_rows(self.house.at or datetime.now(UTC))
            if self.house.subject:
                rows[0]["subject"] = self.house.subject
            self._send(200, "text/html; charset=utf-8", render("rows", rows=rows))
        elif name == "ticket/run":
            self._send(200, "text/html; charset=utf-8", render("run", at=self.house.at, subject=self.house.subject))
        elif name in PAGES:
            cookie = self.headers.get("Cookie", "")
            page = render(
                name, at=self.house.at, cookies=cookie, language="en" if "en=1" in address.query else "zh-hans"
            )
            self._send(200, "text/html; charset=utf-8", page)
        else:
            self._send(404, "text/plain; charset=utf-8", "这条内容不存在，或您无权查看。")

    def do_POST(self) -> None:
        address = urlsplit(self.path)
        self.house.requests.append(("POST", address.path))
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.house.posted.append(body)
        plain = "text/plain; charset=utf-8"
        if address.path == "/events/token":
            told = {"now": content.iso(self.house.renewal_at)} if self.house.renewal_at else {}
            self._send(200, "application/json", json.dumps({"token": "renewed-token", **told}))
        elif self.house.logged_out:
            self._lead_to_login()
        elif self.house.reply == "conflict":
            self._send(409, plain, "李强 刚刚改过这张工单。", X_Error_Code="changed_meanwhile", X_Version="8")
        elif self.house.reply == "form":
            self._send(422, plain, "请写回复内容。", X_Error_Code="invalid_form")
        elif self.house.reply == "broken":
            self._send(503, plain, "数据库正在重启，请一分钟后再试。", X_Error_Code="unavailable")
        else:
            self._send(200, "text/html; charset=utf-8", '<p class="happening" id="answered">已发送</p>')

    def _stream(self, tokens: list[str]) -> None:
        if not self.house.streaming or (self.house.accepted and self.house.accepted.isdisjoint(tokens)):
            self._send(503, "text/plain; charset=utf-8", "")
            return
        self.house.tokens.append(tokens)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        inbox: queue.Queue[str | None] = queue.Queue()
        self.house.listeners[id(inbox)] = inbox
        try:
            self.wfile.write(b"event: beat\ndata: \n\n")
            self.wfile.flush()
            while True:
                try:
                    event = inbox.get(timeout=1)
                except queue.Empty:
                    event = "event: beat\ndata: \n\n"
                if event is None:
                    break
                self.wfile.write(event.encode())
                self.wfile.flush()
        except OSError:
            pass
        finally:
            self.house.listeners.pop(id(inbox), None)
            self.close_connection = True
