"""The settings pages: whom they open to, and that each edit arrives and stale ones do not."""

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from tests.story import Company, make_company
from yinuo.calendars.models import BusinessCalendar, CalendarException, OfficialDay
from yinuo.catalog.models import Category, Product, Scenario
from yinuo.catalog.services import save_product
from yinuo.channels.models import BlockedSender, Mailbox
from yinuo.channels.services.mailboxes import save_mailbox
from yinuo.foundation.actors import Actor
from yinuo.foundation.clock import now
from yinuo.foundation.models import HistoryRow
from yinuo.staff.models import Account, Department, Role, Skill, Team
from yinuo.staff.models import Company as Firm
from yinuo.staff.services import change_account, save_structure

pytestmark = pytest.mark.django_db
BY = Actor.system("test")
LISTS = [
    "settings_company", "settings_accounts", "settings_departments", "settings_teams", "settings_skills",
    "settings_roles", "settings_scenarios", "settings_categories", "settings_products", "settings_calendars",
    "settings_mailboxes", "settings_blocked",
]  # fmt: skip
NEW = [
    "settings_account_new", "settings_department_new", "settings_team_new", "settings_skill_new", "settings_role_new",
    "settings_category_new", "settings_product_new", "settings_calendar_new", "settings_mailbox_new",
]  # fmt: skip


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def admin(company: Company) -> Client:
    return logged_in(company.administrator)


def logged_in(account: Account) -> Client:
    client = Client()
    client.force_login(account, backend="yinuo.staff.login.AuthenticationBackend")
    return client


def shown_form(client: Client, url: str) -> dict[str, object]:
    """What a browser would send if the form of the page were submitted as it is."""
    form = client.get(url).context["form"]
    values: dict[str, object] = {}
    for bound in form:
        value = bound.value()
        if value is True:
            values[bound.html_name] = "on"
        elif value is not None and value is not False:
            shown = bound.field.prepare_value(value)
            values[bound.html_name] = shown if isinstance(shown, list) else str(shown)
    return values


@pytest.mark.parametrize("name", LISTS + NEW)
def test_each_page_opens_to_the_administrator_and_to_no_agent(name, company, admin):
    assert admin.get(reverse(name)).status_code == 200
    assert logged_in(company.agent).get(reverse(name)).status_code == 403


@pytest.mark.parametrize("name", LISTS)
def test_who_is_not_logged_in_is_led_to_the_log_in_and_back(name, company):
    answer = Client().get(reverse(name))
    assert answer.status_code == 302
    assert answer["Location"] == f"/accounts/login/?next={reverse(name).replace('/', '%2F')}"


def test_a_part_asked_for_without_log_in_gets_a_sentence_and_no_page(company):
    answer = Client().get(reverse("settings_accounts"), headers={"HX-Request": "true"})
    assert (answer.status_code, answer["X-Error-Code"]) == (401, "log_in")


def test_the_list_at_the_left_shows_only_what_the_viewer_may_edit(company):
    role = save_structure(
        model=Role, id=None, code="keeper", name="日历员", rights=["edit_calendars"], by=BY, now=now()
    )
    change_account(account=company.agent, version=company.agent.version, roles=[role], by=BY, now=now())
    client = logged_in(company.agent)
    assert client.get(reverse("settings"))["Location"] == reverse("settings_calendars")
    page = client.get(reverse("settings_calendars")).content.decode()
    assert reverse("settings_accounts") not in page
    assert client.get(reverse("settings_accounts")).status_code == 403


def test_few_places_stand_beside_each_other_on_phones_and_nothing_under_more(company, admin):
    few = admin.get("/settings/company").content.decode()
    assert '<li class=" wide-only"' not in few and "more-menu" not in few
    many = logged_in(company.supervisor).get("/customers").content.decode()
    assert '<li class=" wide-only"' in many and many.count("more-menu") == 2


