"""Procedures in the words of the screens: conditions, fields, buttons, ways on, limits, automatic acts, problems."""

import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from yinuo.domain.conditions import OPS, Condition
from yinuo.domain.procedure import Definition, Known
from yinuo.domain.procedure import model as m
from yinuo.domain.reading import Fault, Text, write_span
from yinuo.procedures.documents.book import book_in_force
from yinuo.procedures.published import parts_in_force
from yinuo.staff.queries import role_texts, teams_in_force
from yinuo.web.console.labels import KEPT_S, STATUS, WAIT, PromiseNames, language, say
from yinuo.web.console.procedure_terms import (
    BUTTON_KIND,
    FACT_VALUES,
    FIELD_TYPE,
    HAPPENING,
    LANGUAGES,
    MASK,
    PSEUDO,
    TO,
    WHAT,
)

_BLANK = re.compile(r"\{\w+\}")
READ_AS = {"outcomes": "buttons", "next": "arrows"}
"""How the model calls lists that are written otherwise."""


@dataclass(frozen=True)
class HouseNames:
    """Names of this house that definitions go by: its roles, limits, templates and surveys."""

    role: Mapping[str, Text]
    promise: PromiseNames
    template: Mapping[str, Text]
    survey: Mapping[str, Text]
    team: Mapping[str, str] = field(default_factory=dict)
    takers: frozenset[str] = frozenset()
    """Roles whose tasks some team takes."""

    @property
    def known(self) -> Known:
        """What a definition may name here, to judge it by while it is written; publishing looks itself."""
        return Known(
            roles=frozenset(self.role), kinds=frozenset(self.promise.all()), templates=frozenset(self.template),
            surveys=frozenset(self.survey), statuses=frozenset(STATUS), teams=frozenset(self.team), takers=self.takers,
        )  # fmt: skip


_named: tuple[float, HouseNames | None] = (-KEPT_S, None)


def house_names() -> HouseNames:
    """Looked up again after five seconds at the earliest, as the names of promises are."""
    global _named
    at, names = _named
    if names is None or time.monotonic() - at > KEPT_S:
        names = _look_up()
        _named = (time.monotonic(), names)
    return names


def _look_up() -> HouseNames:
    parts, teams = parts_in_force(), teams_in_force()
    return HouseNames(
        role_texts(),
        PromiseNames(),
        {entry["key"]: _text(entry["subject"]) for entry in parts.get("templates", ())},
        {entry["key"]: _text(entry["title"]) for entry in parts.get("surveys", ())},
        {code: team.name for code, team in teams.items()},
        frozenset(role for team in teams.values() for role in team.roles),
    )


def _text(raw: Any) -> Text:
    return Text(raw.get("zh", ""), raw.get("en", "")) if isinstance(raw, Mapping) else Text(str(raw))


@dataclass
class Line:
    """One entry of a list as people read it: `at` is its place, `key` its name where it has one."""

    at: int
    title: str
    details: list[str] = field(default_factory=list)
    key: str = ""
    faults: list[str] = field(default_factory=list)


