"""Health, readiness, metrics, stream tokens, the failed-jobs page."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils.crypto import get_random_string

from tests.story import Company, make_company, write_in
from tests.web.desk import HTMX, client_of
from yinuo.foundation import clock as now_clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.heartbeat import beat
from yinuo.foundation.jobs import QUEUES, job, later
from yinuo.foundation.live_tokens import (
    RENEWABLE,
    account_holder,
    link_holder,
    mint,
    read_token,
    session_holder,
)
from yinuo.foundation.models import HistoryRow, JobFailure, StreamEnd
from yinuo.foundation.work import work
from yinuo.staff.models import Account
from yinuo.staff.services import change_account, set_password
from yinuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db
BY = Actor.system("test")
FROM_OUTSIDE = {"HTTP_X_FORWARDED_FOR": "203.0.113.7", "HTTP_X_REAL_IP": "203.0.113.7"}
BY_FRONT_FROM_HERE = {"HTTP_X_FORWARDED_FOR": "127.0.0.1", "HTTP_X_REAL_IP": "127.0.0.1", "REMOTE_ADDR": ""}


@pytest.fixture
def company() -> Company:
    return make_company()


@job(queue="soon")
def polish(*, plate: str) -> None:
    """Never run: its row is what the tests look at."""


def fail_a_job(plate: str = "seven", error: str = "ValueError: no cloth\n  in line 3") -> int:
    with work():
        later(polish, plate=plate)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'failed', attempts = 9 WHERE id = (SELECT max(id) FROM "
            "procrastinate_jobs) RETURNING id"
        )
        (job_id,) = cursor.fetchone()
    JobFailure.objects.create(job_id=job_id, error=error, failed_at=now_clock.now())
    return job_id


# -- health --------------------------------------------------------------------------------------------------------


def test_the_process_answers_without_asking_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/healthz").content == b"ok\n"


def test_ready_tells_details_on_this_machine_only(client, company):
    beat("alarm", now_clock.now())
    here = client.get("/readyz")
    assert here.status_code == 200
    report = here.json()
    assert report["ready"] and report["migrations_open"] == 0
    assert report["seconds_since"]["alarm"] < 60
    assert set(report["queues"]) == set(QUEUES)
    assert client.get("/readyz", **FROM_OUTSIDE).json() == {"ready": True}


def test_an_unapplied_migration_is_not_ready(client, monkeypatch):
    monkeypatch.setattr("yinuo.web.health._applied", False)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE id = (SELECT max(id) FROM django_migrations WHERE app = 'foundation')"
        )
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "migrations_open": 1}


@pytest.mark.parametrize(
    ("meta", "status"),
    [
        ({}, 200),
        (BY_FRONT_FROM_HERE, 200),
        ({"REMOTE_ADDR": "::1"}, 200),
        (FROM_OUTSIDE, 404),
        ({"REMOTE_ADDR": "203.0.113.7"}, 404),
        ({**BY_FRONT_FROM_HERE, "HTTP_X_YINUO_RELAYED": "yes"}, 404),
        ({"HTTP_X_FORWARDED_FOR": "127.0.0.1, 203.0.113.7"}, 404),
        ({"HTTP_X_FORWARDED_FOR": "203.0.113.7, 127.0.0.1"}, 404),
        ({"HTTP_X_FORWARDED_FOR": "127.0.0.1", "HTTP_X_REAL_IP": "203.0.113.7"}, 404),
        ({"HTTP_X_FORWARDED_FOR": "localhost.example.com"}, 404),
        ({**FROM_OUTSIDE, "HTTP_AUTHORIZATION": "Bearer right token of metrics"}, 200),
        ({**FROM_OUTSIDE, "HTTP_AUTHORIZATION": "Bearer wrong"}, 404),
        ({**FROM_OUTSIDE, "HTTP_AUTHORIZATION": "Basic right token of metrics"}, 404),
    ],
)
def test_metrics_are_for_this_machine_or_with_the_token(client, settings, meta, status):
    settings.METRICS_TOKEN = "right token of metrics"
    assert client.get("/metrics", **meta).status_code == status


def test_without_a_token_set_no_token_opens_metrics(client, settings):
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", **FROM_OUTSIDE, HTTP_AUTHORIZATION="Bearer ").status_code == 404


def value_of(text: str, line: str) -> float:
    return float(next(row for row in text.splitlines() if row.startswith(line)).rsplit(" ", 1)[1])


def test_metrics_count_what_waits_what_failed_and_what_is_late(client, company, clock):
    fail_a_job()
    ticket = write_in(company)
    text = client.get("/metrics").content.decode()
    assert value_of(text, 'yinuo_jobs_failed{queue="soon"}') == 1
    assert value_of(text, 'yinuo_jobs_waiting{queue="facts"}') >= 1, "what is to follow from the ticket"
    assert value_of(text, "yinuo_deadlines_overdue") == 0
    assert value_of(text, "yinuo_history_unsealed_seconds") < 60
    clock(timedelta(days=30))
    text = client.get("/metrics").content.decode()
    assert value_of(text, "yinuo_deadlines_overdue") >= 1
    assert value_of(text, "yinuo_history_unsealed_seconds") > 2_000_000
    assert ticket.number not in text


def test_metrics_count_requests_by_pattern_and_never_by_address(client, company):
    counted = 'yinuo_request_seconds_count{method="GET",route="readyz",status="2xx"}'
    client.get("/readyz")
    before = value_of(client.get("/metrics").content.decode(), counted)
    client.get("/readyz")
    client.get("/t/SH202611210001/a-secret-link")
    text = client.get("/metrics").content.decode()
    assert value_of(text, counted) == before + 1
    assert "a-secret-link" not in text and "SH202611210001" not in text


# -- stream tokens -------------------------------------------------------------------------------------------------


def topics(token: str) -> set[str]:
    return set(read_token(token, now_clock.now()).topics)


def own_topics(account: Account) -> set[str]:
    return {
        f"account:{account.id}",
        *(f"team:{team}" for team in account.memberships.values_list("team_id", flat=True)),
    }


def test_a_token_has_the_accounts_own_topics_and_what_it_may_see(company):
    ticket = write_in(company)
    agent = client_of(company.agent)
    answer = agent.get("/events/token", {"topic": [f"ticket:{ticket.id}", f"team:{company.technical.id}", "jobs"]})
    assert answer.status_code == 200
    assert topics(answer.json()["token"]) == own_topics(company.agent) | {f"ticket:{ticket.id}", "jobs"}
    assert f"team:{company.technical.id}" not in own_topics(company.agent), "a team of others was asked for"


def test_a_ticket_that_the_account_may_not_see_is_left_out(company):
    ticket = write_in(company)
    technician = client_of(company.technician)
    answer = technician.get("/events/token", {"topic": f"ticket:{ticket.id}"})
    assert f"ticket:{ticket.id}" not in topics(answer.json()["token"])


def test_a_renewed_token_has_lost_what_may_no_longer_be_seen(company):
    ticket = write_in(company)
    agent = client_of(company.agent)
    old = agent.get("/events/token", {"topic": f"ticket:{ticket.id}"}).json()["token"]
    fresh = agent.post("/events/token", {"token": old}).json()["token"]
    assert (topics(fresh) == topics(old) and fresh != old) or topics(fresh) == topics(old)
    Ticket.objects.filter(id=ticket.id).update(team=company.technical, owner=None)
    assert f"ticket:{ticket.id}" not in topics(agent.post("/events/token", {"token": old}).json()["token"])


def test_a_token_is_renewed_for_its_own_account_and_session_only(company):
    agent, other = client_of(company.agent), client_of(company.second_agent)
    old = agent.get("/events/token").json()["token"]
    assert other.post("/events/token", {"token": old}).status_code == 401
    assert Client().post("/events/token", {"token": old}).status_code == 401
    assert agent.post("/events/token", {"token": old[:-3] + "abc"}).status_code == 403
    stale = mint(
        holders=[account_holder(company.agent.id)], topics=[], now=now_clock.now() - RENEWABLE - timedelta(seconds=1)
    )
    assert agent.post("/events/token", {"token": stale}).status_code == 403


def test_a_customers_token_hears_one_ticket_and_ends_with_its_link(company):
    ticket = write_in(company)
    holder = link_holder(bytes(ticket.link_hash))
    old = mint(holders=[holder], topics=[f"ticket:{ticket.id}"], now=now_clock.now())
    fresh = Client().post("/events/token", {"token": old})
    assert topics(fresh.json()["token"]) == {f"ticket:{ticket.id}"}
    Ticket.objects.filter(id=ticket.id).update(link_expires_at=now_clock.now())
    assert Client().post("/events/token", {"token": old}).status_code == 401


def test_logging_out_ends_the_sessions_streams(company):
    agent = client_of(company.agent)
    key = agent.session.session_key
    agent.post("/accounts/logout/")
    assert StreamEnd.objects.filter(holder=session_holder(key)).exists()


def test_a_new_password_and_other_teams_end_the_streams_of_all_log_ins(company):
    holder = account_holder(company.agent.id)
    with work():
        set_password(
            account=company.agent, password=get_random_string(20), must_change=False, by=BY, now=now_clock.now()
        )
    assert StreamEnd.objects.filter(holder=holder).count() == 1
    StreamEnd.objects.all().delete()
    with work():
        change_account(
            account=company.agent, version=company.agent.version, teams={}, by=BY, now=now_clock.now()
        )  # fmt: skip
    assert StreamEnd.objects.filter(holder=holder).count() == 1


# -- failed jobs ---------------------------------------------------------------------------------------------------


def test_the_page_lists_a_failed_job_with_the_first_line_of_its_error(company):
    fail_a_job()
    page = client_of(company.administrator).get("/settings/jobs")
    text = page.content.decode()
    assert page.status_code == 200
    assert polish.name in text
    assert '<nav class="rail"' in text and 'aria-current="page">失败的任务' in text, "in its frame"
    assert "plate seven" in text and "ValueError: no cloth" in text and "in line 3" not in text


def test_htmx_gets_the_list_alone(company):
    fail_a_job()
    part = client_of(company.administrator).get("/settings/jobs", headers=HTMX).content.decode()
    assert part.lstrip().startswith('<div class="stack" id="jobs"') and "no cloth" in part
    assert "<html" not in part and "<nav" not in part


def test_the_empty_page_says_so(company):
    page = client_of(company.administrator).get("/settings/jobs", headers={"Accept-Language": "zh-hans"})
    assert "没有失败的任务" in page.content.decode()


@pytest.mark.parametrize("address", ["/settings/jobs", "/settings/jobs/retry", "/settings/jobs/1/dismiss"])
def test_who_has_no_right_to_see_jobs_is_refused(company, address):
    client = client_of(company.agent)
    answer = client.get(address) if address == "/settings/jobs" else client.post(address)
    assert answer.status_code == 403


def test_a_failed_job_is_retried_from_the_page_and_recorded_with_who_did_it(company):
    job_id = fail_a_job()
    client = client_of(company.administrator)
    answer = client.post(f"/settings/jobs/{job_id}/retry")
    assert answer.status_code == 302
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text, attempts FROM procrastinate_jobs WHERE id = %s", [job_id])
        assert cursor.fetchone() == ("todo", 0)
    row = HistoryRow.objects.get(kind="foundation.FailedJobRetried")
    assert row.actor_id == company.administrator.id
    again = client.post(f"/settings/jobs/{job_id}/retry", follow=True)
    assert [str(message.level_tag) for message in again.context["messages"]][-1:] == ["warning"]


def test_all_failed_jobs_are_retried_at_once(company):
    ids = [fail_a_job("one"), fail_a_job("two")]
    client_of(company.administrator).post("/settings/jobs/retry")
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text FROM procrastinate_jobs WHERE id = ANY(%s)", [ids])
        assert cursor.fetchall() == [("todo",), ("todo",)]
    assert HistoryRow.objects.filter(kind="foundation.FailedJobRetried").count() == 2


def test_a_failed_job_is_dismissed_from_the_page(company):
    job_id = fail_a_job()
    client_of(company.administrator).post(f"/settings/jobs/{job_id}/dismiss")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE id = %s", [job_id])
        assert cursor.fetchone() == (0,)
    assert HistoryRow.objects.get(kind="foundation.FailedJobDismissed").values["job_id"] == job_id
    assert not JobFailure.objects.exists()
