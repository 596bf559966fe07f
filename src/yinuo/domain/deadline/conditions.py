"""Conditions of a decision table over named facts (R-CH-2, REQUIREMENTS section 17)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from yinuo.domain.deadline.clocks import DeadlineError

DAY_S = 86_400


class FieldKind(StrEnum):
    """How the values of a field are compared."""

    WORD = "word"  # one of some words
    PATH = "path"  # a place in a tree, a/b/c: matches itself and all below
    TIME = "time"  # a time of day on the calendar's wall
    NUMBER = "number"


FIELDS: Mapping[str, FieldKind] = MappingProxyType(
    {
        "scenario": FieldKind.WORD,
        "channel": FieldKind.WORD,
        "urgency": FieldKind.WORD,
        "impact": FieldKind.WORD,
        "priority": FieldKind.WORD,
        "grade": FieldKind.WORD,
        "tier": FieldKind.WORD,
        "category": FieldKind.PATH,
        "product": FieldKind.PATH,
        "customer": FieldKind.PATH,
        "contract": FieldKind.WORD,
        "team": FieldKind.WORD,
        "complex": FieldKind.WORD,
        "weekday": FieldKind.WORD,
        "time_of_day": FieldKind.TIME,
        "amount": FieldKind.NUMBER,
    }
)
"""The facts a policy may ask about, unless it is read with others. `customer` is a company, or a person below his
company."""


@dataclass(frozen=True, slots=True)
class Words:
    """One of the values; with `is_not`, any value but these. A missing fact matches neither."""

    values: frozenset[str]
    is_not: bool = False

    def holds(self, fact: object) -> bool:
        return fact is not None and (word(fact) in self.values) is not self.is_not


@dataclass(frozen=True, slots=True)
class Paths:
    """One of the places or a place below one of them."""

    values: frozenset[str]

    def holds(self, fact: object) -> bool:
        return isinstance(fact, str) and any(is_within(fact, value) for value in self.values)


@dataclass(frozen=True, slots=True)
class Times:
    """A time of day from `start` up to but not at `end`, in seconds since midnight; over midnight when
    `end` lies before `start`."""

    start: int
    end: int

    def holds(self, fact: object) -> bool:
        return isinstance(fact, time) and self.contains(fact.hour * 3600 + fact.minute * 60 + fact.second)

    def contains(self, second: int) -> bool:
        if self.start < self.end:
            return self.start <= second < self.end
        return second >= self.start or second < self.end


@dataclass(frozen=True, slots=True)
class Numbers:
    """A number from `low` up to but not at `high`; either may be open."""

    low: float
    high: float

    def holds(self, fact: object) -> bool:
        is_number = isinstance(fact, int | float) and not isinstance(fact, bool)
        return is_number and self.low <= fact < self.high  # type: ignore[operator]


Condition = Words | Paths | Times | Numbers


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def facts_of_start(start: datetime, zone: ZoneInfo) -> dict[str, object]:
    """What a policy may ask about the instant at which a clock starts: `weekday` and `time_of_day` on the wall."""
    at = start.astimezone(zone)
    return {"weekday": WEEKDAYS[at.weekday()], "time_of_day": at.time()}


def word(value: object) -> str:
    """A fact or a written value as a word: true and false as JSON writes them."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def is_within(path: str, place: str) -> bool:
    """Whether `path` is `place` or lies below it."""
    return path == place or path.startswith(place + "/")


def read_condition(raw: object, kind: FieldKind, path: str) -> Condition:
    """A condition from JSON: a value, a list of values, `{"not": …}` (words), `{"from", "until"}` (times of day),
    `{"from", "below"}` (numbers). Raises `DeadlineError` with the path."""
    match kind:
        case FieldKind.WORD:
            if isinstance(raw, Mapping):
                if set(raw) != {"not"}:
                    raise DeadlineError("condition", 'write a value, a list of values or {"not": …}', path)
                return Words(_values(raw["not"], f"{path}.not"), is_not=True)
            return Words(_values(raw, path))
        case FieldKind.PATH:
            return Paths(_values(raw, path))
        case FieldKind.TIME:
            bounds = _bounds(raw, {"from", "until"}, path)
            if set(bounds) != {"from", "until"}:
                raise DeadlineError("condition", "a time of day needs both from and until", path)
            start, end = (_second(bounds[key], f"{path}.{key}") for key in ("from", "until"))
            if start == end:
                raise DeadlineError("never", "from and until are the same: no time lies between", path)
            return Times(start, end)
        case FieldKind.NUMBER:
            bounds = _bounds(raw, {"from", "below"}, path)
            low, high = (_number(bounds.get(key), key, path) for key in ("from", "below"))
            if low >= high:
                raise DeadlineError("never", "from is not below the upper bound: no number fits", path)
            return Numbers(low, high)


def _values(raw: object, path: str) -> frozenset[str]:
    values = raw if isinstance(raw, list | tuple) else [raw]
    if not values:
        raise DeadlineError("never", "an empty list matches nothing", path)
    for value in values:
        if not isinstance(value, str | int | float | bool) or value == "":
            raise DeadlineError("condition", f"{value!r} is no value", path)
    return frozenset(word(value) for value in values)


def _bounds(raw: object, keys: set[str], path: str) -> Mapping[str, object]:
    if not isinstance(raw, Mapping) or not raw or not set(raw) <= keys:
        raise DeadlineError("condition", f"write an object with {' and '.join(sorted(keys))}", path)
    return raw


def _second(raw: object, path: str) -> int:
    if raw == "24:00":
        return DAY_S
    try:
        at = time.fromisoformat(str(raw))
    except ValueError as error:
        raise DeadlineError("time", f"{raw!r} is no time of day; write 09:00", path) from error
    return at.hour * 3600 + at.minute * 60 + at.second


def _number(raw: object, key: str, path: str) -> float:
    if raw is None:
        return float("-inf") if key == "from" else float("inf")
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise DeadlineError("number", f"{raw!r} is no number", f"{path}.{key}")
    return float(raw)
