"""What changes a promise on its way: pauses, facts, other hands, another calendar, another table. Time used is kept, a
breach stands (R-CL-4)."""

import json
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from tests.conftest import run_jobs
from tests.story import SYSTEM, Company, make_company, write_in

from yinuo.calendars.drafts import calendar_as, fields_of
from yinuo.calendars.models import BusinessCalendar
from yinuo.calendars.services import import_official_days, import_official_file, save_calendar
from yinuo.customers.models import Customer
from yinuo.customers.services import change_customer, make_customer, merge_customers
from yinuo.domain.worktime import Calendar
from yinuo.foundation.clock import lived_again
from yinuo.foundation.ids import new_id
from yinuo.foundation.models import HistoryRow
from yinuo.foundation.work import work
from yinuo.sla.alarm import notice_due
from yinuo.sla.models import Deadline, DeadlineState, PolicyVersion, Recount
from yinuo.sla.policies import policies_of
from yinuo.sla.services import (
    About,
    Book,
    begin_recount,
    meet_deadline,
    pause_deadline,
    publish_policies,
    recount_some,
    resume_deadline,
    start_deadline,
    start_timer,
)
from yinuo.sla.what_if import Calendars, shift_on, shift_under, tally_on
from yinuo.staff.models import Team
from yinuo.staff.services import save_structure
from yinuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
FRIDAY = datetime(2026, 8, 14, 6, 0, tzinfo=UTC)  # 14:00 in Shanghai, an ordinary week of 9:00 to 18:00
MONDAY_NINE = datetime(2026, 8, 17, 1, 0, tzinfo=UTC)


@pytest.fixture
def company() -> Company:
    made = make_company()
    run_jobs()  # what setting up asked for
    return made


def publish(
    *rows: dict, kind: str = "first_answer", moves_open: bool = False, now: datetime = FRIDAY + HOUR, **more: object
) -> PolicyVersion:
    """A table with this one kind."""
    version = PolicyVersion.objects.filter(retired_at__isnull=True).get()
    whole = [{"key": f"r{n}", "clock": "service", **row} for n, row in enumerate(rows)]
    table = [entry for entry in version.table if entry["key"] != kind]
    table.append({"key": kind, "starts_at": "acceptance", "rows": whole, **more})
    with lived_again(FRIDAY):
        return publish_policies(code="test", table=table, by=SYSTEM, now=now, moves_open=moves_open)


def promise(
    company: Company, kind: str = "first_answer", at: datetime = FRIDAY, *, ticket: Ticket | None = None,
    subject: tuple | None = None, round: int = 1, **facts: object,
) -> Deadline | None:  # fmt: skip
    about = About(subject or ("thing", new_id()), ticket and ticket.id, team_id=company.first_line.id)
    given = {"urgency": "normal", "channel": "email", "scenario": "after_sales", **facts}
    with work():
        return start_deadline(kind=kind, about=about, round=round, starts_at=at, facts=given, by=SYSTEM, now=at)


def named(row: Deadline) -> dict:
    return {"subject": (row.subject_kind, row.subject_id), "kind": row.kind, "round": row.round}


def pause(row: Deadline, at: datetime, wait: str = "customer") -> None:
    pause_deadline(**named(row), at=at, wait=wait, by=SYSTEM)
    row.refresh_from_db()


def resume(row: Deadline, at: datetime) -> None:
    resume_deadline(**named(row), at=at, by=SYSTEM, now=at)
    row.refresh_from_db()


def history(row: Deadline, kind: str) -> list[dict]:
    return [one.values for one in HistoryRow.objects.filter(subject_id=row.id, kind=f"sla.{kind}").order_by("id")]


def change_hours(code: str = "office", now: datetime = FRIDAY, *, exceptions: tuple = (), **hours: list) -> None:
    """Changes the weekly hours and dated exceptions of a calendar, and lets everything follow."""
    row = BusinessCalendar.objects.get(code=code)
    week = {**row.hours, **hours}
    with lived_again(now):
        save_calendar(
            id=row.id, version=row.version, fields={"hours": week}, exceptions=list(exceptions), by=SYSTEM, now=now
        )
        run_jobs()


