"""Reads about tickets going through procedures."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from yinuo.customers.queries import identities_of
from yinuo.domain.conditions import all_hold, is_empty
from yinuo.domain.procedure import Definition, RunState
from yinuo.domain.procedure.advance import START_TIMER
from yinuo.domain.procedure.model import Field
from yinuo.domain.procedure.model import Step as StepDefinition
from yinuo.foundation.encryption import reveal
from yinuo.foundation.errors import Missing
from yinuo.foundation.models import HistoryRow
from yinuo.foundation.select import Query, Shape, select, split
from yinuo.procedures.events import DocumentWanted
from yinuo.procedures.facts import facts_of
from yinuo.procedures.models import (
    Document,
    Evidence,
    ProcedureVersion,
    RegisterExport,
    Run,
    Step,
    Subtask,
    SubtaskState,
)
from yinuo.procedures.published import definition_of
from yinuo.sla.models import Deadline, DeadlineState
from yinuo.sla.policies import is_agreed
from yinuo.sla.queries import NextDue, first_warning
from yinuo.staff.models import Account, Team
from yinuo.tickets.models import Direction, Message, Ticket
from yinuo.tickets.queries import history_of


def run_of(ticket_id: UUID) -> Run | None:
    """The newest run of a ticket, with the version it follows."""
    return Run.objects.filter(ticket_id=ticket_id).select_related("procedure").order_by("-started_at").first()


def steps_of(run: Run) -> list[Step]:
    """All steps of the run in the order they began."""
    return list(Step.objects.filter(run=run).select_related("owner", "done_by", "team").order_by("started_at", "id"))


def may_install(code: str, definition: Definition) -> bool:
    """Whether a handbook's definition is published: not where the one in force says the same or was edited here."""
    in_force = ProcedureVersion.objects.filter(code=code, retired_at__isnull=True).order_by("-version").first()
    return in_force is None or (in_force.draft_id is None and definition_of(in_force.id) != definition)


STEP, RUN, VERSION = Shape(Step), Shape(Run), Shape(ProcedureVersion, without=("body",))
PERSON, ITS_TEAM = Shape(Account, only=("id", "name")), Shape(Team, only=("id", "name"))
OWNER = Shape(Account)
THE_STEP = f"""
    SELECT {STEP.columns("s")}, {RUN.columns("r")}, {OWNER.columns("o")} FROM procedures_step s
    JOIN procedures_run r ON r.id = s.run_id LEFT JOIN staff_account o ON o.id = s.owner_id
    WHERE s.id = %s AND s.ticket_id = %s
"""  # noqa: S608 - names of our own columns
NEWEST_RUN = f"""
    SELECT {RUN.columns("r")}, {VERSION.columns("v")}, {STEP.columns("s")},
        {PERSON.columns("o")}, {PERSON.columns("d")}, {ITS_TEAM.columns("m")}
    FROM (SELECT * FROM procedures_run WHERE ticket_id = %s ORDER BY started_at DESC LIMIT 1) r
    JOIN procedures_procedureversion v ON v.id = r.procedure_id
    LEFT JOIN procedures_step s ON s.run_id = r.id
    LEFT JOIN staff_account o ON o.id = s.owner_id
    LEFT JOIN staff_account d ON d.id = s.done_by_id
    LEFT JOIN staff_team m ON m.id = s.team_id
    ORDER BY s.started_at, s.id
"""  # noqa: S608 - names of our own columns


def newest_run(ticket_id: UUID) -> Query[tuple[Run, list[Step]] | None]:
    """The newest run of a ticket and all its steps in the order they began, with the names of who has and did them."""
    return Query(NEWEST_RUN, (ticket_id,), _run)


def _run(found: list[tuple[Any, ...]]) -> tuple[Run, list[Step]] | None:
    if not found:
        return None
    run, run.procedure = split(found[0], RUN, VERSION)
    steps = []
    for row in found:
        one, owner, done_by, team = split(row[len(RUN) + len(VERSION) :], STEP, PERSON, PERSON, ITS_TEAM)
        if one is not None:
            one.owner, one.done_by, one.team = owner, done_by, team
            steps.append(one)
    return run, steps


SUBTASK = Shape(Subtask)
SUBTASKS = f"""
    SELECT {SUBTASK.columns("k")}, {ITS_TEAM.columns("m")}, {PERSON.columns("o")}, {PERSON.columns("b")}
    FROM procedures_subtask k JOIN staff_team m ON m.id = k.team_id
    LEFT JOIN staff_account o ON o.id = k.owner_id LEFT JOIN staff_account b ON b.id = k.opened_by_id
    WHERE k.ticket_id = %s ORDER BY k.opened_at, k.id
"""  # noqa: S608 - names of our own columns


def subtasks_of(ticket_id: UUID) -> Query[list[Subtask]]:
    """All sub-tasks of a ticket in the order they were opened, with the names of team and people."""
    return Query(SUBTASKS, (ticket_id,), _subtasks)


