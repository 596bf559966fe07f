"""Reads about customers: values are masked unless shown on request."""

from typing import Any
from uuid import UUID

from yinuo.customers.errors import IdentityInvalid
from yinuo.customers.identities import identity_index, normalise, query_tokens
from yinuo.customers.models import Customer, Identity, IdentityKind

FOUND = 30


def find_customers(text: str) -> list[Customer]:
    """By part of the name, or a whole phone number or mail address; newest first, at most 30."""
    text = text.strip()
    if not text:
        return list(Customer.objects.filter(merged_into__isnull=True).order_by("-created_at")[:FOUND])
    by_identity = customers_by_identity(text)
    if by_identity:
        return by_identity
    tokens = query_tokens(text)
    plain = "".join(text.lower().split())
    candidates = Customer.objects.filter(name_tokens__contains=tokens, merged_into__isnull=True)
    return [
        customer
        for customer in candidates.order_by("-created_at")[: FOUND * 3]
        if plain in "".join(customer.name.lower().split())
    ][:FOUND]


def customers_by_identity(text: str) -> list[Customer]:
    """The customers whose phone number or mail address is exactly `text`."""
    indexes = []
    for kind in (IdentityKind.EMAIL, IdentityKind.PHONE):
        try:
            indexes.append(identity_index(kind, normalise(kind, text)))
        except IdentityInvalid:
            continue
    rows = Identity.objects.filter(index__in=indexes).select_related("customer")
    return list({row.customer_id: row.customer for row in rows}.values())


def identities_of(customer_id: UUID) -> list[Identity]:
    return list(Identity.objects.filter(customer_id=customer_id).order_by("created_at"))


def address_of(customer_id: UUID) -> str:
    """The first mail address, or nothing."""
    row = Identity.objects.filter(customer_id=customer_id, kind=IdentityKind.EMAIL).order_by("created_at").first()
    return str(row.value) if row else ""


def customer_facts(customer: Customer) -> dict[str, Any]:
    """What policies and routing ask about a customer."""
    return {"customer": str(customer.id), "tier": customer.tier, "language": customer.language}
