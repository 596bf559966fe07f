"""The draft of a procedure: its steps and the whole, each list with its entries, problems where they are."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yinuo.domain.procedure import Definition
from yinuo.domain.procedure.editing import step_of
from yinuo.domain.procedure.writing import write_yaml
from yinuo.foundation.clock import now
from yinuo.foundation.errors import Denied, Missing
from yinuo.procedures.errors import NoDraft
from yinuo.procedures.library import Judged, draft_of, judged, shelf
from yinuo.procedures.models import DraftState, ProcedureDraft
from yinuo.procedures.services import (
    add_procedure_step,
    drop_procedure_draft,
    move_procedure_step,
    open_procedure_draft,
    remove_procedure_step,
    save_procedure_settings,
)
from yinuo.staff.rights import Right
from yinuo.web.console.procedure_forms import Desk, NewStepForm, StepForm, WholeForm
from yinuo.web.console.procedure_picture import picture_of
from yinuo.web.console.procedure_words import HouseNames, Speech, house_names, titled
from yinuo.web.console.settings_areas import found
from yinuo.web.console.views.base import carry_out, done, requires, viewer
from yinuo.web.console.views.settings.procedures.base import (
    faults_of_step,
    parts_shown,
    procedures_page,
    stamp,
    steps_shown,
    the_step,
    with_names,
)
from yinuo.web.console.views.settings.procedures.shown import as_file


def the_draft(code: str) -> ProcedureDraft:
    """The draft under work. Raises `NoDraft`, or `Missing` where there is no such procedure."""
    draft = draft_of(code)
    if draft is None:
        if shelf(code) is None:
            raise Missing
        raise NoDraft
    return draft


class Bench:
    """A draft with everything its pages show."""

    def __init__(self, code: str) -> None:
        self.draft = the_draft(code)
        self.names: HouseNames = house_names()
        self.judged: Judged = judged(self.draft, self.names.known)
        self.speech = Speech(self.judged.definition, self.names)

    @property
    def definition(self) -> Definition:
        return self.judged.definition

    def desk(self, step: str = "") -> Desk:
        return Desk(self.draft.body, step, self.names)

    @property
    def context(self) -> dict[str, Any]:
        """The bar of the draft: state, who changed it last, how much differs and is wrong."""
        drafted = stamp(self.draft.changed_at, self.draft.changed_by_id)
        with_names([drafted])
        return {
            "code": self.draft.code,
            "draft": self.draft,
            "title": titled(self.definition),
            "drafted": drafted,
            "in_review": self.draft.state == DraftState.REVIEW,
            "based_on": self.judged.in_force,
            "change_count": len(self.judged.changes),
            "fault_count": len(self.judged.faults),
            "is_new": self.judged.in_force is None,
        }


@requires(Right.EDIT_PROCEDURES)
@require_POST
def open_(request: HttpRequest, code: str) -> HttpResponse:
    """A draft of what is in force, or of an older version (`version`)."""
    given = request.POST.get("version", "")
    try:
        based_on = UUID(given) if given else None
    except ValueError as error:
        raise Missing from error
    open_procedure_draft(code=code, based_on=based_on, by=viewer(request).actor, now=now())
    sentence = _("A draft has been opened. Nothing changes until somebody else has published it.")
    return done(request, sentence, "settings_procedure_draft", code)


@requires(Right.EDIT_PROCEDURES, Right.REVIEW_PROCEDURES)
def draft(request: HttpRequest, code: str) -> HttpResponse:
    """All steps and what belongs to the whole."""
    bench = Bench(code)
    faults = bench.judged.faults
    context = bench.context | {
        "picture": picture_of(bench.definition),
        "steps": steps_shown(bench.speech, faults),
        "parts": parts_shown(bench.speech, None, faults),
        "faults": faults_of_step(bench.speech, None, faults),
        "step_key": "",
    }
    return procedures_page(request, "draft", context)


@requires(Right.EDIT_PROCEDURES, Right.REVIEW_PROCEDURES)
def step(request: HttpRequest, code: str, step: str) -> HttpResponse:
    """One step: its settings and lists, each entry to add, move, change and delete."""
    bench = Bench(code)
    one = the_step(bench.definition, step)
    at = bench.definition.steps.index(one)
    keys = [other.key for other in bench.definition.steps]
    faults = bench.judged.faults
    raw = step_of(bench.draft.body, step)
    form = StepForm(request.POST or None, desk=bench.desk(step), raw=raw, version=bench.draft.version)
    failed = 0
    if request.method == "POST":
        failed = _save(request, form, code, step)
        if not failed:
            return done(request, _("Saved in the draft."), "settings_procedure_draft_step", code, step)
    context = bench.context | {
        "step": one,
        "step_key": step,
        "step_title": bench.speech.step(step),
        "form": form,
        "parts": parts_shown(bench.speech, one, faults),
        "faults": faults_of_step(bench.speech, one, faults),
        "leads_here": _leads_here(bench, step),
        "previous": keys[at - 1] if at else "",
        "following": keys[at + 1] if at + 1 < len(keys) else "",
    }
    return procedures_page(request, "draft_step", context, status=failed or 200)


def _leads_here(bench: Bench, key: str) -> list[dict[str, str]]:
    """The steps from which an arrow leads here."""
    return [
        {"key": one.key, "title": bench.speech.step(one.key)}
        for one in bench.definition.steps
        if any(key in arrow.to for arrow in one.arrows)
    ]


def _save(request: HttpRequest, form: StepForm | WholeForm, code: str, step: str) -> int:
    """Settings of a step or of the whole; the status to show the form with, 0 when done."""
    if not viewer(request).has(Right.EDIT_PROCEDURES):
        raise Denied
    return carry_out(
        form,
        lambda cleaned: save_procedure_settings(
            draft_id=the_draft(code).id, version=cleaned["version"] or 0, step=step, values=form.values(),
            by=viewer(request).actor, now=now(),
        ),
        newest=lambda: the_draft(code).version,
    )  # fmt: skip


@requires(Right.EDIT_PROCEDURES)
def whole(request: HttpRequest, code: str) -> HttpResponse:
    """Name of the procedure and its first steps."""
    bench = Bench(code)
    form = WholeForm(request.POST or None, desk=bench.desk(), raw=bench.draft.body, version=bench.draft.version)
    failed = 0
    if request.method == "POST":
        failed = _save(request, form, code, "")
        if not failed:
            return done(request, _("Saved in the draft."), "settings_procedure_draft", code)
    return procedures_page(request, "draft_whole", bench.context | {"form": form}, status=failed or 200)


@requires(Right.EDIT_PROCEDURES)
def new_step(request: HttpRequest, code: str) -> HttpResponse:
    """Another step: its name, who does it, where it stands."""
    bench = Bench(code)
    initial = (
        {"after": request.GET.get("after", "")} if request.GET.get("after") in bench.definition.step_by_key else {}
    )
    form = NewStepForm(request.POST or None, desk=bench.desk(), raw=initial, version=bench.draft.version)
    failed = 0
    if request.method == "POST":
        failed = carry_out(
            form,
            lambda values: add_procedure_step(
                draft_id=bench.draft.id, version=values["version"] or 0, entry=form.step_entry(), after=values["after"],
                by=viewer(request).actor, now=now(),
            ),
            newest=lambda: the_draft(code).version,
        )  # fmt: skip
        if not failed:
            key = form.step_entry()["key"]
            sentence = _("Step added. Say now what it asks for and where it leads.")
            return done(request, sentence, "settings_procedure_draft_step", code, key)
    return procedures_page(request, "new_step", bench.context | {"form": form}, status=failed or 200)


@requires(Right.EDIT_PROCEDURES)
@require_POST
def move_step(request: HttpRequest, code: str, step: str) -> HttpResponse:
    move_procedure_step(
        draft_id=the_draft(code).id, version=version_of(request), step=step, up=request.POST.get("up") == "1",
        by=viewer(request).actor, now=now(),
    )  # fmt: skip
    return done(
        request, _("Order of the list changed. Where steps lead stays as it is."), "settings_procedure_draft", code
    )


@requires(Right.EDIT_PROCEDURES)
@require_POST
def remove_step(request: HttpRequest, code: str, step: str) -> HttpResponse:
    remove_procedure_step(
        draft_id=the_draft(code).id, version=version_of(request), step=step, by=viewer(request).actor, now=now()
    )
    return done(request, _("Step deleted in the draft."), "settings_procedure_draft", code)


@requires(Right.EDIT_PROCEDURES)
@require_POST
def drop(request: HttpRequest, code: str) -> HttpResponse:
    drop_procedure_draft(
        draft_id=the_draft(code).id, version=version_of(request), by=viewer(request).actor, now=now()
    )  # fmt: skip
    return done(request, _("The draft has been discarded. What is in force stays."), "settings_procedures")


@requires(Right.EDIT_PROCEDURES, Right.REVIEW_PROCEDURES)
def export(request: HttpRequest, code: str) -> HttpResponse:
    """The draft as a file."""
    one = found(draft_of(code))
    return as_file(write_yaml(Definition.from_json(one.body)), f"procedure_{code}_draft")


def version_of(request: HttpRequest) -> int:
    """The version of the draft that the form was made with."""
    given = request.POST.get("version", "")
    return int(given) if given.isdigit() and len(given) < 10 else 0