class TestBreach:
    def test_a_broken_promise_keeps_its_due_instant_through_a_pause(self, company):
        row = promise(company)
        due = row.due_at
        notice_due(now=due + HOUR)
        pause(row, due + HOUR)
        assert (row.due_at, row.breached_at) == (due, due)
        resume(row, MONDAY_NINE + 3 * HOUR)
        assert (row.due_at, row.breached_at, row.state) == (due, due, DeadlineState.RUNNING)
        meet_deadline(**named(row), at=MONDAY_NINE + 4 * HOUR, by=SYSTEM)
        row.refresh_from_db()
        assert row.breached_at == due
        assert [one["in_time"] for one in history(row, "DeadlineMet")] == [False]

    def test_its_next_levels_are_told_after_the_pause_and_none_twice(self, company):
        row = promise(company)
        notice_due(now=row.due_at + MINUTE)
        pause(row, row.due_at + HOUR)
        resume(row, MONDAY_NINE)
        notice_due(now=MONDAY_NINE + 5 * DAY)
        assert [one["tell"] for one in history(row, "DeadlineEscalated")] == ["supervisor", "director"]
        assert len(history(row, "DeadlineBreached")) == 1

    def test_done_while_the_clock_stood_still_is_in_time_only_if_it_was_not_broken_before(self, company):
        kept, broken = promise(company), promise(company)
        pause(kept, FRIDAY + HOUR)
        notice_due(now=broken.due_at + MINUTE)
        pause(broken, broken.due_at + HOUR)
        for row in (kept, broken):
            meet_deadline(**named(row), at=MONDAY_NINE, by=SYSTEM)
        assert [one["in_time"] for one in history(kept, "DeadlineMet")] == [True]
        assert [one["in_time"] for one in history(broken, "DeadlineMet")] == [False]

    def test_waiting_that_began_in_time_takes_a_breach_back_that_was_noticed_before_it_was_put_down(self, company):
        row = promise(company)
        notice_due(now=row.due_at + MINUTE)
        pause(row, row.due_at)
        assert row.breached_at is None
        resume(row, MONDAY_NINE)
        assert row.due_at == MONDAY_NINE and row.breached_at is None

    @pytest.mark.parametrize("before", [False, True], ids=["nobody looked", "the alarm looked"])
    def test_one_who_waits_after_it_was_due_breaks_it_whether_or_not_the_alarm_has_looked(self, company, before):
        answered, goes_on = promise(company), promise(company)
        due = answered.due_at
        if before:
            notice_due(now=due + MINUTE)
        for row in (answered, goes_on):
            pause(row, due + MINUTE)
            assert (row.breached_at, row.state, row.next_alarm_at) == (due, DeadlineState.PAUSED, None)
        notice_due(now=due + HOUR)
        meet_deadline(**named(answered), at=MONDAY_NINE, by=SYSTEM)
        resume(goes_on, MONDAY_NINE)
        notice_due(now=MONDAY_NINE + 5 * DAY)
        assert [one["in_time"] for one in history(answered, "DeadlineMet")] == [False]
        goes_on.refresh_from_db()
        assert goes_on.due_at == goes_on.breached_at == due
        for row in (answered, goes_on):
            [breach] = HistoryRow.objects.filter(subject_id=row.id, kind="sla.DeadlineBreached")
            assert breach.at == due
        assert [one["tell"] for one in history(goes_on, "DeadlineEscalated")] == ["supervisor", "director"]

    def test_a_calendar_that_changes_moves_no_breach(self, company):
        row = promise(company)
        notice_due(now=row.due_at + MINUTE)
        change_hours(now=row.due_at + 2 * MINUTE, sat=[["09:00", "12:00"]])
        was = row.due_at
        row.refresh_from_db()
        assert (row.due_at, row.breached_at) == (was, was)
        assert not history(row, "DeadlineMoved")

    def test_more_time_by_other_facts_is_another_promise_and_not_broken(self, company):
        publish({"when": {"urgency": "urgent"}, "limit": "30m"}, {"limit": "8h"})
        row = promise(company, urgency="urgent")
        notice_due(now=FRIDAY + HOUR)
        with work():
            book = Book.of_subject((row.subject_kind, row.subject_id))
            book.apply_facts({"urgency": "normal"}, reason="facts_changed", by=SYSTEM, now=FRIDAY + HOUR)
            book.write()
        row.refresh_from_db()
        assert row.breached_at is None
        assert row.due_at == MONDAY_NINE + 4 * HOUR  # an hour of eight is used


class TestWarnings:
    LEVELS = {
        "limit": "4h",
        "warn": [{"share": 0.5, "tell": "owner"}, {"before": "30m", "tell": "team"}],
        "escalate": [{"tell": "supervisor"}],
    }

    def test_a_later_warning_is_still_given_after_a_pause_and_the_earlier_one_not_again(self, company):
        publish(self.LEVELS)
        row = promise(company)
        notice_due(now=FRIDAY + 2.5 * HOUR)
        pause(row, FRIDAY + 3 * HOUR)
        resume(row, MONDAY_NINE)  # an hour is left: due at 10:00
        notice_due(now=MONDAY_NINE + 45 * MINUTE)
        assert [one["tell"] for one in history(row, "DeadlineWarned")] == ["owner", "team"]

    def test_it_is_given_after_a_calendar_has_moved_the_promise_too(self, company):
        publish(self.LEVELS)
        row = promise(company, at=FRIDAY + HOUR)  # 15:00: due on Monday at 10:00
        notice_due(now=FRIDAY + 3.5 * HOUR)
        change_hours(now=FRIDAY + 3.5 * HOUR, sat=[["09:00", "12:00"]])  # due on Saturday at 10:00
        notice_due(now=FRIDAY + 21 * HOUR)
        assert [one["tell"] for one in history(row, "DeadlineWarned")] == ["owner", "team"]

    def test_what_was_warned_of_in_an_earlier_stretch_is_not_again_after_many_pauses(self, company):
        publish(self.LEVELS)
        row = promise(company)
        for n in range(3):
            pause(row, FRIDAY + (2 + n / 4) * HOUR)
            resume(row, FRIDAY + (2 + n / 4) * HOUR + MINUTE)
            notice_due(now=FRIDAY + (2 + n / 4) * HOUR + 5 * MINUTE)
        assert [one["tell"] for one in history(row, "DeadlineWarned")] == ["owner"]


