"""Sub-tasks written in the editor, tried, published, and at work on a ticket."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.story import Company, make_company, write_in
from tests.web.desk import client_of, press
from tests.web.test_procedure_pages import CODE, change, draft, step_now, text
from tests.web.test_procedure_trying import ACCEPTED, act, begun
from tests.web.test_settings_pages import logged_in
from yinuo.domain.procedure import Definition
from yinuo.domain.procedure.writing import write_yaml
from yinuo.domain.strict_yaml import parse_yaml
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.procedures.models import ProcedureDraft, ProcedureVersion, Subtask
from yinuo.procedures.services import publish_reviewed, submit_procedure
from yinuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def author(company: Company) -> Client:
    client = logged_in(company.supervisor)
    assert client.post(reverse("settings_procedure_open", args=[CODE])).status_code == 302
    return client


def written(author: Client, **more: str) -> None:
    values = {"title_zh": "查明原因", "title_en": "Find the cause", "whom": "role:technical", "accept": "taken_over",
              "limit": "subtask", "needed": "on", **more}  # fmt: skip
    answer = change(author, "settings_procedure_part_new", CODE, "handle", "tasks", **values)
    assert answer.status_code == 302, answer.context and answer.context["form"].errors


def step_page(author: Client) -> str:
    return text(author.get(reverse("settings_procedure_draft_step", args=[CODE, "handle"])))


def test_a_step_is_given_one_and_says_what_is_wrong_until_it_is_handed_out(author):
    written(author)
    assert step_now("handle")["tasks"] == [
        {
            "key": "find_the_cause", "title": {"zh": "查明原因", "en": "Find the cause"}, "role": "technical",
            "limit": "subtask", "accept": "taken_over", "needed": True,
        }
    ]  # fmt: skip
    page = step_page(author)
    for said in ("派给其他部门的子任务", "查明原因", "派给：技术", "移交后接手", "子任务办结", "这一步要等它办结",
                 "没有派出的时机"):  # fmt: skip
        assert said in page, said
    sent = change(
        author, "settings_procedure_part_new", CODE, "handle", "outcomes", label_zh="请技术查", label_en="Ask them",
        kind="save", actions_0_what="subtask:find_the_cause",
    )  # fmt: skip
    assert sent.status_code == 302
    page = step_page(author)
    assert "没有派出的时机" not in page
    assert "交给其他部门一项任务：查明原因" in page or "查明原因" in page


def test_a_role_that_no_team_takes_is_not_offered_and_a_limit_that_is_none_is_named(author):
    page = author.get(reverse("settings_procedure_part_new", args=[CODE, "handle", "tasks"]))
    offered = {value for _group, choices in page.context["form"].fields["whom"].choices if isinstance(choices, list)
               for value, _label in choices}  # fmt: skip
    assert {"role:technical", "team:technical", "team:service"} <= offered
    assert "role:director" not in offered
    written(author, at_start="on")
    ProcedureDraft.objects.filter(code=CODE).update(
        body=_with(draft().body, {"role": "director", "limit": "no_such_limit"})
    )
    page = step_page(author)
    assert "没有团队承办“总监”的事" in page
    assert "no_such_limit" in page


def _with(body, values):
    for step in body["steps"]:
        for task in step.get("tasks", ()):
            task.update(values)
    return body


def test_it_goes_out_and_in_as_a_file(author):
    written(author, at_start="on")
    definition = Definition.from_json(draft().body)
    assert Definition.from_json(parse_yaml(write_yaml(definition), "p.yaml")) == definition


def test_it_is_tried_with_its_limits_and_its_answer(author):
    written(author, at_start="on")
    page = act(author, "press:accept:accepted", begun(author).context["play"], **ACCEPTED)
    assert page.status_code == 200, page.context["error"]
    said = text(page)
    for wanted in ("子任务", "查明原因", "技术", "待接手", "这一步要等它办结"):
        assert wanted in said, wanted
    page = act(author, "press:handle:solved", page.context["play"], **{"f.solution": "换新", "f.cause": "批次"})
    assert page.status_code == 422
    assert "还没有交回结果" in text(page)
    play = page.context["play"]
    for what in ("task:accepted:1", "task:done:1"):
        page = act(author, what, play)
        assert page.status_code == 200
        play = page.context["play"]
    assert "查明原因：已交结果" in text(page)
    assert act(author, "task:nonsense:1", play).status_code == 200
    assert act(author, "task:done:x", play).status_code == 200


def published(author: Client, company: Company) -> None:
    by, other, now = Actor.account(company.supervisor.id), Actor.account(company.administrator.id), clock.now()
    sent = submit_procedure(draft_id=draft().id, version=draft().version, note="请技术查", by=by, now=now)
    publish_reviewed(draft_id=sent.id, version=sent.version, text="", by=other, now=now)
    assert ProcedureVersion.objects.filter(code=CODE).count() == 2


def accepted(client: Client, company: Company) -> Ticket:
    ticket = write_in(company)
    fields = {name.removeprefix("f."): value for name, value in ACCEPTED.items()}
    assert press(client, ticket, "accept", "accepted", **fields).status_code == 204
    return ticket


def test_published_it_is_at_work_on_a_new_ticket(author, company):
    written(author, at_start="on")
    published(author, company)
    client = client_of(company.agent)
    ticket = accepted(client, company)
    row = Subtask.objects.get(ticket=ticket)
    assert (row.team_id, row.step) == (company.technical.id, "handle")
    shown = client.get(f"/tickets/{ticket.number}").content.decode()
    assert "等下列子任务办结后才能完成" in shown
    assert "林小满派出" in text(client.get(f"/tickets/{ticket.number}"))
    refused = press(client, ticket, "handle", "solved", solution="换新")
    assert refused.status_code == 422
    assert "查明原因" in refused.content.decode()


def test_whoever_asks_again_before_the_answer_is_told_and_led_to_it(author, company):
    written(author)
    change(
        author, "settings_procedure_part_new", CODE, "handle", "outcomes", label_zh="请技术查", label_en="Ask them",
        kind="save", actions_0_what="subtask:find_the_cause",
    )  # fmt: skip
    published(author, company)
    client = client_of(company.agent)
    ticket = accepted(client, company)
    button = next(one["key"] for one in step_now_of(ticket) if one["label"]["zh"] == "请技术查")
    assert press(client, ticket, "handle", button).status_code == 204
    refused = press(client, ticket, "handle", button, solution="写到一半")
    assert refused.status_code == 422
    said = text(refused)
    for wanted in ("子任务“查明原因”已经派出", "没有再派", "看子任务", "写到一半"):
        assert wanted in said, wanted
    page = client.get(f"/tickets/{ticket.number}").content.decode()
    assert 'href="#subtasks-title"' in refused.content.decode()
    assert 'id="subtasks-title"' in page
    assert Subtask.objects.filter(ticket=ticket).count() == 1


def step_now_of(ticket: Ticket) -> list[dict]:
    body = ticket.runs.get().procedure.body
    return next(step["outcomes"] for step in body["steps"] if step["key"] == "handle")
