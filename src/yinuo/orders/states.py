"""What an order, its contract and its milestones can be, and what may follow what (R-OR-1 … R-OR-5, section 14.2)."""

from collections.abc import Mapping

from django.db import models
from django.utils.translation import pgettext_lazy


class OrderState(models.TextChoices):
    TO_MAKE = "to_make", pgettext_lazy("order", "To be made")
    MAKING = "making", pgettext_lazy("order", "In production")
    SHIPPED = "shipped", pgettext_lazy("order", "Shipped")
    TO_SIGN = "to_sign", pgettext_lazy("order", "To be signed for")
    SIGNED = "signed", pgettext_lazy("order", "Signed for")
    COMPLETED = "completed", pgettext_lazy("order", "Completed")
    EXCEPTION = "exception", pgettext_lazy("order", "Exception")
    CANCELLED = "cancelled", pgettext_lazy("order", "Cancelled")


class PaymentState(models.TextChoices):
    PAID = "paid", pgettext_lazy("payment", "Paid in full")
    PART_PAID = "part_paid", pgettext_lazy("payment", "Paid in part")
    UNPAID = "unpaid", pgettext_lazy("payment", "Not paid")
    REFUNDED = "refunded", pgettext_lazy("payment", "Refunded")


class ContractState(models.TextChoices):
    """`returned`: the review found something; `approved`: may be signed."""

    DRAFT = "draft", pgettext_lazy("contract", "Draft")
    IN_REVIEW = "in_review", pgettext_lazy("contract", "Under review")
    RETURNED = "returned", pgettext_lazy("contract", "Returned")
    APPROVED = "approved", pgettext_lazy("contract", "May be signed")
    SIGNED = "signed", pgettext_lazy("contract", "Signed")


class MilestoneKind(models.TextChoices):
    PRODUCTION = "production", pgettext_lazy("milestone", "Production")
    SHIPPING = "shipping", pgettext_lazy("milestone", "Shipping")
    INSTALLATION = "installation", pgettext_lazy("milestone", "Installation")
    SIGNING = "signing", pgettext_lazy("milestone", "Reminder to sign for it")
    OTHER = "other", pgettext_lazy("milestone", "Other milestone")


class ExceptionKind(models.TextChoices):
    OUT_OF_STOCK = "out_of_stock", pgettext_lazy("order exception", "Not in stock")
    WRONG_ADDRESS = "wrong_address", pgettext_lazy("order exception", "Wrong address")
    CUSTOMER_CHANGED = "customer_changed", pgettext_lazy("order exception", "Customer's details changed")
    OTHER = "other", pgettext_lazy("order exception", "Something else")


class ExceptionOption(models.TextChoices):
    REPLACE = "replace", pgettext_lazy("order exception", "Another product")
    READDRESS = "readdress", pgettext_lazy("order exception", "Another address")
    POSTPONE = "postpone", pgettext_lazy("order exception", "A later date")
    CANCEL = "cancel", pgettext_lazy("order exception", "Take the order back")
    OTHER = "other", pgettext_lazy("order exception", "Another way")


class Way(models.TextChoices):
    """How a customer was told something."""

    MAIL = "mail", pgettext_lazy("told by", "Mail")
    PHONE = "phone", pgettext_lazy("told by", "Phone")
    SMS = "sms", pgettext_lazy("told by", "Text message")
    OTHER = "other", pgettext_lazy("told by", "In another way")


COURSE = (
    OrderState.TO_MAKE,
    OrderState.MAKING,
    OrderState.SHIPPED,
    OrderState.TO_SIGN,
    OrderState.SIGNED,
    OrderState.COMPLETED,
)
"""The way of an order. A shop that tells of it once a day may leave some out."""

ENDED = (OrderState.COMPLETED, OrderState.CANCELLED)
AWAY = frozenset({OrderState.SHIPPED, OrderState.TO_SIGN, OrderState.SIGNED})
"""The goods have left the house: such an order is not cancelled any more but returned (after-sales)."""

FOLLOWS: Mapping[str, frozenset[str]] = {
    OrderState.TO_MAKE: frozenset({*COURSE[1:], OrderState.EXCEPTION, OrderState.CANCELLED}),
    OrderState.MAKING: frozenset({*COURSE[2:], OrderState.EXCEPTION, OrderState.CANCELLED}),
    OrderState.SHIPPED: frozenset({*COURSE[3:], OrderState.EXCEPTION}),
    OrderState.TO_SIGN: frozenset({*COURSE[4:], OrderState.EXCEPTION}),
    OrderState.SIGNED: frozenset({OrderState.COMPLETED, OrderState.EXCEPTION}),
    OrderState.EXCEPTION: frozenset({*COURSE[:-1], OrderState.CANCELLED}),
    OrderState.COMPLETED: frozenset(),
    OrderState.CANCELLED: frozenset(),
}
"""State → what may follow it."""

CONTRACT_FOLLOWS: Mapping[str, frozenset[str]] = {
    ContractState.DRAFT: frozenset({ContractState.IN_REVIEW}),
    ContractState.IN_REVIEW: frozenset({ContractState.APPROVED, ContractState.RETURNED}),
    ContractState.RETURNED: frozenset({ContractState.IN_REVIEW}),
    ContractState.APPROVED: frozenset({ContractState.SIGNED}),
    ContractState.SIGNED: frozenset(),
}
EDITABLE = frozenset({ContractState.DRAFT, ContractState.RETURNED})


def may_follow(state: str, to: str) -> bool:
    return to in FOLLOWS[state]


def next_states(state: str) -> list[str]:
    """What a person may choose after `state`, in the order of the course; an exception has a form of its own."""
    return [one for one in OrderState.values if one in FOLLOWS[state] and one != OrderState.EXCEPTION]
