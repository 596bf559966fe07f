"""Judges a definition before it is published: what would strand a ticket, never happen, or say nothing.

A definition without faults cannot get stuck: every step that can be reached has a way on for each of its
buttons, and an end lies ahead of every step.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from yinuo.domain.conditions import Condition, Conditions, all_hold, possible
from yinuo.domain.procedure import model as m
from yinuo.domain.procedure.definition import Definition
from yinuo.domain.procedure.lint_texts import TEXTS
from yinuo.domain.reading import Fault, Text

MOST_COMBINATIONS = 20_000


@dataclass(frozen=True, slots=True)
class Known:
    """Names from outside that a definition may use; None means “not checked”."""

    roles: frozenset[str] | None = None
    kinds: frozenset[str] | None = None
    templates: frozenset[str] | None = None
    surveys: frozenset[str] | None = None
    statuses: frozenset[str] | None = None
    teams: frozenset[str] | None = None
    takers: frozenset[str] | None = None
    """Roles whose tasks some team takes."""


@dataclass
class _Lint:
    definition: Definition
    known: Known
    faults: list[Fault] = field(default_factory=list)

    def add(self, code: str, path: str, **values: object) -> None:
        texts = TEXTS[code]
        said = tuple((name, str(value)) for name, value in values.items())
        self.faults.append(Fault(code, path, said, (texts.zh, texts.en)))

    def name(self, what: str, value: str, allowed: Iterable[str] | None, path: str) -> None:
        """A name that must be known."""
        if allowed is not None and value not in allowed:
            self.add("unknown_name", path, what=what, value=value)


def lint(definition: Definition, known: Known | None = None) -> list[Fault]:
    """Every fault of the definition, in the order of its parts; empty when it may be published."""
    state = _Lint(definition, known or Known())
    _titles(state)
    _fields(state)
    _names(state)
    for step in definition.steps:
        _step(state, step)
    _happenings(state)
    _graph(state)
    return state.faults


def _titled(state: _Lint, text: Text, path: str) -> None:
    if not text.zh or not text.en:
        state.add("missing_title", path, language="zh" if not text.zh else "en")


def _titles(state: _Lint) -> None:
    definition = state.definition
    _titled(state, definition.title, "title")
    for end in definition.ends:
        _titled(state, end.title, f"ends.{end.key}")
    for fact in definition.facts:
        _titled(state, fact.label, f"facts.{fact.name}")
    for step in definition.steps:
        _titled(state, step.title, f"steps.{step.key}.title")
        for entry in step.fields:
            _titled(state, entry.label, f"steps.{step.key}.fields.{entry.name}")
            for choice in entry.choices:
                _titled(state, choice.label, f"steps.{step.key}.fields.{entry.name}.{choice.value}")
        for button in step.buttons:
            _titled(state, button.label, f"steps.{step.key}.outcomes.{button.key}")
        for document in step.documents:
            _titled(state, document.title, f"steps.{step.key}.documents.{document.key}")
        for task in step.tasks:
            _titled(state, task.title, f"steps.{step.key}.tasks.{task.key}")
        for index, guard in enumerate(step.guards):
            _titled(state, guard.message, f"steps.{step.key}.guards[{index}]")


def _fields(state: _Lint) -> None:
    """One name has one meaning: the same type and the same choices wherever it is asked."""
    seen: dict[str, m.Field] = {fact.name: fact for fact in state.definition.facts}
    for step in state.definition.steps:
        for entry in step.fields:
            path = f"steps.{step.key}.fields.{entry.name}"
            first = seen.setdefault(entry.name, entry)
            if first.type != entry.type or (first.choices and first.values != entry.values):
                state.add("two_meanings", path, name=entry.name)
            _conditions(state, entry.visible_when, f"{path}.visible_when")
            _conditions(state, entry.required_when, f"{path}.required_when")


def _names(state: _Lint) -> None:
    definition, known = state.definition, state.known
    steps, ends = definition.step_by_key, definition.end_by_key
    for key in definition.start:
        state.name("step", key, steps, "start")
    for end in definition.ends:
        if end.status:
            state.name("status", end.status, known.statuses, f"ends.{end.key}")
    for step_key, limit in definition.all_limits():
        path = f"steps.{step_key}.limits.{limit.kind}" if step_key else f"limits.{limit.kind}"
        state.name("limit", limit.kind, known.kinds, path)
        _conditions(state, limit.when, f"{path}.when")
        if limit.starts == "step" and not step_key:
            state.add("starts_nowhere", path)
        if limit.starts not in ("step", "run", "round"):
            _instant(state, limit.starts, f"{path}.starts")
        if limit.until:
            _instant(state, limit.until, f"{path}.until")
        if not step_key and not limit.met_by:
            state.add("never_met", path, kind=limit.kind)
        for met in limit.met_by:
            if met.step:
                state.name("step", met.step, steps, f"{path}.met_by")
            if met.field:
                _instant(state, met.field, f"{path}.met_by")
    _actions(state, definition.on_start, "on_start")
    for step in definition.steps:
        path = f"steps.{step.key}"
        state.name("role", step.role, known.roles, f"{path}.role")
        for role in step.skip_by:
            state.name("role", role, known.roles, f"{path}.skip_by")
        for arrow in step.arrows:
            for key in arrow.to:
                state.name("step", key, steps, f"{path}.next")
            if arrow.end:
                state.name("end", arrow.end, ends, f"{path}.next")


def _instant(state: _Lint, name: str, path: str) -> None:
    found = state.definition.field_by_name.get(name)
    if found is None:
        state.add("undefined_field", path, name=name)
    elif found.type != "instant":
        state.add("no_instant", path, name=name)


def _closed_sets(state: _Lint, step: m.Step | None) -> dict[str, Sequence[Any]]:
    sets: dict[str, Sequence[Any]] = dict(state.definition.closed_sets)
    if step is not None:
        sets["outcome"] = _ways_out(step)
    return sets


def _ways_out(step: m.Step) -> list[str]:
    """How a step can end: its finishing buttons, and skipping."""
    keys = [button.key for button in step.buttons if button.kind == "finish"]
    return [*keys, m.SKIPPED] if step.skip_by else keys


def _conditions(state: _Lint, rows: Conditions, path: str, step: m.Step | None = None) -> None:
    sets = _closed_sets(state, step)
    for row in rows:
        if row.field not in state.definition.field_by_name and row.field not in m.PSEUDO:
            state.add("undefined_field", path, name=row.field)
        elif not possible((row,), sets):
            state.add("never_true", path, name=row.field, value=row.value)
    if len(rows) > 1 and all(possible((row,), sets) for row in rows) and not possible(rows, sets):
        state.add("contradiction", path)


def _actions(state: _Lint, actions: Iterable[m.Action], path: str, step: m.Step | None = None) -> None:
    known = state.known
    names = {
        "message": ("template", known.templates),
        "survey": ("survey", known.surveys),
        "status": ("status", known.statuses),
        "assign": ("role", known.roles),
    }
    for action in actions:
        _conditions(state, action.when, path, step)
        if action.kind in names:
            what, allowed = names[action.kind]
            state.name(what, action.target, allowed, path)
        if action.kind == "subtask":
            state.name("subtask", action.target, state.definition.task_by_key, path)
        if action.kind == "stamp":
            _instant(state, action.target, path)
        if action.kind == "set":
            found = state.definition.field_by_name.get(action.target)
            value, source = action.option("value", None), action.option("from")
            if source and source not in state.definition.field_by_name:
                state.add("undefined_field", path, name=source)
            if found is None:
                state.add("undefined_field", path, name=action.target)
            elif found.values is not None and value is not None and value not in found.values:
                state.add("never_true", path, name=action.target, value=value)
        if action.kind == "timer" and action.option("field"):
            _instant(state, str(action.option("field")), path)


def _step(state: _Lint, step: m.Step) -> None:
    path = f"steps.{step.key}"
    for point in step.open:
        state.add("open_point", path, zh=point.zh, en=point.en)
    for guard in step.guards:
        _conditions(state, guard.need, f"{path}.guards", step)
        for key in guard.outcomes:
            state.name("outcome", key, [button.key for button in step.buttons], f"{path}.guards")
    for button in step.buttons:
        here = f"{path}.outcomes.{button.key}"
        _conditions(state, button.when, here)
        _actions(state, button.actions, here, step)
        for role in button.roles:
            state.name("role", role, state.known.roles, here)
        for name in button.asks:
            asked = step.field(name)
            if asked is None or asked.auto:
                state.add("not_in_form", here, name=name)
        for name, value in button.sets.items():
            found = state.definition.field_by_name.get(name)
            if found is None:
                state.add("undefined_field", here, name=name)
            elif found.values is not None and value is not None and value not in found.values:
                state.add("never_true", here, name=name, value=value)
    _actions(state, step.on_start, f"{path}.on_start", step)
    _actions(state, step.on_finish, f"{path}.on_finish", step)
    for document in step.documents:
        _conditions(state, document.when, f"{path}.documents.{document.key}", step)
    if step.starts_at:
        _instant(state, step.starts_at.field, f"{path}.starts_at")
    _tasks(state, step)
    _arrows(state, step)


def _tasks(state: _Lint, step: m.Step) -> None:
    """Sub-tasks go to somebody who is there, at some moment, and what is needed of them comes in time."""
    known, fields = state.known, state.definition.field_by_name
    under_way = [*step.on_start, *(act for one in step.buttons if one.kind != "finish" for act in one.actions)]
    in_time = {action.target for action in under_way if action.kind == "subtask"}
    opened = {action.target for action in state.definition.all_actions() if action.kind == "subtask"}
    for task in step.tasks:
        path = f"steps.{step.key}.tasks.{task.key}"
        if state.definition.task_by_key[task.key][1] is not task:
            state.add("task_twice", path)
        if bool(task.role) == bool(task.team):
            state.add("for_nobody", path)
        elif task.team:
            state.name("team", task.team, known.teams, path)
        else:
            state.name("role", task.role, known.roles, path)
            if task.at_start and known.takers is not None and task.role not in known.takers:
                state.add("no_taker", path, role=task.role)  # by a button, its card says who has it
        for kind in filter(None, (task.limit, task.accept)):
            state.name("limit", kind, known.kinds, path)
        if task.limit and task.limit == task.accept:
            state.add("limit_twice", path, kind=task.limit)
        for name in filter(None, (task.until, task.accept_until)):
            _instant(state, name, path)
        for name in filter(None, (task.ask, task.result)):
            if name not in fields:
                state.add("undefined_field", path, name=name)
            elif fields[name].type not in ("text", "longtext"):
                state.add("no_text", path, name=name)
        _conditions(state, task.when, path)
        if not task.at_start and task.key not in opened:
            state.add("never_opened", path)
        elif task.needed and not task.at_start and task.key not in in_time:
            state.add("needed_too_late", path)


def _arrows(state: _Lint, step: m.Step) -> None:
    path = f"steps.{step.key}.next"
    if not _ways_out(step):
        state.add("cannot_finish", f"steps.{step.key}")
    open_ended = False
    for index, arrow in enumerate(step.arrows):
        here = f"{path}[{index}]"
        if open_ended:
            state.add("never_taken", here)
        _conditions(state, arrow.when, here, step)
        if arrow.open:
            state.add("open_point", here, zh=arrow.open, en=arrow.open)
        open_ended = open_ended or not (arrow.when or arrow.open)
    for outcome in _ways_out(step):
        if not _is_decided(state, step, outcome):
            state.add("no_way_on", path, outcome=outcome)


def _is_decided(state: _Lint, step: m.Step, outcome: str) -> bool:
    """Whether some arrow holds whatever the fields are, after this outcome."""
    rest: list[tuple[Condition, ...]] = []
    for arrow in step.arrows:
        if arrow.open:
            continue
        if all_hold((row for row in arrow.when if row.field == "outcome"), {"outcome": outcome}):
            others = tuple(row for row in arrow.when if row.field != "outcome")
            if not others:
                return True
            rest.append(others)
    names = sorted({row.field for rows in rest for row in rows})
    sets = state.definition.closed_sets
    if not names or any(name not in sets for name in names):
        return False
    choices = [(*sets[name], None) for name in names]
    if _size(choices) > MOST_COMBINATIONS:
        return False
    asked = {name for name in names if _must_answer(step, outcome, name)}
    for combination in itertools.product(*choices):
        values: Mapping[str, Any] = dict(zip(names, combination, strict=True))
        if any(values[name] is None for name in asked):
            continue
        if not any(all_hold(rows, values) for rows in rest):
            return False
    return True


def _must_answer(step: m.Step, outcome: str, name: str) -> bool:
    entry, button = step.field(name), step.button(outcome)
    if entry is None or button is None:
        return False
    return name in button.asks or (entry.required and not button.lenient and not entry.visible_when)


def _size(choices: Sequence[Sequence[Any]]) -> int:
    size = 1
    for values in choices:
        size *= len(values)
    return size


def _happenings(state: _Lint) -> None:
    definition = state.definition
    timers = {action.target for action in _all_actions(definition) if action.kind == "timer"}
    for index, row in enumerate(definition.on):
        path = f"on[{index}]"
        _conditions(state, row.when, f"{path}.when")
        _actions(state, row.actions, f"{path}.actions")
        for key in (*row.active, *row.to):
            state.name("step", key, definition.step_by_key, path)
        if row.end:
            state.name("end", row.end, definition.end_by_key, path)
        if row.outcome and not row.active:
            state.add("outcome_of_nothing", path, outcome=row.outcome)
        if row.ended and (row.outcome or row.active):
            state.add("outcome_of_nothing", path, outcome=row.outcome or row.active[0])
        for key in row.active:
            step = definition.step_by_key.get(key)
            button = step.button(row.outcome) if step else None
            if row.outcome and step and (button is None or button.kind != "finish"):
                state.add("unknown_name", path, what="outcome", value=f"{key}.{row.outcome}")
        for condition in row.when:
            if condition.field == "subtask" and condition.op == "eq":
                state.name("subtask", str(condition.value), definition.task_by_key, path)
            if condition.field == "timer" and condition.op == "eq" and condition.value not in timers:
                state.name("timer", str(condition.value), timers, path)


def _all_actions(definition: Definition) -> Iterator[m.Action]:
    yield from definition.on_start
    for row in definition.on:
        yield from row.actions
    for step in definition.steps:
        yield from step.on_start
        yield from step.on_finish
        for button in step.buttons:
            yield from button.actions


def _graph(state: _Lint) -> None:
    definition = state.definition
    steps = definition.step_by_key
    leads: dict[str, set[str]] = {key: set() for key in steps}
    ends: set[str] = set()
    for step in definition.steps:
        for arrow in step.arrows:
            leads[step.key].update(key for key in arrow.to if key in steps)
            if arrow.end:
                ends.add(step.key)
        if not step.arrows:
            state.add("dead_end", f"steps.{step.key}.next")
    jumped_to = {key for row in definition.on for key in row.to}
    reached = _closure([*definition.start, *jumped_to], leads)
    back: dict[str, set[str]] = {key: set() for key in steps}
    for key, targets in leads.items():
        for target in targets:
            back[target].add(key)
    exits = _closure(ends, back)
    for step in definition.steps:
        if step.key not in reached:
            state.add("unreachable", f"steps.{step.key}")
        elif step.arrows and step.key not in exits:
            state.add("no_exit", f"steps.{step.key}")
        if step.key in definition.forward[step.key]:
            state.add("circle", f"steps.{step.key}")
        for arrow in step.arrows:
            missing = [key for key in arrow.to if key in steps and step.key not in _reach(definition, key)]
            if arrow.loop and missing:
                state.add("no_loop", f"steps.{step.key}.next", to=missing[0])


def _reach(definition: Definition, key: str) -> set[str]:
    """The step, and what can come after it in the same round."""
    return {key, *definition.forward[key]}


def _closure(begin: Iterable[str], leads: Mapping[str, Iterable[str]]) -> set[str]:
    seen: set[str] = set()
    todo = [key for key in begin if key in leads]
    while todo:
        here = todo.pop()
        if here not in seen:
            seen.add(here)
            todo.extend(leads[here])
    return seen
