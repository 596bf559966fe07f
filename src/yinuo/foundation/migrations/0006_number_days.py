from django.db import migrations, models


class Migration(migrations.Migration):
    """The table that tickets made for their number series; see tickets 0006."""

    dependencies = [("foundation", "0005_sent_forms"), ("tickets", "0004_search_gathers")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="NumberDay",
                    fields=[
                        ("prefix", models.TextField()),
                        ("day", models.DateField()),
                        ("base", models.BigIntegerField()),
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "prefix", "day", blank=True, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                    ],
                    options={"db_table": "tickets_numberday"},
                )
            ]
        )
    ]
