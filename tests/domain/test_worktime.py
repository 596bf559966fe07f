"""Business calendars against recorded answers, a naive walker and hand-computed cases."""

import json
import time
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.conftest import shared_data

from yinuo.calendars.builtin import builtin_calendar, calendar_from_json
from yinuo.calendars.official import official_days_cn, official_table_cn
from yinuo.config.commands.calendar import answer_row, verdict_on
from yinuo.domain.worktime import Calendar, CalendarError, DayKind, NeverOpenError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
OFFICE = builtin_calendar("cn-office")
NO_LUNCH = builtin_calendar("cn-office-nolunch")


def cn(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def hours(h: float) -> timedelta:
    return timedelta(hours=h)


def week(days: str, *spans: tuple[str, str], tz: str = "UTC", **more: object) -> Calendar:
    given_hours = {day: [list(span) for span in spans] for day in days.split()}
    return Calendar.from_json({"tz": tz, "hours": given_hours, **more})


class TestRecordedAnswers:
    # Peers contradict one another on a start outside the hours of a working day: one keeps the time of day, one
    # answers the closing; ours goes on from an opening, as the third does (docs/algorithms/worktime.md).
    OTHER_RULE_FOR_DAYS = {"spec-0134", "spec-0144", "spec-0147", "spec-0148", "spec-0181"}
    # The same question as spec-0297, asked with both ends counted; the row does not carry that choice.
    BOTH_ENDS_COUNTED = {"spec-0299"}

    def test_what_other_libraries_assert_of_themselves(self):
        rows = _rows("peer_spec_rows.jsonl")
        verdicts = {row["id"]: _verdict(row, calendar_from_json(row["calendar"])) for row in rows}
        assert len(rows) > 100
        chosen = {name for name, verdict in verdicts.items() if verdict == "by documented choice"}
        assert chosen == self.OTHER_RULE_FOR_DAYS | self.BOTH_ENDS_COUNTED
        assert set(verdicts.values()) == {"as expected", "by documented choice"}

    def test_what_two_libraries_agree_on(self):
        calendars = {
            name: calendar_from_json(raw)
            for name, raw in json.loads(shared_data("worktime/calendars.json").read_text()).items()
        }
        rows = [row for row in _rows("peer_computed_rows.jsonl") if not row.get("quirk")]
        assert len(rows) > 800
        # A sum that ends exactly at closing is due at closing. Where a closing touches midnight both peers answer the
        # opening after it, hours or days later, with no working time in between.
        chosen = [row for row in rows if _verdict(row, calendars[row["calendar_id"]]) != "as expected"]
        assert {_verdict(row, calendars[row["calendar_id"]]) for row in chosen} == {"by documented choice"}
        assert all(row["boundary"] and "expected_alt" not in row for row in chosen)
        assert len(chosen) == 13

    def test_where_the_peers_disagree_one_of_them_is_ours(self):
        calendars = json.loads(shared_data("worktime/calendars.json").read_text())
        for row in _rows("peer_disagreements.jsonl"):
            assert answer_row(row, calendar_from_json(calendars[row["calendar_id"]])) == row["biz"], row["id"]


def _verdict(row: dict, calendar: Calendar) -> str:
    return verdict_on(row, answer_row(row, calendar), calendar)[0]


def _rows(name: str) -> list[dict]:
    return [json.loads(line) for line in shared_data(f"worktime/{name}").read_text().splitlines()]


class TestByHand:
    @pytest.mark.parametrize(
        ("start", "spent", "due"),
        [
            ("2026-02-13T16:00", 24, "2026-02-25T13:00"),  # through the make-up Saturday and the Spring Festival
            ("2026-09-30T15:00", 24, "2026-10-10T12:00"),  # into the make-up Saturday after the National Day
            ("2026-10-16T16:00", 2, "2026-10-16T18:00"),  # exactly at closing
            ("2026-10-16T18:00", 1, "2026-10-19T10:00"),
            ("2026-10-17T03:00", 9, "2026-10-19T18:00"),
            ("2026-10-19T07:59:59", 0.5, "2026-10-19T09:30"),
        ],
    )
    def test_service_hours_of_a_chinese_office(self, start, spent, due):
        assert NO_LUNCH.add(cn(start), hours(spent)) == cn(due)
        assert NO_LUNCH.between(cn(start), cn(due)) == hours(spent)

    def test_lunch_is_no_working_time(self):
        assert OFFICE.add(cn("2026-10-12T11:30"), hours(1)) == cn("2026-10-12T13:30")
        assert OFFICE.subtract(cn("2026-10-12T13:30"), hours(1)) == cn("2026-10-12T11:30")
        assert not OFFICE.is_open(cn("2026-10-12T12:00"))
        assert OFFICE.is_open(cn("2026-10-12T13:00"))

    def test_a_sum_ends_at_the_closing_and_begins_at_the_opening(self):
        assert OFFICE.add(cn("2026-10-12T09:00"), hours(3)) == cn("2026-10-12T12:00")
        assert OFFICE.subtract(cn("2026-10-12T18:00"), hours(5)) == cn("2026-10-12T13:00")

    def test_microseconds_are_kept(self):
        start = cn("2026-10-12T11:59:59.999999")
        assert OFFICE.add(start, timedelta(microseconds=2)) == cn("2026-10-12T13:00:00.000001")

    def test_any_zone_in_utc_out(self):
        due = OFFICE.add(datetime(2026, 10, 11, 23, tzinfo=ZoneInfo("America/New_York")), hours(1))
        assert due == cn("2026-10-12T12:00")
        assert due.tzinfo is UTC

    def test_zero_is_the_start_while_open_else_the_last_closing(self):
        assert OFFICE.add(cn("2026-10-12T09:00"), timedelta(0)) == cn("2026-10-12T09:00")
        assert OFFICE.add(cn("2026-10-12T12:30"), timedelta(0)) == cn("2026-10-12T12:00")

    def test_a_day_belongs_to_the_calendar_not_to_the_instant(self):
        assert OFFICE.is_working_day(datetime(2026, 10, 11, 17, tzinfo=UTC))  # Monday 01:00 in Shanghai
        assert not OFFICE.is_working_day(date(2026, 10, 11))

    def test_moments_around_lunch_and_night(self):
        at = cn("2026-10-12T12:30")
        assert OFFICE.next_open_moment(at) == cn("2026-10-12T13:00")
        assert OFFICE.previous_open_moment(at) == cn("2026-10-12T12:00")
        assert OFFICE.next_closing(at) == cn("2026-10-12T18:00")
        assert OFFICE.previous_opening(at) == cn("2026-10-12T09:00")
        assert OFFICE.next_opening(cn("2026-09-30T18:00")) == cn("2026-10-08T09:00")


class TestDays:
    def test_official_days_make_up_days_and_names(self):
        assert [OFFICE.day(date(2026, 2, day)).kind for day in (13, 14, 15, 24, 28)] == [
            DayKind.WORKING,
            DayKind.MAKE_UP,
            DayKind.HOLIDAY,
            DayKind.WORKING,
            DayKind.MAKE_UP,
        ]
        assert OFFICE.day(date(2026, 10, 1)).label.zh == "国庆节"
        assert OFFICE.day(date(2026, 10, 10)).spans == ((32400, 43200), (46800, 64800))

    def test_counting_and_stepping_over_a_golden_week(self):
        assert OFFICE.working_day_after(date(2026, 9, 30), 3) == date(2026, 10, 10)
        assert OFFICE.working_day_after(date(2026, 10, 10), -3) == date(2026, 9, 30)
        assert OFFICE.count_days(date(2026, 9, 30), date(2026, 10, 10)) == 3
        assert OFFICE.count_days(date(2026, 10, 10), date(2026, 9, 30)) == -3
        assert OFFICE.count_days(date(2025, 12, 31), date(2026, 12, 31)) == 248
        assert OFFICE.shift_date(date(2026, 10, 3), 1) == date(2026, 10, 9)

    def test_a_step_over_new_year_and_back(self):
        for count in (1, 5, 300, 1000):
            there = OFFICE.working_day_after(date(2020, 6, 1), count)
            assert OFFICE.working_day_after(there, -count) == date(2020, 6, 1)
            assert OFFICE.count_days(date(2020, 6, 1), there) == count

    def test_the_same_time_some_working_days_on_within_that_days_hours(self):
        assert OFFICE.add_days(cn("2026-10-09T11:00"), 2) == cn("2026-10-12T11:00")
        assert OFFICE.add_days(cn("2026-10-04T11:00"), 1) == cn("2026-10-09T09:00")
        short = week("mon tue", ("09:00", "18:00"), tz="Asia/Shanghai", overrides={"2026-10-13": [["09:00", "15:00"]]})
        assert short.add_days(cn("2026-10-12T17:00"), 1) == cn("2026-10-13T15:00")

    def test_an_override_wins_over_the_holiday_and_says_what_it_is(self):
        calendar = week(
            "mon tue wed thu fri",
            ("09:00", "18:00"),
            tz="Asia/Shanghai",
            holidays={"2026-10-01": "国庆节"},
            overrides={
                "2026-10-01": {"spans": [["10:00", "12:00"]], "name": "值班"},
                "2026-10-02": [["09:00", "12:00"]],
                "2026-10-05": [],
                "2026-10-10": [["09:00", "18:00"]],
            },
            breaks={"2026-10-06": [["11:00", "11:30"]]},
        )
        kinds = {day: calendar.day(date(2026, 10, day)).kind for day in (1, 2, 5, 10)}
        assert kinds == {1: DayKind.DUTY, 2: DayKind.SPECIAL, 5: DayKind.CLOSED, 10: DayKind.MAKE_UP}
        assert calendar.between(cn("2026-10-01T00:00"), cn("2026-10-02T00:00")) == hours(2)
        assert calendar.between(cn("2026-10-06T09:00"), cn("2026-10-06T18:00")) == hours(8.5)

    def test_a_six_day_week_keeps_its_own_saturday_on_a_make_up_day(self):
        days = {day: [["09:00", "18:00"]] for day in DAYS[:5]} | {"sat": [["09:00", "12:00"]]}
        calendar = calendar_from_json({"tz": "Asia/Shanghai", "hours": days, "official": "cn"})
        assert calendar.day(date(2026, 10, 10)).spans == ((32400, 43200),)

    def test_a_year_without_a_published_table_is_provisional(self):
        last = max(official_table_cn().years)
        assert OFFICE.provisional_years(cn(f"{last}-12-30T09:00"), cn(f"{last + 1}-01-05T09:00")) == (last + 1,)
        assert OFFICE.provisional_years(cn(f"{last}-11-30T09:00"), cn(f"{last}-12-05T09:00")) == ()
        assert OFFICE.day(date(last + 1, 3, 1)).is_provisional
        assert week("mon", ("09:00", "10:00")).provisional_years(cn("1999-01-01"), cn("2050-01-01")) == ()

    def test_the_official_days_are_those_of_the_state_council(self):
        lines = shared_data("holidays/holiday_cn_days.csv").read_text().splitlines()[1:]
        published: dict[int, dict[date, bool]] = {}
        for line in lines:
            on, _, is_off, *_ = line.split(",")
            published.setdefault(date.fromisoformat(on).year, {})[date.fromisoformat(on)] = is_off != "True"
        compared = 0
        for year, days in published.items():
            ours = official_days_cn(year)
            if ours is None:
                continue
            compared += 1
            for on, is_working in days.items():
                # A weekend day inside a holiday may be listed or not: it is off either way.
                usual = on.weekday() < 5
                assert (ours[on].is_working if on in ours else usual) == is_working, on
            extra = {on for on in set(ours) - set(days) if ours[on].is_working != (on.weekday() < 5)}
            # The last days of December can stand in the next year's notice, which the material does not have.
            assert all(on.month == 12 and on.day > 25 for on in extra), extra
        assert compared >= 4
        assert official_days_cn(1999) is None


class TestNightsAndClockChanges:
    NIGHT = week(" ".join(DAYS), ("22:00", "30:00"), tz="Europe/Berlin")

    def at(self, text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=BERLIN)

    def test_a_night_shift_runs_over_midnight_and_belongs_to_the_day_it_begins(self):
        calendar = week("fri", ("22:00", "30:00"), tz="Asia/Shanghai")
        assert calendar.add(cn("2026-10-16T23:00"), hours(4)) == cn("2026-10-17T03:00")
        assert calendar.is_open(cn("2026-10-17T05:59:59"))
        assert not calendar.is_open(cn("2026-10-17T06:00"))
        assert not calendar.is_working_day(date(2026, 10, 17))
        assert calendar.work_date(cn("2026-10-17T03:00")) == date(2026, 10, 16)
        assert calendar.add_days(cn("2026-10-17T03:00"), 1) == cn("2026-10-24T03:00")

    def test_the_night_goes_on_into_a_holiday_and_the_new_year(self):
        calendar = week(" ".join(DAYS), ("22:00", "30:00"), tz="Asia/Shanghai", holidays=["2026-01-01"])
        assert calendar.between(cn("2025-12-31T22:00"), cn("2026-01-02T00:00")) == hours(8)
        assert calendar.next_closing(cn("2025-12-31T23:30")) == cn("2026-01-01T06:00")

    def test_a_shift_is_an_hour_shorter_in_spring_and_longer_in_autumn(self):
        assert self.NIGHT.between(self.at("2026-03-28T20:00"), self.at("2026-03-29T12:00")) == hours(7)
        assert self.NIGHT.between(self.at("2026-10-24T20:00"), self.at("2026-10-25T12:00")) == hours(9)

    def test_an_opening_that_the_clock_skips_is_the_change_itself(self):
        calendar = week("sun", ("02:30", "04:00"), tz="Europe/Berlin")
        assert calendar.next_opening(self.at("2026-03-28T12:00")) == datetime(2026, 3, 29, 1, tzinfo=UTC)
        assert calendar.between(self.at("2026-03-28T12:00"), self.at("2026-03-30T12:00")) == hours(1)

    def test_an_edge_that_comes_twice_is_the_first(self):
        calendar = week("sun", ("02:30", "04:00"), tz="Europe/Berlin")
        assert calendar.next_opening(self.at("2026-10-24T12:00")) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
        assert calendar.between(self.at("2026-10-24T12:00"), self.at("2026-10-26T12:00")) == hours(2.5)

    def test_a_day_that_a_zone_skipped_has_no_time(self):
        calendar = week(" ".join(DAYS), ("09:00", "17:00"), tz="Pacific/Apia")  # no 30 December 2011 there
        start = datetime(2011, 12, 29, 12, tzinfo=ZoneInfo("Pacific/Apia"))
        assert calendar.add(start, hours(10)) == datetime(2011, 12, 31, 14, tzinfo=ZoneInfo("Pacific/Apia"))
        assert not calendar.is_working_day(date(2011, 12, 30))

    def test_the_working_day_clock_runs_all_night_and_stands_still_on_days_off(self):
        clock = NO_LUNCH.whole_days()
        assert clock.add(cn("2026-10-16T16:00"), hours(24)) == cn("2026-10-19T16:00")
        assert clock.add(cn("2026-09-30T16:00"), hours(24)) == cn("2026-10-08T16:00")
        assert clock.is_open(cn("2026-10-10T03:00"))


class TestNeverOpen:
    def test_a_calendar_without_hours_is_refused(self):
        for raw in ({}, {"hours": {"mon": []}}, {"overrides": {"2026-01-01": []}}):
            with pytest.raises(NeverOpenError):
                Calendar.from_json({"tz": "UTC", **raw})

    def test_a_question_past_the_last_opening_is_refused_at_once(self):
        calendar = Calendar.from_json({"tz": "UTC", "overrides": {"2026-01-05": [["09:00", "10:00"]]}})
        start = datetime(2026, 1, 1, tzinfo=UTC)
        assert calendar.add(start, hours(1)) == datetime(2026, 1, 5, 10, tzinfo=UTC)
        began = time.perf_counter()
        for question in (
            lambda: calendar.add(start, hours(1.5)),
            lambda: calendar.subtract(start, hours(1)),
            lambda: calendar.next_opening(datetime(2026, 1, 5, 11, tzinfo=UTC)),
            lambda: calendar.previous_opening(start),
            lambda: calendar.working_day_after(date(2026, 1, 5), 1),
            lambda: calendar.working_day_after(date(2026, 1, 5), -1),
            lambda: calendar.add_days(datetime(2026, 1, 6, tzinfo=UTC), 1),
        ):
            with pytest.raises(NeverOpenError):
                question()
        assert time.perf_counter() - began < 2

    def test_more_working_time_than_there_are_years_is_refused(self):
        with pytest.raises(NeverOpenError):
            week("mon", ("09:00", "10:00")).add(datetime(2026, 1, 1, tzinfo=UTC), hours(100_000))

    def test_round_the_clock_never_closes(self):
        always = builtin_calendar("always")
        assert always.add(cn("2026-10-01T00:00"), hours(100)) == cn("2026-10-05T04:00")
        assert always.next_open_moment(cn("2026-10-01T00:00")) == cn("2026-10-01T00:00")
        with pytest.raises(NeverOpenError):
            always.next_closing(cn("2026-10-01T00:00"))

    def test_an_instant_without_a_zone_or_out_of_the_years_is_refused(self):
        for at in (datetime(2026, 1, 1), datetime(1200, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)):  # noqa: DTZ001
            with pytest.raises(CalendarError):
                OFFICE.add(at, hours(1))
            with pytest.raises(CalendarError):
                OFFICE.is_open(at)


class TestReading:
    @pytest.mark.parametrize(
        ("raw", "path", "code"),
        [
            ({"hours": {"mon": [["09:00", "12:00"], ["11:00", "13:00"]]}}, "hours.mon[1]", "overlap"),
            ({"hours": {"mon": [["18:00", "09:00"]]}}, "hours.mon[0]", "end_before_start"),
            ({"hours": {"mon": [["09:00", "09:00"]]}}, "hours.mon[0]", "end_before_start"),
            ({"hours": {"mon": [["9", "12:00"]]}}, "hours.mon[0]", "time"),
            ({"hours": {"mon": [["09:00", "24:61"]]}}, "hours.mon[0]", "time"),
            ({"hours": {"mon": [["25:00", "26:00"]]}}, "hours.mon[0]", "time"),
            ({"hours": {"monday": []}}, "hours.monday", "weekday"),
            ({"hours": {"mon": [["22:00", "30:00"]], "tue": [["05:00", "09:00"]]}}, "hours.tue[0]", "overlap"),
            ({"tz": "Asia/Beijing"}, "tz", "zone"),
            ({"tz": "../etc/passwd"}, "tz", "zone"),
            ({"holidays": ["2026-02-30"]}, "holidays[0]", "date"),
            ({"overrides": {"2026-02-29": []}}, "overrides.2026-02-29", "date"),
            ({"overrides": {"2026-02-01": {"span": []}}}, "overrides.2026-02-01", "unknown_key"),
            ({"official": "cn"}, "official", "official"),
            ({"hors": {}}, "hors", "unknown_key"),
            ([], "calendar", "type"),
        ],
    )
    def test_a_fault_names_its_place(self, raw, path, code):
        whole = {"tz": "UTC", "hours": {"fri": [["09:00", "17:00"]]}} | raw if isinstance(raw, dict) else raw
        with pytest.raises(CalendarError) as caught:
            Calendar.from_json(whole)
        assert (caught.value.path, caught.value.code) == (path, code)

    def test_an_end_before_the_start_says_how_to_write_a_night_shift(self):
        with pytest.raises(CalendarError, match="30:00"):
            week("mon", ("22:00", "06:00"))

    def test_calendars_are_equal_when_their_rules_are(self):
        one, same = week("mon tue", ("09:00", "17:00")), week("tue mon", ("09:00", "17:00"))
        assert one == same and hash(one) == hash(same) and one.fingerprint == same.fingerprint
        assert one != week("mon tue", ("09:00", "17:01"))
        assert one != week("mon tue", ("09:00", "17:00"), holidays=["2026-01-01"])
        assert one != one.whole_days()
        with pytest.raises(AttributeError):
            one.zone = UTC


# -- against a walker that only looks at the wall clock, step by step ------------------------------------

ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca")
CHANGES = (  # dates near which one of these zones moves its clock
    date(2025, 2, 23),
    date(2025, 3, 9),
    date(2025, 3, 30),
    date(2025, 4, 6),
    date(2025, 10, 5),
    date(2025, 10, 26),
    date(2025, 11, 2),
    date(2025, 12, 31),
    date(2026, 7, 15),
)


def _text(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


@st.composite
def day_spans(draw: st.DrawFn) -> list[list[str]]:
    edges = sorted(draw(st.lists(st.integers(0, 288), unique=True, max_size=6)))
    pairs = [[5 * a, 5 * b] for a, b in zip(edges[::2], edges[1::2], strict=False)]
    if pairs and draw(st.integers(0, 3)) == 0:
        pairs[-1][1] = min(1440 + 5 * draw(st.integers(1, 100)), pairs[-1][0] + 1440)
    return [[_text(a), _text(b)] for a, b in pairs if a < 1440]


@st.composite
def odd_seconds(draw: st.DrawFn) -> list[list[str]]:
    """Spans that begin and end at any second, the last of them perhaps after midnight, before any other begins."""
    edges = sorted(draw(st.lists(st.integers(9_000, 86_399), unique=True, min_size=2, max_size=6)))
    pairs = [list(pair) for pair in zip(edges[::2], edges[1::2], strict=False)]
    if draw(st.booleans()):
        pairs[-1][1] = min(86_400 + draw(st.integers(1, 9_000)), pairs[-1][0] + 86_400)
    return [[_to_the_second(a), _to_the_second(b)] for a, b in pairs]


def _to_the_second(second: int) -> str:
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


@st.composite
def calendars(draw: st.DrawFn, around: date, spans: st.SearchStrategy | None = None) -> dict:
    near = st.integers(-4, 4).map(lambda n: (around + timedelta(days=n)).isoformat())
    spans = day_spans() if spans is None else spans
    return {
        "tz": draw(st.sampled_from(ZONES)),
        "hours": {day: draw(spans) for day in DAYS},
        "holidays": draw(st.lists(near, max_size=2, unique=True)),
        "overrides": draw(st.dictionaries(near, spans, max_size=2)),
        "breaks": draw(st.dictionaries(near, spans, max_size=1)),
    }


def walk(raw: dict, start: datetime, step: timedelta, count: int) -> list[bool]:
    """Open or not for `count` steps from `start`: by the wall clock, which is never taken to go back."""
    zone, reading, flags = ZoneInfo(raw["tz"]), datetime.min, []  # noqa: DTZ901
    known: dict[date, list[bool]] = {}

    def open_on(on: date) -> list[bool]:
        """For each second of a date and of the small hours after it: whether the hours that begin on it cover it."""
        if on not in known:
            name = on.isoformat()
            spans = raw["overrides"].get(name, raw["hours"][DAYS[on.weekday()]])
            if name in raw["holidays"] and name not in raw["overrides"]:
                spans = []
            flags = [False] * 2 * 86_400
            for spans_of_it, is_open in ((spans, True), (raw["breaks"].get(name, ()), False)):
                for first, last in spans_of_it:
                    for second in range(_seconds(first), _seconds(last)):
                        flags[second] = is_open
            known[on] = flags
        return known[on]

    at = start - timedelta(hours=30)  # so that the wall clock's highest reading is known at the start
    for n in range(-int(timedelta(hours=30) / step), count):
        reading = max(reading, at.astimezone(zone).replace(tzinfo=None))
        if n >= 0:
            second, today = reading.hour * 3600 + reading.minute * 60 + reading.second, reading.date()
            flags.append(open_on(today)[second] or open_on(today - timedelta(days=1))[second + 86_400])
        at += step
    return flags


def _seconds(text: str) -> int:
    hour, minute, *second = (int(part) for part in text.split(":"))
    return hour * 3600 + minute * 60 + sum(second)


def compare_with_walker(raw: dict, start: datetime, step: timedelta, count: int, asked: list[tuple[int, int]]):
    try:
        calendar = Calendar.from_json(raw)
    except CalendarError:
        assume(False)
    flags = walk(raw, start, step, count)
    sums = [0, *accumulate(flags)]  # steps worked before each instant
    for index in {0, count - 1, *(a % count for a, _ in asked)}:
        assert calendar.is_open(start + index * step) is flags[index]
    for a, b in asked:
        first, last = sorted((a % count, b % count))
        at_first, at_last = start + first * step, start + last * step
        worked = sums[last] - sums[first]
        assert calendar.between(at_first, at_last) == worked * step
        assert calendar.between(at_last, at_first) == -worked * step
        if worked:
            ends = sums.index(sums[first] + worked)
            assert calendar.add(at_first, worked * step) == start + ends * step
            begins = max(n for n in range(first, last) if sums[n] == sums[last] - worked)
            assert calendar.subtract(at_last, worked * step) == start + begins * step


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_naive_walker_by_the_minute_agrees(data: st.DataObject):
    around = data.draw(st.sampled_from(CHANGES))
    raw = data.draw(calendars(around))
    start = datetime(around.year, around.month, around.day, tzinfo=UTC) - timedelta(days=2)
    asked = data.draw(st.lists(st.tuples(st.integers(0, 7199), st.integers(0, 7199)), min_size=8, max_size=8))
    compare_with_walker(raw, start, timedelta(minutes=1), 7200, asked)


@settings(max_examples=10, deadline=None)
@given(st.data())
def test_a_naive_walker_by_the_second_agrees(data: st.DataObject):
    around = data.draw(st.sampled_from(CHANGES))
    raw = data.draw(calendars(around, odd_seconds()))
    start = datetime(around.year, around.month, around.day, tzinfo=UTC) - timedelta(hours=14)
    second = st.integers(0, 129_599)
    asked = data.draw(st.lists(st.tuples(second, second), min_size=20, max_size=20))
    compare_with_walker(raw, start, timedelta(seconds=1), 129_600, asked)


@settings(max_examples=300, deadline=None)
@given(
    st.datetimes(datetime(2018, 1, 1), datetime(2026, 6, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.timedeltas(timedelta(microseconds=1), timedelta(days=40)),
)
def test_adding_and_taking_off_undo_each_other(start: datetime, span: timedelta):
    due = OFFICE.add(start, span)
    assert OFFICE.between(start, due) == span
    assert OFFICE.subtract(due, span) == OFFICE.next_open_moment(start)
    assert OFFICE.add(due, -span) == OFFICE.subtract(due, span)
    assert OFFICE.is_open(due) or OFFICE.previous_open_moment(due) == due


def test_an_answer_does_not_depend_on_what_was_asked_before():
    raw = {"tz": "Asia/Shanghai", "hours": {day: [["22:00", "30:00"]] for day in DAYS}}
    used = Calendar.from_json(raw)
    for year in (2026, 2010, 2030, 1990, 2026):
        for month, day in ((1, 1), (1, 2), (12, 31), (6, 15)):
            at = datetime(year, month, day, 0, 30, tzinfo=SHANGHAI)
            for span in (hours(5), hours(4000), hours(-5), hours(-4000)):
                assert used.add(at, span) == Calendar.from_json(raw).add(at, span)
