"""What procedures do when something has happened below or by the clock."""

from yinuo.domain.procedure.effects import Dispatch
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import Recorded, only_if, together
from yinuo.orders.models import Order, OrderException
from yinuo.orders.queries import order_with
from yinuo.procedures.events import HappeningTaken, StepSaved
from yinuo.procedures.messages import write_wanted_messages
from yinuo.procedures.models import Run, Step
from yinuo.procedures.services import (
    WantedDocument,
    WantedPerson,
    dispatch_tickets,
    follow_order,
    hand_exception_over,
    happen,
    make_documents,
    renew_documents,
)
from yinuo.tickets.models import Status, Ticket
from yinuo.tickets.queries import orders_of
from yinuo.tickets.services import link_order

SYSTEM = Actor.system("procedure")


def on_agent_replied(event: Recorded) -> None:
    """An answer given meets what was promised (R-CH-2, R-AS-1)."""
    happen(ticket=Ticket.objects.get(id=event.ticket_id), name="answered", by=event.by, now=event.at)


def on_customer_wrote(event: Recorded) -> None:
    """The customer's answer ends the waiting; one after the end reopens. What a stranger sends moves nothing."""
    if event.fact.first or event.fact.unverified:
        return
    ticket = Ticket.objects.get(id=event.ticket_id)
    ended = event.fact.was in (Status.SOLVED, Status.CONFIRMED, Status.CLOSED)
    happen(ticket=ticket, name="reopened" if ended else "reply_received", by=event.by, now=clock.now())


def on_timer_rang(event: Recorded) -> None:
    """Afterwards: a timer of a run rang; where the run has gone on meanwhile, nothing happens."""
    run = Run.objects.select_related("ticket").filter(id=event.subject[1]).first()
    if run is None and event.ticket_id:
        run = Run.objects.select_related("ticket").filter(ticket_id=event.ticket_id).order_by("-started_at").first()
    if run is None or not _still_wanted(run, event.fact.kind, event.fact.round):
        return
    happen(ticket=run.ticket, name="timer", by=SYSTEM, now=clock.now(), fields={"timer": event.fact.kind})


def _still_wanted(run: Run, key: str, round: int) -> bool:
    return any(timer[0] == key and timer[2] == round for timer in run.state.get("timers", []))


@together
def on_dispatch_wanted(events: list[Recorded]) -> None:
    """Afterwards: new tickets are brought to people."""
    wanted = [
        WantedPerson(
            event.ticket_id,
            Dispatch(event.fact.role, event.fact.tier, event.fact.team, event.fact.step),
            event.by,
        )
        for event in events
        if event.ticket_id
    ]
    dispatch_tickets(wanted=wanted, now=clock.now())


@together
def on_message_wanted(events: list[Recorded]) -> None:
    """Afterwards: renders the templates and queues them."""
    write_wanted_messages(events)


@together
def on_document_wanted(events: list[Recorded]) -> None:
    """Afterwards: lays the documents out, whose printing is a job of its own."""
    wanted = [
        WantedDocument(event.subject[1], event.fact.document, event.fact.step, event.fact.round) for event in events
    ]
    make_documents(wanted=wanted, by=SYSTEM, now=clock.now())


def _has_fields(fact: StepSaved | HappeningTaken) -> bool:
    return not isinstance(fact, StepSaved) or bool(fact.fields)


@together
@only_if(_has_fields)
def on_fields_changed(events: list[Recorded]) -> None:
    """Afterwards: documents whose fields have changed get another version."""
    ids = {event.ticket_id for event in events if event.ticket_id}
    renew_documents(ticket_ids=ids, by=SYSTEM, now=clock.now())


# --- tickets about orders (ADR 0021) ------------------------------------------------------------------------------

NUMBER, FOUND = "order_number", "exception_found_at"
"""Fields in which a ticket says which order it is about, and that something is not as ordered."""


def on_order_linked(event: Recorded) -> None:
    """Afterwards: the ticket goes on by what happens to the order; without any, by itself again."""
    ticket, order = Ticket.objects.get(id=event.ticket_id), Order.objects.get(id=event.fact.order_id)
    now = clock.now()
    if event.fact.linked:
        hand_exception_over(ticket=ticket, order=order, by=event.by, now=now)
        order.refresh_from_db()
        fields = {"order_linked": True, "linked_number": order.number, NUMBER: order.number, "order_state": order.state}
        follow_order(ticket=ticket, name="order_linked", fields=fields, by=event.by, now=now)
    elif not orders_of(ticket.id):
        follow_order(ticket=ticket, name="order_unlinked", fields={"order_linked": False}, by=event.by, now=now)


@only_if(lambda fact: NUMBER in fact.fields or FOUND in fact.fields)
def on_order_noted(event: Recorded) -> None:
    """Afterwards: a ticket that names an order of its customer is about it; an exception noted there is the order's."""
    ticket = Ticket.objects.get(id=event.ticket_id)
    step = Step.objects.get(id=event.fact.step_id)
    named = order_with(str(step.form.get(NUMBER) or "").strip().upper())
    if named is not None and named.customer_id == ticket.customer_id:
        link_order(ticket=ticket, order=named, by=event.by, now=clock.now())
    for order in Order.objects.filter(id__in=orders_of(ticket.id)):
        hand_exception_over(ticket=ticket, order=order, by=event.by, now=clock.now())


def on_order_state(event: Recorded) -> None:
    """Afterwards: its tickets go on by how far it is now; a word that comes after a later one takes nothing back."""
    _tell_tickets(event, "order_state", {"order_state": Order.objects.get(id=event.subject[1]).state})


def on_order_exception_told(event: Recorded) -> None:
    result = OrderException.objects.get(id=event.fact.exception_id).result
    _tell_tickets(event, "order_exception_told", {"exception_result": result})


def on_order_answered(event: Recorded) -> None:
    """Afterwards: what the customer said about the order is his answer in its ticket, too."""
    order, fact = Order.objects.get(id=event.subject[1]), event.fact
    said = {
        "satisfaction": fact.satisfaction, "goods_intact": fact.goods_intact, "on_time": fact.on_time,
        "suggestion": str(order.feedback) or None,
    }  # fmt: skip
    _tell_tickets(event, "order_answered", {name: value for name, value in said.items() if value is not None})


def _tell_tickets(event: Recorded, name: str, fields: dict[str, object]) -> None:
    for ticket in Ticket.objects.filter(order_links__order_id=event.subject[1]).exclude(status=Status.CLOSED):
        follow_order(ticket=ticket, name=name, fields=fields, by=event.by, now=clock.now())
