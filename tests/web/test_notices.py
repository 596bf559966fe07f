"""The bell: a sentence for each kind, read by looking, one's own only."""

import re

import pytest

from tests.story import SYSTEM, Company, make_company, write_in
from tests.web.desk import HTMX, client_of
from yinuo.foundation import clock
from yinuo.staff.models import Notice
from yinuo.staff.services import notify
from yinuo.web.console.views.notices import IN_POPOVER, SENTENCES

pytestmark = pytest.mark.django_db

WORDS = {
    "assigned": "已派给您",
    "customer_wrote": "客户回复了",
    "mentioned": "提到了您",
    "not_delivered": "没有送达",
    "deadline_warned": "“首次答复”快到期了",
    "deadline_breached": "“首次答复”已超时",
    "order_deadline_warned": "的“首次答复”快到期了",
    "order_deadline_breached": "的“首次答复”已超时",
    "order_delay_check": "能按期吗？现在告知延期还来得及",
    "order_progress_report": "该向客户汇报进展了",
    "order_contract_review": "合同等您审核",
    "order_contract_passed": "可以签订",
    "order_contract_returned": "合同审核未通过",
    "improvement_opened": "只得了 2 分",
    "order_improvement_opened": "只得 2 分，已发起改进",
    "news_missing": "没有新的产品动态",
    "news_by_phone": "每月动态请电话告知",
    "subtask_offered": "等您部门接手",
    "subtask_given": "子任务交给您办理",
    "subtask_moved": "已交给同事接着办",
    "subtask_done": "部门已交回",
    "subtask_declined": "子任务被退回",
    "subtask_sent_back": "子任务需要补充",
    "subtask_withdrawn": "子任务不用再办",
    "procedure_review": "“售后流程”的流程草稿等您评审",
    "procedure_sent_back": "您的“售后流程”流程草稿被退回",
    "template:acknowledgement": "已受理",
    "something_else": "有新情况",
}


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def ticket(company):
    return write_in(company)


def tell(account, ticket, kind: str, **values) -> None:
    notify(
        accounts=[account.id], kind=kind, subject=("ticket", ticket.id), at=clock.now(), by=SYSTEM,
        ticket_id=ticket.id, values={"number": ticket.number, **values},
    )  # fmt: skip


def test_every_kind_is_a_sentence(company, ticket):
    said = {"kind_of_promise": "first_answer", "score": 2, "title": "售后流程", "title_en": "After-sales"}
    every = list(WORDS)
    for start in range(0, len(every), IN_POPOVER):  # the popover shows the newest ones
        kinds = every[start : start + IN_POPOVER]
        for kind in kinds:
            tell(company.agent, ticket, kind, **said)
        html = client_of(company.agent).get("/notices", headers=HTMX).content.decode()
        for kind in kinds:
            assert WORDS[kind] in html, kind
            assert kind.removeprefix("template:") not in html
    assert set(SENTENCES) <= set(WORDS)


def test_the_bell_counts_what_is_unread_and_is_renewed_by_itself(company, ticket):
    tell(company.agent, ticket, "assigned")
    client = client_of(company.agent)
    html = client.get("/notices?count", headers=HTMX).content.decode()
    assert f'data-topic="account:{company.agent.id}"' in html
    assert re.search(r'count-accent">1<', html)
    whole = client.get("/mine").content.decode()
    assert re.search(r'id="bell-button".*?count-accent">1<', whole, re.S)


def test_reading_is_a_post_and_reads_only_ones_own(company, ticket):
    tell(company.agent, ticket, "assigned")
    tell(company.supervisor, ticket, "customer_wrote")
    client = client_of(company.agent)
    notice = Notice.objects.get(account=company.agent)
    assert client.get(f"/notices/{notice.id}")["Location"] == f"/tickets/{ticket.number}"
    assert client.get("/notices/read").status_code == 405
    assert Notice.objects.filter(read_at__isnull=True).count() == 2
    client.post("/notices/read", headers=HTMX)
    assert [row.account for row in Notice.objects.filter(read_at__isnull=True)] == [company.supervisor]


def test_opening_a_ticket_reads_what_is_about_it(company, ticket):
    other = write_in(company, address="li@example.com", name="李四")
    tell(company.agent, ticket, "assigned")
    tell(company.agent, other, "assigned")
    client = client_of(company.agent)
    assert f'hx-vals=\'{{"number": "{ticket.number}"}}\'' in client.get(f"/tickets/{ticket.number}").content.decode()
    assert client.post("/notices/read", {"number": ticket.number}, headers=HTMX).status_code == 204
    assert [row.ticket_id for row in Notice.objects.filter(read_at__isnull=True)] == [other.id]


def test_somebody_elses_notice_leads_nowhere(company, ticket):
    tell(company.supervisor, ticket, "assigned")
    notice = Notice.objects.get()
    assert client_of(company.agent).get(f"/notices/{notice.id}")["Location"] == "/notices"
