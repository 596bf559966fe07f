"""Sub-tasks as rows: put down with their promises, and taken back with them; who may is asked elsewhere (R-CO-2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from yinuo.foundation.actors import Actor
from yinuo.foundation.events import Fact, record
from yinuo.foundation.live import touch
from yinuo.foundation.rows import insert, new, update
from yinuo.foundation.select import Shape, select, split
from yinuo.foundation.work import service
from yinuo.procedures.events import SubtaskCancelled, SubtaskOpened
from yinuo.procedures.models import Run, Subtask, SubtaskState
from yinuo.procedures.services.taking import TAKEN_OVER
from yinuo.sla.services import About, Book
from yinuo.staff.models import Team
from yinuo.tickets.models import Ticket

SUBTASK = "subtask"
"""The kind of promise that a sub-task opened by hand makes; that it is accepted is `TAKEN_OVER`."""
UNDER_WAY = (SubtaskState.OFFERED, SubtaskState.ACCEPTED)
UNSETTLED = (*UNDER_WAY, SubtaskState.DECLINED)
ROW, TEAM = Shape(Subtask), Shape(Team)
_UNSETTLED = f"""
    SELECT {ROW.columns("s")}, {TEAM.columns("m")} FROM procedures_subtask s JOIN staff_team m ON m.id = s.team_id
    WHERE s.ticket_id = %s AND s.state = ANY(%s) ORDER BY s.opened_at, s.id
"""  # noqa: S608 - names of our own columns
Agreed = timedelta | datetime | None


@dataclass(frozen=True)
class Wanted:
    """What a sub-task is about, and how soon: kinds of promises, with what was agreed where their lines leave it to
    the case. `number`, `key` and `step` where a definition opens it."""

    title: str
    task: str
    limit: str = SUBTASK
    accept: str = TAKEN_OVER
    within: Agreed = None
    accept_within: Agreed = None
    number: int | None = None
    key: str = ""
    step: str = ""


@service
def put_down(
    *, book: Book, ticket: Ticket, run: Run, team: Team, wanted: Wanted, facts: Mapping[str, Any], by: Actor,
    now: datetime,
) -> Subtask:  # fmt: skip
    """A new sub-task of the team; its promises count from now."""
    row = new(
        Subtask,
        ticket=ticket,
        run=run,
        number=wanted.number,
        key=wanted.key,
        step=wanted.step,
        title=wanted.title,
        task=wanted.task,
        team=team,
        opened_by_id=by.id if by.kind == "account" else None,
        opened_at=now,
        limit=wanted.limit,
        accept=wanted.accept,
    )
    insert(row)
    promise(book, row, row.limit, facts, wanted.within, by, now)
    promise(book, row, row.accept, facts, wanted.accept_within, by, now)
    note(SubtaskOpened(row.id, team.id, row.step), row, by, now)
    return row


def promise(
    book: Book, row: Subtask, kind: str, facts: Mapping[str, Any], agreed: Agreed, by: Actor, now: datetime
) -> None:  # fmt: skip
    """A promise of the department, by the limits in force; nothing where they promise nothing."""
    if kind:
        book.start(
            kind, about=_about(row), round=row.round, starts_at=now, facts={**facts, "team": row.team.code}, by=by,
            now=now, agreed=agreed,
        )  # fmt: skip


def _about(row: Subtask) -> About:
    return About(subject_of(row), row.ticket_id, row.ticket.customer_id, row.team_id, row.owner_id)


def subject_of(row: Subtask) -> tuple[str, UUID]:
    return ("subtask", row.id)


@service
def take_back(*, book: Book, row: Subtask, why: str, by: Actor, now: datetime, reason: str = "") -> None:
    """Nobody does it any more; nor is anything about it promised."""
    cancel_promises(book, row, reason="withdrawn" if why == "by_hand" else "no_longer_applies", by=by, now=now)
    turn(
        row=row, fact=SubtaskCancelled(row.id, why), by=by, now=now, personal={"reason": reason} if reason else None,
        state=SubtaskState.CANCELLED, ended_at=now, wait="", reason=reason,
    )  # fmt: skip


def cancel_promises(book: Book, row: Subtask, *, reason: str, by: Actor, now: datetime) -> None:
    for kind in (row.limit, row.accept):
        book.cancel(kind, subject=subject_of(row), round=row.round, at=now, reason=reason, by=by)


@service
def turn(
    *, row: Subtask, fact: Fact, by: Actor, now: datetime, personal: Mapping[str, str] | None = None, **values: Any
) -> None:  # fmt: skip
    """Another state of a row that its ticket locks, recorded; `values` are its columns or relations."""
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    columns = {"owner": "owner_id", "team": "team_id", "result": "result_id"}
    update(row, "version", *(columns.get(name, name) for name in values))
    note(fact, row, by, now, **(personal or {}))


def note(fact: Fact, row: Subtask, by: Actor, now: datetime, **personal: str) -> None:
    """Records what became of it, and hints to whoever looks at it."""
    record(
        fact,
        by=by, at=now, subject=subject_of(row), ticket_id=row.ticket_id, customer_id=row.ticket.customer_id,
        personal={"title": row.title, **personal},
    )  # fmt: skip
    people = {row.owner_id, row.opened_by_id, row.ticket.owner_id} - {None}
    touch(f"ticket:{row.ticket_id}", f"team:{row.team_id}", *(f"account:{one}" for one in people))


def unsettled(ticket: Ticket) -> list[Subtask]:
    """Those that are not over, of a ticket that is locked."""
    rows = []
    for found in select(_UNSETTLED, ticket.id, list(UNSETTLED)):
        row, row.team = split(found, ROW, TEAM)
        row.ticket = ticket
        rows.append(row)
    return rows
