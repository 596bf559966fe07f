"""Tickets by the API: opened, read, answered (R-CH-1, R-CH-8)."""

from datetime import timedelta

import pytest

from tests.api.program import NEW, program
from tests.conftest import run_jobs
from tests.story import SYSTEM, Company, make_company, write_in
from yinuo.channels.models import Contact, Delivery
from yinuo.channels.services.mailboxes import save_mailbox
from yinuo.foundation import clock as house_clock
from yinuo.foundation.files import read_file
from yinuo.foundation.models import HistoryRow
from yinuo.sla.models import Deadline
from yinuo.staff.models import Team
from yinuo.staff.scopes import Scope
from yinuo.tickets.models import Attachment, Message, Status, Ticket
from yinuo.tickets.services import add_note, set_status
from yinuo.tickets.walks import has_ticket_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    """Both teams take first steps, so that a ticket stays in the queue it is filed in."""
    made = make_company()
    Team.objects.filter(id=made.technical.id).update(roles=["agent", "technical", "engineer"])
    return made


WRONG = [
    ({"category": "no_such"}, "category"),
    ({"queue": "no_such"}, "queue"),
    ({"customer": {"kind": "email", "value": "nobody"}}, "customer.value"),
    ({"customer": {"kind": "phone", "value": "123"}}, "customer.value"),
    ({"urgency": "very"}, "urgency"),
    ({"text": "  \n "}, "text"),
    ({"files": [{"name": "a", "content": "***"}]}, "files.0.content"),
    ({"files": [{"name": "a", "content": 5}]}, "files.0.content"),
    ({"files": [{"name": "a", "content": ""}]}, "files.0.content"),
    ({"files": [{"name": "a", "content": "AAAA" * 650_000}] * 3}, "files"),
    ({"files": [{"name": "a", "content": "AAAA"}] * 11}, "files"),
]


class TestOpening:
    def test_a_post_becomes_a_ticket_and_says_where_it_is(self, company):
        response = program().post("/tickets", NEW)
        ticket = Ticket.objects.get()
        assert response.status_code == 201
        assert response.json() == {"id": str(ticket.id), "number": ticket.number}
        assert response["Location"] == f"/api/v1/tickets/{ticket.number}"
        assert (ticket.channel, ticket.subject, ticket.customer.name) == ("api", "热水器故障", "张三")

    def test_who_did_it_is_the_token(self, company):
        erp = program()
        erp.post("/tickets", NEW)
        opened = HistoryRow.objects.get(kind="tickets.TicketOpened")
        assert (opened.actor_kind, opened.actor_id) == ("token", erp.token.id)

    def test_the_body_is_kept_as_it_came(self, company):
        body = '{ "text":"热水器不加热", "customer":{"kind":"phone","value":"13812341234"} }'
        assert program().post("/tickets", body).status_code == 201
        assert read_file(Contact.objects.get().raw_id).decode() == body

    def test_the_same_key_and_body_is_answered_alike_and_done_once(self, company):
        erp = program()
        first, again = (erp.post("/tickets", NEW, key="k-1") for _ in range(2))
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.content == again.content
        assert "Idempotent-Replayed" not in first
        assert again["Idempotent-Replayed"] == "true"
        assert Ticket.objects.count() == 1

    def test_the_same_key_with_another_body_is_refused(self, company):
        erp = program()
        erp.post("/tickets", NEW, key="k-1")
        response = erp.post("/tickets", NEW | {"subject": "另一件"}, key="k-1")
        assert response.status_code == 409
        assert response.json()["code"] == "key_reused"
        assert Ticket.objects.count() == 1

    def test_a_key_belongs_to_its_token(self, company):
        assert program().post("/tickets", NEW, key="k-1").status_code == 201
        response = program().post("/tickets", NEW, key="k-1")
        assert response.status_code == 201
        assert "Idempotent-Replayed" not in response
        assert Ticket.objects.count() == 2

    def test_without_a_key_each_is_another(self, company):
        erp = program()
        assert erp.post("/tickets", NEW).json() != erp.post("/tickets", NEW).json()

    def test_files_come_along(self, company):
        files = [{"name": "发票.pdf", "content_type": "application/pdf", "content": "JVBERi0xLjQ="}]
        assert program().post("/tickets", NEW | {"files": files}).status_code == 201
        attachment = Attachment.objects.get()
        assert (attachment.filename, read_file(attachment.file_id)) == ("发票.pdf", b"%PDF-1.4")

    def test_a_token_for_certain_queues_files_into_them_alone(self, company):
        shop = program(queues=[company.technical])
        assert shop.post("/tickets", NEW).status_code == 201
        assert Ticket.objects.get().team == company.technical
        response = shop.post("/tickets", NEW | {"queue": "service"})
        assert response.status_code == 422
        assert response.json()["fields"][0]["field"] == "queue"

    def test_with_its_queues_out_of_use_it_files_nothing(self, company):
        shop = program(queues=[company.technical])
        Team.objects.filter(id=company.technical.id).update(active=False)
        assert shop.post("/tickets", NEW).json()["code"] == "no_queue_left"

    def test_what_is_wrong_is_named(self, company):
        erp = program()
        for changed, field in WRONG:
            response = erp.post("/tickets", NEW | changed)
            assert response.status_code == 422, changed
            assert [fault["field"] for fault in response.json()["fields"]] == [field]
        assert Ticket.objects.count() == Contact.objects.count() == 0


