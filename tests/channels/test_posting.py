"""What comes by the API or a web form opens a ticket once, whatever is repeated or breaks off (R-CH-1, R-CH-8)."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count

import pytest
from django.db import connections, transaction
from tests.conftest import run_jobs
from tests.story import SYSTEM, Company, make_company

from yinuo.catalog.models import Category
from yinuo.channels.errors import CategoryUnknown, KeyReused, QueueUnknown
from yinuo.channels.models import Contact, ContactState, Delivery
from yinuo.channels.services.mailboxes import save_mailbox
from yinuo.channels.services.posting import Post, Posted, receive_post
from yinuo.customers.errors import IdentityInvalid
from yinuo.customers.models import Customer, Identity, IdentityKind
from yinuo.foundation import clock as house_clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.files import read_file
from yinuo.foundation.installation import check_installation
from yinuo.foundation.models import FilePiece, HistoryRow, StoredFile
from yinuo.procedures.models import Run, Step
from yinuo.sla.models import Deadline
from yinuo.staff.models import Team
from yinuo.tickets.models import Attachment, Message, Ticket
from yinuo.tickets.services.messages import NewFile

TOKEN = Actor.system("api")
numbers = count(1)
BROKEN = Post(
    channel="api",
    subject="热水器故障",
    text="热水器不加热，显示E2，请处理。",
    identity_kind=IdentityKind.EMAIL,
    address="zhang.san@example.com",
    name="张三",
)


def received(post: Post = BROKEN, *, key: str = "", raw: bytes = b'{"a":1}') -> Posted:
    return receive_post(
        post=post, source_key=key or f"api:test:{next(numbers)}", raw=raw, by=TOKEN, now=house_clock.now()
    )


@pytest.fixture
def company() -> Company:
    """Both teams take first steps, so that a ticket stays in the queue it is filed in."""
    made = make_company()
    Team.objects.filter(id=made.technical.id).update(roles=["agent", "technical", "engineer"])
    return made


def rows() -> dict[str, int]:
    tables = (Contact, StoredFile, FilePiece, Customer, Identity, Ticket, Message, Run, Step, Deadline, HistoryRow)
    return {table.__name__: table.objects.count() for table in tables}


@pytest.mark.django_db
class TestOnePost:
    def test_it_opens_a_ticket_with_all_that_belongs_to_one(self, company):
        posted = received(raw="{“一”:1}".encode())
        ticket = Ticket.objects.get()
        contact = Contact.objects.get()
        message = Message.objects.get(ticket=ticket, direction="in")
        assert posted == Posted(ticket.id, ticket.number, fresh=True)
        assert (ticket.channel, ticket.subject, ticket.category.code) == ("api", "热水器故障", "function_fault")
        assert (ticket.category_source, ticket.number[:2]) == ("rules", "SH")
        assert (ticket.customer.name, ticket.team, ticket.language) == ("张三", company.first_line, "zh-hans")
        assert message.text == BROKEN.text
        assert message.envelope["from"] == "zhang.san@example.com"
        assert message.contact_id == contact.id
        assert (contact.state, contact.ticket_id, contact.channel) == (ContactState.ACCEPTED, ticket.id, "api")
        assert contact.decided_at
        assert read_file(contact.raw_id) == "{“一”:1}".encode()
        assert Run.objects.filter(ticket=ticket).exists()
        assert Deadline.objects.filter(ticket_id=ticket.id, state="running").exists()
        kinds = set(HistoryRow.objects.filter(ticket_id=ticket.id).values_list("kind", flat=True))
        assert {"tickets.TicketOpened", "tickets.CustomerWrote", "channels.ContactDecided"} <= kinds
        assert HistoryRow.objects.filter(kind="channels.ContactDecided", subject_id=contact.id).exists()

    def test_the_customer_is_told_as_after_a_mail(self, company):
        save_mailbox(
            id=None, version=None, address="service@yinuo.example", name="一诺客服", team=company.first_line,
            transport="folder", by=SYSTEM, now=house_clock.now(),
        )  # fmt: skip
        received()
        run_jobs()
        delivery = Delivery.objects.get()
        assert delivery.recipients == ["zhang.san@example.com"]
        assert delivery.state == "sent"

    def test_a_known_customer_stays_one_by_mail_address_and_by_phone(self, company):
        received()
        received(replace(BROKEN, address="ZHANG.SAN@example.com", name="张三丰"))
        by_phone = replace(BROKEN, identity_kind=IdentityKind.PHONE, address="138 1234 1234", name="李四")
        received(by_phone)
        received(replace(by_phone, address="+86 13812341234"))
        assert Customer.objects.count() == 2
        assert Ticket.objects.count() == 4
        assert "from" not in Message.objects.filter(direction="in").latest("id").envelope

    def test_what_is_named_wins_over_what_the_rules_find(self, company):
        received(replace(BROKEN, category="how_to", urgency="urgent", team="technical", language="en", subject=""))
        ticket = Ticket.objects.get()
        assert (ticket.category.code, ticket.category_source) == ("how_to", "person")
        assert (ticket.urgency, ticket.team, ticket.language) == ("urgent", company.technical, "en")
        assert ticket.subject == BROKEN.text[:40]

    def test_without_a_queue_the_categorys_own_takes_it(self, company):
        received(replace(BROKEN, category="function_fault"))
        assert Ticket.objects.get().team == company.first_line
        Category.objects.filter(code="function_fault").update(team=company.technical)
        received(replace(BROKEN, category="function_fault"))
        assert Ticket.objects.latest("number").team == company.technical

    def test_files_come_with_the_message(self, company):
        received(replace(BROKEN, files=(NewFile("发票.pdf", b"%PDF-1.4", "application/pdf"),)))
        attachment = Attachment.objects.get()
        assert (attachment.filename, attachment.size) == ("发票.pdf", 8)
        assert read_file(attachment.file_id) == b"%PDF-1.4"

    @pytest.mark.parametrize(
        ("changed", "refusal"),
        [
            ({"category": "no_such"}, CategoryUnknown),
            ({"team": "no_such"}, QueueUnknown),
            ({"address": "nobody"}, IdentityInvalid),
            ({"identity_kind": IdentityKind.PHONE, "address": "12"}, IdentityInvalid),
        ],
    )
    def test_what_is_refused_leaves_nothing_behind_and_its_key_free(self, company, changed, refusal):
        before = rows()
        with pytest.raises(refusal):
            received(replace(BROKEN, **changed), key="api:test:again")
        assert rows() == before
        assert received(key="api:test:again").fresh

    def test_a_queue_no_longer_used_takes_nothing(self, company):
        Team.objects.filter(id=company.technical.id).update(active=False)
        with pytest.raises(QueueUnknown):
            received(replace(BROKEN, team="technical"))


@pytest.mark.django_db
class TestTheSameKeyAgain:
    def test_it_gives_the_first_answer_and_writes_nothing(self, company):
        first = received(key="api:test:k")
        before = rows()
        again = received(key="api:test:k")
        assert again == replace(first, fresh=False)
        assert rows() == before

    def test_with_another_body_it_is_refused_and_nothing_is_written(self, company):
        received(key="api:test:k")
        before = rows()
        with pytest.raises(KeyReused):
            received(key="api:test:k", raw=b'{"a":2}')
        assert rows() == before

    def test_with_the_same_body_it_answers_though_what_it_names_is_gone_meanwhile(self, company):
        named = replace(BROKEN, team="technical")
        first = received(named, key="api:test:k")
        Team.objects.filter(id=company.technical.id).update(active=False)
        assert received(named, key="api:test:k").number == first.number

    def test_another_key_with_the_same_body_is_another_ticket(self, company):
        assert received().number != received().number


def at_once(*calls: Callable[[], Posted]) -> list[Posted | Exception]:
    """All of them at the same moment, each on a connection of its own."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Posted]) -> Posted | Exception:
        barrier.wait(timeout=10)
        try:
            return call()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls, timeout=60))


