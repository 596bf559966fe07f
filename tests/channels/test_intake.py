"""A raw mail becomes a ticket, an answer, a bounce, a duplicate or a quarantine entry (R-CH-1)."""

from datetime import timedelta
from email.message import EmailMessage
from itertools import count

import pytest
from django.db import OperationalError
from tests.conftest import run_jobs
from tests.story import SYSTEM, Company, make_company

from yinuo.channels.errors import NothingToOpen
from yinuo.channels.models import AutomaticReply, Contact, ContactState, Delivery, Mailbox
from yinuo.channels.services.delivery import Outcome, write_outcomes
from yinuo.channels.services.intake import keep_contact
from yinuo.channels.services.mailboxes import block_sender, save_mailbox
from yinuo.channels.services.quarantine import append_from_quarantine, discard_contact, open_from_quarantine
from yinuo.foundation import clock as house_clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.models import HistoryRow
from yinuo.tickets.models import Message, MessageState, Ticket
from yinuo.tickets.services import reply

pytestmark = pytest.mark.django_db
SERVICE = "service@yinuo.example"
numbers = count(1)


@pytest.fixture
def company() -> Company:
    made = make_company()
    save_mailbox(
        id=None, version=None, address=SERVICE, name="一诺客服", team=made.first_line, transport="folder",
        by=SYSTEM, now=house_clock.now(),
    )  # fmt: skip
    return made


def mail(
    text: str = "热水器不加热，显示E2，请处理。", *, sender: str = "Zhang San <zhang.san@example.com>",
    subject: str = "热水器故障", message_id: str | None = "", **headers: str,
) -> bytes:  # fmt: skip
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, SERVICE, subject
    if message_id is not None:
        made["Message-ID"] = message_id or f"<{next(numbers)}@example.com>"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made.as_bytes()


def arrives(raw: bytes) -> Contact:
    contact = keep_contact(
        channel="email", mailbox=Mailbox.objects.get(), source_key=f"test:{next(numbers)}", raw=raw,
        arrived_at=house_clock.now(), now=house_clock.now(),
    )  # fmt: skip
    assert contact is not None
    run_jobs()
    contact.refresh_from_db()
    return contact


def test_a_mail_opens_an_after_sales_ticket(company):
    contact = arrives(mail())
    ticket = Ticket.objects.get()
    assert contact.state == ContactState.ACCEPTED
    assert contact.ticket_id == ticket.id
    assert ticket.number.startswith("SH")
    assert (ticket.scenario, ticket.ticket_class, ticket.category.code) == ("after_sales", "service", "function_fault")
    assert ticket.customer.name == "Zhang San"
    assert ticket.owner == company.agent


def test_the_acknowledgement_goes_out_with_number_and_link(company):
    arrives(mail())
    ticket = Ticket.objects.get()
    delivery = Delivery.objects.get(ticket_id=ticket.id)
    assert delivery.state == "sent"
    message = Message.objects.get(ticket=ticket, direction="out")
    assert message.state == MessageState.SENT
    assert ticket.number in message.text


def test_the_same_arrival_is_kept_once(company):
    raw = mail()
    values = {"channel": "email", "mailbox": Mailbox.objects.get(), "source_key": "imap:1:1:7", "raw": raw}
    at = house_clock.now()
    assert keep_contact(**values, arrived_at=at, now=at) is not None
    assert keep_contact(**values, arrived_at=at, now=at) is None
    run_jobs()
    assert Ticket.objects.count() == 1


def test_a_mail_that_comes_twice_is_kept_marked_and_opens_nothing(company):
    raw = mail(message_id="<same@example.com>")
    arrives(raw)
    assert arrives(raw).state == ContactState.DUPLICATE
    assert Ticket.objects.count() == 1


def test_the_same_message_id_with_other_content_is_another_mail(company):
    arrives(mail("第一封", message_id="<same@example.com>"))
    arrives(mail("第二封，内容不同", message_id="<same@example.com>"))
    assert Ticket.objects.count() == 2


def test_two_mails_without_message_id_are_two_where_they_differ_in_anything(company):
    first = mail("没有编号的来信一", message_id=None)
    others = [
        mail("没有编号的来信二", message_id=None),
        mail("没有编号的来信一", message_id=None, subject="另一件"),
        mail("没有编号的来信一", message_id=None, sender="li.si@example.com"),
        mail("没有编号的来信一", message_id=None, Date="Sat, 21 Nov 2026 09:00:00 +0800"),
        mail("没有编号的来信一", message_id=None, Date="Sat, 21 Nov 2026 09:00:01 +0800"),
    ]
    states = [arrives(raw).state for raw in (first, *others)]
    assert states == [ContactState.ACCEPTED] * 6
    assert Ticket.objects.count() == 6