class TestReading:
    def test_a_ticket_with_its_contacts_masked(self, company):
        ticket = write_in(company, subject="请回电13812341234", text="我的邮箱 li.si@example.com")
        found = program().get(f"/tickets/{ticket.number}").json()
        assert found["subject"] == "请回电138****1234"
        assert (found["status"], found["queue"], found["category"]) == ("new", "service", "function_fault")
        assert found["customer"]["name"] == "张三"
        assert found["next_due"]["kind"] == ticket.next_due_kind
        message = program().get(f"/tickets/{ticket.number}/messages").json()["items"][0]
        assert message["text"] == "我的邮箱 l***@example.com"
        assert message["author"] == {"kind": "customer", "name": "张三"}

    def test_the_number_may_be_in_small_letters_and_anything_else_is_not_there(self, company):
        ticket, erp = write_in(company), program()
        assert erp.get(f"/tickets/{ticket.number.lower()}").status_code == 200
        for number in ("SH209901010001", "x", "%00", "SH2026%0a", "9" * 400, "..%2f..", "%F0%9F%98%80"):
            assert erp.get(f"/tickets/{number}").status_code == 404, number

    def test_another_queues_ticket_is_not_there_in_any_way(self, company):
        ticket = write_in(company)
        shop = program(queues=[company.technical])
        before = HistoryRow.objects.count()
        for path in ("", "/messages", "/deadlines"):
            assert shop.get(f"/tickets/{ticket.number}{path}").status_code == 404
        assert shop.post(f"/tickets/{ticket.number}/messages", {"kind": "note", "text": "x"}).status_code == 404
        assert shop.post(f"/tickets/{ticket.number}/reveal", {"reason": "x"}).status_code == 404
        assert shop.get("/queues/service/tickets").status_code == 404
        assert shop.get(f"/customers/{ticket.customer_id}").status_code == 404
        assert shop.post(f"/customers/{ticket.customer_id}/reveal", {"reason": "x"}).status_code == 404
        assert HistoryRow.objects.count() == before
        assert Message.objects.count() == 1

    def test_promises_tell_their_state(self, company, clock):
        ticket = write_in(company)
        items = program().get(f"/tickets/{ticket.number}/deadlines").json()["items"]
        assert {item["kind"] for item in items} == set(
            Deadline.objects.filter(ticket_id=ticket.id, nature="promise").values_list("kind", flat=True)
        )
        assert all(item["state"] == "running" and item["due_at"].endswith("Z") for item in items)

    def test_notes_are_among_the_messages_and_customers_links_are_not(self, company):
        ticket = write_in(company)
        add_note(
            ticket=ticket, account_id=company.agent.id, by=SYSTEM, now=house_clock.now(),
            text=f"请看 /t/{ticket.number}/{'a' * 22}",
        )  # fmt: skip
        note = program().get(f"/tickets/{ticket.number}/messages").json()["items"][1]
        assert note["direction"] == "internal"
        assert note["author"] == {"kind": "colleague", "name": company.agent.name}
        assert note["text"] == f"请看 /t/{ticket.number}/…"

    def test_queues_categories_and_scenarios(self, company):
        erp, shop = program(), program(Scope.CREATE_TICKETS, queues=[company.technical])
        assert [queue["code"] for queue in erp.get("/queues").json()["items"]] == ["service", "technical"]
        assert [queue["code"] for queue in shop.get("/queues").json()["items"]] == ["technical"]
        categories = {row["code"]: row for row in shop.get("/categories").json()["items"]}
        assert categories["function_fault"]["parent"] == "after_sales_support"
        scenarios = {row["code"] for row in shop.get("/scenarios").json()["items"]}
        assert {row["scenario"] for row in categories.values()} <= scenarios


