"""Facts about orders: ids and plain values only. Their subject is always the order."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from yinuo.foundation.events import Fact

CONTRACT_FILE = "contract_file"


@dataclass(frozen=True)
class OrderMade(Fact):
    number: str
    source: str
    state: str


@dataclass(frozen=True)
class OrderChanged(Fact):
    fields: tuple[str, ...]


@dataclass(frozen=True)
class OrderStateChanged(Fact):
    state: str
    was: str


@dataclass(frozen=True)
class OrderConfirmed(Fact):
    """The customer has confirmed what was ordered."""

    confirmed_at: datetime


@dataclass(frozen=True)
class OrderTold(Fact):
    """The customer was told number and key facts."""

    way: str


@dataclass(frozen=True)
class OrderAssigned(Fact):
    team_id: UUID
    owner_id: UUID | None


@dataclass(frozen=True)
class MilestonePlanned(Fact):
    """`reached`: told after it had happened."""

    milestone_id: UUID
    kind: str
    planned_at: datetime
    reached: bool = False


@dataclass(frozen=True)
class MilestoneMoved(Fact):
    """The reason is kept as a personal text."""

    milestone_id: UUID
    kind: str
    was: datetime
    planned_at: datetime


@dataclass(frozen=True)
class MilestoneAnnounced(Fact):
    milestone_id: UUID
    kind: str
    way: str


@dataclass(frozen=True)
class DelayTold(Fact):
    milestone_id: UUID
    kind: str
    way: str


@dataclass(frozen=True)
class MilestoneReached(Fact):
    milestone_id: UUID
    kind: str
    actual_at: datetime


@dataclass(frozen=True)
class MilestoneDropped(Fact):
    milestone_id: UUID
    kind: str


@dataclass(frozen=True)
class ExceptionFound(Fact):
    exception_id: UUID
    kind: str
    found_at: datetime


@dataclass(frozen=True)
class ExceptionStarted(Fact):
    exception_id: UUID
    kind: str


@dataclass(frozen=True)
class ExceptionPlanned(Fact):
    exception_id: UUID
    kind: str
    option: str


@dataclass(frozen=True)
class ExceptionTold(Fact):
    exception_id: UUID
    kind: str
    way: str


@dataclass(frozen=True)
class ContractWritten(Fact):
    contract_id: UUID
    fields: tuple[str, ...]


@dataclass(frozen=True)
class ContractSubmitted(Fact):
    contract_id: UUID


@dataclass(frozen=True)
class ContractReviewed(Fact):
    contract_id: UUID
    lawful: bool
    compliant: bool
    fair: bool


@dataclass(frozen=True)
class ContractSigned(Fact):
    contract_id: UUID


@dataclass(frozen=True)
class ReportsAgreed(Fact):
    """How often progress is reported; 0: no more."""

    every_s: int


@dataclass(frozen=True)
class ProgressReported(Fact):
    way: str


@dataclass(frozen=True)
class FulfilmentAnswered(Fact):
    satisfaction: int
    goods_intact: bool | None
    on_time: bool | None


@dataclass(frozen=True)
class AddressShown(Fact):
    """Somebody unmasked the delivery address; the reason is kept as a personal text (R-SE-1)."""


@dataclass(frozen=True)
class OrderDocumentTaken(Fact):
    """Somebody took a document as a file, laid out from the order of that `version`, or the contract as it was put in
    (`CONTRACT_FILE`); `digest` is the file's SHA-256."""

    document: str
    version: int
    digest: str


@dataclass(frozen=True)
class OrdersRead(Fact):
    """A file of orders was read in."""

    made: int
    changed: int
    unchanged: int
    refused: int
