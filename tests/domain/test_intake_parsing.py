"""Mails as they should not be: wrong charsets, broken headers, hostile structure."""

import base64
import time
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yinuo.domain.intake import Kind, html_to_text, parse, safe_html, strip_reply

CHINESE = "您好，我上周买的洗衣机脱水时声音很大，请尽快安排师傅上门维修，谢谢。"
OWN = frozenset({"service@example.cn"})


def mail(headers: str = "", body: bytes = b"text", content_type: str = "text/plain; charset=utf-8") -> bytes:
    head = f"From: a@example.com\r\nContent-Type: {content_type}\r\nContent-Transfer-Encoding: 8bit\r\n{headers}"
    return head.encode("utf-8", "surrogateescape").rstrip(b"\r\n") + b"\r\n\r\n" + body


@pytest.mark.parametrize(
    ("label", "encoding"),
    [
        ("gb2312", "gb18030"),
        ("GBK", "gb18030"),
        ("GB18030", "gb18030"),
        ("x-gbk", "gb18030"),
        ("cp936", "gb18030"),
        ("gb2312", "utf-8"),
        ("utf-8", "gb18030"),
        ("iso-8859-1", "utf-8"),
        ("iso-8859-1", "gb18030"),
        ("us-ascii", "utf-8"),
        ("us-ascii", "gb18030"),
        ("", "utf-8"),
        ("", "gb18030"),
        ("x-unknown", "gb18030"),
        ("no-such-charset", "utf-8"),
        ("base64", "utf-8"),
        ("utf-16", "utf-16"),
        ("hz-gb-2312", "hz"),
    ],
)
def test_chinese_is_read_whatever_the_label_says(label: str, encoding: str) -> None:
    content_type = f"text/plain; charset={label}" if label else "text/plain"
    assert parse(mail(body=CHINESE.encode(encoding), content_type=content_type)).text.strip() == CHINESE


def test_characters_beyond_gb2312_survive_the_label_gb2312() -> None:
    text = "我叫朱镕基，住在堃兴路，要买䶮牌电视和一个😀"
    assert parse(mail(body=text.encode("gb18030"), content_type="text/plain; charset=gb2312")).text == text


def test_other_languages_are_not_taken_for_chinese() -> None:
    french = "Bonjour, la machine à laver est cassée, où puis-je l'envoyer ? Très urgent, merci à vous"
    assert parse(mail(body=french.encode("cp1252"), content_type="text/plain; charset=iso-8859-1")).text == french
    assert parse(mail(body=french.encode("cp1252"), content_type="text/plain")).text == french
    traditional = "您好，我想詢問這個產品的維修費用，謝謝您的協助。"
    assert parse(mail(body=traditional.encode("big5"), content_type="text/plain; charset=big5")).text == traditional
    assert parse(mail(body=traditional.encode("big5"), content_type="text/plain")).text == traditional


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        ("=?gb2312?B?" + base64.b64encode("镕基的问题".encode("gb18030")).decode() + "?=", "镕基的问题"),
        ("=?UTF-8?B?5oqV6K+J?= =?UTF-8?B?5YWI55Sf?=", "投诉先生"),
        ("=?UTF-8?B?5oqV6A==?= =?UTF-8?B?r4k=?=", "投诉"),
        ("=?UTF-8?B?5oqV6K+J", "投诉"),
        ("=?utf-8?B?5oqV6K+J5oqV6K+J5oqV6K+J5oqV6K+J6A==?=", "投诉投诉投诉投诉"),
        ("=?utf-8?b?" + base64.b64encode("投诉空调不制冷".encode("gb18030")).decode() + "?=", "投诉空调不制冷"),
        ("=?UTF-8*zh?Q?=E6=8A=95=E8=AF=89?=", "投诉"),
        ("Re: =?UTF-8?Q?=E6=8A=95_=E8=AF=89?= 1", "Re: 投 诉 1"),
        ("=?x-none?B?SGVsbG8=?=", "Hello"),
        ("投诉", "投诉"),
    ],
)
def test_encoded_subjects_broken_as_clients_break_them(raw: str, subject: str) -> None:
    assert parse(mail(headers=f"Subject: {raw}\r\n")).subject == subject


def test_undeclared_gbk_in_the_subject() -> None:
    raw = b"From: a@example.com\r\nSubject: " + "关于洗衣机维修的投诉".encode("gbk") + b"\r\n\r\ntext"
    assert parse(raw).subject == "关于洗衣机维修的投诉"


