from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("staff", "0005_duty")]

    operations = [
        migrations.AddField("role", "offered", ArrayField(models.TextField(), blank=True, null=True)),
    ]