class TestPolicies:
    def test_a_peak_hour_has_another_figure_by_the_wall_of_the_teams_calendar(self, company):
        publish(
            {"when": {"time_of_day": {"from": "10:00", "until": "12:00"}}, "limit": "30s"}, {"limit": "20s"},
            kind="pick_up", starts_at="first_ring",
        )  # fmt: skip
        ten = datetime(2026, 8, 14, 2, 0, tzinfo=UTC)
        seconds = {at: (promise(company, "pick_up", at).due_at - at).total_seconds() for at in (ten - HOUR, ten)}
        assert list(seconds.values()) == [20, 30]
        assert promise(company, "pick_up", ten).next_alarm_at == ten + timedelta(seconds=30)

    @pytest.mark.parametrize(("on_reopen", "due"), [("restart", 4 * HOUR), ("continue", 3 * HOUR), ("none", None)])
    def test_a_reopened_matter_starts_as_its_policy_says(self, company, on_reopen, due):
        publish({"limit": "4h", "clock": "always"}, on_reopen=on_reopen)
        first = promise(company)
        meet_deadline(**named(first), at=FRIDAY + HOUR, by=SYSTEM)
        again = promise(company, at=FRIDAY + DAY, subject=(first.subject_kind, first.subject_id), round=2)
        assert (again and again.due_at - (FRIDAY + DAY)) == due

    def test_time_that_stood_still_before_the_end_is_not_used_by_the_next_round(self, company):
        publish({"limit": "4h", "clock": "always"}, on_reopen="continue")
        first = promise(company)
        pause(first, FRIDAY + HOUR)
        meet_deadline(**named(first), at=FRIDAY + 3 * HOUR, by=SYSTEM)
        again = promise(company, at=FRIDAY + DAY, subject=(first.subject_kind, first.subject_id), round=2)
        assert again.due_at == FRIDAY + DAY + 3 * HOUR

    def test_a_policy_that_names_what_it_pauses_on_counts_through_other_waiting(self, company):
        publish({"limit": "4h"}, pauses_on=["outside"])
        row = promise(company)
        pause(row, FRIDAY + HOUR, "customer")
        assert row.state == DeadlineState.RUNNING
        pause(row, FRIDAY + HOUR, "outside")
        assert row.state == DeadlineState.PAUSED

    def test_a_warning_that_names_nobody_wakes_no_alarm_but_colours_the_chip(self, company):
        publish({"limit": "4h", "warn": [{"share": 0.5}], "escalate": [{"tell": "supervisor"}]})
        row = promise(company)
        assert row.next_alarm_at == row.due_at
        assert row.alarms[0][1:] == ["warn", "warn-1", ""]
        notice_due(now=FRIDAY + 3 * HOUR)
        assert not HistoryRow.objects.filter(subject_id=row.id, kind="sla.DeadlineWarned").exists()
        notice_due(now=row.due_at + MINUTE)
        row.refresh_from_db()
        assert row.warned_at == FRIDAY + 2 * HOUR and row.breached_at == row.due_at
        assert not history(row, "DeadlineWarned")

    def test_open_promises_follow_a_new_version_where_its_publisher_says_so(self, company):
        row, done = promise(company), promise(company)
        meet_deadline(**named(done), at=FRIDAY, by=SYSTEM)
        with lived_again(FRIDAY + HOUR):
            version = publish({"limit": "3h"}, moves_open=True)
            run_jobs()
        row.refresh_from_db()
        assert (row.policy_version_id, row.due_at) == (version.id, FRIDAY + 3 * HOUR)
        assert [one["reason"] for one in history(row, "DeadlineMoved")] == ["policies"]
        assert not history(done, "DeadlineMoved")
        recount = Recount.objects.get()
        assert (recount.looked, recount.moved, recount.ended_at is not None) == (1, 1, True)

    def test_an_earlier_recount_still_under_way_takes_nothing_back_from_a_version_published_since(self, company):
        row = promise(company)
        earlier = publish({"limit": "3h"})
        recount = begin_recount(cause="policies", about=earlier.id, by=SYSTEM, now=FRIDAY + HOUR)
        newest = publish({"limit": "4h"}, now=FRIDAY + 1.5 * HOUR)
        begun = promise(company, at=FRIDAY + 1.5 * HOUR)
        assert begun.policy_version_id == newest.id
        with lived_again(FRIDAY + 2 * HOUR):
            while recount_some(recount_id=recount.id, by=SYSTEM, now=FRIDAY + 2 * HOUR):
                pass
        row.refresh_from_db()
        assert row.due_at == FRIDAY + 3 * HOUR
        due = begun.due_at
        begun.refresh_from_db()
        assert (begun.policy_version_id, begun.due_at) == (newest.id, due)
        assert not history(begun, "DeadlineMoved")

    def test_else_they_finish_on_theirs(self, company):
        row = promise(company)
        publish({"limit": "3h"})
        run_jobs()
        row.refresh_from_db()
        assert row.due_at == FRIDAY + 2 * HOUR and not Recount.objects.exists()

    def test_what_a_new_version_does_not_promise_stays_promised(self, company):
        row = promise(company)
        publish({"limit": None}, moves_open=True)
        run_jobs()
        row.refresh_from_db()
        assert (row.state, row.due_at) == (DeadlineState.RUNNING, FRIDAY + 2 * HOUR)

    def test_facts_that_lead_to_no_figure_take_back_nothing_that_was_promised(self, company):
        publish({"limit": None, "when": {"grade": "major"}}, {"limit": "2h"})
        row = promise(company)
        with work():
            book = Book.of_subject((row.subject_kind, row.subject_id))
            assert not book.apply_facts({"grade": "major"}, reason="facts_changed", by=SYSTEM, now=FRIDAY + HOUR)
            book.write()
        row.refresh_from_db()
        assert (row.state, row.due_at, row.facts) == ("running", FRIDAY + 2 * HOUR, {"grade": "major"})
        assert not history(row, "DeadlineMoved")

    def test_other_levels_alone_are_written_without_a_word_in_history(self, company):
        row = promise(company)
        with lived_again(FRIDAY + HOUR):
            publish({"limit": "2h", "escalate": [{"tell": "director"}]}, moves_open=True)
            run_jobs()
        row.refresh_from_db()
        assert [one[3] for one in row.alarms if one[1] == "escalate"] == ["director"]
        assert not history(row, "DeadlineMoved")


