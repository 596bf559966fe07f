"""How a promise came about, and what would have changed it."""

from datetime import datetime, timedelta

import pytest
from tests.conftest import run_jobs
from tests.sla.test_changes import FRIDAY, HOUR, MONDAY_NINE, change_hours, pause, promise, publish, resume
from tests.story import SYSTEM, Company, make_company, write_in
from tests.web.desk import client_of

from yinuo.foundation.clock import lived_again
from yinuo.foundation.work import work
from yinuo.sla.accounts import Account, account_of
from yinuo.sla.models import Deadline
from yinuo.sla.services import Book
from yinuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    made = make_company()
    run_jobs()
    return made


@pytest.fixture
def ticket(company) -> Ticket:
    with lived_again(FRIDAY):
        return write_in(company)


def told(ticket: Ticket, row: Deadline) -> Account:
    found = account_of(ticket.id, row.id)
    assert found is not None
    return found


def test_it_names_version_and_row_and_what_one_other_fact_would_have_led_to(company, ticket):
    row = promise(company, ticket=ticket)
    account = told(ticket, row)
    assert account.explanation.total == row.target and account.used_before == timedelta()
    assert account.policy.rows[account.line_number - 1].key == row.policy_row == "normal"
    due = {other.alternative.row.key: other.due_at for other in account.others}
    assert due["urgent"] == FRIDAY + HOUR / 2
    assert due["complaint"] == FRIDAY + HOUR


def test_what_runs_round_the_clock_is_told_on_the_wall_of_the_team(company, ticket):
    account = told(ticket, promise(company, at=FRIDAY, ticket=ticket, urgency="urgent"))
    assert account.explanation.render("zh")[0] == "2026年8月14日（周五）14:00–14:30 计入 30 分钟：全天候计时"
    assert str(account.zone) == "Asia/Shanghai"


def test_pauses_count_in_what_would_have_been_too(company, ticket):
    row = promise(company, at=FRIDAY, ticket=ticket)
    pause(row, FRIDAY + HOUR / 4)
    resume(row, FRIDAY + HOUR)
    due = {other.alternative.row.key: other.due_at for other in told(ticket, row).others}
    assert due["complaint"] == FRIDAY + HOUR * 1.75
    [stood] = told(ticket, row).pauses
    assert (stood.from_at, stood.to_at, stood.wait) == (FRIDAY + HOUR / 4, FRIDAY + HOUR, "customer")


def test_after_a_change_the_sum_begins_with_what_was_used(company, ticket):
    publish({"when": {"urgency": "urgent"}, "limit": "1h"}, {"limit": "8h"})
    row = promise(company, ticket=ticket)
    with work():
        book = Book.of_subject((row.subject_kind, row.subject_id))
        book.apply_facts({"urgency": "urgent"}, reason="facts_changed", by=SYSTEM, now=FRIDAY + HOUR / 2)
        book.write()
    row.refresh_from_db()
    account = told(ticket, row)
    assert (account.used_before, account.explanation.total) == (HOUR / 2, HOUR / 2)
    assert [change.reason for change in account.changes] == ["facts_changed"]


def test_each_stretch_is_told_by_the_calendar_that_was_in_force_in_it(company, ticket):
    row = promise(company, at=FRIDAY + 3 * HOUR, ticket=ticket)  # 17:00, due Monday 10:00
    change_hours(now=FRIDAY + 3.5 * HOUR, fri=[["09:00", "17:45"]], sat=[["09:00", "12:00"]])
    row.refresh_from_db()
    account = told(ticket, row)
    assert account.used_before == HOUR / 2
    assert account.explanation.total == 1.5 * HOUR
    assert [line.amount / HOUR for line in account.explanation.lines if line.is_counted] == [0.25, 1.25]


def test_a_calendar_that_moved_nothing_still_tells_the_hours_as_they_were(company, ticket):
    row = promise(company, at=FRIDAY, ticket=ticket)  # 14:00 to 16:00
    change_hours(now=FRIDAY + HOUR, mon=[["09:00", "12:00"]])
    account = told(ticket, row)
    assert account.explanation.total == 2 * HOUR
    assert [line.amount / HOUR for line in account.explanation.lines] == [1, 1]


def test_what_goes_on_by_another_calendar_says_what_was_used_before(company, ticket):
    row = promise(company, at=FRIDAY + 3 * HOUR, ticket=ticket)
    pause(row, FRIDAY + 3.5 * HOUR)
    change_hours(now=FRIDAY + 3.75 * HOUR, mon=[["08:00", "18:00"]])
    resume(row, MONDAY_NINE)
    account = told(ticket, row)
    assert (account.used_before, account.explanation.total) == (HOUR / 2, 1.5 * HOUR)


def test_a_promise_counted_back_is_explained_from_its_due_instant_to_the_event(company, ticket):
    row = promise(company, "milestone_notice", datetime(2026, 8, 18, 6, tzinfo=FRIDAY.tzinfo), ticket=ticket)
    account = told(ticket, row)
    assert account.explanation.total == timedelta(hours=24)
    assert account.explanation.lines[0].from_at == row.due_at


def test_a_promise_that_is_told_earlier_since_somebody_must_be_there_says_so(company, ticket):
    row = promise(company, "milestone_notice", datetime(2026, 8, 17, 22, tzinfo=FRIDAY.tzinfo), ticket=ticket)
    account = told(ticket, row)  # Tuesday 06:00 in Shanghai, so Monday 06:00, so Friday at closing
    assert row.due_at == datetime(2026, 8, 14, 10, tzinfo=FRIDAY.tzinfo)
    assert (account.explanation.total, account.used_before) == (timedelta(hours=24), timedelta())
    assert "须在服务时间内告知，到期提前" in account.explanation.render("zh")[0]


def test_the_page_says_it_in_words_of_the_desk(company, ticket):
    row = promise(company, ticket=ticket)
    Deadline.objects.filter(id=row.id).update(provisional=True)
    html = client_of(company.agent).get(f"/tickets/{ticket.number}/promises/{row.id}").content.decode()
    assert "什么会改变这个时限" in html and "若紧急度为“紧急”：30 分钟，按自然时间，到期 2026年8月14日 14:30" in html
    assert "第 1 版，第" in html and "serious" not in html
    assert "（周五）14:00–16:00 计入 2 小时：工作时间" in html


def test_a_chip_that_runs_through_an_unpublished_year_says_so(company, ticket):
    shown = Deadline.objects.get(ticket_id=ticket.id, kind="first_answer")
    client = client_of(company.agent)
    assert "暂定" not in client.get(f"/tickets/{ticket.number}").content.decode()
    Deadline.objects.filter(id=shown.id).update(provisional=True)
    assert "暂定" in client.get(f"/tickets/{ticket.number}").content.decode()
