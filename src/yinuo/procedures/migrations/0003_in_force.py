from django.db import migrations

from yinuo.foundation.in_force import watched


class Migration(migrations.Migration):
    dependencies = [("foundation", "0004_in_force"), ("procedures", "0002_initial")]

    operations = [watched("procedures_procedureversion", "procedures_handbookversion")]