def test_a_new_account_gets_a_temporary_password_that_is_shown_once_and_works(company, admin):
    url = reverse("settings_account_new")
    form = shown_form(admin, url) | {
        "username": "qian", "name": "钱多", "email": "qian@example.com", "capacity": "15", "language": "zh-hans",
        "roles": [str(Role.objects.get(code="agent").id)], "teams": [str(company.first_line.id)],
        "leads": [str(company.technical.id)], "languages": ["zh", "en"],
    }  # fmt: skip
    answer = admin.post(url, form)
    password = answer.context["password"]
    assert re.fullmatch(r"[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}", password)
    assert password in answer.content.decode()
    made = Account.objects.get(username="qian")
    assert made.check_password(password)
    assert made.must_change_password
    assert (made.email, made.capacity, made.languages) == ("qian@example.com", 15, ["zh", "en"])
    leads = dict(made.memberships.values_list("team__code", "is_lead"))
    assert leads == {"service": False, "technical": True}
    assert password not in admin.get(reverse("settings_account", args=[made.id])).content.decode()


def test_a_taken_log_in_name_and_a_taken_address_are_said_at_their_fields(company, admin):
    url = reverse("settings_account_new")
    role = str(Role.objects.get(code="agent").id)
    form = {"username": "LIN", "name": "林", "capacity": "5", "language": "zh-hans", "roles": [role], "email": ""}
    assert "username" in admin.post(url, form).context["form"].errors
    change_account(account=company.agent, version=company.agent.version, email="a@example.com", by=BY, now=now())
    answer = admin.post(url, form | {"username": "lin2", "email": "A@example.com"})
    assert answer.status_code == 409
    assert "email" in answer.context["form"].errors
    assert not Account.objects.filter(username="lin2").exists()


def test_an_account_edit_arrives_and_a_stale_one_does_not(company, admin):
    url = reverse("settings_account", args=[company.agent.id])
    form = shown_form(admin, url)
    assert form["roles"] == [str(Role.objects.get(code="agent").id)]
    assert admin.post(url, form | {"name": "林小溪", "capacity": "7"}).status_code == 302
    company.agent.refresh_from_db()
    assert (company.agent.name, company.agent.capacity) == ("林小溪", 7)
    stale = admin.post(url, form | {"name": "别人改的"})
    assert stale.status_code == 409
    company.agent.refresh_from_db()
    assert company.agent.name == "林小溪"
    again = {**form, "name": "别人改的", "version": stale.context["form"]["version"].value()}
    assert admin.post(url, again).status_code == 302, "what was typed stays and can be saved knowingly"
    company.agent.refresh_from_db()
    assert company.agent.name == "别人改的"


def test_nobody_can_take_staff_rights_from_the_last_administrator(company, admin):
    url = reverse("settings_account", args=[company.administrator.id])
    form = shown_form(admin, url) | {"roles": [str(Role.objects.get(code="agent").id)]}
    assert admin.post(url, form).status_code == 409
    assert company.administrator.roles.get().code == "administrator"
    off = admin.post(
        reverse("settings_account_switch", args=[company.administrator.id]),
        {"version": company.administrator.version, "active": "0"},
    )
    assert off.status_code == 409
    company.administrator.refresh_from_db()
    assert company.administrator.is_active


def test_switching_an_account_off_ends_its_session_and_on_lets_it_in_again(company, admin):
    client = logged_in(company.agent)
    assert client.get(reverse("me")).status_code == 200
    switch = reverse("settings_account_switch", args=[company.agent.id])
    assert admin.post(switch, {"version": company.agent.version, "active": "0"}).status_code == 302
    assert client.get(reverse("me")).status_code == 302
    company.agent.refresh_from_db()
    assert admin.post(switch, {"version": company.agent.version, "active": "1"}).status_code == 302
    company.agent.refresh_from_db()
    assert company.agent.is_active


def test_a_reset_password_is_shown_once_ends_sessions_and_must_be_changed(company, admin):
    client = logged_in(company.agent)
    answer = admin.post(reverse("settings_account_password", args=[company.agent.id]))
    company.agent.refresh_from_db()
    assert company.agent.check_password(answer.context["password"])
    assert company.agent.must_change_password
    assert client.get(reverse("me")).status_code == 302


