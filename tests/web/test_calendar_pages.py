"""The calendar pages: days changed in the year's picture, official days from a file, what would move, how far it is."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.conftest import run_jobs
from tests.story import Company, make_company, write_in
from tests.web.test_limit_pages import text
from tests.web.test_settings_pages import logged_in, shown_form
from yinuo.calendars.models import BusinessCalendar, CalendarException, OfficialDay
from yinuo.calendars.queries import calendar_of, published_years
from yinuo.domain.worktime.parsing import WEEKDAYS
from yinuo.foundation import clock as house_clock
from yinuo.sla.models import Deadline, Recount

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def supervisor(company: Company) -> Client:
    return logged_in(company.supervisor)


@pytest.fixture
def office(company: Company) -> BusinessCalendar:
    return BusinessCalendar.objects.get(code="office")


def url(calendar: BusinessCalendar, year: int = 2026) -> str:
    return reverse("settings_calendar_year", args=[calendar.id, year])


def change(client: Client, calendar: BusinessCalendar, **values: Any) -> Any:
    calendar.refresh_from_db()
    return client.post(url(calendar), {"version": calendar.version, "what": "closed", **values})


def kinds(client: Client, calendar: BusinessCalendar, year: int = 2026) -> dict[date, tuple[str, str, str]]:
    months = client.get(url(calendar, year)).context["months"]
    return {
        day.on: (day.kind, day.name, day.hours) for month in months for week in month.weeks for day in week if day
    }  # fmt: skip


def test_a_stretch_of_days_is_closed_worked_like_another_or_at_other_hours(supervisor, office):
    assert change(supervisor, office, since="2026-12-21", until="2026-12-24", label="盘点").status_code == 302
    assert change(supervisor, office, since="2026-12-26", what="mon", label="加班").status_code == 302
    answer = change(supervisor, office, since="2026-12-31", what="hours", spans="9:00-12:00", label="提前下班")
    assert answer.status_code == 302
    year = kinds(supervisor, office)
    assert [year[date(2026, 12, day)][:2] for day in (21, 24)] == [("closed", "盘点")] * 2
    assert year[date(2026, 12, 25)][0] == "working"
    assert year[date(2026, 12, 26)] == ("make_up", "加班", "09:00–18:00")
    assert year[date(2026, 12, 31)] == ("special", "提前下班", "09:00–12:00")
    assert change(supervisor, office, since="2026-12-22", until="2026-12-23", what="plain").status_code == 302
    year = kinds(supervisor, office)
    assert [year[date(2026, 12, day)][0] for day in (21, 22, 23, 24)] == ["closed", "working", "working", "closed"]
    assert CalendarException.objects.filter(calendar=office).count() == 4


def test_a_clicked_day_comes_into_the_form_as_it_is_set(supervisor, office):
    change(supervisor, office, since="2026-12-31", what="hours", spans="9:00-12:00", label="提前下班")
    form = supervisor.get(url(office), {"on": "2026-12-31"}).context["form"]
    assert (form["since"].value(), form["what"].value(), form["label"].value()) == (
        date(2026, 12, 31), "hours", "提前下班",
    )  # fmt: skip
    for odd in ("2026-02-30", "x", "2025-01-01", ""):
        assert supervisor.get(url(office), {"on": odd}).context["form"]["since"].value() is None


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("since", {"since": ""}),
        ("since", {"since": "2026-02-30"}),
        ("until", {"since": "2026-12-24", "until": "2026-12-21"}),
        ("spans", {"since": "2026-12-24", "what": "hours"}),
        ("spans", {"since": "2026-12-24", "what": "hours", "spans": "nine to five"}),
        ("what", {"since": "2026-12-24", "what": "sun"}),
        ("__all__", {"since": "2026-01-01", "until": "2028-01-01"}),
    ],
)
def test_days_that_cannot_be_are_refused_at_their_field(field, values, supervisor, office):
    answer = change(supervisor, office, **values)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not CalendarException.objects.exists()


def test_two_who_change_days_at_once_do_not_overwrite_each_other(supervisor, office):
    first = {"version": office.version, "since": "2026-12-21", "what": "closed"}
    assert supervisor.post(url(office), first).status_code == 302
    stale = supervisor.post(url(office), first | {"since": "2026-12-22"})
    assert stale.status_code == 409
    assert list(CalendarException.objects.values_list("on", flat=True)) == [date(2026, 12, 21)]


def test_overlapping_hours_are_refused_at_their_weekday_in_chinese(supervisor, office):
    page = reverse("settings_calendar", args=[office.id])
    form = shown_form(supervisor, page) | {"days-TOTAL_FORMS": "0", "days-INITIAL_FORMS": "0"}
    answer = supervisor.post(page, form | {"hours_tue": "09:00-12:00, 11:00-18:00"})
    assert answer.status_code == 422
    assert answer.context["form"].errors["hours_tue"] == ["这一天的时间有重叠，或与前一天的夜班重叠。"]
    night = supervisor.post(page, form | {"hours_tue": "22:00-06:00", "hours_wed": "05:00-12:00"})
    assert night.context["form"].errors["hours_wed"] == ["这一天的时间有重叠，或与前一天的夜班重叠。"]
    closed = {name: value for name, value in form.items() if not name.startswith("hours_")}
    never = supervisor.post(page, closed | {"follows": ""})
    assert "没有一天上班" in text(never)


def test_how_many_promises_would_move_is_said_before_saving(company, supervisor, office):
    write_in(company)
    running = Deadline.objects.filter(calendar_id=office.id, state="running")
    days = {(row.due_at + timedelta(hours=8)).date() for row in running}
    preview = reverse("settings_calendar_days_preview", args=[office.id])
    sent = {"version": office.version, "since": min(days).isoformat(), "until": max(days).isoformat(), "what": "closed"}
    said = text(supervisor.post(preview, sent, headers={"HX-Request": "true"}))
    assert (
        f"未完成的时限共 {len(running)} 个，有 {len(running)} 个到期时间会变：0 个提前，{len(running)} 个推后" in said
    )
    far = text(supervisor.post(preview, sent | {"since": "2030-01-07", "until": "2030-01-07"}))
    assert "到期时间都不变" in far
    week = reverse("settings_calendar", args=[office.id])
    form = shown_form(supervisor, week) | {"days-TOTAL_FORMS": "0", "days-INITIAL_FORMS": "0"}
    due = {day.weekday() for day in days}
    form |= {f"hours_{name}": "" if day in due else "09:00-18:00" for day, name in enumerate(WEEKDAYS)}
    said = text(supervisor.post(reverse("settings_calendar_preview", args=[office.id]), form))
    assert f"有 {len(running)} 个到期时间会变" in said, "none is due on a day that stays open"
    refused = text(supervisor.post(preview, sent | {"since": "never"}))
    assert "请先填写日期" in refused
    assert not CalendarException.objects.exists(), "a look saves nothing"


def test_what_moves_after_saving_is_what_the_preview_had_said_and_progress_shows(company, supervisor, office):
    write_in(company)
    run_jobs()
    rows = {row.id: row.due_at for row in Deadline.objects.filter(calendar_id=office.id, state="running")}
    first = min((due + timedelta(hours=8)).date() for due in rows.values())
    sent = {"version": office.version, "since": first.isoformat(), "until": "", "what": "closed", "label": "停电"}
    said = text(supervisor.post(reverse("settings_calendar_days_preview", args=[office.id]), sent))
    moving = int(re.search(r"有 (\d+) 个到期时间会变", said)[1])
    assert moving
    assert change(supervisor, office, since=first.isoformat(), label="停电").status_code == 302
    run_jobs()
    moved = sum(Deadline.objects.get(id=id).due_at != due for id, due in rows.items())
    assert moved == moving
    recount = Recount.objects.filter(cause="calendar", about=str(office.id)).latest("began_at")
    assert (recount.looked, recount.moved) == (len(rows), moving)
    assert f"已重新计算 {len(rows)} 个未完成的时限，其中 {moving} 个到期时间有变" in text(supervisor.get(url(office)))


def test_a_recount_that_goes_on_shows_how_far_it_is_and_asks_again(supervisor, office):
    row = Recount.objects.create(
        cause="calendar", about=str(office.id), began_at=house_clock.now(), total=1000, looked=400, moved=7
    )
    page = supervisor.get(url(office))
    assert "正在重新计算未完成的时限：400／1000，其中 7 个到期时间有变" in text(page)
    part = reverse("settings_recount", args=[row.id])
    assert f'hx-get="{part}"' in page.content.decode()
    assert "400／1000" in text(supervisor.get(part))
    row.ended_at, row.looked = datetime(2026, 11, 22, tzinfo=UTC), 1000
    row.save()
    assert "已重新计算 1000 个" in text(supervisor.get(part)) and "hx-get" not in supervisor.get(part).content.decode()


def official_file(year: int = 2027) -> SimpleUploadedFile:
    days = [
        {"name": "元旦", "date": f"{year}-01-01", "isOffDay": True},
        {"name": "春节", "date": f"{year}-02-06", "isOffDay": True},
        {"name": "春节", "date": f"{year}-02-20", "isOffDay": False},
        {"name": "劳动节", "date": f"{year}-05-01", "isOffDay": True},
        {"name": "国庆节", "date": f"{year}-10-01", "isOffDay": True},
    ]
    return SimpleUploadedFile(f"{year}.json", json.dumps({"year": year, "days": days}).encode())


def test_a_years_file_is_taken_over_and_the_year_is_no_longer_provisional(supervisor, office):
    assert "暂定" in text(supervisor.get(url(office, 2027)))
    answer = supervisor.post(reverse("settings_official_file"), {"file": official_file()}, follow=True)
    assert "2027 年 5 天" in answer.content.decode()
    assert 2027 in published_years()
    assert "暂定：" not in text(supervisor.get(url(office, 2027)))
    year = kinds(supervisor, office, 2027)
    assert year[date(2027, 2, 20)] == ("make_up", "春节", "09:00–18:00")
    assert year[date(2027, 1, 1)][0] == "holiday"
    assert calendar_of(office.id).is_working_day(date(2027, 2, 20))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "文件"),
        (b"hello", "不是一整年的放假安排"),
        (b'{"year": 2027, "days": []}', "尚未公布"),
        (b'{"year": 2027, "days": [{"name": "x", "date": "2027-13-01", "isOffDay": true}]}', "days[0].date"),
        ("放假".encode("gbk"), "不是 UTF-8"),
        (b"{" * 1_100_000, "文件太大"),
    ],
)
def test_a_file_that_is_no_years_table_is_refused_in_words(content, said, supervisor):
    before = OfficialDay.objects.count()
    answer = supervisor.post(reverse("settings_official_file"), {"file": SimpleUploadedFile("x.json", content)})
    assert answer.status_code == 422
    assert said in text(answer)
    assert OfficialDay.objects.count() == before


def test_the_year_shows_festivals_in_the_viewers_language_and_own_days(supervisor, office):
    change(supervisor, office, since="2026-12-24", label="司庆")
    page = supervisor.get(url(office))
    assert "重阳节" in text(page) and "data-own" in page.content.decode()
    assert date(2026, 12, 24) in page.context["own"]


def test_who_has_no_right_changes_no_day(company, office):
    agent = logged_in(company.agent)
    assert agent.get(url(office)).status_code == 403
    assert change(agent, office, since="2026-12-24").status_code == 403
    for name, args in (
        ("settings_official_file", []), ("settings_calendar_preview", [office.id]),
        ("settings_calendar_days_preview", [office.id]),
    ):  # fmt: skip
        assert agent.post(reverse(name, args=args)).status_code == 403
    assert agent.get(reverse("settings_recount", args=[office.id])).status_code == 403


def test_the_list_tells_the_week_and_who_uses_it(supervisor, office):
    page = text(supervisor.get(reverse("settings_calendars")))
    assert "周一至周五 09:00–18:00" in page and "客服一组、技术支持" in page
    office.hours = {"mon": [["09:00", "12:00"], ["13:00", "18:00"]], "fri": [["22:00", "30:00"]]}
    office.save()
    assert "周一 09:00–12:00 13:00–18:00；周五 22:00–次日 06:00" in text(supervisor.get(reverse("settings_calendars")))
