from django.db import migrations


class Migration(migrations.Migration):
    """Number series serve orders too: their table is the foundation's from now on. Nothing changes in the database."""

    dependencies = [("tickets", "0005_registers"), ("foundation", "0006_number_days")]
    operations = [migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("NumberDay")])]
