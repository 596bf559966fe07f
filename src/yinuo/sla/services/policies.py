"""Putting limits in force, and the draft in which they are worked on."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import get_language

from yinuo.domain.deadline import DeadlineError, Policy, read_policies
from yinuo.domain.deadline.editing import Table, drop_row, move_row, put_policy, put_row
from yinuo.domain.deadline.lint import Fault, judge
from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import Changed, Missing
from yinuo.foundation.events import record
from yinuo.foundation.in_force import forget
from yinuo.foundation.work import service
from yinuo.sla.errors import DraftExists, DraftGone, LimitsRefused, LimitUnreadable
from yinuo.sla.events import PoliciesPublished, PolicyDraftChanged, PolicyDraftDropped, PolicyDraftOpened
from yinuo.sla.known import known_here
from yinuo.sla.models import PolicyDraft, PolicyVersion
from yinuo.sla.policies import version_in_force

TOLD_FAULTS = 3


@service
def publish_policies(
    *, code: str, table: list[dict[str, Any]], by: Actor, now: datetime, note: str = "", moves_open: bool = False
) -> PolicyVersion:
    """Puts a new version in force. `moves_open`: open promises follow it too, else they finish on theirs. Raises
    `DeadlineError` with the place of a fault, `LimitsRefused` with every row that makes no sense."""
    policies = read_policies(table)
    faults = judge(policies, known_here())
    if faults:
        raise LimitsRefused(reason=_said(faults, {policy.key: policy for policy in policies}))
    latest = PolicyVersion.objects.filter(code=code).order_by("-version").first()
    PolicyVersion.objects.filter(retired_at__isnull=True).update(retired_at=now)
    version = PolicyVersion(
        code=code,
        version=latest.version + 1 if latest else 1,
        table=table,
        published_at=now,
        published_by_id=by.id,
        note=note,
    )
    version.save(force_insert=True)
    forget()
    fact = PoliciesPublished(code, version.version, moves_open)
    record(fact, by=by, at=now, subject=("policies", version.id))
    return version


def _said(faults: tuple[Fault, ...], policies: Mapping[str, Policy]) -> str:
    """The first faults with kind and row, in the language of whoever publishes."""
    lang = "en" if (get_language() or "").startswith("en") else "zh"
    told = []
    for fault in faults[:TOLD_FAULTS]:
        name = policies[fault.policy].name.get(lang) or fault.policy
        told.append(f"{name}{f' “{fault.row}”' if fault.row else ''}: {fault.said.say(lang)}")
    more = len(faults) - TOLD_FAULTS
    return "; ".join(told) + (f" … (+{more})" if more > 0 else "")


@service
def open_draft(*, based_on: UUID | None, table: Table | None, by: Actor, now: datetime) -> PolicyDraft:
    """A draft of the version in force, of the version `based_on`, or with another `table` (that of a handbook). Raises
    `DraftExists` where somebody works on one, `Missing`."""
    if PolicyDraft.objects.exists():
        raise DraftExists
    version = PolicyVersion.objects.filter(id=based_on or version_in_force()).first()
    if version is None:
        raise Missing
    draft = PolicyDraft(
        based_on=version, code=version.code, table=table if table is not None else version.table, opened_at=now,
        opened_by_id=by.id, changed_at=now, changed_by_id=by.id,
    )  # fmt: skip
    draft.save(force_insert=True)
    fact = PolicyDraftOpened(draft.id, draft.code, version.version)
    record(fact, by=by, at=now, subject=("policy_draft", draft.id))
    return draft


@service
def save_limit(
    *, draft_id: UUID, version: int, kind: str, entry: dict[str, Any], replacing: str, by: Actor, now: datetime
) -> PolicyDraft:
    """A row of the draft, new or in place of the row `replacing`. Raises `LimitUnreadable`, `Changed`, `DraftGone`."""
    edit = "row_changed" if replacing else "row_added"
    return _edit(
        draft_id, version, lambda table: put_row(table, kind, entry, replacing=replacing),
        PolicyDraftChanged(draft_id, edit, kind, entry["key"]), by, now,
    )  # fmt: skip


@service
def remove_limit(*, draft_id: UUID, version: int, kind: str, row: str, by: Actor, now: datetime) -> PolicyDraft:
    """Without the row. Raises as `save_limit`, also for the last row of a kind."""
    fact = PolicyDraftChanged(draft_id, "row_removed", kind, row)
    return _edit(draft_id, version, lambda table: drop_row(table, kind, row), fact, by, now)


@service
def move_limit(*, draft_id: UUID, version: int, kind: str, row: str, up: bool, by: Actor, now: datetime) -> PolicyDraft:
    """The row one place up or down: the first that matches counts. Raises as `save_limit`."""
    fact = PolicyDraftChanged(draft_id, "row_moved", kind, row)
    return _edit(draft_id, version, lambda table: move_row(table, kind, row, up=up), fact, by, now)


@service
def save_limit_settings(
    *, draft_id: UUID, version: int, kind: str, settings: dict[str, str], by: Actor, now: datetime
) -> PolicyDraft:
    """What a kind does when a matter is reopened. Raises as `save_limit`."""
    fact = PolicyDraftChanged(draft_id, "settings", kind, "")
    return _edit(draft_id, version, lambda table: put_policy(table, kind, **settings), fact, by, now)


@service
def drop_draft(*, draft_id: UUID, version: int, by: Actor, now: datetime) -> None:
    """Throws the draft away; what is in force stays. Raises `Changed`, `DraftGone`."""
    draft = _locked(draft_id, version)
    record(PolicyDraftDropped(draft.id), by=by, at=now, subject=("policy_draft", draft.id))
    draft.delete()


@service
def publish_draft(
    *, draft_id: UUID, version: int, note: str, moves_open: bool, by: Actor, now: datetime
) -> PolicyVersion:
    """Puts the draft in force as the next version. Raises `LimitsRefused`, `Changed`, `DraftGone`."""
    draft = _locked(draft_id, version)
    published = publish_policies(code=draft.code, table=draft.table, by=by, now=now, note=note, moves_open=moves_open)
    draft.delete()
    return published


def _locked(draft_id: UUID, version: int) -> PolicyDraft:
    draft = PolicyDraft.objects.select_for_update().filter(id=draft_id).first()
    if draft is None:
        raise DraftGone
    if draft.version != version:
        raise Changed
    return draft


def _edit(
    draft_id: UUID, version: int, change: Callable[[Table], Table], fact: PolicyDraftChanged, by: Actor, now: datetime
) -> PolicyDraft:
    draft = _locked(draft_id, version)
    try:
        draft.table = change(draft.table)
    except DeadlineError as error:
        raise LimitUnreadable(error.code) from error
    draft.version += 1
    draft.changed_at, draft.changed_by_id = now, by.id
    draft.save(update_fields=["table", "version", "changed_at", "changed_by_id"])
    record(fact, by=by, at=now, subject=("policy_draft", draft.id))
    return draft
