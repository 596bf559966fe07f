"""Policy packs: the figures, roles, categories, wordings and procedures of a handbook, read and checked.

A pack is a YAML file with its procedures beside it; `extends` takes everything from another pack and replaces what
it names itself (limits policy by policy). This module reads text that it is given; it opens no file.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from yinuo.domain.deadline import DeadlineError, Policy, Row, choose, read_policies
from yinuo.domain.procedure import Definition
from yinuo.domain.reading import Fault, Reader, ReadingError, Text
from yinuo.domain.routing import Grade, Priorities, Scale, Weights
from yinuo.domain.scoring import Question, Survey, Thresholds
from yinuo.domain.strict_yaml import parse_yaml

SECTIONS = (
    "key", "version", "name", "source", "extends", "procedures", "channels", "events", "topics", "ladders", "limits",
    "roles", "scenarios", "classes", "categories", "scales", "priorities", "load", "satisfaction", "surveys",
    "templates",
)  # fmt: skip
SCALES = ("urgency", "impact", "priority", "grade", "tier")
PLACEHOLDERS = frozenset(
    (
        *(
            "customer",
            "number",
            "subject",
            "due",
            "link",
            "company",
            "hotline",
            "agent",
            "own_agent",
            "team",
            "channel",
        ),
        *("channel", "status", "solution", "remedy", "planned_at", "reason", "promise"),
        *(
            "address",
            "option",
            "order_number",
            "product_model",
            "quantity",
            "first_planned_at",
            "milestone",
            "delay_reason",
            "new_planned_at",
        ),
        *("exception_kind", "exception_option", "exception_result", "progress_report", "product", "news"),
    )
)
"""What a message template may ask for."""


@dataclass(frozen=True, slots=True)
class Role:
    """A role of the handbook (R-PE-1); `tier` is the service tier 1 to 3, None where it serves no customers."""

    key: str
    name: Text
    tier: int | None
    rights: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario, the prefix of its ticket numbers, and the procedure that runs it."""

    key: str
    name: Text
    prefix: str
    procedure: str


@dataclass(frozen=True, slots=True)
class TopClass:
    """A top class and the scenario that it opens where no category is known."""

    key: str
    name: Text
    scenario: str


@dataclass(frozen=True, slots=True)
class Event:
    """What starts or keeps a promise. `topic` groups events that give the customer the same thing, `after` names
    what has happened before."""

    key: str
    name: Text
    topic: str = ""
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Category:
    """A node of the category tree; `given` ones are named by a handbook."""

    key: str
    parent: str
    top_class: str
    scenario: str
    name: Text
    keywords: tuple[str, ...] = ()
    given: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """A message in both languages; `to` is `customer` or `staff`."""

    key: str
    subject: Text
    body: Text
    to: str = "customer"


@dataclass(frozen=True)
class Pack:
    """A pack as typed values. `limit_table` is the list of policies as plain JSON, for publishing."""

    key: str
    version: int
    name: Text
    source: str
    channels: Mapping[str, Text]
    events: Mapping[str, Event]
    topics: Mapping[str, Text]
    limit_table: list[dict[str, Any]]
    policies: Mapping[str, Policy]
    procedures: Mapping[str, Definition]
    roles: Mapping[str, Role]
    scenarios: Mapping[str, Scenario]
    classes: Mapping[str, TopClass]
    categories: Mapping[str, Category]
    priorities: Priorities
    grades: Scale
    tiers: Scale
    weights: Weights
    thresholds: Thresholds
    surveys: Mapping[str, Survey]
    templates: Mapping[str, Template]
    raw: Mapping[str, Any] = field(repr=False, default_factory=dict)

    def category_path(self, key: str) -> str:
        """The place of a category in the tree, `after_sales_support/function_fault`; raises KeyError."""
        node: Category | None = self.categories[key]
        above: list[str] = []
        while node is not None and node.key not in above:
            above.append(node.key)
            node = self.categories.get(node.parent)
        return "/".join(reversed(above))

    def scenario_of(self, top_class: str, category: str = "") -> Scenario:
        """The scenario that a matter opens: its category's, else that of its class. Raises KeyError."""
        node = self.categories.get(category)
        return self.scenarios[node.scenario if node else self.classes[top_class].scenario]

    def promised(self, procedure: str, facts: Mapping[str, object]) -> dict[str, Row | None]:
        """For each kind that the procedure promises the row that would apply, None where no row does."""
        kinds = sorted(self.procedures[procedure].kinds)
        return {kind: choose(self.policies[kind], facts) if kind in self.policies else None for kind in kinds}


