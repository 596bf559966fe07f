from dataclasses import dataclass
from uuid import UUID

from yinuo.foundation.events import Fact


@dataclass(frozen=True)
class CustomerMade(Fact):
    customer_id: UUID
    source: str


@dataclass(frozen=True)
class CustomerChanged(Fact):
    customer_id: UUID
    fields: tuple[str, ...]


@dataclass(frozen=True)
class IdentityAdded(Fact):
    customer_id: UUID
    identity_id: UUID
    kind: str


@dataclass(frozen=True)
class CustomersMerged(Fact):
    kept_id: UUID
    merged_id: UUID


@dataclass(frozen=True)
class PersonalDataShown(Fact):
    """Somebody unmasked a customer's data; the reason is kept as a personal text (R-SE-1)."""

    customer_id: UUID
    identity_id: UUID | None
