"""What facts about orders bring with them: promises at once, words to people afterwards."""

from collections.abc import Iterable
from uuid import UUID

from yinuo.foundation.actors import Actor
from yinuo.foundation.events import Recorded, only_if
from yinuo.orders.models import Contract, Order
from yinuo.orders.services.following import move_to_customer
from yinuo.orders.services.promises import (
    ASKED,
    DELAY_CHECK,
    EXCEPTION,
    REPORT,
    TOLD,
    hand_over_promises,
    keep_announced,
    keep_delay_told,
    keep_exception,
    keep_of_order,
    keep_reached,
    promise_exception,
    promise_milestone,
    promise_moved_milestone,
    promise_of_order,
    release_milestone,
    release_order,
)
from yinuo.orders.states import ContractState, OrderState
from yinuo.staff.queries import people_with, team_leads
from yinuo.staff.rights import Right
from yinuo.staff.services import notify

TELLER = Actor.system("notices")
STARTED, PLAN, RESULT = EXCEPTION


def on_milestone_planned(event: Recorded) -> None:
    if not event.fact.reached:
        promise_milestone(milestone_id=event.fact.milestone_id, by=event.by, now=event.at)


def on_milestone_moved(event: Recorded) -> None:
    """At once: a moved milestone takes its promises along."""
    fact = event.fact
    promise_moved_milestone(milestone_id=fact.milestone_id, was=fact.was, by=event.by, now=event.at)


def on_milestone_announced(event: Recorded) -> None:
    keep_announced(milestone_id=event.fact.milestone_id, at=event.at, by=event.by)


def on_delay_told(event: Recorded) -> None:
    keep_delay_told(milestone_id=event.fact.milestone_id, at=event.at, by=event.by)


def on_milestone_reached(event: Recorded) -> None:
    keep_reached(milestone_id=event.fact.milestone_id, at=event.fact.actual_at, by=event.by, now=event.at)


def on_milestone_dropped(event: Recorded) -> None:
    release_milestone(milestone_id=event.fact.milestone_id, reason="dropped", by=event.by, now=event.at)


def on_order_confirmed(event: Recorded) -> None:
    promise_of_order(order_id=event.subject[1], kind=TOLD, starts_at=event.fact.confirmed_at, by=event.by, now=event.at)


def on_order_told(event: Recorded) -> None:
    keep_of_order(order_id=event.subject[1], kind=TOLD, at=event.at, by=event.by)


def on_state_changed(event: Recorded) -> None:
    """Signed for: the customer is asked within a day. Cancelled: nothing is promised any more."""
    order_id = event.subject[1]
    if event.fact.state == OrderState.CANCELLED:
        release_order(order_id=order_id, reason="cancelled", by=event.by, now=event.at)
    elif event.fact.state == OrderState.SIGNED:
        promise_of_order(order_id=order_id, kind=ASKED, starts_at=event.at, by=event.by, now=event.at)


def on_fulfilment_answered(event: Recorded) -> None:
    keep_of_order(order_id=event.subject[1], kind=ASKED, at=event.at, by=event.by)


def on_exception_found(event: Recorded) -> None:
    promise_exception(exception_id=event.fact.exception_id, by=event.by, now=event.at)


def on_exception_started(event: Recorded) -> None:
    keep_exception(exception_id=event.fact.exception_id, kinds=(STARTED,), at=event.at, by=event.by)


def on_exception_planned(event: Recorded) -> None:
    keep_exception(exception_id=event.fact.exception_id, kinds=(PLAN,), at=event.at, by=event.by)


def on_exception_told(event: Recorded) -> None:
    keep_exception(exception_id=event.fact.exception_id, kinds=EXCEPTION, at=event.at, by=event.by)


def on_order_assigned(event: Recorded) -> None:
    hand_over_promises(order_id=event.subject[1], by=event.by, now=event.at)


def on_customers_merged(event: Recorded) -> None:
    """At once: orders move to the file that stays."""
    move_to_customer(merged_id=event.fact.merged_id, kept_id=event.fact.kept_id)


@only_if(lambda fact: fact.kind in (DELAY_CHECK, REPORT) and "order" in fact.values)
def tell_owner(event: Recorded) -> None:
    """Afterwards: the owner (else who leads the team) looks whether a date holds, or tells the customer how it goes."""
    values = event.fact.values
    order = Order.objects.filter(id=UUID(values["order"]), is_open=True).first()
    if order is None:
        return
    people = [order.owner_id] if order.owner_id else team_leads(order.team_id)
    due_at = values.get("due_at") or event.at.isoformat()
    notify(
        accounts=people, kind=f"order_{event.fact.kind}", subject=("order", order.id), at=event.at, by=TELLER,
        once=str(event.id), values={"number": order.number, "due_at": due_at},
    )  # fmt: skip


def ask_reviewers(event: Recorded) -> None:
    """Afterwards: whoever may judge a contract and has not written it hears that it waits (R-OR-2)."""
    contract = Contract.objects.filter(id=event.fact.contract_id, state=ContractState.IN_REVIEW).first()
    if contract is None:
        return
    people = [person for person in people_with(Right.REVIEW_CONTRACTS) if person != contract.written_by_id]
    _tell_of_contract(people, "order_contract_review", contract.order_id, event)


def tell_author(event: Recorded) -> None:
    """Afterwards: whoever wrote the contract (else the order's owner) hears how it was judged."""
    fact = event.fact
    contract = Contract.objects.select_related("order").get(id=fact.contract_id)
    author = contract.written_by_id or contract.order.owner_id
    passed = fact.lawful and fact.compliant and fact.fair
    kind = "order_contract_passed" if passed else "order_contract_returned"
    _tell_of_contract([author] if author else [], kind, contract.order_id, event)


def _tell_of_contract(people: Iterable[UUID], kind: str, order_id: UUID, event: Recorded) -> None:
    notify(
        accounts=people, kind=kind, subject=("order", order_id), at=event.at, by=TELLER, once=str(event.id),
        values={"number": Order.objects.values_list("number", flat=True).get(id=order_id)},
    )  # fmt: skip
