from django.db import migrations, models


class Migration(migrations.Migration):
    """The newest ended runs of a version, for the picture of where time goes."""

    dependencies = [("procedures", "0003_in_force")]

    operations = [
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                fields=["procedure", "-ended_at"],
                name="run_newest_ended",
                condition=models.Q(ended_at__isnull=False),
            ),
        )
    ]
