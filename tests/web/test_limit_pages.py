"""The pages about limits: whom they open to, editing a draft, problems as they arise, publishing, what if, versions."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.conftest import run_jobs
from tests.story import Company, make_company, write_in
from tests.web.test_settings_pages import logged_in
from yinuo.foundation.ids import new_id
from yinuo.sla.models import Deadline, PolicyDraft, PolicyVersion, Recount
from yinuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db
READ = ["settings_limits", "settings_limit_versions", "settings_limit_compare"]
EDIT = ["settings_limit_draft", "settings_limit_what_if", "settings_limit_publish"]
KIND = "channel_answer"


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def supervisor(company: Company) -> Client:
    return logged_in(company.supervisor)


@pytest.fixture
def drafting(supervisor: Client) -> Client:
    assert supervisor.post(reverse("settings_limit_open")).status_code == 302
    return supervisor


def draft() -> PolicyDraft:
    return PolicyDraft.objects.get()


def shown(client: Client, name: str, *args: str) -> dict[str, Any]:
    """What a browser would send if the form of a row were submitted as it is."""
    form = client.get(reverse(name, args=args)).context["form"]
    values: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        if value not in (None, "", []):
            values[bound.html_name] = value
    return values


def rows_of(kind: str) -> list[dict[str, Any]]:
    return next(entry for entry in draft().table if entry["key"] == kind)["rows"]


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.mark.parametrize("name", READ + EDIT)
def test_supervisors_directors_and_administrators_may_agents_and_strangers_may_not(name, company, drafting):
    assert drafting.get(reverse(name)).status_code == 200
    assert logged_in(company.administrator).get(reverse(name)).status_code == 200
    assert logged_in(company.agent).get(reverse(name)).status_code == 403
    assert Client().get(reverse(name)).status_code == 302


def test_an_agent_can_change_nothing(company, drafting):
    agent = logged_in(company.agent)
    for name, args in (
        ("settings_limit_open", []), ("settings_limit_drop", []), ("settings_limit_publish", []),
        ("settings_limit_row_new", [KIND]), ("settings_limit_row", [KIND, "mail"]),
        ("settings_limit_move", [KIND, "mail"]), ("settings_limit_remove", [KIND, "mail"]),
        ("settings_limit_judge", [KIND, "mail"]), ("settings_limit_kind", [KIND]),
    ):  # fmt: skip
        assert agent.post(reverse(name, args=args), {"version": 1}).status_code == 403, name
    assert draft().version == 1


def test_what_is_in_force_stands_there_in_words(supervisor):
    page = text(supervisor.get(reverse("settings_limits")))
    wanted = (
        "渠道首次答复", "来信到达 → 答复客户", "渠道为在线客服或电话", "5 分钟", "服务时间", "用掉 60%：负责人",
        "超时即告：客服主管", "超时 30 分钟：总监", "未设时限", "各渠道首次答复时限", "多场景手册，第 1 版",
    )  # fmt: skip
    for said in wanted:
        assert said in page, said


def test_the_pages_ask_the_database_no_more_for_more_rows(supervisor, django_assert_max_num_queries):
    with django_assert_max_num_queries(32):
        supervisor.get(reverse("settings_limits"))
    supervisor.post(reverse("settings_limit_open"))
    with django_assert_max_num_queries(36):
        supervisor.get(reverse("settings_limit_draft"))


def test_a_row_round_trips_through_its_form_unchanged(drafting):
    before, seen = draft().table, set()
    for entry in before:
        for row in entry["rows"]:
            asked = sorted(row.get("when", {}))
            shape = (*asked, row["limit"] is None, row.get("set_by"), row["clock"], len(row.get("warn", [])))
            if shape in seen:
                continue
            seen.add(shape)
            name, args = "settings_limit_row", [entry["key"], row["key"]]
            answer = drafting.post(reverse(name, args=args), shown(drafting, name, *args))
            assert answer.status_code == 302, (args, answer.context and answer.context["form"].errors)
    assert len(seen) > 12
    assert _meaning(draft().table) == _meaning(before)
    assert "0 处改动" in text(drafting.get(reverse("settings_limit_draft")))


def _meaning(table: list[dict[str, Any]]) -> Any:
    from yinuo.domain.deadline import read_policies

    return read_policies(table)


def test_a_changed_row_is_kept_in_the_draft_and_shown_as_changed(drafting):
    form = shown(drafting, "settings_limit_row", KIND, "mail") | {
        "amount": "45", "unit": "m", "when_tier": ["key"], "warn_1_amount": "10", "warn_1_way": "m",
        "warn_1_who": "team", "warn_2_amount": "50", "warn_2_way": "share", "tell_1_amount": "",
        "tell_1_who": "director",
    }  # fmt: skip
    assert drafting.post(reverse("settings_limit_row", args=[KIND, "mail"]), form).status_code == 302
    row = next(row for row in rows_of(KIND) if row["key"] == "mail")
    assert row == {
        "key": "mail", "when": {"channel": ["email"], "tier": ["key"]}, "limit": "45m", "clock": "service",
        "calendar": "team", "off_duty": "opening", "source": "R-CH-2",
        "warn": [{"before": "10m", "tell": "team"}, {"share": 0.5}],
        "escalate": [{"after": "0m", "tell": "director"}, {"after": "2h", "tell": "director"}],
    }  # fmt: skip
    page = text(drafting.get(reverse("settings_limit_kind", args=[KIND])))
    assert "渠道为邮件，客户级别为重要客户" in page and "45 分钟" in page and "提前 10 分钟：团队" in page
    assert "用掉 50%：变色提醒" in page
    assert "2 小时 · 服务时间 · 用掉 75%：负责人" in page, "what it was stands beside it"


def test_a_new_row_gets_a_name_of_its_own_and_goes_where_it_can_be_reached(drafting):
    form = shown(drafting, "settings_limit_row_new", KIND) | {
        "amount": "3", "unit": "h", "clock": "service", "when_channel": ["webform", "app"],
    }  # fmt: skip
    assert drafting.post(reverse("settings_limit_row_new", args=[KIND]), form).status_code == 302
    assert [row["key"] for row in rows_of(KIND)][-2:] == ["webform", "other"]
    again = form | {"version": draft().version, "when_channel": ["webform"]}
    assert drafting.post(reverse("settings_limit_row_new", args=[KIND]), again).status_code == 302
    assert [row["key"] for row in rows_of(KIND)][-3:] == ["webform", "webform_2", "other"]
    page = text(drafting.get(reverse("settings_limit_kind", args=[KIND])))
    assert "用不到：前面的“渠道为应用内反馈或网页表单”已包含这一行的所有情况" in page


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("amount", {"amount": "-2"}),
        ("amount", {"amount": "0"}),
        ("amount", {"amount": "two"}),
        ("clock", {"clock": "sundial"}),
        ("unit", {"clock": "workdays", "unit": "h"}),
        ("calendar", {"calendar": "moon"}),
        ("when_channel", {"when_channel": ["pigeon"]}),
        ("time_until", {"time_from": "09:00"}),
        ("time_from", {"time_from": "9 am", "time_until": "10:00"}),
        ("warn_1_amount", {"warn_1_amount": "120", "warn_1_way": "share", "warn_1_who": "owner"}),
        ("tell_3_who", {"tell_3_amount": "5", "tell_3_way": "m"}),
        ("warn_2_amount", {"warn_2_who": "owner", "warn_2_way": "m"}),
        ("tell_1_who", {"tell_1_who": "king"}),
        ("__all__", {"time_from": "09:00", "time_until": "09:00"}),
        ("__all__", {"amount": "100000", "unit": "d"}),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_not_saved(field, change, drafting):
    before = draft().table
    form = shown(drafting, "settings_limit_row", KIND, "mail") | change
    answer = drafting.post(reverse("settings_limit_row", args=[KIND, "mail"]), form)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors, answer.context["form"].errors
    assert not re.search(r"[a-z]{4,} [a-z]{3,}", " ".join(answer.context["form"].errors[field])), "said in Chinese"
    assert draft().table == before


def test_conditions_that_the_form_does_not_offer_are_kept(drafting):
    row = draft()
    table = row.table
    policy = next(entry for entry in table if entry["key"] == KIND)
    policy["rows"][2]["when"] = {"channel": {"not": ["phone"]}, "amount": {"from": 500}}
    row.table = table
    row.save(update_fields=["table"])
    page = drafting.get(reverse("settings_limit_row", args=[KIND, "mail"]))
    assert "渠道不是电话" in text(page) and "金额 500–" in text(page)
    form = shown(drafting, "settings_limit_row", KIND, "mail") | {"amount": "5"}
    assert drafting.post(reverse("settings_limit_row", args=[KIND, "mail"]), form).status_code == 302
    saved = next(row for row in rows_of(KIND) if row["key"] == "mail")
    assert saved["when"] == {"channel": {"not": ["phone"]}, "amount": {"from": 500}} and saved["limit"] == "5h"


def test_problems_are_told_while_typing_and_nothing_is_saved(drafting):
    form = shown(drafting, "settings_limit_row", KIND, "mail") | {
        "warn_1_amount": "3", "warn_1_way": "h", "warn_1_who": "owner", "when_tier": ["ordinary"], "amount": "2",
    }  # fmt: skip
    url = reverse("settings_limit_judge", args=[KIND, "mail"])
    told = text(drafting.post(url, form, headers={"HX-Request": "true"}))
    assert "2 小时 · 服务时间" in told and "提前 3 小时提醒，比整个时限还早" in told
    assert "若现在起算" in told
    fine = text(drafting.post(url, form | {"warn_1_amount": "1"}, headers={"HX-Request": "true"}))
    assert "没有问题" in fine
    hiding = {name: value for name, value in form.items() if not name.startswith("when_")} | {"warn_1_amount": "1"}
    others = text(drafting.post(url, hiding, headers={"HX-Request": "true"}))
    assert "其余情况：用不到" in others, "a row that hides another is told at once"
    assert draft().version == 1


def test_rows_move_go_and_come_back_by_the_buttons(drafting):
    move, remove = (reverse(f"settings_limit_{verb}", args=[KIND, "mail"]) for verb in ("move", "remove"))
    assert drafting.post(move, {"version": 1, "up": "1"}).status_code == 302
    assert [row["key"] for row in rows_of(KIND)][:2] == ["urgent", "mail"]
    assert drafting.post(move, {"version": 1, "up": "1"}).status_code == 409, "an outdated page changes nothing"
    assert drafting.post(remove, {"version": 2}).status_code == 302
    assert "mail" not in [row["key"] for row in rows_of(KIND)]
    assert drafting.post(remove, {"version": 3}).status_code == 422
    only = reverse("settings_limit_remove", args=["pick_up", "any"])
    assert drafting.post(only, {"version": 3}).status_code == 422
    assert len(rows_of("pick_up")) == 1


def test_two_who_edit_a_row_at_once_are_told(drafting):
    form = shown(drafting, "settings_limit_row", KIND, "mail")
    assert drafting.post(reverse("settings_limit_row", args=[KIND, "mail"]), form | {"amount": "7"}).status_code == 302
    stale = drafting.post(reverse("settings_limit_row", args=[KIND, "mail"]), form | {"amount": "9"})
    assert stale.status_code == 409
    again = form | {"amount": "9", "version": stale.context["form"]["version"].value()}
    assert drafting.post(reverse("settings_limit_row", args=[KIND, "mail"]), again).status_code == 302


def test_a_draft_with_problems_cannot_be_published_and_names_each_row(drafting):
    form = shown(drafting, "settings_limit_row_new", "visit") | {"amount": "3", "unit": "h", "clock": "service"}
    drafting.post(reverse("settings_limit_row_new", args=["visit"]), form)
    page = drafting.get(reverse("settings_limit_publish"))
    assert "发布前要先改好" in text(page) and "回访 · 其余情况" in text(page)
    answer = drafting.post(reverse("settings_limit_publish"), {"version": draft().version, "open": "keep", "note": ""})
    assert answer.status_code == 422
    assert PolicyVersion.objects.count() == 1
    assert "1 个问题" in text(drafting.get(reverse("settings_limit_draft")))


def test_publishing_makes_the_next_version_and_only_new_tickets_follow_it(company, drafting):
    old = write_in(company)
    form = shown(drafting, "settings_limit_row", KIND, "mail") | {"amount": "1"}
    drafting.post(reverse("settings_limit_row", args=[KIND, "mail"]), form)
    page = text(drafting.get(reverse("settings_limit_publish")))
    assert "渠道为邮件" in page and "1 小时 · 服务时间" in page
    sent = {"version": draft().version, "open": "keep", "note": "邮件一小时内答复"}
    assert drafting.post(reverse("settings_limit_publish"), sent)["Location"] == reverse("settings_limits")
    new = write_in(company, address="li.si@example.com", name="李四")
    spans = [Deadline.objects.get(ticket_id=ticket.id, kind=KIND).target.total_seconds() for ticket in (old, new)]
    assert spans == [7200, 3600]
    versions = text(drafting.get(reverse("settings_limit_versions")))
    assert all(said in versions for said in ("多场景手册，第 2 版", "现行", "周敏", "邮件一小时内答复"))
    second = PolicyVersion.objects.get(version=2)
    told = text(drafting.get(reverse("settings_limit_version", args=[second.id])))
    assert "渠道首次答复" in told and "2 小时 · 服务时间" in told and "1 小时 · 服务时间" in told
    first = PolicyVersion.objects.get(version=1)
    assert drafting.post(reverse("settings_limit_open"), {"version": str(first.id)}).status_code == 302
    assert draft().based_on == first and draft().table == first.table


def test_nothing_changed_is_nothing_to_publish(drafting):
    page = drafting.get(reverse("settings_limit_publish"))
    assert "还没有改动" in text(page) and 'name="open"' not in page.content.decode()


def test_the_draft_is_discarded_and_a_handbook_taken_over(drafting):
    assert drafting.post(reverse("settings_limit_drop"), {"version": 1}).status_code == 302
    assert not PolicyDraft.objects.exists()
    assert drafting.get(reverse("settings_limit_draft")).status_code == 409
    assert drafting.post(reverse("settings_limit_open"), {"handbook": "rules"}).status_code == 302
    assert "20 秒" in text(drafting.get(reverse("settings_limit_draft")))
    assert drafting.post(reverse("settings_limit_open"), {"handbook": "nothing"}).status_code == 404
    assert drafting.post(reverse("settings_limit_open")).status_code == 409
    drafting.post(reverse("settings_limit_drop"), {"version": 1})
    assert drafting.post(reverse("settings_limit_open"), {"version": str(new_id())}).status_code == 404


def test_what_if_shows_old_and_new_due_times_and_saves_nothing(company, drafting):
    ticket = write_in(company)
    other = write_in(company, address="li.si@example.com", name="李四")
    before = list(Deadline.objects.order_by("id").values_list("id", "due_at"))
    form = shown(drafting, "settings_limit_row", KIND, "mail") | {"amount": "1"}
    drafting.post(reverse("settings_limit_row", args=[KIND, "mail"]), form)
    queue = drafting.get(reverse("settings_limit_what_if"), {"team": str(company.first_line.id)})
    lines = queue.context["lines"]
    assert {line["number"] for line in lines} == {ticket.number, other.number}
    moving = [line for line in lines if line["moves"]]
    assert [(line["promise"], line["sign"], line["change"]) for line in moving] == [("渠道首次答复", "−", "1 小时")] * 2
    assert "未完成的时限共 6 个，有 2 个到期时间会变：2 个提前，0 个推后" in text(queue)
    unasked = drafting.get(reverse("settings_limit_what_if")).context["lines"]
    assert {line["number"] for line in unasked} == {ticket.number, other.number}, "first what would move, anywhere"
    assert all(line["moves"] for line in unasked) and len(unasked) == 2
    chosen = drafting.get(reverse("settings_limit_what_if"), {"numbers": f"{ticket.number.lower()}, XX20990101001"})
    assert {line["number"] for line in chosen.context["lines"]} == {ticket.number}
    assert chosen.context["unknown"] == ["XX20990101001"]
    why = text(drafting.get(moving[0]["explain_url"]))
    assert "2 小时 · 服务时间" in why and "1 小时 · 服务时间" in why and "合计" in why
    assert list(Deadline.objects.order_by("id").values_list("id", "due_at")) == before
    assert "有 2 个到期时间会变" in text(drafting.get(reverse("settings_limit_publish")))


def test_what_if_says_what_would_be_late_at_once_as_its_time_is_used_up(company, drafting, clock):
    write_in(company, urgency="urgent")
    form = shown(drafting, "settings_limit_row", KIND, "urgent") | {"amount": "5"}
    assert drafting.post(reverse("settings_limit_row", args=[KIND, "urgent"]), form).status_code == 302
    clock(timedelta(minutes=7))
    page = drafting.get(reverse("settings_limit_what_if"))
    assert [line["late"] for line in page.context["lines"]] == [True]
    assert "其中 1 个会立即超时" in text(page)


def test_what_if_shows_no_ticket_that_the_viewer_may_not_see(company, drafting):
    ticket = write_in(company)
    administrator = logged_in(company.administrator)
    page = administrator.get(reverse("settings_limit_what_if"), {"numbers": ticket.number})
    assert page.context["unknown"] == [ticket.number] and page.context["lines"] == []
    assert administrator.get(reverse("settings_limit_what_if")).context["lines"] == []
    deadline = Deadline.objects.filter(ticket_id=ticket.id).first()
    assert administrator.get(reverse("settings_limit_what_if_why", args=[deadline.id])).status_code == 404
    assert Ticket.objects.get().number == ticket.number


def test_what_if_asks_the_database_no_more_for_more_tickets(company, drafting, django_assert_max_num_queries):
    for n in range(12):
        write_in(company, address=f"c{n}@example.com", name=f"客户{n}")
    with django_assert_max_num_queries(45):
        page = drafting.get(reverse("settings_limit_what_if"), {"team": str(company.first_line.id)})
    assert len(page.context["lines"]) == 36


def test_the_comparison_finds_contradictions_and_what_nobody_has_set(supervisor):
    page = text(supervisor.get(reverse("settings_limit_compare")))
    for said in ("两本手册不一致", "分步时限与总时限", "10 分钟 + 30 分钟 = 40 分钟，超过“首次答复”的 30 分钟",
                 "样例守不住时限", "SH20231020001", "哪本手册都没有", "没有单设时限的步骤"):  # fmt: skip
        assert said in page, said
    same = supervisor.get(reverse("settings_limit_compare"), {"against": "handbook"})
    assert "两本手册不一致" not in text(same)
    english = supervisor.get(reverse("settings_limit_compare"), headers={"Accept-Language": "en"})
    assert english.status_code == 200


def test_what_becomes_of_open_promises_is_what_what_if_had_said(company, drafting, clock):
    """The same computation: the page shows it, publishing for open promises carries it out."""
    write_in(company)
    write_in(company, address="li.si@example.com", name="李四", urgency="urgent")
    clock(timedelta(minutes=7))
    for kind, row, change in (
        (KIND, "mail", {"amount": "1"}),
        ("solution", "normal", {"amount": "3", "unit": "d", "clock": "workdays"}),
        ("first_answer", "urgent", {"amount": "45", "unit": "m"}),
    ):
        form = shown(drafting, "settings_limit_row", kind, row) | change
        assert drafting.post(reverse("settings_limit_row", args=[kind, row]), form).status_code == 302
    lines = drafting.get(reverse("settings_limit_what_if"), {"team": str(company.first_line.id)}).context["lines"]
    said = {(line["number"], line["promise"]): line["due_iso"] for line in lines}
    assert sum(line["moves"] for line in lines) == 3
    sent = {"version": draft().version, "open": "move", "note": ""}
    assert drafting.post(reverse("settings_limit_publish"), sent).status_code == 302
    run_jobs()
    numbers = dict(Ticket.objects.values_list("id", "number"))
    names = {
        "channel_answer": "渠道首次答复",
        "solution": "解决",
        "first_answer": "首次答复",
        "handling_started": "启动处理",
    }
    now_due = {
        (numbers[row.ticket_id], names[row.kind]): row.due_at.isoformat(timespec="seconds")
        for row in Deadline.objects.filter(state="running", nature="promise")
    }
    assert now_due.keys() == said.keys()
    apart = [
        abs((datetime.fromisoformat(now_due[key]) - datetime.fromisoformat(said[key])).total_seconds()) for key in said
    ]
    assert max(apart) <= 5, "seconds pass between looking and publishing"
    recount = Recount.objects.get(cause="policies")
    assert (recount.cause, recount.looked, recount.moved) == (
        "policies",
        len(said),
        sum(line["moves"] for line in lines),
    )
    page = text(drafting.get(reverse("settings_limits")))
    assert f"已重新计算 {len(said)} 个未完成的时限，其中 {recount.moved} 个到期时间有变" in page