class PackError(ReadingError):
    """A pack cannot be read; `faults` names every place."""

    code = "unreadable_pack"


QUESTION_TYPES = ("score", "bool", "text", "longtext")


def read_pack(key: str, read: Callable[[str], str]) -> Pack:
    """The pack `key` and its procedures; `read` gives the text of a file by name. Raises `PackError`."""
    try:
        raw = _merged(key, read, ())
        top = Reader(raw, key)
        top.mapping(*SECTIONS)
        procedures = {name: _procedure(name, read) for name in top.names("procedures")}
        pack = _pack(top, raw, procedures)
        top.done()
    except ReadingError as error:
        raise error if isinstance(error, PackError) else PackError(error.faults) from error
    return pack


def _merged(key: str, read: Callable[[str], str], above: tuple[str, ...]) -> dict[str, Any]:
    if key in above:
        raise PackError([Fault("twice", f"{key}.extends", (("value", key),))])
    own = parse_yaml(read(f"{key}.yaml"), f"{key}.yaml")
    if not isinstance(own, Mapping):
        raise PackError([Fault("wrong_type", key, (("expected", "a mapping"),))])
    base = own.get("extends")
    if not isinstance(base, str):
        return dict(own)
    return {**_merged(base, read, (*above, key)), **own}


def _procedure(name: str, read: Callable[[str], str]) -> Definition:
    raw = parse_yaml(read(f"procedure_{name}.yaml"), f"procedure_{name}.yaml")
    try:
        return Definition.from_json(raw)
    except ReadingError as error:
        faults = [Fault(f.code, f.path.replace("$", f"procedure_{name}", 1), f.values, f.texts) for f in error.faults]
        raise PackError(faults) from error


def _pack(top: Reader, raw: dict[str, Any], procedures: dict[str, Definition]) -> Pack:
    satisfaction, load = top.child("satisfaction"), top.child("load")
    satisfaction.mapping("satisfied_from", "improve_below")
    priorities = _priorities(top)
    table = [dict(entry) for entry in raw.get("limits") or () if isinstance(entry, Mapping)]
    return Pack(
        key=top.name("key", required=True),
        version=top.number("version", low=1, high=10**6, default=1) or 1,
        name=top.text("name"),
        source=top.word("source"),
        channels={key: row.as_text() for key, row in top.child("channels").pairs()},
        events={key: _event(key, row) for key, row in top.keyed("events", "key")},
        topics={key: row.as_text() for key, row in top.child("topics").pairs()},
        limit_table=table,
        policies=_policies(top),
        procedures=procedures,
        roles={key: _role(key, row) for key, row in top.keyed("roles", "key")},
        scenarios={key: _scenario(key, row) for key, row in top.keyed("scenarios", "key")},
        classes={key: _class(key, row) for key, row in top.child("classes").pairs()},
        categories={key: _category(key, row) for key, row in top.keyed("categories", "key")},
        priorities=priorities,
        grades=_scale(top.child("scales"), "grade"),
        tiers=_scale(top.child("scales"), "tier"),
        weights=_weights(load, priorities.priority),
        thresholds=Thresholds(
            satisfaction.number("satisfied_from", low=1, high=5) or 5,
            satisfaction.number("improve_below", low=1, high=6) or 1,
        ),
        surveys={key: _survey(key, row) for key, row in top.keyed("surveys", "key")},
        templates={key: _template(key, row) for key, row in top.keyed("templates", "key")},
        raw=raw,
    )


