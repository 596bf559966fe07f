"""What people do with a ticket: answer, note, give to others, escalate, follow, classify, look at masked values."""

import re
from datetime import timedelta
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinuo.catalog.queries import categories_to_choose
from yinuo.customers.services import show_personal
from yinuo.foundation.clock import now
from yinuo.foundation.errors import Changed, Denied, InvalidForm, Missing, YinuoError
from yinuo.orders.permissions import access_order
from yinuo.procedures.queries import taking_is_agreed
from yinuo.procedures.services import escalate_ticket, hand_over, reclassify
from yinuo.staff.queries import queues_of
from yinuo.staff.rights import Right
from yinuo.tickets import queries
from yinuo.tickets.errors import AddressInvalid
from yinuo.tickets.models import Direction, Ticket
from yinuo.tickets.permissions import access_message
from yinuo.tickets.services import add_note, follow, link_order, reply, send_again, unfollow, unlink_order
from yinuo.tickets.services.assigning import next_team
from yinuo.tickets.services.messages import NewFile
from yinuo.web.console.labels import IMPACT, PRESENCE, URGENCY, named
from yinuo.web.console.limit_forms import UNIT_WORDS, UNITS
from yinuo.web.console.unmasking import unmask
from yinuo.web.console.views.base import carry_out, viewer
from yinuo.web.console.views.posting import (
    changed,
    conflict,
    ticket_post,
    ticket_post_by_watchers,
    ticket_view,
)
from yinuo.web.once import once_of

ADDRESS = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\"]+")
MENTION = re.compile(r"@([\w·]{1,40})")
MOST_FILES = 10
MOST_BYTES = 20 * 1024 * 1024


class FilesTooLarge(YinuoError):
    code = "files_too_large"
    text = gettext_lazy("Attachments may have 20 MB and 10 files together at most.")


class TalkMoved(Changed):
    text = gettext_lazy("A message has come in since you began to write. Read it first, or send yours all the same.")


def files_of(request: HttpRequest) -> list[NewFile]:
    """Raises `FilesTooLarge`."""
    given = request.FILES.getlist("files")
    if len(given) > MOST_FILES or sum(file.size or 0 for file in given) > MOST_BYTES:
        raise FilesTooLarge
    return [NewFile(file.name or "", file.read(), file.content_type or "application/octet-stream") for file in given]


def addresses_of(text: str) -> list[str]:
    """Addresses written one after the other. Raises `AddressInvalid` with the first that is none."""
    found = [part.strip() for part in re.split(r"[,;，；\s]+", text) if part.strip()]
    for address in found:
        if not ADDRESS.fullmatch(address):
            raise AddressInvalid(value=address)
    return list(dict.fromkeys(found))


