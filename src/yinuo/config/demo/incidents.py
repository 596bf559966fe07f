"""What else happens at a desk: a mail that bounces, one that nobody can read, a stranger's mail, a duplicate, an
improvement planned and proven."""

from datetime import datetime, timedelta
from email.message import EmailMessage

from yinuo.channels.models import Contact, Delivery
from yinuo.channels.services.intake import keep_contact
from yinuo.channels.services.mailboxes import block_sender
from yinuo.config.demo.casebook import Casebook
from yinuo.config.demo.company import ADDRESS
from yinuo.config.demo.customers import Buyer
from yinuo.config.demo.desk import Desk
from yinuo.config.demo.habits import Moments
from yinuo.config.demo.stories import answered_on
from yinuo.config.demo.texts import FAMILIES
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.quality.models import Improvement, ImprovementState
from yinuo.quality.services import move_improvement
from yinuo.tickets.models import Direction, Message, Ticket


def happenings(desk: Desk, book: Casebook, now: datetime) -> list[tuple[datetime, Moments]]:
    return [
        (now - timedelta(days=30), blocked(desk)),
        (now - timedelta(hours=26), bounced(desk, book)),
        (now - timedelta(hours=17), unreadable(desk)),
        (now - timedelta(hours=6), nameless(desk)),
        (now - timedelta(hours=31), stranger(desk, book)),
        (now - timedelta(days=11), by_raw_mail(desk, book)),
        *((now - timedelta(days=days), improving(desk)) for days in (24, 20, 16, 12, 9, 6, 3)),
    ]


def bounced(desk: Desk, book: Casebook) -> Moments:
    """The customer's mailbox does not exist: the answer comes back."""
    case = book.of(FAMILIES[4], clock.now())
    ticket = desk.opens(case)
    yield desk.soon(10, 25)
    desk.answers(ticket, case, desk.pick(case.family.answers))
    yield desk.soon(1, 3)
    message = Message.objects.filter(ticket=ticket, direction=Direction.OUT, account__isnull=False).latest("at")
    header_id = Delivery.objects.values_list("header_id", flat=True).get(message_id=message.id)
    keep_contact(
        channel="email", mailbox=desk.house.mailbox, source_key="demo:bounce", arrived_at=clock.now(), now=clock.now(),
        raw=BOUNCE.format(recipient=case.buyer.email, domain=case.buyer.email.rpartition("@")[2], id=header_id).encode(),
    )  # fmt: skip
    yield desk.soon(20, 50)
    desk.notes(ticket, desk.owner(ticket), "邮件被退回：对方邮箱满了。已打电话告诉客户处理办法，等他清理邮箱后重发。")
    yield from answered_on(desk, case, ticket)


BOUNCE = """From: Mail Delivery System <MAILER-DAEMON@{domain}>\r
To: service@yinuo.example\r
Subject: Undelivered Mail Returned to Sender\r
Message-ID: <returned.1@{domain}>\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r
\r
--b\r
Content-Type: text/plain\r
\r
This is the mail system at host mx.{domain}. Your message could not be delivered.\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.{domain}\r
\r
Final-Recipient: rfc822; {recipient}\r
Action: failed\r
Status: 5.2.2\r
Diagnostic-Code: smtp; 552 5.2.2 Mailbox full\r
\r
--b\r
Content-Type: text/rfc822-headers\r
\r
Message-ID: {id}\r
\r
--b--\r
"""


def _mail(sender: str, subject: str, text: str, message_id: str) -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"], made["Message-ID"] = sender, ADDRESS, subject, message_id
    made.set_content(text)
    return made.as_bytes()


def _arrives(desk: Desk, key: str, raw: bytes) -> None:
    now = clock.now()
    keep_contact(
        channel="email", mailbox=desk.house.mailbox, source_key=f"demo:{key}", raw=raw, arrived_at=now, now=now
    )


def nameless(desk: Desk) -> Moments:
    """A mail without a sender waits in the quarantine."""
    _arrives(
        desk,
        "nameless",
        _mail("undisclosed", "热水器咨询", "我家热水器用了八年，想问问要不要换新的，谢谢。", "<n1@example.net>"),
    )
    yield from ()


