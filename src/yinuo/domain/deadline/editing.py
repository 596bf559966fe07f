"""Edits of a table of limits in its JSON form. Each answers a new table that can be read; the given one stays.

Whether what was written also makes sense is `lint.judge`'s question: a draft may hold rows that do not, a published
version may not.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from yinuo.domain.deadline.clocks import DeadlineError
from yinuo.domain.deadline.policy import Policy

Table = list[dict[str, Any]]


def put_row(table: Table, kind: str, entry: Mapping[str, Any], *, replacing: str = "") -> Table:
    """The table with `entry` in place of the row `replacing`; a new row goes before the first one without conditions,
    where it can be reached. Raises `DeadlineError` with the path of what cannot be read."""
    changed, policy = _open(table, kind)
    rows = policy["rows"]
    if replacing:
        rows[_index(policy, replacing)] = dict(entry)
    else:
        rows.insert(next((n for n, row in enumerate(rows) if not row.get("when")), len(rows)), dict(entry))
    return _read(changed, policy)


def drop_row(table: Table, kind: str, key: str) -> Table:
    """Without the row. The last row of a kind stays: without a limit it promises nothing, which says the same."""
    changed, policy = _open(table, kind)
    index = _index(policy, key)
    if len(policy["rows"]) == 1:
        raise DeadlineError("last_row", "the last row cannot be deleted; leave its limit empty instead", kind)
    del policy["rows"][index]
    return _read(changed, policy)


def move_row(table: Table, kind: str, key: str, *, up: bool) -> Table:
    """The row one place up or down; at the end of the table it stays."""
    changed, policy = _open(table, kind)
    rows, at = policy["rows"], _index(policy, key)
    to = max(at - 1, 0) if up else min(at + 1, len(rows) - 1)
    rows[at], rows[to] = rows[to], rows[at]
    return _read(changed, policy)


def put_policy(table: Table, kind: str, **settings: str) -> Table:
    """With other settings of the policy itself, such as `on_reopen`."""
    changed, policy = _open(table, kind)
    policy.update(settings)
    return _read(changed, policy)


def free_key(table: Table, kind: str, wanted: str = "row") -> str:
    """A key that no row of the kind has: `wanted`, or `wanted_2` …"""
    taken = {row["key"] for row in _open(table, kind)[1]["rows"]}
    keys = (wanted if n == 1 else f"{wanted}_{n}" for n in range(1, len(taken) + 2))
    return next(key for key in keys if key not in taken)


def _open(table: Table, kind: str) -> tuple[Table, dict[str, Any]]:
    changed = copy.deepcopy(table)
    policy = next((entry for entry in changed if entry.get("key") == kind), None)
    if policy is None:
        raise DeadlineError("kind", f"there is no limit of the kind {kind!r}", kind)
    return changed, policy


def _index(policy: Mapping[str, Any], key: str) -> int:
    index = next((n for n, row in enumerate(policy["rows"]) if row.get("key") == key), None)
    if index is None:
        raise DeadlineError("row", f"there is no row {key!r} any more", f"{policy['key']}.{key}")
    return index


def _read(table: Table, policy: Mapping[str, Any]) -> Table:
    Policy.from_json(policy)
    return table
