"""Who is told: whoever of the level is on duty, else the next level, else the contact or the next opening (R-CL-4)."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.story import PASSWORD, SYSTEM, Company, make_company

from yinuo.foundation.models import HistoryRow
from yinuo.staff.duty import Roster
from yinuo.staff.errors import ShiftRefused
from yinuo.staff.models import Account, Role, Shift, Team
from yinuo.staff.services import make_account, plan_shifts, save_structure

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
FRIDAY = datetime(2026, 8, 14, 8, 0, tzinfo=UTC)  # 16:00 in Shanghai
NIGHT = datetime(2026, 8, 14, 15, 0, tzinfo=UTC)  # 23:00
MONDAY_NINE = datetime(2026, 8, 17, 1, 0, tzinfo=UTC)


@pytest.fixture
def company() -> Company:
    return make_company()


def person(username: str, role: str, teams: dict[Team, bool]) -> Account:
    roles = [Role.objects.get(code=role)]
    return make_account(
        username=username, name=username, password=PASSWORD, roles=roles, teams=teams, by=SYSTEM, now=FRIDAY
    )


def plan(account: Account, *shifts: tuple[datetime, datetime]) -> None:
    plan_shifts(
        account_id=account.id, from_at=FRIDAY - timedelta(days=5), until_at=FRIDAY + timedelta(days=5), shifts=shifts,
        by=SYSTEM, now=FRIDAY,
    )  # fmt: skip


def told(company: Company, tell: str, at: datetime, *, owner: Account | None = None, off_duty: str = "opening"):
    owner_id = owner.id if owner else None
    return Roster().told(tell, team_id=company.first_line.id, owner_id=owner_id, at=at, off_duty=off_duty)


def people(*accounts: Account) -> frozenset:
    return frozenset(account.id for account in accounts)


def test_in_service_hours_the_level_itself_is_told(company):
    assert told(company, "owner", FRIDAY, owner=company.agent).people == people(company.agent)
    assert told(company, "supervisor", FRIDAY).people == people(company.supervisor)


def test_without_an_owner_the_next_level_is(company):
    assert told(company, "owner", FRIDAY).people == people(company.supervisor)


def test_who_has_shifts_is_on_duty_in_them_only(company):
    plan(company.agent, (NIGHT - HOUR, NIGHT + 7 * HOUR))
    assert told(company, "owner", NIGHT, owner=company.agent).people == people(company.agent)
    assert told(company, "owner", FRIDAY, owner=company.agent).people == people(company.supervisor)


def test_a_shift_begins_with_its_first_instant_and_ends_before_its_last(company):
    plan(company.agent, (NIGHT, NIGHT + HOUR))
    roster = Roster()
    assert roster.is_on_duty(company.agent.id, NIGHT)
    assert not roster.is_on_duty(company.agent.id, NIGHT + HOUR)
    assert roster.is_on_duty(company.agent.id, FRIDAY + timedelta(days=11))  # nothing planned there: the team's hours


def test_nobody_of_a_level_on_duty_the_next_level_on_duty_is_told(company):
    night_lead = person("night", "technical", {company.technical: True})
    plan(night_lead, (NIGHT - HOUR, NIGHT + HOUR))
    assert told(company, "owner", NIGHT, owner=company.agent).people == people(night_lead)
    director = person("director", "director", {})
    plan(director, (NIGHT + HOUR, NIGHT + 2 * HOUR))
    assert told(company, "supervisor", NIGHT + 1.5 * HOUR).people == people(director)


def test_nobody_on_duty_anywhere_it_waits_for_the_next_opening(company):
    answer = told(company, "owner", NIGHT, owner=company.agent)
    assert (answer.people, answer.held_until) == (people(company.agent), MONDAY_NINE)


def test_or_the_24_hour_contact_is_told_as_the_rule_says(company):
    watch = person("watch", "technical", {company.technical: False})
    save_structure(model=Team, id=company.technical.id, contact=watch, by=SYSTEM, now=FRIDAY)
    answer = told(company, "supervisor", NIGHT, off_duty="contact")  # the team it escalates to has one
    assert (answer.people, answer.held_until) == (people(watch), None)
    assert told(company, "supervisor", NIGHT, off_duty="opening").held_until == MONDAY_NINE
    assert told(company, "supervisor", FRIDAY, off_duty="contact").people == people(company.supervisor)


def test_without_a_contact_the_rule_falls_back_to_the_opening(company):
    assert told(company, "supervisor", NIGHT, off_duty="contact").held_until == MONDAY_NINE


def test_who_was_switched_off_is_told_nothing(company):
    Account.objects.filter(id=company.agent.id).update(is_active=False)
    assert told(company, "owner", FRIDAY, owner=company.agent).people == people(company.supervisor)


def test_the_whole_team_can_be_a_level_and_those_on_duty_hear(company):
    assert told(company, "team", FRIDAY).people == people(*Account.objects.filter(memberships__team=company.first_line))
    plan(company.agent, (NIGHT - HOUR, NIGHT + HOUR))
    assert told(company, "team", NIGHT).people == people(company.agent)


def test_a_role_can_be_a_level(company):
    assert told(company, "reviewer", FRIDAY).people == people(company.reviewer)


class TestPlanning:
    def test_what_was_planned_between_the_instants_is_replaced(self, company):
        plan(company.agent, (FRIDAY, FRIDAY + HOUR), (NIGHT, NIGHT + HOUR))
        plan(company.agent, (NIGHT, NIGHT + 2 * HOUR))
        assert list(Shift.objects.values_list("starts_at", "ends_at")) == [(NIGHT, NIGHT + 2 * HOUR)]
        assert HistoryRow.objects.filter(kind="staff.ShiftsPlanned").count() == 2

    @pytest.mark.parametrize(
        "shifts",
        [
            [(NIGHT, NIGHT)],
            [(NIGHT + HOUR, NIGHT)],
            [(NIGHT, NIGHT + 25 * HOUR)],
            [(NIGHT, NIGHT + 2 * HOUR), (NIGHT + HOUR, NIGHT + 3 * HOUR)],
            [(FRIDAY - timedelta(days=6), FRIDAY - timedelta(days=6) + HOUR)],
        ],
    )
    def test_shifts_that_cannot_be_are_refused(self, company, shifts):
        with pytest.raises(ShiftRefused):
            plan(company.agent, *shifts)
        assert not Shift.objects.exists()

    def test_a_shift_that_reaches_in_from_before_is_kept_and_not_overlapped(self, company):
        early = FRIDAY - timedelta(days=5)
        Shift.objects.create(account=company.agent, starts_at=early - HOUR, ends_at=early + HOUR)
        with pytest.raises(ShiftRefused):
            plan(company.agent, (early, early + 2 * HOUR))
        plan(company.agent, (early + HOUR, early + 2 * HOUR))
        assert Shift.objects.count() == 2
