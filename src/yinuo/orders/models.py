"""What customers have ordered, with what is promised on the way to them (R-OR-1 … R-OR-7)."""

from django.db import models

from yinuo.catalog.models import Product
from yinuo.customers.models import Customer
from yinuo.foundation.encryption import EncryptedText
from yinuo.foundation.ids import new_id
from yinuo.foundation.models import StoredFile
from yinuo.orders.states import (
    ContractState,
    ExceptionKind,
    ExceptionOption,
    MilestoneKind,
    OrderState,
    PaymentState,
)
from yinuo.staff.models import Account, Team


class Order(models.Model):
    """`number` is the shop's or ERP's, or ours. `next_milestone_at` is the earliest planned instant of what has not
    happened yet; `before_exception` the state to which it goes back. `report_every`: how often the customer of a long
    order hears how it goes (R-OR-7)."""

    id = models.UUIDField(primary_key=True, default=new_id)
    number = models.TextField(unique=True)
    source = models.TextField(help_text="desk, file, or the name that another program gives itself")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="orders")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    amount = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    currency = models.TextField(default="CNY")
    payment_state = models.TextField(choices=PaymentState.choices, default=PaymentState.UNPAID)
    state = models.TextField(choices=OrderState.choices, default=OrderState.TO_MAKE)
    before_exception = models.TextField(default="", blank=True)
    is_open = models.BooleanField(default=True)
    address = EncryptedText(blank=True)
    note = EncryptedText(blank=True)
    placed_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    next_milestone_at = models.DateTimeField(null=True)
    report_every = models.DurationField(null=True)
    next_report_at = models.DateTimeField(null=True)
    satisfaction = models.SmallIntegerField(null=True)
    goods_intact = models.BooleanField(null=True)
    on_time = models.BooleanField(null=True)
    feedback = EncryptedText(blank=True)
    answered_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()
    version = models.IntegerField(default=1)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_milestone_at", "id"], name="order_open", condition=models.Q(is_open=True)
            ),
            models.Index(fields=["state", "next_milestone_at", "id"], name="order_state"),
            models.Index(
                fields=["owner", "next_milestone_at", "id"], name="order_mine", condition=models.Q(is_open=True)
            ),
            models.Index(fields=["customer", "-placed_at", "-id"], name="order_customer"),
            models.Index(fields=["-placed_at", "-id"], name="order_newest"),
            models.Index(fields=["team", "-placed_at", "-id"], name="order_register_team"),
        ]  # fmt: skip


class OrderLine(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    position = models.SmallIntegerField()
    product = models.ForeignKey(Product, null=True, on_delete=models.PROTECT, related_name="+")
    model_text = models.TextField()
    quantity = models.DecimalField(max_digits=12, decimal_places=2)
    price = models.DecimalField(max_digits=14, decimal_places=2, null=True, help_text="of one piece")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "position"], name="order_line_once")]


class Contract(models.Model):
    """Both sides' rights and duties, judged by somebody else before anybody signs (R-OR-2)."""

    id = models.UUIDField(primary_key=True, default=new_id)
    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="contract")
    number = models.TextField()
    state = models.TextField(choices=ContractState.choices, default=ContractState.DRAFT)
    our_duties = EncryptedText(blank=True)
    their_duties = EncryptedText(blank=True)
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    filename = EncryptedText(blank=True)
    written_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    lawful = models.BooleanField(null=True)
    compliant = models.BooleanField(null=True)
    fair = models.BooleanField(null=True)
    review_note = EncryptedText(blank=True)
    reviewed_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)


class Milestone(models.Model):
    """A date that the customer waits for. `first_planned_at` is what was said first, `moved` how often it was moved
    since; `announced_at` and `delay_told_at` belong to the date as it stands."""

    id = models.UUIDField(primary_key=True, default=new_id)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="milestones")
    kind = models.TextField(choices=MilestoneKind.choices)
    label = models.TextField(default="", blank=True, help_text="of another kind")
    planned_at = models.DateTimeField()
    first_planned_at = models.DateTimeField()
    moved = models.SmallIntegerField(default=0)
    moved_reason = EncryptedText(blank=True)
    actual_at = models.DateTimeField(null=True)
    announced_at = models.DateTimeField(null=True)
    delay_told_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "kind", "label"], name="milestone_once", condition=models.Q(dropped_at__isnull=True)
            )
        ]

    @property
    def is_open(self) -> bool:
        return self.actual_at is None and self.dropped_at is None


class OrderException(models.Model):
    """Something is not as ordered: found, taken up, settled with the customer, its result told (R-OR-5)."""

    id = models.UUIDField(primary_key=True, default=new_id)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="exceptions")
    kind = models.TextField(choices=ExceptionKind.choices)
    note = EncryptedText(blank=True)
    found_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    option = models.TextField(choices=ExceptionOption.choices, default="", blank=True)
    plan = EncryptedText(blank=True)
    planned_at = models.DateTimeField(null=True)
    result = EncryptedText(blank=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["order", "found_at"], name="order_exception")]

    @property
    def is_open(self) -> bool:
        return self.told_at is None
