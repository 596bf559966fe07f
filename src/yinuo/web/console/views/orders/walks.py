"""Lists of orders: under way, mine, overdue, by state, all; by number."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from yinuo.foundation.clock import now
from yinuo.orders import lists
from yinuo.orders.lists import OrderRow, Page
from yinuo.orders.permissions import SEERS
from yinuo.orders.queries import order_with
from yinuo.orders.states import ENDED, OrderState, PaymentState
from yinuo.staff.rights import Right
from yinuo.web.addresses import reverse
from yinuo.web.console.order_words import PAYMENT_TONE, STATE_TONE, milestone_name, money
from yinuo.web.console.rows import iso
from yinuo.web.console.views.base import page, requires, viewer, wants_fragment

Walk = Callable[..., Page]
EMPTY = {
    "": (
        gettext_lazy("No order is under way"),
        gettext_lazy("Orders come from the shop by the interface, from a file, or are noted down here."),
    ),
    "mine": (
        gettext_lazy("No order is yours"),
        gettext_lazy("Open an order and press “Give to”: whoever is responsible is told before each date."),
    ),
    "overdue": (
        gettext_lazy("No milestone is overdue"),
        gettext_lazy("What should have happened by now and has not would stand here."),
    ),
    "state": (
        gettext_lazy("No order is in this state"),
        gettext_lazy("Choose “Under way” to see all that are not done yet."),
    ),
}


class OrderRows:
    """Makes rows for one answer: flat values, so that a row's template computes nothing."""

    def __init__(self) -> None:
        self._url = reverse("order", args=["N"])
        self._states = {state.value: str(state.label) for state in OrderState}
        self._payments = {state.value: str(state.label) for state in PaymentState}
        self._nobody = _("Nobody yet")

    def __call__(self, found: list[OrderRow]) -> list[dict[str, Any]]:
        return [
            {
                "id": str(row.id),
                "number": row.number,
                "url": self._url.replace("N", row.number),
                "model": row.model,
                "customer": row.customer,
                "amount": money(row.amount, row.currency),
                "payment": self._payments[row.payment_state],
                "payment_tone": PAYMENT_TONE[row.payment_state],
                "state": self._states[row.state],
                "tone": STATE_TONE[row.state],
                "exceptions": row.exceptions,
                "owner": row.owner or self._nobody,
                "placed_iso": iso(row.placed_at),
                "milestone": _planned(row),
            }
            for row in found
        ]


def _planned(row: OrderRow) -> dict[str, str] | None:
    """The next date as a chip, while the order is under way."""
    if row.next_milestone_at is None or row.state in ENDED:
        return None
    label = milestone_name(row.milestone, row.milestone_label) if row.milestone else ""
    return {"label": label, "due_iso": iso(row.next_milestone_at), "state": "running"}


def _walk(request: HttpRequest, show: str) -> Walk:
    if show == "mine":
        return partial(lists.mine, viewer(request).id)
    if show == "overdue":
        return partial(lists.overdue, now())
    if show == "all":
        return lists.newest
    return partial(lists.in_state, show) if show in OrderState.values else lists.under_way


@requires(*SEERS)
def orders(request: HttpRequest) -> HttpResponse:
    """One list (`?show=`), or the order of a number (`?q=`)."""
    wanted = request.GET.get("q", "").strip()
    if wanted and (found := order_with(wanted.upper()[:40])):
        return HttpResponseRedirect(reverse("order", args=[found.number]))
    show = request.GET.get("show", "")
    show = show if show in (*OrderState.values, "mine", "overdue", "all") else ""
    context = _rows(request, show)
    if wants_fragment(request) and request.GET.get("part") == "rows":
        return render(request, "console/orders/order_rows.html", context)
    may_work = viewer(request).has(Right.WORK_ORDERS)
    context |= _heads(request, show) | {"q": wanted, "may_work": may_work, "missed": bool(wanted)}
    return page(request, "console/orders/orders.html", context, here="orders", topics=["orders"])


def _rows(request: HttpRequest, show: str) -> dict[str, Any]:
    found = _walk(request, show)(after=request.GET.get("after", ""))
    empty, hint = EMPTY.get(show, EMPTY["state" if show in OrderState.values else ""])
    return {
        "rows": OrderRows()(found.rows), "after": found.after, "show": show, "list_url": reverse("orders"),
        "empty": empty, "hint": hint, "first": not request.GET.get("after"),
    }  # fmt: skip


def _heads(request: HttpRequest, show: str) -> dict[str, Any]:
    counts = lists.counts(viewer(request).id, now())
    tabs = (
        ("", _("Under way"), counts.under_way),
        ("mine", _("Mine"), counts.mine),
        ("overdue", _("Milestone overdue"), counts.overdue),
        (OrderState.EXCEPTION.value, _("Exceptions"), counts.exception),
        ("all", pgettext("orders", "All"), 0),
    )
    tabbed = [key for key, _label, _count in tabs]
    return {
        "tabs": [{"key": key, "label": label, "count": _shown(count)} for key, label, count in tabs],
        "state_label": OrderState(show).label if show in OrderState.values and show not in tabbed else "",
        "states": [{"key": state.value, "label": state.label} for state in OrderState if state.value not in tabbed],
    }


def _shown(count: int) -> str:
    """Counts stop at 999+."""
    if not count:
        return ""
    return "999+" if count >= lists.COUNTED else str(count)
