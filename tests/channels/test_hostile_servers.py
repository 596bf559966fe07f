"""Mail servers that say no: nothing is passed over, nothing is called sent that was refused, no address is quoted."""

import imaplib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import Envelope, Session
from asgiref.sync import async_to_sync
from tests.story import SYSTEM, make_company

from yinuo.channels.adapters.email import door, fetching, sending
from yinuo.channels.models import Contact, Mailbox
from yinuo.channels.services.health import fetched_up_to
from yinuo.channels.services.mailboxes import save_mailbox
from yinuo.foundation import clock as house_clock


@contextmanager
def server_that_answers(answers: dict[str, str]) -> Iterator[int]:
    """An SMTP server on loopback that answers each command as told; 250 else."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        peer, _ = listening.accept()
        with peer, peer.makefile("rwb") as lines:
            lines.write(b"220 hello\r\n")
            lines.flush()
            for line in lines:
                said = line.decode().strip()
                answer = next((text for start, text in answers.items() if said.upper().startswith(start)), "250 ok")
                lines.write(f"{answer}\r\n".encode())
                lines.flush()
                if said.upper() == "DATA" and answer.startswith("354"):
                    while lines.readline() != b".\r\n":
                        pass
                    lines.write(b"250 taken\r\n")
                    lines.flush()
                if said.upper() == "QUIT":
                    return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.close()
        thread.join(5)


def box(port: int) -> Mailbox:
    return Mailbox(address="service@yinuo.example", smtp_host="127.0.0.1", smtp_port=port, smtp_security="none")


RAW = b"Subject: x\r\n\r\nx\r\n"


def sent(port: int, *recipients: str) -> sending.Verdict:
    with sending.Line(box(port)) as line:
        return line.send(recipients, RAW)


def test_a_mail_that_was_taken_is_sent_however_the_server_says_goodbye():
    with server_that_answers({"DATA": "354 go on", "QUIT": "451 not now"}) as port:
        assert sent(port, "zhang@example.com") == sending.Verdict({"zhang@example.com": ""})


def test_a_recipient_refused_beside_one_that_took_it_is_not_passed_over():
    answers = {"RCPT TO:<LI@": "550 5.1.1 <li@example.com>: no such user", "DATA": "354 go on"}
    with server_that_answers(answers) as port:
        verdict = sent(port, "zhang@example.com", "li@example.com")
    assert verdict.settled["zhang@example.com"] == "" and verdict.later == ""
    assert "5.1.1" in verdict.settled["li@example.com"]
    assert "li@example.com" not in verdict.settled["li@example.com"]


def test_a_recipient_put_off_beside_one_that_took_it_is_alone_tried_again():
    answers = {"RCPT TO:<LI@": "450 4.2.0 li@example.com later", "DATA": "354 go on"}
    with server_that_answers(answers) as port:
        verdict = sent(port, "zhang@example.com", "li@example.com")
    assert verdict.settled == {"zhang@example.com": ""}
    assert verdict.later.startswith("450") and "li@example.com" not in verdict.later


def test_one_is_refused_and_the_other_may_come_later():
    answers = {"RCPT TO:<LI@": "550 no", "RCPT TO:<ZHANG@": "450 4.2.0 zhang@example.com later"}
    with server_that_answers(answers) as port:
        verdict = sent(port, "li@example.com", "zhang@example.com")
    assert verdict.settled == {"li@example.com": "550 no"}
    assert verdict.later.startswith("450") and "zhang@example.com" not in verdict.later


def test_nobody_has_a_mail_that_the_server_breaks_off():
    answers = {"RCPT TO:<LI@": "421 closing"}
    with server_that_answers(answers) as port:
        verdict = sent(port, "zhang@example.com", "li@example.com")
    assert verdict == sending.Verdict({}, "421 closing")


def test_a_mail_refused_as_a_whole_does_not_spoil_the_connection_for_the_next():
    with server_that_answers({"DATA": "554 5.6.0 no such mail"}) as port, sending.Line(box(port)) as line:
        for _ in range(2):
            verdict = line.send(["zhang@example.com"], RAW)
            assert verdict == sending.Verdict({"zhang@example.com": "554 5.6.0 no such mail"})


def test_an_address_that_the_server_cannot_be_told_is_refused():
    with server_that_answers({}) as port:
        assert sent(port, "张三@example.com") == sending.Verdict({"张三@example.com": "no_address"})


def test_many_mails_go_by_one_connection():
    with server_that_answers({"DATA": "354 go on"}) as port, sending.Line(box(port)) as line:
        for number in range(3):  # the server takes one connection and no more
            address = f"zhang{number}@example.com"
            assert line.send([address], RAW) == sending.Verdict({address: ""})


def test_a_server_that_does_not_let_us_send_for_now_is_not_the_mails_fault():
    with server_that_answers({"MAIL": "451 4.7.0 too many"}) as port, pytest.raises(sending.ServerUnreachable):
        sent(port, "zhang@example.com")


class ClientThatSaysNo:
    """As imaplib's: the answer of `uid` is status and data."""

    def uid(self, command: str, *arguments: object) -> tuple[str, list[bytes]]:
        return "NO", [b"[UNAVAILABLE] come again"]


