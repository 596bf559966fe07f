"""Sub-tasks of a ticket: given to another department, accepted, answered, sent back, withdrawn."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinuo.foundation.clock import now
from yinuo.foundation.errors import Denied, InvalidForm, Missing
from yinuo.procedures.models import Subtask, SubtaskState
from yinuo.procedures.permissions import access_subtask, may_accept, may_answer, may_decline, may_give, may_steer
from yinuo.procedures.queries import limit_is_agreed
from yinuo.procedures.services import (
    accept_subtask,
    decline_subtask,
    finish_subtask,
    give_subtask,
    open_subtask,
    send_back_subtask,
    wait_in_subtask,
    withdraw_subtask,
)
from yinuo.procedures.services.taking import TAKEN_OVER
from yinuo.procedures.services.tasking import SUBTASK
from yinuo.staff.models import Team
from yinuo.staff.permissions import Viewer
from yinuo.staff.queries import teams_by_department
from yinuo.tickets.models import Ticket
from yinuo.tickets.permissions import seen_of
from yinuo.tickets.queries import account as account_of
from yinuo.tickets.queries import members
from yinuo.web.console.labels import PRESENCE, WAIT
from yinuo.web.console.limit_forms import UNIT_WORDS, UNITS
from yinuo.web.console.views.base import carry_out, done, viewer, wants_fragment
from yinuo.web.console.views.posting import changed, ticket_post, ticket_post_by_watchers, ticket_view, version_of
from yinuo.web.console.views.ticket_acts import files_of
from yinuo.web.once import once_of

Values = dict[str, object]
UNIT_CHOICES = [(key, UNIT_WORDS[key]) for key in "mhd"]
LONGEST = timedelta(days=365)


class LimitsForm(forms.Form):
    """How long it may take, where the limits leave that to each case: `limits` are the kinds that they do leave."""

    within = forms.IntegerField(
        label=gettext_lazy("To be answered within"), required=False, min_value=1, max_value=10_000
    )  # fmt: skip
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), choices=UNIT_CHOICES, required=False, initial="d")

    def span(self, name: str, unit: str) -> timedelta | None:
        amount = self.cleaned_data.get(name)
        return amount * timedelta(seconds=UNITS[self.cleaned_data.get(unit) or "d"]) if amount else None

    def clean(self) -> Values:
        values: Values = super().clean() or {}
        for name, unit in (("within", "unit"), ("accept_within", "accept_unit")):
            if name in self.fields and (self.span(name, unit) or timedelta()) > LONGEST:
                self.add_error(name, _("A year at most."))
        return values


class OpenForm(LimitsForm):
    """A sub-task by hand."""

    team = forms.ChoiceField(
        label=gettext_lazy("Department"), error_messages={"required": gettext_lazy("Choose the department.")}
    )
    title = forms.CharField(
        label=gettext_lazy("What is to be done"), max_length=120,
        error_messages={"required": gettext_lazy("Say in a few words what the department is to do.")},
    )  # fmt: skip
    task = forms.CharField(
        label=gettext_lazy("More about it"), required=False, max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("What you know already and which result you need; they see the whole ticket."),
    )  # fmt: skip
    accept_within = forms.IntegerField(
        label=gettext_lazy("To be accepted within"), required=False, min_value=1, max_value=10_000,
    )  # fmt: skip
    accept_unit = forms.ChoiceField(label=gettext_lazy("Unit"), choices=UNIT_CHOICES, required=False, initial="h")

    def __init__(self, data: object = None, *, ticket: Ticket) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self.teams = {str(team.id): team for team in _other_teams(ticket)}
        self.fields["team"].choices = [("", "—"), *_named(self.teams.values())]  # type: ignore[attr-defined]


def _other_teams(ticket: Ticket) -> list[Team]:
    return [team for team in teams_by_department() if team.id != ticket.team_id]


def _named(teams: Iterable[Team]) -> list[tuple[str, str]]:
    """Each with its department in front, where that says more."""
    return [(str(team.id), f"{team.department.name} · {team.name}" if team.department else team.name) for team in teams]


@ticket_view
def open_sheet(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    return _opening(request, ticket, OpenForm(ticket=ticket))


def _opening(request: HttpRequest, ticket: Ticket, form: forms.Form, status: int = 200) -> HttpResponse:
    context = {
        "ticket": ticket,
        "form": form,
        "may_open": may_steer(viewer(request), ticket),
        "agreed": limit_is_agreed(ticket, SUBTASK),
        "accept_agreed": limit_is_agreed(ticket, TAKEN_OVER),
    }
    return render(request, "console/tickets/subtask_open.html", context, status=status)


@ticket_post
def open_one(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """派给其他部门."""
    who, form = viewer(request), OpenForm(request.POST, ticket=ticket)
    failed = carry_out(
        form,
        lambda values: once_of(request, who.id)(
            lambda: open_subtask(
                ticket=ticket, team=form.teams[values["team"]], title=values["title"], task=values["task"],
                within=form.span("within", "unit"), accept_within=form.span("accept_within", "accept_unit"),
                by=who.actor, now=now(),
            )
        ),
    )  # fmt: skip
    if failed:
        return _opening(request, ticket, form, failed)
    return changed(request, ticket, _("Given to the department. You will be told when it answers."))


# --- a sub-task ---------------------------------------------------------------------------------------------------

TITLES = {
    "answer": gettext_lazy("Give the result"),
    "give": gettext_lazy("Give to a colleague"),
    "decline": gettext_lazy("Not ours"),
    "send_back": gettext_lazy("Send back for more"),
    "withdraw": gettext_lazy("Withdraw"),
    "wait": gettext_lazy("Wait"),
}
HINTS = {
    "answer": gettext_lazy("Stands as an internal note in the conversation; the customer does not see it."),
    "decline": gettext_lazy("Whose it is, as far as you know. It goes back to whoever asked."),
    "send_back": gettext_lazy("What is missing. Its limits begin anew."),
    "withdraw": gettext_lazy("Stands in the ticket's history; the department is told."),
}


class SendBackForm(LimitsForm):
    reason = forms.CharField(max_length=2000, required=False)
    team = forms.ChoiceField(label=gettext_lazy("Department"), required=False)

    def __init__(self, data: object = None, *, subtask: Subtask, teams: list[Team]) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self.teams = {str(team.id): team for team in teams}
        self.fields["team"].choices = _named(teams)  # type: ignore[attr-defined]
        self.initial["team"] = str(subtask.team_id)


class GiveForm(forms.Form):
    """To whom of the department, and what he should know."""

    to = forms.UUIDField(
        error_messages={
            "required": gettext_lazy("Choose who continues."),
            "invalid": gettext_lazy("Choose who continues."),
        }
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Stands in the ticket's history; its limits run on, the time already used stays used."),
    )  # fmt: skip


def _people_of(subtask: Subtask) -> list[dict[str, object]]:
    """Who is in the department, with how much each has."""
    return [
        {
            "id": member.account_id, "name": member.name, "presence": member.presence,
            "presence_words": PRESENCE[member.presence], "open": member.open_count,
            "capacity": max(member.capacity, 1), "here": member.account_id == subtask.owner_id,
        }
        for member in members([subtask.team_id])
    ]  # fmt: skip


@ticket_view
def sheet(request: HttpRequest, ticket: Ticket, id: UUID, what: str) -> HttpResponse:
    """What is to be said with an act."""
    subtask = access_subtask(ticket, id)
    _require(request, subtask, what)
    return _sheet(request, subtask, what)


def _sheet(
    request: HttpRequest, subtask: Subtask, what: str, form: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    if what not in TITLES:
        raise Missing
    ticket = subtask.ticket
    if what == "give":
        people = _people_of(subtask)
        others = any(not person["here"] for person in people)
        given = {"ticket": ticket, "subtask": subtask, "form": form or GiveForm(), "people": people, "others": others}
        return render(request, "console/tickets/subtask_give.html", given, status=status)
    is_back = what == "send_back"
    if is_back and form is None:
        form = SendBackForm(subtask=subtask, teams=_teams_for(subtask))
    context = {
        "ticket": ticket, "subtask": subtask, "what": what, "title": TITLES[what], "hint": HINTS.get(what, ""),
        "form": form, "waits": [(key, WAIT[key]) for key in ("customer", "outside")],
        "agreed": is_back and limit_is_agreed(ticket, subtask.limit or SUBTASK),
        "other_team": is_back and subtask.state == SubtaskState.DECLINED,
        "act_url": reverse("subtask_act", args=[ticket.number, subtask.id, what]),
    }  # fmt: skip
    return render(request, "console/tickets/subtask_act.html", context, status=status)


def _teams_for(subtask: Subtask) -> list[Team]:
    """Where a sub-task may go on: other teams than the ticket's, and the one that had it."""
    beside = (subtask.ticket.team_id, subtask.team_id)
    return [team for team in teams_by_department() if team.id != beside[0] or beside[0] == beside[1]]