def test_no_header_can_be_smuggled_in_by_decoding() -> None:
    evil = base64.b64encode("问题\r\nBcc: all@example.com\x00\u2028X: y".encode()).decode()
    seen = parse(mail(headers=f"Subject: =?utf-8?B?{evil}?=\r\nTo: =?utf-8?B?{evil}?= <b@example.com>\r\n"))
    for value in (seen.subject, seen.to[0].name, seen.to[0].address):
        assert not set(value) & set("\r\n\x00\u2028")


def test_directions_are_not_overridden_in_file_names() -> None:
    seen = parse(mail(headers='Content-Disposition: attachment; filename="photo\u202egpj.exe"\r\n'))
    assert seen.attachments[0].filename == "photogpj.exe"


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("attachment; filename*=UTF-8''%E5%8F%91%E7%A5%A8.pdf", "发票.pdf"),
        ("attachment; filename*0*=UTF-8''%E5%8F%91; filename*1*=%E7%A5%A8; filename*2=.pdf", "发票.pdf"),
        ("attachment; filename*=gb2312''%B7%A2%C6%B1.pdf", "发票.pdf"),
        ('attachment; filename="=?gb2312?B?t6LGsS5wZGY=?="', "发票.pdf"),
        ('attachment; filename="发票.pdf"', "发票.pdf"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="C:\\\\Users\\\\a\\\\发票.pdf"', "发票.pdf"),
        ('attachment; filename="a\\"b.pdf"', 'a"b.pdf'),
        ("attachment; filename=..", ""),
        ("attachment; filename=invoice 1.pdf", "invoice 1.pdf"),
    ],
)
def test_file_names(disposition: str, name: str) -> None:
    seen = parse(mail(headers=f"Content-Disposition: {disposition}\r\n", content_type="application/pdf"))
    assert seen.attachments[0].filename == name


def test_parts_have_their_places() -> None:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "王芳 <wang@example.com>", "service@example.cn", "照片"
    made.set_content(CHINESE)
    made.add_alternative(f'<p>{CHINESE}</p><img src="cid:pic@x">', subtype="html")
    html = made.get_payload()[1]
    html.add_related(b"PNG", "image", "png", cid="<pic@x>", filename="a.png")
    made.add_attachment(b"tnef", "application", "ms-tnef", filename="winmail.dat")
    made.add_attachment("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", subtype="calendar", filename="约.ics")
    inner = EmailMessage()
    inner["Subject"], inner["From"] = "里面的", "c@example.com"
    inner.set_content("里面的话")
    inner.add_attachment(b"%PDF", "application", "pdf", filename="合同.pdf")
    made.add_attachment(inner)
    seen = parse(made.as_bytes())
    assert seen.text.strip() == CHINESE
    assert "里面的话" not in seen.text
    assert "cid:pic@x" in seen.html
    found = {one.filename: one for one in seen.attachments}
    assert set(found) == {"a.png", "winmail.dat", "约.ics", "", "合同.pdf"}
    assert found["a.png"].inline and found["a.png"].content_id == "pic@x" and found["a.png"].content == b"PNG"
    assert not found["winmail.dat"].inline
    assert found[""].content_type == "message/rfc822" and "合同" not in found[""].within
    assert found["合同.pdf"].within == "里面的"


def test_an_html_mail_has_text_too() -> None:
    html = (
        "<style>p{}</style><p>您好&nbsp;<b>屏幕</b></p><ul><li>闪</li><li>黑</li></ul><script>x</script>"
        "<div style='display:none'>藏</div>再见"
    )
    seen = parse(mail(body=html.encode(), content_type="text/html; charset=utf-8"))
    assert seen.text == "您好 屏幕\n\n- 闪\n- 黑\n\n再见"


def test_the_plain_part_of_qq_mail_keeps_no_html_entities() -> None:
    body = "您好，屏幕还是闪。\n\n------------------&nbsp;原始邮件&nbsp;------------------\n"
    body += '发件人: "客服"<service@example.cn&gt;;\n正文'
    seen = parse(mail(body=body.encode()))
    assert "&nbsp;" not in seen.text
    assert seen.reply == "您好，屏幕还是闪。"


