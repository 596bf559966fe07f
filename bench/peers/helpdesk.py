"""django-helpdesk beside us: installed in an environment of its own, 100,000 tickets, served by gunicorn on loopback.

    with helpdesk() as peer:
        client = Client(peer.url, peer.headers)
        client.get(peer.ticket_path(7))

The first time it is installed and filled (some minutes); later each block works on a fresh copy of that database.
"""

import base64
import json
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from bench.desk.client import Client, Reply
from bench.desk.server import address_of, bench_server, exists, make_database, rename_database
from bench.desk.texts import request
from bench.peers.environment import ROOT, Missing, digest, home, install, lock_of, made_from, programs, run, say
from yinuo.config.children import end_group, ends_with_parent
from yinuo.config.postgres import Cluster

NAME, TITLE = "helpdesk", "django-helpdesk"
LOCK, HOME, PROGRAMS = lock_of(NAME), home(NAME), programs(NAME)
FILLED_BY = (LOCK, ROOT / "bench" / "desk" / "texts.py", ROOT / "bench" / "peers" / "project" / "fill.py")
TICKETS = 100_000
FULL, COPY = "peer_helpdesk_full", "peer_helpdesk"
READY_S = 60
FILL_S = 1200
PATIENCE_S = 120
"""A search of 100,000 tickets takes seconds."""


@dataclass(frozen=True)
class Peer:
    """A running peer; `tickets` is how many were there when it started, numbered from 1."""

    url: str
    headers: dict[str, str]
    tickets: int
    pid: int

    def create(self, client: Client, number: int) -> Reply:
        """A ticket by REST; 201."""
        return client.post("/api/tickets/", self.body(number), Content_Type="application/json")

    def body(self, number: int) -> bytes:
        subject, text = request(number)
        address = f"buyer{number % 30_000}@customer.example"
        ticket = {"queue": 1, "title": subject, "description": text, "submitter_email": address, "priority": 3}
        return json.dumps(ticket, ensure_ascii=False).encode()

    def write_bodies(self, file: Path) -> None:
        """For wrk, one a line."""
        file.write_bytes(b"".join(self.body(number) + b"\n" for number in range(2000)))

    def list_paths(self) -> list[str]:
        """The page and the request for its rows (25, open and reopened), which its script sends."""
        return ["/tickets/", self._rows("")]

    def search_paths(self, word: str) -> list[str]:
        return [f"/tickets/?q={quote(word)}", self._rows(word)]

    def ticket_path(self, number: int) -> str:
        return f"/tickets/{number}/"

    def _rows(self, word: str) -> str:
        asked = {
            "filtering": {} if word else {"status__in": [1, 2]},
            "filtering_null": {},
            "sorting": None if word else "created",
            "sortreverse": False,
            "search_string": word,
        }
        query = base64.b64encode(json.dumps(asked).encode()).decode()
        return f"/datatables_ticket_list/{query}?draw=1&start=0&length=25"


@contextmanager
def helpdesk() -> Iterator[Peer]:
    """Raises `Missing` where it cannot be installed or does not start."""
    install(NAME, TITLE)
    with bench_server() as cluster:
        _fill(cluster)
        make_database(cluster, COPY, template=FULL)
        environment = _environment(cluster, COPY)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        log = HOME / "gunicorn.log"
        command = [PROGRAMS / "gunicorn", "-w", "4", "-k", "gthread", "--threads", "2", "--keep-alive", "30"]
        with log.open("wb") as out:
            process = subprocess.Popen(
                [*command, "--bind", f"127.0.0.1:{port}", "bench.peers.project.wsgi:application"],
                cwd=ROOT, env=environment, stdout=out, stderr=out, process_group=0,
                preexec_fn=ends_with_parent(signal.SIGTERM),
            )  # fmt: skip
        try:
            csrf = secrets.token_hex(16)
            session = run(TITLE, [PROGRAMS / "python", "-m", "bench.peers.project.session"], environment, 60).strip()
            headers = {"Cookie": f"sessionid={session}; csrftoken={csrf}", "X-CSRFToken": csrf}
            peer = Peer(f"http://127.0.0.1:{port}", headers, TICKETS, process.pid)
            _wait_until_ready(peer, process, log)
            yield peer
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(15)
            end_group(process.pid)
            process.wait()


def _fill(cluster: Cluster) -> None:
    stamp = HOME / "filled"
    if made_from(stamp, *FILLED_BY) and exists(cluster, FULL):
        return
    say(f"filling django-helpdesk with {TICKETS} tickets")
    make_database(cluster, COPY)
    fill = [PROGRAMS / "python", "-m", "bench.peers.project.fill", str(TICKETS)]
    run(TITLE, fill, _environment(cluster, COPY), FILL_S)
    rename_database(cluster, COPY, FULL)
    stamp.write_text(digest(*FILLED_BY))


def _environment(cluster: Cluster, database: str) -> dict[str, str]:
    media = HOME / "media"
    media.mkdir(exist_ok=True)
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "bench.peers.project.settings",
        "PYTHONPATH": str(ROOT),
        "PEER_DATABASE_URL": address_of(cluster, database),
        "PEER_SECRET": "a secret of the measurement, good for one machine",
        "PEER_MEDIA": str(media),
    }


def _wait_until_ready(peer: Peer, process: subprocess.Popen[bytes], log: Path) -> None:
    limit = time.monotonic() + READY_S
    while time.monotonic() < limit and process.poll() is None:
        client = Client(peer.url, peer.headers)
        with suppress(OSError):
            if client.get(peer.ticket_path(1)).status == 200:
                client.close()
                return
        client.close()
        time.sleep(0.2)
    raise Missing(f"django-helpdesk does not answer: {log.read_text(errors='replace')[-300:]}")


def main() -> None:
    """`python -m bench.peers.helpdesk`: tries every kind of request once, and prints what came."""
    with helpdesk() as peer:
        client = Client(peer.url, peer.headers, PATIENCE_S)
        paths = [*peer.list_paths(), peer.ticket_path(77), *peer.search_paths("翻译笔")]
        replies = [*((path, client.get(path)) for path in paths), ("create", peer.create(client, 1))]
        for path, reply in replies:
            print(f"{reply.status} {len(reply.body):7d} bytes {1000 * reply.seconds:7.0f} ms  {path[:60]}")


if __name__ == "__main__":
    main()
