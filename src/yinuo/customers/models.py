"""One file per customer, person or company (R-CU-1), with identities that belong to one customer only (R-CU-2)."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from yinuo.calendars.models import BusinessCalendar
from yinuo.foundation.encryption import EncryptedJSON, EncryptedText
from yinuo.foundation.ids import new_id
from yinuo.staff.models import Account


class CustomerKind(models.TextChoices):
    PERSON = "person"
    COMPANY = "company"


class Customer(models.Model):
    """`name_tokens` are keyed digests of pairs of the name's characters: a name is found without being readable."""

    id = models.UUIDField(primary_key=True, default=new_id)
    kind = models.TextField(choices=CustomerKind.choices, default=CustomerKind.PERSON)
    name = EncryptedText()
    name_tokens = ArrayField(models.BigIntegerField(), default=list)
    company = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="contacts")
    tier = models.TextField(default="ordinary", help_text="key, ordinary, potential, member")
    stage = models.TextField(default="", blank=True, help_text="potential, interested, closed")
    source = models.TextField(default="", blank=True)
    tags = ArrayField(models.TextField(), default=list, blank=True)
    language = models.TextField(default="zh-hans")
    dedicated_agent = models.ForeignKey(Account, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    calendar = models.ForeignKey(
        BusinessCalendar, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        help_text="hours agreed with this customer; without, those of his company",
    )  # fmt: skip
    profile = EncryptedJSON()
    notes = EncryptedText(blank=True)
    created_at = models.DateTimeField()
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    version = models.IntegerField(default=1)

    class Meta:
        indexes = [
            GinIndex(fields=["name_tokens"], name="customer_name_tokens"),
            models.Index(fields=["-created_at"], name="customer_newest"),
        ]


class IdentityKind(models.TextChoices):
    EMAIL = "email"
    PHONE = "phone"
    WECHAT = "wechat"
    WECOM = "wecom"
    EXTERNAL = "external"


class Identity(models.Model):
    """A phone number, mail address or account name of one customer; `index` finds it, `value` is encrypted."""

    id = models.UUIDField(primary_key=True, default=new_id)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identities")
    kind = models.TextField(choices=IdentityKind.choices)
    value = EncryptedText()
    index = models.BinaryField()
    verified_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "index"], name="identity_once")]
