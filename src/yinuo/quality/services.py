"""Surveys answered, improvements worked off until their effect is proven (R-EN-1, R-QU-3)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from yinuo.domain.scoring import read_answers, wants_improvement
from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import Changed, ErrorKind, InvalidForm, YinuoError
from yinuo.foundation.events import record
from yinuo.foundation.live import touch
from yinuo.foundation.work import service
from yinuo.orders.models import Order
from yinuo.procedures.published import part
from yinuo.procedures.services import happen
from yinuo.quality.events import ImprovementMoved, ImprovementOpened, SurveyAnswered, SurveyAsked
from yinuo.quality.models import Improvement, ImprovementState, Survey
from yinuo.quality.queries import questions_from, thresholds, wants_better
from yinuo.staff.queries import team_leads
from yinuo.staff.services import notify
from yinuo.tickets.models import Status, Ticket
from yinuo.tickets.services import add_portal_message, set_score

FAULTS = {
    "required": _("Please give a score."),
    "not_score": _("A score is a whole number from 1 to 5."),
    "not_bool": _("Please answer yes or no."),
    "not_text": _("This is not a text."),
    "too_long": _("This is too long: 5,000 characters at most."),
}


class AlreadyAnswered(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "already_answered"
    text = _("Thank you, your score has already arrived.")


class NotSolvedYet(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "not_solved_yet"
    text = _("We are still working on this. You can give a score as soon as it is solved.")


class StageMissing(YinuoError):
    code = "stage_missing"
    text = _("Write this down before the improvement goes on.")


@service
def ask_survey(*, ticket: Ticket, code: str, round: int, by: Actor, now: datetime) -> Survey:
    """Once a ticket and round."""
    questions = part("surveys", code) or part("surveys", "questionnaire")
    survey, made = Survey.objects.get_or_create(
        ticket=ticket, round=round, defaults={"questions": questions["questions"] if questions else [], "asked_at": now}
    )
    if made:
        record(
            SurveyAsked(survey.id, round),
            by=by, at=now, subject=("survey", survey.id), ticket_id=ticket.id, customer_id=ticket.customer_id,
        )  # fmt: skip
        touch(f"ticket:{ticket.id}")
    return survey


@service
def answer_survey(*, ticket: Ticket, answers: Mapping[str, Any], way: str, by: Actor, now: datetime) -> Survey:
    """The customer's score moves the run; under the threshold the procedure opens an improvement and, after-sales,
    second handling. Scoring what is solved but not confirmed confirms it where the procedure says so (a low score is no
    consent to an archive). Raises `NotSolvedYet`, `AlreadyAnswered`,
    `InvalidForm`."""
    ticket = Ticket.objects.select_for_update().get(id=ticket.id)
    if ticket.status not in (Status.SOLVED, Status.CONFIRMED, Status.CLOSED):
        raise NotSolvedYet
    survey = Survey.objects.filter(ticket=ticket, round=ticket.round).first() or ask_survey(
        ticket=ticket, code=ticket.scenario, round=ticket.round, by=by, now=now
    )
    if survey.answered_at:
        raise AlreadyAnswered
    read = read_answers(questions_from(survey.questions), answers)
    if read.faults or read.score is None:
        raise InvalidForm(fields={key: str(FAULTS[fault]) for key, fault in read.faults.items()})
    comment = str(read.values.get("suggestion", ""))
    Survey.objects.filter(id=survey.id).update(
        answered_at=now, way=way, score=read.score, comment=comment,
        scores={key: value for key, value in read.values.items() if key != "suggestion"},
    )  # fmt: skip
    survey.refresh_from_db()
    record(
        SurveyAnswered(survey.id, read.score, way),
        by=by, at=now, subject=("survey", survey.id), ticket_id=ticket.id, customer_id=ticket.customer_id,
        personal={"comment": comment} if comment else None,
    )  # fmt: skip
    set_score(ticket=ticket, score=read.score, now=now)
    signature = _signature(way, now) if ticket.status == Status.SOLVED else {}
    moved = happen(ticket=ticket, name="customer_scored", by=by, now=now, fields={**read.values, **signature})
    if not moved and wants_better(survey):
        open_improvement(ticket=ticket, by=by, now=now)
    touch(f"ticket:{ticket.id}", f"team:{ticket.team_id}")
    return survey


@service
def note_score(
    *, ticket: Ticket, round: int, score: int, scores: Mapping[str, Any], comment: str, by: Actor, now: datetime
) -> Survey:
    """A score that the customer gave at a visit, noted by whoever visited (R-EN-1); under the threshold an improvement.
    What the customer has answered himself in this round stands."""
    survey = Survey.objects.select_for_update().filter(ticket=ticket, round=round).first() or ask_survey(
        ticket=ticket, code=ticket.scenario, round=round, by=by, now=now
    )
    if survey.answered_at:
        return survey
    survey.answered_at, survey.way, survey.score, survey.comment = now, "phone", score, comment
    survey.scores = dict(scores)
    survey.save(update_fields=["answered_at", "way", "score", "comment", "scores"])
    record(
        SurveyAnswered(survey.id, score, survey.way),
        by=by, at=now, subject=("survey", survey.id), ticket_id=ticket.id, customer_id=ticket.customer_id,
        personal={"comment": comment} if comment else None,
    )  # fmt: skip
    set_score(ticket=ticket, score=score, now=now)
    if wants_better(survey):
        open_improvement(ticket=ticket, by=by, now=now)
    touch(f"ticket:{ticket.id}", f"team:{ticket.team_id}")
    return survey


@service
def confirm_solved(*, ticket: Ticket, way: str, by: Actor, now: datetime) -> bool:
    """The customer says it is solved (R-AS-4: signature, or equivalent); `way`: portal, handwritten, recording."""
    return happen(
        ticket=ticket, name="customer_confirmed", by=by, now=now, fields=_signature(way, now)
    )  # fmt: skip


def _signature(way: str, now: datetime) -> dict[str, Any]:
    return {"customer_signature": {"way": way, "at": now.isoformat()}}


@service
def refuse_solved(*, ticket: Ticket, by: Actor, now: datetime, text: str = "") -> bool:
    """The customer says it is not solved, and in `text` what is still wrong: classified and assigned again (R-CL-6)."""
    refused = happen(ticket=ticket, name="customer_refused", by=by, now=now)
    if text.strip():
        ticket.refresh_from_db()
        add_portal_message(ticket=ticket, text=text, by=by, now=now)
    return refused


@service
def open_improvement(*, ticket: Ticket, by: Actor, now: datetime) -> Improvement | None:
    """One for each low score; its team's lead owns it."""
    survey = Survey.objects.filter(ticket=ticket, answered_at__isnull=False).order_by("-round").first()
    if survey is None or survey.score is None:
        return None
    leads = team_leads(ticket.team_id)
    improvement, made = Improvement.objects.get_or_create(
        survey=survey,
        defaults={
            "ticket": ticket, "score": survey.score, "owner_id": leads[0] if leads else None, "opened_at": now,
        },
    )  # fmt: skip
    if made:
        record(
            ImprovementOpened(improvement.id, survey.score),
            by=by, at=now, subject=("improvement", improvement.id), ticket_id=ticket.id,
            customer_id=ticket.customer_id,
        )  # fmt: skip
        notify(
            accounts=leads, kind="improvement_opened", subject=("improvement", improvement.id), at=now, by=by,
            ticket_id=ticket.id, values={"number": ticket.number, "score": survey.score},
        )  # fmt: skip
        touch(f"ticket:{ticket.id}", "improvements")
    return improvement


