"""What open promises would become under other limits or another calendar, before anything is saved.

Computed with the same verbs by which promises are changed, time already used kept. Nothing here writes, and nothing
asks the database once a row.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import chain
from uuid import UUID
from zoneinfo import ZoneInfo

from yinuo.calendars.models import CalendarEdition
from yinuo.calendars.queries import Edition, calendar_of_edition
from yinuo.customers.queries import agreed_calendars
from yinuo.domain.deadline import (
    Clock,
    Due,
    Explanation,
    Policy,
    Progress,
    Row,
    choose,
    due,
    due_before,
    explain,
    facts_of_start,
)
from yinuo.domain.worktime import Calendar, NeverOpenError
from yinuo.sla.models import Deadline, DeadlineState
from yinuo.sla.policies import Whose, policies_of, version_in_force, whose
from yinuo.sla.queries import progress_through
from yinuo.sla.touched import OPEN, touched_by
from yinuo.staff.models import Team

MOST = 20_000
"""Open promises that a count looks at; what lies beyond is told as “more”."""
SHOWN = 200
"""Of those that would move, how many a count hands on."""


@dataclass(frozen=True)
class Shift:
    """An open promise as it is and as it would be. Instants are None while the clock stands still: then `left` and
    `was_left` say how much there is. `line` None: the new limits promise nothing here, so the old promise stays."""

    row: Deadline
    line: Row | None
    was_due: datetime | None
    due_at: datetime | None
    was_left: timedelta
    left: timedelta
    progress: Progress | None
    zone: ZoneInfo | None = None

    @property
    def moves(self) -> bool:
        return self.was_due != self.due_at or (self.due_at is None and self.was_left != self.left)

    def explain(self, now: datetime) -> Explanation | None:
        """How the rest of the time would be counted from `now`; nothing while the clock stands still."""
        if self.progress is None or self.due_at is None:
            return None
        since = self.progress.running_since or now
        run = (since, max(self.due_at, since))
        return explain([run], self.progress.clock, self.progress.calendar, self.zone)


@dataclass(frozen=True)
class Tally:
    """What would become of many: `looked` at, of which `moving`; `overdue` would be late at once. `is_capped`: there
    are more than were looked at. `shifts` are the first that would move."""

    looked: int
    moving: int
    earlier: int
    later: int
    overdue: int
    is_capped: bool
    shifts: tuple[Shift, ...] = ()


class Calendars:
    """Calendars as the limits name them, in the editions that are in force: two queries for all of them, and one more
    where hours agreed with customers are asked for."""

    def __init__(self) -> None:
        self._of_team = dict(Team.objects.values_list("id", "calendar_id"))
        rising = CalendarEdition.objects.order_by("number").values_list(
            "calendar__code", "calendar_id", "id", "made_at"
        )
        self._by_code: dict[str, UUID] = {}
        self._editions: dict[UUID, list[Edition]] = {}
        for code, calendar_id, edition_id, made_at in rising:
            self._by_code[code] = calendar_id
            self._editions.setdefault(calendar_id, []).append(Edition(edition_id, made_at))

    @cached_property
    def _agreed(self) -> Mapping[UUID, UUID]:
        return agreed_calendars()

    def id_for(self, name: str, of: Whose) -> UUID | None:
        """As `policies.named_calendar`."""
        if name == "contract" and of.contract_calendar:
            name = of.contract_calendar
        if name in ("customer", "contract") and of.customer_id and (agreed := self._agreed.get(of.customer_id)):
            return agreed
        return self._by_code.get(name) or (self._of_team.get(of.team_id) if of.team_id else None)

    def get(self, calendar_id: UUID | None) -> Calendar | None:
        return calendar_of_edition(self._editions[calendar_id][-1].id) if calendar_id else None

    def progress(self, row: Deadline) -> Progress:
        """As `queries.progress_of`."""
        if row.edition_id is None or row.calendar_id is None:
            return progress_through(row, self.get(row.calendar_id), ())
        editions = self._editions[row.calendar_id]
        at = next((n for n, edition in enumerate(editions) if edition.id == row.edition_id), len(editions))
        return progress_through(row, calendar_of_edition(row.edition_id), editions[at + 1 :])


def open_promises(
    *, ids: Iterable[UUID] | None = None, ticket_ids: Iterable[UUID] | None = None, team_id: UUID | None = None,
    limit: int,
) -> list[Deadline]:  # fmt: skip
    """Open promises: these, those of these tickets, or of a team's queue; the next due first."""
    rows = Deadline.objects.filter(nature="promise", state__in=OPEN)
    if ids is not None:
        rows = rows.filter(id__in=list(ids))
    elif ticket_ids is not None:
        rows = rows.filter(ticket_id__in=list(ticket_ids))
    else:
        rows = rows.filter(team_id=team_id)
    return list(rows.order_by("due_at", "id")[:limit])


