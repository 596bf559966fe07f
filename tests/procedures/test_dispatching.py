"""Many new tickets brought to people in one go (R-CL-2)."""

import pytest
from tests.channels.test_delivery import work_off
from tests.story import SYSTEM, Company, make_company

from yinuo.catalog.models import Category
from yinuo.customers.services import identify
from yinuo.foundation import clock
from yinuo.foundation.models import HistoryRow
from yinuo.procedures.models import Step
from yinuo.procedures.services import FirstMessage, hand_over, open_ticket
from yinuo.staff.models import Account, Notice, Presence
from yinuo.staff.services import set_presence
from yinuo.tickets.models import Ticket
from yinuo.tickets.services import take

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    made = make_company()
    set_presence(account=made.second_agent, presence=Presence.ONLINE, by=SYSTEM, now=clock.now())
    return made


def opened(company: Company, count: int) -> list[Ticket]:
    """As intake leaves them: nobody has been looked for."""
    category, now = Category.objects.get(code="function_fault"), clock.now()
    tickets = []
    for number in range(count):
        customer, _ = identify(
            kind="email", value=f"buyer{number}@example.com", name=f"客户{number}", by=SYSTEM, now=now, source="mail"
        )
        tickets.append(
            open_ticket(
                customer=customer, team=company.first_line, channel="email", subject="热水器故障",
                message=FirstMessage(text="热水器不加热。", at=now, envelope={"from": f"buyer{number}@example.com"}),
                ticket_class=category.ticket_class, category=category, urgency="normal", by=SYSTEM, now=now,
            )
        )  # fmt: skip
    return tickets


def owners() -> list[Account | None]:
    return [ticket.owner for ticket in Ticket.objects.select_related("owner").order_by("id")]


def test_each_ticket_counts_for_the_next_one(company):
    opened(company, 4)
    work_off("facts")
    agents = {company.agent, company.second_agent}
    assert set(owners()[:2]) == set(owners()[2:]) == agents, "in turn"
    assert set(Step.objects.filter(role="agent").values_list("owner", flat=True)) == {agent.id for agent in agents}
    assert Notice.objects.filter(kind="assigned").count() == 4
    for agent in agents:
        agent.refresh_from_db()
        assert agent.last_assigned_at


def test_where_everybody_is_full_tickets_stay_in_their_queue_untouched(company):
    Account.objects.update(capacity=1)
    tickets = opened(company, 5)
    work_off("facts")
    assert sum(owner is not None for owner in owners()) == 2
    left = Ticket.objects.filter(owner__isnull=True)
    assert left.count() == 3
    assert {ticket.team_id for ticket in tickets} == {company.first_line.id}
    assigned = HistoryRow.objects.filter(kind="tickets.TicketAssigned").values_list("ticket_id", flat=True)
    assert not set(assigned) & set(left.values_list("id", flat=True))


def test_a_ticket_that_somebody_took_meanwhile_stays_with_him(company):
    (ticket,) = opened(company, 1)
    take(ticket=ticket, account=company.supervisor, by=SYSTEM, now=clock.now())
    work_off("facts")
    assert owners() == [company.supervisor]


def test_a_ticket_that_somebody_handed_on_meanwhile_is_not_brought_back(company):
    (ticket,) = opened(company, 1)
    hand_over(ticket=ticket, team=company.technical, owner=None, note="", by=SYSTEM, now=clock.now())
    work_off("facts")
    ticket.refresh_from_db()
    assert (ticket.team, ticket.owner) == (company.technical, None)
