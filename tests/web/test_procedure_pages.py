"""The pages about procedures: whom they open to, what stands there, files."""

import re
from typing import Any

import pytest
from django.forms import Form
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from tests.story import Company, make_company, write_in
from tests.web.desk import HTMX
from tests.web.test_settings_pages import logged_in
from yinuo.domain.procedure import Definition
from yinuo.domain.procedure import editing as ed
from yinuo.domain.procedure.differences import differences
from yinuo.domain.strict_yaml import parse_yaml
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.packs import shipped_pack
from yinuo.procedures.models import ProcedureDraft, ProcedureVersion
from yinuo.procedures.services import open_procedure_draft, publish_reviewed, save_procedure_settings, submit_procedure
from yinuo.staff.models import Role
from yinuo.web.console.procedure_forms import FORMS, Desk, StepForm, WholeForm
from yinuo.web.console.procedure_words import house_names

pytestmark = pytest.mark.django_db
CODE = "after_sales"


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def author(company: Company) -> Client:
    return logged_in(company.supervisor)


@pytest.fixture
def reviewer(company: Company) -> Client:
    return logged_in(company.administrator)


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def draft() -> ProcedureDraft:
    return ProcedureDraft.objects.get(code=CODE)


READ = [("settings_procedures", []), ("settings_procedure", [CODE]), ("settings_procedure_version", [CODE, 1]),
        ("settings_procedure_step", [CODE, 1, "accept"]), ("settings_procedure_export", [CODE, 1])]  # fmt: skip


@pytest.mark.parametrize(("name", "args"), READ)
def test_those_who_edit_or_review_may_look_others_may_not(name, args, company, author, reviewer):
    assert author.get(reverse(name, args=args)).status_code == 200
    assert reviewer.get(reverse(name, args=args)).status_code == 200
    assert logged_in(company.agent).get(reverse(name, args=args)).status_code == 403
    assert Client().get(reverse(name, args=args)).status_code == 302


def test_what_is_in_force_stands_there_in_words(author):
    listed = text(author.get(reverse("settings_procedures")))
    assert "售后" in listed and "现行" in listed and "服务" in listed
    page = text(author.get(reverse("settings_procedure", args=[CODE])))
    for said in ("受理", "客服专员", "首次答复", "起点", "结束：已归档", "客户来信", "“回访”设的定时"):
        assert said in page, said
    step = text(author.get(reverse("settings_procedure_step", args=["service", 1, "record"])))
    wanted = (
        "登记并办理", "客户名称/姓名", "必填", "按姓名掩码", "当“退换货”等于“是”才显示", "已办理，提交服务中心",
        "要填：备注", "把时间记入“办结时间”", "状态改为“已解决”", "服务中心审核并回访", "从“退换申请时间”起算", "停表",
        "派给：客服专员（1 线）",
    )  # fmt: skip
    for said in wanted:
        assert said in step, said
    assert not re.search(r"[a-z]+_[a-z_]+", re.sub(r"R-\w+-\d", "", step.split("登记并办理", 2)[-1])), "no key is shown"


@pytest.mark.parametrize("code", sorted(shipped_pack("handbook").procedures))
def test_no_page_of_a_procedure_shows_a_key_instead_of_its_name(code, author):
    definition = shipped_pack("handbook").procedures[code]
    pages = [reverse("settings_procedure", args=[code])]
    pages += [reverse("settings_procedure_step", args=[code, 1, step.key]) for step in definition.steps]
    for url in pages:
        main = author.get(url).content.decode().split('class="pane-scroll"', 1)[-1]
        main = re.sub(r"\{\w+\}", "", main)  # what scripts are filled in with
        assert re.findall(r">[^<>]*\b[a-z]+_[a-z_]+\b[^<>]*<", main) == [], url