def test_flowed_lines_are_joined() -> None:
    seen = parse(mail(body=b"one \r\ntwo\r\n> three \r\n> four\r\n-- \r\nme", content_type="text/plain; format=flowed"))
    assert seen.text == "one two\n> three four\n-- \nme"


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("Sun, 1 Mar 2026 10:02:33 +0800", datetime(2026, 3, 1, 2, 2, 33, tzinfo=UTC)),
        ("Sun, 1 Mar 2026 10:02:33 +0800 (CST)", datetime(2026, 3, 1, 2, 2, 33, tzinfo=UTC)),
        ("星期日, 1 Mar 2026 10:02:33 +0800", datetime(2026, 3, 1, 2, 2, 33, tzinfo=UTC)),
        ("1 Mar 2026 10:02", datetime(2026, 3, 1, 10, 2, tzinfo=UTC)),
        ("Mon, 99 Foo 2026 99:99:99", None),
        ("", None),
    ],
)
def test_dates(value: str, wanted: datetime | None) -> None:
    assert parse(mail(headers=f"Date: {value}\r\n")).sent_at == wanted


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("王芳 <wang@example.com>", ("王芳", "wang@example.com")),
        ('"王, 芳" <wang@example.com>', ("王, 芳", "wang@example.com")),
        ("=?UTF-8?B?546LLOiKsw==?= <wang@example.com>", ("王,芳", "wang@example.com")),
        ("wang@example.com (王芳)", ("王芳", "wang@example.com")),
        ('"wang@example.com" <wang@example.com>', ("wang@example.com", "wang@example.com")),
        ("<wang@example.com", ("", "wang@example.com")),
        ('"王芳 <wang@example.com>', ("王芳", "wang@example.com")),
        ("friends: a@example.com, b@example.com;", ("", "a@example.com")),
        ("undisclosed-recipients:;", None),
    ],
)
def test_addresses(value: str, wanted: tuple[str, str] | None) -> None:
    seen = parse(mail(headers=f"To: {value}\r\n")).to
    assert (((seen[0].name, seen[0].address)) if seen else None) == wanted


def test_a_mail_of_our_own_is_a_loop() -> None:
    raw = b"From: Service <Service@Example.cn>\r\nSubject: x\r\n\r\nx"
    assert parse(raw, own_addresses=OWN).kind is Kind.LOOP
    assert parse(raw.replace(b"Service@", b"service+t-AbCdEf12345@"), own_addresses=OWN).kind is Kind.LOOP
    assert parse(raw).kind is Kind.MESSAGE
    marked = b"From: list@example.org\r\nX-Yinuo-Loop: service@example.cn\r\n\r\nx"
    assert parse(marked, own_addresses=OWN).kind is Kind.LOOP
    assert parse(marked, own_addresses=frozenset({"other@example.cn"})).kind is Kind.MESSAGE
    assert parse(b"From: a@b.cn\r\n" + b"Received: by x\r\n" * 60 + b"\r\nx").kind is Kind.LOOP


@pytest.mark.parametrize(
    "text",
    [
        "我的邮件你们收到了吗？请尽快回复！",
        "你好，邮件已收到，但是发票抬头错了。",
        "文件已收到，请问什么时候发货？",
        "您好，我已收到退款，谢谢你们的帮助，服务很好，下次还来。",
        "上次的来信没有收到回复，希望尽快处理。",
    ],
)
def test_customers_who_sound_like_machines_are_still_customers(text: str) -> None:
    assert parse(mail(headers="Subject: Re: x\r\n", body=text.encode())).kind is Kind.MESSAGE


@pytest.mark.parametrize(
    "subject", ["自动回复: 您的工单", "自动回复：您好", "Automatic reply: x", "Out of Office: x", "【自动回复】x"]
)
def test_automatic_subjects(subject: str) -> None:
    assert parse(mail(headers=f"Subject: {subject}\r\n")).kind is Kind.AUTO_REPLY


def test_people_who_write_about_bounces_are_people() -> None:
    body = "您好，我给 sales@example.cn 发邮件总是被退信，提示无法投递，请帮忙看看。\n\n原始邮件\n"
    for subject in ("邮件退信", "转发: 系统退信", "Fwd: Undelivered Mail Returned to Sender"):
        seen = parse(mail(headers=f"Subject: {subject}\r\nReturn-Path: <a@example.com>\r\n", body=body.encode()))
        assert seen.kind is Kind.MESSAGE


def test_chinese_bounces() -> None:
    body = (
        "抱歉，您的邮件被退回来了……\n\n收件人：nobody@qq.com\n\n退信原因：收件人邮箱地址不存在\n550 Mailbox not found\n"
    )
    raw = (
        "From: PostMaster@qq.com\r\nSubject: 来自qq.com的退信\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + body
    )
    seen = parse(raw.encode())
    assert seen.kind is Kind.BOUNCE
    assert seen.bounce is not None
    assert (seen.bounce.recipient, seen.bounce.reason, seen.bounce.code) == ("nobody@qq.com", "userunknown", "550")
    assert seen.bounce.permanent is True


