"""Procedures as versioned data, and tickets going through them (R-AS-1 … 4, section 3)."""

from django.db import models

from yinuo.foundation.encryption import EncryptedJSON, EncryptedText
from yinuo.foundation.ids import new_id
from yinuo.foundation.models import StoredFile
from yinuo.staff.models import Account, Team
from yinuo.tickets.models import Message, Ticket


class ShippedEdition(models.Model):
    """A procedure as a release ships it, which this house took, or about which it wants to hear no more
    (`hidden_at`). `digest` is that of the body, `procedures.shipped.digest_of`."""

    id = models.UUIDField(primary_key=True, default=new_id)
    code = models.TextField()
    digest = models.TextField()
    body = models.JSONField()
    noted_at = models.DateTimeField()
    hidden_at = models.DateTimeField(null=True)
    hidden_by_id = models.UUIDField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "digest"], name="shipped_edition_once")]


class ProcedureVersion(models.Model):
    """Published: immutable. A run finishes on the version it began with. `published_by_id` is who reviewed it;
    `author_ids` are those who wrote it, `draft_id` the draft that it was, under which its review is kept. Both are
    empty where it came with a handbook. `edition` is the shipped one that it is, or was made of; empty: not known."""

    id = models.UUIDField(primary_key=True, default=new_id)
    code = models.TextField()
    version = models.IntegerField()
    body = models.JSONField()
    published_at = models.DateTimeField(null=True)
    published_by_id = models.UUIDField(null=True)
    retired_at = models.DateTimeField(null=True)
    note = models.TextField(default="", blank=True, help_text="why, in the words of who wrote it")
    draft_id = models.UUIDField(null=True)
    author_ids = models.JSONField(default=list)
    edition = models.ForeignKey(ShippedEdition, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "version"], name="procedure_version_once")]


class DraftState(models.TextChoices):
    WRITING = "writing"
    REVIEW = "review"


class ProcedureDraft(models.Model):
    """A procedure under work, saved with each edit; one at a time for each procedure. Whoever edited it is an author
    and cannot review it. `based_on` is empty for a procedure that is new in this house. `edition`: as of a version."""

    id = models.UUIDField(primary_key=True, default=new_id)
    code = models.TextField(unique=True)
    based_on = models.ForeignKey(ProcedureVersion, null=True, on_delete=models.PROTECT, related_name="+")
    edition = models.ForeignKey(ShippedEdition, null=True, on_delete=models.PROTECT, related_name="+")
    body = models.JSONField()
    state = models.TextField(choices=DraftState.choices, default=DraftState.WRITING)
    note = models.TextField(default="", blank=True)
    author_ids = models.JSONField(default=list)
    version = models.IntegerField(default=1)
    opened_at = models.DateTimeField()
    opened_by_id = models.UUIDField(null=True)
    changed_at = models.DateTimeField()
    changed_by_id = models.UUIDField(null=True)


class ReviewAct(models.TextChoices):
    COMMENT = "comment"
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    SENT_BACK = "sent_back"
    PUBLISHED = "published"


class ReviewEntry(models.Model):
    """What was said and done about a draft; it stays when the draft has become a version. `place` is the step meant."""

    id = models.UUIDField(primary_key=True, default=new_id)
    draft_id = models.UUIDField()
    act = models.TextField(choices=ReviewAct.choices, default=ReviewAct.COMMENT)
    place = models.TextField(default="", blank=True)
    text = EncryptedText()
    at = models.DateTimeField()
    by_id = models.UUIDField(null=True)

    class Meta:
        indexes = [models.Index(fields=["draft_id", "at"], name="review_of_draft")]


class Run(models.Model):
    """One ticket going through one procedure version; `state` is `domain.procedure.RunState` as JSON. `moves`: the
    versions it followed before, each as `[version id, until]`."""

    id = models.UUIDField(primary_key=True, default=new_id)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="runs")
    procedure = models.ForeignKey(ProcedureVersion, on_delete=models.PROTECT, related_name="+")
    state = EncryptedJSON()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)
    moves = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"], condition=models.Q(ended_at__isnull=True), name="one_run_at_a_time"
            )
        ]
        indexes = [
            models.Index(
                fields=["procedure", "-ended_at"], name="run_newest_ended", condition=models.Q(ended_at__isnull=False)
            )
        ]


class StepState(models.TextChoices):
    ACTIVE = "active"
    DONE = "done"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


ANSWER_KINDS = ("channel_answer", "first_answer")
"""The promises that an answer to the customer keeps, in writing or by word of mouth."""
LEADS = "leads"
"""The topic of the lead pool, for pages that show it."""
IN_POOL = models.Q(state="active", pool=True)


