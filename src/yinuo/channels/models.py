"""Contacts kept raw first, and the ways out (R-CH-1)."""

from django.db import models

from yinuo.foundation.clock import now
from yinuo.foundation.encryption import EncryptedJSON, EncryptedText
from yinuo.foundation.ids import new_id
from yinuo.foundation.models import StoredFile
from yinuo.staff.models import Team


class Mailbox(models.Model):
    """A service address. Mail comes by IMAP (`imap_host` set) or by the SMTP/LMTP door, leaves by SMTP."""

    id = models.UUIDField(primary_key=True, default=new_id)
    address = models.TextField(unique=True, help_text="the company's own published address, not a person's")
    name = models.TextField(default="", help_text="shown as the sender")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+", help_text="takes what no rule routes")
    imap_host = models.TextField(default="", blank=True)
    imap_port = models.IntegerField(default=993)
    imap_security = models.TextField(default="tls", help_text="tls, starttls, none (loopback only)")
    imap_folder = models.TextField(default="INBOX")
    smtp_host = models.TextField(default="", blank=True)
    smtp_port = models.IntegerField(default=465)
    smtp_security = models.TextField(default="tls")
    username = EncryptedText(blank=True)
    password = EncryptedText(blank=True)
    signature = models.TextField(default="", blank=True)
    transport = models.TextField(default="smtp", help_text="smtp, or folder: written to DATA/outbox (the demo)")
    plus_addressing = models.BooleanField(
        default=False, help_text="the server delivers name+token@domain to name@domain: replies carry a token"
    )
    active = models.BooleanField(default=True)
    since = models.DateTimeField(default=now, help_text="mail that arrived earlier is left alone")
    uid_validity = models.BigIntegerField(null=True)
    last_uid = models.BigIntegerField(default=0)
    checked_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    failure = models.TextField(default="", help_text="code of what is wrong: unreachable, refused, log_in …")
    send_failing_since = models.DateTimeField(null=True)
    send_failure = models.TextField(default="")
    version = models.IntegerField(default=1)


class WebForm(models.Model):
    """A form on the public pages, at `/form/<code>`. `topics`: what a customer may choose, in order, each with
    `category` (the code of a category), `title` and `title_en` (empty: the category's own names). `sites`: origins
    whose pages may show it in a frame, as `https://shop.example`."""

    id = models.UUIDField(primary_key=True, default=new_id)
    code = models.TextField(unique=True)
    title = models.TextField()
    title_en = models.TextField(default="", blank=True)
    intro = models.TextField(default="", blank=True)
    intro_en = models.TextField(default="", blank=True)
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="none: the topic's own"
    )
    topics = models.JSONField(default=list)
    sites = models.JSONField(default=list)
    active = models.BooleanField(default=True)
    version = models.IntegerField(default=1)


class ContactState(models.TextChoices):
    """`kept` raw and not yet understood; `quarantined` waits for a person; `filtered` needs no ticket."""

    KEPT = "kept"
    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    FILTERED = "filtered"
    QUARANTINED = "quarantined"
    DISCARDED = "discarded"


class Contact(models.Model):
    """Something that came by a channel. `source_key` is unique: the same arrival is kept once."""

    id = models.UUIDField(primary_key=True, default=new_id)
    channel = models.TextField()
    mailbox = models.ForeignKey(Mailbox, null=True, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(
        Team,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="whose quarantine, where no mailbox says so",
    )
    source_key = models.TextField(unique=True)
    raw = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    state = models.TextField(choices=ContactState.choices, default=ContactState.KEPT)
    kind = models.TextField(default="", help_text="message, bounce, auto_reply, loop, unreadable")
    reason = models.TextField(default="")
    fingerprint = models.BinaryField(null=True, help_text="blind index of Message-ID, sender and body digest")
    sender_index = models.BinaryField(null=True)
    summary = EncryptedJSON(help_text="sender, subject and beginning, for the quarantine page")
    ticket_id = models.UUIDField(null=True)
    message_id = models.UUIDField(null=True)
    arrived_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["fingerprint"],
                name="contact_fingerprint",
                condition=models.Q(fingerprint__isnull=False),
            ),
            models.Index(fields=["sender_index", "arrived_at"], name="contact_sender"),
            models.Index(
                fields=["arrived_at"],
                name="contact_waiting",
                condition=models.Q(state__in=["kept", "quarantined"]),
            ),
            models.Index(fields=["ticket_id"], name="contact_ticket"),
        ]


class DeliveryState(models.TextChoices):
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"


class Delivery(models.Model):
    """One outgoing mail. Sent at least once, always under the same Message-ID (made from `id`)."""

    id = models.UUIDField(primary_key=True, default=new_id)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="+")
    ticket_id = models.UUIDField(null=True)
    message_id = models.UUIDField(null=True, unique=True, help_text="tickets.Message it carries")
    notice_id = models.UUIDField(null=True, unique=True, help_text="staff.Notice it carries")
    recipients = EncryptedJSON(default=list)
    settled = EncryptedJSON(help_text="by recipient: empty where the server took it, else why it never will")
    header_id = models.TextField(unique=True, help_text="Message-ID")
    raw = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    automatic = models.BooleanField(default=False)
    state = models.TextField(choices=DeliveryState.choices, default=DeliveryState.QUEUED)
    attempts = models.SmallIntegerField(default=0)
    reason = models.TextField(default="")
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["mailbox", "queued_at"],
                name="delivery_open",
                condition=models.Q(state__in=["queued", "failed"]),
            ),
            models.Index(fields=["ticket_id"], name="delivery_ticket"),
        ]


class BlockedSender(models.Model):
    """Mail from here is kept and filtered, never answered."""

    id = models.UUIDField(primary_key=True, default=new_id)
    index = models.BinaryField(unique=True, help_text="blind index of the address, or of the domain")
    shown = EncryptedText()
    added_at = models.DateTimeField()


class AutomaticReply(models.Model):
    """When a sender was last sent automatic mail: at most a few an hour (loop guard)."""

    id = models.UUIDField(primary_key=True, default=new_id)
    recipient_index = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["recipient_index", "at"], name="automatic_reply_recent")]
