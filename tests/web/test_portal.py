"""The customer's page: link, cookie, what shows and what doesn't, confirming, scoring, writing (R-EN-1, R-EN-4)."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.conftest import run_jobs
from tests.story import Company, make_company, write_in
from yinuo.foundation import clock as house_clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.models import HistoryRow
from yinuo.procedures.models import Step, StepState
from yinuo.procedures.services import press_button
from yinuo.quality.models import Improvement, Survey
from yinuo.staff.models import Account
from yinuo.staff.permissions import Viewer
from yinuo.tickets.links import token_for
from yinuo.tickets.models import Attachment, Message, Status, Ticket
from yinuo.tickets.services import add_inbound_message, add_note, reply
from yinuo.tickets.services.messages import NewFile
from yinuo.web.portal.doors import GUESSES, MAILS
from yinuo.web.portal.frame import COOKIE

pytestmark = pytest.mark.django_db
CUSTOMER = "zhang.san@example.com"


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def ticket(company: Company) -> Ticket:
    return write_in(company)


@pytest.fixture
def browser(ticket: Ticket) -> Client:
    """A browser in which the customer has opened the link."""
    client = Client(HTTP_ACCEPT_LANGUAGE="zh-CN")
    client.get(link_of(ticket))
    return client


def link_of(ticket: Ticket) -> str:
    return f"/t/{ticket.number}/{token_for(ticket)}"


def page_of(ticket: Ticket) -> str:
    return f"/t/{ticket.number}"


def text_of(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]


def press(ticket: Ticket, key: str, button: str, account: Account, **fields: object) -> None:
    step = Step.objects.get(ticket=ticket, key=key, state=StepState.ACTIVE)
    press_button(
        step=step, button=button, fields=fields, roles=Viewer(account).role_codes, account_id=account.id,
        by=Actor.account(account.id), now=house_clock.now(),
    )  # fmt: skip


def solve(ticket: Ticket, company: Company, *, accept: bool = True) -> None:
    if accept:
        press(
            ticket, "accept", "accepted", company.agent, customer_name="张三", contact=CUSTOMER, symptom="不加热",
            problem_type="function_fault", urgency="normal", complexity="normal",
        )  # fmt: skip
    press(ticket, "handle", "solved", company.agent, solution_way="remote", solution="断电重启后恢复")
    run_jobs()
    ticket.refresh_from_db()


def answer(ticket: Ticket, company: Company, text: str, **more: object) -> Message:
    return reply(
        ticket=ticket, account_id=company.agent.id, text=text, by=Actor.account(company.agent.id),
        now=house_clock.now(), **more,
    )  # fmt: skip


def history_count() -> int:
    return HistoryRow.objects.count()


# --- the link ---------------------------------------------------------------------------------------------------


def test_the_link_is_exchanged_for_a_cookie_of_this_ticket_and_leaves_the_address_bar(ticket):
    client = Client()
    response = client.get(link_of(ticket))
    assert response.status_code == 302
    assert response["Location"] == page_of(ticket)
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]
    assert "noindex" in response["X-Robots-Tag"]
    cookie = response.cookies[COOKIE]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (page_of(ticket), True, "Lax")
    assert token_for(ticket) not in cookie.value
    page = client.get(page_of(ticket))
    assert page.status_code == 200
    assert ticket.number in text_of(page)
    assert page["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page["Cache-Control"]
    assert token_for(ticket) not in text_of(page)


def test_a_wrong_token_an_expired_link_and_another_number_say_the_same_and_what_to_do(ticket, company, clock):
    other = write_in(company, address="li@example.com", name="李四")
    wrong = Client().get(f"{page_of(ticket)}/{'A' * 22}")
    crossed = Client().get(f"{page_of(ticket)}/{token_for(other)}")
    clock(timedelta(days=181))
    expired = Client().get(link_of(ticket))
    for response in (wrong, crossed, expired):
        assert response.status_code == 404
        assert "/track" in text_of(response)
        assert COOKIE not in response.cookies
        assert "热水器" not in text_of(response)
    assert (
        re.search(r"data-sentence>[^<]+", text_of(wrong))[0]
        == re.search(  # type: ignore[index]
            r"data-sentence>[^<]+", text_of(expired)
        )[0]
    )  # type: ignore[index]


def test_a_full_stop_that_the_mail_program_took_for_a_part_of_the_link_does_no_harm(ticket):
    assert Client().get(link_of(ticket) + "。").status_code == 302
    assert Client().get(link_of(ticket) + ".").status_code == 302


def test_the_cookie_of_one_ticket_opens_no_other_and_a_number_that_is_not_there_looks_the_same(browser, company):
    other = write_in(company, address="li@example.com", name="李四", subject="李四的秘密")
    for path in (page_of(other), "/t/SH209901010001"):
        response = browser.get(path)
        assert response.status_code == 404
        assert "秘密" not in text_of(response)
    for action in ("reply", "solved", "unsolved", "score"):
        response = browser.post(f"{page_of(other)}/{action}", {"text": "x", "satisfaction": "5"})
        assert response.status_code == 404
    assert not Message.objects.filter(ticket=other, channel="portal").exists()


def test_a_cookie_that_was_changed_or_is_of_a_link_that_ended_opens_nothing(ticket, browser, clock):
    assert browser.get(page_of(ticket)).status_code == 200
    forged = Client()
    forged.cookies[COOKIE] = browser.cookies[COOKIE].value[:-3] + "AAA"
    assert forged.get(page_of(ticket)).status_code == 404
    clock(timedelta(days=181))
    assert browser.get(page_of(ticket)).status_code == 404


def test_guessing_links_is_slowed_down_by_address(ticket):
    client = Client(HTTP_X_REAL_IP="203.0.113.9")
    for number in range(GUESSES.most):
        assert client.get(f"{page_of(ticket)}/{number:022d}").status_code == 404
    refused = client.get(link_of(ticket))
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert Client(HTTP_X_REAL_IP="203.0.113.10").get(link_of(ticket)).status_code == 302


def test_a_scanner_that_fetches_everything_changes_nothing(ticket, company):
    solve(ticket, company)
    before = history_count(), Ticket.objects.values().get(id=ticket.id)
    scanner = Client(enforce_csrf_checks=True)
    scanner.get(link_of(ticket))
    scanner.head(link_of(ticket))
    page = text_of(scanner.get(page_of(ticket)))
    for path in set(re.findall(r'(?:href|action|hx-get|hx-post)="(/[^"]*)"', page)):
        if not path.startswith("/static"):
            assert scanner.get(path).status_code < 500
    assert before == (history_count(), Ticket.objects.values().get(id=ticket.id))
    assert not Survey.objects.filter(answered_at__isnull=False).exists()


def test_every_post_needs_the_token_of_the_page(ticket):
    client = Client(enforce_csrf_checks=True)
    client.get(link_of(ticket))
    for action in ("reply", "solved", "unsolved", "score", "leave"):
        assert client.post(f"{page_of(ticket)}/{action}", {"text": "x"}).status_code == 403
    page = text_of(client.get(page_of(ticket)))
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    sent = client.post(f"{page_of(ticket)}/reply", {"text": "补充一下", "csrfmiddlewaretoken": token[1]})
    assert sent.status_code == 303
    assert Message.objects.get(ticket=ticket, channel="portal").text == "补充一下"


def test_closing_the_page_on_a_shared_computer_forgets_the_cookie(browser, ticket):
    assert browser.post(f"{page_of(ticket)}/leave")["Location"] == "/help"
    assert browser.get(page_of(ticket)).status_code == 404


# --- what shows -------------------------------------------------------------------------------------------------


def test_the_page_says_where_it_stands_what_is_promised_and_who_looks_after_it(browser, ticket):
    page = text_of(browser.get(page_of(ticket)))
    for words in (
        "已受理",
        "处理中",
        "已归档",
        "热水器故障",
        "林小满",
        "客服一组",
        "400-000-0000",
        "我们答复您",
        "周一至周五",
    ):
        assert words in page, words
    due = re.search(r'data-due="([^"]+)"', page)
    assert due
    assert due[1] == ticket.next_due_at.isoformat(timespec="seconds")
    assert f'data-topic="ticket:{ticket.id}"' in page
    assert 'name="yinuo-events"' in page


def test_a_promise_that_was_broken_is_not_hidden(browser, ticket, clock):
    clock(ticket.next_due_at - house_clock.now() + timedelta(minutes=5))
    page = text_of(browser.get(page_of(ticket)))
    assert "现在超时了，对不起" in page


def test_the_conversation_shows_both_sides_but_never_notes_nor_what_strangers_sent(browser, ticket, company):
    now = house_clock.now()
    answer(ticket, company, "请先断电一分钟。")
    add_note(
        ticket=ticket, account_id=company.agent.id, text="客户脾气大，注意措辞", by=Actor.account(company.agent.id),
        now=now, files=[NewFile("内部成本.pdf", b"secret", "application/pdf")],
    )  # fmt: skip
    add_inbound_message(
        ticket=ticket, customer=None, channel="email", text="我是陌生人", by=Actor.system("intake"), at=now, now=now,
        unverified=True, files=[NewFile("virus.pdf", b"x", "application/pdf")],
    )  # fmt: skip
    page = text_of(browser.get(page_of(ticket)))
    assert "请先断电一分钟" in page
    assert "显示E2" in page
    for hidden in ("脾气", "内部成本", "陌生人", "virus.pdf"):
        assert hidden not in page
    for attachment in Attachment.objects.all():
        assert browser.get(f"{page_of(ticket)}/files/{attachment.id}").status_code == 404


def test_hostile_text_stays_text(company):
    hostile = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    ticket = write_in(company, f"{hostile} 正文", subject=f"{hostile} 主题")
    client = Client()
    client.get(link_of(ticket))
    page = text_of(client.get(page_of(ticket)))
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_the_page_repeats_its_secret_address_nowhere_though_our_mails_carry_it(browser, ticket):
    run_jobs()
    assert token_for(ticket) in Message.objects.get(ticket=ticket, template="acknowledgement").text
    page = text_of(browser.get(page_of(ticket)))
    assert "随时可以在这里查看进展：（本页面）" in page
    assert token_for(ticket) not in page


def test_attachments_are_fetched_by_their_own_customer_only(browser, ticket, company):
    message = answer(ticket, company, "请看说明书", files=[NewFile("说明书 1.pdf", b"%PDF-1.7 ok", "application/pdf")])
    attachment = message.attachments.get()
    url = f"{page_of(ticket)}/files/{attachment.id}"
    assert url in text_of(browser.get(page_of(ticket)))
    response = browser.get(url)
    assert b"".join(response.streaming_content) == b"%PDF-1.7 ok"
    assert response["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response["Content-Security-Policy"]
    assert Client().get(url).status_code == 404
    other = write_in(company, address="li@example.com", name="李四")
    stranger = Client()
    stranger.get(link_of(other))
    assert stranger.get(url).status_code == 404
    assert stranger.get(f"{page_of(other)}/files/{attachment.id}").status_code == 404


def test_language_follows_the_ticket_then_the_choice(ticket):
    Ticket.objects.filter(id=ticket.id).update(language="en")
    client = Client(HTTP_ACCEPT_LANGUAGE="zh-CN")
    client.get(link_of(ticket))
    english = text_of(client.get(page_of(ticket)))
    assert '<html lang="en"' in english
    assert "Who looks after it" in english
    chosen = client.post("/language", {"language": "zh-hans", "next": page_of(ticket)})
    assert chosen["Location"] == page_of(ticket)
    assert "谁在跟进" in text_of(client.get(page_of(ticket)))


# --- writing ----------------------------------------------------------------------------------------------------


def test_what_the_customer_writes_arrives_with_its_files_once(browser, ticket, company):
    once = uuid4()
    for _click in range(2):
        file = SimpleUploadedFile("照片.JPG", b"\xff\xd8\xff jpeg", "text/html")
        sent = browser.post(f"{page_of(ticket)}/reply", {"text": "还是不热", "files": file, "once": once})
        assert sent.status_code == 303
    message = Message.objects.get(ticket=ticket, channel="portal")
    assert (message.text, message.customer_id, message.direction) == ("还是不热", ticket.customer_id, "in")
    attachment = message.attachments.get()
    assert (attachment.filename, attachment.content_type) == ("照片.JPG", "image/jpeg")
    written = HistoryRow.objects.filter(kind="tickets.CustomerWrote", subject_id=message.id).get()
    assert (written.actor_kind, written.actor_id) == ("customer", ticket.customer_id)
    run_jobs()
    assert company.agent.notices.filter(kind="customer_wrote").exists()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [("a.exe", b"MZ", "不能在这里发送"), ("page.html", b"<b>", "不能在这里发送"), ("leer.pdf", b"", "空文件")],
)
def test_files_that_are_not_taken_are_refused_with_a_sentence_and_the_text_stays(browser, ticket, name, content, said):
    file = SimpleUploadedFile(name, content)
    response = browser.post(f"{page_of(ticket)}/reply", {"text": "请看附件", "files": file})
    assert response.status_code == 422
    assert said in text_of(response)
    assert ">请看附件</textarea>" in text_of(response)
    assert not Message.objects.filter(ticket=ticket, channel="portal").exists()
    again = browser.post(
        f"{page_of(ticket)}/reply", {"text": "请看附件", "files": SimpleUploadedFile(name, content)},
        headers={"HX-Request": "true"},
    )  # fmt: skip
    assert again.status_code == 422
    assert again["Content-Type"].startswith("text/plain")


def test_too_large_too_many_and_nothing_at_all_are_refused(browser, ticket, monkeypatch):
    monkeypatch.setattr("yinuo.tickets.services.portal.FILE_BYTES", 10)
    large = browser.post(f"{page_of(ticket)}/reply", {"files": SimpleUploadedFile("a.pdf", b"x" * 11)})
    many = browser.post(f"{page_of(ticket)}/reply", {"files": [SimpleUploadedFile(f"{n}.pdf", b"x") for n in range(6)]})
    empty = browser.post(f"{page_of(ticket)}/reply", {"text": "  "})
    long = browser.post(f"{page_of(ticket)}/reply", {"text": "长" * 10_001})
    assert [response.status_code for response in (large, many, empty, long)] == [422] * 4
    assert not Message.objects.filter(ticket=ticket, channel="portal").exists()


def test_a_reply_by_htmx_answers_with_the_region_that_shows_it(browser, ticket):
    response = browser.post(f"{page_of(ticket)}/reply", {"text": "晚上八点在家"}, headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert "晚上八点在家" in text_of(response)
    assert "<html" not in text_of(response)
    assert "toast" in response["HX-Trigger"]


def test_writing_after_it_was_solved_opens_it_again(browser, ticket, company):
    solve(ticket, company)
    assert "重新打开工单" in text_of(browser.get(page_of(ticket)))
    browser.post(f"{page_of(ticket)}/reply", {"text": "今天又不热了"})
    ticket.refresh_from_db()
    assert (ticket.status, ticket.reopened) == (Status.OPEN, 1)


def test_an_answer_goes_to_the_mail_address_though_the_last_message_came_by_the_page(browser, ticket, company):
    browser.post(f"{page_of(ticket)}/reply", {"text": "在吗"})
    assert answer(ticket, company, "在的").envelope["to"] == [CUSTOMER]


# --- confirming and scoring -------------------------------------------------------------------------------------


def test_confirming_asks_for_a_score_with_the_scenarios_own_questions(browser, ticket, company):
    assert "请给这次服务打分" not in text_of(browser.get(page_of(ticket)))
    solve(ticket, company)
    assert "问题解决了吗" in text_of(browser.get(page_of(ticket)))
    for _click in range(2):
        assert browser.post(f"{page_of(ticket)}/solved").status_code == 303
    ticket.refresh_from_db()
    assert ticket.status == Status.CONFIRMED
    confirmed = HistoryRow.objects.filter(ticket_id=ticket.id, kind="procedures.HappeningTaken")
    assert [(row.values["name"], row.actor_kind) for row in confirmed] == [("customer_confirmed", "customer")]
    page = text_of(browser.get(page_of(ticket)))
    for question in ("总的来说，这次处理您打几分？", "解决效率", "服务态度", "解决效果", "还有什么意见和建议？"):
        assert question in page


def test_a_good_score_is_thanked_for_and_counted_once(browser, ticket, company):
    solve(ticket, company)
    browser.post(f"{page_of(ticket)}/solved")
    given = {"satisfaction": "5", "score_attitude": "4", "suggestion": "很好"}
    assert browser.post(f"{page_of(ticket)}/score", given).status_code == 303
    again = browser.post(f"{page_of(ticket)}/score", {"satisfaction": "1"}, headers={"HX-Request": "true"})
    assert again.status_code == 200
    run_jobs()
    survey = Survey.objects.get(ticket=ticket)
    assert (survey.score, survey.scores["score_attitude"], survey.comment) == (5, 4, "很好")
    assert not Improvement.objects.exists()
    page = text_of(browser.get(page_of(ticket)))
    assert "谢谢您的评价" in page
    assert "您打了 5 分" in page


def test_a_score_of_two_opens_an_improvement_and_a_second_handling_and_says_so(browser, ticket, company):
    solve(ticket, company)
    browser.post(f"{page_of(ticket)}/solved")
    browser.post(f"{page_of(ticket)}/score", {"satisfaction": "2", "suggestion": "等了三天"})
    run_jobs()
    ticket.refresh_from_db()
    assert (ticket.status, ticket.round, ticket.score) == (Status.OPEN, 2, 2)
    improvement = Improvement.objects.get(ticket=ticket)
    assert improvement.survey.score == 2
    page = text_of(browser.get(page_of(ticket)))
    assert "您打了 2 分" in page
    assert "二次处理" in page
    assert "第 2 次处理" in page
    solve(ticket, company, accept=False)
    assert "问题解决了吗" in text_of(browser.get(page_of(ticket)))
    browser.post(f"{page_of(ticket)}/score", {"satisfaction": "5"})
    assert [survey.score for survey in Survey.objects.filter(ticket=ticket).order_by("round")] == [2, 5]
    assert "谢谢您的评价" in text_of(browser.get(page_of(ticket)))


def test_scoring_before_it_is_solved_is_refused(browser, ticket):
    assert browser.post(f"{page_of(ticket)}/score", {"satisfaction": "5"}).status_code == 303
    refused = browser.post(f"{page_of(ticket)}/score", {"satisfaction": "5"}, headers={"HX-Request": "true"})
    assert refused.status_code == 409
    browser.post(f"{page_of(ticket)}/solved")
    ticket.refresh_from_db()
    assert ticket.status in (Status.NEW, Status.OPEN)
    assert not Survey.objects.exists()


@pytest.mark.parametrize("score", ["", "0", "6", "五", "4.5"])
def test_a_score_that_is_none_is_asked_for_again_with_what_was_written(browser, ticket, company, score):
    solve(ticket, company)
    response = browser.post(f"{page_of(ticket)}/score", {"satisfaction": score, "suggestion": "希望再快些"})
    assert response.status_code == 422
    assert ">希望再快些</textarea>" in text_of(response)
    assert not Survey.objects.filter(answered_at__isnull=False).exists()


def test_the_survey_refused_keeps_what_was_chosen(browser, ticket, company):
    solve(ticket, company)
    browser.post(f"{page_of(ticket)}/solved")
    response = browser.post(f"{page_of(ticket)}/score", {"score_attitude": "3", "suggestion": "希望再快些"})
    page = text_of(response)
    assert response.status_code == 422
    assert ">希望再快些</textarea>" in page
    assert re.search(r'name="score_attitude" value="3" checked', page)
    assert 'aria-invalid="true"' in page
    assert "请打分。" in page


def test_not_solved_goes_back_to_be_classified_with_the_customers_words(browser, ticket, company):
    solve(ticket, company)
    assert browser.post(f"{page_of(ticket)}/unsolved", {"text": "还是显示E2"}).status_code == 303
    ticket.refresh_from_db()
    assert ticket.status == Status.OPEN
    assert Step.objects.get(ticket=ticket, state=StepState.ACTIVE).key == "accept"
    assert Message.objects.get(ticket=ticket, channel="portal").text == "还是显示E2"
    names = HistoryRow.objects.filter(ticket_id=ticket.id, kind="procedures.HappeningTaken").order_by("id")
    assert names.first().values["name"] == "customer_refused"
    assert "问题解决了吗" not in text_of(browser.get(page_of(ticket)))


# --- the way to a lost link ---------------------------------------------------------------------------------------


def sent_links(ticket: Ticket) -> list[Message]:
    return list(Message.objects.filter(ticket=ticket, template="link_again"))


def test_the_lost_link_is_mailed_to_the_address_and_never_shown(ticket):
    run_jobs()
    client = Client()
    fits = client.post("/track", {"number": ticket.number.lower(), "address": "Zhang.San@example.com"})
    run_jobs()
    (message,) = sent_links(ticket)
    assert message.envelope["to"] == [CUSTOMER]
    link = re.search(r"/t/\S+", message.text)
    assert link
    assert Client().get(link[0]).status_code == 302
    asked = HistoryRow.objects.get(kind="tickets.LinkAsked", ticket_id=ticket.id)
    assert "example.com" not in str(asked.values)
    for wrong in ({"number": ticket.number, "address": "x@example.com"}, {"number": "SH1", "address": CUSTOMER}):
        answer = client.post("/track", wrong)
        assert (answer.status_code, answer["Location"]) == (fits.status_code, fits["Location"])
    run_jobs()
    assert len(sent_links(ticket)) == 1
    assert ticket.subject not in text_of(client.get(fits["Location"]))


def test_an_expired_link_asked_for_again_is_a_new_one(ticket, clock):
    old = link_of(ticket)
    clock(timedelta(days=181))
    Client().post("/track", {"number": ticket.number, "address": CUSTOMER})
    run_jobs()
    link = re.search(r"/t/\S+", sent_links(ticket)[0].text)
    assert link
    assert link[0] != old
    assert Client().get(link[0]).status_code == 302
    assert Client().get(old).status_code == 404


def test_a_link_that_ends_soon_lives_longer_when_a_mail_carries_it(ticket, company, clock):
    run_jobs()
    old = link_of(ticket)
    clock(timedelta(days=170))
    Client().post("/track", {"number": ticket.number, "address": CUSTOMER})
    run_jobs()
    clock(timedelta(days=30))
    assert Client().get(old).status_code == 302


def test_asking_for_links_is_bounded_by_ticket_and_by_address(ticket):
    run_jobs()
    statuses = []
    for _time in range(12):
        response = Client(HTTP_X_REAL_IP="203.0.113.9").post("/track", {"number": ticket.number, "address": CUSTOMER})
        statuses.append(response.status_code)
    run_jobs()
    assert len(sent_links(ticket)) == MAILS.most
    assert statuses == [302] * 10 + [429] * 2


def test_the_help_page_says_how_to_reach_us_without_any_link(company):
    page = text_of(Client().get("/help"))
    for words in ("一诺电器", "400-000-0000", "查询工单"):
        assert words in page
