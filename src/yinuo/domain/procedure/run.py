"""The state of one ticket in its procedure, small and JSON round-trippable.

A step is active at most once, so (step, round) names it; `branch` tells parallel branches apart for
people who look. Fields hold plain JSON only. The state never holds what can be read off the definition.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from yinuo.domain.conditions import is_empty
from yinuo.domain.procedure.model import CANCELLED, SKIPPED


@dataclass(frozen=True, slots=True)
class ActiveStep:
    """A step under way; `wait` says for whom it waits since `wait_from`."""

    key: str
    round: int
    branch: str
    started_at: datetime
    wait: str = ""


@dataclass(frozen=True, slots=True)
class DoneStep:
    """A step that was finished (`outcome` is the button), skipped or cancelled."""

    key: str
    round: int
    outcome: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Arrived:
    """A branch that reached a joining step and waits there for the others, or for its date.

    `sources` are the steps it came from.
    """

    key: str
    branch: str
    sources: tuple[str, ...] = ()
    timer: bool = False


@dataclass(frozen=True, slots=True)
class Promise:
    """An open deadline: `step` is empty for one of the whole run. `wait` names why it stands still."""

    kind: str
    step: str
    round: int
    wait: str = ""


@dataclass(frozen=True, slots=True)
class RunState:
    """Where a run stands. Ended when `end` is set; then nothing is active."""

    started_at: datetime
    round: int = 1
    round_at: datetime | None = None
    active: tuple[ActiveStep, ...] = ()
    arrived: tuple[Arrived, ...] = ()
    done: tuple[DoneStep, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    open: tuple[Promise, ...] = ()
    kept: tuple[tuple[str, str, int], ...] = ()
    """Promises already set and settled, as (kind, step, round): each is made once."""
    timers: tuple[tuple[str, str, int], ...] = ()
    """Timers under way, as (key, step, round)."""
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
        raw: dict[str, Any] = {
            "started_at": _write(self.started_at),
            "round": self.round,
            "round_at": _write(self.round_at),
            "active": [[a.key, a.round, a.branch, _write(a.started_at), a.wait] for a in self.active],
            "arrived": [[a.key, a.branch, list(a.sources), a.timer] for a in self.arrived],
            "done": [[d.key, d.round, d.outcome, _write(d.at)] for d in self.done],
            "fields": dict(self.fields),
            "open": [[p.kind, p.step, p.round, p.wait] for p in self.open],
            "kept": [list(entry) for entry in self.kept],
            "timers": [list(entry) for entry in self.timers],
            "end": self.end,
            "ended_at": _write(self.ended_at),
        }
        return {key: value for key, value in raw.items() if not is_empty(value)}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "RunState":
        """The inverse of `to_json`."""
        started_at = datetime.fromisoformat(raw["started_at"])
        return cls(
            started_at=started_at,
            round=raw.get("round", 1),
            round_at=_read(raw.get("round_at")),
            active=tuple(
                ActiveStep(key, number, branch, datetime.fromisoformat(at), wait)
                for key, number, branch, at, wait in raw.get("active", ())
            ),
            arrived=tuple(
                Arrived(key, branch, tuple(sources), timer) for key, branch, sources, timer in raw.get("arrived", ())
            ),
            done=tuple(
                DoneStep(key, number, outcome, datetime.fromisoformat(at))
                for key, number, outcome, at in raw.get("done", ())
            ),
            fields=dict(raw.get("fields", {})),
            open=tuple(Promise(*entry) for entry in raw.get("open", ())),
            kept=tuple((kind, step, number) for kind, step, number in raw.get("kept", ())),
            timers=tuple((key, step, number) for key, step, number in raw.get("timers", ())),
            end=raw.get("end", ""),
            ended_at=_read(raw.get("ended_at")),
        )


def _write(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


def _read(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
