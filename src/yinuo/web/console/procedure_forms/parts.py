"""Fields, ways on, limits, guards, scripts, texts, documents, ends."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinuo.domain.procedure.editing import free_name
from yinuo.web.console.labels import STATUS, WAIT
from yinuo.web.console.procedure_forms.ground import (
    MOST_ROWS,
    PartForm,
    listed,
    rows_of,
    text_entry,
    text_of,
    without_empty,
)
from yinuo.web.console.procedure_terms import FIELD_TYPE, HAPPENING, MASK, REF

PREFILL = {
    "customer.name": gettext_lazy("the customer's name"),
    "customer.contact": gettext_lazy("the customer's contact"),
    "message.text": gettext_lazy("what the customer wrote"),
    "ticket.subject": gettext_lazy("the ticket's subject"),
    "ticket.number": gettext_lazy("the ticket's number"),
}
WHAT, WHEN = gettext_lazy("What"), gettext_lazy("Conditions")


class FieldForm(PartForm):
    """A field of a form, or a fact of the ticket."""

    LAYOUT = (
        (WHAT, ("label_zh", "label_en", "type", "ref", "required", "+choices")),
        (gettext_lazy("Help and protection"), ("hint_zh", "hint_en", "prefill", "masked", "low", "high")),
        (gettext_lazy("Course"), ("auto", "proof", "future")),
        (WHEN, ("*visible_when", "*required_when")),
    )
    OWN = (
        "name", "label", "type", "required", "choices", "visible_when", "required_when", "masked", "ref", "low", "high",
        "auto", "proof", "future", "prefill", "hint",
    )  # fmt: skip

    def build(self) -> None:
        self.add_text("label", _("Name"), required=True)
        self.add_choice("type", _("Type"), FIELD_TYPE.items())
        kind = self.typed("type", str(self.raw.get("type", "text")))
        self.initial.setdefault("type", "text")
        self.add_flag("required", _("Must be filled in to finish the step"))
        if kind == "ref":
            self.add_choice("ref", _("Of what"), REF.items())
        if kind in ("choice", "multi"):
            self._add_choices()
        if kind in ("text", "longtext", "int", "money", "percent"):
            is_text = kind in ("text", "longtext")
            words = (_("Letters at least"), _("Letters at most")) if is_text else (_("Least"), _("Most"))
            for name, label in zip(("low", "high"), words, strict=True):
                self.add(name, forms.IntegerField(label=label, required=False), self.raw.get(name))
        self.add_text("hint", _("Hint below the field"))
        prefills = {**PREFILL, **{one: one for one in listed(self.raw.get("prefill")) if one not in PREFILL}}
        self.add_choice("prefill", _("Filled in at first with"), prefills.items(), empty=_("nothing"))
        if kind in ("text", "longtext"):
            self.add_choice("masked", _("Masked on screen as"), MASK.items(), empty=_("not masked"))
        self.add_flag("auto", _("Filled in by the procedure, not typed"))
        if kind not in ("sign", "score"):
            self.add_flag("proof", _("To be given anew in each round"))
        if kind == "instant":
            self.add_flag("future", _("May lie ahead (planned, promised)"))
        if self.part == "fields":
            self.add_conditions("visible_when")
            self.add_conditions("required_when")

    def _add_choices(self) -> None:
        rows, names = rows_of(self.raw.get("choices")), []
        for n in range(min(self.row_count("choices", "zh", len(rows)) + 1, MOST_ROWS * 2)):
            row = rows[n] if n < len(rows) else {}
            own = (f"choices_{n}_zh", f"choices_{n}_en", f"choices_{n}_value")
            self.add(own[0], forms.CharField(label=_("Chinese"), max_length=100, required=False), text_of(row, "zh"))
            self.add(own[1], forms.CharField(label=_("English"), max_length=100, required=False), text_of(row, "en"))
            hidden = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
            self.add(own[2], hidden, row.get("value", ""))
            names.append(own)
        self._rows["choices"] = names

    def row_count(self, prefix: str, part: str, standing: int) -> int:
        if prefix != "choices":
            return super().row_count(prefix, part, standing)
        if not self.is_bound:
            return standing + 1
        filled = [n for n in range(MOST_ROWS * 4) if self.data.get(f"{prefix}_{n}_{part}")]
        return (filled[-1] + 2) if filled else 1

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        rows = self._rows.get("choices")
        if rows and values.get("type") in ("choice", "multi") and not any(values.get(row[0]) for row in rows):
            self.add_error("choices_0_zh", _("A list needs at least one entry."))
        low, high = values.get("low"), values.get("high")
        if low is not None and high is not None and low > high:
            self.add_error("high", _("This is less than the least."))
        return values

    def said(self) -> dict[str, Any]:
        values = self.cleaned_data
        name = self.raw.get("name") or free_name(
            self.desk.body, self.part, values.get("label_en") or "", self.desk.step_key
        )
        said: dict[str, Any] = {"name": name, "label": self.text("label"), "hint": self.text("hint")}
        said |= {one: values.get(one) for one in ("required", "masked", "ref", "auto", "future", "prefill")}
        if values["type"] != "text":
            said["type"] = values["type"]
        if "proof" in self.fields:
            said["proof"] = values.get("proof") or (False if self.raw.get("proof") is False else None)
        said |= {one: values.get(one) for one in ("low", "high") if values.get(one) is not None}
        if "choices" in self._rows:
            said["choices"] = self._choices()
        for one in ("visible_when", "required_when"):
            if one in self._rows:
                said[one] = self.conditions(one)
        return said

    def entry(self) -> dict[str, Any]:
        entry = super().entry()
        for name in ("low", "high"):
            if self.cleaned_data.get(name) == 0:
                entry[name] = 0
        return entry

    def _choices(self) -> list[dict[str, Any]]:
        values, taken, found = self.cleaned_data, set(), []
        standing = {str(row.get("value")): row for row in rows_of(self.raw.get("choices"))}
        for zh_name, en_name, value_name in self._rows["choices"]:
            zh, en, value = (values.get(name) or "" for name in (zh_name, en_name, value_name))
            if not zh and not en:
                continue
            key = value or _value_for(en, taken | set(standing))
            taken.add(key)
            kept = {name: one for name, one in standing.get(key, {}).items() if name not in ("zh", "en", "value")}
            found.append({"value": key, **text_entry(zh, en), **kept})
        return found


def _value_for(en: str, taken: set[str]) -> str:
    body = {"steps": [{"key": one} for one in taken]}
    return free_name(body, "steps", en or "option")


class ArrowForm(PartForm):
    """A way on: to steps, or to an end."""

    LAYOUT = (
        (gettext_lazy("Where it leads"), ("to", "end", "loop", "label_zh", "label_en")),
        (WHEN, ("*when",)),
    )  # fmt: skip
    OWN = ("to", "end", "loop", "label", "when", "open")  # saving settles what an import left open

    def build(self) -> None:
        hint = _("Several begin at the same time.")
        self.add_several("to", _("Next steps"), self.desk.steps, help_text=hint)
        self.add_choice("end", _("Or it ends"), self.desk.ends, empty=_("it goes on"))
        self.add_flag("loop", _("Goes back: begins another round"))
        self.add_text("label", _("Words on the arrow"))
        self.add_conditions("when")

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if bool(values.get("to")) == bool(values.get("end")):
            self.add_error("end", _("Choose either next steps or an end."))
        return values

    def said(self) -> dict[str, Any]:
        values = self.cleaned_data
        return {
            "to": values["to"], "end": values["end"], "loop": values["loop"] and not values["end"],
            "label": self.text("label"), "when": self.conditions("when"),
        }  # fmt: skip


class LimitForm(PartForm):
    """A promise: which limit, from when, what keeps it. How long is said in the limits."""

    LAYOUT = (
        (WHAT, ("kind", "starts", "pauses")),
        (gettext_lazy("What keeps it"), ("met_step", "met_happening", "met_field")),
        (WHEN, ("*when",)),
    )
    OWN = ("kind", "starts", "pauses", "met_by", "when")

    def build(self) -> None:
        kinds = sorted(self.desk.names.promise.all().items(), key=lambda one: one[1])
        self.add_choice("kind", _("Limit"), kinds, help_text=_("How long, and who is told, stands in the limits."))
        own = [("step", _("from the start of the step"))] if self.desk.step_key else []
        starts = [*own, ("run", _("from acceptance")), ("round", _("from the start of the round"))]
        starts += [(name, _("from “%(field)s”") % {"field": label}) for name, label in self.desk.instants]
        self.add_choice("starts", _("Counts"), starts)
        self.initial.setdefault("starts", "step" if self.desk.step_key else "run")
        self.add_several("pauses", _("Stands still while waiting for"), _waits())
        met = rows_of(self.raw.get("met_by"))
        hint = _("Nothing chosen means: when the step itself is done.") if self.desk.step_key else ""
        self.raw |= {
            f"met_{name}": [row[name] for row in met if row.get(name)] for name in ("step", "happening", "field")
        }
        self.add_several("met_step", _("These steps are done"), self.desk.steps, help_text=hint)
        self.add_several("met_happening", _("Or one of these happens"), list(HAPPENING.items()))
        self.add_several("met_field", _("Or one of these is filled in"), self.desk.instants)
        self.add_conditions("when")

    def entry(self) -> dict[str, Any]:
        return {
            name: value for name, value in super().entry().items() if not name.startswith("met_") or name == "met_by"
        }

    def said(self) -> dict[str, Any]:
        values = self.cleaned_data
        met = [{name: one} for name in ("step", "happening", "field") for one in values[f"met_{name}"]]
        return {
            "kind": values["kind"], "starts": values["starts"], "pauses": values["pauses"], "met_by": met,
            "when": self.conditions("when"),
        }  # fmt: skip


def _waits() -> list[tuple[str, Any]]:
    return list(WAIT.items())


class GuardForm(PartForm):
    """What must be true before the step may finish, and the sentence that says so."""

    LAYOUT = ((WHEN, ("*need", "outcomes")), (gettext_lazy("What is said otherwise"), ("message_zh", "message_en")))
    OWN = ("need", "outcomes", "message")

    def build(self) -> None:
        self.add_conditions("need")
        step = self.desk.step
        buttons = [button for button in step.buttons if button.kind == "finish"] if step else []
        choices = [(button.key, self.desk.speech.button(button.key, step)) for button in buttons]
        self.add_several("outcomes", _("Only for these buttons"), choices, help_text=_("None chosen means: all."))
        self.add_text("message", _("Sentence"), required=True)

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if not any(values.get(row[0]) for row in self._rows["need"]):
            self.add_error("need_0_field", _("Say what must be true."))
        return values

    def said(self) -> dict[str, Any]:
        return {
            "need": self.conditions("need"), "outcomes": self.cleaned_data["outcomes"], "message": self.text("message"),
        }  # fmt: skip


class ScriptForm(PartForm):
    """What may be said at a step."""

    LAYOUT = ((WHAT, ("title_zh", "title_en", "script_zh", "script_en")), (WHEN, ("*when",)))
    OWN = ("title", "zh", "en", "when")

    def build(self) -> None:
        self.add_text("title", _("Title"))
        self.add_text("script", _("Words"), lines=5, required=True, raw=self.raw)
        self.add_conditions("when")

    def said(self) -> dict[str, Any]:
        return {"title": self.text("title"), **self.text("script"), "when": self.conditions("when")}


class TextForm(PartForm):
    """A sentence: must, never."""

    LAYOUT = ((WHAT, ("sentence_zh", "sentence_en")),)
    OWN = ("zh", "en")

    def build(self) -> None:
        self.add_text("sentence", _("Sentence"), lines=2, required=True, raw=self.raw)

    def said(self) -> dict[str, Any]:
        return dict(self.text("sentence"))


class DocumentForm(PartForm):
    """A document that comes of a step."""

    LAYOUT = ((WHAT, ("title_zh", "title_en")), (WHEN, ("*when",)))
    OWN = ("key", "zh", "en", "when")

    def build(self) -> None:
        self.add_text("title", _("Title"), required=True, raw=self.raw)
        self.add_conditions("when")

    def said(self) -> dict[str, Any]:
        title = self.text("title")
        key = self.raw.get("key") or free_name(self.desk.body, "documents", title.get("en", ""), self.desk.step_key)
        return {"key": key, **title, "when": self.conditions("when")}


class TaskForm(PartForm):
    """A task for another department: what, for whom, until when, what the step makes of it."""

    LAYOUT = (
        (WHAT, ("title_zh", "title_en", "whom", "ask", "result")),
        (gettext_lazy("Until when"), ("accept", "limit", "accept_until", "until")),
        (gettext_lazy("When it is handed out"), ("at_start", "needed", "*when")),
    )
    OWN = (
        "key", "title", "role", "team", "limit", "accept", "until", "accept_until", "ask", "result", "needed",
        "at_start", "when",
    )  # fmt: skip

    def build(self) -> None:
        self.add_text("title", _("What is to be done"), required=True)
        takers = self.desk.names.takers
        roles = [(f"role:{code}", label) for code, label in self.desk.roles if code in takers]
        teams = [(f"team:{code}", name) for code, name in self.desk.names.team.items()]
        here = next((f"{one}:{self.raw[one]}" for one in ("team", "role") if self.raw.get(one)), "")
        given = {value for value, _label in (*roles, *teams)}
        extra = [(here, here.partition(":")[2])] if here and here not in given else []
        groups = [(_("A team that takes the role"), roles), (_("One team"), teams), *([("", extra)] if extra else [])]
        self.add("whom", forms.ChoiceField(label=_("Goes to"), choices=[("", "—"), *groups]), here or None)
        texts = [
            (name, self.desk.speech.field(name))
            for name, field in self.desk.definition.field_by_name.items()
            if field.type in ("text", "longtext")
        ]
        self.add_choice("ask", _("What is to be done stands in"), texts, empty=_("nowhere else"))
        self.add_choice("result", _("Their answer is put into"), texts, empty=_("an internal note alone"))
        kinds = sorted(self.desk.names.promise.all().items(), key=lambda one: one[1])
        hint = _("How long, and who is told, stands in the limits.")
        self.add_choice("accept", _("Limit for accepting"), kinds, empty=_("none"))
        self.add_choice("limit", _("Limit for the answer"), kinds, empty=_("none"), help_text=hint)
        agreed = _("Where the limits leave it to each case.")
        instants = self.desk.instants
        self.add_choice("accept_until", _("To be accepted until"), instants, empty=_("not agreed"), help_text=agreed)
        self.add_choice("until", _("To be answered until"), instants, empty=_("not agreed"), help_text=agreed)
        self.add_flag(
            "at_start", _("When the step begins"),
            help_text=_("Otherwise a button or an automatic act hands it out: “A task for another department”."),
        )  # fmt: skip
        self.add_flag(
            "needed", _("The step can be finished only when it is answered"),
            help_text=_("Or withdrawn, with the reason."),
        )  # fmt: skip
        self.add_conditions("when")

    def said(self) -> dict[str, Any]:
        values, title = self.cleaned_data, self.text("title")
        key = self.raw.get("key") or free_name(self.desk.body, "tasks", title.get("en", ""), self.desk.step_key)
        kind, _colon, code = str(values["whom"]).partition(":")
        said = {name: values[name] for name in self.OWN if name in values}
        return said | {"key": key, "title": title, kind: code, "when": self.conditions("when")}


class EndForm(PartForm):
    """A way the procedure may end, and the status it leaves."""

    LAYOUT = ((WHAT, ("title_zh", "title_en", "status")),)
    OWN = ("key", "title", "status")

    def build(self) -> None:
        self.add_text("title", _("Name"), required=True)
        self.add_choice("status", _("The ticket becomes"), STATUS.items(), empty=_("as it is"))

    def said(self) -> dict[str, Any]:
        title = self.text("title")
        key = self.raw.get("key") or free_name(self.desk.body, "ends", title.get("en", ""))
        return without_empty({"key": key, "title": title, "status": self.cleaned_data["status"]})
