"""Mails that leave: legal, threaded, nothing smuggled in, the same bytes each time."""

import email
import re
from datetime import UTC, datetime, timedelta, timezone
from email.message import EmailMessage
from email.policy import default
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yinuo.domain.intake import Kind, delivery_in, message_id_for, parse, reply_address, token_in
from yinuo.domain.mailout import Mailbox, Nature, Outgoing, OutgoingFile, compose, reference_chain, reply_subject

DELIVERY = UUID("0190c1f0-0000-7000-8000-0000000000aa")
NOW = datetime(2026, 3, 1, 10, 2, 33, tzinfo=timezone(timedelta(hours=8)))
TOKEN = "AbCdEf12345-_xyz"
LONG = "关于贵司二月份采购的第三批洗衣机在安装之后出现脱水噪声过大并伴随漏水现象的投诉处理结果通知"


def outgoing(**changes: object) -> Outgoing:
    values: dict[str, object] = {
        "sender": Mailbox("service@example.cn", "一诺客服"),
        "to": (Mailbox("wang@example.com", "王芳"),),
        "subject": reply_subject("屏幕闪烁"),
        "text": "王女士您好，\n\n师傅今天下午到。\n",
        "message_id": message_id_for(DELIVERY, "example.cn"),
        "sent_at": NOW,
        "reply_to": reply_address("service@example.cn", TOKEN),
        "in_reply_to": "<m2@example.com>",
        "references": ("<m1@example.com>",),
    }
    return Outgoing(**{**values, **changes})  # type: ignore[arg-type]


def read(raw: bytes) -> EmailMessage:
    made = email.message_from_bytes(raw, policy=default)
    assert isinstance(made, EmailMessage)
    return made


def test_a_reply_threads_and_comes_back_to_its_ticket() -> None:
    seen = parse(compose(outgoing()))
    assert seen.kind is Kind.MESSAGE
    assert (seen.sender.name, seen.sender.address) == ("一诺客服", "service@example.cn")
    assert (seen.to[0].name, seen.to[0].address) == ("王芳", "wang@example.com")
    assert seen.subject == "Re: 屏幕闪烁"
    assert seen.text == "王女士您好，\n\n师傅今天下午到。\n"
    assert seen.sent_at == NOW
    assert delivery_in(seen.message_id, ["example.cn"]) == DELIVERY
    assert seen.in_reply_to == ("m2@example.com",)
    assert seen.references == ("m1@example.com", "m2@example.com")
    assert token_in(seen.reply_to[0].address, ["service@example.cn"]) == TOKEN
    assert seen.auto.acknowledge


def test_the_same_mail_is_the_same_bytes() -> None:
    full = outgoing(html="<p>好</p>", files=(OutgoingFile("a.pdf", b"%PDF", "application/pdf"),))
    assert compose(full) == compose(full)


def test_lines_are_legal() -> None:
    raw = compose(
        outgoing(
            subject=LONG * 3,
            text="a" * 5000 + "\n" + LONG * 100 + "\n.\nFrom here\n",
            html=f"<p>{'b' * 5000}{LONG * 50}</p>",
            files=(OutgoingFile(f"{LONG}.pdf", b"\x00\xff" * 5000, "application/pdf"),),
            references=tuple(f"<{'r' * 200}{number}@example.com>" for number in range(40)),
            to=tuple(Mailbox(f"user{number}@example.com", f"客户{number}") for number in range(60)),
        )
    )
    lines = raw.split(b"\r\n")
    assert b"\n" not in b"".join(lines) and b"\r" not in b"".join(lines)
    assert max(map(len, lines)) <= 998
    head = raw.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    seen = parse(raw)
    assert seen.subject == (LONG * 3)[:400]
    assert len(seen.to) == 60 and seen.to[59].name == "客户59"
    assert seen.text == "a" * 5000 + "\n" + LONG * 100 + "\n.\nFrom here\n"
    assert seen.attachments[0].filename == f"{LONG}.pdf"
    assert seen.attachments[0].content == b"\x00\xff" * 5000
    assert len(seen.references) == 20
    assert seen.references[0] == "r" * 200 + "0@example.com" and seen.references[-1] == "m2@example.com"


def test_references_stay_whole_and_unencoded() -> None:
    """Long identifiers must never become RFC 2047 words: no client would thread by them."""
    ids = tuple(f"<{'x' * length}.{length}@mail.example.com>" for length in (10, 70, 120, 300))
    raw = compose(outgoing(references=ids, in_reply_to=ids[-1], message_id=f"<yn.{'a' * 300}@example.cn>"))
    head = raw.partition(b"\r\n\r\n")[0]
    folded = re.sub(rb"\r\n[ \t]+", b" ", head).decode()
    for one in ids:
        assert one in folded
    assert f"Message-ID: <yn.{'a' * 300}@example.cn>" in folded
    assert parse(raw).references == tuple(one.strip("<>") for one in ids)


def test_long_addresses_and_odd_names_stay_whole() -> None:
    """An address longer than a line is still an address, never an RFC 2047 word."""
    address = f"{'b' * 60}@{'c' * 60}.{'d' * 60}.cn"
    names = ("王芳" * 30, 'Plain, "Name" (x) \\', "=?utf-8?B?x?=", "two  spaces", "Wang Fang", "")
    to = tuple(Mailbox(f"{number}{address}", name) for number, name in enumerate(names))
    raw = compose(outgoing(to=to, cc=to, reply_to=address, sender=Mailbox(address, "客服"), nature=Nature.AUTO_REPLIED))
    assert raw.count(address.encode()) == 3 + 2 * len(names)
    seen = parse(raw)
    assert [(one.address, one.name) for one in seen.to] == [
        (one.address, one.name[:100].replace("  ", " ")) for one in to
    ]
    read_by_others = read(raw)["To"].addresses
    assert [one.addr_spec for one in read_by_others] == [one.address for one in to]
    assert read_by_others[1].display_name == names[1]


