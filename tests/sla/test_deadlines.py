"""Promises as rows: pausing, moving, backward counting, timers, and the alarm (R-CH-2, R-CL-4)."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.conftest import run_jobs
from tests.story import SYSTEM, Company, make_company, write_in

from yinuo.foundation import clock as house_clock
from yinuo.foundation.ids import new_id
from yinuo.foundation.models import HistoryRow
from yinuo.foundation.work import work
from yinuo.procedures.services import reclassify
from yinuo.sla.alarm import notice_due, seconds_to_next
from yinuo.sla.models import Deadline, DeadlineState
from yinuo.sla.services import (
    About,
    meet_deadline,
    pause_deadline,
    publish_policies,
    resume_deadline,
    start_deadline,
    start_timer,
)

pytestmark = pytest.mark.django_db
FRIDAY = datetime(2026, 8, 14, 8, 0, tzinfo=UTC)  # 16:00 in Shanghai, an ordinary week


@pytest.fixture
def company() -> Company:
    return make_company()


def promise(company: Company, kind: str = "first_answer", at: datetime = FRIDAY, **facts: object) -> Deadline:
    about = About(("thing", new_id()), team_id=company.first_line.id)
    given = {"urgency": "normal", "channel": "email", "complex": False, **facts}
    with work():
        made = start_deadline(kind=kind, about=about, round=1, starts_at=at, facts=given, by=SYSTEM, now=at)
    assert made is not None
    return made


def subject(row: Deadline) -> dict[str, object]:
    return {"subject": (row.subject_kind, row.subject_id), "kind": row.kind, "round": row.round}


def test_two_service_hours_from_friday_four_end_at_closing(company):
    assert promise(company).due_at == FRIDAY + timedelta(hours=2)


def test_twenty_four_working_day_hours_from_a_wednesday_skip_the_holiday_and_count_the_make_up_saturday(company):
    wednesday = datetime(2026, 9, 30, 7, 0, tzinfo=UTC)
    due = promise(company, "solution", wednesday).due_at
    saturday = datetime(2026, 10, 10, tzinfo=UTC).date()
    first_working_day = due.astimezone(UTC)
    assert first_working_day > datetime(2026, 10, 7, tzinfo=UTC)
    assert first_working_day.date() <= saturday


def test_urgent_runs_round_the_clock(company):
    night = datetime(2026, 9, 26, 15, 0, tzinfo=UTC)
    assert promise(company, at=night, urgency="urgent").due_at == night + timedelta(minutes=30)


def test_a_pause_keeps_the_time_used_exactly(company):
    row = promise(company)
    pause_deadline(**subject(row), at=FRIDAY + timedelta(minutes=50, microseconds=7), wait="customer", by=SYSTEM)
    row.refresh_from_db()
    assert row.state == DeadlineState.PAUSED
    assert row.used == timedelta(minutes=50, microseconds=7)
    assert row.next_alarm_at is None
    later = datetime(2026, 8, 17, 2, 0, tzinfo=UTC)  # Monday 10:00
    resume_deadline(**subject(row), at=later, by=SYSTEM, now=later)
    row.refresh_from_db()
    assert row.due_at == later + timedelta(hours=2) - timedelta(minutes=50, microseconds=7)


def test_done_at_the_due_instant_is_in_time(company):
    row = promise(company)
    meet_deadline(**subject(row), at=row.due_at, by=SYSTEM)
    row.refresh_from_db()
    assert row.breached_at is None
    assert HistoryRow.objects.get(kind="sla.DeadlineMet", subject_id=row.id).values["in_time"]


def test_one_microsecond_later_is_late_and_dated_when_it_was_due(company):
    row = promise(company)
    meet_deadline(**subject(row), at=row.due_at + timedelta(microseconds=1), by=SYSTEM)
    row.refresh_from_db()
    assert row.breached_at == row.due_at


def test_nothing_is_broken_at_the_due_instant_itself(company):
    row = promise(company)
    notice_due(now=row.due_at)
    row.refresh_from_db()
    assert row.breached_at is None
    notice_due(now=row.due_at + timedelta(microseconds=1))
    row.refresh_from_db()
    assert row.breached_at == row.due_at


def test_each_alarm_is_recorded_once_however_often_the_alarm_looks(company):
    row = promise(company)
    for minutes in (1, 2, 3, 400, 5000):
        notice_due(now=row.due_at + timedelta(minutes=minutes))
    told = list(HistoryRow.objects.filter(subject_id=row.id).values_list("kind", flat=True))
    assert told.count("sla.DeadlineBreached") == 1
    assert told.count("sla.DeadlineWarned") == 1
    assert told.count("sla.DeadlineEscalated") == 2


def test_the_alarm_sleeps_until_the_earliest_instant(company):
    assert seconds_to_next(FRIDAY) == 20.0
    row = promise(company)
    assert seconds_to_next(row.next_alarm_at - timedelta(seconds=3)) == pytest.approx(3)


def test_a_change_of_urgency_moves_the_promise_with_the_time_used_kept(company, clock):
    ticket = write_in(company)
    row = Deadline.objects.get(ticket_id=ticket.id, kind="first_answer")
    now = house_clock.now()
    reclassify(ticket=ticket, by=SYSTEM, now=now, source="person", urgency="urgent")
    row.refresh_from_db()
    assert row.policy_row == "urgent"
    assert row.clock == "always"
    assert row.due_at <= now + timedelta(minutes=30)
    assert HistoryRow.objects.filter(kind="sla.DeadlineMoved", subject_id=row.id).count() == 1
    ticket.refresh_from_db()
    assert ticket.priority == 2
    assert ticket.next_due_at == min(
        Deadline.objects.filter(ticket_id=ticket.id, state="running", nature="promise").values_list("due_at", flat=True)
    )


def test_a_backward_promise_is_kept_before_the_date_in_service_hours(company):
    table = [
        {
            "key": "milestone_notice",
            "starts_at": "planned_time",
            "direction": "backward",
            "sent_in": "team",
            "rows": [{"key": "any", "limit": "24h", "clock": "workday"}],
        }
    ]
    publish_policies(code="test", table=table, by=SYSTEM, now=FRIDAY)
    monday = datetime(2026, 8, 17, 6, 0, tzinfo=UTC)  # 14:00
    row = promise(company, "milestone_notice", monday)
    assert row.due_at == datetime(2026, 8, 14, 6, 0, tzinfo=UTC)


def test_a_timer_rings_once_and_is_no_promise(company):
    about = About(("thing", new_id()), team_id=company.first_line.id)
    with work():
        timer = start_timer(
            kind="again", about=about, round=1, base_at=FRIDAY, offset=timedelta(hours=1), clock="always", now=FRIDAY
        )
    for minutes in (59, 61, 62):
        notice_due(now=FRIDAY + timedelta(minutes=minutes))
    timer.refresh_from_db()
    assert timer.state == DeadlineState.RANG
    assert HistoryRow.objects.filter(kind="sla.TimerRang", subject_id=timer.id).count() == 1
    run_jobs()


def test_a_promise_that_was_broken_and_escalated_is_neither_again_after_a_pause(company):
    row = promise(company)
    late = row.due_at + timedelta(days=10)
    notice_due(now=late)
    before = sorted(HistoryRow.objects.filter(subject_id=row.id).values_list("kind", flat=True))
    assert "sla.DeadlineBreached" in before and "sla.DeadlineEscalated" in before
    with work():
        pause_deadline(**subject(row), at=late, wait="customer", by=SYSTEM)
        resume_deadline(**subject(row), at=late + timedelta(days=1), by=SYSTEM, now=late + timedelta(days=1))
    notice_due(now=late + timedelta(days=20))
    after = sorted(HistoryRow.objects.filter(subject_id=row.id).values_list("kind", flat=True))
    assert after == sorted([*before, "sla.DeadlinePaused", "sla.DeadlineResumed"])
