"""What is done with an order, each on a small page of its own: a form, a sentence, back to the order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinuo.customers.queries import identities_of
from yinuo.domain.redaction import mask_contact
from yinuo.foundation.clock import now
from yinuo.foundation.errors import Denied, Missing
from yinuo.orders import services as act
from yinuo.orders.models import Contract, Milestone, Order, OrderException
from yinuo.orders.permissions import SEERS, access_order, exception_of, milestone_of, require_order_work
from yinuo.orders.queries import contract_version, parts_of, version_of
from yinuo.orders.states import PaymentState
from yinuo.staff.permissions import Viewer
from yinuo.staff.rights import Right
from yinuo.tickets.lists import about_order
from yinuo.tickets.models import Status
from yinuo.tickets.permissions import access_ticket_by_id, require_work
from yinuo.tickets.services import tell_by_mail
from yinuo.web.console import order_forms as of
from yinuo.web.console.order_words import money, quantity, script
from yinuo.web.console.views.base import carry_out, done, page, requires, viewer
from yinuo.web.console.views.orders.sheet import about, may_show_address, order_page
from yinuo.web.once import once_of

Values = dict[str, Any]
SAVE = gettext_lazy("Save")
Thing = Milestone | OrderException | None


@dataclass(frozen=True)
class Asked:
    """Somebody does something with an order, or with a milestone or exception of it."""

    request: HttpRequest
    who: Viewer
    order: Order
    thing: Any = None

    @property
    def posted(self) -> Any:
        """What a form is bound to: a form without fields is sent empty."""
        return self.request.POST if self.request.method == "POST" else None

    @property
    def circumstances(self) -> Values:
        return {"by": self.who.actor, "now": now()}


@dataclass(frozen=True)
class Act:
    """`form` makes the form, `run` carries out its values; `hint` is a sentence above it."""

    title: str | Promise
    done: str | Promise
    form: Callable[[Asked], forms.Form]
    run: Callable[[Asked, Values], object]
    hint: str | Promise = ""
    button: str | Promise = SAVE
    right: Right | None = None
    newest: Callable[[Asked], int] | None = None
    template: str = "console/orders/act.html"


def _form(kind: Callable[..., forms.Form], **initial: Callable[[Asked], Any]) -> Callable[[Asked], forms.Form]:
    def make(asked: Asked) -> forms.Form:
        given = {name: value(asked) for name, value in initial.items()}
        return kind(asked.posted, asked.request.FILES or None, initial=given)

    return make


def _now(asked: Asked) -> Any:
    return now()


def _confirm_form(asked: Asked) -> forms.Form:
    """Each check has beside it what is to be checked."""
    row, lines = asked.order, parts_of(asked.order).lines
    contacts = "、".join(mask_contact(str(one.value)) for one in identities_of(row.customer_id))
    said = {
        "customer": " · ".join(filter(None, (row.customer.name, contacts))),
        "model": "、".join(line.model_text for line in lines),
        "quantity": "、".join(f"{line.model_text} × {quantity(line.quantity)}" for line in lines),
        "payment": f"{PaymentState(row.payment_state).label} · {money(row.amount, row.currency)}",
        "address": row.address,
    }
    form = of.ConfirmForm(asked.posted, initial={"at": now()})
    for name, text in said.items():
        form.fields[name].help_text = text or _("nothing noted down yet")
    return form


# --- telling the customer -----------------------------------------------------------------------------------------


def _telling(template: str, kind: Callable[..., forms.Form] = of.TellForm) -> Callable[[Asked], forms.Form]:
    def make(asked: Asked) -> forms.Form:
        lines, thing = parts_of(asked.order).lines, asked.thing
        text = script(
            template, asked.order, lines, asked.who.account,
            milestone=thing if isinstance(thing, Milestone) else None,
            exception=thing if isinstance(thing, OrderException) else None,
        )  # fmt: skip
        tickets = _open_tickets(asked)
        way = f"{of.BY_MAIL}{tickets[0][0]}" if tickets else "phone"
        return kind(asked.posted, tickets=tickets, initial={"text": text, "way": way})

    return make


def _open_tickets(asked: Asked) -> list[tuple[str, str]]:
    """Tickets of the order by which a mail can go out."""
    rows = about_order(asked.order.id, viewer=asked.who)
    return [(str(row.id), row.number) for row in rows if row.status != Status.CLOSED]


def _tell(note: Callable[[Asked, str, Values], object]) -> Callable[[Asked, Values], None]:
    """`note` puts down that the customer was told in a way; a mail goes out with it."""

    def run(asked: Asked, values: Values) -> None:
        way: str = values["way"]
        if not way.startswith(of.BY_MAIL):
            note(asked, way, values)
            return
        ticket = access_ticket_by_id(asked.who, UUID(way.removeprefix(of.BY_MAIL)))
        require_work(asked.who, ticket)
        tell_by_mail(
            ticket=ticket, text=values["text"], account=asked.who.account,
            note=lambda: note(asked, "mail", values), **asked.circumstances,
        )  # fmt: skip

    return run


# --- files and numbers --------------------------------------------------------------------------------------------


def _edit_form(asked: Asked) -> forms.Form:
    row = asked.order
    names = ("amount", "currency", "payment_state", "address", "note", "version")
    given = {name: getattr(row, name) for name in names} | {"lines": of.lines_text(parts_of(row).lines)}
    return of.OrderForm(asked.posted, initial=given)


def _edit(asked: Asked, values: Values) -> None:
    act.change_order(order=asked.order, **values, **asked.circumstances)


def _contract(asked: Asked) -> Contract | None:
    return getattr(asked.order, "contract", None)


def _contract_form(asked: Asked) -> forms.Form:
    row = _contract(asked)
    names = ("number", "our_duties", "their_duties", "version")
    given = {name: getattr(row, name) for name in names} if row else {"number": asked.order.number}
    return of.ContractForm(asked.posted, asked.request.FILES or None, initial=given)


def _write_contract(asked: Asked, values: Values) -> None:
    file = values.pop("file")
    kept = (file.name, file.read(), file.content_type or "application/octet-stream") if file else None
    act.write_contract(order=asked.order, account=asked.who.account, file=kept, **values, **asked.circumstances)


def _review(asked: Asked, values: Values) -> None:
    judged = {name: values[name] == "yes" for name in ("lawful", "compliant", "fair")}
    act.review_contract(
        order=asked.order, account=asked.who.account, note=values["note"], **judged, **asked.circumstances
    )


def _state_form(asked: Asked) -> forms.Form:
    given = {"at": now(), "version": asked.order.version}
    return of.StateForm(asked.posted, state=asked.order.state, initial=given)


def _answer(asked: Asked, values: Values) -> None:
    act.answer_fulfilment(
        order=asked.order, satisfaction=int(values["satisfaction"]), goods_intact=values["goods_intact"] == "yes",
        on_time=values["on_time"] == "yes", feedback=values["feedback"], **asked.circumstances,
    )  # fmt: skip


SAVED = gettext_lazy("Saved.")
TOLD = gettext_lazy("The customer is told.")
OF_ORDER: dict[str, Act] = {
    "edit": Act(gettext_lazy("Edit the order"), SAVED, _edit_form, _edit, newest=lambda a: version_of(a.order.id)),
    "state": Act(
        gettext_lazy("How far the order is"), SAVED, _state_form,
        lambda a, v: act.set_state(order=a.order, **v, **a.circumstances), newest=lambda a: version_of(a.order.id),
    ),
    "confirm": Act(
        gettext_lazy("Check and confirm"), gettext_lazy("Confirmed. Now tell the customer the number and key facts."),
        _confirm_form, lambda a, v: act.confirm_order(order=a.order, at=v["at"], **a.circumstances),
        hint=gettext_lazy("What is doubtful goes back to sales first; what is confirmed, on to the warehouse."),
        button=gettext_lazy("All five are right"),
    ),
    "tell": Act(
        gettext_lazy("Tell number and key facts"), TOLD, _telling("order_told"),
        _tell(lambda a, way, v: act.tell_order(order=a.order, way=way, **a.circumstances)),
        button=gettext_lazy("Told"),
    ),
    "give": Act(
        gettext_lazy("Give to somebody"), SAVED, _form(of.OwnerForm, owner=lambda a: str(a.order.owner_id or "")),
        lambda a, v: act.assign_order(order=a.order, owner=v["owner"], **a.circumstances),
        hint=gettext_lazy("Whoever is responsible is told before each date."),
    ),
    "reports": Act(
        gettext_lazy("Progress reports"), SAVED,
        _form(of.ReportsForm, days=lambda a: a.order.report_every.days if a.order.report_every else None),
        lambda a, v: act.agree_reports(order=a.order, every=v["days"], **a.circumstances),
    ),
    "progress": Act(
        gettext_lazy("Report progress"), TOLD, _telling("progress_reported"),
        _tell(lambda a, way, v: act.report_progress(order=a.order, way=way, text=v["text"], **a.circumstances)),
        button=gettext_lazy("Told"),
    ),
    "fulfilment": Act(
        gettext_lazy("Ask how it went"), SAVED, _form(of.FulfilmentForm), _answer,
        hint=gettext_lazy("By phone, within a working day after the goods were signed for."),
    ),
    "plan": Act(
        gettext_lazy("Plan a milestone"), SAVED, _form(of.PlanForm),
        lambda a, v: act.plan_milestone(order=a.order, **v, **a.circumstances),
        hint=gettext_lazy("The customer is told of it beforehand; whoever is responsible is reminded."),
    ),
    "exception": Act(
        gettext_lazy("Report an exception"), gettext_lazy("Reported. The order stands still until the result is told."),
        _form(of.ExceptionForm, found_at=_now),
        lambda a, v: act.report_exception(order=a.order, **v, **a.circumstances),
    ),
    "contract": Act(
        gettext_lazy("Contract"), SAVED, _contract_form, _write_contract,
        newest=lambda a: contract_version(a.order.id),
    ),
    "submit": Act(
        gettext_lazy("Give the contract to review"), gettext_lazy("A reviewer reads it now; its text stands."),
        _form(forms.Form), lambda a, v: act.submit_contract(order=a.order, **a.circumstances),
        hint=gettext_lazy("Somebody else judges whether it is lawful, by our own rules and fair. Nobody signs before."),
        button=gettext_lazy("Give to review"),
    ),
    "review": Act(
        gettext_lazy("Review the contract"), SAVED, _form(of.ReviewForm), _review, right=Right.REVIEW_CONTRACTS,
        template="console/orders/review.html",
    ),
    "sign": Act(
        gettext_lazy("Contract signed"), SAVED, _form(of.SignForm, signed_at=_now),
        lambda a, v: act.sign_contract(order=a.order, **v, **a.circumstances),
    ),
}  # fmt: skip
OF_MILESTONE: dict[str, Act] = {
    "move": Act(
        gettext_lazy("Move the date"), gettext_lazy("Moved. Deadlines follow; if it is later, tell the customer now."),
        _form(of.MoveForm, planned_at=lambda a: a.thing.planned_at),
        lambda a, v: act.move_milestone(milestone=a.thing, **v, **a.circumstances),
    ),
    "announce": Act(
        gettext_lazy("Announce"), TOLD, _telling("milestone_announced"),
        _tell(lambda a, way, v: act.announce_milestone(milestone=a.thing, way=way, **a.circumstances)),
        button=gettext_lazy("Told"),
    ),
    "delay": Act(
        gettext_lazy("Tell of the delay"), TOLD, _telling("delay_told"),
        _tell(lambda a, way, v: act.tell_delay(milestone=a.thing, way=way, **a.circumstances)),
        hint=gettext_lazy("With reason and new date, and the way to change the plan."), button=gettext_lazy("Told"),
    ),
    "reach": Act(
        gettext_lazy("Reached"), SAVED, _form(of.ReachForm, actual_at=_now),
        lambda a, v: act.reach_milestone(milestone=a.thing, **v, **a.circumstances),
    ),
    "drop": Act(
        gettext_lazy("Take the milestone out"), gettext_lazy("Taken out."), _form(forms.Form),
        lambda a, v: act.drop_milestone(milestone=a.thing, **a.circumstances),
        hint=gettext_lazy("It is no longer planned, and nothing is promised about it."),
        button=gettext_lazy("Take out"),
    ),
}  # fmt: skip
OF_EXCEPTION: dict[str, Act] = {
    "start": Act(
        gettext_lazy("Take up the exception"), gettext_lazy("Yours. Settle with the customer what is to be done."),
        _form(forms.Form), lambda a, v: act.start_exception(exception=a.thing, **a.circumstances),
        button=gettext_lazy("I see to it"),
    ),
    "settle": Act(
        gettext_lazy("Settle with the customer"), SAVED, _form(of.SettleForm),
        lambda a, v: act.plan_exception(exception=a.thing, **v, **a.circumstances),
    ),
    "result": Act(
        gettext_lazy("Tell the result"), TOLD, _telling("exception_told", of.TellResultForm),
        _tell(lambda a, way, v: act.tell_exception(exception=a.thing, result=v["result"], way=way, **a.circumstances)),
        button=gettext_lazy("Told"),
    ),
}  # fmt: skip


@requires(*SEERS)
def act_on_order(request: HttpRequest, number: str, what: str) -> HttpResponse:
    return _act(request, OF_ORDER, what, access_order(viewer(request), number))


@requires(*SEERS)
def act_on_milestone(request: HttpRequest, number: str, id: UUID, what: str) -> HttpResponse:
    order = access_order(viewer(request), number)
    return _act(request, OF_MILESTONE, what, order, milestone_of(order, id))


@requires(*SEERS)
def act_on_exception(request: HttpRequest, number: str, id: UUID, what: str) -> HttpResponse:
    order = access_order(viewer(request), number)
    return _act(request, OF_EXCEPTION, what, order, exception_of(order, id))


def _act(request: HttpRequest, acts: dict[str, Act], what: str, order: Order, thing: Thing = None) -> HttpResponse:
    chosen = acts.get(what)
    if chosen is None:
        raise Missing
    asked = Asked(request, viewer(request), order, thing)
    if chosen.right:
        asked.who.require(chosen.right)
    else:
        require_order_work(asked.who, order)
    if thing is not None:
        thing.order = order
    form = chosen.form(asked)
    failed = 0
    if request.method == "POST":
        once, newest = once_of(request, asked.who.id), chosen.newest
        failed = carry_out(
            form, lambda values: once(lambda: chosen.run(asked, values)) and None,
            newest=(lambda: newest(asked)) if newest else None,
        )  # fmt: skip
        if not failed:
            return done(request, str(chosen.done), "order", order.number)
    context = {
        "form": form,
        "act": chosen,
        "row": order,
        "about": about(asked.who, order, thing),
        "contract": _contract(asked),
        "with_file": form.is_multipart(),
    }
    return page(request, chosen.template, context, here="orders", status=failed or 200)


# --- looking at the address, a new order --------------------------------------------------------------------------


@requires(*SEERS)
def show_address(request: HttpRequest, number: str) -> HttpResponse:
    """Asks for the reason, then shows the page with the address in full, once; who looked and why is kept."""
    who = viewer(request)
    order = access_order(who, number)
    if not may_show_address(who, order):
        raise Denied
    form = of.ReasonForm(request.POST or None)
    failed = 0
    if request.method == "POST":
        shown: list[str] = []
        failed = carry_out(
            form,
            lambda values: shown.append(
                act.show_address(order=order, reason=values["reason"], by=who.actor, now=now())
            ),
        )
        if not failed:
            response = order_page(request, order, address=shown[0])
            response["Cache-Control"] = "no-store"
            return response
    asked = Act(_("Show the delivery address"), "", _form(forms.Form), lambda a, v: None, button=_("Show"))
    context = {"form": form, "act": asked, "row": order}
    return page(request, "console/orders/act.html", context, here="orders", status=failed or 200)


@requires(Right.WORK_ORDERS)
def new_order(request: HttpRequest) -> HttpResponse:
    """An order noted down by hand."""
    form = of.NewOrderForm(
        request.POST or None, initial={"placed_at": now(), "customer": request.GET.get("customer", "")}
    )
    failed = 0
    if request.method == "POST":
        made: list[str] = []
        once = once_of(request, viewer(request).id)
        failed = carry_out(form, lambda values: made.append(once(lambda: _make(request, values))))
        if not failed:
            return done(request, _("The order is made."), "order", made[0])
    return page(request, "console/orders/new.html", {"form": form}, here="orders", status=failed or 200)


def _make(request: HttpRequest, values: Values) -> str:
    values.pop("version", None)
    return act.make_order(**values, by=viewer(request).actor, now=now()).number
