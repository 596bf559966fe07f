"""What tickets do afterwards: the search index, and telling people what concerns them."""

from collections.abc import Sequence

from django.db.models import QuerySet

from yinuo.foundation.actors import Actor
from yinuo.foundation.events import Recorded, only_if, together
from yinuo.staff.queries import team_leads
from yinuo.staff.services import notify
from yinuo.tickets.models import Direction, Message, Ticket, Watch
from yinuo.tickets.search import Text, write_index
from yinuo.tickets.services import move_to_customer, set_due_of_many

TELLER = Actor.system("notices")
RECOUNTED = ("calendar", "customer", "official_days", "policies", "team")


def on_customers_merged(event: Recorded) -> None:
    """Tickets and what was written move to the file that stays."""
    move_to_customer(merged_id=event.fact.merged_id, kept_id=event.fact.kept_id)


@only_if(lambda fact: fact.reason in RECOUNTED)
@together
def follow_moved(events: Sequence[Recorded]) -> None:
    """Promises were dated anew by themselves (a calendar, the limits): the tickets show the next of them. What a
    service of the ticket moved it has put down itself."""
    moved = {event.ticket_id for event in events if event.ticket_id}
    if moved:
        set_due_of_many(ticket_ids=moved)


@together
def index_opened(events: list[Recorded]) -> None:
    """Subjects."""
    tickets = Ticket.objects.filter(id__in=[event.ticket_id for event in events])
    write_index(Text(id, id, at, subject) for id, at, subject in tickets.values_list("id", "opened_at", "subject"))


@together
def index_message(events: list[Recorded]) -> None:
    index(Message.objects.filter(id__in=[event.fact.message_id for event in events]))


def index(messages: QuerySet[Message]) -> None:
    rows = messages.values_list("ticket_id", "id", "ticket__opened_at", "full_text", "text")
    write_index(Text(ticket_id, id, at, whole or text) for ticket_id, id, at, whole, text in rows)


@only_if(lambda fact: fact.owner_id is not None)
def tell_assigned(event: Recorded) -> None:
    """The new owner, unless he took it himself."""
    _tell(event, [event.fact.owner_id], "assigned")


@only_if(lambda fact: not fact.first)
def tell_customer_wrote(event: Recorded) -> None:
    """The owner and who follows; nobody for the first message of a ticket (it is in the queue)."""
    ticket = Ticket.objects.get(id=event.ticket_id)
    people = [ticket.owner_id] if ticket.owner_id else team_leads(ticket.team_id)
    people += Watch.objects.filter(ticket=ticket, reason__in=["chosen", "mentioned"]).values_list(
        "account_id", flat=True
    )
    _tell(event, people, "customer_wrote")


@only_if(lambda fact: fact.mentioned)
def tell_mentioned(event: Recorded) -> None:
    _tell(event, event.fact.mentioned, "mentioned")


@only_if(lambda fact: fact.state in ("failed", "bounced"))
def tell_message_failed(event: Recorded) -> None:
    """A reply that did not arrive: its author, else the owner."""
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
