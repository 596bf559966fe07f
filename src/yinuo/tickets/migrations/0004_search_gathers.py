from django.contrib.postgres.indexes import GinIndex
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tickets", "0003_lists_and_search")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER INDEX search_vector SET (fastupdate = on, gin_pending_list_limit = 512)",
                    "ALTER INDEX search_vector SET (fastupdate = off)",
                )
            ],
            state_operations=[
                migrations.RemoveIndex(model_name="searchrow", name="search_vector"),
                migrations.AddIndex(
                    model_name="searchrow",
                    index=GinIndex(fields=["vector"], name="search_vector", gin_pending_list_limit=512),
                ),
            ],
        )
    ]