class Speech:
    """Says the parts of one definition in the language of the screen."""

    def __init__(self, definition: Definition, names: HouseNames) -> None:
        self.definition, self.names = definition, names

    # --- names -----------------------------------------------------------------------------------------------------

    def step(self, key: str) -> str:
        found = self.definition.step_by_key.get(key)
        return (say(found.title) or key) if found else key

    def end(self, key: str) -> str:
        found = self.definition.end_by_key.get(key)
        return (say(found.title) or key) if found else key

    def field(self, name: str) -> str:
        if name in PSEUDO:
            return str(PSEUDO[name])
        found = self.definition.field_by_name.get(name)
        return (say(found.label) or name) if found else name

    def role(self, code: str) -> str:
        return say(self.names.role[code]) if code in self.names.role else code

    def template(self, key: str) -> str:
        found = self.names.template.get(key)
        subject = say(found).replace("[{number}]", "").replace("{number}", "").strip() if found else key
        return _BLANK.sub("…", subject)  # what a ticket fills in

    def survey(self, key: str) -> str:
        return say(self.names.survey[key]) if key in self.names.survey else key

    def button(self, key: str, step: m.Step | None = None) -> str:
        if key == m.SKIPPED:
            return _("skipped")
        for one in (step,) if step else self.definition.steps:
            found = one.button(key)
            if found:
                return say(found.label) or key
        return key

    def timer(self, key: str) -> str:
        """A timer has no name of its own: it is the one that a step sets."""
        setters = [
            step
            for step in self.definition.steps
            for action in (*step.on_start, *step.on_finish, *(act for one in step.buttons for act in one.actions))
            if action.kind == "timer" and action.target == key
        ]
        return _("the timer of “%(step)s”") % {"step": self.step(setters[0].key)} if setters else _("another timer")

    def team(self, code: str) -> str:
        return self.names.team.get(code, code)

    def task(self, key: str) -> str:
        """A sub-task by its title."""
        known = self.definition.task_by_key.get(key)
        return (say(known[1].title) or key) if known else key

    def task_for(self, task: m.Task) -> str:
        """Whom it goes to."""
        return self.team(task.team) if task.team else self.role(task.role)

    def happening(self, name: str) -> str:
        return str(HAPPENING.get(name, name))

    def value(self, name: str, value: Any, step: m.Step | None = None) -> str:
        """A value of a field as its form shows it."""
        if name == "outcome":
            return self.button(str(value), step)
        if name in ("timer", "subtask"):
            return self.timer(str(value)) if name == "timer" else self.task(str(value))
        found = self.definition.field_by_name.get(name)
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        for choice in found.choices if found else ():
            if choice.value == value:
                return say(choice.label) or str(value)
        return str(FACT_VALUES.get(name, {}).get(str(value), value))

    # --- conditions and acts -----------------------------------------------------------------------------------------

    def condition(self, row: Condition, step: m.Step | None = None) -> str:
        op = say(OPS[row.op])
        if row.op in ("set", "unset"):
            return _("“%(field)s” %(op)s") % {"field": self.field(row.field), "op": op}
        values = row.value if isinstance(row.value, tuple) else (row.value,)
        if row.field == "outcome" and row.op in ("eq", "in"):
            quoted = [_("“%(button)s”") % {"button": self.button(str(one), step)} for one in values]
            return _("%(buttons)s is pressed") % {"buttons": _(" or ").join(quoted)}
        joined = _(", ").join(self.value(row.field, one, step) for one in values)
        return _("%(field)s %(op)s “%(value)s”") % {"field": self.field(row.field), "op": op, "value": joined}

    def conditions(self, rows: Iterable[Condition], step: m.Step | None = None) -> str:
        return _(" and ").join(self.condition(row, step) for row in rows)

    def action(self, action: m.Action, step: m.Step | None = None) -> str:
        said = self._deed(action)
        when = self.conditions(action.when, step)
        return _("if %(when)s: %(deed)s") % {"when": when, "deed": said} if when else said

    def _deed(self, action: m.Action) -> str:
        target = action.target
        if action.kind == "message":
            to = str(action.option("to", "customer"))
            whom = str(TO[to]) if to in TO else self.role(to.removeprefix("role:"))
            return _("message “%(template)s” to %(whom)s") % {"template": self.template(target), "whom": whom}
        if action.kind == "survey":
            return _("ask “%(survey)s”") % {"survey": self.survey(target)}
        if action.kind == "status":
            return _("status becomes “%(status)s”") % {"status": STATUS.get(target, target)}
        if action.kind == "assign":
            tier = action.option("tier", None)
            text = _("give it to: %(role)s, line %(tier)s") if tier else _("give it to: %(role)s")
            return text % {"role": self.role(target), "tier": tier}
        if action.kind == "stamp":
            return _("write the time into “%(field)s”") % {"field": self.field(target)}
        if action.kind == "set":
            value = self.value(target, action.option("value", None))
            return _("“%(field)s” becomes “%(value)s”") % {"field": self.field(target), "value": value}
        if action.kind == "timer":
            base = str(action.option("field"))
            if base and not action.option("offset"):
                return _("timer: when “%(field)s” comes") % {"field": self.field(base)}
            values = {"span": span_words(action.option("offset")), "field": self.field(base) if base else ""}
            return (_("timer: %(span)s after “%(field)s”") if base else _("timer: in %(span)s")) % values
        if action.kind == "cancel_timer":
            return _("stop %(timer)s") % {"timer": self.timer(target)}
        if action.kind == "improvement":
            return _("open an improvement")
        if action.kind == "document":
            return _("make a document: %(key)s") % {"key": self.document(target)}
        if action.kind == "count":
            return _("count it in the figures")
        return _("hand a task to another department: %(title)s") % {"title": self.task(target)}

    def document(self, key: str) -> str:
        for step in self.definition.steps:
            for one in step.documents:
                if one.key == key:
                    return say(one.title) or key
        form = book_in_force().forms.get(key)
        return say(form.title) if form else key

    # --- entries of lists --------------------------------------------------------------------------------------------

    def lines(self, step: m.Step | None, part: str) -> list[Line]:
        """The entries of a list (as it is called when written) of a step, or of the whole matter."""
        entries = getattr(step or self.definition, READ_AS.get(part, part))
        say_line = {
            "fields": self._field_line, "facts": self._field_line, "outcomes": self._button_line,
            "next": self._arrow_line, "limits": self._limit_line, "guards": self._guard_line,
            "scripts": self._script_line, "documents": self._document_line, "on": self._on_line,
            "tasks": self._task_line,
            "ends": self._end_line, "on_start": self._action_line, "on_finish": self._action_line,
        }.get(part, self._text_line)  # fmt: skip
        return [say_line(at, entry, step) for at, entry in enumerate(entries)]

    def _field_line(self, at: int, one: m.Field, step: m.Step | None) -> Line:
        details = [str(FIELD_TYPE[one.type])]
        if one.choices:
            details.append(_(" / ").join(say(choice.label) or choice.value for choice in one.choices))
        flags = [
            (one.required, _("required")), (one.auto, _("filled in by itself")),
            (one.proof, _("anew in each round")), (one.future, _("may lie ahead")),
        ]  # fmt: skip
        details += [words for is_so, words in flags if is_so]
        if one.masked:
            details.append(_("masked as %(kind)s") % {"kind": MASK[one.masked]})
        if one.visible_when:
            details.append(_("shown if %(when)s") % {"when": self.conditions(one.visible_when, step)})
        if one.required_when:
            details.append(_("required if %(when)s") % {"when": self.conditions(one.required_when, step)})
        return Line(at, say(one.label) or one.name, details, one.name)

    def _button_line(self, at: int, one: m.Button, step: m.Step | None) -> Line:
        details = [str(BUTTON_KIND[one.kind])]
        if one.wait:
            details.append(str(WAIT[one.wait]))
        if one.when:
            details.append(_("only if %(when)s") % {"when": self.conditions(one.when, step)})
        if one.roles:
            details.append(_("only for %(roles)s") % {"roles": _(", ").join(map(self.role, one.roles))})
        if one.asks:
            details.append(_("asks for %(fields)s") % {"fields": _(", ").join(map(self.field, one.asks))})
        details += [
            _("“%(field)s” becomes “%(value)s”") % {"field": self.field(name), "value": self.value(name, value)}
            for name, value in one.sets.items()
        ]
        details += [self.action(action, step) for action in one.actions]
        return Line(at, say(one.label) or one.key, details, one.key)

    def target(self, one: m.Arrow) -> str:
        if one.end:
            return _("end: %(end)s") % {"end": self.end(one.end)}
        return " + ".join(map(self.step, one.to))

    def _arrow_line(self, at: int, one: m.Arrow, step: m.Step | None) -> Line:
        when = self.conditions(one.when, step)
        details = [_("if %(when)s") % {"when": when} if when else _("in every other case") if at else _("always")]
        if one.loop:
            details.append(_("begins another round"))
        if say(one.label):
            details.append(say(one.label))
        return Line(at, self.target(one), details)

    def _limit_line(self, at: int, one: m.Limit, step: m.Step | None) -> Line:
        starts = {
            "step": _("from the start of the step"), "run": _("from acceptance"),
            "round": _("from the start of the round"),
        }.get(one.starts) or _("from “%(field)s”") % {"field": self.field(one.starts)}  # fmt: skip
        details = [starts]
        if one.when:
            details.append(_("only if %(when)s") % {"when": self.conditions(one.when, step)})
        kept = [
            self.happening(met.happening) if met.happening
            else _("“%(field)s” is filled in") % {"field": self.field(met.field)} if met.field
            else _("“%(step)s” is done") % {"step": self.step(met.step)}
            for met in one.met_by
        ]  # fmt: skip
        if kept or step:
            details.append(_("kept when %(what)s") % {"what": _(" or ").join(kept) or _("the step is done")})
        if one.pauses:
            details.append(_("stands still while %(wait)s") % {"wait": _(", ").join(str(WAIT[w]) for w in one.pauses)})
        return Line(at, self.names.promise(one.kind), details, one.kind)

    def _guard_line(self, at: int, one: m.Guard, step: m.Step | None) -> Line:
        details = [_("says otherwise: %(text)s") % {"text": say(one.message)}]
        if one.outcomes:
            buttons = _(", ").join(self.button(key, step) for key in one.outcomes)
            details.append(_("only for %(roles)s") % {"roles": buttons})
        return Line(at, self.conditions(one.need, step) or "–", details)

    def _script_line(self, at: int, one: m.Script, step: m.Step | None) -> Line:
        when = [_("only if %(when)s") % {"when": self.conditions(one.when, step)}] if one.when else []
        return Line(at, say(one.title) or _("Script"), [say(one.text), *when])

    def _document_line(self, at: int, one: m.Document, step: m.Step | None) -> Line:
        when = [_("only if %(when)s") % {"when": self.conditions(one.when, step)}] if one.when else []
        return Line(at, say(one.title) or one.key, when, one.key)

    def _task_line(self, at: int, one: m.Task, step: m.Step | None) -> Line:
        details = [_("for %(whom)s") % {"whom": self.task_for(one)}]
        details += [self.names.promise(kind) for kind in (one.accept, one.limit) if kind]
        flags = [(one.at_start, _("handed out when the step begins")), (one.needed, _("the step waits for its answer"))]
        details += [words for is_so, words in flags if is_so]
        for name, words in ((one.ask, _("asks what is in “%(field)s”")), (one.result, _("answers into “%(field)s”"))):
            if name:
                details.append(words % {"field": self.field(name)})
        if one.when:
            details.append(_("only if %(when)s") % {"when": self.conditions(one.when, step)})
        return Line(at, say(one.title) or one.key, details, one.key)

    def _text_line(self, at: int, one: Any, step: m.Step | None) -> Line:
        return Line(at, say(one) if isinstance(one, Text) else str(one))

    def _action_line(self, at: int, one: m.Action, step: m.Step | None) -> Line:
        return Line(at, self.action(one, step))

    def _end_line(self, at: int, one: m.End, step: m.Step | None) -> Line:
        details = [_("status becomes “%(status)s”") % {"status": STATUS.get(one.status, one.status)}]
        return Line(at, say(one.title) or one.key, details if one.status else [], one.key)

    def _on_line(self, at: int, one: m.On, step: m.Step | None) -> Line:
        details = []
        if one.active:
            details.append(_("while at %(steps)s") % {"steps": _(", ").join(map(self.step, one.active))})
        if one.ended:
            details.append(_("after the end"))
        if one.when:
            details.append(_("only if %(when)s") % {"when": self.conditions(one.when)})
        if one.outcome:
            here = self.definition.step_by_key.get(one.active[0]) if one.active else None
            details.append(_("as if “%(button)s” were pressed") % {"button": self.button(one.outcome, here)})
        if one.to:
            details.append(_("goes to %(steps)s") % {"steps": " + ".join(map(self.step, one.to))})
        if one.end:
            details.append(_("end: %(end)s") % {"end": self.end(one.end)})
        if one.resume:
            details.append(_("the waiting ends"))
        details += [self.action(action) for action in one.actions]
        return Line(at, self.happening(one.happening), details)

    # --- problems ----------------------------------------------------------------------------------------------------

    def fault(self, fault: Fault) -> str:
        """What is wrong, with names instead of keys."""
        step = self.definition.step_by_key.get(place_of(self.definition, fault)[0])
        values = dict(fault.values)
        what = values.get("what", "")
        for name, text in values.items():
            if name == "outcome":
                values[name] = self.button(text, step)
            elif name == "name":
                values[name] = self.field(text)
            elif name == "to":
                values[name] = self.step(text)
            elif name == "kind":
                values[name] = self.names.promise(text)
            elif name == "what":
                values[name] = str(WHAT.get(text, text))
            elif name == "role":
                values[name] = self.role(text)
            elif name == "language":
                values[name] = str(LANGUAGES.get(text, text))
            elif name == "value" and what in ("role", "template"):
                values[name] = self.role(text) if what == "role" else self.template(text)
        return replace(fault, values=tuple(values.items())).sentence(language())


def span_words(span: Any) -> str:
    """`1d12h` as `write_span` has it, minus for before."""
    if not span:
        return "0"
    return ("−" if span.total_seconds() < 0 else "") + write_span(abs(span))


def place_of(definition: Definition, fault: Fault) -> tuple[str, str, int | None]:
    """Where a fault stands: the step (empty for the whole matter), the list and the place in it, as far as known."""
    path = fault.path.removeprefix("$.")
    step = ""
    if path.startswith("steps."):
        step, _dot, path = path.removeprefix("steps.").partition(".")
    part, _dot, rest = path.partition(".")
    part, _bracket, index = part.partition("[")
    if index:
        return step, part, int(index.split("]")[0])
    owner: Any = definition.step_by_key.get(step) if step else definition
    entries = getattr(owner, READ_AS.get(part, part), ()) if owner else ()
    name = rest.split(".")[0]
    if isinstance(entries, tuple) and name:
        for at, entry in enumerate(entries):
            if name in (getattr(entry, "name", None), getattr(entry, "key", None), getattr(entry, "kind", None)):
                return step, part, at
    return step, part, None


def titled(definition: Definition) -> str:
    """The procedure's name."""
    return say(definition.title) or definition.key
