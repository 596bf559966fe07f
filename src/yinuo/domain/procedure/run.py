"""The state of one ticket in its procedure, small and JSON round-trippable.

A step is active at most once, so (step, round) names it; `branch` tells parallel branches apart for
people who look. Fields hold plain JSON only. The state never holds what can be read off the definition.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from msgspec import Struct, convert, to_builtins

from yinuo.domain.procedure.model import CANCELLED, SKIPPED


class ActiveStep(NamedTuple):
    """A step under way; `wait` says for whom it waits since `wait_from`."""

    key: str
    round: int
    branch: str
    started_at: datetime
    wait: str = ""


class DoneStep(NamedTuple):
    """A step that was finished (`outcome` is the button), skipped or cancelled."""

    key: str
    round: int
    outcome: str
    at: datetime


class Arrived(NamedTuple):
    """A branch that reached a joining step and waits there for the others, or for its date.

    `sources` are the steps it came from.
    """

    key: str
    branch: str
    sources: tuple[str, ...] = ()
    timer: bool = False


class Promise(NamedTuple):
    """An open deadline: `step` is empty for one of the whole run. `wait` names why it stands still, `since` is the
    value of the instant field that it counts from (empty where it counts from none)."""

    kind: str
    step: str
    round: int
    wait: str = ""
    since: str = ""


class OpenTask(NamedTuple):
    """A sub-task that is not answered yet; `number` names it in its run."""

    key: str
    number: int
    step: str
    round: int
    needed: bool = False


class RunState(Struct, frozen=True, omit_defaults=True):
    """Where a run stands. Ended when `end` is set; then nothing is active."""

    started_at: datetime
    round: int = 1
    round_at: datetime | None = None
    """When this round began; none in the first, which began with the run."""
    active: tuple[ActiveStep, ...] = ()
    arrived: tuple[Arrived, ...] = ()
    done: tuple[DoneStep, ...] = ()
    fields: dict[str, Any] = {}
    open: tuple[Promise, ...] = ()
    kept: tuple[tuple[str, str, int], ...] = ()
    """Promises already set and settled, as (kind, step, round): each is made once."""
    begun: dict[str, str] = {}
    """For kept promises that count from an instant field: from which (`kind@step`), so that another round that does
    not set the field anew owes nothing anew."""
    timers: tuple[tuple[str, str, int], ...] = ()
    """Timers under way, as (key, step, round)."""
    tasks: tuple[OpenTask, ...] = ()
    numbered: int = 0
    """How many sub-tasks were opened so far."""
    end: str = ""
    ended_at: datetime | None = None

    @property
    def ended(self) -> bool:
        return bool(self.end)

    def step(self, key: str) -> ActiveStep | None:
        """The active step named `key`."""
        for active in self.active:
            if active.key == key:
                return active
        return None

    def times(self, key: str) -> int:
        """How often the step was finished by an outcome."""
        return sum(1 for done in self.done if done.key == key and done.outcome not in (SKIPPED, CANCELLED))

    def to_json(self) -> dict[str, Any]:
        """Compact plain JSON; empty parts are left out."""
        plain: dict[str, Any] = to_builtins(self)
        return plain

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "RunState":
        """The inverse of `to_json`. Raises `msgspec.ValidationError` for what is none."""
        return convert(raw, cls)