def test_a_version_as_a_file_reads_back_the_same(author):
    answer = author.get(reverse("settings_procedure_export", args=[CODE, 1]))
    assert "procedure_after_sales_1.yaml" in answer.headers["Content-Disposition"]
    read = Definition.from_json(parse_yaml(answer.content.decode(), "x"))
    assert read is Definition.from_json(ProcedureVersion.objects.get(code=CODE).body)


def test_a_version_tells_what_it_changed_who_wrote_it_and_who_let_it_pass(author, company):
    by, other = Actor.account(company.supervisor.id), Actor.account(company.administrator.id)
    one = open_procedure_draft(code=CODE, by=by, now=clock.now())
    one = save_procedure_settings(
        draft_id=one.id, version=1, step="accept", values={"role": "supervisor"}, by=by, now=clock.now()
    )
    one = submit_procedure(draft_id=one.id, version=one.version, note="主管先看", by=by, now=clock.now())
    publish_reviewed(draft_id=one.id, version=one.version, text="同意", by=other, now=clock.now())
    page = text(author.get(reverse("settings_procedure", args=[CODE])))
    for said in (
        "第 2 版",
        "管理员发布",
        "周敏编写",
        "主管先看",
        "客服专员",
        "客服主管",
        "与第 1 版相比改了什么",
        "同意",
        "提交评审",
    ):
        assert said in page, said
    old = text(author.get(reverse("settings_procedure_version", args=[CODE, 1])))
    assert "第 1 版" in old and "已停用" in old


def test_a_procedure_in_use_is_not_retired(reviewer, author):
    assert author.post(reverse("settings_procedure_retire", args=[CODE])).status_code == 403
    assert reviewer.post(reverse("settings_procedure_retire", args=[CODE])).status_code == 409
    assert "停用</button>" not in reviewer.get(reverse("settings_procedure", args=[CODE])).content.decode()


# --- the editor ----------------------------------------------------------------------------------------------------


@pytest.fixture
def writing(author: Client) -> Client:
    assert author.post(reverse("settings_procedure_open", args=[CODE])).status_code == 302
    return author


def several(sent: QueryDict) -> dict[str, list[str]]:
    """As the test client sends several values of one name."""
    return {name: list(values) for name, values in sent.lists()}


def posted(form: Form) -> QueryDict:
    """What a browser sends for a form as it is shown."""
    sent = QueryDict(mutable=True)
    for bound in form:
        value = bound.value()
        if isinstance(value, list | tuple):
            sent.setlist(bound.html_name, [str(one) for one in value])
        elif value is True:
            sent[bound.html_name] = "on"
        elif value is not None and value is not False and value != "":
            sent[bound.html_name] = str(value)
    return sent


@pytest.mark.parametrize("code", sorted(shipped_pack("handbook").procedures))
def test_every_entry_of_the_handbook_goes_through_its_form_unchanged(code, company):
    names, definition, seen = house_names(), shipped_pack("handbook").procedures[code], 0
    body = ed.tidy(definition.to_json())
    for step in ("", *(entry["key"] for entry in body["steps"])):
        desk, owner = Desk(body, step, names), ed.step_of(body, step) if step else body
        settings = StepForm if step else WholeForm
        form = settings(posted(settings(desk=desk, raw=owner, version=1)), desk=desk, raw=owner, version=1)
        assert form.is_valid(), (step, form.errors)
        assert differences(definition, Definition.from_json(ed.put_settings(body, step, form.values()))) == (), step
        for part in ed.STEP_PARTS if step else ed.WHOLE_PARTS:
            for at, raw in enumerate(owner.get(part, ())):
                more = {"desk": desk, "raw": raw, "version": 1, "part": part}
                form = FORMS[part](posted(FORMS[part](**more)), **more)
                assert form.is_valid(), (step, part, at, form.errors)
                after = Definition.from_json(ed.put_part(body, step, part, form.entry(), at=at))
                assert differences(definition, after) == (), (step, part, at)
                seen += 1
    assert seen > 40


def shown(client: Client, name: str, *args: Any) -> QueryDict:
    return posted(client.get(reverse(name, args=args)).context["form"])


