"""The picture of a ticket's procedure: where it is, what is done, what was late, in words too."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.story import make_company, write_in
from tests.web.desk import HTMX, client_of, press
from tests.web.test_ticket_page import ACCEPTED
from yinuo.domain.procedure.bpmn import read_bpmn
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.procedures.passage import passages_of
from yinuo.procedures.published import definition_of
from yinuo.procedures.services import take_ticket
from yinuo.sla.models import Deadline
from yinuo.web.console.procedure_picture import shortened, wrapped

pytestmark = pytest.mark.django_db


@pytest.fixture
def company(db):
    return make_company()


@pytest.fixture
def ticket(company):
    return write_in(company)


def labels(html: str) -> list[str]:
    return re.findall(r'<g class="picture-step"[^>]*aria-label="([^"]*)"', html)


def test_the_picture_names_every_step_and_says_where_the_ticket_is(company, ticket):
    client = client_of(company.agent)
    take_ticket(ticket=ticket, account=company.agent, by=Actor.account(company.agent.id), now=clock.now())
    press(client, ticket, "accept", "accepted", **ACCEPTED)
    html = client.get(f"/tickets/{ticket.number}/picture", headers=HTMX).content.decode()
    told = labels(html)
    steps = len(definition_of(ticket.runs.get().procedure_id).steps)
    assert len(told) == steps == html.count('tabindex="0"')
    assert sum("办理中" in one for one in told) == 1
    active = re.findall(r'data-state="(\w+)"', html)
    assert active.count("active") == 1 and active.count("done") == 1
    assert html.count("data-come-here") == 1
    assert 'role="group" aria-labelledby="picture-name picture-summary"' in html
    assert "第 1 轮" in html


def test_every_role_stands_in_the_picture_and_at_its_edge(company, ticket):
    html = client_of(company.agent).get(f"/tickets/{ticket.number}/picture", headers=HTMX).content.decode()
    inside, edge = (
        re.findall(r'class="picture-role"[^>]*>([^<]+)<', part) for part in html.split('class="picture-names"')
    )
    assert inside == edge and len(set(edge)) > 1


def test_a_step_whose_promise_was_broken_is_shown_as_late(company, ticket):
    step = ticket.steps.get(state="active")
    first = Deadline.objects.filter(ticket_id=ticket.id)[:1].values("id")
    Deadline.objects.filter(id__in=first).update(
        subject_kind="step", subject_id=step.id, breached_at=clock.now() - timedelta(hours=1)
    )
    html = client_of(company.agent).get(f"/tickets/{ticket.number}/picture", headers=HTMX).content.decode()
    assert html.count("data-late") == 1 and "已超期" in html


def test_the_picture_asks_the_database_no_more_for_more_rounds(company, ticket):
    client = client_of(company.agent)
    client.get(f"/tickets/{ticket.number}/picture", headers=HTMX)
    with CaptureQueriesContext(connection) as asked:
        client.get(f"/tickets/{ticket.number}/picture", headers=HTMX)
    assert len(asked) <= 12


def test_a_stranger_sees_no_picture(company, ticket):
    assert client_of(company.technician).get(f"/tickets/{ticket.number}/picture", headers=HTMX).status_code == 404


def finished(company, ticket, took: timedelta, round: int = 1) -> None:
    """The run of a ticket whose first step took so long, ended."""
    now = clock.now()
    ticket.steps.update(state="done", started_at=now - took, done_at=now, round=round)
    ticket.runs.update(ended_at=now)


def test_the_heat_picture_shades_steps_by_their_share_of_time_and_by_repeats(company, ticket):
    boss = client_of(company.supervisor)
    assert "还没有办完的工单" in boss.get("/overview/procedures/after_sales").content.decode()
    finished(company, ticket, timedelta(hours=2))
    for number in range(2):
        again = write_in(company, address=f"li{number}@example.com", name="李四", subject="另一件")
        finished(company, again, timedelta(hours=4), round=2)
    html = boss.get("/overview/procedures/after_sales").content.decode()
    assert "最近办完的 3 件工单" in html and "4小时 · 100%" in re.sub(r"\s+小时", "小时", html)
    assert html.count('data-heat="5"') == 1
    repeats = boss.get("/overview/procedures/after_sales?by=rounds").content.decode()
    assert "2 / 3" in repeats


def test_the_heat_picture_reads_a_window_however_many_runs_have_ended(company, ticket):
    finished(company, ticket, timedelta(hours=2))
    older = write_in(company, address="li@example.com", name="李四", subject="另一件")
    finished(company, older, timedelta(hours=9))
    older.runs.update(ended_at=clock.now() - timedelta(days=1))
    passages = passages_of("after_sales", window=1)
    assert passages.runs == 1 and passages.by_step["accept"].total == timedelta(hours=2)
    assert passages_of("after_sales").runs == 2


def test_a_procedure_goes_out_as_bpmn_with_the_roles_as_this_house_calls_them(company):
    answer = client_of(company.supervisor).get("/overview/procedures/after_sales/bpmn")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="after_sales.bpmn"'
    text = answer.content.decode()
    assert 'name="客服专员"' in text and read_bpmn(text).open == ()
    assert client_of(company.agent).get("/overview/procedures/after_sales/bpmn").status_code == 403


def test_only_who_leads_a_team_sees_where_the_time_goes(company, ticket):
    assert client_of(company.agent).get("/overview/procedures/after_sales").status_code == 403
    assert (
        client_of(company.supervisor)
        .get("/overview/procedures")
        .headers["Location"]
        .startswith("/overview/procedures/")
    )
    assert client_of(company.supervisor).get("/overview/procedures/unknown").status_code == 404


def test_long_titles_break_and_end_in_an_ellipsis():
    assert wrapped("调查核实(主管)", 5) == ["调查核实", "(主管)"]
    assert wrapped("技术联系与诊断") == ["技术联系与诊断"]
    assert wrapped("服务中心审核并回复客户的意见与要求并归档到资料库里") == [
        "服务中心审核并回复客",
        "户的意见与要求并归…",
    ]
    assert wrapped("Review by the service centre and answer") == ["Review by the", "service centre and…"]
    assert shortened("已解决", 7) == "已解决"
