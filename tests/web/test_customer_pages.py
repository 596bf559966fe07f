"""Customers' pages: found, masked, shown with a recorded reason, edited, merged (R-CU-1, R-CU-2, R-SE-1)."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.story import Company, make_company, write_in
from tests.web.desk import without
from tests.web.test_settings_pages import logged_in, shown_form
from yinuo.customers.models import Customer, Identity
from yinuo.customers.services import add_identity, make_customer, merge_customers
from yinuo.foundation.actors import Actor
from yinuo.foundation.clock import now
from yinuo.foundation.events import personal_of
from yinuo.foundation.models import HistoryRow
from yinuo.sla.models import Deadline
from yinuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db
BY = Actor.system("test")
PHONE, MAIL = "13812345678", "wang.fang@example.com"


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def customer(company: Company) -> Customer:
    return make_customer(name="王芳", identities=[("phone", PHONE), ("email", MAIL)], by=BY, now=now())


@pytest.fixture
def agent(company: Company) -> Client:
    return logged_in(company.agent)


@pytest.fixture
def supervisor(company: Company) -> Client:
    return logged_in(company.supervisor)


def file(client: Client, customer: Customer) -> str:
    return client.get(reverse("customer", args=[customer.id])).content.decode()


def phone_of(customer: Customer) -> Identity:
    return Identity.objects.get(customer=customer, kind="phone")


def test_pages_open_to_who_works_with_customers_only(company, customer, agent, supervisor):
    for client, status in ((agent, 200), (supervisor, 200), (logged_in(company.administrator), 403)):
        assert client.get(reverse("customers")).status_code == status
        assert client.get(reverse("customer", args=[customer.id])).status_code == status
    technician = logged_in(company.technician)
    assert technician.get(reverse("customer", args=[customer.id])).status_code == 200
    assert technician.get(reverse("customer_edit", args=[customer.id])).status_code == 403
    assert Client().get(reverse("customers")).status_code == 302


@pytest.mark.parametrize("query", ["王", "王芳", PHONE, "+86 138 1234 5678", MAIL, MAIL.upper()])
def test_a_customer_is_found_by_part_of_the_name_phone_or_mail(query, customer, agent):
    rows = agent.get(reverse("customers"), {"q": query}).context["rows"]
    assert [row["id"] for row in rows] == [customer.id]


@pytest.mark.parametrize("query", ["李", "138123", "wang.fang"])
def test_others_and_parts_of_numbers_find_nobody(query, customer, agent):
    page = agent.get(reverse("customers"), {"q": query})
    assert page.context["rows"] == []


def test_list_and_file_show_contact_data_masked(customer, agent, supervisor):
    for client in (agent, supervisor):
        for page in (client.get(reverse("customers"), {"q": "王芳"}).content.decode(), file(client, customer)):
            assert "138****5678" in page
            assert "w***@example.com" in page
            assert PHONE not in page
            assert MAIL not in page


def test_who_may_not_see_personal_data_gets_no_way_to_it(company, customer, agent):
    without("see_personal", company.agent)
    url = reverse("customer_show", args=[customer.id, phone_of(customer).id])
    assert url not in file(agent, customer)
    assert agent.post(url, {"reason": "curious"}).status_code == 403
    assert not HistoryRow.objects.filter(kind="customers.PersonalDataShown").exists()


def test_contacts_are_shown_to_who_has_to_do_with_the_customer_and_to_no_other(company, customer, agent):
    """An agent can find everybody's file; that is no reason to call them."""
    url = reverse("customer_show", args=[customer.id, phone_of(customer).id])
    assert url not in file(agent, customer)
    assert agent.get(url).status_code == 403
    assert agent.post(url, {"reason": "看看"}).status_code == 403
    assert not HistoryRow.objects.filter(kind="customers.PersonalDataShown").exists()
    ticket = write_in(company, address=MAIL)
    assert ticket.customer_id == customer.id
    assert url in file(agent, customer)
    assert PHONE in agent.post(url, {"reason": "回电确认"}).content.decode()
    assert logged_in(company.technician).post(url, {"reason": "看看"}).status_code == 403


def test_showing_needs_a_reason_and_is_recorded_with_it(company, customer, supervisor):
    url = reverse("customer_show", args=[customer.id, phone_of(customer).id])
    assert url in file(supervisor, customer)
    assert PHONE not in supervisor.get(url).content.decode(), "asking for the reason shows nothing yet"
    refused = supervisor.post(url, {"reason": " "})
    assert refused.status_code == 422
    assert PHONE not in refused.content.decode()
    assert not HistoryRow.objects.filter(kind="customers.PersonalDataShown").exists()
    shown = supervisor.post(url, {"reason": "回电确认上门时间"}).content.decode()
    assert PHONE in shown
    row = HistoryRow.objects.get(kind="customers.PersonalDataShown")
    assert (row.actor_id, row.customer_id) == (company.supervisor.id, customer.id)
    assert personal_of(row) == {"reason": "回电确认上门时间"}
    page = file(supervisor, customer)
    assert "回电确认上门时间" in page
    assert PHONE not in page, "the file stays masked"


def test_an_identity_is_shown_on_its_own_customers_page_only(customer, supervisor):
    other = make_customer(name="赵四", by=BY, now=now())
    url = reverse("customer_show", args=[other.id, phone_of(customer).id])
    assert supervisor.post(url, {"reason": "a reason"}).status_code == 404


