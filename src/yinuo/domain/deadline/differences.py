"""What changed from one version of the tables of limits to another, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from yinuo.domain.deadline.policy import Policy, Row


class Change(StrEnum):
    KIND_ADDED = "kind_added"
    KIND_REMOVED = "kind_removed"
    KIND_CHANGED = "kind_changed"  # name, start, reopening … of the kind itself
    ROW_ADDED = "row_added"
    ROW_REMOVED = "row_removed"
    ROW_CHANGED = "row_changed"
    ORDER_CHANGED = "order_changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One change: `before` and `after` as the change has them, `row` empty where it is about the whole kind."""

    change: Change
    kind: str
    row: str = ""
    before: Row | Policy | None = None
    after: Row | Policy | None = None


def differences(old: Mapping[str, Policy], new: Mapping[str, Policy]) -> tuple[Difference, ...]:
    """Every difference in the order of the new table, kinds that are gone at the end. Rows are known by their key."""
    return tuple(_differences(old, new))


def _differences(old: Mapping[str, Policy], new: Mapping[str, Policy]) -> Iterator[Difference]:
    for kind, policy in new.items():
        before = old.get(kind)
        if before is None:
            yield Difference(Change.KIND_ADDED, kind, after=policy)
        else:
            yield from _rows(before, policy)
    for kind, gone in old.items():
        if kind not in new:
            yield Difference(Change.KIND_REMOVED, kind, before=gone)


def _rows(old: Policy, new: Policy) -> Iterator[Difference]:
    if replace(old, rows=(), version=0) != replace(new, rows=(), version=0):
        yield Difference(Change.KIND_CHANGED, new.key, before=old, after=new)
    before, after = ({row.key: row for row in policy.rows} for policy in (old, new))
    for key, row in after.items():
        if key not in before:
            yield Difference(Change.ROW_ADDED, new.key, key, after=row)
        elif before[key] != row:
            yield Difference(Change.ROW_CHANGED, new.key, key, before[key], row)
    for key, row in before.items():
        if key not in after:
            yield Difference(Change.ROW_REMOVED, new.key, key, before=row)
    if [key for key in before if key in after] != [key for key in after if key in before]:
        yield Difference(Change.ORDER_CHANGED, new.key, before=old, after=new)
