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


class OfficialDay(models.Model):
    """A day off or a make-up workday by official notice. A year without any row is not yet published."""

    id = models.UUIDField(primary_key=True, default=new_id)
    country = models.TextField(default="CN")
    on = models.DateField()
    is_working = models.BooleanField()
    name = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["country", "on"], name="one_official_day")]
