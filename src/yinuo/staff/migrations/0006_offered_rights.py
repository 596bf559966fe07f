from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models
from django.db.models import F


def unchanged_roles_were_given_what_they_have(apps, schema_editor):
    apps.get_model("staff", "Role").objects.filter(version=1).update(offered=F("rights"))


class Migration(migrations.Migration):
    dependencies = [("staff", "0005_duty")]

    operations = [
        migrations.AddField("role", "offered", ArrayField(models.TextField(), blank=True, null=True)),
        migrations.RunPython(unchanged_roles_were_given_what_they_have, migrations.RunPython.noop),
    ]
