"""Business calendars: the week, dates that differ, official days, and the year as a picture."""

import re
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from yinuo.calendars import queries
from yinuo.calendars.models import BusinessCalendar
from yinuo.calendars.services import CodeTaken, import_official_days, save_calendar
from yinuo.domain.worktime import CalendarError
from yinuo.foundation.clock import now, today
from yinuo.foundation.errors import YinuoError
from yinuo.staff.rights import Right
from yinuo.web.console.settings_areas import CodeField, Versioned, found, settings_page
from yinuo.web.console.settings_words import DAY_KINDS, WEEKDAYS
from yinuo.web.console.views.base import carry_out, done, requires, viewer

ZONES = ("Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "Asia/Tokyo", "Europe/Berlin", "America/New_York", "UTC")
EMPTY_ROWS = 3
SHORT_WEEKDAYS = (
    pgettext_lazy("weekday in short", "Mo"),
    pgettext_lazy("weekday in short", "Tu"),
    pgettext_lazy("weekday in short", "We"),
    pgettext_lazy("weekday in short", "Th"),
    pgettext_lazy("weekday in short", "Fr"),
    pgettext_lazy("weekday in short", "Sa"),
    pgettext_lazy("weekday in short", "Su"),
)
FIRST_YEAR, LAST_YEAR = 2000, 2098
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
    zone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=[(zone, zone) for zone in ZONES])
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

    def values(self) -> list[tuple[date, list[list[str]], str]]:
        given = [form.cleaned_data for form in self.forms if form.cleaned_data.get("on")]
        return [(row["on"], row["spans"], row["label"]) for row in given]


ExceptionRows = forms.formset_factory(ExceptionForm, formset=Exceptions, extra=EMPTY_ROWS)


@requires(Right.EDIT_CALENDARS)
def calendars(request: HttpRequest) -> HttpResponse:
    return settings_page(
        request,
        "calendars",
        {"rows": queries.calendars(), "published": queries.published_years(), "next_year": today().year + 1},
        area="calendars",
    )


@requires(Right.EDIT_CALENDARS)
def calendar(request: HttpRequest, id: UUID | None = None) -> HttpResponse:
    row = found(queries.calendar_row(id)) if id else None
    form = CalendarForm(request.POST or None, row=row)
    differing = ExceptionRows(request.POST or None, initial=_differing(row), prefix="days")
    failed = 0
    if request.method == "POST":
        failed = (
            carry_out(
                form,
                lambda values: save_calendar(
                    id=id, version=values["version"] if id else None, fields=form.fields_of(values),
                    exceptions=differing.values(), by=viewer(request).actor, now=now(),
                ),
                at={CodeTaken: "code"},
                newest=lambda: found(queries.calendar_row(id)).version,
            )
            if differing.is_valid()
            else 422
        )  # fmt: skip
        if not failed:
            return done(request, _("Saved. Running deadlines are counted anew."), "settings_calendars")
    context = {"form": form, "differing": differing, "row": row, "year": today().year}
    return settings_page(request, "calendar", context, area="calendars", status=failed or 200)


def _differing(row: BusinessCalendar | None) -> list[dict[str, Any]]:
    rows = queries.differing_days(row.id) if row else []
    return [{"on": entry.on, "spans": entry.spans, "label": entry.name} for entry in rows]


class YearMissing(YinuoError):
    code = "year_missing"
    text = gettext_lazy("The official days of {year} are not published yet, or not part of this version.")


@requires(Right.EDIT_CALENDARS)
def year(request: HttpRequest, id: UUID, year: int) -> HttpResponse:
    """The year as a picture: working days, days off, holidays, make-up days, with names."""
    row = found(queries.calendar_row(id))
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise YearMissing(year=year)
    try:
        months = queries.year_shown(id, year)
    except CalendarError as error:
        raise YearMissing(year=year) from error
    days = [day for month in months for week in month.weeks for day in week if day]
    named_days = [day for day in days if day.name]
    context = {
        "row": row,
        "year": year,
        "months": months,
        "kinds": DAY_KINDS,
        "working": sum(day.kind in ("working", "make_up", "special", "duty") for day in days),
        "spells": _spells(named_days),
        "published": not row.follows or year in queries.published_years(row.follows),
        "today": now().astimezone(ZoneInfo(row.zone)).date(),
        "weekdays": [str(words) for words in SHORT_WEEKDAYS],
    }
    return settings_page(request, "calendar_year", context, area="calendars")


def _spells(days: list[Any]) -> list[dict[str, Any]]:
    """Days of one name and kind that follow each other, as one line."""
    spells: list[dict[str, Any]] = []
    for day in days:
        last = spells[-1] if spells else None
        if last and (last["name"], last["kind"]) == (day.name, day.kind) and (day.on - last["until"]).days == 1:
            last["until"] = day.on
        else:
            spells.append(
                {"name": day.name, "kind": day.kind, "words": DAY_KINDS[day.kind], "since": day.on, "until": day.on}
            )
    return spells


@requires(Right.EDIT_CALENDARS)
@require_POST
def import_year(request: HttpRequest) -> HttpResponse:
    """Takes over the official days of a year that this version knows."""
    wanted = request.POST.get("year", "")
    count = (
        import_official_days(country="CN", year=int(wanted), by=viewer(request).actor, now=now())
        if wanted.isdigit()
        else 0
    )
    if not count:
        raise YearMissing(year=wanted)
    sentence = _("{count} official days of {year} taken over.").format(count=count, year=wanted)
    return done(request, sentence, "settings_calendars")
