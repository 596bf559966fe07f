"""What the house stands on: history and its seals, done-marks, files, this installation."""

from django.db import models

from yinuo.foundation.encryption import EncryptedText
from yinuo.foundation.ids import new_id


class Installation(models.Model):
    """One row. `era` rises with each restore or change of cluster, since transaction ids begin anew there."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    key_check = models.BinaryField()
    system_identifier = models.BigIntegerField()
    era = models.IntegerField(default=1)
    made_at = models.DateTimeField()


class InForce(models.Model):
    """One row, whose `mark` changes with everything that `in_force` keeps."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    mark = models.UUIDField()


class HistoryRow(models.Model):
    """A fact that happened, written once (记录). Never updated, but that erasure empties `personal`.

    `digest` covers every other column in a canonical form in which personal values stand as salted digests
    (`personal_digests`); `xact_id` places the row in a seal.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    kind = models.TextField()
    at = models.DateTimeField(help_text="when it happened, not when it was noticed")
    recorded_at = models.DateTimeField()
    actor_kind = models.TextField()
    actor_id = models.UUIDField(null=True)
    actor_part = models.TextField(default="")
    subject_kind = models.TextField()
    subject_id = models.UUIDField()
    ticket_id = models.UUIDField(null=True)
    customer_id = models.UUIDField(null=True)
    values = models.JSONField(default=dict)
    personal = EncryptedText(null=True, default=None)
    personal_digests = models.JSONField(default=dict)
    digest = models.BinaryField()
    era = models.IntegerField()
    xact_id = models.BigIntegerField(
        db_default=models.Func(function="yinuo_xact_id", output_field=models.BigIntegerField())
    )

    class Meta:
        db_table = "foundation_history"
        indexes = [
            models.Index(
                fields=["ticket_id", "at"], name="history_ticket", condition=models.Q(ticket_id__isnull=False)
            ),
            models.Index(
                fields=["customer_id", "at"],
                name="history_customer",
                condition=models.Q(customer_id__isnull=False),
            ),
            models.Index(fields=["subject_id", "at"], name="history_subject"),
            models.Index(fields=["era", "xact_id", "id"], name="history_seal_order"),
        ]


class Seal(models.Model):
    """Covers the history rows of one era with `from_xact <= xact_id < to_xact`, all of them final."""

    id = models.BigIntegerField(primary_key=True)
    era = models.IntegerField()
    from_xact = models.BigIntegerField()
    to_xact = models.BigIntegerField()
    count = models.IntegerField()
    leaves = models.BinaryField(help_text="id and digest of each row, in order: names what was changed or removed")
    root = models.BinaryField()
    previous = models.BinaryField()
    digest = models.BinaryField()
    sealed_at = models.DateTimeField()


class HandlerMark(models.Model):
    """An AFTERWARDS handler has done its work for this history row; it will not do it twice."""

    event_id = models.UUIDField()
    handler = models.TextField()
    done_at = models.DateTimeField()
    pk = models.CompositePrimaryKey("event_id", "handler")


class StoredFile(models.Model):
    """A file kept whole and encrypted, in pieces. Never changed."""

    id = models.UUIDField(primary_key=True, default=new_id)
    digest = models.BinaryField(help_text="keyed digest of the content: equal for equal content, tells nothing")
    size = models.BigIntegerField(help_text="bytes")
    content_type = models.TextField(default="application/octet-stream")
    kept_at = models.DateTimeField()

    class Meta:
        db_table = "foundation_file"


class FilePiece(models.Model):
    file = models.ForeignKey(StoredFile, on_delete=models.CASCADE, related_name="pieces")
    number = models.IntegerField()
    sealed = models.BinaryField()
    pk = models.CompositePrimaryKey("file_id", "number")

    class Meta:
        db_table = "foundation_file_piece"


class JobFailure(models.Model):
    """The error of a job's last failed attempt, which the queue itself does not keep. `error` may quote values."""

    job_id = models.BigIntegerField(primary_key=True)
    error = EncryptedText()
    failed_at = models.DateTimeField()

    class Meta:
        db_table = "foundation_jobfailure"


class StreamEnd(models.Model):
    """Event streams of `holder` (`session:<digest>` …) opened by tokens made until `at` are closed for good."""

    holder = models.TextField(primary_key=True)
    at = models.DateTimeField()


class Heartbeat(models.Model):
    """When a part of the house (worker, sealer, alarm) last did its round."""

    part = models.TextField(primary_key=True)
    at = models.DateTimeField()


class SentForm(models.Model):
    """A form that was sent and carried out (`foundation.sent_forms`). `result` is an id or a number, or empty."""

    key = models.BinaryField(primary_key=True)
    result = models.TextField(default="")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="sent_form_age")]


class NumberDay(models.Model):
    """Where a series of numbers stood when a day began: numbers of the day are the sequence less `base`."""

    prefix = models.TextField()
    day = models.DateField()
    base = models.BigIntegerField()
    pk = models.CompositePrimaryKey("prefix", "day")

    class Meta:
        db_table = "tickets_numberday"
