"""Buttons, automatic acts, and what happens outside."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinuo.domain.procedure.editing import free_name
from yinuo.domain.procedure.model import EFFECT_KINDS
from yinuo.domain.reading import parse_span
from yinuo.web.console.labels import STATUS, WAIT
from yinuo.web.console.procedure_forms.ground import Choices, Desk, PartForm, Raw, rows_of, written
from yinuo.web.console.procedure_forms.parts import WHAT, WHEN
from yinuo.web.console.procedure_terms import BUTTON_KIND, BUTTON_STYLE, HAPPENING, TO

NEW_TIMER = "timer_2"
COUNTS = ("unsolved", "reopened")
IMPROVEMENTS = ("low_score",)


def deeds(desk: Desk) -> list[tuple[str, Choices]]:
    """Everything that can be done by itself, as `kind:target`, in groups."""
    speech, definition = desk.speech, desk.definition
    used: dict[str, list[str]] = {kind: [] for kind in EFFECT_KINDS}
    for action in definition.all_actions():
        if action.target not in used[action.kind]:
            used[action.kind].append(action.target)
    documents = [(document.key, speech.document(document.key)) for s in definition.steps for document in s.documents]
    settable = [(name, speech.field(name)) for name in definition.field_by_name]
    timers = used["timer"] or ["timer"]
    groups: list[tuple[Any, str, Choices]] = [
        (_("Send a message"), "message", [(key, speech.template(key)) for key in desk.names.template]),
        (_("Ask the customer"), "survey", [(key, speech.survey(key)) for key in desk.names.survey]),
        (_("The ticket becomes"), "status", list(STATUS.items())),
        (_("Give it to somebody of"), "assign", desk.roles),
        (_("Write down the time in"), "stamp", desk.instants),
        (_("Fill in"), "set", settable),
        (_("Make the document"), "document", documents),
        (_("Set a timer"), "timer", [(key, speech.timer(key)) for key in dict.fromkeys([*timers, NEW_TIMER])]),
        (_("Stop the timer"), "cancel_timer", [(key, speech.timer(key)) for key in timers]),
        (_("Count in the figures"), "count", _reasons(used["count"], COUNTS)),
        (_("Open an improvement"), "improvement", _reasons(used["improvement"], IMPROVEMENTS)),
        (_("A task for another department"), "subtask", [(key, speech.task(key)) for key in definition.task_by_key]),
    ]
    return [
        (str(title), [(f"{kind}:{target}", label) for target, label in choices])
        for title, kind, choices in groups
        if choices
    ]


def _reasons(used: list[str], known: tuple[str, ...]) -> Choices:
    words = {
        "unsolved": _("not solved"), "reopened": _("reopened"), "low_score": _("low score"),
    }  # fmt: skip
    return [(one, words.get(one, one)) for one in dict.fromkeys([*used, *known])]


def deed_of(raw: Raw) -> str:
    """`kind:target` of an action as it is written."""
    kind = next((one for one in EFFECT_KINDS if one in raw), "")
    return f"{kind}:{raw[kind]}" if kind else ""


class ActsForm(PartForm):
    """A form with rows of automatic acts: what, and what belongs to it."""

    def add_acts(self, prefix: str, rows: list[Any], *, most: int | None = None) -> None:
        self._rows[prefix] = []
        count = most or self.row_count(prefix, "what", len(rows))
        for n in range(count):
            row = rows[n] if n < len(rows) else {}
            names = (f"{prefix}_{n}_what", f"{prefix}_{n}_detail")
            what = self.typed(names[0], deed_of(row))
            known = deeds(self.desk)
            extra = [(what, what)] if what and what not in {key for _title, group in known for key, _l in group} else []
            field = forms.ChoiceField(label=_("What"), choices=[("", "—"), *known, *extra], required=False)
            self.add(names[0], field, deed_of(row) or None)
            self._add_detail(names[1], what, row)
            self._rows[prefix].append(names)

    def _add_detail(self, name: str, what: str, row: Raw) -> None:
        kind, _colon, target = what.partition(":")
        if kind == "message":
            to = [*TO.items(), *((f"role:{code}", label) for code, label in self.desk.roles)]
            self.add(
                name, forms.ChoiceField(label=_("Recipient"), choices=to, required=False), row.get("to", "customer")
            )
        elif kind == "assign":
            lines = [("", _("any line")), *((str(n), _("line %(tier)s") % {"tier": n}) for n in (1, 2, 3))]
            self.add(name, forms.ChoiceField(label=_("Line"), choices=lines, required=False), str(row.get("tier", "")))
        elif kind == "timer":
            hint = forms.TextInput(attrs={"placeholder": "24h, -24h, 3d"})
            field = forms.CharField(label=_("Rings after"), max_length=20, required=False, widget=hint)
            self.add(name, field, str(row.get("offset", "")))
        elif kind == "set":
            choices, value = self.desk.values(target), row.get("value")
            shown = written(value) if value is not None else ""
            if choices is None:
                self.add(name, forms.CharField(label=_("Value"), max_length=200, required=False), shown)
            else:
                given = [("", _("empty")), *choices]
                self.add(name, forms.ChoiceField(label=_("Value"), choices=given, required=False), shown)
        else:
            self.add(name, forms.CharField(required=False, widget=forms.HiddenInput))

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        for rows in self._rows.values():
            for names in rows:
                if len(names) == 2 and names[1].endswith("_detail"):
                    self._clean_act(names, values)
        return values

    def _clean_act(self, names: tuple[str, ...], values: Raw) -> None:
        kind, _colon, target = str(values.get(names[0]) or "").partition(":")
        detail = str(values.get(names[1]) or "")
        if kind == "timer" and parse_span(detail.lstrip("+-")) is None:
            self.add_error(names[1], _("Write how long, such as 24h or 3d; a minus means before."))
        if kind == "set" and detail:
            try:
                self.desk.typed(target, detail)
            except ValueError:
                self.add_error(names[1], _("Write a whole number."))

    def acts(self, prefix: str, rows: list[Any]) -> list[dict[str, Any]]:
        """The rows as JSON. Conditions and what the form does not show stay with a row that does the same."""
        found = []
        for n, (what_name, detail_name) in enumerate(self._rows[prefix]):
            what, detail = self.cleaned_data.get(what_name), self.cleaned_data.get(detail_name)
            if not what:
                continue
            row = rows[n] if n < len(rows) and deed_of(rows[n]) == what else {}
            same = row or next((one for one in rows if deed_of(one) == what), {})
            found.append(self._act(str(what), detail, same))
        return found

    def _act(self, what: str, detail: Any, row: Raw) -> dict[str, Any]:
        kind, _colon, target = what.partition(":")
        made: dict[str, Any] = {**row, kind: target}
        if kind == "message":
            made["to"] = detail or "customer"
        elif kind == "assign":
            made.pop("tier", None)
            made |= {"tier": int(detail)} if detail else {}
        elif kind == "timer":
            made["offset"] = detail
        elif kind == "set":
            made["value"] = self.desk.typed(target, detail) if detail else None
        return made


class ActionForm(ActsForm):
    """One automatic act at the start or the end of a step."""

    LAYOUT = ((WHAT, ("+actions",)), (WHEN, ("*when",)))

    def build(self) -> None:
        self.add_acts("actions", [self.raw] if self.raw else [], most=1)
        self.add_conditions("when")

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if not values.get("actions_0_what"):
            self.add_error("actions_0_what", _("Choose what is done."))
        return values

    def entry(self) -> dict[str, Any]:
        (made,) = self.acts("actions", [self.raw])
        made.pop("when", None)
        when = self.conditions("when")
        return {**made, **({"when": when} if when else {})}


class ButtonForm(ActsForm):
    """A button of a step."""

    LAYOUT = (
        (WHAT, ("label_zh", "label_en", "kind", "wait", "style")),
        (gettext_lazy("What it asks for and fills in"), ("asks", "lenient", "withdraws", "+sets")),
        (gettext_lazy("By itself"), ("+actions",)),
        (gettext_lazy("Who and when"), ("roles", "*when")),
    )
    OWN = ("key", "label", "kind", "wait", "style", "asks", "lenient", "withdraws", "sets", "actions", "roles", "when")

    def build(self) -> None:
        self.add_text("label", _("Words on the button"), required=True)
        self.add_choice("kind", _("Pressing it"), BUTTON_KIND.items())
        self.initial.setdefault("kind", "finish")
        if self.typed("kind", str(self.raw.get("kind", ""))) == "wait":
            self.add_choice("wait", _("Waits"), WAIT.items())
        self.add_choice("style", _("Looks"), BUTTON_STYLE.items())
        self.initial.setdefault("style", "plain")
        fields = self.desk.step.fields if self.desk.step else ()
        own = [(field.name, self.desk.speech.field(field.name)) for field in fields if not field.auto]
        self.add_several("asks", _("Also asks for"), own)
        self.add_flag("lenient", _("May be pressed although required fields are empty"))
        self.add_flag("withdraws", _("Does not wait for other departments: what was asked of them is withdrawn"))
        self._add_sets()
        self.add_acts("actions", rows_of(self.raw.get("actions")))
        self.add_several("roles", _("Only for"), self.desk.roles, help_text=_("None chosen means: all."))
        self.add_conditions("when")

    def _add_sets(self) -> None:
        sets = self.raw.get("sets")
        rows = list(sets.items()) if isinstance(sets, Mapping) else []
        self._rows["sets"] = []
        for n in range(self.row_count("sets", "field", len(rows))):
            name, value = rows[n] if n < len(rows) else ("", None)
            names = (f"sets_{n}_field", f"sets_{n}_value")
            field = self.typed(names[0], name)
            settable = [(one, group) for one, group in self.desk.fields if one != _("Course")]
            choices = [("", "—"), *settable]
            self.add(names[0], forms.ChoiceField(label=_("Field"), choices=choices, required=False), name or None)
            self._add_value(names[1], field, "eq", value)
            self._rows["sets"].append(names)

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        for field_name, value_name in self._rows["sets"]:
            field, value = values.get(field_name), str(values.get(value_name) or "")
            if field and value:
                try:
                    self.desk.typed(field, value)
                except ValueError:
                    self.add_error(value_name, _("Write a whole number."))
        return values

    def said(self) -> dict[str, Any]:
        values, label = self.cleaned_data, self.text("label")
        key = self.raw.get("key") or free_name(self.desk.body, "outcomes", label.get("en", ""), self.desk.step_key)
        sets = {}
        for field_name, value_name in self._rows["sets"]:
            if values.get(field_name):
                value = str(values.get(value_name) or "")
                sets[values[field_name]] = self.desk.typed(values[field_name], value) if value else None
        return {
            "key": key, "label": label, "kind": values["kind"] if values["kind"] != "finish" else "",
            "wait": values.get("wait") if values["kind"] == "wait" else "",
            "style": values["style"] if values["style"] != "plain" else "", "asks": values["asks"],
            "lenient": values["lenient"], "withdraws": values["withdraws"], "sets": sets,
            "roles": values["roles"], "when": self.conditions("when"),
            "actions": self.acts("actions", rows_of(self.raw.get("actions"))),
        }  # fmt: skip


class OnForm(ActsForm):
    """What the procedure makes of something that happens outside."""

    LAYOUT = (
        (gettext_lazy("What happens outside"), ("happening", "active", "ended")),
        (gettext_lazy("What it does"), ("outcome", "to", "end", "resume", "again", "+actions")),
        (WHEN, ("*when",)),
    )
    OWN = ("happening", "active", "ended", "outcome", "to", "end", "resume", "again", "actions", "when")

    def build(self) -> None:
        self.add_choice("happening", _("It happens that"), HAPPENING.items())
        self.add_several("active", _("While at"), self.desk.steps, help_text=_("None chosen means: at any step."))
        self.add_flag("ended", _("After the procedure has ended"))
        buttons = {
            button.key: self.desk.speech.button(button.key, step)
            for step in self.desk.definition.steps for button in step.buttons if button.kind == "finish"
        }  # fmt: skip
        self.add_choice("outcome", _("As if this button were pressed"), buttons.items(), empty=_("none"))
        self.add_several("to", _("Or it goes to"), self.desk.steps)
        self.add_choice("end", _("Or it ends"), self.desk.ends, empty=_("it goes on"))
        self.add_flag("resume", _("The waiting for the customer ends"))
        self.add_flag("again", _("Afterwards the rows below are looked at, too"))
        self.add_acts("actions", rows_of(self.raw.get("actions")))
        self.add_conditions("when")

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if sum(bool(values.get(one)) for one in ("outcome", "to", "end")) > 1:
            self.add_error("end", _("Choose only one of them: a button, steps, or an end."))
        return values

    def said(self) -> dict[str, Any]:
        said = {name: self.cleaned_data[name] for name in self.OWN if name not in ("actions", "when")}
        acts = self.acts("actions", rows_of(self.raw.get("actions")))
        return said | {"actions": acts, "when": self.conditions("when")}
