"""Who works at a large desk: the demo company's people with colleagues, its teams with sister teams."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from uuid import UUID

from yinuo.config.demo.casting.mould import Mould
from yinuo.config.demo.casting.people import GIVEN, MORE_SURNAMES
from yinuo.config.demo.company import DEMO
from yinuo.foundation.work import service
from yinuo.staff.models import Account, Team, TeamMember
from yinuo.staff.services import make_account, save_structure

SISTERS = (
    ("service2", "service", "客服二组"),
    ("service3", "service", "客服三组"),
    ("corporate2", "corporate", "重点客户二组"),
)
"""Code, whose sister, name: with the nine of the small demo there are twelve queues."""
FLOATER = "qiao"
FLOATER_TEAMS = ("service", "service2", "service3", "corporate", "corporate2", "orders")
"""An agent who helps out in six of the twelve."""


@dataclass(frozen=True)
class StandIn:
    """An account or a team that appears in a cast in place of the one that lived it."""

    id: str
    name: str


class Crew:
    """Chooses for a cast: the team of its mould or a sister, and colleagues who do the same work in it."""

    def __init__(self) -> None:
        self.names = dict(Account.objects.values_list("id", "name"))
        self.teams = {team.id: team for team in Team.objects.all()}
        by_code = {team.code: team for team in self.teams.values()}
        self._sisters: dict[UUID, list[UUID]] = defaultdict(list)
        for code, whose, _ in SISTERS:
            if code in by_code:
                self._sisters[by_code[whose].id].append(by_code[code].id)
        usernames = dict(Account.objects.values_list("id", "username"))
        self._members: dict[UUID, dict[str, list[UUID]]] = defaultdict(lambda: defaultdict(list))
        self._of: dict[UUID, set[UUID]] = defaultdict(set)
        for team_id, account_id in TeamMember.objects.values_list("team_id", "account_id"):
            self._members[team_id][origin(usernames[account_id])].append(account_id)
            self._of[account_id].add(team_id)
        self._origin = {one: origin(username) for one, username in usernames.items()}

    def cast(self, mould: Mould, rng: Random) -> Mapping[UUID, StandIn]:
        """Who stands for whom in one cast, accounts and teams."""
        instead: dict[UUID, UUID] = {}
        teams = mould.team_ids
        for team in teams:
            sisters = self._sisters.get(team)
            instead[team] = rng.choice([team, *sisters]) if sisters else team
        for key in mould.accounts:
            instead[key] = self._colleague(key, teams, instead, rng)
        return {one: StandIn(str(other), self._name(other)) for one, other in instead.items()}

    def _name(self, one: UUID) -> str:
        return self.names[one] if one in self.names else self.teams[one].name

    def _colleague(self, account: UUID, teams: Sequence[UUID], instead: Mapping[UUID, UUID], rng: Random) -> UUID:
        """One who does the same in the team that stands for his."""
        for team in teams:
            if team in self._of[account]:
                same = self._members[instead[team]].get(self._origin[account])
                if same:
                    return rng.choice(same)
        return account


def origin(username: str) -> str:
    """Whose colleague: `lin.3` does what `lin` does."""
    return username.split(".")[0]


@service
def enlarge(*, colleagues: int, now: datetime) -> None:
    """Makes the sister teams, and `colleagues` more for everybody who works in a team of its own kind. What is there
    already stays."""
    teams = {team.code: team for team in Team.objects.all()}
    for code, whose, name in SISTERS:
        if code not in teams:
            like = teams[whose]
            teams[code] = save_structure(
                model=Team, id=None, code=code, name=name, department=like.department, calendar=like.calendar,
                tier=like.tier, roles=list(like.roles), scenarios=list(like.scenarios), escalates_to=like.escalates_to,
                by=DEMO, now=now,
            )  # fmt: skip
    members: dict[str, list[tuple[Account, bool]]] = defaultdict(list)
    rows = TeamMember.objects.select_related("account", "team").order_by("account__username")
    for row in rows:
        if "." not in row.account.username and row.account.username != FLOATER:
            members[row.team.code].append((row.account, row.is_lead))
    names = _new_names()
    for code, whose, _ in SISTERS:
        for account, is_lead in members[whose]:
            for number in range(1, 2 if is_lead else colleagues + 2):
                _colleague(account, f"{account.username}.{code}.{number}", teams[code], next(names), is_lead, now)
    for code in ("service", "corporate", "orders", "sales", "technical", "emergency", "complaints"):
        for account, is_lead in members[code]:
            for number in range(1, 1 if is_lead else colleagues + 1):
                _colleague(account, f"{account.username}.{code}.{number}", teams[code], next(names), is_lead, now)
    if not Account.objects.filter(username=FLOATER).exists():
        like = Account.objects.get(username="he")
        _make(like, FLOATER, "乔安", {teams[code]: False for code in FLOATER_TEAMS}, now)


def _new_names():  # type: ignore[no-untyped-def]
    rng = Random(7)
    surnames, given = MORE_SURNAMES.split(), GIVEN.split()
    taken = set(Account.objects.values_list("name", flat=True))
    while True:
        name = rng.choice(surnames)[0] + rng.choice(given)[0] + rng.choice(given)[0]
        if name not in taken:
            taken.add(name)
            yield name


def _colleague(like: Account, username: str, team: Team, name: str, is_lead: bool, now: datetime) -> None:
    if not Account.objects.filter(username=username).exists():
        _make(like, username, name, {team: is_lead}, now)


def _make(like: Account, username: str, name: str, teams: dict[Team, bool], now: datetime) -> None:
    make_account(
        username=username, name=name, password="", password_hash=like.password, is_demo=True, roles=list(like.roles.all()),
        teams=teams, skills=list(like.skills.all()), languages=list(like.languages), department=like.department,
        mail_notices=False, by=DEMO, now=now,
    )  # fmt: skip