def shift_under(row: Deadline, policies: Mapping[str, Policy], calendars: Calendars, now: datetime) -> Shift:
    """The promise under other tables."""
    return _or_all_day(lambda all_day: _under(row, policies, calendars, now, all_day=all_day))


def _or_all_day(shift: Callable[[bool], Shift]) -> Shift:
    """As the recount does on hours that are over before the time is."""
    try:
        return shift(False)
    except NeverOpenError:
        return shift(True)


def _under(
    row: Deadline, policies: Mapping[str, Policy], calendars: Calendars, now: datetime, *, all_day: bool
) -> Shift:
    was = calendars.progress(row)
    policy = policies.get(row.kind)
    team_calendar = calendars.get(calendars.id_for("team", whose(row)))
    starting = facts_of_start(row.started_at, team_calendar.zone) if team_calendar else {}
    line = choose(policy, {**starting, **row.facts}) if policy else None
    if policy is None or line is None or line.target is None:
        return _unmoved(row, None, was, now)
    target = replace(line.target, clock=Clock.ALWAYS) if all_day else line.target
    calendar_id = None if target.clock is Clock.ALWAYS else calendars.id_for(target.calendar, whose(row))
    to = calendars.get(calendar_id)
    if policy.direction == "backward":
        sent_in = calendars.get(calendars.id_for(policy.sent_in, whose(row))) if policy.sent_in else None
        return _counted_back(row, line, due_before(row.started_at, target.limit, target.clock, to, sent_in), now)
    if (row.target, row.clock, row.calendar_id) == (target.limit, target.clock.value, calendar_id):
        return _unmoved(row, line, was, now)
    kept = (was.clock is Clock.WORKDAYS) == (target.clock is Clock.WORKDAYS)
    then = was.change(now, target=target.limit, clock=target.clock, calendar=to, used=None if kept else timedelta())
    shift = _shift(row, line, was, then, now)
    return replace(shift, zone=team_calendar.zone) if team_calendar else shift


def shift_on(row: Deadline, calendar_id: UUID, calendar: Calendar, calendars: Calendars, now: datetime) -> Shift:
    """The promise with this calendar changed into `calendar`; its figures stay."""
    return _or_all_day(lambda all_day: _on(row, calendar_id, calendar, calendars, now, all_day=all_day))


def _on(
    row: Deadline, calendar_id: UUID, calendar: Calendar, calendars: Calendars, now: datetime, *, all_day: bool
) -> Shift:
    was = calendars.progress(row)
    if row.state == DeadlineState.PAUSED:  # it will go on by the calendar of the day on which it does
        return _unmoved(row, None, was, now)
    policy = policies_of(row.policy_version_id).get(row.kind) if row.policy_version_id else None
    if policy is not None and policy.direction == "backward":
        told_in = calendars.id_for(policy.sent_in, whose(row)) if policy.sent_in else None
        counted, sent_in = (calendar if id == calendar_id else calendars.get(id) for id in (row.calendar_id, told_in))
        limit = row.target or timedelta()
        clock = Clock.ALWAYS if all_day else Clock(row.clock)
        return _counted_back(row, None, due_before(row.started_at, limit, clock, counted, sent_in), now)
    if all_day:
        used = timedelta() if was.clock is Clock.WORKDAYS else None
        return _shift(row, None, was, was.change(now, clock=Clock.ALWAYS, used=used), now)
    return _shift(row, None, was, was.change(now, calendar=calendar), now)


