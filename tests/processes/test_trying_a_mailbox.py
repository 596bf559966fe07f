"""Trying a mailbox against a real IMAP store and a real SMTP server."""

from collections.abc import Iterator

import pytest
from tests.servers import PASSWORD, Dovecot, Relay, mail_servers, mail_to_service

from yinuo.channels.testing import Way, test_mailbox

pytestmark = pytest.mark.processes
ADDRESS = "service@example.com"


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Dovecot, Relay]]:
    with mail_servers() as found:
        yield found


def imap(dovecot: Dovecot, password: str = PASSWORD, security: str = "none") -> Way:
    return Way("127.0.0.1", dovecot.imap, security, ADDRESS, password)


def test_both_ways_work_and_no_mail_is_touched(servers):
    dovecot, relay = servers
    relay.send(mail_to_service("您好", subject="第一封", to=ADDRESS))
    result = test_mailbox(
        address=ADDRESS, imap=imap(dovecot), smtp=Way("127.0.0.1", relay.port, "none", ADDRESS, PASSWORD)
    )
    assert [finding.code for finding in result.findings] == ["ok_imap", "ok_smtp"]
    assert result.findings[0].values["count"] == 1
    assert [mail["Subject"] for mail in dovecot.mails_of(ADDRESS)] == ["第一封"], "nothing was sent or taken away"


def test_a_wrong_password_a_missing_folder_and_missing_tls_are_told_apart(servers):
    dovecot, _relay = servers

    def code(way: Way, folder: str = "INBOX") -> str:
        return test_mailbox(address=ADDRESS, imap=way, folder=folder, smtp=None).findings[0].code

    assert code(imap(dovecot, password="wrong")) == "log_in"
    assert code(imap(dovecot), folder="没有这个") == "folder"
    assert code(imap(dovecot, security="tls")) == "not_tls"
    assert code(imap(dovecot, security="starttls")) == "starttls"
