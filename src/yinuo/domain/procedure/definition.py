"""A whole procedure: read from JSON, immutable, indexed, one object per content.

`Definition.from_json` names the path of each fault it cannot read; whether the procedure makes sense is
`lint`'s to say. A running ticket keeps the definition it began with, so equal contents share one object.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any
from weakref import WeakValueDictionary

from yinuo.domain.conditions import read_conditions
from yinuo.domain.procedure import model as m
from yinuo.domain.reading import Reader, Text

_MADE: "WeakValueDictionary[str, Definition]" = WeakValueDictionary()
PSEUDO = ("outcome", "round", "timer")
"""Names a condition may use beside facts and fields."""


class Definition:
    """A procedure. `facts` are what the ticket knows; `limits` are promises about the whole matter."""

    __slots__ = ("__dict__", "__weakref__")

    key: str
    title: Text
    source: str
    start: tuple[str, ...]
    facts: tuple[m.Field, ...]
    limits: tuple[m.Limit, ...]
    steps: tuple[m.Step, ...]
    on: tuple[m.On, ...]
    ends: tuple[m.End, ...]
    on_start: tuple[m.Action, ...]
    raw: Mapping[str, Any]
    digest: str

    def __init__(self, **parts: Any) -> None:
        self.__dict__.update(parts)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a definition does not change: publish a new version")

    def __repr__(self) -> str:
        return f"<Definition {self.key} {self.digest[:8]}>"

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Definition":
        """Read a definition; raises `ReadingError` with the path of every fault."""
        text = json.dumps(raw, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()
        known = _MADE.get(digest)
        if known is None:
            known = _read(json.loads(text), digest)
            _MADE[digest] = known
        return known

    def to_json(self) -> dict[str, Any]:
        """The JSON this definition was read from."""
        copy: dict[str, Any] = json.loads(json.dumps(self.raw))
        return copy

    @cached_property
    def step_by_key(self) -> Mapping[str, m.Step]:
        return {step.key: step for step in self.steps}

    @cached_property
    def end_by_key(self) -> Mapping[str, m.End]:
        return {end.key: end for end in self.ends}

    @cached_property
    def fact_names(self) -> frozenset[str]:
        return frozenset(fact.name for fact in self.facts)

    @cached_property
    def field_by_name(self) -> Mapping[str, m.Field]:
        """Every field and fact by name; a step's field says more than a fact, so it wins."""
        found: dict[str, m.Field] = {fact.name: fact for fact in self.facts}
        for step in self.steps:
            for field in step.fields:
                if field.name not in found or field.name in self.fact_names:
                    found[field.name] = field
        return found

    @cached_property
    def forward(self) -> Mapping[str, frozenset[str]]:
        """For each step the steps that can come after it without a loop (not itself unless on a circle)."""
        direct = {
            step.key: {key for arrow in step.arrows if not arrow.loop for key in arrow.to} & set(self.step_by_key)
            for step in self.steps
        }
        reach: dict[str, frozenset[str]] = {}
        for key in direct:
            seen: set[str] = set()
            todo = list(direct[key])
            while todo:
                here = todo.pop()
                if here not in seen:
                    seen.add(here)
                    todo.extend(direct[here])
            reach[key] = frozenset(seen)
        return reach

    @cached_property
    def closed_sets(self) -> Mapping[str, tuple[Any, ...]]:
        """The values that conditions on a field of a closed set may name."""
        found: dict[str, tuple[Any, ...]] = {}
        for name, field in self.field_by_name.items():
            values = field.values
            if values is not None:
                found[name] = values
        return found

    @cached_property
    def kinds(self) -> frozenset[str]:
        """Every policy kind that this procedure promises."""
        return frozenset(limit.kind for _, limit in self.all_limits())

    def all_actions(self) -> Iterator[m.Action]:
        """Every automatic effect, wherever it stands."""
        yield from self.on_start
        for row in self.on:
            yield from row.actions
        for step in self.steps:
            yield from (*step.on_start, *step.on_finish)
            for button in step.buttons:
                yield from button.actions

    def all_limits(self) -> Iterator[tuple[str, m.Limit]]:
        """(step key, limit) for each promise; the key is empty for those of the whole matter."""
        for key, limits in self.limits_of.items():
            for limit in limits:
                yield key, limit

    @cached_property
    def limits_of(self) -> Mapping[str, tuple[m.Limit, ...]]:
        """Promises by the key of their step (empty: of the whole matter), in the order of the definition."""
        all_of_them = {"": self.limits} | {step.key: step.limits for step in self.steps}
        return {key: limits for key, limits in all_of_them.items() if limits}

    @cached_property
    def met_by_step(self) -> Mapping[str, tuple[tuple[str, m.Limit], ...]]:
        """For each step the promises that its end may keep: its own that name nothing else, and all that name it."""
        return {
            done.key: tuple(
                (key, limit)
                for key, limit in self.all_limits()
                if (key == done.key and not limit.met_by) or any(met.step == done.key for met in limit.met_by)
            )
            for done in self.steps
        }


