"""A year's notice arrives: by package, by file, again, and corrected (R-CL-4)."""

import json
from datetime import UTC, date, datetime

import pytest

from yinuo.calendars.models import BusinessCalendar, CalendarEdition, OfficialDay
from yinuo.calendars.official import official_days_cn
from yinuo.calendars.queries import calendar_of, calendar_of_edition, edition_in_force, published_years, year_shown
from yinuo.calendars.services import (
    import_new_official_days,
    import_official_days,
    import_official_file,
    save_calendar,
)
from yinuo.domain.worktime import CalendarError, DayKind
from yinuo.foundation.actors import Actor
from yinuo.foundation.models import HistoryRow

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")
NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
WEEK = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


def office(code: str = "own", **more: object) -> BusinessCalendar:
    fields = {"code": code, "name": code, "zone": "Asia/Shanghai", "hours": WEEK, "follows": "CN", **more}
    return save_calendar(id=None, version=None, fields=fields, exceptions=[], by=SYSTEM, now=NOW)


def notice(*days: tuple[str, str, bool], year: int = 2027) -> str:
    fixed = [("元旦", f"{year}-01-01", True), ("劳动节", f"{year}-05-01", True), ("国庆节", f"{year}-10-01", True)]
    whole = [*fixed, *days]
    return json.dumps(
        {"year": year, "days": [dict(zip(("name", "date", "isOffDay"), day, strict=True)) for day in whole]}
    )


@pytest.fixture
def calendar() -> BusinessCalendar:
    for year in (2025, 2026):
        import_official_days(country="CN", year=year, by=SYSTEM, now=NOW)
    return office()


def test_a_year_is_provisional_until_its_notice_is_there(calendar):
    day = date(2027, 2, 20)
    before = edition_in_force(calendar.id)
    assert calendar_of(calendar.id).day(day).is_provisional
    taken = import_official_file(country="CN", text=notice(("春节", "2027-02-20", False)), by=SYSTEM, now=NOW)
    assert taken == {2027: 4}
    assert published_years() == [2025, 2026, 2027]
    assert calendar_of(calendar.id).day(day).kind is DayKind.MAKE_UP
    assert not calendar_of(calendar.id).day(date(2027, 6, 1)).is_provisional
    assert calendar_of_edition(before).day(day).is_provisional  # what was counted before stays what it was


def test_the_same_notice_again_changes_nothing(calendar):
    import_official_file(country="CN", text=notice(), by=SYSTEM, now=NOW)
    editions, facts = CalendarEdition.objects.count(), HistoryRow.objects.count()
    assert import_official_file(country="CN", text=notice(), by=SYSTEM, now=NOW) == {2027: 3}
    assert (CalendarEdition.objects.count(), HistoryRow.objects.count()) == (editions, facts)


def test_a_corrected_notice_replaces_the_one_before(calendar):
    import_official_file(country="CN", text=notice(("春节", "2027-02-20", False)), by=SYSTEM, now=NOW)
    import_official_file(country="CN", text=notice(("春节", "2027-02-21", False)), by=SYSTEM, now=NOW)
    assert calendar_of(calendar.id).day(date(2027, 2, 20)).kind is DayKind.DAY_OFF
    assert calendar_of(calendar.id).day(date(2027, 2, 21)).kind is DayKind.MAKE_UP


def test_a_notice_settles_the_december_before_and_publishes_only_its_own_year():
    row = office()
    text = notice(("元旦", "2018-12-29", False), ("元旦", "2018-12-31", True), year=2019)
    import_official_file(country="CN", text=text, by=SYSTEM, now=NOW)
    assert published_years() == [2019]
    assert calendar_of(row.id).day(date(2018, 12, 29)).kind is DayKind.MAKE_UP
    import_official_days(country="CN", year=2018, by=SYSTEM, now=NOW)
    assert published_years() == [2018, 2019]
    assert calendar_of(row.id).day(date(2018, 12, 29)).kind is DayKind.MAKE_UP


def test_a_faulty_file_takes_nothing_over(calendar):
    text = f"[{notice()}, {notice(('春节', '2028-02-30', True), year=2028)}]"
    with pytest.raises(CalendarError, match=r"\[1\]\.days\[3\]\.date"):
        import_official_file(country="CN", text=text, by=SYSTEM, now=NOW)
    assert published_years() == [2025, 2026]


def test_only_calendars_that_follow_get_an_edition_and_a_word_in_history(calendar):
    other = office("alone", follows="")
    import_official_file(country="CN", text=notice(), by=SYSTEM, now=NOW)
    assert CalendarEdition.objects.filter(calendar=calendar).count() == 2
    assert CalendarEdition.objects.filter(calendar=other).count() == 1
    changed = HistoryRow.objects.filter(kind="calendars.CalendarChanged", subject_id=calendar.id).order_by("id")
    assert [row.values["reason"] for row in changed] == ["edited", "official_days"]
    assert not HistoryRow.objects.filter(
        kind="calendars.CalendarChanged", subject_id=other.id, values__reason="official_days"
    ).exists()


def test_a_calendar_that_will_not_open_again_does_not_hold_up_a_notice(calendar):
    fields = {"code": "fair", "name": "fair", "zone": "Asia/Shanghai", "hours": {}, "follows": "CN"}
    fair = [(date(2026, 12, 5), [["09:00", "12:00"]], "")]
    save_calendar(id=None, version=None, fields=fields, exceptions=fair, by=SYSTEM, now=NOW)
    later = datetime(2026, 12, 20, tzinfo=UTC)
    assert import_official_file(country="CN", text=notice(), by=SYSTEM, now=later) == {2027: 3}


def test_a_new_name_makes_no_new_edition(calendar):
    fields = {"name": "renamed"}
    save_calendar(id=calendar.id, version=calendar.version, fields=fields, exceptions=[], by=SYSTEM, now=NOW)
    assert CalendarEdition.objects.filter(calendar=calendar).count() == 1


def test_the_daily_job_takes_what_a_newer_package_knows():
    import_official_days(country="CN", year=2025, by=SYSTEM, now=NOW)
    row = office()
    in_2026 = datetime(2026, 1, 1, tzinfo=UTC)
    assert import_new_official_days(country="CN", by=SYSTEM, now=in_2026) == [2026]
    assert OfficialDay.objects.filter(notice=2026).count() == len(official_days_cn(2026))
    assert calendar_of(row.id).day(date(2026, 10, 10)).kind is DayKind.MAKE_UP
    assert import_new_official_days(country="CN", by=SYSTEM, now=in_2026) == []


def test_the_picture_of_a_year_notes_the_festivals_and_what_is_provisional(calendar):
    shown = {day.on: day for month in year_shown(calendar.id, 2026) for week in month.weeks for day in week if day}
    assert shown[date(2026, 9, 25)].festival.zh == "中秋节"
    assert shown[date(2026, 8, 19)].festival.en == "Qixi Festival" and shown[date(2026, 8, 19)].kind == "working"
    assert not shown[date(2026, 5, 6)].is_provisional
    following = year_shown(calendar.id, 2027)[5].weeks[1]
    assert all(day.is_provisional for day in following if day)
