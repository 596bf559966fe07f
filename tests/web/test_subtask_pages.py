"""Sub-tasks on screen: given to a department, found in its list, accepted, answered; by whom, and by whom not."""

from pathlib import Path
from uuid import uuid4

import pytest

from tests.conftest import run_jobs
from tests.story import Company, make_company, write_in
from tests.web.desk import HTMX, client_of, post
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.procedures.models import Subtask
from yinuo.procedures.services import happen
from yinuo.sla.models import Deadline
from yinuo.staff.models import Notice, TeamMember
from yinuo.tickets.models import Attachment, Message, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def ticket(company) -> Ticket:
    return write_in(company)


@pytest.fixture
def agent(company):
    return client_of(company.agent)


@pytest.fixture
def technician(company):
    return client_of(company.technician)


def asked(client, company, ticket, **more) -> Subtask:
    fields = {
        "team": str(company.technical.id), "title": "查明不加热的原因", "task": "电话13812341234的客户说显示E2",
        "within": "2", "unit": "d", "accept_within": "4", "accept_unit": "h", **more,
    }  # fmt: skip
    assert post(client, ticket, "subtasks", **fields).status_code == 204
    return Subtask.objects.latest("opened_at")


def act(client, row: Subtask, what: str, **fields):
    version = fields.pop("version", Subtask.objects.get(id=row.id).version)
    return post(client, row.ticket, f"subtasks/{row.id}/{what}", version=version, **fields)


def page(client, ticket, part="subtasks") -> str:
    answer = client.get(f"/tickets/{ticket.number}?part={part}", headers=HTMX)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_department_is_asked_and_answers(company, ticket, agent, technician):
    sheet = agent.get(f"/tickets/{ticket.number}/subtasks/sheet", headers=HTMX).content.decode()
    assert "技术部 · 技术支持" in sheet
    assert "客服一组" not in sheet
    assert "要求多久办结" in sheet

    assert technician.get(f"/tickets/{ticket.number}").status_code == 404
    row = asked(agent, company, ticket)
    due = {one.kind: one for one in Deadline.objects.filter(subject_id=row.id)}
    assert due["subtask"].target.days == 2
    shown = page(agent, ticket)
    assert "待接手" in shown
    assert "子任务办结 · 技术支持" in page(agent, ticket, "head"), "which department owes it"
    assert "撤回…" in shown
    assert f"subtasks/{row.id}/accept" not in shown
    run_jobs()
    notice = Notice.objects.get(account=company.technician, kind="subtask_offered")
    assert technician.get(f"/notices/{notice.id}").headers["Location"] == f"/tickets/{ticket.number}"
    assert "有一项子任务等您部门接手" in technician.get("/notices").content.decode()

    listed = technician.get("/steps").content.decode()
    assert "待接手：查明不加热的原因" in listed
    assert due["taken_over"].due_at.isoformat(timespec="seconds") in listed
    assert "/take" not in listed

    whole = technician.get(f"/tickets/{ticket.number}").content.decode()
    assert "13812341234" not in whole
    assert f"subtasks/{row.id}/accept" in whole
    assert f"/tickets/{ticket.number}/answer" not in whole
    assert act(technician, row, "accept").status_code == 204
    assert "子任务：查明不加热的原因" in technician.get("/steps").content.decode()
    with Path(__file__).open("rb") as file:
        answer = act(technician, row, "answer", text="加热管批次不良，请换新。", files=file)
    assert answer.status_code == 204
    row.refresh_from_db()
    assert row.state == "done"
    assert Attachment.objects.get(message=row.result).filename == "test_subtask_pages.py"

    shown = page(agent, ticket)
    assert "加热管批次不良" in shown
    assert "test_subtask_pages.py" in shown
    assert "退回补充…" in shown
    assert "加热管批次不良" in page(agent, ticket, "talk")
    told = page(agent, ticket, "side")
    assert "子任务已交结果：查明不加热的原因" in told
    assert Notice.objects.filter(account=company.technician, kind="subtask_done").count() == 0
    run_jobs()
    assert Notice.objects.filter(account=company.agent, kind="subtask_done").count() == 1
    assert "查明不加热的原因" not in technician.get("/steps").content.decode()


