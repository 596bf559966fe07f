"""A department owes what was agreed at the hand-over of this very case (R-CP-2 of pack `rules`)."""

from datetime import timedelta

import pytest
from tests.procedures.test_story import press
from tests.story import make_company, write_in

from yinuo.foundation import clock as house_clock
from yinuo.sla.models import Deadline
from yinuo.sla.policies import target_of
from yinuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db


def test_the_limits_of_a_hand_over_are_promises_with_alarms(clock):
    company = make_company(pack="rules")
    ticket: Ticket = write_in(company, category="complaint_service", subject="服务态度", text="师傅迟到。")
    now = house_clock.now()
    press(
        ticket, "accept", "accepted", company.agent, customer_name="张三", contact="13800001234", contacted_at=now,
        content="师傅迟到", demand="道歉",
        wished_solution="道歉", emotion="upset", promised_at=now + timedelta(hours=3),
        promised_way="phone",
    )  # fmt: skip
    accept_until, due = now + timedelta(hours=2), now + timedelta(hours=30)
    press(
        ticket, "name_department", "handed_over", company.agent, responsible_department="technical", grade="serious",
        hand_over_note="查维修记录", accept_until=accept_until, department_due_at=due,
    )  # fmt: skip
    owed = {row.kind: row for row in Deadline.objects.filter(ticket_id=ticket.id, state="running")}
    assert owed["taken_over"].due_at == accept_until
    assert owed["investigation"].due_at == due
    assert owed["taken_over"].next_alarm_at and [level.tell for level in target_of(owed["taken_over"]).levels][:2]
    clock(timedelta(hours=1))
    press(ticket, "department_accepts", "accepted", company.technician)
    press(ticket, "investigate", "wait_customer", company.technician)
    press(ticket, "investigate", "resume", company.technician)
    rows = {row.kind: row for row in Deadline.objects.filter(ticket_id=ticket.id)}
    assert rows["taken_over"].state == "met" and rows["taken_over"].breached_at is None
    assert rows["investigation"].due_at == due
