"""Jobs of procedures."""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from yinuo.foundation import clock
from yinuo.foundation.files import read_file
from yinuo.foundation.jobs import job
from yinuo.procedures.documents.book import book_in_force
from yinuo.procedures.documents.fonts import FontMissing
from yinuo.procedures.documents.pdf import make_pdf
from yinuo.procedures.evidence.packing import CONTENT, PROOF, proof_of, unzipped, zipped
from yinuo.procedures.models import Document, Evidence, ExportState, RegisterExport
from yinuo.procedures.registers.walk import Entry, Filters, all_rows, count
from yinuo.procedures.registers.workbook import mark_of, write_workbook
from yinuo.procedures.services import (
    evidence_failed,
    export_failed,
    gathered,
    keep_evidence,
    keep_export,
    keep_gathered,
    keep_printed,
    note_progress,
    printed,
    printing_failed,
)


def _give_up(*, document_id: str) -> None:
    printing_failed(document_id=UUID(document_id), reason="not_printed", now=clock.now())


@job(queue="soon", given_up=_give_up)
def print_document(*, document_id: str) -> None:
    """Prints one version of a document; one that has its file already is left alone. Without a font no attempt helps:
    it is said, and tried again when somebody asks for it."""
    document = Document.objects.select_related("ticket").filter(id=document_id, file__isnull=True).first()
    if document is None:
        return
    try:
        pdf = make_pdf(printed(document), at=document.made_at)
    except FontMissing as missing:
        printing_failed(document_id=document.id, reason=missing.code, now=clock.now())
        return
    keep_printed(document_id=document.id, pdf=pdf, now=clock.now())


PROGRESS_EVERY_S = 2.0


def _export_given_up(*, export_id: str) -> None:
    export_failed(export_id=UUID(export_id), now=clock.now())


@job(queue="bulk", attempts=3, given_up=_export_given_up)
def write_register(*, export_id: str) -> None:
    """Writes one register into a file; told how far it has come every other second."""
    export = RegisterExport.objects.select_related("account").filter(id=export_id, file__isnull=True).first()
    if export is None or export.state == ExportState.FORGOTTEN:
        return
    book = book_in_force()
    register, filters = book.registers[export.register], Filters.from_json(export.filters)
    note_progress(export_id=export.id, rows=0, total=count(register, filters), now=clock.now())
    rows = _told(export.id, all_rows(register, book, filters, language=export.language, unmasked=export.unmasked))
    at = export.asked_at.astimezone(ZoneInfo(settings.TIME_ZONE))
    mark = mark_of(export.account.name, at, language=export.language, unmasked=export.unmasked)
    with TemporaryDirectory(prefix="yinuo-register-") as folder:
        path = Path(folder) / "register.xlsx"
        written = write_workbook(path, register, book, rows, language=export.language, mark=mark)
        keep_export(export_id=export.id, path=path, rows=written, now=clock.now())


def _told(export_id: UUID, batches: Iterator[list[Entry]]) -> Iterator[list[Entry]]:
    rows, told_at = 0, monotonic()
    for batch in batches:
        yield batch
        rows += len(batch)
        if monotonic() - told_at >= PROGRESS_EVERY_S:
            note_progress(export_id=export_id, rows=rows, now=clock.now())
            told_at = monotonic()


def _evidence_given_up(*, evidence_id: str) -> None:
    evidence_failed(evidence_id=UUID(evidence_id), now=clock.now())


@job(queue="bulk", attempts=3, given_up=_evidence_given_up)
def gather_evidence(*, evidence_id: str) -> None:
    """Gathers what belongs to a ticket, at one instant."""
    evidence = Evidence.objects.select_related("account").filter(id=evidence_id, state=ExportState.WAITING).first()
    if evidence is None:
        return
    now = clock.now()
    content, summary, documents = gathered(evidence, now)
    keep_gathered(evidence_id=evidence.id, content=content, summary=summary, documents=documents, now=now)


@job(queue="bulk", given_up=_evidence_given_up)
def pack_evidence(*, evidence_id: str) -> None:
    """Adds the proof. Raises `NotSealedYet` until every row is under a seal; it is tried again some seconds later."""
    evidence = Evidence.objects.filter(id=evidence_id, draft__isnull=False).first()
    if evidence is None:
        return
    files = unzipped(read_file(evidence.draft_id))
    proof = proof_of([UUID(id) for id in json.loads(files[CONTENT])["history"]], evidence.gathered_id)
    files[PROOF] = json.dumps(proof, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass")
    keep_evidence(evidence_id=evidence.id, packed=zipped(files), now=clock.now())