def test_automatic_mails_say_so_and_provoke_no_answer() -> None:
    for nature in (Nature.AUTO_REPLIED, Nature.AUTO_GENERATED):
        made = read(compose(outgoing(nature=nature)))
        assert made["Auto-Submitted"] == nature.value
        assert made["X-Auto-Response-Suppress"] == "All"
        assert made["Precedence"] == "bulk"
        back = parse(compose(outgoing(nature=nature)), own_addresses=frozenset({"service@example.cn"}))
        assert back.kind is Kind.LOOP
    personal = read(compose(outgoing()))
    assert not {"auto-submitted", "precedence", "x-yinuo-loop"} & {name.lower() for name in personal}
    assert not any(name.lower().startswith("list-") for name in personal)


def test_parts_are_built_the_way_clients_expect() -> None:
    made = read(
        compose(
            outgoing(
                html='<p>好<img src="cid:logo@x"></p>',
                files=(
                    OutgoingFile("logo.png", b"PNG", "image/png", "logo@x"),
                    OutgoingFile("发票.pdf", b"%PDF", "application/pdf"),
                    OutgoingFile("信.eml", b"Subject: x\r\n\r\ny", "message/rfc822"),
                    OutgoingFile("../x/怪.bin", b"\x00", "not a type"),
                ),
            )
        )
    )
    assert made.get_content_type() == "multipart/mixed"
    tree = [part.get_content_type() for part in made.walk()]
    assert tree == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "application/pdf",
        "application/octet-stream",
        "application/octet-stream",
    ]
    assert [part.get_filename() for part in made.iter_attachments()] == ["发票.pdf", "信.eml", "怪.bin"]
    seen = parse(made.as_bytes())
    assert next(one for one in seen.attachments if one.content_id == "logo@x").inline


def test_alternative_without_files_and_text_alone() -> None:
    assert read(compose(outgoing(html="<p>好</p>"))).get_content_type() == "multipart/alternative"
    assert read(compose(outgoing())).get_content_type() == "text/plain"


@pytest.mark.parametrize(
    ("subject", "wanted"),
    [
        ("屏幕", "Re: 屏幕"),
        ("Re: 屏幕", "Re: 屏幕"),
        ("回复：Re: RE: 答复: 屏幕", "Re: 屏幕"),
        ("Re[2]: AW: 屏幕", "Re: 屏幕"),
        ("Fwd: 屏幕", "Re: Fwd: 屏幕"),
        ("Regarding: x", "Re: Regarding: x"),
        ("", "Re:"),
        ("a\r\nBcc: x@y.cn", "Re: a Bcc: x@y.cn"),
    ],
)
def test_one_prefix(subject: str, wanted: str) -> None:
    assert reply_subject(subject) == wanted
    assert reply_subject(reply_subject(subject)) == wanted


EVIL = "a\r\nBcc: all@example.com\r\n\r\n<script>\u2028\x00"


def test_no_header_can_be_injected() -> None:
    made = compose(
        outgoing(
            subject=EVIL,
            sender=Mailbox("service@example.cn", EVIL),
            to=(Mailbox("wang@example.com", EVIL),),
            html="<p>x</p>",
            files=(OutgoingFile(EVIL, b"x", EVIL, EVIL), OutgoingFile(EVIL, b"x", EVIL)),
            references=(EVIL, f"<{EVIL}@x>"),
        )
    )
    assert read(made)["Bcc"] is None
    assert b"\r\nBcc:" not in made
    assert parse(made).subject.startswith("a Bcc: all@example.com")


@pytest.mark.parametrize(
    "change",
    [
        {"to": (Mailbox(EVIL),)},
        {"to": (Mailbox("a@b.cn>, <c@d.cn"),)},
        {"to": (Mailbox("nobody"),)},
        {"to": ()},
        {"sender": Mailbox("service@example.cn\r\nBcc: x@y.cn")},
        {"reply_to": "a@b.cn\r\nBcc: x@y.cn"},
        {"message_id": "no id"},
        {"message_id": "<a@b>\r\nBcc: x@y.cn"},
        {"sent_at": datetime(2026, 3, 1)},  # noqa: DTZ001
    ],
)
def test_what_could_not_stand_in_a_header_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        compose(outgoing(**change))


def test_reference_chain_is_bounded_and_ends_with_the_mail_answered() -> None:
    ids = [f"<{number}@x.cn>" for number in range(100)]
    chain = reference_chain(ids, "<50@x.cn>")
    assert len(chain) == 20
    assert (chain[0], chain[-1]) == ("0@x.cn", "50@x.cn")
    assert reference_chain([], "") == ()


def test_chinese_domains_go_out_in_ascii() -> None:
    assert b"wang@xn--fsqu00a.xn--fiqs8s" in compose(outgoing(to=(Mailbox("wang@例子.中国"),)))


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300), st.text(max_size=2000), st.text(max_size=60), st.binary(max_size=200))
def test_anything_written_can_be_sent_and_read_again(subject: str, text: str, name: str, content: bytes) -> None:
    raw = compose(
        outgoing(
            subject=subject,
            text=text,
            to=(Mailbox("wang@example.com", name),),
            files=(OutgoingFile(name, content),),
            sent_at=datetime(2026, 3, 1, tzinfo=UTC),
        )
    )
    lines = raw.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    seen = parse(raw)
    assert seen.to[0].address == "wang@example.com"
    assert seen.attachments[0].content == content
    assert {"Bcc", "Cc"}.isdisjoint(read(raw).keys())
