"""A handbook as the comparison reads it: its tables, the order of events, the words for what its rows ask."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from yinuo.domain.deadline import FIELDS, Policy, Row, Target, say_clock, say_field, say_span
from yinuo.domain.deadline.boxes import Box, Region, is_empty, pieces_of, regions, shared
from yinuo.domain.deadline.conditions import Condition, Numbers, Paths, Times, Words
from yinuo.domain.packs import Event, Pack
from yinuo.domain.procedure import Definition
from yinuo.domain.reading import Text

_ORDER = {name: at for at, name in enumerate(FIELDS)}
"""Stored JSON loses the order in which conditions were written."""

Names = Mapping[str, Mapping[str, Text]]
"""Field → value → how people call it."""


@dataclass(frozen=True)
class Book:
    """The tables of one handbook, or those in force in a house."""

    key: str
    name: Text
    policies: Mapping[str, Policy]
    events: Mapping[str, Event]
    topics: Mapping[str, Text] = field(default_factory=dict)
    procedures: Mapping[str, Definition] = field(default_factory=dict)
    names: Names = field(default_factory=dict)
    scenario_of: Mapping[str, str] = field(default_factory=dict)
    """Category → the scenario that its matters belong to."""

    @cached_property
    def _before(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}

        def walk(key: str, below: tuple[str, ...]) -> frozenset[str]:
            if key not in found and key not in below and key in self.events:
                direct = self.events[key].after
                found[key] = frozenset(direct).union(*(walk(event, (*below, key)) for event in direct))
            return found.get(key, frozenset())

        for key in self.events:
            walk(key, ())
        return found

    def follows(self, one: str, other: str) -> bool:
        """Whether `one` is `other` or comes right after it."""
        return one == other or (one in self.events and other in self.events[one].after)

    def precedes(self, one: str, other: str) -> bool:
        """Whether the event `one` always comes before `other`."""
        return one in self._before.get(other, frozenset())

    def topic(self, event: str) -> str:
        return self.events[event].topic if event in self.events else ""

    def event_name(self, key: str) -> Text:
        return self.events[key].name if key in self.events else Text(key, key)


def book_of(pack: Pack) -> Book:
    """A shipped pack as the comparison reads it."""
    values: dict[str, Mapping[str, Text]] = {
        "scenario": {key: scenario.name for key, scenario in pack.scenarios.items()},
        "category": {pack.category_path(key): category.name for key, category in pack.categories.items()},
        "channel": pack.channels,
        "complex": {"true": Text("是", "yes"), "false": Text("否", "no")},
    }
    scales = {"urgency": pack.priorities.urgency, "impact": pack.priorities.impact, "grade": pack.grades,
              "tier": pack.tiers}  # fmt: skip
    values |= {name: {grade.key: grade.name for grade in scale.grades} for name, scale in scales.items()}
    values["priority"] = {str(grade.rank): grade.name for grade in pack.priorities.priority.grades}
    return Book(
        key=pack.key, name=pack.name, policies=pack.policies, events=pack.events, topics=pack.topics,
        procedures=pack.procedures, names=values,
        scenario_of={pack.category_path(key): category.scenario for key, category in pack.categories.items()},
    )  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A row of a table and the facts that it answers for."""

    book: Book
    policy: Policy
    row: Row
    region: Region

    @property
    def starts_at(self) -> str:
        return self.row.starts_at or self.policy.starts_at

    @property
    def target(self) -> Target:
        """Its target; only lines that promise something have one."""
        assert self.row.target is not None  # noqa: S101 - callers keep to lines with a target
        return self.row.target

    @property
    def figure(self) -> tuple[object, ...]:
        """What makes two lines say the same."""
        target = self.row.target
        return (target.limit, target.clock, self.starts_at, self.policy.direction) if target else ()


def lines_of(book: Book, policy: Policy, pieces: Box) -> list[Line]:
    """The rows of a policy that can be the answer, with the facts they answer for in the policy's own scenarios."""
    own = _scenario_box(policy, pieces)
    lines = []
    for row, region in zip(policy.rows, regions(policy, pieces), strict=True):
        there = possible(shared([region, [own]]) if own else region, book.scenario_of)
        if there:
            lines.append(Line(book, policy, row, there))
    return lines


