"""What the forms of a procedure's parts share: texts in two languages, conditions as rows of lists to choose from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinuo.domain.conditions import OPS
from yinuo.domain.procedure import Definition
from yinuo.domain.procedure import model as m
from yinuo.domain.procedure.editing import Body
from yinuo.web.console.labels import full_source, say
from yinuo.web.console.procedure_terms import FACT_VALUES, PSEUDO
from yinuo.web.console.procedure_words import HouseNames, Speech
from yinuo.web.console.settings_areas import SeveralField, Versioned

MOST_ROWS = 12
LISTS = ("in", "not_in")
NO_VALUE = ("set", "unset")
Choices = list[tuple[str, Any]]
Raw = Mapping[str, Any]


@dataclass
class Desk:
    """A draft's body with what its forms choose from. `step` is empty for the whole matter."""

    body: Body
    step_key: str
    names: HouseNames

    @cached_property
    def definition(self) -> Definition:
        return Definition.from_json(self.body)

    @cached_property
    def speech(self) -> Speech:
        return Speech(self.definition, self.names)

    @cached_property
    def step(self) -> m.Step | None:
        return self.definition.step_by_key.get(self.step_key)

    @property
    def roles(self) -> Choices:
        return [(code, say(text)) for code, text in self.names.role.items()]

    @property
    def steps(self) -> Choices:
        return [(step.key, self.speech.step(step.key)) for step in self.definition.steps]

    @property
    def ends(self) -> Choices:
        return [(end.key, self.speech.end(end.key)) for end in self.definition.ends]

    @property
    def instants(self) -> Choices:
        """Fields and facts that hold a date and time."""
        fields = self.definition.field_by_name.items()
        return [(name, self.speech.field(name)) for name, field in fields if field.type == "instant"]

    @property
    def timers(self) -> list[str]:
        """Timers that the definition knows."""
        return sorted({action.target for action in self.definition.all_actions() if action.kind == "timer"})

    @cached_property
    def fields(self) -> list[tuple[str, Choices]]:
        """Everything a condition may ask about: this step's fields, the ticket's, those of other steps."""
        speech, own = self.speech, {field.name for field in self.step.fields} if self.step else set()
        facts = [(fact.name, speech.field(fact.name)) for fact in self.definition.facts if fact.name not in own]
        others = [
            (name, speech.field(name))
            for name in self.definition.field_by_name
            if name not in own and name not in self.definition.fact_names
        ]
        mine = [(field.name, speech.field(field.name)) for field in self.step.fields] if self.step else []
        pseudo = [(name, str(words)) for name, words in PSEUDO.items() if name != "outcome" or self.step]
        groups = [(_("This step"), mine), (_("The ticket"), facts), (_("Other steps"), others), (_("Course"), pseudo)]
        return [(title, choices) for title, choices in groups if choices]

    def values(self, name: str) -> Choices | None:
        """What a field may be, where that is a closed list."""
        speech, field = self.speech, self.definition.field_by_name.get(name)
        if name == "outcome" and self.step:
            ways = [(button.key, speech.button(button.key, self.step)) for button in self.step.buttons]
            return [*ways, (m.SKIPPED, speech.button(m.SKIPPED))]
        if name == "timer":
            return [(key, speech.timer(key)) for key in self.timers] or None
        if name == "subtask":
            return [(key, speech.task(key)) for key in self.definition.task_by_key] or None
        if field is None:
            return None
        if field.type in ("choice", "multi"):
            return [(choice.value, say(choice.label) or choice.value) for choice in field.choices]
        if field.type == "bool":
            return [("true", _("yes")), ("false", _("no"))]
        if field.type == "score":
            return [(str(n), str(n)) for n in range(1, 6)]
        return list(FACT_VALUES[name].items()) if name in FACT_VALUES else None

    def typed(self, name: str, text: str) -> Any:
        """A chosen or written value as the definition holds it. Raises ValueError."""
        field = self.definition.field_by_name.get(name)
        kind = field.type if field else "int" if name == "round" else "text"
        if kind == "bool":
            return text == "true"
        if kind in ("int", "score", "money", "percent"):
            return int(text)
        return text


def text_of(raw: Any, language: str) -> str:
    """One language of a text as it is written: a mapping, or a bare one in Chinese."""
    if isinstance(raw, Mapping):
        return str(raw.get(language) or "")
    return str(raw or "") if language == "zh" else ""


def listed(raw: Any) -> list[str]:
    """A list of names; a single one may stand without the list."""
    if raw is None or raw == "":
        return []
    return [str(one) for one in raw] if isinstance(raw, list | tuple) else [str(raw)]


def rows_of(raw: Any) -> list[Any]:
    """A list of rows; a single one may stand without the list."""
    if raw is None:
        return []
    return list(raw) if isinstance(raw, list | tuple) else [raw]