def _require(request: HttpRequest, subtask: Subtask, what: str) -> None:
    """Raises `Denied` for who may not, `Missing` for what is nothing that can be done."""
    who = viewer(request)
    may: dict[str, Callable[[], bool]] = {
        "accept": lambda: may_accept(who, subtask),
        "answer": lambda: may_answer(who, subtask),
        "wait": lambda: may_answer(who, subtask),
        "go_on": lambda: may_answer(who, subtask),
        "give": lambda: may_give(who, subtask),
        "decline": lambda: may_decline(who, subtask),
        "send_back": lambda: may_steer(who, subtask.ticket),
        "withdraw": lambda: may_steer(who, subtask.ticket),
    }
    if what not in may:
        raise Missing
    if not may[what]():
        raise Denied


@ticket_post_by_watchers
def act(request: HttpRequest, ticket: Ticket, id: UUID, what: str) -> HttpResponse:
    """Something done with a sub-task, by its department or by whoever works on the ticket."""
    subtask = access_subtask(ticket, id)
    _require(request, subtask, what)
    return ACTS[what](request, subtask)


def _common(request: HttpRequest, subtask: Subtask) -> Values:
    return {"subtask": subtask, "by": viewer(request).actor, "now": now(), "seen": version_of(request)}


def _accept(request: HttpRequest, subtask: Subtask) -> HttpResponse:
    who = viewer(request)
    _once(request, lambda: accept_subtask(account=who.account, **_common(request, subtask)))
    return changed(request, subtask.ticket, _("It is yours now; give the result here."))


