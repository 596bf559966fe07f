import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Hours agreed with a customer."""

    dependencies = [("calendars", "0004_first_editions"), ("customers", "0001_initial")]

    operations = [
        migrations.AddField(
            "customer",
            "calendar",
            models.ForeignKey(
                blank=True,
                help_text="hours agreed with this customer; without, those of his company",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="calendars.businesscalendar",
            ),
        )
    ]