def test_equal_mails_have_equal_digests_and_other_content_has_not() -> None:
    one = mail(headers="Message-ID: <1@x>\r\nSubject: s\r\n", body=b"hello world")
    same = mail(headers="Received: by y\r\nMessage-ID: <1@x>\r\nSubject: s\r\n", body=b"hello\r\nworld\r\n")
    other = mail(headers="Message-ID: <1@x>\r\nSubject: s\r\n", body=b"hello moon")
    assert parse(one).duplicate_key == parse(same).duplicate_key
    assert parse(one).duplicate_key != parse(other).duplicate_key


@pytest.mark.parametrize(
    "raw", [b"", b"\r\n\r\n", b"\x00" * 100, b"no header at all", "没有信头".encode("gbk"), b"Subject: x\r\n\r\n"]
)
def test_what_cannot_be_understood_is_unreadable(raw: bytes) -> None:
    assert parse(raw).kind is Kind.UNREADABLE


def nested(depth: int) -> bytes:
    head = b"From: a@example.com\r\n"
    for level in range(depth):
        head += b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (level, level)
    return head + b"Content-Type: text/plain\r\n\r\nend"


HOSTILE = {
    "nested parts": nested(5000),
    "nested messages": b"From: a@b.cn\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 5000,
    "many parts": b'From: a@b.cn\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\nx\r\n" * 50000,
    "empty boundary": b'From: a@b.cn\r\nContent-Type: multipart/mixed; boundary=""\r\n\r\n' + b"--\r\n" * 100000,
    "many headers": b"X: y\r\n" * 200000,
    "one long header": b"From: a@b.cn\r\nSubject: " + b"a" * 5_000_000,
    "long folded header": b"From: a@b.cn\r\nSubject: a" + b"\r\n a" * 200000,
    "half words": b"From: a@b.cn\r\nSubject: " + b"=?utf-8?B?a" * 20000 + b"\r\n\r\nx",
    "half quotes": b"From: a@b.cn\r\nTo: " + b'"\\"' * 20000 + b"\r\n\r\nx",
    "half comments": b"From: a@b.cn\r\nTo: " + b"(\\(" * 20000 + b"\r\n\r\nx",
    "many addresses": b"From: a@b.cn\r\nTo: " + b"a@b.cn," * 20000 + b"\r\n\r\nx",
    "parameters": b"From: a@b.cn\r\nContent-Type: text/plain" + b'; a*1*=x; b="' * 20000 + b"\r\n\r\nx",
    "comments in html": mail(body=b"<!--" * 400000, content_type="text/html"),
    "open tags": mail(body=b"<a " * 400000, content_type="text/html"),
    "open attributes": mail(body=b"<a b='" * 300000, content_type="text/html"),
    "open styles": mail(body=b"<style>" * 300000, content_type="text/html"),
    "deep html": mail(body=b"<blockquote type=cite>" * 90000 + b"x", content_type="text/html"),
    "declarations": mail(body=b"<![" * 400000, content_type="text/html"),
    "entities": mail(body=b"&#x" * 400000, content_type="text/html"),
    "quote marks": mail(body=b"> " * 500000),
    "many quoted lines": mail(body=b"> a\n" * 200000),
    "attributions": mail(body=b"On 1 a@b.cn\n" * 50000),
    "ends of attributions": mail(body=b"On 1 <a@b.cn>\n" * 50000),
    "chinese attributions": mail(body="在 2026 年\n".encode() * 50000),
    "labels": mail(body="发件人: x\n".encode() * 50000),
    "dashes": mail(body=(b"-" * 5000 + b"\n") * 200),
    "spaces": mail(body=b" " * 1_000_000 + b"x"),
    "begin": mail(body=b"\nbegin 644 x\n" + b"M" * 60 + (b"\nM" + b"x" * 60) * 20000),
    "many begins": mail(body=b"\nbegin 644 x\nMxxx\n" * 20000),
    "bounce words": b"From: mailer-daemon@x\r\nSubject: failure\r\n\r\n"
    + b"unable to deliver a@b.cn rejected " * 30000,
    "bounce addresses": b"From: mailer-daemon@x\r\nSubject: failure\r\n\r\n" + b"a@b" * 300000,
    "status blocks": b"From: x@y\r\nContent-Type: message/delivery-status\r\n\r\n"
    + b"Final-Recipient: a\r\n\r\n" * 50000,
    "base64": mail(headers="Content-Transfer-Encoding: base64\r\n", body=b"=" * 2_000_000),
    "utf-7": mail(body=b"+" * 500000, content_type="text/plain; charset=utf-7"),
    "japanese": mail(body=b"\x1b$B" * 200000, content_type="text/plain; charset=iso-2022-jp"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mails_cost_little(name: str) -> None:
    start = time.process_time()
    seen = parse(HOSTILE[name], own_addresses=OWN)
    assert time.process_time() - start < 5
    assert len(seen.attachments) <= 200
    assert len(seen.text) <= 1_000_000
    assert len(seen.subject) <= 4000
    assert len(seen.to) <= 500


def test_too_large_is_kept_for_people_to_look_at() -> None:
    raw = b"From: a@example.com\r\nSubject: big\r\n\r\n" + b"x" * (64 * 1024 * 1024)
    seen = parse(raw)
    assert (seen.kind, seen.subject, seen.sender.address) == (Kind.UNREADABLE, "big", "a@example.com")
    assert "too large" in seen.problems


FRAGMENTS = [
    b"From: ", b"To: ", b"Subject: ", b"Content-Type: multipart/mixed; boundary=b\r\n", b"\r\n", b"\n",
    b"--b\r\n", b"--b--\r\n",
    b"Content-Type: text/html; charset=gb2312\r\n", b"Content-Transfer-Encoding: base64\r\n", b"=?gbk?B?",
    b"?=", b"\xc4\xe3\xba\xc3",
    "你好".encode(), b"<a@b.cn>", b'"', b"(", b";", b"Content-Type: message/rfc822\r\n\r\n",
    b"Content-Type: message/delivery-status\r\n\r\n",
    b"Final-Recipient: rfc822; a@b.cn\r\n", b"Status: 5.1.1\r\n", b"<div>", b"<blockquote type=cite>", b"> ",
    b"\x00", b"\x1b$B", b"=E4=BD",
    "发件人: x\n收件人: y\n主题: z\n".encode(), b"On Mon, x wrote:\n", b"begin 644 a\n",
    b"Content-Disposition: attachment; filename*0*=utf-8''%e4",
]  # fmt: skip


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.binary(max_size=40)), max_size=40).map(b"".join))
def test_parse_never_raises(raw: bytes) -> None:
    seen = parse(raw, own_addresses=OWN)
    assert not any(problem.startswith("parser failed") for problem in seen.problems)
    headers = [seen.subject, seen.message_id, *seen.references, seen.sender.name, seen.sender.address]
    headers += [one.name + one.address for one in (*seen.to, *seen.cc, *seen.reply_to)]
    headers += [one.filename + one.content_id + one.content_type for one in seen.attachments]
    assert not any(set(value) & set("\r\n\x00") for value in headers)
    assert len(seen.body_digest) == 64


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=400), st.text(max_size=30))
def test_text_functions_never_raise(text: str, subject: str) -> None:
    assert isinstance(strip_reply(text, subject=subject).text, str)
    assert isinstance(html_to_text(text), str)
    assert "<script" not in safe_html(text, {}).lower()


