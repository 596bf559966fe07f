"""The first run: an empty house leads to one page, is set up once, and tells precisely what is wrong with a mailbox."""

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from django.test import Client

from yinuo.catalog.models import Category, Scenario
from yinuo.channels.models import Mailbox
from yinuo.channels.testing import Way, test_mailbox
from yinuo.config.first_run import set_up_code
from yinuo.procedures.models import ProcedureVersion
from yinuo.staff.models import Account, Company, Role, Team

PASSWORD = "first-run-pw-26"
RIGHT = "right"
DOOR = {
    "company": "一诺电器", "hotline": "400-000-0000", "pack": "handbook", "name": "王经理", "login": "wang",
    "password1": PASSWORD, "password2": PASSWORD, "address": "service@example.com", "sender_name": "一诺客服",
    "way": "door",
}  # fmt: skip


@pytest.mark.django_db
class TestFirstRun:
    def test_every_page_leads_to_the_set_up_while_there_is_no_company(self):
        client = Client()
        for path in ("/", "/me", "/accounts/login/", "/customers", "/settings", "/no/such/page"):
            assert client.get(path)["Location"] == "/setup", path
        part = client.get("/customers", headers={"HX-Request": "true"})
        assert part["HX-Redirect"] == "/setup"
        assert client.get("/setup").status_code == 200

    def test_one_form_makes_company_handbook_administrator_and_mailbox(self):
        client = Client()
        answer = client.post("/setup", DOOR)
        assert answer.status_code == 302, answer.context["form"].errors
        company = Company.objects.get()
        assert (company.name, company.hotline, company.pack, company.is_demo) == (
            "一诺电器",
            "400-000-0000",
            "handbook",
            False,
        )
        account = Account.objects.get()
        assert account.check_password(PASSWORD)
        assert {role.code for role in account.roles.all()} == {"administrator", "supervisor", "agent"}
        assert account.memberships.get().is_lead
        assert Scenario.objects.count() >= 5
        assert Category.objects.count() > 10
        assert ProcedureVersion.objects.exists()
        box = Mailbox.objects.get()
        assert (box.address, box.name, box.imap_host, box.team) == (
            "service@example.com",
            "一诺客服",
            "",
            Team.objects.get(),
        )
        assert client.get("/accounts/login/").status_code == 200
        assert client.post("/accounts/login/", {"login": "wang", "password": PASSWORD}).status_code == 302
        assert client.get("/settings/accounts").status_code == 200

    def test_a_real_mailbox_is_kept_with_its_servers(self):
        own = {
            "way": "own", "imap_host": "imap.example.com", "imap_port": "143", "imap_security": "starttls",
            "imap_folder": "客服", "smtp_host": "smtp.example.com", "smtp_port": "587", "smtp_security": "starttls",
            "username": "service", "password": "pw",
        }  # fmt: skip
        assert Client().post("/setup", DOOR | own).status_code == 302
        box = Mailbox.objects.get()
        assert (box.imap_port, box.imap_security, box.imap_folder) == (143, "starttls", "客服")
        assert (box.smtp_port, box.smtp_security, box.username, box.password) == (587, "starttls", "service", "pw")

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"company": ""}, "company"),
            ({"login": "a b"}, "login"),
            ({"password1": "short", "password2": "short"}, "password1"),
            ({"password2": PASSWORD + "x"}, "password2"),
            ({"address": "no address"}, "address"),
            ({"way": "own"}, "imap_host"),
            ({"pack": "other"}, "pack"),
        ],
    )
    def test_what_is_missing_or_wrong_is_said_at_its_field_and_nothing_is_made(self, change, field):
        answer = Client().post("/setup", DOOR | change)
        assert answer.status_code == 422
        assert field in answer.context["form"].errors
        assert not Company.objects.exists()
        assert not Role.objects.exists()

    def test_it_works_once(self):
        client = Client()
        client.post("/setup", DOOR)
        assert client.get("/setup")["Location"] == "/"
        assert client.post("/setup", DOOR | {"login": "intruder"})["Location"] == "/"
        assert Account.objects.count() == 1
        assert client.post("/setup/try-mailbox", DOOR).status_code == 409

    def test_where_others_reach_the_server_a_code_from_its_log_is_needed(self, settings):
        settings.LISTEN = "0.0.0.0"  # noqa: S104
        client = Client()
        page = client.get("/setup").content.decode()
        assert 'name="code"' in page
        assert set_up_code() not in page
        for code in ("", "AAAAAAAA", set_up_code()[:-1]):
            assert client.post("/setup", DOOR | {"code": code}).context["form"].errors["code"]
            assert client.post("/setup/try-mailbox", DOOR | {"code": code}).context["refused"]
        assert not Company.objects.exists()
        assert client.post("/setup", DOOR | {"code": f" {set_up_code().lower()} "}).status_code == 302

    def test_on_loopback_no_code_is_asked(self, settings):
        settings.LISTEN = "127.0.0.1"
        assert 'name="code"' not in Client().get("/setup").content.decode()
        assert re.fullmatch(r"[A-Z2-7]{8}", set_up_code())

    def test_the_mailbox_is_tried_before_anything_is_saved(self):
        typed = {
            "address": "service@example.com", "way": "own", "imap_host": "no-such-host.invalid", "imap_port": "993",
            "imap_security": "tls", "smtp_host": "127.0.0.1", "smtp_port": str(closed_port()), "smtp_security": "none",
        }  # fmt: skip
        answer = Client().post("/setup/try-mailbox", typed)
        assert [finding.code for finding in answer.context["result"].findings] == ["host_unknown", "refused"]
        assert "no-such-host.invalid" in answer.content.decode()
        assert not Mailbox.objects.exists()

    def test_trying_without_servers_says_what_is_missing(self):
        answer = Client().post("/setup/try-mailbox", {"address": "service@example.com", "way": "own"})
        assert len(answer.context["faults"]) == 2


