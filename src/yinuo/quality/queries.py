"""Reads about quality."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q

from yinuo.domain.reading import Text
from yinuo.domain.scoring import Question, Thresholds, wants_improvement
from yinuo.domain.scoring import Survey as Questions
from yinuo.foundation.select import Query, Shape
from yinuo.procedures.published import part, parts_in_force
from yinuo.quality.models import Improvement, ImprovementState, Survey
from yinuo.staff.permissions import Viewer
from yinuo.staff.rights import Right
from yinuo.tickets.models import Status, Ticket


def survey_to_answer(ticket: Ticket) -> Survey | None:
    """The survey of the present round, answered or not; nothing while the matter is open."""
    if ticket.status not in (Status.SOLVED, Status.CONFIRMED, Status.CLOSED):
        return None
    return Survey.objects.filter(ticket=ticket, round=ticket.round).first()


def questions_for(ticket: Ticket) -> Questions:
    """The questions of the present round: as they were asked, else those of the scenario."""
    survey = Survey.objects.filter(ticket=ticket, round=ticket.round).first()
    if survey:
        return questions_from(survey.questions)
    wanted = part("surveys", ticket.scenario) or part("surveys", "questionnaire")
    return questions_from(wanted["questions"] if wanted else [])


def questions_from(entries: Iterable[Mapping[str, Any]]) -> Questions:
    """Questions as a handbook or a survey keeps them."""
    return Questions(
        "",
        Text("", ""),
        tuple(
            Question(entry["key"], Text(entry["zh"], entry["en"]), entry["type"], entry.get("required", False))
            for entry in entries
        ),
    )


def last_answered(ticket: Ticket) -> Survey | None:
    """What the customer scored last, of whichever round."""
    return Survey.objects.filter(ticket=ticket, answered_at__isnull=False).order_by("-round").first()


def wants_better(survey: Survey) -> bool:
    """Whether the score is one that we work on (section 16)."""
    return survey.score is not None and wants_improvement(survey.score, thresholds())


def thresholds() -> Thresholds:
    return Thresholds(**parts_in_force()["satisfaction"])


SURVEY = Shape(Survey)
SURVEYS = f"SELECT {SURVEY.columns('s')} FROM quality_survey s WHERE s.ticket_id = %s ORDER BY s.round"  # noqa: S608 - names of our own columns
IMPROVEMENT = Shape(Improvement)
IMPROVEMENTS = f"""
    SELECT {IMPROVEMENT.columns("i")} FROM quality_improvement i WHERE i.ticket_id = %s ORDER BY i.opened_at
"""  # noqa: S608 - names of our own columns


def surveys_of(ticket: Ticket) -> Query[list[Survey]]:
    return Query(SURVEYS, (ticket.id,), SURVEY.make_all)


def improvements_of(ticket: Ticket) -> Query[list[Improvement]]:
    return Query(IMPROVEMENTS, (ticket.id,), IMPROVEMENT.make_all)


def improvements_for(viewer: Viewer, *, state: str = "", limit: int = 100) -> list[Improvement]:
    """Those the viewer may see: all for who leads improvements, else his own and those of his teams."""
    rows = Improvement.objects.select_related("ticket", "order__customer", "owner", "survey").order_by("-opened_at")
    rows = rows.filter(state=state) if state else rows.exclude(state=ImprovementState.PROVEN)
    if not viewer.has(Right.LEAD_IMPROVEMENTS):
        rows = rows.filter(
            Q(owner_id=viewer.id) | Q(ticket__team_id__in=viewer.team_ids) | Q(order__team_id__in=viewer.team_ids)
        )
    return list(rows[:limit])


def improvement_of_order(order_id: UUID) -> Improvement | None:
    return Improvement.objects.filter(order_id=order_id).first()
