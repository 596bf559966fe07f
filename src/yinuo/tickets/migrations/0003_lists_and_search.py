"""Lists with a place to go on from, and a search that asks newest tickets first (docs/algorithms/search.md)."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

LEVELS = (16, 20, 24)
STRETCHES = ", ".join(
    f"'t{level}x' || to_hex(floor(extract(epoch FROM t.opened_at))::bigint >> {level})" for level in LEVELS
)
SEARCH = f"""
    ALTER TABLE tickets_search RENAME COLUMN at TO opened_at;
    UPDATE tickets_search s SET opened_at = t.opened_at, vector = s.vector || array_to_tsvector(ARRAY[{STRETCHES}])
        FROM tickets_ticket t WHERE t.id = s.ticket_id;
    ALTER TABLE tickets_search DROP CONSTRAINT search_row_once, DROP COLUMN id, ADD PRIMARY KEY (source_id, part);
"""  # noqa: S608 - our own words


def index(name: str, *fields: str, **where: bool) -> migrations.AddIndex:
    condition = models.Q(**where) if where else None
    model = "watch" if name == "watch_followed" else "ticket"
    return migrations.AddIndex(model, models.Index(fields=fields, name=name, condition=condition))


class Migration(migrations.Migration):
    dependencies = [("tickets", "0002_queue_by_due")]

    operations = [
        migrations.RemoveIndex("ticket", "ticket_queue"),
        migrations.RemoveIndex("ticket", "ticket_team_recent"),
        migrations.RemoveIndex("ticket", "ticket_owner_recent"),
        migrations.RemoveIndex("ticket", "ticket_recent"),
        migrations.RemoveIndex("watch", "watch_followed"),
        index("ticket_queue", "team", "status", "next_due_at", "id", is_open=True),
        index("ticket_unowned", "team", "next_due_at", "id", is_open=True, owner__isnull=True),
        index("ticket_team_recent", "team", "-updated_at", "-id"),
        index("ticket_owner_recent", "owner", "-updated_at", "-id"),
        index("ticket_recent", "-updated_at", "-id"),
        index("watch_followed", "account", "-at", "-id"),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(SEARCH)],
            state_operations=[
                migrations.DeleteModel("SearchRow"),
                migrations.CreateModel(
                    "SearchRow",
                    [
                        ("source_id", models.UUIDField()),
                        ("part", models.SmallIntegerField(default=0)),
                        (
                            "ticket",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tickets.ticket"
                            ),
                        ),
                        ("opened_at", models.DateTimeField(help_text="when the ticket was opened")),
                        ("vector", django.contrib.postgres.search.SearchVectorField()),
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "source_id", "part", blank=True, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                    ],
                    options={
                        "db_table": "tickets_search",
                        "indexes": [
                            django.contrib.postgres.indexes.GinIndex(
                                fastupdate=False, fields=["vector"], name="search_vector"
                            )
                        ],
                    },
                ),
            ],
        ),
    ]
