"""A release that brings a right gives it to the roles it ships with, once (R-PE-1, R-SE-2)."""

from importlib import import_module

import pytest
from django.apps import apps
from tests.story import SYSTEM, make_company

from yinuo.config.handbook import renew_rights
from yinuo.config.management import RELEASE
from yinuo.foundation import clock
from yinuo.foundation.models import HistoryRow
from yinuo.packs import shipped_pack
from yinuo.staff.models import Role
from yinuo.staff.rights import Right
from yinuo.staff.services import bring_rights, save_rights, save_structure

pytestmark = pytest.mark.django_db
NEWS = Right.WRITE_NEWS.value
migration = import_module("yinuo.staff.migrations.0006_offered_rights")


@pytest.fixture
def sales() -> Role:
    make_company()
    return Role.objects.get(code="sales")


def upgraded() -> dict[str, list[str]]:
    return renew_rights(by=RELEASE, now=clock.now())


def as_of_an_older_release(role: Role, *, known: bool = True) -> None:
    """As a role stands whose release knew no news yet; `known`: that release kept already what it had given."""
    rights = [right for right in role.rights if right != NEWS]
    Role.objects.filter(id=role.id).update(rights=rights, offered=rights if known else None)


def migrated() -> None:
    """As the release does that began to keep what roles were given."""
    migration.unchanged_roles_were_given_what_they_have(apps, None)


def taken_away(role: Role, right: str) -> None:
    role.refresh_from_db()
    rest = [one for one in role.rights if one != right]
    save_rights(rights={role.id: (role.version, rest)}, by=SYSTEM, now=clock.now())


def rights(role: Role) -> set[str]:
    role.refresh_from_db()
    return set(role.rights)


@pytest.mark.parametrize("known", [True, False], ids=["kept", "from before that was kept"])
def test_a_new_right_is_given_to_the_shipped_role_and_recorded(sales, known):
    as_of_an_older_release(sales, known=known)
    migrated()
    assert upgraded() == {"sales": [NEWS]}
    assert NEWS in rights(sales)
    fact = HistoryRow.objects.get(kind="staff.RightsBrought")
    assert (fact.values["rights"], fact.subject_id, fact.actor_kind) == ([NEWS], sales.id, "system")
    assert HistoryRow.objects.filter(kind="staff.StructureChanged", subject_id=sales.id).exists()


def test_once(sales):
    as_of_an_older_release(sales)
    upgraded()
    version = Role.objects.get(id=sales.id).version
    assert upgraded() == {}
    assert Role.objects.get(id=sales.id).version == version
    taken_away(sales, NEWS)
    assert upgraded() == {}
    assert NEWS not in rights(sales)


def test_what_somebody_took_away_before_does_not_come_back_with_a_new_one(sales):
    as_of_an_older_release(sales)
    taken_away(sales, Right.SEE_PERSONAL.value)
    assert upgraded() == {"sales": [NEWS]}
    assert Right.SEE_PERSONAL.value not in rights(sales)


def test_what_somebody_gave_by_hand_is_not_given_again(sales):
    as_of_an_older_release(sales)
    sales.refresh_from_db()
    save_rights(rights={sales.id: (sales.version, [*sales.rights, NEWS])}, by=SYSTEM, now=clock.now())
    assert upgraded() == {}
    taken_away(sales, NEWS)
    assert upgraded() == {}
    assert NEWS not in rights(sales)


def test_an_edited_role_from_before_this_was_kept_gets_nothing_unasked_and_everything_from_then_on(sales):
    as_of_an_older_release(sales, known=False)
    taken_away(sales, Right.SEE_PERSONAL.value)
    migrated()
    before = rights(sales)
    assert upgraded() == {}
    assert rights(sales) == before
    shipped = {"sales": [*shipped_pack("handbook").roles["sales"].rights, Right.SEE_AUDIT.value]}
    assert bring_rights(shipped=shipped, by=RELEASE, now=clock.now()) == {"sales": [Right.SEE_AUDIT.value]}
    assert rights(sales) == before | {Right.SEE_AUDIT.value}


def test_a_role_made_by_hand_under_a_shipped_code_gets_nothing(sales):
    Role.objects.filter(id=sales.id).delete()
    own = save_structure(
        model=Role, id=None, code="sales", name="渠道", rights=["work_tickets"], by=SYSTEM, now=clock.now()
    )
    assert upgraded() == {}
    assert rights(own) == {"work_tickets"}


def test_a_fresh_house_and_a_role_of_its_own_are_left_alone(sales):
    own = save_structure(
        model=Role, id=None, code="night", name="夜班", rights=["work_tickets"], by=SYSTEM, now=clock.now()
    )
    before = HistoryRow.objects.count()
    assert upgraded() == {}
    assert rights(own) == {"work_tickets"}
    assert HistoryRow.objects.count() == before


def test_before_a_company_is_set_up_there_is_nothing_to_give(db):
    assert upgraded() == {}
