"""Evidence of a ticket: asked for with a reason, gathered at one instant, packed once history is sealed."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import ErrorKind, Missing, YinuoError
from yinuo.foundation.events import Fact, record
from yinuo.foundation.files import keep_file, read_file
from yinuo.foundation.jobs import later
from yinuo.foundation.live import touch
from yinuo.foundation.models import StoredFile
from yinuo.foundation.rows import flush, insert, update
from yinuo.foundation.work import service
from yinuo.procedures.errors import ReasonMissing
from yinuo.procedures.events import (
    EvidenceFailed,
    EvidenceForgotten,
    EvidenceGathered,
    EvidenceMade,
    EvidenceTaken,
    EvidenceWanted,
)
from yinuo.procedures.evidence.gathering import documents_of, gather, history_rows
from yinuo.procedures.evidence.packing import CONTENT, SUMMARY, content_bytes, name_of_document, with_files, zipped
from yinuo.procedures.evidence.summary import make_summary
from yinuo.procedures.models import Document, Evidence, ExportState
from yinuo.staff.models import Account
from yinuo.tickets.models import Ticket

ZIP = "application/zip"
KEPT = timedelta(days=7)
MAKER = Actor.system("evidence")
UNDER_WAY = (ExportState.WAITING, ExportState.RUNNING)


class EvidenceUnderWay(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "evidence_under_way"
    text = _("The evidence of this ticket is being made already.")


@service
def want_evidence(*, ticket: Ticket, account: Account, reason: str, by: Actor, now: datetime) -> Evidence:
    """Raises `ReasonMissing`, `EvidenceUnderWay`."""
    if not reason.strip():
        raise ReasonMissing(fields={"reason": str(ReasonMissing.text)})
    Ticket.objects.select_for_update().get(id=ticket.id)
    if Evidence.objects.filter(ticket=ticket, state__in=UNDER_WAY).exists():
        raise EvidenceUnderWay
    evidence = Evidence(ticket=ticket, account=account, asked_at=now)
    insert(evidence)
    _tell(evidence, EvidenceWanted(evidence.id), by, now, reason=reason.strip())
    later("procedures.gather_evidence", evidence_id=str(evidence.id))
    return evidence


@service
def keep_gathered(
    *, evidence_id: UUID, content: bytes, summary: bytes, documents: dict[str, bytes], now: datetime
) -> None:
    """Keeps what was gathered and fixes it by its digest; the proof follows once that is sealed."""
    evidence = _locked(evidence_id)
    if evidence is None or evidence.draft_id:
        return
    files = {CONTENT: content, SUMMARY: summary, **documents}
    evidence.draft = keep_file(zipped(files), content_type=ZIP, now=now)
    evidence.state = ExportState.RUNNING
    fixed = _tell(evidence, EvidenceGathered(evidence.id, hashlib.sha256(content).hexdigest()), MAKER, now)
    evidence.gathered_id = fixed
    update(evidence, "draft_id", "state", "gathered_id")
    later("procedures.pack_evidence", evidence_id=str(evidence.id))


@service
def keep_evidence(*, evidence_id: UUID, packed: bytes, now: datetime) -> None:
    """Keeps the finished file in the place of what was gathered."""
    evidence = _locked(evidence_id)
    if evidence is None or evidence.file_id:
        return
    draft = evidence.draft_id
    evidence.file, evidence.draft = keep_file(packed, content_type=ZIP, now=now), None
    evidence.state, evidence.done_at = ExportState.DONE, now
    update(evidence, "file_id", "draft_id", "state", "done_at")
    _tell(evidence, EvidenceMade(evidence.id), MAKER, now)
    flush()
    StoredFile.objects.filter(id=draft).delete()


@service
def evidence_failed(*, evidence_id: UUID, now: datetime) -> None:
    """It will not be made."""
    evidence = _locked(evidence_id)
    if evidence is not None and evidence.state in UNDER_WAY:
        evidence.state = ExportState.FAILED
        update(evidence, "state")
        _tell(evidence, EvidenceFailed(evidence.id), MAKER, now)


@service
def take_evidence(*, evidence: Evidence, by: Actor, now: datetime) -> None:
    """Somebody takes the file: recorded before the first byte goes out. Raises `Missing` where there is none."""
    if evidence.file_id is None:
        raise Missing
    _tell(evidence, EvidenceTaken(evidence.id), by, now)


@service
def forget_evidence(*, now: datetime) -> int:
    """Files older than a week are deleted, and what was gathered for one that never came about; that they were made
    stays in history."""
    before = now - KEPT
    made, never_made = Q(file__isnull=False, done_at__lt=before), Q(draft__isnull=False, asked_at__lt=before)
    rows = Evidence.objects.select_for_update(of=("self",)).select_related("ticket")
    old = list(rows.filter(made | never_made))
    files = [id for evidence in old for id in (evidence.file_id, evidence.draft_id) if id]
    for evidence in old:
        evidence.file, evidence.draft, evidence.state = None, None, ExportState.FORGOTTEN
        update(evidence, "file_id", "draft_id", "state")
        _tell(evidence, EvidenceForgotten(evidence.id), MAKER, now)
    flush()
    StoredFile.objects.filter(id__in=files).delete()
    return len(old)


@contextmanager
def _one_instant() -> Iterator[None]:
    """Reads in the block see the database as it stood at its beginning."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def gathered(evidence: Evidence, now: datetime) -> tuple[bytes, bytes, dict[str, bytes]]:
    """Content, summary and documents of a ticket as they stand at one instant. Raises `FontMissing`."""
    with _one_instant():
        ticket = Ticket.objects.select_related("customer", "team", "owner").get(id=evidence.ticket_id)
        rows = history_rows(ticket.id)
        content = gather(ticket, rows, by=evidence.account.name, now=now)
        documents = {_name(number, row): read_file(row.file_id) for number, row in enumerate(documents_of(ticket), 1)}
        summary = make_summary(content, rows, at=now)
        return content_bytes(with_files(content, {SUMMARY: summary, **documents})), summary, documents


def _name(number: int, row: Document) -> str:
    sheet = row.sheet
    return name_of_document(
        number, sheet["title"], round=row.round, version=row.version, language=sheet["language"]
    )  # fmt: skip


def _locked(evidence_id: UUID) -> Evidence | None:
    rows = Evidence.objects.select_for_update(of=("self",)).select_related("ticket")
    return rows.filter(id=evidence_id).first()


def _tell(evidence: Evidence, fact: Fact, by: Actor, now: datetime, *, reason: str = "") -> UUID:
    recorded = record(
        fact,
        by=by, at=now, subject=("evidence", evidence.id), ticket_id=evidence.ticket_id,
        customer_id=evidence.ticket.customer_id, personal={"reason": reason} if reason else None,
    )  # fmt: skip
    touch(f"ticket:{evidence.ticket_id}")
    return recorded.id
