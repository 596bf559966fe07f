"""Logging in: locked out by account and by address, second factor, forced password, demo accounts, log-out."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from axes.models import AccessAttempt
from django.conf import LazySettings
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from tests.story import PASSWORD, Company, make_company
from yinuo.foundation.actors import Actor
from yinuo.foundation.clock import now
from yinuo.foundation.models import HistoryRow
from yinuo.staff.demo import DEMO_PASSWORD
from yinuo.staff.models import Account
from yinuo.staff.models import Company as Firm
from yinuo.staff.services import set_password

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
OWN = "a-password-of-ones-own"


@pytest.fixture
def company() -> Company:
    return make_company(online=False)


def log_in(
    client: Client, name: str = "lin", password: str = PASSWORD, address: str = "10.0.0.1", **more: str
) -> HttpResponse:
    return client.post(LOGIN, {"login": name, "password": password, **more}, headers={"X-Real-IP": address})


def facts(account: Account) -> list[str]:
    rows = HistoryRow.objects.filter(subject_id=account.id).order_by("id")
    return [kind.removeprefix("staff.") for kind in rows.values_list("kind", flat=True)]


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


# --- the log-in page ---------------------------------------------------------------------------------------------


def test_the_right_password_lets_in_whatever_the_capitals_of_the_name_and_is_recorded(company):
    client = Client()
    answer = log_in(client, name="LIN", next="/me")
    assert (answer.status_code, answer["Location"]) == (302, "/me")
    assert answer.cookies["yinuo_theme"].value == "auto"
    assert client.get("/me").status_code == 200
    assert facts(company.agent)[-1] == "LoggedIn"


def test_a_wrong_password_and_an_unknown_name_get_the_same_sentence(company):
    one, other = log_in(Client(), password="wrong"), log_in(Client(), name="nobody-here", password="wrong")
    assert one.context["form"].non_field_errors() == other.context["form"].non_field_errors()
    assert len(one.context["form"].non_field_errors()) == 1


def test_nothing_of_allauth_beyond_what_is_needed_is_routed(company):
    client = Client()
    for path in ("signup/", "email/", "password/reset/", "password/set/", "confirm-email/", "login/code/confirm/"):
        assert client.get(f"/accounts/{path}").status_code == 404, path


# --- lock-out ----------------------------------------------------------------------------------------------------


def test_five_failures_lock_the_account_from_every_address_even_with_the_right_password(company):
    client = Client()
    answers = [log_in(client, password="wrong", address=f"10.0.1.{n}").status_code for n in range(5)]
    assert answers == [200, 200, 200, 200, 429]
    locked = log_in(client, address="10.9.9.9")
    assert locked.status_code == 429
    assert "15" in locked.content.decode()
    assert locked.context["minutes"] == 15
    assert client.get("/me").status_code == 302
    assert log_in(client, name="he", address="10.9.9.9").status_code == 302, "other accounts are not touched"
    assert "LogInLocked" in facts(company.agent)


def test_capitals_and_spaces_do_not_count_as_other_accounts(company):
    client = Client()
    for name in ("lin", "LIN", " lin", "Lin ", "lIN"):
        answer = log_in(client, name=name, password="wrong")
    assert answer.status_code == 429


def test_twenty_failures_lock_the_address_for_every_account(company):
    client = Client()
    for n in range(19):
        assert log_in(client, name=f"guess{n}", password="wrong", address="10.2.2.2").status_code == 200
    assert log_in(client, name="guess19", password="wrong", address="10.2.2.2").status_code == 429
    assert log_in(client, address="10.2.2.2").status_code == 429
    assert log_in(client, address="10.2.2.3").status_code == 302


def test_an_own_account_does_not_help_to_go_on_guessing_others(company):
    client = Client()
    for _ in range(4):
        log_in(client, name="he", password="wrong", address="10.3.3.3")
    assert log_in(Client(), name="lin", address="10.3.3.3").status_code == 302
    assert log_in(client, name="he", password="wrong", address="10.3.3.3").status_code == 429


def test_a_success_clears_the_own_failures(company):
    client = Client()
    for _ in range(4):
        log_in(client, password="wrong")
    assert log_in(client).status_code == 302
    assert log_in(Client(), password="wrong").status_code == 200


def test_the_lock_opens_a_quarter_of_an_hour_after_the_last_failure_not_the_last_try(company):
    client = Client()
    for _ in range(5):
        log_in(client, password="wrong")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=10, seconds=30))
    locked = log_in(client)
    assert (locked.status_code, locked.context["minutes"]) == (429, 5)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=15, seconds=1))
    assert log_in(client).status_code == 302


def test_passwords_are_not_kept_with_failed_attempts(company):
    log_in(Client(), password="nearly-my-password")
    kept = AccessAttempt.objects.get()
    assert "nearly-my-password" not in kept.post_data + kept.get_data


# --- second factor -----------------------------------------------------------------------------------------------


def switch_on(client: Client) -> str:
    """Switches the second factor on as the pages lead; gives the secret."""
    asked = client.get("/accounts/2fa/app/activate/")
    assert asked["Location"].startswith("/accounts/reauthenticate/"), "the password is asked again first"
    confirmed = client.post(asked["Location"], {"password": PASSWORD})
    assert confirmed["Location"] == "/accounts/2fa/app/activate/"
    page = client.get("/accounts/2fa/app/activate/")
    secret = page.context["form"].secret
    assert "data:image/svg+xml" in page.content.decode()
    assert secret in page.content.decode()
    answer = client.post("/accounts/2fa/app/activate/", {"code": code_of(secret)})
    assert answer["Location"] == "/accounts/2fa/recovery-codes/", answer.context and answer.context["form"].errors
    return secret


def recovery_codes(client: Client) -> list[str]:
    return client.get("/accounts/2fa/recovery-codes/").context["unused_codes"]


def test_with_a_second_factor_the_password_alone_lets_nobody_in(company, django_capture_on_commit_callbacks):
    first = Client()
    log_in(first)
    with django_capture_on_commit_callbacks(execute=True):
        secret = switch_on(first)
    assert facts(company.agent)[-1] == "SecondFactorChanged"
    client = Client()
    assert log_in(client)["Location"].startswith("/accounts/2fa/authenticate/")
    assert client.get("/me").status_code == 302
    wrong = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert wrong.context["form"].errors["code"]
    right = client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert right.status_code == 302
    assert client.get("/me").status_code == 200


def test_a_recovery_code_lets_in_once(company):
    first = Client()
    log_in(first)
    switch_on(first)
    code, *_others = recovery_codes(first)
    for wanted in (302, 200):
        client = Client()
        log_in(client)
        assert client.post("/accounts/2fa/authenticate/", {"code": code}).status_code == wanted


def test_codes_cannot_be_guessed_for_long(company):
    first = Client()
    log_in(first)
    secret = switch_on(first)
    client = Client()
    log_in(client)
    for _ in range(5):
        client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)}).status_code == 200
    assert client.get("/me").status_code == 302


def test_secrets_of_second_factors_are_encrypted_at_rest(company):
    client = Client()
    log_in(client)
    secret = switch_on(client)
    assert secret not in str(list(Authenticator.objects.values_list("data", flat=True)))


def test_the_second_factor_can_be_switched_off_again_and_codes_made_anew(company):
    client = Client()
    log_in(client)
    switch_on(client)
    before = recovery_codes(client)
    assert client.post("/accounts/2fa/recovery-codes/generate/").status_code == 302
    after = recovery_codes(client)
    assert not set(before) & set(after)
    assert client.get("/accounts/2fa/recovery-codes/download/").content.decode().split() == after
    assert client.get("/accounts/2fa/").status_code == 200
    assert client.get("/accounts/2fa/app/deactivate/").status_code == 200
    assert client.post("/accounts/2fa/app/deactivate/").status_code == 302
    assert log_in(Client())["Location"] == "/"
    assert not Authenticator.objects.exists(), "recovery codes go with it"


def test_an_administrator_removes_a_lost_second_factor(company):
    client, admin = Client(), Client()
    log_in(client)
    switch_on(client)
    log_in(admin, name="admin")
    url = f"/settings/accounts/{company.agent.id}"
    assert admin.get(url).context["second_factor"]
    assert admin.post(f"{url}/second-factor").status_code == 302
    assert log_in(Client())["Location"] == "/"
    assert facts(company.agent)[-2:] == ["SecondFactorChanged", "LoggedIn"]


# --- passwords ---------------------------------------------------------------------------------------------------


@pytest.fixture
def newcomer(company: Company) -> Client:
    set_password(account=company.agent, password=PASSWORD, must_change=True, by=Actor.system("test"), now=now())
    client = Client()
    log_in(client)
    return client


def change(client: Client, old: str, new: str, again: str | None = None) -> HttpResponse:
    return client.post("/accounts/password/change/", {"oldpassword": old, "password1": new, "password2": again or new})


def test_a_temporary_password_leads_to_the_password_page_until_it_is_replaced(newcomer, company):
    assert newcomer.get("/me")["Location"] == "/accounts/password/change/"
    assert newcomer.get("/customers")["Location"] == "/accounts/password/change/"
    part = newcomer.get("/customers", headers={"HX-Request": "true"})
    assert part["HX-Redirect"] == "/accounts/password/change/"
    assert newcomer.get("/accounts/password/change/").status_code == 200
    assert change(newcomer, PASSWORD, PASSWORD).context["form"].errors["password1"], "the same one does not count"
    assert newcomer.get("/me").status_code == 302
    assert change(newcomer, PASSWORD, OWN)["Location"] == "/me"
    assert newcomer.get("/me").status_code == 200, "the session goes on"
    company.agent.refresh_from_db()
    assert (company.agent.must_change_password, company.agent.check_password(OWN)) == (False, True)
    assert "PasswordSet" in facts(company.agent)


def test_weak_and_different_passwords_are_refused_in_words(newcomer):
    for password in ("short", "1234567890", "password123", "12345678901234"):
        assert change(newcomer, PASSWORD, password).context["form"].errors["password1"], password
    assert change(newcomer, "wrong", OWN).context["form"].errors["oldpassword"]
    assert list(change(newcomer, PASSWORD, OWN, OWN + "x").context["form"].errors) == ["password2"]


def test_who_must_change_the_password_can_still_log_out(newcomer):
    assert newcomer.post("/accounts/logout/")["Location"] == LOGIN


# --- demo accounts -----------------------------------------------------------------------------------------------


@pytest.fixture
def demo(company: Company) -> Account:
    Firm.objects.update(is_demo=True)
    set_password(account=company.agent, password=DEMO_PASSWORD, must_change=False, by=Actor.system("t"), now=now())
    Account.objects.filter(id=company.agent.id).update(is_demo=True)
    return company.agent


def test_demo_log_ins_are_shown_and_work_on_loopback(demo, settings: LazySettings):
    settings.LISTEN = "127.0.0.1"
    client = Client()
    page = client.get(LOGIN).content.decode()
    assert DEMO_PASSWORD in page
    assert 'data-fill-login="lin"' in page
    assert log_in(client, password=DEMO_PASSWORD).status_code == 302
    assert client.get("/me").status_code == 200


@pytest.mark.parametrize("listen", ["0.0.0.0", "192.0.2.7", "::", "service.example.com"])  # noqa: S104
def test_demo_log_ins_are_hidden_and_refused_where_others_can_reach_the_server(demo, settings, listen):
    settings.LISTEN = "127.0.0.1"
    before = Client()
    log_in(before, password=DEMO_PASSWORD)
    settings.LISTEN = listen
    client = Client()
    page = client.get(LOGIN).content.decode()
    assert DEMO_PASSWORD not in page
    assert "data-fill-login" not in page
    assert log_in(client, password=DEMO_PASSWORD).status_code == 403
    assert client.get("/me").status_code == 302
    assert before.get("/me").status_code == 302, "a session from before does not help"
    assert log_in(client, name="he").status_code == 302, "accounts of one's own work everywhere"


def test_a_house_without_demo_shows_no_log_ins(company, settings):
    settings.LISTEN = "127.0.0.1"
    assert "data-fill-login" not in Client().get(LOGIN).content.decode()


# --- leaving -----------------------------------------------------------------------------------------------------


def test_log_out_ends_the_session_and_is_recorded(company):
    client = Client()
    log_in(client)
    assert client.get("/accounts/logout/").status_code == 200, "a link alone logs nobody out"
    assert client.get("/me").status_code == 200
    assert client.get("/me")["Cache-Control"] == "private, no-store", "the way back shows nothing afterwards"
    assert client.post("/accounts/logout/")["Location"] == LOGIN
    assert client.get("/me").status_code == 302
    assert facts(company.agent)[-1] == "LoggedOut"


def test_a_switched_off_account_is_told_so_with_the_right_password_only(company):
    Account.objects.filter(id=company.agent.id).update(is_active=False)
    assert log_in(Client())["Location"] == "/accounts/inactive/"
    assert Client().get("/accounts/inactive/").status_code == 200
    assert log_in(Client(), password="wrong").status_code == 200


# --- error pages -------------------------------------------------------------------------------------------------


def test_an_unknown_page_is_a_friendly_404_with_the_number_of_the_request(company):
    answer = Client().get("/no/such/page")
    assert answer.status_code == 404
    assert answer["X-Request-Id"] in answer.content.decode()
    assert "<h1>" in answer.content.decode()


def test_a_form_without_its_token_is_refused_in_words(company):
    client = Client(enforce_csrf_checks=True)
    answer = client.post(LOGIN, {"login": "lin", "password": PASSWORD})
    assert answer.status_code == 403
    assert answer["X-Request-Id"] in answer.content.decode()


def test_what_breaks_shows_the_number_that_the_log_has(company):
    client = Client(raise_request_exception=False)
    log_in(client)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE mfa_authenticator")
    answer = client.get("/me")
    assert answer.status_code == 500
    assert answer["X-Request-Id"] in answer.content.decode()
    assert "mfa_authenticator" not in answer.content.decode()


@pytest.mark.parametrize(
    ("stood_on", "next_page"),
    [
        ("http://testserver/registers/order_register?team=x", "/registers/order_register?team=x"),
        ("http://elsewhere.example/", "/"),
        ("", "/"),
    ],
)
def test_a_form_sent_after_the_session_ended_leads_back_to_where_it_stood(company, client, stood_on, next_page):
    answer = client.post("/registers/order_register/export", headers={"Referer": stood_on} if stood_on else {})
    assert parse_qs(urlsplit(answer["Location"]).query)["next"] == [next_page]
