"""The company and the accounts of who works here."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db.models import F

from yinuo.foundation.actors import Actor
from yinuo.foundation.encryption import blind_index
from yinuo.foundation.errors import Changed
from yinuo.foundation.events import record
from yinuo.foundation.live import end_streams, touch
from yinuo.foundation.live_tokens import account_holder
from yinuo.foundation.work import service
from yinuo.staff.errors import EmailTaken, UsernameTaken
from yinuo.staff.events import (
    AccountChanged,
    AccountMade,
    CompanyChanged,
    CompanySetUp,
    PasswordSet,
    PresenceChanged,
)
from yinuo.staff.models import Account, Company, Presence, Role, Skill, Team, TeamMember
from yinuo.staff.services.structure import keep_an_administrator


@service
def set_up_company(*, name: str, hotline: str, pack: str, is_demo: bool, by: Actor, now: datetime) -> Company:
    """Names the company and chooses its policy pack; done once."""
    company, _ = Company.objects.update_or_create(
        id=1, defaults={"name": name, "hotline": hotline, "pack": pack, "is_demo": is_demo, "set_up_at": now}
    )
    record(CompanySetUp(pack), by=by, at=now, subject=("company", UUID(int=1)))
    return company


def _email_index(email: str) -> bytes | None:
    return blind_index("email", email.strip().lower()) if email.strip() else None


def _refuse_taken_email(email: str, own: UUID | None) -> None:
    index = _email_index(email)
    if index and Account.objects.filter(email_index=index).exclude(id=own).exists():
        raise EmailTaken


@service
def make_account(
    *,
    username: str,
    name: str,
    password: str,
    roles: Iterable[Role],
    by: Actor,
    now: datetime,
    teams: Mapping[Team, bool] | None = None,
    skills: Iterable[Skill] = (),
    email: str = "",
    must_change_password: bool = False,
    is_demo: bool = False,
    password_hash: str = "",
    **fields: Any,
) -> Account:
    """`teams` maps each team to whether the account leads it. `password_hash` is a password hashed already: hashing
    takes half a second, and many accounts made at once may share one. Raises `UsernameTaken`, `EmailTaken`."""
    username = username.strip()
    if Account.objects.filter(username__iexact=username).exists():
        raise UsernameTaken(username=username)
    _refuse_taken_email(email, None)
    account = Account(
        username=username,
        name=name.strip(),
        password=password_hash or make_password(password),
        email=email.strip(),
        email_index=_email_index(email),
        must_change_password=must_change_password,
        is_demo=is_demo,
        **fields,
    )
    account.save(force_insert=True)
    roles = list(roles)
    account.roles.set(roles)
    account.skills.set(skills)
    TeamMember.objects.bulk_create(
        TeamMember(team=team, account=account, is_lead=is_lead) for team, is_lead in (teams or {}).items()
    )
    record(
        AccountMade(account.id, tuple(sorted(role.code for role in roles))),
        by=by, at=now, subject=("account", account.id),
    )  # fmt: skip
    return account


@service
def change_account(
    *,
    account: Account,
    version: int,
    by: Actor,
    now: datetime,
    roles: Iterable[Role] | None = None,
    teams: Mapping[Team, bool] | None = None,
    skills: Iterable[Skill] | None = None,
    **fields: Any,
) -> Account:
    """Changes the named fields; raises `Changed` on a stale version, `LastAdministrator` where nobody could manage
    staff any more."""
    if "email" in fields:
        _refuse_taken_email(fields["email"], account.id)
        fields["email_index"] = _email_index(fields["email"])
    if not Account.objects.filter(id=account.id, version=version).update(version=F("version") + 1, **fields):
        raise Changed
    if roles is not None:
        account.roles.set(roles)
    if skills is not None:
        account.skills.set(skills)
    if teams is not None:
        TeamMember.objects.filter(account=account).exclude(team__in=teams).delete()
        for team, is_lead in teams.items():
            TeamMember.objects.update_or_create(team=team, account=account, defaults={"is_lead": is_lead})
    keep_an_administrator()
    if roles is not None or teams is not None or fields.get("is_active") is False:
        end_streams(account_holder(account.id), now)  # open pages must not hear what is no longer theirs
    account.refresh_from_db()
    record(
        AccountChanged(
            account.id,
            tuple(sorted(fields)),
            tuple(sorted(account.roles.values_list("code", flat=True))),
            account.is_active,
        ),
        by=by, at=now, subject=("account", account.id),
    )  # fmt: skip
    return account


@service
def set_password(*, account: Account, password: str, must_change: bool, by: Actor, now: datetime) -> None:
    account.password = make_password(password)
    account.must_change_password = must_change
    account.save(update_fields=["password", "must_change_password"])
    end_streams(account_holder(account.id), now)
    record(PasswordSet(account.id), by=by, at=now, subject=("account", account.id))


@service
def set_presence(*, account: Account, presence: Presence, by: Actor, now: datetime) -> None:
    Account.objects.filter(id=account.id).update(presence=presence, presence_at=now)
    record(PresenceChanged(account.id, presence.value), by=by, at=now, subject=("account", account.id))
    touch(f"account:{account.id}")


@service
def change_own_settings(*, account: Account, by: Actor, now: datetime, **fields: Any) -> None:
    """Language, theme, signature, mail notices: nobody else's business, so no version."""
    Account.objects.filter(id=account.id).update(**fields)
    record(
        AccountChanged(account.id, tuple(sorted(fields)), (), account.is_active),
        by=by, at=now, subject=("account", account.id),
    )  # fmt: skip


@service
def change_company(*, version: int, by: Actor, now: datetime, **fields: Any) -> Company:
    """Name and hotline. Raises `Changed`."""
    if not Company.objects.filter(id=1, version=version).update(version=F("version") + 1, **fields):
        raise Changed
    record(CompanyChanged(tuple(sorted(fields))), by=by, at=now, subject=("company", UUID(int=1)))
    return Company.objects.get(id=1)
