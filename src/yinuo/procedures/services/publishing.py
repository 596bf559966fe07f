"""Putting versions in force: what runs goes on with the version it began with."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from yinuo.domain.procedure import Definition
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import record
from yinuo.foundation.in_force import forget
from yinuo.foundation.work import service
from yinuo.procedures.errors import DefinitionFaulty
from yinuo.procedures.events import HandbookPublished, ProcedurePublished
from yinuo.procedures.models import HandbookVersion, ProcedureVersion


@service
def publish_procedure(
    *, code: str, body: dict[str, Any], by: Actor, now: datetime, note: str = "", draft_id: UUID | None = None,
    author_ids: Sequence[str] = (),
) -> ProcedureVersion:  # fmt: skip
    """The next version of a procedure, in force from now on for new tickets. What was in force retires. Raises
    `DefinitionFaulty` with the place of the fault."""
    try:
        Definition.from_json(body)
    except ValueError as error:
        raise DefinitionFaulty(reason=str(error)) from error
    latest = ProcedureVersion.objects.filter(code=code).order_by("-version").first()
    ProcedureVersion.objects.filter(code=code, retired_at__isnull=True).update(retired_at=now)
    version = ProcedureVersion(
        code=code,
        version=latest.version + 1 if latest else 1,
        body=body,
        published_at=now,
        published_by_id=by.id,
        note=note,
        draft_id=draft_id,
        author_ids=list(author_ids),
    )
    version.save(force_insert=True)
    forget()
    record(ProcedurePublished(code, version.version), by=by, at=now, subject=("procedure", version.id))
    return version


@service
def publish_handbook(*, code: str, parts: dict[str, Any], by: Actor, now: datetime) -> HandbookVersion:
    """Templates, surveys, scales and priorities of a pack."""
    latest = HandbookVersion.objects.order_by("-version").first()
    HandbookVersion.objects.filter(retired_at__isnull=True).update(retired_at=now)
    version = HandbookVersion(code=code, version=latest.version + 1 if latest else 1, parts=parts, published_at=now)
    version.save(force_insert=True)
    forget()
    record(HandbookPublished(code, version.version), by=by, at=now, subject=("handbook", version.id))
    return version