def walk(ask, path: str, limit: int) -> list[list[dict]]:
    """Every page of a list."""
    pages, after = [], ""
    while after is not None:
        joint = "&" if "?" in path else "?"
        page = ask(f"{path}{joint}limit={limit}&after={after}").json()
        pages.append(page["items"])
        after = page["next"]
        assert len(pages) < 50
    return pages


class TestPages:
    @pytest.fixture
    def seven(self, company) -> list[Ticket]:
        """Two due at one instant, two changed at one instant, two without a promise."""
        tickets = [write_in(company, subject=f"第{number}件") for number in range(7)]
        now = house_clock.now()
        for number, ticket in enumerate(tickets):
            due = None if number in (2, 5) else now + timedelta(hours=number // 2)
            Ticket.objects.filter(id=ticket.id).update(next_due_at=due, updated_at=now - timedelta(minutes=number // 2))
        return tickets

    @pytest.mark.parametrize("state", ["open", "all"])
    def test_each_ticket_stands_on_one_page_whatever_falls_together(self, seven, state):
        erp = program()
        for limit in (1, 2, 3, 7, 50):
            pages = walk(erp.get, f"/queues/service/tickets?state={state}", limit)
            rows = [row for page in pages for row in page]
            assert sorted(row["number"] for row in rows) == sorted(ticket.number for ticket in seven)
            assert all(len(page) == limit for page in pages[:-1])
            if state == "open":
                due = [row["next_due"]["due_at"] if row["next_due"] else "9" for row in rows]
                assert due == sorted(due)
            else:
                changed = [row["updated_at"] for row in rows]
                assert changed == sorted(changed, reverse=True)

    def test_each_message_stands_on_one_page(self, company):
        ticket, now, erp = write_in(company), house_clock.now(), program()
        for number in range(4):
            add_note(ticket=ticket, account_id=company.agent.id, text=f"{number}", by=SYSTEM, now=now)
        for limit in (1, 2, 50):
            pages = walk(erp.get, f"/tickets/{ticket.number}/messages", limit)
            assert [row["text"] for page in pages for row in page][1:] == ["0", "1", "2", "3"]

    def test_archived_ones_are_among_all_and_not_among_the_open(self, company):
        ticket, erp = write_in(company), program()
        set_status(ticket=ticket, status=Status.SOLVED, by=SYSTEM, now=house_clock.now())
        assert erp.get("/queues/service/tickets").json()["items"] == []
        assert len(erp.get("/queues/service/tickets?state=all").json()["items"]) == 1

    def test_an_after_that_we_never_gave_is_refused(self, company):
        ticket, erp = write_in(company), program()
        lists = (
            "/queues/service/tickets?",
            "/queues/service/tickets?state=all&",
            f"/tickets/{ticket.number}/messages?",
        )
        for path in lists:
            for after in ("x", "!!!!", "MjAyNnwx", "%00", "fA", "OTk5OXw5OTk5", "a" * 200):
                response = erp.get(f"{path}after={after}")
                assert (response.status_code, response.json()["code"]) == (422, "page_unknown"), after

    def test_a_limit_has_bounds(self, company):
        erp = program()
        for limit in ("0", "101", "-1", "x", "1e9", "9" * 5000, ""):
            response = erp.get(f"/queues/service/tickets?limit={limit}")
            assert response.status_code == 422, limit
            assert response.json()["fields"][0]["field"] == "limit"

    def test_a_list_costs_the_same_few_queries_however_long_it_is(self, seven, django_assert_num_queries):
        erp = program()
        erp.get("/queues")
        with django_assert_num_queries(1):
            erp.get("/queues/service/tickets?limit=2")
        with django_assert_num_queries(2):
            erp.get("/queues/service/tickets?limit=50")


class TestWriting:
    def test_a_reply_goes_out_by_mail_and_is_the_answer_that_was_promised(self, company):
        save_mailbox(
            id=None, version=None, address="service@yinuo.example", name="一诺客服", team=company.first_line,
            transport="folder", by=SYSTEM, now=house_clock.now(),
        )  # fmt: skip
        ticket, erp = write_in(company), program()
        response = erp.post(f"/tickets/{ticket.number}/messages", {"kind": "reply", "text": "师傅明天上门。"})
        run_jobs()
        message = Message.objects.get(id=response.json()["id"])
        assert (response.status_code, message.state, message.account) == (201, "sent", None)
        assert Delivery.objects.get(message_id=message.id).recipients == ["zhang.san@example.com"]
        ticket.refresh_from_db()
        assert ticket.first_answered_at == message.at
        assert Deadline.objects.get(ticket_id=ticket.id, kind="first_answer").state == "met"
        replied = HistoryRow.objects.get(kind="tickets.AgentReplied")
        assert (replied.actor_kind, replied.actor_id) == ("token", erp.token.id)
        shown = erp.get(f"/tickets/{ticket.number}/messages").json()["items"]
        assert next(row for row in shown if row["id"] == str(message.id))["author"]["kind"] == "program"

    def test_a_note_stays_inside(self, company):
        ticket = write_in(company)
        response = program().post(f"/tickets/{ticket.number}/messages", {"kind": "note", "text": "ERP：备件已发"})
        assert response.status_code == 201
        assert Message.objects.get(id=response.json()["id"]).direction == "internal"

    def test_the_same_key_writes_once_and_another_body_or_ticket_is_refused(self, company):
        ticket, other, erp = write_in(company), write_in(company, address="li@example.com"), program()
        body = {"kind": "note", "text": "一次"}
        first, again = (erp.post(f"/tickets/{ticket.number}/messages", body, key="m") for _ in range(2))
        assert first.content == again.content
        assert again["Idempotent-Replayed"] == "true"
        for path, sent in ((ticket, body | {"text": "两次"}), (other, body)):
            assert erp.post(f"/tickets/{path.number}/messages", sent, key="m").json()["code"] == "key_reused"
        assert Message.objects.filter(direction="internal").count() == 1

    def test_what_fails_leaves_its_key_free(self, company):
        ticket, erp = write_in(company), program()
        set_status(ticket=ticket, status=Status.CLOSED, by=SYSTEM, now=house_clock.now())
        body = {"kind": "reply", "text": "您好"}
        response = erp.post(f"/tickets/{ticket.number}/messages", body, key="m")
        assert (response.status_code, response.json()["code"]) == (409, "ticket_closed")
        Ticket.objects.filter(id=ticket.id).update(status=Status.OPEN)
        assert erp.post(f"/tickets/{ticket.number}/messages", body, key="m").status_code == 201


class TestPersonalData:
    def test_a_ticket_is_shown_unmasked_with_a_reason_that_is_kept(self, company):
        ticket, erp = write_in(company, text="电话13812341234"), program()
        response = erp.post(f"/tickets/{ticket.number}/reveal", {"reason": "客户要求回电"})
        assert response.json()["items"][0]["text"] == "电话13812341234"
        shown = HistoryRow.objects.get(kind="customers.PersonalDataShown")
        assert (shown.actor_id, shown.ticket_id) == (erp.token.id, ticket.id)
        assert "客户要求回电" in shown.personal

    def test_a_customer_is_shown_masked_and_with_a_reason_unmasked(self, company):
        ticket, erp = write_in(company), program()
        masked = erp.get(f"/customers/{ticket.customer_id}").json()
        assert [row["value"] for row in masked["identities"]] == ["z***@example.com"]
        assert not HistoryRow.objects.filter(kind="customers.PersonalDataShown").exists()
        shown = erp.post(f"/customers/{ticket.customer_id}/reveal", {"reason": "核对身份"}).json()
        assert [row["value"] for row in shown["identities"]] == ["zhang.san@example.com"]
        assert HistoryRow.objects.get(kind="customers.PersonalDataShown").actor_id == erp.token.id

    def test_a_reason_is_needed(self, company):
        ticket, erp = write_in(company), program()
        for path in (f"/tickets/{ticket.number}/reveal", f"/customers/{ticket.customer_id}/reveal"):
            assert erp.post(path, {"reason": "  "}).status_code == 422
            assert erp.post(path, {}).status_code == 422
        assert not HistoryRow.objects.filter(kind="customers.PersonalDataShown").exists()

    def test_a_customer_is_there_for_whose_queue_has_a_ticket_of_his(self, company):
        ticket = write_in(company)
        assert has_ticket_in(ticket.customer_id, [company.first_line.id])
        own = program(Scope.READ_CUSTOMERS, queues=[company.first_line])
        assert own.get(f"/customers/{ticket.customer_id}").status_code == 200
