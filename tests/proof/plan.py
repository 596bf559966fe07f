"""What is sent in one run of the proof: mails and posts with all their repetitions, decided by one seed."""

import base64
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime

SERVICE = "service@yinuo.example"
MAILS, POSTS = 500, 500
SHARING, WITHOUT = 20, 20
TOPICS = (
    "热水器不加热，显示E2",
    "发票抬头开错了",
    "收到的耳机左边没有声音",
    "想退掉上周的订单",
    "请问保修期多长",
    "扫地机器人回不了充电座",
)
NAMES = ("张伟", "王芳", "李娜", "刘洋", "陈静", "杨磊", "赵敏", "黄强", "周婷", "吴刚")


@dataclass(frozen=True)
class Letter:
    """One mail as its sender wrote it; `ways` is how it comes each time: `imap` or `door`."""

    mark: str
    sender: str
    message_id: str
    raw: bytes
    ways: tuple[str, ...]


@dataclass(frozen=True)
class Posting:
    """One post to the API, sent `times` times under one key."""

    mark: str
    sender: str
    key: str
    body: bytes
    times: int


@dataclass(frozen=True)
class Plan:
    seed: int
    letters: tuple[Letter, ...]
    posts: tuple[Posting, ...]
    chance: random.Random = field(compare=False)


def make_plan(seed: int, mails: int = MAILS, posts: int = POSTS, ways: Sequence[str] = ("imap", "door")) -> Plan:
    chance = random.Random(seed)
    letters = [_letter(chance, number, ways) for number in range(mails)]
    sent = [
        Posting(
            mark := f"P{number:04d}",
            sender := f"p{number}@customer.example",
            f"key-{seed}-{number}",
            _post_body(chance, mark, sender),
            chance.randint(1, 3),
        )
        for number in range(posts)
    ]
    return Plan(seed, tuple(letters), tuple(sent), chance)


def _letter(chance: random.Random, number: int, ways: Sequence[str]) -> Letter:
    """The first 20 share five Message-IDs and differ in text, and half of them in sender; the next 20 have none."""
    mark = f"M{number:04d}"
    sender = f"m{number}@customer.example"
    message_id = f"<{chance.getrandbits(64):x}.{number}@customer.example>"
    if number < SHARING:
        group = number % (SHARING // 4)
        message_id = f"<shared-{group}@customer.example>"
        sender = f"shared{group}@customer.example" if number % 2 else sender
    elif number < SHARING + WITHOUT:
        message_id = ""
    times = chance.randint(2, 3) if number < SHARING + WITHOUT else chance.randint(1, 3)
    chosen = tuple(chance.choice(ways) for _ in range(times))
    return Letter(mark, sender, message_id, _mail(chance, mark, sender, message_id), chosen)


def _mail(chance: random.Random, mark: str, sender: str, message_id: str) -> bytes:
    at = datetime.now(UTC).replace(microsecond=0)
    name = Header(chance.choice(NAMES), "utf-8").encode()
    lines = [
        f"From: {name} <{sender}>",
        f"To: {SERVICE}",
        f"Subject: {Header(chance.choice(TOPICS), 'utf-8').encode()}",
        f"Date: {format_datetime(at)}",
        *([f"Message-ID: {message_id}"] if message_id else []),
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: base64",
        "",
        base64.encodebytes(_text(chance, mark).encode()).decode().replace("\n", "\r\n"),
    ]
    return "\r\n".join(lines).encode()


def _text(chance: random.Random, mark: str) -> str:
    return f"您好，{chance.choice(TOPICS)}，请尽快处理。记号〔{mark}〕" + "谢谢。" * chance.randint(1, 40)


def _post_body(chance: random.Random, mark: str, sender: str) -> bytes:
    post = {
        "subject": chance.choice(TOPICS),
        "text": _text(chance, mark),
        "customer": {"kind": "email", "value": sender, "name": chance.choice(NAMES)},
    }
    return json.dumps(post, ensure_ascii=False).encode()
