"""The customer's page of one ticket. Looking changes nothing; writing, confirming and scoring are POSTs."""

import json
from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yinuo.foundation.actors import Actor
from yinuo.foundation.clock import now
from yinuo.foundation.errors import InvalidForm, YinuoError
from yinuo.foundation.files import read_pieces
from yinuo.foundation.limits import Limit, use_one
from yinuo.procedures.services import answer_plan
from yinuo.quality.queries import questions_for
from yinuo.quality.services import AlreadyAnswered, NotSolvedYet, answer_survey, confirm_solved, refuse_solved
from yinuo.staff.models import Presence
from yinuo.tickets.errors import FileTooLarge
from yinuo.tickets.models import OPEN_STATUSES, Status, Ticket
from yinuo.tickets.permissions import access_attachment_by_link
from yinuo.tickets.services import add_portal_message
from yinuo.tickets.services.messages import NewFile
from yinuo.tickets.services.portal import ALL_BYTES, FILE_BYTES, KINDS, MIB, MOST_CHARS, MOST_FILES
from yinuo.web.addresses import reverse
from yinuo.web.components.shell import initial_of
from yinuo.web.live import portal_live
from yinuo.web.once import once_of
from yinuo.web.portal.frame import for_ticket, forget, kept_ticket, shell_of, slow_down, wants_fragment
from yinuo.web.portal.shown import Sent, asked_of, head_of, orders_of, promise_of, talk_of
from yinuo.web.portal.words import hours_of

WRITES = Limit("portal-writes", 30, timedelta(hours=1))
"""Of one ticket: a person writes less, a stuck program more."""