def test_a_lead_gives_it_to_another_person_of_the_department(company, ticket, agent, technician):
    row = asked(agent, company, ticket)
    colleague = company.second_agent
    TeamMember.objects.filter(account=colleague).delete()
    TeamMember.objects.create(team=company.technical, account=colleague, is_lead=True)
    lead = client_of(colleague)
    act(technician, row, "accept")
    assert "交给同事…" in page(lead, ticket)
    assert "交给同事…" not in page(agent, ticket)
    TeamMember.objects.filter(account=company.technician).update(is_lead=True)
    TeamMember.objects.filter(account=colleague).delete()
    alone = technician.get(f"/tickets/{ticket.number}/subtasks/{row.id}/give/sheet", headers=HTMX).content.decode()
    assert "这个部门没有其他人" in alone
    assert "data-send" not in alone
    TeamMember.objects.create(team=company.technical, account=colleague, is_lead=True)
    sheet = lead.get(f"/tickets/{ticket.number}/subtasks/{row.id}/give/sheet", headers=HTMX).content.decode()
    assert "何雨" in sheet
    assert "林小满" not in sheet
    assert sheet.count(" disabled") == 1, "whoever has it"
    nobody = act(lead, row, "give")
    assert (nobody.status_code, "请选择" in nobody.content.decode()) == (422, True)
    assert act(lead, row, "give", to=str(company.agent.id)).status_code == 422, "of another department"
    assert act(agent, row, "give", to=str(colleague.id)).status_code == 403
    assert act(lead, row, "give", to=str(colleague.id), reason="我来办").status_code == 204
    row.refresh_from_db()
    assert row.owner_id == colleague.id
    told = page(lead, ticket, "side")
    assert "子任务交给何雨：查明不加热的原因" in told
    assert "我来办" in told
    assert "子任务交给何雨" in page(lead, ticket, "talk")


def test_sent_back_with_what_is_missing(company, ticket, agent, technician):
    row = asked(agent, company, ticket)
    act(technician, row, "accept")
    act(technician, row, "answer", text="换新")
    sheet = agent.get(f"/tickets/{ticket.number}/subtasks/{row.id}/send_back/sheet", headers=HTMX).content.decode()
    assert "要补充什么" in sheet
    refused = act(agent, row, "send_back", reason=" ", team=str(row.team_id))
    assert refused.status_code == 422
    assert "原因" in refused.content.decode()
    sent = act(agent, row, "send_back", reason="请写批号", within="1", unit="d", team=str(row.team_id))
    assert sent.status_code == 204
    row.refresh_from_db()
    assert (row.state, row.round, row.owner_id) == ("accepted", 2, company.technician.id)
    shown = page(technician, ticket)
    assert "第 2 轮" in shown
    assert "请写批号" in shown


def test_not_ours_leads_whoever_declined_it_away_from_the_ticket(company, ticket, agent, technician):
    row = asked(agent, company, ticket)
    answer = act(technician, row, "decline", reason="是客服的规则问题")
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/steps")
    assert technician.get(f"/tickets/{ticket.number}").status_code == 404
    shown = page(agent, ticket)
    assert "是客服的规则问题" in shown
    assert "改派部门…" in shown
    sheet = agent.get(f"/tickets/{ticket.number}/subtasks/{row.id}/send_back/sheet", headers=HTMX).content.decode()
    assert "技术支持" in sheet
    assert act(agent, row, "send_back", reason="再看看", team=str(company.technical.id)).status_code == 204
    row.refresh_from_db()
    assert (row.state, row.round) == ("offered", 2)


