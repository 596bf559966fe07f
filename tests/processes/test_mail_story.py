"""The mail side of the story with real servers and real processes: in by IMAP and by the door, out by SMTP."""

import smtplib
from pathlib import Path

import pytest
from tests.servers import Dovecot, House, Relay, mail_servers, mail_to_service, running_house, wait_for

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def servers():
    with mail_servers() as found:
        yield found


@pytest.fixture(scope="module")
def house(servers: tuple[Dovecot, Relay]):
    dovecot, relay = servers
    with running_house() as house:
        house.run("tests.prepare_story", str(dovecot.imap), str(relay.port))
        yield house


def tickets(house: House) -> list[str]:
    return house.run("tests.ask_house", "tickets").split()


def test_a_mail_fetched_by_imap_is_acknowledged_in_the_customers_mailbox(house, servers):
    dovecot, relay = servers
    mail = mail_to_service("热水器不加热，显示E2。", subject="热水器故障")
    relay.send(mail)
    (answer,) = wait_for(lambda: dovecot.mails_of("zhang.san@customer.example"), seconds=30)
    assert answer["In-Reply-To"] == mail["Message-ID"]
    assert answer["Auto-Submitted"] == "auto-replied"
    assert "SH" in str(answer["Subject"])
    assert f"{house.url}/t/SH" in answer.get_content()


def test_a_mail_handed_to_the_smtp_door_becomes_a_ticket(house, servers):
    dovecot, _relay = servers
    with smtplib.SMTP("127.0.0.1", house.port + 1) as door:
        door.send_message(mail_to_service("发票抬头开错了。", subject="发票", sender="li@customer.example"))
    assert wait_for(lambda: dovecot.mails_of("li@customer.example"), seconds=30)


def test_the_door_relays_nothing(house):
    with smtplib.SMTP("127.0.0.1", house.port + 1) as door, pytest.raises(smtplib.SMTPRecipientsRefused):
        door.sendmail("a@b.example", ["someone@elsewhere.example"], b"Subject: x\r\n\r\nx")


def test_an_answer_refused_by_the_other_side_is_known(house, servers):
    _dovecot, relay = servers
    relay.refuse.add("gone@customer.example")
    relay.send(mail_to_service("请回电。", subject="请回电", sender="gone@customer.example"))
    states = wait_for(
        lambda: "failed" in house.run("tests.ask_house", "message_states", "gone@customer.example"), seconds=30
    )
    assert states


def test_the_banner_tells_while_the_mail_server_is_away_and_nothing_is_lost(house, servers, tmp_path: Path):
    dovecot, relay = servers
    dovecot.stop()
    wait_for(lambda: "unreachable" in house.run("tests.ask_house", "mailbox"), seconds=60, every=1)
    dovecot.start()
    relay.send(mail_to_service("断线期间寄来的信。", subject="断线", sender="wang@customer.example"))
    assert wait_for(lambda: dovecot.mails_of("wang@customer.example"), seconds=60)
    assert "works" in house.run("tests.ask_house", "mailbox")
