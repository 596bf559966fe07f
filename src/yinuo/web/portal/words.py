"""A ticket in the words of its customer: where it stands, what is promised, when we are there."""

from collections.abc import Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from yinuo.calendars.models import BusinessCalendar
from yinuo.orders.states import OrderState
from yinuo.tickets.models import Status

Words = str | Promise

STATUS: dict[str, Words] = {
    Status.NEW: pgettext_lazy("customer", "Accepted"),
    Status.OPEN: pgettext_lazy("customer", "In work"),
    Status.WAITING: pgettext_lazy("customer", "Waiting for your answer"),
    Status.SOLVED: pgettext_lazy("customer", "Solved, please confirm"),
    Status.CONFIRMED: pgettext_lazy("customer", "Confirmed by you"),
    Status.CLOSED: pgettext_lazy("customer", "Archived"),
}
TONE = {
    Status.NEW: "active",
    Status.OPEN: "active",
    Status.WAITING: "waiting",
    Status.SOLVED: "waiting",
    Status.CONFIRMED: "done",
    Status.CLOSED: "done",
}
PATH: tuple[Words, ...] = (
    pgettext_lazy("customer", "Accepted"),
    pgettext_lazy("customer", "In work"),
    pgettext_lazy("customer", "Solved"),
    pgettext_lazy("customer", "Confirmed"),
    pgettext_lazy("customer", "Archived"),
)
STANDS_AT = {
    Status.NEW: 0,
    Status.OPEN: 1,
    Status.WAITING: 1,
    Status.SOLVED: 2,
    Status.CONFIRMED: 3,
    Status.CLOSED: 4,
}

PROMISED: dict[str, Words] = {
    "channel_answer": _("we answer you"),
    "first_answer": _("we answer you"),
    "handling_started": _("we begin to handle it"),
    "solution_told": _("we tell you what we will do"),
    "second_line": _("a specialist takes it over"),
    "first_proposal": _("you have a first proposal"),
    "proposal": _("you have our proposal"),
    "order_doubt": _("we clear with you what is open about the order"),
    "order_told": _("we confirm your order"),
    "milestone_notice": _("we announce the next stage"),
    "delay_notice": _("we tell you about the delay"),
    "exception_started": _("we begin to handle it"),
    "exception_plan": _("we tell you what we will do"),
    "exception_result": _("we tell you the result"),
    "dispatch": _("a technician is assigned"),
    "technical_contact": _("a technician contacts you"),
    "onsite": _("an engineer is with you"),
    "solution": _("your problem is solved"),
    "staged_plan": _("you have a plan in stages"),
    "return_handled": _("your return is settled"),
    "complaint_contact": _("somebody responsible contacts you"),
    "investigation": _("we have found out what happened"),
    "remedy": _("you have our proposal"),
    "complaint_total": _("your complaint is settled"),
    "result_told": _("we tell you the result"),
}
"""Promises to the customer, by kind; others are the house's own and no business of the customer's page."""

SCORES: tuple[tuple[int, Words], ...] = (
    (1, pgettext_lazy("score", "Very poor")),
    (2, pgettext_lazy("score", "Poor")),
    (3, pgettext_lazy("score", "Fair")),
    (4, pgettext_lazy("score", "Good")),
    (5, pgettext_lazy("score", "Very good")),
)

DAYS: dict[str, Words] = {
    "mon": _("Monday"),
    "tue": _("Tuesday"),
    "wed": _("Wednesday"),
    "thu": _("Thursday"),
    "fri": _("Friday"),
    "sat": _("Saturday"),
    "sun": _("Sunday"),
}


def hours_of(calendar: BusinessCalendar | None) -> str:
    """Service hours in one line, as “周一至周五 9:00–18:00”; empty where there is no calendar."""
    if calendar is None:
        return ""
    line = pgettext("service hours", "; ").join(f"{days} {spans}" for days, spans in _runs(calendar.hours))
    if line and calendar.follows:
        return pgettext("service hours", "%(line)s except public holidays") % {"line": line}
    return line


def _runs(hours: Mapping[str, Sequence[Sequence[str]]]) -> list[tuple[str, str]]:
    """Days in a row with the same hours, put together."""
    runs: list[tuple[list[str], str]] = []
    before = ""
    for day in DAYS:
        times = [f"{_clock(start)}–{_clock(end)}" for start, end in hours.get(day, ())]
        spans = pgettext("service hours", ", ").join(times)
        if spans and spans == before:
            runs[-1][0].append(day)
        elif spans:
            runs.append(([day], spans))
        before = spans
    return [(_days(days), spans) for days, spans in runs]


def _days(days: list[str]) -> str:
    if len(days) == len(DAYS):
        return gettext("every day")
    if len(days) == 1:
        return str(DAYS[days[0]])
    return gettext("%(first)s to %(last)s") % {"first": DAYS[days[0]], "last": DAYS[days[-1]]}


def _clock(text: str) -> str:
    return text.removeprefix("0") if text != "00:00" else "0:00"


ORDER_TONE = {
    OrderState.TO_MAKE: "waiting",
    OrderState.MAKING: "waiting",
    OrderState.SHIPPED: "active",
    OrderState.TO_SIGN: "active",
    OrderState.SIGNED: "done",
    OrderState.COMPLETED: "done",
    OrderState.EXCEPTION: "waiting",
    OrderState.CANCELLED: "",
}