def _answer(request: HttpRequest, subtask: Subtask) -> HttpResponse:
    text, files = request.POST.get("text", ""), files_of(request)
    _once(request, lambda: finish_subtask(text=text, files=files, **_common(request, subtask)))
    return changed(request, subtask.ticket, _("Answered. Whoever asked has been told."))


def _give(request: HttpRequest, subtask: Subtask) -> HttpResponse:
    form = GiveForm(request.POST)

    def give(values: Values) -> None:
        if values["to"] not in {person["id"] for person in _people_of(subtask)}:
            raise InvalidForm(fields={"to": _("Choose who continues.")})
        account = account_of(values["to"])
        _once(request, lambda: give_subtask(account=account, reason=values["reason"], **_common(request, subtask)))

    failed = carry_out(form, give)
    if failed:
        return _sheet(request, subtask, "give", form, failed)
    return changed(request, subtask.ticket, _("Given. Both have been told."))


def _decline(request: HttpRequest, subtask: Subtask) -> HttpResponse:
    _once(request, lambda: decline_subtask(reason=_reason(request), **_common(request, subtask)))
    said = _("Back with whoever asked.")
    if seen_of(Viewer(viewer(request).account), [subtask.ticket_id]):
        return changed(request, subtask.ticket, said)
    gone = done(request, said, "steps")  # who declined it may not see the ticket any more
    return HttpResponse(status=204, headers={"HX-Redirect": reverse("steps")}) if wants_fragment(request) else gone


def _send_back(request: HttpRequest, subtask: Subtask) -> HttpResponse:
    form = SendBackForm(request.POST, subtask=subtask, teams=_teams_for(subtask))
    failed = carry_out(
        form,
        lambda values: _once(
            request,
            lambda: send_back_subtask(
                reason=values["reason"], team=form.teams.get(values["team"]), within=form.span("within", "unit"),
                **_common(request, subtask),
            ),
        ),
    )  # fmt: skip
    if failed:
        return _sheet(request, subtask, "send_back", form, failed)
    return changed(request, subtask.ticket, _("Sent back with what is missing."))


def _withdraw(request: HttpRequest, subtask: Subtask) -> HttpResponse:
    _once(request, lambda: withdraw_subtask(reason=_reason(request), **_common(request, subtask)))
    return changed(request, subtask.ticket, _("Withdrawn. The reason has been kept."))


def _wait(request: HttpRequest, subtask: Subtask) -> HttpResponse:
    wait = request.POST.get("wait", "")
    if wait not in ("customer", "outside"):
        raise InvalidForm
    _once(request, lambda: wait_in_subtask(wait=wait, **_common(request, subtask)))
    return changed(request, subtask.ticket, _("Waiting. The clock stands still where the limits say so."))


def _go_on(request: HttpRequest, subtask: Subtask) -> HttpResponse:
    _once(request, lambda: wait_in_subtask(wait="", **_common(request, subtask)))
    return changed(request, subtask.ticket, _("It goes on."))


def _reason(request: HttpRequest) -> str:
    return request.POST.get("reason", "")


def _once(request: HttpRequest, do: Callable[[], object]) -> None:
    once_of(request, viewer(request).id)(do)


ACTS: dict[str, Callable[[HttpRequest, Subtask], HttpResponse]] = {
    "accept": _accept, "answer": _answer, "give": _give, "decline": _decline, "send_back": _send_back,
    "withdraw": _withdraw, "wait": _wait, "go_on": _go_on,
}  # fmt: skip