def test_accounts_are_found_by_part_of_name_log_in_name_and_number(company, admin):
    def names(query: str) -> list[str]:
        return [
            row["account"].username for row in admin.get(reverse("settings_accounts"), {"q": query}).context["rows"]
        ]

    assert names("小满") == ["lin"]
    assert names("WU") == ["wu"]
    assert names("没有这个人") == []


CASES = {
    "settings_department": (
        "departments", lambda c: Department.objects.get(code="service"), {"name": "客户服务中心"}, {"name": "别的"},
    ),
    "settings_team": ("teams", lambda c: c.technical, {"name": "技术二线"}, {"name": "别的"}),
    "settings_category": (
        "categories", lambda c: Category.objects.get(code="function_fault"), {"keywords": "不出水,漏水、响"},
        {"name": "别的"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_each_part_of_the_structure_round_trips_and_refuses_a_stale_version(name, company, admin):
    _key, find, change, other = CASES[name]
    row = find(company)
    url = reverse(name, args=[row.id])
    form = shown_form(admin, url)
    unchanged = admin.post(url, form)
    assert unchanged.status_code == 302, unchanged.context and unchanged.context["form"].errors
    form = shown_form(admin, url)
    assert admin.post(url, form | change).status_code == 302
    after = shown_form(admin, url)
    for field, value in change.items():
        wanted = "不出水\n漏水\n响" if field == "keywords" else value
        assert after[field] == wanted
    same = {key: value for key, value in after.items() if key not in {*change, "version"}}
    assert same == {key: value for key, value in form.items() if key not in {*change, "version"}}
    assert admin.post(url, form | other).status_code == 409
    assert shown_form(admin, url)["name"] != "别的"


def test_a_team_keeps_its_leads_calendar_scenarios_roles_and_escalation(company, admin):
    url = reverse("settings_team", args=[company.first_line.id])
    form = shown_form(admin, url) | {
        "members": [str(company.agent.id)], "leads": [str(company.second_agent.id)], "scenarios": ["after_sales"],
        "roles": ["agent"], "escalates_to": str(company.technical.id), "tier": "2",
    }  # fmt: skip
    assert admin.post(url, form).status_code == 302
    team = Team.objects.get(id=company.first_line.id)
    assert (team.scenarios, team.roles, team.tier, team.escalates_to) == (
        ["after_sales"],
        ["agent"],
        2,
        company.technical,
    )
    assert dict(team.members.values_list("account_id", "is_lead")) == {
        company.agent.id: False,
        company.second_agent.id: True,
    }


def test_skills_are_made_given_and_removed_only_when_unused(company, admin):
    assert admin.post(reverse("settings_skill_new"), {"name": "英语", "code": "english"}).status_code == 302
    skill = Skill.objects.get(code="english")
    assert admin.post(reverse("settings_skill_new"), {"name": "英语二", "code": "english"}).status_code == 409
    company.agent.skills.add(skill)
    assert admin.post(reverse("settings_skill_remove", args=[skill.id])).status_code == 409
    company.agent.skills.clear()
    assert admin.post(reverse("settings_skill_remove", args=[skill.id])).status_code == 302
    assert not Skill.objects.filter(code="english").exists()


def test_the_table_of_rights_saves_all_roles_and_refuses_a_stale_one(company, admin):
    def sent(**changed: list[str]) -> dict[str, object]:
        form: dict[str, object] = {}
        for role in Role.objects.all():
            form[f"version-{role.id}"] = role.version
            form[f"role-{role.id}"] = changed.get(role.code, role.rights)
        return form

    url = reverse("settings_roles")
    stale = sent(agent=["work_tickets"])
    assert admin.post(url, sent(agent=["work_tickets", "see_personal", "no_such_right"])).status_code == 302
    assert Role.objects.get(code="agent").rights == ["see_personal", "work_tickets"]
    assert admin.post(url, stale).status_code == 409
    assert Role.objects.get(code="agent").rights == ["see_personal", "work_tickets"]
    assert admin.post(url, sent(administrator=["see_jobs"])).status_code == 409, "somebody must keep the staff right"
    assert "edit_staff" in Role.objects.get(code="administrator").rights


def test_a_scenario_keeps_its_prefix_to_itself(company, admin):
    url = reverse("settings_scenario", args=["after_sales"])
    form = shown_form(admin, url)
    assert admin.post(url, form | {"prefix": "TS"}).status_code == 409
    assert admin.post(url, form | {"prefix": "Q"}).status_code == 422
    assert admin.post(url, form | {"prefix": "AS"}).status_code == 302
    assert Scenario.objects.get(code="after_sales").prefix == "AS"
    assert admin.post(url, form | {"prefix": "AB"}).status_code == 409


def test_categories_move_among_their_own_and_never_below_themselves(company, admin):
    tops = list(Category.objects.filter(parent=None).order_by("position", "code"))
    admin.post(reverse("settings_category_move", args=[tops[1].id]), {"up": "1"})
    assert [row.id for row in Category.objects.filter(parent=None).order_by("position", "code")][:2] == [
        tops[1].id, tops[0].id,
    ]  # fmt: skip
    below = Category.objects.filter(parent__isnull=False).first()
    above = below.parent
    url = reverse("settings_category", args=[above.id])
    answer = admin.post(url, shown_form(admin, url) | {"parent": str(below.id)})
    assert answer.status_code == 409
    assert "parent" in answer.context["form"].errors


def test_products_are_made_found_and_switched_off(company, admin):
    form = {"name": "净水器", "code": "cc-800g", "model": "CC-800G", "brand": "澄川", "active": "on"}
    assert admin.post(reverse("settings_product_new"), form).status_code == 302
    product = Product.objects.get(code="cc-800g")
    rows = admin.get(reverse("settings_products"), {"q": "800"}).context["rows"]
    assert [row.code for row in rows] == ["cc-800g"]
    url = reverse("settings_product", args=[product.id])
    seen = shown_form(admin, url)
    save_product(id=product.id, name="净水机", by=BY, now=now())
    assert admin.post(url, seen | {"name": "旧名"}).status_code == 409
    after = shown_form(admin, url)
    after.pop("active")
    assert admin.post(url, after).status_code == 302
    product.refresh_from_db()
    assert (product.name, product.active) == ("净水机", False)


def test_a_calendar_takes_spans_as_people_write_them_and_dates_that_differ(company, admin):
    calendar = BusinessCalendar.objects.get(code="office")
    url = reverse("settings_calendar", args=[calendar.id])
    form = shown_form(admin, url)
    assert form["hours_mon"] == "09:00-18:00"
    form |= {
        "hours_mon": "9:00—12:00，13：00至18：00", "hours_fri": "22:00-06:00", "hours_sat": "",
        "days-TOTAL_FORMS": "2", "days-INITIAL_FORMS": "0", "days-0-on": "2026-12-24", "days-0-spans": "09:00-12:00",
        "days-0-label": "提前下班", "days-1-on": "", "days-1-spans": "", "days-1-label": "",
    }  # fmt: skip
    answer = admin.post(url, form)
    assert answer.status_code == 302, answer.context["form"].errors
    calendar.refresh_from_db()
    assert calendar.hours["mon"] == [["09:00", "12:00"], ["13:00", "18:00"]]
    assert calendar.hours["fri"] == [["22:00", "30:00"]]
    exception = CalendarException.objects.get(calendar=calendar)
    assert (exception.on, exception.spans, exception.name) == (date(2026, 12, 24), [["09:00", "12:00"]], "提前下班")
    assert admin.post(url, form).status_code == 409
    wrong = shown_form(admin, url) | {"hours_tue": "九点到六点", "days-TOTAL_FORMS": "0", "days-INITIAL_FORMS": "0"}
    refused = admin.post(url, wrong)
    assert refused.status_code == 422
    assert "hours_tue" in refused.context["form"].errors


def test_a_calendar_that_never_opens_is_refused_in_words(company, admin):
    form = {
        "name": "从不", "code": "never", "zone": "Asia/Shanghai", "days-TOTAL_FORMS": "0", "days-INITIAL_FORMS": "0",
    }  # fmt: skip
    answer = admin.post(reverse("settings_calendar_new"), form)
    assert answer.status_code == 422
    assert not BusinessCalendar.objects.filter(code="never").exists()


def test_the_year_shows_holidays_and_make_up_days_by_name(company, admin):
    calendar = BusinessCalendar.objects.get(code="office")
    answer = admin.get(reverse("settings_calendar_year", args=[calendar.id, 2025]))
    kinds = {
        day.on: (day.kind, day.name)
        for month in answer.context["months"] for week in month.weeks for day in week if day
    }  # fmt: skip
    assert len(kinds) == 365
    assert kinds[date(2025, 10, 1)][0] == "holiday"
    assert kinds[date(2025, 9, 28)][0] == "make_up"
    assert kinds[date(2025, 3, 3)] == ("working", "")
    assert answer.context["working"] == 248
    assert "国庆节" in answer.content.decode()


def test_official_days_are_taken_over_and_an_unpublished_year_is_refused(company, admin):
    OfficialDay.objects.filter(on__year=2024).delete()
    assert admin.post(reverse("settings_official_days"), {"year": "2024"}).status_code == 302
    assert OfficialDay.objects.filter(on__year=2024, is_working=False).count() > 20
    assert admin.post(reverse("settings_official_days"), {"year": "2090"}).status_code == 422


def test_a_mailbox_round_trips_and_its_password_never_comes_back(company, admin):
    url = reverse("settings_mailbox_new")
    form = shown_form(admin, url) | {
        "address": "Service@Example.com", "sender_name": "一诺客服", "team": str(company.first_line.id), "way": "own",
        "imap_host": "imap.example.com", "smtp_host": "smtp.example.com", "username": "service",
        "password": "s3cret-pw",
    }  # fmt: skip
    assert admin.post(url, form).status_code == 302
    box = Mailbox.objects.get(address="service@example.com")
    assert (box.password, box.imap_port, box.smtp_port, box.imap_folder) == ("s3cret-pw", 993, 465, "INBOX")
    url = reverse("settings_mailbox", args=[box.id])
    assert "s3cret-pw" not in admin.get(url).content.decode()
    seen = shown_form(admin, url)
    assert admin.post(url, seen | {"signature": "一诺电器客服部"}).status_code == 302
    box.refresh_from_db()
    assert (box.signature, box.password) == ("一诺电器客服部", "s3cret-pw"), "an empty password keeps the old one"
    assert admin.post(url, seen | {"signature": "旧"}).status_code == 409
    assert "s3cret-pw" not in str(list(HistoryRow.objects.filter(subject_id=box.id).values_list("values", "personal")))


def test_another_server_starts_counting_mails_anew_and_forgets_the_failure(company, admin):
    box = save_mailbox(
        id=None, version=None, address="a@example.com", team=company.first_line, imap_host="one.example.com",
        smtp_host="one.example.com", username="a", password="p", by=BY, now=now(),
    )  # fmt: skip
    Mailbox.objects.filter(id=box.id).update(last_uid=44, uid_validity=7, failing_since=now(), failure="log_in")
    url = reverse("settings_mailbox", args=[box.id])
    assert admin.post(url, shown_form(admin, url) | {"signature": "x"}).status_code == 302
    box.refresh_from_db()
    assert (box.last_uid, box.failing_since) == (44, None)
    assert admin.post(url, shown_form(admin, url) | {"imap_host": "two.example.com"}).status_code == 302
    box.refresh_from_db()
    assert (box.last_uid, box.uid_validity) == (0, None)


def test_a_failing_mailbox_is_told_on_every_page_with_the_reason(company, admin):
    box = save_mailbox(id=None, version=None, address="a@example.com", team=company.first_line, by=BY, now=now())
    Mailbox.objects.filter(id=box.id).update(failing_since=now(), failure="log_in")
    banner = admin.get(reverse("me")).context["shell"].banners[0]
    assert "a@example.com" in banner.text
    assert banner.link.url == reverse("settings_mailbox", args=[box.id])
    to_agent = logged_in(company.agent).get(reverse("me")).context["shell"].banners[0]
    assert (to_agent.text, to_agent.link) == (banner.text, None)


def test_trying_a_mailbox_says_what_is_wrong_and_saves_nothing(company, admin):
    form = {
        "address": "a@example.com", "way": "own", "imap_host": "no-such-host.invalid", "imap_port": "993",
        "imap_security": "tls", "smtp_host": "127.0.0.1", "smtp_port": "1", "smtp_security": "none",
        "username": "a", "password": "b", "team": str(company.first_line.id),
    }  # fmt: skip
    answer = admin.post(reverse("settings_mailbox_try_new"), form)
    codes = [finding.code for finding in answer.context["result"].findings]
    assert codes == ["host_unknown", "refused"]
    assert not Mailbox.objects.exists()


def test_senders_are_blocked_by_address_or_domain_and_let_go(company, admin):
    url = reverse("settings_blocked")
    assert admin.post(url, {"sender": "nonsense"}).status_code == 422
    assert admin.post(url, {"sender": " Ads@Spam.example.com "}).status_code == 302
    assert admin.post(url, {"sender": "@spam.example.com"}).status_code == 302
    assert admin.post(url, {"sender": "ads@spam.example.com"}).status_code == 302
    assert sorted(row.shown for row in BlockedSender.objects.all()) == ["@spam.example.com", "ads@spam.example.com"]
    for row in BlockedSender.objects.all():
        assert admin.post(reverse("settings_unblock", args=[row.id])).status_code == 302
    assert not BlockedSender.objects.exists()


def test_company_name_and_hotline_change_under_guard(company, admin):
    url = reverse("settings_company")
    form = shown_form(admin, url)
    assert admin.post(url, form | {"hotline": "400-111-2222"}).status_code == 302
    assert Firm.objects.get().hotline == "400-111-2222"
    assert admin.post(url, form | {"hotline": "1"}).status_code == 409
    assert Firm.objects.get().hotline == "400-111-2222"


def test_own_settings_arrive_and_change_the_language_of_the_page(company):
    client = logged_in(company.agent)
    form = shown_form(client, reverse("me")) | {"language": "en", "theme": "dark", "signature": "Lin", "name": "Lin"}
    form.pop("mail_notices", None)
    answer = client.post(reverse("me"), form)
    assert answer.status_code == 302
    assert answer.cookies["yinuo_theme"].value == "dark"
    company.agent.refresh_from_db()
    assert (company.agent.language, company.agent.signature, company.agent.mail_notices) == ("en", "Lin", False)
    assert "My settings" in client.get(reverse("me")).content.decode()


def test_presence_is_switched_and_nonsense_refused(company):
    client = logged_in(company.agent)
    assert client.post(reverse("me_presence"), {"presence": "away", "next": "/me"})["Location"] == "/me"
    company.agent.refresh_from_db()
    assert company.agent.presence == "away"
    assert client.post(reverse("me_presence"), {"presence": "asleep"}).status_code == 422
    assert client.post(reverse("me_presence"), {"presence": "busy", "next": "//evil.example"})["Location"] == "/"


def test_the_language_switch_serves_strangers_by_cookie_and_accounts_for_good(company):
    stranger = Client()
    stranger.post(reverse("language"), {"language": "en", "next": "/accounts/login/"})
    assert "Log in to Yinuo" in stranger.get("/accounts/login/").content.decode()
    client = logged_in(company.agent)
    client.post(reverse("language"), {"language": "en"})
    company.agent.refresh_from_db()
    assert company.agent.language == "en"
    client.post(reverse("language"), {"language": "xx"})
    company.agent.refresh_from_db()
    assert company.agent.language == "en"