def all_pieces(book: Book, *policies: Policy) -> Box:
    """Pieces that tell apart what any of the policies does, and every scenario that a category belongs to."""
    return pieces_of(_rows(book, policies), {})


def _rows(book: Book, policies: tuple[Policy, ...]) -> Iterator[Row]:
    scenarios = frozenset(book.scenario_of.values())
    for policy in policies:
        yield from policy.rows
        scenarios |= frozenset(policy.scenarios)
    if scenarios:
        yield Row("", (("scenario", Words(scenarios)),), None)


def _scenario_box(policy: Policy, pieces: Box) -> Box | None:
    return {**pieces, "scenario": pieces["scenario"] & frozenset(policy.scenarios)} if policy.scenarios else None


def possible(region: Region, scenario_of: Mapping[str, str]) -> Region:
    """Without boxes that no matter can lie in: a category belongs to one scenario. `all_pieces` names all scenarios."""
    return [box for box in region if not is_empty(box) and _fits(box, scenario_of)]


def _fits(box: Box, scenario_of: Mapping[str, str]) -> bool:
    categories, scenarios = box.get("category", frozenset()), box.get("scenario", frozenset())
    if not categories or not scenarios:
        return True
    return any(str(piece) not in scenario_of or scenario_of[str(piece)] in scenarios for piece in categories)


def say_line(line: Line) -> Text:
    """“30 minutes, round the clock, from the report”."""
    target = line.row.target
    if target is None:
        return Text("没有数值", "no figure")
    zh, en = say_span(target.limit, "zh", target.clock), say_span(target.limit, "en", target.clock)
    event = line.book.event_name(line.starts_at)
    backward = line.policy.direction == "backward"
    return Text(
        f"{zh}，{say_clock(target.clock, 'zh')}，{event.zh}{'之前' if backward else '起'}",
        f"{en} {say_clock(target.clock, 'en')}, {'before' if backward else 'from'} {event.en}",
    )


def say_when(line: Line) -> Text:
    """The conditions of a row in words; empty for a row without any."""
    return say_conditions(line.row.when, line.book.names)


def say_conditions(when: Iterable[tuple[str, Condition]], names: Names) -> Text:
    """Conditions in words, with the names that values have."""
    ordered = sorted(when, key=lambda pair: _ORDER.get(pair[0], len(_ORDER)))
    parts = [_condition(names.get(name, {}), name, condition) for name, condition in ordered]
    return Text("，".join(part.zh for part in parts), ", ".join(part.en for part in parts))


def _condition(names: Mapping[str, Text], name: str, condition: Condition) -> Text:
    zh, en = say_field(name, "zh"), say_field(name, "en")
    match condition:
        case Words() | Paths():
            said = [names.get(value, Text(value, value)) for value in sorted(condition.values)]
            excluded = isinstance(condition, Words) and condition.is_not
            if name == "complex" and len(said) == 1:  # "复杂问题为是" is no Chinese
                is_so = ("true" in condition.values) is not excluded
                return Text(f"{'是' if is_so else '不是'}{zh}", f"{'' if is_so else 'not '}{en}")
            *others, last = (text.zh for text in said)
            any_of = f"{'、'.join(others)}或{last}" if others else last
            return Text(
                f"{zh}{'不是' if excluded else '为'}{any_of}",
                f"{en} {'not ' if excluded else ''}{' or '.join(text.en for text in said)}",
            )
        case Times():
            span = f"{_clock(condition.start)}–{_clock(condition.end)}"
            return Text(f"{zh}在 {span}", f"{en} {span}")
        case Numbers():
            low = "" if condition.low == float("-inf") else f"{condition.low:g}"
            high = "" if condition.high == float("inf") else f"{condition.high:g}"
            return Text(f"{zh} {low}–{high}", f"{en} {low}–{high}")


def _clock(second: int) -> str:
    return f"{second // 3600:02}:{second % 3600 // 60:02}"
