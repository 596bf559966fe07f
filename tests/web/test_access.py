"""Every address of the house, as people who have no business there: nobody, another team, no rights, only looking."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.conftest import run_jobs
from tests.story import PASSWORD, SYSTEM, Company, make_company, write_in
from tests.web.desk import active, client_of
from yinuo.channels.models import Contact, ContactState, Mailbox
from yinuo.channels.services.intake import keep_contact
from yinuo.customers.queries import identities_of
from yinuo.foundation import clock as house_clock
from yinuo.foundation.ids import new_id
from yinuo.foundation.models import HistoryRow
from yinuo.foundation.work import work
from yinuo.orders.services import make_order, plan_milestone, report_exception
from yinuo.procedures.models import Document
from yinuo.procedures.services import WantedDocument, make_documents, open_procedure_draft, open_subtask
from yinuo.sla.models import Deadline, PolicyVersion
from yinuo.sla.services import open_draft
from yinuo.staff.models import Account, Notice, Role
from yinuo.staff.services import make_account, notify
from yinuo.tickets.links import token_for
from yinuo.tickets.models import Attachment, Message, Ticket
from yinuo.tickets.services import add_inbound_message, link_order
from yinuo.tickets.services.messages import NewFile

pytestmark = pytest.mark.django_db

WHAT = {
    "order_milestone_act": "move", "order_exception_act": "settle", "subtask_act": "accept",
    "subtask_sheet": "withdraw",
}  # fmt: skip
PUBLIC = {
    "healthz", "readyz", "metrics", "setup", "setup_try_mailbox", "language", "events_token", "account_login",
    "account_logout", "account_inactive", "portal_help", "portal_track", "portal_track_sent",
}  # fmt: skip
"""Open to the world, each guarded by itself; the customers' pages have tests of their own below."""
FOR_EVERYBODY = {
    "desk", "all", "mine", "followed", "steps", "me", "me_presence", "me_theme", "search", "notices", "notices_read",
    "mfa_index", "mfa_authenticate", "mfa_reauthenticate", "mfa_activate_totp", "mfa_deactivate_totp",
    "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_download_recovery_codes",
    "account_reauthenticate", "account_change_password", "notice", "improvements",
}  # fmt: skip
"""One's own things and lists of what one may see, for whoever has an account; another's notice leads to one's own."""
REFUSED = {401, 403, 404, 405}
ENDED = re.compile(r"/accounts/login/\?next=")


@dataclass(frozen=True)
class Address:
    """One entry of the table of addresses: its name and its pattern with `<kind:name>` in it."""

    name: str
    pattern: str

    def filled(self, values: dict[str, object]) -> str:
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), self.pattern)


def _walk(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[Address]:
    for entry in patterns:
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, before + str(entry.pattern))
        else:
            yield Address(entry.name or "", before + str(entry.pattern))


ADDRESSES = list(_walk(get_resolver().url_patterns))
CONSOLE = [
    address
    for address in ADDRESSES
    if address.name not in PUBLIC and not address.name.startswith("portal_") and not address.pattern.startswith("api/")
]
"""Programs come by tokens: `tests/api/test_walk.py` walks their addresses."""
PORTAL = [address for address in ADDRESSES if address.pattern.startswith("t/")]