def change(client: Client, name: str, *args: Any, **values: Any) -> Any:
    """Posts the form with other values; a list stands for several."""
    sent = shown(client, name, *args)
    for key, value in values.items():
        sent.setlist(key, value if isinstance(value, list) else [value])
    return client.post(reverse(name, args=args), several(sent))


def step_now(key: str) -> ed.Body:
    return ed.step_of(draft().body, key)


WRITE = [
    ("settings_procedure_drop", []), ("settings_procedure_step_move", ["accept"]),
    ("settings_procedure_step_remove", ["accept"]), ("settings_procedure_draft_step", ["accept"]),
    ("settings_procedure_part_new", ["accept", "fields"]), ("settings_procedure_part", ["accept", "fields", 0]),
    ("settings_procedure_part_move", ["accept", "fields", 0]),
    ("settings_procedure_part_remove", ["accept", "fields", 0]),
    ("settings_procedure_whole_new", ["ends"]), ("settings_procedure_whole_part", ["ends", 0]),
    ("settings_procedure_whole_move", ["ends", 0]), ("settings_procedure_whole_remove", ["ends", 0]),
    ("settings_procedure_step_new", []), ("settings_procedure_draft_whole", []), ("settings_procedure_review", []),
    ("settings_procedure_withdraw", []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "args"), WRITE)
def test_who_only_reviews_changes_nothing(name, args, company, writing):
    director = Role.objects.get(code="director")
    company.second_agent.roles.set([director])
    before = draft().version
    answer = logged_in(company.second_agent).post(reverse(name, args=[CODE, *args]), {"version": before})
    assert answer.status_code == 403
    assert logged_in(company.agent).post(reverse(name, args=[CODE, *args]), {"version": before}).status_code == 403
    assert draft().version == before


def test_a_step_is_added_filled_and_led_to(writing):
    answer = change(
        writing, "settings_procedure_step_new", CODE, title_zh="主管复核", title_en="Second look", role="supervisor",
        after="accept",
    )  # fmt: skip
    assert answer.headers["Location"].endswith("/draft/steps/second_look")
    page = text(writing.get(answer.headers["Location"]))
    for said in ("没有路走到这一步", "这一步没有可以完成它的按钮", "这一步之后没有下一步"):
        assert said in page, said
    assert change(
        writing, "settings_procedure_part_new", CODE, "second_look", "outcomes", label_zh="同意", label_en="Agreed",
        style="primary",
    ).status_code == 302  # fmt: skip
    assert change(
        writing, "settings_procedure_part_new", CODE, "second_look", "next", to=["handle"]
    ).status_code == 302  # fmt: skip
    assert change(
        writing, "settings_procedure_part_new", CODE, "second_look", "fields", label_zh="复核结果", label_en="Result",
        type="choice", required="on", choices_0_zh="通过", choices_0_en="Passed", choices_1_zh="不通过",
    ).status_code == 302  # fmt: skip
    field = step_now("second_look")["fields"][0]
    assert field == {
        "name": "result", "label": {"zh": "复核结果", "en": "Result"}, "type": "choice", "required": True,
        "choices": [{"value": "passed", "zh": "通过", "en": "Passed"}, {"value": "option", "zh": "不通过"}],
    }  # fmt: skip
    assert "缺少名称（英语）" in text(writing.get(reverse("settings_procedure_draft_step", args=[CODE, "second_look"])))


