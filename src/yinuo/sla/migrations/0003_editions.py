import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sla", "0002_in_force")]

    operations = [
        migrations.AddField("deadline", "edition_id", models.UUIDField(null=True)),
        migrations.AddField("deadline", "provisional", models.BooleanField(default=False)),
        migrations.AddField("deadline", "facts", models.JSONField(default=dict)),
        migrations.AlterField(
            "deadline",
            "policy_version",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="sla.policyversion",
            ),
        ),
        migrations.AddIndex(
            "deadline",
            models.Index(
                condition=models.Q(("state__in", ["running", "paused"]), ("calendar_id__isnull", False)),
                fields=["calendar_id", "id"],
                name="deadline_calendar_open",
            ),
        ),
        migrations.AddIndex(
            "deadline",
            models.Index(
                condition=models.Q(("state__in", ["running", "paused"]), ("policy_version__isnull", False)),
                fields=["policy_version", "id"],
                name="deadline_policy_open",
            ),
        ),
    ]