def _unmoved(row: Deadline, line: Row | None, was: Progress, now: datetime) -> Shift:
    due_at = row.due_at if row.state == DeadlineState.RUNNING else None
    left = was.left_at(now) if due_at is None else due_at - now
    return Shift(row, line, due_at, due_at, left, left, was)


def _is_over(row: Deadline, now: datetime) -> bool:
    return row.breached_at is not None or row.due_at <= now


def _counted_back(row: Deadline, line: Row | None, promise: Due, now: datetime) -> Shift:
    stands = row.state != DeadlineState.RUNNING or (_is_over(row, now) and promise.due_at <= now)
    at = row.due_at if stands else promise.due_at
    return Shift(row, line, row.due_at, at, row.due_at - now, at - now, None)


def _shift(row: Deadline, line: Row | None, was: Progress, then: Progress, now: datetime) -> Shift:
    if row.state == DeadlineState.RUNNING:
        if _is_over(row, now) and then.due_at is not None and then.due_at <= now:
            return _unmoved(row, line, was, now)  # a breach stands unless there is time left
        return Shift(row, line, row.due_at, then.due_at, was.left_at(now), then.left_at(now), then)
    return Shift(row, line, None, None, was.left_at(now), then.left_at(now), then)


def tally(rows: Iterable[Deadline], shift: Callable[[Deadline], Shift], now: datetime, *, most: int = MOST) -> Tally:
    """How many of these promises would move, and which way."""
    looked = moving = earlier = later = overdue = 0
    shifts: list[Shift] = []
    for row in rows:
        if looked == most:
            return Tally(looked, moving, earlier, later, overdue, True, tuple(shifts))
        looked += 1
        one = shift(row)
        if not one.moves:
            continue
        moving += 1
        if len(shifts) < SHOWN:
            shifts.append(one)
        if one.due_at is not None and one.was_due is not None:
            earlier, later = earlier + (one.due_at < one.was_due), later + (one.due_at > one.was_due)
            overdue += one.due_at <= now <= one.was_due  # a time that is used up is dated now
        else:
            earlier, later = earlier + (one.left < one.was_left), later + (one.left > one.was_left)
    return Tally(looked, moving, earlier, later, overdue, False, tuple(shifts))


def tally_under(
    policies: Mapping[str, Policy], now: datetime, *, calendars: Calendars | None = None, most: int = MOST
) -> Tally:
    """What publishing these tables for open promises too would move."""
    calendars = calendars or Calendars()
    rows = Deadline.objects.filter(nature="promise", state__in=OPEN).order_by("id")[: most + 1]
    return tally(rows.iterator(2_000), lambda row: shift_under(row, policies, calendars, now), now, most=most)


def tally_on(calendar_id: UUID, calendar: Calendar, now: datetime, *, most: int = MOST) -> Tally:
    """What changing this calendar into `calendar` would move."""
    calendars = Calendars()
    walks = (walk.filter(nature="promise").order_by("id")[: most + 1] for walk in touched_by(calendar_id))
    rows = chain.from_iterable(walk.iterator(2_000) for walk in walks)
    return tally(rows, lambda row: shift_on(row, calendar_id, calendar, calendars, now), now, most=most)


def would_be_due(
    kind: str, starts_at: datetime, facts: Mapping[str, object], team_id: UUID | None, calendars: Calendars
) -> datetime | None:
    """When a promise would be due that began now by the limits in force; nothing where they promise nothing here."""
    of, version_id = Whose(team_id), version_in_force()
    policy = policies_of(version_id).get(kind) if version_id else None
    team_calendar = calendars.get(calendars.id_for("team", of))
    starting = facts_of_start(starts_at, team_calendar.zone) if team_calendar else {}
    line = choose(policy, {**starting, **facts}) if policy else None
    if policy is None or line is None or line.target is None:
        return None
    target = line.target
    to = None if target.clock is Clock.ALWAYS else calendars.get(calendars.id_for(target.calendar, of))
    if policy.direction == "backward":
        sent_in = calendars.get(calendars.id_for(policy.sent_in, of)) if policy.sent_in else None
        return due_before(starts_at, target.limit, target.clock, to, sent_in).due_at
    return due(starts_at, target.limit, target.clock, to).due_at