def _policies(top: Reader) -> dict[str, Policy]:
    limits = top.child("limits")
    try:
        return {policy.key: policy for policy in read_policies(limits.value, path=limits.path)}
    except DeadlineError as error:
        top.faults.append(Fault(error.code, error.path, (("text", error.text),), ("{text}", "{text}")))
        return {}


def _both(row: Reader) -> Text:
    return Text(row.word("zh", required=True), row.word("en", required=True))


def _role(key: str, row: Reader) -> Role:
    row.mapping("key", "zh", "en", "tier", "rights")
    return Role(key, _both(row), row.number("tier", low=1, high=3), row.names("rights"))


def _scenario(key: str, row: Reader) -> Scenario:
    row.mapping("key", "zh", "en", "prefix", "procedure")
    return Scenario(key, _both(row), row.word("prefix", required=True), row.name("procedure", required=True))


def _class(key: str, row: Reader) -> TopClass:
    row.mapping("zh", "en", "scenario")
    return TopClass(key, _both(row), row.name("scenario", required=True))


def _event(key: str, row: Reader) -> Event:
    row.mapping("key", "zh", "en", "topic", "after")
    return Event(key, _both(row), row.name("topic"), row.names("after"))


def _category(key: str, row: Reader) -> Category:
    row.mapping("key", "parent", "class", "scenario", "zh", "en", "keywords", "given")
    return Category(
        key=key,
        parent=row.name("parent"),
        top_class=row.name("class", required=True),
        scenario=row.name("scenario", required=True),
        name=_both(row),
        keywords=row.words("keywords"),
        given=row.flag("given"),
    )


def _scale(row: Reader, name: str) -> Scale:
    grades = []
    for key, grade in row.keyed(name, "key"):
        grade.mapping("key", "rank", "zh", "en", "also")
        rank = grade.number("rank", low=1, high=9)
        if rank is None:
            grade.fault("missing", key="rank")
        grades.append(Grade(key, rank or 0, _both(grade), grade.names("also")))
    if not grades:
        row.fault("missing", key=name)
    return Scale(tuple(grades))


def _priorities(top: Reader) -> Priorities:
    scales = top.child("scales")
    scales.mapping(*SCALES)
    urgency, impact, priority = (_scale(scales, name) for name in ("urgency", "impact", "priority"))
    cells: dict[tuple[str, str], str] = {}
    names = [grade.key for grade in priority.grades]
    matrix = top.child("priorities")
    matrix.mapping(*(grade.key for grade in urgency.grades))
    for row in urgency.grades:
        line = matrix.child(row.key)
        line.mapping(*(grade.key for grade in impact.grades))
        for column in impact.grades:
            found = line.one_of(column.key, names)
            if not found:
                line.fault("missing", key=column.key)
            cells[row.key, column.key] = found
    return Priorities(urgency, impact, priority, cells)


def _weights(load: Reader, priority: Scale) -> Weights:
    load.mapping("by_priority", "waiting")
    line = load.child("by_priority")
    line.mapping(*(grade.key for grade in priority.grades))
    by_rank: dict[int, float] = {}
    for grade in priority.grades:
        percent = line.number(grade.key, low=0, high=10_000)
        if percent is None:
            line.fault("missing", key=grade.key)
        by_rank[grade.rank] = (percent or 0) / 100
    waiting = load.number("waiting", low=0, high=100)
    if waiting is None:
        load.fault("missing", key="waiting")
    return Weights(by_rank, (waiting or 0) / 100)


def _survey(key: str, row: Reader) -> Survey:
    row.mapping("key", "title", "questions")
    questions = []
    for name, question in row.keyed("questions", "key"):
        question.mapping("key", "zh", "en", "type", "required")
        kind = question.one_of("type", QUESTION_TYPES, default="score")
        questions.append(Question(name, _both(question), kind, question.flag("required")))
    return Survey(key, row.text("title"), tuple(questions))


def _template(key: str, row: Reader) -> Template:
    row.mapping("key", "to", "subject", "body")
    to = row.one_of("to", ("customer", "staff"), default="customer")
    return Template(key, row.text("subject"), row.text("body"), to)
