"""One entry of a list of the draft: a field, a button, a way on, a limit … with its problems as they arise."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yinuo.domain.procedure import Definition, lint
from yinuo.domain.procedure.editing import STEP_PARTS, WHOLE_PARTS, EditError, part_of, put_part
from yinuo.domain.reading import ReadingError
from yinuo.foundation.clock import now
from yinuo.foundation.errors import Missing
from yinuo.procedures.errors import EditRefused
from yinuo.procedures.services import move_procedure_part, remove_procedure_part, save_procedure_part
from yinuo.staff.rights import Right
from yinuo.web.console.procedure_forms import FORMS, PartForm
from yinuo.web.console.procedure_terms import PARTS
from yinuo.web.console.procedure_words import Speech, place_of
from yinuo.web.console.views.base import carry_out, done, requires, viewer, wants_fragment
from yinuo.web.console.views.settings.procedures.base import procedures_page, the_step
from yinuo.web.console.views.settings.procedures.draft import Bench, the_draft, version_of

Place = int | None


@requires(Right.EDIT_PROCEDURES)
def part(request: HttpRequest, code: str, part: str, step: str = "", place: Place = None) -> HttpResponse:
    """An entry, new or there already. What htmx posts is only looked at: the form again with what now belongs to it,
    and what would be wrong; nothing is saved."""
    bench = Bench(code)
    if part not in (STEP_PARTS if step else WHOLE_PARTS):
        raise Missing
    owner = the_step(bench.definition, step) if step else None
    raw = _raw(bench, step, part, place)
    form = FORMS[part](
        request.POST or None, desk=bench.desk(step), raw=raw, version=bench.draft.version, part=part
    )  # fmt: skip
    failed = 0
    if request.method == "POST" and not wants_fragment(request):
        failed = carry_out(
            form,
            lambda values: save_procedure_part(
                draft_id=bench.draft.id, version=values["version"] or 0, step=step, part=part, entry=form.entry(),
                place=place, by=viewer(request).actor, now=now(),
            ),
            newest=lambda: the_draft(code).version,
        )  # fmt: skip
        if not failed:
            return _back(request, _("Saved in the draft."), code, step)
    context = {
        "form": form,
        "code": code,
        "part": part,
        "part_title": str(PARTS[part]),
        "step_key": step,
        "step_title": bench.speech.step(step) if owner else "",
        "place": place,
        "entry_title": _entry_title(bench, step, part, place),
        "judged": _judged(bench, form, step, part, place),
        "look_url": request.path,
    }
    if wants_fragment(request):
        form.errors.clear()  # nobody has sent it yet: what is still empty is no mistake
        return render(request, "console/settings/procedures/part_form.html", context)
    return procedures_page(request, "part", bench.context | context, status=failed or 200)


def _raw(bench: Bench, step: str, part: str, place: Place) -> dict[str, Any]:
    if place is None:
        return {}
    try:
        entry = part_of(bench.draft.body, step, part, place)
    except EditError as error:
        raise EditRefused(error.code) from error
    return dict(entry) if isinstance(entry, dict) else {"zh": str(entry)}


def _entry_title(bench: Bench, step: str, part: str, place: Place) -> str:
    if place is None:
        return ""
    lines = bench.speech.lines(bench.definition.step_by_key.get(step), part)
    return lines[place].title if place < len(lines) else ""


def _judged(bench: Bench, form: PartForm, step: str, part: str, place: Place) -> dict[str, Any]:
    """The entry as typed so far in words, and what would be wrong with it in the draft."""
    if form.is_bound:
        if not form.is_valid():
            return {"incomplete": True}
        try:
            body = put_part(bench.draft.body, step, part, form.entry(), at=place)
        except (EditError, ReadingError):
            return {"incomplete": True}
        definition = Definition.from_json(body)
    elif place is None:
        return {"incomplete": True}
    else:
        definition = bench.definition
    speech = Speech(definition, bench.names)
    lines = speech.lines(definition.step_by_key.get(step), part)
    line = lines[place if place is not None else -1]
    faults = lint(definition, bench.names.known)
    here = ((step, part, line.at), (step, part, None))  # the entry's own, and those of its list as a whole
    mine = [fault for fault in faults if place_of(definition, fault) in here]
    before = {(fault.code, fault.path, fault.values) for fault in bench.judged.faults}
    others = [fault for fault in faults if fault not in mine and (fault.code, fault.path, fault.values) not in before]
    whole = _("the whole procedure")
    return {
        "title": line.title,
        "details": line.details,
        "faults": [speech.fault(fault) for fault in mine],
        "others": [
            {"where": speech.step(place_of(definition, fault)[0]) or whole, "said": speech.fault(fault)}
            for fault in others
        ],
    }  # fmt: skip


@requires(Right.EDIT_PROCEDURES)
@require_POST
def move(request: HttpRequest, code: str, part: str, place: int, step: str = "") -> HttpResponse:
    move_procedure_part(
        draft_id=the_draft(code).id, version=version_of(request), step=step, part=part, place=place,
        up=request.POST.get("up") == "1", by=viewer(request).actor, now=now(),
    )  # fmt: skip
    return _back(request, _("Order changed."), code, step)


@requires(Right.EDIT_PROCEDURES)
@require_POST
def remove(request: HttpRequest, code: str, part: str, place: int, step: str = "") -> HttpResponse:
    remove_procedure_part(
        draft_id=the_draft(code).id, version=version_of(request), step=step, part=part, place=place,
        by=viewer(request).actor, now=now(),
    )  # fmt: skip
    return _back(request, _("Deleted in the draft."), code, step)


def _back(request: HttpRequest, sentence: str, code: str, step: str) -> HttpResponse:
    if step:
        return done(request, sentence, "settings_procedure_draft_step", code, step)
    return done(request, sentence, "settings_procedure_draft", code)
