"""Documents kept: laid out from the fields as rows, printed by jobs, a new version when what is printed changes."""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from yinuo.domain.documents import Printer, Sheet, lay_out, shown
from yinuo.domain.procedure import Definition
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import Fact, record
from yinuo.foundation.files import keep_file
from yinuo.foundation.jobs import later
from yinuo.foundation.live import touch
from yinuo.foundation.rows import flush, insert, update
from yinuo.foundation.work import service
from yinuo.procedures.documents.book import book_in_force, form_of
from yinuo.procedures.documents.contents import Contents, contents_of
from yinuo.procedures.events import (
    DocumentLaidOut,
    DocumentMade,
    DocumentNotPrinted,
    DocumentPrintWanted,
    DocumentRead,
)
from yinuo.procedures.models import Document, Run, Step
from yinuo.procedures.published import definition_of
from yinuo.staff.queries import company
from yinuo.tickets.models import Ticket

T = TypeVar("T")
PDF = "application/pdf"
PRINTER = Actor.system("documents")


@dataclass(frozen=True)
class WantedDocument:
    """A document that a step of the run puts out; `step` is empty for one that every ticket has."""

    run_id: UUID
    key: str
    step: str
    round: int


@service
def make_documents(*, wanted: Sequence[WantedDocument], by: Actor, now: datetime) -> list[Document]:
    """A first version of each, or the next one where the fields have changed since; the versions made."""
    made, desk = [], _Desk()
    for run, one in _locked(wanted, lambda one: one.run_id):
        latest = _latest(run.id, one.key, one.round)
        made += _kept(desk, run, one.key, one.step, one.round, latest, by, now)
    return made


@service
def renew_documents(*, ticket_ids: Iterable[UUID], by: Actor, now: datetime) -> list[Document]:
    """Versions of those documents of the present round whose fields have changed; earlier rounds stay as they were."""
    flush()
    rows = list(
        Document.objects.filter(ticket_id__in=list(ticket_ids), run__ended_at__isnull=True)
        .order_by("run", "key", "round", "-version")
        .distinct("run", "key", "round")
    )
    if not rows:
        return []
    made, desk = [], _Desk()
    for run, latest in _locked(rows, lambda row: row.run_id):
        if latest.round == run.state.get("round", 1):
            made += _kept(desk, run, latest.key, latest.step, latest.round, latest, by, now)
    return made


def _locked(items: Sequence[T], run_id: Callable[[T], UUID]) -> list[tuple[Run, T]]:
    """Each with its run, locked in the order of the house: tickets before their runs. Else whoever presses a button at
    the same time waits for us while we, with a document that names the ticket, wait for him."""
    ordered = sorted(items, key=lambda one: str(run_id(one)))
    flush()
    ids = [run_id(one) for one in ordered]
    whose = Run.objects.filter(id__in=ids).values("ticket_id")
    list(Ticket.objects.select_for_update().filter(id__in=whose).order_by("id").values_list("id"))
    runs = Run.objects.select_for_update().order_by("id").in_bulk(ids)
    return [(runs[run_id(one)], one) for one in ordered if run_id(one) in runs]


def _latest(run_id: UUID, key: str, round: int) -> Document | None:
    flush()
    return Document.objects.filter(run_id=run_id, key=key, round=round).order_by("-version").first()


class _Desk:
    """What several documents of one run are made from, read once."""

    def __init__(self) -> None:
        self.book = book_in_force()
        self._tickets: dict[UUID, Ticket] = {}
        self._steps: dict[UUID, list[Step]] = {}
        self._contents: dict[tuple[UUID, int], Contents] = {}

    def ticket(self, run: Run) -> Ticket:
        if run.ticket_id not in self._tickets:
            rows = Ticket.objects.select_related("customer", "team", "owner", "product", "category__parent__parent")
            self._tickets[run.ticket_id] = rows.get(id=run.ticket_id)
        return self._tickets[run.ticket_id]

    def contents(self, run: Run, definition: Definition, round: int) -> Contents:
        if (run.id, round) not in self._contents:
            if run.id not in self._steps:
                self._steps[run.id] = list(Step.objects.filter(run=run).order_by("started_at", "id"))
            found = contents_of(self.ticket(run), definition, run, self._steps[run.id], round=round)
            self._contents[run.id, round] = found
        return self._contents[run.id, round]

    def sheet(self, run: Run, key: str, step: str, round: int) -> Sheet | None:
        """None where neither book nor procedure knows the document."""
        definition = definition_of(run.procedure_id)
        form = form_of(self.book, key, step, definition)
        if form is None:
            return None
        ticket, contents = self.ticket(run), self.contents(run, definition, round)
        printer = Printer(
            "en" if ticket.language.startswith("en") else "zh", ZoneInfo(settings.TIME_ZONE), contents.names
        )
        chinese = printer.language == "zh"
        facts = [("编号" if chinese else "Number", ticket.number)]
        if round > 1:
            facts.append(("轮次" if chinese else "Round", str(round)))
        return lay_out(form, self.book, definition.field_by_name, contents.values, printer, facts=tuple(facts))


