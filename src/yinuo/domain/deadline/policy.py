"""Policies: decision tables that say how long something may take, on which clock (R-CH-2, section 17)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from yinuo.domain.deadline.clocks import Clock, DeadlineError, check_target
from yinuo.domain.deadline.conditions import FIELDS, Condition, FieldKind, read_condition
from yinuo.domain.deadline.progress import AlarmKind, Level
from yinuo.domain.deadline.spans import parse_span

DIRECTIONS = ("forward", "backward")
REOPENINGS = ("continue", "restart", "none")
SET_BY = ("company", "case")
OFF_DUTY = ("opening", "contact")
_POLICY_KEYS = {
    "key", "version", "name", "starts_at", "ends_at", "direction", "sent_in", "pauses_on", "on_reopen", "scenarios",
    "rows", "values", "source",
}  # fmt: skip
_ROW_KEYS = {
    "key", "when", "starts_at", "limit", "clock", "calendar", "warn", "escalate", "off_duty", "set_by", "source",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """How long, on which clock, on whose calendar (`team`, `customer`, `contract` or a calendar's name).

    `off_duty`: when nobody of any level is on duty an alarm waits for the next `opening`, or goes to the 24-hour
    `contact`."""

    limit: timedelta
    clock: Clock
    calendar: str
    levels: tuple[Level, ...] = ()
    off_duty: str = "opening"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: all conditions hold → this target; `target` None promises nothing.

    `starts_at` where the line starts at another event than its policy; `set_by` says who sets a limit that is not
    set: the `company`, or whoever agrees it for each `case`. Then `terms` say on which clock and calendar the figure
    runs, and whom it tells."""

    key: str
    when: tuple[tuple[str, Condition], ...]
    target: Target | None
    source: str = ""
    starts_at: str = ""
    set_by: str = "company"
    terms: Target | None = None

    def agreed(self, limit: timedelta, clock: Clock | None = None) -> Target | None:
        """The target of a line whose limit is agreed for each case, with the figure agreed; None for other lines.
        `clock` where another one than that of the line was agreed: an instant is one by the clock on the wall. Raises
        `DeadlineError` for a figure that its clock cannot have."""
        if self.terms is None:
            return None
        check_target(limit, clock or self.terms.clock)
        return replace(self.terms, limit=limit, clock=clock or self.terms.clock)

    def holds(self, facts: Mapping[str, object]) -> bool:
        return all(condition.holds(facts.get(name)) for name, condition in self.when)


@dataclass(frozen=True)
class Policy:
    """A promise of one kind as a table; the first row that matches wins.

    `starts_at` names the event the clock starts at (backward: the planned event it counts back from), `ends_at` the
    one that keeps the promise, `pauses_on` the states in which it stands still, `on_reopen` what a reopened matter
    does with the time used: `continue`, `restart`, or `none` (no new promise). `sent_in`: the calendar in whose hours
    a backward promise is kept. `scenarios`: whose matters know this promise (empty: all). `values` lists all values a
    field can have, where they are known.
    """

    key: str
    version: int
    rows: tuple[Row, ...]
    starts_at: str
    ends_at: str = ""
    direction: str = "forward"
    sent_in: str = ""
    pauses_on: frozenset[str] = frozenset()
    on_reopen: str = "continue"
    scenarios: tuple[str, ...] = ()
    name: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, frozenset[str]] = field(default_factory=dict)
    source: str = ""

    @classmethod
    def from_json(cls, raw: object, fields: Mapping[str, FieldKind] = FIELDS, path: str = "") -> Policy:
        """A policy from plain JSON (the form is in docs/algorithms/worktime.md). Raises `DeadlineError` with the
        path of the first fault. What is well-formed but useless is found by `lint`."""
        entry = _object(raw, _POLICY_KEYS, path or "policy")
        key = _text(entry, "key", path)
        at = path or key
        version = entry.get("version", 1)
        if isinstance(version, bool) or not isinstance(version, int) or version < 1:
            raise DeadlineError("version", f"{version!r} is no version; count from 1", f"{at}.version")
        raw_rows = entry.get("rows")
        if not isinstance(raw_rows, list | tuple) or not raw_rows:
            raise DeadlineError("rows", "a policy needs a list of rows", f"{at}.rows")
        rows = tuple(_row(row, fields, f"{at}.rows[{n}]") for n, row in enumerate(raw_rows))
        seen: set[str] = set()
        for n, row in enumerate(rows):
            if row.key in seen:
                raise DeadlineError("duplicate", f"a second row called {row.key!r}", f"{at}.rows[{n}].key")
            seen.add(row.key)
        values = _values(entry.get("values", {}), fields, f"{at}.values")
        _check_values(rows, values, at)
        return cls(
            key=key,
            version=version,
            rows=rows,
            starts_at=_text(entry, "starts_at", at),
            ends_at=str(entry.get("ends_at", "")),
            direction=_choice(entry, "direction", DIRECTIONS, at),
            sent_in=str(entry.get("sent_in", "")),
            pauses_on=frozenset(_words(entry.get("pauses_on", []), f"{at}.pauses_on")),
            on_reopen=_choice(entry, "on_reopen", REOPENINGS, at),
            scenarios=tuple(_words(entry.get("scenarios", []), f"{at}.scenarios")),
            name=_name(entry.get("name", {}), f"{at}.name"),
            values=values,
            source=str(entry.get("source", "")),
        )


