"""Whoever a ticket is handed to accepts it in time, where the limits say how soon (R-CP-2, R-CO-2)."""

from datetime import timedelta

import pytest
from tests.story import SYSTEM, Company, make_company, write_in

from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.work import work
from yinuo.procedures.queries import taking_is_agreed
from yinuo.procedures.services import escalate_ticket, hand_over, take_ticket
from yinuo.procedures.services.taking import TAKEN_OVER
from yinuo.sla.accounts import account_of
from yinuo.sla.models import Deadline, DeadlineState, PolicyVersion
from yinuo.sla.services import Book, publish_policies
from yinuo.tickets.models import Ticket
from yinuo.tickets.services import reply

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def company() -> Company:
    made = make_company()
    table = [
        entry for entry in PolicyVersion.objects.get(retired_at__isnull=True).table if entry["key"] != "taken_over"
    ]
    row = {"key": "any", "limit": "30m", "clock": "always", "escalate": [{"tell": "supervisor"}]}
    table.append({"key": "taken_over", "starts_at": "hand_over", "on_reopen": "restart", "rows": [row]})
    publish_policies(code="test", table=table, by=SYSTEM, now=clock.now())
    return made


@pytest.fixture
def ticket(company) -> Ticket:
    return write_in(company)


def taking(ticket: Ticket) -> list[Deadline]:
    return list(Deadline.objects.filter(ticket_id=ticket.id, kind="taken_over").order_by("round"))


def given(ticket: Ticket, company: Company, owner=None) -> Ticket:
    by = Actor.account(company.supervisor.id)
    team = company.first_line if owner else company.technical
    ticket.refresh_from_db()
    return hand_over(ticket=ticket, team=team, owner=owner, note="", by=by, now=clock.now())


def test_a_ticket_given_to_a_team_is_to_be_taken_in_time(company, ticket):
    given(ticket, company)
    [row] = taking(ticket)
    assert row.due_at == row.started_at + 30 * MINUTE
    assert (row.team_id, row.owner_id) == (company.technical.id, None)
    ticket.refresh_from_db()
    assert ticket.next_due_at <= row.due_at
    take_ticket(
        ticket=ticket, account=company.technician, by=Actor.account(company.technician.id), now=clock.now()
    )  # fmt: skip
    [row] = taking(ticket)
    assert (row.state, row.breached_at) == (DeadlineState.MET, None)


def test_whoever_it_was_given_to_accepts_it_by_the_first_thing_he_does(company, ticket):
    given(ticket, company, company.second_agent)
    [row] = taking(ticket)
    assert (row.state, row.owner_id) == (DeadlineState.RUNNING, company.second_agent.id)
    ticket.refresh_from_db()
    by = Actor.account(company.second_agent.id)
    reply(ticket=ticket, account_id=by.id, text="您好，我来跟进。", by=by, now=clock.now())
    assert [row.state for row in taking(ticket)] == [DeadlineState.MET]


def test_what_others_do_meanwhile_accepts_nothing_for_him(company, ticket):
    given(ticket, company, company.second_agent)
    ticket.refresh_from_db()
    reply(
        ticket=ticket, account_id=company.supervisor.id, text="已转给同事。", by=Actor.account(company.supervisor.id),
        now=clock.now(),
    )  # fmt: skip
    assert [row.state for row in taking(ticket)] == [DeadlineState.RUNNING]


def test_handed_on_again_the_earlier_promise_is_void_and_the_next_begins_anew(company, ticket):
    given(ticket, company)
    ticket.refresh_from_db()
    escalated = escalate_ticket(
        ticket=ticket, reason="需要二线", by=SYSTEM, now=clock.now() + MINUTE, to_team=company.first_line,
        tell_customer=False,
    )  # fmt: skip
    first, second = taking(escalated)
    assert (first.state, second.state, second.round) == (DeadlineState.CANCELLED, DeadlineState.RUNNING, 2)
    assert second.due_at == second.started_at + 30 * MINUTE


def test_who_gives_it_to_himself_has_it(company, ticket):
    by = Actor.account(company.agent.id)
    hand_over(ticket=ticket, team=company.first_line, owner=company.agent, note="", by=by, now=clock.now())
    assert taking(ticket) == []


class TestAgreedForEachCase:
    """Both handbooks leave it to each hand-over how soon it is taken over; nothing agreed promises nothing."""

    @pytest.fixture
    def company(self) -> Company:
        return make_company()

    def give(self, ticket: Ticket, company: Company, within: timedelta | None) -> None:
        ticket.refresh_from_db()
        by = Actor.account(company.supervisor.id)
        hand_over(ticket=ticket, team=company.technical, owner=None, note="", within=within, by=by, now=clock.now())

    def test_what_was_agreed_is_promised_with_the_levels_of_its_line(self, company, ticket):
        assert taking_is_agreed(ticket)
        self.give(ticket, company, None)
        assert taking(ticket) == []
        ticket.refresh_from_db()
        hand_over(
            ticket=ticket, team=company.first_line, owner=None, note="", by=SYSTEM, now=clock.now(),
            within=4 * timedelta(hours=1),
        )  # fmt: skip
        [row] = taking(ticket)
        assert (row.target, row.clock) == (timedelta(hours=4), "service")
        assert [alarm[3] for alarm in row.alarms] == ["owner", "", "supervisor", "director"]

    def test_it_stands_through_a_pause_and_other_facts(self, company, ticket):
        self.give(ticket, company, timedelta(hours=4))
        [row] = taking(ticket)
        with work():
            book = Book.of_ticket(ticket.id)
            named = {"subject": ("ticket", ticket.id), "round": 1, "by": SYSTEM}
            book.pause(TAKEN_OVER, at=row.started_at, wait="customer", **named)
            book.resume(TAKEN_OVER, at=row.started_at, now=row.started_at, **named)
            book.apply_facts({"urgency": "urgent"}, reason="facts_changed", by=SYSTEM, now=row.started_at)
            book.write()
        [again] = taking(ticket)
        assert (again.due_at, again.target) == (row.due_at, row.target)
        assert account_of(ticket.id, row.id).target.limit == timedelta(hours=4)
