"""The forms of the order pages."""

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from yinuo.catalog.models import Product
from yinuo.catalog.queries import products
from yinuo.customers.models import Customer
from yinuo.customers.queries import find_customers
from yinuo.orders.models import OrderLine
from yinuo.orders.services.making import Line
from yinuo.orders.states import (
    ExceptionKind,
    ExceptionOption,
    MilestoneKind,
    OrderState,
    PaymentState,
    Way,
    next_states,
)
from yinuo.staff.queries import active_accounts
from yinuo.web.console.order_words import CURRENCY_NAME, quantity
from yinuo.web.console.settings_areas import Versioned, choices_of, picked

LINES = 8
CONTRACT_BYTES = 10 * 1024 * 1024
BY_MAIL = "ticket:"
ROW = re.compile(r"(?P<model>[^@＠×]+?)(?:\s*(?:[×*]|\s[xX]\s)\s*(?P<many>[\d.]+))?(?:\s*[@＠]\s*(?P<price>[\d.]+))?")


def instant_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label, required=required, help_text=help_text,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip


def prose_field(label: Any, *, required: bool = False, help_text: Any = "", rows: int = 3) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=5000,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


def radio_field(label: Any, choices: Sequence[tuple[str, Any]], **more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect, **more)


class OrderForm(Versioned):
    """What was ordered. Lines are written one a row: model, quantity, price of one."""

    amount = forms.DecimalField(label=pgettext_lazy("order", "Amount"), min_value=0, max_digits=14, decimal_places=2)
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=CURRENCY_NAME.items())
    payment_state = radio_field(gettext_lazy("Payment"), PaymentState.choices, initial=PaymentState.UNPAID)
    lines = forms.CharField(
        label=gettext_lazy("What is ordered"), max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=gettext_lazy("One a row: model × quantity @ price of one, such as BX-60L × 2 @ 1299."),
    )  # fmt: skip
    address = forms.CharField(
        label=gettext_lazy("Delivery address"), required=False, max_length=400, widget=forms.Textarea(attrs={"rows": 2})
    )
    note = prose_field(gettext_lazy("Remarks"), rows=2)

    def clean_lines(self) -> list[Line]:
        """Raises ValidationError with the row that cannot be read."""
        found: list[Line] = []
        known = {name: row for row in products() for name in (row.model, row.code) if name}
        for number, text in enumerate(self.cleaned_data["lines"].splitlines(), 1):
            if text.strip():
                found.append(_line(text, number, known))
        if len(found) > 200:
            raise forms.ValidationError(_("At most 200 rows."))
        return found


def _line(text: str, number: int, known: dict[str, Product]) -> Line:
    row = ROW.fullmatch(text.strip())
    model = row["model"].strip() if row else ""
    if row is None or not model or len(model) > 200:
        raise forms.ValidationError(_("Row %(n)s cannot be read. Write model × quantity @ price.") % {"n": number})
    try:
        many, price = Decimal(row["many"] or "1"), Decimal(row["price"]) if row["price"] else None
    except ArithmeticError:
        raise forms.ValidationError(_("Row %(n)s: quantity and price are numbers.") % {"n": number}) from None
    return known.get(model), model, many, price


def lines_text(lines: Iterable[OrderLine]) -> str:
    return "\n".join(
        f"{line.model_text} × {quantity(line.quantity)}" + ("" if line.price is None else f" @ {line.price}")
        for line in lines
    )


