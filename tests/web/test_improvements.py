"""Improvements: cause → action → effect proven, with a version guard; the supervisor's overview; the quarantine."""

from datetime import date, datetime, timedelta

import pytest

from tests.conftest import run_jobs
from tests.story import Company, make_company, write_in
from tests.web.desk import HTMX, client_of, press, without
from yinuo.channels.models import BlockedSender, Contact, ContactState, Mailbox
from yinuo.channels.services.intake import keep_contact, understand_contact
from yinuo.channels.services.mailboxes import save_mailbox
from yinuo.foundation import clock as house_clock
from yinuo.foundation.actors import Actor
from yinuo.quality.models import Improvement
from yinuo.quality.services import answer_survey
from yinuo.sla.alarm import notice_due
from yinuo.sla.models import Deadline
from yinuo.staff.models import TeamMember
from yinuo.tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db

SYSTEM = Actor.system("test")


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def improvement(company) -> Improvement:
    ticket = write_in(company)
    client = client_of(company.agent)
    press(
        client, ticket, "accept", "accepted", customer_name="张三", contact="zhang.san@example.com", symptom="不加热",
        problem_type="function_fault", urgency="normal", complexity="normal",
    )  # fmt: skip
    press(client, ticket, "handle", "solved", solution_way="remote", solution="重启")
    ticket.refresh_from_db()
    answer_survey(
        ticket=ticket, answers={"satisfaction": 2, "suggestion": "还是不热，请回 13812341234"}, way="portal",
        by=Actor.customer(ticket.customer_id), now=house_clock.now(),
    )  # fmt: skip
    run_jobs()
    return Improvement.objects.get()


def fields(row: Improvement, **more) -> dict[str, object]:
    return {"version": row.version, "cause": "", "action": "", "effect": "", "due_on": "", "owner": "", **more}


def test_a_low_score_stands_in_the_list_of_who_leads(company, improvement):
    html = client_of(company.supervisor).get("/improvements").content.decode()
    assert "热水器故障" in html and "待分析" in html and "138****1234" in html
    assert "热水器故障" not in client_of(company.technician).get("/improvements").content.decode()
    assert client_of(company.technician).get(f"/improvements/{improvement.id}").status_code == 404


def test_it_closes_only_on_proof(company, improvement):
    client = client_of(company.supervisor)
    url = f"/improvements/{improvement.id}"
    only_effect = client.post(url, fields(improvement, effect="好了"))
    assert only_effect.status_code == 422
    planned = fields(
        improvement, cause="没查加热管", action="受理时加查电阻", due_on="2030-01-01", owner=str(company.agent.id)
    )
    assert client.post(url, planned).status_code == 302
    improvement.refresh_from_db()
    assert (improvement.state, improvement.owner, str(improvement.due_on)) == ("planned", company.agent, "2030-01-01")
    proven = planned | {"version": improvement.version, "effect": "一个月内同类返修由 6 件降到 1 件"}
    assert client.post(url, proven).status_code == 302
    improvement.refresh_from_db()
    assert improvement.state == "proven" and improvement.closed_at
    assert "热水器故障" not in client.get("/improvements").content.decode()
    assert "热水器故障" in client.get("/improvements?state=proven").content.decode()


@pytest.mark.parametrize(("at", "late"), [("2026-11-30T15:59:59Z", False), ("2026-11-30T16:00:00Z", True)])
def test_its_day_ends_at_midnight_where_the_company_is(company, improvement, monkeypatch, at, late):
    Improvement.objects.update(due_on=date(2026, 11, 30))
    monkeypatch.setattr(house_clock, "now", lambda: datetime.fromisoformat(at))
    assert ("已超期" in client_of(company.supervisor).get("/improvements").content.decode()) is late


def test_two_at_once_the_second_keeps_what_he_typed(company, improvement):
    client, url = client_of(company.supervisor), f"/improvements/{improvement.id}"
    client.post(url, fields(improvement, cause="甲"))
    answer = client.post(url, fields(improvement, cause="乙"))
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "乙" in html and "没有保存" in html
    assert Improvement.objects.get().cause == "甲"


def test_whoever_does_not_lead_reads_only(company, improvement):
    client, url = client_of(company.agent), f"/improvements/{improvement.id}"
    html = client.get(url).content.decode()
    assert "disabled" in html and "保存</button>" not in html
    assert client.post(url, fields(improvement, cause="丙")).status_code == 403
    assert Improvement.objects.get().cause == ""


# --- overview -----------------------------------------------------------------------------------------------------


def test_the_overview_tells_what_is_broken_due_and_nobodys(company, clock, django_assert_max_num_queries):
    late = write_in(company, subject="漏水")
    due = Deadline.objects.get(ticket_id=late.id, kind="first_answer")
    clock(due.due_at - house_clock.now() + timedelta(minutes=3))
    notice_due(now=house_clock.now())
    company.agent.capacity = 1
    company.agent.save()
    soon = write_in(company, subject="异响", address="li@example.com", name="李四", urgency="urgent")
    Ticket.objects.filter(id=soon.id).update(owner=None)
    client = client_of(company.supervisor)
    html = client.get("/overview").content.decode()
    parts = {part: html.split(f'id="{part}"')[1].split("</section>")[0] for part in ("broken", "soon", "unowned")}
    assert "漏水" in parts["broken"] and "异响" not in parts["broken"]
    assert "异响" in parts["soon"]
    assert "异响" in parts["unowned"] and "漏水" not in parts["unowned"]
    assert "林小满" in html and "1 / 1" in html
    assert f'data-topic="team:{company.first_line.id}"' in html
    with django_assert_max_num_queries(18):
        client.get("/overview")
    assert client.get("/overview", headers=HTMX).content.decode().startswith('<div class="page-head">')