@service
def open_improvement_of_order(*, order: Order, score: int, by: Actor, now: datetime) -> Improvement | None:
    """A low score at the end of an order opens one, once (R-EN-1, R-OR-6); whoever leads the order's team owns it, else
    whoever has the order."""
    if not wants_improvement(score, thresholds()):
        return None
    people = team_leads(order.team_id) or [one for one in (order.owner_id,) if one]
    improvement, made = Improvement.objects.get_or_create(
        order=order, defaults={"score": score, "owner_id": people[0] if people else None, "opened_at": now}
    )
    if made:
        record(
            ImprovementOpened(improvement.id, score),
            by=by, at=now, subject=("order", order.id), customer_id=order.customer_id,
        )  # fmt: skip
        notify(
            accounts=people, kind="order_improvement_opened", subject=("improvement", improvement.id), at=now, by=by,
            values={"number": order.number, "score": score},
        )  # fmt: skip
        touch(f"order:{order.id}", "improvements")
    return improvement


@service
def move_improvement(
    *,
    improvement: Improvement,
    version: int,
    by: Actor,
    now: datetime,
    cause: str = "",
    action: str = "",
    effect: str = "",
    due_on: date | None = None,
    owner_id: Any = None,
) -> Improvement:
    """Takes what was written and goes as far as it carries: cause and action → planned; done; effect → proven.

    It closes only on a proven effect. Raises `Changed`, `StageMissing`."""
    improvement.cause, improvement.action, improvement.effect = cause.strip(), action.strip(), effect.strip()
    was = improvement.state
    state = ImprovementState.OPEN
    if improvement.cause and improvement.action:
        state = ImprovementState.PLANNED
    elif improvement.effect:
        raise StageMissing(fields={"cause": str(StageMissing.text)})
    if state == ImprovementState.PLANNED and improvement.effect:
        state = ImprovementState.PROVEN
    changed = Improvement.objects.filter(id=improvement.id, version=version).update(
        version=F("version") + 1, cause=improvement.cause, action=improvement.action, effect=improvement.effect,
        due_on=due_on, owner_id=owner_id or improvement.owner_id, state=state,
        closed_at=now if state == ImprovementState.PROVEN else None,
    )  # fmt: skip
    if not changed:
        raise Changed
    improvement.refresh_from_db()
    record(
        ImprovementMoved(improvement.id, state.value, was),
        by=by, at=now, ticket_id=improvement.ticket_id,
        subject=("order", improvement.order_id) if improvement.order_id else ("improvement", improvement.id),
    )  # fmt: skip
    about = f"order:{improvement.order_id}" if improvement.order_id else f"ticket:{improvement.ticket_id}"
    touch("improvements", about)
    return improvement