# --- trying a mailbox --------------------------------------------------------------------------------------------


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def speaking(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server on loopback that handles each connection by `talk`; gives its port."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                connection, _ = server.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(5)
                with suppress(OSError):
                    talk(connection)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield int(server.getsockname()[1])
    finally:
        over.set()
        thread.join()
        server.close()


def lines(connection: socket.socket) -> Iterator[str]:
    with connection.makefile("rb") as incoming:
        for line in incoming:
            yield line.decode("latin-1").strip()


def imap_server(*, password: str = RIGHT, folders: tuple[str, ...] = ("INBOX", "Archive"), starttls: bool = False):
    """As much of IMAP4rev1 as a client asks for when it logs in and opens a folder."""

    def talk(connection: socket.socket) -> None:
        def say(text: str) -> None:
            connection.sendall(text.encode() + b"\r\n")

        say("* OK ready")
        for line in lines(connection):
            tag, _, command = line.partition(" ")
            verb, *rest = command.split(" ")
            match verb.upper():
                case "CAPABILITY":
                    say("* CAPABILITY IMAP4rev1" + (" STARTTLS" if starttls else ""))
                    say(f"{tag} OK done")
                case "LOGIN":
                    fits = rest[1].strip('"') == password
                    say(f"{tag} OK in" if fits else f"{tag} NO [AUTHENTICATIONFAILED] wrong password")
                case "EXAMINE" | "SELECT":
                    if " ".join(rest).strip('"') in folders:
                        say("* 7 EXISTS")
                        say(f"{tag} OK [READ-ONLY] open")
                    else:
                        say(f"{tag} NO no such folder")
                case "LIST":
                    for folder in folders:
                        say(f'* LIST () "/" "{folder}"')
                    say(f"{tag} OK done")
                case "LOGOUT":
                    say("* BYE")
                    say(f"{tag} OK bye")
                    return
                case _:
                    say(f"{tag} BAD")

    return talk


def smtp_server(*, auth: bool = True, sender_ok: bool = True):
    def talk(connection: socket.socket) -> None:
        def say(text: str) -> None:
            connection.sendall(text.encode() + b"\r\n")

        say("220 ready")
        for line in lines(connection):
            match line.split(" ")[0].upper():
                case "EHLO":
                    say("250-here\r\n250 AUTH PLAIN" if auth else "250 here")
                case "AUTH":
                    say("535 5.7.8 wrong password" if "AHUAd3Jvbmc=" in line else "235 in")
                case "MAIL":
                    say("250 fine" if sender_ok else "553 5.7.1 not your address")
                case "RSET":
                    say("250 fine")
                case "QUIT":
                    say("221 bye")
                    return
                case _:
                    say("500 what")

    return talk


def imap(port: int, *, security: str = "none", password: str = RIGHT, host: str = "127.0.0.1") -> Way:
    return Way(host, port, security, "u", password)


def found(**ways: object) -> list[tuple[str, str]]:
    result = test_mailbox(address="service@example.com", **{"imap": None, "smtp": None, **ways})
    assert all(str(finding) for finding in result.findings)
    return [(finding.way, finding.code) for finding in result.findings]


def test_a_mailbox_that_works_says_so_and_how_much_lies_in_it():
    with speaking(imap_server()) as one, speaking(smtp_server()) as two:
        result = test_mailbox(
            address="service@example.com", imap=imap(one), smtp=Way("127.0.0.1", two, "none", "u", "p")
        )
    assert result.ok
    assert [finding.code for finding in result.findings] == ["ok_imap", "ok_smtp"]
    assert "7" in str(result.findings[0])


def test_a_refused_log_in_says_what_the_server_said():
    with speaking(imap_server()) as port:
        result = test_mailbox(address="a@example.com", imap=imap(port, password="wrong"), smtp=None)
    assert result.findings[0].code == "log_in"
    assert "wrong password" in str(result.findings[0])
    with speaking(smtp_server()) as port:
        assert found(smtp=Way("127.0.0.1", port, "none", "u", "wrong")) == [("smtp", "log_in")]


def test_a_missing_folder_names_those_that_are_there():
    with speaking(imap_server(folders=("INBOX", "Archive", "&W6JnDQ-"))) as port:
        result = test_mailbox(address="a@example.com", imap=imap(port), folder="Service", smtp=None)
    assert result.findings[0].code == "folder"
    assert "INBOX, Archive, 客服" in str(result.findings[0])
    with speaking(imap_server(folders=("&W6JnDQ-",))) as port:
        assert test_mailbox(address="a@example.com", imap=imap(port), folder="客服", smtp=None).ok


def test_names_ports_and_silence_are_told_apart():
    assert found(imap=imap(993, host="no-such-host.invalid", security="tls")) == [("imap", "host_unknown")]
    assert found(imap=imap(closed_port())) == [("imap", "refused")]
    with speaking(lambda connection: threading.Event().wait(1)) as port:
        assert found(imap=imap(port), timeout_s=0.3) == [("imap", "timed_out")]


def test_a_server_without_tls_is_told_from_one_with_a_bad_certificate(certificate):
    with speaking(imap_server()) as port:
        assert found(imap=imap(port, security="tls")) == [("imap", "not_tls")]
        assert found(imap=imap(port, security="starttls")) == [("imap", "starttls")]
    with speaking(smtp_server()) as port:
        assert found(smtp=Way("127.0.0.1", port, "starttls", "u", "p")) == [("smtp", "starttls")]
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)

    def shake_hands(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True):
            pass

    with speaking(shake_hands) as port:
        assert found(imap=imap(port, security="tls")) == [("imap", "certificate")]
        assert found(smtp=Way("127.0.0.1", port, "tls", "u", "p")) == [("smtp", "certificate")]


def test_a_sender_that_the_server_refuses_is_told():
    with speaking(smtp_server(sender_ok=False)) as port:
        assert found(smtp=Way("127.0.0.1", port, "none", "u", "p")) == [("smtp", "sender")]


def test_no_password_goes_unencrypted_to_another_computer():
    assert found(imap=imap(143, host="192.0.2.1")) == [("imap", "unencrypted")]
    assert found(smtp=Way("192.0.2.1", 25, "none", "u", "p")) == [("smtp", "unencrypted")]


def test_nonsense_is_told_as_such():
    with speaking(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        assert found(imap=imap(port)) == [("imap", "protocol")]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A self-signed certificate and its key, as files."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example.com")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1)).sign(key, hashes.SHA256())
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("certificate")
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return str(folder / "cert.pem"), str(folder / "key.pem")
