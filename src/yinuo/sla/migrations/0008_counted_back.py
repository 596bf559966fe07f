from django.db import migrations, models


class Migration(migrations.Migration):
    """Promises counted back from an event are found without a scan, when the hours change in which they must be told."""

    dependencies = [("sla", "0007_open_by_customer")]

    operations = [
        migrations.AddIndex(
            "deadline",
            models.Index(
                condition=models.Q(state="running", nature="promise", due_at__lte=models.F("started_at")),
                fields=["id"],
                name="deadline_counted_back",
            ),
        )
    ]