@dataclass
class House:
    """A company with one of everything that an address can name, all of the first line's ticket."""

    company: Company
    ticket: Ticket
    ids: dict[str, UUID]
    order: str = ""

    def path(self, address: Address) -> str:
        beginning = address.pattern.split("<")[0]
        if "/steps/<" in address.pattern:
            beginning = "steps"
        elif "/subtasks/<" in address.pattern:
            beginning = "subtasks"
        elif "/evidence/<" in address.pattern:
            beginning = "evidence"
        elif "/documents/<" in address.pattern:
            beginning = "documents"
        elif "/promises/<" in address.pattern:
            beginning = "promises"
        elif "/milestones/<" in address.pattern:
            beginning = "milestones/"
        elif "/exceptions/<" in address.pattern:
            beginning = "exceptions/"
        elif "/messages/<" in address.pattern:
            beginning = "messages/"
        code = "service" if beginning in ("queue/", "unowned/", "recent/") else "after_sales"
        number = self.order if address.pattern.startswith("orders/") else self.ticket.number
        values = {
            "number": number, "what": WHAT.get(address.name, "edit"), "order": self.order,
            "id": self.ids.get(beginning, new_id()), "code": code, "year": 2026,
            "state": "new", "register": "after_sales_register",
            "identity_id": self.ids["identity"], "file_id": self.ids["attachments/"], "token": "x" * 22,
            "kind": "channel_answer", "row": "mail", "receipt": "x" * 22, "nth": 1, "step": "accept",
            "part": "fields", "place": 0, "key": "order_confirmation",
        }  # fmt: skip
        if address.name == "order_promise":
            values["id"] = self.ids["order promises"]
        if "<int:id>" in address.pattern:
            values["id"] = 1
        return address.filled(values)


@pytest.fixture
def house() -> House:
    company = make_company()
    ticket = write_in(company)
    now = house_clock.now()
    message = add_inbound_message(
        ticket=ticket, customer=ticket.customer, channel="email", text="请看附件，电话13812341234", html="<p>附件</p>",
        files=[NewFile("发票.pdf", b"%PDF-1.4", "application/pdf")], by=SYSTEM, at=now, now=now,
    )  # fmt: skip
    mailbox = Mailbox.objects.create(address="service@yinuo.example", team=company.first_line)
    contact = keep_contact(
        channel="email",
        mailbox=mailbox,
        source_key="one",
        raw=b"From: li@example.com\r\n\r\nx",
        arrived_at=now,
        now=now,
    )
    assert contact is not None
    Contact.objects.filter(id=contact.id).update(state=ContactState.QUARANTINED)
    with work():
        notify(
            accounts=[company.agent.id], kind="assigned", subject=("ticket", ticket.id), at=now, by=SYSTEM,
            ticket_id=ticket.id, once="one", values={"number": ticket.number},
        )  # fmt: skip
    order = make_order(
        customer=ticket.customer, team=company.first_line, owner=company.supervisor, lines=[(None, "BX-60L", 1, None)],
        placed_at=now, by=SYSTEM, now=now,
    )  # fmt: skip
    milestone = plan_milestone(order=order, kind="shipping", planned_at=now + timedelta(days=9), by=SYSTEM, now=now)
    exception = report_exception(order=order, kind="out_of_stock", note="", by=SYSTEM, now=now)
    link_order(ticket=ticket, order=order, by=SYSTEM, now=now)
    open_draft(based_on=None, table=None, by=SYSTEM, now=now)
    subtask = open_subtask(ticket=ticket, team=company.first_line, title="查明原因", task="", by=SYSTEM, now=now)
    run = ticket.runs.get()
    make_documents(wanted=[WantedDocument(run.id, "contact_record", "", 1)], by=SYSTEM, now=now)
    open_procedure_draft(code="after_sales", by=SYSTEM, now=now)
    run_jobs()
    ids = {
        "documents": Document.objects.get(ticket=ticket).id,
        "steps": active(ticket, "accept").id,
        "subtasks": subtask.id,
        "milestones/": milestone.id,
        "exceptions/": exception.id,
        "order promises": Deadline.objects.filter(subject_id=milestone.id, nature="promise")[0].id,
        "promises": Deadline.objects.filter(ticket_id=ticket.id)[0].id,
        "messages/": message.id,
        "attachments/": Attachment.objects.get(message=message).id,
        "customers/": ticket.customer_id,
        "tickets/new/chosen/": ticket.customer_id,
        "identity": next(iter(identities_of(ticket.customer_id))).id,
        "quarantine/": contact.id,
        "notices/": Notice.objects.filter(account=company.agent)[0].id,
        "settings/accounts/": company.agent.id,
        "settings/teams/": company.first_line.id,
        "settings/mailboxes/": mailbox.id,
        "settings/roles/": Role.objects.get(code="agent").id,
        "settings/calendars/": company.first_line.calendar_id,
        "settings/limits/versions/": PolicyVersion.objects.get().id,
        "settings/limits/draft/what-if/": Deadline.objects.filter(ticket_id=ticket.id)[0].id,
    }
    return House(company, ticket, ids, order.number)


