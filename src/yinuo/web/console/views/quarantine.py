"""The quarantine: contacts that no rule understands wait here for a person (R-CH-1: none lost)."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from yinuo.channels.models import Contact, ContactState
from yinuo.channels.queries import waiting_contact, waiting_contacts
from yinuo.channels.services.intake import append_from_quarantine, discard_contact, open_from_quarantine
from yinuo.channels.services.mailboxes import block_sender
from yinuo.foundation.clock import now
from yinuo.foundation.errors import InvalidForm, Missing, YinuoError
from yinuo.foundation.files import read_file
from yinuo.foundation.work import work
from yinuo.staff.queries import queues_of
from yinuo.staff.rights import Right
from yinuo.tickets.permissions import access_ticket
from yinuo.tickets.queries import number_of
from yinuo.web.console.rows import iso
from yinuo.web.console.talk import size_text
from yinuo.web.console.views.base import done, page, requires, viewer, wants_fragment
from yinuo.web.console.views.files import FILE_POLICY

RAW_SHOWN = 512 * 1024
REASONS = {
    "the mail cannot be understood": gettext_lazy("The mail is damaged or in a form that cannot be read."),
    "the mail names no sender": gettext_lazy("The mail names no sender, so nobody could be answered."),
    "the sender's address is not one we can answer": gettext_lazy("The sender's address is not one we can answer."),
    "error": gettext_lazy("Filing it failed for a technical reason; it is kept whole."),
}
KEPT_LONG = gettext_lazy(
    "It has been kept but not understood yet. If it stays here, an administrator looks at the jobs."
)


class ReasonMissing(YinuoError):
    code = "reason_missing"
    text = gettext_lazy("Write down why it needs no ticket.")


@requires(Right.WORK_QUARANTINE)
def quarantine(request: HttpRequest) -> HttpResponse:
    contacts = [_shown(contact) for contact in waiting_contacts()]
    who = viewer(request)
    teams = queues_of(None if who.has(Right.SEE_ALL_TICKETS) or not who.team_ids else who.team_ids)
    context = {"contacts": contacts, "teams": teams}
    if wants_fragment(request):
        return render(request, "console/quarantine_list.html", context)
    return page(request, "console/quarantine.html", context, here="quarantine", topics=["quarantine"])


def _shown(contact: Contact) -> dict[str, object]:
    waits = contact.state == ContactState.QUARANTINED
    return {
        "id": str(contact.id),
        "sender": contact.summary.get("from", ""),
        "name": contact.summary.get("name", ""),
        "subject": contact.summary.get("subject", ""),
        "text": contact.summary.get("text", ""),
        "mailbox": contact.mailbox.address if contact.mailbox else "",
        "team": contact.mailbox.team_id if contact.mailbox else None,
        "arrived_iso": iso(contact.arrived_at),
        "reason": REASONS.get(contact.reason, REASONS["error"]) if waits else KEPT_LONG,
        "size": size_text(contact.raw.size),
        "waits": waits,
        "may_open": waits and "@" in contact.summary.get("from", ""),
    }


def _contact(id: UUID) -> Contact:
    found = waiting_contact(id)
    if found is None:
        raise Missing
    return found


@requires(Right.WORK_QUARANTINE)
def raw(request: HttpRequest, id: UUID) -> HttpResponse:
    """The contact as it came, as plain text and nothing else."""
    content = read_file(_contact(id).raw_id)[:RAW_SHOWN]
    return HttpResponse(
        content.decode("utf-8", "replace"),
        content_type="text/plain; charset=utf-8",
        headers={
            "Content-Security-Policy": FILE_POLICY,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )


@requires(Right.WORK_QUARANTINE)
@require_POST
def open_as_ticket(request: HttpRequest, id: UUID) -> HttpResponse:
    who = viewer(request)
    team = next((team for team in queues_of(None) if str(team.id) == request.POST.get("team")), None)
    if team is None:
        raise InvalidForm
    result = open_from_quarantine(contact=_contact(id), team=team, by=who.actor, now=now())
    number = number_of(result.ticket_id) if result.ticket_id else ""
    return done(request, _("%(number)s is open.") % {"number": number}, "quarantine")


@requires(Right.WORK_QUARANTINE)
@require_POST
def append(request: HttpRequest, id: UUID) -> HttpResponse:
    """Files it with a ticket that the person may see; the sender stays unverified there."""
    who = viewer(request)
    ticket = access_ticket(who, request.POST.get("number", ""))
    append_from_quarantine(contact=_contact(id), ticket=ticket, by=who.actor, now=now())
    return done(request, _("Filed with %(number)s.") % {"number": ticket.number}, "quarantine")


@requires(Right.WORK_QUARANTINE)
@require_POST
def discard(request: HttpRequest, id: UUID) -> HttpResponse:
    """Needs no ticket; with `block` its sender's mail is filtered from now on."""
    who = viewer(request)
    reason = request.POST.get("reason", "").strip()
    if not reason:
        raise ReasonMissing
    contact = _contact(id)
    with work():
        discard_contact(contact=contact, reason=reason[:500], by=who.actor, now=now())
        if request.POST.get("block") and contact.summary.get("from"):
            block_sender(sender=contact.summary["from"], by=who.actor, now=now())
    return done(request, _("Discarded. It is kept raw, and the reason too."), "quarantine")
