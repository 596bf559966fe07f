import hashlib
import json

from django.db import migrations


def digest_of(body):
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def versions_know_where_they_came_from(apps, schema_editor):
    """A version without a draft came with a handbook, so its body is a shipped one; one of a draft was made of what the
    version before it was made of, and of nothing known where there is none."""
    versions = apps.get_model("procedures", "ProcedureVersion")
    editions = apps.get_model("procedures", "ShippedEdition")
    drafts = apps.get_model("procedures", "ProcedureDraft")
    last = {}
    for version in versions.objects.filter(published_at__isnull=False).order_by("code", "version"):
        if version.draft_id is None:
            last[version.code], _new = editions.objects.get_or_create(
                code=version.code,
                digest=digest_of(version.body),
                defaults={"body": version.body, "noted_at": version.published_at},
            )
        version.edition = last.get(version.code)
        version.save(update_fields=["edition"])
    for draft in drafts.objects.filter(based_on__isnull=False).select_related("based_on"):
        draft.edition_id = draft.based_on.edition_id
        draft.save(update_fields=["edition"])


class Migration(migrations.Migration):
    dependencies = [("procedures", "0011_shipped_editions")]

    operations = [migrations.RunPython(versions_know_where_they_came_from, migrations.RunPython.noop)]
