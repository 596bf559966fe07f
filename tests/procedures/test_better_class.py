"""A better class re-dates what is promised, takes no fact away, and makes what no line gave a figure for before
(section 17)."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.conftest import run_jobs
from tests.story import SYSTEM, Company, make_company, write_in

from yinuo.foundation.clock import lived_again
from yinuo.procedures.models import Run
from yinuo.procedures.services import reclassify
from yinuo.sla.accounts import account_of
from yinuo.sla.models import Deadline
from yinuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2026, 8, 10, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai, an ordinary week


@pytest.fixture
def company() -> Company:
    return make_company()


def urgent_ticket(company: Company) -> Ticket:
    with lived_again(MONDAY):
        ticket = write_in(company, text="锅炉停机，非常紧急，请立即处理！")
        run_jobs()
        reclassify(ticket=ticket, by=SYSTEM, now=MONDAY, source="person", urgency="urgent")
    Deadline.objects.filter(ticket_id=ticket.id, kind="solution").delete()  # as if it had been urgent from the start
    return ticket


def classed(ticket: Ticket, urgency: str, at: datetime) -> Deadline:
    with lived_again(at):
        reclassify(ticket=ticket, by=SYSTEM, now=at, source="person", urgency=urgency)
    return Deadline.objects.get(ticket_id=ticket.id, kind="solution")


def test_what_had_no_figure_is_promised_when_a_line_gives_one_with_the_time_that_has_passed_used(company):
    ticket = urgent_ticket(company)
    row = classed(ticket, "normal", MONDAY + 2 * HOUR)
    assert (row.policy_row, row.started_at, row.used) == ("normal", MONDAY, 2 * HOUR)
    assert row.due_at == MONDAY + DAY
    account = account_of(ticket.id, row.id)
    assert account.used_before + account.explanation.total == row.target


def test_it_is_never_due_before_it_was_promised(company):
    ticket = urgent_ticket(company)
    row = classed(ticket, "normal", MONDAY + 2 * DAY)
    assert row.due_at == MONDAY + 2 * DAY
    assert row.breached_at is None


def test_a_class_and_back_makes_no_second_promise(company):
    ticket = urgent_ticket(company)
    classed(ticket, "normal", MONDAY + HOUR)
    classed(ticket, "urgent", MONDAY + 2 * HOUR)
    row = classed(ticket, "normal", MONDAY + 3 * HOUR)
    assert row.due_at == MONDAY + DAY


def test_facts_that_forms_have_gathered_stay_when_the_class_changes(company):
    ticket = urgent_ticket(company)
    run = Run.objects.get(ticket=ticket)
    run.state["fields"]["grade"] = "serious"
    run.save(update_fields=["state"])
    classed(ticket, "normal", MONDAY + HOUR)
    kept = Deadline.objects.filter(ticket_id=ticket.id, nature="promise", state="running")
    assert {row.facts.get("grade") for row in kept} == {"serious"}
