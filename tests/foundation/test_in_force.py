"""What is in force is read once a process until it changes, and never kept from what has been taken back."""

import pytest
from django.db import connection
from tests.story import make_company

from yinuo.foundation.in_force import forget, once
from yinuo.foundation.work import attempt, service, work
from yinuo.staff.models import Team
from yinuo.staff.queries import teams_in_force

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company():
    with connection.cursor() as cursor:  # gone where a test with real commits emptied the tables before
        cursor.execute("INSERT INTO foundation_inforce (id, mark) VALUES (1, gen_random_uuid()) ON CONFLICT DO NOTHING")
    return make_company()


@service
def name_in_force(code: str) -> str:
    return teams_in_force()[code].name


class Undone(Exception):
    pass


def test_it_is_asked_for_once_until_something_watched_changes(company):
    asked = []
    for _time in range(2):
        with work():
            once("x", lambda: asked.append(1))
    assert len(asked) == 1
    Team.objects.filter(id=company.technical.id).update(name="技术二组")
    with work():
        once("x", lambda: asked.append(1))
    assert len(asked) == 2
    assert name_in_force("technical") == "技术二组"


def test_what_a_service_changed_and_took_back_is_kept_by_nobody(company):
    """Read after the change under the mark from before it, and the change undone: the process would hold what never
    was, until somebody changes something again."""
    Team.objects.filter(id=company.technical.id).update(tier=2)  # another mark, under which nothing is known
    with pytest.raises(Undone), work():
        once("looked", lambda: 1)
        Team.objects.filter(id=company.technical.id).update(name="nie gewesen")
        assert name_in_force("technical") == "nie gewesen"
        raise Undone
    assert name_in_force("technical") == "技术支持"


def test_an_attempt_that_failed_leaves_nothing_of_what_it_read(company):
    with work():
        with pytest.raises(Undone), attempt():
            Team.objects.filter(id=company.technical.id).update(name="nie gewesen")
            forget()
            assert name_in_force("technical") == "nie gewesen"
            raise Undone
        assert name_in_force("technical") == "技术支持"
    assert name_in_force("technical") == "技术支持"


def test_an_error_that_was_swallowed_before_an_attempt_is_not_forgiven_by_it():
    @service
    def fails() -> None:
        raise Undone

    with pytest.raises(RuntimeError, match="attempt"), work():
        with pytest.raises(Undone):
            fails()
        with pytest.raises(Undone), attempt():
            fails()
