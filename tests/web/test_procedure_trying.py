"""A draft played through on its page, a file brought in, a ticket moved to another version."""

import json
import re
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.domain.test_strict_yaml import BOMBS
from tests.story import Company, make_company, write_in
from tests.web.desk import HTMX
from tests.web.test_settings_pages import logged_in
from yinuo.domain.procedure import Definition
from yinuo.domain.procedure.writing import write_yaml
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.models import HistoryRow
from yinuo.packs import shipped_pack
from yinuo.procedures.models import ProcedureDraft, ProcedureVersion, Run
from yinuo.procedures.services import (
    open_procedure_draft,
    publish_reviewed,
    remove_procedure_part,
    save_procedure_settings,
    submit_procedure,
)
from yinuo.sla.models import Deadline
from yinuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db
CODE = "after_sales"
TRY = "settings_procedure_try"


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def author(company: Company) -> Client:
    return logged_in(company.supervisor)


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


# --- try it --------------------------------------------------------------------------------------------------------


@pytest.fixture
def playing(author: Client) -> Client:
    author.post(reverse("settings_procedure_open", args=[CODE]))
    return author


def act(client: Client, what: str, play: str = "", **fields: Any) -> Any:
    return client.post(reverse(TRY, args=[CODE]), {"act": what, "play": play, **fields})


def begun(client: Client, **facts: str) -> Any:
    page = client.get(reverse(TRY, args=[CODE]))
    chosen = {f"fact_{fact['name']}": fact["usual"] for fact in page.context["facts"]}
    chosen |= {f"fact_{name}": value for name, value in facts.items()}
    return act(client, "begin", start="2026-03-02T10:00", calendar=page.context["calendar"], **chosen)


ACCEPTED = {
    "f.customer_name": "张三", "f.contact": "13800000000", "f.symptom": "E2", "f.problem_type": "function_fault",
    "f.urgency": "normal", "f.complexity": "normal",
}  # fmt: skip


def test_each_promise_says_which_line_of_the_limits_applies(playing, django_assert_max_num_queries):
    first = begun(playing, channel="email")
    with django_assert_max_num_queries(12):
        later = act(playing, "pass:600", first.context["play"])
    lines = {one["name"]: one["line"] for one in later.context["promises"]}
    assert lines["渠道首次答复"] == "渠道为邮件：2 小时 · 服务时间"
    shown = text(begun(playing, urgency="urgent"))
    assert "紧急度为紧急：30 分钟 · 自然时间" in shown
    assert "没有时限" in text(begun(playing, urgency="low", channel="wechat"))


def test_a_complaint_has_no_grade_before_somebody_grades_it_and_its_lines_from_then_on(author):
    author.post(reverse("settings_procedure_open", args=["complaint"]))
    url = reverse(TRY, args=["complaint"])
    page = author.get(url)
    facts = {fact["name"]: fact["usual"] for fact in page.context["facts"]}
    assert facts["grade"] == ""
    start = {"act": "begin", "start": "2026-03-02T10:00", "calendar": page.context["calendar"]}
    at_once = author.post(url, start | {f"fact_{name}": value for name, value in facts.items()})
    lines = {one["name"]: one["line"] for one in at_once.context["promises"]}
    assert lines["首次答复"].endswith("1 小时 · 服务时间")
    serious = author.post(
        url, start | {f"fact_{name}": value for name, value in facts.items()} | {"fact_grade": "serious"}
    )
    lines = {one["name"]: one["line"] for one in serious.context["promises"]}
    assert lines["首次答复"] == "场景为客户投诉，等级为严重：30 分钟 · 服务时间"
    assert lines["投诉办结"] == "等级为严重：72 小时 · 工作日（全天）"


