"""Real servers for tests, on loopback: Dovecot (IMAP, LMTP), an SMTP relay that delivers into it, the whole house."""

import asyncio
import contextlib
import imaplib
import os
import pwd
import random
import re
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests import morning

DOVECOT = shutil.which("dovecot") or "/usr/sbin/dovecot"
PASSWORD = "mail-password-of-tests"
COMPLAINT = re.compile(r'"level": "(?:warning|error|critical)"|\b(?:ERROR|FATAL|PANIC):|Traceback')


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def house_port() -> int:
    """A free port with two more behind it, below those that the system gives to outgoing connections: a house that is
    killed and started again must find them free."""
    while True:
        first = random.randrange(15_000, 30_000)
        with contextlib.suppress(OSError), contextlib.ExitStack() as probes:
            for port in range(first, first + 3):
                probes.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return first


def wait_for(what: Callable[[], Any], *, seconds: float = 20, every: float = 0.1, because: str = "") -> Any:
    """The first true answer of `what`; fails after `seconds`."""
    end = time.monotonic() + seconds
    last: Exception | None = None
    while time.monotonic() < end:
        try:
            if answer := what():
                return answer
        except (OSError, AssertionError, imaplib.IMAP4.error) as error:
            last = error
        time.sleep(every)
    raise AssertionError(f"not within {seconds} s: {because or what}; {last}")


def can_connect(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


DOVECOT_SETTINGS = """
base_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap lmtp
listen = {listen}
{ssl}
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_username_format = %Lu
first_valid_uid = 1
mail_location = maildir:~/Maildir
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
"""


@dataclass
class Dovecot:
    """A mail store: any address is an account with the password of the tests."""

    folder: Path
    imap: int = field(default_factory=free_port)
    lmtp: int = field(default_factory=free_port)
    listen: str = "127.0.0.1"
    imaps: int = 0
    certificate: tuple[Path, Path] | None = None
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        me = pwd.getpwuid(os.getuid())
        owner = pwd.getpwnam("nobody") if os.getuid() == 0 else me
        group = subprocess.run(["id", "-gn", owner.pw_name], capture_output=True, text=True, check=True).stdout.strip()
        mail = self.folder / "mail"
        mail.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o711)
        os.chown(mail, owner.pw_uid, owner.pw_gid)
        settings = self.folder / "dovecot.conf"
        settings.write_text(
            DOVECOT_SETTINGS.format(
                folder=self.folder,
                user=owner.pw_name,
                group=group,
                uid=owner.pw_uid,
                gid=owner.pw_gid,
                imap=self.imap,
                lmtp=self.lmtp,
                listen=self.listen,
                imaps=self.imaps,
                ssl="ssl_cert = <{}\nssl_key = <{}".format(*self.certificate) if self.certificate else "ssl = no",
                password=PASSWORD,
            )
        )
        self.process = subprocess.Popen([DOVECOT, "-F", "-c", str(settings)])
        wait_for(lambda: can_connect(self.imap) and can_connect(self.lmtp), because="Dovecot answers")

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)
        self.process = None

    def mails_of(self, address: str) -> list[EmailMessage]:
        """Everything in the inbox, oldest first."""
        with imaplib.IMAP4("127.0.0.1", self.imap) as box:
            box.login(address, PASSWORD)
            box.select("INBOX", readonly=True)
            _status, found = box.search(None, "ALL")
            mails = []
            for number in found[0].split():
                _status, answer = box.fetch(number, "(BODY.PEEK[])")
                mails.append(message_from_bytes(answer[0][1], policy=default))
            return mails


class Relay:
    """An SMTP server that delivers every recipient into Dovecot by LMTP."""

    def __init__(self, dovecot: Dovecot) -> None:
        self.dovecot = dovecot
        self.port = free_port()
        self.refuse: set[str] = set()
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if address in self.refuse:
            return "550 5.1.1 No such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        await asyncio.get_running_loop().run_in_executor(
            None, self.deliver, envelope.mail_from, envelope.rcpt_tos, envelope.original_content
        )
        return "250 OK"

    def deliver(self, sender: str, recipients: list[str], raw: bytes) -> None:
        with smtplib.LMTP("127.0.0.1", self.dovecot.lmtp) as store:
            store.sendmail(sender, recipients, raw)

    def start(self) -> None:
        self.controller.start()

    def stop(self) -> None:
        self.controller.stop()

    def send(self, mail: EmailMessage) -> None:
        """As a customer's mail program does."""
        with smtplib.SMTP("127.0.0.1", self.port) as server:
            server.send_message(mail)


