"""A NOTIFY inside a writing transaction holds one lock over the commit of the whole database (DESIGN section 3):
Procrastinate's insert trigger is switched off; `foundation.work` sends the hint after the commit."""

from django.db import migrations

TRIGGER = "procrastinate_jobs_notify_queue_job_inserted_v1"


class Migration(migrations.Migration):
    dependencies = [("foundation", "0001_initial"), ("procrastinate", "__latest__")]
    operations = [
        migrations.RunSQL(
            f"ALTER TABLE procrastinate_jobs DISABLE TRIGGER {TRIGGER}",
            f"ALTER TABLE procrastinate_jobs ENABLE TRIGGER {TRIGGER}",
        )
    ]