@ticket_post
def answer(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """A reply to the customer. `version` is the newest message on the screen: what came in between is shown first."""
    who = viewer(request)
    newest = queries.newest_message(ticket.id)
    seen = request.POST.get("version", "")
    if newest and str(newest[0]) != seen and newest[1] != who.id:
        return conflict(request, TalkMoved(), newest[0])
    cc, files = addresses_of(request.POST.get("cc", "")), files_of(request)
    once_of(request, who.id)(
        lambda: reply(
            ticket=ticket, account_id=who.id, text=request.POST.get("text", ""), cc=cc, files=files, by=who.actor,
            now=now(),
        )
    )  # fmt: skip
    return changed(request, ticket, _("Your answer is on its way."))


@ticket_post_by_watchers
def note(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """An internal note; `@name` tells that colleague."""
    who = viewer(request)
    text = request.POST.get("text", "")
    names = {member.name: member.account_id for member in queries.members()} if "@" in text else {}
    mentioned = [names[found] for found in _mentions(text, names) if names[found] != who.id]
    files = files_of(request)
    once_of(request, who.id)(
        lambda: add_note(
            ticket=ticket, account_id=who.id, text=text, mentioned=mentioned, files=files, by=who.actor, now=now()
        )
    )
    return changed(request, ticket)


def _mentions(text: str, names: dict[str, UUID]) -> list[str]:
    """Names after an @, the longest that fits, since Chinese text goes on without a space."""
    found = []
    for piece in MENTION.findall(text):
        fitting = [piece[:length] for length in range(len(piece), 0, -1) if piece[:length] in names]
        found += fitting[:1]
    return list(dict.fromkeys(found))


@ticket_post
def again(request: HttpRequest, ticket: Ticket, id: UUID) -> HttpResponse:
    """Sends a message that did not arrive once more."""
    who = viewer(request)
    message = access_message(who, id)
    if message.ticket_id != ticket.id or message.direction != Direction.OUT:
        raise Missing
    send_again(message=message, by=who.actor, now=now())
    return changed(request, ticket, _("It is being sent again."))


@ticket_post_by_watchers
def following(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    who = viewer(request)
    if request.POST.get("follow") == "1":
        follow(ticket=ticket, account=who.account, reason="chosen", by=who.actor, now=now())
        return changed(request, ticket, _("You follow this ticket: what happens to it appears on your bell."))
    unfollow(ticket=ticket, account_id=who.id, by=who.actor, now=now())
    return changed(request, ticket, _("You no longer follow this ticket."))


@ticket_post
def order(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Links the ticket with an order of its customer, or takes the link away."""
    who = viewer(request)
    found = access_order(who, request.POST.get("order", ""))
    linked = request.POST.get("linked") == "1"
    (link_order if linked else unlink_order)(ticket=ticket, order=found, by=who.actor, now=now())
    return changed(request, ticket, _("Linked.") if linked else _("No longer linked."))


# --- giving to others ---------------------------------------------------------------------------------------------


class AssignForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    to = forms.CharField(error_messages={"required": gettext_lazy("Choose who continues.")})
    note = forms.CharField(
        label=gettext_lazy("For whoever continues"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Stands as an internal note in the conversation; the customer does not see it."),
    )
    within = forms.IntegerField(
        label=gettext_lazy("To be taken over within"), required=False, min_value=1, max_value=10_000,
        help_text=gettext_lazy("As agreed with them; empty: no limit."),
    )  # fmt: skip
    unit = forms.ChoiceField(
        label=gettext_lazy("Unit"), choices=[(key, UNIT_WORDS[key]) for key in "mh"], required=False
    )

    def span(self) -> timedelta | None:
        amount, unit = self.cleaned_data["within"], self.cleaned_data["unit"] or "m"
        return amount * timedelta(seconds=UNITS[unit]) if amount else None


def _may_give(request: HttpRequest, ticket: Ticket) -> bool:
    """Everybody who works on it may hand his own ticket over; others' tickets need the right."""
    who = viewer(request)
    return who.has(Right.ASSIGN_TICKETS) or ticket.owner_id in (None, who.id)


@ticket_view
def assign_sheet(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    return _assign(request, ticket, AssignForm(initial={"version": ticket.version}))


def _assign(request: HttpRequest, ticket: Ticket, form: forms.Form, status: int = 200) -> HttpResponse:
    teams: dict[UUID, dict[str, object]] = {}
    for team in queues_of(None):
        teams[team.id] = {"name": team.name, "id": str(team.id), "people": [], "own": team.id == ticket.team_id}
    for member in queries.members():
        people = teams[member.team_id]["people"]
        if isinstance(people, list):
            people.append(
                {
                    "value": f"{member.team_id}:{member.account_id}",
                    "name": member.name,
                    "presence": member.presence,
                    "presence_words": PRESENCE[member.presence],
                    "open": member.open_count,
                    "capacity": max(member.capacity, 1),
                    "here": member.account_id == ticket.owner_id and member.team_id == ticket.team_id,
                }
            )
    ordered = sorted(teams.values(), key=lambda team: not team["own"])
    context = {"ticket": ticket, "form": form, "teams": ordered, "may_give": _may_give(request, ticket),
               "agreed": taking_is_agreed(ticket)}  # fmt: skip
    return render(request, "console/tickets/assign.html", context, status=status)


@ticket_post
def assign(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    if not _may_give(request, ticket):
        raise Denied
    who = viewer(request)
    form = AssignForm(request.POST)

    def act(values: dict[str, object]) -> None:
        team_id, _sep, account_id = str(values["to"]).partition(":")
        team = next((team for team in queues_of(None) if str(team.id) == team_id), None)
        member = next((m for m in queries.members() if f"{m.team_id}:{m.account_id}" == values["to"]), None)
        if team is None or (account_id and member is None):
            raise InvalidForm(fields={"to": _("Choose who continues.")})
        owner = queries.account(member.account_id) if member else None
        once_of(request, who.id)(
            lambda: hand_over(
                ticket=ticket, team=team, owner=owner, note=str(values["note"]), version=int(str(values["version"])),
                within=form.span(), by=who.actor, now=now(),
            )
        )  # fmt: skip

    failed = carry_out(form, act, newest=lambda: queries.version_of(ticket.id))
    if failed:
        return _assign(request, ticket, form, 422)
    return changed(request, ticket, _("Handed over."))


class EscalateForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("What you have tried, and what goes beyond your authority or ability."),
        error_messages={"required": gettext_lazy("Write down why, so that others can follow it.")},
    )
    tell = forms.BooleanField(
        label=gettext_lazy("Tell the customer who continues and by when"), required=False, initial=True
    )


@ticket_view
def escalate_sheet(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    return _escalate(request, ticket, EscalateForm(initial={"version": ticket.version}))


def _escalate(request: HttpRequest, ticket: Ticket, form: forms.Form, status: int = 200) -> HttpResponse:
    context = {"ticket": ticket, "form": form, "to": next_team(ticket.team_id)}
    return render(request, "console/tickets/escalate.html", context, status=status)


@ticket_post
def escalate(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    who = viewer(request)
    form = EscalateForm(request.POST)
    failed = carry_out(
        form,
        lambda values: once_of(request, who.id)(
            lambda: escalate_ticket(
                ticket=ticket, reason=values["reason"], tell_customer=values["tell"], version=values["version"],
                by=who.actor, now=now(),
            )
        ),
        newest=lambda: queries.version_of(ticket.id),
    )  # fmt: skip
    if failed:
        return _escalate(request, ticket, form, 422)
    return changed(request, ticket, _("Escalated. Deadlines go on with the time already used."))


# --- what it is about ---------------------------------------------------------------------------------------------


class ClassifyForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    category = forms.ChoiceField(label=gettext_lazy("Category"))
    urgency = forms.ChoiceField(label=gettext_lazy("Urgency"), choices=URGENCY.items(), widget=forms.RadioSelect)
    impact = forms.ChoiceField(label=gettext_lazy("Impact"), choices=IMPACT.items(), widget=forms.RadioSelect)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["category"].choices = category_choices()  # type: ignore[attr-defined]


def category_choices() -> list[tuple[str, str]]:
    """The tree, each node below its parent."""
    return [
        (category.code, "　" * depth + named(category.name, category.name_en))
        for category, depth in categories_to_choose()
    ]


@ticket_view
def classify_sheet(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    initial = {
        "version": ticket.version,
        "category": ticket.category.code if ticket.category else "",
        "urgency": ticket.urgency,
        "impact": ticket.impact,
    }
    return _classify(request, ticket, ClassifyForm(initial=initial))


def _classify(request: HttpRequest, ticket: Ticket, form: forms.Form, status: int = 200) -> HttpResponse:
    return render(request, "console/tickets/classify.html", {"ticket": ticket, "form": form}, status=status)


@ticket_post
def classify(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    who = viewer(request)
    form = ClassifyForm(request.POST)

    def act(values: dict[str, object]) -> None:
        chosen = next(category for category, _depth in categories_to_choose() if category.code == values["category"])
        reclassify(
            ticket=ticket, source="person", version=int(str(values["version"])),
            category=None if chosen.id == ticket.category_id else chosen, urgency=str(values["urgency"]),
            impact=str(values["impact"]), by=who.actor, now=now(),
        )  # fmt: skip

    failed = carry_out(form, act, newest=lambda: queries.version_of(ticket.id))
    if failed:
        return _classify(request, ticket, form, 422)
    return changed(request, ticket, _("Saved. Deadlines follow, time already used is kept."))


# --- masked values ------------------------------------------------------------------------------------------------


@ticket_view
def unmask_sheet(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    viewer(request).require(Right.SEE_PERSONAL)
    return render(request, "console/tickets/unmask.html", {"ticket": ticket})


@ticket_post_by_watchers
def show_masked(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Contact data of this ticket is shown to this person for half an hour; the reason is kept."""
    who = viewer(request)
    who.require(Right.SEE_PERSONAL)
    show_personal(
        customer_id=ticket.customer_id, ticket_id=ticket.id, reason=request.POST.get("reason", ""), by=who.actor,
        now=now(),
    )  # fmt: skip
    unmask(request, ticket)
    return changed(request, ticket, _("Shown to you for 30 minutes. Your reason has been kept."))
