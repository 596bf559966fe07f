"""What stands here already as the first edition of each calendar, and the years of which days stand here."""

from django.db import migrations

from yinuo.foundation.clock import now


def make_first_editions(apps, schema_editor):
    BusinessCalendar, CalendarEdition, CalendarException, OfficialDay, OfficialYear = (
        apps.get_model("calendars", name)
        for name in ("BusinessCalendar", "CalendarEdition", "CalendarException", "OfficialDay", "OfficialYear")
    )
    at = now()
    for country, year in sorted(set(OfficialDay.objects.values_list("country", "notice"))):
        OfficialYear.objects.create(country=country, year=year, source="package", taken_at=at)
    for row in BusinessCalendar.objects.order_by("id"):
        exceptions = CalendarException.objects.filter(calendar=row).order_by("on")
        rules = {
            "tz": row.zone,
            "hours": row.hours,
            "holidays": [],
            "overrides": {one.on.isoformat(): {"spans": one.spans, "name": one.name} for one in exceptions},
        }
        official = {}
        if row.follows:
            rules["official"] = row.follows.lower()
            days = OfficialDay.objects.filter(country=row.follows).order_by("on")
            years = OfficialYear.objects.filter(country=row.follows).order_by("year")
            official[row.follows.lower()] = {
                "years": list(years.values_list("year", flat=True)),
                "days": [[one.on.isoformat(), one.is_working, one.name] for one in days],
            }
        CalendarEdition.objects.create(
            calendar=row,
            number=1,
            rules=rules,
            official=official,
            fingerprint="",  # of an unknown one the next differs
            made_at=at,
        )


class Migration(migrations.Migration):
    dependencies = [("calendars", "0003_editions")]

    operations = [migrations.RunPython(make_first_editions, migrations.RunPython.noop)]
