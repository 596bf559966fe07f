"""Clients that do not give up: a mail or a post counts as delivered when the other side has said so."""

import http.client
import imaplib
import itertools
import json
import queue
import smtplib
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from tests.proof.network import Machine
from tests.proof.plan import SERVICE, Letter, Plan, Posting
from tests.servers import PASSWORD, House

PATIENCE_S = 240
PAUSE_S = 0.3
DOOR_CLIENTS, POST_CLIENTS = 3, 4


class Clients:
    """Delivers a whole plan, in an order that its seed decides. `attempts` counts tries at the door that got no
    answer: each may have been kept."""

    def __init__(
        self,
        house: House,
        plan: Plan,
        imap_port: int,
        token: str,
        *,
        machine: Machine | None = None,
        desks: Sequence[str] = ("127.0.0.1",),
        patience_s: float = 30,
        pause_s: float = 0.0,
    ) -> None:
        """On `machine`, else here. Posts go to any of the addresses `desks`, to the next where one does not answer
        within `patience_s`; after each mail and post comes a pause, until `hurry` is set."""
        self.hurry = threading.Event()
        self.house, self.imap_port, self.token = house, imap_port, token
        self.machine, self.desks, self.patience_s, self.pause_s = machine, desks, patience_s, pause_s
        self.appended = self.acknowledged = self.unanswered = self.posted = 0
        self.answers: dict[str, set[str]] = {}
        self.answered_at: list[tuple[float, str]] = []
        self.failures: list[str] = []
        self.lock = threading.Lock()
        mails = [(letter, way) for letter in plan.letters for way in letter.ways]
        posts = [posting for posting in plan.posts for _ in range(posting.times)]
        plan.chance.shuffle(mails)
        plan.chance.shuffle(posts)
        self.imap: queue.SimpleQueue[Letter] = _filled(letter for letter, way in mails if way == "imap")
        self.door: queue.SimpleQueue[Letter] = _filled(letter for letter, way in mails if way == "door")
        self.posts: queue.SimpleQueue[Posting] = _filled(posts)
        turns: list[Callable[[], None]] = [self._append_all]
        turns += [self._hand_in] * DOOR_CLIENTS + [self._post_all] * POST_CLIENTS
        self.threads = [threading.Thread(target=self._guarded, args=[turn], daemon=True) for turn in turns]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def wait(self) -> None:
        limit = time.monotonic() + PATIENCE_S
        for thread in self.threads:
            thread.join(max(limit - time.monotonic(), 0.1))
        left = [thread for thread in self.threads if thread.is_alive()]
        assert not left, f"{len(left)} clients are not done after {PATIENCE_S} s"
        assert not self.failures, self.failures[:5]

    def has_more(self) -> bool:
        """Whether mails and posts are still to come."""
        return not self.imap.empty() and not self.posts.empty()

    def _guarded(self, turn: Callable[[], None]) -> None:
        try:
            if self.machine:
                self.machine.enter()
            turn()
        except Exception as error:  # a thread's failure is the test's
            self.failures.append(f"{turn.__name__}: {error!r}")

    def _append_all(self) -> None:
        """Into the mailbox that the desk fetches, paced like mail that arrives."""
        with imaplib.IMAP4("127.0.0.1", self.imap_port) as box:
            box.login(SERVICE, PASSWORD)
            for letter in _drained(self.imap):
                status, said = box.append("INBOX", "", imaplib.Time2Internaldate(time.time()), letter.raw)
                assert status == "OK", said
                self.appended += 1
                time.sleep(0.02)
                self.hurry.wait(self.pause_s)

    def _hand_in(self) -> None:
        for letter in _drained(self.door):
            while not self._handed_in(letter):
                time.sleep(PAUSE_S)

    def _handed_in(self, letter: Letter) -> bool:
        """False where nothing was kept for sure, or perhaps."""
        under_way = False
        try:
            with smtplib.SMTP("127.0.0.1", self.house.port + 1, timeout=20) as door:
                door.ehlo()
                door.mail(letter.sender)
                if door.rcpt(SERVICE)[0] != 250:
                    return False
                under_way = True
                code, _said = door.data(letter.raw)
        except (OSError, smtplib.SMTPException):
            with self.lock:
                self.unanswered += under_way
            return False
        with self.lock:
            self.acknowledged += code == 250
        return code == 250

    def _post_all(self) -> None:
        desks = itertools.cycle(self.desks)
        desk = next(desks)
        for posting in _drained(self.posts):
            while not self._posted(posting, desk):
                desk = next(desks)
                time.sleep(PAUSE_S)
            self.hurry.wait(self.pause_s * POST_CLIENTS)

    def _posted(self, posting: Posting, desk: str) -> bool:
        connection = http.client.HTTPConnection(desk, self.house.port, timeout=self.patience_s)
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": posting.key,
        }
        try:
            connection.request("POST", "/api/v1/tickets", posting.body, headers)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        if answer.status >= 500 or answer.status == 429:
            return False
        assert answer.status in (200, 201), (answer.status, body[:300])
        number = json.loads(body)["number"]
        with self.lock:
            self.posted += 1
            self.answered_at.append((time.monotonic(), desk))
            self.answers.setdefault(posting.mark, set()).add(number)
        return True


def _filled(items: object) -> "queue.SimpleQueue":
    filled: queue.SimpleQueue = queue.SimpleQueue()
    for item in items:
        filled.put(item)
    return filled


def _drained(source: "queue.SimpleQueue"):
    with suppress(queue.Empty):
        while True:
            yield source.get_nowait()
