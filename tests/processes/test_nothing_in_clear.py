"""What somebody finds who has the whole database and all logs, but not the key (R-SE-3): no phone number, no mail
address, no name. Of a demo that has been lived in, and of what then came by every door, while its jobs still wait."""

import base64
import http.client
import json
import os
import re
import signal
import smtplib
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
import pytest
from tests.proof.killing import pids
from tests.servers import House, mail_to_service, wait_for

from yinuo.config.postgres import find_place
from yinuo.config.postgres.cluster import address
from yinuo.config.postgres.place import client_binaries

pytestmark = pytest.mark.processes
TICKETS = "40"
DEMO_S = 420
PHONE, OTHER_PHONE = "13712340987", "18698765432"
PLANTED = {
    "contacts": [
        f"+86{PHONE}", f"+86{OTHER_PHONE}", "lei.leiting@secret.example", "api.kunde@secret.example",
        "webform.kunde@secret.example", "nobody.here@secret.example",
    ],
    "names": ["雷霆雳", "接口客户", "表单客户"],
    "texts": [],
}  # fmt: skip
MAIL = re.compile(rb"(?<![\w.+%-])[A-Za-z0-9][\w.+%-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,}(?![\w-])")
MOBILE = re.compile(rb"(?<![0-9A-Za-z_])(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![0-9A-Za-z_])")


@pytest.fixture
def house(data: Path) -> Iterator[House]:
    house = House(data)
    house.start()
    try:
        yield house
    finally:
        house.stop()


