"""What a draft changes, what is wrong with it, what is said about it; handed to review, sent back, published."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from yinuo.foundation.clock import now
from yinuo.foundation.errors import Denied
from yinuo.procedures.library import review_of
from yinuo.procedures.services import (
    comment_on_procedure,
    publish_reviewed,
    send_back_procedure,
    submit_procedure,
    withdraw_procedure,
)
from yinuo.staff.rights import Right
from yinuo.web.console.procedure_changes import changes_shown, review_shown
from yinuo.web.console.procedure_words import Speech, place_of
from yinuo.web.console.settings_areas import Versioned
from yinuo.web.console.views.base import carry_out, done, requires, viewer
from yinuo.web.console.views.settings.procedures.base import MAY_SEE, procedures_page, with_names
from yinuo.web.console.views.settings.procedures.draft import Bench, the_draft, version_of


class SubmitForm(Versioned):
    note = forms.CharField(
        label=gettext_lazy("Why"), max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Stands in the list of versions for whoever looks later."),
    )  # fmt: skip


class VerdictForm(Versioned):
    text = forms.CharField(
        label=gettext_lazy("Your verdict in words"),
        max_length=2_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@requires(*MAY_SEE)
def review(request: HttpRequest, code: str) -> HttpResponse:
    """Everything that changes and everything that is wrong; then it goes to somebody else, who decides here."""
    bench = Bench(code)
    who, draft = viewer(request), bench.draft
    submit = SubmitForm(request.POST or None, initial={"version": draft.version, "note": draft.note})
    failed = 0
    if request.method == "POST":
        if not who.has(Right.EDIT_PROCEDURES):
            raise Denied
        failed = carry_out(
            submit,
            lambda values: submit_procedure(
                draft_id=draft.id, version=values["version"] or 0, note=values["note"], by=who.actor, now=now()
            ),
            newest=lambda: the_draft(code).version,
        )
        if not failed:
            return done(request, _("Handed to review. Whoever may review is told."), "settings_procedure_review", code)
    return _review_page(request, bench, submit, VerdictForm(initial={"version": draft.version}), failed)


def _review_page(
    request: HttpRequest, bench: Bench, submit: SubmitForm, verdict: VerdictForm, failed: int
) -> HttpResponse:  # fmt: skip
    who, draft, judged = viewer(request), bench.draft, bench.judged
    speech, old = bench.speech, Speech(judged.old, bench.names) if judged.old else None
    entries = review_shown(speech, review_of(draft.id))
    authors = [{"by_id": one} for one in _ids(draft.author_ids)]
    with_names([*(entry["stamp"] for entry in entries), *authors])
    mine = str(who.id) in draft.author_ids
    context = bench.context | {
        "submit": submit,
        "verdict": verdict,
        "changes": changes_shown(old, speech, judged.changes) if old else [],
        "faulty": [
            {"step": place_of(bench.definition, fault)[0],
             "where": speech.step(place_of(bench.definition, fault)[0]) or _("the whole procedure"),
             "said": speech.fault(fault)}
            for fault in judged.faults
        ],
        "review": entries,
        "authors": _(", ").join(one["by"] for one in authors if one["by"]),
        "is_author": mine,
        "may_decide": who.has(Right.REVIEW_PROCEDURES) and not mine,
        "steps_to_choose": [(one.key, speech.step(one.key)) for one in bench.definition.steps],
    }  # fmt: skip
    return procedures_page(request, "review", context, status=failed or 200)


def _ids(texts: list[str]) -> list[UUID]:
    return [UUID(one) for one in texts]


@requires(*MAY_SEE)
@require_POST
def comment(request: HttpRequest, code: str) -> HttpResponse:
    """A remark about the draft, or one of its steps."""
    draft = the_draft(code)
    known = {step["key"] for step in draft.body["steps"]}
    step = request.POST.get("step", "")
    comment_on_procedure(
        draft_id=draft.id, text=request.POST.get("text", "")[:2_000], step=step if step in known else "",
        by=viewer(request).actor, now=now(),
    )  # fmt: skip
    return done(request, _("Remark added."), "settings_procedure_review", code)


@requires(Right.EDIT_PROCEDURES)
@require_POST
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    withdraw_procedure(
        draft_id=the_draft(code).id, version=version_of(request), by=viewer(request).actor, now=now()
    )  # fmt: skip
    return done(request, _("Taken back. You can go on with it."), "settings_procedure_draft", code)


@requires(Right.REVIEW_PROCEDURES)
@require_POST
def decide(request: HttpRequest, code: str) -> HttpResponse:
    """Sends the draft back, or publishes it."""
    bench = Bench(code)
    form = VerdictForm(request.POST)
    publishes = request.POST.get("act") == "publish"
    verb = publish_reviewed if publishes else send_back_procedure
    failed = carry_out(
        form,
        lambda values: verb(
            draft_id=bench.draft.id, version=values["version"] or 0, text=values["text"], by=viewer(request).actor,
            now=now(),
        ),
        newest=lambda: the_draft(code).version,
    )  # fmt: skip
    if failed:
        submit = SubmitForm(initial={"version": bench.draft.version})
        return _review_page(request, bench, submit, form, failed)
    if publishes:
        return done(request, _("Published. New tickets follow it from now on."), "settings_procedure", code)
    return done(request, _("Sent back. Its authors are told."), "settings_procedures")
