"""Reads the JSON of a definition, part by part; each fault is kept with its path."""

from collections.abc import Mapping
from typing import Any

from yinuo.domain.conditions import read_conditions
from yinuo.domain.procedure import model as m
from yinuo.domain.reading import Reader, Text


def read_parts(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a definition. Raises `ReadingError` with the path of every fault."""
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
    }
    top.done()
    return parts


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
    if name in m.PSEUDO:
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
    target = row.name(kind, required=True)
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


def _task(key: str, row: Reader) -> m.Task:
    row.mapping(
        "key", "title", "role", "team", "limit", "accept", "until", "accept_until", "ask", "result", "needed",
        "at_start", "when",
    )  # fmt: skip
    return m.Task(
        key=key,
        title=row.text("title"),
        role=row.name("role"),
        team=row.name("team"),
        limit=row.name("limit"),
        accept=row.name("accept"),
        until=row.name("until"),
        accept_until=row.name("accept_until"),
        ask=row.name("ask"),
        result=row.name("result"),
        needed=row.flag("needed"),
        at_start=row.flag("at_start"),
        when=read_conditions(row),
    )


def _guard(row: Reader) -> m.Guard | None:
    if not row.mapping("need", "message", "outcomes"):
        return None
    return m.Guard(read_conditions(row, "need"), row.text("message"), row.names("outcomes"))


def _button(key: str, row: Reader) -> m.Button:
    row.mapping(
        "key", "label", "kind", "style", "wait", "when", "roles", "sets", "lenient", "withdraws", "asks", "actions"
    )
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
        withdraws=row.flag("withdraws"),
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
        "never", "documents", "tasks", "guards", "outcomes", "next", "join", "starts_at", "on_start", "on_finish",
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
        tasks=tuple(_task(name, child) for name, child in row.keyed("tasks", "key")),
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
