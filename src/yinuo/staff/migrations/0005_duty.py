import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import yinuo.foundation.ids


class Migration(migrations.Migration):
    dependencies = [("staff", "0004_tokens")]

    operations = [
        migrations.AddField(
            "team",
            "contact",
            models.ForeignKey(
                blank=True,
                help_text=(
                    "told of what breaks while nobody is on duty; without one, the team it escalates to has one"
                ),
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.CreateModel(
            name="Shift",
            fields=[
                ("id", models.UUIDField(default=yinuo.foundation.ids.new_id, primary_key=True, serialize=False)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shifts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["account", "ends_at"], name="shift_of_account")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="shift_has_time"
                    ),
                    models.UniqueConstraint(fields=("account", "starts_at"), name="shift_once"),
                ],
            },
        ),
    ]
