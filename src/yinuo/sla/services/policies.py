"""Putting limits in force."""

from datetime import datetime
from typing import Any

from yinuo.domain.deadline import read_policies
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import record
from yinuo.foundation.in_force import forget
from yinuo.foundation.work import service
from yinuo.sla.events import PoliciesPublished
from yinuo.sla.models import PolicyVersion


@service
def publish_policies(*, code: str, table: list[dict[str, Any]], by: Actor, now: datetime) -> PolicyVersion:
    """Puts a new version in force. Raises `DeadlineError` with the place of a fault."""
    read_policies(table)
    latest = PolicyVersion.objects.filter(code=code).order_by("-version").first()
    PolicyVersion.objects.filter(retired_at__isnull=True).update(retired_at=now)
    version = PolicyVersion(
        code=code,
        version=latest.version + 1 if latest else 1,
        table=table,
        published_at=now,
        published_by_id=by.id,
    )
    version.save(force_insert=True)
    forget()
    record(PoliciesPublished(code, version.version), by=by, at=now, subject=("policies", version.id))
    return version
