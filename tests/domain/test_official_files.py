"""Official days from files: holiday-cn JSON, iCalendar."""

import csv
import json
from datetime import date, timedelta

import pytest
from tests.conftest import shared_data

from yinuo.calendars.festivals import festival_on, festivals_of
from yinuo.calendars.official import official_days_cn
from yinuo.calendars.official_files import PublishedDays, read_official_file
from yinuo.domain.worktime import CalendarError, OfficialDay

NEW_YEAR = {"name": "元旦", "date": "2027-01-01", "isOffDay": True}
FIXED = {(5, 1): "劳动节", (10, 1): "国庆节"}


def table(*days: dict, year: int = 2027) -> str:
    fixed = [{"name": name, "date": f"2027-{m:02}-{d:02}", "isOffDay": True} for (m, d), name in FIXED.items()]
    return json.dumps({"year": year, "papers": ["https://www.gov.cn/x"], "days": [NEW_YEAR, *days, *fixed]})


def ics(*events: str) -> str:
    whole = [f"BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT" for event in events]
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *whole, "END:VCALENDAR", ""])


NEW_YEAR_ICS = "SUMMARY:元旦假期\r\nDTSTART;VALUE=DATE:20270101\r\nDTEND;VALUE=DATE:20270102"
FIXED_ICS = ("SUMMARY:劳动节假期\r\nDTSTART;VALUE=DATE:20270501", "SUMMARY:国庆节假期\r\nDTSTART;VALUE=DATE:20271001")


def beside(read: PublishedDays) -> dict[date, OfficialDay]:
    """What stands beside the days of May and October that every table has."""
    return {on: day for on, day in read.days.items() if (on.month, on.day) not in FIXED}


class TestJson:
    def test_a_years_table(self):
        read = read_official_file(table({"name": "春节", "date": "2027-02-20", "isOffDay": False}))
        assert read.years == {2027}
        assert beside(read) == {
            date(2027, 1, 1): OfficialDay(False, "元旦"),
            date(2027, 2, 20): OfficialDay(True, "春节"),
        }

    def test_a_notice_reaches_into_the_december_before(self):
        read = read_official_file(table({"name": "元旦", "date": "2026-12-31", "isOffDay": True}))
        assert read.years == {2027}
        fixed = {date(2027, *on) for on in FIXED}
        assert set(read.of_notice(2027)) == {date(2027, 1, 1), date(2026, 12, 31), *fixed}

    def test_several_years_at_once(self):
        read = read_official_file(f"[{table()}, {table(year=2028).replace('2027-', '2028-')}]")
        assert read.years == {2027, 2028}
        assert set(read.of_notice(2028)) == {date(2028, 1, 1), *(date(2028, *on) for on in FIXED)}

    def test_two_holidays_on_one_day_are_both_named(self):
        days = [{"name": name, "date": "2027-10-06", "isOffDay": True} for name in ("国庆节", "中秋节", "国庆节")]
        assert read_official_file(table(*days)).days[date(2027, 10, 6)].name == "国庆节、中秋节"

    @pytest.mark.parametrize(
        ("text", "place", "said"),
        [
            ("PK\x03\x04", "", "neither"),
            ("{", "", "no JSON"),
            ("[" * 100_000, "", "no JSON"),
            ("[" + "9" * 5000 + "]", "", "no JSON"),
            ("[]", "", "no table"),
            ('{"year": 2027}', "days", "list"),
            ('{"year": 2027, "days": []}', "days", "not published"),
            ('{"year": "2027", "days": [1]}', "year", "no year"),
            ('{"year": 27, "days": [1]}', "year", "no year"),
            ("[3]", "[0]", "object"),
            (table(7), "days[1]", "object"),
            (table({"name": "", "date": "2027-05-01", "isOffDay": True}), "days[1].name", "name"),
            (table({"name": "x", "date": "2027-02-29", "isOffDay": True}), "days[1].date", "no date"),
            (table({"name": "x", "date": "2028-01-01", "isOffDay": True}), "days[1].date", "no day of the notice"),
            (table({"name": "x", "date": "2026-11-30", "isOffDay": True}), "days[1].date", "no day of the notice"),
            (table({"name": "x", "date": "2027-05-01", "isOffDay": "yes"}), "days[1].isOffDay", "true or false"),
            (table({"name": "x", "date": "2027-01-01", "isOffDay": False}), "days[1]", "both"),
            (f"[{table()}, {table()}]", "[1]", "second table"),
            (table({"name": "a\0b", "date": "2027-06-09", "isOffDay": True}), "days[1].name", "nobody can read"),
            (table({"name": "\ud800", "date": "2027-06-09", "isOffDay": True}), "days[1].name", "nobody can read"),
            (table({"name": "端" * 61, "date": "2027-06-09", "isOffDay": True}), "days[1].name", "too long"),
            (table().replace("2027-01-01", "2027-01-02"), "", "lacks 2027-01-01"),
            (table().replace("2027-05-01", "2027-05-02"), "", "lacks 2027-05-01"),
            (table().replace('"2027-10-01", "isOffDay": true', '"2027-10-01", "isOffDay": false'), "", "lacks 2027-10"),
        ],
    )
    def test_a_fault_names_its_place(self, text, place, said):
        with pytest.raises(CalendarError, match=said) as caught:
            read_official_file(text)
        assert caught.value.path == place


