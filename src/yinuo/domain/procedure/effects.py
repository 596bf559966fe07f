"""What `advance` asks the services to do, as plain values, in the order in which it is to be done.

`step` is a step's key, `round` the round it was started in: together with the run they identify a step
(a step is never active twice). All instants are aware. Values, though not frozen ones: those take three times as
long to make, and a step makes five.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any


@dataclass(slots=True, unsafe_hash=True)
class Effect:
    """Base of all effects."""


@dataclass(slots=True, unsafe_hash=True)
class StartStep(Effect):
    """The step is active from `at`: a row for it, shown to `role`."""

    step: str
    round: int
    branch: str
    role: str
    at: datetime


@dataclass(slots=True, unsafe_hash=True)
class FinishStep(Effect):
    """The step ended by the button `outcome`; `skipped` where it was passed over with a right to."""

    step: str
    round: int
    outcome: str
    at: datetime
    skipped: bool = False


@dataclass(slots=True, unsafe_hash=True)
class CancelStep(Effect):
    """The step stopped without an outcome (a loop back, a jump, the end of the run)."""

    step: str
    round: int
    at: datetime


@dataclass(slots=True, unsafe_hash=True)
class CollectFields(Effect):
    """Values entered at `step`, or brought by a happening (`step` empty)."""

    step: str
    round: int
    values: tuple[tuple[str, Any], ...]


@dataclass(slots=True, unsafe_hash=True)
class ChangeFacts(Effect):
    """Facts of the ticket (urgency, class …) that the run changed: copy them and re-date deadlines."""

    values: tuple[tuple[str, Any], ...]


@dataclass(slots=True, unsafe_hash=True)
class StartDeadline(Effect):
    """A promise of policy kind `kind` counts from `starts_at`. `step` is empty for one of the run. `until`: when it is
    due, where that was agreed for this case."""

    kind: str
    step: str
    round: int
    starts_at: datetime
    source: str = ""
    until: datetime | None = None


@dataclass(slots=True, unsafe_hash=True)
class MeetDeadline(Effect):
    """What was promised was done at `at`."""

    kind: str
    step: str
    round: int
    at: datetime


@dataclass(slots=True, unsafe_hash=True)
class CancelDeadline(Effect):
    """The promise has no object any more: its step was cancelled, skipped, or its condition is gone."""

    kind: str
    step: str
    round: int
    at: datetime
    reason: str


@dataclass(slots=True, unsafe_hash=True)
class PauseDeadline(Effect):
    """The clock stands still from `at`, waiting for `wait` (customer or outside)."""

    kind: str
    step: str
    round: int
    at: datetime
    wait: str


@dataclass(slots=True, unsafe_hash=True)
class ResumeDeadline(Effect):
    """The clock goes on from `at`."""

    kind: str
    step: str
    round: int
    at: datetime


@dataclass(slots=True, unsafe_hash=True)
class SetStatus(Effect):
    """The ticket's status."""

    status: str
    at: datetime


@dataclass(slots=True, unsafe_hash=True)
class Wait(Effect):
    """The step waits for `wait` from `at`; an empty `wait` ends the waiting."""

    step: str
    round: int
    wait: str
    at: datetime


@dataclass(slots=True, unsafe_hash=True)
class QueueMessage(Effect):
    """Send the template to `to` (`customer`, `owner`, `team`, or `role:<code>`)."""

    template: str
    to: str
    step: str


@dataclass(slots=True, unsafe_hash=True)
class AskSurvey(Effect):
    """Ask the customer the survey's questions."""

    survey: str
    step: str
    round: int


@dataclass(slots=True, unsafe_hash=True)
class OpenImprovement(Effect):
    """Open an improvement for `reason` (R-EN-1)."""

    reason: str
    step: str
    round: int


@dataclass(slots=True, unsafe_hash=True)
class OpenSubtask(Effect):
    """A task for another department, by the plan `key` of `step`. `number` names it in the run; `ask` is what is to be
    done, `until` and `accept_until` what was agreed for this case."""

    number: int
    key: str
    step: str
    round: int
    ask: str
    until: datetime | None
    accept_until: datetime | None


@dataclass(slots=True, unsafe_hash=True)
class KeepSubtask(Effect):
    """It was to be opened again while it is not over: no second one is; `ask` is what was wanted this time."""

    number: int
    ask: str


@dataclass(slots=True, unsafe_hash=True)
class CancelSubtask(Effect):
    """It has no object any more: its step was finished, skipped or stopped, or the run ended (`reason`)."""

    number: int
    at: datetime
    reason: str


@dataclass(slots=True, unsafe_hash=True)
class WantDocument(Effect):
    """Make the output document `document` from the fields."""

    document: str
    step: str
    round: int


@dataclass(slots=True, unsafe_hash=True)
class Dispatch(Effect):
    """Bring the ticket to somebody of `role` (and `tier`): the routing core chooses whom."""

    role: str
    tier: int | None
    team: str
    step: str


@dataclass(slots=True, unsafe_hash=True)
class StartTimer(Effect):
    """Ring `offset` after `base_at` on `clock`; comes back as Happening(`timer`, {timer: key})."""

    key: str
    step: str
    round: int
    base_at: datetime
    offset: timedelta
    clock: str


@dataclass(slots=True, unsafe_hash=True)
class CancelTimer(Effect):
    """The timer is no longer wanted."""

    key: str
    step: str
    round: int


@dataclass(slots=True, unsafe_hash=True)
class Count(Effect):
    """Count `what` in the history (`unsolved` …): figures of loops come from here."""

    what: str
    step: str
    round: int


@dataclass(slots=True, unsafe_hash=True)
class StartRound(Effect):
    """A loop began round `round`, going back to `step`."""

    step: str
    round: int
    at: datetime


@dataclass(slots=True, unsafe_hash=True)
class EndRun(Effect):
    """The run is over, in the way named `end`."""

    end: str
    at: datetime


@dataclass(slots=True, unsafe_hash=True)
class ReviveRun(Effect):
    """A run that was over goes on (reopened)."""

    at: datetime