def test_a_ticket_goes_through_the_draft_and_nothing_of_it_is_kept(playing):
    before = (Ticket.objects.count(), Run.objects.count(), Deadline.objects.count(), HistoryRow.objects.count())
    page = begun(playing)
    assert page.status_code == 200
    said = text(page)
    for wanted in ("受理与分类", "首次答复", "计时中", "开单", "派给：客服专员", "发消息“", "拨到下一个到点"):
        assert wanted in said, wanted
    assert "2026-03-02T04:00:00" in page.content.decode(), "two service hours after ten in China"
    page = act(playing, "press:accept:accepted", page.context["play"], **ACCEPTED)
    assert page.status_code == 200, page.context["error"]
    said = text(page)
    assert "解决或引导" in said and "受理与分类：按下“受理完成”" in said and "生成文档：售后问题受理表" in said
    page = act(playing, "pass:86400", page.context["play"])
    assert text(page).count("已超时") == 2
    page = act(playing, "press:handle:wait_customer", page.context["play"])
    assert "停表中" in text(page) and "等客户" in text(page)
    page = act(playing, "happen:reply_received", page.context["play"])
    assert "停表中" not in text(page)
    page = act(playing, "back", page.context["play"])
    assert "停表中" in text(page), "one move back"
    assert before == (Ticket.objects.count(), Run.objects.count(), Deadline.objects.count(), HistoryRow.objects.count())


def test_what_the_form_lacks_is_said_at_its_fields_and_the_play_stays(playing):
    page = begun(playing)
    play = page.context["play"]
    page = act(playing, "press:accept:accepted", play, **{**ACCEPTED, "f.symptom": ""})
    assert page.status_code == 422
    assert "请填写“故障现象”" in text(page) and "张三" in page.content.decode()
    assert json.loads(page.context["play"])["moves"] == []


def test_fields_show_as_one_chooses(playing):
    page = act(playing, "press:accept:accepted", begun(playing).context["play"], **ACCEPTED)
    fields = {"play": page.context["play"], "step": "handle", "f.solution_way": "knowledge"}
    looked = playing.post(reverse(TRY, args=[CODE]), fields, headers=HTMX)
    assert looked.status_code == 200 and 'name="f.article"' in looked.content.decode()


@pytest.mark.parametrize(
    "play",
    [
        "", "[]", "{}", "null", "1", '{"at": "x", "facts": {}, "calendar": "x", "moves": []}', "[" * 5_000,
        f'{{"at": "2026-03-02T02:00:00+00:00", "facts": {{}}, "calendar": "{UUID(int=0)}", "moves": []}}',
        f'{{"at": "2026-03-02T02:00:00", "facts": {{}}, "calendar": "{UUID(int=0)}", "moves": []}}',
    ],
)  # fmt: skip
def test_a_play_that_somebody_invented_is_refused_not_stumbled_over(play, playing):
    assert act(playing, "pass:600", play).status_code in (404, 422)


def test_odd_moves_are_refused_too(playing):
    told = json.loads(begun(playing).context["play"])
    for moves in (
        [["press", "nothing", "x", {}]], [["jump"]], [["pass", "9999-01-01T00:00:00+00:00"]], [[]], [["skip"]],
        [["happen", "reopened", {"satisfaction": [1]}]], [["pass", told["at"]]] * 500,
    ):  # fmt: skip
        answer = act(playing, "pass:600", json.dumps(told | {"moves": moves}))
        assert answer.status_code in (200, 422), moves
    assert act(playing, "pass:99999999", json.dumps(told)).status_code in (200, 422)


# --- files -----------------------------------------------------------------------------------------------------------


def bring_in(client: Client, content: bytes | str) -> Any:
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return client.post(reverse("settings_procedure_import"), {"file": SimpleUploadedFile("p.yaml", raw)})


def test_a_file_becomes_a_draft_that_says_what_is_wrong(author, company):
    exported = author.get(reverse("settings_procedure_export", args=[CODE, 1])).content.decode()
    changed = exported.replace("受理与分类", "登记与分类").replace("role: engineer", "role: wizard")
    answer = bring_in(author, changed)
    assert answer.status_code == 302 and answer.headers["Location"].endswith(f"/{CODE}/draft")
    page = text(author.get(answer.headers["Location"]))
    assert "登记与分类" in page and "个问题" in page
    review = text(author.get(reverse("settings_procedure_review", args=[CODE])))
    assert "没有这个角色：wizard" in review and "受理与分类" in review
    assert ProcedureDraft.objects.get().author_ids == [str(company.supervisor.id)]
    assert ProcedureVersion.objects.filter(code=CODE).count() == 1
    assert bring_in(author, changed).status_code == 409, "somebody works on it already"


