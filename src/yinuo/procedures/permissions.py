"""Who may do what with a sub-task: its department's people accept and answer it, whoever leads them gives it to another
of them, whoever works on the ticket opens, sends back and withdraws it."""

from uuid import UUID

from yinuo.foundation.errors import Missing
from yinuo.procedures.models import Subtask
from yinuo.staff.permissions import Viewer
from yinuo.staff.rights import Right
from yinuo.tickets.models import Ticket
from yinuo.tickets.permissions import may_work


def access_subtask(ticket: Ticket, subtask_id: UUID) -> Subtask:
    """A sub-task of this very ticket. Raises `Missing`."""
    found = Subtask.objects.filter(id=subtask_id, ticket=ticket).select_related("team", "owner").first()
    if found is None:
        raise Missing
    found.ticket = ticket
    return found


def may_accept(viewer: Viewer, subtask: Subtask) -> bool:
    """Somebody of the department."""
    return viewer.has(Right.WORK_TICKETS) and subtask.team_id in viewer.team_ids


def may_answer(viewer: Viewer, subtask: Subtask) -> bool:
    """Whoever accepted it, or who leads the department."""
    return viewer.has(Right.WORK_TICKETS) and (subtask.owner_id == viewer.id or subtask.team_id in viewer.led_team_ids)


def may_give(viewer: Viewer, subtask: Subtask) -> bool:
    """As with tickets: whoever has it gives it to a colleague; what others have, the lead of the department or whoever
    gives out tickets."""
    return viewer.has(Right.WORK_TICKETS) and (
        subtask.owner_id == viewer.id or subtask.team_id in viewer.led_team_ids or viewer.has(Right.ASSIGN_TICKETS)
    )


def may_decline(viewer: Viewer, subtask: Subtask) -> bool:
    """Before it is accepted anybody of the department, then whoever answers it."""
    return may_answer(viewer, subtask) if subtask.owner_id else may_accept(viewer, subtask)


def may_steer(viewer: Viewer, ticket: Ticket) -> bool:
    """Opens sub-tasks of the ticket, sends them back, withdraws them."""
    return may_work(viewer, ticket)
