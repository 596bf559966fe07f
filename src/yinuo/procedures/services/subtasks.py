"""A task for another department: opened, accepted, given on, answered, sent back, withdrawn (R-CP-2, R-CO-2).

Whatever is done locks the ticket first, so of two people who do it at once the second is told.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from yinuo.domain.procedure.model import TASK_AGAIN, TASK_DECLINED, TASK_DONE, TASK_WITHDRAWN
from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import Changed
from yinuo.foundation.events import record
from yinuo.foundation.rows import flush
from yinuo.foundation.work import service
from yinuo.procedures.errors import (
    SUBTASK_STATES,
    NoSuchTeam,
    NothingRuns,
    NotOfDepartment,
    ReasonMissing,
    ResultMissing,
    SubtaskEmpty,
    SubtaskStale,
    SubtaskTaken,
    SubtaskTheirs,
)
from yinuo.procedures.events import (
    HappeningTaken,
    SubtaskAccepted,
    SubtaskDeclined,
    SubtaskDone,
    SubtaskGiven,
    SubtaskSentBack,
    SubtaskWaits,
)
from yinuo.procedures.facts import facts_of
from yinuo.procedures.models import Run, Subtask, SubtaskState
from yinuo.procedures.services import tasking
from yinuo.procedures.services.loading import Matter, lock_matter
from yinuo.procedures.services.moving import happen
from yinuo.procedures.services.tasking import UNDER_WAY, UNSETTLED, Wanted
from yinuo.sla.services import Book
from yinuo.staff.models import Account, Team
from yinuo.staff.queries import works_in
from yinuo.tickets.models import Ticket
from yinuo.tickets.services import add_note, follow, set_due, unfollow
from yinuo.tickets.services.following import SUBTASK
from yinuo.tickets.services.messages import NewFile

OFFERED, ACCEPTED, DONE = SubtaskState.OFFERED, SubtaskState.ACCEPTED, SubtaskState.DONE


@service
def open_subtask(
    *, ticket: Ticket, team: Team, title: str, task: str, by: Actor, now: datetime, within: timedelta | None = None,
    accept_within: timedelta | None = None,
) -> Subtask:  # fmt: skip
    """By hand, from the ticket. `within`, `accept_within`: what was agreed, where the limits leave it to each case.
    Raises `SubtaskEmpty`, `NoSuchTeam`, `NothingRuns`."""
    if not title.strip():
        raise SubtaskEmpty(fields={"title": str(SubtaskEmpty.text)})
    if not team.active:
        raise NoSuchTeam(fields={"team": str(NoSuchTeam.text)})
    matter = lock_matter(ticket.id)
    run = _running(matter)
    wanted = Wanted(title.strip(), task.strip(), within=within, accept_within=accept_within)
    row = tasking.put_down(
        book=matter.book, ticket=matter.ticket, run=run, team=team, wanted=wanted, facts=_facts(matter), by=by, now=now
    )  # fmt: skip
    _write(matter)
    return row


@service
def accept_subtask(*, subtask: Subtask, account: Account, by: Actor, now: datetime, seen: int | None = None) -> Subtask:
    """Somebody of the department takes it on, and follows the ticket from now on. Raises `SubtaskTaken`,
    `SubtaskStale`, `Changed`."""
    matter, row = _locked(subtask)
    if row.state == ACCEPTED and row.owner and row.owner_id != account.id:
        raise SubtaskTaken(name=row.owner.name)
    _require(row, (OFFERED,), seen)
    matter.book.meet(row.accept, subject=tasking.subject_of(row), round=row.round, at=now, by=by)
    matter.book.give(tasking.subject_of(row), account.id)
    fact = SubtaskAccepted(row.id, account.id, row.round)
    tasking.turn(row=row, fact=fact, by=by, now=now, state=ACCEPTED, owner=account, accepted_at=now)
    follow(ticket=matter.ticket, account=account, reason=SUBTASK, by=by, now=now)
    _write(matter)
    return row


@service
def give_subtask(
    *, subtask: Subtask, account: Account, by: Actor, now: datetime, reason: str = "", seen: int | None = None
) -> Subtask:  # fmt: skip
    """Another person of the department goes on with it, or is the first to have it. What is promised runs on: the time
    used is used. Who had it no longer follows the ticket for it. Raises `NotOfDepartment`, `SubtaskTheirs`,
    `SubtaskStale`, `Changed`."""
    matter, row = _locked(subtask)
    _require(row, UNDER_WAY, seen)
    if row.owner_id == account.id:
        raise SubtaskTheirs(name=account.name)
    if not works_in(account.id, row.team_id):
        raise NotOfDepartment(team=row.team.name, fields={"to": str(NotOfDepartment.text).format(team=row.team.name)})
    values: dict[str, Any] = {"owner": account}
    if row.state == OFFERED:
        matter.book.meet(row.accept, subject=tasking.subject_of(row), round=row.round, at=now, by=by)
        values |= {"state": ACCEPTED, "accepted_at": now}
    matter.book.give(tasking.subject_of(row), account.id)
    was = row.owner_id
    fact = SubtaskGiven(row.id, account.id, was, row.round)
    personal = {"reason": reason.strip()} if reason.strip() else None
    tasking.turn(row=row, fact=fact, by=by, now=now, personal=personal, **values)
    _let_go(row, was, by, now)
    follow(ticket=matter.ticket, account=account, reason=SUBTASK, by=by, now=now)
    _write(matter)
    return row


@service
def finish_subtask(
    *, subtask: Subtask, text: str, by: Actor, now: datetime, files: Iterable[NewFile] = (), seen: int | None = None
) -> Subtask:
    """The department's result, as an internal note of the ticket; whoever asked is told. Raises `ResultMissing`,
    `SubtaskStale`, `Changed`."""
    if not text.strip():
        raise ResultMissing(fields={"text": str(ResultMissing.text)})
    matter, row = _locked(subtask)
    _require(row, (ACCEPTED,), seen)
    message = add_note(ticket=matter.ticket, account_id=by.id, text=text, files=files, by=by, now=now)
    if row.wait:
        _resume(matter.book, row, by, now)
    matter.book.meet(row.limit, subject=tasking.subject_of(row), round=row.round, at=now, by=by)
    fact = SubtaskDone(row.id, message.id, row.round)
    tasking.turn(row=row, fact=fact, by=by, now=now, state=DONE, result=message, ended_at=now, wait="", reason="")
    _write(matter)
    _happen(row, TASK_DONE, by, now, result=text.strip())
    return row


@service
def decline_subtask(
    *, subtask: Subtask, reason: str, by: Actor, now: datetime, seen: int | None = None
) -> Subtask:  # fmt: skip
    """It is not this department's: back to whoever asked, who asks another one or withdraws it. Raises
    `ReasonMissing`, `SubtaskStale`, `Changed`."""
    reason = _reason(reason)
    matter, row = _locked(subtask)
    _require(row, UNDER_WAY, seen)
    tasking.cancel_promises(matter.book, row, reason="declined", by=by, now=now)
    tasking.turn(
        row=row, fact=SubtaskDeclined(row.id, row.round), by=by, now=now, personal={"reason": reason},
        state=SubtaskState.DECLINED, ended_at=now, wait="", reason=reason,
    )  # fmt: skip
    _let_go(row, row.owner_id, by, now)
    _write(matter)
    _happen(row, TASK_DECLINED, by, now)
    return row


@service
def send_back_subtask(
    *, subtask: Subtask, reason: str, by: Actor, now: datetime, team: Team | None = None, seen: int | None = None,
    within: timedelta | None = None,
) -> Subtask:  # fmt: skip
    """The result is not enough, or it came back without one: another round, for whoever had it, else for his team or
    for `team`. Promises begin anew. Raises `ReasonMissing`, `NoSuchTeam`, `NothingRuns`, `SubtaskStale`, `Changed`."""
    reason = _reason(reason)
    if team is not None and not team.active:
        raise NoSuchTeam(fields={"team": str(NoSuchTeam.text)})
    matter, row = _locked(subtask)
    _running(matter)
    _require(row, (DONE, SubtaskState.DECLINED), seen)
    was = row.owner_id
    same = row.state == DONE and (team is None or team.id == row.team_id) and row.owner and row.owner.is_active
    team = team or row.team
    tasking.turn(
        row=row, fact=SubtaskSentBack(row.id, team.id, row.round + 1), by=by, now=now, personal={"reason": reason},
        state=ACCEPTED if same else OFFERED, team=team, owner=row.owner if same else None, round=row.round + 1,
        accepted_at=now if same else None, ended_at=None, reason=reason,
    )  # fmt: skip
    if not same:
        _let_go(row, was, by, now)
    facts = _facts(matter)
    tasking.promise(matter.book, row, row.limit, facts, within, by, now)
    if not same:
        tasking.promise(matter.book, row, row.accept, facts, None, by, now)
    _write(matter)
    _happen(row, TASK_AGAIN, by, now, key=row.key, step=row.step)
    return row


@service
def withdraw_subtask(
    *, subtask: Subtask, reason: str, by: Actor, now: datetime, seen: int | None = None
) -> Subtask:  # fmt: skip
    """Whoever asked does not need it any more. Raises `ReasonMissing`, `SubtaskStale`, `Changed`."""
    reason = _reason(reason)
    matter, row = _locked(subtask)
    _require(row, UNSETTLED, seen)
    tasking.take_back(book=matter.book, row=row, why="by_hand", by=by, now=now, reason=reason)
    _write(matter)
    _happen(row, TASK_WITHDRAWN, by, now)
    return row


@service
def wait_in_subtask(
    *, subtask: Subtask, wait: str, by: Actor, now: datetime, seen: int | None = None
) -> Subtask:  # fmt: skip
    """The department waits for the customer or somebody outside (its clock stands still, where the limits say so); an
    empty `wait` ends that. Raises `SubtaskStale`, `Changed`."""
    matter, row = _locked(subtask)
    _require(row, (ACCEPTED,), seen)
    if wait == row.wait:
        return row
    if row.wait:
        _resume(matter.book, row, by, now)
    if wait:
        matter.book.pause(row.limit, subject=tasking.subject_of(row), round=row.round, at=now, wait=wait, by=by)
    tasking.turn(row=row, fact=SubtaskWaits(row.id, wait), by=by, now=now, wait=wait)
    _write(matter)
    return row


def _happen(row: Subtask, name: str, by: Actor, now: datetime, **fields: object) -> None:
    """The run that opened it goes on by what became of it."""
    if row.number is None or row.run.ended_at is not None:
        return
    moved = happen(ticket=row.ticket, name=name, by=by, now=now, fields={"subtask": row.number, **fields})
    if name == TASK_DONE and not moved:  # documents follow what was answered, though no step began or ended
        record(
            HappeningTaken(name),
            by=by, at=now, subject=("run", row.run_id), ticket_id=row.ticket_id, customer_id=row.ticket.customer_id,
        )  # fmt: skip


def _let_go(row: Subtask, account_id: UUID | None, by: Actor, now: datetime) -> None:
    """Who has nothing more to do with any sub-task of the ticket no longer follows it for one."""
    flush()
    his = Subtask.objects.filter(ticket=row.ticket, owner_id=account_id, state__in=(ACCEPTED, DONE))
    if account_id and not his.exists():
        unfollow(ticket=row.ticket, account_id=account_id, by=by, now=now, reason=SUBTASK)


def _resume(book: Book, row: Subtask, by: Actor, now: datetime) -> None:
    book.resume(row.limit, subject=tasking.subject_of(row), round=row.round, at=now, by=by, now=now)


def _reason(text: str) -> str:
    if not text.strip():
        raise ReasonMissing(fields={"reason": str(ReasonMissing.text)})
    return text.strip()


def _running(matter: Matter) -> Run:
    if matter.run is None or matter.run.ended_at is not None:
        raise NothingRuns
    return matter.run


def _facts(matter: Matter) -> dict[str, object]:
    fields = matter.run.state.get("fields", {}) if matter.run else {}
    return {**fields, **facts_of(matter.ticket)}


def _locked(subtask: Subtask) -> tuple[Matter, Subtask]:
    """The ticket with all that is promised about it, locked, and the sub-task as it is now."""
    matter = lock_matter(subtask.ticket_id)
    row = Subtask.objects.select_related("team", "owner", "run").get(id=subtask.id)
    row.ticket = matter.ticket
    return matter, row


def _require(row: Subtask, states: Iterable[str], seen: int | None) -> None:
    if row.state not in states:
        raise SubtaskStale(state=str(SUBTASK_STATES[row.state]))
    if seen is not None and seen != row.version:
        raise Changed


def _write(matter: Matter) -> None:
    matter.book.write()
    set_due(ticket=matter.ticket, due=matter.book.next_due())
    flush()
