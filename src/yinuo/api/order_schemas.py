"""What requests about orders hold and answers give."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from yinuo.api.schemas import Line, Named, Prose, Strict, Who

State = Literal["to_make", "making", "shipped", "to_sign", "signed", "completed", "cancelled"]
Payment = Literal["paid", "part_paid", "unpaid", "refunded"]
Kind = Literal["production", "shipping", "installation", "signing", "other"]
Money = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2, allow_inf_nan=False)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Login = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9@.+_-]{1,60}$")]


class OrderLine(Strict):
    """`model` is a code or model of the catalogue, or any text."""

    model: Line = Field(min_length=1, max_length=200)
    quantity: Money
    price: Money | None = Field(None, description="of one piece")


class OrderMilestone(Strict):
    """A date that the customer waits for. One that is here already is moved, or reached."""

    kind: Kind
    label: Line = Field("", max_length=60, description="of kind other: its name")
    planned_at: AwareDatetime
    actual_at: AwareDatetime | None = None
    reason: Line = Field("", max_length=500, description="of a moved date, in words for the customer")


class PutOrder(Strict):
    """An order as the shop or ERP has it. What is left out stays as it is here; lines replace those that are here."""

    customer: Who | None = Field(None, description="needed for a new order; of a known one it must be the same")
    placed_at: AwareDatetime | None = Field(None, description="left out of a new order: now")
    amount: Money | None = None
    currency: Currency | None = None
    payment_state: Payment | None = None
    state: State | None = Field(None, description="steps may be left out; none is taken back")
    state_at: AwareDatetime | None = Field(None, description="since when; left out: now")
    confirmed_at: AwareDatetime | None = Field(None, description="when the customer confirmed it")
    address: str | None = Field(None, max_length=400)
    owner: Login | None = Field(None, description="log-in name of whoever is responsible")
    lines: list[OrderLine] | None = Field(None, max_length=200)
    milestones: list[OrderMilestone] = Field(default=[], max_length=30)


class PutMilestone(Strict):
    planned_at: AwareDatetime
    actual_at: AwareDatetime | None = None
    label: Line = Field("", max_length=60, description="of kind other: its name")
    reason: Line = Field("", max_length=500, description="of a moved date, in words for the customer")


class NewException(Strict):
    """Something is not as ordered; the clock runs from its discovery."""

    kind: Literal["out_of_stock", "wrong_address", "customer_changed", "other"]
    note: Prose = Field(max_length=2000)
    found_at: AwareDatetime | None = Field(None, description="left out: now")


class MadeException(BaseModel):
    id: UUID


class ShownLine(BaseModel):
    model: str
    product: str | None = Field(description="its code in the catalogue")
    quantity: str
    price: str | None


class ShownMilestone(BaseModel):
    id: UUID
    kind: Kind
    label: str
    planned_at: datetime
    first_planned_at: datetime
    moved: int
    actual_at: datetime | None
    announced_at: datetime | None
    delay_told_at: datetime | None


class ShownException(BaseModel):
    id: UUID
    kind: str
    found_at: datetime
    option: str | None
    told_at: datetime | None


class Order(BaseModel):
    """The delivery address is masked."""

    id: UUID
    number: str
    source: str
    state: Literal["to_make", "making", "shipped", "to_sign", "signed", "completed", "exception", "cancelled"]
    payment_state: Payment
    amount: str
    currency: str
    queue: str
    owner: Named | None
    customer: Named
    address: str
    placed_at: datetime
    confirmed_at: datetime | None
    signed_at: datetime | None
    updated_at: datetime
    lines: list[ShownLine]
    milestones: list[ShownMilestone]
    exceptions: list[ShownException]
    version: int
