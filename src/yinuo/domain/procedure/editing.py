"""Edits of a definition in its JSON form. Each answers a new body that can be read; the given one stays.

A definition is a tree of lists: those of the whole matter (`step` empty) and those of each step. Whether what was
written also makes sense is `lint`'s question: a draft may hold steps that lead nowhere, a published version may not.
Entries that this module does not know are kept as they are.
"""

import copy
import itertools
import re
from collections.abc import Mapping
from typing import Any

from yinuo.domain.procedure.definition import Definition
from yinuo.domain.procedure.model import PSEUDO

Body = dict[str, Any]

STEP_PARTS = (
    "fields", "outcomes", "next", "limits", "guards", "scripts", "must", "never", "documents", "tasks", "on_start",
    "on_finish",
)  # fmt: skip
WHOLE_PARTS = ("facts", "limits", "on_start", "on", "ends")
NAMED_BY = {
    "fields": "name",
    "facts": "name",
    "outcomes": "key",
    "documents": "key",
    "ends": "key",
    "steps": "key",
    "tasks": "key",
}
"""Lists whose entries carry a name of their own, and under which key."""


class EditError(ValueError):
    """What was to be edited is not there, or must stay; `code` is gone, last_step or taken."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def tidy(body: Mapping[str, Any]) -> Body:
    """The same definition with each list written out: a single entry may stand without its list in YAML."""
    changed: Body = copy.deepcopy(dict(body))
    for part in (*WHOLE_PARTS, "steps"):
        _spread(changed, part)
    for step in changed.get("steps", ()):
        if isinstance(step, dict):
            for part in STEP_PARTS:
                _spread(step, part)
    return changed


def _spread(owner: Body, part: str) -> None:
    value = owner.get(part)
    if value is not None and not isinstance(value, list):
        owner[part] = [value]


def add_step(body: Body, entry: Mapping[str, Any], *, after: str = "") -> Body:
    """With another step behind the step `after`, else at the end."""
    changed = tidy(body)
    steps = changed.setdefault("steps", [])
    if any(step["key"] == entry["key"] for step in steps):
        raise EditError("taken")
    at = _step_index(changed, after) + 1 if after else len(steps)
    steps.insert(at, dict(entry))
    return _read(changed)


def move_step(body: Body, key: str, *, up: bool) -> Body:
    """The step one place up or down in the list; where arrows lead stays. A first step by mere order stays first."""
    changed = tidy(body)
    changed.setdefault("start", changed["steps"][0]["key"])
    _swap(changed["steps"], _step_index(changed, key), up=up)
    return _read(changed)


def drop_step(body: Body, key: str) -> Body:
    """Without the step. Arrows that lead to it stay for lint to name. The last one stays."""
    changed = tidy(body)
    at = _step_index(changed, key)
    if len(changed["steps"]) == 1:
        raise EditError("last_step")
    del changed["steps"][at]
    return _read(changed)


def put_settings(body: Body, step: str, values: Mapping[str, Any]) -> Body:
    """With other values of the step itself (of the whole matter, where `step` is empty); None takes an entry away. What
    an import left open of the step is settled by it."""
    changed = tidy(body)
    owner = _owner(changed, step)
    if step:
        owner.pop("open", None)
    for name, value in values.items():
        if value is None:
            owner.pop(name, None)
        else:
            owner[name] = value
    return _read(changed)


def put_part(body: Body, step: str, part: str, entry: Mapping[str, Any], *, at: int | None = None) -> Body:
    """With `entry` in place `at` of a list, else behind its last one."""
    changed = tidy(body)
    entries = _entries(changed, step, part)
    if at is None:
        entries.append(dict(entry))
    else:
        entries[_there(entries, at)] = dict(entry)
    return _read(changed)


def drop_part(body: Body, step: str, part: str, at: int) -> Body:
    """Without the entry in place `at` of a list."""
    changed = tidy(body)
    entries = _entries(changed, step, part)
    del entries[_there(entries, at)]
    if not entries:
        del _owner(changed, step)[part]
    return _read(changed)


def move_part(body: Body, step: str, part: str, at: int, *, up: bool) -> Body:
    """The entry one place up or down; at the end of its list it stays."""
    changed = tidy(body)
    entries = _entries(changed, step, part)
    _swap(entries, _there(entries, at), up=up)
    return _read(changed)


def part_of(body: Body, step: str, part: str, at: int) -> Any:
    """The entry in place `at`. Raises `EditError`."""
    entries = _entries(tidy(body), step, part)
    return entries[_there(entries, at)]


def step_of(body: Body, key: str) -> Body:
    """A step as it is written. Raises `EditError`."""
    found = tidy(body)
    step: Body = found["steps"][_step_index(found, key)]
    return step


def free_name(body: Body, part: str, wanted: str, step: str = "") -> str:
    """A name that nothing of the kind has: what `wanted` (words in English) makes in the letters of names, else
    `step`, `field` …, with a number where it is taken. Fields share their names over all steps and facts."""
    plain = re.sub(r"[^a-z0-9]+", "_", wanted.lower()).strip("_")[:40].rstrip("_")
    base = plain if plain[:1].isalpha() else part.rstrip("s")
    taken = _taken(tidy(body), part, step)
    names = itertools.chain([base], (f"{base}_{number}" for number in itertools.count(2)))
    return next(name for name in names if name not in taken)


def _taken(body: Body, part: str, step: str) -> set[str]:
    key = NAMED_BY[part]
    if part == "steps":
        return {entry[key] for entry in body.get("steps", ())}
    if part in ("fields", "facts"):
        lists = [body.get("facts", ()), *(entry.get("fields", ()) for entry in body.get("steps", ()))]
        return {entry[key] for entries in lists for entry in entries} | set(PSEUDO)
    if part == "tasks":
        return {entry[key] for owner in body.get("steps", ()) for entry in owner.get("tasks", ())}
    return {entry[key] for entry in _owner(body, step).get(part, ())} | {"skipped", "cancelled"}


def _owner(body: Body, step: str) -> Body:
    owner: Body = body["steps"][_step_index(body, step)] if step else body
    return owner


def _entries(body: Body, step: str, part: str) -> list[Any]:
    if part not in (STEP_PARTS if step else WHOLE_PARTS):
        raise EditError("gone")
    entries: list[Any] = _owner(body, step).setdefault(part, [])
    return entries


def _there(entries: list[Any], at: int) -> int:
    if not 0 <= at < len(entries):
        raise EditError("gone")
    return at


def _step_index(body: Body, key: str) -> int:
    found = next((at for at, step in enumerate(body.get("steps", ())) if step["key"] == key), None)
    if found is None:
        raise EditError("gone")
    return found


def _swap(entries: list[Any], at: int, *, up: bool) -> None:
    to = max(at - 1, 0) if up else min(at + 1, len(entries) - 1)
    entries[at], entries[to] = entries[to], entries[at]


def _read(body: Body) -> Body:
    Definition.from_json(body)
    return body
