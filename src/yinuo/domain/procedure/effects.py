"""What `advance` asks the services to do, as plain values, in the order in which it is to be done.

`step` is a step's key, `round` the round it was started in: together with the run they identify a step
(a step is never active twice). All instants are aware.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class Effect:
    """Base of all effects."""


@dataclass(frozen=True, slots=True)
class StartStep(Effect):
    """The step is active from `at`: a row for it, shown to `role`."""

    step: str
    round: int
    branch: str
    role: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FinishStep(Effect):
    """The step ended by the button `outcome`; `skipped` where it was passed over with a right to."""

    step: str
    round: int
    outcome: str
    at: datetime
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class CancelStep(Effect):
    """The step stopped without an outcome (a loop back, a jump, the end of the run)."""

    step: str
    round: int
    at: datetime


@dataclass(frozen=True, slots=True)
class CollectFields(Effect):
    """Values entered at `step`, or brought by a happening (`step` empty)."""

    step: str
    round: int
    values: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class ChangeFacts(Effect):
    """Facts of the ticket (urgency, class …) that the run changed: copy them and re-date deadlines."""

    values: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class StartDeadline(Effect):
    """A promise of policy kind `kind` counts from `starts_at`. `step` is empty for one of the run."""

    kind: str
    step: str
    round: int
    starts_at: datetime
    source: str = ""


@dataclass(frozen=True, slots=True)
class MeetDeadline(Effect):
    """What was promised was done at `at`."""

    kind: str
    step: str
    round: int
    at: datetime


@dataclass(frozen=True, slots=True)
class CancelDeadline(Effect):
    """The promise has no object any more: its step was cancelled, skipped, or its condition is gone."""

    kind: str
    step: str
    round: int
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class PauseDeadline(Effect):
    """The clock stands still from `at`, waiting for `wait` (customer or outside)."""

    kind: str
    step: str
    round: int
    at: datetime
    wait: str


@dataclass(frozen=True, slots=True)
class ResumeDeadline(Effect):
    """The clock goes on from `at`."""

    kind: str
    step: str
    round: int
    at: datetime


@dataclass(frozen=True, slots=True)
class SetStatus(Effect):
    """The ticket's status."""

    status: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Wait(Effect):
    """The step waits for `wait` from `at`; an empty `wait` ends the waiting."""

    step: str
    round: int
    wait: str
    at: datetime


@dataclass(frozen=True, slots=True)
class QueueMessage(Effect):
    """Send the template to `to` (`customer`, `owner`, `team`, or `role:<code>`)."""

    template: str
    to: str
    step: str


@dataclass(frozen=True, slots=True)
class AskSurvey(Effect):
    """Ask the customer the survey's questions."""

    survey: str
    step: str
    round: int


@dataclass(frozen=True, slots=True)
class OpenImprovement(Effect):
    """Open an improvement for `reason` (R-EN-1)."""

    reason: str
    step: str
    round: int


@dataclass(frozen=True, slots=True)
class OpenSubtask(Effect):
    """A task for another role or department, with its own limit kind where one is named."""

    title: str
    role: str
    limit: str
    step: str
    round: int


@dataclass(frozen=True, slots=True)
class WantDocument(Effect):
    """Make the output document `document` from the fields."""

    document: str
    step: str
    round: int


@dataclass(frozen=True, slots=True)
class Dispatch(Effect):
    """Bring the ticket to somebody of `role` (and `tier`): the routing core chooses whom."""

    role: str
    tier: int | None
    team: str
    step: str


@dataclass(frozen=True, slots=True)
class StartTimer(Effect):
    """Ring `offset` after `base_at` on `clock`; comes back as Happening(`timer`, {timer: key})."""

    key: str
    step: str
    round: int
    base_at: datetime
    offset: timedelta
    clock: str


@dataclass(frozen=True, slots=True)
class CancelTimer(Effect):
    """The timer is no longer wanted."""

    key: str
    step: str
    round: int


@dataclass(frozen=True, slots=True)
class Count(Effect):
    """Count `what` in the history (`unsolved` …): figures of loops come from here."""

    what: str
    step: str
    round: int


@dataclass(frozen=True, slots=True)
class StartRound(Effect):
    """A loop began round `round`, going back to `step`."""

    step: str
    round: int
    at: datetime


@dataclass(frozen=True, slots=True)
class EndRun(Effect):
    """The run is over, in the way named `end`."""

    end: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReviveRun(Effect):
    """A run that was over goes on (reopened)."""

    at: datetime