class BoxThatSaysNo:
    client = ClientThatSaysNo()


def test_a_mail_that_the_server_does_not_hand_over_is_not_taken_for_a_deleted_one():
    with pytest.raises(imaplib.IMAP4.error):
        fetching._fetch(BoxThatSaysNo(), 7)
    with pytest.raises(imaplib.IMAP4.error):
        fetching._uids_above(BoxThatSaysNo(), Mailbox(since=house_clock.now()), 0)


class BoxOfTomorrow:
    """One mail, taken in by a server whose clock is a day ahead."""

    def __init__(self, at: datetime) -> None:
        self.client, self.folder, self.at = self, self, at

    def status(self, folder: str, names: list[str]) -> dict[str, int]:
        return {"UIDVALIDITY": 1}

    def uid(self, command: str, *arguments: object) -> tuple[str, list[object]]:
        if command == "SEARCH":
            return "OK", [b"1"]
        head = b"1 (UID 1 INTERNALDATE " + imaplib.Time2Internaldate(self.at).encode() + b" BODY[] {24}"
        return "OK", [(head, b"From: a@b.example\r\n\r\nx\r\n"), b")"]


@pytest.mark.django_db
def test_nothing_has_arrived_tomorrow_not_even_the_first_mail_of_a_box():
    company, now = make_company(), house_clock.now()
    kept = save_mailbox(
        id=None, version=None, address="service@yinuo.example", team=company.first_line, imap_host="imap.example",
        by=SYSTEM, now=now,
    )  # fmt: skip
    assert fetching.fetch_new(BoxOfTomorrow(now + timedelta(days=1)), kept) == 1
    assert Contact.objects.get().arrived_at <= house_clock.now()


@pytest.mark.django_db
def test_a_fetch_still_running_does_not_set_the_place_in_a_folder_chosen_meanwhile():
    company, now = make_company(), house_clock.now()
    kept = save_mailbox(
        id=None, version=None, address="service@yinuo.example", team=company.first_line, imap_host="imap.example",
        by=SYSTEM, now=now,
    )  # fmt: skip
    fetched_up_to(mailbox_id=kept.id, version=kept.version, uid_validity=1, uid=40)
    assert Mailbox.objects.get().last_uid == 40
    save_mailbox(id=kept.id, version=kept.version, imap_folder="Service", by=SYSTEM, now=now)
    fetched_up_to(mailbox_id=kept.id, version=kept.version, uid_validity=1, uid=41)
    assert Mailbox.objects.get().last_uid == 0


@pytest.mark.django_db(transaction=True)
def test_the_lmtp_door_answers_for_each_recipient_and_takes_nothing_for_a_mailbox_switched_off():
    company, now = make_company(), house_clock.now()
    for name in ("service", "sales"):
        save_mailbox(
            id=None, version=None, address=f"{name}@yinuo.example", team=company.first_line, by=SYSTEM, now=now
        )
    keeper = door.Door()
    envelope = Envelope()
    envelope.rcpt_tos = ["service@yinuo.example", "sales@yinuo.example"]
    envelope.original_content = b"From: zhang@example.com\r\n\r\nx\r\n"
    answers = async_to_sync(keeper.handle_DATA)(LMTP(keeper), Session(None), envelope)
    assert answers.split("\r\n") == ["250 2.0.0 Kept"] * 2
    assert Contact.objects.count() == 2
    Mailbox.objects.filter(address="sales@yinuo.example").update(active=False)
    with pytest.raises(LookupError):
        door._keep(envelope)
