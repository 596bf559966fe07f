"""The only door to a new ticket (R-CH-8): ticket, first message, run, first step, deadlines, history, one job row."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from yinuo.catalog.models import Category, Product, Scenario
from yinuo.catalog.queries import scenarios_in_force
from yinuo.customers.models import Customer
from yinuo.domain.procedure import start
from yinuo.domain.procedure.effects import Dispatch
from yinuo.domain.routing import Reason
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import record
from yinuo.foundation.rows import flush, insert, new
from yinuo.foundation.work import service
from yinuo.procedures.events import MessageWanted, RunStarted
from yinuo.procedures.facts import facts_of
from yinuo.procedures.models import Run
from yinuo.procedures.published import definition_of, priority_rank, version_in_force
from yinuo.procedures.services.effects import Context, carry_out
from yinuo.staff.models import Account, Team
from yinuo.tickets.models import Status, Ticket
from yinuo.tickets.services import add_inbound_message, create_ticket, reply
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
    owner: Account | None = None,
    product: Product | None = None,
) -> Ticket:
    """Opens the ticket of a first contact and starts its procedure. The scenario is the category's, else the class's.
    With `owner` (whoever notes it down and keeps it) nobody else is looked for. Its rows are written with those of
    the outermost service."""
    scenario = scenario or (category.scenario if category else scenarios_in_force()[ticket_class])
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
        product=product,
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
        **_owned_by(owner, now),
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
    run = _start_run(ticket, scenario, by, now)
    if acknowledge:
        record(
            MessageWanted("acknowledgement", "customer"),
            by=by, at=now, subject=("run", run.id), ticket_id=ticket.id, customer_id=customer.id,
        )  # fmt: skip
    return ticket


@service
def open_by_writing(
    *,
    customer: Customer,
    team: Team,
    account: Account,
    to: str,
    subject: str,
    text: str,
    category: Category,
    by: Actor,
    now: datetime,
    urgency: str = "normal",
    impact: str = "normal",
    cc: Iterable[str] = (),
    files: Iterable[NewFile] = (),
    mailbox_id: UUID | None = None,
    language: str = "zh-hans",
) -> Ticket:
    """Opens a ticket with a mail of ours to the customer: no acknowledgement, and the answer that a first contact
    would be owed is given by writing. The author keeps it. Raises `EmptyMessage`, `NoAddress`."""
    ticket = create_ticket(
        prefix=category.scenario.prefix,
        by=by,
        now=now,
        opened_at=now,
        scenario=category.scenario.code,
        ticket_class=category.ticket_class,
        category=category,
        category_source="person",
        customer=customer,
        channel="email",
        mailbox_id=mailbox_id,
        subject=subject,
        language=language,
        urgency=urgency,
        impact=impact,
        priority=priority_rank(urgency, impact),
        team=team,
        tier=team.tier,
        **_owned_by(account, now),
    )
    _start_run(ticket, category.scenario, by, now)
    flush()
    reply(ticket=ticket, account_id=account.id, text=text, to=[to], cc=cc, files=files, by=by, now=now)
    flush()
    return ticket


def _owned_by(owner: Account | None, now: datetime) -> dict[str, Any]:
    if owner is None:
        return {}
    why = {"reasons": [Reason("taken").to_json()], "automatic": False, "at": now.isoformat()}
    return {"owner": owner, "assignment": why, "status": Status.OPEN}


def _start_run(ticket: Ticket, scenario: Scenario, by: Actor, now: datetime) -> Run:
    version = version_in_force(scenario.procedure)
    state, effects = start(definition_of(version.id), facts_of(ticket), now)
    run = new(Run, ticket=ticket, procedure=version, state=state.to_json(), started_at=now)
    insert(run)
    record(
        RunStarted(run.id, version.code, version.version),
        by=by, at=now, subject=("run", run.id), ticket_id=ticket.id, customer_id=ticket.customer_id,
    )  # fmt: skip
    if ticket.owner_id:
        effects = tuple(effect for effect in effects if not isinstance(effect, Dispatch))
    carry_out(Context(ticket, run, by, now), effects)
    return run
