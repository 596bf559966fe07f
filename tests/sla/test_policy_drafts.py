"""Limits are worked on in a draft, refused with the row named where they make no sense, and published as a version that
never changes."""

import copy
from typing import Any

import pytest
from tests.story import SYSTEM, Company, make_company, write_in

from yinuo.config.handbook import install_handbook
from yinuo.domain.deadline import Policy
from yinuo.foundation import clock
from yinuo.foundation.errors import Changed, Missing
from yinuo.foundation.ids import new_id
from yinuo.foundation.models import HistoryRow
from yinuo.packs import shipped_pack
from yinuo.sla.errors import DraftExists, DraftGone, LimitsRefused, LimitUnreadable
from yinuo.sla.models import Deadline, PolicyDraft, PolicyVersion
from yinuo.sla.services import (
    drop_draft,
    move_limit,
    open_draft,
    publish_draft,
    publish_policies,
    remove_limit,
    save_limit,
    save_limit_settings,
)

pytestmark = pytest.mark.django_db
VIP = {"key": "vip", "when": {"tier": "key"}, "limit": "20m", "clock": "service"}


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def draft(company: Company) -> PolicyDraft:
    return open_draft(based_on=None, table=None, by=SYSTEM, now=clock.now())


def edit(draft: PolicyDraft, entry: dict[str, Any], *, kind: str = "first_answer", replacing: str = "") -> PolicyDraft:
    return save_limit(
        draft_id=draft.id, version=draft.version, kind=kind, entry=entry, replacing=replacing, by=SYSTEM,
        now=clock.now(),
    )  # fmt: skip


def publish(draft: PolicyDraft, **more: Any) -> PolicyVersion:
    return publish_draft(
        draft_id=draft.id, version=draft.version, by=SYSTEM, now=clock.now(),
        **{"note": "", "moves_open": False, **more},
    )  # fmt: skip


def in_force() -> PolicyVersion:
    return PolicyVersion.objects.get(retired_at__isnull=True)


def test_an_edited_draft_becomes_the_next_version_and_the_old_one_stays_as_it_was(draft):
    before = copy.deepcopy(in_force().table)
    draft = edit(draft, VIP)
    assert in_force().table == before, "a draft changes nothing"
    version = publish(draft, note="重要客户先答")
    assert (version.code, version.version, version.note) == ("handbook", 2, "重要客户先答")
    assert in_force() == version
    old = PolicyVersion.objects.get(version=1)
    assert old.table == before and old.retired_at is not None
    rows = next(entry for entry in version.table if entry["key"] == "first_answer")["rows"]
    assert [row["key"] for row in rows][-2:] == ["vip", "normal"]
    assert not PolicyDraft.objects.exists()


def test_only_new_tickets_follow_the_new_version(draft, company):
    old = write_in(company)
    normal = {"key": "normal", "limit": "1h", "clock": "service"}
    publish(edit(draft, normal, replacing="normal"))
    new = write_in(company, address="li.si@example.com", name="李四")
    limits = {ticket: Deadline.objects.get(ticket_id=ticket.id, kind="first_answer") for ticket in (old, new)}
    assert (limits[old].target.total_seconds(), limits[new].target.total_seconds()) == (7200, 3600)
    assert (limits[old].policy_version.version, limits[new].policy_version.version) == (1, 2)


def test_a_draft_that_makes_no_sense_is_kept_and_refused_with_every_row_named(draft):
    draft = edit(draft, {"key": "late", "limit": "1h", "clock": "service"}, kind="visit")
    late = {"key": "late", "limit": "1h", "clock": "service", "warn": [{"before": "3h", "tell": "king"}]}
    draft = edit(draft, late, kind="visit", replacing="late")
    draft = move_limit(
        draft_id=draft.id, version=draft.version, kind="visit", row="late", up=False, by=SYSTEM, now=clock.now()
    )
    with pytest.raises(LimitsRefused) as refused:
        publish(draft)
    assert "回访 “late”" in str(refused.value) and "没有角色“king”" in str(refused.value)
    assert PolicyDraft.objects.get().version == draft.version, "the draft is still there"
    assert in_force().version == 1


