"""Customer files: made from the first contact, kept free of duplicates (R-CU-1, R-CU-2)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.models import F

from yinuo.customers.errors import IdentityTaken, ReasonNeeded
from yinuo.customers.events import CustomerChanged, CustomerMade, CustomersMerged, IdentityAdded, PersonalDataShown
from yinuo.customers.identities import identity_index, name_tokens, normalise
from yinuo.customers.models import Customer, CustomerKind, Identity
from yinuo.customers.queries import identities_of
from yinuo.domain.redaction import mask_text
from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import Changed, Missing
from yinuo.foundation.events import record
from yinuo.foundation.rows import columns_of, flush, insert, loaded, new, read
from yinuo.foundation.work import attempt, service
from yinuo.staff.models import Account


@service
def make_customer(
    *,
    name: str,
    by: Actor,
    now: datetime,
    kind: str = CustomerKind.PERSON,
    identities: Iterable[tuple[str, str]] = (),
    source: str = "",
    **fields: Any,
) -> Customer:
    """`identities` are `(kind, value)`. Raises `IdentityTaken`, `IdentityInvalid`."""
    customer = _collected(name=name, kind=kind, source=source, by=by, now=now, **fields)
    flush()
    for identity_kind, value in identities:
        add_identity(customer=customer, kind=identity_kind, value=value, by=by, now=now)
    return customer


def _collected(
    *,
    name: str,
    kind: str,
    source: str,
    by: Actor,
    now: datetime,
    company: Customer | None = None,
    dedicated_agent: Account | None = None,
    **fields: Any,
) -> Customer:
    customer = new(
        Customer,
        name=name.strip(), name_tokens=name_tokens(name), kind=kind, source=source, created_at=now,
        company_id=company.id if company else None,
        dedicated_agent_id=dedicated_agent.id if dedicated_agent else None,
        **fields,
    )  # fmt: skip
    insert(customer)
    record(CustomerMade(customer.id, source), by=by, at=now, subject=("customer", customer.id), customer_id=customer.id)
    return customer


@service
def add_identity(
    *, customer: Customer, kind: str, value: str, by: Actor, now: datetime, verified: bool = False
) -> Identity:
    """Raises `IdentityTaken` where another customer has it."""
    value = normalise(kind, value)
    index = identity_index(kind, value)
    existing = Identity.objects.filter(kind=kind, index=index).first()
    if existing:
        if existing.customer_id != customer.id:
            raise IdentityTaken
        return existing
    identity = _add(customer, kind, value, index, by, now, verified_at=now if verified else None)
    flush()
    return identity


def _add(
    customer: Customer,
    kind: str,
    value: str,
    index: bytes,
    by: Actor,
    now: datetime,
    verified_at: datetime | None = None,
) -> Identity:
    identity = new(
        Identity,
        customer_id=customer.id, kind=kind, value=value, index=index, created_at=now, verified_at=verified_at,
    )  # fmt: skip
    insert(identity)
    record(
        IdentityAdded(customer.id, identity.id, kind),
        by=by, at=now, subject=("customer", customer.id), customer_id=customer.id,
    )  # fmt: skip
    return identity


@service
def identify(
    *, kind: str, value: str, name: str, by: Actor, now: datetime, source: str, **fields: Any
) -> tuple[Customer, bool]:
    """The customer with this identity, made where there is none; whether it was made. Two contacts of a new
    customer at the same moment end in one file: the second waits for the first and takes its."""
    try:
        with attempt():
            return known_or_new(kind=kind, value=value, name=name, by=by, now=now, source=source, **fields)
    except IntegrityError:
        found = customer_with(kind=kind, value=value)
        if not found:
            raise
        return found, False


@service
def known_or_new(
    *, kind: str, value: str, name: str, by: Actor, now: datetime, source: str, **fields: Any
) -> tuple[Customer, bool]:
    """As `identify`, for a service that is itself tried anew: of two that make the same customer at the same moment
    the second fails with an `IntegrityError` when its rows are written."""
    value = normalise(kind, value)
    index = identity_index(kind, value)
    found = _with_index(kind, index)
    if found:
        return found, False
    made = _collected(name=_name(name, kind, value), kind=CustomerKind.PERSON, source=source, by=by, now=now, **fields)
    _add(made, kind, value, index, by, now)
    return made, True


def _name(given: str, kind: str, value: str) -> str:
    """How to call somebody whom we know by one contact only. Many mail programs give the address as the name, and a
    name is shown where contacts are masked: of an address the part before the @ is taken, a number is masked."""
    plain = given.strip() or normalise(kind, value)
    return mask_text(plain.split("@")[0] if " " not in plain else plain)


def customer_with(*, kind: str, value: str) -> Customer | None:
    return _with_index(kind, identity_index(kind, normalise(kind, value)))


def _with_index(kind: str, index: bytes) -> Customer | None:
    """The hot path of every door: asked without the ORM."""
    found = read(
        f"SELECT {columns_of(Customer, 'customer')} FROM customers_identity identity "  # noqa: S608 - our own columns
        "JOIN customers_customer customer ON customer.id = identity.customer_id "
        "WHERE identity.kind = $1 AND identity.index = $2",
        kind, index,
    )  # fmt: skip
    return loaded(Customer, found[0]) if found else None


@service
def change_customer(*, customer: Customer, version: int, by: Actor, now: datetime, **fields: Any) -> Customer:
    """Raises `Changed` on a stale version. The fact names what differs."""
    differ = sorted(name for name, value in fields.items() if getattr(customer, name) != value)
    if "name" in fields:
        fields["name_tokens"] = name_tokens(fields["name"])
    if not Customer.objects.filter(id=customer.id, version=version).update(version=F("version") + 1, **fields):
        raise Changed
    customer.refresh_from_db()
    record(
        CustomerChanged(customer.id, tuple(differ)),
        by=by, at=now, subject=("customer", customer.id), customer_id=customer.id,
    )  # fmt: skip
    return customer


@service
def merge_customers(*, kept: Customer, merged: Customer, by: Actor, now: datetime) -> None:
    """Moves the identities of `merged` to `kept`, and the hours agreed with him where there are none; the fact makes
    higher rooms move their rows."""
    if kept.id == merged.id or merged.merged_into_id:
        raise Missing
    Identity.objects.filter(customer=merged).update(customer=kept)
    if merged.calendar_id and not kept.calendar_id:
        Customer.objects.filter(id=kept.id).update(calendar=merged.calendar_id)
    Customer.objects.filter(company=merged).update(company=kept)
    Customer.objects.filter(id=merged.id).update(merged_into=kept, version=F("version") + 1)
    record(
        CustomersMerged(kept.id, merged.id),
        by=by, at=now, subject=("customer", kept.id), customer_id=kept.id,
    )  # fmt: skip


@service
def show_identity(*, identity_id: UUID, reason: str, by: Actor, now: datetime) -> str:
    """The unmasked value; that it was shown, to whom and why, is recorded (R-SE-1, R-SE-2)."""
    identity = Identity.objects.filter(id=identity_id).first()
    if identity is None:
        raise Missing
    record(
        PersonalDataShown(identity.customer_id, identity.id),
        by=by, at=now, subject=("customer", identity.customer_id), customer_id=identity.customer_id,
        personal={"reason": reason},
    )  # fmt: skip
    return str(identity.value)


@service
def show_identities(*, customer_id: UUID, reason: str, by: Actor, now: datetime) -> list[Identity]:
    """All contacts of a customer, unmasked; each is recorded as shown, to whom and why (R-SE-1)."""
    identities = identities_of(customer_id)
    for identity in identities:
        show_identity(identity_id=identity.id, reason=reason, by=by, now=now)
    return identities


@service
def show_personal(*, customer_id: UUID, ticket_id: UUID, reason: str, by: Actor, now: datetime) -> None:
    """What a customer wrote in a ticket is shown unmasked to one person; to whom and why is recorded (R-SE-1).
    Raises `ReasonNeeded`."""
    if not reason.strip():
        raise ReasonNeeded(fields={"reason": str(ReasonNeeded.text)})
    record(
        PersonalDataShown(customer_id, None),
        by=by, at=now, subject=("customer", customer_id), ticket_id=ticket_id, customer_id=customer_id,
        personal={"reason": reason.strip()},
    )  # fmt: skip
