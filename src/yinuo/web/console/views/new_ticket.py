"""A ticket made by hand: a call noted down, or a mail of ours to a customer."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinuo.catalog.models import Category
from yinuo.catalog.queries import categories_to_choose
from yinuo.customers.models import Customer, IdentityKind
from yinuo.customers.queries import address_of, find_customers, identities_of
from yinuo.customers.queries import customer as customer_file
from yinuo.customers.services import add_identity, identify, make_customer
from yinuo.domain.redaction import mask_contact
from yinuo.foundation.actors import Actor
from yinuo.foundation.clock import now
from yinuo.foundation.errors import InvalidForm, Missing
from yinuo.foundation.work import work
from yinuo.procedures.services import FirstMessage, open_by_writing, open_ticket
from yinuo.staff.models import Team
from yinuo.staff.permissions import Viewer
from yinuo.staff.queries import queues_of
from yinuo.staff.rights import Right
from yinuo.tickets.models import Ticket
from yinuo.web.addresses import reverse
from yinuo.web.components.shell import initial_of
from yinuo.web.console.labels import CHANNEL, IMPACT, TIER, URGENCY
from yinuo.web.console.order_forms import instant_field
from yinuo.web.console.views.base import carry_out, done, page, requires, viewer
from yinuo.web.console.views.ticket_acts import addresses_of, category_choices, files_of
from yinuo.web.once import once_of

BY_HAND = ("phone", "visit", "chat", "wechat", "other")
OLDEST = timedelta(days=30)
"""An older contact is a slip in the date."""


class NewTicketForm(forms.Form):
    """`customer` is the id of a file, else `name` with a phone number or mail address makes or finds one."""

    customer = forms.UUIDField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=gettext_lazy("Customer's name"), required=False, max_length=120)
    phone = forms.CharField(label=gettext_lazy("Phone"), required=False, max_length=40)
    email = forms.CharField(label=gettext_lazy("E-mail"), required=False, max_length=254)
    channel = forms.ChoiceField(
        label=gettext_lazy("How it came"), choices=[(key, CHANNEL[key]) for key in BY_HAND], initial="phone",
        widget=forms.RadioSelect, required=False,
    )  # fmt: skip
    at = instant_field(
        gettext_lazy("When it came"), required=False,
        help_text=gettext_lazy("Promises count from here. Empty: from now."),
    )  # fmt: skip
    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=200)
    text = forms.CharField(
        label=gettext_lazy("What the customer says"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 6})
    )
    cc = forms.CharField(label=gettext_lazy("Cc"), required=False, max_length=1000)
    category = forms.ChoiceField(label=gettext_lazy("Category"))
    urgency = forms.ChoiceField(
        label=gettext_lazy("Urgency"), choices=URGENCY.items(), initial="normal", widget=forms.RadioSelect
    )
    impact = forms.ChoiceField(
        label=gettext_lazy("Impact"), choices=IMPACT.items(), initial="normal", widget=forms.RadioSelect
    )
    team = forms.ChoiceField(label=gettext_lazy("Queue"))
    keep = forms.BooleanField(label=gettext_lazy("I work on it myself"), required=False, initial=True)

    def __init__(self, *args: Any, teams: list[Team], mail: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = [("", _("Choose…")), *category_choices()]  # type: ignore[attr-defined]
        self.fields["team"].choices = [(team.code, team.name) for team in teams]  # type: ignore[attr-defined]
        if mail:
            self.fields["text"].label = _("Text of the mail")
            del self.fields["channel"], self.fields["at"], self.fields["keep"], self.fields["phone"]
        else:
            del self.fields["cc"]

    def clean_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["at"]
        if at and not now() - OLDEST <= at <= now():
            raise forms.ValidationError(
                _("What is noted down has happened in the past %(days)s days. Check the date.") % {"days": OLDEST.days}
            )
        return at

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not values.get("customer"):
            if not values.get("name"):
                self.add_error("name", _("Choose a customer, or write down the name."))
            if not values.get("email") and not values.get("phone"):
                place = "phone" if "phone" in self.fields else "email"
                self.add_error(place, _("A phone number or mail address is needed to be in touch."))
        return values


def _teams(who: Viewer) -> list[Team]:
    return queues_of(None if who.has(Right.SEE_ALL_TICKETS) else who.team_ids)


@requires(Right.WORK_TICKETS)
def new_ticket(request: HttpRequest) -> HttpResponse:
    """`?mail`: the first message is ours."""
    who, mail = viewer(request), "mail" in request.GET
    teams = _teams(who)
    own = next((team.code for team in teams if team.id in who.team_ids), "")
    initial = {"team": own, "customer": request.GET.get("customer", "")}
    form = NewTicketForm(request.POST or None, teams=teams, mail=mail, initial=initial)
    failed = 0
    if request.method == "POST":
        once = once_of(request, who.id)
        numbers = [once.before] if once.before else []
        failed = 0 if numbers else carry_out(
            form, lambda values: numbers.append(once(lambda: _open(request, who, teams, values, mail=mail).number))
        )  # fmt: skip
        if not failed:
            said = _("%(number)s is open and the mail on its way.") if mail else _("%(number)s is open.")
            return done(request, said % {"number": numbers[0]}, "ticket", numbers[0])
    chosen = _chosen(form["customer"].value())
    context = {"form": form, "mail": mail, "chosen": _card(chosen) if chosen else None, "max_bytes": 20 * 1024 * 1024}
    return page(request, "console/new_ticket.html", context, here="desk", status=failed or 200)


def _chosen(value: object) -> Customer | None:
    try:
        return customer_file(UUID(str(value))) if value else None
    except ValueError:
        return None


def _open(request: HttpRequest, who: Viewer, teams: list[Team], values: dict[str, Any], *, mail: bool) -> Ticket:
    team = next(team for team in teams if team.code == values["team"])
    category = next(row for row, _depth in categories_to_choose() if row.code == values["category"])
    cc, files = addresses_of(values.get("cc", "")), files_of(request)
    with work():
        customer = _customer(values, who.actor)
        if mail:
            return _write(who, customer, team, category, values, cc, files)
        return open_ticket(
            customer=customer, team=team, channel=values["channel"] or "phone", subject=values["subject"],
            message=FirstMessage(text=values["text"], at=values["at"] or now(), files=files),
            ticket_class=category.ticket_class, category=category, urgency=values["urgency"], impact=values["impact"],
            source="person",
            owner=who.account if values["keep"] and team.id in who.team_ids else None, by=who.actor, now=now(),
        )  # fmt: skip


def _write(
    who: Viewer, customer: Customer, team: Team, category: Category, values: dict[str, Any], cc: list[str], files: Any
) -> Ticket:
    to = values["email"] or address_of(customer.id)
    if not to:
        raise InvalidForm(fields={"email": _("This customer has no mail address yet. Write one down.")})
    return open_by_writing(
        customer=customer, team=team, account=who.account, to=to, cc=cc, subject=values["subject"],
        text=values["text"], files=files, category=category, urgency=values["urgency"], impact=values["impact"],
        by=who.actor, now=now(),
    )  # fmt: skip


def _customer(values: dict[str, Any], by: Actor) -> Customer:
    """The file that was chosen, or the one with this number or address, or a new one."""
    given = [
        (kind, values[name])
        for name, kind in (("phone", IdentityKind.PHONE), ("email", IdentityKind.EMAIL))
        if values.get(name)
    ]
    customer = _chosen(values["customer"])
    if customer is None and given:
        kind, value = given[0]
        customer, _made = identify(kind=kind, value=value, name=values["name"], by=by, now=now(), source="by_hand")
    if customer is None:
        customer = make_customer(name=values["name"], by=by, now=now(), source="by_hand")
    for kind, value in given:
        add_identity(customer=customer, kind=kind, value=value, by=by, now=now())
    return customer


@requires(Right.WORK_TICKETS)
def find(request: HttpRequest) -> HttpResponse:
    """Files that fit what is typed: a name, a whole number or address."""
    text = request.POST.get("look", "").strip()
    found = find_customers(text)[:8] if len(text) >= 1 else []
    return render(request, "console/found_customers.html", {"found": [_card(row) for row in found], "text": text})


@requires(Right.WORK_TICKETS)
def chosen(request: HttpRequest, id: UUID) -> HttpResponse:
    """The customer that was picked."""
    found = customer_file(id)
    if found is None:
        raise Missing
    return render(request, "console/chosen_customer.html", {"card": _card(found)})


def _card(customer: Customer) -> dict[str, Any]:
    identities = ", ".join(mask_contact(str(row.value)) for row in identities_of(customer.id)[:2])
    return {
        "id": str(customer.id),
        "name": customer.name,
        "initial": initial_of(customer.name),
        "tier": TIER.get(customer.tier, ""),
        "identities": identities,
        "clear_url": reverse("ticket_new"),
    }
