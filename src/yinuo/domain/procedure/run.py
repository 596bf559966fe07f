"""The state of one ticket in its procedure, small and JSON round-trippable.

A step is active at most once, so (step, round) names it; `branch` tells parallel branches apart for
people who look. Fields hold plain JSON only. The state never holds what can be read off the definition.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

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


class RunState(NamedTuple):
    """Where a run stands. Ended when `end` is set; then nothing is active."""

    started_at: datetime
    round: int = 1
    round_at: datetime | None = None
    active: tuple[ActiveStep, ...] = ()
    arrived: tuple[Arrived, ...] = ()
    done: tuple[DoneStep, ...] = ()
    fields: Mapping[str, Any] = MappingProxyType({})
    open: tuple[Promise, ...] = ()
    kept: tuple[tuple[str, str, int], ...] = ()
    """Promises already set and settled, as (kind, step, round): each is made once."""
    begun: Mapping[str, str] = MappingProxyType({})
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
        raw: dict[str, Any] = {"started_at": self.started_at.isoformat(), "round": self.round}
        if self.round_at is not None and self.round_at != self.started_at:
            raw["round_at"] = self.round_at.isoformat()
        if self.active:
            raw["active"] = [[a.key, a.round, a.branch, a.started_at.isoformat(), a.wait] for a in self.active]
        if self.arrived:
            raw["arrived"] = [[key, branch, list(sources), timer] for key, branch, sources, timer in self.arrived]
        if self.done:
            raw["done"] = [[key, number, outcome, at.isoformat()] for key, number, outcome, at in self.done]
        if self.fields:
            raw["fields"] = dict(self.fields)
        if self.open:
            raw["open"] = [*map(list, self.open)]
        if self.kept:
            raw["kept"] = [*map(list, self.kept)]
        if self.begun:
            raw["begun"] = dict(self.begun)
        if self.timers:
            raw["timers"] = [*map(list, self.timers)]
        if self.tasks:
            raw["tasks"] = [*map(list, self.tasks)]
        if self.numbered:
            raw["numbered"] = self.numbered
        if self.end:
            raw["end"] = self.end
        if self.ended_at is not None:
            raw["ended_at"] = self.ended_at.isoformat()
        return raw

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "RunState":
        """The inverse of `to_json`."""
        read, get = datetime.fromisoformat, raw.get
        started_at, round_at, ended_at = read(raw["started_at"]), get("round_at"), get("ended_at")
        return cls(
            started_at=started_at,
            round=get("round", 1),
            round_at=read(round_at) if round_at else started_at,
            active=tuple(
                [ActiveStep(key, of, branch, read(at), wait) for key, of, branch, at, wait in get("active", ())]
            ),
            arrived=tuple([Arrived(key, branch, tuple(of), timer) for key, branch, of, timer in get("arrived", ())]),
            done=tuple([DoneStep(key, number, outcome, read(at)) for key, number, outcome, at in get("done", ())]),
            fields=dict(get("fields", ())),
            open=tuple([Promise(*entry) for entry in get("open", ())]),
            kept=tuple([(kind, step, number) for kind, step, number in get("kept", ())]),
            begun=dict(get("begun", ())),
            timers=tuple([(key, step, number) for key, step, number in get("timers", ())]),
            tasks=tuple([OpenTask(*entry) for entry in get("tasks", ())]),
            numbered=get("numbered", 0),
            end=get("end", ""),
            ended_at=read(ended_at) if ended_at else None,
        )
