"""Forms of the calendar pages: the week, days that differ, a stretch of days, a file of official days."""

import re
from datetime import date
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinuo.calendars.drafts import Differing
from yinuo.calendars.models import BusinessCalendar
from yinuo.web.console.settings_areas import CodeField, Versioned
from yinuo.web.console.settings_words import WEEKDAYS

ZONES: dict[str, str | Promise] = {
    "Asia/Shanghai": gettext_lazy("China (Shanghai)"),
    "Asia/Urumqi": gettext_lazy("Xinjiang (Urumqi)"),
    "Asia/Hong_Kong": gettext_lazy("Hong Kong"),
    "Asia/Tokyo": gettext_lazy("Japan (Tokyo)"),
    "Europe/Berlin": gettext_lazy("Central Europe (Berlin)"),
    "America/New_York": gettext_lazy("Eastern United States (New York)"),
    "UTC": gettext_lazy("Universal time (UTC)"),
}
EMPTY_ROWS = 3
MOST_FILE_BYTES = 1_000_000
_SPAN = re.compile(r"(\d{1,2})[:：.](\d{2})\s*[-–—~～至到]+\s*(\d{1,2})[:：.](\d{2})\Z")


class SpansField(forms.CharField):
    """`09:00-12:00, 13:00-18:00` as `[["09:00", "12:00"], …]`; empty is closed. An end after midnight may be written
    as it is on the clock: `22:00-06:00` becomes `["22:00", "30:00"]`."""

    def __init__(self, **more: Any) -> None:
        super().__init__(required=False, max_length=200, **more)
        self.widget.attrs.update(autocomplete="off", placeholder=gettext_lazy("closed"))

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return ", ".join(f"{begin}-{end}" for begin, end in value)

    def clean(self, value: Any) -> list[list[str]]:
        text = super().clean(value)
        return [_span(part.strip()) for part in re.split(r"[,，;；、]", text) if part.strip()]


def _span(text: str) -> list[str]:
    found = _SPAN.match(text)
    if not found:
        raise forms.ValidationError(_("“{text}” is no span of time. Write 09:00-12:00.").format(text=text))
    begin_h, begin_m, end_h, end_m = (int(part) for part in found.groups())
    begin, end = begin_h * 60 + begin_m, end_h * 60 + end_m
    if begin_m > 59 or end_m > 59 or begin_h > 23 or end_h > 36:
        raise forms.ValidationError(_("“{text}” holds a time that does not exist.").format(text=text))
    if end <= begin:
        end += 24 * 60
    return [f"{begin // 60:02}:{begin % 60:02}", f"{end // 60:02}:{end % 60:02}"]


class CalendarForm(Versioned):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    code = CodeField()
    zone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=ZONES.items())
    follows = forms.BooleanField(
        label=gettext_lazy("Follow the official Chinese holidays and make-up workdays"), required=False, initial=True
    )

    def __init__(self, *args: Any, row: BusinessCalendar | None = None, **kwargs: Any) -> None:
        initial: dict[str, Any] = {}
        if row:
            initial = {name: getattr(row, name) for name in ("name", "code", "zone", "version")}
            initial |= {"follows": bool(row.follows)} | {f"hours_{day}": row.hours.get(day, []) for day in WEEKDAYS}
        super().__init__(*args, initial=initial, **kwargs)
        if row and row.zone not in ZONES:
            self.fields["zone"].choices = [(row.zone, row.zone), *self.fields["zone"].choices]
        for day, label in WEEKDAYS.items():
            self.fields[f"hours_{day}"] = SpansField(label=label)

    @property
    def week(self) -> list[Any]:
        return [self[f"hours_{day}"] for day in WEEKDAYS]

    def fields_of(self, values: dict[str, Any]) -> dict[str, Any]:
        return {
            "name": values["name"],
            "code": values["code"],
            "zone": values["zone"],
            "follows": "CN" if values["follows"] else "",
            "hours": {day: values[f"hours_{day}"] for day in WEEKDAYS if values[f"hours_{day}"]},
        }


class ExceptionForm(forms.Form):
    on = forms.DateField(
        label=gettext_lazy("Date"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    spans = SpansField(label=gettext_lazy("Opening hours"))
    label = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=60)


class Exceptions(forms.BaseFormSet):
    """Rows without a date count as not there."""

    def clean(self) -> None:
        dates = self.dates()
        if len(dates) != len(set(dates)):
            raise forms.ValidationError(_("A date stands twice among the days that differ."))

    def dates(self) -> list[date]:
        return [form.cleaned_data["on"] for form in self.forms if form.is_valid() and form.cleaned_data.get("on")]

    def values(self) -> list[Differing]:
        given = [form.cleaned_data for form in self.forms if form.cleaned_data.get("on")]
        return [(row["on"], row["spans"], row["label"]) for row in given]


ExceptionRows = forms.formset_factory(ExceptionForm, formset=Exceptions, extra=EMPTY_ROWS)


class DaysForm(Versioned):
    """Other hours for a stretch of dates."""

    since = forms.DateField(
        label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=gettext_lazy("to"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    what = forms.ChoiceField(label=gettext_lazy("These days are"), widget=forms.RadioSelect, initial="closed")
    spans = SpansField(label=gettext_lazy("Opening hours"))
    label = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=60)

    def __init__(self, *args: Any, row: BusinessCalendar, **more: Any) -> None:
        self.row = row
        super().__init__(*args, **more)
        self.fields["what"].choices = [
            ("closed", _("closed")),
            *((day, _("worked like {weekday}").format(weekday=WEEKDAYS[day])) for day in self._patterns()),
            ("hours", _("open at other hours")),
            ("plain", _("as week and official days say")),
        ]

    def _patterns(self) -> list[str]:
        """One weekday for each kind of day that the week knows, at most three."""
        found: dict[str, str] = {}
        for day in WEEKDAYS:
            if self.row.hours.get(day):
                found.setdefault(str(self.row.hours[day]), day)
        return list(found.values())[:3]

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if values.get("what") == "hours" and not values.get("spans") and "spans" not in self.errors:
            self.add_error("spans", _("Write the hours, such as 09:00-12:00."))
        if values.get("since"):
            values["until"] = values.get("until") or values["since"]
            if values["until"] < values["since"]:
                self.add_error("until", _("The last day comes before the first."))
        return values

    def hours(self) -> list[list[str]] | None:
        """The hours of these days: none is closed, None is as if nothing had been set."""
        what = self.cleaned_data["what"]
        if what == "plain":
            return None
        if what == "closed":
            return []
        return self.cleaned_data["spans"] if what == "hours" else self.row.hours[what]


class OfficialFileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File of a year's official days"),
        help_text=gettext_lazy("iCalendar (.ics), or JSON of holiday-cn."),
    )

    def clean_file(self) -> str:
        """Its text."""
        given = self.cleaned_data["file"]
        if given.size > MOST_FILE_BYTES:
            raise forms.ValidationError(_("The file is too large for a calendar."))
        try:
            return str(given.read().decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise forms.ValidationError(_("The file is no text in UTF-8.")) from error
