"""May they? Rights of an account, asked once a request."""

from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import Denied
from yinuo.staff.models import Account, Role, TeamMember
from yinuo.staff.rights import Right


@dataclass
class Viewer:
    """Who looks: the account with its rights and teams, each read once."""

    account: Account

    @property
    def id(self) -> UUID:
        return self.account.id

    @property
    def actor(self) -> Actor:
        return Actor.account(self.account.id)

    @cached_property
    def _roles(self) -> list[tuple[str, list[str], str, str]]:
        rows = Role.objects.filter(accounts=self.account).order_by("code")
        return list(rows.values_list("code", "rights", "name", "name_en"))

    @cached_property
    def rights(self) -> frozenset[str]:
        return frozenset(right for _, rights, _, _ in self._roles for right in rights)

    @cached_property
    def role_codes(self) -> frozenset[str]:
        return frozenset(code for code, *_ in self._roles)

    @property
    def role_names(self) -> list[tuple[str, str]]:
        """Name and English name of each role."""
        return [(name, name_en) for _, _, name, name_en in self._roles]

    @cached_property
    def _memberships(self) -> dict[UUID, bool]:
        return dict(
            TeamMember.objects.filter(account=self.account, team__active=True).values_list("team_id", "is_lead")
        )

    @property
    def team_ids(self) -> frozenset[UUID]:
        return frozenset(self._memberships)

    @property
    def led_team_ids(self) -> frozenset[UUID]:
        return frozenset(team for team, is_lead in self._memberships.items() if is_lead)

    def has(self, right: Right) -> bool:
        return right.value in self.rights

    def require(self, right: Right) -> None:
        """Raises `Denied` without the right."""
        if not self.has(right):
            raise Denied
