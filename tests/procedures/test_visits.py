"""A score given on the phone counts like one given on the customer's page (R-EN-1)."""

import pytest
from tests.conftest import run_jobs
from tests.procedures.test_story import press
from tests.story import Company, make_company, write_in

from yinuo.foundation import clock as house_clock
from yinuo.foundation.actors import Actor
from yinuo.procedures.services import happen
from yinuo.quality.models import Improvement, Survey
from yinuo.quality.services import answer_survey
from yinuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def visited(company: Company) -> Ticket:
    """Solved, not confirmed: the visit is to ask."""
    ticket = write_in(company)
    press(
        ticket, "accept", "accepted", company.agent, customer_name="张三", contact="zhang.san@example.com",
        symptom="不加热", problem_type="function_fault", urgency="normal", complexity="normal",
    )  # fmt: skip
    press(ticket, "handle", "solved", company.agent, solution_way="remote", solution="断电重启")
    happen(ticket=ticket, name="timer", by=Actor.system("test"), now=house_clock.now(), fields={"timer": "unconfirmed"})
    run_jobs()
    return ticket


def test_a_low_score_on_the_phone_opens_an_improvement(company, visited):
    press(visited, "visit", "scored", company.agent, visit_way="phone", satisfaction=2, suggestion="太慢")
    run_jobs()
    survey = Survey.objects.get(ticket=visited)
    assert (survey.score, survey.way, survey.comment) == (2, "phone", "太慢")
    assert Improvement.objects.get(ticket=visited).survey == survey
    visited.refresh_from_db()
    assert visited.score == 2 and visited.round == 2


def test_a_high_one_counts_and_opens_none(company, visited):
    press(visited, "visit", "scored", company.agent, visit_way="phone", satisfaction=5, score_attitude=4)
    run_jobs()
    survey = Survey.objects.get(ticket=visited)
    assert survey.scores == {"satisfaction": 5, "score_attitude": 4}
    assert not Improvement.objects.exists()


def test_what_the_customer_said_himself_stands(company, visited):
    answer_survey(
        ticket=visited, answers={"satisfaction": 4}, way="portal", by=Actor.customer(visited.customer_id),
        now=house_clock.now(),
    )  # fmt: skip
    press(visited, "record", "recorded", company.agent, services_done="断电重启")
    run_jobs()
    assert Survey.objects.get(ticket=visited).way == "portal"
