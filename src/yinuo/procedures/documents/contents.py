"""What was filled in on a ticket's steps, and the names it mentions: the ground of every document and register."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from yinuo.catalog.models import Product
from yinuo.customers.queries import contact_of
from yinuo.domain.procedure import Definition
from yinuo.procedures.models import Run, Step, StepState
from yinuo.staff.queries import names_of
from yinuo.tickets.models import Ticket

CONTACTS = ("phone", "email")


@dataclass(frozen=True)
class Contents:
    """Values by field; `names` of the people, teams and products that stand in them by id."""

    values: Mapping[str, Any]
    names: Mapping[str, str]


def contents_of(
    ticket: Ticket, definition: Definition | None, run: Run | None, steps: Iterable[Step], *, round: int = 0
) -> Contents:
    """As it stood in `round` (0: as it stands): what later rounds filled in anew does not count."""
    values = of_run(run, steps, round=round)
    contact = first_contact(ticket.customer_id)
    whole = {**of_ticket(ticket, contact), **{name: value for name, value in values.items() if value is not None}}
    return Contents(whole, names_in([(definition, whole)]))


def first_contact(customer_id: UUID) -> str:
    """Phone or mail address of a customer, the one known longest; empty where there is none."""
    contacts = contact_of([customer_id]).get(customer_id, [])
    return next((str(row.value) for row in contacts if row.kind in CONTACTS), "")


def of_ticket(ticket: Ticket, contact: str) -> dict[str, Any]:
    """What a ticket knows without any form."""
    path = []
    category = ticket.category
    while category is not None:
        path.insert(0, category.name)
        category = category.parent
    return {
        "number": ticket.number,
        "case_number": ticket.number,
        "complaint_number": ticket.number,
        "subject": ticket.subject,
        "opened_at": ticket.opened_at.isoformat(),
        "received_at": ticket.opened_at.isoformat(),
        "channel": ticket.channel,
        "customer_name": ticket.customer.name,
        "customer_tier": ticket.customer.tier,
        "contact": contact,
        "category": " › ".join(path),
        "priority": str(ticket.priority),
        "urgency": ticket.urgency,
        "impact": ticket.impact,
        "complexity": ticket.complexity,
        "product": ticket.product.name if ticket.product else None,
        "product_model": ticket.product.model if ticket.product else None,
        "owner": ticket.owner.name if ticket.owner else None,
        "team": ticket.team.name,
    }


def of_run(run: Run | None, steps: Iterable[Step], *, round: int = 0) -> dict[str, Any]:
    """The fields of a run; with `round` as its forms had them by then."""
    if run is None:
        return {}
    standing: dict[str, Any] = run.state.get("fields", {})
    if not round or round >= run.state.get("round", 1):
        return dict(standing)
    forms = [step for step in steps if step.run_id == run.id and step.state != StepState.CANCELLED]
    later = {name for step in forms if step.round > round for name in step.form}
    values = {name: value for name, value in standing.items() if name not in later}
    for step in forms:
        if step.round <= round:
            values |= step.form
    return values


def names_in(filled: Iterable[tuple[Definition | None, Mapping[str, Any]]]) -> dict[str, str]:
    """Id → name of every person, team and product that stands in these values."""
    people: set[UUID] = set()
    products: set[UUID] = set()
    for definition, values in filled:
        fields = definition.field_by_name if definition else {}
        for name, value in values.items():
            field = fields.get(name)
            if isinstance(value, list):
                people |= {
                    one for entry in value for one in _ids(entry.get("by") if isinstance(entry, dict) else entry)
                }
            elif field is not None and field.type == "ref":
                (products if field.ref == "product" else people).update(_ids(value))
    names = {str(id): name for id, name in names_of(people, people, ()).items()} if people else {}
    if products:
        names |= {str(row.id): row.name for row in Product.objects.filter(id__in=products)}
    return names


def _ids(value: Any) -> list[UUID]:
    try:
        return [UUID(str(value))]
    except ValueError:
        return []
