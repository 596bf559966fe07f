"""How far the dating anew of open promises has come, as pages show it."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yinuo.sla.limits import recount
from yinuo.sla.models import Recount
from yinuo.staff.rights import Right
from yinuo.web.console.rows import iso
from yinuo.web.console.settings_areas import found
from yinuo.web.console.views.base import requires


def recount_shown(row: Recount | None) -> dict[str, Any] | None:
    """For the template: share, figures, whether it still goes on."""
    if row is None:
        return None
    return {
        "id": row.id,
        "goes_on": row.ended_at is None,
        "total": row.total,
        "looked": min(row.looked, row.total),
        "moved": row.moved,
        "ended_iso": iso(row.ended_at),
    }


@requires(Right.EDIT_LIMITS, Right.EDIT_CALENDARS)
def progress(request: HttpRequest, id: UUID) -> HttpResponse:
    """The line that a page fetches again while it goes on."""
    return render(request, "console/settings/recount.html", {"recount": recount_shown(found(recount(id)))})
