"""One matter of one customer, from first contact to archive (R-CH-8)."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from yinuo.catalog.models import Category, Product
from yinuo.customers.models import Customer
from yinuo.foundation.encryption import EncryptedJSON, EncryptedText
from yinuo.foundation.ids import new_id
from yinuo.foundation.models import StoredFile
from yinuo.orders.models import Order
from yinuo.staff.models import Account, Team


class Status(models.TextChoices):
    """`new` nobody has taken it up; `open` in work; `waiting` for the customer; `solved` solution told;
    `confirmed` by the customer; `closed` visited and reviewed: archived."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    SOLVED = "solved"
    CONFIRMED = "confirmed"
    CLOSED = "closed"


OPEN_STATUSES = (Status.NEW, Status.OPEN, Status.WAITING)


class Ticket(models.Model):
    """`is_open` is false from `solved` on; `next_due_at` is the earliest due instant of its running promises."""

    id = models.UUIDField(primary_key=True, default=new_id)
    number = models.TextField(unique=True)
    scenario = models.TextField()
    ticket_class = models.TextField()
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="+")
    category_source = models.TextField(default="rules", help_text="rules, learned or person")
    category_confidence = models.FloatField(null=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="tickets")
    product = models.ForeignKey(Product, null=True, on_delete=models.PROTECT, related_name="+")
    channel = models.TextField()
    mailbox_id = models.UUIDField(null=True)
    subject = EncryptedText()
    language = models.TextField(default="zh-hans")
    status = models.TextField(choices=Status.choices, default=Status.NEW)
    is_open = models.BooleanField(default=True)
    urgency = models.TextField(default="normal", help_text="urgent, normal, low")
    impact = models.TextField(default="normal", help_text="high, normal, low")
    priority = models.SmallIntegerField(default=3, help_text="1 critical, 2 high, 3 normal, 4 low")
    complexity = models.TextField(default="normal")
    sentiment = models.TextField(default="neutral")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="tickets")
    owner = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="tickets")
    assignment = models.JSONField(default=dict, help_text="why this team and person: reasons of domain.routing")
    tier = models.SmallIntegerField(default=1)
    handovers = models.SmallIntegerField(default=0)
    round = models.SmallIntegerField(default=1)
    reopened = models.SmallIntegerField(default=0)
    opened_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    last_customer_at = models.DateTimeField(null=True)
    first_answered_at = models.DateTimeField(null=True)
    solved_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    score = models.SmallIntegerField(null=True)
    next_due_at = models.DateTimeField(null=True)
    next_due_kind = models.TextField(default="")
    next_warn_at = models.DateTimeField(null=True)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    link_hash = models.BinaryField(unique=True, null=True, help_text="SHA-256 of the customer's secret link")
    link_salt = models.BinaryField(null=True)
    link_expires_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)

    class Meta:
        indexes = [
            models.Index(
                fields=["team", "next_due_at", "id"],
                name="ticket_unowned",
                condition=models.Q(is_open=True, owner__isnull=True),
            ),
            models.Index(
                fields=["team", "status", "next_due_at", "id"],
                name="ticket_queue",
                condition=models.Q(is_open=True),
            ),
            models.Index(fields=["team", "-updated_at", "-id"], name="ticket_team_recent"),
            models.Index(
                fields=["owner", "next_due_at", "id"],
                name="ticket_mine",
                condition=models.Q(is_open=True),
            ),
            models.Index(fields=["owner", "-updated_at", "-id"], name="ticket_owner_recent"),
            models.Index(fields=["customer", "-opened_at"], name="ticket_customer"),
            models.Index(fields=["scenario", "-opened_at", "-id"], name="ticket_register"),
            models.Index(fields=["scenario", "team", "-opened_at", "-id"], name="ticket_register_team"),
            models.Index(fields=["-updated_at", "-id"], name="ticket_recent"),
        ]


class Direction(models.TextChoices):
    IN = "in"
    OUT = "out"
    INTERNAL = "internal"


class MessageState(models.TextChoices):
    """`held`: an automatic message not sent on purpose (loop guard, no address)."""

    RECEIVED = "received"
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"
    HELD = "held"


class Message(models.Model):
    """`text` is what is new in it, `full_text` the whole with quotes and signature where that differs.
    `envelope` holds from, to, cc, subject and the header ids. `unverified`: the sender is no participant."""

    id = models.UUIDField(primary_key=True, default=new_id)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="messages")
    direction = models.TextField(choices=Direction.choices)
    channel = models.TextField()
    account = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="+")
    text = EncryptedText()
    full_text = EncryptedText()
    html = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    envelope = EncryptedJSON()
    template = models.TextField(default="", help_text="of an automatic message")
    unverified = models.BooleanField(default=False)
    contact_id = models.UUIDField(null=True, unique=True, help_text="the raw contact it came from")
    at = models.DateTimeField()
    state = models.TextField(choices=MessageState.choices)
    state_at = models.DateTimeField()
    state_reason = models.TextField(default="")

    class Meta:
        indexes = [models.Index(fields=["ticket", "at"], name="message_ticket")]


class Attachment(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    filename = EncryptedText()
    content_type = models.TextField()
    size = models.BigIntegerField()
    content_id = models.TextField(default="")
    inline = models.BooleanField(default=False)


class Watch(models.Model):
    """Follows a ticket; may therefore see it. `reason`: chosen, mentioned, had_it, subtask."""

    id = models.UUIDField(primary_key=True, default=new_id)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="watches")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="watches")
    reason = models.TextField(default="chosen")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "account"], name="watch_once")]
        indexes = [models.Index(fields=["account", "-at", "-id"], name="watch_followed")]


class SearchRow(models.Model):
    """Character bigrams of one message (or of the subject: `source` is then the ticket's id), written by a job."""

    source_id = models.UUIDField()
    part = models.SmallIntegerField(default=0)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    opened_at = models.DateTimeField(help_text="when the ticket was opened")
    vector = SearchVectorField()
    pk = models.CompositePrimaryKey("source_id", "part")

    class Meta:
        db_table = "tickets_search"
        # New rows are gathered beside the index (512 kB, read with it at each search) and put into it together: entry
        # by entry they cost PostgreSQL eight times as much (3.1 ms and 0.4 ms of processor time a ticket).
        indexes = [GinIndex(fields=["vector"], name="search_vector", gin_pending_list_limit=512)]


class OrderLink(models.Model):
    """A ticket that is about an order of the same customer."""

    id = models.UUIDField(primary_key=True, default=new_id)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="order_links")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="ticket_links")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "order"], name="order_link_once")]
