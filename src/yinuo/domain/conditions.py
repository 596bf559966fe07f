"""Conditions as data: rows of {field, op, value}, all of which must hold.

Procedures (next steps, guards, visible fields), policies (which limit applies) and routing rules share
them. There are no expression strings: a row can be shown, edited, drawn and checked. Values are plain
JSON; instants are canonical UTC texts (`domain.procedure.forms`), so that their order is their text's.
"""

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yinuo.domain.reading import NAME, Reader, Text

OPS: dict[str, Text] = {
    "eq": Text("等于", "is"),
    "ne": Text("不等于", "is not"),
    "in": Text("属于", "is one of"),
    "not_in": Text("不属于", "is none of"),
    "lt": Text("小于", "is less than"),
    "le": Text("不大于", "is at most"),
    "gt": Text("大于", "is more than"),
    "ge": Text("不小于", "is at least"),
    "set": Text("已填写", "is filled in"),
    "unset": Text("未填写", "is empty"),
    "contains": Text("包含", "contains"),
}
AMOUNT = re.compile(r"-?\d+\.\d\d\Z")
_LISTS = ("in", "not_in")
_ORDERED = ("lt", "le", "gt", "ge")


def _plain(value: Any) -> bool:
    return isinstance(value, str | int | float | bool)


_HOLDERS = (str, list, tuple, dict)


def is_empty(value: object) -> bool:
    """Nothing, an empty text or an empty list; False and 0 are answers."""
    return not value and (value is None or isinstance(value, _HOLDERS))


@dataclass(frozen=True, slots=True)
class Condition:
    """One row. A missing value equals nothing, is in no list and is neither less nor more than anything."""

    field: str
    op: str
    value: Any = None

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether the row is true of `values`."""
        have = values.get(self.field)
        op = self.op
        if op == "eq":
            return bool(have == self.value)
        if op == "set":
            return not is_empty(have)
        if op == "unset":
            return is_empty(have)
        if op == "ne":
            return bool(have != self.value)
        if op == "in":
            return have is not None and have in self.value
        if op == "not_in":
            return have is None or have not in self.value
        if op == "contains":
            return isinstance(have, list | tuple | str) and self.value in have
        return self._ordered(have)

    def _ordered(self, have: Any) -> bool:
        """Amounts are kept as texts (“500.00”): against a number they count as the number they are."""
        want = self.value
        if isinstance(have, str) and not isinstance(want, str) and AMOUNT.match(have):
            have = float(have)
        if isinstance(want, str) != isinstance(have, str) or is_empty(have) or isinstance(have, list | tuple):
            return False
        if self.op == "lt":
            return bool(have < want)
        if self.op == "le":
            return bool(have <= want)
        if self.op == "gt":
            return bool(have > want)
        return bool(have >= want)

    def to_json(self) -> dict[str, Any]:
        if self.op in ("set", "unset"):
            return {"field": self.field, "op": self.op}
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        return {"field": self.field, "op": self.op, "value": value}


Conditions = tuple[Condition, ...]


def all_hold(conditions: Iterable[Condition], values: Mapping[str, Any]) -> bool:
    """Whether every row holds; no rows hold always."""
    return not conditions or all(condition.holds(values) for condition in conditions)


def read_condition(row: Reader) -> Condition | None:
    """A row `{field, op, value}`; `op` is `eq` where it is left out."""
    if not row.mapping("field", "op", "value"):
        return None
    field = row.word("field", required=True)
    op = row.one_of("op", tuple(OPS), default="eq")
    value = row.child("value").value
    if not NAME.match(field):
        row.child("field").fault("bad_name", value=field)
    if op in ("set", "unset"):
        return Condition(field, op)
    if op in _LISTS:
        if not isinstance(value, Sequence) or isinstance(value, str) or not all(map(_plain, value)) or not value:
            row.child("value").fault("wrong_type", expected="a list of values")
            return None
        return Condition(field, op, tuple(value))
    if not _plain(value) or (op in _ORDERED and isinstance(value, bool)):
        row.child("value").fault("wrong_type", expected="one value")
        return None
    return Condition(field, op, value)


def read_conditions(owner: Reader, key: str = "when") -> Conditions:
    """The rows under `key`; none where it is absent."""
    return owner.rows(key, read_condition)


def possible(conditions: Conditions, choices: Mapping[str, Sequence[Any]]) -> bool:
    """Whether some values could make all rows true.

    `choices` gives, per field of a closed set, the values it may take (an empty field is possible too).
    Exact for fields of a closed set; for other fields it tries the values the rows themselves name and
    their neighbours, which is exact for single-field comparisons.
    """
    per_field: dict[str, list[Condition]] = {}
    for condition in conditions:
        per_field.setdefault(condition.field, []).append(condition)
    return all(_satisfiable(rows, choices.get(field)) for field, rows in per_field.items())


def _satisfiable(rows: Sequence[Condition], choices: Sequence[Any] | None) -> bool:
    if any(row.op == "contains" for row in rows):
        wanted = [row.value for row in rows if row.op == "contains"]
        if choices is not None and any(value not in choices for value in wanted):
            return False
        return all(row.op != "unset" for row in rows)
    if choices is None:
        candidates = _probes(rows)
    else:
        candidates = [*choices, None]
    return any(all(row.holds({row.field: candidate}) for row in rows) for candidate in candidates)


def _probes(rows: Sequence[Condition]) -> list[Any]:
    """Values that tell the rows apart: those named, one below, one above and one between neighbours."""
    named: list[Any] = []
    for row in rows:
        named.extend(row.value if isinstance(row.value, tuple) else [row.value])
    numbers = sorted({v for v in named if isinstance(v, int | float) and not isinstance(v, bool)})
    texts = sorted({v for v in named if isinstance(v, str)})
    probes: list[Any] = [None, *named, "\x01", True, False]
    for number in numbers:
        probes += [number - 1, number + 1]
    probes += [(a + b) / 2 for a, b in itertools.pairwise(numbers)]
    probes += [text + "\x00" for text in texts] + [text + "\uffff" for text in texts]
    return probes


def overlap(one: Conditions, other: Conditions, choices: Mapping[str, Sequence[Any]]) -> bool:
    """Whether both sets of rows could be true of the same values."""
    return possible((*one, *other), choices)
