from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sla", "0004_policy_drafts")]

    operations = [
        migrations.RemoveIndex("deadline", "deadline_policy_open"),
        migrations.AddIndex(
            "deadline",
            models.Index(
                condition=models.Q(("state__in", ["running", "paused"]), ("policy_version__isnull", False)),
                fields=["id"],
                name="deadline_policy_open",
            ),
        ),
    ]