def _read(raw: Mapping[str, Any], digest: str) -> Definition:
    top = Reader(raw)
    top.mapping(
        "key",
        "title",
        "source",
        "start",
        "facts",
        "limits",
        "steps",
        "on",
        "ends",
        "on_start",
    )
    steps = tuple(_step(key, row) for key, row in top.keyed("steps", "key"))
    if not steps:
        top.fault("missing", key="steps")
    start = top.names("start") or tuple(step.key for step in steps[:1])
    parts = {
        "key": top.name("key", required=True),
        "title": top.text("title"),
        "source": top.word("source"),
        "start": start,
        "facts": tuple(_field(name, row) for name, row in top.keyed("facts", "name")),
        "limits": top.rows("limits", _limit),
        "steps": steps,
        "on": top.rows("on", _on),
        "ends": tuple(_end(key, row) for key, row in top.keyed("ends", "key")),
        "on_start": top.rows("on_start", _action),
        "raw": raw,
        "digest": digest,
    }
    top.done()
    return Definition(**parts)


def _end(key: str, row: Reader) -> m.End:
    row.mapping("key", "title", "status")
    return m.End(key, row.text("title"), row.name("status"))


def _choice(row: Reader) -> m.Choice | None:
    if not row.mapping("value", "zh", "en", "given"):
        return None
    return m.Choice(row.word("value", required=True), Text(row.word("zh"), row.word("en")), row.flag("given"))


def _field(name: str, row: Reader) -> m.Field:
    row.mapping(
        "name", "label", "type", "required",
        "choices", "visible_when", "required_when", "masked", "ref", "low",
        "high", "auto", "proof", "future", "prefill", "hint", "column",
    )  # fmt: skip
    kind = row.one_of("type", m.FIELD_TYPES, default="text")
    choices = row.rows("choices", _choice)
    if kind in ("choice", "multi") and not choices:
        row.fault("missing", key="choices")
    proof = kind in ("sign", "score") or (kind == "instant" and row.flag("auto"))
    if name in PSEUDO:
        row.fault("bad_name", value=name)
    return m.Field(
        name=name,
        label=row.text("label"),
        type=kind,
        required=row.flag("required"),
        choices=choices,
        visible_when=read_conditions(row, "visible_when"),
        required_when=read_conditions(row, "required_when"),
        masked=row.one_of("masked", m.MASKS),
        ref=row.one_of("ref", m.REF_KINDS, default="account" if kind == "ref" else ""),
        low=row.number("low", low=-(10**12), high=10**12),
        high=row.number("high", low=-(10**12), high=10**12),
        auto=row.flag("auto"),
        proof=row.flag("proof", default=proof),
        future=row.flag("future"),
        prefill=row.word("prefill"),
        hint=row.text("hint"),
        column=row.word("column"),
    )


def _met_by(row: Reader) -> m.MetBy | None:
    if not row.mapping("step", "happening", "field"):
        return None
    met = m.MetBy(row.name("step"), row.name("happening"), row.name("field"))
    if sum(map(bool, (met.step, met.happening, met.field))) != 1:
        row.fault("wrong_type", expected="one of step, happening, field")
    return met


def _limit(row: Reader) -> m.Limit | None:
    if not row.mapping("kind", "starts", "when", "met_by", "pauses", "until"):
        return None
    pauses = row.names("pauses")
    for wait in pauses:
        if wait not in m.WAITS:
            row.child("pauses").fault("bad_choice", value=wait, allowed=", ".join(m.WAITS))
    return m.Limit(
        kind=row.name("kind", required=True),
        starts=row.name("starts", default="step"),
        when=read_conditions(row),
        met_by=row.rows("met_by", _met_by),
        pauses=pauses,
        until=row.name("until"),
    )


_OPTIONS: dict[str, tuple[str, ...]] = {
    "message": ("to",),
    "set": ("value", "from"),
    "subtask": ("role", "limit"),
    "assign": ("tier", "team"),
    "timer": ("field", "offset", "clock"),
}


def _action(row: Reader) -> m.Action | None:
    if not isinstance(row.value, Mapping):
        row.fault("wrong_type", expected="a mapping")
        return None
    kinds = [kind for kind in m.EFFECT_KINDS if kind in row.value]
    if len(kinds) != 1:
        row.fault("bad_choice", value=", ".join(row.value), allowed=", ".join(m.EFFECT_KINDS))
        return None
    kind = kinds[0]
    names = _OPTIONS.get(kind, ())
    row.mapping(kind, "when", *names)
    target = row.word(kind, required=True) if kind == "subtask" else row.name(kind, required=True)
    options: list[tuple[str, Any]] = []
    for name in names:
        if not row.has(name):
            continue
        if name == "offset":
            options.append((name, _signed_span(row, name)))
        else:
            options.append((name, row.child(name).value))
    return m.Action(kind, target, read_conditions(row), tuple(options))


