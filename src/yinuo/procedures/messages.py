"""Automatic messages: a template of the handbook with its blanks filled in (section 15)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from string import Formatter
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings

from yinuo.customers.queries import identities_of
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import Recorded
from yinuo.foundation.in_force import once
from yinuo.foundation.live import touch
from yinuo.procedures.models import ANSWER_KINDS, LEADS, Run, Step, StepState
from yinuo.procedures.news import NO_ADDRESS, NOTHING_NEW, hold_news, news_for, templates_with_news
from yinuo.procedures.published import definition_of, part
from yinuo.sla.models import Deadline, DeadlineState
from yinuo.staff.queries import accounts_in_role, company, team_leads
from yinuo.staff.services import notify
from yinuo.tickets.links import token_for
from yinuo.tickets.models import Ticket
from yinuo.tickets.services import add_automatic_messages, keep_link
from yinuo.tickets.services.automatic import Automatic

log = structlog.get_logger()
WRITER = Actor.system("messages")


def write_wanted_messages(events: Sequence[Recorded]) -> None:
    """Messages to customers, and notices to staff."""
    now = clock.now()
    tickets = Ticket.objects.select_related("customer", "team", "owner").in_bulk([event.ticket_id for event in events])
    to_customers = [event for event in events if event.fact.to == "customer"]
    news = _news(to_customers, tickets)
    to_customers = [event for event in to_customers if news.get(event.id) != ""]
    for event in to_customers:
        keep_link(ticket=tickets[event.ticket_id], by=WRITER, now=now)
    blanks = _blanks({event.ticket_id: tickets[event.ticket_id] for event in to_customers})
    written = add_automatic_messages(
        messages=[
            _filled_in(tickets[event.ticket_id], event, blanks[event.ticket_id] | {"news": news.get(event.id, "")})
            for event in to_customers
        ],
        by=WRITER, now=now,
    )  # fmt: skip
    if news:
        touch(LEADS)
    reached = {message.ticket_id for message in written}
    for event in events:
        if event.id in news and event.ticket_id not in reached:
            reason = NO_ADDRESS if news[event.id] else NOTHING_NEW
            hold_news(tickets[event.ticket_id], reason, by=WRITER, now=now)
    for event in events:
        if event.fact.to != "customer":
            _tell_staff(tickets[event.ticket_id], event, now)


def _news(events: Sequence[Recorded], tickets: Mapping[UUID, Ticket]) -> dict[UUID, str]:
    """By event what is new for its customer, for messages that carry news."""
    found: dict[UUID, str] = {}
    for code in {event.fact.template for event in events}.intersection(templates_with_news() if events else ()):
        wanted = [event for event in events if event.fact.template == code]
        texts = news_for({event.ticket_id: tickets[event.ticket_id] for event in wanted}, code)
        found |= {event.id: texts[event.ticket_id] for event in wanted}
    return found


def _filled_in(ticket: Ticket, event: Recorded, blanks: dict[str, str]) -> Automatic:
    code = event.fact.template
    if code == "acknowledgement" and not blanks["due"]:
        code = "acknowledgement_without_promise"
    template = part("templates", code)
    if template is None:
        log.error("no such template", template=code)
        raise LookupError(f"the handbook has no template {code}")
    language = "en" if ticket.language.startswith("en") else "zh"
    return Automatic(
        ticket,
        code,
        fill(template["subject"][language], blanks),
        fill(template["body"][language], blanks),
        _asked_address(ticket, event.fact.values),
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
    return _blanks({ticket.id: ticket})[ticket.id]


def _blanks(tickets: Mapping[UUID, Ticket]) -> dict[UUID, dict[str, str]]:
    """By ticket."""
    if not tickets:
        return {}
    firm = once("company", company)
    runs, promised = _runs(tickets), _promised(tickets)
    titles = _step_titles(tickets, runs)
    return {
        id: (filled_fields(runs[id], ticket.language[:2]) if id in runs else {})
        | {
            "number": ticket.number,
            "subject": ticket.subject,
            "customer": ticket.customer.name,
            "company": firm.name if firm else "",
            "hotline": firm.hotline if firm else "",
            "agent": ticket.owner.name if ticket.owner else "",
            "own_agent": ticket.owner.name if ticket.owner else "",
            "owner": ticket.owner.name if ticket.owner else ticket.team.name,
            "team": ticket.team.name,
            "due": say_instant(promised.get(id), ticket.language),
            "link": link_to(ticket),
            "step": titles.get(id, ""),
            "channel": {"phone": "电话"}.get(ticket.channel, "邮件"),
        }
        for id, ticket in tickets.items()
    }


def filled_fields(run: Run, language: str) -> dict[str, str]:
    """What was filled in in a run, as text; choices by their names."""
    known = definition_of(run.procedure_id).field_by_name
    said: dict[str, str] = {}
    for name, value in run.state.get("fields", {}).items():
        labels = {choice.value: choice.label.say(language) for choice in known[name].choices} if name in known else {}
        given = value if isinstance(value, list) else [value]
        said[name] = "、".join(labels.get(one, _say(one)) if isinstance(one, str) else _say(one) for one in given)
    return said


def _runs(tickets: Iterable[UUID]) -> dict[UUID, Run]:
    """The newest of each."""
    runs = Run.objects.filter(ticket__in=tickets).order_by("ticket", "-started_at").distinct("ticket")
    return {run.ticket_id: run for run in runs}


def _promised(tickets: Iterable[UUID]) -> dict[UUID, datetime]:
    """What the customer is told: the answer while it is owed, else the next promise."""
    running = Deadline.objects.filter(ticket_id__in=tickets, state=DeadlineState.RUNNING, nature="promise")
    answers: dict[UUID, datetime] = {}
    others: dict[UUID, datetime] = {}
    for ticket_id, kind, due_at in running.order_by("due_at").values_list("ticket_id", "kind", "due_at"):
        (answers if kind in ANSWER_KINDS else others).setdefault(ticket_id, due_at)
    return others | answers


def _step_titles(tickets: Mapping[UUID, Ticket], runs: Mapping[UUID, Run]) -> dict[UUID, str]:
    """The active step of each, the one that began first."""
    active = Step.objects.filter(run__in=list(runs.values()), state=StepState.ACTIVE)
    keys = dict(active.order_by("run", "started_at").distinct("run").values_list("ticket_id", "key"))
    return {
        id: definition_of(runs[id].procedure_id).step_by_key[key].title.say(tickets[id].language[:2])
        for id, key in keys.items()
    }


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
    return joined(parts)


STOPS = "。．.！!？?；;，,、"


def joined(pieces: Iterable[str]) -> str:
    """The pieces as one text: where one ends as a sentence and the next goes on with a mark, that mark alone stands."""
    said = ""
    for piece in pieces:
        if piece[:1] and piece[0] in STOPS:
            said = said.rstrip(STOPS)
        said += piece
    return said.strip()
