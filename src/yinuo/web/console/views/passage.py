"""Where the time of a procedure goes, and where rounds repeat: its picture, shaded."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from yinuo.foundation.errors import Denied, Missing
from yinuo.procedures.passage import WINDOW, passages_of
from yinuo.procedures.published import definitions_in_force
from yinuo.web.console.labels import say
from yinuo.web.console.procedure_picture import heat_of, picture_of
from yinuo.web.console.rows import iso
from yinuo.web.console.views.base import login_required, page, viewer
from yinuo.web.console.views.overview import led_teams

BY = ("time", "rounds")


@login_required
def procedures(request: HttpRequest) -> HttpResponse:
    """To the first one."""
    if not led_teams(viewer(request)):
        raise Denied
    code = next(iter(definitions_in_force()), "")
    if not code:
        raise Missing
    return HttpResponseRedirect(reverse("passage", args=[code]))


@login_required
def procedure(request: HttpRequest, code: str) -> HttpResponse:
    """One procedure, as its newest finished matters passed through it."""
    if not led_teams(viewer(request)):
        raise Denied
    definitions = definitions_in_force()
    if code not in definitions:
        raise Missing
    by = request.GET.get("by", "")
    by = by if by in BY else BY[0]
    passages = passages_of(code)
    longest = sorted(passages.by_step.items(), key=lambda item: item[1].total, reverse=True)
    return page(
        request,
        "console/passage.html",
        {
            "code": code,
            "by": by,
            "others": [(key, say(definition.title)) for key, definition in definitions.items()],
            "picture": picture_of(definitions[code], marks=heat_of(passages, by=by)),
            "runs": passages.runs,
            "window": WINDOW,
            "since_iso": iso(passages.since),
            "until_iso": iso(passages.until),
            "has_figures": bool(longest),
        },
        here="overview",
    )
