"""What quality does when a procedure asks for it, or a customer has scored."""

from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import Recorded, only_if
from yinuo.orders.models import Order
from yinuo.orders.services import answer_fulfilment
from yinuo.orders.services.promises import ASKED, keep_of_order
from yinuo.procedures.models import Step, StepState
from yinuo.quality.models import Survey
from yinuo.quality.services import ask_survey, note_score, open_improvement, open_improvement_of_order
from yinuo.tickets.models import Ticket
from yinuo.tickets.queries import orders_of

QUALITY = Actor.system("quality")
SCORE = "satisfaction"
"""The field in which every procedure notes the customer's score (section 14)."""
OF_ORDER = ("goods_intact", "on_time")
"""The questions about an order beside the score (section 15.8)."""


def on_survey_wanted(event: Recorded) -> None:
    ticket = Ticket.objects.get(id=event.ticket_id)
    ask_survey(ticket=ticket, code=event.fact.survey, round=event.fact.round, by=QUALITY, now=clock.now())


def on_improvement_wanted(event: Recorded) -> None:
    open_improvement(ticket=Ticket.objects.get(id=event.ticket_id), by=QUALITY, now=clock.now())


def on_fulfilment_answered(event: Recorded) -> None:
    """At once: what the customer says at the end of an order is a score like any other. Where he said it in a ticket's
    survey, that one has opened the improvement."""
    order = Order.objects.get(id=event.subject[1])
    if Survey.objects.filter(ticket__order_links__order=order, answered_at=event.at).exists():
        return
    open_improvement_of_order(order=order, score=event.fact.satisfaction, by=QUALITY, now=event.at)


def _orders_asked_about(survey: Survey) -> list[Order]:
    """The orders that a ticket's survey asks about: only one with the questions of a fulfilment does."""
    asked = {question["key"] for question in survey.questions}
    return list(Order.objects.filter(id__in=orders_of(survey.ticket_id))) if asked >= set(OF_ORDER) else []


def on_survey_asked(event: Recorded) -> None:
    """Afterwards: who is asked by the ticket's survey how the order went, is asked (R-OR-6)."""
    for order in _orders_asked_about(Survey.objects.get(id=event.fact.survey_id)):
        keep_of_order(order_id=order.id, kind=ASKED, at=event.at, by=QUALITY)


def on_survey_answered(event: Recorded) -> None:
    """Afterwards: his answer stands on the order, too; what he has said there already stays."""
    survey = Survey.objects.get(id=event.fact.survey_id)
    for order in _orders_asked_about(survey):
        if order.signed_at and not order.answered_at:
            answer_fulfilment(
                order=order, satisfaction=event.fact.score, feedback=str(survey.comment), by=event.by, now=event.at,
                **{name: survey.scores.get(name) for name in OF_ORDER},
            )  # fmt: skip


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
