"""Customers: found, looked at with masked contact data, edited, merged (R-CU-1, R-CU-2, R-SE-1)."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from yinuo.calendars.queries import calendars
from yinuo.customers import queries
from yinuo.customers.errors import IdentityInvalid, IdentityTaken
from yinuo.customers.models import Customer, CustomerKind, Identity, IdentityKind
from yinuo.customers.services import add_identity, change_customer, make_customer, merge_customers, show_identity
from yinuo.domain.redaction import mask
from yinuo.foundation.clock import now
from yinuo.foundation.errors import Denied, Missing
from yinuo.foundation.models import HistoryRow
from yinuo.orders.lists import of_customer as orders_of_customer
from yinuo.orders.permissions import may_see_orders
from yinuo.staff.permissions import Viewer
from yinuo.staff.queries import active_accounts
from yinuo.staff.rights import Right
from yinuo.tickets.lists import of_customer
from yinuo.web.addresses import reverse
from yinuo.web.console.frame import CUSTOMER_RIGHTS
from yinuo.web.console.labels import TIER
from yinuo.web.console.rows import Rows
from yinuo.web.console.settings_areas import Versioned, choices_of, found, picked
from yinuo.web.console.views.base import carry_out, done, page, requires, viewer
from yinuo.web.console.views.orders.walks import OrderRows
from yinuo.web.console.words import Words

LOOKED_AT = 400
TOLD = 60
OF_TICKETS = frozenset(
    {
        "tickets.TicketOpened",
        "tickets.StatusChanged",
        "tickets.TicketReopened",
        "tickets.TicketEscalated",
        "sla.DeadlineBreached",
        "quality.SurveyAnswered",
        "quality.ImprovementOpened",
    }
)
"""Of the tickets' own history only what matters for the customer as a whole."""
OF_ORDERS = frozenset(
    {
        "orders.OrderMade",
        "orders.OrderStateChanged",
        "orders.MilestoneMoved",
        "orders.ExceptionFound",
        "orders.ExceptionTold",
        "orders.FulfilmentAnswered",
    }
)
KINDS = [
    (CustomerKind.PERSON.value, pgettext_lazy("customer", "Person")),
    (CustomerKind.COMPANY.value, pgettext_lazy("customer", "Company")),
]
IDENTITIES = {
    IdentityKind.EMAIL.value: (pgettext_lazy("identity", "Mail"), "mail"),
    IdentityKind.PHONE.value: (pgettext_lazy("identity", "Phone"), "phone"),
    IdentityKind.WECHAT.value: (pgettext_lazy("identity", "WeChat"), "brand-wechat"),
    IdentityKind.WECOM.value: (pgettext_lazy("identity", "WeCom"), "message-circle"),
    IdentityKind.EXTERNAL.value: (pgettext_lazy("identity", "Outside number"), "tag"),
}
STAGES = [
    ("", pgettext_lazy("customer", "not said")),
    ("potential", pgettext_lazy("customer", "Potential")),
    ("interested", pgettext_lazy("customer", "Interested")),
    ("closed", pgettext_lazy("customer", "Has bought")),
]


def masked(identity: Identity) -> str:
    """The identity as everybody may see it."""
    kinds = {IdentityKind.PHONE: "phone", IdentityKind.EMAIL: "mail"}
    return mask(kinds.get(identity.kind, "contact"), str(identity.value))


def _identity(identity: Identity) -> dict[str, Any]:
    label, icon = IDENTITIES[identity.kind]
    return {
        "id": identity.id,
        "label": label,
        "icon": icon,
        "shown": masked(identity),
        "verified": identity.verified_at is not None,
    }


@requires(*CUSTOMER_RIGHTS)
def customers(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "")
    rows = queries.find_customers(text)
    contacts = queries.contact_of(row.id for row in rows)
    listed = [
        {
            "id": row.id,
            "name": row.name,
            "kind": dict(KINDS)[row.kind],
            "tier": TIER.get(row.tier, row.tier),
            "identities": [_identity(identity) for identity in contacts.get(row.id, [])],
            "since": row.created_at.isoformat(timespec="seconds"),
        }
        for row in rows
    ]
    context = {"rows": listed, "q": text, "may_edit": viewer(request).has(Right.EDIT_CUSTOMERS)}
    return page(request, "console/customers.html", context, here="customers")


@requires(*CUSTOMER_RIGHTS)
def customer(request: HttpRequest, id: UUID) -> HttpResponse:
    row = found(queries.customer(id))
    if row.id != id:
        return HttpResponseRedirect(reverse("customer", args=[row.id]))
    return _file(request, row)


