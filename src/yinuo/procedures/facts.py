"""A ticket as policies and definitions ask about it."""

from typing import Any

from yinuo.customers.models import Customer
from yinuo.tickets.models import Ticket


def customer_path(customer: Customer) -> str:
    """What is said of a company holds for its people: `company/person`."""
    return f"{customer.company_id}/{customer.id}" if customer.company_id else str(customer.id)


def facts_of(ticket: Ticket) -> dict[str, Any]:
    """Words as the policy tables and definitions use them."""
    category = ticket.category
    path = []
    while category is not None:
        path.insert(0, category.code)
        category = category.parent
    return {
        "scenario": ticket.scenario,
        "ticket_class": ticket.ticket_class,
        "channel": ticket.channel,
        "urgency": ticket.urgency,
        "impact": ticket.impact,
        "priority": str(ticket.priority),
        "complexity": ticket.complexity,
        "complex": ticket.complexity == "complex",
        "tier": ticket.customer.tier,
        "customer": customer_path(ticket.customer),
        "category": "/".join(path) or None,
        "product": ticket.product.code if ticket.product else None,
        "team": ticket.team.code,
        "received_at": ticket.opened_at.isoformat(),
    }
