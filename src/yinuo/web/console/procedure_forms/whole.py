"""The settings of a step, a new step, the settings of the whole procedure."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinuo.domain.procedure.editing import free_name
from yinuo.web.console.labels import CLOCK, WAIT
from yinuo.web.console.procedure_forms.ground import PartForm, listed
from yinuo.web.console.procedure_forms.parts import WHAT
from yinuo.web.console.procedure_terms import JOIN

UNITS = {"m": gettext_lazy("minutes"), "h": gettext_lazy("hours"), "d": gettext_lazy("days")}


class StepForm(PartForm):
    """Who does a step, when it begins, what it is for. `values()` is what is put into it; None takes an entry away."""

    CHOOSES = "starts_field"
    LAYOUT = (
        (WHAT, ("title_zh", "title_en", "purpose_zh", "purpose_en", "source")),
        (gettext_lazy("Who"), ("role", "tier", "skip_by")),
        (
            gettext_lazy("When it begins"),
            ("join", "starts_field", "starts_side", "starts_amount", "starts_unit", "starts_clock", "waits", "pool"),
        ),
    )

    def build(self) -> None:
        self.add_text("title", _("Name"), required=True)
        self.add_text("purpose", _("What it is for"), lines=2)
        self.add_source()
        self.add_choice("role", _("Role"), self.desk.roles)
        lines = [(str(n), _("line %(tier)s") % {"tier": n}) for n in (1, 2, 3)]
        self.add_choice("tier", _("Line"), lines, empty=_("any line"))
        self.add_several("skip_by", _("May be skipped by"), self.desk.roles, help_text=_("None chosen: by nobody."))
        self.add_choice("join", _("Several ways lead here: it begins"), JOIN.items())
        self.initial.setdefault("join", "any")
        self.add_choice("waits", _("Waits from its start"), WAIT.items(), empty=_("for nobody"))
        self.add_flag(
            "pool", _("Whoever waits here is in the lead pool"),
            help_text=_("The pool's page lists them; its button there is the step's primary one."),
        )  # fmt: skip
        self._add_start()

    def _add_start(self) -> None:
        plan = self.raw.get("starts_at") or {}
        span, side = str(plan.get("offset", "0")), "after"
        if span.startswith("-"):
            span, side = span[1:], "before"
        amount, unit = (span[:-1], span[-1]) if span[:-1].isdigit() and span[-1] in UNITS else ("", "h")
        self.kept_span = span if not amount and span not in ("", "0") else ""
        empty = _("at once")
        field = forms.ChoiceField(label=_("By a date"), choices=[("", empty), *self.desk.instants], required=False)
        self.add("starts_field", field, plan.get("field"))
        sides = [("before", _("before")), ("after", _("after"))]
        self.add("starts_side", forms.ChoiceField(label=_("Before or after"), choices=sides, required=False), side)
        number = forms.IntegerField(label=_("How long"), min_value=0, max_value=100_000, required=False)
        self.add("starts_amount", number, amount or None)
        self.add("starts_unit", forms.ChoiceField(label=_("Unit"), choices=UNITS.items(), required=False), unit)
        clocks = [(clock.value, words) for clock, words in CLOCK.items() if clock.value != "workdays"]
        self.add(
            "starts_clock", forms.ChoiceField(label=_("Clock"), choices=clocks, required=False),
            plan.get("clock", "always"),
        )  # fmt: skip
        for name in ("starts_side", "starts_amount", "starts_unit", "starts_clock"):  # how far from the date
            self.fields[name].shown_when = " ".join(value for value, _label in self.desk.instants)  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        given = self.cleaned_data
        said: dict[str, Any] = {
            "title": self.text("title"), "purpose": self.text("purpose") or None, "source": given["source"] or None,
            "role": given["role"], "tier": int(given["tier"]) if given["tier"] else None,
            "skip_by": given["skip_by"] or None, "join": given["join"] if given["join"] != "any" else None,
            "waits": given["waits"] or None, "pool": given["pool"] or None, "starts_at": None,
        }  # fmt: skip
        if given["starts_field"]:
            amount = given["starts_amount"]
            span = f"{amount}{given['starts_unit']}" if amount is not None else self.kept_span or "0"
            offset = f"-{span}" if given["starts_side"] == "before" and span != "0" else span
            said["starts_at"] = {"field": given["starts_field"], "offset": offset}
            if given["starts_clock"] not in ("", "always"):
                said["starts_at"]["clock"] = given["starts_clock"]
        return said


class NewStepForm(PartForm):
    """A new step: name and role; the rest is written afterwards."""

    LAYOUT = ((WHAT, ("title_zh", "title_en", "role", "after")),)

    def build(self) -> None:
        self.add_text("title", _("Name"), required=True)
        self.add_choice("role", _("Role"), self.desk.roles)
        steps = self.desk.steps
        self.add_choice("after", _("Stands behind"), steps)
        self.initial.setdefault("after", steps[-1][0])

    def step_entry(self) -> dict[str, Any]:
        title = self.text("title")
        return {
            "key": free_name(self.desk.body, "steps", title.get("en", "")), "title": title,
            "role": self.cleaned_data["role"],
        }  # fmt: skip


class WholeForm(PartForm):
    """The name of the procedure and where it begins."""

    LAYOUT = ((WHAT, ("title_zh", "title_en", "source", "start")),)

    def build(self) -> None:
        self.add_text("title", _("Name"), required=True)
        self.add_source()
        self.raw["start"] = listed(self.raw.get("start")) or list(self.desk.definition.start)
        hint = _("Several begin at the same time.")
        self.add_several("start", _("First steps"), self.desk.steps, help_text=hint)

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if not values.get("start"):
            self.add_error("start", _("A procedure begins somewhere."))
        return values

    def values(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {"title": self.text("title"), "source": given["source"] or None, "start": given["start"]}