class TestCalendars:
    def test_an_edited_calendar_dates_open_promises_anew_with_the_time_used_kept(self, company):
        late = promise(company, "solution", FRIDAY + 3 * HOUR)  # 24 working-day hours from 17:00
        row = promise(company, at=FRIDAY + 3.5 * HOUR)  # 2 h from 17:30: Monday 10:30
        assert row.due_at == MONDAY_NINE + 1.5 * HOUR
        change_hours(now=FRIDAY + 3.75 * HOUR, sat=[["09:00", "12:00"]])
        row.refresh_from_db()
        late.refresh_from_db()
        assert row.due_at == datetime(2026, 8, 15, 2, 30, tzinfo=UTC)  # Saturday 10:30: a quarter of an hour was used
        assert row.used == 0.25 * HOUR
        assert late.due_at == datetime(2026, 8, 15, 9, 0, tzinfo=UTC)
        assert [one["reason"] for one in history(row, "DeadlineMoved")] == ["calendar"]

    def test_hours_taken_away_afterwards_are_not_given_back(self, company):
        row = promise(company, at=FRIDAY - 5 * HOUR)  # 9:00: due 11:00
        closed = (date(2026, 8, 14), [["13:00", "18:00"]], "")
        change_hours(now=FRIDAY - 4 * HOUR, exceptions=(closed,))
        row.refresh_from_db()
        assert row.used == HOUR  # by the calendar as it was when the hour passed
        assert row.due_at == FRIDAY  # 14:00

    def test_only_what_is_due_at_another_instant_is_written_and_gets_history(self, company):
        rows = [promise(company, at=FRIDAY - HOUR + n * MINUTE) for n in range(5)]
        before = {row.id: row.edition_id for row in rows}
        change_hours(sat=[["09:00", "12:00"]])  # all are due on Friday
        assert dict(Deadline.objects.values_list("id", "edition_id")) == before
        assert not HistoryRow.objects.filter(kind="sla.DeadlineMoved").exists()
        recount = Recount.objects.get()
        assert (recount.cause, recount.total, recount.looked, recount.moved) == ("calendar", 5, 5, 0)

    def test_what_stands_still_goes_on_by_the_calendar_of_the_day_it_goes_on(self, company):
        row = promise(company, at=FRIDAY + 3 * HOUR)
        pause(row, FRIDAY + 3.5 * HOUR)
        change_hours(now=FRIDAY + 3.75 * HOUR, sat=[["09:00", "12:00"]])
        row.refresh_from_db()
        assert row.used == 0.5 * HOUR
        resume(row, datetime(2026, 8, 15, 2, 0, tzinfo=UTC))
        assert row.due_at == datetime(2026, 8, 15, 3, 30, tzinfo=UTC)
        assert [one["new_edition"] for one in history(row, "DeadlineResumed")] == [True]

    def test_batches_go_on_where_the_last_one_ended_whatever_was_killed(self, company):
        rows = [promise(company, "solution", FRIDAY + n * MINUTE) for n in range(7)]
        row = BusinessCalendar.objects.get(code="office")
        hours = {**row.hours, "sat": [["09:00", "12:00"]]}
        with lived_again(FRIDAY + HOUR):
            save_calendar(
                id=row.id, version=row.version, fields={"hours": hours}, exceptions=[], by=SYSTEM, now=FRIDAY + HOUR
            )
            recount = begin_recount(cause="calendar", about=row.id, by=SYSTEM, now=FRIDAY + HOUR)
            progress = []
            while recount_some(recount_id=recount.id, by=SYSTEM, now=FRIDAY + HOUR, limit=3):
                recount.refresh_from_db()
                progress.append((recount.looked, recount.moved))
            recount.refresh_from_db()
        assert progress == [(3, 3), (6, 6)]
        assert (recount.looked, recount.moved, recount.total) == (7, 7, 7)
        assert not recount_some(recount_id=recount.id, by=SYSTEM, now=FRIDAY + HOUR)
        assert HistoryRow.objects.filter(kind="sla.DeadlineMoved").count() == len(rows)
        assert HistoryRow.objects.filter(kind="sla.DeadlinesRecounted", subject_id=recount.id).count() == 1

    def test_a_pause_that_began_before_a_new_edition_and_is_put_down_after_it_counts_by_the_old_one(self, company):
        row = promise(company, at=FRIDAY)
        office = BusinessCalendar.objects.get(code="office")
        hours = {**office.hours, "sat": [["09:00", "12:00"]]}
        save_calendar(
            id=office.id, version=office.version, fields={"hours": hours}, exceptions=[], by=SYSTEM, now=FRIDAY + HOUR
        )
        pause(row, FRIDAY + HOUR - MINUTE)
        assert (row.state, row.used) == (DeadlineState.PAUSED, HOUR - MINUTE)

    def test_the_ticket_shows_the_new_instant_in_lists(self, company):
        with lived_again(FRIDAY + 3.5 * HOUR):
            ticket = write_in(company)
            run_jobs()
        change_hours(now=FRIDAY + 3.6 * HOUR, sat=[["09:00", "12:00"]])
        ticket.refresh_from_db()
        running = Deadline.objects.filter(ticket_id=ticket.id, nature="promise", state="running")
        assert ticket.next_due_at == min(running.values_list("due_at", flat=True))
        assert ticket.next_due_at < MONDAY_NINE

    def test_a_timer_on_a_calendar_rings_by_the_calendar_as_it_is(self, company):
        about = About(("thing", new_id()), team_id=company.first_line.id)
        with work():
            timer = start_timer(
                kind="again", about=about, round=1, base_at=FRIDAY + 3 * HOUR, offset=2 * HOUR, clock="service",
                now=FRIDAY,
            )  # fmt: skip
        assert timer.due_at == MONDAY_NINE + HOUR
        change_hours(sat=[["09:00", "12:00"]])
        timer.refresh_from_db()
        assert timer.due_at == timer.next_alarm_at == datetime(2026, 8, 15, 2, 0, tzinfo=UTC)

    def test_a_team_with_another_calendar_takes_its_promises_along(self, company):
        row = promise(company, at=FRIDAY + 3.5 * HOUR)
        evening = save_calendar(
            id=None, version=None, exceptions=[], by=SYSTEM, now=FRIDAY,
            fields={
                "code": "evening", "name": "晚班", "zone": "Asia/Shanghai", "follows": "CN",
                "hours": {day: [["09:00", "22:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
            },
        )  # fmt: skip
        with lived_again(FRIDAY + 3.5 * HOUR):
            save_structure(model=Team, id=company.first_line.id, calendar=evening, by=SYSTEM, now=FRIDAY + 3.5 * HOUR)
            run_jobs()
        row.refresh_from_db()
        assert (row.calendar_id, row.due_at) == (evening.id, FRIDAY + 5.5 * HOUR)
        assert [one["reason"] for one in history(row, "DeadlineMoved")] == ["team"]

    def test_other_hands_with_other_hours_count_on_by_them(self, company):
        evening = save_calendar(
            id=None, version=None, exceptions=[], by=SYSTEM, now=FRIDAY,
            fields={
                "code": "evening", "name": "晚班", "zone": "Asia/Shanghai", "follows": "CN",
                "hours": {day: [["09:00", "22:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
            },
        )  # fmt: skip
        save_structure(model=Team, id=company.technical.id, calendar=evening, by=SYSTEM, now=FRIDAY)
        row, still = promise(company, at=FRIDAY + 3.5 * HOUR), promise(company, at=FRIDAY + 3.5 * HOUR)
        pause(still, FRIDAY + 3.75 * HOUR)
        for one in (row, still):
            with work():
                book = Book.of_subject((one.subject_kind, one.subject_id))
                book.hand_over(
                    company.technical.id, company.technician.id, team_code="technical", by=SYSTEM, now=FRIDAY + 4 * HOUR
                )
                book.write()
            one.refresh_from_db()
        assert (row.team_id, row.owner_id) == (company.technical.id, company.technician.id)
        assert row.due_at == FRIDAY + 5.5 * HOUR
        resume(still, FRIDAY + 5 * HOUR)  # 19:00, when the first line is closed
        assert still.due_at == FRIDAY + 6.75 * HOUR


class TestUnpublishedYears:
    DECEMBER = datetime(2026, 12, 30, 2, 0, tzinfo=UTC)  # Wednesday 10:00

    def test_a_promise_that_runs_into_one_is_provisional_until_its_table_arrives(self, company):
        import_official_days(country="CN", year=2026, by=SYSTEM, now=self.DECEMBER)
        row, short = promise(company, "proposal", self.DECEMBER), promise(company, at=self.DECEMBER)
        assert row.provisional and not short.provisional
        assert row.due_at == datetime(2027, 1, 1, 2, 0, tzinfo=UTC)  # 48 working-day hours, as if Friday were one
        days = [("元旦", f"2027-01-0{n}", True) for n in (1, 2, 3)]
        days += [("劳动节", "2027-05-01", True), ("国庆节", "2027-10-01", True)]
        text = json.dumps(
            {"year": 2027, "days": [{"name": name, "date": on, "isOffDay": off} for name, on, off in days]}
        )
        with lived_again(self.DECEMBER + HOUR):
            import_official_file(country="CN", text=text, by=SYSTEM, now=self.DECEMBER + HOUR)
            run_jobs()
        row.refresh_from_db()
        assert not row.provisional
        assert row.due_at == datetime(2027, 1, 4, 2, 0, tzinfo=UTC)
        assert [one["reason"] for one in history(row, "DeadlineMoved")] == ["official_days"]
        assert not history(short, "DeadlineMoved")

    def test_a_table_that_moves_nothing_still_ends_the_doubt(self, company):
        import_official_days(country="CN", year=2026, by=SYSTEM, now=self.DECEMBER)
        march = datetime(2027, 3, 1, 2, 0, tzinfo=UTC)
        row = promise(company, "proposal", march)
        assert row.provisional
        days = [{"name": "x", "date": f"2027-{on}", "isOffDay": True} for on in ("01-01", "05-01", "10-01")]
        text = json.dumps({"year": 2027, "days": days})
        with lived_again(march):
            import_official_file(country="CN", text=text, by=SYSTEM, now=march)
            run_jobs()
        was = row.due_at
        row.refresh_from_db()
        assert (row.provisional, row.due_at) == (False, was)
        assert not history(row, "DeadlineMoved")


def test_facts_are_kept_so_that_another_table_can_be_laid_over_them(company):
    row = promise(company, urgency="urgent", complex=True, category="a/b", customer=str(new_id()), received_at="x")
    assert row.facts.keys() == {"urgency", "channel", "scenario", "complex", "category", "customer"}
    assert policies_of(row.policy_version_id)["first_answer"].key == "first_answer"


@pytest.fixture
def evening(company) -> BusinessCalendar:
    return save_calendar(
        id=None, version=None, exceptions=[], by=SYSTEM, now=FRIDAY,
        fields={
            "code": "evening", "name": "晚班", "zone": "Asia/Shanghai", "follows": "CN",
            "hours": {day: [["09:00", "22:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
        },
    )  # fmt: skip


class TestWhoseCalendar:
    """A line may count on the customer's or the contract's calendar; where none is agreed, on the team's."""

    @staticmethod
    def late(company: Company, customer: Customer, **facts: object) -> Deadline:
        """Two hours from Friday 17:30."""
        about = About(("thing", new_id()), customer_id=customer.id, team_id=company.first_line.id)
        at = FRIDAY + 3.5 * HOUR
        with work():
            return start_deadline(
                kind="first_answer", about=about, round=1, starts_at=at, facts=facts, by=SYSTEM, now=at
            )

    @staticmethod
    def customer(**fields: object) -> Customer:
        return make_customer(identities=[], source="console", name="华北热能", by=SYSTEM, now=FRIDAY, **fields)

    def test_the_customers_own_hours_then_his_companys_then_the_teams(self, company, evening):
        publish({"limit": "2h", "calendar": "customer"})
        firm = self.customer(kind="company", calendar=evening)
        for one in (firm, self.customer(company=firm), self.customer(calendar=evening)):
            assert self.late(company, one).due_at == FRIDAY + 5.5 * HOUR  # 19:30 the same evening
        assert self.late(company, self.customer()).due_at == MONDAY_NINE + 1.5 * HOUR

    def test_the_contracts_hours_go_before_the_customers(self, company, evening):
        publish({"limit": "2h", "calendar": "contract"})
        row = self.late(company, self.customer(), contract_calendar="evening")
        assert row.due_at == FRIDAY + 5.5 * HOUR
        assert self.late(company, self.customer(calendar=evening)).due_at == FRIDAY + 5.5 * HOUR
        assert self.late(company, self.customer()).due_at == MONDAY_NINE + 1.5 * HOUR

    def test_a_contract_that_is_found_later_dates_the_promise_anew(self, company, evening):
        publish({"limit": "2h", "calendar": "contract"})
        row = self.late(company, self.customer())
        with work():
            book = Book.of_subject((row.subject_kind, row.subject_id))
            book.apply_facts({"contract_calendar": "evening"}, reason="facts_changed", by=SYSTEM, now=FRIDAY + 4 * HOUR)
            book.write()
        row.refresh_from_db()
        assert row.due_at == FRIDAY + 5.5 * HOUR

    def test_hours_agreed_later_with_a_company_take_along_what_is_open_of_its_people(self, company, evening):
        publish({"limit": "2h", "calendar": "customer"})
        firm = self.customer(kind="company")
        row, other = self.late(company, self.customer(company=firm)), self.late(company, self.customer())
        with lived_again(FRIDAY + 3.75 * HOUR):
            shift = shift_under(row, policies_of(row.policy_version_id), Calendars(), FRIDAY + 3.75 * HOUR)
            assert not shift.moves
            change_customer(customer=firm, version=1, calendar=evening, by=SYSTEM, now=FRIDAY + 3.75 * HOUR)
            shift = shift_under(row, policies_of(row.policy_version_id), Calendars(), FRIDAY + 3.75 * HOUR)
            run_jobs()
        row.refresh_from_db()
        assert row.due_at == shift.due_at == FRIDAY + 5.5 * HOUR
        assert [one["reason"] for one in history(row, "DeadlineMoved")] == ["customer"]
        assert not history(other, "DeadlineMoved")

    def test_hours_that_are_over_before_the_time_is_hold_up_no_matter(self, company):
        days = [(date(2026, 8, 14), [["09:00", "17:45"]], "展会")]
        fields = {"code": "fair", "name": "展会", "zone": "Asia/Shanghai", "hours": {}, "follows": ""}
        fair = save_calendar(id=None, version=None, exceptions=days, by=SYSTEM, now=FRIDAY, fields=fields)
        publish({"limit": "2h", "calendar": "customer"})
        row = self.late(company, self.customer(calendar=fair))
        assert (row.clock, row.due_at) == ("always", FRIDAY + 5.5 * HOUR)

    def test_a_file_that_is_merged_counts_on_in_the_hours_of_the_one_that_stays(self, company, evening):
        publish({"limit": "2h", "calendar": "customer"})
        merged, kept = self.customer(), self.customer(calendar=evening)
        row = self.late(company, merged)
        with lived_again(FRIDAY + 3.75 * HOUR):
            merge_customers(kept=kept, merged=merged, by=SYSTEM, now=FRIDAY + 3.75 * HOUR)
            run_jobs()
        row.refresh_from_db()
        assert (row.customer_id, row.due_at) == (kept.id, FRIDAY + 5.5 * HOUR)


class TestToldInHours:
    """Told so long before a date, and within somebody's hours: a change of these hours dates it anew, whatever hours
    the limit itself counts on."""

    SATURDAY_NOON = datetime(2026, 8, 15, 4, 0, tzinfo=UTC)
    CLOSED = (date(2026, 8, 14), [["09:00", "16:00"]], "盘点")

    @staticmethod
    def table(sent_in: str = "team", clock: str = "always", **line: object) -> None:
        """Eight hours round the clock before it happens."""
        publish(
            {"limit": "8h", "clock": clock, **line},
            kind="milestone_notice", starts_at="planned_time", direction="backward", sent_in=sent_in,
        )  # fmt: skip

    @staticmethod
    def notice(company: Company, at: datetime = SATURDAY_NOON, **about: object) -> Deadline:
        """Made on Friday at 14:00 for what happens at `at`."""
        with work():
            return start_deadline(
                kind="milestone_notice", about=About(("thing", new_id()), team_id=company.first_line.id, **about),
                round=1, starts_at=at, facts={}, by=SYSTEM, now=FRIDAY,
            )  # fmt: skip

    @staticmethod
    def edit(code: str, *exceptions: tuple) -> tuple[UUID, Calendar]:
        row = BusinessCalendar.objects.get(code=code)
        return row.id, calendar_as(fields_of(row), list(exceptions))

    def test_the_teams_calendar_moves_what_runs_round_the_clock_and_what_if_says_so(self, company):
        self.table()
        row = self.notice(company)  # eight hours before noon is Saturday 4:00, when nobody is there
        assert (row.calendar_id, row.due_at) == (None, FRIDAY + 4 * HOUR)
        shift = shift_on(row, *self.edit("office", self.CLOSED), Calendars(), FRIDAY)
        tally = tally_on(*self.edit("office", self.CLOSED), FRIDAY)
        change_hours(exceptions=(self.CLOSED,))
        row.refresh_from_db()
        assert row.due_at == shift.due_at == FRIDAY + 2 * HOUR
        assert (tally.looked, tally.moving, tally.earlier) == (1, 1, 1)
        assert [one["reason"] for one in history(row, "DeadlineMoved")] == ["calendar"]
        assert row.next_alarm_at <= FRIDAY + 2 * HOUR

    def test_one_that_stays_due_is_looked_at_and_gets_no_history(self, company):
        self.table()
        row = self.notice(company, MONDAY_NINE + 10 * HOUR)  # 11:00 on Monday
        change_hours(exceptions=(self.CLOSED,))
        assert not history(row, "DeadlineMoved")
        assert [(one.total, one.looked, one.moved) for one in Recount.objects.all()] == [(1, 1, 0)]

    def test_of_other_hours_than_it_counts_on_each_moves_it_alone(self, company, evening):
        self.table(clock="service", calendar="evening")
        row = self.notice(company, MONDAY_NINE + 5 * HOUR)  # five hours of Monday, three of Friday evening
        assert (row.calendar_id, row.due_at) == (evening.id, FRIDAY + 4 * HOUR)
        shift = shift_on(row, *self.edit("office", self.CLOSED), Calendars(), FRIDAY)
        change_hours(exceptions=(self.CLOSED,))
        row.refresh_from_db()
        assert (row.calendar_id, row.due_at) == (evening.id, FRIDAY + 2 * HOUR)
        assert row.due_at == shift.due_at
        early = (date(2026, 8, 14), [["09:00", "18:00"]], "")
        shift = shift_on(row, *self.edit("evening", early), Calendars(), FRIDAY)
        change_hours("evening", exceptions=(early,))
        row.refresh_from_db()
        assert row.due_at == shift.due_at == FRIDAY + HOUR  # three hours of Friday until 18:00

    @pytest.mark.parametrize("sent_in", ["evening", "customer", "contract"])
    def test_hours_named_by_their_code_or_agreed_with_the_customer_do_too(self, company, evening, sent_in):
        self.table(sent_in)
        customer = make_customer(
            identities=[], source="console", name="华北热能", calendar=evening, by=SYSTEM, now=FRIDAY
        )
        row = self.notice(company, customer_id=customer.id)
        assert row.due_at == FRIDAY + 8 * HOUR  # 22:00
        shift = shift_on(row, *self.edit("evening", self.CLOSED), Calendars(), FRIDAY)
        change_hours("evening", exceptions=(self.CLOSED,))
        row.refresh_from_db()
        assert row.due_at == shift.due_at == FRIDAY + 2 * HOUR

    def test_hours_of_the_contract_do_too(self, company, evening):
        self.table("contract")
        with work():
            row = start_deadline(
                kind="milestone_notice", about=About(("thing", new_id()), team_id=company.first_line.id), round=1,
                starts_at=self.SATURDAY_NOON, facts={"contract_calendar": "evening"}, by=SYSTEM, now=FRIDAY,
            )  # fmt: skip
        change_hours("evening", exceptions=(self.CLOSED,))
        row.refresh_from_db()
        assert row.due_at == FRIDAY + 2 * HOUR

    def test_hours_of_others_touch_nothing(self, company, evening):
        self.table()
        row = self.notice(company)
        was = row.due_at
        assert not shift_on(row, *self.edit("evening", self.CLOSED), Calendars(), FRIDAY).moves
        change_hours("evening", exceptions=(self.CLOSED,))
        row.refresh_from_db()
        assert row.due_at == was and not Recount.objects.exists()

    def test_a_team_or_customer_with_other_hours_takes_it_along(self, company, evening):
        self.table("customer")
        customer = make_customer(identities=[], source="console", name="华北热能", by=SYSTEM, now=FRIDAY)
        row, other = self.notice(company, customer_id=customer.id), self.notice(company)
        with lived_again(FRIDAY):
            change_customer(customer=customer, version=1, calendar=evening, by=SYSTEM, now=FRIDAY)
            run_jobs()
        row.refresh_from_db()
        other.refresh_from_db()
        assert (row.due_at, other.due_at) == (FRIDAY + 8 * HOUR, FRIDAY + 4 * HOUR)
        with lived_again(FRIDAY):
            save_structure(model=Team, id=company.first_line.id, calendar=evening, by=SYSTEM, now=FRIDAY)
            run_jobs()
        other.refresh_from_db()
        assert other.due_at == FRIDAY + 8 * HOUR

    def test_a_new_years_table_moves_it(self, company):
        december = datetime(2026, 12, 30, 2, 0, tzinfo=UTC)
        import_official_days(country="CN", year=2026, by=SYSTEM, now=december)
        self.table()
        row = self.notice(company, datetime(2027, 1, 1, 20, 0, tzinfo=UTC))  # told by Friday 1 January, 18:00
        assert row.due_at == datetime(2027, 1, 1, 10, 0, tzinfo=UTC)
        days = [{"name": "x", "date": f"2027-{on}", "isOffDay": True} for on in ("01-01", "05-01", "10-01")]
        with lived_again(december):
            import_official_file(country="CN", text=json.dumps({"year": 2027, "days": days}), by=SYSTEM, now=december)
            run_jobs()
        row.refresh_from_db()
        assert row.due_at == datetime(2026, 12, 31, 10, 0, tzinfo=UTC)
        assert [one["reason"] for one in history(row, "DeadlineMoved")] == ["official_days"]

    def test_batches_take_both_walks_in_turn(self, company):
        self.table()
        rows = [self.notice(company) if n % 2 else promise(company, at=FRIDAY + HOUR) for n in range(7)]
        office = BusinessCalendar.objects.get(code="office")
        now = FRIDAY + HOUR
        with lived_again(now):
            save_calendar(id=office.id, version=office.version, fields={}, exceptions=[self.CLOSED], by=SYSTEM, now=now)
            recount = begin_recount(cause="calendar", about=office.id, by=SYSTEM, now=now)
            seen = []
            while recount_some(recount_id=recount.id, by=SYSTEM, now=now, limit=3):
                recount.refresh_from_db()
                seen.append((recount.looked, recount.moved))
            recount.refresh_from_db()
        assert recount.total == recount.looked == recount.moved == len(rows)
        assert seen == [(3, 3), (6, 6)]

    def test_hours_that_begin_only_afterwards_leave_the_limit_alone(self, company):
        self.table()
        row = self.notice(company)
        office = BusinessCalendar.objects.get(code="office")
        fair = (date(2026, 9, 1), [["09:00", "16:00"]], "展会")
        shift = shift_on(row, office.id, calendar_as({**fields_of(office), "hours": {}}, [fair]), Calendars(), FRIDAY)
        with lived_again(FRIDAY):
            save_calendar(
                id=office.id, version=office.version, fields={"hours": {}}, exceptions=[fair], by=SYSTEM, now=FRIDAY
            )
            run_jobs()
        row.refresh_from_db()
        assert row.due_at == shift.due_at == self.SATURDAY_NOON - 8 * HOUR


class TestHoursThatEnd:
    """A calendar of dated hours only, over before the time is: what was promised runs round the clock from there."""

    @pytest.fixture
    def fair(self, company) -> BusinessCalendar:
        days = [(date(2026, 8, 14), [["09:00", "17:45"]], "展会")]
        fields = {"code": "fair", "name": "展会", "zone": "Asia/Shanghai", "hours": {}, "follows": ""}
        return save_calendar(id=None, version=None, exceptions=days, by=SYSTEM, now=FRIDAY, fields=fields)

    def test_other_facts_can_lead_to_them(self, company, fair):
        publish({"limit": "2h", "when": {"urgency": "normal"}}, {"limit": "9h", "calendar": "fair"})
        row = promise(company)
        with work():
            book = Book.of_subject((row.subject_kind, row.subject_id))
            book.apply_facts({"urgency": "urgent"}, reason="facts_changed", by=SYSTEM, now=FRIDAY + HOUR)
            book.write()
        row.refresh_from_db()
        assert (row.clock, row.due_at) == ("always", FRIDAY + 9 * HOUR)

    def test_a_clock_that_stood_still_goes_on(self, company, fair):
        publish({"limit": "3h", "calendar": "fair"})
        row = promise(company)
        pause(row, FRIDAY + HOUR)
        resume(row, FRIDAY + 30 * HOUR)
        assert (row.clock, row.calendar_id, row.due_at) == ("always", None, FRIDAY + 32 * HOUR)

    def test_a_level_after_their_end_holds_nothing_up(self, company, fair):
        publish({"limit": "3h", "calendar": "fair", "escalate": [{"after": "4h", "tell": "supervisor"}]})
        row = promise(company)
        pause(row, FRIDAY + HOUR)
        resume(row, FRIDAY + HOUR)
        assert row.due_at == FRIDAY + 3 * HOUR
        assert [at for at, *_ in row.alarms] == [(FRIDAY + n * HOUR).isoformat() for n in (3, 7)]

    def test_a_calendar_edited_so_dates_all_of_its_promises_and_what_if_says_how(self, company):
        publish({"limit": "3h"})
        row, now = promise(company), FRIDAY + HOUR
        last = (date(2026, 8, 14), [["09:00", "16:00"]], "最后一天")
        office = BusinessCalendar.objects.get(code="office")
        shift = shift_on(row, office.id, calendar_as({**fields_of(office), "hours": {}}, [last]), Calendars(), now)
        with lived_again(now):
            save_calendar(
                id=office.id, version=office.version, fields={"hours": {}}, exceptions=[last], by=SYSTEM, now=now
            )
            run_jobs()
        row.refresh_from_db()
        assert row.due_at == shift.due_at == FRIDAY + 3 * HOUR
        assert row.clock == "always"

    def test_a_timer_rings(self, company):
        office = BusinessCalendar.objects.get(code="office")
        last = (date(2026, 8, 14), [["09:00", "16:00"]], "最后一天")
        save_calendar(
            id=office.id, version=office.version, fields={"hours": {}}, exceptions=[last], by=SYSTEM, now=FRIDAY
        )
        about = About(("thing", new_id()), team_id=company.first_line.id)
        with work():
            row = start_timer(
                kind="x", about=about, round=1, base_at=FRIDAY, offset=3 * HOUR, clock="service", now=FRIDAY
            )
        assert row.due_at == FRIDAY + 3 * HOUR


def test_what_if_counts_the_time_used_by_each_calendar_that_was_in_force_as_the_recount_does(company):
    """Lunch was moved after an hour, which left the promise due when it was; then the afternoon is closed."""
    friday = date(2026, 8, 14)
    nine = FRIDAY - 5 * HOUR
    publish({"limit": "5h"})
    change_hours(now=nine - HOUR, exceptions=((friday, [["09:00", "12:00"], ["13:00", "18:00"]], ""),))
    row = promise(company, at=nine)
    assert row.due_at == nine + 6 * HOUR
    change_hours(now=nine + HOUR, exceptions=((friday, [["09:00", "11:00"], ["12:00", "18:00"]], ""),))
    row.refresh_from_db()
    assert row.due_at == nine + 6 * HOUR
    now = nine + 3.5 * HOUR  # 12:30: two hours and a half are used
    closed = (friday, [["09:00", "11:00"], ["12:00", "14:00"], ["16:00", "20:00"]], "")
    office = BusinessCalendar.objects.get(code="office")
    shift = shift_on(row, office.id, calendar_as(fields_of(office), [closed]), Calendars(), now)
    change_hours(now=now, exceptions=(closed,))
    row.refresh_from_db()
    assert row.due_at == shift.due_at == nine + 8 * HOUR
