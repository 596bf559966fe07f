import django.db.models.deletion
from django.db import migrations, models

import yinuo.foundation.ids
from yinuo.foundation.in_force import watched


class Migration(migrations.Migration):
    dependencies = [("calendars", "0002_in_force")]

    operations = [
        migrations.CreateModel(
            name="CalendarEdition",
            fields=[
                ("id", models.UUIDField(default=yinuo.foundation.ids.new_id, primary_key=True, serialize=False)),
                ("number", models.IntegerField(help_text="rises with each edition of a calendar")),
                ("rules", models.JSONField(help_text="as `domain.worktime.Calendar.from_json` takes it")),
                ("official", models.JSONField(default=dict, help_text="the official table by name: years and days")),
                ("fingerprint", models.TextField()),
                ("made_at", models.DateTimeField()),
                (
                    "calendar",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="editions",
                        to="calendars.businesscalendar",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("calendar", "number"), name="one_edition_a_number"),
                ],
            },
        ),
        migrations.CreateModel(
            name="OfficialYear",
            fields=[
                ("id", models.UUIDField(default=yinuo.foundation.ids.new_id, primary_key=True, serialize=False)),
                ("country", models.TextField(default="CN")),
                ("year", models.SmallIntegerField()),
                ("source", models.TextField(default="", help_text="where the table came from: package, file")),
                ("taken_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("country", "year"), name="one_official_year")],
            },
        ),
        migrations.AddField("OfficialDay", "notice", models.SmallIntegerField(null=True)),
        migrations.RunSQL('UPDATE calendars_officialday SET notice = extract(year FROM "on")', migrations.RunSQL.noop),
        migrations.AlterField("OfficialDay", "notice", models.SmallIntegerField()),
        watched("calendars_officialyear"),
    ]