def _signed_span(row: Reader, key: str) -> Any:
    """A span with an optional minus for “before”."""
    text = row.word(key)
    sign = -1 if text.startswith("-") else 1
    plain = Reader({key: text.lstrip("+-")}, row.path, row.faults)
    span = plain.span(key)
    return span * sign if span is not None else None


def _starts_at(row: Reader) -> m.StartsAt | None:
    if row.value is None or not row.mapping("field", "offset", "clock"):
        return None
    offset = _signed_span(row, "offset")
    field = row.name("field", required=True)
    return None if offset is None else m.StartsAt(field, offset, row.name("clock", default="always"))


def _script(row: Reader) -> m.Script | None:
    if not row.mapping("zh", "en", "title", "when"):
        return None
    return m.Script(Text(row.word("zh"), row.word("en")), row.text("title"), read_conditions(row))


def _document(key: str, row: Reader) -> m.Document:
    row.mapping("key", "zh", "en", "when")
    return m.Document(key, Text(row.word("zh"), row.word("en")), read_conditions(row))


def _guard(row: Reader) -> m.Guard | None:
    if not row.mapping("need", "message", "outcomes"):
        return None
    return m.Guard(read_conditions(row, "need"), row.text("message"), row.names("outcomes"))


def _button(key: str, row: Reader) -> m.Button:
    row.mapping("key", "label", "kind", "style", "wait", "when", "roles", "sets", "lenient", "asks", "actions")
    kind = row.one_of("kind", m.BUTTON_KINDS, default="finish")
    wait = row.one_of("wait", m.WAITS)
    if (kind == "wait") != bool(wait):
        row.fault("missing" if kind == "wait" else "unknown_key", key="wait")
    if key in (m.SKIPPED, m.CANCELLED):
        row.fault("bad_name", value=key)
    sets = {name: child.value for name, child in row.child("sets").pairs()}
    return m.Button(
        key=key,
        label=row.text("label"),
        kind=kind,
        style=row.one_of("style", m.BUTTON_STYLES, default="plain"),
        wait=wait,
        when=read_conditions(row),
        roles=row.names("roles"),
        sets=sets,
        lenient=row.flag("lenient"),
        asks=row.names("asks"),
        actions=row.rows("actions", _action),
    )


def _arrow(row: Reader) -> m.Arrow | None:
    if not row.mapping("to", "end", "when", "loop", "label", "open"):
        return None
    arrow = m.Arrow(
        row.names("to"), row.name("end"), read_conditions(row), row.flag("loop"), row.text("label"), row.word("open")
    )
    if bool(arrow.to) == bool(arrow.end):
        row.fault("wrong_type", expected="either `to` or `end`")
    return arrow


def _on(row: Reader) -> m.On | None:
    if not row.mapping("happening", "active", "when", "outcome", "to", "end", "resume", "ended", "again", "actions"):
        return None
    found = m.On(
        happening=row.name("happening", required=True),
        active=row.names("active"),
        when=read_conditions(row),
        outcome=row.name("outcome"),
        to=row.names("to"),
        end=row.name("end"),
        resume=row.flag("resume"),
        ended=row.flag("ended"),
        again=row.flag("again"),
        actions=row.rows("actions", _action),
    )
    if sum(map(bool, (found.outcome, found.to, found.end))) > 1:
        row.fault("wrong_type", expected="only one of outcome, to, end")
    return found


def _step(key: str, row: Reader) -> m.Step:
    row.mapping(
        "key", "title", "role", "tier", "lead", "source", "purpose", "limits", "fields", "scripts", "must",
        "never", "documents", "guards", "outcomes", "next", "join", "starts_at", "on_start", "on_finish",
        "waits", "pool", "skip_by", "open",
    )  # fmt: skip
    return m.Step(
        key=key,
        title=row.text("title"),
        role=row.name("role", required=True),
        tier=row.number("tier", low=1, high=9),
        lead=row.name("lead"),
        source=row.word("source"),
        purpose=row.text("purpose"),
        limits=row.rows("limits", _limit),
        fields=tuple(_field(name, child) for name, child in row.keyed("fields", "name")),
        scripts=row.rows("scripts", _script),
        must=row.texts("must"),
        never=row.texts("never"),
        documents=tuple(_document(name, child) for name, child in row.keyed("documents", "key")),
        guards=row.rows("guards", _guard),
        buttons=tuple(_button(name, child) for name, child in row.keyed("outcomes", "key")),
        arrows=row.rows("next", _arrow),
        join=row.one_of("join", m.JOINS, default="any"),
        starts_at=_starts_at(row.child("starts_at")),
        on_start=row.rows("on_start", _action),
        on_finish=row.rows("on_finish", _action),
        waits=row.one_of("waits", m.WAITS),
        pool=row.flag("pool"),
        skip_by=row.names("skip_by"),
        open=row.texts("open"),
    )
