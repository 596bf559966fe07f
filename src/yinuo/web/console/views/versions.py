"""A ticket's procedure: to another version of it, after a look at what that changes."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinuo.domain.procedure import ProcedureError
from yinuo.foundation.clock import now
from yinuo.foundation.errors import Denied
from yinuo.procedures.errors import NothingRuns, refused
from yinuo.procedures.models import ProcedureVersion, Run
from yinuo.procedures.previews import MovePreview, preview_move, versions_to_move_to
from yinuo.procedures.queries import run_of
from yinuo.procedures.services import move_run
from yinuo.staff.rights import Right
from yinuo.tickets.models import Ticket
from yinuo.tickets.permissions import require_work
from yinuo.web.addresses import reverse
from yinuo.web.console.procedure_changes import changes_shown
from yinuo.web.console.procedure_words import Speech, house_names, titled
from yinuo.web.console.rows import iso
from yinuo.web.console.views.base import carry_out, done, page, viewer
from yinuo.web.console.views.posting import WrongTicket, ticket_view

PLACE = "place_"


class MoveForm(forms.Form):
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    to = forms.UUIDField(widget=forms.HiddenInput)
    redate = forms.BooleanField(
        label=gettext_lazy("Open promises follow the limits in force, too"), required=False,
        help_text=gettext_lazy("Time already used is kept. Else they stay as they were promised."),
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("Why"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Stands in the history of the ticket."),
    )  # fmt: skip

    def __init__(self, data: Any, *, lost: list[tuple[str, str]], steps: list[tuple[str, str]], **more: Any) -> None:
        super().__init__(data, **more)
        for key, title in lost:
            label = _("“%(step)s” is under way; it is continued by") % {"step": title}
            self.fields[PLACE + key] = forms.ChoiceField(label=label, choices=[("", _("choose")), *steps])

    @property
    def places(self) -> list[Any]:
        return [self[name] for name in self.fields if name.startswith(PLACE)]


@ticket_view
def version(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """The versions to choose from, what the chosen one changes for this ticket; a post moves it."""
    if request.method == "POST" and request.POST.get("ticket") != ticket.number:
        raise WrongTicket
    who = viewer(request)
    if not who.has(Right.MOVE_RUNS):
        raise Denied
    require_work(who, ticket)
    run = run_of(ticket.id)
    if run is None or run.ended_at is not None:
        raise NothingRuns
    others = versions_to_move_to(run)
    target = _chosen(request, others)
    if target is None:
        return _page(request, ticket, run, others, None, None, 0)
    given = request.POST if request.method == "POST" else request.GET
    places = {name.removeprefix(PLACE): str(value) for name, value in given.items() if name.startswith(PLACE)}
    try:
        preview = preview_move(ticket, run, target, places, now())
    except ProcedureError as error:
        raise refused(error) from error
    speech = Speech(preview.new, house_names())
    form = MoveForm(
        request.POST if request.method == "POST" else None,
        lost=[(key, Speech(preview.old, speech.names).step(key)) for key, _place in preview.lost],
        steps=[(step.key, speech.step(step.key)) for step in preview.new.steps],
        initial={"version": run.version, "to": target.id, **{PLACE + key: place for key, place in preview.lost}},
    )
    failed = 0
    if request.method == "POST":
        failed = carry_out(
            form,
            lambda values: move_run(
                ticket=ticket, to=values["to"], places={key: values[PLACE + key] for key, _place in preview.lost},
                redate=values["redate"], reason=values["reason"], seen=values["version"] or 0, by=who.actor, now=now(),
            ),
            newest=lambda: getattr(run_of(ticket.id), "version", 0),
        )  # fmt: skip
        if not failed:
            sentence = _("The ticket goes on under version %(version)s.") % {"version": target.version}
            return done(request, sentence, reverse("ticket", args=[ticket.number]))
    return _page(request, ticket, run, others, (preview, speech), form, failed)


def _chosen(request: HttpRequest, others: list[ProcedureVersion]) -> ProcedureVersion | None:
    given = request.POST.get("to") or request.GET.get("to") or ""
    try:
        wanted = UUID(given) if given else None
    except ValueError:
        wanted = None
    if wanted:
        return next((one for one in others if one.id == wanted), None)
    return next((one for one in others if one.retired_at is None), next(iter(others), None))


FATES = {
    "goes_on": gettext_lazy("goes on, time used kept"),
    "ends": gettext_lazy("is no longer promised"),
    "begins": gettext_lazy("is promised anew"),
}


def _page(
    request: HttpRequest, ticket: Ticket, run: Run, others: list[ProcedureVersion],
    seen: tuple[MovePreview, Speech] | None, form: MoveForm | None, failed: int,
) -> HttpResponse:  # fmt: skip
    context: dict[str, Any] = {"ticket": ticket, "run": run, "others": others, "form": form, "target": None}
    if seen is not None:
        preview, speech = seen
        old = Speech(preview.old, speech.names)
        places = dict(preview.lost)
        context |= {
            "title": titled(preview.new),
            "target": preview.version,
            "is_complete": preview.is_complete,
            "timers": preview.timers,
            "changes": changes_shown(old, speech, preview.changes),
            "steps": [
                {"was": old.step(key), "now": speech.step(places.get(key, key) or "") if places.get(key, key) else ""}
                for key in preview.active
            ],
            "promises": [
                {
                    "name": speech.names.promise(one.kind),
                    "step": speech.step(one.step) if one.step else "",
                    "fate": str(FATES[one.fate]),
                    "ends": one.fate == "ends",
                    "due_iso": iso(one.due_at),
                    "redated_iso": iso(one.redated_at) if one.redated_at != one.due_at else "",
                }
                for one in preview.promises
            ],
        }
    return page(request, "console/tickets/version.html", context, here="desk", status=failed or 200)