@pytest.mark.parametrize(
    ("html", "there", "gone"),
    [
        ('<p onclick="x()">好</p><script>alert(1)</script>', "好", "alert"),
        ('<a href="javascript:alert(1)">点</a>', "点", "javascript"),
        ('<a href="https://example.cn/?a=1">点</a>', 'rel="noopener noreferrer nofollow"', "javascript"),
        ('<img src="https://spy.example/1.gif" alt="图">', 'alt="图"', "spy.example"),
        ('<img src="cid:pic@x">', 'src="/files/1"', "cid:"),
        ('<img src="cid:other">', "<img", "cid:"),
        ('<img src="data:image/png;base64,AAAA">', "data:image/png", "nothing"),
        ('<img src="data:text/html;base64,AAAA">', "<img", "data:"),
        ('<div style="background:url(https://spy.example/x)">好</div>', "好", "spy.example"),
        ('<div style="position:fixed;color:red">好</div>', "color:red", "position"),
        ('<form action="https://x"><input name="p"></form>好', "好", "<input"),
        ("<iframe src=https://x></iframe>好", "好", "iframe"),
        ("<svg><script>alert(1)</script></svg>好", "好", "alert"),
        ('<base href="https://x"><meta http-equiv=refresh content=0>好', "好", "http-equiv"),
    ],
)
def test_safe_html_keeps_words_and_drops_what_acts(html: str, there: str, gone: str) -> None:
    safe = safe_html(html, {"pic@x": "/files/1"})
    assert there in safe
    assert gone not in safe
