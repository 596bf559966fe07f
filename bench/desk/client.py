"""One client that keeps its connection, as a browser does."""

import http.client
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Reply:
    """`seconds` from the first byte sent to the last one read."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float
    cookies: Sequence[str] = ()


class Client:
    """Asks one server; not for use by several threads. `headers` go with every request."""

    def __init__(self, url: str, headers: Mapping[str, str] | None = None, timeout_s: float = 60) -> None:
        parts = urlsplit(url)
        self.headers = dict(headers or {})
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_s)

    def get(self, path: str) -> Reply:
        return self.ask("GET", path)

    def post(self, path: str, body: bytes, **headers: str) -> Reply:
        return self.ask("POST", path, body, {name.replace("_", "-"): value for name, value in headers.items()})

    def ask(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Reply:
        """Raises `OSError` or `http.client.HTTPException` where there is no answer; the next call connects anew."""
        began = time.perf_counter()
        try:
            self._connection.request(method, path, body, {**self.headers, **(headers or {})})
            answer = self._connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise
        return Reply(
            answer.status,
            dict(answer.getheaders()),
            content,
            time.perf_counter() - began,
            answer.headers.get_all("Set-Cookie", ()),
        )

    def close(self) -> None:
        self._connection.close()
