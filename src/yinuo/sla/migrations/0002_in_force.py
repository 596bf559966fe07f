from django.db import migrations

from yinuo.foundation.in_force import watched


class Migration(migrations.Migration):
    dependencies = [("foundation", "0004_in_force"), ("sla", "0001_initial")]

    operations = [watched("sla_policyversion")]
