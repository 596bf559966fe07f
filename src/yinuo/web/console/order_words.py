"""Orders in the words of the screens: tones, facts told, the scripts of what customers are told (section 15.9)."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from yinuo.customers.models import Customer
from yinuo.domain.redaction import mask_text
from yinuo.foundation.events import personal_of
from yinuo.foundation.models import HistoryRow
from yinuo.orders.events import CONTRACT_FILE
from yinuo.orders.models import Milestone, Order, OrderException, OrderLine
from yinuo.orders.states import ExceptionKind, ExceptionOption, MilestoneKind, OrderState, PaymentState, Way
from yinuo.procedures.messages import fill, say_instant
from yinuo.procedures.published import part
from yinuo.staff.models import Account
from yinuo.staff.queries import company
from yinuo.web.console.document_words import document_told
from yinuo.web.console.words import TABLE, Told, Values, Words

STATE_TONE = {
    OrderState.TO_MAKE: "active",
    OrderState.MAKING: "active",
    OrderState.SHIPPED: "active",
    OrderState.TO_SIGN: "waiting",
    OrderState.SIGNED: "done",
    OrderState.COMPLETED: "done",
    OrderState.EXCEPTION: "bad",
    OrderState.CANCELLED: "",
}
PAYMENT_TONE = {
    PaymentState.PAID: "done",
    PaymentState.PART_PAID: "waiting",
    PaymentState.UNPAID: "waiting",
    PaymentState.REFUNDED: "",
}
CURRENCY = {"CNY": "¥", "USD": "US$", "EUR": "€", "HKD": "HK$"}
CURRENCY_NAME: dict[str, str | Promise] = {
    "CNY": gettext_lazy("Renminbi"),
    "USD": gettext_lazy("US dollars"),
    "EUR": gettext_lazy("Euros"),
    "HKD": gettext_lazy("Hong Kong dollars"),
}


def money(amount: Decimal | None, currency: str) -> str:
    """With separators of thousands: ¥12,980.00."""
    if amount is None:
        return ""
    return f"{CURRENCY.get(currency, currency + ' ')}{amount:,.2f}"


def quantity(number: Decimal) -> str:
    return f"{number.normalize():f}" if number else "0"


def milestone_name(kind: str, label: str = "") -> str:
    return label or str(MilestoneKind(kind).label)


def way_name(way: str) -> str:
    return str(Way(way).label) if way in Way.values else ""


def every(span: timedelta | None) -> str:
    """How often progress is reported."""
    if not span:
        return ""
    return ngettext("every %(n)s working day", "every %(n)s working days", span.days) % {"n": span.days}


# --- scripts ------------------------------------------------------------------------------------------------------


def script(
    key: str, order: Order, lines: list[OrderLine], who: Account, *, milestone: Milestone | None = None,
    exception: OrderException | None = None,
) -> str:  # fmt: skip
    """A text of the handbook for the customer, in his language, its blanks filled in."""
    template, customer = part("templates", key), order.customer
    if template is None:
        return ""
    language = "en" if customer.language.startswith("en") else "zh"
    firm = company()
    blanks = {
        "customer": customer.name,
        "order_number": order.number,
        "product_model": "、".join(f"{line.model_text} × {quantity(line.quantity)}" for line in lines),
        "address": order.address,
        "company": firm.name if firm else "",
        "hotline": firm.hotline if firm else "",
        "agent": who.name,
        "planned_at": say_instant(milestone.planned_at if milestone else order.next_milestone_at, customer.language),
        **(_of_milestone(milestone, customer) if milestone else {}),
        **(_of_exception(exception) if exception else {}),
    }
    return fill(template["body"][language], blanks)


def _of_milestone(milestone: Milestone, customer: Customer) -> dict[str, str]:
    return {
        "milestone": milestone_name(milestone.kind, milestone.label),
        "reason": milestone.moved_reason,
        "new_planned_at": say_instant(milestone.planned_at, customer.language),
    }


def _of_exception(exception: OrderException) -> dict[str, str]:
    return {
        "exception_kind": str(ExceptionKind(exception.kind).label),
        "option": str(ExceptionOption(exception.option).label) if exception.option else "",
    }


# --- facts --------------------------------------------------------------------------------------------------------


def _of(kind: str, icon: str, say: Callable[[Values], str], tone: str = "", reason: str = "") -> None:
    def tell(w: Words, v: Values, row: HistoryRow) -> Told:
        detail = mask_text(personal_of(row).get(reason, "")) if reason else ""
        return Told(say(v), icon, tone, detail)

    TABLE[f"orders.{kind}"] = tell


def _milestone(v: Values) -> Mapping[str, Any]:
    return {"milestone": milestone_name(v["kind"]), "way": way_name(v.get("way", ""))}


def _exception(v: Values) -> Mapping[str, Any]:
    option = v.get("option", "")
    return {
        "kind": ExceptionKind(v["kind"]).label,
        "option": ExceptionOption(option).label if option else "",
        "way": way_name(v.get("way", "")),
    }


_of("OrderMade", "package", lambda v: _("Order %(number)s made") % v)
_of("OrderChanged", "edit", lambda v: _("Order changed"))
_of("OrderStateChanged", "flag", lambda v: _("Order: %(state)s") % {"state": OrderState(v["state"]).label})
_of("OrderConfirmed", "circle-check", lambda v: _("Confirmed by the customer"), "good")
_of(
    "OrderTold",
    "send",
    lambda v: _("Customer told number and key facts (%(way)s)") % {"way": way_name(v["way"])},
    "good",
)
_of("MilestonePlanned", "calendar", lambda v: _("Planned: %(milestone)s") % _milestone(v))
_of("MilestoneMoved", "calendar", lambda v: _("Moved: %(milestone)s") % _milestone(v), "warn", "reason")
_of("MilestoneAnnounced", "send", lambda v: _("Announced: %(milestone)s (%(way)s)") % _milestone(v), "good")
_of("DelayTold", "send", lambda v: _("Delay told: %(milestone)s (%(way)s)") % _milestone(v), "good")
_of("MilestoneReached", "check", lambda v: _("Reached: %(milestone)s") % _milestone(v), "good")
_of("MilestoneDropped", "circle-x", lambda v: _("Taken out: %(milestone)s") % _milestone(v))
_of("ExceptionFound", "alert-triangle", lambda v: _("Exception found: %(kind)s") % _exception(v), "bad")
_of("ExceptionStarted", "player-play", lambda v: _("Exception taken up: %(kind)s") % _exception(v))
_of("ExceptionPlanned", "note", lambda v: _("Settled with the customer: %(option)s") % _exception(v))
_of("ExceptionTold", "send", lambda v: _("Result of the exception told (%(way)s)") % _exception(v), "good")
_of("ContractWritten", "file-text", lambda v: _("Contract written"))
_of("ContractSubmitted", "file-text", lambda v: _("Contract given to review"))
_of("ContractSigned", "file-text", lambda v: _("Contract signed"), "good")
_of("ReportsAgreed", "calendar", lambda v: _("Reports: %(how)s") % {
    "how": every(timedelta(seconds=v["every_s"])) or _("no more")})  # fmt: skip
_of(
    "ProgressReported",
    "send",
    lambda v: _("Customer told how it goes (%(way)s)") % {"way": way_name(v["way"])},
    "good",
    "text",
)
_of("AddressShown", "eye", lambda v: _("Delivery address was shown"), "", "reason")


def _assigned(w: Words, v: Values, row: HistoryRow) -> Told:
    to = w.account(v["owner_id"]) if v["owner_id"] else _("the queue of %(team)s") % {"team": w.team(v["team_id"])}
    return Told(_("Given to %(to)s") % {"to": to}, "user-share")


def _reviewed(w: Words, v: Values, row: HistoryRow) -> Told:
    if v["lawful"] and v["compliant"] and v["fair"]:
        return Told(_("Contract found lawful, compliant and fair"), "circle-check", "good")
    return Told(_("Contract returned by the review"), "rotate", "warn")


def _answered(w: Words, v: Values, row: HistoryRow) -> Told:
    tone = "good" if v["satisfaction"] >= 4 else "bad"
    return Told(_("Customer gave %(score)s of 5") % {"score": v["satisfaction"]}, "star", tone)


def _linked(w: Words, v: Values, row: HistoryRow) -> Told:
    return Told(_("Linked with an order") if v["linked"] else _("No longer linked with an order"), "package")


def _taken(w: Words, v: Values, row: HistoryRow) -> Told:
    title = _("Contract") if v["document"] == CONTRACT_FILE else w.document(v["document"])
    return Told(*document_told("procedures.DocumentRead", title, v))


TABLE["orders.OrderAssigned"] = _assigned
TABLE["orders.OrderDocumentTaken"] = _taken
TABLE["orders.ContractReviewed"] = _reviewed
TABLE["orders.FulfilmentAnswered"] = _answered
TABLE["tickets.OrderLinked"] = _linked
