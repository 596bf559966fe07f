"""Who may see a ticket: its team, its owner, who follows it, whose team has a sub-task of it to do; or who may see all.
Not visible = not there."""

from collections.abc import Collection
from uuid import UUID

from yinuo.catalog.models import Category, Product
from yinuo.customers.models import Customer
from yinuo.foundation.clock import now
from yinuo.foundation.errors import Denied, Missing
from yinuo.foundation.select import Shape, select, split
from yinuo.staff.models import Account, Team
from yinuo.staff.permissions import Viewer
from yinuo.staff.rights import Right
from yinuo.tickets.errors import LinkInvalid
from yinuo.tickets.links import hash_of
from yinuo.tickets.lists import ASKED, seen_by
from yinuo.tickets.models import Attachment, Message, Ticket, Watch
from yinuo.tickets.queries import attachments_of_customer_view

TICKET, CUSTOMER, PRODUCT = Shape(Ticket), Shape(Customer, without=("name_tokens", "profile")), Shape(Product)
TEAM, OWNER = Shape(Team), Shape(Account, only=("id", "name", "presence", "is_active"))
CATEGORY = Shape(Category, without=("keywords",))
TOGETHER = (TICKET, CUSTOMER, TEAM, OWNER, PRODUCT, CATEGORY, CATEGORY, CATEGORY)
STATEMENT = f"""
    SELECT EXISTS (SELECT 1 FROM tickets_watch w WHERE w.ticket_id = t.id AND w.account_id = %s),
        {ASKED.format(ticket="t.id")},
        {", ".join(shape.columns(alias) for shape, alias in zip(TOGETHER, "tcmopijk", strict=True))}
    FROM tickets_ticket t
    JOIN customers_customer c ON c.id = t.customer_id
    JOIN staff_team m ON m.id = t.team_id
    LEFT JOIN staff_account o ON o.id = t.owner_id
    LEFT JOIN catalog_product p ON p.id = t.product_id
    LEFT JOIN catalog_category i ON i.id = t.category_id
    LEFT JOIN catalog_category j ON j.id = i.parent_id
    LEFT JOIN catalog_category k ON k.id = j.parent_id
    WHERE t.number = %s
"""  # noqa: S608 - names of our own columns


def access_ticket(viewer: Viewer, number: str) -> Ticket:
    """The ticket with this number, its customer, team, owner, product and category with it, if the viewer may see it.
    Raises `Missing`."""
    found = select(STATEMENT, viewer.id, sorted(viewer.team_ids), number.strip().upper())
    if not found:
        raise Missing
    watched, asked, *values = found[0]
    ticket, customer, team, owner, product, category, parent, grandparent = split(values, *TOGETHER)
    ticket.customer, ticket.team, ticket.owner, ticket.product = customer, team, owner, product
    ticket.category = category
    if category:
        category.parent = parent
    if parent:
        parent.parent = grandparent
    return _seen(viewer, ticket, watched=watched, asked=asked)


def access_ticket_by_id(viewer: Viewer, ticket_id: UUID) -> Ticket:
    return _seen(viewer, Ticket.objects.filter(id=ticket_id).select_related("customer", "team", "owner").first())


def seen_of(viewer: Viewer, ticket_ids: Collection[UUID]) -> set[UUID]:
    """Those of the tickets that the viewer may see."""
    wanted = set(ticket_ids)
    unknown = wanted - viewer.accessed
    if unknown:
        where, values = seen_by(viewer)
        rows = select(f"SELECT t.id FROM tickets_ticket t WHERE t.id = ANY(%s) AND {where}", list(unknown), *values)  # noqa: S608 - columns
        viewer.accessed |= {ticket_id for (ticket_id,) in rows}
    return wanted & viewer.accessed


def standing_link(ticket_id: UUID) -> bytes | None:
    """The stored hash of a ticket's secret link, while it is valid."""
    links = Ticket.objects.filter(id=ticket_id, link_expires_at__gt=now()).values_list("link_hash", flat=True)
    found = links.first()
    return bytes(found) if found else None


def _seen(
    viewer: Viewer, ticket: Ticket | None, *, watched: bool | None = None, asked: bool | None = None
) -> Ticket:  # fmt: skip
    if ticket is None or not may_see(
        viewer, team_id=ticket.team_id, owner_id=ticket.owner_id, ticket_id=ticket.id, watched=watched, asked=asked
    ):
        raise Missing
    viewer.accessed.add(ticket.id)
    return ticket


def may_see(
    viewer: Viewer, *, team_id: UUID, owner_id: UUID | None, ticket_id: UUID, watched: bool | None = None,
    asked: bool | None = None,
) -> bool:  # fmt: skip
    """`watched`: whether the viewer follows the ticket, where that is known; `asked`: whether a team of his has a
    sub-task of it to do."""
    if viewer.has(Right.SEE_ALL_TICKETS):
        return True
    if viewer.has(Right.WORK_TICKETS) and (team_id in viewer.team_ids or owner_id == viewer.id):
        return True
    if watched is None:
        watched = Watch.objects.filter(ticket_id=ticket_id, account_id=viewer.id).exists()
    if watched or not viewer.has(Right.WORK_TICKETS):
        return watched
    if asked is None:
        asked = select(f"SELECT {ASKED.format(ticket='%s')}", ticket_id, sorted(viewer.team_ids))[0][0]
    return asked


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
