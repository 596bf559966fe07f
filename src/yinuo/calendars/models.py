"""Business calendars: service hours, holidays, make-up workdays (R-CH-2, section 17)."""

from django.db import models

from yinuo.foundation.ids import new_id


class BusinessCalendar(models.Model):
    """`hours` maps `mon` … `sun` to lists of `["09:00", "12:00"]`; a night shift ends past 24:00,
    as `["22:00", "30:00"]`. `follows` names the country whose official days off and make-up days apply, or is empty."""

    id = models.UUIDField(primary_key=True, default=new_id)
    code = models.TextField(unique=True)
    name = models.TextField()
    zone = models.TextField(default="Asia/Shanghai")
    hours = models.JSONField(default=dict)
    follows = models.TextField(default="CN", blank=True)
    version = models.IntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class CalendarException(models.Model):
    """One date that differs from the week: no spans = closed; goes before official days."""

    id = models.UUIDField(primary_key=True, default=new_id)
    calendar = models.ForeignKey(BusinessCalendar, on_delete=models.CASCADE, related_name="exceptions")
    on = models.DateField()
    spans = models.JSONField(default=list)
    name = models.TextField(default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["calendar", "on"], name="one_exception_a_day")]


class OfficialYear(models.Model):
    """A year whose official notice is in the house; a year without such a row is not yet published."""

    id = models.UUIDField(primary_key=True, default=new_id)
    country = models.TextField(default="CN")
    year = models.SmallIntegerField()
    source = models.TextField(default="", help_text="where the table came from: package, file")
    taken_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["country", "year"], name="one_official_year")]


class OfficialDay(models.Model):
    """A day off or a make-up workday by official notice. `notice` is the year of that notice: one for 2027 may settle
    the last days of 2026 too."""

    id = models.UUIDField(primary_key=True, default=new_id)
    country = models.TextField(default="CN")
    on = models.DateField()
    is_working = models.BooleanField()
    name = models.TextField()
    notice = models.SmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["country", "on"], name="one_official_day")]


class CalendarEdition(models.Model):
    """Everything that decided a calendar's dates from one moment on, whole: never changed, only followed by the next.
    A deadline names the edition it counts on, so that the time it has used stays what it was (R-CL-4)."""

    id = models.UUIDField(primary_key=True, default=new_id)
    calendar = models.ForeignKey(BusinessCalendar, on_delete=models.CASCADE, related_name="editions")
    number = models.IntegerField(help_text="rises with each edition of a calendar")
    rules = models.JSONField(help_text="as `domain.worktime.Calendar.from_json` takes it")
    official = models.JSONField(default=dict, help_text="the official table by name: years and days")
    fingerprint = models.TextField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["calendar", "number"], name="one_edition_a_number")]
