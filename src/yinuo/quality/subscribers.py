"""What quality does when a procedure asks for it."""

from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import Recorded
from yinuo.quality.services import ask_survey, open_improvement
from yinuo.tickets.models import Ticket

QUALITY = Actor.system("quality")


def on_survey_wanted(event: Recorded) -> None:
    ticket = Ticket.objects.get(id=event.ticket_id)
    ask_survey(ticket=ticket, code=event.fact.survey, round=event.fact.round, by=QUALITY, now=clock.now())


def on_improvement_wanted(event: Recorded) -> None:
    open_improvement(ticket=Ticket.objects.get(id=event.ticket_id), by=QUALITY, now=clock.now())