def _file(
    request: HttpRequest, row: Customer, *, identity_form: "IdentityForm | None" = None, status: int = 200
) -> HttpResponse:
    who = viewer(request)
    tickets = of_customer(row.id, viewer=who)
    placed = orders_of_customer(row.id).rows if may_see_orders(who) else []
    context = {
        "customer": row,
        "kind": dict(KINDS)[row.kind],
        "tier": TIER.get(row.tier, row.tier),
        "stage": dict(STAGES).get(row.stage, ""),
        "spoken": dict(settings.LANGUAGES).get(row.language, row.language),
        "agreed": row.calendar or (row.company.calendar if row.company else None),
        "identities": [_identity(identity) for identity in queries.identities_of(row.id)],
        "contacts": queries.contacts_of(row.id) if row.kind == CustomerKind.COMPANY else [],
        "tickets": Rows(now())(tickets),
        "orders": OrderRows()(placed),
        "may_see_orders": may_see_orders(who),
        "may_order": who.has(Right.WORK_ORDERS),
        "story": _story(row, {ticket.id: ticket.number for ticket in tickets}, {one.id: one.number for one in placed}),
        "may_edit": who.has(Right.EDIT_CUSTOMERS),
        "may_show": _may_show(who, row, tickets),
        "identity_form": identity_form or IdentityForm(),
    }
    return page(request, "console/customer.html", context, here="customers", status=status)


def _may_show(who: Viewer, row: Customer, tickets: Collection[Any]) -> bool:
    """Contacts are shown to who has to do with the customer (R-SE-1): sees one of their `tickets`, or is their own
    agent."""
    concerned = who.has(Right.SEE_ALL_TICKETS) or bool(tickets) or row.dedicated_agent_id == who.id
    return concerned and who.has(Right.SEE_PERSONAL)


def _story(row: Customer, visible: Mapping[UUID, str], orders: Mapping[UUID, str]) -> list[dict[str, str]]:
    """What happened in words; of tickets and orders only those that the viewer may see (id → number)."""
    rows = [
        entry
        for entry in queries.history_of(row.id, limit=LOOKED_AT)
        if _concerns_customer(entry)
        or (entry.kind in OF_TICKETS and entry.ticket_id in visible)
        or (entry.kind in OF_ORDERS and entry.subject_id in orders)
    ][:TOLD]
    words = Words(rows)
    told = ((entry, words(entry)) for entry in rows)
    return [
        {
            "text": fact.text,
            "detail": fact.detail,
            "icon": fact.icon,
            "tone": fact.tone,
            "by": words.by(entry),
            "number": orders.get(entry.subject_id) or visible.get(entry.ticket_id, ""),
            "url": reverse("order", args=[orders[entry.subject_id]])
            if entry.subject_id in orders
            else reverse("ticket", args=[visible[entry.ticket_id]])
            if entry.ticket_id in visible
            else "",
            "at": entry.at.isoformat(timespec="seconds"),
        }
        for entry, fact in told
        if fact
    ]


def _concerns_customer(entry: HistoryRow) -> bool:
    return entry.kind.startswith("customers.")