def person(username: str, *roles: str) -> Account:
    return make_account(
        username=username, name=username, password=PASSWORD, roles=Role.objects.filter(code__in=roles), teams={},
        by=SYSTEM, now=house_clock.now(),
    )  # fmt: skip


def asked(client: Client, path: str, ticket: Ticket) -> Iterator[tuple[str, int, str]]:
    """The address by GET and by POST: method, status, where it leads."""
    posted = {"ticket": ticket.number, "version": "1", "text": "x", "reason": "x", "name": "x", "button": "accepted"}
    for method, response in (("GET", client.get(path)), ("POST", client.post(path, posted))):
        yield method, response.status_code, response.headers.get("Location", "")


def deeds() -> int:
    """What people have done so far, by the history."""
    return HistoryRow.objects.exclude(actor_kind="system").count()


def test_nobody_gets_nothing_but_the_log_in_page(house):
    before = deeds()
    wrong = [
        (method, path, status)
        for address in CONSOLE
        for path in [house.path(address)]
        for method, status, to in asked(Client(), path, house.ticket)
        if status not in REFUSED and not (status == 302 and (ENDED.match(to) or to == "/accounts/login/"))
    ]
    assert len(CONSOLE) > 100
    assert wrong == []
    assert deeds() == before


def test_an_account_without_rights_has_its_own_things_and_no_others(house):
    client = client_of(person("bare"))
    before = deeds()
    wrong = [
        (method, path, status)
        for address in CONSOLE
        if address.name not in FOR_EVERYBODY
        for path in [house.path(address)]
        for method, status, _to in asked(client, path, house.ticket)
        if status not in REFUSED
    ]
    assert wrong == []
    assert deeds() == before


DOCUMENTS = {"ticket_documents", "ticket_document"}
SHOWN = {"ticket", "ticket_promise", "ticket_assignment", "ticket_scripts", "ticket_picture", *DOCUMENTS}
OF_A_TICKET = [
    address
    for address in CONSOLE
    if address.pattern.startswith(("tickets/<", "messages/", "attachments/", "queue/", "unowned/"))
]


def test_an_agent_of_another_team_finds_nothing_of_a_ticket(house):
    client = client_of(house.company.technician)
    before = deeds()
    wrong = [
        (method, path, status)
        for address in OF_A_TICKET
        for path in [house.path(address)]
        for method, status, _to in asked(client, path, house.ticket)
        if status not in {404, 405}
    ]
    assert len(OF_A_TICKET) > 20
    assert wrong == []
    assert deeds() == before


def test_anothers_notice_is_not_shown_nor_marked(house):
    client = client_of(house.company.technician)
    (address,) = [one for one in CONSOLE if one.name == "notice"]
    assert client.get(house.path(address)).headers["Location"] == "/notices"
    assert not Notice.objects.filter(account=house.company.agent, read_at__isnull=False).exists()


def test_who_sees_all_but_works_nothing_can_only_note_and_follow(house):
    client = client_of(person("looker", "analyst"))
    acts = [address for address in OF_A_TICKET if client.get(house.path(address)).status_code == 405]
    before = deeds()
    done = {
        address.name: status
        for address in acts
        for method, status, _to in asked(client, house.path(address), house.ticket)
        if method == "POST" and status != 403
    }
    assert len(acts) > 10
    assert set(done) == {"ticket_note", "ticket_following"}
    assert deeds() > before


