"""Who of a level is on duty at an instant, and who is told where nobody is (R-CL-4, R-PE-1).

One roster answers for many alarms of the same moment, so what it has read it keeps.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from yinuo.calendars.queries import calendar_of
from yinuo.domain.worktime import Calendar, NeverOpenError
from yinuo.staff.models import Account, Shift, Team, TeamMember
from yinuo.staff.queries import accounts_in_role

PLANNED = timedelta(days=7)
"""Whoever has a shift this near is planned: outside his shifts he is off duty."""

LATEST = timedelta(days=60)
"""The alarms of one roster lie this near to each other."""

OWNER, TEAM, SUPERVISOR, DIRECTOR = "owner", "team", "supervisor", "director"


@dataclass(frozen=True)
class Told:
    """Who is told; where nobody is on duty and the rule says so, not before `held_until`."""

    people: frozenset[UUID]
    held_until: datetime | None = None


@dataclass(frozen=True)
class _Place:
    """A team as the way upward sees it."""

    id: UUID
    members: frozenset[UUID]
    leads: frozenset[UUID]
    calendar: Calendar
    above: UUID | None
    contact: UUID | None


class Roster:
    """Read when asked, kept for its own short life."""

    def __init__(self) -> None:
        self._teams: dict[UUID, _Place | None] = {}
        self._roles: dict[str, frozenset[UUID]] = {}
        self._shifts: dict[UUID, list[tuple[datetime, datetime]]] = {}
        self._hours: dict[UUID, tuple[Calendar, ...]] = {}
        self._active: dict[UUID, bool] = {}

    def told(
        self, tell: str, *, team_id: UUID | None, owner_id: UUID | None, at: datetime, off_duty: str = "opening"
    ) -> Told:
        """Whom an alarm of level `tell` reaches at `at`: the people of that level on duty, else those of the next one
        up. With nobody on duty anywhere: the 24-hour contact where `off_duty` is `contact` and there is one, else the
        people of the level when the team opens next. Empty where no level has anybody."""
        levels = [people for people in self._levels(tell, team_id, owner_id) if people]
        for people in levels:
            there = frozenset(person for person in people if self.is_on_duty(person, at, team_id))
            if there:
                return Told(there)
        contact = self._contact(team_id) if off_duty == "contact" else None
        if contact:
            return Told(frozenset([contact]))
        if not levels:
            return Told(frozenset([fallback]) if (fallback := self._contact(team_id)) else frozenset())
        return Told(levels[0], self._next_opening(team_id, at))

    def is_on_duty(self, account_id: UUID, at: datetime, for_team: UUID | None = None) -> bool:
        """By his shifts where some are planned around `at`, else by the hours of his teams; who belongs to none keeps
        those of the team that asks."""
        if not self._is_active(account_id):
            return False
        planned = self._planned(account_id, at)
        near = [shift for shift in planned if shift[1] > at - PLANNED and shift[0] < at + PLANNED]
        if near:
            return any(starts <= at < ends for starts, ends in near)
        hours, asking = self._hours_of(account_id), self._place(for_team)
        if not hours and asking:
            hours = (asking.calendar,)
        return any(calendar.is_open(at) for calendar in hours)

    def _levels(self, tell: str, team_id: UUID | None, owner_id: UUID | None) -> Iterable[frozenset[UUID]]:
        """The people of the level and of those above it: owner (or everybody of the team), leads of the team, leads of
        the team it escalates to …, directors, administrators. A level that is a role begins with its people."""
        if tell == OWNER:
            yield frozenset([owner_id]) if owner_id else frozenset()
        elif tell not in (TEAM, SUPERVISOR, DIRECTOR):
            yield self._role(tell)
        place, seen = self._place(team_id), set()
        if tell == TEAM and place:
            yield place.members
        if tell == DIRECTOR and place:
            seen.add(place.id)
            place = self._place(place.above)
        while place and place.id not in seen:
            yield place.leads
            seen.add(place.id)
            place = self._place(place.above)
        yield self._role("director")
        yield self._role("administrator")

    def _contact(self, team_id: UUID | None) -> UUID | None:
        place, seen = self._place(team_id), set()
        while place and place.id not in seen:
            if place.contact and self._is_active(place.contact):
                return place.contact
            seen.add(place.id)
            place = self._place(place.above)
        return None

    def _next_opening(self, team_id: UUID | None, at: datetime) -> datetime | None:
        place = self._place(team_id)
        try:
            return place.calendar.next_open_moment(at) if place else None
        except NeverOpenError:
            return None

    def _place(self, team_id: UUID | None) -> _Place | None:
        if team_id is None:
            return None
        if team_id not in self._teams:
            team = Team.objects.filter(id=team_id).first()
            members = TeamMember.objects.filter(team_id=team_id, account__is_active=True)
            found = list(members.values_list("account_id", "is_lead"))
            self._teams[team_id] = team and _Place(
                team.id,
                frozenset(person for person, _ in found),
                frozenset(person for person, is_lead in found if is_lead),
                calendar_of(team.calendar_id),
                team.escalates_to_id,
                team.contact_id,
            )
        return self._teams[team_id]

    def _role(self, code: str) -> frozenset[UUID]:
        if code not in self._roles:
            self._roles[code] = frozenset(accounts_in_role(code))
        return self._roles[code]

    def _is_active(self, account_id: UUID) -> bool:
        if account_id not in self._active:
            self._active[account_id] = Account.objects.filter(id=account_id, is_active=True).exists()
        return self._active[account_id]

    def _planned(self, account_id: UUID, at: datetime) -> list[tuple[datetime, datetime]]:
        if account_id not in self._shifts:
            shifts = Shift.objects.filter(account_id=account_id, ends_at__gt=at - LATEST).order_by("starts_at")
            self._shifts[account_id] = list(shifts.values_list("starts_at", "ends_at"))
        return self._shifts[account_id]

    def _hours_of(self, account_id: UUID) -> tuple[Calendar, ...]:
        if account_id not in self._hours:
            teams = Team.objects.filter(members__account_id=account_id, active=True)
            self._hours[account_id] = tuple(
                calendar_of(calendar_id) for calendar_id in set(teams.values_list("calendar_id", flat=True))
            )
        return self._hours[account_id]