def _kept(
    desk: _Desk, run: Run, key: str, step: str, round: int, latest: Document | None, by: Actor, now: datetime
) -> list[Document]:
    sheet = desk.sheet(run, key, step, round)
    if sheet is None:
        return []
    if latest is not None and not _differs(definition_of(run.procedure_id), Sheet.from_json(latest.sheet), sheet):
        return []
    ticket = desk.ticket(run)
    document = Document(
        ticket=ticket, run=run, key=key, step=step, round=round, version=latest.version + 1 if latest else 1,
        sheet={**sheet.to_json(), "mark": secrets.token_hex(16)}, made_at=now,
    )  # fmt: skip
    insert(document)
    _tell(document, DocumentLaidOut(document.id, key, round, document.version), by, now)
    later("procedures.print_document", document_id=str(document.id))
    touch(f"ticket:{ticket.id}")
    return [document]


def _differs(definition: Definition, before: Sheet, after: Sheet) -> bool:
    """Whether what was filled in reads otherwise; a ticket's new owner alone makes no new form."""
    filled = {field.name for step in definition.steps for field in step.fields}

    def lines(sheet: Sheet) -> list[object]:
        return [line for _title, lines in sheet.sections for line in lines if line.field in filled]

    return before.language == after.language and lines(before) != lines(after)


def printed(document: Document) -> dict[str, object]:
    """What stands on the file: contact data hidden, who made it and when at its foot."""
    sheet = Sheet.from_json(document.sheet)
    chinese = sheet.language.startswith("zh")
    firm = company()
    at = document.made_at.astimezone(ZoneInfo(settings.TIME_ZONE))
    version = f"第 {document.version} 版" if chinese else f"version {document.version}"
    mark = f"{'校验码' if chinese else 'Mark'} {document.sheet['mark']}"
    number = document.ticket.number
    return {
        **shown(sheet, unmasked=False).to_json(),
        "company": firm.name if firm else "",
        "foot": f"{number} · {version} · {at:%Y-%m-%d %H:%M} · {mark}",
    }


@service
def keep_printed(*, document_id: UUID, pdf: bytes, now: datetime) -> None:
    """Keeps the file of a document; one that has it already keeps the first."""
    document = Document.objects.select_for_update(of=("self",)).select_related("ticket").filter(id=document_id).first()
    if document is None or document.file_id:
        return
    document.file = keep_file(pdf, content_type=PDF, now=now)
    document.failed = ""
    update(document, "file_id", "failed")
    digest = hashlib.sha256(pdf).hexdigest()
    _tell(document, DocumentMade(document.id, document.key, document.round, document.version, digest), PRINTER, now)
    touch(f"ticket:{document.ticket_id}")


@service
def printing_failed(*, document_id: UUID, reason: str, now: datetime) -> None:
    """There is no file, and why; `print_again` tries anew."""
    document = (
        Document.objects.select_for_update(of=("self",))
        .select_related("ticket")
        .filter(id=document_id, file__isnull=True)
        .first()
    )
    if document is not None:
        document.failed = reason
        update(document, "failed")
        _tell(document, DocumentNotPrinted(document.id, reason), PRINTER, now)
        touch(f"ticket:{document.ticket_id}")


@service
def print_again(*, ticket: Ticket, by: Actor, now: datetime) -> int:
    """Tries those that have no file once more; how many."""
    waiting = list(Document.objects.select_for_update().filter(ticket=ticket, file__isnull=True).exclude(failed=""))
    for document in waiting:
        document.ticket = ticket
        document.failed = ""
        update(document, "failed")
        _tell(document, DocumentPrintWanted(document.id), by, now)
        later("procedures.print_document", document_id=str(document.id))
    return len(waiting)


@service
def take_document(*, document: Document, by: Actor, now: datetime) -> None:
    """Somebody takes the file: recorded before the first byte goes out (R-SE-2)."""
    _tell(document, DocumentRead(document.id, document.key, document.version), by, now)


def _tell(document: Document, fact: Fact, by: Actor, now: datetime) -> None:
    record(
        fact,
        by=by, at=now, subject=("document", document.id), ticket_id=document.ticket_id,
        customer_id=document.ticket.customer_id,
    )  # fmt: skip