def written(value: Any) -> str:
    """A value as its widget has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def without_empty(entry: Raw) -> dict[str, Any]:
    """Without entries that say nothing."""
    return {name: value for name, value in entry.items() if value not in (None, "", [], {}, False)}


def text_entry(zh: str, en: str) -> dict[str, str]:
    return without_empty({"zh": zh.strip(), "en": en.strip()})


class PartForm(Versioned):
    """One entry of a list. `raw` is what stands there, empty for a new one; `entry()` is what it becomes: entries that
    the form does not show are kept. `LAYOUT`: titles of its sections with what stands in them, in order; a name with
    `*` in front is a list of condition rows, with `+` one of other rows."""

    LAYOUT: ClassVar[tuple[tuple[Any, tuple[str, ...]], ...]] = ()
    OWN: ClassVar[tuple[str, ...]] = ()
    """Names of the entry that the form writes."""
    CHOOSES: ClassVar[str] = ""
    """The field that fields with `shown_when` depend on: they show while it has one of these values."""

    def __init__(
        self, data: Any = None, *, desk: Desk, raw: Raw | None = None, version: int = 0, part: str = ""
    ) -> None:  # fmt: skip
        self.desk, self.raw, self.part = desk, dict(raw or {}), part
        self._rows: dict[str, list[tuple[str, ...]]] = {}
        super().__init__(data, initial={"version": version})
        self.build()

    def build(self) -> None:
        """Adds the fields that depend on the draft."""

    def entry(self) -> dict[str, Any]:
        """The entry as JSON."""
        kept = {name: value for name, value in self.raw.items() if name not in self.OWN}
        return {**kept, **without_empty(self.said())}

    def said(self) -> dict[str, Any]:
        """What the form says."""
        return {}

    # --- fields ------------------------------------------------------------------------------------------------------

    def add(self, name: str, field: forms.Field, initial: Any = None) -> None:
        self.fields[name] = field
        if initial is not None:
            self.initial[name] = initial

    def add_text(self, name: str, label: Any, *, lines: int = 1, required: bool = False, raw: Any = None) -> None:
        """A text in both languages; Chinese first."""
        value = self.raw.get(name) if raw is None else raw
        for language, words in (("zh", _("Chinese")), ("en", _("English"))):
            widget = forms.Textarea(attrs={"rows": lines}) if lines > 1 else forms.TextInput()
            self.add(
                f"{name}_{language}",
                forms.CharField(
                    label=_("%(label)s (%(language)s)") % {"label": label, "language": words}, max_length=2_000,
                    required=required and language == "zh", widget=widget,
                ),
                text_of(value, language),
            )  # fmt: skip

    def add_source(self) -> None:
        """Where it comes from, with what a known source stands for beside it."""
        source = str(self.raw.get("source") or "")
        hint = (
            full_source(source)
            if source
            else _("Chapter of a handbook, such as %(example)s, or a document of your own.") % {"example": "H2.4"}
        )
        self.add(
            "source", forms.CharField(label=_("Source in the handbook"), max_length=60, required=False, help_text=hint),
            source,
        )  # fmt: skip

    def text(self, name: str) -> dict[str, str]:
        values = self.cleaned_data
        return text_entry(values.get(f"{name}_zh") or "", values.get(f"{name}_en") or "")

    def add_choice(self, name: str, label: Any, choices: Iterable[Any], *, empty: Any = None, **more: Any) -> None:
        given = list(choices)
        here = str(self.raw.get(name, "") or "")
        flat = {value for value, _label in given}
        if here and here not in flat:
            given.append((here, here))
        shown = given if empty is None else [("", empty), *given]
        self.add(name, forms.ChoiceField(label=label, choices=shown, required=empty is None, **more), here or None)

    def add_several(self, name: str, label: Any, choices: Sequence[Any], **more: Any) -> None:
        here = listed(self.raw.get(name))
        flat = {value for value, _label in choices}
        given = [*choices, *((one, one) for one in here if one not in flat)]
        self.add(name, SeveralField(label=label, choices=given, **more), here)

    def add_flag(self, name: str, label: Any, **more: Any) -> None:
        self.add(name, forms.BooleanField(label=label, required=False, **more), bool(self.raw.get(name)))

    # --- rows --------------------------------------------------------------------------------------------------------

    def typed(self, name: str, otherwise: str) -> str:
        """What has been chosen so far, else what stands."""
        return str(self.data.get(name, "")) if self.is_bound else otherwise

    def row_count(self, prefix: str, part: str, standing: int) -> int:
        """Rows to show: those that are filled, and one more."""
        if not self.is_bound:
            return min(standing + 1, MOST_ROWS)
        filled = [n for n in range(MOST_ROWS) if self.data.get(f"{prefix}_{n}_{part}")]
        return min((filled[-1] + 2) if filled else 1, MOST_ROWS)

    def add_conditions(self, prefix: str) -> None:
        """Rows field / op / value under `prefix`, which is also the entry's name."""
        rows = rows_of(self.raw.get(prefix))
        self._rows[prefix] = []
        for n in range(self.row_count(prefix, "field", len(rows))):
            row = rows[n] if n < len(rows) else {}
            names = tuple(f"{prefix}_{n}_{part}" for part in ("field", "op", "value"))
            field = self.typed(names[0], str(row.get("field", "")))
            op = self.typed(names[1], str(row.get("op", "eq")))
            known = {name for _title, group in self.desk.fields for name, _label in group}
            extra = [(field, field)] if field and field not in known else []
            self.add(
                names[0],
                forms.ChoiceField(
                    label=_("Field"), choices=[("", "—"), *self.desk.fields, *extra], required=False
                ),
                row.get("field"),
            )  # fmt: skip
            ops = [(key, say(words)) for key, words in OPS.items()]
            self.add(names[1], forms.ChoiceField(label=_("Condition"), choices=ops, required=False), op or "eq")
            self._add_value(names[2], field, op, row.get("value"))
            self._rows[prefix].append(names)

    def _add_value(self, name: str, field: str, op: str, value: Any) -> None:
        several, choices = op in LISTS, self.desk.values(field) if field else None
        if op in NO_VALUE or not field:
            self.add(name, forms.CharField(required=False, widget=forms.HiddenInput))
        elif choices is not None and several:
            self.add(name, SeveralField(label=_("Value"), choices=choices), [written(one) for one in rows_of(value)])
        elif choices is not None:
            shown = [("", "—"), *choices]
            self.add(name, forms.ChoiceField(label=_("Value"), choices=shown, required=False), written_or_none(value))
        else:
            text = ", ".join(written(one) for one in rows_of(value))
            hint = _("several with commas between") if several else ""
            widget = forms.TextInput(attrs={"placeholder": hint, "autocomplete": "off"})
            self.add(name, forms.CharField(label=_("Value"), max_length=200, required=False, widget=widget), text)

    def conditions(self, prefix: str) -> list[dict[str, Any]]:
        """The rows as JSON."""
        values, found = self.cleaned_data, []
        for field_name, op_name, value_name in self._rows[prefix]:
            field, op, value = (values.get(name) for name in (field_name, op_name, value_name))
            if not field:
                continue
            row = {"field": field} | ({"op": op} if op and op != "eq" else {})
            if op not in NO_VALUE:
                several = value if isinstance(value, list) else str(value or "").replace("，", ",").split(",")
                given = [one.strip() for one in (several if op in LISTS else [str(value or "")]) if one.strip()]
                typed = [self.desk.typed(field, one) for one in given]
                row["value"] = typed if op in LISTS else typed[0]
            found.append(row)
        return found

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        for prefix, rows in self._rows.items():
            for names in rows:
                if len(names) == 3 and names[1].endswith("_op"):
                    self._clean_condition(prefix, names, values)
        return values

    def _clean_condition(self, prefix: str, names: tuple[str, ...], values: Raw) -> None:
        field, op, value = (values.get(name) for name in names)
        if not field or op in NO_VALUE or names[2] in self.errors:
            return
        several = value if isinstance(value, list) else str(value or "").replace("，", ",").split(",")
        given = [one.strip() for one in several if one.strip()]
        if not given:
            self.add_error(names[2], _("Say which value."))
            return
        try:
            for one in given:
                self.desk.typed(field, one)
        except ValueError:
            self.add_error(names[2], _("Write a whole number."))

    # --- for the template --------------------------------------------------------------------------------------------

    @property
    def sections(self) -> list[dict[str, Any]]:
        """The sections with bound fields and rows."""
        return [
            {"title": str(title), "items": [self._item(name) for name in names if self._is_there(name)]}
            for title, names in self.LAYOUT
            if any(self._is_there(name) for name in names)
        ]

    def _is_there(self, name: str) -> bool:
        plain = name.lstrip("*+")
        return plain in self._rows if name != plain else plain in self.fields

    def _item(self, name: str) -> dict[str, Any]:
        plain = name.lstrip("*+")
        if name == plain:
            return {"field": self[plain], "shown_when": getattr(self.fields[plain], "shown_when", "")}
        rows = [[self[one] for one in row] for row in self._rows[plain]]
        return {"rows": rows, "kind": "conditions" if name[0] == "*" else "rows", "legend": str(ROW_LEGENDS[plain])}


def written_or_none(value: Any) -> str | None:
    return None if value is None else written(value)


ROW_LEGENDS: dict[str, Any] = {
    "when": gettext_lazy("Only if all of this is so"),
    "need": gettext_lazy("All of this must be so"),
    "visible_when": gettext_lazy("Shown only if all of this is so"),
    "required_when": gettext_lazy("Required if all of this is so"),
    "choices": gettext_lazy("The list to choose from"),
    "sets": gettext_lazy("Fields that it fills in"),
    "actions": gettext_lazy("What it does by itself"),
}