@for_ticket
@require_safe
def ticket_page(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    return show(request, ticket)


def show(
    request: HttpRequest, ticket: Ticket, *, status: int = 200, reply: Sent | None = None, score: Sent | None = None
) -> HttpResponse:
    """The page, or its changing part for htmx. `reply`, `score`: what was sent and refused."""
    shell = shell_of(live=portal_live(ticket))
    asked = asked_of(ticket, score)
    own = ticket.customer.dedicated_agent
    context = {
        "shell": shell,
        "ticket_id": ticket.id,
        "ticket": head_of(ticket),
        "promise": promise_of(ticket, now()),
        "waiting": ticket.status == Status.WAITING,
        "asked": asked,
        "agreed": asked.get("agreed"),
        "score": score,
        "talk": talk_of(ticket, shell.company),
        "reply": reply,
        "reopens": ticket.status not in OPEN_STATUSES,
        "owner": {
            "name": ticket.owner.name if ticket.owner else "",
            "initial": initial_of(ticket.owner.name) if ticket.owner else "",
            "team": ticket.team.name,
            "online": bool(ticket.owner and ticket.owner.presence == Presence.ONLINE),
        },
        "hours": hours_of(ticket.team.calendar),
        "orders": orders_of(ticket),
        "own_agent": own.name if own and own.is_active and own != ticket.owner else "",
        "most_files": MOST_FILES,
        "file_bytes": FILE_BYTES,
        "file_mb": FILE_BYTES // MIB,
        "most_chars": MOST_CHARS,
        "accept": ",".join(f".{ending}" for ending in KINDS),
    }
    template = "portal/ticket_body.html" if wants_fragment(request) else "portal/ticket.html"
    return render(request, template, context, status=status)


@for_ticket
def reply(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """What the customer writes. Without scripts a refused text stands in the box again; files must be chosen anew."""
    if request.method != "POST":
        return _back(ticket)
    if not use_one(WRITES, str(ticket.id)):
        return slow_down(request, WRITES)
    text = request.POST.get("text", "")
    try:
        files = [new_file(file) for file in request.FILES.getlist("files") if file.name]
        once_of(request, ticket.id)(
            lambda: add_portal_message(ticket=ticket, text=text, files=files, by=_customer(ticket), now=now())
        )
    except YinuoError as error:
        if wants_fragment(request):
            raise
        return show(request, ticket, status=error.status, reply=Sent({"text": text}, sentence=str(error)))
    return _done(request, ticket, _("Your message has arrived."), "talk")


def new_file(file: UploadedFile) -> NewFile:
    """Not read where it is too large anyway."""
    if (file.size or 0) > FILE_BYTES:
        raise FileTooLarge(name=file.name, most=FILE_BYTES // MIB, total=ALL_BYTES // MIB)
    return NewFile(file.name or "", file.read())


@for_ticket
def plan(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """The customer agrees to the plan, or says what he wants instead."""
    if request.method != "POST":
        return _back(ticket)
    if not use_one(WRITES, str(ticket.id)):
        return slow_down(request, WRITES)
    agreed = request.POST.get("answer") == "yes"
    try:
        once_of(request, ticket.id)(
            lambda: answer_plan(
                ticket=ticket, agreed=agreed, seen=request.POST.get("seen", ""), text=request.POST.get("text", ""),
                by=_customer(ticket), now=now(),
            )
        )  # fmt: skip
    except YinuoError as error:
        if wants_fragment(request):
            raise
        messages.error(request, str(error))
        return _back(ticket)
    said = (
        _("Thank you for agreeing. We begin now.") if agreed else _("Thank you for telling us. We make another plan.")
    )
    return _done(request, ticket, said, "asked")


@for_ticket
def solved(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """The customer says that it is solved; asked for a score next."""
    if request.method != "POST":
        return _back(ticket)
    if ticket.status in OPEN_STATUSES:
        return _stale(request, ticket)
    if ticket.status == Status.SOLVED and confirm_solved(ticket=ticket, way="portal", by=_customer(ticket), now=now()):
        return _done(request, ticket, _("Thank you for confirming."), "asked")
    return _done(request, ticket, "", "asked")


@for_ticket
def unsolved(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """The customer says that it is not solved, and what is still wrong."""
    if request.method != "POST":
        return _back(ticket)
    if ticket.status in OPEN_STATUSES:
        return _done(request, ticket, _("We are working on it."), "asked")
    if not use_one(WRITES, str(ticket.id)):
        return slow_down(request, WRITES)
    try:
        once_of(request, ticket.id)(
            lambda: refuse_solved(ticket=ticket, text=request.POST.get("text", ""), by=_customer(ticket), now=now())
        )
    except YinuoError as error:
        if wants_fragment(request):
            raise
        messages.error(request, str(error))
        return _back(ticket)
    return _done(request, ticket, _("Thank you for telling us. We take it up again."), "asked")


@for_ticket
def score(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """The survey's answers, once a round."""
    if request.method != "POST":
        return _back(ticket)
    given = {question.key: request.POST.get(question.key, "") for question in questions_for(ticket).questions}
    try:
        answer_survey(ticket=ticket, answers=given, way="portal", by=_customer(ticket), now=now())
    except AlreadyAnswered as error:
        return _done(request, ticket, str(error), "asked")
    except NotSolvedYet:
        return _stale(request, ticket)
    except InvalidForm as error:
        sent = Sent(given, error.fields, str(error))
        return show(request, ticket, status=error.status, score=sent)
    return _done(request, ticket, _("Thank you, your score has arrived."), "asked")


@for_ticket
def leave(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """On a computer that others use too: the page is closed to it."""
    if request.method != "POST":
        return _back(ticket)
    response = HttpResponseRedirect(reverse("portal_help"))
    forget(response, ticket)
    messages.success(request, _("This page is closed now. The link in our mail opens it again."))
    return response


@for_ticket
@require_safe
def file(request: HttpRequest, ticket: Ticket, file_id: UUID) -> HttpResponse | StreamingHttpResponse:
    """An attachment, always to be saved and never shown in our own pages."""
    attachment = access_attachment_by_link(ticket, file_id)
    response = StreamingHttpResponse(read_pieces(attachment.file_id), content_type=attachment.content_type)
    response["Content-Length"] = str(attachment.size)
    response["Content-Disposition"] = content_disposition_header(True, attachment.filename or "file")
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _customer(ticket: Ticket) -> Actor:
    return Actor.customer(ticket.customer_id)


def _back(ticket: Ticket, part: str = "") -> HttpResponse:
    response = HttpResponseRedirect(reverse("portal_ticket", args=[ticket.number]) + (f"#{part}" if part else ""))
    response.status_code = 303
    return response


def _done(request: HttpRequest, ticket: Ticket, sentence: str, part: str) -> HttpResponse:
    """The page as it is now, with `sentence` as a toast."""
    if not wants_fragment(request):
        if sentence:
            messages.success(request, sentence)
        return _back(ticket, part)
    response = show(request, kept_ticket(request, ticket.number))
    if sentence:
        response["HX-Trigger"] = json.dumps({"toast": {"text": sentence, "tone": "good"}})
    return response


def _stale(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """The page was older than the ticket: it is being worked on again."""
    if wants_fragment(request):
        raise NotSolvedYet
    messages.warning(request, str(NotSolvedYet.text))
    return _back(ticket)
