"""Reads about staff."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, OuterRef, Prefetch, Q
from django.utils.translation import get_language

from yinuo.domain.reading import Text
from yinuo.foundation.in_force import once
from yinuo.foundation.select import select
from yinuo.staff.models import Account, Company, Department, Notice, Presence, Role, Skill, Team, TeamMember, Token
from yinuo.staff.rights import Right


def company() -> Company | None:
    """The company, or nothing before the first run is finished."""
    return Company.objects.filter(id=1).first()


def teams_in_force() -> dict[str, Team]:
    """Code → active queue, the lowest tier first; shared, never to be changed."""
    return once("teams", lambda: {row.code: row for row in Team.objects.filter(active=True).order_by("tier", "code")})


def default_team() -> Team:
    """The queue of what nothing else routes: the first active one of the lowest tier. Raises `Team.DoesNotExist`."""
    found = next(iter(teams_in_force().values()), None)
    if found is None:
        raise Team.DoesNotExist
    return found


def works_in(account_id: UUID, team_id: UUID) -> bool:
    """Whether somebody is of this team and may work on tickets."""
    return TeamMember.objects.filter(
        account_id=account_id, team_id=team_id, account__is_active=True,
        account__roles__rights__contains=[Right.WORK_TICKETS.value],
    ).exists()  # fmt: skip


def team_leads(team_id: UUID) -> list[UUID]:
    return list(
        TeamMember.objects.filter(team_id=team_id, is_lead=True, account__is_active=True).values_list(
            "account_id", flat=True
        )
    )


def accounts_in_role(code: str) -> list[UUID]:
    return list(Account.objects.filter(roles__code=code, is_active=True).values_list("id", flat=True))


def team_members(team_id: UUID) -> list[dict[str, Any]]:
    """Active members with presence, for assigning."""
    return list(
        TeamMember.objects.filter(team_id=team_id, account__is_active=True)
        .order_by("account__name")
        .values("account_id", "account__name", "account__presence", "is_lead")
    )


@dataclass(frozen=True)
class Bell:
    """What the bell shows: newest notices and how many are unread (at most 100 are counted)."""

    notices: list[Notice]
    unread: int


def bell(account_id: UUID, *, limit: int = 20) -> Bell:
    unread = Notice.objects.filter(account_id=account_id, read_at__isnull=True).values_list("id")[:100]
    return Bell(list(Notice.objects.filter(account_id=account_id).order_by("-at")[:limit]), len(unread))


def notice_of(account_id: UUID, notice_id: UUID) -> Notice | None:
    """A notice, to whom it was told and to nobody else."""
    return Notice.objects.filter(id=notice_id, account_id=account_id).first()


def escalation_people(team_id: UUID, level: int) -> list[UUID]:
    """Whom level 1 (the team's leads), 2 (leads of the team it escalates to) … of an escalation reaches; where a
    level has nobody, the next one that has; at the end the directors."""
    team = Team.objects.filter(id=team_id).first()
    for _ in range(level - 1):
        team = team.escalates_to if team and team.escalates_to_id else None
    seen: set[UUID] = set()
    while team and team.id not in seen:
        people = team_leads(team.id)
        if people:
            return people
        seen.add(team.id)
        team = team.escalates_to
    return accounts_in_role("director") or accounts_in_role("administrator")


NAMES = """
    SELECT id, name FROM staff_account WHERE id = ANY(%s) UNION ALL SELECT id, name FROM staff_team WHERE id = ANY(%s)
    UNION ALL SELECT id, name FROM staff_token WHERE id = ANY(%s)
"""


def names_of(
    account_ids: Collection[UUID] = (), team_ids: Collection[UUID] = (), token_ids: Collection[UUID] = ()
) -> dict[UUID, str]:
    """Of accounts, teams and programs together."""
    return dict(select(NAMES, list(account_ids), list(team_ids), list(token_ids)))


def people_of(team_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Id and name of the active members of these teams, by name."""
    rows = TeamMember.objects.filter(team_id__in=list(team_ids), account__is_active=True)
    return dict(rows.order_by("account__name").values_list("account_id", "account__name"))


def reachable(account: Account, now: datetime) -> bool:
    return account.presence in (Presence.ONLINE, Presence.BUSY)


def role_names(account: Account) -> list[str]:
    """What the account is, in the words of the house and the viewer's language."""
    english = (get_language() or "").startswith("en")
    roles = sorted(account.roles.all(), key=lambda role: role.code)
    return [(role.name_en or role.name) if english else role.name for role in roles]


def demo_accounts() -> list[Account]:
    """In the order of their staff numbers."""
    rows = Account.objects.filter(is_demo=True, is_active=True)
    return list(rows.prefetch_related("roles").order_by("staff_number", "username"))


LISTED = 200


def accounts(text: str = "", *, active: bool = True) -> list[Account]:
    """Accounts whose name, log-in name or number holds `text`; at most 200."""
    rows = Account.objects.filter(is_active=active)
    if text.strip():
        wanted = text.strip()
        rows = rows.filter(
            Q(name__icontains=wanted) | Q(username__icontains=wanted) | Q(staff_number__icontains=wanted)
        )
    return list(
        rows.select_related("department")
        .prefetch_related("roles", "skills", Prefetch("memberships", TeamMember.objects.select_related("team")))
        .order_by("name", "username")[:LISTED]
    )


def account(id: UUID) -> Account | None:
    return Account.objects.filter(id=id).prefetch_related("roles", "skills", "memberships").first()


def active_accounts() -> list[Account]:
    return list(Account.objects.filter(is_active=True).order_by("name"))


def departments() -> list[Department]:
    return list(
        Department.objects.select_related("contact")
        .annotate(people=Count("accounts", filter=Q(accounts__is_active=True), distinct=True))
        .order_by("name")
    )


def teams() -> list[Team]:
    """Active ones first, with `leads` and how many `people` belong to each."""
    rows = (
        Team.objects.select_related("department", "calendar", "escalates_to")
        .prefetch_related(
            Prefetch(
                "members",
                TeamMember.objects.filter(is_lead=True, account__is_active=True).select_related("account"),
                to_attr="leads",
            )
        )
        .annotate(people=Count("members", filter=Q(members__account__is_active=True)))
    )
    return list(rows.order_by("-active", "tier", "name"))


def team_choices() -> list[Team]:
    """All teams for a form, active ones first."""
    return list(Team.objects.order_by("-active", "tier", "name"))


def teams_by_department() -> list[Team]:
    """Active teams with their departments, for whoever asks another department."""
    return list(Team.objects.filter(active=True).select_related("department").order_by("department__name", "name"))


def team(id: UUID) -> Team | None:
    """With its members and the ids of its skills (`skill_ids`)."""
    skills = Team.skills.through.objects.filter(team_id=OuterRef("id")).values("skill_id")
    rows = Team.objects.filter(id=id).annotate(skill_ids=ArraySubquery(skills))
    return rows.prefetch_related("members").first()


def department(id: UUID) -> Department | None:
    return Department.objects.filter(id=id).first()


def skills() -> list[Skill]:
    return list(Skill.objects.annotate(people=Count("accounts", distinct=True)).order_by("name"))


def skill(id: UUID) -> Skill | None:
    return Skill.objects.filter(id=id).first()


def roles() -> list[Role]:
    """With how many `people` have each."""
    people = Count("accounts", filter=Q(accounts__is_active=True))
    return list(Role.objects.annotate(people=people).order_by("tier", "code"))


def role(id: UUID) -> Role | None:
    return Role.objects.filter(id=id).first()


def queues_of(team_ids: Iterable[UUID] | None) -> list[Team]:
    """Active teams by name: these, or all."""
    teams = Team.objects.filter(active=True)
    if team_ids is not None:
        teams = teams.filter(id__in=list(team_ids))
    return list(teams.order_by("tier", "name"))


def tokens() -> list[Token]:
    """Of programs: those not revoked first, each group newest first."""
    rows = Token.objects.select_related("made_by", "revoked_by").prefetch_related("queues")
    return list(rows.order_by(F("revoked_at").asc(nulls_first=True), "-made_at"))


def token_with(digest: bytes) -> tuple[Token, list[Team]] | None:
    """The token that is not revoked with this digest of its secret, and the active queues it may touch, in the order
    in which an unrouted ticket looks for one."""
    token = Token.objects.filter(digest=digest, revoked_at__isnull=True).first()
    if token is None:
        return None
    teams = Team.objects.filter(active=True) if token.every_queue else token.queues.filter(active=True)
    return token, list(teams.order_by("tier", "code"))


def teams_with(team_ids: Iterable[UUID]) -> list[Team]:
    """Active ones of these, in the order in which an unrouted ticket looks for one."""
    return list(Team.objects.filter(id__in=list(team_ids), active=True).order_by("tier", "code"))


def people_with(right: Right) -> list[UUID]:
    """Active accounts of which some role has this right."""
    found = Account.objects.filter(is_active=True, roles__rights__contains=[right.value])
    return list(found.order_by("id").values_list("id", flat=True).distinct())


def role_texts() -> dict[str, Text]:
    """Code → name of every role in both languages."""
    rows = Role.objects.order_by("tier", "name").values_list("code", "name", "name_en")
    return {code: Text(name, name_en) for code, name, name_en in rows}
