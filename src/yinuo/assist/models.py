"""What the machine suggested and what a person decided (R-CL-1, R-AI-2)."""

from django.db import models

from yinuo.foundation.ids import new_id
from yinuo.foundation.models import StoredFile


class Suggestion(models.Model):
    """The class suggested for a ticket; `decided` is what stands in the end, so that accuracy is measured."""

    ticket_id = models.UUIDField(primary_key=True)
    source = models.TextField()
    category = models.TextField()
    confidence = models.FloatField()
    suggested_at = models.DateTimeField()
    decided = models.TextField(default="")
    decided_at = models.DateTimeField(null=True)
    decided_by_id = models.UUIDField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["decided_at"], name="suggestion_decided", condition=models.Q(decided_at__isnull=False))
        ]


class LearnedModel(models.Model):
    """A trained classifier as arrays (never a pickle) with the figures that let it be used or not."""

    id = models.UUIDField(primary_key=True, default=new_id)
    trained_at = models.DateTimeField()
    arrays = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    samples = models.IntegerField()
    held_out = models.IntegerField()
    accuracy = models.FloatField()
    rules_accuracy = models.FloatField()
    in_use = models.BooleanField(default=False)
