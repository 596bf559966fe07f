"""Backups and restores as facts: history itself says when the last one was made."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from yinuo.foundation.actors import Actor
from yinuo.foundation.events import Fact, current_era, record
from yinuo.foundation.models import HistoryRow
from yinuo.foundation.work import service

INSTALLATION = ("installation", UUID(int=1))


@dataclass(frozen=True)
class BackupMade(Fact):
    """`digest`: SHA-256 of the database's dump in it, hexadecimal."""

    bytes: int
    digest: str


@dataclass(frozen=True)
class BackupRestored(Fact):
    """What came after `made_at` (ISO, UTC) is not in this database."""

    made_at: str
    era: int


@service
def note_backup(*, bytes: int, digest: str, by: Actor, at: datetime) -> None:
    """`at`: when it was begun, which is the state it holds."""
    record(BackupMade(bytes, digest), by=by, at=at, subject=INSTALLATION)


@service
def note_restore(*, made_at: datetime, by: Actor, now: datetime) -> None:
    record(
        BackupRestored(made_at.astimezone(UTC).isoformat(), current_era()), by=by, at=now, subject=INSTALLATION
    )  # fmt: skip


def last_backup() -> datetime | None:
    """When the newest backup was begun, the one that this database was restored from included."""
    facts = HistoryRow.objects.filter(
        subject_id=INSTALLATION[1], kind__in=[BackupMade.fact_kind(), BackupRestored.fact_kind()]
    )
    made = (
        datetime.fromisoformat(values["made_at"]) if "made_at" in values else at
        for at, values in facts.order_by("-at").values_list("at", "values")[:10]
    )
    return max(made, default=None)
