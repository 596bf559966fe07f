"""Published procedures and handbook parts, compiled once a process: a published version never changes."""

from functools import lru_cache
from typing import Any
from uuid import UUID

from yinuo.domain.procedure import Definition
from yinuo.foundation.in_force import once
from yinuo.procedures.models import HandbookVersion, ProcedureVersion


def version_in_force(code: str) -> ProcedureVersion:
    """The published version that new tickets follow. Raises `ProcedureVersion.DoesNotExist`."""
    return once(("procedure", code), lambda: _version_in_force(code))


def _version_in_force(code: str) -> ProcedureVersion:
    return (
        ProcedureVersion.objects.filter(code=code, published_at__isnull=False, retired_at__isnull=True)
        .order_by("-version")[:1]
        .get()
    )


@lru_cache(maxsize=64)
def definition_of(version_id: UUID) -> Definition:
    return Definition.from_json(ProcedureVersion.objects.values_list("body", flat=True).get(id=version_id))


def definitions_in_force() -> dict[str, Definition]:
    """Code → the definition that new tickets of each procedure follow."""
    rows = ProcedureVersion.objects.filter(published_at__isnull=False, retired_at__isnull=True).order_by("version")
    return {code: definition_of(id) for code, id in rows.values_list("code", "id")}


def parts_in_force() -> dict[str, Any]:
    """Templates, surveys, scales, priorities … of the handbook in force; empty before set-up."""
    version_id = handbook_in_force()
    return _parts(version_id) if version_id else {}


def handbook_in_force() -> UUID | None:
    """The version in force; None before set-up."""
    return once("handbook", _handbook_in_force)


def _handbook_in_force() -> UUID | None:
    in_force = HandbookVersion.objects.filter(retired_at__isnull=True)
    return in_force.order_by("-version").values_list("id", flat=True).first()


@lru_cache(maxsize=16)
def _parts(version_id: UUID) -> dict[str, Any]:
    return HandbookVersion.objects.values_list("parts", flat=True).get(id=version_id)


def part(name: str, key: str) -> dict[str, Any] | None:
    """The entry `key` of a list part such as `templates` or `surveys`."""
    return next((entry for entry in parts_in_force().get(name, []) if entry["key"] == key), None)


def priority_rank(urgency: str, impact: str) -> int:
    """1 (critical) to 4 (low) from the published matrix (S3.1.4)."""
    parts = parts_in_force()
    name = parts["priorities"][urgency][impact]
    return int(next(entry["rank"] for entry in parts["scales"]["priority"] if entry["key"] == name))
