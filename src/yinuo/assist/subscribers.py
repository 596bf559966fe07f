"""What assistance does afterwards: suggest a class, take what people decide as a lesson."""

from yinuo.assist.services import decide, suggest
from yinuo.catalog.models import Category
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor, ActorKind
from yinuo.foundation.events import Recorded, only_if, together
from yinuo.procedures.services import reclassify
from yinuo.tickets.models import Ticket

SUGGESTER = Actor.system("classifier")
SURE = 0.6
"""From this confidence on a learned class replaces the one the rules gave; below it is shown as a suggestion."""


@together
def on_opened(events: list[Recorded]) -> None:
    """A better class re-dates the deadlines, unless a person was faster."""
    now = clock.now()
    tickets = Ticket.objects.filter(id__in=[event.ticket_id for event in events]).select_related("category")
    tickets = list(tickets.order_by("id"))
    found = suggest(tickets=tickets, now=now)
    better = {
        ticket.id: found[ticket.id].category
        for ticket in tickets
        if found[ticket.id].source != "rules"
        and found[ticket.id].confidence >= SURE
        and ticket.category_source != "person"
    }
    categories = Category.objects.filter(code__in=set(better.values()), active=True).in_bulk(field_name="code")
    for ticket in tickets:
        category = categories.get(better.get(ticket.id, ""))
        if category and category.id != ticket.category_id:
            reclassify(
                ticket=ticket, by=SUGGESTER, now=now, source="learned", category=category,
                confidence=found[ticket.id].confidence,
            )  # fmt: skip


@only_if(lambda fact: fact.category != fact.was["category"])
def on_classified(event: Recorded) -> None:
    if event.by.kind == ActorKind.ACCOUNT:
        decide(ticket=Ticket.objects.get(id=event.ticket_id), account_id=event.by.id, now=event.at)


def on_run_ended(event: Recorded) -> None:
    decide(ticket=Ticket.objects.get(id=event.ticket_id), account_id=None, now=event.at)
