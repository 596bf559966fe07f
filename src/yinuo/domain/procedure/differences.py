"""What changed from one version of a procedure to another: steps, their parts and settings, and those of the whole."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from typing import Any

from yinuo.domain.procedure.definition import Definition
from yinuo.domain.procedure.model import Step


class Change(StrEnum):
    STEP_ADDED = "step_added"
    STEP_REMOVED = "step_removed"
    SETTING = "setting"  # of a step or of the whole: title, role, start …
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Difference:
    """One change. `step` is empty for the whole matter; `part` is the setting or list, `name` its entry where entries
    have names. `before` and `after` are values of the model."""

    change: Change
    step: str
    part: str
    name: str = ""
    before: Any = None
    after: Any = None


WHOLE = ("title", "source", "start", "facts", "limits", "on_start", "on", "ends")
NAMES = {
    "fields": "name",
    "facts": "name",
    "buttons": "key",
    "documents": "key",
    "tasks": "key",
    "ends": "key",
    "limits": "kind",
}


def differences(old: Definition, new: Definition) -> tuple[Difference, ...]:
    """Every difference in the order of the new definition, steps that are gone at the end."""
    return tuple(_differences(old, new))


def _differences(old: Definition, new: Definition) -> Iterator[Difference]:
    for part in WHOLE:
        yield from _compared("", part, getattr(old, part), getattr(new, part))
    for step in new.steps:
        before = old.step_by_key.get(step.key)
        if before is None:
            yield Difference(Change.STEP_ADDED, step.key, "steps", step.key, None, step)
            continue
        for one in fields(Step):
            yield from _compared(step.key, one.name, getattr(before, one.name), getattr(step, one.name))
    for step in old.steps:
        if step.key not in new.step_by_key:
            yield Difference(Change.STEP_REMOVED, step.key, "steps", step.key, step, None)
    kept = [step.key for step in old.steps if step.key in new.step_by_key]
    if kept != [step.key for step in new.steps if step.key in old.step_by_key]:
        yield Difference(Change.ORDER, "", "steps", "", old.steps, new.steps)


def _compared(step: str, part: str, before: Any, after: Any) -> Iterator[Difference]:
    if before == after:
        return
    if not _is_list(before) and not _is_list(after):
        yield Difference(Change.SETTING, step, part, "", before, after)
    elif part in NAMES and _are_named(before, part) and _are_named(after, part):
        yield from _named(step, part, before, after)
    else:
        yield from _nameless(step, part, before, after)


def _is_list(value: Any) -> bool:
    """A list of parts; a list of mere names (`start`, `skip_by`) is a setting."""
    return isinstance(value, tuple) and any(is_dataclass(entry) for entry in value)


def _are_named(entries: Sequence[Any], part: str) -> bool:
    names = [getattr(entry, NAMES[part]) for entry in entries]
    return len(names) == len(set(names))


def _named(step: str, part: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[Difference]:
    was = {getattr(entry, NAMES[part]): entry for entry in before}
    now = {getattr(entry, NAMES[part]): entry for entry in after}
    for name, entry in now.items():
        if name not in was:
            yield Difference(Change.ADDED, step, part, name, None, entry)
        elif was[name] != entry:
            yield Difference(Change.CHANGED, step, part, name, was[name], entry)
    for name, entry in was.items():
        if name not in now:
            yield Difference(Change.REMOVED, step, part, name, entry, None)
    if [name for name in was if name in now] != [name for name in now if name in was]:
        yield Difference(Change.ORDER, step, part, "", tuple(before), tuple(after))


def _nameless(step: str, part: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[Difference]:
    """Entries without names: what is on one side only, in their order, paired as changes as far as they go."""
    gone, come = list(before), []
    for entry in after:
        if entry in gone:
            gone.remove(entry)
        else:
            come.append(entry)
    if not gone and not come:
        yield Difference(Change.ORDER, step, part, "", tuple(before), tuple(after))
    for was, now in zip(gone, come, strict=False):
        yield Difference(Change.CHANGED, step, part, "", was, now)
    for now in come[len(gone) :]:
        yield Difference(Change.ADDED, step, part, "", None, now)
    for was in gone[len(come) :]:
        yield Difference(Change.REMOVED, step, part, "", was, None)
