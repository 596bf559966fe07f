"""Steps of a procedure: a button pressed, other fields shown while one fills in, a step skipped."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from yinuo.foundation.clock import now
from yinuo.foundation.errors import Changed, InvalidForm, YinuoError
from yinuo.procedures.errors import StepAsksAgain, StepStale
from yinuo.procedures.messages import fill_in
from yinuo.procedures.queries import (
    access_step,
    first_values,
    newest_run,
    position_of,
    run_of,
    step_stamp,
    steps_of,
)
from yinuo.procedures.services import press_button, skip_step
from yinuo.sla.queries import promises_of
from yinuo.tickets.models import Ticket
from yinuo.web.console.labels import say
from yinuo.web.console.procedure_picture import marks_of, picture_of
from yinuo.web.console.scripts import filled_script
from yinuo.web.console.stepcards import Typed
from yinuo.web.console.stepforms import posted_values
from yinuo.web.console.views.base import viewer, wants_fragment
from yinuo.web.console.views.posting import changed, conflict, ticket_post, ticket_view
from yinuo.web.console.views.tickets import step_card
from yinuo.web.once import once_of


def _typed(request: HttpRequest, ticket: Ticket, step_id: UUID) -> tuple[object, dict[str, object]]:
    step = access_step(ticket, step_id)
    position = position_of(ticket, run_of(ticket.id))
    definition = position.definition.step_by_key[step.key]
    return step, posted_values(definition, request.POST, first_values(ticket, definition, position))


@ticket_post
def look(request: HttpRequest, ticket: Ticket, id: UUID) -> HttpResponse:
    """The form again with the fields that now show; nothing is written."""
    _step, values = _typed(request, ticket, id)
    context = step_card(request, ticket, id, Typed(id, values))
    return render(request, "console/tickets/step_fields.html", context)


@ticket_post
def press(request: HttpRequest, ticket: Ticket, id: UUID) -> HttpResponse:
    """A button of the step. What is wrong with the form is said at its fields."""
    who = viewer(request)
    step, values = _typed(request, ticket, id)
    button = request.POST.get("button", "")
    if not button:
        raise InvalidForm
    try:
        once_of(request, who.id)(
            lambda: press_button(
                step=step, button=button, fields=values, roles=who.role_codes, account_id=who.id, by=who.actor,
                now=now(), seen=request.POST.get("version", ""),
            )
        )  # fmt: skip
    except StepStale:
        raise
    except Changed as error:
        return conflict(request, error, step_stamp(access_step(ticket, id)))
    except YinuoError as error:
        if not wants_fragment(request):
            raise
        sentence = "" if error.fields else str(error)
        faults = {name: str(text) for name, text in error.fields.items()}
        typed = Typed(id, values, faults, sentence, isinstance(error, StepAsksAgain))
        return render(request, "console/tickets/step.html", step_card(request, ticket, id, typed), status=422)
    return changed(request, ticket, _("Done.") if button != "save" else _("Saved."))


@ticket_view
def skip_sheet(request: HttpRequest, ticket: Ticket, id: UUID) -> HttpResponse:
    step = access_step(ticket, id)
    position = position_of(ticket, run_of(ticket.id))
    title = say(position.definition.step_by_key[step.key].title)
    return render(
        request,
        "console/tickets/skip.html",
        {"ticket": ticket, "step": step, "title": title, "stamp": step_stamp(step)},
    )


@ticket_post
def skip(request: HttpRequest, ticket: Ticket, id: UUID) -> HttpResponse:
    """Passing over a step, with the reason."""
    who = viewer(request)
    step = access_step(ticket, id)
    try:
        once_of(request, who.id)(
            lambda: skip_step(
                step=step, roles=who.role_codes, account_id=who.id, reason=request.POST.get("reason", ""),
                by=who.actor, now=now(), seen=request.POST.get("version", ""),
            )
        )  # fmt: skip
    except Changed as error:
        return conflict(request, error, step_stamp(access_step(ticket, id)))
    return changed(request, ticket, _("Skipped. The reason has been kept."))


@ticket_view
def scripts(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """What may be said at the present steps, with the blanks that are known filled in."""
    found = run_of(ticket.id)
    groups = []
    if found:
        position = position_of(ticket, found)
        blanks = fill_in(ticket)
        for step in steps_of(found):
            definition = position.definition.step_by_key[step.key]
            if step.state == "active" and definition.scripts:
                shown = [
                    {"title": say(script.title), "text": filled_script(say(script.text), blanks, position.definition)}
                    for script in definition.scripts
                ]
                groups.append({"title": say(definition.title), "scripts": shown})
    return render(request, "console/tickets/scripts.html", {"groups": groups})


@ticket_view
def picture(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """The procedure with where the ticket is, what is done and what was late."""
    found = newest_run(ticket.id).answer()
    if found is None:
        return render(request, "console/tickets/picture.html", {"picture": None})
    run, steps = found
    position = position_of(ticket, run)
    marks = marks_of(steps, promises_of(ticket.id).answer())
    by_key = position.definition.step_by_key
    ended = position.definition.end_by_key.get(position.state.end)
    return render(
        request,
        "console/tickets/picture.html",
        {
            "picture": picture_of(position.definition, marks=marks),
            "version": run.procedure.version,
            "round": position.state.round,
            "here": _(", ").join(say(by_key[active.key].title) for active in position.state.active),
            "ended": say(ended.title) if ended else "",
            "lates": _(", ").join(say(by_key[key].title) for key, mark in marks.items() if mark.is_late),
        },
    )
