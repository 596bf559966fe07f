"""A release that ships a newer definition of a procedure offers it to a house that has an older one (R-AS-3)."""

import copy
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from tests.story import SYSTEM, Company, make_company

from yinuo.catalog.models import Scenario
from yinuo.domain.procedure import Definition
from yinuo.domain.procedure.differences import differences
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.models import HistoryRow
from yinuo.packs import procedure_raw, shipped_pack
from yinuo.procedures.errors import DraftThere, NothingShipped
from yinuo.procedures.library import in_force, shelves
from yinuo.procedures.models import ProcedureDraft, ProcedureVersion, ShippedEdition
from yinuo.procedures.services import (
    drop_procedure_draft,
    hide_shipped,
    open_procedure_draft,
    publish_procedure,
    publish_reviewed,
    retire_procedure,
    save_procedure_settings,
    submit_procedure,
    take_shipped,
)
from yinuo.procedures.shipped import Offer, digest_of, offer_of, offers

pytestmark = pytest.mark.django_db
CODE = "after_sales"
migration = import_module("yinuo.procedures.migrations.0012_known_editions")


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def author(company: Company) -> Actor:
    return Actor.account(company.supervisor.id)


@pytest.fixture
def other(company: Company) -> Actor:
    return Actor.account(company.administrator.id)


def older_body(title: str = "售后（旧）") -> dict[str, Any]:
    body = copy.deepcopy(procedure_raw(CODE))
    body["title"]["zh"] = title
    return body


@pytest.fixture
def older(company: Company) -> ProcedureVersion:
    """What a house has that was set up, or last took what was shipped, under an older release."""
    return publish_procedure(code=CODE, body=older_body(), by=SYSTEM, now=clock.now())


def the_offer(code: str = CODE) -> Offer:
    found = offer_of(code)
    assert found is not None
    return found


def take(by: Actor) -> ProcedureDraft:
    return take_shipped(code=CODE, digest=the_offer().digest, note="升级", by=by, now=clock.now())


def edited(draft: ProcedureDraft, by: Actor, step: str = "accept", role: str = "supervisor") -> ProcedureDraft:
    return save_procedure_settings(
        draft_id=draft.id, version=draft.version, step=step, values={"role": role}, by=by, now=clock.now()
    )


def published(draft: ProcedureDraft, by: Actor, other: Actor) -> ProcedureVersion:
    draft = submit_procedure(draft_id=draft.id, version=draft.version, note=draft.note, by=by, now=clock.now())
    return publish_reviewed(draft_id=draft.id, version=draft.version, text="", by=other, now=clock.now())


def own_edit(by: Actor, other: Actor) -> ProcedureVersion:
    return published(edited(open_procedure_draft(code=CODE, by=by, now=clock.now()), by), by, other)


def facts(kind: str) -> list[HistoryRow]:
    return list(HistoryRow.objects.filter(kind=f"procedures.{kind}"))


def test_a_house_that_has_what_the_release_ships_is_told_nothing(company, author, other):
    whole = {one.code: (one.version, one.draft) for one in shelves()}
    assert offers(whole, whole=True) == {}
    edition = in_force(CODE).edition
    assert edition.digest == digest_of(procedure_raw(CODE)) == digest_of(edition.body)
    version = own_edit(author, other)
    assert version.edition == edition, "an edit is made of what the house took"
    assert offer_of(CODE) is None, "and is no reason to offer that again"


def test_a_newer_definition_is_told_of_and_changes_nothing_by_itself(older):
    offer = the_offer()
    assert offer.version == older and offer.hidden_at is None
    (change,) = offer.changes
    assert (change.part, change.before.zh, change.after.zh) == ("title", "售后（旧）", "售后问题处理")
    assert offer.edits_against(offer.taken) == [], "nothing was edited here"
    assert in_force(CODE) == older and not ProcedureDraft.objects.exists()


def test_taken_it_is_a_draft_that_somebody_else_publishes_and_then_it_is_told_of_no_more(older, author, other):
    draft = take(author)
    assert in_force(CODE) == older
    assert draft.note == "升级" and draft.author_ids == [str(author.id)]
    assert offer_of(CODE) is None, "it is being taken"
    assert [row.values["code"] for row in facts("ShippedTaken")] == [CODE]
    version = published(draft, author, other)
    assert version.edition.digest == digest_of(procedure_raw(CODE))
    assert differences(Definition.from_json(version.body), shipped_pack("handbook").procedures[CODE]) == ()
    assert offer_of(CODE) is None


def test_thrown_away_unpublished_it_is_told_of_again(older, author):
    draft = take(author)
    drop_procedure_draft(draft_id=draft.id, version=draft.version, by=author, now=clock.now())
    assert the_offer().version == older