def test_waiting_and_going_on(company, ticket, agent, technician):
    row = asked(agent, company, ticket)
    act(technician, row, "accept")
    assert act(technician, row, "wait", wait="customer").status_code == 204
    assert "继续办理" in page(technician, ticket)
    assert act(technician, row, "go_on").status_code == 204
    row.refresh_from_db()
    assert row.wait == ""
    assert act(technician, row, "wait", wait="whoever").status_code == 422


class TestRefused:
    def test_those_who_may_not(self, company, ticket, agent, technician):
        row = asked(agent, company, ticket)
        colleague = company.second_agent
        TeamMember.objects.filter(account=colleague).delete()
        TeamMember.objects.create(team=company.technical, account=colleague)
        stranger = client_of(colleague)
        assert [act(agent, row, what).status_code for what in ("accept", "answer", "decline", "wait")] == [403] * 4
        assert [act(technician, row, what).status_code for what in ("withdraw", "send_back")] == [403] * 2
        assert post(technician, ticket, "subtasks", team="x", title="x").status_code == 403
        act(technician, row, "accept")
        assert act(stranger, row, "answer", text="我来答").status_code == 403
        assert act(stranger, row, "decline", reason="不办").status_code == 403
        TeamMember.objects.filter(account=colleague).update(is_lead=True)
        assert act(client_of(colleague), row, "answer", text="代他答").status_code == 204

    def test_two_at_once_and_what_has_changed(self, company, ticket, agent, technician):
        row = asked(agent, company, ticket)
        colleague = company.second_agent
        TeamMember.objects.create(team=company.technical, account=colleague)
        assert act(technician, row, "accept").status_code == 204
        late = act(client_of(colleague), row, "accept", version=1)
        assert late.status_code == 409
        assert "吴涛" in late.content.decode()
        assert act(technician, row, "answer", text="好了", version=1).status_code == 409
        assert act(technician, row, "answer", text="好了", version="x").status_code == 422
        assert not Message.objects.filter(ticket=ticket, channel="note").exists()

    def test_a_form_sent_twice_asks_once(self, company, ticket, agent):
        once = str(uuid4())
        asked(agent, company, ticket, once=once)
        asked(agent, company, ticket, once=once)
        assert Subtask.objects.count() == 1

    def test_a_sub_task_of_another_ticket(self, company, ticket, agent, technician):
        row = asked(agent, company, ticket)
        other = write_in(company, address="li@example.com", name="李四")
        asked(agent, company, other)
        posted = {"ticket": other.number, "version": 1}
        assert technician.post(f"/tickets/{other.number}/subtasks/{row.id}/accept", posted).status_code == 404
        assert act(technician, row, "accept", ticket=other.number).status_code == 409
        assert technician.get(f"/tickets/{ticket.number}/subtasks/{row.id}/nothing/sheet").status_code == 404

    def test_nothing_said_and_too_long(self, company, ticket, agent):
        for fields in ({"title": ""}, {"team": ""}, {"team": str(uuid4())}, {"within": "9000", "unit": "d"}):
            given = {"team": str(company.technical.id), "title": "查明", **fields}
            answer = post(agent, ticket, "subtasks", **given)
            assert answer.status_code == 422, fields
            assert "error" in answer.content.decode()
        assert not Subtask.objects.exists()

    def test_after_the_end(self, company, ticket, agent, technician):
        row = asked(agent, company, ticket)
        act(technician, row, "accept")
        happen(ticket=ticket, name="withdrawn", by=Actor.system("test"), now=clock.now())
        late = act(technician, row, "answer", text="晚了")
        assert late.status_code == 409
        assert "已取消" in late.content.decode()
        shown = page(agent, ticket)
        assert "派给其他部门" not in shown
        assert "撤回…" not in shown
        assert post(agent, ticket, "subtasks", team=str(company.technical.id), title="再来").status_code in (409, 422)