@pytest.mark.parametrize(
    "entry",
    [
        {"key": "x", "limit": "soon", "clock": "service"},
        {"key": "x", "limit": "-2h", "clock": "service"},
        {"key": "x", "limit": "2h", "clock": "lunar"},
        {"key": "x", "limit": "90m", "clock": "workdays"},
        {"key": "normal", "limit": "2h", "clock": "service"},
    ],
)
def test_a_row_that_cannot_be_read_is_not_even_saved(entry, draft):
    with pytest.raises(LimitUnreadable):
        edit(draft, entry)
    assert PolicyDraft.objects.get().table == draft.table


def test_rows_move_and_go_and_settings_change(draft):
    draft = move_limit(
        draft_id=draft.id, version=draft.version, kind="channel_answer", row="mail", up=True, by=SYSTEM,
        now=clock.now(),
    )  # fmt: skip
    draft = remove_limit(
        draft_id=draft.id, version=draft.version, kind="channel_answer", row="social", by=SYSTEM, now=clock.now()
    )
    draft = save_limit_settings(
        draft_id=draft.id, version=draft.version, kind="channel_answer", settings={"on_reopen": "restart"}, by=SYSTEM,
        now=clock.now(),
    )  # fmt: skip
    entry = next(entry for entry in draft.table if entry["key"] == "channel_answer")
    policy = Policy.from_json(entry)
    assert [row.key for row in policy.rows] == ["urgent", "mail", "call_or_chat", "other"]
    assert policy.on_reopen == "restart"
    told = (
        HistoryRow.objects.filter(kind="sla.PolicyDraftChanged").order_by("at", "id").values_list("values", flat=True)
    )
    assert [(values["edit"], values["row"]) for values in told.values_list("values", flat=True)] == [
        ("row_moved", "mail"), ("row_removed", "social"), ("settings", ""),
    ]  # fmt: skip


def test_two_who_edit_at_once_do_not_overwrite_each_other(draft):
    edit(draft, VIP)
    with pytest.raises(Changed):
        edit(draft, {**VIP, "key": "other_vip"})
    with pytest.raises(Changed):
        publish(draft)


def test_there_is_one_draft_at_a_time_and_one_that_is_gone_is_said_to_be(draft):
    with pytest.raises(DraftExists):
        open_draft(based_on=None, table=None, by=SYSTEM, now=clock.now())
    drop_draft(draft_id=draft.id, version=draft.version, by=SYSTEM, now=clock.now())
    with pytest.raises(DraftGone):
        edit(draft, VIP)
    with pytest.raises(Missing):
        open_draft(based_on=new_id(), table=None, by=SYSTEM, now=clock.now())


def test_an_older_version_and_another_handbook_can_be_the_ground_of_a_draft(draft):
    first = in_force()
    publish(edit(draft, VIP))
    back = open_draft(based_on=first.id, table=None, by=SYSTEM, now=clock.now())
    assert back.table == first.table
    drop_draft(draft_id=back.id, version=back.version, by=SYSTEM, now=clock.now())
    rules = open_draft(based_on=None, table=shipped_pack("rules").limit_table, by=SYSTEM, now=clock.now())
    version = publish(rules)
    assert version.version == 3
    assert next(entry for entry in version.table if entry["key"] == "pick_up")["rows"][0]["key"] == "peak"


def test_a_table_that_names_what_is_not_in_this_house_is_not_published(company):
    table = copy.deepcopy(in_force().table)
    table[0]["rows"][0]["calendar"] = "moon"
    table[1]["key"] = "chat_windw"
    with pytest.raises(LimitsRefused) as refused:
        publish_policies(code="handbook", table=table, by=SYSTEM, now=clock.now())
    assert "moon" in str(refused.value) and "chat_windw" in str(refused.value)
    table = copy.deepcopy(in_force().table)
    table[0]["rows"][0]["calendar"] = "office"
    assert publish_policies(code="handbook", table=table, by=SYSTEM, now=clock.now()).version == 2


def test_installing_the_handbook_again_leaves_edited_limits_alone(draft):
    publish(edit(draft, VIP))
    install_handbook(pack="handbook", by=SYSTEM, now=clock.now())
    assert in_force().version == 2
