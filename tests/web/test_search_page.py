"""Searching: by number, by a customer's number or address, by Chinese words; only what one may see."""

import re

import pytest

from tests.conftest import run_jobs
from tests.story import Company, make_company, write_in
from tests.web.desk import client_of
from yinuo.customers.services import add_identity
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def ticket(company):
    found = write_in(company, text="昨天换了滤芯，出水很小，电话 13812341234", subject="净水器出水小")
    write_in(company, address="li@example.com", name="李四", text="空调不制冷", subject="空调")
    add_identity(customer=found.customer, kind="phone", value="13900002222", by=Actor.system("test"), now=clock.now())
    run_jobs()
    return found


def found(client, text: str) -> list[str]:
    html = client.get("/search", {"q": text}).content.decode()
    return re.findall(r'class="strong" href="/tickets/([A-Z]+\d+)"', html)


def test_a_number_leads_straight_to_its_ticket(company, ticket):
    answer = client_of(company.agent).get("/search", {"q": ticket.number.lower()})
    assert answer["Location"] == f"/tickets/{ticket.number}"


@pytest.mark.parametrize("text", ["滤芯", "出水很小", "zhang.san@example.com", "139 0000 2222"])
def test_words_addresses_and_phone_numbers_find_the_ticket(company, ticket, text):
    assert found(client_of(company.agent), text) == [ticket.number]


def test_the_place_found_is_marked_and_contact_data_masked(company, ticket):
    html = client_of(company.agent).get("/search", {"q": "滤芯"}).content.decode()
    assert "<mark>滤芯</mark>" in html
    assert "13812341234" not in html


def test_a_place_in_the_middle_of_a_text_says_that_more_stands_before_and_after_it(company, ticket):
    write_in(
        company,
        text="师傅来过了。" * 30 + "压缩机还在响，" + "请再来看看。" * 30,
        subject="冰箱",
        address="wu@example.com",
    )
    run_jobs()
    html = client_of(company.agent).get("/search", {"q": "压缩机"}).content.decode()
    place = re.search(r'<p class="small soft">(.*?)</p>', html)
    assert place and place[1].startswith("…") and place[1].endswith("…")


def test_nothing_found_says_how_to_search(company, ticket):
    html = client_of(company.agent).get("/search", {"q": "洗衣机"}).content.decode()
    assert "没有找到" in html and "换个词" in html


def test_what_one_may_not_see_is_not_found(company, ticket):
    client = client_of(company.technician)
    for text in ("滤芯", "zhang.san@example.com"):
        assert found(client, text) == []
    assert client.get("/search", {"q": ticket.number}).status_code == 200, "not even led to it"


def test_a_search_text_is_shown_as_text(company):
    html = client_of(company.agent).get("/search", {"q": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert(1)" not in html


def test_a_search_asks_the_database_little(company, ticket, django_assert_max_num_queries):
    client = client_of(company.agent)
    client.get("/search", {"q": "滤芯"})
    with django_assert_max_num_queries(13):
        client.get("/search", {"q": "滤芯"})
