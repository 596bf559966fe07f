"""What quality does when a procedure asks for it, or a customer has scored."""

from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import Recorded, only_if
from yinuo.orders.models import Order
from yinuo.procedures.models import Step, StepState
from yinuo.quality.services import ask_survey, note_score, open_improvement, open_improvement_of_order
from yinuo.tickets.models import Ticket

QUALITY = Actor.system("quality")
SCORE = "satisfaction"
"""The field in which every procedure notes the customer's score (section 14)."""


def on_survey_wanted(event: Recorded) -> None:
    ticket = Ticket.objects.get(id=event.ticket_id)
    ask_survey(ticket=ticket, code=event.fact.survey, round=event.fact.round, by=QUALITY, now=clock.now())


def on_improvement_wanted(event: Recorded) -> None:
    open_improvement(ticket=Ticket.objects.get(id=event.ticket_id), by=QUALITY, now=clock.now())


def on_fulfilment_answered(event: Recorded) -> None:
    """At once: what the customer says at the end of an order is a score like any other."""
    order = Order.objects.get(id=event.subject[1])
    open_improvement_of_order(order=order, score=event.fact.satisfaction, by=QUALITY, now=event.at)


@only_if(lambda fact: SCORE in fact.fields)
def on_score_noted(event: Recorded) -> None:
    """Afterwards: whoever visited has finished the step with the customer's score."""
    step = Step.objects.select_related("ticket").get(id=event.fact.step_id)
    score = step.form.get(SCORE)
    if step.state != StepState.DONE or not isinstance(score, int):
        return
    others = {name: value for name, value in step.form.items() if name != SCORE and name in event.fact.fields}
    note_score(
        ticket=step.ticket, round=step.round, score=score, comment=str(others.get("suggestion") or ""),
        scores={SCORE: score} | {name: value for name, value in others.items() if isinstance(value, int)},
        by=event.by, now=event.at,
    )  # fmt: skip
