"""The customer's secret link is for the customer alone."""

import pytest
from django.test import Client

from tests.conftest import run_jobs
from tests.story import make_company, write_in
from yinuo.tickets.links import token_for, without_secrets
from yinuo.tickets.models import Message

pytestmark = pytest.mark.django_db


def test_colleagues_see_the_mail_without_the_token_of_its_link():
    company = make_company()
    ticket = write_in(company)
    run_jobs()
    assert token_for(ticket) in Message.objects.get(ticket=ticket, direction="out").text
    client = Client()
    client.force_login(company.agent)
    page = client.get(f"/tickets/{ticket.number}").content.decode()
    assert f"/t/{ticket.number}/…" in page
    assert token_for(ticket) not in page


def test_only_the_token_goes():
    text = "http://a.example/t/SH202611210001/abcdefghijklmnopqrstuv 谢谢"
    assert without_secrets(text) == "http://a.example/t/SH202611210001/… 谢谢"