def read_policies(raw: object, fields: Mapping[str, FieldKind] = FIELDS, path: str = "") -> tuple[Policy, ...]:
    """All policies of a pack, from a list. Raises `DeadlineError` with the path, also for a key given twice."""
    if not isinstance(raw, list | tuple):
        raise DeadlineError("type", "must be a list of policies", path or "policies")
    policies: dict[str, Policy] = {}
    for n, entry in enumerate(raw):
        at = f"{path or 'policies'}[{n}]"
        policy = Policy.from_json(entry, fields, at)
        if policy.key in policies:
            raise DeadlineError("duplicate", f"a second policy called {policy.key!r}", f"{at}.key")
        policies[policy.key] = policy
    return tuple(policies.values())


def choose(policy: Policy, facts: Mapping[str, object]) -> Row | None:
    """The first row whose conditions all hold; None when none does. A fact that is missing or None meets no
    condition; facts the policy does not ask about are ignored."""
    return next((row for row in policy.rows if row.holds(facts)), None)


def _row(raw: object, fields: Mapping[str, FieldKind], path: str) -> Row:
    entry = _object(raw, _ROW_KEYS, path)
    when = entry.get("when", {})
    if not isinstance(when, Mapping):
        raise DeadlineError("type", "must be an object of fields and conditions", f"{path}.when")
    conditions = []
    for name, condition in when.items():
        kind = fields.get(str(name))
        if kind is None:
            known = ", ".join(sorted(fields))
            raise DeadlineError("field", f"no such field; known are {known}", f"{path}.when.{name}")
        conditions.append((str(name), read_condition(condition, kind, f"{path}.when.{name}")))
    key, source = _text(entry, "key", path), str(entry.get("source", ""))
    starts_at, set_by = str(entry.get("starts_at", "")), _choice(entry, "set_by", SET_BY, path)
    off_duty = _choice(entry, "off_duty", OFF_DUTY, path)
    if "limit" not in entry:
        raise DeadlineError("limit", "a row needs a limit; null promises nothing", path)
    if entry["limit"] is None and set_by != "case":
        return Row(key, tuple(conditions), None, source, starts_at, set_by)
    limit = parse_span(entry["limit"], f"{path}.limit") if entry["limit"] is not None else timedelta()
    try:
        clock = Clock(str(entry.get("clock")))
    except ValueError as error:
        known = ", ".join(clock.value for clock in Clock)
        raise DeadlineError("clock", f"no such clock; known are {known}", f"{path}.clock") from error
    try:
        check_target(limit, clock)
    except DeadlineError as error:
        raise DeadlineError(error.code, error.text, f"{path}.limit") from error
    levels = (
        *_levels(entry.get("warn", []), AlarmKind.WARN, f"{path}.warn"),
        *_levels(entry.get("escalate", []), AlarmKind.ESCALATE, f"{path}.escalate"),
    )
    target = Target(limit, clock, str(entry.get("calendar", "team")), levels, off_duty)
    if entry["limit"] is None:
        return Row(key, tuple(conditions), None, source, starts_at, set_by, target)
    return Row(key, tuple(conditions), target, source, starts_at, set_by)


