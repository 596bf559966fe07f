"""After-sales through services: opened, answered, solved, confirmed, scored; late; second handling (R-AS-1 … 4)."""

from datetime import timedelta

import pytest
from tests.conftest import run_jobs
from tests.story import Company, make_company, write_in

from yinuo.foundation import clock as house_clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.models import HistoryRow
from yinuo.procedures.models import Step, StepState
from yinuo.procedures.services import happen, press_button
from yinuo.sla.alarm import notice_due
from yinuo.sla.models import Deadline
from yinuo.staff.models import Account, Notice
from yinuo.staff.permissions import Viewer
from yinuo.tickets.models import Message, Status, Ticket
from yinuo.tickets.services import reply, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company()


def press(ticket: Ticket, key: str, button: str, account: Account, **fields: object) -> None:
    step = Step.objects.get(ticket=ticket, key=key, state=StepState.ACTIVE)
    press_button(
        step=step, button=button, fields=fields, roles=Viewer(account).role_codes, account_id=account.id,
        by=Actor.account(account.id), now=house_clock.now(),
    )  # fmt: skip


def kinds(ticket: Ticket) -> list[str]:
    return list(HistoryRow.objects.filter(ticket_id=ticket.id).order_by("id").values_list("kind", flat=True))


def test_a_new_ticket_has_number_class_priority_deadlines_step_and_owner(company):
    ticket = write_in(company)
    assert ticket.number.startswith(f"SH{house_clock.now().astimezone(house_clock.now().tzinfo):%Y}")
    assert (ticket.ticket_class, ticket.priority, ticket.status) == ("service", 3, Status.NEW)
    assert ticket.owner == company.agent, ticket.assignment
    assert [reason["code"] for reason in ticket.assignment["reasons"]]
    running = set(Deadline.objects.filter(ticket_id=ticket.id, state="running").values_list("kind", flat=True))
    assert {"channel_answer", "first_answer", "solution"} <= running
    assert ticket.next_due_at == Deadline.objects.filter(ticket_id=ticket.id).order_by("due_at").first().due_at
    assert Step.objects.get(ticket=ticket).key == "accept"


def test_the_customer_is_told_number_and_promised_time(company):
    ticket = write_in(company)
    run_jobs()
    message = Message.objects.get(ticket=ticket, direction="out")
    assert message.template == "acknowledgement"
    assert ticket.number in message.text
    assert f"/t/{ticket.number}/" in message.text
    assert message.envelope["to"] == ["zhang.san@example.com"]


def test_an_answer_meets_the_answer_deadlines(company):
    ticket = write_in(company)
    reply(
        ticket=ticket, account_id=company.agent.id, text="您好，请先断电一分钟。", by=Actor.account(company.agent.id),
        now=house_clock.now(),
    )  # fmt: skip
    met = dict(Deadline.objects.filter(ticket_id=ticket.id).values_list("kind", "state"))
    assert met["channel_answer"] == met["first_answer"] == "met"
    assert met["solution"] == "running"


def test_whoever_was_spoken_with_is_answered(company):
    ticket = write_in(company)
    spoken = house_clock.now()
    press(ticket, "accept", "spoken", company.agent, spoken_at=spoken.isoformat())
    ticket.refresh_from_db()
    assert ticket.first_answered_at == spoken
    met = dict(Deadline.objects.filter(ticket_id=ticket.id).values_list("kind", "state"))
    assert met["channel_answer"] == met["first_answer"] == "met"


def test_a_complaint_answered_while_he_rang_is_answered_and_one_only_calmed_is_not(company):
    ticket = write_in(company, category="complaint_service", subject="服务态度", text="师傅迟到。")
    now = house_clock.now().isoformat()
    press(ticket, "accept", "contacted", company.agent, contacted_at=now)
    state = {"kind": "first_answer", "ticket_id": ticket.id}
    assert Deadline.objects.get(**state).state == "running"
    press(ticket, "accept", "spoken", company.agent, spoken_at=now)
    assert Deadline.objects.get(**state).state == "met"
    assert Ticket.objects.get(id=ticket.id).first_answered_at is not None


def test_solved_confirmed_scored_low_goes_to_second_handling(company):
    ticket = write_in(company)
    press(
        ticket, "accept", "accepted", company.agent, customer_name="张三", contact="zhang.san@example.com",
        symptom="不加热", problem_type="function_fault", urgency="normal", complexity="normal",
    )  # fmt: skip
    press(ticket, "handle", "solved", company.agent, solution_way="remote", solution="断电重启")
    ticket.refresh_from_db()
    assert ticket.status == Status.SOLVED
    assert happen(
        ticket=ticket, name="customer_confirmed", by=Actor.customer(ticket.customer_id), now=house_clock.now(),
        fields={"customer_signature": {"way": "portal", "at": house_clock.now().isoformat()}},
    )  # fmt: skip
    ticket.refresh_from_db()
    assert ticket.status == Status.CONFIRMED
    happen(
        ticket=ticket, name="customer_scored", by=Actor.customer(ticket.customer_id), now=house_clock.now(),
        fields={"satisfaction": 2},
    )  # fmt: skip
    ticket.refresh_from_db()
    assert (ticket.status, ticket.round) == (Status.OPEN, 2)
    assert Step.objects.get(ticket=ticket, state=StepState.ACTIVE).key == "handle"
    assert "procedures.ImprovementWanted" in kinds(ticket)
    assert Deadline.objects.filter(ticket_id=ticket.id, kind="solution", round=2, state="running").exists()


def test_a_late_answer_is_warned_breached_when_due_and_told_once(company, clock):
    ticket = write_in(company)
    due = Deadline.objects.get(ticket_id=ticket.id, kind="first_answer")
    clock(due.due_at - house_clock.now() + timedelta(minutes=7))
    for _ in range(3):
        notice_due(now=house_clock.now())
        run_jobs()
    due.refresh_from_db()
    assert due.breached_at == due.due_at
    breach = HistoryRow.objects.get(kind="sla.DeadlineBreached", subject_id=due.id)
    assert breach.at == due.due_at
    assert breach.recorded_at - breach.at >= timedelta(minutes=7)
    told = [one for notice in Notice.objects.filter(account=company.supervisor) for one in notice.values["listed"]]
    assert [one["kind"] for one in told if one["kind_of_promise"] == "first_answer"].count("deadline_breached") == 1
    warned = [one for notice in Notice.objects.filter(account=company.agent) for one in notice.values.get("listed", ())]
    assert [one["kind_of_promise"] for one in warned if one["kind"] == "deadline_warned"].count("first_answer") == 1


def test_two_people_taking_one_ticket_the_second_is_told(company):
    from yinuo.foundation.errors import Changed

    company_offline = Account.objects.all().update(presence="offline")
    assert company_offline
    ticket = write_in(company, address="li@example.com", name="李四")
    assert ticket.owner is None
    seen = ticket.version
    now = house_clock.now()
    take(ticket=ticket, account=company.agent, by=Actor.account(company.agent.id), now=now, version=seen)
    with pytest.raises(Changed):
        take(
            ticket=ticket, account=company.second_agent, by=Actor.account(company.second_agent.id), now=now,
            version=seen,
        )  # fmt: skip
