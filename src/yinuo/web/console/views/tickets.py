"""The page of one ticket and its parts, each of which looks again when something changes."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from yinuo.customers.queries import identities_of
from yinuo.domain.redaction import mask_contact, mask_text
from yinuo.foundation.clock import now
from yinuo.foundation.errors import Missing
from yinuo.procedures.queries import Position, position_of, run_of, steps_of
from yinuo.quality.models import ImprovementState
from yinuo.quality.queries import improvements_of, surveys_of
from yinuo.sla.queries import account_of, promises_of
from yinuo.staff.permissions import Viewer
from yinuo.staff.rights import Right
from yinuo.tickets.lists import of_customer
from yinuo.tickets.models import Message, Status, Ticket
from yinuo.tickets.permissions import may_work
from yinuo.tickets.queries import history_of, messages_of, watchers_of
from yinuo.tickets.services.messages import reply_address
from yinuo.web.components.shell import initial_of
from yinuo.web.console.chips import chips, explained
from yinuo.web.console.labels import (
    CHANNEL,
    IMPACT,
    PRESENCE,
    PRIORITY,
    SOURCE,
    STATUS,
    STATUS_TONE,
    TICKET_CLASS,
    TIER,
    URGENCY,
    PromiseNames,
    level_of,
    named,
)
from yinuo.web.console.rows import Rows, iso
from yinuo.web.console.stepcards import Cards, Typed
from yinuo.web.console.talk import BETWEEN, conversation, shown_address
from yinuo.web.console.unmasking import is_unmasked
from yinuo.web.console.views.base import page, viewer
from yinuo.web.console.views.improvements import STATE
from yinuo.web.console.views.posting import ticket_view
from yinuo.web.console.words import Words, reasons_text

Context = dict[str, Any]
OTHERS = 6


@ticket_view
def show(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """The page, or the part of it that looks again (`?part=`)."""
    who = viewer(request)
    part = {"head": head, "talk": talk, "run": run, "side": side}.get(request.GET.get("part", ""))
    if part:
        name = request.GET["part"]
        return render(
            request, f"console/tickets/{name}.html", _ground(request, ticket, who) | part(request, ticket, who)
        )
    context = _ground(request, ticket, who)
    promises = promises_of(ticket.id)
    context |= head(request, ticket, who, promises) | talk(request, ticket, who) | run(request, ticket, who, promises)
    context |= _composer(ticket, who, context["unmasked"], context["messages_shown"])
    topics = [f"ticket:{ticket.id}", f"team:{ticket.team_id}"]
    return page(request, "console/tickets/ticket.html", context, here="desk", topics=topics)


def _ground(request: HttpRequest, ticket: Ticket, who: Viewer) -> Context:
    """What every part needs."""
    return {
        "ticket": ticket,
        "number": ticket.number,
        "subject": ticket.subject if is_unmasked(request, who, ticket) else mask_text(ticket.subject),
        "topic": f"ticket:{ticket.id}",
        "may_work": may_work(who, ticket),
        "may_unmask": who.has(Right.SEE_PERSONAL),
        "unmasked": is_unmasked(request, who, ticket),
        "self_url": reverse("ticket", args=[ticket.number]),
    }


def head(request: HttpRequest, ticket: Ticket, who: Viewer, promises: list[Any] | None = None) -> Context:
    promises = promises_of(ticket.id) if promises is None else promises
    path = []
    category = ticket.category
    while category is not None:
        path.insert(0, named(category.name, category.name_en))
        category = category.parent
    return {
        "status": STATUS[ticket.status],
        "status_tone": STATUS_TONE[ticket.status],
        "level": level_of(ticket.priority),
        "priority": PRIORITY.get(ticket.priority, ""),
        "urgency": URGENCY.get(ticket.urgency, ""),
        "impact": IMPACT.get(ticket.impact, ""),
        "category": " › ".join([str(TICKET_CLASS.get(ticket.ticket_class, "")), *path]),
        "source": SOURCE.get(ticket.category_source, ""),
        "confidence": round(ticket.category_confidence * 100) if ticket.category_confidence else 0,
        "channel": CHANNEL.get(ticket.channel, ""),
        "promises": chips(promises, PromiseNames(), ticket.number, round=ticket.round),
        "may_take": may_work(who, ticket) and ticket.owner_id != who.id and ticket.is_open,
        "is_mine": ticket.owner_id == who.id,
        "is_closed": ticket.status == Status.CLOSED,
        "opened_iso": iso(ticket.opened_at),
    }


def talk(request: HttpRequest, ticket: Ticket, who: Viewer) -> Context:
    found, history = _messages(ticket), history_of(ticket.id)
    words = Words([row for row in history if row.kind in BETWEEN], _definition(ticket))
    newest = next((message for message in reversed(found) if not message.template), None)
    return {
        "messages_shown": conversation(ticket, found, history, words, unmasked=is_unmasked(request, who, ticket)),
        "newest": str(newest.id) if newest else "",
    }


def _messages(ticket: Ticket) -> list[Message]:
    """The conversation, read once for one answer."""
    if not hasattr(ticket, "_messages"):
        ticket._messages = messages_of(ticket.id)  # type: ignore[attr-defined]
    return ticket._messages  # type: ignore[attr-defined,no-any-return]


def _definition(ticket: Ticket) -> Any:
    position = _position(ticket)
    return position.definition if position else None


def _position(ticket: Ticket) -> Position | None:
    """Where the ticket stands in its procedure; read once for one answer."""
    if not hasattr(ticket, "_position"):
        found = run_of(ticket.id)
        ticket._position = position_of(ticket, found) if found else None
    return ticket._position


def run(request: HttpRequest, ticket: Ticket, who: Viewer, promises: list[Any] | None = None) -> Context:
    cards = cards_of(request, ticket, who)
    if cards is None:
        return {"run": None}
    return {"run": cards.all(promises_of(ticket.id) if promises is None else promises)}


def cards_of(request: HttpRequest, ticket: Ticket, who: Viewer) -> Cards | None:
    position = _position(ticket)
    if position is None:
        return None
    return Cards(
        ticket, position, steps_of(position.run), who, _messages(ticket), may_work=may_work(who, ticket),
        unmasked=is_unmasked(request, who, ticket),
    )  # fmt: skip


def step_card(request: HttpRequest, ticket: Ticket, step_id: UUID, typed: Typed | None = None) -> Context:
    """One active step alone, with what was typed."""
    who = viewer(request)
    cards = cards_of(request, ticket, who)
    step = next((step for step in cards.steps if step.id == step_id), None) if cards else None
    if cards is None or step is None or step.state != "active":
        raise Missing
    return _ground(request, ticket, who) | {"step": cards.active(step, promises_of(ticket.id), typed)}


def _composer(ticket: Ticket, who: Viewer, unmasked: bool, messages: list[Context]) -> Context:
    address = reply_address(ticket, _messages(ticket))
    return {
        "reply_to": shown_address(address, unmasked),
        "can_reply": bool(address) and ticket.status != Status.CLOSED,
        "signature": who.account.signature,
        "max_bytes": 20 * 1024 * 1024,
    }


def side(request: HttpRequest, ticket: Ticket, who: Viewer) -> Context:
    """The customer, his other tickets, who follows, how it was scored, what happened."""
    unmasked = is_unmasked(request, who, ticket)
    others = [row for row in of_customer(ticket.customer_id, viewer=who, limit=OTHERS + 1) if row.id != ticket.id]
    history = history_of(ticket.id)
    words = Words(history, _definition(ticket))
    watchers = watchers_of(ticket.id)
    return {
        "customer": {
            "name": ticket.customer.name,
            "initial": initial_of(ticket.customer.name),
            "tier": TIER.get(ticket.customer.tier, ""),
            "since_iso": iso(ticket.customer.created_at),
            "url": _customer_url(ticket),
            "identities": [
                {"kind": row.kind, "value": str(row.value) if unmasked else mask_contact(str(row.value))}
                for row in identities_of(ticket.customer_id)
            ],
            "notes": ticket.customer.notes if unmasked else mask_text(ticket.customer.notes),
            "tags": ticket.customer.tags,
        },
        "product": ticket.product,
        "others": Rows(now())(others[:OTHERS]),
        "watchers": [
            {"name": watch.account.name, "initial": initial_of(watch.account.name), "presence": watch.account.presence,
             "presence_words": PRESENCE[watch.account.presence]}
            for watch in watchers
        ],
        "following": any(watch.account_id == who.id for watch in watchers),
        "surveys": [
            {"round": survey.round, "score": survey.score, "asked_iso": iso(survey.asked_at),
             "comment": survey.comment if unmasked else mask_text(survey.comment)}
            for survey in surveys_of(ticket)
        ],
        "improvements": [
            {"id": row.id, "state_words": STATE[ImprovementState(row.state)]} for row in improvements_of(ticket)
        ],
        "timeline": [
            {"at_iso": iso(row.at), "by": words.by(row), "text": told.text, "tone": told.tone, "detail": told.detail}
            for row, told in ((row, words(row)) for row in history)
            if told
        ],
    }  # fmt: skip


def _customer_url(ticket: Ticket) -> str:
    return reverse("customer", args=[ticket.customer_id])


@ticket_view
def promise(request: HttpRequest, ticket: Ticket, id: UUID) -> HttpResponse:
    """How a deadline came about, for the small window of its chip."""
    account = account_of(ticket.id, id)
    if account is None:
        raise Missing
    return render(request, "console/tickets/promise.html", {"told": explained(account, PromiseNames())})


@ticket_view
def assignment(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Why this team and person."""
    why = ticket.assignment or {}
    return render(
        request,
        "console/tickets/assignment.html",
        {
            "ticket": ticket,
            "reasons": reasons_text(why.get("reasons", [])),
            "automatic": why.get("automatic", False),
            "at_iso": why.get("at", ""),
        },
    )
