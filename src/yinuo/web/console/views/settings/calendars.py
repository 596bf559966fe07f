"""Business calendars: the list, the week with the dates that differ, official days."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from yinuo.calendars import queries
from yinuo.calendars.drafts import Differing, calendar_as
from yinuo.calendars.models import BusinessCalendar
from yinuo.calendars.services import (
    CalendarRefused,
    CodeTaken,
    OfficialFileRefused,
    import_official_days,
    import_official_file,
    save_calendar,
)
from yinuo.domain.worktime import CalendarError
from yinuo.foundation.clock import now, today
from yinuo.foundation.errors import YinuoError
from yinuo.sla.limits import last_recount
from yinuo.sla.what_if import Tally, tally_on
from yinuo.staff.queries import teams
from yinuo.staff.rights import Right
from yinuo.web.console.calendar_forms import ZONES, CalendarForm, ExceptionRows, OfficialFileForm
from yinuo.web.console.labels import language
from yinuo.web.console.settings_areas import found, settings_page
from yinuo.web.console.settings_words import WEEKDAYS
from yinuo.web.console.views.base import carry_out, done, requires, viewer
from yinuo.web.console.views.settings.recounts import recount_shown


class YearMissing(YinuoError):
    code = "year_missing"
    text = gettext_lazy("The official days of {year} are not published yet, or not part of this version.")


@requires(Right.EDIT_CALENDARS)
def calendars(request: HttpRequest) -> HttpResponse:
    return _list(request, OfficialFileForm())


def _list(request: HttpRequest, file_form: OfficialFileForm, status: int = 200) -> HttpResponse:
    using: dict[UUID, list[str]] = {}
    for team in teams():
        using.setdefault(team.calendar_id, []).append(team.name)
    join = "、" if language() == "zh" else ", "
    rows = [
        {
            "row": row,
            "week": week_text(row.hours),
            "zone": ZONES.get(row.zone, row.zone),
            "teams": join.join(using.get(row.id, [])),
        }
        for row in queries.calendars()
    ]
    context = {
        "rows": rows,
        "published": queries.published_years(),
        "year": today().year,
        "next_year": today().year + 1,
        "file_form": file_form,
        "recount": recount_shown(last_recount("official_days")),
    }
    return settings_page(request, "calendars", context, area="calendars", status=status)


def week_text(hours: dict[str, list[list[str]]]) -> str:
    """“Monday – Friday 09:00–18:00; Saturday 09:00–12:00”."""
    runs: list[tuple[list[str], str]] = []
    for day in WEEKDAYS:
        said = " ".join(f"{begin}–{_on_the_clock(end)}" for begin, end in hours.get(day, []))
        if runs and runs[-1][1] == said:
            runs[-1][0].append(day)
        else:
            runs.append(([day], said))
    parts = []
    for days, said in runs:
        if said:
            first, last = WEEKDAYS[days[0]], WEEKDAYS[days[-1]]
            span = _("{first} to {last}").format(first=first, last=last) if len(days) > 1 else str(first)
            parts.append(f"{span} {said}")
    return ("；" if language() == "zh" else "; ").join(parts)


def _on_the_clock(end: str) -> str:
    """`30:00`, the small hours of the next day, as a clock shows it."""
    hour, _colon, minute = end.partition(":")
    return _("{time} next day").format(time=f"{int(hour) - 24:02}:{minute}") if int(hour) > 24 else end


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
    context = {
        "form": form,
        "differing": differing,
        "row": row,
        "year": today().year,
        "recount": recount_shown(last_recount("calendar", str(row.id))) if row else None,
    }
    return settings_page(request, "calendar", context, area="calendars", status=failed or 200)


def _differing(row: BusinessCalendar | None) -> list[dict[str, Any]]:
    rows = queries.differing_days(row.id) if row else []
    return [{"on": entry.on, "spans": entry.spans, "label": entry.name} for entry in rows]


@requires(Right.EDIT_CALENDARS)
@require_POST
def preview(request: HttpRequest, id: UUID) -> HttpResponse:
    """How many open promises the week as typed would move; saves nothing."""
    row = found(queries.calendar_row(id))
    form = CalendarForm(request.POST, row=row)
    differing = ExceptionRows(request.POST, initial=_differing(row), prefix="days")
    if not (form.is_valid() and differing.is_valid()):
        return moving(request, None, _("Correct the marked fields first."))
    return moved_by(request, row.id, form.fields_of(form.cleaned_data), differing.values(), now())


def moved_by(
    request: HttpRequest, id: UUID, fields: dict[str, Any], exceptions: list[Differing], at: datetime
) -> HttpResponse:
    """The line that says how many open promises these hours would move, or why they cannot be."""
    try:
        calendar = calendar_as(fields, exceptions)
        calendar.next_open_moment(at)
    except CalendarError as error:
        return moving(request, None, str(CalendarRefused.of(error)))
    return moving(request, tally_on(id, calendar, at))


def moving(request: HttpRequest, tally: Tally | None, refusal: str = "") -> HttpResponse:
    return render(request, "console/settings/limits/moving.html", {"tally": tally, "refusal": refusal})


@requires(Right.EDIT_CALENDARS)
@require_POST
def import_year(request: HttpRequest) -> HttpResponse:
    """Takes over the official days of a year that this version knows."""
    wanted = request.POST.get("year", "")
    count = (
        import_official_days(country="CN", year=int(wanted), by=viewer(request).actor, now=now())
        if wanted.isascii() and wanted.isdigit() and date.min.year < int(wanted[:6]) < date.max.year
        else 0
    )
    if not count:
        raise YearMissing(year=wanted[:12])
    sentence = _("{count} official days of {year} taken over.").format(count=count, year=wanted)
    return done(request, sentence, "settings_calendars")


@requires(Right.EDIT_CALENDARS)
@require_POST
def import_file(request: HttpRequest) -> HttpResponse:
    """Takes over the official days of a file; what is open is dated anew."""
    form = OfficialFileForm(request.POST, request.FILES)
    taken: dict[int, int] = {}

    def take(values: dict[str, Any]) -> None:
        try:
            taken.update(import_official_file(country="CN", text=values["file"], by=viewer(request).actor, now=now()))
        except CalendarError as error:
            raise OfficialFileRefused.of(error) from error

    failed = carry_out(form, take, at={OfficialFileRefused: "file"})
    if failed:
        return _list(request, form, failed)
    said = [_("{year}: {count} days").format(year=year, count=count) for year, count in taken.items()]
    return done(request, _("Official days taken over.") + " " + "; ".join(said), "settings_calendars")
