"""The lead pool: who is in it, the monthly news that goes out to them or is held, and the way back to the proposal."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.conftest import run_jobs
from tests.story import PASSWORD, SYSTEM, Company, make_company, write_in
from tests.web.desk import active, client_of, press
from tests.web.test_page_queries import MOST, asked
from yinuo.catalog.models import Product, ProductNews
from yinuo.catalog.services import publish_news, save_product
from yinuo.customers.models import Identity
from yinuo.foundation import clock as house_clock
from yinuo.procedures.leads import leads
from yinuo.procedures.queries import step_stamp
from yinuo.sla.alarm import notice_due
from yinuo.staff.models import Account, Notice, Role
from yinuo.staff.permissions import Viewer
from yinuo.staff.services import make_account
from yinuo.tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db
Clock = Callable[[timedelta], None]
MONTH = timedelta(days=30, minutes=1)


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def seller(company: Company) -> Account:
    return make_account(
        username="qian", name="钱多", password=PASSWORD, roles=Role.objects.filter(code__in=["agent", "sales"]),
        teams={company.first_line: False}, by=SYSTEM, now=house_clock.now(),
    )  # fmt: skip


def lead(company: Company, seller: Account, *, name: str = "张三", product: Product | None = None) -> Ticket:
    """An enquiry whose customer has no intent yet."""
    ticket = write_in(
        company, "想装一台空气能热水器，一家四口用。", subject="空气能报价", category="price_quote", name=name,
        address=f"{name}@example.com",
    )  # fmt: skip
    if product:
        Ticket.objects.filter(id=ticket.id).update(product=product)
    client = client_of(seller)
    assert client.post(f"/tickets/{ticket.number}/take", {"ticket": ticket.number, "version": ticket.version})
    press(
        client, ticket, "enquiry", "recorded", customer_name=name, contact=f"{name}@example.com",
        product="空气能热水器", needs="四口之家",
    )  # fmt: skip
    press(
        client, ticket, "grade", "graded", urgency="normal", value="high", is_complex="false",
        first_proposal="先看 200 升的",
    )  # fmt: skip
    press(
        client, ticket, "propose", "sent", feature_match="200 升够用", quote="6800", schedule="一周",
        preferred_channel="phone",
    )  # fmt: skip
    press(client, ticket, "follow_up", "not_yet", follow_up_plan="搬新家以后再问")
    run_jobs()
    ticket.refresh_from_db()
    assert active(ticket, "lead_pool")
    return ticket


def news(text: str, product: Product | None = None, english: str = "") -> ProductNews:
    return publish_news(product=product, text=text, text_en=english, by=SYSTEM, now=house_clock.now())


def a_month_later(clock: Clock) -> None:
    clock(MONTH)
    notice_due(now=house_clock.now())
    run_jobs()


def sent(ticket: Ticket) -> list[str]:
    found = Message.objects.filter(ticket=ticket, template="product_news").order_by("at")
    return [message.text for message in found]


def test_each_month_a_lead_hears_what_was_published_since(company, seller, clock):
    ticket = lead(company, seller)
    news("九月起保修八年。")
    a_month_later(clock)
    assert len(sent(ticket)) == 1 and "九月起保修八年。" in sent(ticket)[0] and "空气能热水器" in sent(ticket)[0]
    news("新出 300 升的。")
    a_month_later(clock)
    assert len(sent(ticket)) == 2
    assert "新出 300 升的。" in sent(ticket)[1] and "保修八年" not in sent(ticket)[1]


def test_no_mail_goes_out_where_nothing_is_new_and_the_owner_hears_it_once(company, seller, clock):
    first, second = lead(company, seller), lead(company, seller, name="李四")
    a_month_later(clock)
    assert sent(first) == sent(second) == []
    assert Notice.objects.filter(account=seller, kind="news_missing").count() == 1
    client = client_of(seller)
    assert "上次之后没有新动态" in client.get(f"/tickets/{first.number}").content.decode()
    assert "没有新的产品动态" in client.get("/notices").content.decode()
    news("双十二优惠。")
    a_month_later(clock)
    assert len(sent(first)) == len(sent(second)) == 1


def test_news_of_a_product_go_to_who_asked_about_it_and_withdrawn_ones_to_nobody(company, seller, clock):
    now = house_clock.now()
    pump, heater = (
        save_product(id=None, code=code, name=code, by=SYSTEM, now=now) for code in ("pump", "heater")
    )  # fmt: skip
    ticket = lead(company, seller, product=pump)
    news("燃气的降价了。", heater)
    gone = news("写错了的一条。", pump)
    assert client_of(seller).post(f"/leads/news/{gone.id}/withdraw").status_code == 302
    a_month_later(clock)
    assert sent(ticket) == []
    news("热泵的降价了。", pump)
    a_month_later(clock)
    assert "热泵的降价了。" in sent(ticket)[0] and "燃气" not in sent(ticket)[0]


def test_a_lead_without_an_address_is_to_be_told_by_phone(company, seller, clock):
    ticket = lead(company, seller)
    Identity.objects.filter(customer=ticket.customer).delete()
    Message.objects.filter(ticket=ticket).update(envelope={})
    news("保修八年。")
    assert "没有邮箱，请电话告知" in client_of(seller).get("/leads").content.decode()
    a_month_later(clock)
    assert sent(ticket) == []
    assert Notice.objects.filter(account=seller, kind="news_by_phone", ticket_id=ticket.id).count() == 1


def test_the_page_says_since_when_what_came_and_what_comes(company, seller, clock):
    ticket = lead(company, seller)
    news("保修八年。")
    html = client_of(seller).get("/leads").content.decode()
    step = active(ticket, "lead_pool")
    assert "张三" in html and "空气能热水器" in html and "非紧急高价值" in html and "搬新家以后再问" in html
    assert step.started_at.isoformat(timespec="seconds") in html
    assert (step.started_at + timedelta(days=30)).isoformat(timespec="seconds") in html
    assert "1 条新动态" in html and "还没发过" in html
    a_month_later(clock)
    html = client_of(seller).get("/leads").content.decode()
    assert Message.objects.get(template="product_news").at.isoformat(timespec="seconds") in html
    assert "还没有新动态" in html


def test_lists_are_mine_who_wrote_or_of_a_team_and_nobody_elses(company, seller, clock):
    mine, other = lead(company, seller), lead(company, seller, name="李四")
    Ticket.objects.filter(id=other.id).update(last_customer_at=house_clock.now() + timedelta(minutes=5))
    client = client_of(seller)
    assert all(one in client.get("/leads").content.decode() for one in (mine.number, other.number))
    wrote = client.get("/leads?show=wrote").content.decode()
    assert other.number in wrote and mine.number not in wrote
    agent = client_of(company.agent)
    assert mine.number in agent.get("/leads").content.decode()
    assert "没有您负责的潜在客户" in agent.get("/leads?show=mine").content.decode()
    technician = client_of(company.technician).get("/leads").content.decode()
    assert "池里还没有人" in technician and mine.number not in technician
    assert mine.number in client_of(company.supervisor).get(f"/leads?team={company.first_line.id}").content.decode()


def test_when_the_interest_returns_the_proposal_goes_on(company, seller, clock):
    ticket = lead(company, seller)
    assert f"/leads/{ticket.number}/back" in client_of(seller).get("/leads").content.decode()
    stamp = step_stamp(active(ticket, "lead_pool"))
    stranger = client_of(company.technician)
    assert stranger.post(f"/leads/{ticket.number}/back", {"plan": "x", "version": stamp}).status_code == 404
    client = client_of(seller)
    assert client.post(f"/leads/{ticket.number}/back", {"plan": "", "version": stamp}).status_code == 422
    stale = client.post(f"/leads/{ticket.number}/back", {"plan": "周五前重报价", "version": "other"})
    assert stale.status_code == 409
    back = client.post(f"/leads/{ticket.number}/back", {"plan": "周五前重报价", "version": stamp})
    assert back.headers["Location"] == f"/tickets/{ticket.number}"
    assert active(ticket, "propose").round == 2
    assert "池里还没有人" in client.get("/leads").content.decode()
    assert client.get(f"/leads/{ticket.number}/back").status_code == 404
    news("保修八年。")
    a_month_later(clock)
    assert sent(ticket) == []


def test_news_are_written_by_who_has_the_right(company, seller):
    client = client_of(seller)
    assert client.post("/leads/news", {"text": " "}).status_code == 422
    assert client.post("/leads/news", {"text": "保修八年。", "text_en": "Eight years."}).status_code == 302
    html = client_of(company.agent).get("/leads/news").content.decode()
    assert "保修八年。" in html and "Eight years." in html and "<textarea" not in html
    assert client_of(company.agent).post("/leads/news", {"text": "x"}).status_code == 403
    issue = ProductNews.objects.get()
    assert client_of(company.agent).post(f"/leads/news/{issue.id}/withdraw").status_code == 403


def test_an_english_customer_gets_the_english_text(company, seller, clock):
    ticket = lead(company, seller)
    Ticket.objects.filter(id=ticket.id).update(language="en")
    news("保修八年。", english="Eight years of warranty.")
    a_month_later(clock)
    assert "Eight years of warranty." in sent(ticket)[0] and "保修" not in sent(ticket)[0]


def test_more_leads_cost_no_more_queries(company, seller):
    client = client_of(seller)
    lead(company, seller)
    _status, one = asked(client, "/leads")
    for name in ("李四", "王五", "赵六"):
        lead(company, seller, name=name)
    assert asked(client, "/leads") == (200, one) and one <= MOST


def test_the_list_goes_on_where_it_ended(company, seller):
    for name in ("李四", "王五", "赵六"):
        lead(company, seller, name=name)
    first = leads(Viewer(seller), limit=2)
    rest = leads(Viewer(seller), limit=2, after=first.after)
    assert [one.ticket.customer.name for one in (*first.rows, *rest.rows)] == ["赵六", "王五", "李四"]
    assert rest.after == ""
