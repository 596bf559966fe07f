"""Who looks, in one statement: the account with its rights and teams, the company, what the bell counts."""
# ruff: noqa: S608 - statements of our own words, values are bound

from dataclasses import dataclass
from uuid import UUID

from yinuo.foundation.select import Shape, select
from yinuo.staff.models import Account, Company

BELL_COUNTS = 100


@dataclass(frozen=True, slots=True)
class TeamSeen:
    """An active team as somebody stands to it."""

    id: UUID
    code: str
    name: str
    tier: int
    is_member: bool
    is_lead: bool


@dataclass(frozen=True, slots=True)
class RoleHeld:
    code: str
    rights: frozenset[str]
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account is here, as of one instant. `teams`: all active ones, by tier and name; `unread` stops at 100."""

    roles: tuple[RoleHeld, ...]
    teams: tuple[TeamSeen, ...]
    unread: int
    company: Company | None


ACCOUNT = Shape(Account, without=("email", "email_index"))
COMPANY = Shape(Company)
STATEMENT = f"""
    SELECT {ACCOUNT.columns("a")},
        (SELECT coalesce(jsonb_agg(jsonb_build_array(r.code, r.rights, r.name, r.name_en) ORDER BY r.code), '[]')
            FROM staff_account_roles h JOIN staff_role r ON r.id = h.role_id WHERE h.account_id = a.id),
        (SELECT coalesce(jsonb_agg(jsonb_build_array(t.id, t.code, t.name, t.tier, m.id IS NOT NULL,
                coalesce(m.is_lead, false)) ORDER BY t.tier, t.name), '[]')
            FROM staff_team t LEFT JOIN staff_teammember m ON m.team_id = t.id AND m.account_id = a.id
            WHERE t.active),
        (SELECT count(*) FROM (SELECT 1 FROM staff_notice n
            WHERE n.account_id = a.id AND n.read_at IS NULL LIMIT {BELL_COUNTS}) unread),
        {COMPANY.columns("c")}
    FROM staff_account a LEFT JOIN staff_company c ON c.id = 1 WHERE a.id = %s
"""


def account_with_standing(account_id: UUID) -> Account | None:
    """The account, with its `standing`; its mail address is read only where it is asked for."""
    rows = select(STATEMENT, account_id)
    if not rows:
        return None
    row = rows[0]
    account = ACCOUNT.make(row[: len(ACCOUNT)])
    roles, teams, unread = row[len(ACCOUNT) : len(ACCOUNT) + 3]
    firm = row[len(ACCOUNT) + 3 :]
    account.standing = Standing(
        tuple(RoleHeld(code, frozenset(rights), name, name_en) for code, rights, name, name_en in roles),
        tuple(TeamSeen(UUID(team_id), *rest) for team_id, *rest in teams),
        unread,
        COMPANY.make_or_none(firm),
    )
    return account


def standing_of(account: Account) -> Standing:
    """Read with the account where it came by a log-in, else now."""
    known: Standing | None = getattr(account, "standing", None)
    if known is None:
        found = account_with_standing(account.id)
        known = found.standing if found else Standing((), (), 0, None)
    return known
