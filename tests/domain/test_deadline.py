"""Clocks, due instants and how they are explained, pausing and changing, alarms."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from yinuo.calendars.builtin import builtin_calendar
from yinuo.domain.deadline import (
    AlarmKind,
    Clock,
    DeadlineError,
    Level,
    Reason,
    alarms,
    backward_alarms,
    due,
    due_before,
    explain,
    is_broken,
    is_in_time,
    measure,
    next_alarm,
    parse_span,
    run_through,
    say_span,
    started,
)
from yinuo.domain.worktime import Calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE, LUNCH = builtin_calendar("cn-office-nolunch"), builtin_calendar("cn-office")
NIGHT = Calendar.from_json(
    {"tz": "Asia/Shanghai", "hours": {day: [["22:00", "30:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}}
)
S, D, C, W = Clock.SERVICE, Clock.WORKDAY, Clock.ALWAYS, Clock.WORKDAYS
HOUR = timedelta(hours=1)


def cn(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


class TestClocks:
    @pytest.mark.parametrize(
        ("clock", "start", "target", "expected"),
        [
            # 24 h from a Friday 16:00: the three readings of REQUIREMENTS section 12
            (C, "2026-10-16T16:00", "24h", "2026-10-17T16:00"),
            (D, "2026-10-16T16:00", "24h", "2026-10-19T16:00"),
            (S, "2026-10-16T16:00", "24h", "2026-10-21T13:00"),
            # through a make-up Saturday and a long holiday
            (S, "2026-02-13T16:00", "24h", "2026-02-25T13:00"),
            (D, "2026-02-13T16:00", "24h", "2026-02-14T16:00"),
            (W, "2026-02-13T16:00", "3d", "2026-02-25T18:00"),
            (S, "2026-09-30T15:00", "24h", "2026-10-10T12:00"),
            (D, "2026-09-30T15:00", "72h", "2026-10-10T15:00"),
            (C, "2026-09-30T15:00", "72h", "2026-10-03T15:00"),
            # whole working days: the day of the start does not count
            (W, "2026-10-12T03:00", "1d", "2026-10-13T18:00"),
            (W, "2026-10-16T23:00", "3d", "2026-10-21T18:00"),
            (W, "2026-10-17T12:00", "1d", "2026-10-19T18:00"),
            (W, "2026-10-16T12:00", "0d", "2026-10-16T18:00"),
            (W, "2026-10-16T18:01", "0d", "2026-10-19T18:00"),
            # seconds of a ringing telephone, over closing time
            (S, "2026-10-16T17:59:55", "10s", "2026-10-19T09:00:05"),
            (S, "2026-10-17T10:00", "0s", "2026-10-17T10:00"),
        ],
    )
    def test_due(self, clock, start, target, expected):
        assert due(cn(start), parse_span(target), clock, OFFICE).due_at == cn(expected)

    @pytest.mark.parametrize(
        ("clock", "event", "target", "expected"),
        [
            (D, "2026-10-19T10:00", "24h", "2026-10-16T10:00"),
            (D, "2026-10-08T10:00", "24h", "2026-09-30T10:00"),
            (S, "2026-10-08T10:00", "2h", "2026-09-30T17:00"),
            (S, "2026-10-12T18:00", "9h", "2026-10-12T09:00"),
            (C, "2026-10-19T10:00", "48h", "2026-10-17T10:00"),
            (W, "2026-10-16T10:00", "3d", "2026-10-13T18:00"),
        ],
    )
    def test_counted_back_from_an_event(self, clock, event, target, expected):
        promise = due_before(cn(event), parse_span(target), clock, OFFICE)
        assert promise.due_at == cn(expected)
        assert promise.explain().total == parse_span(target)

    def test_what_is_sent_in_service_hours_moves_back_into_them(self):
        promise = due_before(cn("2026-10-20T20:00"), timedelta(hours=24), D, OFFICE, sent_in=OFFICE)
        assert promise.due_at == cn("2026-10-19T18:00")

    def test_across_the_make_up_saturday_the_sum_is_the_limit_and_says_why_it_is_due_earlier(self):
        promise = due_before(cn("2026-10-12T08:00"), timedelta(hours=24), D, OFFICE, sent_in=OFFICE)
        assert promise.due_at == cn("2026-10-09T18:00")
        assert promise.explain().render("en") == [
            "Fri 9 Oct 2026 18:00 – Sat 10 Oct 2026 08:00 not counted: to be told in service hours, so due earlier",
            "Sat 10 Oct 2026 08:00–24:00 counted 16 h: make-up workday (National Day)",
            "Sun 11 Oct 2026 not counted: day off",
            "Mon 12 Oct 2026 00:00–08:00 counted 8 h: working day",
            "Sum: 24 h, on the working-day clock",
        ]
        assert promise.explain().render("zh")[0] == (
            "2026年10月9日（周五）18:00至2026年10月10日（周六）08:00 不计：须在服务时间内告知，到期提前"
        )

    @pytest.mark.parametrize("event", ["2026-10-11T15:00", "2026-10-12T08:00", "2026-10-12T10:00"])
    def test_whole_working_days_before_an_event_sum_up_whenever_it_is_that_day(self, event):
        promise = due_before(cn(event), timedelta(days=2), W, OFFICE)
        assert promise.due_at == cn("2026-10-09T18:00")
        said = promise.explain().render("en")
        assert said[0] == "Fri 9 Oct 2026 09:00–18:00 counted 1 working day: working day"
        assert said[-2].endswith("the day of the event does not count")
        assert said[-1] == "Sum: 2 working days, in whole working days"

    def test_a_working_day_of_a_night_team_before_an_event(self):
        promise = due_before(cn("2026-10-14T03:00"), timedelta(days=1), W, NIGHT)
        assert promise.due_at == cn("2026-10-13T06:00")
        assert promise.explain().total == timedelta(days=1)

    def test_a_working_day_that_ends_with_the_midnight_of_the_event_is_counted(self):
        late = Calendar.from_json({"tz": "Asia/Shanghai", "hours": {"mon": [["18:00", "24:00"]]}})
        promise = due_before(cn("2026-10-06T00:00"), timedelta(days=1), W, late)
        assert promise.due_at == cn("2026-10-06T00:00")
        assert promise.explain().total == timedelta(days=1)
        assert due_before(cn("2026-10-06T00:00"), timedelta(), W, late).explain().lines == ()

    def test_no_break_is_told_within_a_night_shift_that_reaches_into_the_next_date(self):
        raw = {
            "tz": "Asia/Shanghai", "hours": {"mon": [["22:00", "30:00"]]},
            "overrides": {"2026-10-13": [["00:00", "02:00"], ["20:00", "24:00"]]},
        }  # fmt: skip
        explained = due(cn("2026-10-12T22:00"), 10 * HOUR, S, Calendar.from_json(raw)).explain()
        assert explained.total == 10 * HOUR
        assert all(line.to_at <= later.from_at for line, later in pairwise(explained.lines))
        assert [line.from_at for line in explained.lines if line.reason is Reason.BREAK] == [cn("2026-10-13T06:00")]

    def test_nothing_is_told_of_the_date_after_the_due_instant(self):
        midnight = due(cn("2026-10-16T00:00"), 24 * HOUR, D, OFFICE)
        assert midnight.due_at == cn("2026-10-17T00:00")
        assert [line.to_at for line in midnight.explain().lines] == [midnight.due_at]

    def test_a_change_of_the_clock_is_told_where_the_wall_shows_another_length(self):
        night = Calendar.from_json({"tz": "Europe/Berlin", "hours": {"sat": [["22:00", "30:00"]]}})
        spring = due(datetime(2026, 3, 28, 20, tzinfo=night.zone), 7 * HOUR, S, night).explain()
        autumn = due(datetime(2026, 10, 24, 20, tzinfo=night.zone), 9 * HOUR, S, night).explain()
        assert spring.render("en")[1].endswith("06:00 counted 7 h: working time (clocks go forward 1 h)")
        assert autumn.render("zh")[1].endswith("06:00 计入 9 小时：工作时间（其间时钟拨慢 1 小时）")

    def test_a_working_day_of_a_night_team_ends_in_the_morning(self):
        assert due(cn("2026-10-12T23:00"), timedelta(days=1), W, NIGHT).due_at == cn("2026-10-14T06:00")
        assert due(cn("2026-10-13T03:00"), timedelta(days=1), W, NIGHT).due_at == cn("2026-10-14T06:00")
        assert due(cn("2026-10-13T03:00"), timedelta(days=1), W, NIGHT).explain().total == timedelta(days=1)

    def test_due_is_inclusive(self):
        at = due(cn("2026-10-16T16:00"), HOUR, S, OFFICE).due_at
        assert is_in_time(at, at) and not is_broken(at, at)
        late = cn("2026-10-16T17:00:00.000001")
        assert not is_in_time(at, late) and is_broken(at, late)

    def test_what_a_clock_cannot_have_is_refused(self):
        for target, clock, calendar in ((-HOUR, S, OFFICE), (HOUR, W, OFFICE), (HOUR, S, None)):
            with pytest.raises(DeadlineError):
                due(cn("2026-10-16T16:00"), target, clock, calendar)

    def test_a_deadline_that_runs_into_an_unpublished_year_says_so(self):
        last = max(builtin_calendar("cn-office")._rules.official.years)
        promise = due(cn(f"{last}-12-30T16:00"), timedelta(days=4), D, OFFICE)
        assert promise.provisional_years == (last + 1,)
        assert promise.explain().render("zh")[-1] == f"暂定：{last + 1} 年放假安排尚未公布，公布后重新计算"
        assert f"{last + 1}" in promise.explain().render("en")[-1]
        assert due(cn("2026-02-13T16:00"), HOUR, S, OFFICE).provisional_years == ()


class TestExplanation:
    def test_the_sum_over_a_golden_week_in_both_languages(self):
        explained = due(cn("2026-09-30T15:00"), 24 * HOUR, S, OFFICE).explain()
        assert explained.render("en") == [
            "Wed 30 Sep 2026 15:00–18:00 counted 3 h: working time",
            "Thu 1 Oct 2026 – Wed 7 Oct 2026 not counted: holiday (National Day)",
            "Thu 8 Oct 2026 09:00–18:00 counted 9 h: working time",
            "Fri 9 Oct 2026 09:00–18:00 counted 9 h: working time",
            "Sat 10 Oct 2026 09:00–12:00 counted 3 h: make-up workday (National Day)",
            "Sum: 24 h, in service hours",
        ]
        assert explained.render("zh") == [
            "2026年9月30日（周三）15:00–18:00 计入 3 小时：工作时间",
            "2026年10月1日（周四）至2026年10月7日（周三）不计：节假日（国庆节）",
            "2026年10月8日（周四）09:00–18:00 计入 9 小时：工作时间",
            "2026年10月9日（周五）09:00–18:00 计入 9 小时：工作时间",
            "2026年10月10日（周六）09:00–12:00 计入 3 小时：调休上班日（国庆节）",
            "合计 24 小时，按服务时间",
        ]

    def test_lunch_waiting_for_the_opening_and_weekends_are_named(self):
        explained = due(cn("2026-10-16T07:30"), 9 * HOUR, S, LUNCH).explain()
        assert [(line.reason, line.is_counted) for line in explained.lines] == [
            (Reason.OUT_OF_HOURS, False),
            (Reason.WORKING, True),
            (Reason.BREAK, False),
            (Reason.WORKING, True),
            (Reason.DAY_OFF, False),
            (Reason.WORKING, True),
        ]
        after_hours = due(cn("2026-10-16T20:00"), HOUR, S, OFFICE).explain().render("en")
        assert after_hours[0] == "Fri 16 Oct 2026 20:00–24:00 not counted: outside working hours"
        assert after_hours[1] == "Sat 17 Oct 2026 – Sun 18 Oct 2026 not counted: day off"

    def test_the_clock_of_working_days_names_days_and_not_working_time(self):
        explained = due(cn("2026-10-16T20:00"), 24 * HOUR, D, OFFICE).explain().render("zh")
        assert explained[0] == "2026年10月16日（周五）20:00–24:00 计入 4 小时：工作日"

    def test_without_a_calendar_it_is_told_on_the_wall_of_the_zone_given(self):
        runs = [(cn("2026-10-12T10:00"), cn("2026-10-12T11:00"))]
        assert (
            explain(runs, C, None, cn("2026-10-12T10:00").tzinfo)
            .render("zh")[0]
            .startswith("2026年10月12日（周一）10:00–11:00")
        )

    def test_pauses_stand_between_the_runs(self):
        runs = [(cn("2026-10-12T10:00"), cn("2026-10-12T11:00")), (cn("2026-10-13T10:00"), cn("2026-10-13T11:00"))]
        explained = explain(runs, S, OFFICE)
        assert explained.total == 2 * HOUR
        assert explained.render("zh")[1] == "2026年10月12日（周一）11:00至2026年10月13日（周二）10:00 不计：暂停计时"

    def test_every_reason_and_clock_has_words_in_both_languages(self):
        promise = due(cn("2026-10-16T16:00"), timedelta(days=2), W, OFFICE)
        assert promise.explain().render("en")[-1] == "Sum: 2 working days, in whole working days"
        assert promise.explain().render("zh")[0] == "2026年10月16日（周五）不计：起始当日不计"
        assert due(cn("2026-10-16T16:00"), HOUR, C, None).explain().render("zh") == [
            "2026年10月16日（周五）08:00–09:00 计入 1 小时：全天候计时",
            "合计 1 小时，按自然时间",
        ]

    @settings(max_examples=150, deadline=None)
    @given(
        st.datetimes(datetime(2025, 1, 1), datetime(2026, 10, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        st.timedeltas(timedelta(seconds=1), timedelta(days=12)),
        st.sampled_from([S, D, C]),
        st.sampled_from([OFFICE, LUNCH, NIGHT]),
    )
    def test_the_lines_add_up_to_the_target_in_order(self, start, target, clock, calendar):
        promise = due(start, target, clock, calendar)
        explained = promise.explain()
        assert explained.total == target
        inside = [line for line in explained.lines if not line.is_whole_days]
        assert all(start <= line.from_at < line.to_at <= promise.due_at for line in inside)
        assert all(one.to_at <= other.from_at for one, other in pairwise(inside))
        assert len(explained.render("zh")) >= len(explained.lines) + 1

    @settings(max_examples=50, deadline=None)
    @given(
        st.datetimes(datetime(2025, 1, 1), datetime(2026, 10, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        st.integers(1, 40),
        st.sampled_from([OFFICE, NIGHT]),
    )
    def test_whole_days_add_up_too(self, start, days, calendar):
        promise = due(start, timedelta(days=days), W, calendar)
        assert promise.explain().total == timedelta(days=days)
        assert not calendar.is_open(promise.due_at)


class TestProgress:
    def test_pausing_keeps_the_time_used_and_resuming_goes_on_from_it(self):
        running = started(cn("2026-10-16T16:00"), 4 * HOUR, S, OFFICE)
        assert running.due_at == cn("2026-10-19T11:00")
        paused = running.pause(cn("2026-10-16T17:30"))
        assert paused.due_at is None and paused.used == 1.5 * HOUR
        assert paused.used_at(cn("2026-10-20T12:00")) == 1.5 * HOUR
        resumed = paused.resume(cn("2026-10-20T12:00"))
        assert resumed.due_at == cn("2026-10-20T14:30")
        assert resumed.left_at(cn("2026-10-20T15:00")) == -0.5 * HOUR

    def test_a_pause_outside_service_hours_changes_nothing(self):
        running = started(cn("2026-10-16T16:00"), 4 * HOUR, S, OFFICE)
        again = running.pause(cn("2026-10-16T20:00")).resume(cn("2026-10-18T20:00"))
        assert again.due_at == running.due_at

    def test_a_pause_within_a_day_does_not_cost_a_working_day(self):
        running = started(cn("2026-10-12T10:00"), timedelta(days=3), W, OFFICE)
        assert running.due_at == cn("2026-10-15T18:00")
        same_day = running.pause(cn("2026-10-13T10:00")).resume(cn("2026-10-13T11:00"))
        assert same_day.due_at == running.due_at
        next_day = running.pause(cn("2026-10-13T10:00")).resume(cn("2026-10-14T11:00"))
        assert next_day.due_at == cn("2026-10-16T18:00")

    def test_another_target_counts_the_time_used_already(self):
        running = started(cn("2026-10-12T10:00"), 24 * HOUR, S, OFFICE)
        urgent = running.change(cn("2026-10-12T12:00"), target=4 * HOUR)
        assert urgent.due_at == cn("2026-10-12T14:00")

    def test_a_change_never_dates_a_promise_before_itself(self):
        running = started(cn("2026-10-12T10:00"), 24 * HOUR, S, OFFICE)
        urgent = running.change(cn("2026-10-12T15:00"), target=2 * HOUR)
        assert urgent.due_at == cn("2026-10-12T15:00")
        assert urgent.left_at(cn("2026-10-12T15:00")) == -3 * HOUR

    def test_another_calendar_or_clock_counts_on_from_the_time_used(self):
        running = started(cn("2026-10-12T10:00"), 4 * HOUR, S, OFFICE)
        moved = running.change(cn("2026-10-12T11:00"), calendar=LUNCH)
        assert moved.due_at == cn("2026-10-12T15:00")
        assert running.change(cn("2026-10-12T11:00"), clock=C).due_at == cn("2026-10-12T14:00")
        paused = running.pause(cn("2026-10-12T11:00")).change(cn("2026-10-12T12:00"), target=8 * HOUR)
        assert paused.due_at is None and paused.used == HOUR

    def test_hours_are_not_silently_turned_into_working_days(self):
        running = started(cn("2026-10-12T10:00"), 24 * HOUR, S, OFFICE)
        with pytest.raises(DeadlineError):
            running.change(cn("2026-10-12T11:00"), target=timedelta(days=3), clock=W)
        changed = running.change(cn("2026-10-12T11:00"), target=timedelta(days=3), clock=W, used=timedelta(0))
        assert changed.due_at == cn("2026-10-15T18:00")

    def test_pausing_twice_or_before_the_start_is_refused(self):
        running = started(cn("2026-10-12T10:00"), HOUR, S, OFFICE)
        with pytest.raises(DeadlineError):
            running.pause(cn("2026-10-12T10:30")).pause(cn("2026-10-12T10:40"))
        with pytest.raises(DeadlineError):
            running.resume(cn("2026-10-12T10:30"))
        with pytest.raises(DeadlineError):
            running.pause(cn("2026-10-12T09:59"))

    def test_a_run_through_its_pauses_is_due_as_one_paused_and_resumed_step_by_step(self):
        pauses = [(cn("2026-10-16T17:00"), cn("2026-10-19T10:00")), (cn("2026-10-19T11:00"), cn("2026-10-19T15:00"))]
        due_at, runs = run_through(cn("2026-10-16T16:00"), 4 * HOUR, S, OFFICE, pauses)
        assert due_at == cn("2026-10-19T17:00")
        assert runs == (
            (cn("2026-10-16T16:00"), cn("2026-10-16T17:00")),
            (cn("2026-10-19T10:00"), cn("2026-10-19T11:00")),
            (cn("2026-10-19T15:00"), cn("2026-10-19T17:00")),
        )
        late = [(cn("2026-10-19T11:00"), cn("2026-10-20T11:00"))]  # at the due instant: too late to count
        assert run_through(cn("2026-10-16T16:00"), 4 * HOUR, S, OFFICE, late)[0] == cn("2026-10-19T11:00")
        before_the_start = [(cn("2026-10-16T15:00"), cn("2026-10-16T17:00"))]
        half_past, twenty_to = cn("2026-10-16T16:30"), cn("2026-10-16T16:40")
        overlapping = [(half_past, cn("2026-10-16T17:00")), (twenty_to, cn("2026-10-17T17:00"))]
        backwards = [(cn("2026-10-16T17:00"), cn("2026-10-16T16:30"))]
        for wrong in (before_the_start, overlapping, backwards):
            with pytest.raises(DeadlineError):
                run_through(cn("2026-10-16T16:00"), 4 * HOUR, S, OFFICE, wrong)

    @settings(max_examples=150, deadline=None)
    @given(
        st.datetimes(datetime(2025, 1, 1), datetime(2026, 6, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        st.timedeltas(timedelta(minutes=1), timedelta(days=4)),
        st.lists(st.timedeltas(timedelta(0), timedelta(days=3)), max_size=8),
        st.sampled_from([S, D, C]),
        st.sampled_from([OFFICE, LUNCH, NIGHT]),
    )
    def test_however_often_it_is_paused_the_running_time_is_the_target(self, start, target, waits, clock, calendar):
        progress, runs, at = started(start, target, clock, calendar), [], start
        for n, wait in enumerate(waits):
            at += wait
            if n % 2 == 0:
                if at >= progress.due_at:
                    break
                runs.append((progress.running_since, at))
                progress = progress.pause(at)
            else:
                progress = progress.resume(at)
        if progress.running_since is None:
            progress = progress.resume(at)
        runs.append((progress.running_since, progress.due_at))
        assert sum((measure(*run, clock, calendar) for run in runs), timedelta(0)) == target
        assert explain(runs, clock, calendar).total == target


class TestAlarms:
    LEVELS = (
        Level("warn-1", AlarmKind.WARN, "owner", share=0.75),
        Level("warn-2", AlarmKind.WARN, "owner", offset=timedelta(minutes=30)),
        Level("escalate-1", AlarmKind.ESCALATE, "supervisor"),
        Level("escalate-2", AlarmKind.ESCALATE, "director", offset=2 * HOUR),
    )

    def test_levels_become_instants_on_the_promises_own_clock(self):
        found = alarms(started(cn("2026-10-16T16:00"), 4 * HOUR, S, OFFICE), self.LEVELS)
        assert [(alarm.key, alarm.at, alarm.tell) for alarm in found] == [
            ("warn-1", cn("2026-10-19T10:00"), "owner"),
            ("warn-2", cn("2026-10-19T10:30"), "owner"),
            ("breach", cn("2026-10-19T11:00"), ""),
            ("escalate-1", cn("2026-10-19T11:00"), "supervisor"),
            ("escalate-2", cn("2026-10-19T13:00"), "director"),
        ]

    def test_the_next_alarm_is_the_first_not_done(self):
        found = alarms(started(cn("2026-10-16T16:00"), 4 * HOUR, S, OFFICE), self.LEVELS)
        assert next_alarm(found, ()).key == "warn-1"
        assert next_alarm(found, {"warn-1", "warn-2", "breach"}).key == "escalate-1"
        assert next_alarm(found, {alarm.key for alarm in found}) is None

    def test_a_paused_promise_has_no_alarm_and_a_resumed_one_keeps_the_share_used(self):
        paused = started(cn("2026-10-12T10:00"), 4 * HOUR, S, OFFICE).pause(cn("2026-10-12T12:00"))
        assert alarms(paused, self.LEVELS) == ()
        found = alarms(paused.resume(cn("2026-10-13T09:00")), self.LEVELS)
        assert (found[0].key, found[0].at) == ("warn-1", cn("2026-10-13T10:00"))

    def test_a_warning_that_asks_for_more_time_than_there_is_is_left_out(self):
        found = alarms(started(cn("2026-10-12T10:00"), timedelta(minutes=10), S, OFFICE), self.LEVELS)
        assert [alarm.key for alarm in found] == ["warn-1", "breach", "escalate-1", "escalate-2"]

    def test_whole_working_days_warn_and_escalate_in_service_hours(self):
        found = alarms(started(cn("2026-10-12T10:00"), timedelta(days=3), W, OFFICE), self.LEVELS)
        assert [(alarm.key, alarm.at) for alarm in found] == [
            ("warn-1", cn("2026-10-14T18:00")),  # two of three days
            ("warn-2", cn("2026-10-15T17:30")),
            ("breach", cn("2026-10-15T18:00")),
            ("escalate-1", cn("2026-10-15T18:00")),
            ("escalate-2", cn("2026-10-16T11:00")),
        ]

    def test_alarms_of_a_promise_counted_back_from_an_event(self):
        promise = due_before(cn("2026-10-22T10:00"), timedelta(hours=24), D, OFFICE)
        found = backward_alarms(promise, self.LEVELS, since=cn("2026-10-19T10:00"))
        assert [(alarm.key, alarm.at) for alarm in found] == [
            ("warn-1", cn("2026-10-20T22:00")),
            ("warn-2", cn("2026-10-21T09:30")),
            ("breach", cn("2026-10-21T10:00")),
            ("escalate-1", cn("2026-10-21T10:00")),
            ("escalate-2", cn("2026-10-21T12:00")),
        ]
        late = backward_alarms(promise, self.LEVELS, since=cn("2026-10-21T15:00"))
        assert [alarm.key for alarm in late] == ["breach", "escalate-1", "escalate-2"]


class TestSpans:
    @pytest.mark.parametrize(
        ("text", "seconds"),
        [("24h", 86400), ("30m", 1800), ("30min", 1800), ("10s", 10), ("3d", 259200), ("1h30m", 5400), ("0.5h", 1800)],
    )
    def test_reading(self, text, seconds):
        assert parse_span(text) == timedelta(seconds=seconds)

    @pytest.mark.parametrize("text", ["", "24", "h", "24 hours ago", "-1h", "1h x", None, 24, "1e3h"])
    def test_nonsense_is_refused_with_its_path(self, text):
        with pytest.raises(DeadlineError, match=r"rows\[0\].limit"):
            parse_span(text, "rows[0].limit")

    @pytest.mark.parametrize(("lang", "words"), [("zh", "不到 1 秒"), ("en", "under 1 s")])
    def test_what_is_there_but_rounds_to_nothing_is_said_in_seconds(self, lang, words):
        assert say_span(timedelta(milliseconds=400), lang) == words
        assert say_span(timedelta(0), lang).startswith("0 ")
        [line, _] = due(cn("2026-10-16T16:00"), timedelta(milliseconds=20), C, None).explain().render(lang)
        assert words in line

    @given(st.integers(0, 10**6))
    def test_what_is_said_in_english_can_be_read_again(self, seconds):
        assume(seconds)
        span = timedelta(seconds=seconds)
        assert parse_span(say_span(span, "en")) == span
