"""Reads about customers: values are masked unless shown on request."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q

from yinuo.customers.errors import IdentityInvalid
from yinuo.customers.identities import identity_index, normalise, query_tokens
from yinuo.customers.models import Customer, CustomerKind, Identity, IdentityKind
from yinuo.foundation.models import HistoryRow
from yinuo.foundation.select import Shape, select

FOUND = 30
LISTED = 100


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


def identity_with(kind: str, value: str) -> Identity | None:
    """The identity that is exactly `value`; nothing for what is no phone number or mail address at all."""
    try:
        index = identity_index(kind, normalise(kind, value))
    except IdentityInvalid:
        return None
    return Identity.objects.filter(kind=kind, index=index).first()


IDENTITY = Shape(Identity)
IDENTITIES = f"SELECT {IDENTITY.columns('i')} FROM customers_identity i WHERE i.customer_id = %s ORDER BY i.created_at"  # noqa: S608 - names of our own columns


def identities_of(customer_id: UUID) -> list[Identity]:
    return [IDENTITY.make(row) for row in select(IDENTITIES, customer_id)]


def address_of(customer_id: UUID) -> str:
    """The first mail address, or nothing."""
    row = Identity.objects.filter(customer_id=customer_id, kind=IdentityKind.EMAIL).order_by("created_at").first()
    return str(row.value) if row else ""


def customer_facts(customer: Customer) -> dict[str, Any]:
    """What policies and routing ask about a customer."""
    return {"customer": str(customer.id), "tier": customer.tier, "language": customer.language}


BESIDE = ("calendar", "company__calendar", "dedicated_agent")


def customer(id: UUID) -> Customer | None:
    """The file, with its company, own agent and agreed hours; of a merged one the file that it went into."""
    row = Customer.objects.filter(id=id).select_related(*BESIDE).first()
    while row and row.merged_into_id:
        row = Customer.objects.filter(id=row.merged_into_id).select_related(*BESIDE).first()
    return row


def contacts_of(customer_id: UUID) -> list[Customer]:
    """The people of a company."""
    return list(
        Customer.objects.filter(company_id=customer_id, merged_into__isnull=True).order_by("created_at")[:LISTED]
    )


def agreed_calendar(customer_id: UUID) -> UUID | None:
    """The hours agreed with this customer, else with his company."""
    found = Customer.objects.filter(id=customer_id).values_list("calendar_id", "company__calendar_id").first()
    return (found[0] or found[1]) if found else None


def agreed_calendars() -> dict[UUID, UUID]:
    """Customer → the hours agreed with him or his company, for all with whom some are."""
    some = Customer.objects.filter(Q(calendar__isnull=False) | Q(company__calendar__isnull=False))
    return {id: own or theirs for id, own, theirs in some.values_list("id", "calendar_id", "company__calendar_id")}


def people_of(customer_id: UUID) -> list[UUID]:
    """The customer himself, and of a company everybody who works there."""
    return [customer_id, *Customer.objects.filter(company_id=customer_id).values_list("id", flat=True)]


def names_of(customer_ids: Iterable[UUID | str]) -> dict[UUID, str]:
    """How these customers are called; nothing is asked where there are none."""
    ids = list(customer_ids)
    return {row.id: row.name for row in Customer.objects.filter(id__in=ids)} if ids else {}


def company_named(name: str) -> Customer | None:
    """The company file of exactly this name, capitals and spaces aside."""
    plain = "".join(name.lower().split())
    rows = Customer.objects.filter(
        kind=CustomerKind.COMPANY, name_tokens__contains=query_tokens(name), merged_into__isnull=True
    )
    return next((row for row in rows if "".join(row.name.lower().split()) == plain), None)


def history_of(customer_id: UUID, *, limit: int) -> list[HistoryRow]:
    """What happened to the file, and to those that went into it, newest first."""
    merged = Customer.objects.filter(merged_into_id=customer_id).values_list("id", flat=True)
    return list(HistoryRow.objects.filter(customer_id__in=[customer_id, *merged]).order_by("-at", "-id")[:limit])


def contact_of(customer_ids: Iterable[UUID]) -> dict[UUID, list[Identity]]:
    """The identities of many customers at once."""
    found: dict[UUID, list[Identity]] = {}
    for row in Identity.objects.filter(customer_id__in=list(customer_ids)).order_by("created_at"):
        found.setdefault(row.customer_id, []).append(row)
    return found
