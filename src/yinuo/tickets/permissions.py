"""Who may see a ticket: its team, its owner, who follows it; or who may see all. Not visible = not there."""

from collections.abc import Collection
from uuid import UUID

from yinuo.foundation.clock import now
from yinuo.foundation.errors import Denied, Missing
from yinuo.staff.permissions import Viewer
from yinuo.staff.rights import Right
from yinuo.tickets.errors import LinkInvalid
from yinuo.tickets.links import hash_of
from yinuo.tickets.models import Attachment, Message, Ticket, Watch
from yinuo.tickets.queries import attachments_of_customer_view


def may_see(viewer: Viewer, *, team_id: UUID, owner_id: UUID | None, ticket_id: UUID) -> bool:
    if viewer.has(Right.SEE_ALL_TICKETS):
        return True
    if not viewer.has(Right.WORK_TICKETS):
        return Watch.objects.filter(ticket_id=ticket_id, account_id=viewer.id).exists()
    if team_id in viewer.team_ids or owner_id == viewer.id:
        return True
    return Watch.objects.filter(ticket_id=ticket_id, account_id=viewer.id).exists()


def access_ticket(viewer: Viewer, number: str) -> Ticket:
    """The ticket with this number, if the viewer may see it. Raises `Missing`."""
    ticket = (
        Ticket.objects.filter(number=number.strip().upper())
        .select_related("customer", "team", "owner", "category__parent__parent", "product")
        .first()
    )
    return _seen(viewer, ticket)


def access_ticket_by_id(viewer: Viewer, ticket_id: UUID) -> Ticket:
    return _seen(viewer, Ticket.objects.filter(id=ticket_id).select_related("customer", "team", "owner").first())


def seen_of(viewer: Viewer, ticket_ids: Collection[UUID]) -> set[UUID]:
    """Those of the tickets that the viewer may see."""
    if not ticket_ids:
        return set()
    rows = Ticket.objects.filter(id__in=ticket_ids).values_list("id", "team_id", "owner_id")
    return {
        ticket_id
        for ticket_id, team_id, owner_id in rows
        if may_see(viewer, team_id=team_id, owner_id=owner_id, ticket_id=ticket_id)
    }


def standing_link(ticket_id: UUID) -> bytes | None:
    """The stored hash of a ticket's secret link, while it is valid."""
    links = Ticket.objects.filter(id=ticket_id, link_expires_at__gt=now()).values_list("link_hash", flat=True)
    found = links.first()
    return bytes(found) if found else None


def _seen(viewer: Viewer, ticket: Ticket | None) -> Ticket:
    if ticket is None or not may_see(viewer, team_id=ticket.team_id, owner_id=ticket.owner_id, ticket_id=ticket.id):
        raise Missing
    return ticket


def access_message(viewer: Viewer, message_id: UUID) -> Message:
    """Raises `Missing` where the viewer may not see its ticket."""
    message = Message.objects.filter(id=message_id).select_related("ticket").first()
    if message is None:
        raise Missing
    _seen(viewer, message.ticket)
    return message


def access_attachment(viewer: Viewer, attachment_id: UUID) -> Attachment:
    attachment = Attachment.objects.filter(id=attachment_id).select_related("message__ticket").first()
    if attachment is None:
        raise Missing
    _seen(viewer, attachment.message.ticket)
    return attachment


def may_work(viewer: Viewer, ticket: Ticket) -> bool:
    """May answer and do steps: works tickets and is of the team, owns it, or leads."""
    return viewer.has(Right.WORK_TICKETS) and (
        ticket.team_id in viewer.team_ids or ticket.owner_id == viewer.id or viewer.has(Right.ASSIGN_TICKETS)
    )


def require_work(viewer: Viewer, ticket: Ticket) -> None:
    """Raises `Denied` for who may not work on the ticket."""
    if not may_work(viewer, ticket):
        raise Denied


def access_by_kept_link(number: str, ticket_id: UUID, link_hash: bytes) -> Ticket:
    """The ticket of a customer who has opened its link before: it must be this ticket's, and still the valid one.
    Raises `Missing`."""
    ticket = Ticket.objects.filter(id=ticket_id).select_related("customer__dedicated_agent", "team", "owner").first()
    if ticket is None or ticket.number != number.upper() or not ticket.link_expires_at:
        raise Missing
    if ticket.link_expires_at < now() or bytes(ticket.link_hash or b"") != link_hash:
        raise Missing
    return ticket


def access_by_link(number: str, token: str) -> Ticket:
    """The ticket of a customer's secret link. Raises `LinkInvalid`, the same for every reason."""
    ticket = Ticket.objects.filter(link_hash=hash_of(token)).select_related("customer", "team", "owner").first()
    if ticket is None or ticket.number != number.upper() or not ticket.link_expires_at:
        raise LinkInvalid
    if ticket.link_expires_at < now():
        raise LinkInvalid
    return ticket


def access_attachment_by_link(ticket: Ticket, attachment_id: UUID) -> Attachment:
    """An attachment that the customer may fetch: of what was said between the two, of no note. Raises `Missing`."""
    attachment = attachments_of_customer_view(ticket.id).filter(id=attachment_id).first()
    if attachment is None:
        raise Missing
    return attachment
