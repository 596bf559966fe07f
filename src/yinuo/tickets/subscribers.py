"""What tickets do afterwards: the search index, and telling people what concerns them."""

from yinuo.foundation.actors import Actor
from yinuo.foundation.events import Recorded
from yinuo.staff.queries import team_leads
from yinuo.staff.services import notify
from yinuo.tickets.models import Direction, Message, Ticket, Watch
from yinuo.tickets.search import write_index
from yinuo.tickets.services import move_to_customer

TELLER = Actor.system("notices")


def on_customers_merged(event: Recorded) -> None:
    """Tickets and what was written move to the file that stays."""
    move_to_customer(merged_id=event.fact.merged_id, kept_id=event.fact.kept_id)


def index_opened(event: Recorded) -> None:
    ticket = Ticket.objects.get(id=event.ticket_id)
    write_index(ticket_id=ticket.id, source_id=ticket.id, opened_at=ticket.opened_at, text=ticket.subject)


def index_message(event: Recorded) -> None:
    index(Message.objects.select_related("ticket").get(id=event.fact.message_id))


def index(message: Message) -> None:
    write_index(
        ticket_id=message.ticket_id, source_id=message.id, opened_at=message.ticket.opened_at,
        text=message.full_text or message.text,
    )  # fmt: skip


def tell_assigned(event: Recorded) -> None:
    """The new owner, unless he took it himself."""
    owner = event.fact.owner_id
    if owner and owner != event.by.id:
        _tell(event, [owner], "assigned")


def tell_customer_wrote(event: Recorded) -> None:
    """The owner and who follows; nobody for the first message of a ticket (it is in the queue)."""
    if event.fact.first:
        return
    ticket = Ticket.objects.get(id=event.ticket_id)
    people = [ticket.owner_id] if ticket.owner_id else team_leads(ticket.team_id)
    people += Watch.objects.filter(ticket=ticket, reason__in=["chosen", "mentioned"]).values_list(
        "account_id", flat=True
    )
    _tell(event, people, "customer_wrote")


def tell_mentioned(event: Recorded) -> None:
    _tell(event, event.fact.mentioned, "mentioned")


def tell_message_failed(event: Recorded) -> None:
    """A reply that did not arrive: its author, else the owner."""
    if event.fact.state not in ("failed", "bounced"):
        return
    message = Message.objects.select_related("ticket").get(id=event.fact.message_id)
    person = message.account_id or message.ticket.owner_id
    people = [person] if person else team_leads(message.ticket.team_id)
    if message.direction == Direction.OUT:
        _tell(event, people, "not_delivered")


def _tell(event: Recorded, people, kind: str, **values: object) -> None:
    people = [person for person in people if person and person != event.by.id]
    if not people or event.ticket_id is None:
        return
    number = Ticket.objects.values_list("number", flat=True).get(id=event.ticket_id)
    notify(
        accounts=people, kind=kind, subject=event.subject, at=event.at, by=TELLER, ticket_id=event.ticket_id,
        once=str(event.id), values={"number": number, **values},
    )  # fmt: skip
