"""The public web form: sent once, answered with number and promise, programs held back and nothing lost (R-CH-1)."""

import hashlib
import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.conftest import run_jobs
from tests.story import SYSTEM, Company, make_company
from tests.web.desk import client_of, without
from yinuo.channels.models import Contact, ContactState, Delivery, WebForm
from yinuo.channels.services.mailboxes import block_sender, save_mailbox
from yinuo.channels.services.webforms import save_web_form
from yinuo.domain.formspam import proves
from yinuo.foundation import clock as house_clock
from yinuo.foundation.files import read_file
from yinuo.foundation.models import HistoryRow
from yinuo.staff.models import Account
from yinuo.tickets.models import Attachment, Message, Ticket
from yinuo.web.portal.forms.pages import KEPT, WORK_BITS
from yinuo.web.portal.forms.views import OF_ADDRESS, OF_ADDRESS_UNPROVED, OF_CONTACT, OF_NETWORK, network_of

pytestmark = pytest.mark.django_db
PATH = "/form/contact"
GIVEN = {
    "name": "王小明", "contact": "wang@customer.example", "topic": "function_fault",
    "text": "热水器昨天开始不加热，显示E2。\r\n订单号 20261102。",
}  # fmt: skip


@pytest.fixture
def company() -> Company:
    made = make_company()
    save_mailbox(
        id=None, version=None, address="service@yinuo.example", name="一诺客服", team=made.first_line,
        transport="folder", by=SYSTEM, now=house_clock.now(),
    )  # fmt: skip
    return made


@pytest.fixture
def browser(company: Company) -> Client:
    return Client(HTTP_ACCEPT_LANGUAGE="zh-CN", HTTP_X_REAL_IP="203.0.113.9", enforce_csrf_checks=True)


@pytest.fixture
def later(clock: Any) -> Any:
    """A person takes half a minute to fill in a form."""
    return lambda: clock(timedelta(seconds=30))


def text_of(response: Any) -> str:
    return str(response.content.decode())


