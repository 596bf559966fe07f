"""Reads about orders; lists are in `lists`."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from yinuo.foundation.models import HistoryRow
from yinuo.foundation.select import select
from yinuo.orders.models import Contract, Milestone, Order, OrderException, OrderLine
from yinuo.sla.models import Deadline
from yinuo.staff.models import Team

TOLD = 200


@dataclass(frozen=True)
class Parts:
    """What an order consists of; milestones by their planned time, what was taken out is left out."""

    lines: list[OrderLine]
    milestones: list[Milestone]
    exceptions: list[OrderException]
    promises: list[Deadline]


def parts_of(order: Order) -> Parts:
    """Four queries."""
    milestones = list(Milestone.objects.filter(order=order).order_by("planned_at", "id"))
    exceptions = list(OrderException.objects.filter(order=order).order_by("-found_at", "-id"))
    subjects = [order.id, *(row.id for row in milestones), *(row.id for row in exceptions)]
    promises = Deadline.objects.filter(
        subject_kind__in=("order", "milestone", "order_exception"), subject_id__in=subjects, nature="promise"
    )
    return Parts(
        list(OrderLine.objects.filter(order=order).select_related("product").order_by("position")),
        [row for row in milestones if row.dropped_at is None],
        exceptions,
        list(promises.order_by("due_at", "id")),
    )


SUBJECTS = """
    SELECT id FROM orders_milestone WHERE order_id = %s
    UNION ALL SELECT id FROM orders_orderexception WHERE order_id = %s
"""


def subjects_of(order_id: UUID) -> list[UUID]:
    """The order and everything of it that something is promised about."""
    return [order_id, *(id for (id,) in select(SUBJECTS, order_id, order_id))]


def history_of(order_id: UUID, promise_ids: Iterable[UUID] = ()) -> list[HistoryRow]:
    """What happened to the order and to what is promised about it, newest first."""
    rows = HistoryRow.objects.filter(subject_id__in=[order_id, *promise_ids])
    return list(rows.order_by("-at", "-id")[:TOLD])


def desk_for_orders() -> Team | None:
    """The team that takes orders which name none: one with the scenario, else one of order clerks, else the first."""
    teams = list(Team.objects.filter(active=True).order_by("tier", "name"))
    for takes in (lambda team: "order" in team.scenarios, lambda team: "order_clerk" in team.roles, lambda team: True):
        for team in teams:
            if takes(team):
                return team
    return None


def order_with(number: str) -> Order | None:
    """With customer, team and owner."""
    return Order.objects.select_related("customer", "team", "owner").filter(number=number).first()


def version_of(order_id: UUID) -> int:
    return int(Order.objects.values_list("version", flat=True).get(id=order_id))


def contract_version(order_id: UUID) -> int:
    return Contract.objects.filter(order_id=order_id).values_list("version", flat=True).first() or 0


def numbers_of_promises(rows: Iterable[Deadline]) -> dict[UUID, str]:
    """Deadline → number of the order that it is about; those about something else are left out."""
    of: dict[str, set[UUID]] = {"order": set(), "milestone": set(), "order_exception": set()}
    rows = [row for row in rows if row.subject_kind in of]
    for row in rows:
        of[row.subject_kind].add(row.subject_id)
    numbers: dict[UUID, str] = {}
    if of["order"]:
        numbers |= dict(Order.objects.filter(id__in=of["order"]).values_list("id", "number"))
    if of["milestone"]:
        numbers |= dict(Milestone.objects.filter(id__in=of["milestone"]).values_list("id", "order__number"))
    if of["order_exception"]:
        numbers |= dict(OrderException.objects.filter(id__in=of["order_exception"]).values_list("id", "order__number"))
    return {row.id: numbers[row.subject_id] for row in rows if row.subject_id in numbers}


def orders_on_their_way(order_ids: Iterable[UUID], customer_id: UUID) -> list[tuple[Order, list[Milestone]]]:
    """These orders of one customer with their milestones by planned time, the last placed first. Two queries."""
    orders = list(Order.objects.filter(id__in=list(order_ids), customer_id=customer_id).order_by("-placed_at", "-id"))
    found: dict[UUID, list[Milestone]] = {order.id: [] for order in orders}
    milestones = Milestone.objects.filter(order_id__in=found, dropped_at__isnull=True) if found else ()
    for milestone in sorted(milestones, key=lambda row: row.planned_at):
        found[milestone.order_id].append(milestone)
    return [(order, found[order.id]) for order in orders]
