"""May they? Rights of an account, asked once a request."""

from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import Denied
from yinuo.staff.models import Account
from yinuo.staff.rights import Right
from yinuo.staff.standing import Standing, TeamSeen, standing_of


@dataclass
class Viewer:
    """Who looks: the account with its rights and teams, read once."""

    account: Account
    accessed: set[UUID] = field(default_factory=set)
    """Tickets that this person was seen to be allowed to see, in this request."""

    @property
    def id(self) -> UUID:
        return self.account.id

    @cached_property
    def actor(self) -> Actor:
        return Actor.account(self.account.id)

    @cached_property
    def standing(self) -> Standing:
        return standing_of(self.account)

    @cached_property
    def rights(self) -> frozenset[str]:
        return frozenset(right for role in self.standing.roles for right in role.rights)

    @cached_property
    def role_codes(self) -> frozenset[str]:
        return frozenset(role.code for role in self.standing.roles)

    @property
    def role_names(self) -> list[tuple[str, str]]:
        """Name and English name of each role."""
        return [(role.name, role.name_en) for role in self.standing.roles]

    @cached_property
    def team_ids(self) -> frozenset[UUID]:
        return frozenset(team.id for team in self.standing.teams if team.is_member)

    @cached_property
    def led_team_ids(self) -> frozenset[UUID]:
        return frozenset(team.id for team in self.standing.teams if team.is_lead)

    @cached_property
    def queues(self) -> list[TeamSeen]:
        """The teams whose tickets this person may see, by tier and name."""
        if self.has(Right.SEE_ALL_TICKETS):
            return list(self.standing.teams)
        if not self.has(Right.WORK_TICKETS):
            return []
        return [team for team in self.standing.teams if team.is_member]

    def has(self, right: Right) -> bool:
        return right.value in self.rights

    def require(self, right: Right) -> None:
        """Raises `Denied` without the right."""
        if not self.has(right):
            raise Denied