def unreadable(desk: Desk) -> Moments:
    """Another one, from a fax gateway."""
    _arrives(
        desk, "fax", _mail("FAX 0000", "传真：售后联系单", "（传真转邮件）联系单一页，请查收附件。", "<f1@example.org>")
    )
    yield from ()


def blocked(desk: Desk) -> Moments:
    """Advertising is blocked; the next of it is kept and filtered."""
    admin = desk.house.people["admin"]
    block_sender(sender="@promo.example", by=Actor.account(admin.id), now=clock.now())
    yield clock.now() + timedelta(days=2)
    _arrives(
        desk,
        "promo",
        _mail("推广 <ad@promo.example>", "企业邮箱群发 9.9 元起", "全网最低价，回复退订。", "<p1@promo.example>"),
    )


def stranger(desk: Desk, book: Casebook) -> Moments:
    """Somebody who takes no part writes into a ticket: shown as unverified."""
    case = book.of(FAMILIES[2], clock.now())
    ticket = desk.opens(case)
    yield desk.soon(12, 30)
    desk.answers(ticket, case, desk.pick(case.family.answers))
    yield desk.soon(40, 90)
    desk.writes(
        ticket, case, "我是他爱人，师傅最好明天上午来，下午家里没人。", email="wife.of@example.net", unverified=True
    )
    yield desk.soon(20, 60)
    yield from answered_on(desk, case, ticket)


def by_raw_mail(desk: Desk, book: Casebook) -> Moments:
    """A mail through the whole intake, and the same once more: kept, marked as a duplicate."""
    sender = "shen.yifan@example.com"
    raw = _mail(
        f"沈一凡 <{sender}>", "空气净化器滤芯寿命显示不对",
        "您好，我的空气净化器换了新滤芯以后，寿命还显示 12%，应该怎么复位？\n\n沈一凡", "<s1@example.com>",
    )  # fmt: skip
    _arrives(desk, "shen", raw)
    yield desk.soon(2, 3)
    _arrives(desk, "shen-again", raw)
    yield desk.soon(20, 40)
    ticket = Ticket.objects.select_related("customer", "category__scenario").get(
        id=Contact.objects.values_list("ticket_id", flat=True).get(source_key="demo:shen")
    )
    case = book.of(FAMILIES[6], clock.now(), buyer=Buyer(ticket.customer, sender))
    case.category = ticket.category or case.category
    desk.answers(ticket, case, case.family.answers[0])
    yield from answered_on(desk, case, ticket)


PLANS = (
    ("网点接单后没有人跟进，超过承诺时间才发现。", "接单两小时未派工自动提醒主管；每天下班前核对未派工单。", "连续两周抽查 30 单，未派工超时为 0，复访客户打 5 分。"),
    ("修复后没有回访，同一故障两天内再次出现。", "更换件的工单增加次日回访；同型号部件送检。", "次日回访率 98%，同类返修从 4 单降到 1 单。"),
    ("转交时没有交代清楚，客户重复讲了三遍。", "转交必须写交接说明，班会上讲评三个例子。", "抽查 20 单转交说明全部完整，近两周没有同类投诉。"),
)  # fmt: skip


def improving(desk: Desk) -> Moments:
    """The oldest improvement that nobody has worked on gets cause and plan, mostly later its proof."""
    improvement = Improvement.objects.filter(state=ImprovementState.OPEN).order_by("opened_at").first()
    if improvement is None:
        return
    cause, action, effect = desk.pick(PLANS)
    lead = desk.accounts[improvement.owner_id] if improvement.owner_id else desk.house.people["zhou"]
    planned = move_improvement(
        improvement=improvement, version=improvement.version, cause=cause, action=action, owner_id=lead.id,
        due_on=clock.today() + timedelta(days=10), by=Actor.account(lead.id), now=clock.now(),
    )  # fmt: skip
    yield clock.now() + timedelta(days=desk.rng.uniform(5, 9))
    move_improvement(
        improvement=planned, version=planned.version, cause=cause, action=action, effect=effect, due_on=planned.due_on,
        by=Actor.account(lead.id), now=clock.now(),
    )  # fmt: skip
