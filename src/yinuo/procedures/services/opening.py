"""The only door to a new ticket (R-CH-8): ticket, first message, run, first step, deadlines, history, one job row."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from yinuo.catalog.models import Category, Scenario
from yinuo.customers.models import Customer
from yinuo.domain.procedure import start
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import record
from yinuo.foundation.work import service
from yinuo.procedures.events import MessageWanted, RunStarted
from yinuo.procedures.facts import facts_of
from yinuo.procedures.models import Run
from yinuo.procedures.published import definition_of, priority_rank, version_in_force
from yinuo.procedures.services.effects import carry_out
from yinuo.staff.models import Team
from yinuo.tickets.models import Ticket
from yinuo.tickets.services import add_inbound_message, create_ticket, set_due
from yinuo.tickets.services.messages import NewFile


@dataclass(frozen=True)
class FirstMessage:
    """What the customer said; `at` is when it arrived."""

    text: str
    at: datetime
    full_text: str = ""
    html: str = ""
    envelope: dict[str, Any] = field(default_factory=dict)
    files: Iterable[NewFile] = ()
    contact_id: UUID | None = None


@service
def open_ticket(
    *,
    customer: Customer,
    team: Team,
    channel: str,
    subject: str,
    message: FirstMessage,
    ticket_class: str,
    category: Category | None,
    urgency: str,
    by: Actor,
    now: datetime,
    impact: str = "normal",
    sentiment: str = "neutral",
    source: str = "rules",
    confidence: float | None = None,
    scenario: Scenario | None = None,
    mailbox_id: UUID | None = None,
    language: str = "zh-hans",
    acknowledge: bool = True,
) -> Ticket:
    """Opens the ticket of a first contact and starts its procedure. The scenario is the category's, else the class's."""
    scenario = scenario or (category.scenario if category else Scenario.objects.get(code=ticket_class))
    ticket = create_ticket(
        prefix=scenario.prefix,
        by=by,
        now=now,
        opened_at=message.at,
        scenario=scenario.code,
        ticket_class=ticket_class,
        category=category,
        category_source=source,
        category_confidence=confidence,
        customer=customer,
        channel=channel,
        mailbox_id=mailbox_id,
        subject=subject,
        language=language,
        urgency=urgency,
        impact=impact,
        priority=priority_rank(urgency, impact),
        sentiment=sentiment,
        team=team,
        tier=team.tier,
    )
    add_inbound_message(
        ticket=ticket,
        customer=customer,
        channel=channel,
        text=message.text,
        full_text=message.full_text,
        html=message.html,
        envelope=message.envelope,
        files=message.files,
        contact_id=message.contact_id,
        by=by,
        at=message.at,
        now=now,
        first=True,
    )
    version = version_in_force(scenario.procedure)
    state, effects = start(definition_of(version.id), facts_of(ticket), now)
    run = Run(ticket=ticket, procedure=version, state=state.to_json(), started_at=now)
    run.save(force_insert=True)
    record(
        RunStarted(run.id, version.code, version.version),
        by=by, at=now, subject=("run", run.id), ticket_id=ticket.id, customer_id=customer.id,
    )  # fmt: skip
    carry_out(ticket=ticket, run=run, effects=effects, by=by, now=now)
    if acknowledge:
        record(
            MessageWanted("acknowledgement", "customer"),
            by=by, at=now, subject=("run", run.id), ticket_id=ticket.id, customer_id=customer.id,
        )  # fmt: skip
    set_due(ticket_id=ticket.id)
    ticket.refresh_from_db()
    return ticket
