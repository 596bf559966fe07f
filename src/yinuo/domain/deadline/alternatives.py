"""What would have changed a deadline: the rows that other facts would have led to (R-CL-4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from yinuo.domain.deadline.conditions import Numbers, Paths, Times, Words, word
from yinuo.domain.deadline.policy import Policy, Row, choose
from yinuo.domain.deadline.spans import say_span
from yinuo.domain.deadline.words import say_clock, say_field


@dataclass(frozen=True, slots=True)
class Below:
    """Any number below the lowest that the table names."""

    bound: float


Value = str | time | float | Below | None
Namer = Callable[[str, str], str]
"""(field, value) → how people call the value."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """Had `field` been one of `values` (None: any that the table does not name), `row` would have answered; None: no
    row at all. A time of day stands for the stretch that begins with it, a number likewise."""

    field: str
    values: tuple[Value, ...]
    row: Row | None

    def render(
        self, lang: str, due_at: datetime | None, zone: ZoneInfo, namer: Namer | None = None, *, names_row: bool = True
    ) -> str:
        """One sentence in `zh` or `en`; `due_at` is when the promise would have been due under that row, which
        `names_row` tells by its key."""
        named = namer or (lambda _field, value: value)
        values = [self._say_value(value, lang, named) for value in self.values]
        condition = (
            f"若{say_field(self.field, lang)}为{'或'.join(values)}："
            if lang == "zh"
            else f"With {say_field(self.field, lang)} {' or '.join(values)}: "
        )
        target = self.row.target if self.row else None
        if self.row is None or target is None or due_at is None:
            return condition + ("没有时限" if lang == "zh" else "no deadline")
        limit, clock = say_span(target.limit, lang, target.clock), say_clock(target.clock, lang)
        at = due_at.astimezone(zone)
        if lang == "zh":
            when = f"{at.year}年{at.month}月{at.day}日 {_clock(at)}"
            row = f"适用“{self.row.key}”行，" if names_row else ""
            return f"{condition}{row}{limit}，{clock}，到期 {when}"
        row = f"row “{self.row.key}”, " if names_row else ""
        return f"{condition}{row}{limit} {clock}, due {at:%Y-%m-%d} {_clock(at)}"

    def _say_value(self, value: Value, lang: str, named: Namer) -> str:
        if value is None:
            return "其他值" if lang == "zh" else "anything else"
        if isinstance(value, time):
            return f"{value:%H:%M} 起" if lang == "zh" else f"from {value:%H:%M}"
        if isinstance(value, Below):
            return f"{value.bound:g} 以下" if lang == "zh" else f"below {value.bound:g}"
        if isinstance(value, float):
            return f"{value:g} 起" if lang == "zh" else f"from {value:g}"
        return f"“{named(self.field, value)}”"


def alternatives(policy: Policy, facts: Mapping[str, object]) -> tuple[Alternative, ...]:
    """The other rows that one changed fact would have led to, field by field in the order in which the table asks.
    Values that lead to the same row stand together."""
    chosen = choose(policy, facts)
    found: list[Alternative] = []
    for name in dict.fromkeys(name for row in policy.rows for name, _ in row.when):
        leads: dict[str, tuple[Row | None, list[Value]]] = {}
        for value in _values(policy, name):
            if value is not None and _same(facts.get(name), value):
                continue
            row = choose(policy, {**facts, name: float("-inf") if isinstance(value, Below) else value})
            if (row.key if row else "") == (chosen.key if chosen else ""):
                continue
            leads.setdefault(row.key if row else "", (row, []))[1].append(value)
        for row, values in leads.values():
            found.append(Alternative(name, tuple(values if None not in values else [None]), row))
    return tuple(found)


def _same(fact: object, value: Value) -> bool:
    return fact is not None and (fact == value or (isinstance(value, str) and word(fact) == value))


def _values(policy: Policy, name: str) -> Iterator[Value]:
    """The values of a field that the table tells apart, `None` for all that it does not name."""
    conditions = [condition for row in policy.rows for field, condition in row.when if field == name]
    named: dict[Value, None] = dict.fromkeys(sorted(policy.values.get(name, ())))
    for condition in conditions:
        match condition:
            case Words() | Paths():
                named.update(dict.fromkeys(sorted(condition.values)))
            case Times():
                named.update(dict.fromkeys(_time(second) for second in (condition.start, condition.end)))
            case Numbers():
                named.update(
                    dict.fromkeys(edge for edge in (condition.low, condition.high) if abs(edge) != float("inf"))
                )
    numbers = [value for value in named if isinstance(value, float)]
    if numbers:
        yield Below(min(numbers))
    yield from named
    if name not in policy.values and any(isinstance(condition, Words | Paths) for condition in conditions):
        yield None


def _clock(at: datetime) -> str:
    return at.strftime("%H:%M:%S" if at.second else "%H:%M")


def _time(second: int) -> time:
    second %= 86_400
    return time(second // 3600, second // 60 % 60, second % 60)