def test_another_tickets_cookie_opens_no_page_of_a_customer(house):
    other = write_in(house.company, address="li@example.com", name="李四", subject="另一件")
    browser = Client()
    browser.get(f"/t/{other.number}/{token_for(other)}")
    assert browser.get(f"/t/{other.number}").status_code == 200
    for morsel in list(browser.cookies.values()):
        morsel["path"] = "/"
    before = deeds()
    wrong = [
        (method, path, status)
        for address in PORTAL
        for path in [house.path(address)]
        for method, status, _to in asked(browser, path, house.ticket)
        if status not in REFUSED
    ]
    assert len(PORTAL) == 9
    assert wrong == []
    assert deeds() == before


def test_a_form_of_another_ticket_changes_neither(house):
    other = write_in(house.company, address="li@example.com", name="李四", subject="另一件")
    client = client_of(house.company.agent)
    acts = [address for address in CONSOLE if address.pattern.startswith("tickets/<")]
    before = deeds()
    seen = set()
    for address in acts:
        for of in (other.number, "", house.ticket.number.lower()):
            response = client.post(house.path(address), {"ticket": of, "version": "1", "text": "x", "reason": "x"})
            seen.add(response.status_code)
            if address.name in SHOWN:
                assert response.status_code == 200
            elif address.name in ("ticket_document_file", "ticket_evidence_file"):
                assert response.status_code == 405
            elif not address.pattern.endswith("/sheet"):
                assert response.status_code == 409, address
    assert 409 in seen
    assert deeds() == before
    assert Message.objects.filter(ticket=other).count() == 1


ODD = ["99999999999999999999999", "a\x00b'|{0.__class__}"]
NAMES = [
    "q", "text", "reason", "version", "to", "note", "cc", "name", "category", "customer", "phone", "email", "part",
    "page", "after", "before", "team", "number", "kind", "value", "code", "date", "address", "button", "theme",
    "presence", "language", "next", "topic", "token", "subject", "score", "identity", "f.symptom", "state", "shown",
    "below", "amount", "unit", "clock", "numbers", "against", "handbook", "on", "since", "until", "what", "spans",
    "label", "open", "time_from", "time_until", "warn_1_amount", "warn_1_who", "when_channel", "hours_mon", "year",
    "up", "register", "unmasked", "show", "order",
    "task", "title", "within", "accept_within", "accept_unit", "wait",
    "linked", "lines", "currency", "planned_at", "actual_at", "found_at", "at", "way", "days",
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_odd_values_in_addresses_and_forms_are_refused_not_stumbled_over(house, odd):
    """As somebody who may do everything, so that the values get as far as they can."""
    client = client_of(person("boss", *Role.objects.values_list("code", flat=True)))
    client.raise_request_exception = False
    fields = {**dict.fromkeys(NAMES, odd), "ticket": house.ticket.number}
    wrong = []
    for address in ADDRESSES:
        if address.name in {"account_logout", "settings_account_switch", "settings_account_password"}:
            continue
        path = house.path(address)
        strange = re.sub(r"<(?:\w+:)?\w+>", quote(odd), "/" + address.pattern)
        wrong += [
            (response.request["REQUEST_METHOD"], path, response.exc_info[1])
            for response in (client.get(path, fields), client.post(path, fields), client.get(strange))
            if response.status_code >= 500
        ]
    assert wrong == []


def test_a_token_is_not_made_for_more_topics_than_it_has_room_for(house):
    topics = "&".join(f"topic=t{number}" for number in range(300))
    assert client_of(house.company.agent).get(f"/events/token?{topics}").status_code == 200


def test_everything_that_can_be_named_is_named(house):
    """The walk would prove nothing with ids of things that are not there."""
    client = client_of(house.company.agent)
    for name in (
        "order",
        "order_promise",
        "order_document",
        "ticket",
        "ticket_promise",
        "message_html",
        "attachment",
        "customer",
        "step_skip_sheet",
        "ticket_document",
    ):
        (address,) = [one for one in CONSOLE if one.name == name]
        assert client.get(house.path(address)).status_code in (200, 403), name
