"""The pages that tell of procedures an update brought: who sees them, what they say, what their buttons do."""

import copy
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.procedures.test_upgrading import CODE, edited, older_body, own_edit
from tests.story import SYSTEM, Company, make_company
from tests.web.test_page_queries import MOST
from tests.web.test_procedure_pages import text
from tests.web.test_settings_pages import logged_in
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.packs import procedure_raw, shipped_pack
from yinuo.procedures.models import ProcedureDraft, ProcedureVersion, ShippedEdition
from yinuo.procedures.services import open_procedure_draft, publish_procedure
from yinuo.staff.models import Role
from yinuo.staff.rights import Right
from yinuo.staff.services import save_rights

pytestmark = pytest.mark.django_db
LIST = reverse("settings_procedures")
PAGE = reverse("settings_procedure", args=[CODE])
SHIPPED = reverse("settings_procedure_shipped", args=[CODE])
TAKE = reverse("settings_procedure_take_shipped", args=[CODE])
HIDE = reverse("settings_procedure_hide_shipped", args=[CODE])
TOLD = "随本版本提供了"


@pytest.fixture
def company() -> Company:
    company = make_company()
    publish_procedure(code=CODE, body=older_body(), by=SYSTEM, now=clock.now())
    return company


@pytest.fixture
def author(company: Company) -> Client:
    return logged_in(company.supervisor)


def edition(client: Client) -> dict[str, str]:
    found = re.search(r'name="edition" value="(\w{64})"', client.get(SHIPPED).content.decode())
    assert found
    return {"edition": found[1]}


def test_list_and_page_tell_of_it_and_lead_to_the_differences(author):
    listed = author.get(LIST)
    assert TOLD in text(listed) and text(listed).count("有新定义") == 1
    assert f'href="{SHIPPED}"' in listed.content.decode()
    page = author.get(PAGE)
    assert TOLD in text(page) and f'href="{SHIPPED}"' in page.content.decode()
    assert TOLD not in text(author.get(reverse("settings_procedure_version", args=[CODE, 1]))), "an old version"
    shown = text(author.get(SHIPPED))
    for said in ("随本版本提供的流程定义", "与第 2 版相比的变化", "售后（旧）", "采用为草稿", "不再提示"):
        assert said in shown, said
    assert "你们自己" not in shown


def test_only_who_may_edit_procedures_is_told_and_may_act(company, author):
    sent = edition(author)
    role = Role.objects.get(code="administrator")
    rest = [right for right in role.rights if right != Right.EDIT_PROCEDURES]
    save_rights(rights={role.id: (role.version, rest)}, by=SYSTEM, now=clock.now())
    reviewer, agent = logged_in(company.administrator), logged_in(company.agent)
    seen = reviewer.get(LIST)
    assert seen.status_code == 200 and TOLD not in text(seen) and "有新定义" not in text(seen)
    assert TOLD not in text(reviewer.get(PAGE))
    for client in (reviewer, agent):
        assert client.get(SHIPPED).status_code == 403
        assert client.post(TAKE, sent).status_code == 403
        assert client.post(HIDE, sent).status_code == 403
    for url in (TAKE, HIDE):
        assert author.get(url).status_code == 405
        assert Client().post(url, sent).status_code == 302
    assert not ProcedureDraft.objects.exists()


def test_taken_it_stands_in_the_draft_with_its_reason(author):
    assert author.post(TAKE, edition(author)).url == reverse("settings_procedure_draft", args=[CODE])
    review = text(author.get(reverse("settings_procedure_review", args=[CODE])))
    assert "采用随升级提供的流程定义" in review and "售后（旧）" in review
    assert "有新定义" not in text(author.get(LIST)) and TOLD not in text(author.get(PAGE))
    assert author.get(SHIPPED).status_code == 404


def test_own_edits_are_named_as_what_would_be_dropped(company, author):
    own_edit(Actor.account(company.supervisor.id), Actor.account(company.administrator.id))
    shown = text(author.get(SHIPPED))
    assert "你们自己改过这个流程，共 1 处" in shown
    edits = shown.split("你们自己的改动（采用后不保留）", 1)[1].split("与第 3 版相比的变化", 1)
    assert "客服专员" in edits[0] and "客服主管" in edits[0] and "售后（旧）" not in edits[0]
    assert "售后（旧）" in edits[1] and "客服主管" in edits[1]


def test_where_it_came_from_is_not_known_the_page_says_so(author):
    ProcedureVersion.objects.update(edition=None)
    assert "无法确定现行版本源自哪一份定义" in text(author.get(SHIPPED))


def test_a_draft_under_work_stays_and_the_page_says_so(company, author):
    sent = edition(author)
    by = Actor.account(company.supervisor.id)
    draft = edited(open_procedure_draft(code=CODE, by=by, now=clock.now()), by)
    shown = text(author.get(SHIPPED))
    assert "不会被覆盖" in shown and "采用为草稿" not in shown
    assert author.post(TAKE, sent).status_code == 409
    assert ProcedureDraft.objects.get(code=CODE).body == draft.body


def test_told_of_no_more_it_is_a_quiet_line_on_its_page(company, author):
    assert author.post(HIDE, edition(author)).url == LIST
    assert TOLD not in text(author.get(LIST)) and "有新定义" not in text(author.get(LIST))
    assert "已设为不再提示" in text(author.get(PAGE))
    shown = text(author.get(SHIPPED))
    assert f"{company.supervisor.name}设为不再提示" in shown and "采用为草稿" in shown
    assert author.post(HIDE, {"edition": "0" * 64}).status_code == 409


def test_a_procedure_new_with_the_release_is_listed_and_shown_as_a_picture(author):
    ProcedureVersion.objects.filter(code="push").delete()
    ShippedEdition.objects.filter(code="push").delete()
    url = reverse("settings_procedure_shipped", args=["push"])
    listed = author.get(LIST)
    assert "新增流程" in text(listed) and f'href="{url}"' in listed.content.decode()
    answer = author.get(url)
    assert "本系统原来没有" in text(answer) and 'class="picture-box"' in answer.content.decode()


def test_the_pages_stay_within_their_queries_with_everything_new(author):
    for code in shipped_pack("handbook").procedures:
        body = copy.deepcopy(procedure_raw(code))
        body["title"]["zh"] += "（旧）"
        publish_procedure(code=code, body=body, by=SYSTEM, now=clock.now())
    author.post(HIDE, edition(author))
    for url in (LIST, PAGE, SHIPPED):
        author.get(url)
        with CaptureQueriesContext(connection) as queries:
            assert author.get(url).status_code == 200
        assert len(queries) <= MOST, (url, len(queries))
