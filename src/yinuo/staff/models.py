"""Who works here: accounts, departments, teams, skills, roles (R-PE-1); the company itself; notices to people; the
tokens of programs."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models

from yinuo.calendars.models import BusinessCalendar
from yinuo.foundation.encryption import EncryptedText
from yinuo.foundation.ids import new_id


class Company(models.Model):
    """The one company of this installation. `pack` is the policy pack chosen at set-up."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    name = models.TextField()
    hotline = models.TextField(default="", blank=True)
    pack = models.TextField(default="handbook")
    is_demo = models.BooleanField(default=False)
    set_up_at = models.DateTimeField()
    version = models.IntegerField(default=1)


class Department(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id)
    code = models.TextField(unique=True)
    name = models.TextField()
    contact = models.ForeignKey("Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    version = models.IntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class Role(models.Model):
    """A role of the handbook with its rights (codes of `staff.rights`). `offered`: those that a handbook has given it
    so far, whether it still has them or not; None for a role made here, and for one older than this column."""

    id = models.UUIDField(primary_key=True, default=new_id)
    code = models.TextField(unique=True)
    name = models.TextField()
    name_en = models.TextField(default="", blank=True)
    tier = models.SmallIntegerField(null=True, blank=True, help_text="service tier 1 to 3 (R-CL-3)")
    rights = ArrayField(models.TextField(), default=list, blank=True)
    offered = ArrayField(models.TextField(), null=True, blank=True)
    version = models.IntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class Skill(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id)
    code = models.TextField(unique=True)
    name = models.TextField()
    version = models.IntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """A team is a queue: each ticket stands in exactly one."""

    id = models.UUIDField(primary_key=True, default=new_id)
    code = models.TextField(unique=True)
    name = models.TextField()
    department = models.ForeignKey(Department, null=True, blank=True, on_delete=models.PROTECT, related_name="teams")
    calendar = models.ForeignKey(BusinessCalendar, on_delete=models.PROTECT, related_name="+")
    scenarios = ArrayField(models.TextField(), default=list, blank=True, help_text="scenario codes it takes")
    roles = ArrayField(models.TextField(), default=list, blank=True, help_text="roles whose steps it takes")
    tier = models.SmallIntegerField(default=1)
    escalates_to = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    skills = models.ManyToManyField(Skill, blank=True, related_name="+")
    contact = models.ForeignKey(
        "Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text="told of what breaks while nobody is on duty; without one, the team it escalates to has one",
    )  # fmt: skip
    active = models.BooleanField(default=True)
    version = models.IntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class Presence(models.TextChoices):
    ONLINE = "online"
    BUSY = "busy"
    AWAY = "away"
    OFFLINE = "offline"


class AccountManager(BaseUserManager["Account"]):
    def get_by_natural_key(self, username: str | None) -> "Account":
        return self.get(username__iexact=username)


class Account(AbstractBaseUser):
    """A person who works here. `must_change_password` holds until the first own password."""

    id = models.UUIDField(primary_key=True, default=new_id)
    username = models.TextField(unique=True)
    name = models.TextField()
    staff_number = models.TextField(default="", blank=True)
    email = EncryptedText(blank=True)
    email_index = models.BinaryField(null=True, unique=True)
    department = models.ForeignKey(Department, null=True, blank=True, on_delete=models.PROTECT, related_name="accounts")
    roles = models.ManyToManyField(Role, related_name="accounts")
    skills = models.ManyToManyField(Skill, blank=True, related_name="accounts")
    languages = ArrayField(models.TextField(), default=list, blank=True, help_text="spoken with customers: zh, en …")
    language = models.TextField(default="zh-hans", help_text="of the screens")
    theme = models.TextField(default="auto")
    capacity = models.SmallIntegerField(default=20, help_text="open tickets at the same time")
    presence = models.TextField(choices=Presence.choices, default=Presence.OFFLINE)
    presence_at = models.DateTimeField(null=True)
    last_assigned_at = models.DateTimeField(null=True)
    signature = models.TextField(default="", blank=True)
    mail_notices = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    version = models.IntegerField(default=1)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]
    objects = AccountManager()

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name


class TeamMember(models.Model):
    """`is_lead`: supervises the team: told on breach, sees what the team sees."""

    id = models.UUIDField(primary_key=True, default=new_id)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="members")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="memberships")
    is_lead = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "account"], name="member_once")]


class Shift(models.Model):
    """Somebody is on duty from `starts_at` up to `ends_at` (排班). Who has no shift planned within a week around an
    instant is on duty in the hours of his teams' calendars."""

    id = models.UUIDField(primary_key=True, default=new_id)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="shifts")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="shift_has_time"),
            models.UniqueConstraint(fields=["account", "starts_at"], name="shift_once"),
        ]
        indexes = [models.Index(fields=["account", "ends_at"], name="shift_of_account")]


class Notice(models.Model):
    """Something an account should know: the bell, and by mail where wanted. Grouped: one a person, kind, subject
    and minute (`unique_key`), so that the same thing is told once."""

    id = models.UUIDField(primary_key=True, default=new_id)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="notices")
    kind = models.TextField()
    subject_kind = models.TextField()
    subject_id = models.UUIDField()
    ticket_id = models.UUIDField(null=True)
    values = models.JSONField(default=dict)
    unique_key = models.TextField()
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "unique_key"], name="told_once")]
        indexes = [
            models.Index(fields=["account", "-at"], name="notice_bell"),
            models.Index(fields=["account"], name="notice_unread", condition=models.Q(read_at__isnull=True)),
            models.Index(fields=["at"], name="notice_to_mail", condition=models.Q(mailed_at__isnull=True)),
        ]


class Token(models.Model):
    """What a program shows to be let in. The secret itself is shown once and kept nowhere: `digest` is its SHA-256
    (it has 192 random bits, so nothing slower is needed), `beginning` lets people tell tokens apart."""

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.TextField(help_text="the program that uses it")
    beginning = models.TextField()
    digest = models.BinaryField(unique=True)
    scopes = ArrayField(models.TextField(), default=list, help_text="codes of staff.scopes")
    every_queue = models.BooleanField(default=False)
    queues = models.ManyToManyField(Team, blank=True, related_name="+", help_text="those it may touch, if not every")
    per_minute = models.IntegerField(default=0, help_text="requests a minute in each web process; 0: no limit")
    made_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True, help_text="to the minute")
