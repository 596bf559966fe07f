"""What an update brought for a procedure beside what is in force: looked at, taken as a draft, told of no more."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yinuo.foundation.clock import now
from yinuo.procedures.library import draft_of
from yinuo.procedures.published import definition_of
from yinuo.procedures.services import hide_shipped, take_shipped
from yinuo.procedures.shipped import offer_of
from yinuo.staff.rights import Right
from yinuo.web.console.procedure_changes import changes_shown
from yinuo.web.console.procedure_picture import picture_of
from yinuo.web.console.procedure_words import Speech, house_names, titled
from yinuo.web.console.settings_areas import found
from yinuo.web.console.views.base import done, requires, viewer
from yinuo.web.console.views.settings.procedures.base import procedures_page, stamp, with_names


@requires(Right.EDIT_PROCEDURES)
def shipped(request: HttpRequest, code: str) -> HttpResponse:
    """What taking it would change, and what was edited here and would be dropped by it."""
    offer = found(offer_of(code))
    names = house_names()
    speech = Speech(offer.definition, names)
    context = {"code": code, "offer": offer, "title": titled(offer.definition), "draft": draft_of(code)}
    if offer.version is None:
        context |= {"picture": picture_of(offer.definition)}
    else:
        here, taken = Speech(definition_of(offer.version.id), names), offer.taken
        context |= {
            "changes": changes_shown(here, speech, offer.changes),
            "edits": changes_shown(Speech(taken, names), here, offer.edits_against(taken)) if taken else [],
            "title_here": titled(here.definition),
            "is_known": taken is not None,
        }
    if offer.hidden_at:
        context["hidden"] = stamp(offer.hidden_at, offer.hidden_by_id)
        with_names([context["hidden"]])
    return procedures_page(request, "shipped", context)


@requires(Right.EDIT_PROCEDURES)
@require_POST
def take(request: HttpRequest, code: str) -> HttpResponse:
    """A draft of it: what is in force stays until that is reviewed and published."""
    take_shipped(
        code=code, digest=request.POST.get("edition", ""), note=_("Takes the definition that came with the update"),
        by=viewer(request).actor, now=now(),
    )  # fmt: skip
    sentence = _("A draft has been opened. Nothing changes until somebody else has published it.")
    return done(request, sentence, "settings_procedure_draft", code)


@requires(Right.EDIT_PROCEDURES)
@require_POST
def hide(request: HttpRequest, code: str) -> HttpResponse:
    """Told of no more; that of a later update is told of again."""
    hide_shipped(code=code, digest=request.POST.get("edition", ""), by=viewer(request).actor, now=now())
    return done(request, _("This definition is not told of any more."), "settings_procedures")
