"""The documents of a ticket: what its steps have put out, on screen as on paper, and as files (R-DO-1)."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from yinuo.domain.documents import Sheet, shown
from yinuo.foundation.clock import now
from yinuo.foundation.errors import Denied, Missing
from yinuo.foundation.files import read_pieces
from yinuo.procedures.documents.book import book_in_force, form_of
from yinuo.procedures.documents.fonts import FontMissing
from yinuo.procedures.models import Document, Evidence, ExportState, Run
from yinuo.procedures.published import definition_of
from yinuo.procedures.queries import (
    access_document,
    access_evidence,
    documents_of,
    evidence_of,
    run_of,
    wanted_documents,
)
from yinuo.procedures.services import (
    WantedDocument,
    make_documents,
    print_again,
    take_document,
    take_evidence,
    want_evidence,
)
from yinuo.procedures.services.evidencing import UNDER_WAY
from yinuo.staff.permissions import Viewer
from yinuo.staff.queries import company
from yinuo.staff.rights import Right
from yinuo.tickets.models import Ticket
from yinuo.tickets.permissions import may_work
from yinuo.web.addresses import reverse
from yinuo.web.console.document_words import EXPORT_STATE
from yinuo.web.console.labels import say
from yinuo.web.console.paper import on_paper
from yinuo.web.console.rows import iso
from yinuo.web.console.unmasking import is_unmasked
from yinuo.web.console.views.base import done, page, to_keep, viewer
from yinuo.web.console.views.posting import ticket_post, ticket_post_by_watchers, ticket_view

WHY_NO_FILE = {
    FontMissing.code: FontMissing.text,
    "not_printed": gettext_lazy("The file could not be made. Try again; if it fails once more, ask an administrator."),
}


@ticket_view
def documents(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Every document with its versions, and what can be made of the steps that are done."""
    who = viewer(request)
    rows = documents_of(ticket.id)
    missing = _missing(run_of(ticket.id), ticket, rows)
    evidence = evidence_of(ticket.id) if _may_prove(who) else []
    context = {
        "ticket": ticket,
        "number": ticket.number,
        "topic": f"ticket:{ticket.id}",
        "groups": _groups(ticket, rows),
        # what is quick may be ready before the page listens
        "being_made": any(not row.file_id and not row.failed for row in rows),
        "being_proven": any(row.state in UNDER_WAY for row in evidence),
        "missing": [title for _wanted, title in missing],
        "has_failed": any(row.failed for row in rows),
        "may_work": may_work(who, ticket),
        "may_prove": _may_prove(who),
        "evidence": [_evidence(ticket, row) for row in evidence],
        "self_url": reverse("ticket_documents", args=[ticket.number]),
    }
    return page(request, "console/tickets/documents.html", context, here="desk", topics=[f"ticket:{ticket.id}"])


@ticket_view
def document(request: HttpRequest, ticket: Ticket, id: UUID) -> HttpResponse:
    """One version as it is printed; contact data is hidden but for who has asked to see it."""
    row = access_document(ticket, id)
    who = viewer(request)
    unmasked = is_unmasked(request, who, ticket)
    versions = [one for one in documents_of(ticket.id) if (one.key, one.round) == (row.key, row.round)]
    firm = company()
    context = {
        "ticket": ticket,
        "number": ticket.number,
        "sheet": on_paper(shown(Sheet.from_json(row.sheet), unmasked=unmasked)),
        "mark": row.sheet["mark"],
        "company": firm.name if firm else "",
        "row": _row(ticket, row),
        "versions": [_row(ticket, one) for one in versions],
        "unmasked": unmasked,
        "may_unmask": who.has(Right.SEE_PERSONAL),
        "topic": f"ticket:{ticket.id}",
    }
    return page(request, "console/tickets/document.html", context, here="desk", topics=[f"ticket:{ticket.id}"])


@require_safe
@ticket_view
def document_file(request: HttpRequest, ticket: Ticket, id: UUID) -> HttpResponseBase:
    """The PDF; that it was taken is recorded first."""
    row = access_document(ticket, id)
    if row.file_id is None:
        raise Missing
    take_document(document=row, by=viewer(request).actor, now=now())
    response = StreamingHttpResponse(read_pieces(row.file_id), content_type="application/pdf")
    name = f"{ticket.number}-{row.sheet['title']}-{row.version}.pdf"
    return to_keep(response, name)


