"""A calendar's year as a picture, in which days are clicked and changed."""

from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST

from yinuo.calendars import queries
from yinuo.calendars.drafts import fields_of, with_days
from yinuo.calendars.models import BusinessCalendar
from yinuo.calendars.official import english_name
from yinuo.calendars.services import set_days
from yinuo.domain.worktime import CalendarError
from yinuo.foundation.clock import now
from yinuo.sla.limits import last_recount
from yinuo.staff.rights import Right
from yinuo.web.addresses import reverse
from yinuo.web.console.calendar_forms import DaysForm
from yinuo.web.console.labels import language
from yinuo.web.console.settings_areas import found, settings_page
from yinuo.web.console.settings_words import DAY_KINDS
from yinuo.web.console.views.base import carry_out, done, requires, viewer
from yinuo.web.console.views.settings.calendars import YearMissing, moved_by, moving
from yinuo.web.console.views.settings.recounts import recount_shown

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
WORKED = ("working", "make_up", "special", "duty")


@requires(Right.EDIT_CALENDARS)
def year(request: HttpRequest, id: UUID, year: int) -> HttpResponse:
    """The year: working days, days off, holidays, make-up days, own exceptions, festivals; days to change."""
    row = found(queries.calendar_row(id))
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise YearMissing(year=year)
    form = DaysForm(request.POST or None, row=row, initial=_picked(request, row, year))
    failed = 0
    if request.method == "POST":
        failed = carry_out(
            form,
            lambda values: set_days(
                id=id, version=values["version"] or 0, since=values["since"], until=values["until"],
                spans=form.hours(), name=values["label"], by=viewer(request).actor, now=now(),
            ),
            newest=lambda: found(queries.calendar_row(id)).version,
        )  # fmt: skip
        if not failed:
            to = reverse("settings_calendar_year", args=[id, year])
            return done(request, _("Saved. Running deadlines are counted anew."), to)
    return settings_page(
        request, "calendar_year", _picture(row, year) | {"form": form}, area="calendars", status=failed or 200
    )


def _picked(request: HttpRequest, row: BusinessCalendar, year: int) -> dict[str, Any]:
    """The day that was clicked, as it is set now."""
    initial: dict[str, Any] = {"version": row.version, "what": "closed"}
    try:
        on = date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return initial
    if on.year != year:
        return initial
    own = next((one for one in row.exceptions.all() if one.on == on), None)
    if own:
        initial |= {"what": "hours" if own.spans else "closed", "spans": own.spans, "label": own.name}
    return initial | {"since": on, "until": on}


def _picture(row: BusinessCalendar, year: int) -> dict[str, Any]:
    try:
        months = queries.year_shown(row.id, year)
    except CalendarError as error:
        raise YearMissing(year=year) from error
    days = [day for month in months for week in month.weeks for day in week if day]
    return {
        "row": row,
        "year": year,
        "months": months,
        "kinds": DAY_KINDS,
        "own": {one.on for one in row.exceptions.all()},
        "working": sum(day.kind in WORKED for day in days),
        "spells": _spells([day for day in days if day.name]),
        "festivals": [(day.on, _festival(day)) for day in days if day.festival.zh],
        "published": not row.follows or year in queries.published_years(row.follows),
        "today": now().astimezone(ZoneInfo(row.zone)).date(),
        "weekdays": [str(words) for words in SHORT_WEEKDAYS],
        "recount": recount_shown(last_recount("calendar", str(row.id))),
    }


def _festival(day: Any) -> str:
    return str(day.festival.zh if language() == "zh" else day.festival.en or day.festival.zh)


def _named(day: Any) -> str:
    return str(day.name if language() == "zh" else english_name(day.name))


def _spells(days: list[Any]) -> list[dict[str, Any]]:
    """Days of one name and kind that follow each other, as one line."""
    spells: list[dict[str, Any]] = []
    for day in days:
        last = spells[-1] if spells else None
        if last and (last["name"], last["kind"]) == (_named(day), day.kind) and (day.on - last["until"]).days == 1:
            last["until"] = day.on
        else:
            words = DAY_KINDS[day.kind]
            spells.append({"name": _named(day), "kind": day.kind, "words": words, "since": day.on, "until": day.on})
    return spells


@requires(Right.EDIT_CALENDARS)
@require_POST
def preview_days(request: HttpRequest, id: UUID) -> HttpResponse:
    """How many open promises a changed stretch of days would move; saves nothing."""
    row = found(queries.calendar_row(id))
    form = DaysForm(request.POST, row=row)
    if not form.is_valid():
        return moving(request, None, _("Fill in the days first."))
    values = form.cleaned_data
    try:
        exceptions = with_days(
            row, since=values["since"], until=values["until"], spans=form.hours(), name=values["label"]
        )
    except ValueError:
        return moving(request, None, _("More than a year lies between these days."))
    return moved_by(request, row.id, fields_of(row), exceptions, now())