def test_a_procedure_that_is_new_here_can_be_brought_in(author):
    body = shipped_pack("handbook").procedures["service"].to_json() | {"key": "fresh"}
    answer = bring_in(author, write_yaml(Definition.from_json(body)))
    assert answer.headers["Location"].endswith("/fresh/draft")
    assert "新流程" in text(author.get(answer.headers["Location"]))
    assert "尚未发布" in text(author.get(reverse("settings_procedure", args=["fresh"])))


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_makes_no_draft(name, author):
    answer = bring_in(author, BOMBS[name])
    assert answer.status_code == 422 and "无法保存" in text(answer)
    assert not ProcedureDraft.objects.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe\x00", b"", b"x", "- 1", "a: " + "x" * 300_000, "key: Bad Name", "key: x\nsteps: 7",
        'key: x\ntitle: {zh: "\\0", en: b}\nsteps: [{key: a, role: b, title: {zh: a, en: b}}]',
        'key: x\ntitle: {zh: "\\ud800", en: b}\nsteps: [{key: a, role: b, title: {zh: a, en: b}}]',
        "key: x\nsteps: [{key: a, role: b, next: [{end: e, when: [{field: f, value: .inf}]}]}]",
    ],
)  # fmt: skip
def test_a_file_that_is_no_definition_is_refused_in_words(content, author):
    answer = bring_in(author, content)
    assert answer.status_code == 422
    assert not ProcedureDraft.objects.exists()


def test_bringing_in_is_for_those_who_edit(company):
    assert logged_in(company.agent).get(reverse("settings_procedure_import")).status_code == 403
    assert logged_in(company.agent).post(reverse("settings_procedure_import")).status_code == 403


# --- a ticket to another version -------------------------------------------------------------------------------------


def second_version(company: Company, *, drop_limit: str = "") -> ProcedureVersion:
    by, other = Actor.account(company.supervisor.id), Actor.account(company.administrator.id)
    draft = open_procedure_draft(code=CODE, by=by, now=clock.now())
    draft = save_procedure_settings(
        draft_id=draft.id, version=1, step="accept", values={"title": {"zh": "登记受理", "en": "Take in"}}, by=by,
        now=clock.now(),
    )  # fmt: skip
    if drop_limit:
        place = next(at for at, limit in enumerate(draft.body["limits"]) if limit["kind"] == drop_limit)
        draft = remove_procedure_part(
            draft_id=draft.id, version=draft.version, step="", part="limits", place=place, by=by, now=clock.now()
        )
    draft = submit_procedure(draft_id=draft.id, version=draft.version, note="", by=by, now=clock.now())
    return publish_reviewed(draft_id=draft.id, version=draft.version, text="", by=other, now=clock.now())


def test_a_ticket_is_moved_after_a_look_at_what_that_changes(author, company):
    ticket = write_in(company)
    url = reverse("ticket_version", args=[ticket.number])
    assert "没有其他版本" in text(author.get(url))
    version = second_version(company, drop_limit="first_answer")
    assert url in author.get(reverse("ticket", args=[ticket.number])).content.decode()
    page = text(author.get(url))
    for wanted in ("受理与分类", "登记受理", "首次答复", "不再承诺", "继续，已用时间保留", "两版有何不同"):
        assert wanted in page, wanted
    form = {"ticket": ticket.number, "to": str(version.id), "version": 1, "reason": "新版更快"}
    assert author.post(url, {**form, "reason": ""}).status_code == 422
    assert author.post(url, {**form, "version": 9}).status_code == 409
    assert Run.objects.get(ticket=ticket).procedure.version == 1
    assert author.post(url, form).status_code == 302
    assert Run.objects.get(ticket=ticket).procedure == version
    told = text(author.get(f"/tickets/{ticket.number}?part=side", headers=HTMX))
    assert "改按流程第 2 版继续办理（原为第 1 版）" in told and "新版更快" in told


def test_only_who_may_moves_a_ticket(company):
    ticket = write_in(company)
    second_version(company)
    url = reverse("ticket_version", args=[ticket.number])
    agent = logged_in(company.agent)
    assert agent.get(url).status_code == 403
    assert agent.post(url, {"ticket": ticket.number}).status_code == 403
    assert agent.post(url, {"ticket": "SH000"}).status_code == 409
    assert logged_in(company.technician).get(url).status_code == 404
    assert url not in agent.get(reverse("ticket", args=[ticket.number])).content.decode()
    assert HistoryRow.objects.filter(kind="procedures.RunMoved").count() == 0