class CustomerForm(Versioned):
    name = forms.CharField(label=pgettext_lazy("customer", "Name"), max_length=120)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=KINDS, widget=forms.RadioSelect, initial="person")
    company = forms.CharField(
        label=gettext_lazy("Works for"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("The exact name of a company that has a file here."),
    )
    tier = forms.ChoiceField(label=gettext_lazy("Tier"), choices=TIER.items(), initial="ordinary")
    stage = forms.ChoiceField(label=gettext_lazy("Stage"), choices=STAGES, required=False)
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), choices=settings.LANGUAGES, initial=settings.LANGUAGE_CODE
    )
    dedicated_agent = forms.ChoiceField(
        label=gettext_lazy("Own agent"), required=False, help_text=gettext_lazy("Gets this customer's tickets first.")
    )
    calendar = forms.ChoiceField(
        label=gettext_lazy("Service hours"), required=False,
        help_text=gettext_lazy("Hours agreed with this customer. Limits on “the customer's calendar” count in them."),
    )  # fmt: skip
    tags = forms.CharField(
        label=gettext_lazy("Tags"), required=False, max_length=400, help_text=gettext_lazy("With commas between.")
    )
    notes = forms.CharField(
        label=gettext_lazy("Notes"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, row: Customer | None = None, **kwargs: Any) -> None:
        super().__init__(*args, initial=_initial(row) if row else {}, **kwargs)
        self.people = active_accounts()
        self.fields["dedicated_agent"].choices = choices_of(self.people, empty=_("none"))
        self.calendars = calendars()
        self.fields["calendar"].choices = choices_of(self.calendars, empty=_("like everybody: those of the team"))

    def clean_company(self) -> Customer | None:
        name = self.cleaned_data["company"].strip()
        if not name:
            return None
        company = queries.company_named(name)
        if company is None:
            raise forms.ValidationError(_("There is no company file with this name. Make it first."))
        return company

    def fields_of(self, values: dict[str, Any]) -> dict[str, Any]:
        plain = ("name", "kind", "company", "tier", "stage", "language", "notes")
        tags = values["tags"].replace("，", ",").replace("、", ",").split(",")
        return {name: values[name] for name in plain} | {
            "dedicated_agent": picked(self.people, values["dedicated_agent"]),
            "calendar": picked(self.calendars, values["calendar"]),
            "tags": list(dict.fromkeys(tag.strip() for tag in tags if tag.strip())),
        }


def _initial(row: Customer) -> dict[str, Any]:
    plain = ("name", "kind", "tier", "stage", "language", "notes", "version")
    return {name: getattr(row, name) for name in plain} | {
        "company": row.company.name if row.company else "",
        "dedicated_agent": str(row.dedicated_agent_id or ""),
        "calendar": str(row.calendar_id or ""),
        "tags": "、".join(row.tags),
    }


class NewCustomerForm(CustomerForm):
    phone = forms.CharField(label=gettext_lazy("Phone"), required=False, max_length=40)
    email = forms.EmailField(label=gettext_lazy("Mail"), required=False)
    field_order = ("name", "kind", "phone", "email", "company")


@requires(Right.EDIT_CUSTOMERS)
def new_customer(request: HttpRequest) -> HttpResponse:
    form = NewCustomerForm(request.POST or None)
    failed = 0
    if request.method == "POST":
        made: list[Customer] = []

        def make(values: dict[str, Any]) -> None:
            given = ((IdentityKind.PHONE, values["phone"]), (IdentityKind.EMAIL, values["email"]))
            identities = [(kind.value, value) for kind, value in given if value]
            made.append(
                make_customer(
                    identities=identities,
                    source="console",
                    **form.fields_of(values),
                    by=viewer(request).actor,
                    now=now(),
                )
            )

        failed = carry_out(form, make, at={IdentityInvalid: "phone"})
        if not failed:
            return done(request, _("The file is made."), "customer", made[0].id)
    context = {"form": form, "customer": None}
    return page(request, "console/customer_edit.html", context, here="customers", status=failed or 200)


@requires(Right.EDIT_CUSTOMERS)
def edit_customer(request: HttpRequest, id: UUID) -> HttpResponse:
    row = found(queries.customer(id))
    form = CustomerForm(request.POST or None, row=row)
    failed = 0
    if request.method == "POST":
        failed = carry_out(
            form,
            lambda values: change_customer(
                customer=row, version=values["version"], **form.fields_of(values), by=viewer(request).actor, now=now()
            ),
            newest=lambda: found(queries.customer(id)).version,
        )
        if not failed:
            return done(request, _("Saved."), "customer", row.id)
    context = {"form": form, "customer": row}
    return page(request, "console/customer_edit.html", context, here="customers", status=failed or 200)


class IdentityForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=[(kind, label) for kind, (label, _icon) in IDENTITIES.items()]
    )
    value = forms.CharField(
        label=gettext_lazy("Number or address"), max_length=254, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


@requires(Right.EDIT_CUSTOMERS)
@require_POST
def add(request: HttpRequest, id: UUID) -> HttpResponse:
    """Another phone number or address."""
    row = found(queries.customer(id))
    form = IdentityForm(request.POST)
    failed = carry_out(
        form,
        lambda values: add_identity(customer=row, **values, by=viewer(request).actor, now=now()),
        at={IdentityInvalid: "value", IdentityTaken: "value"},
    )
    if failed:
        return _file(request, row, identity_form=form, status=failed)
    return done(request, _("Added."), "customer", row.id)


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why do you need it?"), min_length=2, max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )  # fmt: skip


@requires(Right.SEE_PERSONAL)
def show(request: HttpRequest, id: UUID, identity_id: UUID) -> HttpResponse:
    """Asks for the reason, then shows one identity in full; both are parts of the page. That it was shown, to whom and
    why, is recorded."""
    row, who = found(queries.customer(id)), viewer(request)
    identity = next((entry for entry in queries.identities_of(row.id) if entry.id == identity_id), None)
    if identity is None:
        raise Missing
    if not _may_show(who, row, of_customer(row.id, viewer=who)):
        raise Denied
    form = ReasonForm(request.POST or None)
    shown: list[str] = []
    failed = 0
    if request.method == "POST":
        failed = carry_out(
            form,
            lambda values: shown.append(
                show_identity(identity_id=identity_id, reason=values["reason"], by=who.actor, now=now())
            ),
        )
    context = {
        "form": form,
        "customer": row,
        "identity": _identity(identity),
        "value": shown[0] if shown else "",
    }
    return render(request, "console/customer_identity.html", context, status=failed or 200)


@requires(Right.EDIT_CUSTOMERS)
def merge(request: HttpRequest, id: UUID) -> HttpResponse:
    """Finds the other file and takes it into this one."""
    kept = found(queries.customer(id))
    if request.method == "POST":
        other = _other(request.POST.get("merged", ""))
        if other is None or other.id == kept.id:
            raise Missing
        merge_customers(kept=kept, merged=other, by=viewer(request).actor, now=now())
        return done(request, _("The two files are one now."), "customer", kept.id)
    text = request.GET.get("q", "")
    rows = [row for row in queries.find_customers(text) if row.id != kept.id] if text.strip() else []
    contacts = queries.contact_of(row.id for row in rows)
    candidates = [
        {"id": row.id, "name": row.name, "identities": [_identity(entry) for entry in contacts.get(row.id, [])]}
        for row in rows
    ]
    context = {"customer": kept, "q": text, "candidates": candidates}
    return page(request, "console/customer_merge.html", context, here="customers")


def _other(text: str) -> Customer | None:
    try:
        return queries.customer(UUID(text))
    except ValueError:
        return None