def test_a_condition_is_chosen_from_lists_that_follow_the_field(writing):
    url = reverse("settings_procedure_part_new", args=[CODE, "accept", "next"])
    sent = shown(writing, "settings_procedure_part_new", CODE, "accept", "next")
    sent["when_0_field"] = "urgency"
    looked = writing.post(url, several(sent), headers=HTMX)
    assert looked.status_code == 200
    html = looked.content.decode()
    assert re.search(r'<select name="when_0_value"[^>]*>.*?value="urgent".*?紧急', html, re.S), "the field's own list"
    assert 'name="when_1_field"' in html, "and another row"
    assert "aria-invalid" not in html, "what is still empty is no mistake yet"
    sent["when_0_op"] = "in"
    boxes = writing.post(url, several(sent), headers=HTMX).content.decode()
    assert 'type="checkbox" name="when_0_value"' in boxes
    assert draft().version == 1, "looking saves nothing"
    sent.setlist("when_0_value", ["urgent", "normal"])
    sent.setlist("to", ["handle"])
    judged = text(writing.post(url, several(sent), headers=HTMX))
    assert "紧急度”属于“紧急、普通”" in judged and "前面的行已包含所有情况，这一行走不到" in judged
    assert writing.post(url, several(sent)).status_code == 302
    assert step_now("accept")["next"][-1] == {
        "to": ["handle"], "when": [{"field": "urgency", "op": "in", "value": ["urgent", "normal"]}],
    }  # fmt: skip


def test_what_makes_no_entry_is_said_at_its_field(writing):
    for part, values, said in (
        ("next", {}, "下一步和结束方式请选其中一种"),
        ("fields", {"label_zh": ""}, "请填写此项"),
        ("fields", {"label_zh": "选", "type": "choice"}, "列表至少要有一项"),
        ("guards", {"message_zh": "先填"}, "请写明要满足什么"),
        ("on_start", {}, "请选择要做什么"),
    ):
        answer = change(writing, "settings_procedure_part_new", CODE, "accept", part, **values)
        if part == "fields" and values.get("type") == "choice":
            answer = change(
                writing, "settings_procedure_part_new", CODE, "accept", part, **values, choices_0_zh=""
            )  # fmt: skip
        assert answer.status_code == 422, (part, values)
        assert said in text(answer), (part, said)
    assert draft().version == 1


def test_a_stale_form_overwrites_nothing_unseen(writing, company):
    sent = shown(writing, "settings_procedure_draft_step", CODE, "accept")
    change(writing, "settings_procedure_draft_step", CODE, "accept", title_zh="登记受理")
    sent["title_zh"] = "我的名字"
    answer = writing.post(reverse("settings_procedure_draft_step", args=[CODE, "accept"]), several(sent))
    assert answer.status_code == 409 and "保存" in text(answer)
    assert step_now("accept")["title"]["zh"] == "登记受理"


def test_entries_move_and_go(writing):
    names = [field["name"] for field in step_now("accept")["fields"]]
    args = [CODE, "accept", "fields", 1]
    writing.post(reverse("settings_procedure_part_move", args=args), {"version": 1, "up": "1"})
    assert [field["name"] for field in step_now("accept")["fields"]][:2] == [names[1], names[0]]
    writing.post(reverse("settings_procedure_part_remove", args=args), {"version": 2})
    assert [field["name"] for field in step_now("accept")["fields"]] == [names[1], *names[2:]]
    assert writing.post(reverse("settings_procedure_part_remove", args=args), {"version": 2}).status_code == 409
    assert writing.get(reverse("settings_procedure_part", args=[CODE, "accept", "fields", 99])).status_code == 409
    assert writing.get(reverse("settings_procedure_part", args=[CODE, "accept", "nothing", 0])).status_code == 404