def demo(house: House) -> None:
    command = [sys.executable, "-m", "yinuo.config.cli", "demo", "--data", str(house.data), "--tickets", TICKETS]
    done = subprocess.run(command, env=house.variables(), capture_output=True, text=True, timeout=DEMO_S, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


def asked(house: House, method: str, path: str, body: str | bytes | None = None, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", house.port, timeout=60)
    try:
        content = body.encode() if isinstance(body, str) else body
        connection.request(method, path, content, {name.replace("_", "-"): text for name, text in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def come_by_every_door(house: House, own: str) -> None:
    """A mail, a mail that bounces, a mail nobody can read, a post, a form; and what is only asked for."""
    with smtplib.SMTP("127.0.0.1", house.port + 1, timeout=60) as door:
        mail = mail_to_service(
            f"我是雷霆雳，电话{PHONE}，请回电。",
            subject=f"请致电{PHONE}",
            to=own,
            sender="雷霆雳 <lei.leiting@secret.example>",
        )
        mail.add_attachment(b"x", maintype="image", subtype="png", filename=f"{PHONE}.png")
        door.send_message(mail)
        broken = b"From: nobody.here@secret.example\r\nTo: %s\r\nSubject: \xff%s\r\n\r\n\x00" % (
            own.encode(), PHONE.encode(),
        )  # fmt: skip
        door.sendmail("nobody.here@secret.example", [own], broken)
    post = {
        "customer": {"kind": "phone", "value": OTHER_PHONE, "name": "接口客户"},
        "subject": f"回电{OTHER_PHONE}", "text": "写信到 api.kunde@secret.example",
    }  # fmt: skip
    secret = json.loads(house.run("tests.prepare_clear", "token"))
    head = {"Authorization": f"Bearer {secret}", "Content_Type": "application/json"}
    status, told = asked(
        house, "POST", "/api/v1/tickets", json.dumps(post), Idempotency_Key=f"order-{OTHER_PHONE}", **head
    )
    assert status == 201, told
    wrong = post | {"customer": {"kind": "email", "value": f"{PHONE}@", "name": "x"}}
    assert asked(house, "POST", "/api/v1/tickets", json.dumps(wrong), **head)[0] == 422
    page = asked(house, "GET", "/form/contact")[1]
    found = re.search(r'name="page" value="([^"]*)"', page)
    topic = re.search(r'name="topic" value="([^"]*)"', page)
    assert found and topic, page[:500]
    filled = {
        "page": found[1], "topic": topic[1], "name": "表单客户", "contact": "webform.kunde@secret.example",
        "text": f"热水器坏了，打我电话{PHONE}",
    }  # fmt: skip
    kind = {"Content_Type": "application/x-www-form-urlencoded"}
    assert asked(house, "POST", "/form/contact", urlencode(filled), **kind)[0] == 303
    for path in (f"/search?q={PHONE}", f"/customers?q={quote('雷霆雳')}", f"/nothing/{PHONE}?x={PHONE}"):
        asked(house, "GET", path)


def dumped(house: House) -> bytes:
    url = address(find_place(house.data))
    done = subprocess.run(
        [client_binaries() / "pg_dump", "--no-owner", url], capture_output=True, timeout=120, check=True
    )
    return done.stdout


def logged(house: House) -> dict[str, bytes]:
    found = {
        str(path.relative_to(house.data)): path.read_bytes()
        for path in (house.data / "log").rglob("*")
        if path.is_file()
    }
    return found | {"up.out": (house.data / "up.out").read_bytes()}


def forms_of(text: str) -> Iterator[bytes]:
    """A text as it could stand in a dump or a log: itself, in JSON, in an address, in hexadecimal, in base64."""
    written = {text}
    if text.startswith("+86"):
        written |= {text[3:], f"{text[3:6]} {text[6:10]} {text[10:]}", f"{text[3:6]}-{text[6:10]}-{text[10:]}"}
    for one in written:
        raw = one.encode()
        yield raw
        yield raw.hex().encode()
        yield json.dumps(one)[1:-1].encode()
        yield quote(one).encode()
        for shift in range(3):
            whole = base64.b64encode(b"\0" * shift + raw)
            yield whole[4 if shift else 0 : len(whole) // 4 * 4 - 4]


def in_clear(place: bytes, secrets: Iterable[str]) -> list[tuple[str, str]]:
    lower = place.lower()
    found = []
    for secret in secrets:
        for form in set(forms_of(secret)):
            if len(form) >= 6 and form.lower() in lower:
                at = lower.index(form.lower())
                found.append((secret, place[max(at - 80, 0) : at + 80].decode("utf-8", "replace")))
                break
    return found


def test_who_has_the_dump_and_the_logs_but_not_the_key_finds_nobody(house: House) -> None:
    demo(house)
    own = json.loads(house.run("tests.prepare_clear", "known"))["own"]
    stopped = [pids(house.data)[part] for part in ("worker", "worker-bulk")]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        come_by_every_door(house, own[0])
        waiting = dumped(house)
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    with psycopg.connect(address(find_place(house.data)), autocommit=True) as database:

        def is_quiet() -> bool:
            left = database.execute(
                "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
            ).fetchone()
            return left == (0,)

        wait_for(is_quiet, seconds=240, every=1, because="no job is left")
    after = dumped(house)
    known = json.loads(house.run("tests.prepare_clear", "known"))
    house.stop()
    logs = logged(house)

    assert b"channels.understand_contact" in waiting and b"foundation.run_afterwards" in waiting
    assert len(known["contacts"]) > 30 and len(known["names"]) > 20
    assert set(PLANTED["names"][:2]) <= set(known["names"])
    assert f"+86{OTHER_PHONE}" in known["contacts"] and "lei.leiting@secret.example" in known["contacts"]
    secrets = {
        kind: sorted({*known.get(kind, []), *PLANTED.get(kind, [])})
        for kind in ("contacts", "names", "subjects", "texts", "files")
    }
    for name, place in {"dump, jobs waiting": waiting, "dump": after, **logs}.items():
        for kind, values in secrets.items():
            assert in_clear(place, values) == [], (name, kind)
        ours = {one.rpartition("@")[2].encode() for one in own}
        mails = {found for found in MAIL.findall(place) if found.rpartition(b"@")[2] not in ours}
        assert mails == set(), name
        assert set(MOBILE.findall(place)) == set(), name
