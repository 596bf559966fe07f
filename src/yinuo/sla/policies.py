"""The policies in force, read from their published version once, and the calendars they count on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from yinuo.calendars.models import BusinessCalendar
from yinuo.calendars.queries import calendar_of
from yinuo.customers.queries import agreed_calendar
from yinuo.domain.deadline import (
    FIELDS,
    OWN_CALENDARS,
    Clock,
    Policy,
    Row,
    Target,
    choose,
    facts_of_start,
    read_policies,
)
from yinuo.foundation import clock
from yinuo.foundation.in_force import once
from yinuo.sla.models import Deadline, PolicyVersion
from yinuo.staff.models import Team

CONTRACT_CALENDAR = "contract_calendar"
"""The fact that names the calendar of the contract behind a matter, by its code."""


@dataclass(frozen=True)
class Whose:
    """Whose calendars a promise can count on."""

    team_id: UUID | None
    customer_id: UUID | None = None
    contract_calendar: str = ""


def whose(row: Deadline) -> Whose:
    return Whose(row.team_id, row.customer_id, row.facts.get(CONTRACT_CALENDAR, ""))


def version_in_force() -> UUID | None:
    """The published version that new deadlines follow."""
    return once("policies", _version_in_force)


def _version_in_force() -> UUID | None:
    return (
        PolicyVersion.objects.filter(published_at__isnull=False, retired_at__isnull=True)
        .order_by("-published_at")
        .values_list("id", flat=True)
        .first()
    )


@lru_cache(maxsize=64)
def policies_of(version_id: UUID) -> dict[str, Policy]:
    """Kind → policy. A published version never changes, so it is read once a process."""
    table = PolicyVersion.objects.values_list("table", flat=True).get(id=version_id)
    return {policy.key: policy for policy in read_policies(table)}


def line_for(version_id: UUID | None, kind: str, facts: Mapping[str, object]) -> Row | None:
    """The line of a version that answers for these facts; nothing where none does."""
    policy = policies_of(version_id).get(kind) if version_id else None
    return choose(policy, facts) if policy else None


def target_for(version_id: UUID | None, kind: str, facts: Mapping[str, object]) -> tuple[Target | None, str]:
    """What a version promises for these facts, and the line that says so; nothing where it promises nothing."""
    row = line_for(version_id, kind, facts)
    return (row.target, row.key) if row else (None, "")


def is_agreed(kind: str, facts: Mapping[str, object], team_id: UUID | None) -> bool:
    """Whether the limits in force leave it to each case how long this may take."""
    row = line_for(version_in_force(), kind, facts_at(clock.now(), team_id, facts))
    return row is not None and row.terms is not None


def facts_at(start: datetime, team_id: UUID | None, facts: Mapping[str, object]) -> dict[str, object]:
    """The facts with those of the instant at which the clock starts, on the wall of the team's calendar."""
    zone = calendar_of(team_calendar(team_id)).zone if team_id else ZoneInfo(settings.TIME_ZONE)
    return {**facts_of_start(start, zone), **facts}


def kept_facts(facts: Mapping[str, object]) -> dict[str, Any]:
    """Those that a policy can ask about, as plain values for the row; the instant of the start is not among them."""
    plain = (str, int, float, bool)
    return {name: facts[name] for name in (*FIELDS, CONTRACT_CALENDAR) if isinstance(facts.get(name), plain)}


class Agreed(NamedTuple):
    """What was agreed for one case, where a line leaves its limit to that: so much time, on a clock (none: the line's
    own). An instant is so much time round the clock."""

    limit: timedelta
    clock: Clock | None = None

    @classmethod
    def of(cls, limit: timedelta | None) -> "Agreed | None":
        return None if limit is None else cls(limit)


def agreed_for(row: Deadline) -> Agreed | None:
    """What was agreed for this case, where its line leaves it to that."""
    policy = policies_of(row.policy_version_id).get(row.kind) if row.policy_version_id else None
    line = next((line for line in policy.rows if line.key == row.policy_row), None) if policy else None
    agreed = line is not None and line.terms is not None and row.target is not None
    return Agreed(row.target, Clock(row.clock)) if agreed else None


def target_of(row: Deadline) -> Target:
    """The target of the row's own policy version and line. Raises LookupError where that line promises nothing."""
    policy = policies_of(row.policy_version_id)[row.kind]
    line = next(line for line in policy.rows if line.key == row.policy_row)
    target = line.target or (line.agreed(row.target, Clock(row.clock)) if row.target is not None else None)
    if target is None:
        raise LookupError(f"policy row {row.policy_row} promises nothing")
    return target


def off_duty_of(row: Deadline) -> str:
    """What an alarm of this promise does while nobody of any level is on duty: `opening` or `contact`."""
    return target_of(row).off_duty if row.policy_version_id else "opening"


def calendar_id_for(target: Target, of: Whose) -> UUID | None:
    """The calendar on which a target counts; none round the clock."""
    return None if target.clock is Clock.ALWAYS else named_calendar(target.calendar, of)


def named_calendar(name: str, of: Whose) -> UUID:
    """The contract's, where one is told of, else the customer's, where hours are agreed with him, else the team's; or
    one by its code."""
    if name == "contract" and of.contract_calendar:
        name = of.contract_calendar
    if name in ("customer", "contract") and of.customer_id:
        return agreed_calendar(of.customer_id) or team_calendar(of.team_id)
    if name in OWN_CALENDARS or not name:
        return team_calendar(of.team_id)
    return once(("calendar's id", name), lambda: BusinessCalendar.objects.values_list("id", flat=True).get(code=name))


def team_calendar(team_id: UUID | None) -> UUID:
    return once(
        ("team's calendar", team_id), lambda: Team.objects.values_list("calendar_id", flat=True).get(id=team_id)
    )
