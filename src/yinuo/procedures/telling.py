"""Telling people of sub-tasks: the department that one is there, whoever asked what became of it."""

from collections.abc import Iterable
from uuid import UUID

from yinuo.foundation.actors import Actor
from yinuo.foundation.events import Recorded
from yinuo.procedures.models import Subtask, SubtaskState
from yinuo.staff.duty import TEAM, Roster
from yinuo.staff.queries import team_leads
from yinuo.staff.services import notify

TELLER = Actor.system("notices")


def tell_offered(event: Recorded) -> None:
    """Whoever of the department is on duty; nobody once it is accepted."""
    row = _of(event)
    if row and row.state == SubtaskState.OFFERED:
        people = Roster().told(TEAM, team_id=row.team_id, owner_id=None, at=event.at).people
        _tell(event, row, people, "subtask_offered")


def tell_sent_back(event: Recorded) -> None:
    """Whoever had it, else his department."""
    row = _of(event)
    if row and row.owner_id and row.state == SubtaskState.ACCEPTED:
        _tell(event, row, [row.owner_id], "subtask_sent_back")
    else:
        tell_offered(event)


def tell_given(event: Recorded) -> None:
    """Whoever got it, unless he has given it on meanwhile, and whoever had it."""
    row = _of(event)
    if row and row.state == SubtaskState.ACCEPTED:
        if event.fact.account_id == row.owner_id:
            _tell(event, row, [row.owner_id], "subtask_given")
        if event.fact.was_id and event.fact.was_id != row.owner_id:
            _tell(event, row, [event.fact.was_id], "subtask_moved")


def tell_done(event: Recorded) -> None:
    """Whoever asked for it and whoever has the ticket."""
    _tell_asking(event, "subtask_done")


def tell_declined(event: Recorded) -> None:
    _tell_asking(event, "subtask_declined")


def tell_cancelled(event: Recorded) -> None:
    """Whoever was at it."""
    row = _of(event)
    if row and row.owner_id:
        _tell(event, row, [row.owner_id], "subtask_withdrawn")


def _tell_asking(event: Recorded, kind: str) -> None:
    row = _of(event)
    if row:
        asking = [one for one in (row.opened_by_id, row.ticket.owner_id) if one]
        _tell(event, row, asking or team_leads(row.ticket.team_id), kind)


def _of(event: Recorded) -> Subtask | None:
    return Subtask.objects.select_related("ticket").filter(id=event.subject[1]).first()


def _tell(event: Recorded, row: Subtask, people: Iterable[UUID], kind: str) -> None:
    notify(
        accounts=[one for one in people if one != event.by.id], kind=kind, subject=event.subject, at=event.at,
        by=TELLER, ticket_id=row.ticket_id, once=str(event.id), values={"number": row.ticket.number},
    )  # fmt: skip
