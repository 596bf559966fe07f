"""The quarantine: contacts that no rule understands wait here for a person (R-CH-1: none lost)."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from yinuo.channels.models import Contact, ContactState
from yinuo.channels.queries import waiting_contact, waiting_contacts
from yinuo.channels.services.mailboxes import block_sender
from yinuo.channels.services.quarantine import (
    append_from_quarantine,
    discard_contact,
    open_from_quarantine,
    show_contact,
)
from yinuo.domain.redaction import mask_contact, mask_text
from yinuo.foundation.clock import now
from yinuo.foundation.errors import InvalidForm, Missing, YinuoError
from yinuo.foundation.files import read_file
from yinuo.foundation.work import work
from yinuo.staff.permissions import Viewer
from yinuo.staff.queries import queues_of
from yinuo.staff.rights import Right
from yinuo.tickets.permissions import access_ticket
from yinuo.tickets.queries import number_of
from yinuo.web.console.labels import CHANNEL
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
    "trap": gettext_lazy("A web form in which a field was filled in that no person sees: most likely a program."),
    "too_fast": gettext_lazy("A web form that was filled in faster than a person can: most likely a program."),
    "link_in_name": gettext_lazy("A web form with an address of the internet as the name: most likely advertising."),
    "markup": gettext_lazy("A web form with code for links in it: most likely advertising."),
    "links": gettext_lazy("A web form with many links in it: perhaps advertising."),
    "often": gettext_lazy("One of many web forms from one place or for one contact within a short time."),
}
KEPT_LONG = gettext_lazy(
    "It has been kept but not understood yet. If it stays here, an administrator looks at the jobs."
)


class ReasonMissing(YinuoError):
    code = "reason_missing"
    text = gettext_lazy("Write down why it needs no ticket.")


@requires(Right.WORK_QUARANTINE)
def quarantine(request: HttpRequest) -> HttpResponse:
    who = viewer(request)
    contacts = [_shown(contact, who) for contact in waiting_contacts(who)]
    teams = queues_of(None if who.has(Right.SEE_ALL_TICKETS) or not who.team_ids else who.team_ids)
    context = {"contacts": contacts, "teams": teams}
    if wants_fragment(request):
        return render(request, "console/quarantine_list.html", context)
    return page(request, "console/quarantine.html", context, here="quarantine", topics=["quarantine"])


def _shown(contact: Contact, who: Viewer) -> dict[str, object]:
    """Contact data is masked, as everywhere; the whole is shown to who may, with a reason."""
    waits = contact.state == ContactState.QUARANTINED
    told = {name: str(contact.summary.get(name, "")) for name in ("from", "name", "subject", "text")}
    form = contact.channel == "webform"
    return {
        "id": str(contact.id),
        "sender": mask_contact(told["from"]) if told["from"] else "",
        "name": mask_text(told["name"]),
        "subject": mask_text(told["subject"]),
        "text": mask_text(told["text"]),
        "to": contact.mailbox.address if contact.mailbox else CHANNEL["webform"] if form else "",
        "team": contact.mailbox.team_id if contact.mailbox else contact.team_id,
        "arrived_iso": iso(contact.arrived_at),
        "reason": REASONS.get(contact.reason, REASONS["error"]) if waits else KEPT_LONG,
        "size": size_text(contact.raw.size),
        "waits": waits,
        "may_open": waits and (form or "@" in told["from"]),
        "may_block": "@" in told["from"],
        "may_show": who.has(Right.SEE_PERSONAL),
    }


def _contact(request: HttpRequest, id: UUID) -> Contact:
    found = waiting_contact(viewer(request), id)
    if found is None:
        raise Missing
    return found


@requires(Right.WORK_QUARANTINE)
@require_POST
def raw(request: HttpRequest, id: UUID) -> HttpResponse:
    """The contact as it came, unmasked, as plain text and nothing else; to whom and why is recorded."""
    who = viewer(request)
    who.require(Right.SEE_PERSONAL)
    contact = _contact(request, id)
    show_contact(contact=contact, reason=request.POST.get("reason", ""), by=who.actor, now=now())
    content = read_file(contact.raw_id)[:RAW_SHOWN]
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
    ticket_id = open_from_quarantine(contact=_contact(request, id), team=team, by=who.actor, now=now())
    if ticket_id is None:
        return done(request, _("Its sender cannot be answered, so it stays here."), "quarantine")
    return done(request, _("%(number)s is open.") % {"number": number_of(ticket_id)}, "quarantine")


@requires(Right.WORK_QUARANTINE)
@require_POST
def append(request: HttpRequest, id: UUID) -> HttpResponse:
    """Files it with a ticket that the person may see; the sender stays unverified there."""
    who = viewer(request)
    ticket = access_ticket(who, request.POST.get("number", ""))
    append_from_quarantine(contact=_contact(request, id), ticket=ticket, by=who.actor, now=now())
    return done(request, _("Filed with %(number)s.") % {"number": ticket.number}, "quarantine")


@requires(Right.WORK_QUARANTINE)
@require_POST
def discard(request: HttpRequest, id: UUID) -> HttpResponse:
    """Needs no ticket; with `block` its sender's mail is filtered from now on."""
    who = viewer(request)
    reason = request.POST.get("reason", "").strip()
    if not reason:
        raise ReasonMissing
    contact = _contact(request, id)
    with work():
        discard_contact(contact=contact, reason=reason[:500], by=who.actor, now=now())
        if request.POST.get("block") and "@" in contact.summary.get("from", ""):
            block_sender(sender=contact.summary["from"], by=who.actor, now=now())
    return done(request, _("Discarded. It is kept raw, and the reason too."), "quarantine")
