from django.db import migrations, models


class Migration(migrations.Migration):
    """The index stands as it should; only the order in which its condition was written differed from the model's."""

    dependencies = [("sla", "0005_open_promises")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex("deadline", "deadline_policy_open"),
                migrations.AddIndex(
                    "deadline",
                    models.Index(
                        condition=models.Q(state__in=["running", "paused"], policy_version__isnull=False),
                        fields=["id"],
                        name="deadline_policy_open",
                    ),
                ),
            ]
        )
    ]
