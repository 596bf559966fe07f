from django.db import migrations

from yinuo.foundation.in_force import watched


class Migration(migrations.Migration):
    dependencies = [("foundation", "0004_in_force"), ("staff", "0002_structure_versions")]

    operations = [watched("staff_company", "staff_department", "staff_team", "staff_team_skills", "staff_skill")]