def test_the_overview_counts_each_ticket_and_each_person_once(company):
    write_in(company, subject="异响", urgency="urgent")
    TeamMember.objects.create(team=company.technical, account=company.supervisor, is_lead=True)
    html = client_of(company.supervisor).get("/overview").content.decode()
    tile = html.split('href="#soon"')[1].split("</a>")[0]
    assert html.split('id="soon"')[1].split("</section>")[0].count("chip-label") > 1, "several promises of one ticket"
    assert '<span class="tile-number">1</span>' in tile
    people = html.split('id="people"')[1].split("</section>")[0]
    assert people.count(company.supervisor.name) == 1


def test_the_overview_is_for_who_leads(company):
    assert client_of(company.agent).get("/overview").status_code == 403


# --- quarantine ---------------------------------------------------------------------------------------------------


@pytest.fixture
def mailbox(company) -> Mailbox:
    return save_mailbox(
        id=None, version=None, address="service@yinuo.example", name="一诺", team=company.first_line, by=SYSTEM,
        now=house_clock.now(),
    )  # fmt: skip


def arrives(mailbox: Mailbox, raw: bytes, key: str = "1") -> Contact:
    contact = keep_contact(
        channel="email", mailbox=mailbox, source_key=key, raw=raw, arrived_at=house_clock.now(),
        envelope_to=mailbox.address, now=house_clock.now(),
    )  # fmt: skip
    understand_contact(contact.id, house_clock.now())
    contact.refresh_from_db()
    return contact


NAMELESS = "Subject: 没有发件人\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n<script>x</script>请回电\r\n".encode()


def test_what_cannot_be_filed_waits_with_its_reason_and_can_be_read_raw(company, mailbox):
    contact = arrives(mailbox, NAMELESS)
    assert contact.state == ContactState.QUARANTINED
    client = client_of(without("see_personal", company.agent))
    html = client.get("/quarantine").content.decode()
    assert "没有发件人" in html and "没有写明发件人" in html and "<script>x" not in html
    assert client.post(f"/quarantine/{contact.id}/raw", {"reason": "看原信"}).status_code == 403, "no personal data"
    raw = client_of(company.supervisor).post(f"/quarantine/{contact.id}/raw", {"reason": "看原信"})
    assert raw["Content-Type"] == "text/plain; charset=utf-8" and "sandbox" in raw["Content-Security-Policy"]
    assert "Subject: 没有发件人" in raw.content.decode()
    assert client_of(company.technician).get("/quarantine").status_code == 403
    assert client_of(company.technician).post(f"/quarantine/{contact.id}/raw", {"reason": "x"}).status_code == 403


def test_it_is_filed_with_the_ticket_that_was_named(company, mailbox):
    ticket, other = write_in(company), write_in(company, address="li@example.com", name="李四")
    contact = arrives(mailbox, NAMELESS)
    client = client_of(company.agent)
    assert client.post(f"/quarantine/{contact.id}/append", {"number": "SH209901010001"}).status_code == 404
    assert client.post(f"/quarantine/{contact.id}/append", {"number": ticket.number}).status_code == 302
    message = Message.objects.get(contact_id=contact.id)
    assert (message.ticket, message.unverified) == (ticket, True)
    assert not Message.objects.filter(ticket=other, contact_id__isnull=False).exists()
    assert client.post(f"/quarantine/{contact.id}/append", {"number": other.number}).status_code == 404, "done once"
    assert "没有待辨认的来信" in client.get("/quarantine").content.decode()


def test_it_is_discarded_with_a_reason_only(company, mailbox):
    contact = arrives(mailbox, NAMELESS)
    client = client_of(company.agent)
    assert client.post(f"/quarantine/{contact.id}/discard", {"reason": " "}).status_code == 422
    assert client.post(f"/quarantine/{contact.id}/discard", {"reason": "广告"}).status_code == 302
    contact.refresh_from_db()
    assert contact.state == ContactState.DISCARDED


def test_a_named_sender_opens_a_ticket_or_is_blocked(company, mailbox):
    raw = b"From: ad@spam.example\r\nSubject: hi\r\n\r\nbuy\r\n"
    first, second = arrives(mailbox, NAMELESS, "1"), arrives(mailbox, raw, "2")
    Contact.objects.filter(id=second.id).update(state=ContactState.QUARANTINED, reason="error")
    client = client_of(company.agent)
    assert client.post(f"/quarantine/{first.id}/open", {"team": str(company.first_line.id)}).status_code == 409
    answer = client.post(f"/quarantine/{second.id}/discard", {"reason": "广告", "block": "1"})
    assert answer.status_code == 302
    assert BlockedSender.objects.get().shown == "ad@spam.example"
