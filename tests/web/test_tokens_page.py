"""The settings page of interface tokens: made, shown once, listed, revoked."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tests.api.program import NEW, Program, program
from tests.story import Company, make_company
from tests.web.desk import client_of
from yinuo.foundation import clock as house_clock
from yinuo.foundation.models import HistoryRow
from yinuo.staff.models import Token
from yinuo.staff.scopes import Scope
from yinuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db
FORM = {
    "name": "网上商城", "scopes": ["tickets:create", "tickets:read"], "every_queue": "on", "lasts": "90",
    "per_minute": "600",
}  # fmt: skip


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def admin(company: Company) -> Client:
    return client_of(company.administrator)


def secret_in(page: str) -> str:
    found = re.search(r"yn_[\w-]{32}", page)
    assert found
    return found.group()


def test_a_token_is_made_shown_once_and_works(company, admin):
    answer = admin.post(reverse("settings_token_new"), FORM)
    secret = secret_in(answer.content.decode())
    token = Token.objects.get()
    assert answer["Cache-Control"] == "no-store"
    assert (token.name, token.scopes, token.every_queue, token.per_minute) == (
        "网上商城", ["tickets:create", "tickets:read"], True, 600,
    )  # fmt: skip
    assert timedelta(days=89) < token.expires_at - house_clock.now() <= timedelta(days=90)
    assert HistoryRow.objects.get(kind="staff.TokenMade").actor_id == company.administrator.id
    assert Program(token, secret).post("/tickets", NEW).status_code == 201
    listed = admin.get(reverse("settings_tokens")).content.decode()
    assert "网上商城" in listed
    assert secret[:11] in listed
    assert secret not in listed


def test_a_token_for_some_queues(company, admin):
    chosen = FORM | {"queues": [str(company.technical.id)], "lasts": "", "per_minute": ""}
    del chosen["every_queue"]
    admin.post(reverse("settings_token_new"), chosen)
    token = Token.objects.get()
    assert [team.code for team in token.queues.all()] == ["technical"]
    assert (token.every_queue, token.expires_at, token.per_minute) == (False, None, 0)


def test_what_makes_no_sense_is_told_at_its_field(admin):
    for changed, field in (
        ({"name": ""}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["all"]}, "scopes"),
        ({"every_queue": ""}, "queues"),
        ({"lasts": "9999"}, "lasts"),
        ({"per_minute": "-1"}, "per_minute"),
        ({"per_minute": "99999999999999999999"}, "per_minute"),
    ):
        answer = admin.post(reverse("settings_token_new"), FORM | changed)
        assert answer.status_code == 422, changed
        assert list(answer.context["form"].errors) == [field]
    assert Token.objects.count() == 0


def test_a_name_in_use_is_told_at_the_name(admin):
    admin.post(reverse("settings_token_new"), FORM)
    answer = admin.post(reverse("settings_token_new"), FORM)
    assert answer.status_code == 409
    assert list(answer.context["form"].errors) == ["name"]


def test_a_revoked_token_is_let_in_no_more_by_this_process_at_once(company, admin):
    erp = program()
    assert erp.get("/queues").status_code == 200
    answer = admin.post(reverse("settings_token_revoke", args=[erp.token.id]), headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == reverse("settings_tokens")
    assert erp.get("/queues").status_code == 401
    assert Token.objects.get().revoked_by == company.administrator
    assert admin.post(reverse("settings_token_revoke", args=[erp.token.id])).status_code == 409


def test_nobody_but_who_may_edit_staff_makes_or_revokes_one(company):
    erp, agent = program(), client_of(company.agent)
    assert agent.get(reverse("settings_tokens")).status_code == 403
    assert agent.post(reverse("settings_token_new"), FORM).status_code == 403
    assert agent.post(reverse("settings_token_revoke", args=[erp.token.id])).status_code == 403
    assert Token.objects.get().revoked_at is None


def test_the_ticket_page_calls_the_program_by_its_name(company):
    erp = program(Scope.CREATE_TICKETS, Scope.WRITE_TICKETS)
    Token.objects.update(name="网上商城")
    erp.post("/tickets", NEW)
    ticket = Ticket.objects.get()
    erp.post(f"/tickets/{ticket.number}/messages", {"kind": "note", "text": "备件已发"})
    page = client_of(company.agent).get(f"/tickets/{ticket.number}")
    noted = [entry for entry in page.context["messages_shown"] if entry.get("kind") == "note"]
    assert [entry["author"] for entry in noted] == ["外部程序"]
    side = client_of(company.agent).get(f"/tickets/{ticket.number}?part=side")
    assert "网上商城" in {line["by"] for line in side.context["timeline"]}
