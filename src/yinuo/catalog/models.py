"""What a matter can be about: scenarios, the category tree, products (R-CL-1)."""

from django.db import models

from yinuo.foundation.ids import new_id


class Scenario(models.Model):
    """A scenario of the handbook: its number prefix (R-CH-8) and the procedure that runs it."""

    code = models.TextField(primary_key=True)
    name = models.TextField()
    name_en = models.TextField(default="")
    prefix = models.TextField(unique=True)
    procedure = models.TextField(help_text="code of the procedure that opens")
    position = models.SmallIntegerField(default=0)
    version = models.IntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class TicketClass(models.TextChoices):
    CONSULTATION = "consultation"
    SERVICE = "service"
    COMPLAINT = "complaint"


class Category(models.Model):
    """A node of the editable tree below the three top classes."""

    id = models.UUIDField(primary_key=True, default=new_id)
    code = models.TextField(unique=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    name = models.TextField()
    name_en = models.TextField(default="", blank=True)
    ticket_class = models.TextField(choices=TicketClass.choices)
    scenario = models.ForeignKey(Scenario, on_delete=models.PROTECT, related_name="categories")
    keywords = models.JSONField(default=list, help_text="own words of this desk, beside the built-in ones")
    team = models.ForeignKey("staff.Team", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    position = models.SmallIntegerField(default=0)
    active = models.BooleanField(default=True)
    version = models.IntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id)
    code = models.TextField(unique=True)
    name = models.TextField()
    model = models.TextField(default="", blank=True)
    brand = models.TextField(default="", blank=True)
    active = models.BooleanField(default=True)
    version = models.IntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class ProductNews(models.Model):
    """An issue of news that customers without an intent yet hear of monthly (R-PS-4); of one product, or for all."""

    id = models.UUIDField(primary_key=True, default=new_id)
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT, related_name="news")
    text = models.TextField()
    text_en = models.TextField(default="", blank=True)
    published_at = models.DateTimeField()
    published_by_id = models.UUIDField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-published_at", "-id"], name="news_newest")]