def test_what_was_edited_after_taking_it_is_still_of_that_edition(older, author, other):
    version = published(edited(take(author), author), author, other)
    assert version.edition.digest == digest_of(procedure_raw(CODE))
    assert offer_of(CODE) is None


def test_own_edits_are_told_apart_from_what_the_release_changed(older, author, other):
    version = own_edit(author, other)
    offer = the_offer()
    assert offer.version == version
    assert [(one.step, one.part) for one in offer.edits_against(offer.taken)] == [("accept", "role")]
    assert [(one.step, one.part) for one in offer.changes] == [("", "title"), ("accept", "role")]


def test_an_own_edit_that_the_release_makes_too_is_not_dropped(company, author, other):
    body = older_body()
    step = next(one for one in body["steps"] if one["key"] == "accept")
    role, step["role"] = step["role"], "supervisor"
    publish_procedure(code=CODE, body=body, by=SYSTEM, now=clock.now())
    draft = edited(open_procedure_draft(code=CODE, by=author, now=clock.now()), author, role=role)
    published(draft, author, other)
    offer = the_offer()
    assert [one.part for one in offer.changes] == ["title"]
    assert offer.edits_against(offer.taken) == []


def test_a_draft_under_work_is_not_overwritten(older, author):
    draft = edited(open_procedure_draft(code=CODE, by=author, now=clock.now()), author)
    with pytest.raises(DraftThere):
        take(author)
    kept = ProcedureDraft.objects.get(code=CODE)
    assert (kept.body, kept.version, kept.edition) == (draft.body, draft.version, older.edition)
    assert facts("ShippedTaken") == []


def test_hidden_it_can_still_be_taken_and_the_next_one_is_told_of(older, author):
    for _again in range(2):
        hide_shipped(code=CODE, digest=the_offer().digest, by=author, now=clock.now())
    offer = the_offer()
    assert offer.hidden_at is not None and offer.hidden_by_id == author.id
    (row,) = facts("ShippedHidden")
    assert (row.values["code"], row.actor_id) == (CODE, author.id)
    ShippedEdition.objects.filter(digest=offer.digest).update(digest="what the release before shipped")
    assert the_offer().hidden_at is None, "hidden was that edition alone"
    assert take(author).edition is not None


@pytest.mark.parametrize("verb", [take_shipped, hide_shipped])
def test_another_one_than_was_looked_at_is_refused(verb, older, author):
    more = {"note": ""} if verb is take_shipped else {}
    with pytest.raises(NothingShipped):
        verb(code=CODE, digest="0" * 64, by=author, now=clock.now(), **more)
    with pytest.raises(NothingShipped):
        verb(code="service", digest=digest_of(procedure_raw("service")), by=author, now=clock.now(), **more)
    assert not ProcedureDraft.objects.exists() and not ShippedEdition.objects.filter(hidden_at__isnull=False).exists()


def test_a_procedure_that_older_releases_did_not_have_is_told_of_and_can_be_taken(company, author):
    ProcedureVersion.objects.filter(code="push").delete()
    ShippedEdition.objects.filter(code="push").delete()
    whole = {one.code: (one.version, one.draft) for one in shelves()}
    assert {code: offer.version for code, offer in offers(whole, whole=True).items()} == {"push": None}
    draft = take_shipped(code="push", digest=the_offer("push").digest, note="", by=author, now=clock.now())
    assert draft.based_on is None and draft.code == "push"


def test_of_a_retired_procedure_nothing_is_told(company):
    older = copy.deepcopy(procedure_raw("push"))
    older["title"]["zh"] = "旧"
    publish_procedure(code="push", body=older, by=SYSTEM, now=clock.now())
    assert offer_of("push") is not None
    Scenario.objects.filter(procedure="push").update(procedure="service")
    retire_procedure(code="push", by=SYSTEM, now=clock.now())
    assert offer_of("push") is None


def test_a_house_from_before_editions_were_kept_knows_them_after_the_update(older, author, other):
    own = own_edit(author, other)
    draft = open_procedure_draft(code=CODE, by=author, now=clock.now())
    body = {**older_body("别的"), "key": "elsewhere"}
    alien = published(open_procedure_draft(code="elsewhere", body=body, by=author, now=clock.now()), author, other)
    known = {row.id: row.edition.digest for row in ProcedureVersion.objects.filter(edition__isnull=False)}
    ProcedureVersion.objects.update(edition=None)
    ProcedureDraft.objects.update(edition=None)
    ShippedEdition.objects.all().delete()
    assert the_offer().taken is None
    migration.versions_know_where_they_came_from(apps, None)
    again = {row.id: row.edition.digest for row in ProcedureVersion.objects.filter(edition__isnull=False)}
    assert again == known and len(known) > 5
    own.refresh_from_db()
    assert own.edition.digest == digest_of(older.body)
    assert alien.id not in again, "of one's own making: not known"
    draft.refresh_from_db()
    assert draft.edition == own.edition
