"""The promises and timers of one ticket (or other subject) while a service changes them: read and locked once,
computed in memory, written together. Setting, meeting, pausing or moving one costs one indexed write and its
history row.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from yinuo.calendars.queries import edition_in_force
from yinuo.domain.deadline import AlarmKind, Clock, Policy, is_in_time, measure
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import Fact, record
from yinuo.foundation.live import touch
from yinuo.foundation.rows import flush, insert, new, update
from yinuo.foundation.select import select
from yinuo.sla.events import (
    DeadlineCancelled,
    DeadlineMet,
    DeadlineMoved,
    DeadlinePaused,
    DeadlineResumed,
    DeadlineStarted,
    TimerMoved,
)
from yinuo.sla.models import Deadline, DeadlineState
from yinuo.sla.policies import (
    CONTRACT_CALENDAR,
    Agreed,
    Whose,
    agreed_for,
    facts_at,
    kept_facts,
    line_for,
    policies_of,
    target_of,
    team_calendar,
    version_in_force,
    whose,
)
from yinuo.sla.queries import DEADLINE, NextDue, earliest, progress_of, used_until
from yinuo.sla.services.dating import ALARM_TOPIC, NEAR, Line, begin, follow, go_on, line_of, promised_before, rings_at
from yinuo.sla.services.noticing import notice

OPEN = (DeadlineState.RUNNING, DeadlineState.PAUSED)
COMPUTED = (
    "clock", "calendar_id", "edition_id", "target", "policy_version", "policy_row", "started_at", "resumed_at",
    "paused_at", "used", "due_at", "alarms", "next_alarm_at", "warned_at", "breached_at", "done_at", "state",
    "provisional", "facts",
)  # fmt: skip
"""Columns that change after a promise was made."""

DATED = ("due_at", "target", "clock", "calendar_id", "policy_row", "alarms", "provisional")
"""What shows that a promise was dated anew. How its time is counted follows from the calendar's editions."""
OWN_PEOPLE = frozenset({"subtask"})
"""Subjects that belong to a ticket and have a team and person of their own, whoever has the ticket."""
COMPUTED_AS = tuple({"policy_version": "policy_version_id"}.get(name, name) for name in COMPUTED)

LOCK_PROMISES = f"SELECT {DEADLINE.columns('d')} FROM sla_deadline d WHERE d.ticket_id = %s ORDER BY d.id FOR UPDATE"  # noqa: S608 - our own columns
EVERY = tuple(field.name for field in Deadline._meta.concrete_fields if not field.primary_key)

Subject = tuple[str, UUID]


@dataclass(frozen=True)
class About:
    """Whose promise it is: copied into the row, so that lists and the alarm need no join."""

    subject: Subject
    ticket_id: UUID | None = None
    customer_id: UUID | None = None
    team_id: UUID | None = None
    owner_id: UUID | None = None


