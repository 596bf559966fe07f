"""The policies in force, read from their published version once."""

from functools import lru_cache
from uuid import UUID

from yinuo.domain.deadline import Policy, read_policies
from yinuo.foundation.in_force import once
from yinuo.sla.models import PolicyVersion


def version_in_force() -> UUID | None:
    """The published version that new deadlines follow."""
    return once("policies", _version_in_force)


def _version_in_force() -> UUID | None:
    return (
        PolicyVersion.objects.filter(published_at__isnull=False, retired_at__isnull=True)
        .order_by("-published_at")
        .values_list("id", flat=True)
        .first()
    )


@lru_cache(maxsize=64)
def policies_of(version_id: UUID) -> dict[str, Policy]:
    """Kind → policy. A published version never changes, so it is read once a process."""
    table = PolicyVersion.objects.values_list("table", flat=True).get(id=version_id)
    return {policy.key: policy for policy in read_policies(table)}
