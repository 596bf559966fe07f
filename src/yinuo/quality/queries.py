"""Reads about quality."""

from yinuo.quality.models import Improvement, ImprovementState, Survey
from yinuo.tickets.models import Status, Ticket


def survey_to_answer(ticket: Ticket) -> Survey | None:
    """The survey of the present round, answered or not; nothing while the matter is open."""
    if ticket.status not in (Status.SOLVED, Status.CONFIRMED, Status.CLOSED):
        return None
    return Survey.objects.filter(ticket=ticket, round=ticket.round).first()


def surveys_of(ticket: Ticket) -> list[Survey]:
    return list(Survey.objects.filter(ticket=ticket).order_by("round"))


def improvements(*, state: str = "", limit: int = 100) -> list[Improvement]:
    """Newest first; `state` empty: those not yet proven."""
    rows = Improvement.objects.select_related("ticket", "owner", "survey").order_by("-opened_at")
    rows = rows.filter(state=state) if state else rows.exclude(state=ImprovementState.PROVEN)
    return list(rows[:limit])


def improvements_of(ticket: Ticket) -> list[Improvement]:
    return list(Improvement.objects.filter(ticket=ticket).select_related("owner", "survey").order_by("opened_at"))
