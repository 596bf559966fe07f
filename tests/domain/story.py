"""Plays a procedure for a test: presses buttons, lets things happen, keeps the effects, dates the promises."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from yinuo.domain.deadline import Clock, choose, due, due_before, is_in_time
from yinuo.domain.packs import Pack
from yinuo.domain.procedure import Happening, Outcome, RunState, Skip, advance, start
from yinuo.domain.procedure import effects as fx
from yinuo.domain.worktime import Calendar

SHANGHAI = timedelta(hours=8)
WEEK = {"tz": "Asia/Shanghai", "hours": {d: [["09:00", "18:00"]] for d in ("mon", "tue", "wed", "thu", "fri")}}
PORTAL = {"customer_signature": {"way": "portal"}}
ACCEPTED = {
    "customer_name": "张三",
    "contact": "13800001234",
    "symptom": "按下电源没有反应",
    "problem_type": "function_fault",
}


def at(text: str) -> datetime:
    """`2026-11-23 09:00` on the wall in Shanghai."""
    return datetime.fromisoformat(f"{text}+08:00")


class Story:
    """One run under a pack, with a wall clock that the test sets."""

    def __init__(self, pack: Pack, procedure: str, now: str, **facts: Any) -> None:
        self.pack = pack
        self.definition = pack.procedures[procedure]
        self.calendar = Calendar.from_json(WEEK)
        self.now = at(now)
        self.facts = {"scenario": procedure, "channel": "email", "urgency": "normal", "complexity": "normal", **facts}
        self.log: list[fx.Effect] = []
        self.started: dict[tuple[str, str, int], datetime] = {}
        self.dues: dict[tuple[str, str, int], datetime | None] = {}
        self.met: dict[tuple[str, str, int], datetime] = {}
        self.run, effects = start(self.definition, {"received_at": self.now, **self.facts}, self.now)
        self._take(effects)

    def _take(self, effects: tuple[fx.Effect, ...]) -> tuple[fx.Effect, ...]:
        for effect in effects:
            if isinstance(effect, fx.ChangeFacts):
                self.facts.update(effect.values)
        for effect in effects:
            if isinstance(effect, fx.StartDeadline):
                key = (effect.kind, effect.step, effect.round)
                self.started[key] = effect.starts_at
                self.dues[key] = self._due(effect)
            if isinstance(effect, fx.MeetDeadline):
                self.met[effect.kind, effect.step, effect.round] = effect.at
        self.run = RunState.from_json(self.run.to_json())
        self.log.extend(effects)
        return effects

    def _due(self, effect: fx.StartDeadline) -> datetime | None:
        policy = self.pack.policies.get(effect.kind)
        known = {**self.facts, "complex": self.facts["complexity"] == "complex"}
        row = choose(policy, known) if policy else None
        if row is None or row.target is None:
            return effect.until if row and row.set_by == "case" else None
        clock = Clock(row.target.clock)
        if policy and policy.direction == "backward":
            open_then = self.calendar if policy.sent_in else None
            return due_before(effect.starts_at, row.target.limit, clock, self.calendar, open_then).due_at
        return due(effect.starts_at, row.target.limit, clock, self.calendar).due_at

    def at(self, now: str) -> "Story":
        self.now = at(now)
        return self

    def press(self, step: str, key: str, fields: Mapping[str, Any] | None = None) -> tuple[fx.Effect, ...]:
        self.run, effects = advance(self.definition, self.run, Outcome(step, key, fields or {}), self.now)
        return self._take(effects)

    def happen(self, name: str, **fields: Any) -> tuple[fx.Effect, ...]:
        self.run, effects = advance(self.definition, self.run, Happening(name, fields), self.now)
        return self._take(effects)

    def skip(self, step: str, role: str) -> tuple[fx.Effect, ...]:
        self.run, effects = advance(self.definition, self.run, Skip(step, frozenset({role})), self.now)
        return self._take(effects)

    @property
    def here(self) -> list[str]:
        return [active.key for active in self.run.active]

    def due(self, kind: str, number: int = 1) -> str | None:
        """When the promise is due, on the wall in Shanghai."""
        found = [when for (k, _, n), when in self.dues.items() if (k, n) == (kind, number)]
        assert len(found) == 1, f"{kind} in round {number} was started {len(found)} times"
        return None if found[0] is None else (found[0].astimezone(UTC) + SHANGHAI).strftime("%Y-%m-%d %H:%M")

    def in_time(self, kind: str, number: int = 1) -> bool:
        """Whether the promise was kept in time."""
        key = next(key for key in self.met if (key[0], key[2]) == (kind, number))
        due_at = self.dues[key]
        assert due_at is not None
        return is_in_time(due_at, self.met[key])

    def of(self, kind: type[fx.Effect]) -> list[Any]:
        return [effect for effect in self.log if isinstance(effect, kind)]


REVIEWED = {"is_complete": True, "is_in_form": True, "items_right": True, "is_true": True}
