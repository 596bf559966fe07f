"""How a promise came about, for whoever asks: stretch by stretch, with its pauses and changes, and what would have
changed it (R-CL-4)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet

from yinuo.calendars.models import BusinessCalendar
from yinuo.calendars.queries import calendar_of, calendar_of_edition, editions_after
from yinuo.domain.deadline import (
    Alternative,
    Clock,
    Explanation,
    Policy,
    Run,
    Target,
    alternatives,
    choose,
    due_before,
    explain,
    explain_before,
    measure,
    run_through,
)
from yinuo.domain.worktime import Calendar, NeverOpenError
from yinuo.foundation.in_force import looking
from yinuo.foundation.models import HistoryRow
from yinuo.sla.models import Deadline, DeadlineState
from yinuo.sla.policies import calendar_id_for, facts_at, named_calendar, policies_of, target_of, team_calendar, whose
from yinuo.sla.queries import calendar_behind

TOLD = ("sla.DeadlinePaused", "sla.DeadlineResumed", "sla.DeadlineMoved", "sla.DeadlineStarted")


@dataclass(frozen=True)
class Pause:
    """A stretch in which the clock stood still; `to_at` None: it still does. `wait` says for whom."""

    from_at: datetime
    to_at: datetime | None
    wait: str


@dataclass(frozen=True)
class Change:
    """From `at` on another line of the policy, another team or another calendar; time used until then was kept."""

    at: datetime
    was: datetime
    due_at: datetime
    row: str
    reason: str


@dataclass(frozen=True)
class Other:
    """What one other fact would have led to; `due_at` None: to no deadline."""

    alternative: Alternative
    due_at: datetime | None


@dataclass(frozen=True)
class Account:
    """How a promise came about. `explanation` sums up the stretches since `used_before` was taken over; `line_number`
    is the place of its line in the table, counted from 1."""

    row: Deadline
    policy: Policy | None
    target: Target | None
    line_number: int | None
    calendar: BusinessCalendar | None
    used_before: timedelta
    explanation: Explanation
    pauses: tuple[Pause, ...]
    changes: tuple[Change, ...]
    others: tuple[Other, ...]

    @property
    def zone(self) -> ZoneInfo:
        return self.explanation.zone


def account_of(ticket_id: UUID, deadline_id: UUID) -> Account | None:
    """How this promise of this ticket came about; None where there is no such one."""
    return _account(Deadline.objects.filter(id=deadline_id, ticket_id=ticket_id))


def account_about(subject_ids: Iterable[UUID], deadline_id: UUID) -> Account | None:
    """The same for a promise about one of these."""
    return _account(Deadline.objects.filter(id=deadline_id, subject_id__in=list(subject_ids)))


@looking()
def _account(rows: QuerySet[Deadline]) -> Account | None:
    """Stretches and pauses are those that history tells of."""
    row = rows.filter(nature="promise").select_related("policy_version").first()
    if row is None:
        return None
    pauses, changes, renewed = _told(row)
    since = max([row.started_at, *(change.at for change in changes), *renewed])
    policy = policies_of(row.policy_version_id).get(row.kind) if row.policy_version_id else None
    number = next((n for n, line in enumerate(policy.rows, 1) if line.key == row.policy_row), None) if policy else None
    runs = _runs(since, row.paused_at or row.due_at, pauses)
    is_backward = policy is not None and policy.direction == "backward"
    return Account(
        row, policy, target_of(row) if policy and number else None, number,
        BusinessCalendar.objects.filter(id=row.calendar_id).first() if row.calendar_id else None,
        timedelta() if is_backward else _used_before(row, runs),
        _counted_back(row) if is_backward else _explanation(row, runs), tuple(pauses), tuple(changes),
        tuple(_others(row, policy, pauses)) if policy else (),
    )  # fmt: skip


def _told(row: Deadline) -> tuple[list[Pause], list[Change], list[datetime]]:
    """Pauses, changes, and the instants at which the clock went on by a calendar that had changed meanwhile."""
    pauses: list[Pause] = []
    changes: list[Change] = []
    renewed: list[datetime] = []
    for event in HistoryRow.objects.filter(subject_id=row.id, kind__in=TOLD).order_by("at", "id"):
        if event.kind == "sla.DeadlineStarted":
            pauses, changes, renewed = [], [], [event.at] if event.at > row.started_at else []  # made late
        elif event.kind == "sla.DeadlinePaused":
            pauses.append(Pause(event.at, None, event.values["wait"]))
        elif event.kind == "sla.DeadlineResumed" and pauses:
            pauses[-1] = Pause(pauses[-1].from_at, event.at, pauses[-1].wait)
            if event.values.get("new_edition"):
                renewed.append(event.at)
        elif event.kind == "sla.DeadlineMoved":
            was, due = (datetime.fromisoformat(event.values[key]) for key in ("was", "due_at"))
            changes.append(Change(event.at, was, due, event.values["row"], event.values["reason"]))
    return pauses, changes, renewed


def _runs(since: datetime, end: datetime, pauses: Sequence[Pause]) -> list[Run]:
    """The stretches from `since` to `end` in which the clock ran."""
    runs: list[Run] = []
    start: datetime | None = since
    for pause in pauses:
        if pause.to_at is not None and pause.to_at <= since:
            continue
        if start is not None and start < min(pause.from_at, end):
            runs.append((start, min(pause.from_at, end)))
        start = max(pause.to_at, since) if pause.to_at else None
    if start is not None and start < end:
        runs.append((start, end))
    return runs or [(since, since)]


def _used_before(row: Deadline, runs: Sequence[Run]) -> timedelta:
    """What had been used when the first of these runs began: the row keeps what was used before the last."""
    clock, calendar = Clock(row.clock), calendar_behind(row)
    earlier = [run for run in runs if row.paused_at or run[1] <= row.resumed_at]
    return max(row.used - sum((measure(*run, clock, calendar) for run in earlier), timedelta()), timedelta())


def _counted_back(row: Deadline) -> Explanation:
    limit = row.target or timedelta()
    return explain_before(row.due_at, row.started_at, limit, Clock(row.clock), calendar_behind(row), _wall(row))


def _wall(row: Deadline) -> ZoneInfo:
    return calendar_of(team_calendar(row.team_id)).zone if row.team_id else ZoneInfo(settings.TIME_ZONE)


def _explanation(row: Deadline, runs: Sequence[Run]) -> Explanation:
    """Each stretch by the edition that was in force in it. Whole working days are told by the last alone: a day is not
    cut."""
    clock = Clock(row.clock)
    bounds = [(datetime.min.replace(tzinfo=runs[0][0].tzinfo), calendar_behind(row))]
    if row.calendar_id and row.edition_id:
        later = editions_after(row.calendar_id, row.edition_id)
        bounds += [(edition.made_at, calendar_of_edition(edition.id)) for edition in later]
    wall = _wall(row)
    if clock is Clock.WORKDAYS or len(bounds) == 1:
        return explain(runs, clock, bounds[-1][1], wall)
    ends = [*(at for at, _ in bounds[1:]), datetime.max.replace(tzinfo=runs[0][0].tzinfo)]
    lines = []
    for (begins, calendar), end in zip(bounds, ends, strict=True):
        cut = [(max(start, begins), min(to, end)) for start, to in runs if start < end and to > begins]
        lines += explain(cut, clock, calendar).lines if cut else ()
    return Explanation(clock, bounds[-1][1].zone if bounds[-1][1] else wall, tuple(lines))


def _others(row: Deadline, policy: Policy, pauses: Sequence[Pause]) -> Iterator[Other]:
    """What else one other fact would have led to. Nothing for a promise that stands still, or whose facts are not
    kept: they must lead to its own line."""
    facts = facts_at(row.started_at, row.team_id, row.facts)
    line = choose(policy, facts)
    if row.state == DeadlineState.PAUSED or line is None or line.key != row.policy_row:
        return
    stood = [(pause.from_at, pause.to_at) for pause in pauses if pause.to_at and pause.from_at >= row.started_at]
    if any(earlier[1] > later[0] for earlier, later in pairwise(stood)):
        stood = []
    for other in alternatives(policy, facts):
        target = other.row.target if other.row else None
        try:
            yield Other(other, _due_at(row, policy, target, stood) if target else None)
        except NeverOpenError:
            continue


def _due_at(row: Deadline, policy: Policy, target: Target, stood: Sequence[Run]) -> datetime:
    calendar_id = calendar_id_for(target, whose(row))
    calendar = calendar_of(calendar_id) if calendar_id else None
    if policy.direction == "backward":
        open_then: Calendar | None = calendar_of(named_calendar(policy.sent_in, whose(row))) if policy.sent_in else None
        return due_before(row.started_at, target.limit, target.clock, calendar, open_then).due_at
    return run_through(row.started_at, target.limit, target.clock, calendar, stood)[0]
