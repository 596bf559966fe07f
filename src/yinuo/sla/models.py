"""Promises with a clock: policies, deadlines, timers (R-CH-2, R-CL-4)."""

from datetime import timedelta

from django.db import models

from yinuo.foundation.ids import new_id


class PolicyVersion(models.Model):
    """A published decision table of limits: never changed, only followed by the next version."""

    id = models.UUIDField(primary_key=True, default=new_id)
    code = models.TextField(help_text="policy, such as handbook")
    version = models.IntegerField()
    table = models.JSONField()
    published_at = models.DateTimeField(null=True)
    published_by_id = models.UUIDField(null=True)
    retired_at = models.DateTimeField(null=True)
    note = models.TextField(default="", blank=True, help_text="why, in the words of who published it")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "version"], name="policy_version_once")]


class PolicyDraft(models.Model):
    """The table of limits under work, saved with each edit; publishing makes the next `PolicyVersion` of it. There is
    one at a time (`slot`), so that two people never publish past each other."""

    id = models.UUIDField(primary_key=True, default=new_id)
    slot = models.SmallIntegerField(default=1, unique=True)
    based_on = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    code = models.TextField()
    table = models.JSONField()
    version = models.IntegerField(default=1)
    opened_at = models.DateTimeField()
    opened_by_id = models.UUIDField(null=True)
    changed_at = models.DateTimeField()
    changed_by_id = models.UUIDField(null=True)


class Recount(models.Model):
    """Open promises being dated anew, batch by batch, because limits, a calendar or official days changed. `cursor` is
    how far it has come; `looked` counts the promises seen, `moved` those that are due at another time now."""

    id = models.UUIDField(primary_key=True, default=new_id)
    cause = models.TextField(help_text="policies, calendar, official_days")
    about = models.TextField(help_text="id of the version or calendar; country and year")
    by_id = models.UUIDField(null=True)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    total = models.IntegerField(default=0)
    looked = models.IntegerField(default=0)
    moved = models.IntegerField(default=0)
    cursor = models.UUIDField(null=True)

    class Meta:
        indexes = [models.Index(fields=["cause", "about", "-began_at"], name="recount_about")]


class DeadlineState(models.TextChoices):
    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    CANCELLED = "cancelled"
    RANG = "rang"


class Deadline(models.Model):
    """A promise (or, `nature` = timer, a bell) about any subject. Breached is `breached_at`, an open promise
    stays `running` until it is kept, however late. `used` is the time used up to `resumed_at`, counted as the
    calendar's edition `edition_id` has it. `facts` are those a policy can ask about, as they stand: a new table can
    then be laid over it. `provisional`: the sum runs through a year whose official days are not published. Of a timer
    `started_at` is the instant it counts from and `target` how far, below zero for before."""

    id = models.UUIDField(primary_key=True, default=new_id)
    nature = models.TextField(default="promise")
    subject_kind = models.TextField()
    subject_id = models.UUIDField()
    kind = models.TextField()
    round = models.SmallIntegerField(default=1)
    ticket_id = models.UUIDField(null=True)
    customer_id = models.UUIDField(null=True)
    team_id = models.UUIDField(null=True)
    owner_id = models.UUIDField(null=True)
    policy_version = models.ForeignKey(
        PolicyVersion, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    policy_row = models.TextField(default="")
    clock = models.TextField()
    calendar_id = models.UUIDField(null=True)
    edition_id = models.UUIDField(null=True)
    target = models.DurationField(null=True)
    started_at = models.DateTimeField()
    resumed_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)
    used = models.DurationField(default=timedelta)
    due_at = models.DateTimeField()
    alarms = models.JSONField(default=list, help_text="still to come: [at, kind, key, tell]")
    next_alarm_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    state = models.TextField(choices=DeadlineState.choices, default=DeadlineState.RUNNING)
    provisional = models.BooleanField(default=False)
    facts = models.JSONField(default=dict)
    values = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_kind", "subject_id", "kind", "round"], name="deadline_once")
        ]
        indexes = [
            models.Index(
                fields=["next_alarm_at"],
                name="deadline_alarm",
                condition=models.Q(next_alarm_at__isnull=False),
            ),
            models.Index(fields=["ticket_id", "due_at"], name="deadline_ticket"),
            models.Index(
                fields=["owner_id", "due_at"],
                name="deadline_owner_day",
                condition=models.Q(state="running", nature="promise"),
            ),
            models.Index(
                fields=["team_id", "due_at"],
                name="deadline_team_day",
                condition=models.Q(state="running", nature="promise"),
            ),
            models.Index(
                fields=["calendar_id", "id"],
                name="deadline_calendar_open",
                condition=models.Q(state__in=["running", "paused"], calendar_id__isnull=False),
            ),
            models.Index(
                fields=["customer_id", "id"],
                name="deadline_customer_open",
                condition=models.Q(state__in=["running", "paused"], customer_id__isnull=False),
            ),
            models.Index(
                fields=["id"],
                name="deadline_policy_open",
                condition=models.Q(state__in=["running", "paused"], policy_version__isnull=False),
            ),
            models.Index(
                fields=["id"],
                name="deadline_counted_back",
                condition=models.Q(state="running", nature="promise", due_at__lte=models.F("started_at")),
            ),
        ]