@ticket_post
def make(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Makes what is missing, and tries those without a file once more."""
    missing = [wanted for wanted, _title in _missing(run_of(ticket.id), ticket, documents_of(ticket.id))]
    by, at = viewer(request).actor, now()
    made = len(make_documents(wanted=missing, by=by, now=at)) + print_again(ticket=ticket, by=by, now=at)
    sentence = _("Being made. It appears here by itself.") if made else _("There was nothing to make.")
    return done(request, sentence, "ticket_documents", ticket.number)


def _may_prove(who: Viewer) -> bool:
    """Evidence holds everything, personal data whole: for who reviews or audits, and may see personal data."""
    return who.has(Right.SEE_PERSONAL) and (who.has(Right.REVIEW_TICKETS) or who.has(Right.SEE_AUDIT))


@ticket_post_by_watchers
def want(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Asks for the evidence of the ticket, with a reason."""
    who = viewer(request)
    if not _may_prove(who):
        raise Denied
    want_evidence(
        ticket=ticket, account=who.account, reason=request.POST.get("reason", "")[:500], by=who.actor, now=now()
    )
    return done(
        request, _("Being made. It is ready when the history up to now is sealed."), "ticket_documents", ticket.number
    )


@require_safe
@ticket_view
def evidence_file(request: HttpRequest, ticket: Ticket, id: UUID) -> HttpResponseBase:
    """The zip; that it was taken is recorded first."""
    who = viewer(request)
    if not _may_prove(who):
        raise Denied
    row = access_evidence(ticket, id)
    take_evidence(evidence=row, by=who.actor, now=now())
    response = StreamingHttpResponse(read_pieces(row.file_id), content_type="application/zip")
    local = row.asked_at.astimezone(ZoneInfo(settings.TIME_ZONE))
    name = f"{ticket.number}-evidence-{local:%Y%m%d}.zip"
    return to_keep(response, name)


def _evidence(ticket: Ticket, row: Evidence) -> dict[str, Any]:
    return {
        "id": row.id,
        "by": row.account.name,
        "asked_iso": iso(row.asked_at),
        "state": EXPORT_STATE[ExportState(row.state)],
        "file_url": reverse("ticket_evidence_file", args=[ticket.number, row.id]) if row.file_id else "",
    }


def _missing(run: Run | None, ticket: Ticket, rows: list[Document]) -> list[tuple[WantedDocument, str]]:
    """What finished steps have put out, or every ticket has, and is not there, with its title."""
    if run is None:
        return []
    definition = definition_of(run.procedure_id)
    there = {(row.run_id, row.key, row.round) for row in rows}
    wanted = {}
    for fact in wanted_documents(ticket.id):
        if fact.subject_id == run.id:
            key = (run.id, fact.values["document"], fact.values["round"])
            wanted[key] = WantedDocument(run.id, key[1], fact.values["step"], key[2])
    book = book_in_force()
    for form in book.standing:
        wanted.setdefault((run.id, form.key, 1), WantedDocument(run.id, form.key, "", 1))
    found = []
    for key, one in wanted.items():
        form = form_of(book, one.key, one.step, definition) if key not in there else None
        if form is not None:
            found.append((one, say(form.title)))
    return found


def _groups(ticket: Ticket, rows: list[Document]) -> list[dict[str, Any]]:
    """One entry a document and round, its versions in it, in the order in which they were first made."""
    groups: dict[tuple[UUID, str, int], list[Document]] = {}
    for row in rows:
        groups.setdefault((row.run_id, row.key, row.round), []).append(row)
    shown_rows = [{**_row(ticket, versions[0]), "count": len(versions)} for versions in groups.values()]
    return sorted(shown_rows, key=lambda one: str(one["made_iso"]))


def _row(ticket: Ticket, row: Document) -> dict[str, Any]:
    args = [ticket.number, row.id]
    return {
        "id": row.id,
        "title": row.sheet["title"],
        "source": row.sheet.get("source", ""),
        "round": row.round,
        "version": row.version,
        "made_iso": iso(row.made_at),
        "url": reverse("ticket_document", args=args),
        "file_url": reverse("ticket_document_file", args=args) if row.file_id else "",
        "why": WHY_NO_FILE.get(row.failed, WHY_NO_FILE["not_printed"]) if row.failed else "",
    }
