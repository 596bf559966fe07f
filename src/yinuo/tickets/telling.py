"""Telling people what their promises come to: warned, broken, broken still (R-CL-4).

The alarm records; who is on duty is told here, afterwards: one notice a person and minute, however many promises it is
about. What nobody on duty could be told waits for the next opening as a timer, and is told then if it is still true.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import Recorded, only_if, together
from yinuo.orders.queries import numbers_of_promises
from yinuo.sla.events import DeadlineEscalated
from yinuo.sla.models import Deadline, DeadlineState
from yinuo.sla.policies import off_duty_of
from yinuo.sla.services import About, start_timer
from yinuo.staff.duty import OWNER, Roster
from yinuo.staff.services import Happening, notify_together
from yinuo.tickets.models import Ticket

TELLER = Actor.system("notices")
MINUTE = timedelta(minutes=1)
HELD = "tell_held"
SEVERAL = "deadlines"
MOST = 5_000
Told = dict[datetime, dict[UUID, list[Happening]]]
"""Minute → person → what he is told."""


@together
def tell_deadlines(events: Sequence[Recorded]) -> None:
    """Warned: the level that the warning names, mostly the owner; broken: the level of the escalation."""
    rows = Deadline.objects.in_bulk([event.subject[1] for event in events])
    numbers = _numbers(rows.values())
    roster, told = Roster(), _told()
    held: Held = {}
    for event in events:
        row = rows.get(event.subject[1])
        if row is None or row.id not in numbers:
            continue
        tell, noticed = event.fact.tell, event.at + timedelta(milliseconds=event.fact.lag_ms)
        answer = roster.told(tell, team_id=row.team_id, owner_id=row.owner_id, at=noticed, off_duty=off_duty_of(row))
        if answer.held_until is not None:
            # of a level that comes long after the breach, what is still so is found by the breach
            _hold(held, tell, row, since=min(event.at, row.breached_at or event.at), until=answer.held_until)
            continue
        kind = "deadline_breached" if isinstance(event.fact, DeadlineEscalated) else "deadline_warned"
        # what fell due in one minute is told as one, also when noticing it took into the next
        minute = _floor(event.at if noticed - event.at < MINUTE else noticed)
        for person in answer.people:
            told[minute][person].append(_happening(kind, row, numbers))
    _send(told)
    for (*whose, tell), one in held.items():
        _start(whose[0], whose[1], tell, one)


@only_if(lambda fact: fact.kind.startswith(HELD))
def tell_held(event: Recorded) -> None:
    """Afterwards: the desk opens; what could be told to nobody and is still so is told now."""
    values, now = event.fact.values, clock.now()
    rows = _still_so(values["whose"], UUID(values["id"]), datetime.fromisoformat(values["since"]))
    numbers = _numbers(rows)
    roster, told = Roster(), _told()
    for row in rows:
        if row.id not in numbers:
            continue
        answer = roster.told(values["tell"], team_id=row.team_id, owner_id=row.owner_id, at=now)
        kind = "deadline_breached" if row.breached_at else "deadline_warned"
        for person in answer.people:
            told[_floor(now)][person].append(_happening(kind, row, numbers))
    _send(told)


@dataclass
class _Held:
    """What is told of at the next opening: everything since then of one owner, or of one team, to one level."""

    row: Deadline
    since: datetime
    until: datetime


Held = dict[tuple[str, UUID, str], _Held]
"""Of whom, and which level is told → what."""


def _hold(held: Held, tell: str, row: Deadline, *, since: datetime, until: datetime) -> None:
    column, id = ("owner_id", row.owner_id) if tell == OWNER and row.owner_id else ("team_id", row.team_id)
    if id is None:
        return
    earlier = held.get((column, id, tell))
    if earlier is None:
        held[column, id, tell] = _Held(row, since, until)
    else:
        earlier.since, earlier.until = min(earlier.since, since), min(earlier.until, until)


def _start(column: str, id: UUID, tell: str, held: _Held) -> None:
    """A timer for the opening, unless one is set already: that one began to hold earlier."""
    subject = ("account" if column == "owner_id" else "team", id)
    kind = f"{HELD}_{tell}"
    is_set = Deadline.objects.filter(
        subject_kind=subject[0], subject_id=subject[1], kind=f"timer:{kind}", state=DeadlineState.RUNNING
    ).exists()
    if not is_set:
        start_timer(
            kind=kind, about=About(subject, team_id=held.row.team_id), round=1, base_at=held.until,
            offset=timedelta(), clock="always", now=clock.now(),
            values={"tell": tell, "since": held.since.isoformat(), "whose": column, "id": str(id)},
        )  # fmt: skip


def _still_so(whose: str, id: UUID, since: datetime) -> list[Deadline]:
    """Open promises of an owner or a team that were broken or warned of since then."""
    open_ones = Deadline.objects.filter(**{whose: id}, nature="promise", state=DeadlineState.RUNNING)
    since_then = Q(breached_at__gte=since) | Q(breached_at__isnull=True, warned_at__gte=since)
    return list(open_ones.filter(since_then).order_by("due_at")[:MOST])


def _numbers(rows: Iterable[Deadline]) -> dict[UUID, str]:
    """Promise → number of the ticket, or else of the order, that it is about."""
    rows = list(rows)
    tickets = dict(
        Ticket.objects.filter(id__in={row.ticket_id for row in rows if row.ticket_id}).values_list("id", "number")
    )
    of_orders = numbers_of_promises(row for row in rows if row.ticket_id is None)
    return {row.id: tickets[row.ticket_id] for row in rows if row.ticket_id in tickets} | of_orders


def _happening(kind: str, row: Deadline, numbers: dict[UUID, str]) -> Happening:
    values = {
        "number": numbers[row.id], "kind_of_promise": row.kind, "due_at": row.due_at.isoformat(),
    }  # fmt: skip
    return Happening(kind if row.ticket_id else f"order_{kind}", values, row.ticket_id)


def _told() -> Told:
    return defaultdict(lambda: defaultdict(list))


def _floor(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _send(told: Told) -> None:
    for minute, people in sorted(told.items()):
        key = f"{SEVERAL}:{minute.isoformat(timespec='minutes')}"
        notify_together(accounts=people, kind=SEVERAL, key=key, at=minute, by=TELLER)
