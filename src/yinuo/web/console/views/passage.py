"""Where the time of a procedure goes, and where rounds repeat: its picture, shaded."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from yinuo.domain.procedure.bpmn import write_bpmn
from yinuo.foundation.errors import Denied, Missing
from yinuo.procedures.passage import WINDOW, passages_of
from yinuo.procedures.published import definitions_in_force
from yinuo.staff.queries import roles
from yinuo.web.addresses import reverse
from yinuo.web.console.labels import language, named, say
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


@login_required
def bpmn(request: HttpRequest, code: str) -> HttpResponse:
    """The version in force as BPMN 2.0, for other drawing tools, in the language of the screen."""
    if not led_teams(viewer(request)):
        raise Denied
    definitions = definitions_in_force()
    if code not in definitions:
        raise Missing
    names = {role.code: named(role.name, role.name_en) for role in roles()}
    return HttpResponse(
        write_bpmn(definitions[code], language=language(), role_names=names),
        content_type="application/xml; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{code}.bpmn"'},
    )
