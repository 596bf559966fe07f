"""The lead pool (R-PS-4): who has no intent yet, since when, and what he hears from us meanwhile.

A list is a walk along an index that holds the pool alone: those of a team, those of a person, or all.
"""
# ruff: noqa: S608 - statements of our own words, values are bound

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from yinuo.catalog.queries import news_after
from yinuo.customers.models import IdentityKind
from yinuo.customers.queries import contact_of
from yinuo.domain.procedure import Definition
from yinuo.domain.procedure.model import Button
from yinuo.foundation.cursors import id_in, instant_in
from yinuo.foundation.errors import Missing
from yinuo.foundation.select import select
from yinuo.procedures.models import Step, StepState
from yinuo.procedures.news import issues_for, templates_with_news
from yinuo.procedures.published import definition_of
from yinuo.staff.permissions import Viewer
from yinuo.staff.rights import Right
from yinuo.tickets.lists import seen_by
from yinuo.tickets.models import Ticket

PAGE = 50
COUNTED = 1000
"""Counts stop at 999+."""
POOL = "s.state = 'active' AND s.pool"
WROTE = "t.last_customer_at > s.started_at"
ALL, MINE, WRITTEN = "", "mine", "wrote"


@dataclass(frozen=True)
class Lead:
    """A customer in the pool. `wrote_at`: his last word since he is in it. `new`: so many issues of news
    wait for his next mail. `has_mail`: news can go out to him."""

    step: Step
    ticket: Ticket
    definition: Definition
    fields: Mapping[str, Any]
    since: datetime
    wrote_at: datetime | None
    last_news_at: datetime | None
    news: int
    next_news_at: datetime | None
    new: int
    has_mail: bool

    @property
    def back(self) -> Button | None:
        """The way out for whose interest has returned: the primary button of the step."""
        ways = self.definition.step_by_key[self.step.key].buttons
        return next((one for one in ways if one.kind == "finish" and one.style == "primary"), None)


@dataclass(frozen=True)
class Page:
    """Rows and, where there are more, the `after` that fetches the next ones."""

    rows: list[Lead]
    after: str = ""


def leads(viewer: Viewer, *, show: str = ALL, team_id: UUID | None = None, after: str = "", limit: int = PAGE) -> Page:
    """Those that the viewer may see, who came last on top. `show`: all, one's own, or those who have written since.
    Six queries."""
    walks, values = _walks(viewer, show, team_id, after, limit + 1)
    if not walks:
        return Page([])
    source = f"SELECT id, started_at FROM ({' UNION '.join(walks)}) part ORDER BY 2 DESC, 1 DESC LIMIT {limit + 1}"
    found: list[tuple[UUID, datetime]] = [(id, at) for id, at in select(source, *values, prepare=False)]
    more = f"{found[limit - 1][1].isoformat()}|{found[limit - 1][0]}" if len(found) > limit else ""
    return Page(_rows([id for id, _ in found[:limit]]), more)


def counts(viewer: Viewer) -> dict[str, int]:
    """How many there are to show, by `show`; counting stops at 1000."""
    found = {}
    for show in (ALL, MINE, WRITTEN):
        walks, values = _walks(viewer, show, None, "", COUNTED)
        found[show] = (f"(SELECT count(*) FROM ({' UNION '.join(walks)}) part)" if walks else "0", values)
    row = select(
        f"SELECT {', '.join(sql for sql, _ in found.values())}",
        *(value for _, values in found.values() for value in values), prepare=False,
    )[0]  # fmt: skip
    return {show: min(count, COUNTED) for show, count in zip(found, row, strict=True)}


def _walks(viewer: Viewer, show: str, team_id: UUID | None, after: str, limit: int) -> tuple[list[str], list[object]]:
    ways: list[tuple[str, list[object]]] = []
    if show == MINE:
        ways = [("s.owner_id = %s", [viewer.id])]
    elif team_id:
        ways = [("s.team_id = %s", [team_id])]
    elif viewer.has(Right.SEE_ALL_TICKETS):
        ways = [("true", [])]
    else:
        ways = [("s.owner_id = %s", [viewer.id]), *(("s.team_id = %s", [id]) for id in sorted(viewer.team_ids))]
    seen, seen_values = seen_by(viewer)
    more, cursor = "", []
    if after:
        at, _, last = after.partition("|")
        more, cursor = " AND (s.started_at, s.id) < (%s, %s)", [instant_in(at), id_in(last)]
    wrote = f" AND {WROTE}" if show == WRITTEN else ""
    walks = [
        f"(SELECT s.id, s.started_at FROM procedures_step s JOIN tickets_ticket t ON t.id = s.ticket_id "
        f"WHERE {POOL} AND {where}{more}{wrote} AND {seen} ORDER BY s.started_at DESC, s.id DESC LIMIT {limit})"
        for where, _ in ways
    ]
    return walks, [value for _, given in ways for value in (*given, *cursor, *seen_values)]


def _rows(step_ids: list[UUID]) -> list[Lead]:
    if not step_ids:
        return []
    steps = Step.objects.select_related("run", "ticket__customer", "ticket__owner", "ticket__team", "owner").in_bulk(
        step_ids
    )
    ordered = [steps[id] for id in step_ids if id in steps]
    return _leads(ordered)


def _leads(steps: list[Step]) -> list[Lead]:
    ids = [step.ticket_id for step in steps]
    sent = _sent(ids)
    bells = _bells(ids)
    contacts = contact_of({step.ticket.customer_id for step in steps})
    issues = news_after(min(step.ticket.opened_at for step in steps))
    found = []
    for step in steps:
        ticket, (last, count) = step.ticket, sent.get(step.ticket_id, (None, 0))
        wrote = ticket.last_customer_at
        found.append(
            Lead(
                step=step,
                ticket=ticket,
                definition=definition_of(step.run.procedure_id),
                fields=step.run.state.get("fields", {}),
                since=step.started_at,
                wrote_at=wrote if wrote and wrote > step.started_at else None,
                last_news_at=last,
                news=count,
                next_news_at=bells.get(step.ticket_id),
                new=len(issues_for(ticket, last or ticket.opened_at, issues)),
                has_mail=any(one.kind == IdentityKind.EMAIL for one in contacts.get(ticket.customer_id, [])),
            )
        )
    return found


def _sent(ticket_ids: Iterable[UUID]) -> dict[UUID, tuple[datetime, int]]:
    rows = select(
        "SELECT ticket_id, max(at), count(*) FROM tickets_message WHERE ticket_id = ANY(%s) AND template = ANY(%s) "
        "GROUP BY ticket_id",
        list(ticket_ids), templates_with_news(),
    )  # fmt: skip
    return {id: (at, count) for id, at, count in rows}


def _bells(ticket_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """The next bell of each run."""
    rows = select(
        "SELECT ticket_id, min(due_at) FROM sla_deadline WHERE ticket_id = ANY(%s) AND nature = 'timer' "
        "AND subject_kind = 'run' AND state = 'running' GROUP BY ticket_id",
        list(ticket_ids),
    )  # fmt: skip
    return dict(rows)


def lead_of(ticket: Ticket) -> Lead:
    """The lead that this ticket is. Raises `Missing` where it is none (any more)."""
    step = (
        Step.objects.select_related("run", "ticket__customer", "ticket__owner", "ticket__team", "owner")
        .filter(ticket=ticket, pool=True, state=StepState.ACTIVE)
        .first()
    )
    if step is None:
        raise Missing
    return _leads([step])[0]
