"""The figures of the handbooks that are no limits: indicators, rhythms, other readings of a limit, sample rows.

REQUIREMENTS sections 12, 16 and 18. They are data (`packs/figures.yaml`); this module reads text that it is given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from yinuo.domain.reading import Reader, Text
from yinuo.domain.strict_yaml import parse_yaml

WEIGHTS = ("standard", "goal", "example", "headline", "habit")
PERIODS = ("week", "month", "quarter", "half_year", "year", "day_of")
UNITS = ("percent", "score", "seconds")
OPS = ("ge", "gt", "le", "lt")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a handbook says about a limit of `kind` beside its table, for matters with the facts `when`."""

    key: str
    kind: str
    when: Mapping[str, object]
    limit: timedelta
    weight: str
    source: str
    text: Text


@dataclass(frozen=True, slots=True)
class Indicator:
    """What is measured and the figure it should reach; `target` None: none until the company sets it. Indicators of one
    `measure` look at the same thing. `begins_at`, `within_months`: from which figure, by when."""

    key: str
    name: Text
    measure: str
    op: str
    target: float | None
    unit: str
    weight: str
    source: str
    begins_at: float | None = None
    within_months: int | None = None


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What comes due by itself. No period: the company sets it; several: it chooses. `reaches`: the customers it goes
    to; `at_most`: more often is not allowed."""

    key: str
    name: Text
    every: tuple[str, ...]
    reaches: tuple[str, ...]
    at_most: bool
    weight: str
    source: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A row that a handbook prints as an example, by the days between which the matter was settled."""

    key: str
    kind: str
    facts: Mapping[str, object]
    since: date
    until: date
    source: str


@dataclass(frozen=True)
class Figures:
    readings: tuple[Reading, ...]
    indicators: tuple[Indicator, ...]
    rhythms: tuple[Rhythm, ...]
    samples: tuple[Sample, ...]


def read_figures(text: str, name: str = "figures.yaml") -> Figures:
    """Everything in the file; raises `ReadingError` with every place that is wrong."""
    top = Reader(parse_yaml(text, name), name.removesuffix(".yaml"))
    top.mapping("ring", "readings", "indicators", "rhythms", "samples")
    ring = top.span("ring") or timedelta()
    figures = Figures(
        readings=tuple(_reading(key, row, ring) for key, row in top.keyed("readings", "key")),
        indicators=tuple(_indicator(key, row) for key, row in top.keyed("indicators", "key")),
        rhythms=tuple(_rhythm(key, row) for key, row in top.keyed("rhythms", "key")),
        samples=tuple(_sample(row) for row in top.child("samples").items()),
    )
    top.done()
    return figures


def _names(row: Reader) -> Text:
    return Text(row.word("zh", required=True), row.word("en", required=True))


def _weight(row: Reader) -> str:
    return row.one_of("weight", WEIGHTS, default="standard")


def _reading(key: str, row: Reader, ring: timedelta) -> Reading:
    row.mapping("key", "kind", "when", "limit", "rings", "weight", "source", "zh", "en")
    rings = row.number("rings", low=1, high=20)
    limit = ring * rings if rings else row.span("limit")
    if limit is None:
        row.fault("missing", key="limit")
    kind, when = row.name("kind", required=True), _facts(row.child("when"))
    return Reading(key, kind, when, limit or timedelta(), _weight(row), row.word("source", required=True), _names(row))


def _facts(row: Reader) -> Mapping[str, object]:
    if row.value is not None:
        row.mapping()
    return dict(row.value) if isinstance(row.value, Mapping) else {}


def _indicator(key: str, row: Reader) -> Indicator:
    row.mapping(
        "key", "zh", "en", "measure", "op", "target", "unit", "weight", "source", "from", "within_months"
    )  # fmt: skip
    return Indicator(
        key=key,
        name=_names(row),
        measure=row.name("measure", default=key),
        op=row.one_of("op", OPS, default="ge"),
        target=_number(row, "target"),
        unit=row.one_of("unit", UNITS, default="percent"),
        weight=_weight(row),
        source=row.word("source", required=True),
        begins_at=_number(row, "from"),
        within_months=row.number("within_months", low=1, high=120),
    )


def _number(row: Reader, key: str) -> float | None:
    value: Any = row.child(key).value
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        row.child(key).fault("wrong_type", expected="a number")
        return None
    return float(value)


def _rhythm(key: str, row: Reader) -> Rhythm:
    row.mapping("key", "zh", "en", "every", "reaches", "at_most", "weight", "source")
    every = row.names("every")
    for period in every:
        if period not in PERIODS:
            row.child("every").fault("bad_choice", value=period, allowed=", ".join(PERIODS))
    source = row.word("source", required=True)
    return Rhythm(key, _names(row), every, row.names("reaches"), row.flag("at_most"), _weight(row), source)


def _sample(row: Reader) -> Sample:
    row.mapping("key", "kind", "facts", "from", "until", "source")
    since, until = (_date(row, key) for key in ("from", "until"))
    if until < since:
        row.fault("bad_number", value=until, low=since, high="…")
    key, kind, source = row.word("key", required=True), row.name("kind", required=True), row.word("source")
    return Sample(key, kind, _facts(row.child("facts")), since, until, source)


def _date(row: Reader, key: str) -> date:
    try:
        return date.fromisoformat(row.word(key, required=True))
    except ValueError:
        row.child(key).fault("wrong_type", expected="a date such as 2026-10-01")
        return date.min