class Step(models.Model):
    """One step of a run in one round and branch, with the form as it was filled in. `pool`: its definition says that
    who waits here is a lead."""

    id = models.UUIDField(primary_key=True, default=new_id)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="steps")
    key = models.TextField()
    round = models.SmallIntegerField(default=1)
    branch = models.TextField(default="")
    pool = models.BooleanField(default=False)
    role = models.TextField()
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="steps")
    state = models.TextField(choices=StepState.choices, default=StepState.ACTIVE)
    form = EncryptedJSON()
    outcome = models.TextField(default="")
    started_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "key", "round", "branch"],
                condition=models.Q(state="active"),
                name="step_active_once",
            )
        ]
        indexes = [
            models.Index(fields=["ticket", "started_at"], name="step_ticket"),
            models.Index(fields=["owner"], name="step_owner_active", condition=models.Q(state="active")),
            models.Index(fields=["team", "-started_at", "-id"], name="lead_pool_team", condition=IN_POOL),
            models.Index(fields=["owner", "-started_at", "-id"], name="lead_pool_owner", condition=IN_POOL),
            models.Index(fields=["-started_at", "-id"], name="lead_pool_all", condition=IN_POOL),
        ]


class SubtaskState(models.TextChoices):
    """`offered` waits for somebody of the department; `declined` came back without a result."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DONE = "done"
    DECLINED = "declined"
    CANCELLED = "cancelled"


class Subtask(models.Model):
    """A task for another department about a ticket, with its own limits: `limit` and `accept` are kinds of promises,
    whose subject it is. `number`, `key` and `step` are those of the run, where the definition opened it; by hand it has
    none. The result is an internal note of the ticket. `round` counts how often it was sent back."""

    id = models.UUIDField(primary_key=True, default=new_id)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="subtasks")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="subtasks")
    number = models.SmallIntegerField(null=True)
    key = models.TextField(default="", blank=True)
    step = models.TextField(default="", blank=True)
    title = EncryptedText()
    task = EncryptedText()
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    opened_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    state = models.TextField(choices=SubtaskState.choices, default=SubtaskState.OFFERED)
    wait = models.TextField(default="", blank=True)
    round = models.SmallIntegerField(default=1)
    limit = models.TextField(default="", blank=True)
    accept = models.TextField(default="", blank=True)
    accepted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    result = models.ForeignKey(Message, null=True, on_delete=models.PROTECT, related_name="+")
    reason = EncryptedText()
    version = models.IntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="subtask_number_once")]
        indexes = [
            models.Index(fields=["ticket", "opened_at"], name="subtask_ticket"),
            models.Index(
                fields=["team"], name="subtask_team_open", condition=models.Q(state__in=["offered", "accepted"])
            ),
            models.Index(fields=["owner"], name="subtask_owner_open", condition=models.Q(state="accepted")),
        ]


class Document(models.Model):
    """A document of the handbook as it stood at one time: each change of what is printed is a version of its own.
    `sheet` is `domain.documents.Sheet` as JSON, whole; the file is printed with contact data hidden. `failed` is the
    code of why there is no file."""

    id = models.UUIDField(primary_key=True, default=new_id)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="documents")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="documents")
    key = models.TextField()
    step = models.TextField(help_text="which puts it out")
    round = models.SmallIntegerField()
    version = models.SmallIntegerField()
    sheet = EncryptedJSON()
    made_at = models.DateTimeField()
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    failed = models.TextField(default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "key", "round", "version"], name="document_version_once")]
        indexes = [models.Index(fields=["ticket", "made_at"], name="document_ticket")]


class ExportState(models.TextChoices):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    FORGOTTEN = "forgotten"


class RegisterExport(models.Model):
    """A register somebody asked for as a file. `filters` is `registers.walk.Filters` as JSON, with the teams that the
    person might see when asking."""

    id = models.UUIDField(primary_key=True, default=new_id)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    register = models.TextField()
    filters = models.JSONField()
    language = models.TextField()
    unmasked = models.BooleanField(default=False)
    asked_at = models.DateTimeField()
    state = models.TextField(choices=ExportState.choices, default=ExportState.WAITING)
    rows = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["account", "-asked_at"], name="export_account"),
            models.Index(fields=["done_at"], name="export_kept", condition=models.Q(file__isnull=False)),
        ]


class Evidence(models.Model):
    """The evidence file of a ticket, for who asked for it. `draft` holds what was gathered until history is sealed;
    `gathered_id` is the history row with the digest of its content."""

    id = models.UUIDField(primary_key=True, default=new_id)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="evidence")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.TextField(choices=ExportState.choices, default=ExportState.WAITING)
    gathered_id = models.UUIDField(null=True)
    draft = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["ticket", "-asked_at"], name="evidence_ticket"),
            models.Index(fields=["done_at"], name="evidence_kept", condition=models.Q(file__isnull=False)),
        ]


class HandbookVersion(models.Model):
    """The parts of a policy pack that are neither policies nor procedures: message templates, surveys, the priority
    matrix. Published: immutable."""

    id = models.UUIDField(primary_key=True, default=new_id)
    code = models.TextField()
    version = models.IntegerField()
    parts = models.JSONField()
    published_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "version"], name="handbook_version_once")]