class TestIcs:
    def test_holidays_make_up_days_and_folded_lines(self):
        read = read_official_file(
            ics(
                NEW_YEAR_ICS,
                "SUMMARY:上班(补春节\r\n 假期)\r\nDTSTART;VALUE=DATE:20270220",
                "SUMMARY:春节假期\r\nDTSTART;VALUE=DATE:20270206\r\nDTEND;VALUE=DATE:20270209",
                *FIXED_ICS,
            )
        )
        assert read.years == {2027}
        assert {on: day for on, day in read.days.items() if on.month == 2} == {
            date(2027, 2, 6): OfficialDay(False, "春节"),
            date(2027, 2, 7): OfficialDay(False, "春节"),
            date(2027, 2, 8): OfficialDay(False, "春节"),
            date(2027, 2, 20): OfficialDay(True, "春节"),
        }

    def test_a_calendar_that_marks_its_days_and_holds_much_else(self):
        read = read_official_file(
            ics(
                "SUMMARY:元旦（休）\r\nDTSTART;VALUE=DATE:20270101\r\nX-APPLE-SPECIAL-DAY:WORK-HOLIDAY",
                "SUMMARY:春节（班）\r\nDTSTART;VALUE=DATE:20270220\r\nX-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY",
                "SUMMARY:小寒\r\nDTSTART;VALUE=DATE:20270105",
                "SUMMARY:妇女节\r\nDTSTART;VALUE=DATE:20270308\r\nRRULE:FREQ=YEARLY",
                "SUMMARY:清明节假期\r\nDTSTART;VALUE=DATE:20270405\r\nSTATUS:CANCELLED",
                "SUMMARY:劳动节假期\r\nDTSTART;VALUE=DATE:20270501\r\n"
                "BEGIN:VALARM\r\nSUMMARY:提醒\r\nDTSTART:never\r\nEND:VALARM",
                FIXED_ICS[1],
            )
        )
        assert beside(read) == {
            date(2027, 1, 1): OfficialDay(False, "元旦"),
            date(2027, 2, 20): OfficialDay(True, "春节"),
        }

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            (ics(), "holds no year"),
            (ics("SUMMARY:春节假期\r\nDTSTART;VALUE=DATE:20270206"), "holds no year"),
            (ics(NEW_YEAR_ICS, "SUMMARY:国庆节假期\r\nDTSTART;VALUE=DATE:20261001"), "table of 2026"),
            (ics(NEW_YEAR_ICS, "SUMMARY:国庆节假期\r\nDTSTART:someday"), "line 8: DTSTART"),
            (ics(NEW_YEAR_ICS, "SUMMARY:国庆节假期\r\nDTSTART:20271001T083000"), "no date"),
            (ics(NEW_YEAR_ICS, "SUMMARY:国庆节假期\r\nDTSTART:20271001\r\nDTEND:20271201"), "lasts from"),
            (ics(NEW_YEAR_ICS, "SUMMARY:国庆节假期\r\nDTSTART:20271001\r\nDTEND:20271001"), "lasts from"),
            (ics(NEW_YEAR_ICS, "SUMMARY:国庆节假期\r\nDTSTART:20271001\r\nRRULE:FREQ=YEARLY"), "repeats"),
            (
                ics(NEW_YEAR_ICS, "SUMMARY:国庆节（班）\r\nDTSTART:20271001\r\nX-APPLE-SPECIAL-DAY:WORK-HOLIDAY"),
                "contradicts",
            ),
            (ics(NEW_YEAR_ICS, "SUMMARY:元旦补班\r\nDTSTART:20270101"), "both"),
            (ics(NEW_YEAR_ICS, "SUMMARY:国庆节假期\r\nDTSTART:20271001\r\nDURATION:P7D"), "line 8: .*DTEND"),
            (ics(NEW_YEAR_ICS, "SUMMARY:国庆节假期\r\nDTSTART:20271001\r\nRDATE:20271002"), "repeats"),
            (ics(NEW_YEAR_ICS), "table of 2027 lacks 2027-05-01"),
            (ics(NEW_YEAR_ICS, *FIXED_ICS).removesuffix("END:VCALENDAR\r\n"), "cut off"),
            (ics(NEW_YEAR_ICS, *FIXED_ICS, "SUMMARY:中秋节假期")[:-30], "ends within VEVENT"),
            (ics(NEW_YEAR_ICS, *FIXED_ICS) + "END:VEVENT", "ends nothing"),
        ],
    )
    def test_what_could_date_promises_wrong_is_refused(self, text, said):
        with pytest.raises(CalendarError, match=said):
            read_official_file(text)


