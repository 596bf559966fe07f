"""Walks a shipped procedure along paths that a test writes down by hand, and compares every step of them.

A path is a list of moves. Each move says what is done and what must follow: the steps under way, the promises that
begin (kind → span and clock of section 17; those without a figure are left out), the documents wanted, the roles of
other departments that are asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.domain.story import Story

from yinuo.domain.conditions import all_hold
from yinuo.domain.deadline import choose, is_in_time
from yinuo.domain.packs import Pack
from yinuo.domain.procedure import Happening, Outcome, advance
from yinuo.domain.procedure import effects as fx

CLOCKS = {"service": "S", "workday": "D", "always": "C", "workdays": "W"}
NOW = "«now»"
"""Stands for the instant of the move."""
LATER = "«in three days»"
SUBTASK = "«the oldest sub-task under way»"


@dataclass(frozen=True)
class Move:
    """`do` is `step.button`, `!happening` or `timer:key`."""

    do: str
    then: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    starts: Mapping[str, str] = field(default_factory=dict)
    outputs: Sequence[str] = ()
    asks: Sequence[str] = ()


@dataclass(frozen=True)
class Path:
    """`begins`: steps and promises at the start."""

    name: str
    begins: str
    starts: Mapping[str, str]
    moves: Sequence[Move]
    facts: Mapping[str, Any] = field(default_factory=dict)
    ends: str = ""


class Walker:
    """Plays one path; `late` is how long after the due instant each promise is kept, None: at once."""

    def __init__(self, pack: Pack, procedure: str, path: Path, late: timedelta | None) -> None:
        self.pack, self.procedure, self.path, self.late = pack, procedure, path, late
        self.story = Story(pack, procedure, "2026-11-23 10:00", **path.facts)
        self.taken: set[tuple[str, int]] = set()

    def walk(self) -> None:
        effects = tuple(self.story.log)
        self._compare("start", self.path.begins, self.path.starts, (), (), effects)
        for move in self.path.moves:
            self._compare(move.do, move.then, move.starts, move.outputs, move.asks, self._do(move))
        assert self.story.run.end == self.path.ends, f"{self.path.name}: ended as {self.story.run.end!r}"

    def _what(self, move: Move) -> Outcome | Happening:
        now = self.story.now.isoformat()
        marks: dict[str, Any] = {NOW: now, LATER: (self.story.now + timedelta(days=3)).isoformat()}
        if self.story.run.tasks:
            marks[SUBTASK] = self.story.run.tasks[0].number
        fields = {
            name: marks.get(value, value) if isinstance(value, str) else value for name, value in move.fields.items()
        }
        if move.do.startswith("!"):
            return Happening(move.do[1:], fields)
        if move.do.startswith("timer:"):
            return Happening("timer", {"timer": move.do.removeprefix("timer:")})
        step, _, button = move.do.partition(".")
        return Outcome(step, button, fields, round=next(a.round for a in self.story.run.active if a.key == step))

    def _do(self, move: Move) -> tuple[fx.Effect, ...]:
        story = self.story
        story.now += timedelta(seconds=1)
        if self.late is not None:
            dues = [story.dues[key] for key in self._kept_by(move)]
            latest = max((due for due in dues if due), default=None)
            if latest:
                story.now = max(story.now, latest) + self.late
        expected = self._kept_by(move)
        what = self._what(move)
        before, was = story.run, len(story.log)
        story.run, effects = advance(story.definition, story.run, what, story.now)
        self._note_arrow(before, effects)
        story._take(effects)
        for key in expected:
            due, at = story.dues[key], story.met[key]
            assert due is None or is_in_time(due, at) == (self.late is None), f"{self.path.name}, {move.do}: {key}"
        return tuple(story.log[was:])

    def _kept_by(self, move: Move) -> list[tuple[str, str, int]]:
        """Open promises that this move keeps."""
        _, effects = advance(self.story.definition, self.story.run, self._what(move), self.story.now)
        kept = [(e.kind, e.step, e.round) for e in effects if isinstance(e, fx.MeetDeadline)]
        return [key for key in kept if key in self.story.dues]

    def _note_arrow(self, before: Any, effects: tuple[fx.Effect, ...]) -> None:
        fields = dict(before.fields)
        for effect in effects:
            if isinstance(effect, fx.CollectFields):
                fields.update(effect.values)
            if isinstance(effect, fx.FinishStep):
                step = self.story.definition.step_by_key[effect.step]
                known = {**fields, "outcome": effect.outcome, "round": before.round}
                self.taken.add(
                    (step.key, next(n for n, arrow in enumerate(step.arrows) if all_hold(arrow.when, known)))
                )

    def _compare(
        self,
        did: str,
        then: str,
        starts: Mapping[str, str],
        outputs: Sequence[str],
        asks: Sequence[str],
        effects: tuple[fx.Effect, ...],
    ) -> None:
        story, here = self.story, f"{self.path.name}, {did}"
        under_way = [active.key for active in story.run.active]
        planned = [f"({waiting.key})" for waiting in story.run.arrived if waiting.timer]
        assert [*under_way, *planned] == then.split(), here
        begun = {}
        for effect in effects:
            if isinstance(effect, fx.StartDeadline):
                row = choose(
                    self.pack.policies[effect.kind], {**story.facts, "complex": story.facts["complexity"] == "complex"}
                )
                if row and row.set_by == "case" and effect.until:
                    begun[effect.kind] = "agreed"
                elif row and row.target:
                    begun[effect.kind] = _said(row.target.limit, CLOCKS[row.target.clock.value])
        assert begun == dict(starts), here
        titles = {d.key: d.title.zh for step in story.definition.steps for d in step.documents}
        wanted = [titles[effect.document] for effect in effects if isinstance(effect, fx.WantDocument)]
        assert wanted == list(outputs), here
        asked = [effect for effect in effects if isinstance(effect, fx.OpenSubtask)]
        assert [story.definition.task_by_key[effect.key][1].role for effect in asked] == list(asks), here
        assert all(effect.ask and effect.until for effect in asked), f"{here}: asked for what, and until when"


def check_paths(pack: Pack, procedure: str, paths: Sequence[Path]) -> None:
    """Every path, with each promise kept and with each kept too late; together they take every arrow there is."""
    taken: set[tuple[str, int]] = set()
    for path in paths:
        for late in (None, timedelta(seconds=1)):
            walker = Walker(pack, procedure, path, late)
            walker.walk()
            taken |= walker.taken
    steps = pack.procedures[procedure].steps
    missing = {(step.key, n) for step in steps for n in range(len(step.arrows))} - taken
    assert not missing, f"no path takes {sorted(missing)}"


def roles(pack: Pack, procedure: str) -> dict[str, str]:
    return {step.key: step.role for step in pack.procedures[procedure].steps}


def _said(limit: timedelta, clock: str) -> str:
    """A span as section 17 prints it: hours up to three days, working days in days."""
    if clock == "W":
        return f"{limit.days}d W"
    for unit, seconds in (("h", 3600), ("m", 60), ("s", 1)):
        if limit % timedelta(seconds=seconds) == timedelta():
            return f"{limit // timedelta(seconds=seconds)}{unit} {clock}"
    raise ValueError(limit)