def _levels(raw: object, kind: AlarmKind, path: str) -> list[Level]:
    if not isinstance(raw, list | tuple):
        raise DeadlineError("type", "must be a list of levels", path)
    return [_level(entry, kind, at, f"{path}[{at}]") for at, entry in enumerate(raw)]


def _level(raw: object, kind: AlarmKind, at: int, path: str) -> Level:
    """`{"share": 0.8, "tell": …}` or `{"before": "30m", …}` for a warning, `{"after": "2h", …}` for an escalation. A
    warning that names nobody only colours the chip."""
    entry = _object(raw, {"tell", "share", "before"} if kind is AlarmKind.WARN else {"tell", "after"}, path)
    is_silent = kind is AlarmKind.WARN and "tell" not in entry
    key, tell = f"{kind.value}-{at + 1}", "" if is_silent else _text(entry, "tell", path)
    if kind is AlarmKind.ESCALATE:
        return Level(key, kind, tell, offset=parse_span(entry.get("after", "0m"), f"{path}.after"))
    if ("share" in entry) == ("before" in entry):
        raise DeadlineError("level", "a warning needs either share or before", path)
    if "before" in entry:
        return Level(key, kind, tell, offset=parse_span(entry["before"], f"{path}.before"))
    share = entry["share"]
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share < 1:
        raise DeadlineError("share", f"{share!r} is no share between 0 and 1", f"{path}.share")
    return Level(key, kind, tell, share=float(share))


def _object(raw: object, keys: set[str], path: str) -> Mapping[str, object]:
    if not isinstance(raw, Mapping):
        raise DeadlineError("type", "must be an object", path)
    unknown = sorted(str(key) for key in raw if key not in keys)
    if unknown:
        raise DeadlineError("unknown_key", f"unknown key {unknown[0]!r}", path)
    return raw


def _text(entry: Mapping[str, object], key: str, path: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value:
        raise DeadlineError("text", "a text is needed", f"{path}.{key}" if path else key)
    return value


def _choice(entry: Mapping[str, object], key: str, known: tuple[str, ...], path: str) -> str:
    value = entry.get(key, known[0])
    if value not in known:
        raise DeadlineError("choice", f"{value!r} is none of {', '.join(known)}", f"{path}.{key}")
    return str(value)


def _words(raw: object, path: str) -> list[str]:
    if not isinstance(raw, list | tuple) or not all(isinstance(value, str) and value for value in raw):
        raise DeadlineError("type", "must be a list of words", path)
    return [str(value) for value in raw]


def _name(raw: object, path: str) -> dict[str, str]:
    if isinstance(raw, str):
        return {"zh": raw}
    return {lang: str(text) for lang, text in _object(raw, {"zh", "en"}, path).items()}


def _values(raw: object, fields: Mapping[str, FieldKind], path: str) -> dict[str, frozenset[str]]:
    entry = _object(raw, {name for name, kind in fields.items() if kind is FieldKind.WORD}, path)
    return {name: frozenset(_words(values, f"{path}.{name}")) for name, values in entry.items()}


def _check_values(rows: tuple[Row, ...], values: Mapping[str, frozenset[str]], path: str) -> None:
    for n, row in enumerate(rows):
        for name, condition in row.when:
            odd = sorted(getattr(condition, "values", frozenset()) - values[name]) if name in values else []
            if odd:
                known = ", ".join(sorted(values[name]))
                text = f"{odd[0]!r} is none of its values: {known}"
                raise DeadlineError("value", text, f"{path}.rows[{n}].when.{name}")