@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    @pytest.fixture(autouse=True)
    def _company(self):
        check_installation()
        make_company()

    def test_of_one_key_one_opens_and_all_get_its_answer(self):
        for _ in range(5):
            key = f"api:test:{next(numbers)}"
            answers = at_once(*[lambda key=key: received(key=key)] * 4)
            assert all(isinstance(answer, Posted) for answer in answers), answers
            assert len({answer.number for answer in answers}) == 1
            assert sorted(answer.fresh for answer in answers) == [False, False, False, True]
        assert Ticket.objects.count() == Contact.objects.count() == 5

    def test_of_one_key_with_two_bodies_one_opens_and_the_other_is_refused(self):
        key = f"api:test:{next(numbers)}"
        answers = at_once(*[lambda raw=raw: received(key=key, raw=raw) for raw in (b"1", b"2")])
        assert sorted(type(answer).__name__ for answer in answers) == ["KeyReused", "Posted"]
        assert Ticket.objects.count() == 1

    def test_two_posts_of_a_new_customer_end_in_one_file(self):
        answers = at_once(*[received] * 4)
        assert len({answer.number for answer in answers}) == 4
        assert Customer.objects.count() == 1

    def test_where_the_first_is_taken_back_the_second_opens(self):
        """The first holds the key and is rolled back while the second waits for it."""
        key, holding, waiting = f"api:test:{next(numbers)}", threading.Event(), threading.Event()

        def first() -> Posted:
            with transaction.atomic():
                received(key=key)
                holding.set()
                waiting.wait(timeout=10)
                raise LookupError("taken back")

        def second() -> Posted:
            holding.wait(timeout=10)
            threading.Timer(0.3, waiting.set).start()
            return received(key=key)

        lost, kept = at_once(first, second)
        assert isinstance(lost, LookupError)
        assert kept.fresh
        assert Ticket.objects.get().number == kept.number
