"""Improvements: what went wrong → cause → action → effect proven (R-QU-3)."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from yinuo.domain.redaction import mask_text
from yinuo.foundation.clock import now, today
from yinuo.quality.models import Improvement, ImprovementState
from yinuo.quality.permissions import access_improvement
from yinuo.quality.queries import improvements_for
from yinuo.quality.services import move_improvement
from yinuo.staff.rights import Right
from yinuo.tickets import queries
from yinuo.web.addresses import reverse
from yinuo.web.console.rows import iso
from yinuo.web.console.views.base import carry_out, done, login_required, page, viewer

STATE = {
    ImprovementState.OPEN: pgettext_lazy("improvement", "Open"),
    ImprovementState.PLANNED: pgettext_lazy("improvement", "Action under way"),
    ImprovementState.PROVEN: pgettext_lazy("improvement", "Effect proven"),
}
STATE_TONE = {
    ImprovementState.OPEN: "active",
    ImprovementState.PLANNED: "waiting",
    ImprovementState.PROVEN: "done",
}


class ImprovementForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    cause = forms.CharField(
        label=gettext_lazy("Cause"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Why it happened, as far down as something can be changed."),
    )  # fmt: skip
    action = forms.CharField(
        label=gettext_lazy("Action"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("What is changed so that it does not happen again."),
    )  # fmt: skip
    owner = forms.ChoiceField(label=gettext_lazy("Who sees to it"), required=False)
    due_on = forms.DateField(
        label=gettext_lazy("Done by"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    effect = forms.CharField(
        label=gettext_lazy("Proof of the effect"), required=False, max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("What shows that it works: figures before and after, customers asked. This closes it."),
    )  # fmt: skip

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        people = {str(member.account_id): member.name for member in queries.members()}
        self.fields["owner"].choices = [("", _("Nobody yet")), *people.items()]  # type: ignore[attr-defined]


def _number(row: Improvement) -> str:
    about = row.ticket or row.order
    return about.number if about else ""


def _subject(row: Improvement) -> str:
    """What the improvement is about, in a line."""
    if row.ticket:
        return mask_text(row.ticket.subject)
    return _("Fulfilment of order %(number)s") % {"number": _number(row)}


@login_required
def improvements(request: HttpRequest) -> HttpResponse:
    """Those not yet proven, or one state (`?state=`)."""
    state = request.GET.get("state", "")
    state = state if state in ImprovementState.values else ""
    rows = [
        {
            "url": reverse("improvement", args=[row.id]),
            "number": _number(row),
            "subject": _subject(row),
            "score": row.score,
            "comment": mask_text(row.comment),
            "state": STATE[ImprovementState(row.state)],
            "tone": STATE_TONE[ImprovementState(row.state)],
            "owner": row.owner.name if row.owner else "",
            "due_on": row.due_on,
            "late": bool(row.due_on and row.due_on < today() and row.state != ImprovementState.PROVEN),
            "opened_iso": iso(row.opened_at),
        }
        for row in improvements_for(viewer(request), state=state)
    ]
    tabs = [("", _("Not yet proven")), *((one.value, str(words)) for one, words in STATE.items())]
    return page(
        request, "console/improvements.html", {"rows": rows, "tabs": tabs, "state": state}, here="improvements",
        topics=["improvements"],
    )  # fmt: skip


@login_required
def improvement(request: HttpRequest, id: UUID) -> HttpResponse:
    who = viewer(request)
    row = access_improvement(who, id)
    may_edit = who.has(Right.LEAD_IMPROVEMENTS)
    initial = {
        "version": row.version, "cause": row.cause, "action": row.action, "effect": row.effect, "due_on": row.due_on,
        "owner": str(row.owner_id or ""),
    }  # fmt: skip
    form = ImprovementForm(request.POST or None, initial=initial)
    failed = 0
    if request.method == "POST":
        who.require(Right.LEAD_IMPROVEMENTS)
        failed = carry_out(
            form,
            lambda values: move_improvement(
                improvement=row, version=values["version"], cause=values["cause"], action=values["action"],
                effect=values["effect"], due_on=values["due_on"], owner_id=values["owner"] or None, by=who.actor,
                now=now(),
            ),
            newest=lambda: access_improvement(who, id).version,
        )  # fmt: skip
        if not failed:
            return done(request, _("Saved."), "improvement", id)
        row = access_improvement(who, id)
    state = ImprovementState(row.state)
    stages = [
        {"label": label, "done": bool(text)}
        for label, text in ((_("Cause"), row.cause), (_("Action"), row.action), (_("Effect proven"), row.effect))
    ]
    context = {
        "row": row,
        "form": form,
        "may_edit": may_edit,
        "state": STATE[state],
        "tone": STATE_TONE[state],
        "stages": stages,
        "number": _number(row),
        "about_url": reverse("order" if row.order else "ticket", args=[_number(row)]),
        "customer": row.ticket.customer.name if row.ticket else row.order.customer.name if row.order else "",
        "subject": _subject(row),
        "comment": mask_text(row.comment),
        "opened_iso": iso(row.opened_at),
        "closed_iso": iso(row.closed_at),
    }
    return page(request, "console/improvement.html", context, here="improvements", status=failed or 200)