def test_tickets_and_history_show_only_what_the_viewer_may_see(company, agent):
    ticket = write_in(company, subject="热水器不加热", address=MAIL, name="王芳")
    page = file(agent, ticket.customer)
    assert ticket.number in page
    assert "热水器不加热" in page
    technician = logged_in(company.technician)
    theirs = file(technician, ticket.customer)
    assert ticket.number not in theirs
    mine = technician.get(reverse("customer", args=[ticket.customer_id])).context["story"]
    full = agent.get(reverse("customer", args=[ticket.customer_id])).context["story"]
    assert len(mine) < len(full)
    assert all(entry["text"] for entry in full)


def test_a_new_file_takes_phone_and_mail_in_one_form(company, agent):
    works_for = make_customer(name="青禾物业", kind="company", by=BY, now=now())
    url = reverse("customer_new")
    form = shown_form(agent, url) | {
        "name": "孙浩",
        "company": "青禾物业",
        "dedicated_agent": str(company.agent.id),
        "phone": "010-62345678",
        "email": "sun@example.com",
        "tags": "安装，老客户",
    }
    assert agent.post(url, form).status_code == 302
    made = next(row for row in Customer.objects.all() if row.name == "孙浩")
    assert made.tags == ["安装", "老客户"]
    assert (made.company, made.dedicated_agent) == (works_for, company.agent)
    assert sorted(str(row.value) for row in made.identities.all()) == ["+861062345678", "sun@example.com"]
    again = agent.post(url, form | {"name": "别人"})
    assert again.status_code == 409
    assert not any(row.name == "别人" for row in Customer.objects.all()), "half a file is no file"
    wrong = agent.post(url, form | {"phone": "12", "email": ""})
    assert "phone" in wrong.context["form"].errors


def test_an_edit_arrives_and_a_stale_one_does_not(company, customer, agent):
    firm = make_customer(name="锦程物业", kind="company", by=BY, now=now())
    url = reverse("customer_edit", args=[customer.id])
    form = shown_form(agent, url)
    change = {
        "name": "王芳芳",
        "company": "锦程物业",
        "tier": "key",
        "dedicated_agent": str(company.agent.id),
        "notes": "怕吵",
    }
    assert agent.post(url, form | change).status_code == 302
    customer.refresh_from_db()
    assert (customer.name, customer.company, customer.tier, customer.notes) == ("王芳芳", firm, "key", "怕吵")
    assert customer.dedicated_agent == company.agent
    assert agent.post(url, form | {"name": "旧"}).status_code == 409
    assert [row["id"] for row in agent.get(reverse("customers"), {"q": "芳芳"}).context["rows"]] == [customer.id]
    assert "王芳芳" in file(agent, firm)
    wrong = agent.post(url, shown_form(agent, url) | {"company": "没有这家"})
    assert "company" in wrong.context["form"].errors


def test_a_number_is_added_and_one_of_another_customer_refused(customer, agent):
    url = reverse("customer_identity_add", args=[customer.id])
    assert agent.post(url, {"kind": "phone", "value": "139 0000 1111"}).status_code == 302
    assert customer.identities.count() == 3
    other = make_customer(name="赵四", identities=[("phone", "13911112222")], by=BY, now=now())
    refused = agent.post(url, {"kind": "phone", "value": "13911112222"})
    assert refused.status_code == 409
    assert "value" in refused.context["identity_form"].errors
    assert other.identities.count() == 1
    assert agent.post(url, {"kind": "email", "value": "no mail"}).status_code == 422


def test_merging_moves_numbers_tickets_and_promises_and_the_old_address_leads_on(company, customer, agent):
    ticket = write_in(company, address="fang@home.example.com", name="王 芳")
    other = ticket.customer
    url = reverse("customer_merge", args=[customer.id])
    found = agent.get(url, {"q": "fang@home.example.com"})
    assert [row["id"] for row in found.context["candidates"]] == [other.id]
    assert agent.post(url, {"merged": str(other.id)}).status_code == 302
    ticket = Ticket.objects.get(id=ticket.id)
    assert ticket.customer == customer
    assert set(Deadline.objects.filter(ticket_id=ticket.id).values_list("customer_id", flat=True)) == {customer.id}
    assert customer.identities.count() == 3
    assert agent.get(reverse("customer", args=[other.id]))["Location"] == reverse("customer", args=[customer.id])
    page = agent.get(reverse("customer", args=[customer.id]))
    assert ticket.number in page.content.decode()
    assert len(agent.get(reverse("customers"), {"q": "王"}).context["rows"]) == 1


def test_a_file_cannot_be_merged_into_itself_nor_twice(customer, agent):
    url = reverse("customer_merge", args=[customer.id])
    assert agent.post(url, {"merged": str(customer.id)}).status_code == 404
    assert agent.post(url, {"merged": "nonsense"}).status_code == 404
    other = make_customer(name="赵四", by=BY, now=now())
    merge_customers(kept=customer, merged=other, by=BY, now=now())
    assert agent.post(url, {"merged": str(other.id)}).status_code == 404


def test_names_and_numbers_stand_encrypted_in_the_database(customer):
    from django.db import connection

    add_identity(customer=customer, kind="wechat", value="wf-1990", by=BY, now=now())
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(c)::text FROM customers_customer c")
        rows = [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT row_to_json(i)::text FROM customers_identity i")
        rows += [row[0] for row in cursor.fetchall()]
    whole = " ".join(rows)
    for plain in ("王芳", PHONE, MAIL, "wf-1990"):
        assert plain not in whole
        assert plain.encode().hex() not in whole