def _subtasks(found: list[tuple[Any, ...]]) -> list[Subtask]:
    subtasks = []
    for row in found:
        one, one.team, one.owner, one.opened_by = split(row, SUBTASK, ITS_TEAM, PERSON, PERSON)
        subtasks.append(one)
    return subtasks


@dataclass(frozen=True)
class TaskRow:
    """A sub-task that waits for somebody, for a list: its title, whether it is his already, its next due instant."""

    title: str
    accepted: bool
    due: NextDue | None


TASKS_FOR = """
    SELECT k.ticket_id, k.title, k.state, d.due_at, d.kind, d.warned_at, d.alarms
    FROM procedures_subtask k LEFT JOIN LATERAL (
        SELECT due_at, kind, warned_at, alarms FROM sla_deadline d WHERE d.ticket_id = k.ticket_id
            AND d.subject_kind = 'subtask' AND d.subject_id = k.id AND d.state = 'running' AND d.nature = 'promise'
        ORDER BY d.due_at LIMIT 1
    ) d ON true
    WHERE k.ticket_id = ANY(%s) AND (k.owner_id = %s AND k.state = 'accepted'
        OR k.team_id = ANY(%s::uuid[]) AND k.state = 'offered')
    ORDER BY d.due_at DESC NULLS FIRST, k.opened_at DESC
"""


def tasks_for(
    account_id: UUID, member_of: Collection[UUID], ticket_ids: Collection[UUID]
) -> dict[UUID, TaskRow]:  # fmt: skip
    """For each of the tickets the sub-task that waits for this person or one of his teams; of several the one that is
    due first."""
    found = {}
    for ticket_id, title, state, due_at, kind, warned_at, alarms in select(
        TASKS_FOR, list(ticket_ids), account_id, sorted(member_of)
    ):
        due = NextDue(due_at, kind, first_warning(warned_at, alarms)) if due_at else None
        found[ticket_id] = TaskRow(reveal(title), state == SubtaskState.ACCEPTED, due)
    return found


def active_step_keys(ticket_ids: Iterable[UUID]) -> dict[UUID, list[tuple[UUID, str]]]:
    """For each ticket `(version of the procedure, key)` of its active steps; for lists."""
    found: dict[UUID, list[tuple[UUID, str]]] = {}
    rows = select(
        "SELECT s.ticket_id, r.procedure_id, s.key FROM procedures_step s JOIN procedures_run r ON r.id = s.run_id "
        "WHERE s.ticket_id = ANY(%s) AND s.state = 'active' ORDER BY s.started_at",
        list(ticket_ids),
    )
    for ticket_id, version_id, key in rows:
        found.setdefault(ticket_id, []).append((version_id, key))
    return found


def access_step(ticket: Ticket, step_id: UUID) -> Step:
    """A step of this very ticket. Raises `Missing`."""
    found = select(THE_STEP, step_id, ticket.id)
    if not found:
        raise Missing
    step, step.run, step.owner = split(found[0], STEP, RUN, OWNER)
    step.ticket = ticket
    return step


def documents_of(ticket_id: UUID) -> list[Document]:
    """All versions of all documents of a ticket, the newest first."""
    return list(Document.objects.filter(ticket_id=ticket_id).order_by("-made_at", "-id"))


def access_document(ticket: Ticket, document_id: UUID) -> Document:
    """A document of this very ticket. Raises `Missing`."""
    document = Document.objects.filter(id=document_id, ticket=ticket).first()
    if document is None:
        raise Missing
    document.ticket = ticket
    return document


def wanted_documents(ticket_id: UUID) -> list[HistoryRow]:
    """What steps have put out so far, by the history, in order."""
    return history_of(ticket_id, kinds=[DocumentWanted.fact_kind()]).answer()[::-1]


def evidence_of(ticket_id: UUID) -> list[Evidence]:
    """Evidence files of a ticket, the newest first, with who asked for them."""
    return list(Evidence.objects.filter(ticket_id=ticket_id).select_related("account").order_by("-asked_at")[:20])


def access_evidence(ticket: Ticket, evidence_id: UUID) -> Evidence:
    """The evidence of this very ticket. Raises `Missing`."""
    evidence = Evidence.objects.filter(id=evidence_id, ticket=ticket).first()
    if evidence is None:
        raise Missing
    evidence.ticket = ticket
    return evidence


def exports_of(account_id: UUID, *, limit: int = 20) -> list[RegisterExport]:
    """What somebody has exported, the newest first."""
    return list(RegisterExport.objects.filter(account_id=account_id).order_by("-asked_at")[:limit])


def access_export(account_id: UUID, export_id: UUID) -> RegisterExport:
    """One's own export; those of others are not there. Raises `Missing`."""
    export = RegisterExport.objects.filter(id=export_id, account_id=account_id).first()
    if export is None:
        raise Missing
    return export


def taking_is_agreed(ticket: Ticket) -> bool:
    """Whether the limits leave it to each hand-over how soon it is to be taken over."""
    return limit_is_agreed(ticket, "taken_over")