@pytest.mark.parametrize(("dated", "again_after", "same"), [
    (True, timedelta(minutes=20), True), (True, timedelta(days=4), True), (True, timedelta(days=11), False),
    (False, timedelta(minutes=20), True), (False, timedelta(hours=2), False),
])  # fmt: skip
def test_a_mail_without_message_id_handed_over_again_is_the_same_for_a_while(company, clock, dated, again_after, same):
    """A sending server that got no answer tries again; what is neither named nor dated may be said again on purpose."""
    headers = {"Date": "Sat, 21 Nov 2026 09:00:00 +0800"} if dated else {}
    raw = mail("设备自动发来的报警", message_id=None, **headers)
    arrives(raw)
    clock(again_after)
    assert arrives(raw).state == (ContactState.DUPLICATE if same else ContactState.ACCEPTED)
    assert Ticket.objects.count() == (1 if same else 2)


def test_a_folder_counted_anew_long_after_gives_the_same_mails_once(company, clock):
    """UIDVALIDITY changed: the server's own date of arrival is the old one."""
    raw, at = mail("没有编号", message_id=None), house_clock.now()
    for key in ("imap:1:1:7", "imap:1:2:1"):
        keep_contact(
            channel="email",
            mailbox=Mailbox.objects.get(),
            source_key=key,
            raw=raw,
            arrived_at=at,
            now=house_clock.now(),
        )
        run_jobs()
        clock(timedelta(days=40))
    assert Ticket.objects.count() == 1
    assert Contact.objects.filter(state=ContactState.DUPLICATE).count() == 1


def test_many_mails_under_one_message_id_are_many_and_each_again_is_none(company):
    raws = [mail(f"第{number}封，内容不同", message_id="<same@example.com>") for number in range(5)]
    for raw in (*raws, *raws):
        arrives(raw)
    assert Ticket.objects.count() == 5
    assert Contact.objects.filter(state=ContactState.DUPLICATE).count() == 5


@pytest.mark.parametrize(
    "error", [RuntimeError("broken"), MemoryError(), AssertionError(), KeyError("x"), RecursionError()]
)
def test_a_mail_that_breaks_the_parser_waits_for_a_person_and_no_job_tries_it_for_ever(company, monkeypatch, error):
    def broken(raw: bytes, **more: object) -> object:
        raise error

    monkeypatch.setattr("yinuo.channels.services.intake.parse", broken)
    contact = arrives(mail("打不开的信"))
    assert (contact.state, contact.kind) == (ContactState.QUARANTINED, "unreadable")
    agent = Actor.account(company.agent.id)
    with pytest.raises(NothingToOpen):
        open_from_quarantine(contact=contact, team=company.first_line, by=agent, now=house_clock.now())
    discard_contact(contact=contact, reason="看不懂", by=agent, now=house_clock.now())
    assert not Ticket.objects.exists()


def test_a_lost_database_is_no_reason_for_the_quarantine(company, monkeypatch):
    def away(raw: bytes, **more: object) -> object:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr("yinuo.channels.services.intake.parse", away)
    with pytest.raises(OperationalError):
        arrives(mail())
    assert Contact.objects.get().state == ContactState.KEPT


def our_header(ticket: Ticket) -> str:
    return Delivery.objects.filter(ticket_id=ticket.id).order_by("-queued_at").first().header_id


def test_an_answer_to_our_mail_is_appended(company):
    arrives(mail())
    ticket = Ticket.objects.get()
    contact = arrives(mail("补充：昨天开始的。", subject="无关的主题", In_Reply_To=our_header(ticket)))
    assert Ticket.objects.count() == 1
    assert contact.ticket_id == ticket.id
    assert not Message.objects.get(id=contact.message_id).unverified


def test_a_subject_with_the_number_alone_ties_nothing(company):
    arrives(mail())
    ticket = Ticket.objects.get()
    arrives(mail("我是另一个人", sender="other@example.org", subject=f"Re: [{ticket.number}] 热水器故障"))
    assert Ticket.objects.count() == 2


def test_a_stranger_in_the_thread_is_filed_as_unverified_and_moves_nothing(company):
    arrives(mail())
    ticket = Ticket.objects.get()
    before = Ticket.objects.values("status", "last_customer_at").get(id=ticket.id)
    contact = arrives(mail("我确认已解决", sender="stranger@example.org", In_Reply_To=our_header(ticket)))
    message = Message.objects.get(id=contact.message_id)
    assert message.unverified
    assert message.customer is None
    assert Ticket.objects.values("status", "last_customer_at").get(id=ticket.id) == before


def test_an_auto_reply_is_filed_and_not_answered(company):
    contact = arrives(mail("我在休假", Auto_Submitted="auto-replied"))
    assert contact.state == ContactState.FILTERED
    assert Ticket.objects.count() == 0
    assert Delivery.objects.count() == 0


