"""An empty installation is set up in the browser: company, administrator, one mailbox that is really tried."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import log_in, picture
from tests.servers import PASSWORD as MAIL_PASSWORD
from tests.servers import mail_to_service, running_house, wait_for

OWN = "a-good-password-26"


@pytest.fixture(scope="module")
def house():
    with running_house() as house:
        yield house


def test_an_empty_house_is_set_up_and_takes_its_first_mail(house, servers, person):
    dovecot, relay = servers
    page = person(house)
    page.goto("/")
    expect(page).to_have_url(re.compile("/setup"))
    picture(page, "first-run")
    page.fill("[name=company]", "明湖家电")
    page.fill("[name=hotline]", "400-000-1111")
    page.fill("[name=name]", "陈一")
    page.fill("[name=login]", "chen")
    page.fill("[name=password1]", OWN)
    page.fill("[name=password2]", OWN)
    page.fill("[name=address]", "hello@minghu.example")
    page.fill("[name=sender_name]", "明湖客服")
    page.fill("[name=imap_host]", "127.0.0.1")
    page.fill("[name=imap_port]", str(dovecot.imap))
    page.select_option("[name=imap_security]", "none")
    page.fill("[name=smtp_host]", "127.0.0.1")
    page.fill("[name=smtp_port]", str(relay.port))
    page.select_option("[name=smtp_security]", "none")
    page.fill("[name=username]", "hello@minghu.example")
    page.fill("#id_password", "not-the-password")
    page.get_by_role("button", name="测试").click()
    expect(page.locator("#tried")).to_contain_text("拒绝")
    page.fill("#id_password", MAIL_PASSWORD)
    page.get_by_role("button", name="测试").click()
    expect(page.locator("#tried")).to_contain_text("INBOX")
    page.locator("form[action='/setup'] .btn-primary").click()
    page.wait_for_url("**/accounts/login/**")
    log_in(page, "chen", OWN)
    relay.send(mail_to_service("第一封来信：洗衣机不转。", subject="洗衣机不转", to="hello@minghu.example"))
    (answer,) = wait_for(lambda: dovecot.mails_of("zhang.san@customer.example"), seconds=30)
    assert "明湖家电" in answer.get_content()


def test_once_set_up_the_page_is_gone(house, person):
    page = person(house)
    page.goto("/setup")
    expect(page).not_to_have_url(re.compile("/setup"))
