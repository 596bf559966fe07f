"""What the procedures of this house may name: its roles, the limits in force, the handbook's templates and surveys."""

from yinuo.domain.procedure import Known
from yinuo.procedures.published import parts_in_force
from yinuo.sla.policies import policies_of, version_in_force
from yinuo.staff.models import Role
from yinuo.staff.queries import teams_in_force
from yinuo.tickets.models import Status


def known_here() -> Known:
    """Three short queries; nothing is kept."""
    parts, policies, teams = parts_in_force(), version_in_force(), teams_in_force()
    return Known(
        roles=frozenset(Role.objects.values_list("code", flat=True)),
        kinds=frozenset(policies_of(policies)) if policies else frozenset(),
        templates=frozenset(entry["key"] for entry in parts.get("templates", ())),
        surveys=frozenset(entry["key"] for entry in parts.get("surveys", ())),
        statuses=frozenset(Status.values),
        teams=frozenset(teams),
        takers=frozenset(role for team in teams.values() for role in team.roles),
    )
