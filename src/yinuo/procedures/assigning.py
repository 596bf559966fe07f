"""Choosing a team and person for a ticket: candidates read here, decided in `domain.routing` (R-CL-2)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from yinuo.domain.routing import Candidate, Presence, Reason, Wanted, Weights, choose_assignee
from yinuo.procedures.published import parts_in_force
from yinuo.staff.models import Account, Team, TeamMember
from yinuo.tickets.models import Status, Ticket


@dataclass(frozen=True)
class Assignee:
    """`account_id` empty: left in the team's queue; `team_id` empty: no team takes this role."""

    team_id: UUID | None
    account_id: UUID | None
    reasons: tuple[dict[str, Any], ...]


def find_assignee(
    ticket: Ticket, *, role: str, tier: int | None, team_code: str, named: str | None, now: datetime
) -> Assignee:
    """Who of `role` is to have the ticket. A person named by hand goes before every rule."""
    teams = _teams(ticket, role, tier, team_code)
    if named:
        member = TeamMember.objects.filter(account_id=named, account__is_active=True)
        chosen = member.filter(team__in=teams).first() or member.first()
        if chosen:
            return Assignee(chosen.team_id, chosen.account_id, (Reason("by_hand").to_json(),))
    if not teams:
        return Assignee(None, None, (Reason("no_candidates").to_json(),))
    wanted_base = {
        "language": ticket.language[:2],
        "role": role,
        "dedicated_id": str(ticket.customer.dedicated_agent_id or ""),
    }
    first: Assignee | None = None
    for team in teams:
        skills = frozenset(team.skills.values_list("code", flat=True))
        decision = choose_assignee(
            Wanted(skills=skills, **wanted_base), team.code, _candidates([team], ticket.customer.dedicated_agent_id)
        )
        found = Assignee(
            Team.objects.values_list("id", flat=True).get(code=decision.team)
            if decision.team != team.code
            else team.id,
            UUID(decision.account_id) if decision.account_id else None,
            tuple(reason.to_json() for reason in decision.reasons),
        )
        if found.account_id:
            return found
        first = first or found
    return first or Assignee(None, None, ())


def _teams(ticket: Ticket, role: str, tier: int | None, team_code: str) -> list[Team]:
    """Teams that take steps of this role, the ticket's own first, then those named for its scenario."""
    active = Team.objects.filter(active=True)
    if team_code:
        return list(active.filter(code=team_code))
    own = ticket.team
    fitting = active.filter(roles__contains=[role]).filter(
        Q(scenarios__contains=[ticket.scenario]) | Q(scenarios__len=0) | Q(id=own.id)
    )
    if tier is not None:
        fitting = fitting.filter(Q(tier=tier) | Q(id=own.id))
    if role in own.roles:
        return [own]  # a ticket stays in its queue where its own team takes the role: other queues don't drain it
    return list(fitting.order_by("name"))


def _candidates(teams: list[Team], dedicated_id: UUID | None) -> list[Candidate]:
    memberships = (
        TeamMember.objects.filter(account__is_active=True)
        .filter(Q(team__in=teams) | Q(account_id=dedicated_id))
        .select_related("team")
    )
    by_account = {row.account_id: row.team.code for row in memberships}
    people = Account.objects.filter(id__in=by_account).prefetch_related("skills", "roles")
    loads = _loads(list(by_account))
    weights = _weights()
    team_codes = {team.code for team in teams}
    in_teams = {row.account_id: row.team.code for row in memberships if row.team.code in team_codes}
    return [
        Candidate(
            account_id=str(person.id),
            team=in_teams.get(person.id, by_account[person.id]),
            presence=Presence(person.presence),
            capacity=max(person.capacity, 1),
            open_count=len(loads[person.id]),
            load=weights.load_of(loads[person.id]),
            skills=frozenset(skill.code for skill in person.skills.all()),
            languages=frozenset(person.languages),
            roles=frozenset(role.code for role in person.roles.all()),
            idle_since=person.last_assigned_at,
        )
        for person in people
    ]


def _loads(accounts: list[UUID]) -> dict[UUID, list[tuple[int, bool]]]:
    loads: dict[UUID, list[tuple[int, bool]]] = defaultdict(list)
    rows = Ticket.objects.filter(owner_id__in=accounts, is_open=True).values_list("owner_id", "priority", "status")
    for owner, priority, status in rows:
        loads[owner].append((priority, status == Status.WAITING))
    return loads


def _weights() -> Weights:
    parts = parts_in_force()
    ranks = {grade["key"]: int(grade["rank"]) for grade in parts["scales"]["priority"]}
    load = parts["load"]
    return Weights({ranks[key]: weight / 100 for key, weight in load["by_priority"].items()}, load["waiting"] / 100)
