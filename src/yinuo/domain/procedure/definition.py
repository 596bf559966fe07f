"""A whole procedure: read from JSON, immutable, indexed, one object per content.

`Definition.from_json` names the path of each fault it cannot read; whether the procedure makes sense is
`lint`'s to say. A running ticket keeps the definition it began with, so equal contents share one object.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any
from weakref import WeakValueDictionary

from yinuo.domain.procedure import model as m
from yinuo.domain.procedure.parsing import read_parts
from yinuo.domain.reading import Text

_MADE: "WeakValueDictionary[str, Definition]" = WeakValueDictionary()


class Definition:
    """A procedure. `facts` are what the ticket knows; `limits` are promises about the whole matter."""

    __slots__ = ("__dict__", "__weakref__")

    key: str
    title: Text
    source: str
    start: tuple[str, ...]
    facts: tuple[m.Field, ...]
    limits: tuple[m.Limit, ...]
    steps: tuple[m.Step, ...]
    on: tuple[m.On, ...]
    ends: tuple[m.End, ...]
    on_start: tuple[m.Action, ...]
    raw: Mapping[str, Any]
    digest: str

    def __init__(self, **parts: Any) -> None:
        self.__dict__.update(parts)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a definition does not change: publish a new version")

    def __repr__(self) -> str:
        return f"<Definition {self.key} {self.digest[:8]}>"

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Definition":
        """Read a definition; raises `ReadingError` with the path of every fault."""
        text = json.dumps(raw, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()
        known = _MADE.get(digest)
        if known is None:
            raw = json.loads(text)
            known = Definition(**read_parts(raw), raw=raw, digest=digest)
            _MADE[digest] = known
        return known

    def to_json(self) -> dict[str, Any]:
        """The JSON this definition was read from."""
        copy: dict[str, Any] = json.loads(json.dumps(self.raw))
        return copy

    @cached_property
    def step_by_key(self) -> Mapping[str, m.Step]:
        return {step.key: step for step in self.steps}

    @cached_property
    def end_by_key(self) -> Mapping[str, m.End]:
        return {end.key: end for end in self.ends}

    @cached_property
    def fact_names(self) -> frozenset[str]:
        return frozenset(fact.name for fact in self.facts)

    @cached_property
    def field_by_name(self) -> Mapping[str, m.Field]:
        """Every field and fact by name; a step's field says more than a fact, so it wins."""
        found: dict[str, m.Field] = {fact.name: fact for fact in self.facts}
        for step in self.steps:
            for field in step.fields:
                if field.name not in found or field.name in self.fact_names:
                    found[field.name] = field
        return found

    @cached_property
    def task_by_key(self) -> Mapping[str, tuple[str, m.Task]]:
        """Every sub-task by its key, with the step that it stands at."""
        return {task.key: (step.key, task) for step in self.steps for task in step.tasks}

    @cached_property
    def forward(self) -> Mapping[str, frozenset[str]]:
        """For each step the steps that can come after it without a loop (not itself unless on a circle)."""
        direct = {
            step.key: {key for arrow in step.arrows if not arrow.loop for key in arrow.to} & set(self.step_by_key)
            for step in self.steps
        }
        reach: dict[str, frozenset[str]] = {}
        for key in direct:
            seen: set[str] = set()
            todo = list(direct[key])
            while todo:
                here = todo.pop()
                if here not in seen:
                    seen.add(here)
                    todo.extend(direct[here])
            reach[key] = frozenset(seen)
        return reach

    @cached_property
    def closed_sets(self) -> Mapping[str, tuple[Any, ...]]:
        """The values that conditions on a field of a closed set may name."""
        found: dict[str, tuple[Any, ...]] = {}
        for name, field in self.field_by_name.items():
            values = field.values
            if values is not None:
                found[name] = values
        return found

    @cached_property
    def kinds(self) -> frozenset[str]:
        """Every policy kind that this procedure promises."""
        asked = [kind for _, task in self.task_by_key.values() for kind in (task.limit, task.accept) if kind]
        return frozenset([*(limit.kind for _, limit in self.all_limits()), *asked])

    def all_actions(self) -> Iterator[m.Action]:
        """Every automatic effect, wherever it stands."""
        yield from self.on_start
        for row in self.on:
            yield from row.actions
        for step in self.steps:
            yield from (*step.on_start, *step.on_finish)
            for button in step.buttons:
                yield from button.actions

    def all_limits(self) -> Iterator[tuple[str, m.Limit]]:
        """(step key, limit) for each promise; the key is empty for those of the whole matter."""
        for key, limits in self.limits_of.items():
            for limit in limits:
                yield key, limit

    @cached_property
    def limits_of(self) -> Mapping[str, tuple[m.Limit, ...]]:
        """Promises by the key of their step (empty: of the whole matter), in the order of the definition."""
        all_of_them = {"": self.limits} | {step.key: step.limits for step in self.steps}
        return {key: limits for key, limits in all_of_them.items() if limits}

    @cached_property
    def kept_since(self) -> Mapping[str, frozenset[str]]:
        """For each instant field that keeps a promise counting from acceptance (`run`) or a fact: from what."""
        found: dict[str, set[str]] = {}
        for _, limit in self.all_limits():
            if limit.starts == "run" or limit.starts in self.fact_names:
                for met in limit.met_by:
                    if met.field:
                        found.setdefault(met.field, set()).add(limit.starts)
        return {name: frozenset(starts) for name, starts in found.items()}

    @cached_property
    def met_by_step(self) -> Mapping[str, tuple[tuple[str, m.Limit], ...]]:
        """For each step the promises that its end may keep: its own that name nothing else, and all that name it."""
        return {
            done.key: tuple(
                (key, limit)
                for key, limit in self.all_limits()
                if (key == done.key and not limit.met_by) or any(met.step == done.key for met in limit.met_by)
            )
            for done in self.steps
        }