class Book:
    """Every verb records its fact; `write` puts the rows down with the running service's others."""

    def __init__(self, rows: Iterable[Deadline] = ()) -> None:
        self._rows = {((row.subject_kind, row.subject_id), row.kind, row.round): row for row in rows}
        self._changed: dict[UUID, Deadline] = {}
        self._begun_anew: set[UUID] = set()
        self._handed: set[UUID] = set()

    @classmethod
    def of_ticket(cls, ticket_id: UUID) -> "Book":
        """Everything promised about a ticket that is there already."""
        flush()
        return cls.of_rows(select(LOCK_PROMISES, ticket_id))

    @classmethod
    def of_rows(cls, rows: Iterable[Sequence[Any]]) -> "Book":
        """Of what `LOCK_PROMISES` found."""
        return cls(DEADLINE.make(row) for row in rows)

    @classmethod
    def of_subject(cls, subject: Subject) -> "Book":
        flush()
        return cls.of_subjects([subject])

    @classmethod
    def of_subjects(cls, subjects: Iterable[Subject]) -> "Book":
        """Everything promised about several things that belong together, such as an order and its milestones."""
        flush()
        kinds, ids = zip(*subjects, strict=True)
        rows = Deadline.objects.select_for_update().filter(subject_kind__in=set(kinds), subject_id__in=ids)
        return cls(rows.order_by("id"))

    def write(self) -> None:
        """Hands new and changed rows to the running service."""
        for row in self._changed.values():
            if row._state.adding:
                insert(row)
            elif row.id in self._begun_anew:
                update(row, *EVERY)
            else:
                update(row, *COMPUTED, *(("team_id", "owner_id") if row.id in self._handed else ()))
        self._changed.clear()
        self._begun_anew.clear()
        self._handed.clear()

    def next_due(self) -> NextDue | None:
        """The earliest running promise."""
        return earliest(
            row for row in self._rows.values() if row.nature == "promise" and row.state == DeadlineState.RUNNING
        )

    def rounds_of(self, kind: str, subject: Subject) -> list[Deadline]:
        """Every promise of a kind made to one subject, round by round, ended ones too."""
        found = [row for (of, what, _), row in self._rows.items() if of == subject and what == kind]
        return sorted(found, key=lambda row: row.round)

    def open_ones(self) -> list[Deadline]:
        """What is still to be kept, timers aside."""
        return list(self._promises())

    # Promises

    def latest(
        self, kind: str, *, about: About, event_at: datetime, facts: Mapping[str, object]
    ) -> tuple[datetime, timedelta] | None:
        """By when a backward promise of this kind would have to be kept, and how long before that its line warns by
        the clock; nothing where the policies in force promise nothing."""
        of = Whose(about.team_id, about.customer_id, str(facts.get(CONTRACT_CALENDAR) or ""))
        line = self._line(version_in_force(), kind, facts_at(event_at, about.team_id, facts), of, None)
        if line is None or line.policy.direction != "backward":
            return None
        ahead = [level.offset for level in line.target.levels if level.kind is AlarmKind.WARN and level.share is None]
        return promised_before(event_at, line, of).due_at, max(ahead, default=timedelta())

    def start(
        self, kind: str, *, about: About, round: int, starts_at: datetime, facts: Mapping[str, object], by: Actor,
        now: datetime, made_late: bool = False, agreed: timedelta | datetime | None = None,
    ) -> Deadline | None:  # fmt: skip
        """A promise of `kind` from `starts_at`, by the policies in force; nothing where they promise nothing here. One
        made earlier for the same subject, kind and round begins anew. `made_late`: it comes to be promised only now;
        what has passed since the start counts as used, and it is due at `now` at the earliest. `agreed`: the figure,
        or the instant, for a line that leaves it to each case. Raises `DeadlineError` for a figure that its clock
        cannot have."""
        version_id = version_in_force()
        of = Whose(about.team_id, about.customer_id, str(facts.get(CONTRACT_CALENDAR) or ""))
        figure = (
            Agreed(max(agreed - starts_at, timedelta()), Clock.ALWAYS)
            if isinstance(agreed, datetime)
            else Agreed.of(agreed)
        )
        line = self._line(version_id, kind, facts_at(starts_at, about.team_id, facts), of, figure)
        if line is None:
            return None
        used = self._used_before(line.policy, line, about, round)
        if used is None:
            return None
        row = self._place(about, kind, round, starts_at)
        row.used, row.facts = used, kept_facts(facts)
        if made_late and line.policy.direction == "forward":
            row.used += measure(starts_at, max(now, starts_at), line.target.clock, line.calendar)
            row.resumed_at = max(now, starts_at)
        begin(row, line, now)
        self._keep(row)
        # what it counts back from is to come
        made_at = now if line.policy.direction == "backward" else row.resumed_at
        _tell(DeadlineStarted(row.id, kind, round, row.due_at, line.key), row, by, made_at)
        return row

    def _line(
        self, version_id: UUID | None, kind: str, facts: Mapping[str, object], of: Whose, agreed: Agreed | None
    ) -> Line | None:
        found = line_for(version_id, kind, facts)
        if version_id is None or found is None:
            return None
        target = found.target or (found.agreed(*agreed) if agreed is not None else None)
        return line_of(version_id, kind, found.key, target, of) if target else None

    def _used_before(self, policy: Policy, line: Line, about: About, round: int) -> timedelta | None:
        """What a matter that came back has used of its time already, as the policy says; None where it promises nothing
        again. Working days and hours cannot be turned into each other: there the clock starts anew."""
        if round <= 1 or policy.on_reopen == "restart" or policy.direction == "backward":
            return timedelta()
        if policy.on_reopen == "none":
            return None
        before = [
            row
            for row in self._rows.values()
            if row.kind == policy.key and row.subject_kind == about.subject[0] and row.round == round - 1
            and row.ticket_id == about.ticket_id
        ]  # fmt: skip
        before = [row for row in before if row.subject_id == about.subject[1]] or before
        in_days = line.target.clock is Clock.WORKDAYS
        if not before or (before[-1].clock == Clock.WORKDAYS) != in_days:
            return timedelta()
        return used_until(before[-1], before[-1].done_at or before[-1].due_at)

    def meet(self, kind: str, *, subject: Subject, round: int, at: datetime, by: Actor) -> None:
        """What was promised was done at `at`; due is inclusive. Nothing to do where nothing was promised."""
        row = self._open(subject, kind, round)
        if row is None:
            return
        stood_still = row.state == DeadlineState.PAUSED and row.breached_at is None
        in_time = stood_still or is_in_time(row.due_at, at)
        if in_time:
            row.breached_at = None  # done at the last instant, while the alarm was already looking
        elif row.breached_at is None:
            row.breached_at = row.due_at
        self._end(row, DeadlineState.MET, at)
        _tell(DeadlineMet(row.id, kind, round, row.due_at, in_time), row, by, at)

    def cancel(self, kind: str, *, subject: Subject, round: int, at: datetime, reason: str, by: Actor) -> None:
        """The promise has no object any more."""
        row = self._open(subject, kind, round)
        if row is None:
            return
        self._end(row, DeadlineState.CANCELLED, at)
        _tell(DeadlineCancelled(row.id, kind, round, reason), row, by, at)

    def has(self, kind: str, *, subject: Subject, round: int) -> bool:
        """Whether this was promised, open or not."""
        return (subject, kind, round) in self._rows

    def open_round(self, kind: str, subject: Subject) -> int:
        """The round of a promise of this kind that is open; 0 where none is."""
        rounds = (row.round for row in self._rows.values() if row.kind == kind and row.state in OPEN
                  and (row.subject_kind, row.subject_id) == subject)  # fmt: skip
        return max(rounds, default=0)

    def next_round(self, kind: str, subject: Subject) -> int:
        """The round that a promise of this kind begins next."""
        rounds = (round for whose, what, round in self._rows if (whose, what) == (subject, kind))
        return max(rounds, default=0) + 1

    def pause(self, kind: str, *, subject: Subject, round: int, at: datetime, wait: str, by: Actor) -> None:
        """The clock stands still from `at`; the time used so far is kept exactly. A policy that names what it pauses on
        goes on counting while one waits for anything else. What fell due before, and no alarm has looked at yet, is put
        down here."""
        row = self._open(subject, kind, round)
        if row is None or row.state != DeadlineState.RUNNING or not _pauses(row, wait):
            return
        stops = max(at, row.resumed_at)
        notice(row, stops)
        progress = progress_of(row, until=stops).pause(stops)
        row.used, row.paused_at, row.state, row.alarms, row.next_alarm_at = (
            progress.used, stops, DeadlineState.PAUSED, [], None,
        )  # fmt: skip
        if row.breached_at and is_in_time(row.due_at, at):
            row.breached_at = None  # the waiting began in time, and was put down when the alarm had looked already
        self._keep(row)
        _tell(DeadlinePaused(row.id, kind, wait), row, by, at)

    def resume(self, kind: str, *, subject: Subject, round: int, at: datetime, by: Actor, now: datetime) -> None:
        """The clock goes on from `at` with the time used so far, on the calendar as it is by now. What was broken
        before stays broken and keeps the instant at which it was due."""
        row = self._open(subject, kind, round)
        if row is None or row.state != DeadlineState.PAUSED:
            return
        goes_on = max(at, row.paused_at or at)  # a wall clock that was put back gives no time twice
        row.paused_at, row.resumed_at, row.state = None, goes_on, DeadlineState.RUNNING
        edition_id = edition_in_force(row.calendar_id) if row.calendar_id else None
        is_new, row.edition_id = edition_id != row.edition_id, edition_id
        go_on(row, target_of(row), now)
        self._keep(row)
        _tell(DeadlineResumed(row.id, kind, row.due_at, is_new), row, by, at)

    def apply_facts(self, facts: Mapping[str, object], *, reason: str, by: Actor, now: datetime) -> int:
        """Facts changed: open promises follow the line that fits now, time already used kept; how many moved."""
        moved = 0
        for row in self._promises():
            known = {**facts, "team": row.facts.get("team")} if row.subject_kind in OWN_PEOPLE else facts
            if (kept := kept_facts(known)) != row.facts:
                row.facts = kept
                self._keep(row)
            starting = facts_at(row.started_at, row.team_id, known)
            line = self._line(row.policy_version_id, row.kind, starting, whose(row), agreed_for(row))
            if line is None or (line.key, line.calendar_id) == (row.policy_row, row.calendar_id):
                continue
            was = row.due_at
            follow(row, line, now)
            self._keep(row)
            _tell(DeadlineMoved(row.id, row.kind, was, row.due_at, line.key, reason), row, by, now)
            moved += 1
        return moved

    def hand_over(self, team_id: UUID, owner_id: UUID | None, *, team_code: str, by: Actor, now: datetime) -> None:
        """The ticket changed hands: what is open is the new owner's, and counts on the new team's calendar where the
        line says the team's."""
        for row in self._rows.values():
            if row.state not in OPEN or row.subject_kind in OWN_PEOPLE:
                continue
            row.team_id, row.owner_id = team_id, owner_id
            self._handed.add(row.id)
            self._keep(row)
            if row.nature == "promise":
                row.facts = {**row.facts, "team": team_code}
                self._recount(row, "handed_over", by, now)

    def give(self, subject: Subject, owner_id: UUID | None) -> None:
        """What is open of a subject with people of its own is this person's now."""
        for (of, _kind, _round), row in self._rows.items():
            if of == subject and row.state in OPEN:
                row.owner_id = owner_id
                self._handed.add(row.id)
                self._keep(row)

    def recount(self, *, reason: str, by: Actor, now: datetime, version_id: UUID | None = None) -> int:
        """Open promises are dated anew on the calendars as they are, and where `version_id` says so by the line of that
        version, time already used kept; how many are due at another instant now. Only these get history, and a row
        about which nothing differs is not written. What the version does not promise any more stays as it was."""
        for row in self._rows.values():
            if row.nature == "timer" and row.state == DeadlineState.RUNNING:
                self._ring_anew(row, by, now)
        return sum(self._recount(row, reason, by, now, version_id) for row in self._promises())

    def _ring_anew(self, row: Deadline, by: Actor, now: datetime) -> None:
        """A timer that counts on a calendar rings by the calendar as it is."""
        edition_id = edition_in_force(row.calendar_id) if row.calendar_id else None
        if edition_id == row.edition_id or row.target is None or row.due_at <= now:
            return
        at = max(rings_at(row.started_at, row.target, Clock(row.clock), edition_id), now)
        if at == row.due_at:
            return
        was, row.edition_id = row.due_at, edition_id
        row.due_at = row.next_alarm_at = at
        row.alarms = [[at.isoformat(), "timer", "timer", ""]]
        self._keep(row)
        _tell(TimerMoved(row.id, row.kind.removeprefix("timer:"), row.round, was, at), row, by, now)

    def _recount(self, row: Deadline, reason: str, by: Actor, now: datetime, version_id: UUID | None = None) -> bool:
        facts = facts_at(row.started_at, row.team_id, row.facts)
        line = self._line(version_id or row.policy_version_id, row.kind, facts, whose(row), agreed_for(row))
        if line is None:
            return False
        stands_still = row.state == DeadlineState.PAUSED
        if stands_still and (line.version_id, line.key, line.calendar_id) == (
            row.policy_version_id, row.policy_row, row.calendar_id,
        ):  # fmt: skip
            return False  # it goes on by the calendar of the day on which it goes on
        before, was = {name: getattr(row, name) for name in COMPUTED_AS}, row.due_at
        moved = follow(row, line, now)
        if all(getattr(row, name) == before[name] for name in DATED):
            for name, value in before.items():  # the row stays as it is, not only what shows of it
                setattr(row, name, value)
            return False
        self._keep(row)
        if moved:
            _tell(DeadlineMoved(row.id, row.kind, was, row.due_at, line.key, reason), row, by, now)
        return moved

    def _promises(self) -> Iterable[Deadline]:
        return [row for row in self._rows.values() if row.nature == "promise" and row.state in OPEN]

    # Timers

    def start_timer(
        self, kind: str, *, about: About, round: int, base_at: datetime, offset: timedelta, clock: str, now: datetime,
        values: Mapping[str, Any] | None = None,
    ) -> Deadline:  # fmt: skip
        """A bell, no promise: rings `offset` after (before, where negative) `base_at`; records `TimerRang`."""
        calendar_id = None if clock == Clock.ALWAYS else team_calendar(about.team_id)
        edition_id = edition_in_force(calendar_id) if calendar_id else None
        at = rings_at(base_at, offset, Clock(clock), edition_id)
        row = self._place(about, f"timer:{kind}", round, base_at)
        row.nature, row.clock, row.target = "timer", clock, offset
        row.calendar_id, row.edition_id = calendar_id, edition_id
        row.due_at = row.next_alarm_at = at
        row.alarms = [[at.isoformat(), "timer", "timer", ""]]
        row.values = dict(values or {})
        self._keep(row)
        if at <= now + NEAR:
            touch(ALARM_TOPIC)
        return row

    def cancel_timer(self, kind: str, *, subject: Subject, round: int, at: datetime) -> None:
        row = self._rows.get((subject, f"timer:{kind}", round))
        if row and row.state == DeadlineState.RUNNING:
            self._end(row, DeadlineState.CANCELLED, at)

    # Rows

    def _place(self, about: About, kind: str, round: int, starts_at: datetime) -> Deadline:
        """A row as if new; of one that is there already only the key stays."""
        row = new(
            Deadline,
            subject_kind=about.subject[0],
            subject_id=about.subject[1],
            kind=kind,
            round=round,
            ticket_id=about.ticket_id,
            customer_id=about.customer_id,
            team_id=about.team_id,
            owner_id=about.owner_id,
            started_at=starts_at,
            resumed_at=starts_at,
        )
        earlier = self._rows.get((about.subject, kind, round))
        if earlier:
            row.id, row._state.adding = earlier.id, earlier._state.adding
            self._begun_anew.add(row.id)
        self._rows[about.subject, kind, round] = row
        return row

    def _open(self, subject: Subject, kind: str, round: int) -> Deadline | None:
        row = self._rows.get((subject, kind, round))
        return row if row and row.state in OPEN else None

    def _end(self, row: Deadline, state: DeadlineState, at: datetime) -> None:
        row.state, row.done_at, row.alarms, row.next_alarm_at = state, at, [], None
        self._keep(row)

    def _keep(self, row: Deadline) -> None:
        self._changed[row.id] = row


def _pauses(row: Deadline, wait: str) -> bool:
    policy = policies_of(row.policy_version_id).get(row.kind) if row.policy_version_id else None
    return policy is None or not policy.pauses_on or wait in policy.pauses_on


def _tell(fact: Fact, row: Deadline, by: Actor, at: datetime) -> None:
    record(
        fact,
        by=by, at=at, subject=("deadline", row.id), ticket_id=row.ticket_id, customer_id=row.customer_id,
    )  # fmt: skip