def test_our_own_mail_coming_back_is_dropped(company):
    assert arrives(mail(sender=SERVICE)).state == ContactState.FILTERED
    assert Ticket.objects.count() == 0


def test_a_sender_without_address_waits_in_quarantine(company):
    contact = arrives(mail(sender="undisclosed"))
    assert contact.state == ContactState.QUARANTINED
    assert contact.reason


def test_what_a_person_takes_out_of_quarantine_is_recorded_as_that_persons_deed(company):
    arrives(mail())
    contact = arrives(mail(sender="no address at all"))
    by, now = Actor.account(company.agent.id), house_clock.now()
    append_from_quarantine(contact=contact, ticket=Ticket.objects.get(), by=by, now=now)
    decided = HistoryRow.objects.filter(kind="channels.ContactDecided", subject_id=contact.id).order_by("recorded_at")
    assert [(row.actor_kind, row.actor_id) for row in decided] == [("system", None), ("account", company.agent.id)]


def test_a_blocked_domain_is_filtered(company):
    block_sender(sender="@spam.example", by=SYSTEM, now=house_clock.now())
    assert arrives(mail(sender="x@mail.spam.example")).state == ContactState.FILTERED
    assert Ticket.objects.count() == 0


def test_one_sender_gets_three_acknowledgements_an_hour_and_loses_no_mail(company):
    for number in range(6):
        arrives(mail(f"第{number}个问题，内容各不相同"))
    assert Ticket.objects.count() == 6
    assert AutomaticReply.objects.count() == 3


def test_a_reply_threads_under_the_customers_mail(company):
    arrives(mail(message_id="<first@example.com>"))
    ticket = Ticket.objects.get()
    message = reply(
        ticket=ticket, account_id=company.agent.id, text="请断电一分钟再试。", by=Actor.account(company.agent.id),
        now=house_clock.now(),
    )  # fmt: skip
    run_jobs()
    delivery = Delivery.objects.get(message_id=message.id)
    from email import message_from_bytes
    from email.policy import default

    from yinuo.foundation.files import read_file

    sent = message_from_bytes(read_file(delivery.raw_id), policy=default)
    assert sent["In-Reply-To"] == "<first@example.com>"
    assert sent["Message-ID"] == delivery.header_id
    assert "<first@example.com>" in sent["References"]
    assert sent["To"] == "<zhang.san@example.com>" or "zhang.san@example.com" in sent["To"]
    assert "Auto-Submitted" not in sent


def test_a_bounce_marks_the_message_and_tells_its_author(company):
    arrives(mail())
    ticket = Ticket.objects.get()
    message = reply(
        ticket=ticket, account_id=company.agent.id, text="您好。", by=Actor.account(company.agent.id),
        now=house_clock.now(),
    )  # fmt: skip
    run_jobs()
    delivery = Delivery.objects.get(message_id=message.id)
    report = (
        "From: MAILER-DAEMON@example.com\r\nTo: service@yinuo.example\r\nSubject: Undelivered Mail\r\n"
        "Message-ID: <b1@example.com>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nfailed\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; example.com\r\n\r\n"
        "Final-Recipient: rfc822; zhang.san@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 User unknown\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {delivery.header_id}\r\n\r\n--b--\r\n"
    )
    arrives(report.encode())
    message.refresh_from_db()
    assert message.state == MessageState.BOUNCED
    assert "5.1.1" in message.state_reason
    from yinuo.staff.models import Notice

    assert Notice.objects.filter(account=company.agent, kind="not_delivered").count() == 1


def test_sending_twice_marks_once(company):
    arrives(mail())
    delivery = Delivery.objects.get()
    write_outcomes(outcomes=[Outcome(delivery.id)], now=house_clock.now())
    delivery.refresh_from_db()
    assert delivery.attempts == 1


def test_an_answer_to_an_address_that_no_mail_reaches_is_told_not_stuck(company):
    arrives(mail())
    message = reply(
        ticket=Ticket.objects.get(), account_id=company.agent.id, text="您好。", cc=["张三@example.com"],
        by=Actor.account(company.agent.id), now=house_clock.now(),
    )  # fmt: skip
    run_jobs()
    message.refresh_from_db()
    assert (message.state, message.state_reason) == (MessageState.FAILED, "no_address")


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        ('"li.si@example.com" <li.si@example.com>', "li.si"),
        ("<li.si@example.com>", "li.si"),
        ('"13812341234" <li.si@example.com>', "138****1234"),
        ('"李四 13812341234" <li.si@example.com>', "李四 138****1234"),
        ("李四 <li.si@example.com>", "李四"),
    ],
)
def test_a_contact_given_as_the_senders_name_is_not_shown_as_one(company, sender, name):
    arrives(mail(sender=sender))
    assert Ticket.objects.get().customer.name == name
