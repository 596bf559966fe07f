import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial"), ("quality", "0003_alter_improvement_state")]

    operations = [
        migrations.AddField("improvement", "score", models.SmallIntegerField(null=True)),
        migrations.RunSQL(
            "UPDATE quality_improvement i SET score = s.score FROM quality_survey s WHERE s.id = i.survey_id",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField("improvement", "score", models.SmallIntegerField()),
        migrations.AddField(
            "improvement",
            "order",
            models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="improvement", to="orders.order"
            ),
        ),
        migrations.AlterField(
            "improvement",
            "ticket",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="improvements", to="tickets.ticket"
            ),
        ),
        migrations.AlterField(
            "improvement",
            "survey",
            models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="improvement", to="quality.survey"
            ),
        ),
        migrations.AddConstraint(
            "improvement",
            models.CheckConstraint(
                condition=models.Q(ticket__isnull=False, survey__isnull=False, order__isnull=True)
                | models.Q(ticket__isnull=True, survey__isnull=True, order__isnull=False),
                name="improvement_of_one_thing",
            ),
        ),
    ]
