from django.db import migrations, models


class Migration(migrations.Migration):
    """A customer's open promises are found without a scan, when other hours are agreed with him."""

    dependencies = [("sla", "0006_index_as_the_model_says")]

    operations = [
        migrations.AddIndex(
            "deadline",
            models.Index(
                condition=models.Q(state__in=["running", "paused"], customer_id__isnull=False),
                fields=["customer_id", "id"],
                name="deadline_customer_open",
            ),
        )
    ]