def test_a_draft_goes_to_review_and_somebody_else_publishes_it(writing, reviewer, company):
    old = write_in(company)
    change(writing, "settings_procedure_draft_step", CODE, "accept", title_zh="登记受理")
    review = reverse("settings_procedure_review", args=[CODE])
    page = text(writing.get(review))
    assert "受理与分类" in page and "登记受理" in page and "提交评审" in page
    sent = {"version": draft().version, "note": "名称更清楚"}
    assert writing.post(review, sent).status_code == 302
    assert "不能由您发布" in text(writing.get(review))
    decide = reverse("settings_procedure_decide", args=[CODE])
    version = {"version": draft().version}
    assert writing.post(decide, {**version, "act": "publish"}).status_code == 403
    assert "您的评审" in text(reviewer.get(review))
    assert reviewer.post(decide, {**version, "act": "send_back", "text": ""}).status_code == 422
    comment = reverse("settings_procedure_comment", args=[CODE])
    assert reviewer.post(comment, {"text": "很好", "step": "accept"}).status_code == 302
    assert "很好" in text(reviewer.get(review))
    answer = reviewer.post(decide, {**version, "act": "publish", "text": "同意"})
    assert answer.status_code == 302
    page = text(reviewer.get(answer.headers["Location"]))
    assert "第 2 版" in page and "名称更清楚" in page and "同意" in page and "很好" in page
    new = write_in(company, address="li@example.com", name="李四")
    assert [ticket.runs.get().procedure.version for ticket in (old, new)] == [1, 2]


def test_a_changed_source_is_said_in_words_to_whoever_reviews(writing):
    """Of the handbook; one of the house's own stands as it was written."""
    change(writing, "settings_procedure_draft_step", CODE, "accept", source="R-AS-5")
    change(writing, "settings_procedure_draft_step", CODE, "handle", source="质量部 2026-11 通知")
    changes = writing.get(reverse("settings_procedure_review", args=[CODE])).content.decode()
    changes = changes.split("limit-differences", 1)[1].split("</table>", 1)[0]
    for said in (
        "售后问题第 1 步：受理与分类（《多场景客户支持流程设计手册》2.3）",
        "维修保养与退换货（",
        "质量部 2026-11 通知",
    ):
        assert said in changes, said
    assert not re.search(r"R-[A-Z]{2}-\d", changes)


def test_how_far_from_a_date_is_asked_only_where_a_date_is_chosen(writing):
    html = writing.get(reverse("settings_procedure_draft_step", args=[CODE, "accept"])).content.decode()
    assert 'x-data="choice" data-choice="starts_field"' in html
    for name in ("starts_side", "starts_amount", "starts_unit", "starts_clock"):
        (when,) = re.findall(rf'<div data-when="([^"]*)"><div class="field"><label for="id_{name}"', html)
        assert "received_at" in when.split() and "" not in when.split(" ")
    assert change(
        writing, "settings_procedure_draft_step", CODE, "accept", starts_field="received_at", starts_amount="2"
    ).status_code == 302  # fmt: skip
    assert step_now("accept")["starts_at"] == {"field": "received_at", "offset": "2h"}
    sent = several(shown(writing, "settings_procedure_draft_step", CODE, "accept"))
    bare = {name: value for name, value in sent.items() if not name.startswith("starts_")}
    url = reverse("settings_procedure_draft_step", args=[CODE, "accept"])
    answer = writing.post(url, {**bare, "starts_field": ""})
    assert answer.status_code == 302, "as a browser sends it, without what is hidden"
    assert "starts_at" not in step_now("accept")


def test_with_problems_it_does_not_get_to_review(writing):
    writing.post(reverse("settings_procedure_step_remove", args=[CODE, "accept"]), {"version": 1})
    review = reverse("settings_procedure_review", args=[CODE])
    page = text(writing.get(review))
    assert "发布前要先改好" in page and "没有这个步骤" in page
    assert "提交评审 </button>" not in page
    answer = writing.post(review, {"version": draft().version, "note": ""})
    assert answer.status_code == 422 and "不能发布" in text(answer)
    assert draft().state == "writing"


def test_pages_of_a_draft_ask_the_database_a_bounded_number_of_times(writing, django_assert_max_num_queries):
    for name, args in (
        ("settings_procedure_draft", []), ("settings_procedure_draft_step", ["accept"]),
        ("settings_procedure_part", ["accept", "fields", 0]), ("settings_procedure_review", []),
    ):  # fmt: skip
        with django_assert_max_num_queries(20):
            writing.get(reverse(name, args=[CODE, *args]))
