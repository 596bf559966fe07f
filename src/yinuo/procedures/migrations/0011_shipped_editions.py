import django.db.models.deletion
from django.db import migrations, models

import yinuo.foundation.ids


def edition() -> models.ForeignKey:
    return models.ForeignKey(
        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="procedures.shippededition"
    )


class Migration(migrations.Migration):
    dependencies = [("procedures", "0010_lead_pool")]

    operations = [
        migrations.CreateModel(
            name="ShippedEdition",
            fields=[
                ("id", models.UUIDField(default=yinuo.foundation.ids.new_id, primary_key=True, serialize=False)),
                ("code", models.TextField()),
                ("digest", models.TextField()),
                ("body", models.JSONField()),
                ("noted_at", models.DateTimeField()),
                ("hidden_at", models.DateTimeField(null=True)),
                ("hidden_by_id", models.UUIDField(null=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("code", "digest"), name="shipped_edition_once")],
            },
        ),
        migrations.AddField("proceduredraft", "edition", edition()),
        migrations.AddField("procedureversion", "edition", edition()),
    ]
