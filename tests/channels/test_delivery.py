"""Mails on their way out: many by one connection, each recipient settled once, none lost and none called sent too
early (R-CH-1)."""

from collections.abc import Iterator

import pytest
from django.db import connection
from tests.servers import Sink, free_port
from tests.story import SYSTEM, Company, make_company, write_in

from yinuo.channels.models import AutomaticReply, Delivery, Mailbox
from yinuo.channels.services.health import sending_failed
from yinuo.channels.services.mailboxes import save_mailbox
from yinuo.foundation import batches, clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.jobs import ATTEMPTS
from yinuo.foundation.models import HistoryRow
from yinuo.foundation.worker import requeue_stalled
from yinuo.tickets.models import Message, MessageState, SearchRow, Ticket
from yinuo.tickets.services import reply, send_again

pytestmark = pytest.mark.django_db


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as server:
        yield server


@pytest.fixture
def company(sink: Sink) -> Company:
    made = make_company()
    save_mailbox(
        id=None, version=None, address="service@yinuo.example", name="一诺客服", team=made.first_line,
        smtp_host="127.0.0.1", smtp_port=sink.port, smtp_security="none", by=SYSTEM, now=clock.now(),
    )  # fmt: skip
    return made


def work_off(*queues: str, tried: bool = False) -> int:
    """As a worker does: takes what is there, does it together; how many jobs. `tried`: those that wait for another
    attempt too, whether their time has come or not."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")
        (worker_id,) = cursor.fetchone()
        if tried:
            cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL")
    done = 0
    for queue in queues or ("facts", "mail"):
        while jobs := batches.take(queue, worker_id, 50) or (tried and batches.take_tried(queue, worker_id)):
            batches.do(jobs)
            done += len(jobs)
            tried = False
    return done


def jobs() -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text, attempts FROM procrastinate_jobs WHERE queue_name = 'mail' ORDER BY id")
        return cursor.fetchall()


def answer(company: Company, ticket: Ticket, *to: str, text: str = "请断电一分钟再试。") -> Message:
    return reply(
        ticket=ticket, account_id=company.agent.id, text=text, to=to, by=Actor.account(company.agent.id),
        now=clock.now(),
    )  # fmt: skip


def test_acknowledgements_of_many_tickets_go_by_one_connection(company, sink):
    tickets = [write_in(company, address=f"buyer{n}@example.com", name=f"客户{n}") for n in range(12)]
    work_off()
    assert sorted(to for (to,), _ in sink.kept) == sorted(f"buyer{n}@example.com" for n in range(12))
    assert sink.connections == 1
    assert len(set(sink.message_ids)) == 12
    sent = Message.objects.filter(direction="out")
    assert {message.ticket_id for message in sent} == {ticket.id for ticket in tickets}
    assert {message.state for message in sent} == {MessageState.SENT}
    for message in sent.select_related("ticket"):
        assert message.ticket.number in message.text and message.ticket.number in message.envelope["subject"]
        assert message.ticket.link_salt
    assert set(Delivery.objects.values_list("state", "attempts")) == {("sent", 1)}
    assert SearchRow.objects.count() == 3 * 12, "subject, message and acknowledgement of each"
    assert jobs() == []


def test_what_a_person_wrote_goes_before_acknowledgements_that_wait(company, sink):
    first = write_in(company)
    work_off("facts")
    answer(company, first, "zhang.san@example.com")
    work_off("facts")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")
        batches.do(batches.take("mail", cursor.fetchone()[0], 1))
    ((_, raw),) = sink.kept
    assert b"Auto-Submitted" not in raw


def test_each_message_has_a_history_of_being_queued_and_sent(company):
    write_in(company)
    work_off()
    message = Message.objects.get(direction="out")
    told = HistoryRow.objects.filter(subject_id=message.id).order_by("id")
    assert [row.kind for row in told] == ["tickets.MessageQueued", "tickets.MessageStateChanged"]


def test_one_sender_who_writes_ten_times_at_once_gets_three_acknowledgements(company, sink):
    for _ in range(10):
        write_in(company)
    work_off()
    assert len(sink.kept) == 3 and AutomaticReply.objects.count() == 3
    states = Message.objects.filter(direction="out").values_list("state", "state_reason")
    assert sorted(states) == [("held", "loop_guard")] * 7 + [("sent", "")] * 3


def test_a_recipient_put_off_is_tried_again_alone_and_the_others_have_it_once(company, sink):
    ticket = write_in(company)
    work_off()
    sink.kept.clear()
    sink.says["li@example.com"] = "450 4.2.0 later"
    message = answer(company, ticket, "zhang@example.com", "li@example.com")
    work_off()
    message.refresh_from_db()
    assert message.state == MessageState.QUEUED
    assert [to for to, _ in sink.kept] == [("zhang@example.com",)]
    assert jobs() == [("todo", 1)]
    assert Mailbox.objects.get().send_failing_since is None, "the server spoke to us"
    sink.says.clear()
    work_off(tried=True)
    assert [to for to, _ in sink.kept] == [("zhang@example.com",), ("li@example.com",)]
    assert len(set(sink.message_ids)) == 1
    message.refresh_from_db()
    assert message.state == MessageState.SENT and jobs() == []


def test_a_recipient_refused_for_good_is_told_of_at_the_end_and_left_out_of_what_is_sent_again(company, sink):
    ticket = write_in(company)
    work_off()
    sink.kept.clear()
    sink.says |= {"li@example.com": "450 4.2.0 later", "wu@example.com": "550 5.1.1 no such user"}
    message = answer(company, ticket, "zhang@example.com", "li@example.com", "wu@example.com")
    work_off()
    assert jobs() == [("todo", 1)]
    del sink.says["li@example.com"]
    work_off(tried=True)
    message.refresh_from_db()
    assert (message.state, message.state_reason) == (MessageState.FAILED, "550 5.1.1 no such user")
    assert [to for to, _ in sink.kept] == [("zhang@example.com",), ("li@example.com",)]
    sink.says.clear()
    send_again(message=message, by=SYSTEM, now=clock.now())
    work_off()
    message.refresh_from_db()
    assert message.state == MessageState.SENT
    assert [to for to, _ in sink.kept][2:] == [("wu@example.com",)]


def test_one_refused_mail_does_not_hold_up_those_behind_it(company, sink):
    sink.says["buyer1@example.com"] = "550 5.1.1 no such user"
    for number in range(3):
        write_in(company, address=f"buyer{number}@example.com", name=f"客户{number}")
    work_off()
    assert sorted(Message.objects.filter(direction="out").values_list("state", flat=True)) == ["failed", "sent", "sent"]
    assert jobs() == []


def test_while_the_server_is_away_mails_wait_and_the_mailbox_says_so(company, sink):
    Mailbox.objects.update(smtp_port=free_port())
    for number in range(3):
        write_in(company, address=f"buyer{number}@example.com", name=f"客户{number}")
    work_off()
    assert jobs() == [("todo", 1)] * 3
    assert Mailbox.objects.get().send_failure == "unreachable"
    assert set(Delivery.objects.values_list("state", "attempts", "reason")) == {("queued", 1, "unreachable")}
    Mailbox.objects.update(smtp_port=sink.port)
    for _ in range(3):
        work_off(tried=True)
    assert len(sink.kept) == 3 and jobs() == []
    assert Mailbox.objects.get().send_failing_since is None


def test_after_nine_attempts_the_message_has_failed(company):
    Mailbox.objects.update(smtp_port=free_port())
    write_in(company)
    work_off()
    for _ in range(ATTEMPTS - 2):
        work_off("mail", tried=True)
    assert Message.objects.get(direction="out").state == MessageState.QUEUED
    work_off("mail", tried=True)
    message = Message.objects.get(direction="out")
    assert (message.state, message.state_reason) == (MessageState.FAILED, "unreachable")
    assert jobs() == []


def test_a_mail_whose_workers_all_died_has_failed_and_can_be_sent_again(company, sink):
    write_in(company)
    work_off("facts")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', attempts = 12 WHERE queue_name = 'mail'")
    assert requeue_stalled() == 1
    message = Message.objects.get(direction="out")
    assert (message.state, message.state_reason) == (MessageState.FAILED, "not_sent")
    assert jobs() == [("failed", 13)]
    send_again(message=message, by=SYSTEM, now=clock.now())
    work_off()
    message.refresh_from_db()
    assert message.state == MessageState.SENT and len(sink.kept) == 1


def test_what_was_sent_and_not_written_down_goes_out_again_under_the_same_id(company, sink):
    write_in(company)
    work_off("facts")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")
        (worker_id,) = cursor.fetchone()
    taken = batches.take("mail", worker_id, 50)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_workers")  # silent for too long: its work counts no more
    batches.do(taken)
    assert len(sink.kept) == 1 and Delivery.objects.get().state == "queued"
    assert requeue_stalled() == 1
    work_off(tried=True)
    assert len(sink.kept) == 2 and len(set(sink.message_ids)) == 1
    assert Delivery.objects.get().state == "sent"


def test_a_mailbox_that_failed_before_is_well_when_it_sends(company):
    sending_failed(mailbox_id=Mailbox.objects.get().id, failure="unreachable", now=clock.now())
    write_in(company)
    work_off()
    assert Mailbox.objects.get().send_failing_since is None
