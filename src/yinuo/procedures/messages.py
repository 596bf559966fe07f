"""Automatic messages: a template of the handbook with its blanks filled in (section 15)."""

from collections.abc import Mapping
from datetime import datetime
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings

from yinuo.customers.queries import identities_of
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import Recorded
from yinuo.procedures.models import Run, Step, StepState
from yinuo.procedures.published import definition_of, part
from yinuo.sla.models import Deadline, DeadlineState
from yinuo.sla.queries import next_due
from yinuo.staff.queries import accounts_in_role, company, team_leads
from yinuo.staff.services import notify
from yinuo.tickets.links import token_for
from yinuo.tickets.models import Ticket
from yinuo.tickets.services import add_automatic_message, keep_link

log = structlog.get_logger()
ANSWER_KINDS = ("channel_answer", "first_answer")
WRITER = Actor.system("messages")


def write_wanted_message(event: Recorded) -> None:
    """A message to the customer, or a notice to staff."""
    ticket = Ticket.objects.select_related("customer", "team", "owner").get(id=event.ticket_id)
    now = clock.now()
    if event.fact.to != "customer":
        _tell_staff(ticket, event, now)
        return
    keep_link(ticket=ticket, by=WRITER, now=now)
    blanks = fill_in(ticket)
    code = event.fact.template
    if code == "acknowledgement" and not blanks["due"]:
        code = "acknowledgement_without_promise"
    template = part("templates", code)
    if template is None:
        log.error("no such template", template=code)
        raise LookupError(f"the handbook has no template {code}")
    language = "en" if ticket.language.startswith("en") else "zh"
    add_automatic_message(
        ticket=ticket,
        template=code,
        subject=fill(template["subject"][language], blanks),
        text=fill(template["body"][language], blanks),
        to=_asked_address(ticket, event.fact.values),
        by=WRITER,
        now=now,
    )


def _asked_address(ticket: Ticket, values: Mapping[str, Any]) -> str:
    """The customer's address that a message was asked for at; empty: where replies go."""
    if "identity" not in values:
        return ""
    own = {str(identity.id): identity.value for identity in identities_of(ticket.customer_id)}
    return own.get(values["identity"], "")


def _tell_staff(ticket: Ticket, event: Recorded, now: datetime) -> None:
    to = event.fact.to
    if to == "owner":
        people = [ticket.owner_id] if ticket.owner_id else team_leads(ticket.team_id)
    elif to == "team":
        people = team_leads(ticket.team_id)
    else:
        people = accounts_in_role(to.removeprefix("role:"))
    notify(
        accounts=people, kind=f"template:{event.fact.template}", subject=("ticket", ticket.id), at=event.at, by=WRITER,
        ticket_id=ticket.id, once=str(event.id), values={"number": ticket.number},
    )  # fmt: skip


def fill_in(ticket: Ticket) -> dict[str, str]:
    """The blanks that the system knows for a ticket, as text."""
    firm = company()
    run = Run.objects.filter(ticket=ticket).order_by("-started_at").first()
    fields = run.state.get("fields", {}) if run else {}
    values = {name: _say(value) for name, value in fields.items()}
    return values | {
        "number": ticket.number,
        "subject": ticket.subject,
        "customer": ticket.customer.name,
        "company": firm.name if firm else "",
        "hotline": firm.hotline if firm else "",
        "agent": ticket.owner.name if ticket.owner else "",
        "own_agent": ticket.owner.name if ticket.owner else "",
        "owner": ticket.owner.name if ticket.owner else ticket.team.name,
        "team": ticket.team.name,
        "due": say_instant(_promised(ticket), ticket.language),
        "link": link_to(ticket),
        "step": _step_title(run, ticket.language) if run else "",
        "channel": {"phone": "电话"}.get(ticket.channel, "邮件"),
    }


def _promised(ticket: Ticket) -> datetime | None:
    """What the customer is told: the answer while it is owed, else the next promise."""
    answer = (
        Deadline.objects.filter(
            ticket_id=ticket.id, kind__in=ANSWER_KINDS, state=DeadlineState.RUNNING, nature="promise"
        )
        .order_by("due_at")
        .values_list("due_at", flat=True)
        .first()
    )
    if answer:
        return answer
    due = next_due(ticket.id)
    return due.due_at if due else None


def _step_title(run: Run, language: str) -> str:
    step = Step.objects.filter(run=run, state=StepState.ACTIVE).order_by("started_at").first()
    if step is None:
        return ""
    return definition_of(run.procedure_id).step_by_key[step.key].title.say(language[:2])


def link_to(ticket: Ticket) -> str:
    """The customer's secret page."""
    return f"{settings.BASE_URL}/t/{ticket.number}/{token_for(ticket)}"


def say_instant(instant: datetime | None, language: str) -> str:
    if instant is None:
        return ""
    local = instant.astimezone(ZoneInfo(settings.TIME_ZONE))
    if language.startswith("en"):
        return f"{local:%d %b %Y, %H:%M}"
    return f"{local.month}月{local.day}日{local:%H:%M}"


def _say(value: Any) -> str:
    if isinstance(value, str):
        try:
            return say_instant(datetime.fromisoformat(value), "zh") if "T" in value and value[:2] == "20" else value
        except ValueError:
            return value
    return "" if value is None else str(value)


def fill(text: str, blanks: dict[str, str]) -> str:
    """Fills `{names}`; a blank nobody knows stays empty rather than being shown to a customer."""
    parts = []
    for literal, name, _spec, _conversion in Formatter().parse(text):
        parts.append(literal)
        if name:
            parts.append(blanks.get(name, ""))
    return "".join(parts).strip()