def value_of(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def worked(page: str) -> str:
    """What the browser's script finds."""
    found = re.search(r'data-work="([^"]+)"', page)
    assert found
    return next(str(number) for number in count() if proves(found[1], str(number), WORK_BITS))


def opened(browser: Client, path: str = PATH, *, work: bool = True) -> dict[str, str]:
    page = text_of(browser.get(path))
    return {"page": value_of(page, "page"), "work": worked(page) if work else ""}


def sent(browser: Client, hidden: dict[str, str], path: str = PATH, **changed: Any) -> Any:
    return browser.post(path, {**GIVEN, **hidden, **changed})


def receipt(browser: Client, response: Any) -> str:
    assert response.status_code == 303, text_of(response)
    return text_of(browser.get(response["Location"]))


def test_a_sent_form_is_a_ticket_with_number_promise_and_acknowledgement(browser, company, later):
    hidden = opened(browser)
    later()
    page = receipt(browser, sent(browser, hidden))
    ticket = Ticket.objects.get()
    assert (ticket.channel, ticket.category.code, ticket.category_source) == ("webform", "function_fault", "person")
    assert (ticket.customer.name, ticket.team, ticket.language) == ("王小明", company.first_line, "zh-hans")
    assert ticket.number in page
    assert re.search(r'<time class="strong" datetime="[^"]+"', page)
    assert "w***@customer.example" in page
    assert "wang@customer.example" not in page
    message = Message.objects.get(ticket=ticket)
    assert message.text == "热水器昨天开始不加热，显示E2。\n订单号 20261102。"
    run_jobs()
    acknowledgement = Message.objects.get(ticket=ticket, template="acknowledgement")
    assert acknowledgement.envelope["to"] == ["wang@customer.example"]
    assert ticket.number in acknowledgement.text
    assert Delivery.objects.filter(ticket_id=ticket.id, state="sent").exists()


def test_a_phone_number_is_enough_and_full_width_digits_are_digits(browser, later):
    hidden = opened(browser)
    later()
    page = receipt(browser, sent(browser, hidden, contact="１３９ 1234 5678"))
    customer = Ticket.objects.get().customer
    assert [identity.value for identity in customer.identities.all()] == ["+8613912345678"]
    assert "139****5678" in page
    assert "/t/SH" not in page
    run_jobs()
    assert not Message.objects.filter(direction="out").exists()


@pytest.mark.parametrize("times", [2, 3])
def test_the_same_page_sent_again_is_one_ticket_and_the_same_receipt(browser, later, times):
    hidden = opened(browser)
    later()
    places = {urlsplit(sent(browser, hidden)["Location"]).path.rpartition("/")[0] for _time in range(times)}
    assert len(places) == 1
    pages = {value for _time in range(times) for value in [receipt(browser, sent(browser, hidden))]}
    assert all(Ticket.objects.get().number in page for page in pages)
    assert Contact.objects.count() == 1
    assert Message.objects.count() == 1


def test_the_same_page_with_other_words_says_so_keeps_them_and_goes_out_with_the_next_click(browser, later):
    hidden = opened(browser)
    later()
    sent(browser, hidden)
    changed = sent(browser, hidden, text="另外，发票也开错了。")
    assert changed.status_code == 422
    page = text_of(changed)
    assert "另外，发票也开错了。</textarea>" in page
    assert Ticket.objects.count() == 1
    later()
    sent(browser, {"page": value_of(page, "page"), "work": worked(page)}, text="另外，发票也开错了。")
    assert Ticket.objects.count() == 2


def test_files_come_with_it_and_what_they_claim_to_be_is_not_believed(browser, later):
    hidden = opened(browser)
    later()
    files = [
        SimpleUploadedFile("照片.JPG", b"\xff\xd8\xff", "text/html"),
        SimpleUploadedFile("a.zip", b"PK", "image/png"),
    ]
    receipt(browser, sent(browser, hidden, files=files))
    kept = {file.filename: file.content_type for file in Attachment.objects.all()}
    assert kept == {"照片.JPG": "image/jpeg", "a.zip": "application/zip"}


def test_a_refused_file_or_field_is_said_at_its_place_and_nothing_typed_is_lost(browser, later):
    hidden = opened(browser)
    later()
    refused = sent(browser, hidden, files=SimpleUploadedFile("x.exe", b"MZ"))
    assert refused.status_code == 422
    nonce = re.search(r'data-work="([^"]+)"', text_of(refused))[1]
    assert "“x.exe”这类文件不能在这里发送" in text_of(refused)
    assert 'value="王小明"' in text_of(refused)
    for changed in ({"contact": "wang@"}, {"contact": "12"}, {"name": " "}, {"text": "\u200b\n"}, {"topic": "none"}):
        response = sent(browser, hidden, **changed, files=SimpleUploadedFile("a.png", b"x"))
        page = text_of(response)
        assert response.status_code == 422, changed
        assert 'aria-invalid="true"' in page, changed
        assert "请重新选择文件" in page
        assert f'data-work="{nonce}"' in page
    assert not Contact.objects.exists()


def test_a_page_that_lay_open_too_long_or_was_forged_is_shown_again_with_what_was_typed(browser, clock):
    hidden = opened(browser)
    clock(KEPT + timedelta(minutes=1))
    for page_token in (hidden["page"], hidden["page"][:-2] + "xx", "", "forged"):
        response = sent(browser, {**hidden, "page": page_token})
        assert response.status_code == 422
        assert "热水器昨天开始不加热" in text_of(response)
        assert value_of(text_of(response), "page") != page_token
    assert not Contact.objects.exists()


def test_a_page_of_one_form_does_not_send_another(browser, later, company):
    save_web_form(
        id=None, version=None, code="returns", title="退换货", topics=[], sites=[], by=SYSTEM, now=house_clock.now()
    )
    hidden = opened(browser)
    later()
    assert sent(browser, hidden, path="/form/returns").status_code == 422


# --- programs -----------------------------------------------------------------------------------------------------


def quarantined() -> list[str]:
    return list(Contact.objects.filter(state=ContactState.QUARANTINED).values_list("reason", flat=True))


HELD = {
    "trap": {"homepage": "http://spam.example"},
    "link_in_name": {"name": "www.spam.example"},
    "markup": {"text": "[url=http://spam.example]好东西[/url] 欢迎大家来看看我们的产品"},
    "links": {"text": "看 http://a.example 和 http://b.example 还有 http://c.example 都是我们的好产品"},
}


@pytest.mark.parametrize("reason", HELD)
def test_what_looks_like_a_program_waits_for_a_person_and_is_told_so(browser, later, reason):
    hidden = opened(browser)
    later()
    page = receipt(browser, sent(browser, hidden, **HELD[reason]))
    assert quarantined() == [reason]
    assert not Ticket.objects.exists()
    assert "您不用重复提交" in page
    run_jobs()
    assert not Message.objects.exists()


def test_a_form_sent_at_once_is_a_programs(browser):
    receipt(browser, sent(browser, opened(browser)))
    assert quarantined() == ["too_fast"]


def test_without_scripts_a_person_gets_through_and_is_only_watched_more_closely(browser, clock):
    hidden = opened(browser, work=False)
    clock(timedelta(seconds=5))
    receipt(browser, sent(browser, hidden))
    assert quarantined() == ["too_fast"]
    hidden = opened(browser, work=False)
    clock(timedelta(seconds=30))
    receipt(browser, sent(browser, hidden))
    assert Ticket.objects.count() == 1
    hidden = opened(browser, work=False)
    clock(timedelta(seconds=30))
    receipt(browser, sent(browser, hidden, text="看这里 http://shop.example 的东西我买了三件都是坏的"))
    assert quarantined() == ["too_fast", "links"]


def test_work_for_another_page_is_no_work(browser, later):
    other = opened(browser)
    for _number in range(OF_ADDRESS_UNPROVED.most + 1):
        hidden = opened(browser, work=False)
        later()
        receipt(browser, sent(browser, {**hidden, "work": other["work"]}))
    assert quarantined() in (["often"], [])
    assert not proves("another nonce", other["work"], 30)


def forms(browser: Client, later: Any, number: int, **changed: Any) -> Iterator[Any]:
    for index in range(number):
        hidden = opened(browser)
        later()
        yield sent(browser, hidden, **{"contact": f"c{index}@customer.example", **changed})


def test_many_from_one_address_wait_and_none_is_lost(browser, later):
    for response in forms(browser, later, OF_ADDRESS.most + 2):
        receipt(browser, response)
    assert quarantined() == ["often"] * 2
    assert Ticket.objects.count() == OF_ADDRESS.most


def test_nobodys_mailbox_is_filled_by_others(browser, later):
    for number in range(OF_CONTACT.most + 2):
        visitor = Client(HTTP_X_REAL_IP=f"198.51.{number}.7")
        hidden = opened(visitor)
        later()
        receipt(visitor, sent(visitor, hidden, contact="victim@customer.example"))
    assert Ticket.objects.count() == OF_CONTACT.most
    run_jobs()
    assert Delivery.objects.count() <= 3


def test_a_flood_from_one_network_is_asked_to_wait_with_everything_kept(browser, monkeypatch, later):
    monkeypatch.setattr("yinuo.web.portal.forms.views.OF_NETWORK", type(OF_NETWORK)("test", 2, OF_NETWORK.within))
    for number in range(2):
        visitor = Client(HTTP_X_REAL_IP=f"203.0.113.{number}")
        hidden = opened(visitor)
        later()
        receipt(visitor, sent(visitor, hidden))
    hidden = opened(browser)
    later()
    response = sent(browser, hidden)
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert "热水器昨天开始不加热" in text_of(response)
    assert Contact.objects.count() == 2


def test_networks():
    assert network_of("203.0.113.9") == network_of("203.0.113.200") != network_of("203.0.114.9")
    assert network_of("2001:db8:1:2::1") == network_of("2001:db8:1:ff::9") != network_of("2001:db8:2::1")
    assert network_of("") == ""


def test_a_blocked_sender_is_filtered(browser, later):
    block_sender(sender="@customer.example", by=SYSTEM, now=house_clock.now())
    hidden = opened(browser)
    later()
    receipt(browser, sent(browser, hidden))
    assert Contact.objects.get().state == ContactState.FILTERED
    assert not Ticket.objects.exists()


# --- what waits for a person --------------------------------------------------------------------------------------


@pytest.fixture
def held(browser: Client, later: Any) -> Contact:
    hidden = opened(browser)
    later()
    sent(
        browser, hidden, homepage="x", contact="13912345678", text="电话 13812341234，热水器坏了",
        files=SimpleUploadedFile("照片.jpg", b"\xff\xd8\xff"),
    )  # fmt: skip
    return Contact.objects.get()


def test_a_person_opens_it_and_number_and_promise_are_on_the_receipt(browser, held, later, company):
    client = client_of(company.agent)
    page = text_of(client.get("/quarantine"))
    assert "网页表单" in page
    assert "139****5678" in page
    assert "13912345678" not in page
    assert "13812341234" not in page
    opened_at = held.arrived_at
    assert client.post(f"/quarantine/{held.id}/open", {"team": company.technical.id}).status_code == 302
    ticket = Ticket.objects.get()
    assert (ticket.team, ticket.opened_at, ticket.channel) == (company.technical, opened_at, "webform")
    assert Attachment.objects.get().filename == "照片.jpg"
    assert read_file(Attachment.objects.get().file_id) == b"\xff\xd8\xff"
    assert client.post(f"/quarantine/{held.id}/open", {"team": company.technical.id}).status_code in (404, 409)
    assert Ticket.objects.count() == 1


def test_the_sender_who_looks_again_finds_the_number(browser, company, later):
    hidden = opened(browser)
    later()
    place = sent(browser, hidden, homepage="x")["Location"]
    client_of(company.agent).post(f"/quarantine/{Contact.objects.get().id}/open", {"team": company.first_line.id})
    assert Ticket.objects.get().number in text_of(browser.get(place))
    run_jobs()
    assert Message.objects.filter(template="acknowledgement").count() == 1


def test_it_is_filed_with_a_ticket_as_unverified(browser, held, company):
    from tests.story import write_in

    ticket = write_in(company)
    client_of(company.agent).post(f"/quarantine/{held.id}/append", {"number": ticket.number})
    message = Message.objects.get(ticket=ticket, channel="webform")
    assert (message.unverified, message.customer, message.text) == (True, None, "电话 13812341234，热水器坏了")
    assert message.attachments.count() == 1


def test_the_whole_is_shown_only_to_who_may_with_a_reason_that_is_kept(held, company):
    path = f"/quarantine/{held.id}/raw"
    assert client_of(without("see_personal", company.agent)).post(path, {"reason": "看看"}).status_code == 403
    leader = client_of(company.supervisor)
    assert leader.get(path).status_code == 405
    assert leader.post(path, {"reason": " "}).status_code == 422
    shown = leader.post(path, {"reason": "判断是否广告"})
    assert "13812341234" in text_of(shown)
    assert shown["Cache-Control"] == "private, no-store"
    assert shown["Content-Type"].startswith("text/plain")
    assert HistoryRow.objects.filter(kind="channels.ContactShown", actor_id=company.supervisor.id).count() == 1


def test_another_teams_quarantine_is_not_there(browser, later, company):
    form = WebForm.objects.get()
    save_web_form(id=form.id, version=form.version, team=company.technical, by=SYSTEM, now=house_clock.now())
    hidden = opened(browser)
    later()
    sent(browser, hidden, homepage="x", text="只给技术部看的内容")
    agent = client_of(company.agent)
    contact = Contact.objects.get()
    assert "只给技术部看的内容" not in text_of(agent.get("/quarantine"))
    for act in ("open", "discard", "append"):
        fields = {"team": company.first_line.id, "reason": "x", "number": "SH1"}
        assert agent.post(f"/quarantine/{contact.id}/{act}", fields).status_code == 404
    assert "只给技术部看的内容" in text_of(client_of(company.supervisor).get("/quarantine"))


# --- the page itself ----------------------------------------------------------------------------------------------


def test_the_page_is_chinese_english_where_chosen_and_without_any_script_or_cookie(browser):
    page = text_of(browser.get(PATH))
    for words in ("在线留言", "怎么称呼您", "产品出了问题", "发生了什么"):
        assert words in page, words
    english = text_of(browser.get(f"{PATH}?lang=en"))
    for words in ("Write to us", "How may we call you", "Something does not work"):
        assert words in english, words
    assert f'action="{PATH}?lang=en"' in english
    assert "<script>" not in page


def test_a_form_filled_in_in_english_is_acknowledged_in_english(browser, later):
    hidden = opened(browser, f"{PATH}?lang=en")
    later()
    response = sent(browser, hidden, path=f"{PATH}?lang=en", text="E2")
    assert response["Location"].endswith("?lang=en")
    assert "We have received your message" in text_of(browser.get(response["Location"]))
    assert Ticket.objects.get().language == "en"


def test_only_named_sites_may_show_it_in_a_frame(browser):
    plain = browser.get(PATH)
    assert "frame-ancestors 'none'" in plain["Content-Security-Policy"]
    assert plain["X-Frame-Options"] == "DENY"
    form = WebForm.objects.get()
    save_web_form(id=form.id, version=form.version, sites=["https://shop.example"], by=SYSTEM, now=house_clock.now())
    framed = browser.get(PATH)
    assert "frame-ancestors 'self' https://shop.example;" in framed["Content-Security-Policy"]
    assert "X-Frame-Options" not in framed
    assert browser.get("/help")["X-Frame-Options"] == "DENY"


def test_a_form_switched_off_is_not_there_and_several_are_offered_to_choose_from(browser):
    assert browser.get("/form/")["Location"] == PATH
    save_web_form(
        id=None, version=None, code="returns", title="退换货", topics=[], sites=[], by=SYSTEM, now=house_clock.now()
    )
    choice = text_of(browser.get("/form/"))
    assert "在线留言" in choice
    assert "退换货" in choice
    form = WebForm.objects.get(code="contact")
    save_web_form(id=form.id, version=form.version, active=False, by=SYSTEM, now=house_clock.now())
    assert browser.get(PATH).status_code == 404
    assert browser.post(PATH, GIVEN).status_code == 404


def test_a_receipt_cannot_be_guessed_and_is_kept_by_nobody(browser, later):
    hidden = opened(browser)
    later()
    place = sent(browser, hidden)["Location"]
    shown = browser.get(place)
    assert "no-store" in shown["Cache-Control"]
    assert shown["Referrer-Policy"] == "no-referrer"
    nonce = hashlib.sha256(b"x").hexdigest()[:32]
    for guess in (nonce, place[:-3] + "abc", f"{PATH}/received/{nonce}"):
        response = browser.get(guess if guess.startswith("/") else f"{PATH}/received/{guess}")
        assert response.status_code == 404
        assert Ticket.objects.get().number not in text_of(response)


# --- settings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["administrator", "supervisor"])
def test_administrators_and_supervisors_make_forms(company, browser, who):
    client = client_of(getattr(company, who))
    form = {
        "title": "退换货", "title_en": "Returns", "code": "returns", "team": str(company.technical.id), "active": "on",
        "intro": "七天内可以退货。", "sites": "https://Shop.example/\nhttps://m.shop.example:8443",
        "topic-return_exchange": "on", "words-return_exchange": "我要退货",
    }  # fmt: skip
    assert client.post("/settings/forms/new", form).status_code == 302
    made = WebForm.objects.get(code="returns")
    assert made.sites == ["https://shop.example", "https://m.shop.example:8443"]
    assert made.topics == [{"category": "return_exchange", "title": "我要退货", "title_en": ""}]
    page = text_of(browser.get("/form/returns"))
    assert "我要退货" in page
    assert "七天内可以退货" in page
    assert "退换货" in text_of(client.get("/settings/forms"))
    edit = text_of(client.get(f"/settings/forms/{made.id}"))
    assert "我要退货" in edit
    assert "?embed" in edit
    stale = client.post(f"/settings/forms/{made.id}", {**form, "version": "7"})
    assert stale.status_code == 409
    assert client.post(f"/settings/forms/{made.id}", {**form, "version": "1", "active": ""}).status_code == 302
    assert browser.get("/form/returns").status_code == 404


@pytest.mark.parametrize(
    "site", ["shop.example", "https://", "https://a b", "javascript:alert(1)", "https://x.example/path", "https://x;y",
             "https://x.example 'unsafe-inline'", "https://[::1", "https://a,b"],
)  # fmt: skip
def test_a_site_that_is_none_is_refused(company, site):
    form = {"title": "x", "code": "x", "sites": site, "active": "on"}
    response = client_of(company.administrator).post("/settings/forms/new", form)
    assert response.status_code == 422
    assert not WebForm.objects.filter(code="x").exists()


def test_agents_make_no_forms(company):
    assert client_of(company.agent).get("/settings/forms").status_code == 403


def person_named(name: str) -> Account:
    return Account.objects.get(username=name)