def test_both_forms_of_the_published_years_say_what_is_built_in():
    """The recorded notices, written as each form writes them and read again."""
    notices: dict[int, list[dict]] = {}
    with shared_data("holidays/holiday_cn_days.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            day = {"name": row["name"], "date": row["date"], "isOffDay": row["is_off_day"] == "True"}
            notices.setdefault(int(row["year_of_notice"]), []).append(day)
    assert len(notices) >= 4
    for year, days in notices.items():
        by_json = read_official_file(json.dumps({"year": year, "days": days}))
        by_ics = read_official_file(ics(*(_event(day) for day in days)))
        assert by_ics == by_json
        built_in = official_days_cn(year)
        for on, day in by_json.days.items():
            if on.year == year and built_in is not None:
                usual = on.weekday() < 5
                assert (built_in[on].is_working if on in built_in else usual) is day.is_working, on


def _event(day: dict) -> str:
    on = date.fromisoformat(day["date"])
    summary = f"{day['name']}假期" if day["isOffDay"] else f"上班(补{day['name']}假期)"
    return f"SUMMARY:{summary}\r\nDTSTART;VALUE=DATE:{on:%Y%m%d}\r\nDTEND;VALUE=DATE:{on + timedelta(days=1):%Y%m%d}"


class TestFestivals:
    def test_lunar_festivals_by_date(self):
        assert {on.isoformat(): label.zh for on, label in festivals_of(2026).items()} == {
            "2026-01-26": "腊八节",
            "2026-02-10": "小年",
            "2026-02-16": "除夕",
            "2026-02-17": "春节",
            "2026-03-03": "元宵节",
            "2026-03-20": "龙抬头",
            "2026-04-05": "清明节",
            "2026-06-19": "端午节",
            "2026-08-19": "七夕节",
            "2026-08-27": "中元节",
            "2026-09-25": "中秋节",
            "2026-10-18": "重阳节",
            "2026-12-22": "冬至",
        }

    def test_a_leap_month_repeats_no_festival(self):
        assert festival_on(date(2025, 8, 29)).en == "Qixi Festival"
        assert [label.zh for label in festivals_of(2025).values()].count("七夕节") == 1
        assert len(festivals_of(2033)) == 13  # the year whose leap month follows the eleventh

    def test_the_holidays_of_the_state_council_contain_their_festival(self):
        for year in (2024, 2025, 2026):
            by_name = {label.zh: on for on, label in festivals_of(year).items()}
            for name in ("春节", "清明节", "端午节", "中秋节"):
                assert by_name[name] in {on for on, day in official_days_cn(year).items() if not day.is_working} or (
                    by_name[name].weekday() >= 5
                )

    def test_a_year_beyond_the_tables_has_none(self):
        assert festivals_of(1800) == {} and festival_on(date(2150, 1, 1)) is None