def limit_is_agreed(ticket: Ticket, kind: str) -> bool:
    """Whether the limits leave it to each case of this ticket how long that may take."""
    return is_agreed(kind, facts_of(ticket), ticket.team_id)


def step_stamp(step: Step, *, unowned: bool = False) -> str:
    """Changes whenever somebody saves, finishes or stops this step: what a form of it must carry. `unowned`: as it was
    while it was nobody's."""
    owner = str(step.owner_id) if step.owner_id and not unowned else None
    content = json.dumps([str(step.id), step.state, owner, step.form], sort_keys=True)
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def begins_of(ticket_id: UUID, keys: Iterable[str]) -> dict[str, datetime]:
    """When these steps begin, which wait for their date."""
    kinds = {f"timer:{START_TIMER}{key}": key for key in keys}
    rows = Deadline.objects.filter(ticket_id=ticket_id, kind__in=kinds, state=DeadlineState.RUNNING)
    return {kinds[kind]: due_at for kind, due_at in rows.values_list("kind", "due_at")}


@dataclass(frozen=True)
class Position:
    """A run with its definition and state, as pages ask about it."""

    run: Run
    definition: Definition
    state: RunState
    facts: Mapping[str, Any]

    @property
    def earlier(self) -> tuple[Definition, ...]:
        """What the run followed before, the last one first."""
        return tuple(definition_of(UUID(version_id)) for version_id, _until in reversed(self.run.moves))

    def definition_for(self, step: Step) -> Definition:
        """The definition that a step of the run was done under; that of an active one is the run's present one."""
        if step.done_at is not None:
            for version_id, until in self.run.moves:
                if step.done_at <= datetime.fromisoformat(until):
                    return definition_of(UUID(version_id))
        return self.definition

    @property
    def values(self) -> dict[str, Any]:
        """What conditions of fields, scripts and buttons look at."""
        return {**self.facts, **self.state.fields, "round": self.state.round}


def position_of(ticket: Ticket, run: Run) -> Position:
    return Position(run, definition_of(run.procedure_id), RunState.from_json(run.state), facts_of(ticket))


def first_values(
    ticket: Ticket, step: StepDefinition, position: Position, messages: Iterable[Message] | None = None
) -> dict[str, Any]:
    """What a form begins with: values that stand already, else what `prefill` names. `messages`: the conversation in
    order, where it has been read already."""
    values = {name: value for name, value in position.values.items() if not is_empty(value)}
    wanted = [field for field in step.fields if field.prefill and field.name not in values]
    known = _sources(ticket, wanted, position, messages)
    for field in wanted:
        value = known.get(field.prefill)
        if not is_empty(value):
            values[field.name] = value
    return {field.name: values[field.name] for field in step.fields if field.name in values}


def _sources(
    ticket: Ticket, fields: list[Field], position: Position, messages: Iterable[Message] | None
) -> dict[str, Any]:
    wanted = {field.prefill for field in fields}
    found: dict[str, Any] = {"ticket.number": ticket.number, "ticket.subject": ticket.subject}
    found |= {f"run.{name}": value for name, value in position.state.fields.items()}
    if "customer.name" in wanted:
        found["customer.name"] = ticket.customer.name
    if "ticket.product" in wanted and ticket.product:
        found["ticket.product"] = ticket.product.name
    if "ticket.owner" in wanted and ticket.owner:
        found["ticket.owner"] = ticket.owner.name
    if "customer.contact" in wanted:
        found["customer.contact"] = next(
            (str(row.value) for row in identities_of(ticket.customer_id) if row.kind in ("phone", "email")), ""
        )
    if wanted & {"message.text", "ticket.description"}:
        if messages is None:
            messages = Message.objects.filter(ticket=ticket).order_by("at", "id")
        first = next((one for one in messages if one.direction == Direction.IN and not one.unverified), None)
        found["message.text"] = found["ticket.description"] = first.text.strip() if first else ticket.subject
    return found


def way_ahead(position: Position) -> list[StepDefinition]:
    """The steps that come next by what is known now, from the active ones on, without loops; the likeliest way."""
    definition, values = position.definition, position.values
    seen = {active.key for active in position.state.active}
    waiting = [one.key for one in position.state.arrived if one.timer and one.key not in seen]
    ahead: list[StepDefinition] = [definition.step_by_key[key] for key in waiting]  # begin at their date
    seen.update(waiting)
    todo = [active.key for active in position.state.active]
    while todo:
        step = definition.step_by_key[todo.pop(0)]
        primary = next((b for b in step.buttons if b.kind == "finish" and b.style == "primary"), None)
        known = {**values, **(primary.sets if primary else {}), "outcome": primary.key if primary else ""}
        arrow = next((arrow for arrow in step.arrows if not arrow.loop and all_hold(arrow.when, known)), None)
        for key in arrow.to if arrow else ():
            if key not in seen:
                seen.add(key)
                ahead.append(definition.step_by_key[key])
                todo.append(key)
    return ahead
