"""Departments, teams, skills, roles: how the house is put together (R-PE-1)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import Changed, Missing
from yinuo.foundation.events import record
from yinuo.foundation.ids import new_id
from yinuo.foundation.work import service
from yinuo.staff.errors import CodeTaken, LastAdministrator, StillUsed
from yinuo.staff.events import RightsBrought, StructureChanged
from yinuo.staff.models import Account, Department, Role, Skill, Team, TeamMember
from yinuo.staff.rights import Right

Part = TypeVar("Part", Department, Team, Role, Skill)


@service
def save_structure(
    *,
    model: type[Part],
    id: UUID | None,
    by: Actor,
    now: datetime,
    version: int | None = None,
    skills: Iterable[Skill] | None = None,
    members: Mapping[UUID, bool] | None = None,
    **fields: Any,
) -> Part:
    """Makes (`id` empty) or changes a department, team, role or skill. `members` maps the accounts of a team to
    whether they lead it. Raises `CodeTaken`, `Missing`, `Changed` on a stale `version` (none given: not checked)."""
    if "code" in fields and model.objects.filter(code=fields["code"]).exclude(id=id).exists():
        raise CodeTaken(value=fields["code"])
    row = model.objects.select_for_update().filter(id=id).first() if id else model(id=new_id())
    if row is None:
        raise Missing
    if id:
        if version is not None and row.version != version:
            raise Changed
        row.version += 1
    for field, value in fields.items():
        setattr(row, field, value)
    row.save()
    if skills is not None and isinstance(row, Team):
        row.skills.set(skills)
    if members is not None and isinstance(row, Team):
        _set_members(row, members)
    if isinstance(row, Role) and Account.objects.filter(is_active=True).exists():
        keep_an_administrator()
    what = model.__name__.lower()
    changed = {*fields, *(["members"] if members is not None else []), *(["skills"] if skills is not None else [])}
    record(StructureChanged(what, row.id, tuple(sorted(changed))), by=by, at=now, subject=(what, row.id))
    return row


def _set_members(team: Team, members: Mapping[UUID, bool]) -> None:
    TeamMember.objects.filter(team=team).exclude(account_id__in=members).delete()
    for account_id, is_lead in members.items():
        TeamMember.objects.update_or_create(team=team, account_id=account_id, defaults={"is_lead": is_lead})


@service
def save_rights(*, rights: Mapping[UUID, tuple[int, list[str]]], by: Actor, now: datetime) -> None:
    """The rights of several roles at once: role → (version seen, rights). Raises `Changed`, `LastAdministrator`."""
    for role in Role.objects.select_for_update().filter(id__in=rights).order_by("id"):
        version, wanted = rights[role.id]
        if set(role.rights) == set(wanted):
            continue
        save_structure(model=Role, id=role.id, version=version, rights=sorted(wanted), by=by, now=now)


@service
def bring_rights(*, shipped: Mapping[str, Iterable[str]], by: Actor, now: datetime) -> dict[str, list[str]]:
    """What a handbook gives its roles and has not given them before: code of the role → the new ones. Each is given
    once: one that somebody took away stays away. A role of which it is not known what it was given, made here or
    changed before that was kept, gets nothing now: what was taken from it cannot be told from what it never had."""
    brought = {}
    for role in Role.objects.select_for_update().filter(code__in=shipped).order_by("id"):
        rights = set(shipped[role.code])
        before = _offered(role, rights)
        if role.offered is not None and rights <= before:
            continue
        offered, new = sorted(rights | before), sorted(rights - before - set(role.rights))
        if not new:
            role.offered = offered
            role.save(update_fields=["offered"])
            continue
        save_structure(
            model=Role, id=role.id, rights=sorted({*role.rights, *new}), offered=offered, by=by, now=now
        )  # fmt: skip
        record(RightsBrought(role.id, tuple(new)), by=by, at=now, subject=("role", role.id))
        brought[role.code] = new
    return brought


def _offered(role: Role, shipped: set[str]) -> set[str]:
    return shipped if role.offered is None else set(role.offered)


@service
def remove_structure(*, model: type[Part], id: UUID, by: Actor, now: datetime) -> None:
    """Removes a department, skill or role that nobody uses; teams are switched off instead, since their tickets and
    history stay. Raises `StillUsed`, `Missing`."""
    row = model.objects.filter(id=id).first()
    if row is None:
        raise Missing
    if isinstance(row, Team) or _is_used(row):
        raise StillUsed(name=row.name)
    what = model.__name__.lower()
    row.delete()
    record(StructureChanged(what, id, ("removed",)), by=by, at=now, subject=(what, id))


def _is_used(row: Department | Role | Skill) -> bool:
    if isinstance(row, Department):
        return row.teams.exists() or row.accounts.exists()
    if isinstance(row, Skill):
        return row.accounts.exists() or Team.objects.filter(skills=row).exists()
    return row.accounts.exists() or Team.objects.filter(roles__contains=[row.code]).exists()


def keep_an_administrator() -> None:
    """Raises `LastAdministrator` where nobody could manage staff any more."""
    if not Account.objects.filter(is_active=True, roles__rights__contains=[Right.EDIT_STAFF.value]).exists():
        raise LastAdministrator
