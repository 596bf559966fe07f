"""The form of one row of a table of limits: from the row's JSON and back."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinuo.customers.queries import company_named
from yinuo.domain.comparing import Book
from yinuo.domain.comparing.book import say_conditions
from yinuo.domain.deadline import Clock, Policy, parse_span, say_field
from yinuo.domain.deadline.editing import Table, free_key
from yinuo.web.console.labels import CLOCK, language, say
from yinuo.web.console.limit_words import OFF_DUTY, OWN_CALENDARS, SET_BY, role_text
from yinuo.web.console.settings_areas import SeveralField, Versioned

COMMON = ("channel", "urgency", "grade", "complex", "tier")
FURTHER = ("scenario", "category", "product", "team", "weekday", "impact", "priority")
CHOSEN = COMMON + FURTHER
"""Conditions that the form offers; others of a row are kept as they are."""
WARNINGS, ESCALATIONS = 3, 4
UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
UNIT_WORDS = {
    "s": gettext_lazy("seconds"),
    "m": gettext_lazy("minutes"),
    "h": gettext_lazy("hours"),
    "d": gettext_lazy("days"),
}
CLOCK_HINTS = {
    Clock.SERVICE: gettext_lazy("only while the team is open"),
    Clock.WORKDAY: gettext_lazy("day and night, but not on days off"),
    Clock.ALWAYS: gettext_lazy("24 × 7, holidays too"),
    Clock.WORKDAYS: gettext_lazy("the day of the start does not count; until closing of the last"),
}
SEPARATORS = re.compile(r"[,，、;；\n]")
TIME = re.compile(r"([01]?\d|2[0-4])[:：]([0-5]\d)\Z")


class TimeOfDay(forms.CharField):
    """`9:00`, `24:00`; empty is none."""

    def __init__(self, **more: Any) -> None:
        super().__init__(required=False, max_length=5, **more)
        self.widget.attrs.update(inputmode="numeric", autocomplete="off", placeholder="09:00")

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        found = TIME.match(text)
        if not found or (found[1] == "24" and found[2] != "00"):
            raise forms.ValidationError(_("Write a time of day such as 09:00."))
        return f"{int(found[1]):02}:{found[2]}"


class RowForm(Versioned):
    """Everything that can be said in a row. `entry()` gives it back as JSON."""

    customers = forms.CharField(
        label=gettext_lazy("Only for these companies"), required=False, max_length=400,
        help_text=gettext_lazy("Exact names of company files, with commas between. The row is for their people."),
    )  # fmt: skip
    amount = forms.IntegerField(label=gettext_lazy("Limit"), min_value=1, max_value=100_000, required=False)
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), choices=UNIT_WORDS.items())
    set_by = forms.ChoiceField(
        label=gettext_lazy("Without a limit"), choices=SET_BY.items(), required=False, initial="company"
    )
    clock = forms.ChoiceField(label=gettext_lazy("Clock"), widget=forms.RadioSelect)
    calendar = forms.ChoiceField(label=gettext_lazy("Calendar"), required=False)
    time_from = TimeOfDay(label=gettext_lazy("From"))
    time_until = TimeOfDay(label=gettext_lazy("until"))
    off_duty = forms.ChoiceField(
        label=gettext_lazy("Nobody of them on duty"), choices=OFF_DUTY.items(), widget=forms.RadioSelect,
        required=False,
    )  # fmt: skip

    def __init__(self, data: Any = None, *, book: Book, policy: Policy, raw: Mapping[str, Any], version: int) -> None:
        self.book, self.policy, self.raw = book, policy, raw
        super().__init__(data, initial={"version": version, **_initial(raw), "customers": self._companies()})
        self.fields["clock"].choices = [(clock.value, words) for clock, words in CLOCK.items()]
        self.fields["calendar"].choices = self._calendars()
        for name in CHOSEN:
            choices = self._choices(name)
            if choices:
                self.fields[f"when_{name}"] = SeveralField(label=_label(name), choices=choices)
        for n in range(1, WARNINGS + 1):
            self._level(f"warn_{n}", how=True)
        for n in range(1, ESCALATIONS + 1):
            self._level(f"tell_{n}", how=False)

    def _companies(self) -> str:
        names = self.book.names.get("customer", {})
        values = _listed(self.raw.get("when", {}).get("customer"))
        return "、".join(say(names[value]) for value in values) if _is_offered("customer", values) else ""

    def clean_customers(self) -> list[str]:
        """The companies by their ids."""
        found = []
        for name in filter(None, (part.strip() for part in SEPARATORS.split(self.cleaned_data["customers"]))):
            company = company_named(name)
            if company is None:
                raise forms.ValidationError(_("There is no company file called “{name}”.").format(name=name))
            found.append(str(company.id))
        return list(dict.fromkeys(found))

    def _level(self, name: str, *, how: bool) -> None:
        roles = [
            ("", _("nobody; the chip turns amber") if how else _("tell nobody")),
            ("owner", role_text(self.book, "owner")),
            ("team", role_text(self.book, "team")),
        ]
        roles += [(key, say(text)) for key, text in self.book.names.get("role", {}).items()]
        if how:
            ways = [("share", _("% of the time used")), *((key, _BEFORE[key]) for key in "smhd")]
        else:
            ways = [(key, _LATE[key]) for key in "smhd"]
        self.fields[f"{name}_amount"] = forms.IntegerField(
            label=_("Amount"), min_value=0, max_value=100_000, required=False
        )
        self.fields[f"{name}_way"] = forms.ChoiceField(label=_("When"), choices=ways, required=False)
        self.fields[f"{name}_who"] = forms.ChoiceField(label=_("Tell"), choices=roles, required=False)

    def _choices(self, name: str) -> list[tuple[str, str]]:
        known = self.book.names.get(name, {})
        if name == "scenario" and self.policy.scenarios:
            known = {key: text for key, text in known.items() if key in self.policy.scenarios}
        choices = [(value, say(text)) for value, text in known.items()]
        here = _listed(self.raw.get("when", {}).get(name))
        return choices + [(value, value) for value in here if value not in known]

    def _calendars(self) -> list[tuple[str, Any]]:
        named = [(code, say(text)) for code, text in self.book.names.get("calendar", {}).items()]
        here = self.raw.get("calendar", "team")
        own = [(key, words) for key, words in OWN_CALENDARS.items() if key in ("team", "customer", here)]
        return [*own, *named]

    @property
    def conditions(self) -> list[Any]:
        """Bound fields of the common conditions."""
        return [self[f"when_{name}"] for name in COMMON if f"when_{name}" in self.fields]

    @property
    def further(self) -> list[Any]:
        return [self[f"when_{name}"] for name in FURTHER if f"when_{name}" in self.fields]

    @property
    def further_used(self) -> bool:
        when = self.raw.get("when", {})
        return any(name in when for name in (*FURTHER, "customer", "time_of_day"))

    @property
    def kept(self) -> str:
        """Conditions of the row that this form does not offer, in words."""
        when = self._kept()
        if not when:
            return ""
        read = Policy.from_json(
            {"key": "kept", "starts_at": "kept", "rows": [{"key": "kept", "when": when, "limit": None}]}
        )
        return say(say_conditions(read.rows[0].when, self.book.names))

    def _kept(self) -> dict[str, Any]:
        when = self.raw.get("when", {})
        return {name: value for name, value in when.items() if not _is_offered(name, value)}

    @property
    def warnings(self) -> list[tuple[Any, Any, Any]]:
        return self._levels("warn", WARNINGS)

    @property
    def escalations(self) -> list[tuple[Any, Any, Any]]:
        return self._levels("tell", ESCALATIONS)

    def _levels(self, name: str, count: int) -> list[tuple[Any, Any, Any]]:
        return [tuple(self[f"{name}_{n}_{part}"] for part in ("amount", "way", "who")) for n in range(1, count + 1)]

    @property
    def clocks(self) -> list[tuple[Any, Any]]:
        """Each clock's radio with the line that explains it."""
        return [(radio, CLOCK_HINTS[Clock(radio.data["value"])]) for radio in self["clock"]]

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        times = [values.get("time_from", ""), values.get("time_until", "")]
        if any(times) and not all(times):
            self.add_error("time_until" if times[0] else "time_from", _("A time of day needs both ends."))
        if values.get("clock") == Clock.WORKDAYS and values.get("amount") and values.get("unit") != "d":
            self.add_error("unit", _("Whole working days are counted in days."))
        for name, _count in (("warn", WARNINGS), ("tell", ESCALATIONS)):
            for n in range(1, _count + 1):
                self._clean_level(f"{name}_{n}", values)
        return values

    def _clean_level(self, name: str, values: dict[str, Any]) -> None:
        amount, way, who = (values.get(f"{name}_{part}") for part in ("amount", "way", "who"))
        if amount is not None and not who and name.startswith("tell"):
            self.add_error(f"{name}_who", _("Say who is told."))
        if who and amount is None and name.startswith("warn"):
            self.add_error(f"{name}_amount", _("Say when."))
        if way == "share" and amount is not None and not 0 < amount < 100:
            self.add_error(f"{name}_amount", _("Between 1 and 99 %."))

    def entry(self, table: Table) -> dict[str, Any]:
        """The row as JSON: what the form says, and of the old row what it does not offer."""
        values = self.cleaned_data
        when = {**self._kept(), **self._when(values)}
        entry: dict[str, Any] = {"key": self.raw.get("key") or free_key(table, self.policy.key, _wanted(when))}
        if when:
            entry["when"] = when
        if self.raw.get("starts_at"):
            entry["starts_at"] = self.raw["starts_at"]
        entry["clock"] = values["clock"]
        set_by = values["set_by"] or "company"
        if values["amount"] is None:
            entry |= {"limit": None, "set_by": set_by}
        else:
            entry |= {"limit": f"{values['amount']}{values['unit']}"}
        if values["amount"] is not None or set_by == "case":
            entry |= {"calendar": values["calendar"] or "team"}
            entry |= {"warn": self._warns(values), "escalate": self._escalates(values)}
            entry |= {"off_duty": values["off_duty"] or "opening"}
        if self.raw.get("source"):
            entry["source"] = self.raw["source"]
        return entry

    def _when(self, values: Mapping[str, Any]) -> dict[str, Any]:
        when = {name: values.get(f"when_{name}") for name in CHOSEN}
        found: dict[str, Any] = {name: chosen for name, chosen in when.items() if chosen}
        if values["customers"]:
            found["customer"] = values["customers"]
        if values["time_from"]:
            found["time_of_day"] = {"from": values["time_from"], "until": values["time_until"]}
        return found

    def _warns(self, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for n in range(1, WARNINGS + 1):
            amount, way, who = (values[f"warn_{n}_{part}"] for part in ("amount", "way", "who"))
            if amount is not None:
                when = {"share": amount / 100} if way == "share" else {"before": f"{amount}{way}"}
                found.append({**when, "tell": who} if who else when)
        return found

    def _escalates(self, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        found = []
        for n in range(1, ESCALATIONS + 1):
            amount, way, who = (values[f"tell_{n}_{part}"] for part in ("amount", "way", "who"))
            if who:
                found.append({"after": f"{amount or 0}{way or 'm'}", "tell": who})
        return found


_BEFORE = {
    "s": gettext_lazy("seconds before"),
    "m": gettext_lazy("minutes before"),
    "h": gettext_lazy("hours before"),
    "d": gettext_lazy("days before"),
}
_LATE = {
    "s": gettext_lazy("seconds late"),
    "m": gettext_lazy("minutes late"),
    "h": gettext_lazy("hours late"),
    "d": gettext_lazy("days late"),
}


def _label(name: str) -> str:
    words = say_field(name, language())
    return words[:1].upper() + words[1:]


def _is_offered(name: str, value: object) -> bool:
    if name == "customer":  # a single person is kept as he stands
        return not any("/" in one for one in _listed(value))
    return name == "time_of_day" or (name in CHOSEN and not isinstance(value, Mapping))


def _listed(value: object) -> list[str]:
    if value is None or isinstance(value, Mapping):
        return []
    several = value if isinstance(value, list | tuple) else [value]
    return [str(one).lower() if isinstance(one, bool) else str(one) for one in several]


def _wanted(when: Mapping[str, Any]) -> str:
    """A name for a new row from what it asks, in the letters that keys are made of."""
    words = [word for value in when.values() for word in _listed(value)]
    text = re.sub(r"[^a-z0-9]+", "_", (words[0].rsplit("/", 1)[-1] if words else "row").lower()).strip("_")
    return text if text[:1].isalpha() else f"row_{text}".rstrip("_")


def _initial(raw: Mapping[str, Any]) -> dict[str, Any]:
    when = raw.get("when", {})
    times = when.get("time_of_day", {})
    found: dict[str, Any] = {f"when_{name}": _listed(when.get(name)) for name in CHOSEN}
    found |= {"time_from": times.get("from", ""), "time_until": times.get("until", "")}
    found |= {"clock": raw.get("clock", "service"), "calendar": raw.get("calendar", "team")}
    found |= {"set_by": raw.get("set_by", "company"), "off_duty": raw.get("off_duty", "opening"), "unit": "h"}
    if raw.get("limit") is not None:
        found["amount"], found["unit"] = _in_unit(raw["limit"])
    found |= {f"tell_{n}_way": "m" for n in range(1, ESCALATIONS + 1)}
    for n, level in enumerate(raw.get("warn", [])[:WARNINGS], 1):
        if "share" in level:
            amount, way = round(level["share"] * 100), "share"
        else:
            amount, way = _in_unit(level["before"])
        found |= {f"warn_{n}_amount": amount, f"warn_{n}_way": way, f"warn_{n}_who": level.get("tell", "")}
    for n, level in enumerate(raw.get("escalate", [])[:ESCALATIONS], 1):
        amount, way = _in_unit(level.get("after", "0m"))
        found |= {f"tell_{n}_amount": amount, f"tell_{n}_way": way, f"tell_{n}_who": level["tell"]}
    return found


def _in_unit(span: str) -> tuple[int, str]:
    """`90m` → (90, "m"), `2d` → (2, "d"): as it was written where that is one unit, else in the largest that fits."""
    written = re.fullmatch(r"(\d+)([smhd])", span)
    if written:
        return int(written[1]), written[2]
    seconds = round(parse_span(span).total_seconds())
    unit = next(unit for unit in "dhms" if seconds % UNITS[unit] == 0)
    return seconds // UNITS[unit], unit if seconds else "m"
