"""Waiting by IDLE: what the server says together with its answer wakes at once."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from imap_tools import MailBoxUnencrypted

from yinuo.channels.adapters.email.fetching import _idle

ANSWERS = {
    b"CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE\r\n",
    b"LOGIN": b"",
    b"EXAMINE": b"* 1 EXISTS\r\n",
    b"LOGOUT": b"* BYE\r\n",
}


def serve(listening: socket.socket, with_answer: bytes) -> None:
    """One client; `with_answer` goes out in one piece with the answer to IDLE."""
    client, _address = listening.accept()
    with client, client.makefile("rb") as lines:
        client.sendall(b"* OK ready\r\n")
        tag = b""
        for line in lines:
            if line.strip() == b"DONE":
                client.sendall(tag + b" OK idle\r\n")
                continue
            tag, command = line.split()[:2]
            if command == b"IDLE":
                client.sendall(b"+ idling\r\n" + with_answer)
            else:
                client.sendall(ANSWERS[command] + tag + b" OK done\r\n")


@pytest.fixture
def box(request: pytest.FixtureRequest) -> Iterator[MailBoxUnencrypted]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, args=(listening, request.param), daemon=True).start()
        found = MailBoxUnencrypted("127.0.0.1", listening.getsockname()[1], timeout=5)
        found.login("one", "password", initial_folder=None)
        found.folder.set("INBOX", readonly=True)
        yield found
        found.logout()


def waited(box: MailBoxUnencrypted, seconds: float) -> float:
    ended = threading.Event()
    threading.Timer(seconds, ended.set).start()
    began = time.monotonic()
    _idle(box, ended)
    return time.monotonic() - began


@pytest.mark.parametrize("box", [b"* 2 EXISTS\r\n"], indirect=True)
def test_a_mail_told_of_with_the_answer_wakes_at_once(box):
    assert waited(box, 3) < 0.5


@pytest.mark.parametrize("box", [b""], indirect=True)
def test_where_nothing_comes_it_waits(box):
    assert waited(box, 0.3) >= 0.3