class NewOrderForm(OrderForm):
    number = forms.CharField(
        label=gettext_lazy("Order number"), required=False, max_length=40,
        help_text=gettext_lazy("That of the shop or ERP. Empty: the next of our own (DD, date, serial)."),
    )  # fmt: skip
    customer = forms.CharField(
        label=gettext_lazy("Customer"), max_length=254,
        help_text=gettext_lazy("Exact name, phone number or mail address of a customer who has a file here."),
    )  # fmt: skip
    placed_at = instant_field(gettext_lazy("Placed"))
    owner = forms.ChoiceField(label=gettext_lazy("Responsible"), required=False)
    field_order = (
        "customer",
        "number",
        "placed_at",
        "owner",
        "lines",
        "amount",
        "currency",
        "payment_state",
        "address",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = active_accounts()
        self.fields["owner"].choices = choices_of(self.people, empty=_("Nobody yet"))

    def clean_customer(self) -> Customer:
        text = self.cleaned_data["customer"].strip()
        found = find_customers(text)
        exact = [row for row in found if row.name == text] or found
        if len(exact) != 1:
            raise forms.ValidationError(
                _("More than one customer fits. Take the phone number or mail address.")
                if exact
                else _("There is no such customer. Make the file first.")
            )
        return exact[0]

    def clean_owner(self) -> Any:
        return picked(self.people, self.cleaned_data["owner"])


class StateForm(Versioned):
    state = radio_field(gettext_lazy("State"), ())
    at = instant_field(gettext_lazy("Since"))

    def __init__(self, *args: Any, state: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [(one, OrderState(one).label) for one in next_states(state)]  # type: ignore[attr-defined]


class ConfirmForm(forms.Form):
    """The five checks of the handbook, each ticked (R-OR-1)."""

    customer = forms.BooleanField(label=gettext_lazy("Customer and contact are right"))
    model = forms.BooleanField(label=gettext_lazy("Model is right"))
    quantity = forms.BooleanField(label=gettext_lazy("Quantity is right"))
    payment = forms.BooleanField(label=gettext_lazy("Payment is settled as agreed"))
    address = forms.BooleanField(label=gettext_lazy("Delivery address is right"))
    at = instant_field(gettext_lazy("Confirmed by the customer"))


class OwnerForm(forms.Form):
    owner = forms.ChoiceField(label=gettext_lazy("Responsible"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = active_accounts()
        self.fields["owner"].choices = choices_of(self.people, empty=_("Nobody yet"))  # type: ignore[attr-defined]

    def clean_owner(self) -> Any:
        return picked(self.people, self.cleaned_data["owner"])


class TellForm(forms.Form):
    """How the customer is told: by a mail that goes out now in a ticket of the order, or already in another way."""

    way = radio_field(gettext_lazy("How"), ())
    text = prose_field(pgettext_lazy("order", "Words"), required=True, rows=8)

    def __init__(self, *args: Any, tickets: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        by_mail = [(f"{BY_MAIL}{id}", _("Send now as mail, in ticket %(number)s") % {"number": n}) for id, n in tickets]
        told = [
            (Way.PHONE.value, _("I have told it by phone")),
            (Way.SMS.value, _("I have sent a text message")),
            (Way.OTHER.value, _("I have told it in another way")),
        ]
        self.fields["way"].choices = [*by_mail, *told]  # type: ignore[attr-defined]


class TellResultForm(TellForm):
    result = prose_field(
        gettext_lazy("Result"),
        required=True,
        help_text=gettext_lazy("What came of it; it stands on the order."),
        rows=2,
    )
    field_order = ("result", "way", "text")


class ReportsForm(forms.Form):
    days = forms.IntegerField(
        label=gettext_lazy("Every so many working days"), required=False, min_value=1, max_value=366,
        help_text=gettext_lazy("For orders that take long. Empty: no reports."),
    )  # fmt: skip

    def clean_days(self) -> timedelta | None:
        days = self.cleaned_data["days"]
        return timedelta(days=days) if days else None


class PlanForm(forms.Form):
    kind = radio_field(gettext_lazy("Milestone"), MilestoneKind.choices)
    label = forms.CharField(
        label=gettext_lazy("Name"), required=False, max_length=60, help_text=gettext_lazy("Of another milestone.")
    )
    planned_at = instant_field(gettext_lazy("Planned for"))
    chooses = "kind"
    label.shown_when = str(MilestoneKind.OTHER)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("kind") == MilestoneKind.OTHER and not (values.get("label") or "").strip():
            self.add_error("label", _("Give it a name that the customer understands."))
        if values.get("kind") != MilestoneKind.OTHER:
            values["label"] = ""
        return values


class MoveForm(forms.Form):
    planned_at = instant_field(gettext_lazy("New date"))
    reason = prose_field(
        gettext_lazy("Reason"), help_text=gettext_lazy("In words for the customer: it stands in the message."), rows=2
    )


class ReachForm(forms.Form):
    actual_at = instant_field(gettext_lazy("Happened"))


class ExceptionForm(forms.Form):
    kind = radio_field(gettext_lazy("What is wrong"), ExceptionKind.choices)
    found_at = instant_field(gettext_lazy("Found"), help_text=gettext_lazy("The clock runs from here."))
    note = prose_field(gettext_lazy("What happened"))


class SettleForm(forms.Form):
    option = radio_field(gettext_lazy("Settled with the customer"), ExceptionOption.choices)
    plan = prose_field(gettext_lazy("In detail"))


class ContractForm(Versioned):
    number = forms.CharField(label=gettext_lazy("Contract number"), required=False, max_length=60)
    our_duties = prose_field(gettext_lazy("What we owe"), rows=6)
    their_duties = prose_field(gettext_lazy("What the customer owes"), rows=6)
    file = forms.FileField(label=gettext_lazy("File"), required=False, help_text=gettext_lazy("Up to 10 MB."))

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file and file.size > CONTRACT_BYTES:
            raise forms.ValidationError(_("This file is larger than 10 MB."))
        return file


YES_NO = (("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No")))


class ReviewForm(forms.Form):
    lawful = radio_field(gettext_lazy("Lawful"), YES_NO)
    compliant = radio_field(gettext_lazy("By our own rules"), YES_NO)
    fair = radio_field(gettext_lazy("Fair to both sides"), YES_NO)
    note = prose_field(gettext_lazy("What has to change"))


class SignForm(forms.Form):
    signed_at = instant_field(gettext_lazy("Signed by both sides"))


class FulfilmentForm(forms.Form):
    """The scenario's own questions (section 15.8)."""

    satisfaction = radio_field(gettext_lazy("Score"), [(str(score), str(score)) for score in range(5, 0, -1)])
    goods_intact = radio_field(gettext_lazy("Were the goods intact?"), YES_NO)
    on_time = radio_field(gettext_lazy("Was the service on time?"), YES_NO)
    feedback = prose_field(gettext_lazy("What the customer says"))


class ReasonForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why do you need it?"), min_length=2, max_length=200)
