"""Was it good? Surveys, answers, and improvements that close only on a proven effect (R-EN-1, R-QU-3)."""

from django.db import models

from yinuo.foundation.encryption import EncryptedText
from yinuo.foundation.ids import new_id
from yinuo.orders.models import Order
from yinuo.staff.models import Account
from yinuo.tickets.models import Ticket


class Survey(models.Model):
    """Asked once a ticket and round; `questions` are the scenario's own (section 15.8)."""

    id = models.UUIDField(primary_key=True, default=new_id)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="surveys")
    round = models.SmallIntegerField(default=1)
    questions = models.JSONField(default=list)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    way = models.TextField(default="portal", help_text="portal, phone …")
    score = models.SmallIntegerField(null=True)
    scores = models.JSONField(default=dict)
    comment = EncryptedText(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "round"], name="survey_once_a_round")]


class ImprovementState(models.TextChoices):
    OPEN = "open"
    PLANNED = "planned"
    PROVEN = "proven"


class Improvement(models.Model):
    """A closed loop: what went wrong → cause → action → effect proven. It comes of a ticket's survey, or of what the
    customer said about an order (R-EN-1); `score` is what was given then."""

    id = models.UUIDField(primary_key=True, default=new_id)
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.CASCADE, related_name="improvements")
    survey = models.OneToOneField(Survey, null=True, on_delete=models.PROTECT, related_name="improvement")
    order = models.OneToOneField(Order, null=True, on_delete=models.PROTECT, related_name="improvement")
    score = models.SmallIntegerField()
    state = models.TextField(choices=ImprovementState.choices, default=ImprovementState.OPEN)
    owner = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    cause = EncryptedText(blank=True)
    action = EncryptedText(blank=True)
    due_on = models.DateField(null=True)
    effect = EncryptedText(blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)

    class Meta:
        indexes = [models.Index(fields=["state", "-opened_at"], name="improvement_open")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ticket__isnull=False, survey__isnull=False, order__isnull=True)
                | models.Q(ticket__isnull=True, survey__isnull=True, order__isnull=False),
                name="improvement_of_one_thing",
            )
        ]

    @property
    def comment(self) -> str:
        """What the customer said with his score."""
        said = self.survey.comment if self.survey else self.order.feedback if self.order else ""
        return str(said)
