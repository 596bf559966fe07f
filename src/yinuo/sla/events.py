"""Facts about promises. Warn, breach and escalation are dated by when they were due; `lag_ms` is how much later
they were noticed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from yinuo.foundation.events import Fact


@dataclass(frozen=True)
class PoliciesPublished(Fact):
    """`moves_open`: open promises follow the new version; else they finish on theirs."""

    code: str
    version: int
    moves_open: bool = False


@dataclass(frozen=True)
class PolicyDraftOpened(Fact):
    draft_id: UUID
    code: str
    based_on: int


@dataclass(frozen=True)
class PolicyDraftChanged(Fact):
    """`edit` is row_added, row_changed, row_removed, row_moved or settings."""

    draft_id: UUID
    edit: str
    kind: str
    row: str


@dataclass(frozen=True)
class PolicyDraftDropped(Fact):
    draft_id: UUID


@dataclass(frozen=True)
class DeadlinesRecounted(Fact):
    """A recount has come to its end."""

    recount_id: UUID
    cause: str
    looked: int
    moved: int


@dataclass(frozen=True)
class DeadlineStarted(Fact):
    deadline_id: UUID
    kind: str
    round: int
    due_at: datetime
    row: str


@dataclass(frozen=True)
class DeadlineMet(Fact):
    deadline_id: UUID
    kind: str
    round: int
    due_at: datetime
    in_time: bool


@dataclass(frozen=True)
class DeadlineCancelled(Fact):
    deadline_id: UUID
    kind: str
    round: int
    reason: str


@dataclass(frozen=True)
class DeadlinePaused(Fact):
    deadline_id: UUID
    kind: str
    wait: str


@dataclass(frozen=True)
class DeadlineResumed(Fact):
    """`new_edition`: the calendar had changed while the clock stood still; the rest counts on it as it is now."""

    deadline_id: UUID
    kind: str
    due_at: datetime
    new_edition: bool = False


@dataclass(frozen=True)
class DeadlineMoved(Fact):
    """Another target, clock or calendar; the time already used was kept."""

    deadline_id: UUID
    kind: str
    was: datetime
    due_at: datetime
    row: str
    reason: str


@dataclass(frozen=True)
class DeadlineWarned(Fact):
    deadline_id: UUID
    kind: str
    due_at: datetime
    tell: str
    lag_ms: int


@dataclass(frozen=True)
class DeadlineBreached(Fact):
    deadline_id: UUID
    kind: str
    due_at: datetime
    lag_ms: int


@dataclass(frozen=True)
class DeadlineEscalated(Fact):
    deadline_id: UUID
    kind: str
    level: str
    tell: str
    due_at: datetime
    lag_ms: int


@dataclass(frozen=True)
class TimerMoved(Fact):
    """The calendar by which a timer counts changed."""

    timer_id: UUID
    kind: str
    round: int
    was: datetime
    at: datetime


@dataclass(frozen=True)
class TimerRang(Fact):
    timer_id: UUID
    kind: str
    round: int
    values: dict[str, object]
    lag_ms: int