class Sink:
    """An SMTP server that keeps what it is handed, as (recipients, raw); `says` is its answer to a recipient."""

    def __init__(self) -> None:
        self.port = free_port()
        self.kept: list[tuple[tuple[str, ...], bytes]] = []
        self.says: dict[str, str] = {}
        self.connections = 0
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if answer := self.says.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.kept.append((tuple(envelope.rcpt_tos), envelope.original_content))
        return "250 OK"

    @property
    def message_ids(self) -> list[str]:
        return [str(message_from_bytes(raw, policy=default)["Message-ID"]) for _, raw in self.kept]

    def __enter__(self) -> "Sink":
        self.controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.controller.stop()


@dataclass
class House:
    """`yinuo up` on a data folder and port of its own, under the test settings, with a clock that can be moved."""

    data: Path
    port: int = field(default_factory=house_port)
    process: subprocess.Popen[bytes] | None = None
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def clock_file(self) -> Path:
        return self.data / "clock-offset"

    def variables(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "YINUO_KEY_FILE")}
        return kept | {
            "DJANGO_SETTINGS_MODULE": "yinuo.config.settings_test",
            "YINUO_DATA": str(self.data),
            "YINUO_PORT": str(self.port),
            "YINUO_SMTP_PORT": str(self.port + 1),
            "YINUO_LMTP_PORT": str(self.port + 2),
            "YINUO_CLOCK_OFFSET_FILE": str(self.clock_file),
            **self.environment,
        }

    def start(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        if not self.clock_file.exists():
            morning.begin(self.clock_file)
        log = (self.data / "up.out").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "yinuo.config.cli", "up", "--port", str(self.port), "--data", str(self.data)],
            env=self.variables(), stdout=log, stderr=log,
        )  # fmt: skip
        wait_for(self._answers, seconds=90, because=f"the house answers on {self.url}")

    def _answers(self) -> bool:
        if self.process and self.process.poll() is not None:
            raise RuntimeError(f"yinuo up ended: {(self.data / 'up.out').read_text()[-2000:]}")
        import urllib.request

        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
            return answer.status == 200
        return False

    def run(self, module: str, *arguments: str) -> str:
        """Runs a module of the tests beside the house, on its database."""
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            env=self.variables(), capture_output=True, text=True, timeout=120, cwd=Path(__file__).parent.parent,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout

    def noted(self, most: int = 60) -> str:
        """What its processes and its database have complained of, newest last."""
        found = []
        for log in sorted((self.data / "log").glob("*.log")):
            lines = log.read_text(errors="replace").splitlines()
            found += [f"{log.stem}: {line[:1500]}" for line in lines if COMPLAINT.search(line)][-most:]
        return "\n".join(found)

    def offset(self) -> timedelta:
        return timedelta(seconds=float(self.clock_file.read_text()))

    def now(self) -> datetime:
        """By the clock of its processes."""
        return datetime.now(UTC) + self.offset()

    def move_clock(self, seconds: float) -> None:
        morning.put(self.clock_file, self.offset() + timedelta(seconds=seconds))

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process = None


@contextlib.contextmanager
def running_house(**environment: str) -> Iterator[House]:
    """A house in a folder of its own that the database's system user may pass; nothing of it is left."""
    folder = Path(tempfile.mkdtemp(prefix="yinuo-", dir="/tmp"))
    folder.chmod(0o711)
    house = House(folder / "data", environment=environment)
    try:
        house.start()
        yield house
    finally:
        house.stop()
        shutil.rmtree(folder)


def mail_to_service(
    text: str, *, subject: str, sender: str = "张三 <zhang.san@customer.example>", to: str = "service@yinuo.example",
    **headers: str,
) -> EmailMessage:  # fmt: skip
    from email.utils import make_msgid

    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Message-ID"] = make_msgid(domain="customer.example")
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


@contextlib.contextmanager
def mail_servers() -> Iterator[tuple[Dovecot, Relay]]:
    """In a folder of their own: pytest closes its temporary folder to the user that Dovecot delivers as."""
    if not Path(DOVECOT).exists():
        pytest.skip("Dovecot is not installed (apt install dovecot-imapd dovecot-lmtpd)")
    folder = Path(tempfile.mkdtemp(prefix="yinuo-mail-"))
    dovecot = Dovecot(folder)
    dovecot.start()
    relay = Relay(dovecot)
    relay.start()
    try:
        yield dovecot, relay
    finally:
        relay.stop()
        dovecot.stop()
        shutil.rmtree(folder, ignore_errors=True)


def in_thread(function: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=function, daemon=True)
    thread.start()
    return thread
