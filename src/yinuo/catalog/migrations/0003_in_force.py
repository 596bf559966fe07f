from django.db import migrations

from yinuo.foundation.in_force import watched


class Migration(migrations.Migration):
    dependencies = [("foundation", "0004_in_force"), ("catalog", "0002_versions")]

    operations = [watched("catalog_scenario", "catalog_category", "catalog_product")]
