"""People are told of promises by the minute, not by the promise (R-CL-4)."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from tests.conftest import run_jobs
from tests.story import PASSWORD, SYSTEM, Company, make_company, write_in

from yinuo.channels.notices import texts_of
from yinuo.foundation.clock import lived_again
from yinuo.foundation.ids import new_id
from yinuo.foundation.work import work
from yinuo.sla.alarm import notice_due
from yinuo.sla.models import Deadline, DeadlineState
from yinuo.sla.services import About, meet_deadline, start_deadline
from yinuo.staff.models import Account, Notice, Role
from yinuo.staff.services import make_account
from yinuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
FRIDAY = datetime(2026, 8, 14, 6, 0, tzinfo=UTC)  # 14:00 in Shanghai
MONDAY_NINE = datetime(2026, 8, 17, 1, 0, tzinfo=UTC)


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def ticket(company) -> Ticket:
    with lived_again(FRIDAY):
        made = write_in(company)
    Deadline.objects.all().delete()
    return made


def promise(ticket: Ticket, at: datetime, *, owner: Account | None = None, urgency: str = "normal") -> Deadline:
    about = About(("thing", new_id()), ticket.id, ticket.customer_id, ticket.team_id, owner and owner.id)
    with work():
        return start_deadline(
            kind="first_answer", about=about, round=1, starts_at=at, by=SYSTEM, now=at,
            facts={"urgency": urgency, "scenario": "after_sales"},
        )  # fmt: skip


def look(at: datetime) -> None:
    with lived_again(at):
        notice_due(now=at)
        run_jobs()


def bell(account: Account) -> list[Notice]:
    return list(Notice.objects.filter(account=account, kind__startswith="deadline").order_by("at"))


def test_thirty_promises_broken_in_one_minute_are_one_notice_to_the_supervisor(company, ticket):
    rows = [promise(ticket, FRIDAY + n * SECOND) for n in range(1, 31)]
    look(FRIDAY + 1.5 * HOUR + MINUTE)  # the warnings
    [warned] = bell(company.supervisor)  # nobody owns them, so the next level is told
    assert warned.values["counts"] == {"deadline_warned": 30}
    look(rows[0].due_at + 50 * SECOND)
    [_, broken] = bell(company.supervisor)
    assert (broken.kind, broken.values["counts"]) == ("deadlines", {"deadline_breached": 30})
    assert len(broken.values["listed"]) == 10


def test_what_comes_later_in_the_same_minute_joins_the_notice_and_makes_it_unread(company, ticket):
    promise(ticket, FRIDAY + 5 * SECOND)
    look(FRIDAY + 1.5 * HOUR + 7 * SECOND)  # the warning
    look(FRIDAY + 2 * HOUR + 7 * SECOND)
    [alone] = [one for one in bell(company.supervisor) if one.kind == "deadline_breached"]
    assert (alone.ticket_id, alone.values["number"]) == (ticket.id, ticket.number)
    Notice.objects.update(read_at=FRIDAY)
    second = promise(ticket, FRIDAY + 6 * SECOND)
    Deadline.objects.filter(id=second.id).update(alarms=[one for one in second.alarms if one[1] != "warn"])
    look(FRIDAY + 2 * HOUR + 8 * SECOND)
    [both] = [one for one in bell(company.supervisor) if "deadline_breached" in one.values["counts"]]
    assert (both.id, both.kind, both.read_at, both.ticket_id) == (alone.id, "deadlines", None, None)
    assert both.values["counts"] == {"deadline_breached": 2}


def test_noticing_a_little_late_keeps_them_together_and_a_long_gap_is_told_by_when_it_was_noticed(company, ticket):
    for n in range(1, 4):
        promise(ticket, FRIDAY + n * 10 * MINUTE)
    look(FRIDAY + 2 * HOUR + 10 * MINUTE + 59 * SECOND)
    look(FRIDAY + 9 * HOUR)  # after a long stop: one notice, not one for each minute missed
    minutes = Counter(one.at for one in bell(company.supervisor) if "deadline_breached" in one.values["counts"])
    assert minutes == {FRIDAY + 2 * HOUR + 10 * MINUTE: 1}  # the rest waits: at 23:00 nobody is on duty


def test_nobody_is_told_twice_when_the_job_runs_again(company, ticket):
    promise(ticket, FRIDAY)
    at = FRIDAY + 2 * HOUR + SECOND
    with lived_again(at):
        notice_due(now=at)
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = 'foundation.run_afterwards'")
            arguments = [args for (args,) in cursor.fetchall()]
        run_jobs()
        before = [one.values for one in bell(company.supervisor)]
        import json

        from yinuo.foundation.afterwards import run_afterwards

        for one in arguments:
            run_afterwards(**(json.loads(one) if isinstance(one, str) else one))
    assert [one.values for one in bell(company.supervisor)] == before


def test_the_owner_is_warned_and_the_mail_says_how_many(company, ticket):
    for _ in (1, 2):
        promise(ticket, FRIDAY, owner=company.agent)
    look(FRIDAY + 1.5 * HOUR + SECOND)
    [warned] = bell(company.agent)
    assert warned.values["counts"] == {"deadline_warned": 2}
    subject, body = texts_of(warned)
    assert "2" in subject and body.count(ticket.number) == 2


def test_what_breaks_while_nobody_is_on_duty_is_told_at_the_opening_if_it_is_still_broken(company, ticket):
    night = FRIDAY + 9 * HOUR
    kept, _ = (promise(ticket, night, owner=company.agent, urgency="urgent") for _ in (1, 2))
    look(night + HOUR)
    assert bell(company.agent) == bell(company.supervisor) == []
    kept.refresh_from_db()
    assert kept.breached_at == kept.due_at  # the breach stands
    timers = Deadline.objects.filter(nature="timer", state=DeadlineState.RUNNING)
    assert {timer.due_at for timer in timers} == {MONDAY_NINE}
    meet_deadline(subject=("thing", kept.subject_id), kind="first_answer", round=1, at=night + 2 * HOUR, by=SYSTEM)
    look(MONDAY_NINE + SECOND)
    [told] = bell(company.supervisor)
    assert told.values["counts"] == {"deadline_breached": 1}
    [warned] = bell(company.agent)
    assert warned.values["counts"] == {"deadline_breached": 1}, "warned of at night, broken by now"
    look(MONDAY_NINE + MINUTE)
    assert len(bell(company.supervisor)) == 1


def test_every_level_that_could_not_be_told_at_night_is_told_at_the_opening(company, ticket):
    above = make_account(
        username="chief", name="秦", password=PASSWORD, roles=[Role.objects.get(code="technical")],
        teams={company.technical: True}, by=SYSTEM, now=FRIDAY,
    )  # fmt: skip
    night = FRIDAY + 9 * HOUR
    promise(ticket, night, owner=company.agent, urgency="urgent")
    look(night + 3 * HOUR)  # the alarm had stopped: breach and both levels are noticed at once
    look(MONDAY_NINE + SECOND)
    assert len(bell(company.supervisor)) == 1
    assert len(bell(above)) == 1
