"""Registers as files: asked for with a right, written by a job, taken by who asked, gone after a week (R-SE-4)."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import ErrorKind, Missing, YinuoError
from yinuo.foundation.events import Fact, record
from yinuo.foundation.files import keep_file_at
from yinuo.foundation.jobs import later
from yinuo.foundation.live import touch
from yinuo.foundation.models import StoredFile
from yinuo.foundation.rows import flush, insert, update
from yinuo.foundation.work import service
from yinuo.procedures.errors import ReasonMissing
from yinuo.procedures.events import (
    RegisterExported,
    RegisterExportFailed,
    RegisterExportForgotten,
    RegisterExportTaken,
    RegisterExportUnderWay,
    RegisterExportWanted,
)
from yinuo.procedures.models import ExportState, RegisterExport
from yinuo.staff.models import Account

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KEPT = timedelta(days=7)
WRITER = Actor.system("registers")
UNDER_WAY = (ExportState.WAITING, ExportState.RUNNING)


class ExportUnderWay(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "export_under_way"
    text = _("An export of yours is still being written. Wait for it, then ask for the next.")


def topic_of(account_id: UUID) -> str:
    """What a page with somebody's exports listens to."""
    return f"exports:{account_id}"


@service
def want_export(
    *,
    account: Account,
    register: str,
    filters: dict[str, Any],
    language: str,
    unmasked: bool,
    reason: str,
    by: Actor,
    now: datetime,
) -> RegisterExport:
    """One at a time for each person; whole contact data with a reason only. Raises `ExportUnderWay`,
    `ReasonMissing`."""
    if unmasked and not reason.strip():
        raise ReasonMissing(fields={"reason": str(ReasonMissing.text)})
    Account.objects.select_for_update().get(id=account.id)
    if RegisterExport.objects.filter(account=account, state__in=UNDER_WAY).exists():
        raise ExportUnderWay
    export = RegisterExport(
        account=account, register=register, filters=filters, language=language, unmasked=unmasked, asked_at=now
    )
    insert(export)
    _tell(
        export, RegisterExportWanted(export.id, register, filters, unmasked), by, now,
        personal={"reason": reason.strip()} if reason.strip() else None,
    )  # fmt: skip
    later("procedures.write_register", export_id=str(export.id))
    return export


@service
def note_progress(*, export_id: UUID, rows: int, now: datetime, total: int | None = None) -> None:
    """How far the writing has come."""
    export = RegisterExport.objects.select_for_update().get(id=export_id)
    export.state, export.rows = ExportState.RUNNING, rows
    export.total = export.total if total is None else total
    update(export, "state", "rows", "total")
    _tell(export, RegisterExportUnderWay(export.id, rows), WRITER, now)


@service
def keep_export(*, export_id: UUID, path: Path, rows: int, now: datetime) -> None:
    """Keeps the written file."""
    export = RegisterExport.objects.select_for_update().get(id=export_id)
    if export.file_id:
        return
    export.file = keep_file_at(path, content_type=XLSX, now=now)
    export.state, export.rows, export.total, export.done_at = ExportState.DONE, rows, rows, now
    update(export, "file_id", "state", "rows", "total", "done_at")
    _tell(export, RegisterExported(export.id, export.register, rows), WRITER, now)


@service
def export_failed(*, export_id: UUID, now: datetime) -> None:
    """It will not be written."""
    export = RegisterExport.objects.select_for_update().filter(id=export_id, state__in=UNDER_WAY).first()
    if export is not None:
        export.state = ExportState.FAILED
        update(export, "state")
        _tell(export, RegisterExportFailed(export.id), WRITER, now)


@service
def take_export(*, export: RegisterExport, by: Actor, now: datetime) -> None:
    """Somebody takes the file: recorded before the first byte goes out. Raises `Missing` where there is none."""
    if export.file_id is None:
        raise Missing
    _tell(export, RegisterExportTaken(export.id, export.register), by, now)


@service
def forget_exports(*, now: datetime) -> int:
    """Files of exports older than a week are deleted; that they were made stays in history."""
    old = list(RegisterExport.objects.select_for_update().filter(file__isnull=False, done_at__lt=now - KEPT))
    files = [export.file_id for export in old]
    for export in old:
        export.file, export.state = None, ExportState.FORGOTTEN
        update(export, "file_id", "state")
        _tell(export, RegisterExportForgotten(export.id), WRITER, now)
    flush()
    StoredFile.objects.filter(id__in=files).delete()
    return len(old)


def _tell(export: RegisterExport, fact: Fact, by: Actor, now: datetime, personal: dict[str, str] | None = None) -> None:
    record(fact, by=by, at=now, subject=("export", export.id), personal=personal)
    touch(topic_of(export.account_id))
