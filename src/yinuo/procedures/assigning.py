"""Choosing a team and person for a ticket: candidates read here, decided in `domain.routing` (R-CL-2)."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from yinuo.domain.routing import Candidate, Presence, Reason, Wanted, Weights, choose_assignee
from yinuo.foundation.in_force import once
from yinuo.procedures.published import parts_in_force
from yinuo.staff.models import Account, Team, TeamMember
from yinuo.staff.queries import teams_in_force
from yinuo.tickets.models import Status, Ticket


@dataclass(frozen=True)
class Assignee:
    """`account_id` empty: left in the team's queue; `team_id` empty: no team takes this role."""

    team_id: UUID | None
    account_id: UUID | None
    reasons: tuple[dict[str, Any], ...]


class Desk:
    """The people who could be given tickets, as one service sees them: read once for all tickets of a go; whoever is
    given one has one more for the next."""

    def __init__(self) -> None:
        self._seen: dict[tuple[UUID, UUID | None], list[Candidate]] = {}

    def candidates(self, team: Team, dedicated_id: UUID | None) -> list[Candidate]:
        """Members of the team, and the customer's own agent wherever he is."""
        key = (team.id, dedicated_id)
        if key not in self._seen:
            self._seen[key] = _candidates(team, dedicated_id)
        return self._seen[key]

    def give(self, account_id: UUID, ticket: Ticket, now: datetime) -> None:
        more = _weights().load_of([(ticket.priority, ticket.status == Status.WAITING)])
        for people in self._seen.values():
            for place, one in enumerate(people):
                if one.account_id == str(account_id):
                    people[place] = replace(
                        one, open_count=one.open_count + 1, load=one.load + more, idle_since=now
                    )  # fmt: skip


def find_assignee(
    ticket: Ticket, *, role: str, tier: int | None, team_code: str, named: str | None, desk: Desk
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
    dedicated_id = ticket.customer.dedicated_agent_id
    wanted_base = {"language": ticket.language[:2], "role": role, "dedicated_id": str(dedicated_id or "")}
    first: Assignee | None = None
    for team in teams:
        decision = choose_assignee(
            Wanted(skills=_skills(team), **wanted_base), team.code, desk.candidates(team, dedicated_id)
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
    active = teams_in_force()
    if team_code:
        return [active[team_code]] if team_code in active else []
    own = ticket.team
    if role in own.roles:
        return [own]  # a ticket stays in its queue where its own team takes the role: other queues don't drain it
    fitting = [
        team
        for team in active.values()
        if role in team.roles
        and (not team.scenarios or ticket.scenario in team.scenarios)
        and (tier is None or team.tier == tier)
    ]
    return sorted(fitting, key=lambda team: team.name)


def team_for_role(ticket: Ticket, role: str, team_code: str) -> Team | None:
    """The team that does a task of another department: the one named, else of those that take the role one that the
    ticket's scenario names before others, the ticket's own last; none where no team is there for it."""
    active = teams_in_force()
    if team_code:
        return active.get(team_code)
    fitting = [team for team in active.values() if role in team.roles]
    return min(
        fitting,
        key=lambda team: (team.id == ticket.team_id, ticket.scenario not in team.scenarios, team.name),
        default=None,
    )


def _skills(team: Team) -> frozenset[str]:
    return once(("skills", team.id), lambda: frozenset(team.skills.values_list("code", flat=True)))


def _candidates(team: Team, dedicated_id: UUID | None) -> list[Candidate]:
    memberships = (
        TeamMember.objects.filter(account__is_active=True)
        .filter(Q(team=team) | Q(account_id=dedicated_id))
        .select_related("team")
    )
    by_account = {row.account_id: row.team.code for row in memberships}
    people = Account.objects.filter(id__in=by_account).prefetch_related("skills", "roles")
    loads = _loads(list(by_account))
    weights = _weights()
    in_team = {row.account_id: row.team.code for row in memberships if row.team_id == team.id}
    return [
        Candidate(
            account_id=str(person.id),
            team=in_team.get(person.id, by_account[person.id]),
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
