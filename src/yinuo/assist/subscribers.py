"""What assistance does afterwards: suggest a class, take what people decide as a lesson."""

from yinuo.assist.services import decide, suggest
from yinuo.catalog.models import Category
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor, ActorKind
from yinuo.foundation.events import Recorded
from yinuo.procedures.services import reclassify
from yinuo.tickets.models import Ticket

SUGGESTER = Actor.system("classifier")
SURE = 0.6
"""From this confidence on a learned class replaces the one the rules gave; below it is shown as a suggestion."""


def on_opened(event: Recorded) -> None:
    """A better class re-dates the deadlines, unless a person was faster."""
    ticket = Ticket.objects.select_related("category").get(id=event.ticket_id)
    found = suggest(ticket=ticket, now=clock.now())
    better = found.source != "rules" and found.category.value and found.category.confidence >= SURE
    if not better or ticket.category_source == "person":
        return
    category = Category.objects.filter(code=found.category.value, active=True).first()
    if category and category.id != ticket.category_id:
        reclassify(
            ticket=ticket, by=SUGGESTER, now=clock.now(), source="learned", category=category,
            confidence=found.category.confidence,
        )  # fmt: skip


def on_classified(event: Recorded) -> None:
    if event.by.kind == ActorKind.ACCOUNT and event.fact.category != event.fact.was["category"]:
        decide(ticket=Ticket.objects.get(id=event.ticket_id), account_id=event.by.id, now=event.at)


def on_run_ended(event: Recorded) -> None:
    decide(ticket=Ticket.objects.get(id=event.ticket_id), account_id=None, now=event.at)
