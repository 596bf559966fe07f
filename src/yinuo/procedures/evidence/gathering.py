"""Everything about one ticket as plain values, at one instant."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from yinuo.foundation.events import columns_of
from yinuo.foundation.models import HistoryRow
from yinuo.packs import SHIPPED, shipped_pack
from yinuo.procedures.models import Document, ProcedureVersion, Run, Step, Subtask
from yinuo.procedures.published import definition_of
from yinuo.procedures.queries import subtasks_of
from yinuo.sla.accounts import account_of
from yinuo.sla.models import Deadline, PolicyVersion
from yinuo.staff.queries import company, names_of
from yinuo.tickets.links import without_secrets
from yinuo.tickets.models import Message, Ticket

FORMAT = "yinuo-evidence/1"


def history_rows(ticket_id: UUID) -> list[HistoryRow]:
    """What happened with the ticket, in the order of its recording, and that its versions were published."""
    versions = {run.procedure_id for run in Run.objects.filter(ticket_id=ticket_id)}
    versions |= set(Deadline.objects.filter(ticket_id=ticket_id).values_list("policy_version_id", flat=True)) - {None}
    of_versions = Q(subject_id__in=versions, kind__in=["procedures.ProcedurePublished", "sla.PoliciesPublished"])
    return list(HistoryRow.objects.filter(Q(ticket_id=ticket_id) | of_versions).order_by("recorded_at", "id"))


def gather(ticket: Ticket, rows: list[HistoryRow], *, by: str, now: datetime) -> dict[str, Any]:
    """The content of an evidence file but for the files in it. `by` names who asked. Whoever gets the file is not to
    act as the customer: wherever a text quotes his link, its secret is left out."""
    language = "en" if ticket.language.startswith("en") else "zh"
    runs = list(Run.objects.filter(ticket=ticket).order_by("started_at"))
    firm = company()
    return _without_secrets(
        {
            "format": FORMAT,
            "mark": secrets.token_hex(16),
            "language": language,
            "zone": settings.TIME_ZONE,
            "company": firm.name if firm else "",
            "made_at": _iso(now),
            "made_for": by,
            "ticket": _ticket(ticket),
            "messages": [_message(row) for row in Message.objects.filter(ticket=ticket).order_by("at", "id")],
            "runs": [_run(run, language) for run in runs],
            "steps": [
                _step(step, language)
                for step in Step.objects.filter(ticket=ticket)
                .select_related("run", "owner", "done_by")
                .order_by("started_at", "id")
            ],
            "subtasks": [_subtask(row) for row in subtasks_of(ticket.id).answer()],
            "deadlines": _deadlines(ticket, language),
            "versions": _versions(ticket, runs, language),
            "names": _names(rows),
            "history": [str(row.id) for row in rows],
            "erased": [str(row.id) for row in rows if row.personal_digests and not row.personal],
        }
    )


def _without_secrets(value: Any) -> Any:
    match value:
        case str():
            return without_secrets(value)
        case dict():
            return {key: _without_secrets(one) for key, one in value.items()}
        case list() | tuple():
            return [_without_secrets(one) for one in value]
    return value


def row_json(row: HistoryRow) -> dict[str, Any]:
    """A history row as `foundation.proofs` reads it, with its personal texts and their salts."""
    return {
        "columns": columns_of(row),
        "personal": json.loads(row.personal) if row.personal else {},
        "digest": bytes(row.digest).hex(),
    }


def documents_of(ticket: Ticket) -> list[Document]:
    """Those that have a file, in the order they were made."""
    return list(Document.objects.filter(ticket=ticket, file__isnull=False).order_by("made_at", "id"))


def sha256_of(values: Any) -> str:
    """Of plain values, in canonical form."""
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _iso(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat() if at else ""


def _ticket(ticket: Ticket) -> dict[str, Any]:
    return {
        "id": str(ticket.id),
        "number": ticket.number,
        "subject": ticket.subject,
        "scenario": ticket.scenario,
        "class": ticket.ticket_class,
        "channel": ticket.channel,
        "status": ticket.status,
        "customer": ticket.customer.name,
        "team": ticket.team.name,
        "owner": ticket.owner.name if ticket.owner else "",
        "opened_at": _iso(ticket.opened_at),
        "closed_at": _iso(ticket.closed_at),
    }


def _message(row: Message) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "at": _iso(row.at),
        "direction": row.direction,
        "channel": row.channel,
        "text": row.full_text or row.text,
        "state": row.state,
    }


def _run(run: Run, language: str) -> dict[str, Any]:
    definition = definition_of(run.procedure_id)
    return {
        "id": str(run.id),
        "title": definition.title.say(language),
        "version_id": str(run.procedure_id),
        "started_at": _iso(run.started_at),
        "ended_at": _iso(run.ended_at),
        "state": run.state,
    }


def _subtask(row: Subtask) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "title": row.title,
        "task": row.task,
        "team": row.team.name,
        "owner": row.owner.name if row.owner else "",
        "state": row.state,
        "round": row.round,
        "opened_at": _iso(row.opened_at),
        "accepted_at": _iso(row.accepted_at),
        "ended_at": _iso(row.ended_at),
        "result": str(row.result_id or ""),
        "reason": row.reason,
    }


def _step(step: Step, language: str) -> dict[str, Any]:
    definition = definition_of(step.run.procedure_id)
    known = definition.step_by_key.get(step.key)
    button = known.button(step.outcome) if known else None
    return {
        "id": str(step.id),
        "run_id": str(step.run_id),
        "key": step.key,
        "title": known.title.say(language) if known else step.key,
        "round": step.round,
        "role": step.role,
        "state": step.state,
        "outcome": button.label.say(language) if button else step.outcome,
        "started_at": _iso(step.started_at),
        "done_at": _iso(step.done_at),
        "by": step.done_by.name if step.done_by else "",
        "form": step.form,
    }


def _deadlines(ticket: Ticket, language: str) -> list[dict[str, Any]]:
    """Each with the account of how it came about."""
    found = []
    promises = Deadline.objects.filter(ticket_id=ticket.id, nature="promise").order_by("started_at", "id")
    for id in promises.values_list("id", flat=True):
        account = account_of(ticket.id, id)
        if account is None:
            continue
        row = account.row
        found.append(
            {
                "id": str(row.id),
                "kind": row.kind,
                "name": _named(account.policy.name, language) if account.policy else row.kind,
                "round": row.round,
                "policy_version_id": str(row.policy_version_id or ""),
                "policy_row": row.policy_row,
                "clock": row.clock,
                "calendar": account.calendar.name if account.calendar else "",
                "limit_s": row.target.total_seconds() if row.target is not None else None,
                "used_before_s": account.used_before.total_seconds(),
                "started_at": _iso(row.started_at),
                "due_at": _iso(row.due_at),
                "done_at": _iso(row.done_at),
                "breached_at": _iso(row.breached_at),
                "state": "late" if row.breached_at else row.state,
                "sum": account.explanation.render(language),
                "pauses": [
                    {"from": _iso(pause.from_at), "to": _iso(pause.to_at), "wait": pause.wait}
                    for pause in account.pauses
                ],
                "changes": [
                    {"at": _iso(one.at), "was": _iso(one.was), "due_at": _iso(one.due_at), "reason": one.reason}
                    for one in account.changes
                ],
            }
        )
    return found


def _named(name: Mapping[str, str], language: str) -> str:
    return name.get(language) or name.get("zh") or ""


def _versions(ticket: Ticket, runs: list[Run], language: str) -> list[dict[str, Any]]:
    """The published versions that were followed, whole."""
    procedures = ProcedureVersion.objects.filter(id__in={run.procedure_id for run in runs})
    policies = PolicyVersion.objects.filter(
        id__in=Deadline.objects.filter(ticket_id=ticket.id, policy_version__isnull=False).values("policy_version_id")
    )
    followed: list[tuple[str, str, Any, Any]] = [
        ("procedure", definition_of(row.id).title.say(language), row, row.body) for row in procedures
    ]
    followed += [("policies", _pack_name(row.code, language), row, row.table) for row in policies]
    return [
        {
            "what": what, "title": title, "id": str(row.id), "code": row.code, "version": row.version,
            "published_at": _iso(row.published_at), "sha256": sha256_of(body), "body": body,
        }
        for what, title, row, body in followed
    ]  # fmt: skip


def _pack_name(code: str, language: str) -> str:
    return shipped_pack(code).name.say(language) if code in SHIPPED else code


def _names(rows: list[HistoryRow]) -> dict[str, str]:
    """Of the people, teams and programs that history names by id."""
    ids = {row.actor_id for row in rows if row.actor_id}
    for row in rows:
        ids |= {UUID(value) for name, value in row.values.items() if name.endswith("_id") and value}
    return {str(id): name for id, name in names_of(ids, ids, ids).items()}
